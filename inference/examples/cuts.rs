//! What cutting the shipped networks costs: `cargo run --release -p inference --example cuts [-- IMAGES]`.
//!
//! For every cut: the tensors that cross, the work before it, and for each coding the bytes (the mean, where they
//! depend on the image) and the accuracy on the evaluation half of Fashion-MNIST, or on its first so many images.

use std::path::Path;
use std::thread::available_parallelism;

use inference::dataset::fashion_mnist;
use inference::{Coding, Half, MeasuredCuts, Network, measure_cuts};

const CODINGS: [&str; 10] = [
    "float32",
    "float16",
    "8",
    "4",
    "{bits: 4, scale: channel}",
    "2",
    "{bits: 2, scale: channel}",
    "{float: 32, compress: true}",
    "{bits: 8, compress: true}",
    "{bits: 4, compress: true}",
];

fn main() {
    let codings = CODINGS.map(|coding| coding.parse().expect("a coding"));
    let data = fashion_mnist().expect("it is part of the program");
    let most = std::env::args().nth(1).map_or(usize::MAX, |images| images.parse().expect("a number of images"));
    let images: Vec<usize> = data.half(Half::Evaluation).take(most).collect();
    let threads = available_parallelism().map_or(1, usize::from);
    for name in ["fmnist-little", "fmnist-big"] {
        let network = Network::load(name, Path::new("")).expect("it is part of the program");
        let measured = measure_cuts(&network, &data, &images, &codings, threads);
        print(&network, &codings, &measured);
    }
}

fn print(network: &Network, codings: &[Coding], measured: &MeasuredCuts) {
    println!("{}: {:.2} % of {} images", network.name(), 100.0 * measured.accuracy(), measured.images);
    for cut in network.cuts() {
        let tensors: Vec<String> = cut.tensors.iter().map(|t| format!("{} {}", t.of, t.shape)).collect();
        let total = cut.macs_before + cut.macs_after;
        let share = 100.0 * cut.macs_before as f64 / total as f64;
        let (layers, tensors) = (cut.layers_before, tensors.join(", "));
        println!("{:>3} after {}: {layers} layers, {share:.1} % of the work; [{tensors}]", cut.step, cut.name());
    }
    println!();
    codings.iter().for_each(|coding| println!("{coding}"));
    println!("{:>3} for each coding, bytes and accuracy in %", "cut");
    for rows in measured.rows.chunks(codings.len()) {
        print!("{:>3}", rows[0].step);
        for row in rows {
            print!(" {:>8.0} {:5.2}", measured.mean_bytes(row), 100.0 * measured.accuracy_of(row));
        }
        println!();
    }
    println!();
}
