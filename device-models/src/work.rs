//! What a network asks of a processor, layer by layer.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::units::{DataSize, Macs};

/// How a layer uses a processor: kinds that differ in how much of it they can keep busy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LayerKind {
    /// Dense convolution with a window larger than one pixel.
    Convolution,
    /// Dense convolution of single pixels.
    Pointwise,
    /// Convolution of each channel by itself.
    Depthwise,
    /// Fully connected.
    Dense,
    /// Anything that multiplies nothing: pooling, additions.
    Other,
}

/// What one layer asks for, for one input.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LayerWork {
    /// How it uses the processor.
    pub kind: LayerKind,
    /// Multiply-accumulates.
    pub macs: f64,
    /// Bytes read and written: weights, input and output.
    pub bytes: f64,
}

/// What a network asks for, for one input.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Work {
    /// Its layers, in the order they run.
    pub layers: Vec<LayerWork>,
}

/// A network that is charged for without being run, as files write it: its multiply-accumulates, and the bytes it moves.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AsIf {
    /// Multiply-accumulates for one input.
    pub macs: Macs,
    /// Bytes of its weights, which are read for each input.
    #[serde(default = "no_data")]
    pub weights: DataSize,
    /// Bytes of activations that are written and read again.
    #[serde(default = "no_data")]
    pub activations: DataSize,
    /// How many layers that makes: each pays a processor's `layer-overhead`.
    #[serde(default = "one")]
    pub layers: u32,
}

fn no_data() -> DataSize {
    DataSize::new(0.0)
}

fn one() -> u32 {
    1
}

impl Work {
    /// Multiply-accumulates for one input.
    pub fn macs(&self) -> f64 {
        self.layers.iter().map(|layer| layer.macs).sum()
    }
}

/// Dense convolutions of equal size, which is all that a few figures can say.
impl From<AsIf> for Work {
    fn from(as_if: AsIf) -> Self {
        let layers = as_if.layers.max(1);
        let bytes = as_if.weights.get() + 2.0 * as_if.activations.get();
        let share = |total: f64| total / f64::from(layers);
        let layer = LayerWork { kind: LayerKind::Convolution, macs: share(as_if.macs.get()), bytes: share(bytes) };
        Self { layers: vec![layer; layers as usize] }
    }
}
