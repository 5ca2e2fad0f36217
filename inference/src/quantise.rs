//! Numbers in few bits: how they are rounded, packed, and how much that loses.
//!
//! Activations lie on a [`Grid`] of 2^b steps with a scale and a zero point, one for the whole tensor. Weights lie on
//! grids that are symmetric about zero, one for each output channel ([`Rows`]). Both are chosen by the least squared
//! error over clippings: a grid that leaves out the largest values has finer steps for all others. What is known of a
//! tensor of activations is a histogram of what calibration images made of it ([`Seen`]).
//!
//! Nothing here knows of networks.

mod bits;
mod grid;
mod pack;
mod rows;
mod seen;

pub use bits::{Bits, BitsError};
pub use grid::{Grid, Rounding, nearest};
pub use pack::{pack, unpack};
pub use rows::Rows;
pub use seen::Seen;
