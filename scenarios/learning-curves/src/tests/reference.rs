//! Random curves against SciPy's fits and Optuna's pruners, as `reference.py` wrote them.

use crate::stoppers::{MedianStopping, Stopper, SuccessiveHalving};
use crate::{Candidate, Curve, Engine, Penguin, Rule, replay};

struct Reference {
    /// Points until each pruner stops.
    stopped: [usize; 4],
    /// A prediction from so many points, if a fit was found.
    seen: usize,
    predicted: Option<f64>,
    values: Vec<f64>,
}

fn references() -> Vec<Reference> {
    let read = |line: &str| {
        let fields: Vec<&str> = line.split(',').collect();
        let count = |at: usize| fields[at].parse().unwrap();
        Reference {
            stopped: [count(0), count(1), count(2), count(3)],
            seen: count(4),
            predicted: fields[5].parse().ok(),
            values: fields[6..].iter().map(|field| field.parse().unwrap()).collect(),
        }
    };
    include_str!("reference.csv").lines().map(read).collect()
}

#[test]
fn predictions_are_those_of_scipy() {
    let mut found = 0;
    for (at, Reference { seen, predicted, values, .. }) in references().iter().enumerate() {
        let mut engine = Penguin::new(values.len(), Rule::default()).unwrap();
        values[..*seen].iter().for_each(|&value| {
            engine.observe(value).unwrap();
        });
        match (engine.prediction(), predicted) {
            (Some(ours), Some(theirs)) => {
                assert!((ours.value / theirs - 1.0).abs() < 1e-4, "curve {at}: {}, not {theirs}", ours.value);
                found += 1;
            }
            (ours, theirs) => assert_eq!(ours.map(|ours| ours.value), *theirs, "curve {at}"),
        }
    }
    assert!(found >= 25, "{found} fits are too few to compare");
}

#[test]
fn stoppers_stop_where_optuna_prunes() {
    let references = references();
    let candidates: Vec<Candidate> = references
        .iter()
        .map(|reference| Candidate { curve: Curve::new(reference.values.clone()).unwrap(), cost: 1.0 })
        .collect();
    let order: Vec<usize> = (0..candidates.len()).collect();
    let stoppers: [Box<dyn Stopper>; 4] = [
        Box::new(MedianStopping::default()),
        Box::new(MedianStopping::new(3, 4)),
        Box::new(SuccessiveHalving::new(1, 4).unwrap()),
        Box::new(SuccessiveHalving::new(3, 2).unwrap()),
    ];
    for (index, mut stopper) in stoppers.into_iter().enumerate() {
        let replay = replay(&candidates, &order, stopper.as_mut()).unwrap();
        for (at, (trial, reference)) in replay.trials.iter().zip(&references).enumerate() {
            assert_eq!(trial.points, reference.stopped[index], "{} of curve {at}", stopper.name());
        }
    }
}
