//! How fast the shipped networks run, one image at a time on one thread: `cargo bench -p inference`.

use std::path::Path;

use divan::Bencher;
use divan::counter::ItemsCount;
use inference::dataset::fashion_mnist;
use inference::{Network, Scratch};

const IMAGES: usize = 32;

fn main() {
    divan::main();
}

#[divan::bench(args = ["fmnist-little", "fmnist-big"])]
fn images(bencher: Bencher, name: &str) {
    let (Ok(data), Ok(network)) = (fashion_mnist(), Network::load(name, Path::new(""))) else { return };
    let mut scratch = Scratch::default();
    bencher
        .counter(ItemsCount::new(IMAGES))
        .bench_local(|| (0..IMAGES).map(|image| network.run(data.image(image), &mut scratch)).last());
}
