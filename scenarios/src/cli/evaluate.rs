use clap::Args;

use super::{Failure, ScenarioArgs};
use crate::evaluate::{GAINS, evaluate};
use crate::plan::{load_minds, resolve};
use crate::source::Source;

#[derive(Args)]
pub struct EvaluateArgs {
    #[command(flatten)]
    scenario: ScenarioArgs,
}

pub fn run(args: &EvaluateArgs) -> Result<String, Failure> {
    let source = Source::read(&args.scenario.file, &args.scenario.set)?;
    let scenario = source.scenario()?;
    let minds = load_minds(&scenario, &source, true)?;
    let evaluation = evaluate(&minds, &resolve(&scenario, &source, &minds)?);
    let percent = |share: f64| format!("{:.2} %", share * 100.0);
    let mut text = String::new();
    for (mind, accuracy) in [(&minds.little, evaluation.little_accuracy), (&minds.big, evaluation.big_accuracy)] {
        let (name, cost) = (mind.network().name(), mind.network().cost());
        let (macs, weights) = (cost.macs as f64 / 1e6, cost.weight_bytes as f64 / 1e3);
        text += &format!("{name}: {} right, {macs:.3} M MACs, {weights:.1} kB of weights\n", percent(accuracy));
    }
    text += &format!("\non the {} images of the evaluation half of {}:\n\n", evaluation.images, minds.data.name);
    text += "| score | AUROC |";
    GAINS.iter().for_each(|gain| text += &format!(" kept at AccI {} % |", gain * 100.0));
    text += "\n|---|---|---|---|---|---|\n";
    for score in &evaluation.scores {
        let auroc = score.auroc.map_or("-".to_owned(), |auroc| format!("{auroc:.4}"));
        text += &format!("| {} | {auroc} |", score.name);
        for kept in score.kept {
            text += &kept.map_or(" - |".to_owned(), |kept| format!(" {:.1} % |", kept * 100.0));
        }
        text += "\n";
    }
    Ok(text)
}
