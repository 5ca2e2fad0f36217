//! Gradients against slopes.

use super::*;
use crate::architecture::Architecture;
use crate::ops::Purpose;

const NETWORK: &str = "
name: small
input: {channels: 1, height: 4, width: 4}
normalise: {mean: [0], deviation: [1]}
classes: 3
extractor: [conv: {out: 5}, global-average-pool]
predictor: {sees: features-and-scores, norm: true, hidden: 6}
";

/// Numbers in [-1, 1) that look random.
fn numbers(count: usize, salt: usize) -> Vec<f32> {
    let number = |i| ((i + 1) as f64 * (salt as f64 + 0.618_033_988_749_895) * 7.13).fract() as f32 * 2.0 - 1.0;
    (0..count).map(number).collect()
}

/// Along a direction within each tensor of the head, the gradient must be the slope of the mean loss; no other tensor has
/// one.
#[test]
fn gradients_are_slopes() {
    check(NETWORK, &[Target::Gain, Target::Outcome]);
    check(&NETWORK.replace("hidden: 6", "hidden: 6, estimates: both"), &[Target::Both]);
}

fn check(network: &str, targets: &[Target]) {
    let graph = Architecture::parse(network, "test").unwrap().graph().unwrap();
    let layout = Layout::new(&graph, Purpose::Training);
    let head = layout.graph.exits()[0].predictor.unwrap();
    let inputs = layout.extent(head.seen).shape.channels;
    assert_eq!(inputs, 5 + 2 * 3 + 4);
    let readings: Vec<Reading> =
        (0..12).map(|image| Reading { seen: numbers(inputs, 5 + image), right: image % 3 != 0 }).collect();
    let batch: Vec<Known> = readings.iter().enumerate().map(|(image, reading)| (reading, image % 4 < 2)).collect();
    let parameters = numbers(layout.graph.slots().parameters(), 2);
    for &target in targets {
        let run = |parameters: &[f32]| {
            let mut gradients = vec![0.0; parameters.len()];
            let tape = &mut Tape::default();
            let (loss, _) = pull_head(&layout, head, parameters, target, &batch, tape, &mut gradients);
            (loss / batch.len() as f64, gradients)
        };
        let (_, gradients) = run(&parameters);
        let own = layout.graph.parameters_of(head);
        for slot in layout.graph.slots().iter().filter(|slot| !slot.name.contains("running")) {
            let range = slot.range();
            if !own.contains(&range.start) {
                assert!(!slot.name.contains("predictor") && gradients[range].iter().all(|gradient| *gradient == 0.0));
                continue;
            }
            let direction = numbers(range.len(), 3);
            let expected: f64 = gradients[range.clone()].iter().zip(&direction).map(|(g, d)| f64::from(g * d)).sum();
            let moved = |step: f32| {
                let mut moved = parameters.clone();
                moved[range.clone()].iter_mut().zip(&direction).for_each(|(p, d)| *p += step * d);
                run(&moved).0
            };
            // Long steps cross kinks of the rectifiers and short ones are lost in rounding: one of these does neither.
            let slopes = [1e-2, 3e-3, 1e-3].map(|step| (moved(step) - moved(-step)) / f64::from(2.0 * step));
            let agrees = slopes.iter().any(|slope| (slope - expected).abs() < 0.01 * expected.abs() + 1e-4);
            assert!(agrees, "{target:?}, {}: slopes {slopes:?}, gradient {expected}", slot.name);
        }
    }
}
