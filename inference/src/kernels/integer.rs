//! The arithmetic of layers in integers: bytes times bytes, summed up in 32 bits, and scaled once at the end.
//!
//! An activation in [`Codes`] lies in memory as one in floats does, with a byte for each value and the code of zero in
//! its frame. The same windows sweep over it; what changes is that four inputs meet four weights at a time, which is
//! what vector units have instructions for (`unit.rs`). Sums of integers are the same in any order, and what follows a
//! sum is computed in the same order everywhere ([`Rescale`]), so that all units give the same bits.
//!
//! Codes of fewer than 8 bits are computed as bytes, too.

mod codes;
mod depthwise;
mod product;
mod rescale;
mod sweep;
mod unit;

pub use codes::Codes;
pub use product::Product;
pub use rescale::{Output, Rescale};
