//! How far from the best the search is without the part that looks at everything, which is what long networks get.

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use super::networks::{Case, cases};
use crate::planner::{Effort, search};

/// What random networks show.
#[derive(Debug, Default)]
struct Gap {
    /// Plans on the complete fronts.
    plans: usize,
    /// Those for which nothing as fast, within the same error, was found.
    missed: usize,
    /// How much slower what was found is, on average over all plans, and at worst, as parts of the best latency.
    mean: f64,
    worst: f64,
}

fn gap(networks: u64, drawn: impl Strategy<Value = Case>, changes: usize) -> Gap {
    let (mut runner, mut gap) = (TestRunner::deterministic(), Gap::default());
    for index in 0..networks {
        let case = drawn.new_tree(&mut runner).unwrap().current();
        let memory = 100 + 100 * (index % 15);
        let search = |effort| search(&case.problem, &case, memory, effort).unwrap();
        let complete = search(Effort { looks: 4_000_000, ..Effort::USUAL });
        let short = search(Effort { changes, looks: 0 });
        for plan in complete.front.iter().filter(|_| complete.is_proven) {
            let found = short.within(plan.error).unwrap();
            let slower = (found.latency.total() - plan.latency.total()) / plan.latency.total().max(1.0);
            assert!(slower >= 0.0, "{found:?} is faster than {plan:?}");
            gap.plans += 1;
            gap.missed += usize::from(slower > 0.0);
            gap.mean += slower;
            gap.worst = gap.worst.max(slower);
        }
    }
    Gap { mean: gap.mean / gap.plans as f64, ..gap }
}

/// The figures in the documentation: hardly anything is missed with changes of single widths, much without.
#[test]
fn changes_of_single_widths_close_the_gap() {
    let gap = |changes| gap(300, cases(8, 6, 7), changes);
    let (with, without) = (gap(Effort::USUAL.changes), gap(0));
    assert!(with.plans > 2_000 && with.missed * 50 < with.plans && with.mean < 2e-4 && with.worst < 0.1, "{with:?}");
    assert!(without.missed * 4 > without.plans && without.mean > 5e-3, "{without:?}");
}

/// The same with more layers and fewer widths.
#[test]
fn the_gap_stays_small_with_more_layers() {
    let gap = gap(100, cases(12, 10, 3), Effort::USUAL.changes);
    assert!(gap.plans > 300 && gap.missed * 20 < gap.plans && gap.mean < 5e-4 && gap.worst < 0.05, "{gap:?}");
}
