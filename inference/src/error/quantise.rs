//! Why a network cannot be computed in integers.

use crate::kernels::Shape;

/// Why a network cannot be computed in integers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QuantiseError {
    /// Nothing to see.
    #[error("scales are chosen by calibration images, and there are none")]
    NoImages,
    /// Images of another extent than the network's input.
    #[error("calibration images are {images}, and the network takes {input}")]
    Images {
        /// The extent of the images.
        images: Shape,
        /// The extent of the input.
        input: Shape,
    },
    /// Bit-widths for another number of layers.
    #[error("bit-widths of {given} layers are given, and the network has {layers}")]
    Layers {
        /// How many there are for.
        given: usize,
        /// How many layers there are.
        layers: usize,
    },
    /// A layer whose sums may need more than 32 bits.
    #[error("layer '{layer}' sums up {products} products; with {bits}-bit weights 32 bits hold at most {most}")]
    Sums {
        /// Its name.
        layer: String,
        /// Products of an output.
        products: usize,
        /// Bits of its weights.
        bits: u8,
        /// The most products.
        most: usize,
    },
}
