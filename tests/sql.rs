//! Stances in SQL through DataFusion, held against the library's own.

use std::sync::Arc;

use demarche::StanceClassifier;
use demarche::sql::datafusion::arrow::array::{
    Array, ArrayRef, AsArray, DictionaryArray, Float64Array, Int8Array, Int32Array, Int64Array, LargeStringArray,
    NullArray, RecordBatch, StringArray, StringViewArray,
};
use demarche::sql::datafusion::arrow::compute::concat_batches;
use demarche::sql::datafusion::arrow::datatypes::{DataType, Float64Type, Int32Type, Int64Type};
use demarche::sql::datafusion::common::ScalarValue;
use demarche::sql::datafusion::datasource::MemTable;
use demarche::sql::datafusion::prelude::{CsvReadOptions, SessionConfig, SessionContext, col, lit};
use tempfile::TempDir;

const STATEMENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/statements.csv");

/// A session with the shipped model, and that model.
struct Sql {
    context: SessionContext,
    classifier: Arc<StanceClassifier>,
}

impl Sql {
    fn new() -> Self {
        Sql::with(SessionConfig::new())
    }

    fn with(config: SessionConfig) -> Self {
        let (context, classifier) = (
            SessionContext::new_with_config(config),
            Arc::new(StanceClassifier::embedded()),
        );
        demarche::sql::register(&context, classifier.clone());
        Sql { context, classifier }
    }

    /// A table `t` with a column `text`.
    fn table(&self, texts: ArrayRef) -> &Self {
        self.context.deregister_table("t").unwrap();
        let batch = RecordBatch::try_from_iter_with_nullable([("text", texts, true)]).unwrap();
        self.context.register_batch("t", batch).unwrap();
        self
    }

    /// The first statements of the shipped data.
    async fn statements(&self, count: usize) -> &Self {
        let csv = self.context.read_csv(STATEMENTS, CsvReadOptions::new()).await.unwrap();
        let statements = csv.limit(0, Some(count)).unwrap().cache().await.unwrap();
        self.context
            .register_table("statements", statements.into_view())
            .unwrap();
        self
    }

    async fn ask(&self, query: &str) -> RecordBatch {
        self.try_to_ask(query)
            .await
            .unwrap_or_else(|error| panic!("{query}: {error}"))
    }

    /// The answer, or why there is none: at planning or at work.
    async fn try_to_ask(&self, query: &str) -> Result<RecordBatch, String> {
        let plan = self.context.sql(query).await.map_err(|e| format!("planned: {e}"))?;
        let schema = Arc::new(plan.schema().as_arrow().clone());
        let batches = plan.collect().await.map_err(|e| format!("at work: {e}"))?;
        Ok(concat_batches(&batches.first().map_or(schema, |b| b.schema()), &batches).unwrap())
    }

    /// Why a query is refused before it reads a row.
    async fn refused(&self, query: &str) -> String {
        let planned = match self.context.sql(query).await {
            Ok(plan) => plan.create_physical_plan().await.map(|_| ()),
            Err(error) => Err(error),
        };
        planned.expect_err(query).to_string()
    }
}

/// Runs a test with threads, as DataFusion needs it.
fn run(test: impl Future<Output = ()>) {
    tokio::runtime::Runtime::new().unwrap().block_on(test);
}

/// The column of strings at `index`, whatever its type.
fn strings(batch: &RecordBatch, index: usize) -> Vec<Option<String>> {
    let column = batch.column(index);
    match column.data_type() {
        DataType::Utf8View => column
            .as_string_view()
            .iter()
            .map(|s| s.map(ToOwned::to_owned))
            .collect(),
        _ => column
            .as_string::<i32>()
            .iter()
            .map(|s| s.map(ToOwned::to_owned))
            .collect(),
    }
}

fn numbers(batch: &RecordBatch, index: usize) -> &Float64Array {
    batch.column(index).as_primitive::<Float64Type>()
}

fn some(values: &[&str]) -> Vec<Option<String>> {
    values.iter().map(|value| Some((*value).to_owned())).collect()
}

#[test]
fn labels_and_probabilities_are_the_librarys() {
    run(async {
        let sql = Sql::new();
        let query = "SELECT text, stance(text), stance_proba(text), stance_proba(text, 'conciliatory'),
                            stance_proba(text, 'neutral'), stance_proba(text, 'warning')
                     FROM statements";
        let answer = sql.statements(2000).await.ask(query).await;
        let texts: Vec<String> = strings(&answer, 0).into_iter().flatten().collect();
        assert_eq!(texts.len(), 2000);
        let stances = strings(&answer, 1);
        assert_eq!(answer.column(1).data_type(), &DataType::Utf8);
        let all = answer.column(2).as_struct();
        assert_eq!(all.column_names(), sql.classifier.labels());
        for (row, prediction) in sql.classifier.predict_batch(&texts).iter().enumerate() {
            assert_eq!(stances[row].as_deref(), Some(prediction.label()));
            for (label, &probability) in prediction.proba().iter().enumerate() {
                assert_eq!(numbers(&answer, 3 + label).value(row), probability);
                assert_eq!(all.column(label).as_primitive::<Float64Type>().value(row), probability);
            }
        }
    });
}

#[test]
fn null_and_blank_texts_have_no_stance() {
    run(async {
        let sql = Sql::new();
        let texts = vec![None, Some(""), Some(" \t\u{a0}\n"), Some("They rejected the offer.")];
        sql.table(Arc::new(StringArray::from(texts)));
        let answer = sql
            .ask("SELECT stance(text), stance_proba(text, 'warning'), stance_proba(text), stance_proba(text)['warning'], stance_proba(text, NULL) FROM t")
            .await;
        for column in &answer.columns()[..4] {
            let nulls: Vec<bool> = (0..4).map(|row| column.is_null(row)).collect();
            assert_eq!(nulls, [true, true, true, false], "{column:?}");
        }
        assert_eq!(answer.column(4).null_count(), 4);
        let answer = sql
            .ask("SELECT count(*), count(stance(text)), avg(stance_proba(text, 'warning')) FROM t")
            .await;
        let probability = sql.classifier.predict_proba("They rejected the offer.")[2];
        assert_eq!(answer.column(1).as_primitive::<Int64Type>().value(0), 1);
        assert_eq!(numbers(&answer, 2).value(0), probability);
    });
}

#[test]
fn all_kinds_of_string_columns_are_texts() {
    const TEXTS: [Option<&str>; 5] = [
        Some("They rejected the offer."),
        None,
        Some("We welcome the talks."),
        Some(" "),
        Some("They rejected the offer."),
    ];
    // Entries that are null, blank, never used, there twice.
    let entries = [TEXTS[2], None, TEXTS[0], TEXTS[3], Some("never used"), TEXTS[0]];
    let dictionary = |values: ArrayRef| -> ArrayRef {
        let keys = Int32Array::from(vec![Some(2), None, Some(0), Some(3), Some(5)]);
        Arc::new(DictionaryArray::<Int32Type>::try_new(keys, values).unwrap())
    };
    let of_null_entry = DictionaryArray::new(
        Int8Array::from(vec![2, 1, 0, 3, 5]),
        Arc::new(StringArray::from(entries.to_vec())) as ArrayRef,
    );
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from(TEXTS.to_vec())),
        Arc::new(LargeStringArray::from(TEXTS.to_vec())),
        Arc::new(StringViewArray::from(TEXTS.to_vec())),
        dictionary(Arc::new(StringArray::from(entries.to_vec()))),
        dictionary(Arc::new(LargeStringArray::from(entries.to_vec()))),
        dictionary(Arc::new(StringViewArray::from(entries.to_vec()))),
        Arc::new(of_null_entry),
    ];
    run(async {
        let sql = Sql::new();
        let expected = [Some("warning"), None, Some("conciliatory"), None, Some("warning")];
        for column in columns {
            let column_type = column.data_type().clone();
            let answer = sql
                .table(column)
                .ask("SELECT stance(text), stance_proba(text, 'warning'), stance_proba(text) FROM t")
                .await;
            let stances = strings(&answer, 0);
            assert_eq!(
                stances.iter().map(Option::as_deref).collect::<Vec<_>>(),
                expected,
                "{column_type}"
            );
            for (row, text) in TEXTS.iter().enumerate() {
                let text = text.filter(|text| !text.trim().is_empty());
                let probability = text.map(|text| sql.classifier.predict_proba(text)[2]);
                let found = numbers(&answer, 1);
                assert_eq!(
                    found.is_valid(row).then(|| found.value(row)),
                    probability,
                    "{column_type}"
                );
                assert_eq!(answer.column(2).is_valid(row), text.is_some(), "{column_type}");
            }
        }
    });
}

#[test]
fn columns_without_any_text_give_nulls() {
    let no_entries = DictionaryArray::new(
        Int32Array::from(vec![None, None]),
        Arc::new(StringArray::from(Vec::<&str>::new())) as ArrayRef,
    );
    let columns: Vec<ArrayRef> = vec![
        Arc::new(NullArray::new(2)),
        Arc::new(StringArray::from(vec![None::<&str>, None])),
        Arc::new(no_entries),
    ];
    run(async {
        let sql = Sql::new();
        for column in columns {
            let answer = sql
                .table(column)
                .ask("SELECT stance(text), stance_proba(text, 'warning'), stance_proba(text) FROM t")
                .await;
            assert!(
                answer.columns().iter().all(|column| column.null_count() == 2),
                "{answer:?}"
            );
        }
        let empty = sql.table(Arc::new(StringArray::from(Vec::<&str>::new())));
        let query =
            "SELECT stance(text), stance_proba(text, 'warning'), stance_proba(text), stance_proba(text, text) FROM t";
        assert_eq!(empty.ask(query).await.num_rows(), 0);
    });
}

#[test]
fn labels_may_come_from_a_column() {
    run(async {
        let sql = Sql::new();
        let query = "SELECT text, label, stance_proba(text, label), stance_proba('We welcome the talks.', label) FROM statements";
        let answer = sql.statements(300).await.ask(query).await;
        let welcome = sql.classifier.predict_proba("We welcome the talks.");
        let (texts, labels) = (strings(&answer, 0), strings(&answer, 1));
        for (row, (text, label)) in texts.iter().flatten().zip(labels.iter().flatten()).enumerate() {
            let position = sql.classifier.labels().iter().position(|known| known == label).unwrap();
            let probability = sql.classifier.predict_proba(text)[position];
            assert_eq!(numbers(&answer, 2).value(row), probability);
            assert_eq!(numbers(&answer, 3).value(row), welcome[position]);
        }
        let error = sql
            .try_to_ask("SELECT stance_proba(text, region) FROM statements")
            .await
            .unwrap_err();
        assert!(error.starts_with("at work: "), "{error}");
        assert!(
            error.contains("` is unknown to the model, whose labels are `conciliatory`"),
            "{error}"
        );
    });
}

#[test]
fn wrong_arguments_are_refused_before_the_query_runs() {
    run(async {
        let sql = Sql::new();
        sql.table(Arc::new(StringArray::from(vec!["They rejected the offer."])));
        let refusals = [
            (
                "SELECT stance(7) FROM t",
                "stance: the value is of the type Int64, a text is needed",
            ),
            (
                "SELECT stance_proba(DATE '2024-03-05', 'warning') FROM t",
                "stance_proba: the value is of the type Date32, a text is needed",
            ),
            (
                "SELECT text FROM t WHERE stance_proba(text, 0.8)",
                "stance_proba: the value is of the type Float64, a label is needed",
            ),
            (
                "SELECT text FROM t WHERE stance_proba(text, 'Warning') > 0.8",
                "stance_proba: the label `Warning` is unknown to the model, whose labels are `conciliatory`, `neutral`, `warning`; \
                 correct it or train a model on these labels",
            ),
            (
                "SELECT stance() FROM t",
                "stance: 0 arguments given; write stance(text)",
            ),
            (
                "SELECT stance(text, 'warning') FROM t",
                "stance: 2 arguments given; write stance(text)",
            ),
            (
                "SELECT stance_proba(text, 'warning', 2) FROM t",
                "stance_proba: 3 arguments given; write stance_proba(text, label) or stance_proba(text)",
            ),
        ];
        for (query, refusal) in refusals {
            let message = sql.refused(query).await;
            assert!(
                message.ends_with(&format!("Error during planning: {refusal}")),
                "{query}: {message}"
            );
        }
        let numbers: ArrayRef = Arc::new(Int64Array::from(vec![1]));
        let column = DictionaryArray::new(Int8Array::from(vec![0]), numbers);
        let refusal = sql.table(Arc::new(column)).refused("SELECT stance(text) FROM t").await;
        assert_eq!(
            refusal,
            "Error during planning: stance: the value is of the type Dictionary(Int8, Int64), a text is needed"
        );
    });
}

#[test]
fn values_are_labelled_while_the_query_is_planned() {
    run(async {
        let sql = Sql::new();
        let query = "SELECT stance('We welcome the talks.') AS stance, stance(NULL) IS NULL AS nothing,
                            stance_proba('We welcome the talks.', 'conciliatory') AS probability";
        let plan = sql.context.sql(query).await.unwrap().into_optimized_plan().unwrap();
        let shown = plan.display_indent().to_string();
        assert!(shown.contains(r#"Utf8("conciliatory") AS stance"#), "{shown}");
        let answer = sql.ask(query).await;
        assert_eq!(strings(&answer, 0), some(&["conciliatory"]));
        assert!(answer.column(1).as_boolean().value(0));
        let probability = sql.classifier.predict_proba("We welcome the talks.")[0];
        assert_eq!(numbers(&answer, 2).value(0), probability);
    });
}

#[test]
fn parameters_stand_for_texts_and_labels() {
    run(async {
        let sql = Sql::new();
        sql.table(Arc::new(StringArray::from(vec!["They rejected the offer."])));
        let ask = async |label: &str| {
            let plan = sql
                .context
                .sql("SELECT stance($1), stance_proba(text, $2) FROM t")
                .await?;
            let values = vec![ScalarValue::from("We welcome the talks."), ScalarValue::from(label)];
            plan.with_param_values(values)?.collect().await
        };
        let answer = ask("warning").await.unwrap();
        assert_eq!(strings(&answer[0], 0), some(&["conciliatory"]));
        let probability = sql.classifier.predict_proba("They rejected the offer.")[2];
        assert_eq!(numbers(&answer[0], 1).value(0), probability);
        let error = ask("warnings").await.unwrap_err().to_string();
        assert!(
            error.contains("the label `warnings` is unknown to the model"),
            "{error}"
        );
    });
}

#[test]
fn partitions_and_batches_change_no_answer() {
    run(async {
        const QUERY: &str =
            "SELECT text, stance(text) AS stance, stance_proba(text, 'warning') AS p FROM parts ORDER BY text, p";
        let source = Sql::new();
        let rows = source.statements(900).await.ask("SELECT text FROM statements").await;
        let mut answers = Vec::new();
        for (partitions, batch) in [(1, 900), (5, 180), (9, 1), (5, 90)] {
            let sql = Sql::with(SessionConfig::new().with_target_partitions(partitions));
            let part = rows.num_rows() / partitions;
            let batches = |first: usize| {
                (first..first + part)
                    .step_by(batch)
                    .map(|row| rows.slice(row, batch))
                    .collect()
            };
            let parts = (0..partitions).map(|p| batches(p * part)).collect();
            let table = MemTable::try_new(rows.schema(), parts).unwrap();
            sql.context.register_table("parts", Arc::new(table)).unwrap();
            answers.push(sql.ask(QUERY).await);
        }
        assert_eq!(answers[0].num_rows(), 900);
        assert!(answers.iter().all(|answer| *answer == answers[0]));
    });
}

#[test]
fn a_folder_of_parquet_is_counted_by_stance() {
    run(async {
        let sql = Sql::new();
        let folder = TempDir::new().unwrap();
        let folder = folder.path().join("statements").display().to_string();
        sql.statements(1500).await;
        sql.ask(&format!(
            "COPY (SELECT text, region FROM statements) TO '{folder}/' STORED AS PARQUET PARTITIONED BY (region)"
        ))
        .await;
        let regions = std::fs::read_dir(&folder).unwrap().count();
        assert!(regions > 5, "{regions}");
        sql.ask(&format!(
            "CREATE EXTERNAL TABLE kept STORED AS PARQUET PARTITIONED BY (region) LOCATION '{folder}/'"
        ))
        .await;
        let texts = strings(
            &sql.ask("SELECT text FROM statements WHERE region = 'middle-east'")
                .await,
            0,
        );
        let texts: Vec<String> = texts.into_iter().flatten().collect();
        let predictions = sql.classifier.predict_batch(&texts);
        let answer = sql
            .ask(
                "SELECT stance(text) AS stance, count(*) AS statements, max(stance_proba(text, 'warning'))
                 FROM kept WHERE region = 'middle-east' GROUP BY stance ORDER BY stance",
            )
            .await;
        assert_eq!(strings(&answer, 0), some(&["conciliatory", "neutral", "warning"]));
        for (row, label) in sql.classifier.labels().iter().enumerate() {
            let such = predictions.iter().filter(|prediction| prediction.label() == label);
            let counted = answer.column(1).as_primitive::<Int64Type>();
            assert_eq!(counted.value(row), such.clone().count() as i64);
            let surest = such.map(|prediction| prediction.proba()[2]).fold(0.0, f64::max);
            assert_eq!(numbers(&answer, 2).value(row), surest);
        }
    });
}

#[test]
fn another_model_takes_the_place_of_the_first() {
    run(async {
        let sql = Sql::new();
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/fixtures/models/format-1-before-calibration.demarche"
        );
        let other = Arc::new(StanceClassifier::load(path).unwrap());
        let text = "They rejected the offer.";
        sql.table(Arc::new(StringArray::from(vec![text])));
        let (before, after) = (sql.classifier.predict_proba(text)[2], other.predict_proba(text)[2]);
        assert_ne!(before, after);
        let query = "SELECT stance_proba(text, 'warning') FROM t";
        assert_eq!(numbers(&sql.ask(query).await, 0).value(0), before);
        demarche::sql::register(&sql.context, other);
        assert_eq!(numbers(&sql.ask(query).await, 0).value(0), after);
    });
}

#[test]
fn data_frames_do_without_sql() {
    run(async {
        let sql = Sql::new();
        let stance = demarche::sql::stance(sql.classifier.clone());
        let proba = demarche::sql::stance_proba(sql.classifier.clone());
        let texts = vec!["They rejected the offer.", "We welcome the talks."];
        let table = sql
            .table(Arc::new(StringArray::from(texts)))
            .context
            .table("t")
            .await
            .unwrap();
        let warnings = table
            .filter(stance.call(vec![col("text")]).eq(lit("warning")))
            .unwrap()
            .filter(proba.call(vec![col("text"), lit("warning")]).gt(lit(0.5)))
            .unwrap();
        assert_eq!(warnings.count().await.unwrap(), 1);
    });
}

#[test]
fn a_call_that_a_query_repeats_is_worked_out_once() {
    run(async {
        let sql = Sql::new();
        sql.table(Arc::new(StringArray::from(vec!["They rejected the offer."])));
        let query = "EXPLAIN FORMAT INDENT
                     SELECT stance(text) || '!', stance(text) || '?', stance_proba(text, 'warning'), 1 - stance_proba(text, 'warning') FROM t";
        let plan = strings(&sql.ask(query).await, 1)
            .into_iter()
            .flatten()
            .next_back()
            .unwrap();
        assert_eq!(plan.matches("stance(text@0)").count(), 1, "{plan}");
        assert_eq!(plan.matches("stance_proba(text@0, warning)").count(), 1, "{plan}");
        // No weights in what is printed.
        let shown = format!("{:?}", sql.context.state().scalar_functions()["stance"]);
        assert!(shown.len() < 1000, "{shown}");
    });
}
