//! When things go wrong: clouds that are out of reach, full or late, and how devices and servers react. Each is
//! compared with a figure worked out by hand or known from queueing theory.

use analysis::{Outcome, RequestRecord, Tier};
use scenarios::policies::Calibration;
use sim_core::Moments;
use tests::{Records, plan, records, small_scenario};

/// The scenario's first policy, for one replication.
fn run(text: &str, replication: u32) -> Records {
    let plan = plan(text);
    let policy = plan.policies[0].build(&Calibration::NONE).unwrap();
    records(&plan, &policy, replication)
}

fn small(edits: &[(&str, &str)]) -> String {
    let wire = [
        ("radio: wifi", "radio: ethernet"),
        ("uplink: 18.9 Mbps", "uplink: 8 Mbps"),
        ("  - local-only\n  - offload-all\n", "  - offload-all\n"),
        ("  - appealnet: {delta: 0.5}\n", ""),
    ];
    small_scenario(&[&wire, edits].concat())
}

const ALWAYS_OUT: (&str, &str) = ("hardware: t4", "hardware: t4, outages: {up-for: 0 s, down-for: 1 d}");

/// Out of reach: three attempts of 40 ms of sending and 200 ms of waiting, with 100 and 200 ms between them.
#[test]
fn a_device_tries_again_and_gives_up() {
    let text = small(&[
        ("poisson: 2 /s", "periodic: {every: 5 s}"),
        ("payload: 40 kB", "payload: 40 kB\n    retry: {attempts: 3, after: 200 ms, backoff: 100 ms}"),
        ALWAYS_OUT,
    ]);
    let run = run(&text, 0);
    let ended: Vec<&RequestRecord> = run.requests.iter().filter(|r| r.end.is_some()).collect();
    assert!(ended.len() >= 9, "{}", ended.len());
    for request in ended {
        let millis = |from: u64, to: Option<u64>| (to.unwrap() - from) / 1_000_000;
        assert_eq!((request.outcome, request.attempts, request.uplink_bytes), (Outcome::TimedOut, 3, 3 * 40_000));
        assert_eq!(millis(request.arrival, request.end), 3 * (40 + 200) + 100 + 200);
        // The last attempt's stamps.
        assert_eq!(millis(request.arrival, request.retried), 2 * (40 + 200) + 100 + 200);
        assert_eq!(request.send_start, request.retried);
        assert!(request.cloud_arrival.is_none() && request.tier.is_none());
    }
}

/// Out of reach: the second attempt comes 40 ms of sending, 200 ms of waiting and a back-off after the first. That is a
/// second, less up to half: 750 ms in the mean, give or take 1/√12 of the half.
#[test]
fn chance_shortens_back_offs() {
    let retry = "payload: 40 kB\n    retry: {attempts: 2, after: 200 ms, backoff: 1 s, jitter: 50 %}";
    let run = run(&small(&[("poisson: 2 /s", "periodic: {every: 2 s}"), ("payload: 40 kB", retry), ALWAYS_OUT]), 0);
    let retried = run.requests.iter().filter_map(|r| Some((r.retried? - r.arrival) as f64 * 1e-9 - 0.240));
    let waits: Vec<f64> = retried.collect();
    assert!(waits.len() >= 20 && waits.iter().all(|wait| (0.5..=1.0).contains(wait)), "{waits:?}");
    let (mean, error) = (waits.iter().sum::<f64>() / waits.len() as f64, 0.5 / (12.0 * waits.len() as f64).sqrt());
    assert!((mean - 0.75).abs() < 3.0 * error, "{mean} of {}", waits.len());
}

/// An outage shorter than the device's patience costs time, but no answer.
#[test]
fn trying_again_outlasts_an_outage() {
    let outages = ("hardware: t4", "hardware: t4, outages: {up-for: 2 s, down-for: 300 ms}");
    let once = run(&small(&[outages, ("payload: 40 kB", "payload: 40 kB\n    timeout: 3 s")]), 0);
    let retry =
        "payload: 40 kB\n    timeout: 3 s\n    retry: {attempts: 9, after: 150 ms, backoff: 20 ms, jitter: 50 %}";
    let again = run(&small(&[outages, ("payload: 40 kB", retry)]), 0);
    let lost = |run: &Records| run.requests.iter().filter(|r| r.outcome == Outcome::TimedOut).count();
    assert!(lost(&once) > 5 && lost(&again) == 0, "{} and {}", lost(&once), lost(&again));
    assert!(again.requests.iter().any(|r| r.attempts > 1 && r.outcome == Outcome::Cloud));
    let vain = |r: &RequestRecord| r.parts().map_or(0.0, |parts| parts.in_vain);
    assert!(again.requests.iter().filter(|r| r.attempts > 1).all(|r| r.end.is_none() || vain(r) >= 0.15));
}

#[test]
fn the_edge_answer_stands_in_or_not() {
    let asks = ("  - offload-all", "  - appealnet: {delta: 1}");
    for (fallback, outcome) in [("edge", Outcome::TimedOutEdge), ("none", Outcome::TimedOut)] {
        let given_up = format!("payload: 40 kB\n    timeout: 1 s\n    fallback: {fallback}");
        let text = small(&[ALWAYS_OUT, ("payload: 40 kB", &given_up)]).replace(asks.0, asks.1);
        let run = run(&text, 0);
        assert!(run.requests.iter().filter(|r| r.end.is_some()).all(|r| r.outcome == outcome));
    }
}

/// A full queue on the device rejects further requests, or sends them up.
#[test]
fn a_full_queue_rejects_or_appeals() {
    let slow = ("hardware: raspberry-pi-4", "hardware: {throughput: 1 MMAC/s, idle: 1 W, busy: 2 W}");
    for (choice, outcome) in [("reject", Outcome::Rejected), ("appeal", Outcome::Cloud)] {
        let queue = format!("payload: 40 kB\n    queue: 0\n    when-full: {choice}");
        let text = small(&[slow, ("payload: 40 kB", &queue)]).replace("- offload-all", "- appealnet: {delta: 0}");
        let run = run(&text, 0);
        let (kept, others): (Vec<_>, Vec<_>) =
            run.requests.iter().filter(|r| r.end.is_some()).partition(|r| r.outcome == Outcome::Edge);
        assert!(kept.len() > 5 && others.len() > 5);
        assert!(others.iter().all(|r| r.outcome == outcome && r.edge_start.is_none()), "{choice}");
    }
}

/// Erlang's loss formula: the share of Poisson arrivals that find all of c servers busy, whatever the distribution of
/// service times (insensitivity: Sevastyanov, 1957).
fn erlang_b(servers: u32, offered: f64) -> f64 {
    (1..=servers).fold(1.0, |blocked, c| offered * blocked / (f64::from(c) + offered * blocked))
}

/// Three half-widths of a 95 % interval over replications.
fn share(text: &str, of: impl Fn(&RequestRecord) -> bool) -> (f64, f64) {
    let shares: Moments = (0..8)
        .map(|replication| {
            let run = run(text, replication);
            let measured = run.requests.iter().filter(|r| r.measured && r.end.is_some());
            measured.map(|r| f64::from(u8::from(of(r)))).collect::<Moments>().mean()
        })
        .collect();
    let estimate = shares.estimate().unwrap();
    (estimate.mean, 3.0 * estimate.half_width().unwrap())
}

const CROWD: [(&str, &str); 4] = [
    ("duration: 20 s", "duration: 200 s\nwarmup: 10 s"),
    ("count: 3", "count: 200"),
    ("poisson: 2 /s", "poisson: 0.1 /s"),
    ("payload: 40 kB", "payload: 100 B"),
];

/// A cloud without a queue refuses the share given by Erlang's formula.
#[test]
fn a_cloud_without_a_queue_is_m_d_c_c() {
    let cloud = ("hardware: t4", "hardware: {throughput: 1 TMAC/s, launch: 100 ms}, servers: 2, queue: 0");
    let text = small(&[&CROWD[..], &[cloud]].concat());
    let (refused, within) = share(&text, |r| r.outcome == Outcome::Refused);
    let expected = erlang_b(2, 20.0 * 0.1);
    assert!((refused - expected).abs() < within, "{refused} ± {within}, theory says {expected}");
}

/// Requests that find the servers at the link's end busy are forwarded to the cloud, and answered from there.
#[test]
fn a_full_edge_server_forwards_to_the_cloud() {
    let edge = "rtt: 20 ms\n    edge: {hardware: {throughput: 1 TMAC/s, launch: 50 ms}, rtt: 4 ms, queue: 0}";
    let cloud = ("hardware: t4", "hardware: {throughput: 1 TMAC/s, launch: 1 ms}, servers: 50");
    let text = small(&[&CROWD[..], &[("rtt: 20 ms", edge), cloud]].concat());
    let (overflowed, within) = share(&text, |r| r.tier == Some(Tier::Cloud));
    let expected = erlang_b(1, 20.0 * 0.05);
    assert!((overflowed - expected).abs() < within, "{overflowed} ± {within}, theory says {expected}");
    for request in run(&text, 0).requests.iter().filter(|r| r.outcome == Outcome::Cloud) {
        let between = |from: Option<u64>, to: Option<u64>| to.unwrap() - from.unwrap();
        let one_way = if request.tier == Some(Tier::Cloud) { 10_000_000 } else { 2_000_000 };
        assert_eq!(between(request.send_done, request.cloud_arrival), one_way);
        assert_eq!(between(request.cloud_done, request.answer_arrival), one_way);
    }
}

/// Servers are started for waiting requests and stopped without any; the time they are on is what is paid for.
#[test]
fn servers_start_and_stop_with_demand() {
    let scaled = "hardware: {throughput: 1 TMAC/s, launch: 1 s}, price-per-hour: 36, \
                  scale: {most: 40, waiting: 0, cold-start: 5 s, cool-down: 10 s}";
    let busy = [
        ("duration: 20 s", "duration: 300 s"),
        ("poisson: 2 /s", "bursts: {calm: 0 /s, calm-for: 20 s, busy: 6 /s, busy-for: 5 s}"),
        ("hardware: t4", scaled),
    ];
    let text = small(&busy);
    let plan = plan(&text);
    let policy = plan.policies[0].build(&Calibration::NONE).unwrap();
    let mut requests = Vec::new();
    let run = scenarios::world::Run { plan: &plan, networks: tests::networks(), policy: &policy, replication: 0 };
    let end = run.run(&mut |record, _| requests.push(record));
    assert!((1.5..39.0).contains(&end.cloud_servers), "{}", end.cloud_servers);
    // 36 per hour is a hundredth per second.
    assert!((end.cloud_cost.unwrap() - end.cloud_servers * 300.0 * 0.01).abs() < 1e-9);
    // Batches of one take a second, so as many servers are busy as batches run at a time.
    let served = || requests.iter().filter_map(|r| Some((r.cloud_start?, r.cloud_done?)));
    let at_a_time = |now: u64| served().filter(|(from, to)| *from <= now && now < *to).count();
    let most = served().map(|(from, _)| at_a_time(from)).max().unwrap();
    assert!((2..=40).contains(&most), "{most}");
    // Within the first cold start, only the server that is always on takes anything.
    let first = requests.iter().filter_map(|r| r.cloud_arrival).min().unwrap();
    assert!(served().filter(|(from, _)| *from < first + 5_000_000_000).all(|(from, _)| at_a_time(from) == 1));
    let fixed = text.replace("scale: {most: 40, waiting: 0, cold-start: 5 s, cool-down: 10 s}", "servers: 1");
    let waits = |requests: &[RequestRecord]| {
        let waited = requests.iter().filter_map(|r| Some((r.cloud_start? - r.cloud_arrival?) as f64 * 1e-9));
        waited.collect::<Moments>().mean()
    };
    let alone = self::run(&fixed, 0).requests;
    assert!(waits(&requests) < waits(&alone) / 4.0, "{} against {}", waits(&requests), waits(&alone));
}

/// A processor that sleeps, by hand: a request every 10 s, asleep a second after the last, half a second to wake.
#[test]
fn a_sleeping_processor_draws_what_it_should() {
    let hardware = "hardware: {throughput: 10 MMAC/s, idle: 1 W, busy: 3 W, \
                    rests: [{name: sleep, after: 1 s, power: 100 mW, wake: 500 ms, wake-power: 2 W}]}";
    let text = small(&[
        ("fmnist-little,", "fmnist-little, little-as-if: 2 MMAC,"),
        ("hardware: raspberry-pi-4", hardware),
        ("duration: 20 s", "duration: 100 s"),
        ("count: 3", "count: 1"),
        ("poisson: 2 /s", "periodic: {every: 10 s}"),
    ])
    .replace("- offload-all", "- local-only");
    let run = run(&text, 0);
    assert_eq!(run.requests.len(), 10);
    let request = &run.requests[4];
    assert_eq!(request.edge_start.unwrap() - request.arrival, 500_000_000);
    assert_eq!(request.edge_done.unwrap() - request.edge_start.unwrap(), 200_000_000);
    // Waking beyond idling, and running beyond idling.
    assert!((request.energy.compute - (0.5 * 1.0 + 0.2 * 2.0)).abs() < 1e-9, "{:?}", request.energy);
    // Awake from each arrival until a second after the answer, and in the second at the start; the rest asleep.
    let radio = 0.3 * 100.0;
    let seconds = |nanos: u64| nanos as f64 * 1e-9;
    let awake = |r: &RequestRecord| (seconds(r.end.unwrap()) + 1.0).min(100.0) - seconds(r.arrival);
    let awake = run.requests.iter().map(awake).sum::<f64>() + seconds(run.requests[0].arrival).min(1.0);
    let expected = awake * 1.0 + (100.0 - awake) * 0.1 + radio;
    let idle = run.devices[0].energy.idle;
    assert!((idle - expected).abs() < 1e-6, "{idle} J, by hand {expected} J");
}

/// At half the clock it takes twice the time, at the operating point's own power.
#[test]
fn an_operating_point_is_slower_and_draws_less() {
    let hardware = "hardware: {throughput: 10 MMAC/s, idle: 1 W, busy: 5 W, points: {slow: {speed: 50 %, busy: 2 W}}}";
    let compute = |point: &str| {
        let text = small(&[
            ("hardware: raspberry-pi-4", &format!("{hardware}{point}")),
            ("poisson: 2 /s", "periodic: {every: 4 s}"),
        ])
        .replace("- offload-all", "- local-only");
        let request = run(&text, 0).requests.remove(0);
        (request.edge_done.unwrap() - request.edge_start.unwrap(), request.energy.compute)
    };
    let ((fast, many), (slow, few)) = (compute(""), compute("\n    point: slow"));
    assert!(slow.abs_diff(2 * fast) <= 1, "{slow} and {fast}");
    // Twice as long at a quarter of the power above idling.
    assert!((few / many - 0.5).abs() < 1e-6, "{few} and {many}");
}

/// Five cameras at one door: all of them see each passer-by at once.
#[test]
fn cameras_see_the_same_passer_by() {
    let text = small(&[
        ("devices:", "events: {passer-by: {poisson: 1 /s}}\ndevices:"),
        ("count: 3", "count: 5"),
        ("poisson: 2 /s", "seen: {event: passer-by}"),
        ("duration: 20 s", "duration: 200 s"),
    ]);
    let mut arrivals: Vec<(u64, u32)> = run(&text, 0).requests.iter().map(|r| (r.arrival, r.device)).collect();
    arrivals.sort();
    assert!(arrivals.len() > 500);
    for seen in arrivals.chunks(5) {
        assert!(seen.iter().map(|(at, _)| at).all(|at| *at == seen[0].0), "{seen:?}");
        assert_eq!(seen.iter().map(|(_, device)| *device).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
    }
}
