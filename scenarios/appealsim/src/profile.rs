use std::time::{Duration, Instant};

use clap::Args;
use inference::{Network, Scratch, shipped_networks};
use ndarray::Array3;

use crate::failure::Failure;

#[derive(Args)]
pub struct ProfileArgs {
    /// The networks to time: shipped names, or paths of architecture files [default: all shipped networks].
    networks: Vec<String>,
    /// How long to time each network, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 2.0, value_parser = positive)]
    seconds: f64,
}

fn positive(text: &str) -> Result<f64, String> {
    let seconds: f64 = text.parse().map_err(|_| format!("'{text}' is not a number"))?;
    if seconds > 0.0 && seconds.is_finite() { Ok(seconds) } else { Err("must be above 0".into()) }
}

/// A network's passes on one core of this computer.
struct Timed {
    name: String,
    macs: f64,
    /// The median of the passes, seconds.
    median: f64,
    /// 95 % of the passes were faster.
    p95: f64,
}

pub fn profile(args: &ProfileArgs) -> Result<String, Failure> {
    let names: Vec<String> =
        if args.networks.is_empty() { shipped_networks().map(str::to_owned).collect() } else { args.networks.clone() };
    let mut timed = Vec::new();
    for name in &names {
        timed.push(time(&crate::network::given(name, None)?.in_floats()?, args.seconds));
    }
    Ok(told(&timed))
}

/// Number of images a network is timed on, so that they do not all fit in the nearest cache.
const IMAGES: usize = 64;

/// An image of the size a network takes. Its content is arbitrary: a pass takes equally long for any image.
fn image(network: &Network, number: usize) -> Array3<u8> {
    let wants = network.input();
    Array3::from_shape_fn((wants.height, wants.width, wants.channels), |(y, x, channel)| {
        // Multiples of primes, so that neighbouring pixels differ, and so do images.
        (y * 31 + x * 17 + channel * 101 + number * 59) as u8
    })
}

fn time(network: &Network, seconds: f64) -> Timed {
    let images: Vec<Array3<u8>> = (0..IMAGES).map(|number| image(network, number)).collect();
    let mut scratch = Scratch::default();
    let mut passes = Vec::new();
    let begun = Instant::now();
    for image in images.iter().cycle() {
        let pass = Instant::now();
        std::hint::black_box(network.run(image.view(), &mut scratch));
        passes.push(pass.elapsed().as_secs_f64());
        if begun.elapsed() >= Duration::from_secs_f64(seconds) {
            break;
        }
    }
    passes.sort_by(f64::total_cmp);
    let at = |part: f64| passes[((passes.len() - 1) as f64 * part) as usize];
    Timed { name: network.name().to_owned(), macs: network.cost().macs as f64, median: at(0.5), p95: at(0.95) }
}

/// A table, and figures to use in place of a preset's name: overhead and throughput of the straight line through the
/// smallest and the largest network.
fn told(timed: &[Timed]) -> String {
    let mut text = String::from("# one core of this computer, one image at a time\n");
    for Timed { name, macs, median, p95 } in timed {
        let speed = macs / median / 1e9;
        text += &format!(
            "# {name:22} {:8.3} M MACs  {:8.1} us (95 % within {:.1} us)  {speed:6.2} GMAC/s\n",
            macs / 1e6,
            median * 1e6,
            p95 * 1e6
        );
    }
    let least = timed.iter().min_by(|a, b| a.macs.total_cmp(&b.macs));
    let most = timed.iter().max_by(|a, b| a.macs.total_cmp(&b.macs));
    if let (Some(least), Some(most)) = (least, most) {
        let (throughput, overhead) = if most.macs > least.macs && most.median > least.median {
            let throughput = (most.macs - least.macs) / (most.median - least.median);
            (throughput, (least.median - least.macs / throughput).max(0.0))
        } else {
            (most.macs / most.median, 0.0)
        };
        // A straight line through noisy times may go through 0 or below it.
        let overhead = match overhead {
            0.0 => "  overhead: 0 us  # too small to measure\n".to_owned(),
            seconds => format!("  overhead: {:.3} us  # measured\n", seconds * 1e6),
        };
        text += &format!(
            "hardware:\n  throughput: {:.4} GMAC/s  # measured\n{overhead}  \
             idle: 5 W  # guess: no meter at hand\n  busy: 15 W  # guess: no meter at hand\n",
            throughput / 1e9
        );
    }
    text
}
