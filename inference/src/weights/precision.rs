//! The precisions in which values may be stored.

use safetensors::tensor::{Dtype, TensorView};

use crate::coding::of_half;

/// A tensor's values in single precision, if their type is supported. A double that is too large becomes infinite.
pub fn values(tensor: &TensorView) -> Option<Vec<f32>> {
    let bytes = tensor.data();
    let words = || bytes.as_chunks::<2>().0.iter().map(|bytes| u16::from_le_bytes(*bytes));
    Some(match tensor.dtype() {
        Dtype::F32 => bytes.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect(),
        Dtype::F64 => bytes.as_chunks::<8>().0.iter().map(|bytes| f64::from_le_bytes(*bytes) as f32).collect(),
        // The upper half of a single.
        Dtype::BF16 => words().map(|bits| f32::from_bits(u32::from(bits) << 16)).collect(),
        Dtype::F16 => words().map(of_half).collect(),
        _ => return None,
    })
}
