//! Trains what a training file says: `cargo run --release -p inference --example train FILE [THREADS]`.
//!
//! The program's `appealsim train` does the same, and keeps the learning curve as a table; this takes a minute to build.

use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;

use inference::Error;
use inference::train::{Recipe, train};

fn main() -> Result<(), Error> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().expect("a training file");
    let threads = arguments.next().map_or(1, |threads| threads.parse().expect("a number of threads"));
    let outcome = train(&Recipe::read(Path::new(&file))?, threads, |epoch| {
        let accuracies = [epoch.train_accuracy, epoch.held_out_accuracy].map(|share| 100.0 * share);
        println!(
            "{} {} of {}: loss {:.4}, right {:.2} %, held out {:.2} %, mean q {:.3}",
            epoch.stage.name(),
            epoch.number,
            epoch.of,
            epoch.loss,
            accuracies[0],
            accuracies[1],
            epoch.mean_q,
        );
        // Whoever pipes it into a file wants to see how far it has come.
        let _ = std::io::stdout().flush();
        ControlFlow::Continue(())
    })?;
    println!("{}", outcome.output.display());
    Ok(())
}
