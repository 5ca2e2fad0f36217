//! Queues of the whole program against queueing theory.
//!
//! As in the engine's own tests (`sim-core/tests/theory`), theory gives how much a figure scatters; runs are long enough
//! for 2 % to be five standard errors. Mean and scatter of four replications are checked, on a seed of the test's own.

use std::collections::BTreeSet;

use analysis::{RequestRecord, TimelineStep};
use scenarios::policies::Calibration;
use sim_core::Moments;
use tests::{Records, plan, records, small_scenario};

/// How many runs each test makes.
const RUNS: u32 = 4;

/// Chi-squared with four degrees of freedom exceeds this once in a million times.
const SCATTERS: f64 = 33.4;

/// A figure that runs are to find.
struct Figure<'a> {
    what: &'static str,
    mean: f64,
    /// The variance of what one run finds.
    variance: f64,
    of: &'a dyn Fn(&Records) -> f64,
}

/// Checks what runs of a scenario's first policy find, to `within` as a share of the mean.
fn check(text: &str, within: f64, figures: &[Figure]) {
    let plan = plan(text);
    let policy = plan.policies[0].build(&Calibration::NONE).unwrap();
    // One after the other, since the records of a long run take much memory.
    let mut found = vec![Vec::new(); figures.len()];
    for replication in 0..RUNS {
        let run = records(&plan, &policy, replication);
        found.iter_mut().zip(figures).for_each(|(found, figure)| found.push((figure.of)(&run)));
    }
    for (found, Figure { what, mean, variance, .. }) in found.iter().zip(figures) {
        let error = (variance / f64::from(RUNS)).sqrt();
        assert!(5.0 * error <= 1.001 * within * mean, "{what}: {error} is too wide to tell anything about {mean}");
        let over_all = found.iter().copied().collect::<Moments>().mean();
        let off = over_all / mean - 1.0;
        assert!(off.abs() < within, "{what}: {over_all} is {:.2} % off {mean}", off * 100.0);
        let scatter: f64 = found.iter().map(|found| (found - mean).powi(2) / variance).sum();
        assert!(scatter < SCATTERS, "{what}: {scatter} for {RUNS} runs; they scatter more than theory says");
    }
}

/// Mean seconds over measured requests.
fn mean_of(run: &Records, nanos: impl Fn(&RequestRecord) -> Option<u64>) -> f64 {
    let measured = run.requests.iter().filter(|request| request.measured);
    measured.filter_map(nanos).map(|nanos| nanos as f64 * 1e-9).collect::<Moments>().mean()
}

/// M/D/1 in service times, with n customers over t.
struct MD1 {
    wait: f64,
    /// The variance of the mean wait, times n.
    of_wait: f64,
    /// The variance of the mean number present, times t.
    of_number: f64,
}

/// The mean wait is a/2 with a = ρ/(1 − ρ) (Pollaczek and Khinchine); the engine's own test says how it scatters.
fn m_d_1(load: f64) -> MD1 {
    let a = load / (1.0 - load);
    let wait = a / 2.0;
    let squared = 2.0 * wait * wait + a / 3.0;
    let jump = wait * (1.0 + a) + a / 2.0;
    let jump_squared = squared * (1.0 + a) * (1.0 + a) + wait * a * (1.0 + a) + a * a / 4.0;
    MD1 {
        wait,
        of_wait: jump_squared - 2.0 * wait * jump + wait * wait,
        of_number: load * (jump_squared + 2.0 * jump + 1.0),
    }
}

/// Poisson arrivals at a processor that takes 50 ms for each request, load 0.5: M/D/1.
#[test]
fn the_device_queue_is_m_d_1() {
    let text = small_scenario(&[
        ("seed: 1", "seed: 11"),
        ("duration: 20 s", "duration: 720 s\nwarmup: 20 s"),
        ("count: 3", "count: 30"),
        ("fmnist-little,", "fmnist-little, little-as-if: 5 MMAC,"),
        ("hardware: raspberry-pi-4", "hardware: {throughput: 100 MMAC/s, idle: 1 W, busy: 2 W}"),
        ("poisson: 2 /s", "poisson: 10 /s"),
        ("payload: 40 kB", "queue: 1000000"),
    ]);
    let (load, service) = (0.5, 0.05);
    let MD1 { wait, of_wait, .. } = m_d_1(load);
    let (measured, all) = (30.0 * 10.0 * 700.0, 30.0 * 10.0 * 720.0);
    let waits = |run: &Records| mean_of(run, |request| Some(request.edge_start? - request.arrival));
    let busy = |run: &Records| run.devices.iter().map(|device| device.processor_busy).sum::<f64>() / 30.0;
    let figures = [
        Figure { what: "wait", mean: wait * service, variance: of_wait * service * service / measured, of: &waits },
        // Poisson: the variance of a number is its mean.
        Figure { what: "busy", mean: load, variance: load * load / all, of: &busy },
    ];
    check(&text, 0.02, &figures);
}

/// Many devices share a cell and each sends at once: processor sharing. With Poisson arrivals the mean time to send is
/// s/(1 − ρ), whatever the distribution of sizes (Kleinrock, 1967). How it scatters for equal sizes has no closed form;
/// at a load of 0.5, 16 s² over the number of transfers is a bound.
#[test]
fn the_cell_is_processor_sharing() {
    let text = small_scenario(&[
        ("seed: 1", "seed: 12"),
        ("duration: 20 s", "duration: 1320 s\nwarmup: 20 s"),
        ("count: 3", "count: 1000"),
        ("poisson: 2 /s", "poisson: 0.05 /s"),
        ("payload: 40 kB", "payload: 10 kB"),
        ("uplink: 18.9 Mbps", "uplink: 8 Mbps\n    cell: 8 Mbps"),
        ("rtt: 20 ms", "rtt: 0 ms"),
        ("- local-only\n  - offload-all", "- offload-all"),
    ]);
    let (load, service) = (1000.0 * 0.05 * 0.01, 0.01);
    let sends = |run: &Records| mean_of(run, |request| Some(request.send_done? - request.send_start?));
    // A device sends one image at a time, which lowers the load by less than the load of one of 1,000 devices.
    let transfers = 1000.0 * 0.05 * 1300.0;
    let figures = [Figure {
        what: "sending",
        mean: service / (1.0 - load),
        variance: 16.0 * service * service / transfers,
        of: &sends,
    }];
    check(&text, 0.02, &figures);
}

/// A packet is sent 1/(1 − p) times on average when each is lost with probability p: so are the bytes of a transfer and
/// the time it takes. The number of times that n packets are sent has variance n·p/(1 − p)²; in bursts of b, each
/// packet's has variance o(2b − 1) − o², where o = p/(1 − p).
#[test]
fn a_lossy_link_sends_more() {
    let (share, bytes, bandwidth, packets) = (0.2f64, 40e3, 18.9e6, 28.0);
    let odds = share / (1.0 - share);
    for (loss, of_a_packet) in
        [("20 %", share / (1.0 - share).powi(2)), ("{share: 20 %, burst: 4}", odds * 7.0 - odds * odds)]
    {
        let text = small_scenario(&[
            ("seed: 1", "seed: 13"),
            ("duration: 20 s", "duration: 2000 s"),
            ("count: 3", "count: 10"),
            ("poisson: 2 /s", "poisson: 1 /s"),
            ("rtt: 20 ms", &format!("rtt: 20 ms\n    loss: {loss}")),
            ("- local-only\n  - offload-all", "- offload-all"),
        ]);
        let sent = bytes / (1.0 - share);
        // Squared, the relative error of a run's mean over its 20,000 transfers.
        let relative = packets * of_a_packet / (packets / (1.0 - share)).powi(2) / 20e3;
        let takes = sent * 8.0 / bandwidth;
        let seconds = |run: &Records| mean_of(run, |request| Some(request.send_done? - request.send_start?));
        let bytes = |run: &Records| {
            let done = run.requests.iter().filter(|request| request.send_done.is_some());
            done.map(|request| request.uplink_bytes as f64).collect::<Moments>().mean()
        };
        let figures = [
            Figure { what: "time to send", mean: takes, variance: relative * takes * takes, of: &seconds },
            Figure { what: "bytes sent", mean: sent, variance: relative * sent * sent, of: &bytes },
        ];
        check(&text, 0.005, &figures);
    }
}

/// The cloud as the only queue: many devices that send at once, over links that take no time to speak of.
fn to_the_cloud(seed: &str, duration: &str, cloud: &str) -> String {
    small_scenario(&[
        ("seed: 1", seed),
        ("duration: 20 s", duration),
        ("count: 3", "count: 500"),
        ("poisson: 2 /s", "poisson: 0.1 /s"),
        ("payload: 40 kB", "payload: 100 B"),
        ("radio: wifi", "radio: ethernet"),
        ("uplink: 18.9 Mbps", "uplink: 10 Gbps"),
        ("rtt: 20 ms", "rtt: 0 ms"),
        ("hardware: t4", cloud),
        ("- local-only\n  - offload-all", "- offload-all"),
    ])
}

/// Little's law in the cloud, on every run and without any expectation: the mean number of requests there, which its
/// meters tell, times the length of the run is the sum of the times that each was there, which the records tell. With
/// 10 ms for each of 50 requests a second it is M/D/1, and the number is the load and what waits.
#[test]
fn little_s_law_holds_in_the_cloud() {
    let text = to_the_cloud("seed: 14", "duration: 4200 s", "hardware: {throughput: 1000 TMAC/s, launch: 10 ms}");
    let (load, service, seconds) = (0.5, 0.01, 4200.0);
    let MD1 { wait, of_wait, of_number } = m_d_1(load);
    let number = |run: &Records| {
        let there = |moment: &TimelineStep| moment.cloud_waiting + moment.cloud_busy;
        let mean = run.timeline.iter().map(there).collect::<Moments>().mean();
        let times = run.requests.iter().filter_map(|request| {
            let left = request.cloud_done.map_or(seconds, |done| done as f64 * 1e-9);
            Some(left - request.cloud_arrival? as f64 * 1e-9)
        });
        let sum: f64 = times.sum();
        assert!((mean * seconds - sum).abs() < 1e-6 * sum, "{mean} there for {seconds} s, {sum} s in the records");
        mean
    };
    let waits = |run: &Records| mean_of(run, |request| Some(request.cloud_start? - request.cloud_arrival?));
    let requests = 50.0 * seconds;
    let figures = [
        Figure { what: "wait", mean: wait * service, variance: of_wait * service * service / requests, of: &waits },
        Figure { what: "number", mean: load * (wait + 1.0), variance: of_number * service / seconds, of: &number },
    ];
    check(&text, 0.02, &figures);
}

/// A server that takes 100 ms for a batch of any size works off its whole queue every time. In a service time, A requests
/// arrive; the next batch has A or, after a gap, one. Each batch is served for one service time, and the A requests wait
/// for half of one on average: so the mean time there is that of independent terms over their number.
#[test]
fn the_cloud_works_off_its_queue_in_batches() {
    let text = to_the_cloud(
        "seed: 15",
        "duration: 420 s",
        "hardware: {throughput: 1000 TMAC/s, launch: 100 ms}, batch: {max: 100000}",
    );
    let (rate, service, seconds) = (5.0f64, 0.1, 420.0);
    let none = (-rate).exp();
    // With a gap of 1/λ where nothing arrived, so many batches run.
    let (batch, batches) = (rate + none, seconds / service / (1.0 + none / rate));
    let stay = (1.5 * rate + none) / batch;
    let of_batch = rate + rate * rate + none - batch * batch;
    let mut of_stay = none * (1.0 - stay).powi(2);
    let mut chance = none;
    for a in (1..60).map(f64::from) {
        chance *= rate / a;
        of_stay += chance * ((1.5 * a - stay * a).powi(2) + a / 12.0);
    }
    let sizes = |run: &Records| {
        let starts: Vec<u64> = run.requests.iter().filter_map(|request| request.cloud_start).collect();
        starts.len() as f64 / starts.iter().collect::<BTreeSet<_>>().len() as f64
    };
    let there = |run: &Records| mean_of(run, |request| Some(request.cloud_done? - request.cloud_arrival?));
    let figures = [
        Figure { what: "mean batch", mean: batch, variance: of_batch / batches, of: &sizes },
        Figure {
            what: "time there",
            mean: stay * service,
            variance: of_stay / (batch * batch) * service * service / batches,
            of: &there,
        },
    ];
    check(&text, 0.02, &figures);
}
