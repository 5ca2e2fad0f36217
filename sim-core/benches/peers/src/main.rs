//! Published engines on the workloads of `benches/workloads`, beside this one and bare loops, in one run:
//! `cargo run --release --manifest-path sim-core/benches/peers/Cargo.toml`.
//!
//! Each is written as its documentation teaches, in the fastest form it offers; all draw by inversion from the same
//! generator. An event is a callback, or an agent's being resumed. Rounds are interleaved; rates are medians, ratios are
//! medians of the rounds' ratios.

mod nexosim_models;
mod odem_agents;
mod shared;
mod simcore_handlers;
#[path = "../../workloads/main.rs"]
#[expect(dead_code, reason = "what a bench prints by itself")]
mod workloads;

use workloads::median;
use workloads::model::{self, Run};

const ROUNDS: u64 = 5;

/// Workloads with their sizes and the events or units of one round.
const WORKLOADS: [(&str, usize, u64); 5] = [
    ("hold", 100, 1_000_000),
    ("hold", 10_000, 1_000_000),
    ("hold", 1_000_000, 1_000_000),
    ("mm4", 0, 500_000),
    ("edge", 10_000, 500_000),
];

const ENGINES: [&str; 6] =
    ["engine-inversion", "bare-4-ary-heap", "bare-ladder", "SimCore 0.1.0", "odem-rs 0.4.0", "NeXosim 1.0.0"];

fn run(engine: &str, workload: &str, n: usize, count: u64, seed: u64) -> Option<Run> {
    match engine {
        "SimCore 0.1.0" => simcore_handlers::run(workload, n, count, seed),
        "odem-rs 0.4.0" => odem_agents::run(workload, n, count, seed),
        "NeXosim 1.0.0" => nexosim_models::run(workload, n, count, seed),
        own => workloads::run(workload, own, n, count, seed),
    }
}

fn main() {
    println!("| workload | pending | engine | M events/s | k units/s | check | this engine is faster by |");
    println!("|---|---|---|---|---|---|---|");
    for (workload, n, count) in WORKLOADS {
        let mut runs: Vec<(&str, Vec<Run>)> = ENGINES.iter().map(|engine| (*engine, Vec::new())).collect();
        for round in 1..=ROUNDS {
            for (engine, runs) in &mut runs {
                runs.extend(run(engine, workload, n, count, round));
            }
        }
        let rate = |run: &Run| run.units as f64 / run.seconds;
        let own: Vec<f64> = runs[0].1.iter().map(rate).collect();
        for (engine, runs) in runs.iter().filter(|(_, runs)| !runs.is_empty()) {
            let events = median(runs.iter().map(|run| run.events as f64 / run.seconds / 1e6).collect());
            let units = median(runs.iter().map(|run| rate(run) / 1e3).collect());
            let check = median(runs.iter().map(|run| run.check).collect());
            let ratio = median(runs.iter().zip(&own).map(|(run, own)| own / rate(run)).collect());
            println!("| {workload} | {n} | {engine} | {events:.2} | {units:.0} | {check:.4} | {ratio:.2} |");
        }
    }
}
