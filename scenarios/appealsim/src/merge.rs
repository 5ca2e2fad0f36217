use std::path::PathBuf;

use analysis::{Interrupted, Start};
use clap::Args;

use crate::failure::Failure;
use scenarios::experiment::{MergeError, Shard, default_folder, merge as put_together};

#[derive(Args)]
pub struct MergeArgs {
    /// The folders that `run --shard` wrote: all of them, in any order.
    #[arg(required = true)]
    parts: Vec<PathBuf>,
    /// The folder for the result [default: results/NAME].
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// Discard what an interrupted run of another experiment left in that place.
    #[arg(long)]
    restart: bool,
    /// Replace a finished result in that folder, even one of another experiment; files that appealsim did not write are
    /// kept.
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
    // Whatever an interrupted run or merge of the same experiment left has the same bytes as this one would write.
    let interrupted = if args.restart { Interrupted::Discard } else { Interrupted::Resume };
    let start = Start { interrupted, replace: args.replace };
    let report = put_together(&args.parts, &out, start).map_err(failed)?;
    Ok(format!("{}\nresults: {}\n", report.manifest.told(), report.folder.display()))
}
