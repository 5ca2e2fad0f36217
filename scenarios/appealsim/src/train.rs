use std::ops::ControlFlow;
use std::path::PathBuf;

use analysis::{EpochRecord, tables};
use clap::Args;
use inference::train::{Outcome, Recipe};

use crate::failure::Failure;

#[derive(Args)]
pub struct TrainArgs {
    /// The training file.
    file: PathBuf,
    /// Number of threads; does not change the weights [default: one per core].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,
    /// Seed to use instead of the file's, for several trainings that otherwise are the same.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Write the weights to this file instead, with the architecture beside them.
    #[arg(long, value_name = "FILE", value_parser = weights_file)]
    output: Option<PathBuf>,
}

fn weights_file(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("safetensors") => Ok(path),
        _ => Err("the name must end in .safetensors".to_owned()),
    }
}

pub fn train(args: &TrainArgs) -> Result<String, Failure> {
    let failed = |error: inference::Error| Failure::Failed(error.to_string());
    let mut recipe = Recipe::read(&args.file).map_err(failed)?;
    recipe.seed = args.seed.unwrap_or(recipe.seed);
    if let Some(output) = &args.output {
        recipe.output.clone_from(output);
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = args.threads.map_or(cores, usize::from);
    if let Some(done) = inference::train::checkpoint_of(&recipe) {
        eprintln!("{} exists: if it belongs to this training, training resumes from it", done.display());
    }
    let outcome = inference::train::train(&recipe, threads, |epoch| {
        eprintln!(
            "{} {}/{}: loss {:.4}, right on training images {:.2} %, on held-out images {:.2} %, mean q {:.3}",
            epoch.stage.name(),
            epoch.number,
            epoch.of,
            epoch.loss,
            epoch.train_accuracy * 100.0,
            epoch.held_out_accuracy * 100.0,
            epoch.mean_q,
        );
        ControlFlow::Continue(())
    });
    let outcome = outcome.map_err(failed)?;
    let curve = write_curve(&outcome)?;
    let accuracy = outcome.curve.last().map_or(0.0, |last| last.held_out_accuracy) * 100.0;
    let (weights, curve) = (outcome.output.display(), curve.display());
    Ok(format!("{weights}: {accuracy:.2} % on held-out images\nlearning curve: {curve}\n"))
}

/// Writes the learning curve beside the weights.
fn write_curve(outcome: &Outcome) -> Result<PathBuf, Failure> {
    let rows: Vec<EpochRecord> = outcome
        .curve
        .iter()
        .map(|epoch| EpochRecord {
            stage: epoch.stage.name(),
            epoch: epoch.number as u64,
            loss: epoch.loss,
            train_accuracy: epoch.train_accuracy,
            held_out_accuracy: epoch.held_out_accuracy,
            mean_q: epoch.mean_q,
        })
        .collect();
    let path = outcome.output.with_extension("curve.parquet");
    let failed = |e: &dyn std::fmt::Display| Failure::Failed(format!("{}: {e}", path.display()));
    let file = std::fs::File::create(&path).map_err(|e| failed(&e))?;
    tables::training().write(&rows, file).map_err(|e| failed(&e))?;
    Ok(path)
}
