//! Curves that are drawn at random, from seeds.

use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, StandardNormal};
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::families::FAMILIES;

/// How a curve deviates from its formula.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Deviating {
    /// Each point for itself.
    Independently,
    /// Half of the curves like that, half with a random walk as well.
    AsAssumed,
}

/// The source of everything random in a test.
pub(super) fn source(seed: u64) -> Xoshiro256PlusPlus {
    Xoshiro256PlusPlus::seed_from_u64(seed)
}

fn normal(random: &mut Xoshiro256PlusPlus) -> f64 {
    StandardNormal.sample(random)
}

/// A curve of any family, with parameters between those of the grid, that stays between 0 and 100.
pub(super) fn curve(random: &mut Xoshiro256PlusPlus, points: usize, deviating: Deviating) -> Vec<f64> {
    loop {
        let values = unbounded(random, points, deviating);
        if values.iter().all(|value| (0.0..=100.0).contains(value)) {
            return values;
        }
    }
}

fn unbounded(random: &mut Xoshiro256PlusPlus, points: usize, deviating: Deviating) -> Vec<f64> {
    let family = FAMILIES[random.random_range(0..FAMILIES.len())];
    let grid = family.grid(points);
    let at = random.random_range(0..grid.len());
    let (here, next) = (grid[at], grid[(at + 1).min(grid.len() - 1)]);
    let share = random.random::<f64>();
    let parameters = [here[0] + share * (next[0] - here[0]).max(0.0), here[1]];
    let (level, start) = (60.0 + 40.0 * normal(random), 30.0 + 30.0 * normal(random));
    // From 0.1 to 5 points.
    let noise = 0.1 * 50.0_f64.powf(random.random());
    let step = match deviating {
        Deviating::AsAssumed if random.random() => 0.5 * noise,
        _ => 0.0,
    };
    let mut walk = 0.0;
    let mut value = |x: usize| {
        walk += step * normal(random);
        let remaining = family.remaining(x as f64, parameters);
        level + (start - level) * remaining + walk + noise * normal(random)
    };
    (1..=points).map(&mut value).collect()
}
