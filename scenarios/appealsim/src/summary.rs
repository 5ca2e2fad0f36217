use std::path::PathBuf;

use analysis::{Manifest, RUNS, RunDigest, SummaryRecord, runs_in};
use clap::Args;

use crate::failure::Failure;
use scenarios::experiment::{Scope, judge};

#[derive(Args)]
pub struct SummaryArgs {
    /// The folder of a result.
    folder: PathBuf,
    /// Print JSON instead of tables.
    #[arg(long)]
    json: bool,
    /// Intervals of the simulation alone, without the choice of images: what more replications would narrow.
    #[arg(long)]
    simulation_alone: bool,
}

pub fn summary(args: &SummaryArgs) -> Result<String, Failure> {
    let mut manifest = Manifest::read(&args.folder).map_err(|e| Failure::Failed(e.to_string()))?;
    if args.simulation_alone {
        judge(&mut manifest, &summaries(args)?, Scope::Simulation)?;
    }
    Ok(if args.json { manifest.to_text() } else { manifest.told() })
}

/// The runs of a result, in the order of points, policies and replications.
fn summaries(args: &SummaryArgs) -> Result<Vec<SummaryRecord>, Failure> {
    let digests: Result<Vec<_>, _> =
        runs_in(&args.folder.join(RUNS)).iter().map(|file| RunDigest::read(file)).collect();
    let mut digests = digests.map_err(|e| Failure::Failed(e.to_string()))?;
    digests.sort_by_key(|run| (run.summary.point, run.policy_number, run.summary.replication));
    Ok(digests.into_iter().map(|digest| digest.summary).collect())
}
