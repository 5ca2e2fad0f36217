use std::path::PathBuf;

use analysis::{Interrupted, Start};
use clap::Args;

use super::Failure;
use crate::experiment::{MergeError, Shard, default_folder, merge as put_together};

#[derive(Args)]
pub struct MergeArgs {
    /// The folders that `run --shard` left, in any order; all of them.
    #[arg(required = true)]
    parts: Vec<PathBuf>,
    /// Where the result goes [default: results/NAME].
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// Discard an interrupted run or merge of another experiment that lies there.
    #[arg(long)]
    restart: bool,
    /// Replace a finished result that lies there, even one of another experiment.
    #[arg(long)]
    replace: bool,
}

pub fn merge(args: &MergeArgs) -> Result<String, Failure> {
    let failed = |error: MergeError| Failure::Failed(error.to_string());
    let out = match &args.out {
        Some(out) => out.clone(),
        None => {
            let first = analysis::Manifest::read(&args.parts[0]).map_err(|e| failed(e.into()))?;
            default_folder(&first.name, Shard::ALL)
        }
    };
    // What an interrupted run or merge of the same experiment left has the bytes that this one writes.
    let interrupted = if args.restart { Interrupted::Discard } else { Interrupted::Resume };
    let start = Start { interrupted, replace: args.replace };
    let report = put_together(&args.parts, &out, start).map_err(failed)?;
    Ok(format!("{}\nresults: {}\n", report.manifest.told(), report.folder.display()))
}
