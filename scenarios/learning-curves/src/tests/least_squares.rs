//! The search, on problems with known answers.

use proptest::prelude::*;

use crate::least_squares::{Bounds, Model, fit};
use crate::penguin::{BOUNDS, PublishedCurve, START};

/// a + b·x.
struct Straight;

impl Model<2> for Straight {
    fn value(&self, x: f64, &[a, b]: &[f64; 2]) -> f64 {
        a + b * x
    }

    fn gradient(&self, x: f64, _: &[f64; 2]) -> [f64; 2] {
        [1.0, x]
    }
}

/// Rosenbrock's valley, as two residuals: 10·(b − a²) and 1 − a.
struct Valley;

impl Model<2> for Valley {
    fn value(&self, x: f64, &[a, b]: &[f64; 2]) -> f64 {
        if x == 1.0 { 10.0 * (b - a * a) } else { 1.0 - a }
    }

    fn gradient(&self, x: f64, &[a, _]: &[f64; 2]) -> [f64; 2] {
        if x == 1.0 { [-20.0 * a, 10.0] } else { [-1.0, 0.0] }
    }
}

fn everywhere() -> Bounds<2> {
    Bounds::new([f64::NEG_INFINITY; 2], [f64::INFINITY; 2]).unwrap()
}

fn is_close(found: [f64; 2], expected: [f64; 2], precision: f64) -> bool {
    found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < precision)
}

#[test]
fn a_line_is_found_as_worked_out_by_hand() {
    // Through (1, 1), (2, 3), (3, 2) and (4, 6): slope 7/5, and −1/2 at 0.
    let found = fit(&Straight, &everywhere(), [0.0; 2], &[1.0, 3.0, 2.0, 6.0], 100).unwrap();
    assert!(is_close(found.parameters, [-0.5, 1.4], 1e-7), "{found:?}");
    assert!((found.squares - 4.2).abs() < 1e-9);
}

#[test]
fn where_a_bound_is_in_the_way_the_rest_is_fitted_to_it() {
    // With a slope of at most 1, the intercept is the mean of 0, 1, −1 and 2.
    let bounds = Bounds::new([-10.0; 2], [10.0, 1.0]).unwrap();
    let found = fit(&Straight, &bounds, [0.0; 2], &[1.0, 3.0, 2.0, 6.0], 200).unwrap();
    assert!(is_close(found.parameters, [0.5, 1.0], 1e-4), "{found:?}");
    assert!(bounds.contain(&found.parameters));
}

#[test]
fn a_bent_valley_is_followed_to_its_end() {
    let found = fit(&Valley, &everywhere(), [-1.2, 1.0], &[0.0, 0.0], 200).unwrap();
    assert!(is_close(found.parameters, [1.0, 1.0], 1e-6), "{found:?}");
    // The best within the bounds is at a = 0.5, b = 0.25.
    let bounds = Bounds::new([-2.0, -2.0], [0.5, 2.0]).unwrap();
    let found = fit(&Valley, &bounds, [-1.2, 1.0], &[0.0, 0.0], 500).unwrap();
    assert!(is_close(found.parameters, [0.5, 0.25], 1e-4), "{found:?}");
}

#[test]
fn bounds_that_leave_nothing_are_none() {
    assert_eq!(Bounds::new([0.0, 1.0], [1.0, 1.0]), None);
    assert_eq!(Bounds::new([f64::NAN], [1.0]), None);
}

#[test]
fn a_search_that_may_not_go_on_says_so() {
    let failed = fit(&Valley, &everywhere(), [-1.2, 1.0], &[0.0, 0.0], 3).unwrap_err();
    assert_eq!(failed.to_string(), "no fit was found within 3 evaluations");
}

proptest! {
    #[test]
    fn the_gradient_of_the_published_curve_is_that_of_differences(
        a in 1.0..150.0, b in 1.01..2.5, c in 0.1..40.0, x in 1.0..40.0,
    ) {
        let parameters = [a, b, c];
        let gradient = PublishedCurve.gradient(x, &parameters);
        for k in 0..3 {
            let step = 1e-6 * parameters[k];
            let at = |sign: f64| {
                let mut moved = parameters;
                moved[k] += sign * step;
                PublishedCurve.value(x, &moved)
            };
            let difference = (at(1.0) - at(-1.0)) / (2.0 * step);
            // What is left of a difference between large numbers.
            let rounding = 1e-15 * PublishedCurve.value(x, &parameters).abs() / step;
            prop_assert!(
                (gradient[k] - difference).abs() <= 1e-5 * gradient[k].abs() + 10.0 * rounding + 1e-9,
                "{k}: {} and {difference}", gradient[k]
            );
        }
    }

    #[test]
    fn any_values_are_fitted_within_the_bounds_or_not_at_all(
        values in prop::collection::vec(prop_oneof![4 => 0.0..100.0, 1 => proptest::num::f64::NORMAL], 1..30),
    ) {
        if let Ok(found) = fit(&PublishedCurve, &BOUNDS, START, &values, 300) {
            prop_assert!(BOUNDS.contain(&found.parameters), "{found:?}");
            let square = |(at, value): (usize, &f64)| {
                (PublishedCurve.value((at + 1) as f64, &found.parameters) - value).powi(2)
            };
            let squares: f64 = values.iter().enumerate().map(square).sum();
            prop_assert!((found.squares - squares).abs() <= 1e-9 * squares);
        }
    }

    #[test]
    fn a_curve_without_noise_is_found_again(a in 20.0..90.0, b in 1.05..2.0, share in 0.2..0.9) {
        // The curve that starts at a share of its level.
        let c = 1.0 + f64::ln(a * share) / f64::ln(b);
        let values: Vec<f64> = (1..=25).map(|x| PublishedCurve.value(f64::from(x), &[a, b, c])).collect();
        let found = fit(&PublishedCurve, &BOUNDS, START, &values, 1_000).unwrap();
        let end = PublishedCurve.value(40.0, &found.parameters);
        prop_assert!((end / PublishedCurve.value(40.0, &[a, b, c]) - 1.0).abs() < 1e-3, "{found:?}");
    }
}
