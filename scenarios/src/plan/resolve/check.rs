//! Checks that need nothing looked up.

use device_models::units::Power;
use device_models::{Link, PowerControl, Radio, Rate};

use super::Checked;
use super::name::check_names;
use crate::policies::{Outlines, PolicySpec};
use crate::problem::Problem;
use crate::schema::{CloudSpec, Replications, Scenario, Until, Warmup};

/// Most servers of a tier.
const MOST_SERVERS: usize = 1_000_000;

/// Most states a processor may rest in, and phases a radio's tail may have: they are numbered in a byte.
const MOST_STATES: usize = 255;

/// Checks the figures of a scenario against each other.
pub fn check_whole(scenario: &Scenario) -> Checked<()> {
    check_names(scenario)?;
    if matches!(scenario.warmup, Warmup::Until(warmup) if warmup.get() >= scenario.duration.get()) {
        return Err(Problem::new("warmup", format!("must be shorter than the duration ({})", scenario.duration)));
    }
    if let Replications::Until(until) = scenario.replications {
        check_until(&until)?;
    }
    check_cloud(&scenario.cloud)?;
    for (name, as_if) in &scenario.networks.as_if {
        as_if.check().map_err(|e| Problem::of_figures(&format!("networks.{name}-as-if"), e))?;
    }
    if let Some(beyond) = scenario.named_networks().get(MOST_NETWORKS) {
        return Err(Problem::new(&beyond.place, format!("at most {MOST_NETWORKS} networks are allowed")));
    }
    let least_one = [
        ("replications", if scenario.replications == Replications::Fixed(0) { 0 } else { 1 }),
        ("devices", scenario.devices.len()),
        ("policies", scenario.policies.len()),
        ("cloud.servers", scenario.cloud.servers),
        ("cloud.batch.max", scenario.cloud.batch.max),
    ];
    for (place, count) in least_one {
        if count == 0 {
            return Err(Problem::new(place, "at least one is needed"));
        }
    }
    Ok(())
}

/// Most networks of a scenario: ways are numbered in a byte.
const MOST_NETWORKS: usize = 255;

/// Checks that policies differ, and that each always has something to do with these networks.
pub fn check_policies(policies: &[PolicySpec], networks: &Outlines) -> Checked<()> {
    for (index, policy) in policies.iter().enumerate() {
        let wrong = |what: String| Err(Problem::new(format!("policies[{index}]"), what));
        if policies[..index].iter().any(|other| other.label == policy.label) {
            return wrong(format!("'{policy}' is listed twice"));
        }
        if let Err(what) = policy.strategy.check(networks) {
            return wrong(format!("'{policy}': {what}"));
        }
    }
    Ok(())
}

fn check_cloud(cloud: &CloudSpec) -> Checked<()> {
    check_price("cloud.price-per-hour", cloud.price_per_hour)?;
    if let Some(outages) = &cloud.outages
        && outages.up_for.mean() + outages.down_for.mean() <= 0.0
    {
        return Err(Problem::new("cloud.outages", "up-for and down-for must not both always be 0"));
    }
    let most = cloud.scale.as_ref().map_or(0, |scale| scale.most);
    for (place, servers) in [("cloud.servers", cloud.servers), ("cloud.scale.most", most)] {
        check_servers(place, servers)?;
    }
    match &cloud.scale {
        Some(scale) if scale.most <= cloud.servers => {
            let what = format!("must be above servers ({}), the number always on", cloud.servers);
            Err(Problem::new("cloud.scale.most", what))
        }
        _ => Ok(()),
    }
}

/// Each server takes memory.
pub fn check_servers(place: &str, servers: usize) -> Checked<()> {
    if servers > MOST_SERVERS {
        return Err(Problem::new(place, format!("{servers} servers are too many; at most {MOST_SERVERS} fit")));
    }
    Ok(())
}

/// A price may be 0 and is otherwise positive.
pub fn check_price(place: &str, price: Option<f64>) -> Checked<()> {
    match price {
        Some(price) if !(price.is_finite() && price >= 0.0) => Err(Problem::new(place, "must be 0 or above")),
        _ => Ok(()),
    }
}

/// The states of a sequence must fit their numbers.
pub fn check_states(place: &str, states: usize) -> Checked<()> {
    if states > MOST_STATES {
        return Err(Problem::new(place, format!("{states} are too many; at most {MOST_STATES} are allowed")));
    }
    Ok(())
}

/// Only what a device sends on its own follows its distance; and its radio's active power contains what its amplifier
/// draws at the reference distance.
pub fn check_power_control(link_name: &str, radio: &Radio, link: &Link) -> Checked<()> {
    let place = |field: &str| format!("links.{link_name}.{field}");
    for (field, rate) in [("downlink", Some(&link.downlink)), ("cell", link.cell.as_ref())] {
        if rate.and_then(Rate::power_control).is_some() {
            return Err(Problem::new(place(field), "power-control is that of a device, so it belongs to an uplink"));
        }
    }
    let draws = link.uplink.power_control().map_or(0.0, PowerControl::draws_at_reference);
    if draws > radio.active.get() {
        let (draws, active) = (Power::new(draws), radio.active);
        let what =
            format!("the amplifier draws {draws} at the reference distance, but the active radio only {active} in all");
        return Err(Problem::new(place("uplink"), what));
    }
    Ok(())
}

fn check_until(until: &Until) -> Checked<()> {
    if until.within.get() == 0.0 {
        return Err(Problem::new("replications.within", "must be above 0: an interval never gets that narrow"));
    }
    if until.at_least < 2 {
        return Err(Problem::new("replications.at-least", "must be at least 2: an interval needs two replications"));
    }
    if until.at_most < until.at_least {
        return Err(Problem::new("replications.at-most", format!("must be at least {}", until.at_least)));
    }
    Ok(())
}
