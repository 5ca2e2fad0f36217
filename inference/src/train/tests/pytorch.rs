//! Two steps of joint training compared with PyTorch's (`tests/fixtures/step.py`).

use safetensors::SafeTensors;

use crate::architecture::Architecture;
use crate::graph::Layout;
use crate::kernels::Activation;
use crate::ops::{Purpose, Tape};
use crate::train::objective::{Big, Objective};
use crate::train::optimizer::{OneCycle, Sgd};
use crate::train::statistics::absorb;
use crate::train::step::{Chunk, Images, run_chunk};
use crate::weights::Weights;

const NETWORK: &str = "
name: step
input: {channels: 2, height: 7, width: 6}
normalise: {mean: [0, 0], deviation: [1, 1]}
classes: 3
extractor:
  - conv: {out: 4}
  - separable: {out: 5, stride: 2}
  - residual: {out: 6, stride: 2}
  - global-average-pool
  - dense: {out: 7}
predictor: {sees: features, hidden: 4}
";

fn values(file: &[u8], name: &str) -> Vec<f32> {
    let file = SafeTensors::deserialize(file).unwrap();
    let (words, _) = file.tensor(name).unwrap().data().as_chunks::<4>();
    words.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
}

#[test]
fn two_steps_are_those_of_pytorch() {
    let architecture = Architecture::parse(NETWORK, "step").unwrap();
    let read = |file: &[u8]| Weights::parse(file, &architecture, "step").unwrap();
    let mut weights = read(include_bytes!("../../../tests/fixtures/step-before.safetensors"));
    let after = read(include_bytes!("../../../tests/fixtures/step-after.safetensors"));
    let batch = include_bytes!("../../../tests/fixtures/step-batch.safetensors");

    let layout = Layout::new(&architecture.graph().unwrap(), Purpose::Training);
    let mut images = Images::default();
    for (label, loss) in [(0, 0.1), (1, 0.0), (2, 0.9), (2, 0.3), (1, 2.0), (0, 0.05)] {
        images.push(label, Big { loss, right: true }, &[]);
    }
    let objective = Objective::Appeal { beta: 0.3, cross_entropy: 0.5 };
    let mut optimizer = Sgd::new(&layout.graph, OneCycle { peak: 0.1, steps: 10 }, 0.01);
    let mut tape = Tape::default();
    for expected in values(batch, "losses") {
        let mut gradients = vec![0.0; layout.graph.slots().parameters()];
        let mut x = Activation::zeros(layout.extent(0), 6);
        let pixels = values(batch, "x");
        pixels.chunks_exact(2 * 7 * 6).enumerate().for_each(|(image, pixels)| x.lay(image, pixels));
        let chunk = Chunk { x, images: &images, exit_weights: &[1.0] };
        let tally = run_chunk(&layout, &weights.parameters, chunk, objective, &mut tape, &mut gradients);
        assert!((tally.loss - f64::from(expected)).abs() < 1e-4, "loss {} not {expected}", tally.loss);
        absorb(&mut weights.statistics, &mut tape, 1);
        gradients.iter_mut().for_each(|gradient| *gradient /= 6.0);
        optimizer.step(&mut weights.parameters, &gradients);
    }
    // Sums of some hundred f32 in another order; two steps move weights by about 0.1.
    let close = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    let (parameters, statistics) =
        (close(&weights.parameters, &after.parameters), close(&weights.statistics, &after.statistics));
    assert!(parameters < 2e-5 && statistics < 2e-5, "off by {parameters} and {statistics}");
}
