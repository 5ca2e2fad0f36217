//! The engine beside bare loops, on three workloads: `cargo bench -p sim-core --bench workloads`.
//!
//! - **hold**: N events pending, each schedules one more, exponentially later. What an agenda costs at every size.
//! - **mm4**: M/M/4 at load 0.8. What an engine costs when hardly anything is pending.
//! - **edge**: 10,000 devices with a request a second each; a processor (FIFO, 5 ms), with probability 0.3 an uplink (FIFO,
//!   20 ms), a cloud of 64 servers (FIFO, 10 ms), a downlink (20 ms). What a model of many small queues costs.
//! - **burst**: everything at one instant, over and over; **skew**: as hold at 100, under a million events years ahead;
//!   **limits**: as hold, with a timer set and taken back at every event. The worst an agenda may be asked for.
//!
//! The bare loops are what one would write by hand: one enum, one match, a priority queue, no engine, exponential draws by
//! inversion. *engine* draws as its users do, from its own streams, and *engine-inversion* as the bare loops do. Rounds are
//! interleaved; the median round counts, and of the rounds' ratios the median. With arguments `WORKLOAD VARIANT N COUNT
//! SEED`, one run prints one line of JSON, to be set beside other engines.

mod bare;
mod engine;
pub(crate) mod model;

use std::hint::black_box;
use std::time::Instant;

use model::{Draws, Inversion, Own, Run};

/// Workloads with their sizes and the events of one round.
const ROUNDS: [(&str, usize, u64); 10] = [
    ("hold", 100, 4_000_000),
    ("hold", 1_000, 4_000_000),
    ("hold", 10_000, 4_000_000),
    ("hold", 100_000, 2_000_000),
    ("hold", 1_000_000, 2_000_000),
    ("hold", 10_000_000, 2_000_000),
    ("mm4", 0, 2_000_000),
    ("edge", 10_000, 2_000_000),
    ("burst", 10_000, 1_000_000),
    ("skew", 100, 2_000_000),
];

const ROUNDS_OF_EACH: u64 = 5;

const VARIANTS: [&str; 5] = ["engine", "engine-inversion", "bare-4-ary-heap", "bare-binary-heap", "bare-ladder"];

pub(crate) fn run(workload: &str, variant: &str, n: usize, count: u64, seed: u64) -> Option<Run> {
    match variant {
        "engine" => on_engine::<Own>(workload, n, count, seed),
        "engine-inversion" => on_engine::<Inversion>(workload, n, count, seed),
        "bare-4-ary-heap" => {
            bare::run::<bare::Quaternary<_>, bare::Quaternary<_>, bare::Quaternary<_>>(workload, n, count, seed)
        }
        "bare-binary-heap" => bare::run::<bare::Binary<_>, bare::Binary<_>, bare::Binary<_>>(workload, n, count, seed),
        "bare-ladder" => bare::run::<bare::Ladder<_>, bare::Ladder<_>, bare::Ladder<_>>(workload, n, count, seed),
        _ => None,
    }
}

fn on_engine<D: Draws>(workload: &str, n: usize, count: u64, seed: u64) -> Option<Run> {
    match workload {
        "hold" => Some(engine::hold::<D>(n, count, seed)),
        "mm4" | "mmc" => Some(engine::mm4::<D>(count, seed)),
        "edge" => Some(engine::edge::<D>(count, seed)),
        "burst" => Some(engine::burst(n, count)),
        "skew" => Some(engine::skew::<D>(n, count, seed)),
        "limits" => Some(engine::limits::<D>(n, count, seed)),
        _ => None,
    }
}

fn main() {
    let given: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    if let [workload, variant, n, count, rest @ ..] = given.as_slice() {
        let number = |text: &str| text.parse().unwrap_or(0u64);
        let seed = rest.first().map_or(1, |seed| number(seed));
        // What other benches of this kind call an engine's only variant.
        let variant = if variant == "default" { "engine" } else { variant };
        match run(workload, variant, number(n) as usize, number(count), seed) {
            Some(run) => println!("{}", json(&run, workload, variant, number(n))),
            None => eprintln!("no workload '{workload}' for variant '{variant}'"),
        }
        return;
    }
    println!("| workload | pending | variant | M events/s | ns/event | of the best bare loop |");
    println!("|---|---|---|---|---|---|");
    for (workload, n, count) in ROUNDS {
        // Millions of events a second, by variant and round.
        let mut rates: Vec<(&str, Vec<f64>)> = VARIANTS.iter().map(|variant| (*variant, Vec::new())).collect();
        for round in 0..ROUNDS_OF_EACH {
            for (variant, rates) in &mut rates {
                let run = black_box(run(workload, variant, n, count, round));
                rates.extend(run.map(|run| run.events as f64 / run.seconds / 1e6));
            }
        }
        rates.retain(|(_, rates)| !rates.is_empty());
        let bare: Vec<_> = rates.iter().filter(|(variant, _)| variant.starts_with("bare")).cloned().collect();
        let best = |round: usize| bare.iter().map(|(_, rates)| rates[round]).fold(0.0, f64::max);
        for (variant, rates) in rates {
            // Other draws are another workload: what they save is no merit of the agenda.
            let comparable = !bare.is_empty() && variant != "engine";
            let ratios: Vec<f64> = rates.iter().enumerate().map(|(round, rate)| rate / best(round)).collect();
            let ratio = if comparable { format!("{:.2}", median(ratios)) } else { "-".into() };
            let rate = median(rates);
            println!("| {workload} | {n} | {variant} | {rate:.2} | {:.1} | {ratio} |", 1e3 / rate);
        }
    }
    limits();
}

/// What taking a timer back costs, beside a pop.
fn limits() {
    for n in [100, 10_000, 1_000_000] {
        let nanos = |run: Run| run.seconds * 1e9 / run.events as f64;
        let rounds = || 0..ROUNDS_OF_EACH;
        let with = median(rounds().map(|round| nanos(engine::limits::<Own>(n, 1_000_000, round))).collect());
        let without = median(rounds().map(|round| nanos(engine::hold::<Own>(n, 1_000_000, round))).collect());
        println!(
            "limits, {n} pending: a timer set and taken back at every event adds {:.1} ns to {without:.1} ns",
            with - without
        );
    }
}

pub(crate) fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

fn json(run: &Run, workload: &str, variant: &str, n: u64) -> String {
    let Run { events, units, seconds, setup, check } = run;
    format!(
        "{{\"engine\":\"sim-core\",\"variant\":\"{variant}\",\"workload\":\"{workload}\",\"n\":{n},\"events\":{events},\
         \"units\":{units},\"seconds\":{seconds:.6},\"setup\":{setup:.4},\"check\":{check:.8},\"rss_kb\":{}}}",
        peak_kilobytes()
    )
}

/// Peak memory of this process, where the system tells (Linux).
fn peak_kilobytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()).and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// Seconds since `start`.
fn since(start: Instant) -> f64 {
    start.elapsed().as_secs_f64()
}
