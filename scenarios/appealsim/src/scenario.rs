use std::path::PathBuf;

use clap::Args;
use scenarios::experiment::Study;
use scenarios::policies::Unreachable;
use scenarios::problem::Problem;
use scenarios::source::{InputError, Source};

/// A scenario file and the values that override it.
#[derive(Args)]
pub struct ScenarioArgs {
    /// The scenario file.
    pub file: PathBuf,
    /// Override a value of the file: devices.camera.count=500, policies.2.appealnet.accuracy-gain=80%.
    #[arg(long, value_name = "PATH=VALUE")]
    set: Vec<String>,
    /// Add an axis to the file's sweep: links.wifi.uplink=1Mbps,3Mbps.
    #[arg(long, value_name = "PATH=VALUE,...")]
    sweep: Vec<String>,
}

impl ScenarioArgs {
    /// The file with all settings applied.
    pub fn source(&self) -> Result<Source, InputError> {
        let mut source = Source::read(&self.file, &self.set)?;
        source.sweep_also(&self.sweep)?;
        Ok(source)
    }
}

/// What is wrong with a policy whose target cannot be reached at a point, with its lines of the file.
pub fn not_reached(study: &Study, source: &Source, point: usize, policy: usize, why: &Unreachable) -> InputError {
    let place = source.policy_in_file(&format!("policies[{policy}]"));
    let settings: Vec<String> =
        study.axes.iter().zip(&study.points[point].settings).map(|(axis, value)| format!("{axis}={value}")).collect();
    let at = if settings.is_empty() { String::new() } else { format!(" (at {})", settings.join(", ")) };
    source.report(Problem::new(place, format!("{why}{at}")))
}
