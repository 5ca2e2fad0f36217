//! What a network is, whatever file it was read from: the place where its readers and those that run it meet.
//!
//! There are two readers: [`architecture`](crate::architecture), of this project's own files, and [`onnx`](crate::onnx).

use serde::{Deserialize, Serialize};

use crate::classes::Classes;
use crate::graph::Graph;
use crate::kernels::Shape;
use crate::weights::Weights;

/// A network before it is made ready to run.
#[derive(Clone, Debug)]
pub struct Model {
    /// Its name in results.
    pub name: String,
    /// Normalisation of pixels in [0, 1], per channel.
    pub normalise: Normalise,
    /// The classes of its outputs.
    pub classes: Classes,
    /// Its operations, not fused.
    pub graph: Graph,
    /// The values of their tensors.
    pub weights: Weights,
    /// Identifies everything above but names: a hash.
    pub fingerprint: u64,
}

impl Model {
    /// Extent of an input image.
    pub fn input(&self) -> Shape {
        self.graph.fact(0).shape
    }
}

/// Per-channel scaling of pixels in [0, 1].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Normalise {
    /// Subtracted.
    pub mean: Vec<f32>,
    /// Divided out.
    pub deviation: Vec<f32>,
}

/// Why pixels cannot be normalised so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unscaled {
    /// A mean or a deviation too many or too few.
    Count,
    /// A deviation that cannot be divided by.
    Deviation,
}

impl Normalise {
    /// Whether it fits images of so many channels.
    pub fn check(&self, channels: usize) -> Result<(), Unscaled> {
        if [&self.mean, &self.deviation].iter().any(|values| values.len() != channels) {
            return Err(Unscaled::Count);
        }
        match self.deviation.iter().all(|&deviation| deviation > 0.0 && deviation.is_finite()) {
            true => Ok(()),
            false => Err(Unscaled::Deviation),
        }
    }

    /// (pixel/255 − mean)/deviation of every pixel value, a channel at a time.
    pub fn levels(&self) -> Vec<[f32; 256]> {
        let channels = self.mean.iter().zip(&self.deviation);
        let level = |mean: f32, deviation: f32| move |pixel: usize| (pixel as f32 / 255.0 - mean) / deviation;
        channels.map(|(mean, deviation)| std::array::from_fn(level(*mean, *deviation))).collect()
    }

    /// The smallest and the largest number that a pixel can become; zero is between them.
    pub fn range(&self) -> (f64, f64) {
        let numbers = self.levels().into_iter().flatten().map(f64::from);
        numbers.fold((0.0, 0.0), |(low, high), x| (x.min(low), x.max(high)))
    }
}
