//! What chance costs: `cargo bench -p sim-core --bench streams`.

use sim_core::{Streams, Variate};

fn main() {
    divan::main();
}

/// Opening a stream.
#[divan::bench]
fn open(bencher: divan::Bencher) {
    let streams = Streams::new(1, 0);
    let mut entity = 0;
    bencher.bench_local(|| {
        entity += 1;
        streams.open("arrivals", entity)
    });
}

/// Drawing a value.
#[divan::bench(args = ["exponential", "lognormal", "gamma", "pareto"])]
fn draw(bencher: divan::Bencher, name: &str) {
    let variate = match name {
        "exponential" => Variate::exponential(1.0),
        "lognormal" => Variate::lognormal(1.0, 3.0),
        "gamma" => Variate::gamma(1.0, 0.5),
        _ => Variate::pareto(1.0, 2.5),
    };
    let (Ok(variate), mut random) = (variate, Streams::new(1, 0).open("draw", 0)) else { return };
    bencher.bench_local(|| variate.sample(&mut random));
}
