use std::path::Path;

use analysis::{counted, three_digits};
use clap::{Args, Subcommand};
use device_models::{Figure, Kind, Mark, Preset, Presets};
use inference::{Network, shipped_networks};
use scenarios::problem::nearest;

use crate::failure::Failure;

#[derive(Args)]
pub struct PresetsArgs {
    #[command(subcommand)]
    command: Option<PresetsCommand>,
    /// List only presets with this word in their name or title.
    #[arg(long, value_name = "WORD")]
    find: Option<String>,
    /// List their figures as well, each with its source.
    #[arg(long)]
    figures: bool,
}

#[derive(Subcommand)]
enum PresetsCommand {
    /// Print a preset as YAML to start from, each figure with its source.
    Show {
        /// Name of the preset.
        name: String,
    },
}

pub fn presets(args: &PresetsArgs) -> Result<String, Failure> {
    let presets = Presets::shipped().map_err(|e| Failure::Failed(format!("shipped presets: {e}")))?;
    match &args.command {
        None => Ok(list(&presets, args.find.as_deref().unwrap_or_default(), args.figures)),
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

/// The kinds of presets, and where a scenario refers to them.
const KINDS: [(Kind, &str); 4] = [
    (Kind::Processor, "devices.hardware"),
    (Kind::Radio, "links.radio"),
    (Kind::Transport, "links.transport"),
    (Kind::Server, "cloud.hardware"),
];

fn list(presets: &Presets, word: &str, figures: bool) -> String {
    let word = word.to_lowercase();
    let found = |preset: &&Preset| format!("{} {}", preset.name, preset.title).to_lowercase().contains(&word);
    let mut text = String::new();
    for (kind, used) in KINDS {
        let of_kind: Vec<&Preset> = presets.of(kind).filter(found).collect();
        if of_kind.is_empty() {
            continue;
        }
        text += &format!("{}s ({used}):\n", kind.name());
        for preset in of_kind {
            let guesses = preset.figures.values().filter(|figure| figure.mark == Mark::Guess).count();
            let doubt = if guesses > 0 {
                format!("; {guesses} of {} figures guessed", preset.figures.len())
            } else {
                String::new()
            };
            text += &format!("  {:22} {}{doubt}\n", preset.name, preset.title);
            if figures {
                preset.figures.iter().for_each(|(name, figure)| text += &format!("      {}", line(name, figure)));
            }
        }
    }
    let networks: Vec<String> = network_lines().filter(|line| line.to_lowercase().contains(&word)).collect();
    if !networks.is_empty() {
        text += &format!("networks (networks.little, networks.big, ...):\n{}", networks.concat());
    }
    text + "\nappealsim presets show NAME prints the figures of a preset with their sources.\n"
}

/// A line for each network that ships.
fn network_lines() -> impl Iterator<Item = String> {
    shipped().map(|network| format!("  {:24} {}\n", network.name(), facts(&network).join(", ")))
}

/// The networks that ship.
fn shipped() -> impl Iterator<Item = Network> {
    shipped_networks().filter_map(|name| Network::load(name, Path::new("")).ok())
}

/// What can be said of a network without running it: its input, its classes, its work, its weights, its exits, and
/// whether a predictor head tells how likely its answers are to do.
fn facts(network: &Network) -> [String; 6] {
    let (input, cost) = (network.input(), network.cost());
    let exits = network.graph().exits();
    let predictors = exits.iter().filter(|exit| exit.predictor.is_some()).count();
    [
        format!("{}×{}×{}", input.height, input.width, input.channels),
        format!("{} classes", network.classes().count()),
        format!("{} MMAC", three_digits(cost.macs as f64 / 1e6)),
        format!("{} kB of weights", three_digits(cost.weight_bits as f64 / 8e3)),
        counted(exits.len(), "exit", "exits"),
        match predictors {
            0 => "no predictor".to_owned(),
            all if all == exits.len() => "with a predictor".to_owned(),
            some => format!("with a predictor at {some} of them"),
        },
    ]
}

/// All presets as a Markdown page.
pub fn reference() -> String {
    let mut text = String::from(
        "# Presets\n\nEvery figure has a source, a year and a mark: measured, vendor, standard, derived (computed from \
         other figures as the source says), or guess. Replace a guess before you rely on it: write the figures in \
         place of the name.\n",
    );
    let Ok(presets) = Presets::shipped() else { return text };
    for (kind, used) in KINDS {
        text += &format!("\n## {}s\n\nNamed in `{used}`.\n", kind.name());
        for preset in presets.of(kind) {
            text += &format!(
                "\n### {}\n\n{}.\n\n| figure | value | mark | source |\n|---|---|---|---|\n",
                preset.name, preset.title
            );
            for (name, figure) in &preset.figures {
                let (value, mark, source, year) = (figure.text(), figure.mark.name(), &figure.source, figure.year);
                text += &format!("| `{name}` | {value} | {mark} | {source} ({year}) |\n");
            }
        }
    }
    text += "\n## networks\n\nNamed in `networks`; trained on Fashion-MNIST. Their accuracy is what `appealsim evaluate` \
             measures.\n\n| name | input | classes | work | weights | exits | predictor |\n|---|---|---|---|---|---|---|\n";
    for network in shipped() {
        text += &format!("| `{}` | {} |\n", network.name(), facts(&network).join(" | "));
    }
    text
}

fn show(preset: &Preset) -> String {
    let mut text = format!("# {} ({})\n", preset.title, preset.kind.name());
    preset.figures.iter().for_each(|(name, figure)| text += &line(name, figure));
    text
}

/// A figure as a line of YAML, with its source.
fn line(name: &str, figure: &Figure) -> String {
    let (value, mark, source, year) = (figure.text(), figure.mark.name(), &figure.source, figure.year);
    format!("{name}: {value}  # {mark}, {source} ({year})\n")
}
