//! How fast the shipped networks run in 8-bit integers beside floats, one image at a time on one thread:
//! `cargo bench -p inference --bench integers`.

use std::path::Path;

use divan::Bencher;
use divan::counter::ItemsCount;
use inference::dataset::fashion_mnist;
use inference::{Bits, Calibrated, Error, Network, Scratch};

const IMAGES: usize = 32;

/// Calibration images: the speed is the same whatever the scales.
const SEEN: usize = 20;

fn main() {
    divan::main();
}

#[divan::bench(args = ["fmnist-little", "fmnist-big"])]
fn floats(bencher: Bencher, name: &str) {
    run(bencher, Network::load(name, Path::new("")));
}

#[divan::bench(args = ["fmnist-little", "fmnist-big"])]
fn eight_bits(bencher: Bencher, name: &str) {
    let calibrated = fashion_mnist().and_then(|data| Calibrated::load(name, Path::new(""), &data, SEEN));
    run(bencher, calibrated.and_then(|calibrated| calibrated.uniform(Bits::EIGHT)));
}

fn run(bencher: Bencher, network: Result<Network, Error>) {
    let (Ok(data), Ok(network)) = (fashion_mnist(), network) else { return };
    let mut scratch = Scratch::default();
    bencher
        .counter(ItemsCount::new(IMAGES))
        .bench_local(|| (0..IMAGES).map(|image| network.run(data.image(image), &mut scratch)).last());
}
