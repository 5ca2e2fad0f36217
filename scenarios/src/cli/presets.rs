use clap::{Args, Subcommand};
use device_models::{Kind, Preset, Presets};
use scenarios::source::nearest;

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

pub fn presets(args: &PresetsArgs) -> Result<(), Failure> {
    let presets = Presets::shipped().map_err(|e| Failure::Failed(format!("shipped presets: {e}")))?;
    match &args.command {
        None => list(&presets),
        Some(PresetsCommand::Show { name }) => {
            let preset = presets.iter().find(|preset| preset.name == *name).ok_or_else(|| {
                let near = nearest(name, presets.iter().map(|preset| preset.name.as_str()));
                let hint = near.map_or_else(String::new, |near| format!("; did you mean '{near}'?"));
                Failure::Failed(format!("unknown preset '{name}'{hint} (appealsim presets lists them)"))
            })?;
            show(preset);
        }
    }
    Ok(())
}

fn list(presets: &Presets) {
    for (kind, used) in
        [(Kind::Processor, "devices.hardware"), (Kind::Radio, "links.radio"), (Kind::Server, "cloud.hardware")]
    {
        println!("{}s ({used}):", kind.name());
        for preset in presets.of(kind) {
            println!("  {:22} {}", preset.name, preset.title);
        }
    }
    println!("\nappealsim presets show NAME prints the figures with their sources.");
}

fn show(preset: &Preset) {
    println!("# {} ({})", preset.title, preset.kind.name());
    for (name, figure) in &preset.figures {
        println!("{name}: {}  # {}, {} ({})", figure.value, figure.mark.name(), figure.source, figure.year);
    }
}
