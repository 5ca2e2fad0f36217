//! temp
use super::networks::{Case, cases};
use crate::planner::plan_with;
use crate::*;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use std::time::Instant;

fn draw(n: usize, s: impl Strategy<Value = Case>) -> Vec<Case> {
    let mut runner = TestRunner::deterministic();
    (0..n).map(|_| s.new_tree(&mut runner).unwrap().current()).collect()
}

#[test]
fn stats() {
    for (steps, layers, widths) in [(5, 3, 3), (6, 5, 2), (5, 2, 7), (6, 4, 4), (8, 6, 3), (8, 6, 7)] {
        let (mut fronts, mut proven, mut more, mut n) = (0, 0, 0, 0);
        let (mut worst, mut sum, mut points, mut missed) = (0.0f64, 0.0, 0, 0);
        let t = Instant::now();
        for (i, case) in draw(150, cases(steps, layers, widths)).into_iter().enumerate() {
            let memory = (i as u64 % 10) * 200 + 100;
            let full = plan_with(&case.problem, &case, memory, 4_000_000).unwrap();
            let quick = plan_with(&case.problem, &case, memory, 0).unwrap();
            n += 1;
            fronts += full.front.len();
            proven += usize::from(full.is_proven);
            more += usize::from(full.front.len() > 1);
            for plan in &full.front {
                let best = quick.within(plan.error).unwrap();
                let gap = best.latency.total() / plan.latency.total() - 1.0;
                if gap.is_finite() {
                    worst = worst.max(gap);
                    sum += gap;
                }
                missed += usize::from(gap > 0.0);
                points += 1;
            }
        }
        println!(
            "{steps} {layers} {widths}: n {n} mean front {} proven {proven} nontrivial {more}; points {points} missed {missed} mean gap {} worst {worst} {:?}",
            fronts as f64 / n as f64,
            sum / points as f64,
            t.elapsed()
        );
    }
}

#[test]
fn speed() {
    for on_chip in [None, Some(4_000_000u64)] {
        for bw in [1e5, 1e7, 1e9] {
            let mut x = 12345u64;
            let mut r = |n: u64| {
                x = x.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                (x >> 33) % n
            };
            let steps: Vec<Step> = (0..50)
                .map(|i| {
                    let e = |r: u64| -> Vec<f64> {
                        (2..=8).map(|b| (1.0 + r as f64 / 100.0) * 0.25f64.powi(b - 2)).collect()
                    };
                    Step {
                        reads: if i % 3 == 2 { vec![i, i - 1] } else { vec![i] },
                        weights: 1000 + r(60_000),
                        activations: (60_000 / (1 + i as u64)) + r(1_000),
                        kind: Kind::Layer(LayerErrors { weights: e(r(100)), activations: e(r(100)) }),
                    }
                })
                .collect();
            let times = (0..50).map(|_| (1.0 + r(100) as f64 / 100.0, 0.01)).collect();
            let case = Case {
                problem: Problem::new((2..=8).collect(), steps).unwrap(),
                input: 150_528 * 8,
                steps: times,
                bandwidth: bw,
                on_chip,
                rate: 5e3,
            };
            let total: u64 = case.problem.steps().iter().map(|s| s.weights).sum();
            for m in [total * 3, total * 5, total * 9] {
                let t = Instant::now();
                let p = plan(&case.problem, &case, m).unwrap();
                let full = t.elapsed();
                let t = Instant::now();
                let q = plan_with(&case.problem, &case, m, 0).unwrap();
                println!(
                    "chip {on_chip:?} bw {bw} mem {m}: front {} {} proven {} {full:?}; quick {:?} {:?}",
                    p.front.len(),
                    q.front.len(),
                    p.is_proven,
                    t.elapsed(),
                    p.front.iter().map(|p| (p.cut, p.latency.total(), p.error)).collect::<Vec<_>>().first()
                );
            }
        }
    }
}
