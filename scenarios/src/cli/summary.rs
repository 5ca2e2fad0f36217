use std::path::PathBuf;

use analysis::Manifest;
use clap::Args;

use super::Failure;

#[derive(Args)]
pub struct SummaryArgs {
    /// The folder of a result.
    folder: PathBuf,
    /// Print JSON instead of tables.
    #[arg(long)]
    json: bool,
}

pub fn summary(args: &SummaryArgs) -> Result<String, Failure> {
    let manifest = Manifest::read(&args.folder).map_err(|e| Failure::Failed(e.to_string()))?;
    Ok(if args.json { manifest.to_text() } else { manifest.told() })
}
