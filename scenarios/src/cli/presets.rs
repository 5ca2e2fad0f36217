use crate::source::nearest;
use clap::{Args, Subcommand};
use device_models::{Kind, Preset, Presets};

use super::Failure;

#[derive(Args)]
pub struct PresetsArgs {
    #[command(subcommand)]
    command: Option<PresetsCommand>,
}

#[derive(Subcommand)]
enum PresetsCommand {
    /// Print a preset as YAML to start from, each figure with its source.
    Show {
        /// The preset.
        name: String,
    },
}

pub fn presets(args: &PresetsArgs) -> Result<String, Failure> {
    let presets = Presets::shipped().map_err(|e| Failure::Failed(format!("shipped presets: {e}")))?;
    match &args.command {
        None => Ok(list(&presets)),
        Some(PresetsCommand::Show { name }) => {
            let preset = presets.iter().find(|preset| preset.name == *name).ok_or_else(|| {
                let near = nearest(name, presets.iter().map(|preset| preset.name.as_str()));
                let hint = near.map_or_else(String::new, |near| format!("; did you mean '{near}'?"));
                Failure::Failed(format!("unknown preset '{name}'{hint} (appealsim presets lists them)"))
            })?;
            Ok(show(preset))
        }
    }
}

fn list(presets: &Presets) -> String {
    let mut text = String::new();
    for (kind, used) in
        [(Kind::Processor, "devices.hardware"), (Kind::Radio, "links.radio"), (Kind::Server, "cloud.hardware")]
    {
        text += &format!("{}s ({used}):\n", kind.name());
        for preset in presets.of(kind) {
            text += &format!("  {:22} {}\n", preset.name, preset.title);
        }
    }
    text + "\nappealsim presets show NAME prints the figures with their sources.\n"
}

fn show(preset: &Preset) -> String {
    let mut text = format!("# {} ({})\n", preset.title, preset.kind.name());
    for (name, figure) in &preset.figures {
        let (value, mark, source, year) = (&figure.value, figure.mark.name(), &figure.source, figure.year);
        text += &format!("{name}: {value}  # {mark}, {source} ({year})\n");
    }
    text
}
