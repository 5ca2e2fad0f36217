//! Networks that really run: two-head little networks and big ones, image by image, on the current processor.
//!
//! An [`Architecture`] (a few lines of YAML) describes a [`Graph`] of operations; with [`Weights`] (a safetensors file)
//! it makes a [`Network`]. So does an ONNX file by itself ([`Network::load`]). A network turns an image into an
//! [`Answer`]: the class, and how confident it is by several measures. It may answer at exits before its end
//! ([`Inference`]), and can be taken apart at any [`Cut`], to run one part here and the other elsewhere; what crosses is
//! sent in a [`Coding`]. This crate has no clock: other crates derive the cost of a pass on a device from its
//! [`LayerCost`]s.
//!
//! Inside, each of these knows only what stands before it: kernels, [`Weights`] as named tensors, ops, graphs of them,
//! programs that run a graph, architectures and ONNX files that describe one, networks, training.

pub mod architecture;
mod calibrate;
mod classes;
pub mod coding;
pub mod dataset;
mod degrade;
mod error;
mod foreign;
mod graph;
pub mod kernels;
mod measured;
mod model;
mod nearest;
mod network;
mod onnx;
mod ops;
mod program;
pub mod quantise;
mod scores;
mod shipped;
pub mod train;
mod weights;

pub use architecture::Architecture;
pub use calibrate::{Calibrated, LayerNumbers, StepNumbers, StepWidth};
pub use coding::{Coder, Coding};
pub use dataset::{Dataset, DatasetSpec, Half, Part};
pub use degrade::{Degradation, DegradationKind, Degrade, Strength};
pub use error::{
    Advice, ArchitectureError, BlockError, BlockPlace, Error, InputError, MissingTensor, NodeError, OnnxError, OpError,
    OutputError, QuantiseError, RefusedOp, StrayTensor, TensorError, WeightsError,
};
pub use graph::{BitWidths, Exit, Graph, Head, Node, Value};
pub use measured::{MeasuredCut, MeasuredCuts, measure_cuts};
pub use nearest::nearest;
pub use network::{Coded, Crossing, Cut, CutError, CutName, CutTensor, Inference, Network, find_cut};
pub use ops::{Cost, Fact, Format, LayerCost};
pub use program::Scratch;
pub use quantise::{Bits, BitsError, Grid};
pub use scores::{Answer, Given, Score, Scores, Shown};
pub use shipped::shipped_networks;
pub use weights::Weights;
