//! How tensors are sent: in single or half precision or in a few bits a number, as they are or compressed.
//!
//! | coding | a tensor of n numbers in c channels takes |
//! |---|---|
//! | `float32` | 4·n bytes; every bit arrives |
//! | `float16` | 2·n bytes; every number rounded to the nearest half, beyond 65,504 to infinity |
//! | b bits, 2 to 8 | 5 + ⌈n·b/8⌉ bytes: step and zero point of its grid, then the codes, packed |
//! | b bits, `scale: channel` | 5·c + ⌈n·b/8⌉ bytes: a grid for each channel; a vector, with one number in each, has one |
//!
//! No coding takes more bits for a number than the number has. Where a network computes in integers, a tensor is codes of
//! a few bits on a grid that is part of the network: both sides know it. If its codes have no more bits than the coding
//! would take, they are what is sent, ⌈n·b/8⌉ bytes with b the tensor's own bits, and all of it arrives.
//!
//! A grid is chosen from the very tensor's smallest and largest number, so it need not be calibrated, travels with the
//! tensor and is part of its bytes. Tensors that are sent together come one after the other, each beginning with a
//! whole byte. Both sides know the network, the coding and which tensors they are: that is not sent. With `compress`,
//! all of them together are deflated, and how many bytes that makes depends on the numbers.
//!
//! A [`Coder`] does it. It knows the shapes of tensors, but nothing of networks:
//! [`Network::encode`](crate::Network::encode) tells it what crosses a cut.

mod affine;
mod deflate;
mod half;
mod packed;
mod written;

use crate::kernels::Shape;
use crate::quantise::{self, Bits};
use affine::{Grid, Range};
use deflate::Deflate;
pub(crate) use half::of_half;
use half::to_half;
pub use written::CodingError;

/// How tensors are sent; see the [module](self).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Coding {
    /// What a number becomes.
    pub numbers: Numbers,
    /// Whether everything is compressed losslessly after that.
    pub compress: bool,
}

/// What a number becomes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Numbers {
    /// IEEE single precision: itself.
    #[default]
    Float32,
    /// IEEE half precision.
    Float16,
    /// A code of some bits on an even grid.
    Codes {
        /// Bits of a code.
        bits: Bits,
        /// What has a grid of its own.
        scale: Scale,
    },
}

/// What has a scale and a zero point of its own.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "CodingScale")]
pub enum Scale {
    /// Each tensor.
    #[default]
    Tensor,
    /// Each channel of a map; a vector as a whole, as a channel of it is a single number.
    Channel,
}

impl Scale {
    /// Numbers of grids of a tensor.
    fn grids(self, shape: Shape) -> usize {
        match self {
            Self::Channel if shape.pixels() > 1 => shape.channels,
            Self::Tensor | Self::Channel => 1,
        }
    }
}

/// A tensor that is sent, as both sides know it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sent {
    /// Its rows, columns and channels.
    pub shape: Shape,
    /// The grid that all of its numbers are on, if it is stored in codes.
    pub grid: Option<quantise::Grid>,
}

impl Sent {
    /// One of floats.
    pub const fn floats(shape: Shape) -> Self {
        Self { shape, grid: None }
    }
}

impl Coding {
    /// Single precision, as it is.
    pub const FLOAT32: Self = Self { numbers: Numbers::Float32, compress: false };
    /// Half precision, as it is.
    pub const FLOAT16: Self = Self { numbers: Numbers::Float16, compress: false };

    /// Codes of so many bits, a grid for each tensor, as they are.
    pub const fn codes(bits: Bits) -> Self {
        Self { numbers: Numbers::Codes { bits, scale: Scale::Tensor }, compress: false }
    }

    /// The same, compressed.
    #[must_use]
    pub const fn compressed(self) -> Self {
        Self { compress: true, ..self }
    }

    /// Bytes of these tensors; none if they are compressed, as that depends on their numbers.
    pub fn size(self, tensors: impl IntoIterator<Item = Sent>) -> Option<u64> {
        let bytes = tensors.into_iter().map(|tensor| self.numbers.size(tensor) as u64);
        (!self.compress).then(|| bytes.sum())
    }
}

impl Numbers {
    /// The grid of a tensor whose codes are sent as they are stored: those that have no more bits than this takes.
    fn as_stored(self, tensor: Sent) -> Option<quantise::Grid> {
        tensor.grid.filter(|grid| match self {
            Self::Float32 | Self::Float16 => true,
            Self::Codes { bits, .. } => grid.bits <= bits,
        })
    }

    /// Bytes of a tensor.
    fn size(self, tensor: Sent) -> usize {
        let shape = tensor.shape;
        if let Some(grid) = self.as_stored(tensor) {
            return packed::size(shape.len(), grid.bits);
        }
        match self {
            Self::Float32 => 4 * shape.len(),
            Self::Float16 => 2 * shape.len(),
            Self::Codes { bits, scale } => scale.grids(shape) * Grid::SIZE + packed::size(shape.len(), bits),
        }
    }
}

/// Sends and receives tensors in a coding. Once it has been used with tensors of these shapes, it allocates nothing but
/// what the encoder does.
pub struct Coder {
    coding: Coding,
    /// The grids of a tensor and the ranges they are over.
    ranges: Vec<Range>,
    grids: Vec<Grid>,
    /// What is compressed, before that and after.
    plain: Vec<u8>,
    deflate: Option<Deflate>,
}

impl Coder {
    /// One for this coding.
    pub fn new(coding: Coding) -> Self {
        let deflate = coding.compress.then(Deflate::new);
        Self { coding, ranges: Vec::new(), grids: Vec::new(), plain: Vec::new(), deflate }
    }

    /// Its coding.
    pub fn coding(&self) -> Coding {
        self.coding
    }

    /// Writes tensors, whose numbers come one after the other and channels-last, in place of what
    /// `bytes` held.
    ///
    /// # Panics
    /// If there are other numbers than those of the tensors.
    pub fn encode(&mut self, tensors: impl Iterator<Item = Sent>, values: &[f32], bytes: &mut Vec<u8>) {
        let mut rest = values;
        let mut plain = std::mem::take(&mut self.plain);
        let out = if self.coding.compress { &mut plain } else { &mut *bytes };
        out.clear();
        for tensor in tensors {
            let shape = tensor.shape;
            let values;
            (values, rest) = rest.split_at(shape.len());
            if let Some(grid) = self.coding.numbers.as_stored(tensor) {
                packed::pack(values.iter().map(|value| grid.code(*value)), grid.bits, out);
                continue;
            }
            match self.coding.numbers {
                Numbers::Float32 => out.extend(values.iter().flat_map(|value| value.to_le_bytes())),
                Numbers::Float16 => out.extend(values.iter().flat_map(|value| to_half(*value).to_le_bytes())),
                Numbers::Codes { bits, scale } => {
                    self.choose_grids(scale.grids(shape), values, bits);
                    out.extend(self.grids.iter().flat_map(|grid| grid.to_bytes()));
                    let codes =
                        values.iter().zip(self.grids.iter().cycle()).map(|(value, grid)| grid.code(*value, bits));
                    packed::pack(codes, bits, out);
                }
            }
        }
        assert!(rest.is_empty(), "more numbers than those of the tensors");
        if let Some(deflate) = &mut self.deflate {
            bytes.clear();
            deflate.compress(&plain, bytes);
        }
        self.plain = plain;
    }

    /// Reads what [`Coder::encode`] wrote of these tensors, in place of what `values` held.
    ///
    /// # Panics
    /// If the bytes are of other tensors or another coding.
    pub fn decode(&mut self, tensors: impl Iterator<Item = Sent> + Clone, bytes: &[u8], values: &mut Vec<f32>) {
        let mut plain = std::mem::take(&mut self.plain);
        let mut rest = bytes;
        if let Some(deflate) = &mut self.deflate {
            plain.resize(tensors.clone().map(|tensor| self.coding.numbers.size(tensor)).sum(), 0);
            deflate.expand(bytes, &mut plain);
            rest = &plain;
        }
        values.clear();
        for tensor in tensors {
            let shape = tensor.shape;
            let bytes;
            (bytes, rest) = rest.split_at(self.coding.numbers.size(tensor));
            if let Some(grid) = self.coding.numbers.as_stored(tensor) {
                let codes = packed::unpack(bytes, grid.bits).take(shape.len());
                values.extend(codes.map(|code| grid.value(code)));
                continue;
            }
            match self.coding.numbers {
                Numbers::Float32 => {
                    values.extend(bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)));
                }
                Numbers::Float16 => {
                    values.extend(bytes.as_chunks().0.iter().map(|bytes| of_half(u16::from_le_bytes(*bytes))));
                }
                Numbers::Codes { bits, scale } => {
                    let (grids, codes) = bytes.split_at(scale.grids(shape) * Grid::SIZE);
                    self.grids.clear();
                    self.grids.extend(grids.as_chunks().0.iter().map(|bytes| Grid::from_bytes(*bytes)));
                    let codes = packed::unpack(codes, bits).take(shape.len());
                    values.extend(codes.zip(self.grids.iter().cycle()).map(|(code, grid)| grid.value(code)));
                }
            }
        }
        assert!(rest.is_empty(), "more bytes than those of the tensors");
        self.plain = plain;
    }

    /// Number i of a tensor goes by grid i modulo `count`: its channel's, or the only one.
    fn choose_grids(&mut self, count: usize, values: &[f32], bits: Bits) {
        self.ranges.clear();
        self.ranges.resize(count, Range::default());
        for values in values.chunks(count) {
            self.ranges.iter_mut().zip(values).for_each(|(range, value)| range.include(*value));
        }
        self.grids.clear();
        self.grids.extend(self.ranges.iter().map(|range| Grid::over(*range, bits)));
    }
}

#[cfg(test)]
mod tests;
