//! Compares the simulation with slow twins of its own parts.

use std::path::PathBuf;

use sim_core::{Span, Time};

use super::ValidationError;
use crate::plan::{load_networks, resolve};
use crate::policies::Calibration;
use crate::source::Source;
use crate::world::Run;

/// Devices on LTE whose processors sleep, on a lossy link whose rate changes, with a cloud that has outages.
const SLEEPY: &str = "
name: sleepy
duration: 2 min
networks: {little: fmnist-little, big: fmnist-big}
devices:
  - name: camera
    count: 4
    hardware: raspberry-pi-4
    rests:
      - {name: sleep, after: 200 ms, power: 400 mW, wake: 150 ms, wake-power: 4 W}
      - {name: off, after: 5 s, power: 0 W, wake: 3 s, wake-power: 3 W}
    link: radio
    arrivals: {poisson: 8 /min}
    payload: 40 kB
    retry: {attempts: 3, after: 300 ms, backoff: 500 ms}
links:
  radio:
    radio: lte
    uplink: {lognormal: {median: 5 Mbps, p95: 12 Mbps, correlation: 2 s, every: 100 ms}}
    downlink: 10 Mbps
    rtt: {median: 60 ms, p95: 120 ms}
    loss: {share: 2 %, burst: 5}
cloud: {hardware: t4, outages: {up-for: 20 s, down-for: 4 s}}
policies: [{random: {appeal-rate: 50 %}}]
";

/// Many devices sending through one cell.
const CROWDED: &str = "
name: crowded
duration: 20 s
networks: {little: fmnist-little, big: fmnist-big}
devices:
  - {name: camera, count: 12, hardware: raspberry-pi-4, link: cell, arrivals: {poisson: 3 /s}, payload: 30 kB}
links:
  cell: {radio: ethernet, uplink: 3 Mbps, downlink: 100 Mbps, cell: 10 Mbps, rtt: 10 ms}
cloud: {hardware: t4}
policies: [offload-all]
";

/// What the comparisons found.
pub struct Compared {
    /// Joules by the meters, by steps of 10 ms, and by steps of 1 ms.
    pub joules: [f64; 3],
    /// Number of transfers, and the largest difference between their ends and those by progressive filling, in seconds.
    pub transfers: (usize, f64),
}

/// The section of the page.
pub fn section() -> Result<String, ValidationError> {
    let Compared { joules: [exact, coarse, fine], transfers: (count, most) } = compare()?;
    let off = |joules: f64| (joules / exact - 1.0) * 100.0;
    Ok(format!(
        "\n## Against slow twins\n\nFour devices on LTE for two minutes, with processors that sleep, retries, losses \
         and outages: {exact:.4} J by the meters, which are exact; {coarse:.4} J ({:+.3} %) by sampling the devices' \
         power every 10 ms, {fine:.4} J ({:+.3} %) every 1 ms. {count} transfers through a shared cell: each ends \
         within {:.0} ns of the end by progressive filling, computed sender by sender.\n",
        off(coarse),
        off(fine),
        (most * 1e9).ceil()
    ))
}

/// Runs the comparisons.
///
/// # Errors
/// If one of the scenarios here cannot be run.
pub fn compare() -> Result<Compared, ValidationError> {
    let joules = with_run(SLEEPY, |run| {
        let mut ended = run.run(&mut |_, _| {}).devices.into_iter();
        let exact: f64 = ended.by_ref().map(|device| device.energy.total()).sum();
        let sampled = |millis: u64| {
            let devices = run.sampled(Span::from_nanos(millis * 1_000_000)).devices;
            devices.iter().map(|device| device.energy.total()).sum()
        };
        [exact, sampled(10), sampled(1)]
    })?;
    let transfers = with_run(CROWDED, |run| {
        let mut transfers = Vec::new();
        run.run(&mut |record, _| {
            if let (Some(from), Some(to)) = (record.send_start, record.send_done) {
                let seconds = |nanos: u64| Time::from_nanos(nanos).as_secs();
                transfers.push((seconds(from), record.uplink_bytes as f64 * 8.0, seconds(to)));
            }
        });
        transfers
    })?;
    let filled = progressive_filling(&transfers, 10e6, 3e6);
    let apart = transfers.iter().zip(filled).map(|((_, _, done), filled)| (done - filled).abs());
    Ok(Compared { joules, transfers: (transfers.len(), apart.fold(0.0, f64::max)) })
}

/// Calls `look` with the run of a scenario's only policy.
pub fn with_run<R>(text: &str, look: impl FnOnce(&Run) -> R) -> Result<R, ValidationError> {
    let source = Source::parse("twin.yaml", text.to_owned(), PathBuf::new(), &[])?;
    let scenario = source.scenario()?;
    let networks = load_networks(&scenario, &source, true)?;
    let plan = resolve(&scenario, &source, &networks)?;
    let spec = plan.policies.first().ok_or_else(|| ValidationError::Missing("policy".to_owned()))?;
    let images = plan.calibration_images(&networks, 1);
    let policy = spec.build(&Calibration::on(&images))?;
    Ok(look(&Run { plan: &plan, networks: &networks, policy: &policy, replication: 0 }))
}

/// When each transfer (begun, bits, _) ends if at any time all rates are raised together, those that reach `each` stop,
/// and the rest rise further until `capacity` is used up: max-min fairness (Bertsekas & Gallager, 1992), recomputed
/// after every change. The caller leaves out transfers that do not end within the run; they must not have slowed the
/// others.
fn progressive_filling(transfers: &[(f64, f64, f64)], capacity: f64, each: f64) -> Vec<f64> {
    let mut left: Vec<f64> = transfers.iter().map(|(_, bits, _)| *bits).collect();
    let mut ends = vec![f64::INFINITY; transfers.len()];
    let mut now = 0.0;
    loop {
        let sending: Vec<usize> =
            (0..transfers.len()).filter(|&t| transfers[t].0 <= now && ends[t].is_infinite()).collect();
        let rates = fill(sending.len(), capacity, each);
        let next_begin = transfers.iter().map(|(begun, ..)| *begun).filter(|begun| *begun > now);
        let next_begin = next_begin.fold(f64::INFINITY, f64::min);
        let next_end = sending.iter().zip(&rates).map(|(&t, rate)| now + left[t] / rate).fold(f64::INFINITY, f64::min);
        let next = next_begin.min(next_end);
        if next.is_infinite() {
            return ends;
        }
        for (&t, rate) in sending.iter().zip(&rates) {
            left[t] -= rate * (next - now);
            // Rounding can leave up to a millionth of a bit.
            if left[t] <= 1e-6 {
                ends[t] = next;
            }
        }
        now = next;
    }
}

/// Rates of `senders`, each limited to `each`, raised together until all stop or the capacity is used up.
fn fill(senders: usize, capacity: f64, each: f64) -> Vec<f64> {
    let mut rates = vec![0.0; senders];
    let mut rising: Vec<usize> = (0..senders).collect();
    let mut left = capacity;
    while !rising.is_empty() && left > 1e-9 {
        let step = rising.iter().map(|&s| each - rates[s]).fold(left / rising.len() as f64, f64::min);
        rising.iter().for_each(|&s| rates[s] += step);
        left -= step * rising.len() as f64;
        rising.retain(|&s| rates[s] < each);
    }
    rates
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The twins agree with the simulation, and the energy's agrees more closely with shorter steps.
    #[test]
    fn twins_agree() {
        let Compared { joules: [exact, coarse, fine], transfers: (count, most) } = compare().unwrap();
        assert!((fine / exact - 1.0).abs() < 1e-3 && (coarse / exact - 1.0).abs() < 1e-2, "{exact}, {coarse}, {fine}");
        assert!(count > 400 && most < 50e-9, "{count} transfers, {most} s apart");
    }
}
