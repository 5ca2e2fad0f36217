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
    /// Evaluate this pair instead of the scenario's; several, one a training seed say, give means with 95 % intervals.
    #[arg(long, value_name = "LITTLE,BIG", value_parser = pair)]
    pair: Vec<(String, String)>,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (little, big) = text.split_once(',').ok_or("give two networks with a comma between them")?;
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
    Ok(text + ":\n\n" + &table(&evaluations))
}

/// A row a score. A score that one of the pairs lacks has none.
fn table(evaluations: &[Evaluation]) -> String {
    let mut text = "| score | AUROC |".to_owned();
    GAINS.iter().for_each(|gain| text += &format!(" kept at AccI {} % |", gain * 100.0));
    text += "\n|---|---|---|---|---|---|\n";
    for score in evaluations.first().map_or(&[][..], |first| &first.scores) {
        let all: Vec<_> =
            evaluations.iter().filter_map(|e| e.scores.iter().find(|other| other.name == score.name)).collect();
        let auroc = told(all.iter().map(|score| score.auroc), 1.0, 4, "");
        text += &format!("| {} | {auroc} |", score.name);
        for place in 0..GAINS.len() {
            text += &format!(" {} |", told(all.iter().map(|score| score.kept[place]), 100.0, 1, " %"));
        }
        text += "\n";
    }
    text
}

/// The mean of what all have, with its interval if there is one.
fn told(values: impl Iterator<Item = Option<f64>>, scale: f64, digits: usize, unit: &str) -> String {
    let values: Option<Moments> = values.map(|value| value.map(|value| value * scale)).collect();
    match values.and_then(|values| values.estimate()) {
        None => "-".into(),
        Some(estimate) => {
            let spread = estimate.half_width.map_or(String::new(), |half| format!(" ± {half:.digits$}"));
            format!("{:.digits$}{spread}{unit}", estimate.mean)
        }
    }
}
