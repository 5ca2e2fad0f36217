//! From the nodes of a file to a graph.
//!
//! Each operator is a line of [`OPERATORS`]: its attributes, how it is computed beforehand where the image does not
//! reach it, and how it is lowered where it does. Families of operators have a file each.

mod dense;
mod elementwise;
mod order;
mod pool;
mod quantised;
mod window;

use super::call::{Call, Computed, Known, Waiting};
use super::constant::Constant;
use super::fold;
use super::view::View;
use crate::error::NodeError;
use crate::graph::{Graph, Value};
use crate::kernels::Shape;
use crate::nearest::nearest;
use crate::ops::{Fact, Flatten, Op, Pad, Pick};
use crate::weights::{Slots, Weights};

/// The most numbers that a value may have.
const MOST: usize = 1 << 26;

/// How an operator is computed of constants.
type Fold = fn(&Call) -> Result<Constant, NodeError>;

/// How an operator becomes ops: its outputs, of which those may be missing that nobody reads.
type Lower = fn(&mut Draft, &Call) -> Result<Vec<Known>, NodeError>;

/// An operator that is read.
struct Operator {
    name: &'static str,
    /// The attributes that are known; any other is refused.
    attributes: &'static [&'static str],
    fold: Option<Fold>,
    lower: Option<Lower>,
}

const fn lowered(name: &'static str, attributes: &'static [&'static str], lower: Lower) -> Operator {
    Operator { name, attributes, fold: None, lower: Some(lower) }
}

const fn folded(name: &'static str, attributes: &'static [&'static str], fold: Fold) -> Operator {
    Operator { name, attributes, fold: Some(fold), lower: None }
}

const fn either(name: &'static str, attributes: &'static [&'static str], fold: Fold, lower: Lower) -> Operator {
    Operator { name, attributes, fold: Some(fold), lower: Some(lower) }
}

/// All operators that are read.
const OPERATORS: &[Operator] = &[
    either("Add", &[], elementwise::ADD, elementwise::add),
    lowered(
        "AveragePool",
        &["auto_pad", "ceil_mode", "count_include_pad", "dilations", "kernel_shape", "pads", "strides"],
        pool::average,
    ),
    lowered("BatchNormalization", &["epsilon", "momentum", "spatial", "training_mode"], elementwise::normalise),
    either("Cast", &["to", "saturate"], fold::cast, elementwise::cast),
    either("CastLike", &["saturate"], fold::identity, order::identity),
    lowered("Clip", &["min", "max"], elementwise::clip),
    either("Concat", &["axis"], fold::concat, order::concat),
    folded("Constant", &["value", "value_float", "value_floats", "value_int", "value_ints"], fold::constant),
    folded("ConstantOfShape", &["value"], fold::constant_of_shape),
    lowered("Conv", &["auto_pad", "dilations", "group", "kernel_shape", "pads", "strides"], window::conv),
    either("DequantizeLinear", &["axis", "block_size"], fold::dequantize, quantised::dequantize),
    either("Div", &[], elementwise::DIV, elementwise::div),
    either("Dropout", &["ratio", "seed"], fold::identity, order::dropout),
    lowered("Flatten", &["axis"], order::flatten),
    either("Gather", &["axis"], fold::gather, order::gather),
    lowered("Gemm", &["alpha", "beta", "transA", "transB"], dense::gemm),
    lowered("GlobalAveragePool", &[], pool::global_average),
    lowered("GlobalMaxPool", &[], pool::global_max),
    lowered("HardSigmoid", &["alpha", "beta"], elementwise::hard_sigmoid),
    lowered("HardSwish", &[], elementwise::hard_swish),
    either("Identity", &[], fold::identity, order::identity),
    lowered("LeakyRelu", &["alpha"], elementwise::leaky_relu),
    lowered("LogSoftmax", &["axis"], elementwise::log_softmax),
    lowered("MatMul", &[], dense::matmul),
    lowered(
        "MaxPool",
        &["auto_pad", "ceil_mode", "dilations", "kernel_shape", "pads", "storage_order", "strides"],
        pool::max,
    ),
    either("Mul", &[], elementwise::MUL, elementwise::mul),
    lowered("Pad", &["mode", "pads", "value"], window::pad),
    lowered("QuantizeLinear", &["axis", "saturate", "block_size", "output_dtype", "precision"], quantised::quantize),
    lowered("ReduceMean", &["axes", "keepdims", "noop_with_empty_axes"], pool::mean),
    lowered("Relu", &[], elementwise::relu),
    either("Reshape", &["allowzero"], order::fold_reshape, order::reshape),
    folded("Shape", &["start", "end"], fold::shape),
    lowered("Sigmoid", &[], elementwise::sigmoid),
    either("Slice", &["axes", "ends", "starts"], fold::slice, order::slice),
    lowered("Softmax", &["axis"], elementwise::softmax),
    lowered("Split", &["axis", "num_outputs", "split"], order::split),
    either("Squeeze", &["axes"], order::fold_squeeze, order::squeeze),
    either("Sub", &[], elementwise::SUB, elementwise::sub),
    lowered("Sum", &[], elementwise::sum),
    lowered("Tanh", &[], elementwise::tanh),
    either("Transpose", &["perm"], fold::transpose, order::transpose),
    either("Unsqueeze", &["axes"], order::fold_unsqueeze, order::unsqueeze),
];

/// What a node makes of what it reads.
///
/// # Errors
/// If it is not read, or not with what it is given.
pub fn lower(draft: &mut Draft, call: &Call, operator: &str, domain: &str) -> Result<Vec<Known>, NodeError> {
    if !["", "ai.onnx"].contains(&domain) {
        return Err(NodeError::Domain(domain.to_owned()));
    }
    let names = || OPERATORS.iter().map(|operator| operator.name);
    let known = OPERATORS.iter().find(|known| known.name == operator);
    let known = known.ok_or_else(|| NodeError::Unknown { nearest: nearest_of(operator), known: names().collect() })?;
    let stray = call.attributes().iter().find(|attribute| !known.attributes.contains(&attribute.name.as_str()));
    if let Some(stray) = stray {
        return Err(NodeError::Attribute { attribute: stray.name.clone(), known: known.attributes.to_vec() });
    }
    let reached = call.inputs().any(|input| matches!(input, Known::Computed(_)));
    match known {
        // Extents are known whether or not the numbers are.
        Operator { fold: Some(fold), lower: None, .. } => Ok(vec![Known::constant(fold(call)?)]),
        Operator { fold: Some(fold), .. } if !reached => Ok(vec![Known::constant(fold(call)?)]),
        Operator { lower: Some(lower), .. } if reached => lower(draft, call),
        _ => Err(NodeError::Constant),
    }
}

fn nearest_of(operator: &str) -> Option<&'static str> {
    nearest(operator, OPERATORS.iter().map(|operator| operator.name))
}

/// A graph that is being made, with the values of its tensors.
pub struct Draft {
    /// So far.
    pub graph: Graph,
    /// Those of each tensor, in the order of a file.
    tensors: Vec<Vec<f32>>,
}

impl Draft {
    /// A graph of nothing over an image.
    pub fn new(image: Shape) -> Self {
        Self { graph: Graph::new(Fact::f32(image)), tensors: Vec::new() }
    }

    /// The extents of a value.
    pub fn shape(&self, value: Value) -> Shape {
        self.graph.fact(value).shape
    }

    /// Adds an op, with the values of its tensors.
    fn add(
        &mut self,
        name: &str,
        op: impl Op + 'static,
        inputs: &[Value],
        tensors: Vec<Vec<f32>>,
    ) -> Result<Value, NodeError> {
        if tensors.iter().flatten().any(|number| !number.is_finite()) {
            return Err(NodeError::NotFinite);
        }
        let made = self.graph.add(name, op, inputs)?;
        let Shape { height, width, channels } = self.shape(made);
        let count = height.checked_mul(width).and_then(|pixels| pixels.checked_mul(channels));
        if count.is_none_or(|count| count > MOST) {
            let found = vec![channels, height, width];
            return Err(NodeError::Extents { what: "what it makes", found, known: "fewer numbers" });
        }
        self.tensors.extend(tensors);
        Ok(made)
    }

    /// Adds an op without tensors, on a value in any order, which its output is in, too.
    fn each(&mut self, name: &str, op: impl Op + 'static, input: &Computed) -> Result<Known, NodeError> {
        let value = self.add(name, op, &[input.value], Vec::new())?;
        Ok(Known::computed(value, input.view.clone()))
    }

    /// The same with what waits done.
    ///
    /// # Errors
    /// If it is something that is done at the end of a network only.
    pub fn settled(&mut self, name: &str, input: &Computed) -> Result<Computed, NodeError> {
        let done = |value, view: &View| Computed { value, view: view.clone(), waits: None };
        match input.waits {
            None => Ok(input.clone()),
            Some(Waiting::Function(function)) => {
                let value = self.add(&format!("{name}.{}", function.name()), function, &[input.value], Vec::new())?;
                Ok(done(value, &input.view))
            }
            Some(Waiting::Pad(margin)) => {
                let value = self.add(&format!("{name}.pad"), Pad(margin), &[input.value], Vec::new())?;
                Ok(done(value, &View::channels_first(self.shape(value))))
            }
            Some(Waiting::Softmax(operator)) => Err(NodeError::Within(operator)),
            Some(Waiting::Codes { .. }) => Err(NodeError::Codes),
        }
    }

    /// A value as a map whose channels, rows and columns are in order.
    pub fn map(&mut self, name: &str, input: &Computed) -> Result<Value, NodeError> {
        let input = self.settled(name, input)?;
        let (shape, sizes) = (self.shape(input.value), input.view.sizes());
        let unordered = || NodeError::Order(sizes.clone());
        if sizes.len() != 4 || sizes[0] != 1 || sizes[2..] != [shape.height, shape.width] {
            return Err(unordered());
        }
        let order = input.view.channels(1, shape).ok_or_else(unordered)?;
        let alike = View::channels_first(shape);
        match input.view.places(2) == alike.places(2) && input.view.places(3) == alike.places(3) {
            true => self.picked(name, input.value, &order),
            false => Err(unordered()),
        }
    }

    /// A value as a vector, and for each of its numbers which of the vector's it is.
    pub fn vector(&mut self, name: &str, input: &Computed) -> Result<(Value, Vec<usize>), NodeError> {
        let input = self.settled(name, input)?;
        let (shape, order) = (self.shape(input.value), input.view.all());
        match shape.pixels() {
            1 => Ok((input.value, order)),
            _ => Ok((self.add(&format!("{name}.flatten"), Flatten, &[input.value], Vec::new())?, order)),
        }
    }

    /// The same vector with its numbers in order.
    pub fn ordered(&mut self, name: &str, input: &Computed) -> Result<Value, NodeError> {
        let (value, order) = self.vector(name, input)?;
        self.picked(name, value, &order)
    }

    /// These channels, one after the other.
    fn picked(&mut self, name: &str, value: Value, channels: &[usize]) -> Result<Value, NodeError> {
        let all = 0..self.shape(value).channels;
        match channels.iter().copied().eq(all) {
            true => Ok(value),
            false => self.add(&format!("{name}.channels"), Pick(channels.into()), &[value], Vec::new()),
        }
    }

    /// The graph, and its weights.
    pub fn done(self) -> (Graph, Weights) {
        let weights = filled(self.graph.slots(), &self.tensors);
        (self.graph, weights)
    }
}

/// Weights whose tensors are these, in the order of the slots.
fn filled(slots: &Slots, tensors: &[Vec<f32>]) -> Weights {
    let mut weights = Weights::zeros(slots);
    for (slot, values) in slots.iter().zip(tensors) {
        debug_assert_eq!(slot.tensor.len(), values.len(), "{}", slot.name);
        let place = weights.place_mut(slot);
        slot.tensor.places(|in_file, in_memory| place[in_memory] = values[in_file]);
    }
    weights
}
