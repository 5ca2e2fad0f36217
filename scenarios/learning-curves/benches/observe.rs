//! How long one point takes, from its value to a prediction: `cargo bench -p learning-curves`.
//!
//! Each line is the point after so many others of the noisy published curve. Only the first points leave most curves
//! possible, and so take a forecaster longest; the published engine takes longest where its search finds nothing.

use divan::Bencher;
use learning_curves::published::NOISY;
use learning_curves::{Aim, Engine, Forecaster, Penguin, Rule};

fn main() {
    divan::main();
}

const SEEN: [usize; 6] = [0, 2, 4, 9, 19, 38];

fn next_point(bencher: Bencher, mut engine: impl Engine + Clone + Sync, seen: usize) {
    for &value in &NOISY[..seen] {
        engine.observe(value).expect("a good curve");
    }
    bencher.with_inputs(|| engine.clone()).bench_local_values(|mut engine| {
        engine.observe(NOISY[seen]).expect("a good curve");
        engine.prediction()
    });
}

#[divan::bench(args = SEEN)]
fn forecaster(bencher: Bencher, seen: usize) {
    next_point(bencher, Forecaster::new(NOISY.len(), Aim::default()).expect("a good aim"), seen);
}

#[divan::bench(args = SEEN)]
fn penguin(bencher: Bencher, seen: usize) {
    next_point(bencher, Penguin::new(NOISY.len(), Rule::default()).expect("a good rule"), seen);
}
