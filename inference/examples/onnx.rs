//! What an ONNX network makes of an image, and how long that takes: the logits, after the milliseconds of the fastest
//! pass of some.
//!
//! `cargo run --release -p inference --example onnx -- net.onnx image.bin 20`; the image is a file of bytes, row by row,
//! channels last.

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use inference::kernels::Shape;
use inference::{Network, Scratch};
use ndarray::Array3;

fn main() -> ExitCode {
    match answer() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn answer() -> Result<(), Box<dyn std::error::Error>> {
    let given: Vec<String> = std::env::args().skip(1).collect();
    let [network, image, passes] = &given[..] else {
        return Err("give a network, an image and a number of passes".into());
    };
    let network = Network::load(network, Path::new(""))?;
    let Shape { height, width, channels } = network.input();
    let image = Array3::from_shape_vec((height, width, channels), std::fs::read(image)?)?;
    let mut scratch = Scratch::default();
    let logits = network.read(image.view(), &mut scratch, <[f32]>::to_vec);
    let pass = || {
        let start = Instant::now();
        network.read(image.view(), &mut scratch, |_| ());
        start.elapsed().as_secs_f64() * 1e3
    };
    let times = std::iter::repeat_with(pass).take(passes.parse()?);
    println!("{}", times.fold(f64::INFINITY, f64::min));
    logits.iter().for_each(|logit| println!("{logit}"));
    Ok(())
}
