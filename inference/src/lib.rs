//! Networks that really run: two-head little networks and big ones, image by image, on the processor at hand.
//!
//! An [`Architecture`] (a few lines of YAML) and [`Weights`] (a safetensors file) make a [`Network`]; a network makes an
//! [`Answer`] of an image: the class, and how sure it is by four measures. This crate knows no clock: what a pass costs on
//! some device is for others to say, from its [`LayerCost`]s.

pub mod architecture;
mod cost;
pub mod dataset;
mod degrade;
mod error;
mod foreign;
pub mod kernels;
mod layers;
mod memory;
mod nearest;
mod network;
mod predictor;
mod program;
mod scores;
mod shipped;
pub mod train;
mod weights;

pub use architecture::Architecture;
pub use cost::{Cost, LayerCost, LayerKind};
pub use dataset::{Dataset, DatasetSpec, Half, Part};
pub use degrade::{Degradation, DegradationKind, Degrade};
pub use error::Error;
pub use memory::{Calls, Remembering};
pub use nearest::nearest;
pub use network::Network;
pub use program::Scratch;
pub use scores::{Answer, Scores};
pub use shipped::shipped_networks;
pub use weights::Weights;
