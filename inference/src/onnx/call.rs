//! A node of a file with what it reads.

use std::sync::Arc;

use super::constant::Constant;
use super::proto::{AttributeProto, NodeProto};
use super::view::View;
use crate::error::NodeError;
use crate::graph::Value;
use crate::kernels::Margin;
use crate::ops::Function;

/// A value of a file.
#[derive(Clone, Debug)]
pub enum Known {
    /// It does not depend on the image.
    Constant(Arc<Constant>),
    /// It does.
    Computed(Computed),
}

/// A value that depends on the image.
#[derive(Clone, Debug, PartialEq)]
pub struct Computed {
    /// The value of the graph.
    pub value: Value,
    /// In which order it is read.
    pub view: View,
    /// What is still to be done to it. It waits for its reader, which may do it along with something else.
    pub waits: Option<Waiting>,
}

/// Something that is done only when a reader needs it to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Waiting {
    /// A function of each value.
    Function(Function),
    /// Zeros around a map.
    Pad(Margin),
    /// Probabilities, or their logarithms: an answer is read off what they are made of. It is named as in the file.
    Softmax(&'static str),
    /// What the numbers are: codes of so many of them, of which the value is what they stand for.
    Codes {
        /// From a code to the next.
        scale: f32,
        /// The code of 0.
        zero: i64,
    },
}

impl Known {
    /// A value of the graph as it is.
    pub fn computed(value: Value, view: View) -> Self {
        Self::Computed(Computed { value, view, waits: None })
    }

    /// What is known beforehand.
    pub fn constant(constant: Constant) -> Self {
        Self::Constant(Arc::new(constant))
    }

    /// Its extents.
    pub fn sizes(&self) -> Vec<usize> {
        match self {
            Self::Constant(constant) => constant.sizes.clone(),
            Self::Computed(computed) => computed.view.sizes(),
        }
    }
}

impl Computed {
    /// The same in another order.
    pub fn viewed(&self, view: View) -> Known {
        Known::Computed(Self { view, ..self.clone() })
    }
}

/// A node of a file with what it reads.
pub struct Call<'a> {
    node: &'a NodeProto,
    /// What it is called: its name, or that of its first output.
    pub name: &'a str,
    /// The operator set of the file.
    pub opset: i64,
    inputs: Vec<Option<Known>>,
}

impl<'a> Call<'a> {
    /// `inputs` are those of `node`, none where one is left out.
    pub fn new(node: &'a NodeProto, name: &'a str, opset: i64, inputs: Vec<Option<Known>>) -> Self {
        Self { node, name, opset, inputs }
    }

    /// How many outputs it has.
    pub fn outputs(&self) -> usize {
        self.node.output.len()
    }

    /// Its inputs that are there.
    pub fn inputs(&self) -> impl Iterator<Item = &Known> {
        self.inputs.iter().flatten()
    }

    /// An input, if it is there.
    pub fn get(&self, input: usize) -> Option<&Known> {
        self.inputs.get(input)?.as_ref()
    }

    /// An input that must be there.
    pub fn input(&self, input: usize) -> Result<&Known, NodeError> {
        self.get(input).ok_or(NodeError::Missing(input))
    }

    /// An input that depends on the image.
    pub fn computed(&self, input: usize) -> Result<&Computed, NodeError> {
        match self.input(input)? {
            Known::Computed(computed) => Ok(computed),
            Known::Constant(_) => Err(NodeError::Constant),
        }
    }

    /// An input that must be there and not depend on the image.
    pub fn constant(&self, input: usize) -> Result<&Constant, NodeError> {
        self.optional(input)?.ok_or(NodeError::Missing(input))
    }

    /// An input that must not depend on the image, if it is there.
    pub fn optional(&self, input: usize) -> Result<Option<&Constant>, NodeError> {
        match self.get(input) {
            None => Ok(None),
            Some(Known::Constant(constant)) => Ok(Some(constant)),
            Some(Known::Computed(_)) => Err(NodeError::Computed(input)),
        }
    }

    /// An input that is a single number, if it is there.
    pub fn number(&self, input: usize) -> Result<Option<f32>, NodeError> {
        let Some(constant) = self.optional(input)? else { return Ok(None) };
        match constant.numbers.floats()[..] {
            [number] => Ok(Some(number)),
            _ => Err(self.extents("a single number", &constant.sizes, "one number")),
        }
    }

    /// An input of whole numbers, or the attribute that it was in earlier operator sets.
    pub fn list(&self, input: usize, attribute: &str) -> Result<Option<Vec<i64>>, NodeError> {
        match self.optional(input)? {
            Some(constant) => match constant.as_whole() {
                Some(numbers) => Ok(Some(numbers.to_vec())),
                None => Err(self.setting("a list", "of floats", "whole numbers")),
            },
            None => Ok(self.ints(attribute).map(<[i64]>::to_vec)),
        }
    }

    /// Its attributes.
    pub fn attributes(&self) -> &'a [AttributeProto] {
        &self.node.attribute
    }

    /// The attribute of that name, if it is there.
    pub fn attribute(&self, name: &str) -> Option<&'a AttributeProto> {
        self.node.attribute.iter().find(|attribute| attribute.name == name)
    }

    /// A whole number.
    pub fn int(&self, name: &str, otherwise: i64) -> i64 {
        self.attribute(name).map_or(otherwise, |attribute| attribute.i)
    }

    /// A real number.
    pub fn float(&self, name: &str, otherwise: f32) -> f32 {
        self.attribute(name).map_or(otherwise, |attribute| attribute.f)
    }

    /// Whole numbers, if they are there.
    pub fn ints(&self, name: &str) -> Option<&'a [i64]> {
        self.attribute(name).map(|attribute| &attribute.ints[..])
    }

    /// A word.
    pub fn text(&self, name: &str, otherwise: &'static str) -> String {
        self.attribute(name)
            .map_or_else(|| otherwise.to_owned(), |attribute| String::from_utf8_lossy(&attribute.s).into_owned())
    }

    /// An axis of a value of so many, which may be counted from the last.
    pub fn axis(&self, axis: i64, rank: usize) -> Result<usize, NodeError> {
        let counted = if axis < 0 { axis + rank as i64 } else { axis };
        let fits = usize::try_from(counted).ok().filter(|axis| *axis < rank);
        fits.ok_or_else(|| self.setting("axis", axis, "an axis of its input"))
    }

    /// Several axes; all of them if none is given.
    pub fn axes(&self, axes: Option<&[i64]>, rank: usize) -> Result<Vec<usize>, NodeError> {
        match axes {
            None | Some([]) => Ok((0..rank).collect()),
            Some(axes) => axes.iter().map(|axis| self.axis(*axis, rank)).collect(),
        }
    }

    /// Refuses what an attribute or an input is.
    pub fn setting(&self, what: &'static str, found: impl ToString, known: &'static str) -> NodeError {
        NodeError::Setting { what, found: found.to_string(), known }
    }

    /// Refuses the extents of something.
    pub fn extents(&self, what: &'static str, found: &[usize], known: &'static str) -> NodeError {
        NodeError::Extents { what, found: found.to_vec(), known }
    }
}
