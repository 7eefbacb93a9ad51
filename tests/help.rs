//! What people read, as snapshots. After a change on purpose: `INSTA_UPDATE=always cargo test --test help`.

mod program;

use program::{Program, repository};

fn help(command: &str) -> String {
    Program::new().run(&[command, "--help"]).ok()
}

#[test]
fn the_help_of_every_command() {
    insta::assert_snapshot!("help", Program::new().run(&["--help"]).ok());
    for command in [
        "train",
        "predict",
        "evaluate",
        "explain",
        "extract",
        "report",
        "prevalence",
        "compare",
        "audit",
        "suggest",
        "annotate",
        "inspect",
        "generate",
    ] {
        insta::assert_snapshot!(format!("help_{command}"), help(command));
    }
}

#[test]
fn the_tables_of_a_small_model() {
    let program = Program::new();
    let small = repository("tests/fixtures/small.csv");
    let train = program
        .run(&["train", &small, "--cv", "2", "-o", "small.demarche"])
        .ok();
    insta::assert_snapshot!("train_small", train);
    insta::assert_snapshot!(
        "inspect_small",
        program.run(&["inspect", "small.demarche", "--terms", "5"]).ok()
    );
    insta::assert_snapshot!(
        "evaluate_small",
        program.run(&["evaluate", &small, "--model", "small.demarche"]).ok()
    );
    let predict = ["predict", &small, "--model", "small.demarche", "--format", "table"];
    insta::assert_snapshot!("predict_small", program.run(&predict).ok());
    let statement = "The ministry rejected the offer of talks, and rejected a response on the border.";
    let explain = [
        "explain",
        "--text",
        statement,
        "--model",
        "small.demarche",
        "--format",
        "table",
    ];
    insta::assert_snapshot!("explain_small", program.run(&explain).ok());
}
