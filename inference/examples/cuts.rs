//! What cutting networks costs: `cargo run --release -p inference --example cuts [-- OPTIONS] [NETWORKS]`.
//!
//! For every cut: the tensors that cross, the work before it, and for each coding the bytes (the mean, where they
//! depend on the image) and the accuracy on the evaluation half of the test images.
//!
//! Networks are shipped ones or paths of architecture files, with the weights beside them; four of the shipped ones by
//! default. `--data FOLDER` measures on other images than Fashion-MNIST's, `--images N` on the first N alone, and `--bits N`
//! the networks with layers in integers of so many bits.

use std::path::Path;
use std::thread::available_parallelism;

use inference::dataset::FASHION_MNIST;
use inference::{
    Bits, Calibrated, Coding, Dataset, DatasetSpec, Error, Half, MeasuredCuts, Network, Part, measure_cuts,
};

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

/// Calibration images of networks in integers.
const CALIBRATION: usize = 500;

/// What is asked for.
struct Options {
    data: Dataset,
    images: usize,
    bits: Option<Bits>,
    networks: Vec<String>,
}

fn options() -> Result<Options, Error> {
    let (mut folder, mut images, mut bits, mut networks) = (FASHION_MNIST.to_owned(), usize::MAX, None, Vec::new());
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().expect("a value after the option");
        match argument.as_str() {
            "--data" => folder = value(),
            "--images" => images = value().parse().expect("a number of images"),
            "--bits" => bits = Some(Bits::new(value().parse().expect("a number of bits")).expect("2 to 8 bits")),
            _ => networks.push(argument),
        }
    }
    if networks.is_empty() {
        networks = ["fmnist-little", "fmnist-big", "fmnist-exits", "fmnist-waist"].map(str::to_owned).to_vec();
    }
    Ok(Options { data: Dataset::read(&DatasetSpec::plain(folder), Path::new(""), Part::Test)?, images, bits, networks })
}

fn main() -> Result<(), Error> {
    let Options { data, images, bits, networks } = options()?;
    let codings = CODINGS.map(|coding| coding.parse().expect("a coding"));
    let images: Vec<usize> = data.half(Half::Evaluation).take(images).collect();
    let threads = available_parallelism().map_or(1, usize::from);
    for name in networks {
        let network = match bits {
            Some(bits) => Calibrated::load(&name, Path::new(""), &data, CALIBRATION)?.uniform(bits)?,
            None => Network::load(&name, Path::new(""))?,
        };
        print(&network, &codings, &measure_cuts(&network, &data, &images, &codings, threads));
    }
    Ok(())
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
