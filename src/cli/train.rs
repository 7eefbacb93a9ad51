//! `demarche train`: labelled statements in, a model file out.

use std::path::Path;
use std::time::Instant;

use linfa::ParamGuard;
use serde_json::json;

use super::args::{CommonArgs, ReportFormat, TrainArgs};
use super::evaluate;
use super::input;
use super::output::Output;
use super::search;
use super::terminal::{self, Progress};
use crate::atomic_file::AtomicFile;
use crate::dataset::{Columns, LabelledStatementsBuilder};
use crate::error::{Error, Result};
use crate::evaluation;
use crate::model::StanceClassifier;

pub fn run(args: &TrainArgs, common: &CommonArgs) -> Result<()> {
    let phase = |started: Instant, what: &str| {
        if args.verbose {
            terminal::print_note(
                common.quiet,
                &format!("{what}: {:.3} s", started.elapsed().as_secs_f64()),
            );
        }
    };
    let mut trainer = args.model.trainer().check()?;
    if args.search {
        search::check(args)?;
    }
    let to_stdout = args.output == Path::new("-");
    if !to_stdout {
        // Better to hear now than after the work that the folder is not writable.
        AtomicFile::create(&args.output).map_err(|e| Error::from(e).in_file(&args.output))?;
    }
    let columns = Columns {
        text: args.input.text_column.clone(),
        label: args.label_column.clone(),
        group: args.group_column.clone(),
        weight: args.weight_column.clone(),
        ..Columns::default()
    };
    let at_data = |error: Error| match &args.data[..] {
        [path] => error.in_file(path).in_column(&args.label_column),
        _ => error,
    };

    let started = Instant::now();
    let data = input::build_labelled(
        LabelledStatementsBuilder::default(),
        &args.data,
        &columns,
        &args.input,
        common.quiet,
        args.skip_unlabelled,
    )?;
    phase(started, "read");

    let mut searched = None;
    if args.search {
        let started = Instant::now();
        let (found, chosen) = search::run(args, &trainer, &data, common.quiet).map_err(at_data)?;
        trainer = chosen;
        searched = Some(found);
        phase(started, "search");
    }

    let held_out = match args.cv {
        0 => None,
        folds => {
            let started = Instant::now();
            let progress = Progress::new(common.quiet, folds as u64, false);
            let held_out = evaluation::out_of_fold(&trainer, &data, folds, || progress.add(1)).map_err(at_data)?;
            drop(progress);
            phase(started, "cross-validate");
            Some(held_out)
        }
    };

    let started = Instant::now();
    let mut model = trainer.fit(&data).map_err(at_data)?;
    phase(started, "fit");
    let mut cross_validation = None;
    if let Some(held_out) = held_out {
        let started = Instant::now();
        let scores = held_out.calibrate(&mut model, args.calibration.method())?;
        phase(started, "calibrate");
        model.set_cross_validation(scores.score_card(args.cv, args.group_column.as_deref()));
        cross_validation = Some(scores);
    }
    let card = model.card();
    if args.verbose {
        let gap = card
            .classifier
            .relative_gap
            .map_or("not proven".to_owned(), |gap| format!("{gap:.1e}"));
        let remark = format!(
            "objective {:.6}, relative duality gap {gap}, {} iterations, {} terms",
            card.classifier.objective, card.classifier.iterations, card.features
        );
        terminal::print_note(common.quiet, &remark);
    }
    if card
        .classifier
        .relative_gap
        .is_some_and(|gap| gap > args.model.tolerance)
    {
        terminal::print_note(
            common.quiet,
            "the solver stopped before the tolerance was reached; raise --max-iterations, or lower --c",
        );
    }

    let classifier = StanceClassifier::new(model);
    let mut holdout = None;
    if !args.holdout.is_empty() {
        let columns = Columns {
            group: None,
            weight: None,
            ..columns
        };
        let held_out = input::read_labelled(&args.holdout, &columns, &args.input, common.quiet)?;
        holdout = Some(evaluation::evaluate(&classifier, &held_out)?);
    }

    let started = Instant::now();
    let model = classifier.model();
    if to_stdout {
        if let Some(search) = &searched {
            terminal::print_note(common.quiet, &search.reason());
        }
        let mut output = Output::open(None)?;
        output.write(&model.to_bytes())?;
        return output.finish();
    }
    model.save(&args.output)?;
    phase(started, "write");

    let mut output = Output::open(None)?;
    match args.format {
        ReportFormat::Json => {
            let report = json!({
                "model": args.output,
                "card": model.card(),
                "search": searched.as_ref().map(search::to_json),
                "cross_validation": cross_validation.as_ref().map(evaluate::to_json),
                "holdout": holdout.as_ref().map(evaluate::to_json),
            });
            output.write(format!("{report:#}\n").as_bytes())?;
        }
        ReportFormat::Table => {
            if let Some(search) = &searched {
                output.print(&search::render(search))?;
            }
            let scores = [("cross-validated", &cross_validation), ("held out", &holdout)];
            for (title, evaluation) in scores {
                if let Some(evaluation) = evaluation {
                    output.print(&format!("{title}: {}\n", evaluate::render(evaluation)))?;
                }
            }
        }
    }
    output.finish()?;
    let remark = format!(
        "{} rows → {} ({} terms)",
        data.len(),
        args.output.display(),
        model.card().features
    );
    terminal::print_note(common.quiet, &remark);
    Ok(())
}
