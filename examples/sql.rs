//! Who warns, when and where? A folder of Parquet files, asked in SQL.
//!
//! ```console
//! $ cargo run --profile lean --features datafusion --example sql [FOLDER]
//! ```
//!
//! `FOLDER` holds Parquet files with the columns `text`, `speaker`, `decade` and `region`, the last as the names of folders (`region=oceania/…`). Without
//! one, `data/statements.csv` becomes such a folder, which is removed at the end. The shipped model was trained on these very statements: on others it is less sure.

use std::sync::Arc;

use demarche::StanceClassifier;
use demarche::sql::datafusion::common::Result;
use demarche::sql::datafusion::prelude::SessionContext;

/// A share is of what the model labels so; `demarche prevalence` corrects such shares for the model's errors.
const QUERIES: [(&str, &str); 3] = [
    (
        "How much of what is said is a warning, decade by decade?",
        "SELECT decade, count(*) AS statements,
                round(avg(CASE stance(text) WHEN 'warning' THEN 100.0 ELSE 0.0 END), 1) AS warnings_percent,
                round(avg(stance_proba(text, 'warning')), 3) AS mean_probability
         FROM statements
         GROUP BY decade ORDER BY decade",
    ),
    (
        "In which regions of the 2010s?",
        "SELECT region, count(*) AS statements, count(*) FILTER (WHERE stance(text) = 'warning') AS warnings,
                round(100.0 * count(*) FILTER (WHERE stance(text) = 'warning') / count(*), 1) AS percent
         FROM statements
         WHERE decade = '2010s'
         GROUP BY region ORDER BY percent DESC, region LIMIT 5",
    ),
    (
        "What are the surest warnings of the Chinese foreign ministry?",
        "SELECT round(warning, 3) AS warning, decade, CASE WHEN length(text) > 75 THEN left(text, 74) || '…' ELSE text END AS statement
         FROM (SELECT stance_proba(text, 'warning') AS warning, decade, text
               FROM statements
               WHERE speaker = 'Chinese foreign ministry')
         WHERE warning > 0.8
         ORDER BY warning DESC, statement LIMIT 5",
    ),
];

fn main() -> Result<()> {
    tokio::runtime::Runtime::new()?.block_on(async {
        let context = SessionContext::new();
        demarche::sql::register(&context, Arc::new(StanceClassifier::embedded()));
        let made = tempfile::tempdir()?;
        let folder = match std::env::args().nth(1) {
            Some(folder) => folder,
            None => {
                let folder = made.path().display().to_string();
                make_folder(&context, &folder).await?;
                folder
            }
        };
        let create = format!(
            "CREATE EXTERNAL TABLE statements STORED AS PARQUET PARTITIONED BY (region) LOCATION '{}/'",
            folder.replace('\'', "''")
        );
        context.sql(&create).await?;
        for (question, query) in QUERIES {
            println!("{question}");
            context.sql(query).await?.show().await?;
            println!();
        }
        Ok(())
    })
}

/// Writes the statements as Parquet, a folder for each region.
async fn make_folder(context: &SessionContext, folder: &str) -> Result<()> {
    let csv = concat!(env!("CARGO_MANIFEST_DIR"), "/data/statements.csv");
    let copy = format!(
        "COPY (SELECT text, speaker, decade, region FROM csv) TO '{}/' STORED AS PARQUET PARTITIONED BY (region)",
        folder.replace('\'', "''")
    );
    context.register_csv("csv", csv, Default::default()).await?;
    context.sql(&copy).await?.collect().await?;
    Ok(())
}
