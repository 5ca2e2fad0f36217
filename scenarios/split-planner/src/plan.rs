//! A plan, and what it comes to.

use crate::costs::{Costs, Sent, Widths};
use crate::error::{Part, PlanError};

/// The widths of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LayerWidths {
    /// Its step.
    pub step: usize,
    /// Bits of its weights.
    pub weights: u8,
    /// Bits of what it makes.
    pub activations: u8,
}

/// In which numbers the device computes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Numbers {
    /// In floats.
    Floats,
    /// In integers, with these widths for each layer before the cut.
    Integers(Vec<LayerWidths>),
}

/// What a plan costs, by place; seconds if the [`Costs`] are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Latency {
    /// On the device.
    pub device: f64,
    /// Between device and server.
    pub link: f64,
    /// At the server.
    pub server: f64,
}

impl Latency {
    /// All of it.
    pub fn total(&self) -> f64 {
        self.device + self.link + self.server
    }
}

/// Bits of memory that a plan takes on the device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// Mʷ, of all weights.
    pub weights: u64,
    /// Mᵃ, of the largest value that a step makes.
    pub activations: u64,
}

impl Memory {
    /// Both.
    pub fn total(&self) -> u64 {
        self.weights + self.activations
    }
}

/// Where to cut a network, and how wide its numbers are before that.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// How many steps run on the device.
    pub cut: usize,
    /// In which numbers they do.
    pub numbers: Numbers,
    /// What is sent.
    pub sent: Sent,
    /// What it costs.
    pub latency: Latency,
    /// Memory on the device.
    pub memory: Memory,
    /// ΣD, what is lost by the widths.
    pub error: f64,
}

/// What a cut costs with these widths, in numbers that can be compared.
///
/// # Errors
/// If a cost is no finite number.
pub(crate) fn latency(costs: &impl Costs, widths: &Widths, sent: Sent) -> Result<Latency, PlanError> {
    let cut = widths.steps();
    Ok(Latency { device: device(costs, widths)?, link: link(costs, cut, sent)?, server: server(costs, cut)? })
}

pub(crate) fn device(costs: &impl Costs, widths: &Widths) -> Result<f64, PlanError> {
    finite(widths.steps(), Part::Device, costs.device(widths))
}

pub(crate) fn link(costs: &impl Costs, cut: usize, sent: Sent) -> Result<f64, PlanError> {
    finite(cut, Part::Link, costs.link(cut, sent))
}

pub(crate) fn server(costs: &impl Costs, cut: usize) -> Result<f64, PlanError> {
    finite(cut, Part::Server, costs.server(cut))
}

fn finite(cut: usize, part: Part, found: f64) -> Result<f64, PlanError> {
    if found.is_finite() { Ok(found) } else { Err(PlanError::Cost { cut, part, found }) }
}
