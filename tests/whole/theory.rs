//! Queues of the whole program against queueing theory, within intervals computed from the replications.

use scenarios::policies::Calibration;
use sim_core::Moments;
use tests::{Records, plan, records, small_scenario};

/// Mean over replications of f(run), and three half-widths of its 95 % interval: with nine degrees of freedom, chance alone
/// exceeds that about once in ten thousand times.
fn interval(text: &str, f: impl Fn(&Records) -> f64) -> (f64, f64) {
    let plan = plan(text);
    let policy = plan.policies[0].build(&Calibration::new(|| [])).unwrap();
    let values: Moments = (0..10).map(|r| f(&records(&plan, &*policy, r))).collect();
    let estimate = values.estimate().unwrap();
    (estimate.mean, 3.0 * estimate.half_width().unwrap())
}

fn mean_of(values: impl Iterator<Item = u64>) -> f64 {
    values.map(|nanos| nanos as f64 * 1e-9).collect::<Moments>().mean()
}

/// Poisson arrivals at a processor that takes 70 ms per request, load 0.7: M/D/1. Its mean wait is ρs/(2(1 − ρ))
/// (Pollaczek and Khinchine).
#[test]
fn the_device_queue_is_m_d_1() {
    let text = small_scenario(&[
        ("duration: 20 s", "duration: 2000 s\nwarmup: 100 s"),
        ("fmnist-little,", "fmnist-little, little-as-if: 7 MMAC,"),
        ("hardware: raspberry-pi-4", "hardware: {throughput: 100 MMAC/s, idle: 1 W, busy: 2 W}"),
        ("poisson: 2 /s", "poisson: 10 /s"),
        ("payload: 40 kB", "queue: 1000000"),
    ]);
    let (load, service) = (0.7, 0.07);
    let expected = load * service / (2.0 * (1.0 - load));
    let (wait, within) = interval(&text, |run| {
        let measured = run.requests.iter().filter(|r| r.measured);
        mean_of(measured.filter_map(|r| Some(r.edge_start? - r.arrival)))
    });
    assert!((wait - expected).abs() < within, "waits {wait} ± {within}, theory says {expected}");
    let (busy, within) = interval(&text, |run| run.devices.iter().map(|d| d.processor_busy).sum::<f64>() / 3.0);
    assert!((busy - load).abs() < within, "busy {busy} ± {within}, theory says {load}");
}

/// Many devices share a cell and each sends at once: processor sharing. With Poisson arrivals the mean response time is
/// s/(1 − ρ), whatever the distribution of sizes (Kleinrock, 1967).
#[test]
fn the_cell_is_processor_sharing() {
    let text = small_scenario(&[
        ("duration: 20 s", "duration: 400 s\nwarmup: 20 s"),
        ("count: 3", "count: 400"),
        ("poisson: 2 /s", "poisson: 0.15 /s"),
        ("payload: 40 kB", "payload: 10 kB"),
        ("uplink: 18.9 Mbps", "uplink: 8 Mbps\n    cell: 8 Mbps"),
        ("rtt: 20 ms", "rtt: 0 ms"),
        ("- local-only\n  - offload-all", "- offload-all"),
    ]);
    let (load, service) = (400.0 * 0.15 * 0.01, 0.01);
    let expected = service / (1.0 - load);
    let (response, within) = interval(&text, |run| {
        let measured = run.requests.iter().filter(|r| r.measured);
        mean_of(measured.filter_map(|r| Some(r.send_done? - r.send_start?)))
    });
    // A device sends one image at a time, which lowers the load a little: at most one of 400 devices is held back.
    let within = within + expected / 400.0;
    assert!((response - expected).abs() < within, "takes {response} ± {within}, theory says {expected}");
}

/// Little's law in the cloud: mean number there = arrival rate × mean time there.
#[test]
fn little_s_law_holds_in_the_cloud() {
    let text = small_scenario(&[
        ("duration: 20 s", "duration: 200 s"),
        ("count: 3", "count: 30"),
        ("hardware: t4", "hardware: {throughput: 1 TMAC/s, launch: 12 ms}"),
        ("- local-only\n  - offload-all", "- offload-all"),
    ]);
    let (busy, within) = interval(&text, |run| run.cloud_busy);
    // One server, one request at a time: the number in service is the busy share, the time in service is 12 ms.
    let expected = 30.0 * 2.0 * 0.012;
    assert!((busy - expected).abs() < within, "busy {busy} ± {within}, theory says {expected}");
}
