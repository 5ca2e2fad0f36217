use std::ops::ControlFlow;
use std::path::PathBuf;

use clap::Args;
use inference::train::Recipe;

use super::Failure;

#[derive(Args)]
pub struct TrainArgs {
    /// The training file.
    file: PathBuf,
    /// Threads; their number changes no weight [default: one a core].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,
}

pub fn train(args: &TrainArgs) -> Result<String, Failure> {
    let failed = |error: inference::Error| Failure::Failed(error.to_string());
    let recipe = Recipe::read(&args.file).map_err(failed)?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = args.threads.map_or(cores, usize::from);
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
    let accuracy = outcome.curve.last().map_or(0.0, |last| last.held_out_accuracy) * 100.0;
    Ok(format!("{}: {accuracy:.2} % on held-out images\n", outcome.output.display()))
}
