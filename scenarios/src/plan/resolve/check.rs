//! What can be said without looking anything up.

use super::Checked;
use crate::schema::{CloudSpec, Replications, Scenario, Until, Warmup};
use crate::source::Problem;

/// Checks the figures of a scenario against each other.
pub fn check_whole(scenario: &Scenario) -> Checked<()> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if scenario.name.is_empty() || !scenario.name.chars().all(fits) || scenario.name.starts_with('.') {
        return Err(Problem::new("name", "use letters, digits, '-', '_' and '.', not first a '.'"));
    }
    if matches!(scenario.warmup, Warmup::Until(warmup) if warmup.get() >= scenario.duration.get()) {
        return Err(Problem::new("warmup", format!("must be shorter than the duration ({})", scenario.duration)));
    }
    if let Replications::Until(until) = scenario.replications {
        check_until(&until)?;
    }
    check_cloud(&scenario.cloud)?;
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
    for (index, policy) in scenario.policies.iter().enumerate() {
        if scenario.policies[..index].contains(policy) {
            return Err(Problem::new(format!("policies[{index}]"), format!("'{policy}' is there already")));
        }
    }
    Ok(())
}

fn check_cloud(cloud: &CloudSpec) -> Checked<()> {
    check_price("cloud.price-per-hour", cloud.price_per_hour)?;
    if let Some(outages) = &cloud.outages
        && outages.up_for.mean() + outages.down_for.mean() <= 0.0
    {
        return Err(Problem::new("cloud.outages", "spells that are always 0 let no time pass"));
    }
    match &cloud.scale {
        Some(scale) if scale.most <= cloud.servers => {
            let what = format!("must be above servers ({}), which are always on", cloud.servers);
            Err(Problem::new("cloud.scale.most", what))
        }
        _ => Ok(()),
    }
}

/// A price may be 0 and is otherwise positive.
pub fn check_price(place: &str, price: Option<f64>) -> Checked<()> {
    match price {
        Some(price) if !(price.is_finite() && price >= 0.0) => Err(Problem::new(place, "must be 0 or above")),
        _ => Ok(()),
    }
}

fn check_until(until: &Until) -> Checked<()> {
    if until.within.get() == 0.0 {
        return Err(Problem::new("replications.within", "no number of replications makes an interval of no width"));
    }
    if until.at_least < 2 {
        return Err(Problem::new("replications.at-least", "an interval takes at least 2 replications"));
    }
    if until.at_most < until.at_least {
        return Err(Problem::new("replications.at-most", format!("must be at least {}", until.at_least)));
    }
    Ok(())
}
