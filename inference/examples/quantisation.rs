//! What the shipped networks are worth in few bits: `cargo run --release -p inference --example quantisation`.
//!
//! Scales are chosen on the calibration half of the test images, and right answers counted on the evaluation half.

use std::path::Path;

use inference::dataset::fashion_mnist;
use inference::{BitWidths, Bits, Calibrated, Dataset, Error, Half, Network, Scratch};

/// Calibration images.
const IMAGES: usize = 500;

fn main() -> Result<(), Error> {
    let data = fashion_mnist()?;
    println!("| network | bits | right | weights alone | activations alone | weights | largest activation |");
    println!("|---|---|---|---|---|---|---|");
    for name in ["fmnist-little", "fmnist-big"] {
        let floats = Network::load(name, Path::new(""))?;
        println!("| {name} | floats | {} | | | {} |", right(&data, &floats), sizes(&floats));
        let calibrated = Calibrated::load(name, Path::new(""), &data, IMAGES)?;
        for bits in Bits::all().rev() {
            let with = |weights, activations| {
                calibrated.network(&vec![Some(BitWidths { weights, activations }); calibrated.layers().len()])
            };
            let (both, weights, activations) = (with(bits, bits)?, with(bits, Bits::EIGHT)?, with(Bits::EIGHT, bits)?);
            let [all, of_weights, of_activations] =
                [&both, &weights, &activations].map(|network| right(&data, network));
            println!("| {name} | {bits} | {all} | {of_weights} | {of_activations} | {} |", sizes(&both));
        }
    }
    Ok(())
}

/// How many of the evaluation images it is right on.
fn right(data: &Dataset, network: &Network) -> String {
    let mut scratch = Scratch::default();
    let right = |image: &usize| network.run(data.image(*image), &mut scratch).class == data.label(*image);
    let images = data.half(Half::Evaluation).len();
    format!("{:.2} %", 100.0 * data.half(Half::Evaluation).filter(right).count() as f64 / images as f64)
}

/// What it stores.
fn sizes(network: &Network) -> String {
    let kilobytes = |bits: u64| format!("{:.1} kB", bits as f64 / 8e3);
    let written = network.layer_costs().iter().map(|layer| layer.written_bits).max().unwrap_or_default();
    format!("{} | {}", kilobytes(network.cost().weight_bits), kilobytes(written))
}
