//! The three published curves, point by point.

use crate::published::{NEVER_LEARNS, NOISY, SMOOTH};
use crate::{Aim, Engine, Forecaster, Penguin, Rule, Verdict};

/// Predictions after each point, until the engine stops, and after how many points that is.
fn predictions(curve: &[f64], rule: Rule) -> (Vec<Option<f64>>, usize) {
    let mut engine = Penguin::new(curve.len(), rule).unwrap();
    let mut found = Vec::new();
    for (at, &value) in curve.iter().enumerate() {
        let verdict = engine.observe(value).unwrap();
        found.push(engine.prediction().map(|prediction| prediction.value));
        if verdict == Verdict::Converged {
            return (found, at + 1);
        }
    }
    (found, curve.len())
}

fn assert_close(found: &[Option<f64>], expected: &[Option<f64>]) {
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for (at, (found, expected)) in found.iter().zip(expected).enumerate() {
        let is_close = match (found, expected) {
            (Some(found), Some(expected)) => (found / expected - 1.0).abs() < 1e-3,
            (found, expected) => found == expected,
        };
        assert!(is_close, "point {}: {found:?}, not {expected:?}", at + 1);
    }
}

#[test]
fn the_flat_curve_stops_at_epoch_3() {
    let (found, points) = predictions(&NEVER_LEARNS, Rule::default());
    assert_close(&found, &[None, None, None, Some(1.6762), Some(1.4626), Some(1.1888)]);
    assert_eq!(points, 6);
}

#[test]
fn the_smooth_curve_stops_at_epoch_4() {
    let (found, points) = predictions(&SMOOTH, Rule::default());
    let expected = [19.278, 21.876, 23.076, 24.917, 25.302, 25.712].map(Some);
    assert_close(&found[2..], &expected);
    assert_eq!((points, &found[..2]), (8, &[None; 2][..]));
}

#[test]
fn the_noisy_curve_stops_at_epoch_8_5() {
    let (found, points) = predictions(&NOISY, Rule::default());
    let expected =
        [9.040, 16.789, 36.45, 12.931, 17.385, 34.380, 21.638, 33.701, 24.738, 25.367, 23.204, 22.650, 22.820]
            .map(Some);
    assert_close(&found[4..], &expected);
    assert_eq!((points, &found[..4]), (17, &[None; 4][..]));
}

#[test]
fn with_fewer_evaluations_the_flat_curve_stops_later() {
    let (found, points) = predictions(&NEVER_LEARNS, Rule { evaluations: 300, ..Rule::default() });
    let expected = [None, None, None, None, Some(1.4626), Some(1.1888), None, None, Some(1.3913)];
    assert_close(&found, &expected);
    assert_eq!(points, 9);
}

/// A row of the document's table: where an engine stops, and what it predicts there.
fn row(curve: (&str, [f64; 40]), name: &str, engine: &mut impl Engine) -> String {
    let mut points = 0;
    for value in curve.1 {
        points += 1;
        if engine.observe(value).unwrap() == Verdict::Converged {
            break;
        }
    }
    let prediction = engine.prediction().unwrap();
    let interval = match prediction.interval {
        Some(interval) => format!("{:.1} to {:.1}", interval.lower, interval.upper),
        None => "".to_owned(),
    };
    let (epoch, value, measured) = (points as f64 / 2.0, prediction.value, curve.1[39]);
    format!("| {} | {name} | {epoch} | {value:.4} | {interval} | {measured:.4} |", curve.0)
}

#[test]
fn the_document_has_these_figures() {
    let document = include_str!("../../../../docs/explanation/learning-curves.md");
    for curve in [("never learns", NEVER_LEARNS), ("smooth", SMOOTH), ("noisy", NOISY)] {
        let published = row(curve, "PENGUIN", &mut Penguin::new(40, Rule::default()).unwrap());
        let ours = row(curve, "forecast", &mut Forecaster::new(40, Aim::default()).unwrap());
        for row in [published, ours] {
            assert!(document.contains(&row), "{row}");
        }
    }
}
