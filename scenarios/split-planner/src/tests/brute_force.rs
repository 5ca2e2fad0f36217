//! Every cut, all widths and every width that crosses, without any of the planner's code.

use proptest::prelude::*;

use super::networks::{Case, cases};
use crate::planner::{Effort, search};
use crate::{Costs, Kind, LayerWidths, Numbers, Plan, Sent, Widths};

/// What a plan comes to, recomputed: latency, error, bits of weights and of activations.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comes {
    pub latency: f64,
    pub error: f64,
    pub weights: u64,
    pub activations: u64,
}

/// Bits of a value: of the layer that made it, of what it was passed on from, or 8.
fn value_bits(case: &Case, value: usize, layers: &[LayerWidths]) -> u8 {
    let Some(step) = value.checked_sub(1) else { return 8 };
    match &case.problem.steps()[step].kind {
        Kind::Layer(_) => layers.iter().find(|layer| layer.step == step).unwrap().activations,
        Kind::Passes => value_bits(case, case.problem.steps()[step].reads[0], layers),
        Kind::Other => 8,
    }
}

/// The layer that a value has its width from.
fn maker(case: &Case, value: usize) -> Option<usize> {
    let step = value.checked_sub(1)?;
    match &case.problem.steps()[step].kind {
        Kind::Layer(_) => Some(step),
        Kind::Passes => maker(case, case.problem.steps()[step].reads[0]),
        Kind::Other => None,
    }
}

/// The first `cut` steps with these widths; what crosses is rounded to `crossing` bits, if that is less.
fn comes(case: &Case, cut: usize, layers: &[LayerWidths], sent: Sent) -> Comes {
    let steps = &case.problem.steps()[..cut];
    let weight_bits = |step: usize| layers.iter().find(|layer| layer.step == step).map_or(8, |layer| layer.weights);
    let widths = Widths {
        weights: (0..cut).map(weight_bits).collect(),
        values: (0..=cut).map(|value| value_bits(case, value, layers)).collect(),
    };
    let crossing = case.crossing(cut);
    let place = |bits: u8| case.problem.widths().iter().position(|width| *width == bits).unwrap();
    let error = layers.iter().map(|layer| {
        let Kind::Layer(errors) = &steps[layer.step].kind else { unreachable!() };
        let crosses = crossing.iter().any(|value| maker(case, *value) == Some(layer.step));
        let kept = match sent {
            Sent::Bits(bits) if crosses => layer.activations.min(bits),
            _ => layer.activations,
        };
        errors.weights[place(layer.weights)] + errors.activations[place(kept)]
    });
    Comes {
        latency: case.device(&widths) + case.link(cut, sent) + case.server(cut),
        error: error.sum(),
        weights: (0..cut).map(|step| steps[step].weights * u64::from(widths.weights[step])).sum(),
        activations: (0..cut).map(|s| steps[s].activations * u64::from(widths.values[s + 1])).max().unwrap_or(0),
    }
}

/// What a plan of the planner comes to.
pub fn recomputed(case: &Case, plan: &Plan) -> Comes {
    match &plan.numbers {
        Numbers::Integers(layers) => comes(case, plan.cut, layers, plan.sent),
        Numbers::Floats => {
            let steps = &case.problem.steps()[..plan.cut];
            let device = case.device(&Widths::floats(plan.cut));
            Comes {
                latency: device + case.link(plan.cut, plan.sent) + case.server(plan.cut),
                error: 0.0,
                weights: steps.iter().map(|step| step.weights * 32).sum(),
                activations: steps.iter().map(|step| step.activations * 32).max().unwrap_or(0),
            }
        }
    }
}

/// What a plan has to send: what crosses as wide as the widest of it.
pub fn must_send(case: &Case, plan: &Plan) -> Sent {
    match &plan.numbers {
        _ if plan.cut == 0 => Sent::Input,
        _ if plan.cut == case.problem.end() => Sent::Answer,
        Numbers::Floats => Sent::Floats,
        Numbers::Integers(layers) => {
            let crossing = case.crossing(plan.cut).into_iter();
            Sent::Bits(crossing.map(|value| value_bits(case, value, layers)).max().unwrap())
        }
    }
}

/// Every way to run a network.
fn all(case: &Case) -> Vec<Comes> {
    let end = case.problem.end();
    let mut all = Vec::new();
    for cut in 0..=end {
        let float = match cut {
            0 => Sent::Input,
            cut if cut == end => Sent::Answer,
            _ => Sent::Floats,
        };
        let floats = Plan {
            cut,
            numbers: Numbers::Floats,
            sent: float,
            latency: crate::Latency { device: 0.0, link: 0.0, server: 0.0 },
            memory: crate::Memory::default(),
            error: 0.0,
        };
        all.push(recomputed(case, &floats));
        if cut == 0 {
            continue;
        }
        let is_fixed = case.crossing(cut).iter().any(|value| maker(case, *value).is_none());
        let sent: Vec<Sent> = match float {
            Sent::Answer => vec![Sent::Answer],
            // What has 8 bits and is not a layer's is not known to bear fewer.
            _ if is_fixed => vec![Sent::Bits(8)],
            _ => case.problem.widths().iter().map(|width| Sent::Bits(*width)).collect(),
        };
        for layers in choices(case, cut) {
            all.extend(sent.iter().map(|sent| comes(case, cut, &layers, *sent)));
        }
    }
    all
}

fn choices(case: &Case, cut: usize) -> Vec<Vec<LayerWidths>> {
    let mut choices = vec![Vec::new()];
    for step in (0..cut).filter(|step| matches!(case.problem.steps()[*step].kind, Kind::Layer(_))) {
        let widths = case.problem.widths();
        let pairs: Vec<(u8, u8)> = widths.iter().flat_map(|w| widths.iter().map(|a| (*w, *a))).collect();
        let longer = |choice: &Vec<LayerWidths>| {
            let mut longer = Vec::new();
            for (weights, activations) in &pairs {
                let mut choice = choice.clone();
                choice.push(LayerWidths { step, weights: *weights, activations: *activations });
                longer.push(choice);
            }
            longer
        };
        choices = choices.iter().flat_map(longer).collect();
    }
    choices
}

/// How much memory there is: any, or just as much as some plan takes.
#[derive(Clone, Copy, Debug)]
enum Room {
    Bits(u64),
    Of(usize),
}

fn room() -> impl Strategy<Value = Room> {
    prop_oneof![(0u64..1_500).prop_map(Room::Bits), any::<usize>().prop_map(Room::Of)]
}

/// For whatever error none is faster, and so none that is as fast loses less.
fn nothing_is_better(case: &Case, room: Room, changes: usize) -> Result<(), TestCaseError> {
    let all = all(case);
    let bits = |comes: &Comes| comes.weights + comes.activations;
    let memory = match room {
        Room::Bits(bits) => bits,
        Room::Of(plan) => bits(&all[plan % all.len()]),
    };
    let plans = search(&case.problem, case, memory, Effort { changes, ..Effort::USUAL }).unwrap();
    prop_assert!(plans.is_proven);
    for other in all.iter().filter(|other| bits(other) <= memory) {
        let best = plans.within(other.error);
        prop_assert!(
            best.is_some_and(|plan| plan.latency.total() <= other.latency),
            "{other:?} is faster than {best:?} within its error"
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_plan_is_better_with_few_layers(case in cases(5, 3, 3), room in room()) {
        nothing_is_better(&case, room, Effort::USUAL.changes)?;
    }

    #[test]
    fn no_plan_is_better_with_few_widths(case in cases(6, 5, 2), room in room()) {
        nothing_is_better(&case, room, Effort::USUAL.changes)?;
    }

    #[test]
    fn no_plan_is_better_with_all_widths(case in cases(5, 2, 7), room in room()) {
        nothing_is_better(&case, room, Effort::USUAL.changes)?;
    }

    /// Changes of single widths leave the exact search little to find.
    #[test]
    fn no_plan_is_better_without_changes_of_single_widths(case in cases(5, 3, 3), room in room()) {
        nothing_is_better(&case, room, 0)?;
    }
}
