use std::path::PathBuf;

use analysis::{Manifest, explain as story_of};
use clap::Args;

use crate::chosen::{ChosenRun, requests_of};
use crate::failure::Failure;

#[derive(Args)]
pub struct ExplainArgs {
    /// The folder of a result.
    folder: PathBuf,
    /// Number of the request in its run.
    #[arg(long, value_name = "N")]
    request: u64,
    #[command(flatten)]
    run: ChosenRun,
}

pub fn explain(args: &ExplainArgs) -> Result<String, Failure> {
    let manifest = Manifest::read(&args.folder).map_err(|e| Failure::Failed(e.to_string()))?;
    let (run, policy) = args.run.of(&manifest)?;
    let table = requests_of(&args.folder, &manifest, run)?;
    let story = story_of(&table, args.request, policy).map_err(|e| Failure::Failed(e.to_string()))?;
    story.ok_or_else(|| Failure::Failed(format!("the run has no request {}", args.request)))
}
