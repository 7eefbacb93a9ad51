//! Parquet and Arrow IPC through the real binary: types, row groups, nulls, and files that are none.

mod program;

use std::fs::File;
use std::sync::Arc;

use arrow_array::builder::{ListBuilder, StringBuilder, UnionBuilder};
use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int8Type, Int32Type, Int64Type};
use arrow_array::{
    Array, ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, DictionaryArray, Float32Array,
    Int64Array, LargeStringArray, RecordBatch, StringArray, StringViewArray, StructArray, TimestampMicrosecondArray,
};
use arrow_schema::{DataType, Field};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{Compression, GzipLevel, ZstdLevel};
use parquet::file::properties::WriterProperties;
use program::{Program, csv_rows, hostile, repository};
use serde_json::Value;

const TEXTS: [&str; 3] = [
    "We will answer any attack at once, the minister warned.",
    "Both sides agreed to meet again in March.",
    "The delegation arrived on Tuesday.",
];

fn texts(rows: usize) -> Vec<String> {
    (0..rows).map(|i| format!("{} {i}", TEXTS[i % 3])).collect()
}

fn column(array: impl Array + 'static) -> ArrayRef {
    Arc::new(array)
}

fn strings(values: &[String]) -> ArrayRef {
    column(StringArray::from(values.to_vec()))
}

/// A batch with a column of every kind that must come through untouched.
fn every_type(rows: usize, text: ArrayRef) -> RecordBatch {
    let numbers = || 0..rows as i64;
    let mut tags = ListBuilder::new(StringBuilder::new());
    for i in 0..rows {
        tags.append_value((0..i % 3).map(|tag| Some(format!("tag {tag}"))));
    }
    let place = StructArray::from(vec![
        (
            Arc::new(Field::new("name", DataType::Utf8, true)),
            column(StringArray::from_iter(
                numbers().map(|i| (i % 2 == 0).then(|| format!("place {i}"))),
            )),
        ),
        (
            Arc::new(Field::new("height", DataType::Int64, false)),
            column(Int64Array::from_iter_values(numbers())),
        ),
    ]);
    let topics: DictionaryArray<Int32Type> = (0..rows).map(|i| ["river", "border", "trade"][(i / 2) % 3]).collect();
    let amounts = Decimal128Array::from_iter_values(numbers().map(|i| i128::from(i) * 125));
    RecordBatch::try_from_iter_with_nullable([
        ("id", column(Int64Array::from_iter_values(numbers())), false),
        ("text", text, true),
        (
            "score",
            column(Float32Array::from_iter(
                numbers().map(|i| (i % 4 != 1).then_some(i as f32 / 3.0)),
            )),
            true,
        ),
        (
            "checked",
            column(BooleanArray::from_iter(
                numbers().map(|i| (i % 3 != 2).then_some(i % 2 == 0)),
            )),
            true,
        ),
        (
            "day",
            column(Date32Array::from_iter_values(numbers().map(|i| 19_800 + i as i32))),
            false,
        ),
        (
            "at",
            column(
                TimestampMicrosecondArray::from_iter_values(numbers().map(|i| 1_700_000_000_000_000 + i))
                    .with_timezone("UTC"),
            ),
            false,
        ),
        (
            "amount",
            column(amounts.with_precision_and_scale(12, 2).unwrap()),
            false,
        ),
        ("tags", column(tags.finish()), true),
        ("place", column(place), false),
        ("topic", column(topics), true),
        (
            "raw",
            column(BinaryArray::from_iter_values(numbers().map(|i| [i as u8, 0xff]))),
            false,
        ),
    ])
    .unwrap()
}

fn small(rows: usize) -> RecordBatch {
    every_type(rows, strings(&texts(rows)))
}

fn only_text(text: ArrayRef) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable([("text", text, true)]).unwrap()
}

/// Writes batches, as Parquet with a row group for each, or as Arrow.
fn write(program: &Program, name: &str, batches: &[RecordBatch]) {
    let file = File::create(program.path(name)).unwrap();
    let schema = batches[0].schema();
    match name.ends_with("parquet") {
        true => {
            let mut writer = ArrowWriter::try_new(file, schema, None).unwrap();
            for batch in batches {
                writer.write(batch).unwrap();
                writer.flush().unwrap();
            }
            writer.close().unwrap();
        }
        false => {
            let mut writer = arrow_ipc::writer::FileWriter::try_new(file, &schema).unwrap();
            for batch in batches {
                writer.write(batch).unwrap();
            }
            writer.finish().unwrap();
        }
    }
}

/// All rows of a file.
fn read(program: &Program, name: &str) -> RecordBatch {
    let file = File::open(program.path(name)).unwrap();
    let (schema, batches): (_, Vec<RecordBatch>) = match name.ends_with("parquet") {
        true => {
            let builder = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
            let schema = builder.schema().clone();
            (schema, builder.build().unwrap().map(Result::unwrap).collect())
        }
        false => {
            let reader = arrow_ipc::reader::FileReader::try_new(file, None).unwrap();
            (reader.schema(), reader.map(Result::unwrap).collect())
        }
    };
    arrow_select::concat::concat_batches(&schema, &batches).unwrap()
}

fn stances(batch: &RecordBatch) -> Vec<Option<&str>> {
    batch
        .column_by_name("stance")
        .unwrap()
        .as_string::<i32>()
        .iter()
        .collect()
}

fn ids(batch: &RecordBatch) -> Vec<i64> {
    batch
        .column_by_name("id")
        .unwrap()
        .as_primitive::<Int64Type>()
        .values()
        .to_vec()
}

#[test]
fn every_column_comes_through_with_its_type() {
    let program = Program::new();
    let batch = small(7);
    for input in ["in.parquet", "in.arrow", "in.feather", "in.ipc"] {
        write(&program, input, std::slice::from_ref(&batch));
        for output in ["out.parquet", "out.arrow", "out.feather"] {
            program.run(&["predict", input, "-o", output]).ok();
            let answered = read(&program, output);
            assert_eq!(answered.num_rows(), 7);
            let names: Vec<_> = answered.schema().fields().iter().map(|f| f.name().clone()).collect();
            let added = ["stance", "confidence", "p_conciliatory", "p_neutral", "p_warning"];
            assert_eq!(names[11..], added);
            for name in added {
                let kind = if name == "stance" {
                    DataType::Utf8
                } else {
                    DataType::Float64
                };
                assert_eq!(answered.column_by_name(name).unwrap().data_type(), &kind);
            }
            for (place, field) in batch.schema().fields().iter().enumerate() {
                let (given, kept) = (batch.column(place), answered.column(place));
                let unfolded = field.name() == "topic" && input == "in.parquet" && output != "out.parquet";
                match unfolded {
                    // A file of Arrow has one dictionary for a column, where each row group of Parquet has its own.
                    true => {
                        let topics = given
                            .as_dictionary::<Int32Type>()
                            .downcast_dict::<StringArray>()
                            .unwrap();
                        assert!(topics.into_iter().eq(kept.as_string::<i32>()));
                    }
                    false => {
                        assert_eq!(answered.schema().field(place), field.as_ref(), "{input} {output}");
                        assert_eq!(given, kept, "{input} {output} {}", field.name());
                    }
                }
            }
        }
    }
}

#[test]
fn answers_are_those_of_csv() {
    let program = Program::new();
    write(&program, "in.parquet", &[small(9)]);
    let csv = texts(9).iter().map(|text| format!("\"{text}\"\n")).collect::<String>();
    program.file("in.csv", format!("text\n{csv}"));
    program.run(&["predict", "in.parquet", "-o", "out.parquet"]).ok();
    let rows = csv_rows(&program.run(&["predict", "in.csv"]).ok());
    let answered = read(&program, "out.parquet");
    let stances = stances(&answered);
    assert!(stances.contains(&Some("warning")) && stances.contains(&Some("conciliatory")));
    for (i, row) in rows.iter().enumerate() {
        assert_eq!(stances[i], Some(row["stance"].as_str()));
        for name in ["confidence", "p_conciliatory", "p_neutral", "p_warning"] {
            let share = answered
                .column_by_name(name)
                .unwrap()
                .as_primitive::<Float64Type>()
                .value(i);
            assert_eq!(format!("{share:.6}"), row[name]);
        }
    }
}

#[test]
fn row_groups_and_long_batches_stay_in_order_on_any_number_of_threads() {
    let program = Program::new();
    let all = small(5000);
    let groups: Vec<_> = (0..5).map(|group| all.slice(group * 1000, 1000)).collect();
    write(&program, "groups.parquet", &groups);
    write(&program, "one.arrow", std::slice::from_ref(&all));
    for (input, output) in [
        ("groups.parquet", "out.parquet"),
        ("one.arrow", "out.arrow"),
        ("groups.parquet", "out.arrow"),
    ] {
        program.run(&["predict", input, "-o", output, "--threads", "1"]).ok();
        let one = std::fs::read(program.path(output)).unwrap();
        program.run(&["predict", input, "-o", output, "--threads", "4"]).ok();
        assert_eq!(one, std::fs::read(program.path(output)).unwrap());
        let answered = read(&program, output);
        assert_eq!(ids(&answered), (0..5000).collect::<Vec<_>>());
        assert_eq!(answered.column_by_name("tags"), all.column_by_name("tags"));
        assert_eq!(answered.column(1), all.column(1));
    }
}

#[test]
fn dictionaries_may_differ_from_one_row_group_to_the_next() {
    let program = Program::new();
    let group = |topic: &str| {
        let topics: DictionaryArray<Int8Type> = [topic, topic].into_iter().collect();
        RecordBatch::try_from_iter([("text", strings(&texts(2))), ("topic", column(topics))]).unwrap()
    };
    write(&program, "in.parquet", &[group("river"), group("border")]);
    let file = File::create(program.path("stream.arrow")).unwrap();
    let mut writer = arrow_ipc::writer::StreamWriter::try_new(file, &group("river").schema()).unwrap();
    for topic in ["river", "border"] {
        writer.write(&group(topic)).unwrap();
    }
    writer.finish().unwrap();
    for (input, output) in [
        ("in.parquet", "out.parquet"),
        ("in.parquet", "out.arrow"),
        ("stream.arrow", "out.parquet"),
        ("stream.arrow", "out.arrow"),
    ] {
        program.run(&["predict", input, "-o", output]).ok();
        let answered = read(&program, output);
        let topics = match answered.column_by_name("topic").unwrap().as_any_dictionary_opt() {
            Some(topics) => arrow_select::take::take(topics.values(), topics.keys(), None).unwrap(),
            None => answered.column_by_name("topic").unwrap().clone(),
        };
        let topics: Vec<_> = topics.as_string::<i32>().iter().map(Option::unwrap).collect();
        assert_eq!(topics, ["river", "river", "border", "border"], "{input} {output}");
    }
}

#[test]
fn text_may_be_of_any_type_of_string() {
    let program = Program::new();
    let values = texts(6);
    let borrowed = || values.iter().map(String::as_str);
    let columns: [ArrayRef; 5] = [
        strings(&values),
        column(LargeStringArray::from_iter_values(borrowed())),
        column(StringViewArray::from_iter_values(borrowed())),
        column(borrowed().collect::<DictionaryArray<Int8Type>>()),
        column(borrowed().collect::<DictionaryArray<Int32Type>>()),
    ];
    let mut expected: Option<Vec<Option<String>>> = None;
    for text in columns {
        for (input, output) in [("in.parquet", "out.parquet"), ("in.arrow", "out.arrow")] {
            write(&program, input, &[only_text(text.clone())]);
            program.run(&["predict", input, "-o", output]).ok();
            let answered = read(&program, output);
            assert_eq!(answered.column(0).data_type(), text.data_type());
            let found: Vec<_> = stances(&answered).into_iter().map(|s| s.map(str::to_owned)).collect();
            assert_eq!(&found, expected.get_or_insert(found.clone()), "{}", text.data_type());
            let lines = program.run(&["predict", input, "--format", "jsonl"]).ok();
            let first: Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
            assert_eq!(first["text"], values[0].as_str());
        }
    }
}

#[test]
fn a_null_text_is_an_empty_one() {
    let program = Program::new();
    let text = StringArray::from(vec![Some(TEXTS[0]), None, Some(" "), Some(TEXTS[1])]);
    for (input, other) in [("in.parquet", "in.csv"), ("in.arrow", "in.csv")] {
        write(&program, input, &[every_type(4, column(text.clone()))]);
        program.file(other, "id,text\n0,We agree.\n1,\n");
        // The words of CSV, but for the line, which there is none of.
        let of_csv = program.run(&["predict", other]).stderr;
        let expected = of_csv.replace(other, input).replace("row 2 (line 3)", "row 2");
        assert!(
            expected.contains("row 2, column `text`: the text is empty"),
            "{expected}"
        );
        for output in ["none.parquet", "none.csv"] {
            assert_eq!(program.run(&["predict", input, "-o", output]).stderr, expected);
            assert!(!program.files().contains(&output.to_owned()));
        }
        assert_eq!(program.run(&["explain", input]).stderr, expected);
        let skipped = program.run(&["predict", input, "-o", "out.parquet", "--on-error", "skip"]);
        assert_eq!(skipped.stderr, "2 rows left out\n");
        let answered = read(&program, "out.parquet");
        assert_eq!(ids(&answered), [0, 3]);
        assert_eq!(answered.column_by_name("day").unwrap().len(), 2);
        let reported = program.run(&["predict", input, "-o", "out.parquet", "--on-error", "report"]);
        let third = format!("left out: {input}, row 3, column `text`");
        assert!(reported.stderr.contains(&third), "{}", reported.stderr);
    }
    write(
        &program,
        "none.parquet",
        &[every_type(2, column(StringArray::from(vec![None::<&str>; 2])))],
    );
    program
        .run(&["predict", "none.parquet", "-o", "out.parquet", "--on-error", "skip"])
        .ok();
    assert_eq!(
        (
            read(&program, "out.parquet").num_rows(),
            read(&program, "out.parquet").num_columns()
        ),
        (0, 16)
    );
}

#[test]
fn whatever_is_asked_for_beside_the_stance_has_its_type() {
    let program = Program::new();
    write(&program, "in.parquet", &[small(6)]);
    let asked = ["--abstain-below", "0.97", "--coverage", "0.95", "--domain", "--explain"];
    let run = |more: &[&str]| {
        program
            .run(&[&["predict", "in.parquet"], &asked[..], more].concat())
            .ok()
    };
    run(&["-o", "out.parquet"]);
    let answered = read(&program, "out.parquet");
    let lines = run(&["--format", "jsonl"]);
    let cells = csv_rows(&run(&["--format", "csv"]));
    let get = |name: &str| answered.column_by_name(name).unwrap();
    let mut abstained = 0;
    for (i, line) in lines.lines().enumerate() {
        let line: Value = serde_json::from_str(line).unwrap();
        assert_eq!(stances(&answered)[i], line["stance"].as_str());
        abstained += usize::from(line["stance"].is_null());
        assert_eq!(Some(get("top").as_string::<i32>().value(i)), line["top"].as_str());
        let set = get("set").as_list::<i32>().value(i);
        let set: Vec<_> = set.as_string::<i32>().iter().map(Option::unwrap).collect();
        assert_eq!(Value::from(set), line["set"]);
        assert_eq!(
            Some(get("known_terms").as_primitive::<Float64Type>().value(i)),
            line["known_terms"].as_f64()
        );
        assert_eq!(
            Some(get("out_of_domain").as_boolean().value(i)),
            line["out_of_domain"].as_bool()
        );
        assert_eq!(get("evidence").as_string::<i32>().value(i), cells[i]["evidence"]);
    }
    assert!((1..6).contains(&abstained), "{abstained} of 6");
    assert_eq!(get("stance").null_count(), abstained);
}

#[test]
fn columns_become_text_and_text_becomes_columns() {
    let program = Program::new();
    write(&program, "in.parquet", &[small(3)]);
    let line = program.run(&["predict", "in.parquet", "--format", "jsonl"]).ok();
    let second: Value = serde_json::from_str(line.lines().nth(1).unwrap()).unwrap();
    assert_eq!(second["id"], 1);
    assert_eq!(second["score"], Value::Null);
    assert_eq!(second["day"], "2024-03-19");
    assert_eq!(second["tags"], serde_json::json!(["tag 0"]));
    assert_eq!(second["place"], serde_json::json!({"name": null, "height": 1}));
    assert_eq!(second["topic"], "river");
    assert_eq!(second["amount"], 1.25);
    assert_eq!(second["at"], "2023-11-14T22:13:20.000001Z");
    let rows = csv_rows(&program.run(&["predict", "in.parquet"]).ok());
    assert_eq!((rows[1]["day"].as_str(), rows[1]["score"].as_str()), ("2024-03-19", ""));
    assert_eq!(rows[1]["stance"], second["stance"].as_str().unwrap());

    program.file("in.csv", "id,text\n007,We will never agree to that.\n8,\n");
    program.file("in.jsonl", "{\"id\": 7, \"text\": \"We agree.\", \"who\": null}\n");
    program
        .run(&["predict", "in.csv", "-o", "out.parquet", "--on-error", "skip"])
        .ok();
    let answered = read(&program, "out.parquet");
    assert_eq!(answered.column(0).as_string::<i32>().value(0), "007");
    assert_eq!((answered.num_rows(), answered.num_columns()), (1, 7));
    program.run(&["predict", "in.jsonl", "-o", "out.arrow"]).ok();
    let answered = read(&program, "out.arrow");
    assert_eq!(answered.column(0).as_string::<i32>().value(0), "7");
    assert!(answered.column(2).is_null(0));
    program
        .run(&["predict", "--text", "We will answer.", "-o", "out.feather"])
        .ok();
    assert_eq!(read(&program, "out.feather").num_rows(), 1);
}

#[test]
fn columns_of_an_earlier_prediction_are_replaced() {
    let program = Program::new();
    write(&program, "in.parquet", &[small(3)]);
    program.run(&["predict", "in.parquet", "-o", "once.parquet"]).ok();
    program.run(&["predict", "once.parquet", "-o", "twice.parquet"]).ok();
    assert_eq!(read(&program, "once.parquet"), read(&program, "twice.parquet"));
}

#[test]
fn an_input_without_rows_has_columns_all_the_same() {
    let program = Program::new();
    let schema = small(0).schema();
    // A batch without rows, and no batch or row group at all.
    for input in ["in.parquet", "in.arrow", "none.parquet", "none.arrow"] {
        let file = || File::create(program.path(input)).unwrap();
        match input {
            "none.parquet" => {
                let writer = ArrowWriter::try_new(file(), schema.clone(), None).unwrap();
                assert_eq!(writer.close().unwrap().num_row_groups(), 0);
            }
            "none.arrow" => {
                let mut writer = arrow_ipc::writer::FileWriter::try_new(file(), &schema).unwrap();
                writer.finish().unwrap();
            }
            _ => write(&program, input, &[small(0)]),
        }
        program.run(&["predict", input, "-o", "out.parquet"]).ok();
        let answered = read(&program, "out.parquet");
        assert_eq!((answered.num_rows(), answered.num_columns()), (0, 16));
        let csv = program.run(&["predict", input]).ok();
        assert!(csv.starts_with("id,text,score,") && csv.lines().count() == 1, "{csv}");
    }
    let labelled = RecordBatch::try_from_iter([("text", strings(&[])), ("label", strings(&[]))]).unwrap();
    write(&program, "in.parquet", &[labelled]);
    for command in [&["train", "in.parquet", "-o", "m"][..], &["evaluate", "in.parquet"]] {
        program
            .run(command)
            .fails(1, &["in.parquet: there are no rows below the header"]);
    }
}

#[test]
fn every_codec_and_a_stream_are_read() {
    let program = Program::new();
    let batch = small(4);
    let codecs = [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::GZIP(GzipLevel::default()),
        Compression::ZSTD(ZstdLevel::default()),
        Compression::LZ4_RAW,
    ];
    for codec in codecs {
        let properties = WriterProperties::builder().set_compression(codec).build();
        let file = File::create(program.path("in.parquet")).unwrap();
        let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties)).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        assert_eq!(csv_rows(&program.run(&["predict", "in.parquet"]).ok()).len(), 4);
    }
    let options = arrow_ipc::writer::IpcWriteOptions::default();
    let codecs = [arrow_ipc::CompressionType::LZ4_FRAME, arrow_ipc::CompressionType::ZSTD];
    for codec in codecs {
        let options = options.clone().try_with_compression(Some(codec)).unwrap();
        let file = File::create(program.path("in.feather")).unwrap();
        let mut writer = arrow_ipc::writer::FileWriter::try_new_with_options(file, &batch.schema(), options).unwrap();
        writer.write(&batch).unwrap();
        writer.finish().unwrap();
        assert_eq!(csv_rows(&program.run(&["predict", "in.feather"]).ok()).len(), 4);
    }
    let file = File::create(program.path("in.arrow")).unwrap();
    let mut writer = arrow_ipc::writer::StreamWriter::try_new(file, &batch.schema()).unwrap();
    writer.write(&batch).unwrap();
    writer.finish().unwrap();
    program.run(&["predict", "in.arrow", "-o", "out.arrow"]).ok();
    assert_eq!(ids(&read(&program, "out.arrow")), [0, 1, 2, 3]);
}

#[test]
fn a_wrong_column_is_named_with_those_that_are_there() {
    let program = Program::new();
    let batch = RecordBatch::try_from_iter([
        ("Text", strings(&texts(2))),
        ("number", column(Int64Array::from(vec![1, 2]))),
    ])
    .unwrap();
    write(&program, "in.parquet", std::slice::from_ref(&batch));
    write(&program, "in.arrow", &[batch]);
    for input in ["in.parquet", "in.arrow"] {
        let missing = [
            input,
            "there is no column `text`; the columns are `Text`, `number`; did you mean `Text`?",
        ];
        program.run(&["predict", input, "-o", "out.parquet"]).fails(1, &missing);
        program.run(&["predict", input]).fails(1, &missing);
        let label = [input, ": there is no column `label`"];
        program
            .run(&["train", input, "--text-column", "Text", "-o", "m"])
            .fails(1, &label);
        program
            .run(&["evaluate", input, "--text-column", "Text"])
            .fails(1, &label);
        let wrong = [
            input,
            "column `number`: the value is a column of Int64, a column of strings is needed",
        ];
        program
            .run(&["predict", input, "--text-column", "number"])
            .fails(1, &wrong);
    }
}

#[test]
fn inputs_of_one_output_have_the_same_columns_and_types() {
    let program = Program::new();
    write(&program, "a.parquet", &[small(2)]);
    write(&program, "b.arrow", &[small(3)]);
    write(&program, "c.parquet", &[only_text(strings(&texts(2)))]);
    program
        .run(&["predict", "a.parquet", "b.arrow", "-o", "out.arrow"])
        .ok();
    assert_eq!(ids(&read(&program, "out.arrow")), [0, 1, 0, 1, 2]);
    // Null in one alone.
    let numbers = |name: &str, numbers: Vec<Option<i64>>| {
        let is_nullable = numbers.contains(&None);
        let columns = [
            ("text", strings(&texts(2)), false),
            ("n", column(Int64Array::from(numbers)), is_nullable),
        ];
        let batch = RecordBatch::try_from_iter_with_nullable(columns).unwrap();
        write(&program, name, &[batch]);
    };
    numbers("d.parquet", vec![Some(1), Some(2)]);
    numbers("e.parquet", vec![None, Some(4)]);
    for output in ["out.arrow", "out.parquet"] {
        program.run(&["predict", "d.parquet", "e.parquet", "-o", output]).ok();
        let answered = read(&program, output);
        let found: Vec<_> = answered.column(1).as_primitive::<Int64Type>().iter().collect();
        assert_eq!(found, [Some(1), Some(2), None, Some(4)]);
        std::fs::remove_file(program.path(output)).unwrap();
    }
    program
        .run(&["predict", "a.parquet", "c.parquet", "-o", "out.parquet"])
        .fails(1, &["c.parquet: ", "the same columns and types in every input"]);
    assert!(!program.files().contains(&"out.parquet".to_owned()));
}

#[test]
fn files_that_are_none_are_told_apart() {
    let program = Program::new();
    for (name, format) in [("x.parquet", "Parquet"), ("x.arrow", "Arrow IPC")] {
        write(&program, name, &[small(50)]);
        let whole = std::fs::read(program.path(name)).unwrap();
        let cases: [(&[u8], &str); 4] = [
            (b"", "is empty"),
            (b"text,label\na,b\n", "it does not begin as one"),
            (&whole[..whole.len() / 2], "is cut short"),
            (&whole[..3], "it does not begin as one"),
        ];
        for (bytes, reason) in cases {
            program.file(name, bytes);
            let parts = [name, ": the ", format, reason];
            program.run(&["predict", name]).fails(1, &parts);
            program.run(&["predict", name, "-o", "out.parquet"]).fails(1, &parts);
            program.run(&["train", name, "-o", "m"]).fails(1, &parts);
        }
        // The other format under this extension, and this one where text is meant.
        let other = if name == "x.arrow" { "y.parquet" } else { "y.arrow" };
        program.file(other, &whole);
        program
            .run(&["predict", other])
            .fails(1, &[other, "it does not begin as one"]);
        program
            .run_with(&["predict", "-"], whole)
            .fails(1, &["standard input", format, "is taken for text"]);
    }
    // As pyarrow writes it.
    program.file("x.parquet", include_bytes!("fixtures/brotli.parquet"));
    for command in [&["predict", "x.parquet"][..], &["evaluate", "x.parquet"]] {
        program.run(command).fails(
            1,
            &["x.parquet: the Parquet file is compressed with Brotli; write it with snappy, gzip, zstd or LZ4"],
        );
    }
    program.file("old.feather", b"FEA1 and more");
    program
        .run(&["predict", "old.feather"])
        .fails(1, &["version 1 of Feather"]);
    program.run(&["predict", "none.parquet"]).fails(1, &["none.parquet: "]);
    program.file("x.arrow", b"");
    assert_eq!(program.files().iter().filter(|name| name.starts_with("out")).count(), 0);
}

#[test]
fn damaged_files_fail_in_one_sentence() {
    let program = Program::new();
    for (name, output) in [("x.parquet", "out.parquet"), ("x.arrow", "out.arrow")] {
        write(&program, name, &[small(20)]);
        let whole = std::fs::read(program.path(name)).unwrap();
        let mut failed = 0;
        for place in (8..whole.len() - 8).step_by(whole.len() / 60) {
            let mut bytes = whole.clone();
            bytes[place] ^= 0xff;
            program.file(name, &bytes);
            let ran = program.run(&["predict", name, "-o", output, "--on-error", "skip"]);
            if ran.code != 0 {
                failed += 1;
                ran.fails(1, &[name]);
            }
        }
        assert!(failed > 0, "no damage was noticed");
    }
}

#[test]
fn a_length_that_cannot_be_reserves_no_memory() {
    let program = Program::new();
    let batch = small(200);
    for name in ["x.arrow", "stream.arrow"] {
        let options = arrow_ipc::writer::IpcWriteOptions::default();
        let options = options
            .try_with_compression(Some(arrow_ipc::CompressionType::LZ4_FRAME))
            .unwrap();
        let file = File::create(program.path(name)).unwrap();
        match name {
            "x.arrow" => {
                let mut writer =
                    arrow_ipc::writer::FileWriter::try_new_with_options(file, &batch.schema(), options).unwrap();
                writer.write(&batch).unwrap();
                writer.finish().unwrap();
            }
            _ => {
                let mut writer =
                    arrow_ipc::writer::StreamWriter::try_new_with_options(file, &batch.schema(), options).unwrap();
                writer.write(&batch).unwrap();
                writer.finish().unwrap();
            }
        }
        program.run(&["predict", name]).ok();
        // What stands before each packed part: its length when it is unpacked.
        let mut bytes = std::fs::read(program.path(name)).unwrap();
        let frame = 0x184d_2204_u32.to_le_bytes();
        let place = (8..bytes.len() - 4)
            .rfind(|&place| bytes[place..place + 4] == frame)
            .unwrap();
        bytes[place - 8..place].copy_from_slice(&(1_i64 << 50).to_le_bytes());
        program.file(name, bytes);
        program.run(&["predict", name]).fails(
            1,
            &[
                name,
                "the Arrow IPC file cannot be read",
                "cannot hold 1125899906842624",
            ],
        );
    }
}

#[test]
fn labelled_rows_train_and_score_as_those_of_csv() {
    let program = Program::new();
    let small = repository("tests/fixtures/small.csv");
    let rows = csv_rows(&std::fs::read_to_string(&small).unwrap());
    let of = |name: &str| rows.iter().map(|row| row[name].clone()).collect::<Vec<_>>();
    let labels: DictionaryArray<Int8Type> = rows.iter().map(|row| row["label"].as_str()).collect();
    let batch = RecordBatch::try_from_iter([("label", column(labels)), ("text", strings(&of("text")))]).unwrap();
    for input in ["in.parquet", "in.feather"] {
        write(&program, input, std::slice::from_ref(&batch));
        let train = |data: &str, model: &str| program.run(&["train", data, "--cv", "2", "-o", model]).ok();
        train(&small, "csv.demarche");
        train(input, "columns.demarche");
        let model = |name: &str| std::fs::read(program.path(name)).unwrap();
        assert_eq!(model("csv.demarche"), model("columns.demarche"));
        for command in [
            &["evaluate", "--model", "csv.demarche", "--format", "json"][..],
            &["prevalence", "--model", "csv.demarche", "--format", "csv"],
            &["suggest", "--model", "csv.demarche", "--format", "json"],
            &["compare", "--model", "csv.demarche", "--format", "json"],
        ] {
            let of_csv = program.run(&[command, &[small.as_str()]].concat());
            let of_columns = program.run(&[command, &[input]].concat());
            assert_eq!(of_csv.code, of_columns.code, "{of_csv:?} {of_columns:?}");
            assert_eq!(of_csv.stdout.replace(&small, input), of_columns.stdout, "{command:?}");
        }
    }
    // The lines of a file differ, since one has a header.
    let problems = |data: &str| {
        let mut rows = csv_rows(&program.run(&["audit", data, "--cv", "2", "--format", "csv"]).ok());
        for row in &mut rows {
            row.retain(|name, _| !["file", "line", "other_file", "other_line"].contains(&name.as_str()));
        }
        rows
    };
    assert!(!problems("in.parquet").is_empty());
    assert_eq!(problems("in.parquet"), problems(&small));
    let labels = StringArray::from(vec![Some("warning"), None]);
    let batch = RecordBatch::try_from_iter([("text", strings(&texts(2))), ("label", column(labels))]).unwrap();
    write(&program, "gap.parquet", &[batch]);
    for command in [&["train", "gap.parquet", "-o", "m"][..], &["evaluate", "gap.parquet"]] {
        program
            .run(command)
            .fails(1, &["gap.parquet, row 2, column `label`: the label is empty"]);
    }
}

#[test]
fn only_columns_that_are_needed_are_read() {
    let program = Program::new();
    let rows = 30;
    let batch = |first: ArrayRef| {
        let labels = (0..rows).map(|i| ["warning", "conciliatory", "neutral"][i % 3]);
        let columns = [
            ("for", first),
            ("label", column(StringArray::from_iter_values(labels))),
            ("text", strings(&texts(rows))),
        ];
        RecordBatch::try_from_iter(columns).unwrap()
    };
    // What cannot be written as text, and what cannot even be read.
    let mut either = UnionBuilder::new_dense();
    for _ in 0..rows {
        either.append::<Int32Type>("number", 1).unwrap();
    }
    let unions = batch(column(either.build().unwrap()));
    write(&program, "in.arrow", std::slice::from_ref(&unions));
    write(
        &program,
        "in.parquet",
        &[batch(column(Int64Array::from_iter_values(0..30)))],
    );
    let mut bytes = std::fs::read(program.path("in.parquet")).unwrap();
    bytes[4..24].fill(0xff);
    program.file("in.parquet", bytes);
    for (input, complaint) in [
        ("in.arrow", "has a column that cannot be written as text"),
        ("in.parquet", "in.parquet, row 1: the Parquet file cannot be read ("),
    ] {
        program.run(&["train", input, "--cv", "0", "-o", "m.demarche"]).ok();
        program.run(&["evaluate", input]).ok();
        program.run(&["prevalence", input, "--by", "label"]).ok();
        let explained = program.run(&["explain", input, "--format", "jsonl"]).ok();
        assert_eq!(explained.lines().count(), rows);
        program.run(&["predict", input]).fails(1, &[input, complaint]);
        program.run(&["prevalence", input, "--by", "four"]).fails(
            1,
            &["there is no column `four`; the columns are `for`, `label`, `text`"],
        );
    }
    program.run(&["predict", "in.arrow", "-o", "out.arrow"]).ok();
    assert_eq!(read(&program, "out.arrow").column(0), unions.column(0));
}

#[test]
fn articles_stand_in_columns_too() {
    let program = Program::new();
    let article = "\"We will answer any attack at once,\" the minister said. He left on Tuesday.";
    let columns = [
        ("id", strings(&["a1".to_owned()])),
        ("text", strings(&[article.to_owned()])),
    ];
    write(&program, "in.parquet", &[RecordBatch::try_from_iter(columns).unwrap()]);
    program.file("in.csv", format!("id,text\na1,\"{}\"\n", article.replace('"', "\"\"")));
    for command in [
        &["extract", "--input-format", "article"][..],
        &["predict", "--input-format", "article"],
    ] {
        let [of_csv, of_columns] =
            ["in.csv", "in.parquet"].map(|input| program.run(&[command, &[input]].concat()).ok());
        assert!(of_columns.contains("We will answer any attack at once"), "{of_columns}");
        assert_eq!(of_csv, of_columns);
    }
    program
        .run(&["predict", "--input-format", "article", "in.csv", "-o", "out.parquet"])
        .ok();
    assert_eq!(stances(&read(&program, "out.parquet")), [Some("warning")]);
}

#[test]
fn what_is_no_rows_is_not_written_under_the_name_of_columns() {
    let program = Program::new();
    for command in [
        &["explain", "--text", "We agree."][..],
        &["inspect"],
        &["extract", "in.txt"],
    ] {
        program.file("in.txt", "\"We agree,\" she said.");
        program.run(&[command, &["-o", "out.parquet"]].concat()).fails(
            2,
            &["the output is out.parquet", "only predict writes Parquet and Arrow"],
        );
    }
    assert_eq!(program.files(), ["in.txt"]);
}

#[test]
fn hostile_text_passes_through() {
    let program = Program::new();
    let texts = [hostile::TEXT, hostile::TITLE, " ", hostile::ID].map(str::to_owned);
    write(&program, "in.parquet", &[only_text(strings(&texts))]);
    program
        .run(&["predict", "in.parquet", "-o", "out.arrow", "--on-error", "skip"])
        .ok();
    let answered = read(&program, "out.arrow");
    let kept: Vec<_> = answered
        .column(0)
        .as_string::<i32>()
        .iter()
        .map(Option::unwrap)
        .collect();
    assert_eq!(kept, [hostile::TEXT, hostile::TITLE, hostile::ID]);
}
