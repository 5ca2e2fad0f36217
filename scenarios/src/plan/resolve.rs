mod check;
mod group;
mod load;
mod name;
mod runs;
mod tier;

use std::collections::BTreeMap;
use std::path::Path;

use device_models::{
    ArrivalProcess, Arrivals, Kind, Link, Presets, Radio, Rate, RateModel, RateTrace, TraceFile, Transport,
};
use inference::{Dataset, Half};
use serde::de::DeserializeOwned;
use sim_core::Span;

use super::{Access, Charged, Group, Mixture, Plan, Tier, Typical};
use crate::answers::{Model, Networks};
use crate::policies::{Outline, Outlines, PolicySpec, Way};
use crate::problem::Problem;
use crate::schema::{LinkSpec, Named, NamedNetwork, Scenario, Warmup};
use crate::source::{InputError, Source};
use check::{check_policies, check_power_control, check_states, check_whole};
pub use load::{SEEN, read_spec};
use load::{load, load_for, load_times};
use runs::check_runs;

/// Loads the data set and the networks a scenario names; they remember answers if `memory` is set.
///
/// # Errors
/// If one is missing, is damaged, or does not fit the others.
pub fn load_networks(scenario: &Scenario, source: &Source, memory: bool) -> Result<Networks, InputError> {
    load(scenario, source.folder(), memory).map_err(|problem| source.report(problem))
}

/// Loads the networks a scenario names, to run them on other images than the scenario's.
///
/// # Errors
/// As [`load_networks`].
pub fn load_networks_for(scenario: &Scenario, source: &Source, data: Dataset) -> Result<Networks, InputError> {
    load_for(scenario, source.folder(), true, data).map_err(|problem| source.report(problem))
}

/// Resolves a scenario.
///
/// # Errors
/// If it asks for something that does not exist or is impossible.
pub fn resolve(scenario: &Scenario, source: &Source, networks: &Networks) -> Result<Plan, InputError> {
    let tell = |problem: Problem| {
        let place = source.policy_in_file(&problem.place);
        source.report(Problem { place, ..problem })
    };
    check_whole(scenario).map_err(tell)?;
    let named = scenario.named_networks();
    let outline = |(way, named): (Way, &NamedNetwork)| match networks.of(way) {
        Model::Network(network) => Outline::of(&named.name, network),
        Model::Recorded(recording) => Outline::closed(&named.name, recording.given),
    };
    let outlines = networks.ways().zip(&named).map(outline);
    let outlines = Outlines::new(outlines);
    let policies = source.policies(scenario, &outlines).map_err(tell)?;
    check_policies(&policies, &outlines).map_err(tell)?;
    let presets = Presets::shipped().map_err(|e| tell(Problem::new("", format!("shipped presets: {e}"))))?;
    let events = events(scenario, source.folder()).map_err(tell)?;
    Resolver { scenario, source, outlines, policies, presets: &presets, networks, folder: source.folder(), events }
        .plan()
        .map_err(tell)
}

/// Most devices that fit in memory.
const MOST_DEVICES: u32 = 10_000_000;

/// Most requests of a run that can be numbered.
const MOST_REQUESTS: f64 = 4e9;

type Checked<T> = Result<T, Problem>;

/// A run too large to finish is an error before it starts.
fn check_size(plan: &Plan) -> Checked<()> {
    let requests = plan.expected_requests();
    if requests > MOST_REQUESTS {
        let what = format!("makes about {requests:.0} requests per run; at most {MOST_REQUESTS:.0} are allowed");
        return Err(Problem::new("duration", what).or("shorten it, or use fewer devices or less frequent arrivals"));
    }
    Ok(())
}

/// The scenario's events; an event cannot be defined by seeing another.
fn events(scenario: &Scenario, folder: &Path) -> Checked<BTreeMap<String, ArrivalProcess>> {
    let resolved = scenario.events.iter().map(|(name, arrivals)| {
        let place = format!("events.{name}");
        if matches!(arrivals, Arrivals::Seen(_)) {
            let what = "an event cannot be defined by seeing another; only devices see events";
            return Err(Problem::new(format!("{place}.seen"), what));
        }
        let process = arrivals.resolve(|times| load_times(times, folder), &BTreeMap::new());
        Ok((name.clone(), process.map_err(|e| Problem::of_figures(&place, e))?))
    });
    resolved.collect()
}

struct Resolver<'a> {
    scenario: &'a Scenario,
    source: &'a Source,
    outlines: Outlines,
    policies: Vec<PolicySpec>,
    presets: &'a Presets,
    networks: &'a Networks,
    /// Where relative paths start from.
    folder: &'a Path,
    /// Events that several devices may see.
    events: BTreeMap<String, ArrivalProcess>,
}

impl Resolver<'_> {
    fn plan(&self) -> Checked<Plan> {
        let scenario = self.scenario;
        let mut tiers = vec![self.cloud()?];
        let mut links = Vec::new();
        for (name, link) in &scenario.links {
            links.push(self.access(name, link, &mut tiers)?);
        }
        let mut groups = Vec::new();
        let mut first = 0u32;
        for (index, device) in scenario.devices.iter().enumerate() {
            let group = self.group(index, device, first, (&links, &tiers))?;
            first = first.saturating_add(group.count);
            if first > MOST_DEVICES {
                let what = format!("{first} devices are too many; at most {MOST_DEVICES} fit");
                return Err(Problem::new(format!("devices[{index}].count"), what));
            }
            groups.push(group);
        }
        let calibrate_on = self.calibrate_on(&groups)?;
        let plan = Plan {
            name: scenario.name.clone(),
            seed: scenario.seed,
            duration: scenario.duration.span(),
            warmup: match scenario.warmup {
                Warmup::Until(warmup) => warmup.span(),
                Warmup::Detect => Span::ZERO,
            },
            detect_warmup: scenario.warmup == Warmup::Detect,
            groups,
            links,
            tiers,
            works: self.networks.ways().map(|way| self.work(way)).collect(),
            calibrate_on,
            outlines: self.outlines.clone(),
            grid: scenario.grid,
            policies: self.policies.clone(),
        };
        check_size(&plan)?;
        check_runs(&plan, &scenario.named_networks())?;
        Ok(plan)
    }

    /// What a network costs, or the one it is charged as.
    fn work(&self, way: Way) -> Charged {
        let as_if = self.scenario.named_networks().get(way.network()).and_then(|named| named.as_if);
        match (as_if, self.networks.of(way)) {
            (Some(as_if), _) => Charged::as_if(as_if.into()),
            (None, Model::Network(network)) => Charged::of(network),
            (None, Model::Recorded(_)) => Charged::unknown(),
        }
    }

    /// What thresholds are calibrated on; the calibration half must have images of it, if there are thresholds to set.
    fn calibrate_on(&self, groups: &[Group]) -> Checked<Mixture> {
        let data = &self.networks.data;
        let mixture = match &self.scenario.calibrate_on {
            None => Mixture::seen_by(groups, data),
            Some(conditions) => {
                let images = self.images(conditions, &|field| format!("calibrate-on.{field}"))?;
                Mixture::of(conditions, &images, groups, data)
            }
        };
        match mixture.class_without_image(data, Half::Calibration) {
            Some(class) if self.policies.iter().any(PolicySpec::needs_calibration) => {
                let what = format!("the calibration half has no image of class {class}, so no threshold can be set");
                Err(Problem::new("dataset", what).or("give it more images, or give thresholds as delta"))
            }
            _ => Ok(mixture),
        }
    }

    fn access(&self, name: &str, link: &LinkSpec, tiers: &mut Vec<Tier>) -> Checked<Access> {
        let place = |field: &str| format!("links.{name}.{field}");
        link.loss.check().map_err(|e| Problem::of_figures(&place("loss"), e))?;
        if link.cell.is_some() && !matches!(link.uplink, RateModel::Constant(_)) {
            let what = "in a cell, each device's own limit must be constant; let the cell's rate change instead";
            return Err(Problem::new(place("uplink"), what));
        }
        if link.half_duplex {
            if link.cell.is_none() {
                return Err(Problem::new(place("half-duplex"), "only devices in a cell share their air; give `cell`"));
            }
            if !matches!(link.downlink, RateModel::Constant(_)) {
                let what = "where both directions share a cell, each device's own limits must be constant";
                return Err(Problem::new(place("downlink"), what));
            }
        }
        let rate = |field: &str, model: &RateModel| -> Checked<Rate> {
            let load = |trace: &TraceFile| RateTrace::read(trace, self.folder);
            model.resolve(load).map_err(|e| Problem::of_figures(&place(field), e))
        };
        let edge = match &link.edge {
            None => None,
            Some(edge) => {
                // In milliseconds, without the digits that come from binary fractions.
                let [near, far] = [&edge.rtt, &link.rtt].map(|rtt| (rtt.mean() * 1e9).round() / 1e6);
                if near > far {
                    let what = format!(
                        "servers at the link's end are nearer than the cloud, but {near} ms is more than the link's \
                         {far} ms on average"
                    );
                    return Err(Problem::new(place("edge.rtt"), what));
                }
                let number = u8::try_from(tiers.len());
                let number = number.map_err(|_| Problem::new(place("edge"), "at most 255 links can have servers"))?;
                tiers.push(self.edge(name, edge)?);
                Some((number, edge.rtt.clone()))
            }
        };
        let transport: Transport = self.named(&place("transport"), Kind::Transport, &link.transport)?;
        transport.check().map_err(|e| Problem::of_figures(&place("transport"), e))?;
        let radio: Radio = self.named(&place("radio"), Kind::Radio, &link.radio)?;
        check_states(&place("radio"), radio.tail.len())?;
        let link = Link {
            uplink: rate("uplink", &link.uplink)?,
            downlink: rate("downlink", &link.downlink)?,
            cell: link.cell.as_ref().map(|cell| rate("cell", cell)).transpose()?,
            half_duplex: link.half_duplex,
            rtt: link.rtt.clone(),
            loss: link.loss,
            transport,
        };
        check_power_control(name, &radio, &link)?;
        let over = self.scenario.duration.span();
        let shared = link.cell.as_ref().map_or(f64::INFINITY, |cell| cell.mean(over));
        let typical = Typical {
            up: link.uplink.mean(over).min(shared),
            down: link.downlink.mean(over),
            round_trip: edge.as_ref().map_or(&link.rtt, |(_, near)| near).mean(),
        };
        Ok(Access { name: name.to_owned(), radio, link, edge, typical })
    }

    fn named<T: DeserializeOwned + Clone>(&self, place: &str, kind: Kind, named: &Named<T>) -> Checked<T> {
        let name = match named {
            Named::Figures(figures) => return Ok(figures.clone()),
            Named::Preset(name) => name,
        };
        let names = self.presets.of(kind).map(|preset| preset.name.as_str());
        let preset = self.presets.find(kind, name);
        let preset = preset.ok_or_else(|| Problem::unknown(place, &format!("{} preset", kind.name()), name, names))?;
        preset.model().map_err(|e| Problem::new(place, format!("preset '{name}': {e}")))
    }
}
