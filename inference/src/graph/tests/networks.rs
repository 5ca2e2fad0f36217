//! Networks of many kinds from their descriptions, compared with the plain twins of their ops.

use crate::architecture::Architecture;
use crate::graph::{Graph, Layout, Value};
use crate::kernels::Activation;
use crate::ops::Purpose;
use crate::program::{Buffers, Program, Scratch};
use crate::weights::{Role, Weights};

/// Extent of the image (height, width, channels), extractor and predictor.
const NETWORKS: [(&str, [usize; 3], &str, &str); 12] = [
    (
        "LeNet-5 (LeCun et al. 1998)",
        [28, 28, 1],
        "conv: {out: 6, kernel: 5, padding: 2, bias: true, norm: false, activation: tanh}, average-pool, \
         conv: {out: 16, kernel: 5, padding: 0, bias: true, norm: false, activation: tanh}, average-pool, flatten, \
         dense: {out: 120, activation: tanh}, dense: {out: 84, activation: tanh}",
        "sees: features",
    ),
    (
        "LeNet with rectifiers and maxima",
        [14, 14, 1],
        "conv: {out: 6, kernel: 5, padding: 0, bias: true, norm: false}, max-pool, \
         conv: {out: 16, kernel: 4, padding: 0, bias: true, norm: false}, max-pool, flatten, dense: {out: 24}",
        // As wide as the logits, which must not be written over.
        "sees: features-and-scores, depths: [0, 2], hidden: 3",
    ),
    (
        "dilated",
        [11, 13, 3],
        "conv: {out: 18, dilation: 2}, conv: {out: 5, kernel: [2, 3], dilation: [3, 2], padding: [0, 1, 2, 3], bias: true}, \
         depthwise: {dilation: 2, stride: 2}, global-max-pool",
        "sees: features",
    ),
    (
        "grouped",
        [9, 8, 4],
        "conv: {out: 12, groups: 2}, conv: {out: 12, groups: 12, kernel: 5}, \
         conv: {out: 24, groups: 4, kernel: 1, activation: relu6}, conv: {out: 36, groups: 3, stride: 2, bias: true}, \
         global-average-pool",
        "sees: features-and-scores, norm: true, hidden: 3",
    ),
    (
        "even windows and uneven padding",
        [10, 7, 2],
        "conv: {out: 5, kernel: 2, padding: [0, 0, 1, 1]}, conv: {out: 17, kernel: [4, 1], stride: [2, 1], padding: [1, 0]}, \
         depthwise: {kernel: [2, 3], padding: [3, 0, 0, 1], bias: true, norm: false, activation: sigmoid}, \
         pool: {kind: max, kernel: 3, stride: 2, padding: 1}, pool: {kind: average, kernel: [2, 3], stride: 1, \
         padding: [1, 0, 0, 2]}, flatten",
        "sees: features",
    ),
    (
        "pre-activation blocks (He et al. 2016)",
        [8, 8, 3],
        "conv: {out: 20, norm: false, activation: none}, norm, activation: relu, conv: {out: 20}, \
         conv: {out: 20, norm: false, activation: none}, add: 0, norm, activation: tanh, global-average-pool",
        "sees: features, depths: [0, 5]",
    ),
    (
        "densely connected",
        [8, 6, 3],
        "conv: {out: 6}, conv: {out: 5}, concat: [0], conv: {out: 7}, concat: [2, 0], average-pool, conv: {out: 4, kernel: 1}, \
         global-average-pool",
        "sees: features",
    ),
    (
        "padded and added to itself",
        [5, 6, 2],
        "pad: [1, 2, 0, 1], add: 0, conv: {out: 3, padding: 0}, pad: 1, max-pool, flatten, dense: {out: 9, activation: none}, norm, add: 7",
        "sees: features",
    ),
    (
        "padded where something else was before",
        [7, 7, 2],
        "conv: {out: 3}, conv: {out: 3, padding: 0}, pad: 1, flatten",
        "sees: features",
    ),
    (
        "windows over single pixels",
        [4, 4, 3],
        "residual: {out: 18, stride: 2}, residual: {out: 18, stride: 2}, residual: {out: 18}, conv: {out: 4}, \
         global-average-pool, conv: {out: 5}",
        "sees: features-and-scores, depths: [1]",
    ),
    (
        "separable and residual",
        [9, 10, 1],
        "separable: {out: 18, kernel: 5}, residual: {out: 18}, residual: {out: 20, stride: [2, 1]}, max-pool, flatten",
        "sees: features-and-scores, hidden: 4",
    ),
    ("nothing but the heads", [1, 1, 3], "activation: none", "sees: features-and-scores"),
];

fn graph((name, [height, width, channels], extractor, predictor): &(&str, [usize; 3], &str, &str)) -> Graph {
    let per_channel = vec!["0.5"; *channels].join(", ");
    let text = format!(
        "{{name: {name}, input: {{channels: {channels}, height: {height}, width: {width}}}, normalise: {{mean: \
         [{per_channel}], deviation: [{per_channel}]}}, classes: 3, extractor: [{extractor}], predictor: {{{predictor}}}}}"
    );
    Architecture::parse(&text, name).unwrap().graph().unwrap()
}

/// Numbers in [-1, 1) that look random.
fn numbers(count: usize, salt: usize) -> Vec<f32> {
    let number = |i| ((i + 1) as f64 * (salt as f64 + 0.618_033_988_749_895) * 7.13).fract() as f32 * 2.0 - 1.0;
    (0..count).map(number).collect()
}

/// Values neither vanish nor grow: weights are divided by the root of how many a unit sums up.
fn weights(graph: &Graph) -> Weights {
    let mut weights = Weights::zeros(graph.slots());
    for (salt, slot) in graph.slots().iter().enumerate() {
        let values = numbers(slot.tensor.len(), salt);
        let scale = |value: f32| match slot.tensor.role {
            Role::Weights { inputs, .. } => value * 2.0 / (inputs as f32).sqrt(),
            Role::Vector(middle) => middle + value / 2.0,
            Role::Statistic(middle) => middle + value / 2.0,
        };
        weights.place_mut(slot).iter_mut().zip(values).for_each(|(place, value)| *place = scale(value));
    }
    weights
}

struct Ready {
    layout: Layout,
    program: Program,
    answers: Vec<Value>,
}

impl Ready {
    fn new(graph: &Graph, weights: &Weights) -> Self {
        let layout = Layout::new(graph, Purpose::Inference);
        let program = Program::new(&layout, weights, &[]);
        let answers = layout.graph.exits()[0].values().collect();
        Self { layout, program, answers }
    }

    fn value<'a>(&self, buffers: &'a Buffers, value: Value) -> &'a Activation {
        buffers.floats(self.program.place(value))
    }

    fn answer(&self, buffers: &Buffers) -> Vec<Vec<f32>> {
        self.answers.iter().map(|value| self.value(buffers, *value).read(0)).collect()
    }
}

#[test]
fn networks_of_every_kind_answer_as_their_plain_twins() {
    for network in &NETWORKS {
        let graph = graph(network);
        let weights = weights(&graph);
        let ready = Ready::new(&graph, &weights);
        let mut scratch = Scratch::default();
        let buffers = scratch.buffers(&ready.program);
        for image in 0..2 {
            let pixels = numbers(graph.fact(0).shape.len(), 100 + image);
            let plain = graph.plainly(&weights, &pixels);
            buffers.floats[0].lay(0, &pixels);
            ready.program.run(0..ready.program.len(), buffers);
            for (found, value) in ready.answer(buffers).iter().zip(graph.exits()[0].values()) {
                let expected = &plain[value].values;
                assert_eq!(found.len(), expected.len());
                for (found, expected) in found.iter().zip(expected) {
                    let off = (f64::from(*found) - expected).abs();
                    // Some thousand sums in f32 against f64.
                    assert!(off < 1e-4 * (1.0 + expected.abs()), "{}: {found} not {expected}", network.0);
                }
            }
        }
    }
}

/// What crosses goes into buffers that hold something else.
#[test]
fn networks_of_every_kind_can_be_taken_apart_anywhere() {
    for network in &NETWORKS {
        let graph = graph(network);
        let ready = Ready::new(&graph, &weights(&graph));
        let (mut first, mut second) = (Scratch::default(), Scratch::default());
        let (first, second) = (first.buffers(&ready.program), second.buffers(&ready.program));
        let steps = ready.program.len();
        for cut in 0..steps {
            for (image, buffers) in [(1, &mut *first), (2, &mut *second)] {
                buffers.floats[0].lay(0, &numbers(graph.fact(0).shape.len(), image));
                ready.program.run(0..steps, buffers);
            }
            let whole = ready.answer(first);
            first.floats[0].lay(0, &numbers(graph.fact(0).shape.len(), 1));
            ready.program.run(0..cut, first);
            for value in ready.layout.graph.crossing(cut) {
                second.lay(ready.program.place(value), &ready.value(first, value).read(0));
            }
            ready.program.run(cut..steps, second);
            assert_eq!(ready.answer(second), whole, "{}, cut {cut} of {steps}", network.0);
        }
    }
}
