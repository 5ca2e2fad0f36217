//! Thresholds that are set by what they cost.

use scenarios::experiment::Study;
use scenarios::policies::{Calibration, Unreachable};
use tests::{Records, read, records_of, small_scenario};

/// The small scenario for five minutes with this policy, run once.
fn run(policy: &str) -> Result<(f64, Records), String> {
    run_with("    payload: 40 kB\n    battery: 1 kJ\n    deadline: 30 ms", policy)
}

fn run_with(payload: &str, policy: &str) -> Result<(f64, Records), String> {
    let text = small_scenario(&[
        ("  - appealnet: {delta: 0.5}", &format!("  - {policy}")),
        ("duration: 20 s", "duration: 5 min"),
        ("    payload: 40 kB", payload),
    ]);
    let study = Study::load(&read(&text).0, true).map_err(|e| e.to_string())?;
    let point = &study.points[0];
    let policy = point.plan.policies[2].build(&Calibration::NONE).map_err(|e: Unreachable| e.to_string())?;
    let threshold = policy.threshold.expect("it has a threshold");
    Ok((threshold, records_of(&point.networks, &point.plan, &policy, 0)))
}

/// Joules per request, and the share that is sent up.
fn spent(records: &Records) -> (f64, f64) {
    let n = records.requests.len() as f64;
    let joules: f64 = records.requests.iter().map(|request| request.energy.total()).sum();
    (joules / n, records.requests.iter().filter(|request| request.appealed).count() as f64 / n)
}

/// A run with other arrivals than the pilots' spends about what it may, and more of it buys more appeals, up to the most
/// accurate threshold.
#[test]
fn energy_is_spent_up_to_the_budget() {
    let of = |budget: &str| spent(&run(&format!("appealnet: {{energy: {budget}}}")).unwrap().1);
    let (small, large) = (of("8 mJ"), of("16 mJ"));
    assert!((small.0 / 8e-3 - 1.0).abs() < 0.2 && (large.0 / 16e-3 - 1.0).abs() < 0.2, "{small:?}, {large:?}");
    assert!(large.1 > 1.5 * small.1, "{small:?}, {large:?}");
    let rich = of("10 J");
    assert!(rich.1 < 0.6, "beyond the most accurate threshold nothing is gained: {rich:?}");
}

/// What misses its deadline here is what is sent up.
#[test]
fn no_more_are_late_than_allowed() {
    let late = |records: &Records| {
        let late = records.requests.iter().filter(|request| request.in_time == Some(false)).count();
        late as f64 / records.requests.len() as f64
    };
    let records = run("confidence: {score: margin, late: 5 %}").unwrap().1;
    assert!((0.03..0.07).contains(&late(&records)), "{}", late(&records));
}

#[test]
fn a_budget_that_cannot_be_kept_is_an_error() {
    let told = |policy: &str| run(policy).err().expect("it is refused");
    let refused = told("appealnet: {energy: 1 uJ}");
    assert!(refused.contains("no threshold keeps energy 1 uJ"), "{refused}");
    assert!(told("appealnet: {battery: 1000 d}").contains("no threshold keeps battery"));
    for (budget, missing) in [("late: 1 %", "a deadline"), ("battery: 1 d", "a battery")] {
        let refused = run_with("    payload: 40 kB", &format!("appealnet: {{{budget}}}")).err().expect("it is refused");
        assert!(refused.contains(&format!("has no meaning where no device has {missing}")), "{refused}");
    }
    let stages = told("cascade: {networks: little > big, score: margin, energy: 10 mJ}");
    assert!(stages.contains("appealnet, confidence and random alone"), "{stages}");
}
