//! Graphs by hand.

mod networks;

use super::*;
use crate::architecture::Architecture;
use crate::error::OpError;
use crate::kernels::{Pooling, Shape, Slide};
use crate::ops::plain::{Plain, Tensors};
use crate::ops::{Add, Affine, Concat, Conv, Cost, Dense, Flatten, Function, Over, Pool, Purpose};
use crate::weights::{Slot, Weights};

impl Graph {
    /// All values for an image, channels-last, by the plain twins of the ops.
    pub(crate) fn plainly(&self, weights: &Weights, image: &[f32]) -> Vec<Plain> {
        let values = image.iter().map(|value| f64::from(*value)).collect();
        let mut made = vec![Plain { shape: self.fact(0).shape, values }];
        for node in self.nodes() {
            let inputs: Vec<Plain> = node.inputs.iter().map(|input| made[*input].clone()).collect();
            let tensors = Tensors {
                parameters: &weights.parameters[node.own.parameters.clone()],
                statistics: &weights.statistics[node.own.statistics.clone()],
            };
            made.push(node.op.twin(&inputs, tensors));
        }
        made
    }
}

fn parse(extractor: &str, predictor: &str) -> Graph {
    let text = format!(
        "{{name: small, input: {{channels: 1, height: 8, width: 6}}, normalise: {{mean: [0], deviation: [1]}}, \
         classes: 3, extractor: [{extractor}], {predictor}}}"
    );
    Architecture::parse(&text, "test").unwrap().graph().unwrap()
}

fn names(graph: &Graph) -> Vec<String> {
    graph.nodes().iter().map(Node::to_string).collect()
}

const PLAIN: Slide = Slide::centred(3, 1);

fn conv(outputs: usize) -> Conv {
    Conv { outputs, slide: PLAIN, groups: 1, bias: false }
}

fn image() -> Graph {
    Graph::new(Fact::f32(Shape { height: 4, width: 5, channels: 3 }))
}

/// By hand: 9·1·4 weights at 48 pixels, 9·4 and 4·5 at 12, then dense layers.
#[test]
fn costs_are_those_of_the_arithmetic() {
    let small = "conv: {out: 4}, separable: {out: 5, stride: 2}, global-average-pool";
    let costs = parse(small, "predictor: {sees: features, hidden: 7}").layer_costs();
    let macs: Vec<u64> = costs.iter().map(|cost| cost.macs).collect();
    assert_eq!(macs, [9 * 4 * 48, 9 * 4 * 12, 4 * 5 * 12, 0, 5 * 3, 5 * 7, 7]);
    assert_eq!(costs[0].weight_bits, 32 * (9 * 4 + 4), "normalisation leaves a bias");
    assert_eq!((costs[1].read_bits, costs[1].depthwise), (32 * 48 * 4, true));
    assert_eq!(costs.iter().map(|cost| cost.step).collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5, 6]);
    assert_eq!(Cost::of(&costs).macs, macs.iter().sum::<u64>());
    // A bias of its own takes up what normalisation leaves, so there is one of them and not two.
    let biased = parse("conv: {out: 4, bias: true}, flatten", "").layer_costs();
    assert_eq!(biased[0].weight_bits, 32 * (9 * 4 + 4));
}

#[test]
fn what_a_predictor_reads_of_earlier_blocks_costs_too() {
    let small = "conv: {out: 4}, separable: {out: 5, stride: 2}, global-average-pool";
    let costs = |predictor| parse(small, predictor).layer_costs();
    let without = costs("predictor: {sees: features, hidden: 7}");
    let with = costs("predictor: {sees: features, hidden: 7, depths: [0]}");
    let average = with[5];
    assert_eq!((average.macs, average.read_bits, average.written_bits), (0, 32 * 48 * 4, 32 * 4));
    assert_eq!(with.len(), without.len() + 1);
    assert_eq!(with[6].macs, (5 + 4) * 7);
}

/// Whatever a predictor reads, its own parameters are those of the tensors called so.
#[test]
fn the_parameters_of_a_predictor_are_those_of_its_tensors() {
    for predictor in [
        "sees: features",
        "sees: features, hidden: 7",
        "sees: features-and-scores",
        "sees: features, depths: [0], hidden: 2",
    ] {
        let small = "conv: {out: 4}, separable: {out: 5, stride: 2}, global-average-pool";
        for purpose in [Purpose::Inference, Purpose::Training] {
            let graph = parse(small, &format!("predictor: {{{predictor}}}")).fused(purpose);
            let own = graph.slots().iter().filter(|slot| slot.name.starts_with("predictor.")).map(Slot::range);
            let own: Vec<_> = own.collect();
            let head = graph.last_exit().predictor.unwrap();
            assert_eq!(graph.parameters_of(head), own[0].start..own[own.len() - 1].end, "{predictor}");
        }
    }
}

/// A sum is a layer of its own on a device, and part of a convolution here: the costs come in the order of the
/// steps that do them, and name these.
#[test]
fn a_residual_block_runs_as_three_steps_and_costs_as_four() {
    let graph = parse("residual: {out: 4}, global-average-pool", "");
    let fused = graph.fused(Purpose::Inference);
    assert_eq!(
        names(&fused),
        ["conv + norm + relu", "conv + norm", "conv + norm + add + relu", "average pool", "dense"]
    );
    let costs = graph.layer_costs();
    // First, shortcut, second, sum, pool, dense. The shortcut runs before the second, which adds it.
    let macs: Vec<u64> = costs.iter().map(|cost| cost.macs).collect();
    assert_eq!(macs, [9 * 4 * 48, 4 * 48, 9 * 4 * 4 * 48, 0, 0, 4 * 3]);
    assert_eq!(costs.iter().map(|cost| cost.step).collect::<Vec<_>>(), [0, 1, 2, 2, 3, 4]);
    assert_eq!((costs[3].read_bits, costs[3].written_bits), (2 * 32 * 48 * 4, 32 * 48 * 4));
    // In training, normalisation sees the chunk, so that it is a step of its own.
    let training = names(&graph.fused(Purpose::Training));
    assert_eq!(training[..2], ["conv", "norm + relu"]);
    assert_eq!(training[6], "add + relu");
}

#[test]
fn what_somebody_else_reads_is_not_fused_over() {
    let mut graph = image();
    let a = graph.add("a", conv(3), &[0]).unwrap();
    let normal = graph.add("n", Affine, &[a]).unwrap();
    let positive = graph.add("", Function::Relu, &[normal]).unwrap();
    // The sum reads what is before the rectifier.
    let sum = graph.add("", Add, &[positive, normal]).unwrap();
    graph.add_exit(Exit { logits: sum, predictor: None });
    assert_eq!(names(&graph.fused(Purpose::Inference)), ["conv + norm", "relu", "add"]);
    // Tails come in the order in which kernels do them: no normalisation after a rectifier.
    let mut graph = image();
    let a = graph.add("a", conv(3), &[0]).unwrap();
    let positive = graph.add("", Function::Relu, &[a]).unwrap();
    let normal = graph.add("n", Affine, &[positive]).unwrap();
    let smooth = graph.add("", Function::Tanh, &[normal]).unwrap();
    graph.add_exit(Exit { logits: smooth, predictor: None });
    assert_eq!(names(&graph.fused(Purpose::Inference)), ["conv + relu", "norm", "tanh"]);
}

/// The layer after it takes it over where nobody else reads it, so that it costs nothing.
#[test]
fn a_normalisation_of_what_a_predictor_reads_goes_into_its_first_layer() {
    let small = |norm: bool| {
        let predictor = format!("predictor: {{sees: features-and-scores, norm: {norm}, hidden: 7}}");
        parse("conv: {out: 4}, global-average-pool", &predictor)
    };
    let graph = small(true);
    let fused = graph.fused(Purpose::Inference);
    assert_eq!(names(&fused)[4..], ["concat", "norm + dense + relu", "dense"]);
    assert_eq!(graph.layer_costs(), small(false).layer_costs());
    assert_eq!(names(&graph.fused(Purpose::Training))[6..], ["norm", "dense + relu", "dense"]);
    // Read by two, and before a layer that has no bias to take the shift.
    let build = |bias: bool, read_twice: bool| {
        let mut graph = Graph::new(Fact::f32(Shape::flat(5)));
        let normal = graph.add("n", Affine, &[0]).unwrap();
        let dense = graph.add("d", Dense { outputs: 5, bias }, &[normal]).unwrap();
        let sum = graph.add("s", Add, &[dense, if read_twice { normal } else { dense }]).unwrap();
        graph.add_exit(Exit { logits: sum, predictor: None });
        names(&graph.fused(Purpose::Inference)).join(", ")
    };
    assert_eq!(build(true, false), "norm + dense, add");
    assert_eq!(build(false, false), "norm, dense, add");
    assert_eq!(build(true, true), "norm, dense + add");
}

/// What b makes is added to the image, which crosses until then.
#[test]
fn what_crosses_a_cut_is_what_the_other_side_reads() {
    let mut graph = image();
    let a = graph.add("a", conv(8), &[0]).unwrap();
    let b = graph.add("b", conv(3), &[a]).unwrap();
    let sum = graph.add("", Add, &[b, 0]).unwrap();
    let pooled = graph.add("", Pool { pooling: Pooling::Average, over: Over::Map }, &[sum]).unwrap();
    let early = graph.add("early", Dense { outputs: 2, bias: true }, &[pooled]).unwrap();
    let late = graph.add("late", Dense { outputs: 2, bias: true }, &[pooled]).unwrap();
    graph.add_exit(Exit { logits: early, predictor: None });
    graph.add_exit(Exit { logits: late, predictor: None });
    let crossing = |n: usize| graph.crossing(n);
    assert_eq!(crossing(0), [0]);
    assert_eq!(crossing(1), [0, a]);
    assert_eq!(crossing(2), [0, b]);
    assert_eq!(crossing(3), [sum]);
    // The early answer is given already, and only what the late one needs crosses.
    assert_eq!(crossing(5), [pooled]);
    assert_eq!(crossing(6), [0; 0]);
}

/// An answer in two parts is complete when both are there: the logits wait for the predictor.
#[test]
fn logits_cross_as_long_as_the_predictor_is_to_run() {
    let graph = parse("conv: {out: 4}, global-average-pool", "predictor: {sees: features-and-scores, hidden: 7}");
    let graph = graph.fused(Purpose::Inference);
    assert_eq!(
        names(&graph),
        ["conv + norm + relu", "average pool", "dense", "scores", "concat", "dense + relu", "dense"]
    );
    let numbers = |n| graph.crossing(n).iter().map(|value| graph.fact(*value).shape.len()).collect::<Vec<_>>();
    // After the scores: 4 features, 3 logits, and 2·3 + 4 scores.
    assert_eq!(numbers(4), [4, 3, 10]);
    assert_eq!(numbers(6), [3, 7]);
}

#[test]
fn ops_refuse_inputs_that_they_do_not_take() {
    let mut graph = image();
    let a = graph.add("a", conv(8), &[0]).unwrap();
    let add = graph.add("", Add, &[a, 0]).unwrap_err();
    let eight = Shape { height: 4, width: 5, channels: 8 };
    assert_eq!(add, RefusedOp { op: "add", source: OpError::Sum(eight, Shape { channels: 3, ..eight }) });
    assert_eq!(add.to_string(), "add: adds values of the same extent, not 4×5×8 and 4×5×3");
    let dense = graph.add("", Dense { outputs: 2, bias: true }, &[0]).unwrap_err();
    assert_eq!(dense.to_string(), "dense: needs one feature vector, not 4×5 of them: pool or flatten first");
    let groups = graph.add("", Conv { groups: 2, ..conv(4) }, &[0]).unwrap_err();
    assert_eq!(groups.source, OpError::Groups { inputs: 3, outputs: 4 });
    assert_eq!(groups.to_string(), "conv: groups must divide the 3 input and the 4 output channels");
    let two = graph.add("", Flatten, &[0, a]).unwrap_err();
    assert_eq!(two.to_string(), "flatten: takes one input, not 2");
    let flat = graph.add("", Flatten, &[0]).unwrap();
    assert_eq!(graph.fact(flat).shape, Shape::flat(60));
    let concat = graph.add("", Concat, &[0, flat]).unwrap_err();
    assert_eq!(concat.to_string(), "concat: puts maps of the same rows and columns together, not 4×5×3 and 1×1×60");
    assert_eq!(graph.nodes().len(), 2, "what was refused is not in it");
}
