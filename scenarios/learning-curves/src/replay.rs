//! What a stopper would have saved, and what it would have cost: curves that are known to the end, shown to it point by
//! point.

use crate::curve::Curve;
use crate::error::CurveError;
use crate::front::front;
use crate::ranks::{kendall, spearman};
use crate::stoppers::{Decision, Ending, Stopper, Trial};

/// A candidate of which everything is known.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// Its curve to the end.
    pub curve: Curve,
    /// What it costs to use, such as multiply-accumulates; less is better.
    pub cost: f64,
}

/// How it went.
#[derive(Clone, Debug, PartialEq)]
pub struct Replay {
    /// What became of each candidate, in the order of the candidates.
    pub trials: Vec<Trial>,
    /// Points that were trained for.
    pub spent: usize,
    /// Points of all curves.
    pub all: usize,
    /// The candidate with the best estimate among those that were not abandoned; if equal, the cheaper or earlier one.
    pub chosen: usize,
    /// By how much the chosen one's end is below the best one's.
    pub lost: f64,
    /// By how much predictions differed from what was measured in the end, on average; `None` if there were none.
    pub error: Option<f64>,
    /// Spearman's ρ between estimates and ends; `None` if all of either are equal.
    pub spearman: Option<f64>,
    /// Kendall's τ-b between them; `None` likewise.
    pub kendall: Option<f64>,
    /// Which part of the true front, of end against cost, is on the front of estimates that were not abandoned.
    pub front_found: f64,
}

impl Replay {
    /// The part of the points that was saved.
    pub fn saved(&self) -> f64 {
        (self.all - self.spent) as f64 / self.all as f64
    }
}

/// Shows a stopper candidates in an order, one after the other.
///
/// # Errors
/// If there are no candidates, their curves differ in length, a cost is not finite, the order does not name each once, or
/// the stopper cannot deal with a value.
pub fn replay(candidates: &[Candidate], order: &[usize], stopper: &mut dyn Stopper) -> Result<Replay, CurveError> {
    check(candidates, order)?;
    let mut trials = order.iter().map(|&at| run(candidates, at, stopper)).collect::<Result<Vec<_>, _>>()?;
    trials.sort_by_key(|trial| trial.candidate);
    Ok(judge(candidates, trials))
}

fn check(candidates: &[Candidate], order: &[usize]) -> Result<(), CurveError> {
    let expected = candidates.first().ok_or(CurveError::NoCandidates)?.curve.points();
    for (candidate, Candidate { curve, cost }) in candidates.iter().enumerate() {
        if curve.points() != expected {
            return Err(CurveError::Length { candidate, points: curve.points(), expected });
        }
        if !cost.is_finite() {
            return Err(CurveError::Cost { candidate, found: *cost });
        }
    }
    let mut named = order.to_vec();
    named.sort_unstable();
    if named.iter().copied().eq(0..candidates.len()) {
        Ok(())
    } else {
        Err(CurveError::Order { candidates: candidates.len() })
    }
}

fn run(candidates: &[Candidate], candidate: usize, stopper: &mut dyn Stopper) -> Result<Trial, CurveError> {
    let Candidate { curve, cost } = &candidates[candidate];
    stopper.begin(*cost);
    let mut trial = Trial { candidate, points: curve.points(), estimate: curve.last(), ending: Ending::Measured };
    for (at, &value) in curve.values().iter().enumerate() {
        let decision = stopper.observe(value)?;
        // After the last point there is nothing left to stop.
        if at + 1 == curve.points() {
            break;
        }
        match decision {
            Decision::Continue => continue,
            Decision::Predict(estimate) => (trial.estimate, trial.ending) = (estimate, Ending::Predicted),
            Decision::Abandon(estimate) => (trial.estimate, trial.ending) = (estimate, Ending::Abandoned),
        }
        trial.points = at + 1;
        break;
    }
    stopper.end(&trial);
    Ok(trial)
}

fn judge(candidates: &[Candidate], trials: Vec<Trial>) -> Replay {
    let ends: Vec<f64> = candidates.iter().map(|candidate| candidate.curve.last()).collect();
    let costs: Vec<f64> = candidates.iter().map(|candidate| candidate.cost).collect();
    let estimates: Vec<f64> = trials.iter().map(|trial| trial.estimate).collect();
    let mut eligible: Vec<usize> = (0..trials.len()).filter(|&at| trials[at].ending != Ending::Abandoned).collect();
    if eligible.is_empty() {
        eligible = (0..trials.len()).collect();
    }
    let better = |&left: &usize, &right: &usize| {
        let by_estimate = estimates[left].total_cmp(&estimates[right]);
        by_estimate.then(costs[right].total_cmp(&costs[left])).then(right.cmp(&left))
    };
    let chosen = eligible.iter().copied().max_by(better).unwrap_or(0);
    let best = ends.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let errors: Vec<f64> = trials
        .iter()
        .filter(|trial| trial.ending == Ending::Predicted)
        .map(|trial| (trial.estimate - ends[trial.candidate]).abs())
        .collect();

    let true_front = front(&(0..ends.len()).map(|at| (ends[at], costs[at])).collect::<Vec<_>>());
    let estimated = front(&eligible.iter().map(|&at| (estimates[at], costs[at])).collect::<Vec<_>>());
    let found = estimated.iter().filter(|&&at| true_front.contains(&eligible[at])).count();
    Replay {
        spent: trials.iter().map(|trial| trial.points).sum(),
        all: candidates.iter().map(|candidate| candidate.curve.points()).sum(),
        chosen,
        lost: best - ends[chosen],
        error: (!errors.is_empty()).then(|| errors.iter().sum::<f64>() / errors.len() as f64),
        spearman: spearman(&estimates, &ends),
        kendall: kendall(&estimates, &ends),
        front_found: found as f64 / true_front.len() as f64,
        trials,
    }
}
