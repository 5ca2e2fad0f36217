//! Which policies no other beats in both accuracy and energy.

use analysis::{Role, Row};
use sim_core::Estimate;

use super::figures::{CONFIDENCE, Figures};
use crate::schema::Figure;

/// How one policy compares with another in one respect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Better,
    /// Exactly as good.
    Same,
    /// Worse, or chance does not let it be told.
    Unknown,
}

/// Marks the policies on the Pareto front. A policy is off it if another is certainly better in accuracy or energy and
/// certainly no worse in the other. A bound is no real policy: it is not on the front and keeps nothing off it.
pub fn mark_front(figures: &Figures, rows: &mut [Row]) {
    let real = |policy: &usize| figures.policies[*policy].role != Role::Bound;
    let known: Vec<usize> = (0..rows.len())
        .filter(real)
        .filter(|policy| rows[*policy].accuracy.is_some() && rows[*policy].energy_j.is_some())
        .collect();
    for policy in &known {
        rows[*policy].pareto = !known.iter().any(|other| other != policy && beats(figures, *other, *policy));
    }
}

fn beats(figures: &Figures, one: usize, other: usize) -> bool {
    let verdict = |better: usize, worse: usize, figure| {
        let difference = figures.difference(better, worse, figure).and_then(|observed| figures.estimate(&observed));
        difference
            .map_or(Verdict::Unknown, |difference| judged(difference, figures.half_width(&difference, CONFIDENCE)))
    };
    let verdicts = [verdict(one, other, Figure::Accuracy), verdict(other, one, Figure::Energy)];
    !verdicts.contains(&Verdict::Unknown) && verdicts.contains(&Verdict::Better)
}

/// On the difference in favour of a policy. With one replication there is no interval, and the difference itself counts.
fn judged(difference: Estimate, half_width: Option<f64>) -> Verdict {
    let half = half_width.unwrap_or(0.0);
    match difference.mean {
        mean if mean > half => Verdict::Better,
        0.0 if half == 0.0 => Verdict::Same,
        _ => Verdict::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use analysis::{Interval, SummaryRecord};

    use super::*;
    use crate::experiment::figures::Uncertain;
    use crate::policies::entry;

    /// Which of three policies are on the front, by their accuracies and energies in two replications.
    fn front(figures: [[(f64, f64); 2]; 3], replications: usize) -> Vec<bool> {
        let policies = ["local-only", "offload-all", "oracle"].map(entry);
        let run = |policy: usize, replication: usize| SummaryRecord {
            policy: policies[policy].to_string(),
            replication: replication as u32,
            accuracy: Some(figures[policy][replication].0),
            energy: Some(figures[policy][replication].1),
            ..SummaryRecord::default()
        };
        let runs: Vec<SummaryRecord> = (0..3).flat_map(|p| (0..replications).map(move |r| run(p, r))).collect();
        let refs: Vec<&SummaryRecord> = runs.iter().collect();
        let some = Some(Interval::point(0.0));
        let mut rows = vec![Row { accuracy: some, energy_j: some, ..Row::default() }; 3];
        mark_front(&Figures::new(&policies, &refs, Uncertain::default()).unwrap(), &mut rows);
        rows.iter().map(|row| row.pareto).collect()
    }

    const ORACLE: [(f64, f64); 2] = [(1.0, 0.0), (1.0, 0.0)];

    /// Cheaper and more accurate by the same in both replications: certain. Differences that change by more than a
    /// twenty-fifth of their mean from one replication to the other are not, at t(1) = 12.7.
    #[test]
    fn a_policy_is_off_the_front_where_another_is_certainly_better() {
        let good = [(0.9, 1.0), (0.92, 1.2)];
        assert_eq!(front([good, [(0.8, 2.0), (0.82, 2.2)], ORACLE], 2), [true, false, false]);
        assert_eq!(front([[(0.8, 2.0), (0.82, 2.2)], good, ORACLE], 2), [false, true, false]);
        let perhaps_cheaper = [(0.8, 1.1), (0.82, 2.2)];
        assert_eq!(front([good, perhaps_cheaper, ORACLE], 2), [true, true, false]);
        let perhaps_better = [(0.8, 2.0), (0.919, 2.2)];
        assert_eq!(front([good, perhaps_better, ORACLE], 2), [true, true, false]);
    }

    #[test]
    fn better_in_one_respect_and_the_same_in_the_other_is_enough() {
        let dear = [(0.9, 2.0), (0.92, 2.2)];
        assert_eq!(front([[(0.9, 1.0), (0.92, 1.2)], dear, ORACLE], 2), [true, false, false]);
        assert_eq!(front([dear, dear, ORACLE], 2), [true, true, false], "the same in both is no better");
        let cheap_and_poor = [(0.8, 1.0), (0.82, 1.2)];
        assert_eq!(front([cheap_and_poor, dear, ORACLE], 2), [true, true, false]);
    }

    /// Without an interval the figures themselves decide.
    #[test]
    fn one_replication_is_taken_at_its_word() {
        assert_eq!(front([[(0.9, 1.0); 2], [(0.89, 1.1); 2], ORACLE], 1), [true, false, false]);
    }
}
