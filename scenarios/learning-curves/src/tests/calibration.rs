//! Intervals hold as often as they say.

use super::synthetic::{Deviating, curve, source};
use crate::{Aim, Engine, Forecaster};

const CURVES: usize = 200;
const POINTS: usize = 40;
const SEEN: [usize; 3] = [6, 12, 24];

/// In how many curves the last value is within the interval from so many points.
fn held(seed: u64, level: f64, deviating: Deviating) -> [usize; SEEN.len()] {
    let mut random = source(seed);
    let mut engine = Forecaster::new(POINTS, Aim { level, ..Aim::default() }).unwrap();
    let mut held = [0; SEEN.len()];
    for _ in 0..CURVES {
        let values = curve(&mut random, POINTS, deviating);
        engine.reset();
        for (at, &value) in values[..SEEN[SEEN.len() - 1]].iter().enumerate() {
            engine.observe(value).unwrap();
            if let Some(which) = SEEN.iter().position(|&seen| seen == at + 1) {
                let interval = engine.prediction().and_then(|prediction| prediction.interval).unwrap();
                held[which] += usize::from(interval.contains(values[POINTS - 1]));
            }
        }
    }
    held
}

/// How often intervals should hold, less and plus what a binomial count deviates by once in a thousand times.
fn by_chance(level: f64) -> (f64, f64) {
    let (mean, deviation) = (CURVES as f64 * level, (CURVES as f64 * level * (1.0 - level)).sqrt());
    (mean - 3.29 * deviation, mean + 3.29 * deviation)
}

#[test]
fn intervals_hold_as_often_as_they_say() {
    for (seed, level) in [(1, 0.9), (2, 0.5)] {
        let (least, most) = by_chance(level);
        for (held, seen) in held(seed, level, Deviating::AsAssumed).into_iter().zip(SEEN) {
            let held = held as f64;
            assert!(held >= least && held <= most, "{held} of {CURVES} at {level}, from {seen} points");
        }
    }
}

#[test]
fn where_no_curve_wanders_they_hold_at_least_as_often() {
    let (least, _) = by_chance(0.9);
    for (held, seen) in held(3, 0.9, Deviating::Independently).into_iter().zip(SEEN) {
        assert!(held as f64 >= least, "{held} of {CURVES}, from {seen} points");
    }
}
