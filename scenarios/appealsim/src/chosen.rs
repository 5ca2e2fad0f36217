use std::path::{Path, PathBuf};

use analysis::{Manifest, PointEntry, PolicyEntry, Role};
use clap::Args;

use crate::failure::Failure;
use scenarios::experiment::RunId;
use scenarios::problem::nearest;

/// One run of a result.
#[derive(Args)]
pub struct ChosenRun {
    /// Number of the point of a sweep.
    #[arg(long, value_name = "N", default_value_t = 0)]
    point: usize,
    /// Name or number of the policy [default: the first method, such as AppealNet, or else the first policy].
    #[arg(long)]
    policy: Option<String>,
    /// Number of the replication.
    #[arg(long, value_name = "N", default_value_t = 0)]
    replication: u32,
}

impl ChosenRun {
    /// The run, with its policy's entry.
    pub fn of<'a>(&self, manifest: &'a Manifest) -> Result<(RunId, &'a PolicyEntry), Failure> {
        let failed = |what: String| Failure::Failed(what);
        let entry: &PointEntry = manifest.points.get(self.point).ok_or_else(|| {
            failed(format!("there is no point {}, only 0 to {}", self.point, manifest.points.len().max(1) - 1))
        })?;
        if self.replication >= entry.replications {
            let last = entry.replications.max(1) - 1;
            return Err(failed(format!("there is no replication {}, only 0 to {last}", self.replication)));
        }
        let names = || entry.policies.iter().map(|policy| policy.policy.as_str());
        let number = match &self.policy {
            None => Some(entry.policies.iter().position(|policy| policy.role == Role::Method).unwrap_or(0)),
            Some(wanted) => {
                names().position(|name| name == wanted).or_else(|| wanted.parse().ok()).filter(|n| *n < names().count())
            }
        };
        let number = number.ok_or_else(|| {
            let wanted = self.policy.as_deref().unwrap_or_default();
            let near = nearest(wanted, names()).map_or(String::new(), |near| format!("; did you mean '{near}'?"));
            failed(format!("there is no policy '{wanted}', only {}{near}", names().collect::<Vec<_>>().join(", ")))
        })?;
        let run = RunId { point: entry.point as usize, policy: number, replication: self.replication };
        Ok((run, &entry.policies[number]))
    }
}

/// The table of a run's requests.
pub fn requests_of(folder: &Path, manifest: &Manifest, run: RunId) -> Result<PathBuf, Failure> {
    if !manifest.requests_written {
        return Err(Failure::Failed(format!(
            "{} holds summaries only; run again without --summaries-only",
            folder.display()
        )));
    }
    Ok(folder.join(run.file("requests", "parquet")))
}
