//! Every op against its plain twin, and its gradients against slopes.
//!
//! An op is put behind convolutions of single pixels, whose gradients are right only if the gradient that the op
//! passes back is.

use std::sync::Arc;

use super::*;
use crate::graph::{Exit, Graph, Layout, Value};
use crate::kernels::{Margin, Pooling, Sides, Slide};
use crate::program::{Program, Scratch};
use crate::train::Pass;
use crate::weights::Role;

struct Example {
    graph: Graph,
    /// What the op makes.
    output: Value,
}

/// An op on as many inputs of this shape.
fn on<const N: usize>(shape: [usize; 3], inputs: [usize; N], op: impl Op + 'static) -> Example {
    let [height, width, channels] = shape;
    let mut graph = Graph::new(Fact::f32(Shape { height, width, channels }));
    let before = inputs.map(|outputs| {
        let conv = Conv { outputs, slide: Slide::centred(1, 1), groups: 1, bias: true };
        graph.add("before", conv, &[0]).unwrap()
    });
    let output = graph.add("op", op, &before).unwrap();
    graph.add_exit(Exit { logits: output, predictor: None });
    Example { graph, output }
}

/// A gate on a map and the means of another.
fn on_gated(shape: [usize; 3], channels: usize) -> Example {
    let [height, width, inputs] = shape;
    let mut graph = Graph::new(Fact::f32(Shape { height, width, channels: inputs }));
    let conv = Conv { outputs: channels, slide: Slide::centred(1, 1), groups: 1, bias: true };
    let before = [0; 2].map(|image| graph.add("before", conv.clone(), &[image]).unwrap());
    let means = graph.add("", Pool { pooling: Pooling::Average, over: Over::Map }, &[before[1]]).unwrap();
    let output = graph.add("op", Gate, &[before[0], means]).unwrap();
    graph.add_exit(Exit { logits: output, predictor: None });
    Example { graph, output }
}

fn slide(window: [usize; 2], stride: [usize; 2], dilation: [usize; 2], padding: [usize; 4]) -> Slide {
    let sides = |[rows, columns]: [usize; 2]| Sides { rows, columns };
    let [top, left, bottom, right] = padding;
    Slide {
        window: sides(window),
        stride: sides(stride),
        dilation: sides(dilation),
        padding: Margin { top, left, bottom, right },
    }
}

/// Every op, in the forms in which it can be.
fn examples() -> Vec<Example> {
    const MAP: [usize; 3] = [5, 7, 2];
    let odd = slide([2, 3], [2, 1], [1, 2], [0, 1, 2, 3]);
    let small = slide([3, 2], [2, 3], [1, 1], [1, 0, 2, 1]);
    vec![
        on(MAP, [18], Conv { outputs: 20, slide: Slide::centred(3, 2), groups: 1, bias: true }),
        on(MAP, [6], Conv { outputs: 4, slide: odd, groups: 2, bias: true }),
        // Groups that fill blocks by themselves, by twos, and last one alone.
        on(MAP, [48], Conv { outputs: 48, slide: odd, groups: 3, bias: true }),
        on(MAP, [24], Conv { outputs: 48, slide: Slide::centred(1, 1), groups: 3, bias: true }),
        on(MAP, [3], Conv { outputs: 6, slide: slide([5, 5], [1, 1], [1, 1], [0; 4]), groups: 3, bias: false }),
        on(MAP, [18], Depthwise { slide: odd, bias: true }),
        on([1, 1, 5], [18], Dense { outputs: 17, bias: true }),
        on([1, 1, 5], [3], Dense { outputs: 2, bias: false }),
        on(MAP, [18], Pool { pooling: Pooling::Max, over: Over::Window(small) }),
        on(MAP, [18], Pool { pooling: Pooling::Average, over: Over::Window(small) }),
        on(MAP, [3], Pool { pooling: Pooling::Max, over: Over::Map }),
        on(MAP, [18], Pool { pooling: Pooling::Average, over: Over::Map }),
        on(MAP, [18], Affine),
        on(MAP, [18, 18], Add),
        on(MAP, [18], Function::Relu),
        // So many inputs that some of their sums are above 6.
        on([3, 3, 200], [3], Function::Relu6),
        on(MAP, [18], Function::Sigmoid),
        on(MAP, [18], Function::Tanh),
        on(MAP, [18], Function::LeakyRelu { slope: 0.1 }),
        on(MAP, [18], Function::Clip { low: -0.5, high: 0.25 }),
        on(MAP, [18], Function::HardSigmoid { slope: 0.5, shift: 0.4 }),
        on(MAP, [18], Function::Silu),
        // So many inputs that some of their sums are beyond 3.
        on([3, 3, 60], [18], Function::HardSwish),
        on(MAP, [18, 18], Multiply),
        on_gated(MAP, 18),
        on(MAP, [18], Pick([17, 3, 4, 0].into())),
        // A block that is another one as it is, and one that is turned round.
        on(MAP, [40], Pick((16..32).chain((0..18).rev()).collect())),
        on(MAP, [18], Flatten),
        on(MAP, [18, 3, 5], Concat),
        on([1, 1, 4], [3, 18], Concat),
        on(MAP, [3], Pad(Margin { top: 1, left: 0, bottom: 2, right: 3 })),
        on([1, 1, 4], [7], Scores),
    ]
}

/// Numbers in [-1, 1) that look random.
fn numbers(count: usize, salt: usize) -> Vec<f32> {
    let number = |i| ((i + 1) as f64 * (salt as f64 + 0.618_033_988_749_895) * 7.13).fract() as f32 * 2.0 - 1.0;
    (0..count).map(number).collect()
}

impl Example {
    fn name(&self) -> String {
        format!("{:?}", self.graph.nodes().last().unwrap().op)
    }

    fn weights(&self) -> Weights {
        let statistics = numbers(self.graph.slots().statistics(), 3);
        // Variances, for which the means do as well.
        let statistics = statistics.into_iter().map(f32::abs).collect();
        Weights { parameters: numbers(self.graph.slots().parameters(), 2), statistics }
    }

    fn image(&self, image: usize) -> Vec<f32> {
        numbers(self.graph.fact(0).shape.len(), 5 + image)
    }

    fn plain(&self, image: usize) -> Vec<f64> {
        self.graph.plainly(&self.weights(), &self.image(image))[self.output].values.clone()
    }

    fn assert_close(&self, found: &[f32], expected: &[f64]) {
        assert_eq!(found.len(), expected.len());
        for (at, (found, expected)) in found.iter().zip(expected).enumerate() {
            let off = (f64::from(*found) - expected).abs();
            assert!(off < 1e-4 * (1.0 + expected.abs()), "{}: {found} not {expected} at {at}", self.name());
        }
    }

    /// What it makes of three images in training, and the gradients of the sum of outputs times `pull`.
    fn trained(&self, layout: &Layout, parameters: &[f32], pull: &[f32]) -> (Vec<Vec<f32>>, Vec<f32>) {
        let wanted = [layout.graph.exits()[0].logits];
        let mut x = Activation::zeros(layout.extent(0), 3);
        (0..3).for_each(|image| x.lay(image, &self.image(image)));
        let (mut tape, pass) = (Tape::default(), Pass::new(layout, 0, &wanted));
        let y = Arc::unwrap_or_clone(pass.forward(parameters, x, &wanted, &mut tape).remove(0));
        let outputs = (0..3).map(|image| y.read(image)).collect();
        let (mut dy, mut gradients) = (Activation::zeros(y.extent(), 3), vec![0.0; parameters.len()]);
        (0..3).for_each(|image| dy.lay(image, pull));
        pass.backward(parameters, [(wanted[0], dy)].into_iter(), &mut gradients, &mut tape);
        (outputs, gradients)
    }

    /// Along a direction within each tensor, the gradient of outputs times `pull` must be its slope.
    fn check_gradients(&self, pull: &[f32]) {
        let layout = Layout::new(&self.graph, Purpose::Training);
        let parameters = self.weights().parameters;
        let (_, gradients) = self.trained(&layout, &parameters, pull);
        for slot in self.graph.slots().iter().filter(|slot| !matches!(slot.tensor.role, Role::Statistic(_))) {
            let range = slot.at..slot.at + slot.tensor.len();
            let direction = numbers(range.len(), 3);
            let expected: f64 = gradients[range.clone()].iter().zip(&direction).map(|(g, d)| f64::from(g * d)).sum();
            let loss = |step: f32| -> f64 {
                let mut moved = parameters.clone();
                moved[range.clone()].iter_mut().zip(&direction).for_each(|(p, d)| *p += step * d);
                let (outputs, _) = self.trained(&layout, &moved, pull);
                outputs.iter().flat_map(|y| y.iter().zip(pull)).map(|(y, pull)| f64::from(*y) * f64::from(*pull)).sum()
            };
            // Long steps cross kinks, and short ones are lost in rounding: one of these does neither.
            let slopes = [1e-2, 3e-3, 1e-3, 3e-4].map(|step| (loss(step) - loss(-step)) / f64::from(2.0 * step));
            let allowed = 0.02 * expected.abs() + 0.01;
            let agrees = slopes.iter().any(|slope| (slope - expected).abs() < allowed);
            assert!(agrees, "{}, {}: slopes {slopes:?}, gradient {expected}", self.name(), slot.name);
        }
    }
}

/// The logits are read by scores alone, through which no gradient comes back: what they saved must not be taken for
/// what others saved.
#[test]
fn nodes_that_no_gradient_reaches_are_passed_over() {
    let mut graph = Graph::new(Fact::f32(Shape { height: 3, width: 4, channels: 2 }));
    let conv = Conv { outputs: 5, slide: Slide::centred(1, 1), groups: 1, bias: true };
    let before = graph.add("before", conv, &[0]).unwrap();
    let smooth = graph.add("", Function::Tanh, &[before]).unwrap();
    let flat = graph.add("", Flatten, &[smooth]).unwrap();
    let logits = graph.add("logits", Dense { outputs: 3, bias: true }, &[flat]).unwrap();
    let scores = graph.add("", Scores, &[logits]).unwrap();
    let output = graph.add("", Concat, &[flat, scores]).unwrap();
    graph.add_exit(Exit { logits: output, predictor: None });
    let example = Example { graph, output };
    // Of what comes out, only the features pull.
    let mut pull = numbers(3 * 4 * 5 + 10, 4);
    pull[3 * 4 * 5..].fill(0.0);
    example.check_gradients(&pull);
}

#[test]
fn every_op_makes_what_its_twin_makes() {
    for example in examples() {
        let weights = example.weights();
        let layout = Layout::new(&example.graph, Purpose::Inference);
        let (program, mut scratch) = (Program::new(&layout, &weights, &[]), Scratch::default());
        let buffers = scratch.buffers(&program);
        // The second image runs over what the first one left.
        for image in 0..2 {
            buffers.floats[0].lay(0, &example.image(image));
            program.run(0..program.len(), buffers);
            let made = buffers.floats(program.place(layout.graph.exits()[0].logits));
            example.assert_close(&made.read(0), &example.plain(image));
            let mut clean = Activation::zeros(made.extent(), 1);
            clean.lay(0, &made.read(0));
            assert!(clean.lanes() == made.lanes(), "{}: frames stay zero", example.name());
        }
    }
}

/// Rounding has steps, which neither its slopes nor numbers that are nearly the same agree on: by hand, with a step of
/// 0.5, codes from -2 to 3 and 1 for zero.
#[test]
fn rounding_goes_to_the_nearest_code_and_halves_to_the_even_one() {
    let round = Round { scale: 0.5, zero: 1.0, low: -2.0, high: 3.0 };
    let cases = [(0.0, 0.0), (0.2, 0.0), (0.25, 0.0), (0.3, 0.5), (0.75, 1.0), (9.0, 1.0), (-9.0, -1.5), (-0.8, -1.0)];
    let mut graph = Graph::new(Fact::f32(Shape { height: 1, width: cases.len(), channels: 1 }));
    let output = graph.add("op", round, &[0]).unwrap();
    graph.add_exit(Exit { logits: output, predictor: None });
    let (layout, weights) = (Layout::new(&graph, Purpose::Inference), Weights::zeros(graph.slots()));
    let (program, mut scratch) = (Program::new(&layout, &weights, &[]), Scratch::default());
    let buffers = scratch.buffers(&program);
    let image: Vec<f32> = cases.iter().map(|(x, _)| *x).collect();
    buffers.floats[0].lay(0, &image);
    program.run(0..1, buffers);
    let made = buffers.floats(program.place(output)).read(0);
    assert_eq!(made, cases.map(|(_, y)| y));
    let plain = &graph.plainly(&weights, &image)[output].values;
    assert!(made.iter().zip(plain).all(|(made, plain)| f64::from(*made) == *plain));
}

/// Normalisation sees the chunk in training and the past otherwise; every other op does the same.
#[test]
fn every_op_makes_the_same_in_training() {
    for example in examples() {
        if example.graph.slots().statistics() == 0 {
            let layout = Layout::new(&example.graph, Purpose::Training);
            let pull = vec![0.0; example.graph.fact(example.output).shape.len()];
            let (outputs, _) = example.trained(&layout, &example.weights().parameters, &pull);
            let images = outputs.iter().enumerate();
            images.for_each(|(image, found)| example.assert_close(found, &example.plain(image)));
        }
    }
}

#[test]
fn gradients_of_every_op_are_slopes() {
    for example in examples() {
        let pull = numbers(example.graph.fact(example.output).shape.len(), 4);
        if example.name() == "Scores" {
            let layout = Layout::new(&example.graph, Purpose::Training);
            let (_, gradients) = example.trained(&layout, &example.weights().parameters, &pull);
            assert!(gradients.iter().all(|gradient| *gradient == 0.0), "who reads scores does not train them");
        } else {
            example.check_gradients(&pull);
        }
    }
}
