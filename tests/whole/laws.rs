//! Laws that must hold for every run, over random scenarios.

mod one_record;
mod random;
mod records;
mod twin;

use analysis::{Outcome, RequestRecord};
use inference::{Half, Score};
use one_record::every_record_agrees_with_itself;
use proptest::prelude::*;
use proptest::sample::Index;
use rand::RngExt;
use random::{DELTA_ABOVE_ALL, DELTA_ZERO, LOCAL_ONLY, OFFLOAD_ALL, ORACLE, SPLITS, any_scenario};
use scenarios::answers::{Evaluator, Observation};
use scenarios::plan::{Plan, load_networks, resolve, samples};
use scenarios::policies::{Calibration, Policy, Way};
use scenarios::schema::WhenFull;
use scenarios::source::Source;
use scenarios::world::Run;
use sim_core::Streams;
use tests::{Records, networks, plan, records, small_scenario};

use self::records::{chance_does_not_depend_on_the_policy, keep_the_laws};
use twin::agrees_with_the_twin;

fn policies(plan: &Plan) -> Vec<Policy> {
    plan.policies.iter().map(|spec| spec.build(&Calibration::NONE).unwrap()).collect()
}

fn run_all(plan: &Plan) -> Vec<Records> {
    policies(plan).iter().map(|policy| records(plan, policy, 0)).collect()
}

/// Runs under random scenarios: as many as is usual, or as the environment asks for.
fn cases(usual: u32) -> ProptestConfig {
    let config = ProptestConfig::default();
    if std::env::var_os("PROPTEST_CASES").is_some() { config } else { ProptestConfig { cases: usual, ..config } }
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn laws_hold_everywhere(text in any_scenario()) {
        let plan = plan(&text);
        let runs = run_all(&plan);
        for (number, (run, policy)) in runs.iter().zip(&plan.policies).enumerate() {
            if number < SPLITS {
                every_record_agrees_with_itself(&plan, policy, run);
            }
            keep_the_laws(&plan, policy, run);
            chance_does_not_depend_on_the_policy(&runs[LOCAL_ONLY], run);
        }
        for request in &runs[LOCAL_ONLY].requests {
            prop_assert!(request.uplink_bytes == 0 && request.downlink_bytes == 0 && !request.appealed);
        }
        for device in &runs[LOCAL_ONLY].devices {
            prop_assert_eq!((device.energy.transmit, device.energy.promotion, device.energy.tail), (0.0, 0.0, 0.0));
        }
        for request in &runs[OFFLOAD_ALL].requests {
            prop_assert!(request.edge_start.is_none() && request.edge_class.is_none() && request.energy.compute == 0.0);
        }
        let overflows = plan.groups.iter().any(|group| group.when_full == WhenFull::Appeal);
        prop_assert!(
            overflows || runs[LOCAL_ONLY].requests == runs[DELTA_ZERO].requests,
            "a delta of 0 decides like local-only"
        );
        for request in &runs[DELTA_ABOVE_ALL].requests {
            let appealed = request.appealed == request.edge_done.is_some() || (overflows && request.edge_start.is_none());
            prop_assert!(request.scores.get(Score::Q).is_none_or(|q| q < 1.0) && appealed);
        }
        // Only where both were answered by a network, not ended by a time limit, and where the oracle was asked: what
        // finds its device's queue full is sent up, and which requests do depends on what else the processor prepares. A
        // split may have an answer of a network that the oracle cannot ask.
        let answered = |r: &RequestRecord| matches!(r.outcome, Outcome::Edge | Outcome::Cloud);
        let asked = |oracle: &RequestRecord| oracle.edge_class.is_some();
        for run in &runs[..SPLITS] {
            for (oracle, other) in runs[ORACLE].requests.iter().zip(&run.requests) {
                if asked(oracle) && answered(oracle) && answered(other) {
                    prop_assert!(oracle.correct() || !other.correct(), "{oracle:?} against {other:?}");
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn runs_are_as_a_stepwise_twin_sees_them(text in any_scenario(), policy in any::<Index>()) {
        let plan = plan(&text);
        let policies = policies(&plan);
        let policy = policy.get(&policies);
        let run = Run { plan: &plan, networks: networks(), policy, replication: 0 };
        agrees_with_the_twin(&plan, &records(&plan, policy, 0), &run.watched());
    }
}

/// Answers that are asked for beforehand change nothing but when the kernels run; without memory, they run every time.
#[test]
fn answers_in_memory_change_no_record() {
    let degrade = ("payload: 40 kB", "payload: 40 kB\n    degrade: {share: 0.6, noise: 0.3, blur: 2}");
    let (source, scenario) = tests::read(&small_scenario(&[degrade]));
    let [with, without] = [true, false].map(|memory| load_networks(&scenario, &source, memory).unwrap());
    let plan = resolve(&scenario, &source, &with).unwrap();
    assert!(plan.worth_precomputing(&with) && !plan.worth_precomputing(&without));
    with.precompute(&plan.degraded_images(0), 2);
    let before = with.calls(Way::BIG).run;
    let mut clear: Vec<u32> = Vec::new();
    for policy in policies(&plan) {
        let records = |networks| {
            let mut records = Vec::new();
            Run { plan: &plan, networks, policy: &policy, replication: 0 }.run(&mut |record, _| records.push(record));
            records
        };
        let (remembered, asked_again) = (records(&with), records(&without));
        assert_eq!(remembered, asked_again);
        let degraded = remembered.iter().filter(|record| record.degradation.is_some()).count();
        assert!(degraded > 20, "{degraded}");
        clear.extend(remembered.iter().filter(|record| record.degradation.is_none()).map(|record| record.image));
    }
    clear.sort_unstable();
    clear.dedup();
    assert_eq!((with.calls(Way::BIG).run - before) as usize, clear.len(), "only for images that are not degraded");
    assert_eq!(without.calls(Way::BIG).remembered, 0);
}

/// Energy per bit is metered with a battery, and counted without one: both give the same.
#[test]
fn a_battery_that_lasts_changes_no_joule() {
    let cell = ("rtt: 20 ms", "rtt: 20 ms\n    cell: 10 Mbps");
    let run = |payload| run_all(&plan(&small_scenario(&[cell, ("payload: 40 kB", payload)])));
    let (plugged, powered) = (run("payload: 40 kB"), run("payload: 40 kB\n    battery: 10 kWh"));
    for (a, b) in plugged.iter().zip(&powered) {
        for (a, b) in a.requests.iter().zip(&b.requests) {
            assert_eq!(a.end, b.end);
            let (a, b) = (a.energy, b.energy);
            for ((name, a), (_, b)) in a.named().into_iter().zip(b.named()) {
                // A transfer ends at a whole nanosecond, and a meter runs until then.
                assert!((a - b).abs() <= 1e-7 * a.max(1e-6), "{name}: {a} J and {b} J");
            }
        }
    }
}

/// Thresholds are set on one half of the images and results come from the other.
#[test]
fn calibration_and_evaluation_images_never_mix() {
    let data = &networks().data;
    let (calibration, evaluation): (Vec<usize>, Vec<usize>) =
        (data.half(Half::Calibration).collect(), data.half(Half::Evaluation).collect());
    assert!(calibration.iter().all(|image| !evaluation.contains(image)));
    assert_eq!(calibration.len() + evaluation.len(), data.len());
    let plan = plan(&small_scenario(&[]));
    for run in run_all(&plan) {
        assert!(run.requests.iter().all(|request| evaluation.contains(&(request.image as usize))));
    }

    // A network that remembers its answers counts the images it ran on.
    let (source, scenario) = tests::read(&small_scenario(&[]));
    let fresh = load_networks(&scenario, &source, true).unwrap();
    assert_eq!(plan.calibration_images(&fresh, 2).len(), 0, "its thresholds are given");
    let images = plan.calibrate_on.over(&fresh.data, Half::Calibration);
    assert_eq!(samples(&images, &fresh, &plan.ways(), Half::Calibration, 1, 2).len(), calibration.len());
    let before = fresh.calls(Way::LITTLE).run;
    let mut evaluator = Evaluator::new(&fresh);
    for image in &calibration {
        evaluator.answer(Way::LITTLE, &Observation::clear(*image as u32));
    }
    assert_eq!(fresh.calls(Way::LITTLE).run, before, "calibration runs on calibration images, all of them, and");
    assert_eq!(before as usize, calibration.len(), "on no others");
}

/// A recorded link in Mahimahi's format decides when transfers end: each is through when as many packets as it has
/// could have been sent since it began, counted line by line.
#[test]
fn transfers_over_a_recorded_link_end_when_its_lines_say() {
    let home = tempfile::tempdir().unwrap();
    let mut random = Streams::new(1, 0).open("trace", 0);
    let mut stamps: Vec<u64> = (0..400).map(|_| random.random_range(1..=500)).collect();
    stamps.sort_unstable();
    stamps.push(500);
    let text: String = stamps.iter().map(|stamp| format!("{stamp}\n")).collect();
    std::fs::write(home.path().join("up.trace"), text).unwrap();
    let edits = [("uplink: 18.9 Mbps", "uplink: {trace: {file: up.trace}}"), ("payload: 40 kB", "payload: 15 kB")];
    let source = Source::parse("test.yaml", small_scenario(&edits), home.path().to_owned(), &[]).unwrap();
    let plan = resolve(&source.scenario().unwrap(), &source, networks()).unwrap();
    let run = &run_all(&plan)[OFFLOAD_ALL];
    // Bits that could have been sent by a given nanosecond: whole packets by line, and parts of them within a
    // millisecond.
    let gone = |nanos: u64| {
        let (round, within) = (nanos / 500_000_000, nanos % 500_000_000);
        let (millis, part) = (within / 1_000_000, (within % 1_000_000) as f64 / 1e6);
        let whole = stamps.iter().filter(|stamp| **stamp <= millis).count() as f64;
        let partly = stamps.iter().filter(|stamp| **stamp == millis + 1).count() as f64;
        (round as f64 * stamps.len() as f64 + whole + partly * part) * 1504.0 * 8.0
    };
    let mut seen = 0;
    for request in &run.requests {
        let (Some(start), Some(done)) = (request.send_start, request.send_done) else { continue };
        let bits = gone(done) - gone(start);
        // A stretch ends at a whole nanosecond: at 24 packets a millisecond that is 0.3 bits each.
        assert!((bits - 120_000.0).abs() < 200.0, "{bits} bits between {start} and {done}");
        seen += 1;
    }
    assert!(seen > 50, "{seen}");
}

/// A battery is used up to the last joule: its life is its capacity over the mean power, whatever the load.
#[test]
fn a_device_dies_at_the_exact_instant() {
    let battery = ("payload: 40 kB", "payload: 40 kB\n    battery: 20 J");
    let plan = plan(&small_scenario(&[battery]));
    let runs = run_all(&plan);
    let idle = plan.groups[0].processor.idle.get() + plan.links[0].radio.idle.get();
    for device in &runs[LOCAL_ONLY].devices {
        let died = device.died.expect("20 J cannot last 20 s at 2.8 W") as f64 * 1e-9;
        assert!((died * idle + device.energy.compute - 20.0).abs() < 1e-6, "{device:?}");
    }
}
