//! Small networks, worked out by hand.

use crate::{
    Baselines, Costs, Kind, LayerErrors, LayerWidths, LeftOut, Numbers, Problem, Sent, Step, Why, Widths, plan,
};

fn layer(reads: usize, sizes: (u64, u64), weights: &[f64], activations: &[f64]) -> Step {
    let errors = LayerErrors { weights: weights.to_vec(), activations: activations.to_vec() };
    Step { reads: vec![reads], weights: sizes.0, activations: sizes.1, kind: Kind::Layer(errors) }
}

/// Steps that take 3 and 5 on the device whatever their widths, and nothing at the server; a hundred bits sent take 1,
/// and the input has 1,000.
struct Slow;

impl Costs for Slow {
    fn device(&self, widths: &Widths) -> f64 {
        [3.0, 5.0][..widths.steps()].iter().sum()
    }

    fn link(&self, _: usize, sent: Sent) -> f64 {
        match sent {
            Sent::Input => 10.0,
            Sent::Floats => 32.0,
            Sent::Bits(bits) => f64::from(bits),
            Sent::Answer => 0.0,
        }
    }

    fn server(&self, _: usize) -> f64 {
        0.0
    }
}

/// 10 weights that make 100 numbers, then 50 weights that make 10, in 4 or 8 bits.
fn two_layers() -> Problem {
    let first = layer(0, (10, 100), &[3.0, 1.0], &[8.0, 2.0]);
    let second = layer(1, (50, 10), &[5.0, 1.0], &[4.0, 1.0]);
    Problem::new(vec![4, 8], vec![first, second]).unwrap()
}

/// Cut, latency and error of each plan on the front.
fn front(memory: u64) -> Vec<(usize, f64, f64)> {
    let plans = plan(&two_layers(), &Slow, memory).unwrap();
    assert!(plans.is_proven);
    plans.front.iter().map(|plan| (plan.cut, plan.latency.total(), plan.error)).collect()
}

/// Sending the input takes 10. After the first step, 100 numbers of 4 bits take 3 + 4 = 7, and of 8 bits 11, which is
/// too late; its weights may have 8 bits (80), and 400 + 80 bits lose 8 + 1 = 9. With both on the device, 8:
///
/// - 1,000 bits: activations of the first in 8 bits (800) leave 200, less than the 240 of weights in 4. In 4 bits (400)
///   they lose 8, all else may have 8 (weights 80 + 400): 8 + 1 + 1 + 1 = 11, slower and worse than 9.
/// - 1,240 bits: 800 leave 440. Weights of 4 and 8 bits (40 + 400) lose 3 + 1, of 8 and 4 (80 + 200) 1 + 5. So
///   2 + 1 + 3 + 1 = 7.
/// - 1,280 bits: 800 leave 480 for weights of 8 bits: 2 + 1 + 1 + 1 = 5.
/// - 5,120 bits: floats, 32·60 + 32·100, lose nothing and take as long.
///
/// Narrowest, the cuts need 40 + 400 and 240 + 400 bits.
#[test]
fn memory_moves_the_cut() {
    assert_eq!(front(439), [(0, 10.0, 0.0)]);
    assert_eq!(front(440), [(1, 7.0, 11.0), (0, 10.0, 0.0)]);
    assert_eq!(front(1_000), [(1, 7.0, 9.0), (0, 10.0, 0.0)]);
    assert_eq!(front(1_240), [(1, 7.0, 9.0), (2, 8.0, 7.0), (0, 10.0, 0.0)]);
    assert_eq!(front(1_280), [(1, 7.0, 9.0), (2, 8.0, 5.0), (0, 10.0, 0.0)]);
    assert_eq!(front(5_120), [(1, 7.0, 9.0), (2, 8.0, 0.0)]);
    let left_out = |memory| plan(&two_layers(), &Slow, memory).unwrap().left_out;
    let needs = |cut, needs| LeftOut { cut, why: Why::Memory { needs } };
    assert_eq!(left_out(439), [needs(1, 440), needs(2, 640)]);
    assert_eq!(left_out(640), []);
}

/// As above: which numbers they are, and what an error bound gets.
#[test]
fn an_error_bound_chooses_from_the_front() {
    let plans = plan(&two_layers(), &Slow, 1_240).unwrap();
    let cut = |error| plans.within(error).map(|plan| plan.cut);
    assert_eq!(
        [9.0, 8.9, 7.0, 6.9, 0.0, -1.0, f64::NAN].map(cut),
        [Some(1), Some(2), Some(2), Some(0), Some(0), None, None]
    );
    let widths = |step, weights, activations| LayerWidths { step, weights, activations };
    let found = plans.within(9.0).unwrap();
    assert_eq!((&found.numbers, found.sent), (&Numbers::Integers(vec![widths(0, 8, 4)]), Sent::Bits(4)));
    assert_eq!((found.latency.device, found.latency.link, found.latency.server), (3.0, 4.0, 0.0));
    assert_eq!((found.memory.weights, found.memory.activations), (80, 400));
    let found = plans.within(7.0).unwrap();
    assert_eq!(
        (&found.numbers, found.sent),
        (&Numbers::Integers(vec![widths(0, 4, 8), widths(1, 8, 8)]), Sent::Answer)
    );
    assert_eq!((found.memory.weights, found.memory.activations), (440, 800));
}

/// As above: 8 bits everywhere take 480 + 800 bits and lose 5, 4 bits take 240 + 400 and lose 3 + 8 + 5 + 4 = 20; 6 and
/// 2 are not allowed. In floats, one step takes 3 + 32, both 8 if 5,120 bits are there.
#[test]
fn baselines_are_there_if_they_fit() {
    let baselines = |memory| Baselines::new(&two_layers(), &Slow, memory).unwrap();
    let uniform = |memory| -> Vec<_> {
        let figures = |plan: &crate::Plan| (plan.latency.total(), plan.error, plan.memory.total());
        baselines(memory).uniform.iter().map(|uniform| (uniform.width, uniform.plan.as_ref().map(figures))).collect()
    };
    let (eight, four) = (Some((8.0, 5.0, 1_280)), Some((8.0, 20.0, 640)));
    assert_eq!(uniform(1_280), [(8, eight), (6, None), (4, four), (2, None)]);
    assert_eq!(uniform(1_279), [(8, None), (6, None), (4, four), (2, None)]);
    assert_eq!(uniform(639), [(8, None), (6, None), (4, None), (2, None)]);
    let floats = |memory| (baselines(memory).neurosurgeon.cut, baselines(memory).neurosurgeon.latency.total());
    assert_eq!([floats(5_119), floats(5_120)], [(0, 10.0), (2, 8.0)]);
    assert_eq!((baselines(0).cloud_only.latency.total(), baselines(0).cloud_only.error), (10.0, 0.0));
}

/// One layer of 100 weights: 4 a bit to read them, but at least 400 for the arithmetic; sending the input takes 1,000.
struct Reading;

impl Costs for Reading {
    fn device(&self, widths: &Widths) -> f64 {
        widths.weights.iter().map(|bits| (100.0 * f64::from(*bits)).max(400.0)).sum()
    }

    fn link(&self, _: usize, sent: Sent) -> f64 {
        if sent == Sent::Input { 1_000.0 } else { 0.0 }
    }

    fn server(&self, _: usize) -> f64 {
        0.0
    }
}

/// In 2 bits reading takes 200, hidden behind the arithmetic, so 4 bits are as fast and lose less: 3. In 8 bits it
/// takes 800 and loses 1. If that is too much, the input is sent. The numbers made, one of 4 bits and up, lose nothing.
#[test]
fn bits_are_dropped_only_where_that_saves_time() {
    let step = layer(0, (100, 1), &[9.0, 3.0, 1.0], &[0.0; 3]);
    let problem = Problem::new(vec![2, 4, 8], vec![step]).unwrap();
    let plans = plan(&problem, &Reading, 10_000).unwrap();
    let figures: Vec<(f64, f64)> = plans.front.iter().map(|plan| (plan.latency.total(), plan.error)).collect();
    assert_eq!(figures, [(400.0, 3.0), (800.0, 1.0), (1_000.0, 0.0)]);
    // The narrowest take 100·2 + 2 bits of memory; 4 bits need 200 more.
    let tight = plan(&problem, &Reading, 401).unwrap();
    let figures: Vec<(f64, f64)> = tight.front.iter().map(|plan| (plan.latency.total(), plan.error)).collect();
    assert_eq!(figures, [(400.0, 9.0), (1_000.0, 0.0)]);
}

/// 3 weights that make 50 numbers, pooled to 10: what crosses after pooling is as wide as what the layer makes.
#[test]
fn what_is_passed_on_keeps_its_width() {
    let pooling = Step { reads: vec![1], weights: 0, activations: 10, kind: Kind::Passes };
    let last = Step { reads: vec![2], weights: 0, activations: 1, kind: Kind::Other };
    let layer = layer(0, (3, 50), &[0.0, 0.0], &[4.0, 1.0]);
    let problem = Problem::new(vec![4, 8], vec![layer, pooling, last]).unwrap();
    struct Link;
    impl Costs for Link {
        fn device(&self, widths: &Widths) -> f64 {
            [0.0, 1.0, 2.0, 50.0][widths.steps()]
        }
        fn link(&self, cut: usize, sent: Sent) -> f64 {
            match sent {
                Sent::Bits(bits) => f64::from(bits) * [0.0, 5.0, 1.0][cut],
                Sent::Floats => 300.0,
                Sent::Input => 30.0,
                Sent::Answer => 0.0,
            }
        }
        fn server(&self, _: usize) -> f64 {
            0.0
        }
    }
    // Cut 2: 2 + 4 or 2 + 8, losing 4 or 1, while cut 1 takes 1 + 20 or more. The input takes 30, and floats
    // more.
    let plans = plan(&problem, &Link, 100_000).unwrap();
    let figures: Vec<_> = plans.front.iter().map(|plan| (plan.latency.total(), plan.error, plan.sent)).collect();
    assert_eq!(figures, [(6.0, 4.0, Sent::Bits(4)), (10.0, 1.0, Sent::Bits(8)), (30.0, 0.0, Sent::Input)]);
    assert_eq!(plans.front[0].memory.activations, 200);
}
