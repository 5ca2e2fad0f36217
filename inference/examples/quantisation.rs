//! What the shipped networks are worth in few bits: `cargo run --release -p inference --example quantisation`.
//!
//! Scales are chosen on the calibration half of the test images, and right answers counted on the evaluation half.

use std::path::Path;

use inference::dataset::fashion_mnist;
use inference::{Bits, Calibrated, Dataset, Error, Half, Network, Scratch};

/// Calibration images.
const IMAGES: usize = 500;

fn main() -> Result<(), Error> {
    let data = fashion_mnist()?;
    println!("| network | bits | right on the evaluation half | weights | largest activation | image |");
    println!("|---|---|---|---|---|---|");
    for name in ["fmnist-little", "fmnist-big"] {
        row(&data, "float32", &Network::load(name, Path::new(""))?);
        let calibrated = Calibrated::load(name, Path::new(""), &data, IMAGES)?;
        for bits in Bits::all().rev() {
            row(&data, &bits.to_string(), &calibrated.uniform(bits)?);
        }
    }
    Ok(())
}

fn row(data: &Dataset, bits: &str, network: &Network) {
    let mut scratch = Scratch::default();
    let mut right = |image: &usize| network.run(data.image(*image), &mut scratch).class == data.label(*image);
    let images = data.half(Half::Evaluation).len();
    let share = data.half(Half::Evaluation).filter(|image| right(image)).count() as f64 / images as f64;
    let kilobytes = |bits: u64| format!("{:.1} kB", bits as f64 / 8e3);
    let written = network.layer_costs().iter().map(|layer| layer.written_bits).max().unwrap_or_default();
    println!(
        "| {} | {bits} | {:.2} % | {} | {} | {} |",
        network.name(),
        100.0 * share,
        kilobytes(network.cost().weight_bits),
        kilobytes(written),
        kilobytes(network.cut(0).bits),
    );
}
