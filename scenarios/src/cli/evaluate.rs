use std::array::from_fn;

use clap::Args;
use sim_core::Moments;

use super::{Failure, ScenarioArgs};
use crate::evaluate::{Evaluation, GAINS, evaluate};
use crate::plan::{load_minds, resolve};
use crate::schema::Scenario;

#[derive(Args)]
pub struct EvaluateArgs {
    #[command(flatten)]
    scenario: ScenarioArgs,
    /// Evaluate this pair instead of the scenario's. Several pairs (one per training seed, say) give means with 95 %
    /// intervals, and q's lead over each confidence score within a pair.
    #[arg(long, value_name = "LITTLE,BIG", value_parser = pair)]
    pair: Vec<(String, String)>,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (little, big) = text.split_once(',').ok_or("give two networks, separated by a comma")?;
    Ok((little.to_owned(), big.to_owned()))
}

pub fn run(args: &EvaluateArgs) -> Result<String, Failure> {
    let source = args.scenario.source()?;
    let scenario = source.scenario()?;
    let own = [(scenario.networks.little.clone(), scenario.networks.big.clone())];
    let pairs = if args.pair.is_empty() { &own[..] } else { &args.pair };
    let (mut text, mut evaluations, mut data) = (String::new(), Vec::new(), String::new());
    for (little, big) in pairs {
        let mut scenario: Scenario = scenario.clone();
        (scenario.networks.little, scenario.networks.big) = (little.clone(), big.clone());
        let minds = load_minds(&scenario, &source, true)?;
        let evaluation = evaluate(&minds, &resolve(&scenario, &source, &minds)?);
        for (mind, accuracy) in [(&minds.little, evaluation.little_accuracy), (&minds.big, evaluation.big_accuracy)] {
            let (name, cost) = (mind.network().name(), mind.network().cost());
            let (macs, weights) = (cost.macs as f64 / 1e6, cost.weight_bytes as f64 / 1e3);
            let right = accuracy * 100.0;
            text += &format!("{name}: {right:.2} % right, {macs:.3} M MACs, {weights:.1} kB of weights\n");
        }
        data.clone_from(&minds.data.name);
        evaluations.push(evaluation);
    }
    let images = evaluations.first().map_or(0, |evaluation| evaluation.images);
    text += &format!("\non the {images} images of the evaluation half of {data}");
    if evaluations.len() > 1 {
        text += &format!(", mean and 95 % interval over {} pairs", evaluations.len());
    }
    text += ":\n\n";
    text += &scores(&evaluations);
    if evaluations.len() > 1 {
        text += &leads(&evaluations);
    }
    Ok(text)
}

fn scores(evaluations: &[Evaluation]) -> String {
    table("score", names(evaluations).map(|name| (name, figures(evaluations, name))), false)
}

/// How far q is ahead of each confidence score: of differences within a pair, since what a pair is like moves both. Nothing
/// where there is no q.
fn leads(evaluations: &[Evaluation]) -> String {
    let q = figures(evaluations, "q");
    if q.is_empty() {
        return String::new();
    }
    let others = names(evaluations).filter(|name| !["q", "oracle"].contains(name));
    let rows = others.map(|name| {
        let less = |(q, other): (&Figures, Figures)| from_fn(|at| Some(q[at]? - other[at]?));
        (name, q.iter().zip(figures(evaluations, name)).map(less).collect())
    });
    format!("\nq's lead, of differences within a pair, in points of what is kept:\n\n{}", table("over", rows, true))
}

fn names(evaluations: &[Evaluation]) -> impl Iterator<Item = &'static str> {
    evaluations.first().into_iter().flat_map(|first| first.scores.iter().map(|score| score.name))
}

/// What a row shows of a score: its AUROC, then what it keeps at each of [`GAINS`].
type Figures = [Option<f64>; 1 + GAINS.len()];

/// The figures of a score in each pair, or nothing if one of the pairs lacks it.
fn figures(evaluations: &[Evaluation], name: &str) -> Vec<Figures> {
    let of = |evaluation: &Evaluation| {
        let score = evaluation.scores.iter().find(|score| score.name == name)?;
        Some(from_fn(|at| if at == 0 { score.auroc } else { score.kept[at - 1] }))
    };
    evaluations.iter().map(of).collect::<Option<_>>().unwrap_or_default()
}

/// A row a score, with means over the pairs; with a sign, points instead of per cent.
fn table<'a>(head: &str, rows: impl Iterator<Item = (&'a str, Vec<Figures>)>, signed: bool) -> String {
    let mut text = format!("| {head} | AUROC |");
    GAINS.iter().for_each(|gain| text += &format!(" kept at AccI {} % |", gain * 100.0));
    text += "\n|---|---|---|---|---|---|\n";
    for (name, pairs) in rows {
        text += &format!("| {name} |");
        for at in 0..1 + GAINS.len() {
            let (scale, digits) = if at == 0 { (1.0, 4) } else { (100.0, 1) };
            let unit = if at == 0 || signed { "" } else { " %" };
            let values: Option<Moments> = pairs.iter().map(|figures| figures[at].map(|value| value * scale)).collect();
            text += &match values.and_then(|values| values.estimate()) {
                None => " - |".to_owned(),
                Some(estimate) => {
                    let mean = estimate.mean;
                    let mean = if signed { format!("{mean:+.digits$}") } else { format!("{mean:.digits$}") };
                    let spread = estimate.half_width.map_or(String::new(), |half| format!(" ± {half:.digits$}"));
                    format!(" {mean}{spread}{unit} |")
                }
            };
        }
        text += "\n";
    }
    text
}
