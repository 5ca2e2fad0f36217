//! The blocks that an extractor is made of.

use serde::{Deserialize, Serialize};

use super::figures::{Activation, Around, Pair};
use crate::kernels::Sides;

/// A step of the extractor.
///
/// What is not written is as in the networks of the MobileNet and ResNet families: `kernel / 2` zeros of padding, batch
/// normalisation after every convolution in place of a bias, and a rectifier.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub enum Block {
    /// Convolution.
    Conv(Conv),
    /// Convolution of each channel by itself.
    Depthwise(Depthwise),
    /// Depthwise k×k, then pointwise convolution (MobileNet, Howard et al. 2017).
    Separable {
        /// Output channels.
        out: usize,
        /// Extent of the depthwise window, odd.
        #[serde(default = "three")]
        kernel: Pair,
        /// Step of the depthwise window.
        #[serde(default = "one")]
        stride: Pair,
    },
    /// Two 3×3 convolutions with a shortcut around them (ResNet basic block, He et al. 2016).
    Residual {
        /// Output channels.
        out: usize,
        /// Step of the first convolution.
        #[serde(default = "one")]
        stride: Pair,
    },
    /// Largest of each 2×2 block.
    MaxPool,
    /// Mean of each 2×2 block.
    AveragePool,
    /// Largest value or mean under any window.
    Pool(Pool),
    /// Largest of all pixels.
    GlobalMaxPool,
    /// Mean over all pixels.
    GlobalAveragePool,
    /// A map as one vector, channel by channel.
    Flatten,
    /// Fully connected.
    Dense(Dense),
    /// Batch normalisation.
    Norm,
    /// A function of single values.
    Activation(Activation),
    /// Zeros around a map.
    Pad(Around),
    /// The sum with the output of an earlier block, counted from 0.
    Add(usize),
    /// The outputs of earlier blocks, counted from 0, behind the channels of the one before.
    Concat(Vec<usize>),
}

/// A convolution, and what follows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conv {
    /// Output channels.
    pub out: usize,
    /// Extent of the window.
    #[serde(default = "three")]
    pub kernel: Pair,
    /// Step of the window.
    #[serde(default = "one")]
    pub stride: Pair,
    /// Zeros around the image; half an odd window if it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub padding: Option<Around>,
    /// From a tap to the next.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub dilation: Pair,
    /// Groups of channels that see nothing of each other.
    #[serde(default = "single", skip_serializing_if = "is_single")]
    pub groups: usize,
    /// Whether a number is added for each channel.
    #[serde(default, skip_serializing_if = "is_false")]
    pub bias: bool,
    /// Whether batch normalisation follows.
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub norm: bool,
    /// What follows that.
    #[serde(default, skip_serializing_if = "is_default")]
    pub activation: Activation,
}

/// A convolution of each channel by itself, and what follows it; fields as in [`Conv`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "as in Conv")]
pub struct Depthwise {
    #[serde(default = "three")]
    pub kernel: Pair,
    #[serde(default = "one")]
    pub stride: Pair,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub padding: Option<Around>,
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub dilation: Pair,
    #[serde(default, skip_serializing_if = "is_false")]
    pub bias: bool,
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub norm: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub activation: Activation,
}

/// A pool under a window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pool {
    /// What is made of the values.
    pub kind: PoolKind,
    /// Extent of the window.
    pub kernel: Pair,
    /// Step of the window: its extent, if it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stride: Option<Pair>,
    /// What a window may reach over the edge; it is left out of what is pooled.
    #[serde(default, skip_serializing_if = "is_default")]
    pub padding: Around,
}

/// What is made of the values under a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PoolKind {
    /// The largest.
    Max,
    /// Their mean.
    Average,
}

/// A fully connected layer, and what follows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dense {
    /// Units.
    pub out: usize,
    /// Whether a number is added for each unit.
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub bias: bool,
    /// What follows.
    #[serde(default, skip_serializing_if = "is_default")]
    pub activation: Activation,
}

fn one() -> Pair {
    Pair(Sides::both(1))
}

fn three() -> Pair {
    Pair(Sides::both(3))
}

fn single() -> usize {
    1
}

fn yes() -> bool {
    true
}

fn is_one(pair: &Pair) -> bool {
    *pair == one()
}

fn is_single(groups: &usize) -> bool {
    *groups == 1
}

fn is_true(value: &bool) -> bool {
    *value
}

fn is_false(value: &bool) -> bool {
    !*value
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
