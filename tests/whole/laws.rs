//! Laws that must hold for every run, over random scenarios.

mod random;
mod records;

use analysis::{DeviceRecord, Outcome, RequestRecord};
use inference::Half;
use proptest::prelude::*;
use rand::RngExt;
use random::{DELTA_ABOVE_ALL, DELTA_ZERO, LOCAL_ONLY, OFFLOAD_ALL, ORACLE, any_scenario};
use records::every_record_agrees_with_itself;
use scenarios::plan::{Evaluator, Observation, Plan, PrecomputedAnswers, load_networks, resolve};
use scenarios::policies::{Calibration, Policy};
use scenarios::schema::WhenFull;
use scenarios::source::Source;
use scenarios::world::Run;
use sim_core::{Span, Streams};
use tests::{Records, networks, plan, records, small_scenario};

fn policies(plan: &Plan) -> Vec<Box<dyn Policy>> {
    let calibration = Calibration::new(|| -> [_; 0] { unreachable!("every threshold here is given directly") });
    plan.policies.iter().map(|spec| spec.build(&calibration).unwrap()).collect()
}

fn run_all(plan: &Plan) -> Vec<Records> {
    policies(plan).iter().map(|policy| records(plan, &**policy, 0)).collect()
}

fn requests(run: &Records) -> impl Iterator<Item = &RequestRecord> {
    run.requests.iter()
}

fn devices(run: &Records) -> impl Iterator<Item = &DeviceRecord> {
    run.devices.iter()
}

/// Conservation: every request that arrived is recorded once, however it ended.
fn every_request_leaves_one_record(run: &Records) {
    assert_eq!(devices(run).map(|d| d.requests).sum::<u64>(), run.requests.len() as u64);
    for (number, request) in requests(run).enumerate() {
        assert_eq!(request.request as usize, number);
        let answered =
            matches!(request.outcome, Outcome::Edge | Outcome::Cloud | Outcome::TimedOutEdge | Outcome::RefusedEdge);
        assert_eq!(request.appealed, request.attempts > 0, "{request:?}");
        assert!(request.retried.is_none() || request.attempts > 1, "{request:?}");
        assert_eq!(request.answer.is_some(), answered, "{request:?}");
        assert_eq!(request.end.is_none(), request.outcome == Outcome::Unfinished, "{request:?}");
        match request.outcome {
            Outcome::Edge | Outcome::TimedOutEdge | Outcome::RefusedEdge => {
                assert_eq!(request.answer, request.edge_class);
                assert_eq!(request.correct(), request.little_right);
            }
            Outcome::Cloud => {
                assert_eq!(request.answer, request.cloud_class);
                assert_eq!(request.correct(), request.big_right);
            }
            _ => {}
        }
    }
}

fn stamps_never_go_back(run: &Records) {
    for request in requests(run) {
        if let (Some(latency), Some(parts)) = (request.latency(), request.parts()) {
            assert!((parts.total() - latency).abs() < 1e-12 + 1e-9 * latency, "{request:?}: {parts:?}");
            assert!(parts.named().iter().all(|(_, seconds)| *seconds >= 0.0));
        }
        let stamps: Vec<u64> = request.stamps().chain(request.end).collect();
        assert!(stamps.is_sorted(), "{request:?}");
    }
}

/// Energy parts sum to the device's total, the total equals the battery's loss, and no joule is booked twice.
fn energy_is_conserved(run: &Records) {
    let close = |a: f64, b: f64| (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1e-6);
    for device in devices(run) {
        let booked: f64 = requests(run).filter(|r| r.device == device.device).map(|r| r.energy.total()).sum();
        assert!(close(booked, device.attributed));
        let (total, moving) = (device.energy.total(), device.energy.total() - device.energy.idle);
        assert!(booked <= moving + 1e-9 * total.max(1e-6), "{device:?}");
        assert!((booked - moving).abs() <= 1e-9 * total.max(1e-6), "{device:?} booked {booked}");
        if let Some(battery) = device.battery {
            let gone = total + battery.drained + battery.spilled - battery.harvested;
            match device.died {
                // It dies at the first whole nanosecond after the exact instant.
                Some(_) => assert!(gone >= battery.usable - 1e-9 && gone - battery.usable < 1e-7, "{device:?}"),
                None => assert!(close(battery.usable - gone, battery.left), "{device:?}"),
            }
        }
    }
}

fn dead_devices_are_silent(run: &Records) {
    for device in devices(run) {
        let Some(died) = device.died else { continue };
        for request in requests(run).filter(|r| r.device == device.device) {
            assert!(request.end.is_some(), "{request:?}");
            let late = request.arrival > died;
            assert!(!late || request.outcome == Outcome::DeviceDead, "{request:?}");
            assert!(late || request.end.is_some_and(|end| end <= died), "{request:?} of a device that died at {died}");
        }
    }
}

/// Arrivals, images and channels are the same under any two policies.
fn chance_does_not_depend_on_the_policy(one: &Records, other: &Records) {
    assert_eq!(one.requests.len(), other.requests.len());
    for (a, b) in requests(one).zip(requests(other)) {
        assert_eq!((a.arrival, a.device, a.image, a.label), (b.arrival, b.device, b.image, b.label));
        assert_eq!((a.degradation, a.little_right, a.big_right), (b.degradation, b.little_right, b.big_right));
        if a.send_done.is_some() && b.send_done.is_some() && (a.attempts, b.attempts) == (1, 1) {
            assert_eq!(a.uplink_bytes, b.uplink_bytes);
        }
        if let (Some(a_sent), Some(a_came), Some(b_sent), Some(b_came)) =
            (a.send_done, a.cloud_arrival, b.send_done, b.cloud_arrival)
            && (a.attempts, a.tier) == (b.attempts, b.tier)
        {
            assert_eq!(a_came - a_sent, b_came - b_sent);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn laws_hold_everywhere(text in any_scenario()) {
        let plan = plan(&text);
        let runs = run_all(&plan);
        for (run, policy) in runs.iter().zip(&plan.policies) {
            every_record_agrees_with_itself(&plan, policy, run);
            every_request_leaves_one_record(run);
            stamps_never_go_back(run);
            energy_is_conserved(run);
            dead_devices_are_silent(run);
            chance_does_not_depend_on_the_policy(&runs[LOCAL_ONLY], run);
        }
        for request in requests(&runs[LOCAL_ONLY]) {
            prop_assert!(request.uplink_bytes == 0 && request.downlink_bytes == 0 && !request.appealed);
        }
        for device in devices(&runs[LOCAL_ONLY]) {
            prop_assert_eq!((device.energy.transmit, device.energy.promotion, device.energy.tail), (0.0, 0.0, 0.0));
        }
        for request in requests(&runs[OFFLOAD_ALL]) {
            prop_assert!(request.edge_start.is_none() && request.edge_class.is_none() && request.energy.compute == 0.0);
        }
        let overflows = plan.groups.iter().any(|group| group.when_full == WhenFull::Appeal);
        prop_assert!(
            overflows || runs[LOCAL_ONLY].requests == runs[DELTA_ZERO].requests,
            "a delta of 0 decides like local-only"
        );
        for request in requests(&runs[DELTA_ABOVE_ALL]) {
            let appealed = request.appealed == request.edge_done.is_some() || (overflows && request.edge_start.is_none());
            prop_assert!(request.q.is_none_or(|q| q < 1.0) && appealed);
        }
        // Only where both were answered by a network, not ended by a time limit.
        let answered = |r: &RequestRecord| matches!(r.outcome, Outcome::Edge | Outcome::Cloud);
        for run in &runs {
            for (oracle, other) in requests(&runs[ORACLE]).zip(requests(run)) {
                if answered(oracle) && answered(other) {
                    prop_assert!(oracle.correct() || !other.correct(), "{oracle:?} against {other:?}");
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    /// The meters agree with sampling the power every millisecond. A state that begins or ends inside a step is counted
    /// for up to half a step too much or too little, so many short transfers at 10 W may add up to some hundredths of a
    /// joule; but that must disappear when steps are fifty times shorter.
    #[test]
    fn energy_is_that_of_a_stepwise_twin(text in any_scenario(), policy in 0usize..10) {
        let plan = plan(&text);
        let policy = &policies(&plan)[policy];
        let run = Run { plan: &plan, networks: networks(), precomputed: None, policy: &**policy, replication: 0 };
        let exact: Vec<f64> = records(&plan, &**policy, 0).devices.iter().map(|d| d.energy.total()).collect();
        let within = |step: f64| {
            let sampled = run.sampled_energy(Span::from_secs(step));
            sampled.iter().zip(&exact).map(|(sampled, exact)| (sampled - exact).abs()).fold(0.0, f64::max)
        };
        prop_assert!(within(1e-3) < 0.05 || within(2e-5) < 0.05, "{} J apart from {exact:?}\n{text}", within(2e-5));
    }
}

/// Precomputed answers change nothing but how often the kernels run.
#[test]
fn precomputed_answers_change_no_record() {
    let degrade = ("payload: 40 kB", "payload: 40 kB\n    degrade: {share: 0.6, noise: 0.3, blur: 2}");
    let plan = plan(&small_scenario(&[degrade]));
    assert!(PrecomputedAnswers::worthwhile(&plan, networks()));
    let precomputed = PrecomputedAnswers::new(&plan, networks(), 0, 2);
    for policy in policies(&plan) {
        let mut precomputed_records = Vec::new();
        let run = Run {
            plan: &plan,
            networks: networks(),
            precomputed: Some(&precomputed),
            policy: &*policy,
            replication: 0,
        };
        let before = networks().big.calls().run;
        run.run(&mut |record, _| precomputed_records.push(record));
        let degraded = precomputed_records.iter().filter(|r| r.degradation.is_some()).count() as u64;
        assert!(degraded > 20 && networks().big.calls().run - before < degraded, "the kernels ran again");
        assert_eq!(precomputed_records, records(&plan, &*policy, 0).requests);
    }
}

/// Energy per bit is metered with a battery, and counted without one: both give the same.
#[test]
fn a_battery_that_lasts_changes_no_joule() {
    let cell = ("rtt: 20 ms", "rtt: 20 ms\n    cell: 10 Mbps");
    let run = |payload| run_all(&plan(&small_scenario(&[cell, ("payload: 40 kB", payload)])));
    let (plugged, powered) = (run("payload: 40 kB"), run("payload: 40 kB\n    battery: 10 kWh"));
    for (a, b) in plugged.iter().zip(&powered) {
        for (a, b) in requests(a).zip(requests(b)) {
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
        assert!(requests(&run).all(|request| evaluation.contains(&(request.image as usize))));
    }

    // A network that remembers its answers counts the images it ran on.
    let (source, scenario) = tests::read(&small_scenario(&[]));
    let fresh = load_networks(&scenario, &source, true).unwrap();
    assert_eq!(fresh.samples(Half::Calibration, 1, 2, &plan.calibrate_on).len(), calibration.len());
    let before = fresh.calls().0.run;
    let mut evaluator = Evaluator::new(&fresh, None);
    for image in &calibration {
        evaluator.little(&Observation::clear(*image as u32));
    }
    assert_eq!(fresh.calls().0.run, before, "calibration runs on calibration images, all of them, and");
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
    for request in requests(run) {
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
    for device in devices(&runs[LOCAL_ONLY]) {
        let died = device.died.expect("20 J cannot last 20 s at 2.8 W") as f64 * 1e-9;
        let busy = device.energy.compute / (6.4 - 2.8);
        assert!((died * (2.8 + 0.02) + busy * (6.4 - 2.8) - 20.0).abs() < 1e-6, "{device:?}");
    }
}
