//! Networks from ONNX files: a second reader of graphs, beside [`architecture`](crate::architecture).
//!
//! Nodes become ops one by one ([`lower`]). What only moves numbers is followed rather than done ([`view`]), and what does
//! not depend on the image is computed beforehand ([`fold`]). What a file does not say of its images and outputs is said
//! in a few lines of YAML in its metadata or beside it ([`beside`]): `net.yaml` beside `net.onnx`.
//!
//! Image classifiers of one input are read, with opsets 7 to 21. Whatever is not known is refused, by node, operator and
//! opset, so that no network answers otherwise than where it comes from.

mod answers;
mod beside;
mod call;
mod constant;
mod fold;
mod input;
mod lower;
mod proto;
#[cfg(test)]
mod tests;
mod view;

use std::collections::BTreeMap;
use std::io::Read;
use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::Arc;

use prost::Message;
use xxhash_rust::xxh3::Xxh3;

use crate::error::{Error, NodeError, OnnxError};
use crate::foreign::{ONNX, by_content};
use crate::model::Model;
use answers::{Answers, exits};
use beside::Beside;
use call::{Call, Known};
use constant::Constant;
use input::image;
use lower::{Draft, lower};
use proto::{GraphProto, ModelProto, NodeProto, TensorProto};

/// Operator sets whose operators are known.
const OPSETS: RangeInclusive<i64> = 7..=21;

/// How much of a file says what it is.
const HEAD: u64 = 1 << 12;

/// Whether the file at `path` is one: by its ending, or by how it begins.
pub fn is_onnx(path: &Path) -> bool {
    let ending = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("onnx"));
    let begins = || {
        let mut head = Vec::new();
        let read = std::fs::File::open(path).and_then(|file| file.take(HEAD).read_to_end(&mut head));
        read.is_ok() && by_content(&head) == Some(ONNX)
    };
    path.is_file() && (ending || begins())
}

/// Reads a file, with the YAML beside it.
///
/// # Errors
/// If a file cannot be read, or holds what is not read.
pub fn read(path: &Path) -> Result<Model, Error> {
    let bytes = std::fs::read(path).map_err(|e| Error::io(path, e))?;
    let beside = path.with_extension("yaml");
    let text = match std::fs::read_to_string(&beside) {
        // Whatever a file is called, it is not beside itself.
        _ if beside == path => None,
        Ok(text) => Some(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(Error::io(&beside, error)),
    };
    let named = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let place = Place {
        name: path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
        folder: path.parent(),
        beside: named(&beside),
    };
    parse(&bytes, text.as_deref(), &place).map_err(|error| error.at(&path.display().to_string()))
}

/// Where a file is.
pub struct Place<'a> {
    /// The network's name, unless another is said.
    pub name: String,
    /// The folder in which other files of its numbers are.
    pub folder: Option<&'a Path>,
    /// What the YAML beside it is called.
    pub beside: String,
}

/// Reads a network from the bytes of a file and the text beside it.
///
/// # Errors
/// If they hold what is not read.
pub fn parse(bytes: &[u8], text: Option<&str>, place: &Place) -> Result<Model, OnnxError> {
    let file = ModelProto::decode(bytes).map_err(OnnxError::NotWhole)?;
    let graph = file.graph.as_ref().ok_or(OnnxError::NoGraph)?;
    let opset = opset(&file)?;
    let beside = Beside::gathered(text, &file.metadata_props, &place.beside)?;
    let image = image(graph, &beside, &file.metadata_props, &place.beside)?;
    let answers = Answers::of(graph, &beside, &place.beside)?;
    let mut reading = Reading {
        opset,
        folder: place.folder,
        nodes: &graph.node,
        producers: producers(graph),
        tensors: graph.initializer.iter().map(|tensor| (tensor.name.as_str(), tensor)).collect(),
        done: vec![false; graph.node.len()],
        values: BTreeMap::from([(image.name.as_str(), Known::computed(0, image.view.clone()))]),
        draft: Draft::new(image.shape),
    };
    let classes = exits(&mut reading, &answers, beside.classes.as_ref())?;
    let (graph, weights) = reading.draft.done();
    let mut hasher = Xxh3::new();
    hasher.update(bytes);
    // Some of them may lie in other files.
    weights.parameters.iter().for_each(|number| hasher.update(&number.to_le_bytes()));
    hasher.update(format!("{answers:?} {image:?}").as_bytes());
    Ok(Model {
        name: beside.name.unwrap_or_else(|| place.name.clone()),
        normalise: image.normalise,
        classes,
        graph,
        weights,
        fingerprint: hasher.digest(),
    })
}

/// The version of ONNX's own operators.
fn opset(file: &ModelProto) -> Result<i64, OnnxError> {
    let own = file.opset_import.iter().find(|set| ["", "ai.onnx"].contains(&set.domain.as_str()));
    let found = own.map_or(0, |set| set.version);
    match OPSETS.contains(&found) {
        true => Ok(found),
        false => Err(OnnxError::Opset { found, known: OPSETS }),
    }
}

/// Which node makes which value.
fn producers(graph: &GraphProto) -> BTreeMap<&str, usize> {
    let nodes = graph.node.iter().enumerate();
    let made = nodes.flat_map(|(index, node)| node.output.iter().map(move |output| (output.as_str(), index)));
    made.filter(|(output, _)| !output.is_empty()).collect()
}

/// A file whose nodes are lowered as far as somebody asks for what they make, so that what an early exit needs comes
/// before what follows it, and what no answer needs does not come at all.
pub struct Reading<'a> {
    opset: i64,
    folder: Option<&'a Path>,
    nodes: &'a [NodeProto],
    producers: BTreeMap<&'a str, usize>,
    tensors: BTreeMap<&'a str, &'a TensorProto>,
    done: Vec<bool>,
    values: BTreeMap<&'a str, Known>,
    /// What has been made.
    pub draft: Draft,
}

impl<'a> Reading<'a> {
    /// The value of that name, made if it has not been yet.
    ///
    /// # Errors
    /// If a node that it needs is not read.
    pub fn value(&mut self, name: &'a str) -> Result<Option<Known>, OnnxError> {
        // Nodes come in an order in which they can run.
        let mut needed = vec![false; self.nodes.len()];
        let last = self.producers.get(name).copied();
        last.into_iter().for_each(|last| needed[last] = true);
        for index in (0..last.map_or(0, |last| last + 1)).rev().filter(|index| !self.done[*index]) {
            if needed[index] {
                let inputs = self.nodes[index].input.iter().filter_map(|input| self.producers.get(input.as_str()));
                inputs.for_each(|producer| needed[*producer] = true);
            }
        }
        let missing = (0..self.nodes.len()).filter(|index| needed[*index] && !self.done[*index]);
        for index in missing.collect::<Vec<_>>() {
            self.node(index)?;
        }
        self.known(name)
    }

    fn node(&mut self, index: usize) -> Result<(), OnnxError> {
        let node = &self.nodes[index];
        let first = node.output.first().map_or("", String::as_str);
        let name = if node.name.is_empty() { first } else { &node.name };
        let opset = self.opset;
        let refuse = |source| {
            let (node, op) = (name.to_owned(), node.op_type.clone());
            OnnxError::Node { node, op, opset, source: Box::new(source) }
        };
        let mut inputs = Vec::new();
        for input in &node.input {
            match input.as_str() {
                "" => inputs.push(None),
                input => match self.known(input)? {
                    Some(known) => inputs.push(Some(known)),
                    None => return Err(refuse(NodeError::Undefined(input.to_owned()))),
                },
            }
        }
        let call = Call::new(node, name, self.opset, inputs);
        let made = lower(&mut self.draft, &call, &node.op_type, &node.domain).map_err(refuse)?;
        self.values.extend(node.output.iter().map(String::as_str).zip(made));
        self.done[index] = true;
        Ok(())
    }

    /// The value of that name, if it has been made or is in the file.
    fn known(&mut self, name: &'a str) -> Result<Option<Known>, OnnxError> {
        if let Some(known) = self.values.get(name) {
            return Ok(Some(known.clone()));
        }
        let Some(tensor) = self.tensors.get(name) else { return Ok(None) };
        let constant = Constant::read(tensor, self.folder);
        let constant = constant.map_err(|source| OnnxError::Tensor { tensor: name.to_owned(), source })?;
        let known = Known::Constant(Arc::new(constant));
        self.values.insert(name, known.clone());
        Ok(Some(known))
    }
}
