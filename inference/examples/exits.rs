//! How the exits of a network do: `cargo run --release -p inference --example exits [-- NETWORK BIG FOLDER]`.
//!
//! For each exit the work up to it and its accuracy; q beside max softmax as the score that decides who leaves there; and
//! whether q is the chance that it was trained to be, that the answer will do: it is right, or the big network is wrong as
//! well. `fmnist-exits`, `fmnist-big` and Fashion-MNIST by default. Thresholds are set on the calibration half of the test
//! images, everything is measured on the evaluation half.

use std::path::Path;

use inference::dataset::FASHION_MNIST;
use inference::{Answer, Dataset, DatasetSpec, Error, Half, Network, Part, Score, Scratch};

/// Parts of the range of q.
const BINS: usize = 10;

/// Shares of the images that reach an exit and leave there.
const KEPT: [f64; 5] = [0.3, 0.5, 0.7, 0.8, 0.9];

/// The answers of all exits to an image, the last one the end's.
struct Seen {
    label: u8,
    answers: Vec<Answer>,
    big_is_right: bool,
}

impl Seen {
    fn right(&self, exit: usize) -> bool {
        self.answers[exit].class == self.label
    }

    fn score(&self, exit: usize, score: Score) -> f64 {
        f64::from(self.answers[exit].scores.get(score).expect("exits with predictors"))
    }
}

fn main() -> Result<(), Error> {
    let mut arguments = std::env::args().skip(1);
    let mut next = |default: &str| arguments.next().unwrap_or_else(|| default.to_owned());
    let [network, big] = ["fmnist-exits", "fmnist-big"].map(|name| Network::load(&next(name), Path::new("")));
    let (network, big) = (network?, big?);
    let data = Dataset::read(&DatasetSpec::plain(next(FASHION_MNIST)), Path::new(""), Part::Test)?;
    let mut scratch = Scratch::default();
    let mut seen = |half| {
        let seen = data.half(half).map(|image| Seen {
            label: data.label(image),
            answers: network.begin(data.image(image), &mut scratch).collect(),
            big_is_right: big.run(data.image(image), &mut scratch).class == data.label(image),
        });
        seen.collect::<Vec<Seen>>()
    };
    let (calibration, evaluation) = (seen(Half::Calibration), seen(Half::Evaluation));
    let work: Vec<u64> = (0..network.graph().exits().len()).map(|exit| work_to(&network, exit)).collect();
    let scores = ["q", "max-softmax"].map(|name| Score::named(name).expect("a score"));

    println!("| exit | MACs | share of the work | right |\n|---|---|---|---|");
    for (exit, macs) in work.iter().enumerate() {
        let right = evaluation.iter().filter(|seen| seen.right(exit)).count();
        let share = 100.0 * *macs as f64 / work[work.len() - 1] as f64;
        println!("| {exit} | {:.3} M | {share:.1} % | {} |", *macs as f64 / 1e6, percent(right, evaluation.len()));
    }

    println!("\n| exit | AUROC of q | of max softmax | mean q | will do | error of q |\n|---|---|---|---|---|---|");
    for exit in 0..work.len() {
        let [q, softmax] = scores.map(|score| auroc(&evaluation, exit, score));
        let images = evaluation.len() as f64;
        let mean = evaluation.iter().map(|seen| seen.score(exit, scores[0])).sum::<f64>() / images;
        let will_do = evaluation.iter().filter(|seen| seen.right(exit) || !seen.big_is_right).count() as f64 / images;
        let error = calibration_error(&evaluation, exit, scores[0]);
        println!("| {exit} | {q:.4} | {softmax:.4} | {mean:.4} | {will_do:.4} | {error:.4} |");
    }

    println!("\n| leave at each exit | q: right | mean MACs | max softmax: right | mean MACs | q ahead |");
    println!("|---|---|---|---|---|---|");
    for kept in KEPT {
        let leave = scores.map(|score| {
            let thresholds = thresholds(&calibration, work.len() - 1, kept, score);
            let at = |seen: &Seen| {
                let sure = |exit: &usize| seen.score(*exit, score) >= thresholds[*exit];
                (0..thresholds.len()).find(sure).unwrap_or(thresholds.len())
            };
            evaluation.iter().map(at).collect::<Vec<usize>>()
        });
        let cells = leave.each_ref().map(|exits| {
            let right = evaluation.iter().zip(exits).filter(|(seen, exit)| seen.right(**exit)).count();
            let macs = exits.iter().map(|exit| work[*exit]).sum::<u64>() as f64 / evaluation.len() as f64;
            format!("{} | {:.2} M", percent(right, evaluation.len()), macs / 1e6)
        });
        let pairs = evaluation.iter().zip(leave[0].iter().zip(&leave[1]));
        let differ = pairs.map(|(seen, (q, softmax))| (seen.right(*q), seen.right(*softmax)));
        println!("| {:.0} % | {} | {} | {} |", 100.0 * kept, cells[0], cells[1], lead(differ));
    }
    Ok(())
}

/// Multiply-accumulates of a pass that ends at an exit.
fn work_to(network: &Network, exit: usize) -> u64 {
    network.cut(network.graph().steps_to(exit)).macs_before
}

/// The share of images, in %, with the 95 % interval of Wilson (1927).
fn percent(count: usize, of: usize) -> String {
    let (share, n, z) = (count as f64 / of as f64, of as f64, 1.96);
    let middle = (share + z * z / (2.0 * n)) / (1.0 + z * z / n);
    let half = z / (1.0 + z * z / n) * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt();
    let [share, low, high] = [share, middle - half, middle + half].map(|share| 100.0 * share);
    format!("{share:.2} % ({low:.2} to {high:.2})")
}

/// How many points more the first of each pair is right, with a 95 % interval: only where they differ counts.
fn lead(pairs: impl Iterator<Item = (bool, bool)>) -> String {
    let (mut n, mut sum, mut squares) = (0.0, 0.0, 0.0);
    for (first, second) in pairs {
        let ahead = f64::from(i8::from(first) - i8::from(second));
        (n, sum, squares) = (n + 1.0, sum + ahead, squares + ahead * ahead);
    }
    let mean: f64 = sum / n;
    let half = 1.96 * ((squares / n - mean * mean) / n).sqrt();
    format!("{:+.2} ± {:.2}", 100.0 * mean, 100.0 * half)
}

/// The chance that a right answer of an exit scores above a wrong one; a tie counts half.
fn auroc(seen: &[Seen], exit: usize, score: Score) -> f64 {
    let mut scored: Vec<(f64, bool)> = seen.iter().map(|seen| (seen.score(exit, score), seen.right(exit))).collect();
    scored.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut wrong_below, mut above) = (0.0, 0.0);
    for tied in scored.chunk_by(|a, b| a.0 == b.0) {
        let right = tied.iter().filter(|(_, right)| *right).count() as f64;
        let wrong = tied.len() as f64 - right;
        above += right * (wrong_below + wrong / 2.0);
        wrong_below += wrong;
    }
    above / (wrong_below * (scored.len() as f64 - wrong_below))
}

/// How far q is off the share of answers that will do, in the mean over images: within each tenth of its range, the mean
/// of one against the mean of the other (Naeini et al., AAAI 2015).
fn calibration_error(seen: &[Seen], exit: usize, q: Score) -> f64 {
    let mut off = [0.0; BINS];
    for seen in seen {
        let q = seen.score(exit, q);
        let will_do = f64::from(u8::from(seen.right(exit) || !seen.big_is_right));
        off[((q * BINS as f64) as usize).min(BINS - 1)] += q - will_do;
    }
    off.iter().map(|off| off.abs()).sum::<f64>() / seen.len() as f64
}

/// For each early exit the score above which that share of the images that reach it leave.
fn thresholds(seen: &[Seen], early: usize, kept: f64, score: Score) -> Vec<f64> {
    let mut reach: Vec<&Seen> = seen.iter().collect();
    let thresholds = (0..early).map(|exit| {
        reach.sort_by(|a, b| a.score(exit, score).total_cmp(&b.score(exit, score)));
        let go_on = ((1.0 - kept) * reach.len() as f64).round() as usize;
        let threshold = reach.get(go_on).map_or(f64::INFINITY, |seen| seen.score(exit, score));
        reach.truncate(go_on);
        threshold
    });
    thresholds.collect()
}
