//! Planned splits in a scenario: what is planned takes the place of a policy's strategy.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use inference::{Calibrated, Coding, Network};
use split_planner::{LayerWidths, Numbers, Plan as Split};

use super::{MEASURED_ON, Measured, SplitPlanner};
use crate::answers::Networks;
use crate::identity::Identity;
use crate::plan::{Charged, Plan, SEEN, read_spec};
use crate::policies::{Cuts, Outline, SplitWanted, Way};
use crate::problem::Problem;
use crate::schema::{NamedNetwork, Scenario};

/// Networks whose values have been seen, which points of a sweep share: by name and data set.
pub type Known = BTreeMap<Identity, Arc<Calibrated>>;

/// Plans what policies want planned. Each planned network joins the others, and the policy's strategy becomes its cut.
///
/// # Errors
/// If a network cannot be planned, or groups of devices would need different plans.
pub fn settle(
    plan: &mut Plan,
    networks: Arc<Networks>,
    scenario: &Scenario,
    folder: &Path,
    known: &mut Known,
) -> Result<Arc<Networks>, Problem> {
    let mut more = Vec::new();
    for index in 0..plan.policies.len() {
        let Some(wanted) = plan.policies[index].split_wanted.clone() else { continue };
        let place = format!("policies[{index}]");
        let way = plan.outlines.find(&wanted.network).map_err(|why| Problem::new(&place, why.to_string()))?;
        let named = scenario.named_networks().swap_remove(way.network());
        let (named, folder) = read_spec(named, folder)?;
        let calibrated = calibrated(&named, &networks, &folder, known, &place)?;
        if plan.works[way.network()].steps().is_none() {
            let what = format!("'{}' is charged as a network whose steps are unknown", wanted.network.0);
            return Err(Problem::new(place, what).or("charge it for itself"));
        }
        if plan.is_measured(way) {
            let what = format!("of '{}' nothing but a whole pass was measured", wanted.network.0);
            return Err(Problem::new(place, what).or("leave out its measurement"));
        }
        let (split, network, found) = for_all_groups(plan, &networks, &calibrated, &wanted, &place)?;
        let name = format!("{} for {}", network.name(), plan.policies[index]);
        let network = network.named(name);
        let cut = network.cut(split.cut);
        let number = plan.works.len();
        plan.works.push(Charged::of(&network));
        plan.outlines.push(Outline::of(network.name(), &network));
        let planned = Way::all(number + 1).last();
        let planned = planned.filter(|way| way.network() == number);
        let planned = planned.ok_or_else(|| Problem::new(&place, "there are too many networks to plan one more"))?;
        let cuts = Cuts { network: planned, coding: Coding::FLOAT32 };
        let policy = &mut plan.policies[index];
        policy.strategy = cuts.after(split.cut, &plan.outlines);
        policy.planned = Some(told(&split, cut.name(), network.cuts().len() - 1) + &found);
        more.push(network);
    }
    Ok(if more.is_empty() { networks } else { Arc::new(networks.with(more)) })
}

fn calibrated(
    named: &NamedNetwork,
    networks: &Networks,
    folder: &Path,
    known: &mut Known,
    place: &str,
) -> Result<Arc<Calibrated>, Problem> {
    if named.spec.integers.is_some() {
        let what = format!("'{}' is in integers already: give a network in floats to plan", named.name);
        return Err(Problem::new(place, what));
    }
    if named.spec.recorded.is_some() {
        return Err(Problem::new(place, format!("'{}' is a table of answers, which cannot be cut", named.name)));
    }
    let key = Identity::of(&(&named.spec.network, networks.data.fingerprint()));
    if let Some(calibrated) = known.get(&key) {
        return Ok(calibrated.clone());
    }
    let calibrated = Calibrated::load(&named.spec.network, folder, &networks.data, SEEN);
    let calibrated = Arc::new(calibrated.map_err(|e| Problem::new(&named.place, e.to_string()))?);
    known.insert(key, calibrated.clone());
    Ok(calibrated)
}

/// What is planned for every group of devices, which must be the same: a policy is one strategy.
fn for_all_groups(
    plan: &Plan,
    networks: &Networks,
    calibrated: &Calibrated,
    wanted: &SplitWanted,
    place: &str,
) -> Result<(Split, Network, String), Problem> {
    let failed = |what: String| Problem::new(place, what);
    let mut first: Option<(usize, Split, Network, String)> = None;
    for (index, group) in plan.groups.iter().enumerate() {
        let planner = SplitPlanner::new(calibrated, &networks.data, plan, group, MEASURED_ON);
        let planner = planner.map_err(|e| failed(e.to_string()))?;
        let plans = planner.plans(wanted.memory.get()).map_err(|e| failed(e.to_string()))?;
        let (split, Measured { network, accuracy }) =
            planner.fastest_within(&plans, wanted.accuracy_drop.get()).map_err(|e| failed(e.to_string()))?;
        let doubt = if plans.is_proven { "" } else { " (the search was cut short: better plans may exist)" };
        let found = format!(", {:.1} % right on {} calibration images{doubt}", accuracy * 100.0, planner.images());
        match &first {
            Some((other, found, ..)) if (found.cut, &found.numbers) != (split.cut, &split.numbers) => {
                let [one, two] = [*other, index].map(|group| plan.groups[group].name.clone());
                let (after, then) = (found.cut, split.cut);
                let what =
                    format!("'{one}' would be cut after {after} steps, and '{two}' after {then} or in other bits");
                return Err(
                    failed(what).or("plan a network for each with `appealsim plan-split`, and name it in a split")
                );
            }
            Some(_) => {}
            None => first = Some((index, split.clone(), network, found)),
        }
    }
    let (_, split, network, found) = first.ok_or_else(|| failed("there are no devices to plan for".to_owned()))?;
    Ok((split, network, found))
}

/// The bits of layers, as files write them.
pub fn bits_of(layers: &[LayerWidths]) -> String {
    let all = layers.iter().map(|layer| match layer.weights == layer.activations {
        true => layer.weights.to_string(),
        false => format!("{}/{}", layer.weights, layer.activations),
    });
    all.collect::<Vec<_>>().join(" ")
}

/// What was planned, in words.
fn told(split: &Split, after: &str, steps: usize) -> String {
    let place = match split.cut {
        0 => return "sends the input".to_owned(),
        cut if cut == steps => "all on the device".to_owned(),
        cut => format!("cut after {cut} of {steps} steps ({after})"),
    };
    let bits = match &split.numbers {
        Numbers::Floats => "in floats".to_owned(),
        Numbers::Integers(layers) => {
            let all: Vec<String> =
                layers.iter().map(|layer| format!("{}/{}", layer.weights, layer.activations)).collect();
            format!("in {} bits (weights/activations)", all.join(" "))
        }
    };
    format!("{place}, {bits}, {:.1} kB", split.memory.total() as f64 / 8e3)
}
