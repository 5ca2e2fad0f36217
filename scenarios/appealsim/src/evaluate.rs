use std::path::{Path, PathBuf};

use analysis::{Pairing, filled};
use clap::Args;
use inference::train::Recipe;
use inference::{Dataset, Score};
use sim_core::Moments;

use crate::failure::Failure;
use crate::scenario::ScenarioArgs;
use scenarios::evaluate::{Evaluation, LOOKED_AT, On, Separation, evaluate};
use scenarios::plan::{load_networks, load_networks_for, resolve};
use scenarios::policies::{Catalogue, Way};
use scenarios::schema::{NetworkSpec, Scenario};

#[derive(Args)]
pub struct EvaluateArgs {
    #[command(flatten)]
    scenario: ScenarioArgs,
    /// Evaluate this pair instead of the scenario's. Several pairs (such as one per training seed) give means with 95 %
    /// intervals, and q's lead over each confidence score within a pair.
    #[arg(long, value_name = "LITTLE,BIG", value_parser = pair)]
    pair: Vec<(String, String)>,
    /// Evaluate on the images that this training file holds out instead of the evaluation half, which results come from
    /// and on which nothing should be chosen.
    #[arg(long, value_name = "TRAINING-FILE")]
    held_out: Option<PathBuf>,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (little, big) = text.split_once(',').ok_or("give two networks, separated by a comma")?;
    Ok((little.to_owned(), big.to_owned()))
}

pub fn run(args: &EvaluateArgs) -> Result<String, Failure> {
    let source = args.scenario.source()?;
    let scenario = source.scenario()?;
    let own = [(scenario.networks.little.clone(), scenario.networks.big.clone())];
    let given = args.pair.iter().map(|(little, big)| (little.as_str().into(), big.as_str().into()));
    let pairs: Vec<(NetworkSpec, NetworkSpec)> = if args.pair.is_empty() { own.into() } else { given.collect() };
    let held_out = args.held_out.as_deref().map(held_out_images).transpose()?;
    let (mut text, mut evaluations, mut data) = (String::new(), Vec::new(), String::new());
    for (little, big) in &pairs {
        let mut scenario: Scenario = scenario.clone();
        (scenario.networks.little, scenario.networks.big) = (little.clone(), big.clone());
        let (networks, on) = match &held_out {
            None => (load_networks(&scenario, &source, true)?, On::EvaluationHalf),
            Some(images) => (load_networks_for(&scenario, &source, images.clone())?, On::All),
        };
        let evaluation = evaluate(&networks, &resolve(&scenario, &source, &networks)?, on, &Catalogue::standard());
        for (way, accuracy) in [(Way::LITTLE, evaluation.little_accuracy()), (Way::BIG, evaluation.big_accuracy())] {
            let (model, right) = (networks.of(way), accuracy * 100.0);
            let what = match model.network().map(|network| network.cost()) {
                Some(cost) => {
                    let (macs, weights) = (cost.macs as f64 / 1e6, cost.weight_bits as f64 / 8e3);
                    format!("{macs:.3} M MACs, {weights:.1} kB of weights")
                }
                None => "answers from a table".to_owned(),
            };
            text += &format!("{}: {right:.2} % right, {what}\n", model.name());
        }
        data.clone_from(&networks.data.name);
        evaluations.push(evaluation);
    }
    let images = evaluations.first().map_or(0, |evaluation| evaluation.images);
    text += &match &args.held_out {
        None => format!("\non the {images} images of the evaluation half of {data}"),
        Some(file) => format!("\non the {images} training images that {} holds out", file.display()),
    };
    if evaluations.len() > 1 {
        text += &format!(", mean and 95 % interval over {} pairs", evaluations.len());
    }
    text += ":\n\n";
    let has_gain = evaluations.iter().all(Evaluation::has_gain);
    if !has_gain {
        text += &no_gain(&evaluations);
    }
    text += &scores(&evaluations, has_gain);
    text += "\nPoints of accuracy won over the little network alone by share of appeals, and the best threshold:\n\n";
    text += &won(&evaluations);
    text += &format!(
        "\nOf {:.0} % appeals, those on which the big network alone is right, both or neither, the little one alone:\n\n",
        LOOKED_AT * 100.0
    );
    text += &table("score", &APPEALED, names(&evaluations).map(|name| (name, of_each(&evaluations, name))));
    let pairing = evaluations.iter().map(|evaluation| evaluation.pairing).reduce(Pairing::and);
    if let Some(words) = pairing.and_then(Pairing::in_words) {
        text += &format!("\n{}\n", filled(&words));
    }
    if evaluations.len() > 1 {
        text += &leads(&evaluations, has_gain);
    }
    Ok(text)
}

/// What a training file holds out.
fn held_out_images(file: &Path) -> Result<Dataset, Failure> {
    Recipe::read(file).and_then(|recipe| recipe.held_out_images()).map_err(|error| Failure::Failed(error.to_string()))
}

/// Why the tables have no column for the share kept.
fn no_gain(evaluations: &[Evaluation]) -> String {
    let without = evaluations.iter().filter(|evaluation| !evaluation.has_gain()).count();
    let which = if evaluations.len() == 1 { String::new() } else { format!("in {without} of the pairs ") };
    filled(&format!(
        "AccI has no meaning here: {which}the big network is no better than the little one, so there is no gain to \
         take a share of, and the share that may be kept at the edge is not shown. What the big network wins on \
         the right images is below."
    )) + "\n\n"
}

/// AUROC, and the share each score keeps if there is a gain to take a share of.
fn scores(evaluations: &[Evaluation], has_gain: bool) -> String {
    let mut columns = vec![AUROC];
    columns.extend(KEPT.into_iter().filter(|_| has_gain));
    table("score", &columns, names(evaluations).map(|name| (name, of_each(evaluations, name))))
}

/// What appeals win by each score.
fn won(evaluations: &[Evaluation]) -> String {
    table("score", &WON, names(evaluations).map(|name| (name, of_each(evaluations, name))))
}

/// How far q is ahead of each confidence score, from differences within a pair, since differences between pairs affect
/// both scores alike. Empty if there is no q.
fn leads(evaluations: &[Evaluation], has_gain: bool) -> String {
    let q = of_each(evaluations, Score::Q.name());
    if q.is_empty() {
        return String::new();
    }
    let mut columns = vec![AUROC];
    columns.extend(KEPT.into_iter().filter(|_| has_gain));
    let columns: Vec<Column> =
        columns.into_iter().map(|column| Column { signed: column.scale > 1.0, unit: "", ..column }).collect();
    let others = || names(evaluations).filter(|name| *name != Score::Q.name() && !is_bound(evaluations, name));
    let rows = || others().map(|name| (name, of_each(evaluations, name)));
    let what = if has_gain { ", in points of the share kept" } else { "" };
    let kept = difference_table("over", &columns, &q, rows());
    let won: Vec<Column> = WON[..5].iter().map(|column| Column { signed: true, unit: "", ..*column }).collect();
    let won = difference_table("over", &won, &q, rows());
    format!("\nq's lead, from differences within a pair{what}:\n\n{kept}\nand in points of accuracy won:\n\n{won}")
}

/// Whether a row is of what no device can know: a bound ranks appeals, not answers.
fn is_bound(evaluations: &[Evaluation], name: &str) -> bool {
    of_each(evaluations, name).iter().all(|score| score.auroc.is_none())
}

fn names(evaluations: &[Evaluation]) -> impl Iterator<Item = &str> {
    evaluations.first().into_iter().flat_map(|first| first.scores.iter().map(|score| score.name.as_str()))
}

/// A score in each pair, or nothing if any pair lacks it.
fn of_each<'a>(evaluations: &'a [Evaluation], name: &str) -> Vec<&'a Separation> {
    let of = |evaluation: &'a Evaluation| evaluation.scores.iter().find(|score| score.name == name);
    evaluations.iter().map(of).collect::<Option<_>>().unwrap_or_default()
}

/// A column of figures of scores.
#[derive(Clone, Copy)]
struct Column {
    head: &'static str,
    read: fn(&Separation) -> Option<f64>,
    scale: f64,
    digits: usize,
    signed: bool,
    unit: &'static str,
}

const fn column(head: &'static str, read: fn(&Separation) -> Option<f64>) -> Column {
    Column { head, read, scale: 100.0, digits: 1, signed: false, unit: " %" }
}

const fn points(head: &'static str, read: fn(&Separation) -> Option<f64>) -> Column {
    Column { digits: 2, signed: true, unit: "", ..column(head, read) }
}

const AUROC: Column = Column { scale: 1.0, digits: 4, unit: "", ..column("AUROC", |score| score.auroc) };

/// In the order of [`GAINS`](scenarios::evaluate::GAINS).
const KEPT: [Column; 4] = [
    column("kept at AccI 50 %", |score| score.kept[0]),
    column("kept at AccI 75 %", |score| score.kept[1]),
    column("kept at AccI 90 %", |score| score.kept[2]),
    column("kept at AccI 95 %", |score| score.kept[3]),
];

/// In the order of [`APPEALS`](scenarios::evaluate::APPEALS).
const WON: [Column; 6] = [
    points("won at 2 % appeals", |score| Some(score.won[0])),
    points("at 5 %", |score| Some(score.won[1])),
    points("at 10 %", |score| Some(score.won[2])),
    points("at 20 %", |score| Some(score.won[3])),
    Column { digits: 2, ..column("best accuracy", |score| Some(score.best.accuracy)) },
    column("at appeals of", |score| Some(score.best.appeals)),
];

/// What came of appeals.
const APPEALED: [Column; 3] = [
    column("beneficial", |score| score.appealed.beneficial()),
    column("futile", |score| score.appealed.futile()),
    column("harmful", |score| score.appealed.harmful()),
];

/// One row per score, with means over the pairs.
fn table<'a>(head: &str, columns: &[Column], rows: impl Iterator<Item = (&'a str, Vec<&'a Separation>)>) -> String {
    let row = |(name, pairs): (&'a str, Vec<&Separation>)| {
        (name, columns.iter().map(|column| pairs.iter().map(|score| (column.read)(score)).collect()).collect())
    };
    written(head, columns, rows.map(row))
}

/// The same for the lead of `ours` over each score.
fn difference_table<'a>(
    head: &str,
    columns: &[Column],
    ours: &[&Separation],
    rows: impl Iterator<Item = (&'a str, Vec<&'a Separation>)>,
) -> String {
    let row = |(name, pairs): (&'a str, Vec<&Separation>)| {
        let less = |column: &Column| {
            let pairs = ours.iter().zip(&pairs);
            pairs.map(|(ours, theirs)| Some((column.read)(ours)? - (column.read)(theirs)?)).collect()
        };
        (name, columns.iter().map(less).collect())
    };
    written(head, columns, rows.map(row))
}

/// A Markdown table; each row has the values of all pairs, column by column.
fn written<'a>(head: &str, columns: &[Column], rows: impl Iterator<Item = (&'a str, Vec<Option<Vec<f64>>>)>) -> String {
    let mut text = format!("| {head} |");
    columns.iter().for_each(|column| text += &format!(" {} |", column.head));
    text += &format!("\n|{}\n", "---|".repeat(columns.len() + 1));
    for (name, values) in rows {
        text += &format!("| {name} |");
        for (Column { scale, digits, signed, unit, .. }, values) in columns.iter().zip(values) {
            let values = values.map(|values| values.iter().map(|value| value * scale).collect::<Moments>());
            text += &match values.and_then(|values| values.estimate()) {
                None => " - |".to_owned(),
                Some(estimate) => {
                    let mean = rounded(estimate.mean, *digits, *signed);
                    let spread = estimate.half_width().map_or(String::new(), |half| format!(" ± {half:.digits$}"));
                    format!(" {mean}{spread}{unit} |")
                }
            };
        }
        text += "\n";
    }
    text
}

/// With this many digits; a value that rounds to zero has no sign.
fn rounded(value: f64, digits: usize, signed: bool) -> String {
    let text = if signed { format!("{value:+.digits$}") } else { format!("{value:.digits$}") };
    let nothing = !text.contains(|c: char| ('1'..='9').contains(&c));
    if nothing { text.trim_start_matches(['+', '-']).to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use scenarios::evaluate::Best;

    #[test]
    fn nothing_has_no_sign() {
        let told =
            [(-0.04, 1, true), (0.04, 1, true), (-0.04, 1, false), (-0.06, 1, true), (0.0, 4, true), (12.0, 0, true)]
                .map(|(value, digits, signed)| rounded(value, digits, signed));
        assert_eq!(told, ["0.0", "0.0", "0.0", "-0.1", "0.0000", "+12"]);
    }

    /// Without a gain no share of it is shown, but what appeals win still is.
    #[test]
    fn a_big_network_that_is_worse_has_no_column_of_what_is_kept() {
        let best = Best { accuracy: 0.94, appeals: 0.04 };
        let score = Separation {
            name: "q".into(),
            auroc: Some(0.9),
            kept: [None; 4],
            won: [0.02, 0.04, 0.04, -0.06],
            best,
            appealed: Pairing::default(),
        };
        let pairing = Pairing { both: 0.0, only_little: 90.0, only_big: 4.0, neither: 6.0 };
        let evaluation = Evaluation { images: 100, pairing, scores: vec![score] };
        let of = [evaluation];
        let text = scores(&of, false) + &won(&of);
        assert!(!text.contains("AccI") && text.contains("| q | 0.9000 |\n"), "{text}");
        assert!(text.contains("| q | +2.00 | +4.00 | +4.00 | -6.00 | 94.00 % | 4.0 % |\n"), "{text}");
        assert!(no_gain(&of).starts_with("AccI has no meaning here: the big network is no better"));
    }
}
