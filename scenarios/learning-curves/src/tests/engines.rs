//! What engines make of curves of known kinds.

use proptest::prelude::*;

use crate::families::FAMILIES;
use crate::published::{NEVER_LEARNS, NOISY, SMOOTH};
use crate::{Aim, Engine, Forecaster, Misfit, Penguin, Prediction, Rule, Verdict};

fn penguin() -> Penguin {
    Penguin::new(40, Rule::default()).unwrap()
}

fn forecaster() -> Forecaster {
    Forecaster::new(40, Aim::default()).unwrap()
}

/// After how many points an engine stops, if it does, and what it predicts then, or after the last.
fn watched(engine: &mut impl Engine, curve: &[f64]) -> (Option<usize>, Prediction) {
    for (at, &value) in curve.iter().enumerate() {
        if matches!(engine.observe(value).unwrap(), Verdict::Converged | Verdict::Beaten) {
            return (Some(at + 1), engine.prediction().unwrap());
        }
    }
    (None, engine.prediction().unwrap())
}

fn verdicts(engine: &mut impl Engine, curve: &[f64]) -> Vec<Verdict> {
    curve.iter().map(|&value| engine.observe(value).unwrap()).collect()
}

/// level − span·e^(−(x − 1)/pace).
fn exponential(level: f64, span: f64, pace: f64) -> Vec<f64> {
    (0..40).map(|x| level - span * (-f64::from(x) / pace).exp()).collect()
}

#[test]
fn what_remains_of_a_curve_falls_from_all_towards_nothing() {
    for family in FAMILIES {
        for parameters in family.grid(40) {
            let remaining: Vec<f64> = (1..=40).map(|x| family.remaining(f64::from(x), parameters)).collect();
            let first = if family.name() == "constant" { 0.0 } else { 1.0 };
            assert!((remaining[0] - first).abs() < 1e-12, "{}: {parameters:?}", family.name());
            assert!(remaining.is_sorted_by(|left, right| left >= right && *right >= 0.0), "{}", family.name());
        }
    }
}

#[test]
fn a_straight_line_leads_nowhere_and_never_converges() {
    let rising: Vec<f64> = (1..=30).map(|x| 3.0 * f64::from(x)).collect();
    let found = verdicts(&mut penguin(), &rising);
    assert!(found.contains(&Verdict::DoesNotFit(Misfit::AtBound)), "{found:?}");
    assert!(!found.contains(&Verdict::Converged), "{found:?}");
}

#[test]
fn a_fit_at_its_bound_forgets_the_predictions_before() {
    // From point 8, which converged, the window fills anew after the line has been taken for one without an end.
    let mut engine = Penguin::new(40, Rule { window: 2, ..Rule::default() }).unwrap();
    let curve = [10.0, 15.0, 17.5, 18.75, 60.0, 110.0, 160.0];
    let found = verdicts(&mut engine, &curve);
    let bound = found.iter().position(|&verdict| verdict == Verdict::DoesNotFit(Misfit::AtBound)).unwrap();
    let after = engine.observe(160.0).unwrap();
    assert!(bound >= 4 && after != Verdict::Converged, "{found:?}, then {after:?}");
}

#[test]
fn what_is_not_an_accuracy_does_not_converge() {
    // A curve that leads to 120, without noise: predictions agree, but are above 100.
    let curve = exponential(120.0, 100.0, 5.0);
    assert!(!verdicts(&mut penguin(), &curve).contains(&Verdict::Converged));
}

#[test]
fn a_collapse_is_a_surprise_and_no_end() {
    let mut curve = SMOOTH;
    curve[12..].fill(1.0);
    let mut engine = forecaster();
    let found = verdicts(&mut engine, &curve[..20]);
    assert_eq!(found[11], Verdict::Continue);
    assert_eq!(found[12..15], [Verdict::DoesNotFit(Misfit::Surprise); 3]);
}

#[test]
fn a_curve_that_turns_back_does_not_fit() {
    // It rises for 21 points, and falls from then on.
    let found = verdicts(&mut forecaster(), &SMOOTH);
    let first = found.iter().position(|verdict| matches!(verdict, Verdict::DoesNotFit(_) | Verdict::Converged));
    assert_eq!(first.map(|at| found[at]), Some(Verdict::DoesNotFit(Misfit::Wanders)), "{found:?}");
}

#[test]
fn a_curve_below_its_rival_is_given_up_and_one_above_is_not() {
    let curve = exponential(60.0, 40.0, 6.0);
    let aim = Aim { tolerance: 0.0, ..Aim::default() };
    let stops = |rival: f64| {
        let mut engine = Forecaster::new(40, aim).unwrap();
        engine.set_rival(Some(rival));
        verdicts(&mut engine, &curve).iter().position(|&verdict| verdict == Verdict::Beaten)
    };
    let (far, near) = (stops(90.0).unwrap(), stops(62.0).unwrap());
    assert!(far < near && near < 30, "{far} and {near}");
    assert_eq!(stops(55.0), None);
}

#[test]
fn families_are_told_apart_by_what_they_forecast() {
    for (name, curve) in [
        ("exponential", exponential(60.0, 40.0, 5.0)),
        ("power", (1..=40).map(|x| 70.0 - 60.0 * f64::from(x).powf(-0.5)).collect()),
        ("constant", NEVER_LEARNS.to_vec()),
    ] {
        let mut engine = forecaster();
        verdicts(&mut engine, &curve);
        let families = engine.families();
        assert_eq!(engine.prediction().unwrap().family, name, "{families:?}");
        assert!((families.iter().map(|(_, probability)| probability).sum::<f64>() - 1.0).abs() < 1e-9);
    }
}

#[test]
fn an_engine_that_is_reset_is_as_new() {
    fn check(mut used: impl Engine, mut new: impl Engine) {
        verdicts(&mut used, &NOISY);
        used.reset();
        assert_eq!(used.prediction(), None);
        for value in SMOOTH {
            assert_eq!(used.observe(value), new.observe(value));
            assert_eq!(used.prediction(), new.prediction());
        }
    }
    check(penguin(), penguin());
    check(forecaster(), forecaster());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn smooth_curves_are_predicted_early_and_well(level in 40.0..95.0, share in 0.2..0.8, pace in 1.0..5.0) {
        let curve = exponential(level, level * share, pace);
        let (points, prediction) = watched(&mut penguin(), &curve);
        prop_assert!(points.unwrap() <= 16 && (prediction.value - curve[39]).abs() < 1.0, "{points:?}: {prediction:?}");
        let (points, prediction) = watched(&mut forecaster(), &curve);
        prop_assert!(points.unwrap() <= 20 && (prediction.value - curve[39]).abs() < 1.0, "{points:?}: {prediction:?}");
    }

    #[test]
    fn any_finite_curve_is_taken(
        curve in prop::collection::vec(prop_oneof![Just(0.0), Just(100.0), 0.0..100.0, 50.0..50.001], 40),
        wild in prop::collection::vec(proptest::num::f64::NORMAL | proptest::num::f64::ZERO, 12),
    ) {
        let mut engine = forecaster();
        for &value in &curve {
            engine.observe(value).unwrap();
            if let Some(prediction) = engine.prediction() {
                let (interval, curve) = (prediction.interval.unwrap(), engine.curve().unwrap());
                prop_assert!(interval.lower >= 0.0 && interval.upper <= 100.0 && interval.lower <= interval.upper);
                prop_assert!(curve.contains(prediction.value), "{curve:?}: {prediction:?}");
            }
        }
        let mut engine = penguin();
        for &value in &wild {
            engine.observe(value).unwrap();
            prop_assert!(engine.prediction().is_none_or(|prediction| prediction.value.is_finite()));
        }
    }

    #[test]
    fn another_unit_changes_nothing_else(scale in 0.01..50.0, shift in -100.0..100.0, points in 4_usize..40) {
        let range = (shift, shift + 100.0 * scale);
        let mut scaled = Forecaster::new(40, Aim { range, tolerance: scale, ..Aim::default() }).unwrap();
        let mut plain = forecaster();
        for &value in &NOISY[..points] {
            prop_assert_eq!(scaled.observe(shift + scale * value), plain.observe(value));
        }
        let (scaled, plain) = (scaled.prediction().unwrap(), plain.prediction().unwrap());
        prop_assert!((scaled.value - (shift + scale * plain.value)).abs() < 0.02 * scale, "{scaled:?} and {plain:?}");
    }
}
