//! What each stopper saves and loses on random candidates: the table of docs/explanation/learning-curves.md.
//!
//! Candidates approach a level in an exponential or a power law; measurements deviate by 0.3 percentage points, or by 2.
//! A candidate's cost rises with its level, but not reliably.

use learning_curves::stoppers::{Forecasting, MedianStopping, NoStopping, Predicting, Stopper, SuccessiveHalving};
use learning_curves::{Aim, Candidate, Curve, CurveError, Forecaster, Penguin, Rule, replay};
use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, StandardNormal};
use rand_xoshiro::Xoshiro256PlusPlus;

const POINTS: usize = 40;
const CANDIDATES: usize = 100;
const SEARCHES: u64 = 10;

fn main() -> Result<(), CurveError> {
    for noise in [0.3, 2.0] {
        println!("\n| measurements ± {noise} | saved | lost | error | Kendall | front |\n|---|---|---|---|---|---|");
        for which in 0..5 {
            println!("{}", row(which, noise)?);
        }
    }
    Ok(())
}

/// Means over some searches.
fn row(which: usize, noise: f64) -> Result<String, CurveError> {
    let (mut sums, mut error, mut name) = ([0.0; 4], None, "");
    for search in 0..SEARCHES {
        let mut stopper = stopper(which)?;
        let candidates = candidates(search, noise)?;
        let order: Vec<usize> = (0..CANDIDATES).collect();
        let found = replay(&candidates, &order, stopper.as_mut())?;
        let figures = [100.0 * found.saved(), found.lost, found.kendall.unwrap_or(0.0), 100.0 * found.front_found];
        sums.iter_mut().zip(figures).for_each(|(sum, figure)| *sum += figure / SEARCHES as f64);
        // A stopper that predicts does so in every search.
        error = found.error.map(|found| error.unwrap_or(0.0) + found / SEARCHES as f64);
        name = stopper.name();
    }
    let [saved, lost, kendall, front] = sums;
    let error = error.map_or(String::new(), |error| format!("{error:.1}"));
    Ok(format!("| {name} | {saved:.0} % | {lost:.1} | {error} | {kendall:.2} | {front:.0} % |"))
}

fn stopper(which: usize) -> Result<Box<dyn Stopper>, CurveError> {
    Ok(match which {
        0 => Box::new(NoStopping),
        1 => Box::new(Predicting::new(Penguin::new(POINTS, Rule::default())?)),
        2 => Box::new(Forecasting::new(Forecaster::new(POINTS, Aim::default())?)),
        3 => Box::new(MedianStopping::default()),
        _ => Box::new(SuccessiveHalving::new(1, 4)?),
    })
}

fn candidates(search: u64, noise: f64) -> Result<Vec<Candidate>, CurveError> {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(search);
    (0..CANDIDATES).map(|_| candidate(&mut random, noise)).collect()
}

fn candidate(random: &mut Xoshiro256PlusPlus, noise: f64) -> Result<Candidate, CurveError> {
    let level = random.random_range(40.0..80.0);
    let start = level * random.random_range(0.2..0.7);
    let (is_power, pace) = (random.random::<f64>() < 0.5, random.random_range(0.0..1.0));
    let remaining = |x: f64| {
        if is_power { x.powf(-0.5 - pace) } else { (-(x - 1.0) / (2.0 + 6.0 * pace)).exp() }
    };
    let mut measure = |x: usize| {
        let deviation: f64 = StandardNormal.sample(random);
        (level + (start - level) * remaining(x as f64) + noise * deviation).clamp(0.0, 100.0)
    };
    let curve = Curve::new((1..=POINTS).map(&mut measure).collect())?;
    Ok(Candidate { curve, cost: level + random.random_range(-20.0..20.0) })
}
