use std::path::PathBuf;

use clap::Args;
use scenarios::experiment::Study;
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

    pub fn study(&self, memory: bool) -> Result<Study, InputError> {
        Study::load(&self.source()?, memory)
    }
}
