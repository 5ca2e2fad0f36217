//! Replays, worked out by hand.

use crate::stoppers::{Decision, Ending, Forecasting, MedianStopping, NoStopping, Stopper, SuccessiveHalving, Trial};
use crate::{Aim, Candidate, Curve, CurveError, Forecaster, replay};

fn candidate(values: &[f64], cost: f64) -> Candidate {
    Candidate { curve: Curve::new(values.to_vec()).unwrap(), cost }
}

/// Decides as it was told to, value by value.
struct Told(std::vec::IntoIter<Decision>);

impl Stopper for Told {
    fn name(&self) -> &'static str {
        "told"
    }

    fn begin(&mut self, _: f64) {}

    fn observe(&mut self, _: f64) -> Result<Decision, CurveError> {
        Ok(self.0.next().unwrap_or(Decision::Continue))
    }

    fn end(&mut self, _: &Trial) {}
}

#[test]
fn a_replay_adds_up() {
    let candidates = [
        candidate(&[10.0, 20.0, 30.0], 1.0),
        candidate(&[20.0, 40.0, 50.0], 2.0),
        candidate(&[30.0, 35.0, 60.0], 3.0),
        candidate(&[5.0, 6.0, 40.0], 3.0),
    ];
    // In the order 3, 2, 1, 0: abandoned at its first point, predicted at its second, predicted at its first, measured.
    let told = vec![
        Decision::Abandon(5.0),
        Decision::Continue,
        Decision::Predict(45.0),
        Decision::Predict(48.0),
        Decision::Continue,
        Decision::Continue,
        // Comes after the last point, where there is nothing to stop.
        Decision::Abandon(0.0),
    ];
    let found = replay(&candidates, &[3, 2, 1, 0], &mut Told(told.into_iter())).unwrap();
    let trial = |candidate, points, estimate, ending| Trial { candidate, points, estimate, ending };
    assert_eq!(
        found.trials,
        [
            trial(0, 3, 30.0, Ending::Measured),
            trial(1, 1, 48.0, Ending::Predicted),
            trial(2, 2, 45.0, Ending::Predicted),
            trial(3, 1, 5.0, Ending::Abandoned),
        ]
    );
    assert_eq!((found.spent, found.all, found.saved()), (7, 12, 5.0 / 12.0));
    // 48 looks best, and ends at 50, where 60 was possible; predictions were off by 2 and by 15.
    assert_eq!((found.chosen, found.lost, found.error), (1, 10.0, Some(8.5)));
    // The true front is 30, 50 and 60 at costs 1, 2 and 3; of estimates it is 30 and 48.
    assert_eq!(found.front_found, 2.0 / 3.0);
    // Estimates 30, 48, 45, 5 and ends 30, 50, 60, 40: ranks 2, 4, 3, 1 and 1, 3, 4, 2.
    assert_eq!((found.spearman, found.kendall), (Some(0.6), Some(1.0 / 3.0)));
}

#[test]
fn without_stopping_nothing_is_saved_or_lost() {
    let candidates = [candidate(&[1.0, 7.0], 1.0), candidate(&[2.0, 5.0], 2.0), candidate(&[0.0, 9.0], 5.0)];
    let found = replay(&candidates, &[1, 0, 2], &mut NoStopping).unwrap();
    assert_eq!((found.spent, found.chosen, found.lost, found.error), (6, 2, 0.0, None));
    assert_eq!((found.spearman, found.kendall, found.front_found), (Some(1.0), Some(1.0), 1.0));
}

#[test]
fn of_equal_estimates_the_cheaper_is_chosen() {
    let candidates = [candidate(&[1.0, 7.0], 3.0), candidate(&[2.0, 7.0], 1.0), candidate(&[2.0, 7.0], 1.0)];
    assert_eq!(replay(&candidates, &[2, 0, 1], &mut NoStopping).unwrap().chosen, 1);
}

#[test]
fn halving_promotes_the_best_of_each_rung() {
    // Rungs at 1, 2 and 4 points. The second candidate is worse than the first at once; the third passes as the better
    // one of three halves, and falls behind at 2 points, where it competes with the first alone.
    let candidates = [
        candidate(&[5.0, 6.0, 7.0, 8.0, 9.0], 1.0),
        candidate(&[4.0, 9.0, 9.0, 9.0, 9.0], 1.0),
        candidate(&[6.0, 5.0, 9.0, 9.0, 9.0], 1.0),
    ];
    let found = replay(&candidates, &[0, 1, 2], &mut SuccessiveHalving::new(1, 2).unwrap()).unwrap();
    assert_eq!(found.trials.iter().map(|trial| trial.points).collect::<Vec<_>>(), [5, 1, 2]);
}

#[test]
fn the_median_is_of_those_trained_to_the_end() {
    // With two to start with, the median at the first point is 5, which the third reaches, and the fourth does not; at the
    // second point it is 7, and the third's best so far is 6.
    let candidates = [
        candidate(&[4.0, 6.0, 8.0], 1.0),
        candidate(&[6.0, 8.0, 8.0], 1.0),
        candidate(&[6.0, 5.0, 9.0], 1.0),
        candidate(&[4.9, 9.0, 9.0], 1.0),
    ];
    let found = replay(&candidates, &[0, 1, 2, 3], &mut MedianStopping::new(2, 0)).unwrap();
    assert_eq!(found.trials.iter().map(|trial| trial.points).collect::<Vec<_>>(), [3, 3, 2, 1]);
}

#[test]
fn a_forecast_gives_up_only_what_a_cheaper_one_beats() {
    let curve = |level: f64| (0..40).map(|x| level - 0.5 * level * (-f64::from(x) / 8.0).exp()).collect::<Vec<_>>();
    let aim = Aim { tolerance: 0.0, ..Aim::default() };
    let endings = |costs: [f64; 2]| {
        let candidates = [candidate(&curve(80.0), costs[0]), candidate(&curve(50.0), costs[1])];
        let mut stopper = Forecasting::new(Forecaster::new(40, aim).unwrap());
        let found = replay(&candidates, &[0, 1], &mut stopper).unwrap();
        assert_eq!(found.front_found, 1.0);
        found.trials[1].ending
    };
    assert_eq!((endings([1.0, 2.0]), endings([2.0, 1.0])), (Ending::Abandoned, Ending::Measured));
}
