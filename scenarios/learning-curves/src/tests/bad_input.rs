//! What is wrong, and where.

use crate::stoppers::{NoStopping, SuccessiveHalving};
use crate::{Aim, Candidate, Curve, Engine, Forecaster, Penguin, Rule, replay};

fn told<T: std::fmt::Debug>(result: Result<T, crate::CurveError>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn a_curve_says_what_is_wrong_with_it() {
    assert_eq!(told(Curve::new(vec![])), "a curve has at least 2 points, not 0");
    assert_eq!(told(Curve::new(vec![1.0])), "a curve has at least 2 points, not 1");
    let number = "point 2: a value must be a finite number, not NaN";
    assert_eq!(told(Curve::new(vec![1.0, f64::NAN, 2.0])), number);
    assert_eq!(told(Curve::at_epochs(&[(0.5, 1.0), (1.0, f64::NAN)], 0.5)), number);
    assert_eq!(
        told(Curve::at_epochs(&[(0.5, 1.0), (1.0, 2.0), (2.0, 3.0)], 0.5)),
        "point 3 should be at epoch 1.5, but is at 2: points must be 0.5 apart, without holes"
    );
    assert_eq!(
        told(Curve::at_epochs(&[(1.0, 1.0), (0.5, 2.0)], 0.5)),
        "point 1 should be at epoch 0.5, but is at 1: points must be 0.5 apart, without holes"
    );
    assert_eq!(told(Curve::at_epochs(&[], 0.0)), "the spacing of points must be a finite number above 0, not 0");
    let tenths: Vec<(f64, f64)> = (1..=30).map(|k| (f64::from(k) * 0.1, 1.0)).collect();
    assert_eq!(Curve::at_epochs(&tenths, 0.1).unwrap().points(), 30);
}

#[test]
fn engines_say_what_is_wrong_with_a_value() {
    let mut penguin = Penguin::new(2, Rule::default()).unwrap();
    assert_eq!(told(penguin.observe(f64::INFINITY)), "point 1: a value must be a finite number, not inf");
    penguin.observe(1.0).unwrap();
    penguin.observe(2.0).unwrap();
    assert_eq!(told(penguin.observe(3.0)), "the curve ends at point 2, and there is another");
    let mut forecaster = Forecaster::new(40, Aim::default()).unwrap();
    forecaster.observe(20.0).unwrap();
    assert_eq!(told(forecaster.observe(f64::NAN)), "point 2: a value must be a finite number, not NaN");
    assert_eq!(told(forecaster.observe(101.0)), "point 2: 101 is out of range, which is from 0 to 100");
    // What was refused was not taken.
    forecaster.observe(30.0).unwrap();
}

#[test]
fn settings_have_ranges() {
    let aim = Aim::default();
    let rule = Rule::default();
    assert_eq!(told(Penguin::new(1, rule)), "a curve has at least 2 points, not 1");
    let of = |rule| told(Penguin::new(40, rule));
    assert_eq!(of(Rule { window: 0, ..rule }), "the predictions that must agree must be at least 1, not 0");
    assert_eq!(of(Rule { first_fit: 0, ..rule }), "the points of the first fit must be at least 1, not 0");
    assert_eq!(of(Rule { tolerance: f64::NAN, ..rule }), "the tolerance must be at least 0, not NaN");
    let of = |aim| told(Forecaster::new(40, aim));
    assert_eq!(of(Aim { level: 1.0, ..aim }), "the level must be above 0 and below 1, not 1");
    assert_eq!(of(Aim { tolerance: -1.0, ..aim }), "the tolerance must be at least 0, not -1");
    assert_eq!(of(Aim { range: (1.0, 1.0), ..aim }), "the largest value must be finite, and above the least, not 1");
    assert_eq!(told(SuccessiveHalving::new(0, 4)), "the points of the first rung must be at least 1, not 0");
    assert_eq!(told(SuccessiveHalving::new(1, 1)), "the reduction factor must be at least 2, not 1");
}

#[test]
fn a_table_says_what_is_wrong_with_it() {
    let of = |values: &[f64], cost| Candidate { curve: Curve::new(values.to_vec()).unwrap(), cost };
    let replayed = |candidates: &[Candidate], order: &[usize]| told(replay(candidates, order, &mut NoStopping));
    assert_eq!(replayed(&[], &[]), "there are no candidates to choose from");
    let uneven = [of(&[1.0, 2.0], 1.0), of(&[1.0, 2.0, 3.0], 1.0)];
    assert_eq!(replayed(&uneven, &[0, 1]), "candidate 1: its curve has 3 points, that of candidate 0 has 2");
    let costless = [of(&[1.0, 2.0], f64::NAN)];
    assert_eq!(replayed(&costless, &[0]), "candidate 0: its cost must be a finite number, not NaN");
    let good = [of(&[1.0, 2.0], 1.0), of(&[1.0, 2.0], 1.0)];
    for order in [&[0][..], &[0, 0], &[1, 2], &[0, 1, 1]] {
        assert_eq!(replayed(&good, order), "the order must name each of the 2 candidates once");
    }
}
