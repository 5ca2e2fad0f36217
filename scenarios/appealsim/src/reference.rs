//! All commands as a Markdown page, generated from the parser.

use clap::{Arg, Command};

/// The page.
pub fn commands(mut program: Command) -> String {
    program.build();
    let mut text = String::from(
        "# Commands\n\nGenerated from the parser; `appealsim help COMMAND` shows the same. Exit codes: 0 success; 1 \
         failure; 2 wrong input; 130 Ctrl-C.\n",
    );
    for command in program.get_subcommands().filter(|command| command.get_name() != "help") {
        text += &section(command, &format!("appealsim {}", command.get_name()));
    }
    text
}

fn section(command: &Command, name: &str) -> String {
    let mut text = format!("\n## {name}\n\n{}.\n", about(command.get_about()).trim_end_matches('.'));
    let shown = |arg: &&Arg| arg.get_id() != "help" && arg.get_id() != "version";
    let arguments: Vec<&Arg> = command.get_arguments().filter(shown).collect();
    if !arguments.is_empty() {
        text += "\n| argument | meaning |\n|---|---|\n";
        arguments.iter().for_each(|arg| text += &row(arg));
    }
    for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
        text += &section(below, &format!("{name} {}", below.get_name()));
    }
    text
}

fn row(arg: &Arg) -> String {
    let names = arg.get_value_names().unwrap_or_default();
    let takes_value = arg.get_action().takes_values();
    let value = names.first().map_or_else(|| arg.get_id().as_str().to_uppercase(), |name| name.to_string());
    let shown = match (arg.get_long(), takes_value) {
        (Some(long), true) => format!("`--{long} {value}`"),
        (Some(long), false) => format!("`--{long}`"),
        (None, _) => format!("`{value}`"),
    };
    let choices: Vec<String> = arg
        .get_possible_values()
        .iter()
        .filter(|_| takes_value)
        .map(|choice| format!("`{}`", choice.get_name()))
        .collect();
    let choices = if choices.is_empty() { String::new() } else { format!(" One of {}.", choices.join(", ")) };
    let defaults: Vec<String> = arg
        .get_default_values()
        .iter()
        .filter(|_| takes_value)
        .map(|value| value.to_string_lossy().into_owned())
        .collect();
    let default = if defaults.is_empty() { String::new() } else { format!(" Default: {}.", defaults.join(", ")) };
    format!("| {shown} | {}{choices}{default} |\n", about(arg.get_help()).replace('|', "\\|"))
}

fn about(text: Option<&clap::builder::StyledStr>) -> String {
    let text = text.map(ToString::to_string).unwrap_or_default();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.ends_with('.') || text.is_empty() { text } else { format!("{text}.") }
}
