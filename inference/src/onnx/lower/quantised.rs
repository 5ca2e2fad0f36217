//! Numbers rounded to few bits, as quantisation tools write them: a pair of nodes that makes codes, and what they stand
//! for again. Networks are computed in floats here; what is rounded in the file is rounded.

use super::Draft;
use crate::error::NodeError;
use crate::onnx::call::{Call, Computed, Known, Waiting};
use crate::onnx::constant::range;
use crate::ops::Round;

/// The type of codes if nothing is said.
const BYTES: i32 = 2;

/// Codes of a value. What is kept is what they stand for.
pub fn quantize(draft: &mut Draft, call: &Call) -> Result<Vec<Known>, NodeError> {
    let (scale, zero) = grid(call)?;
    let range = match call.optional(2)? {
        Some(zero) => zero.range,
        None => match call.int("output_dtype", 0) {
            0 => range(BYTES),
            kind => range(kind as i32),
        },
    };
    let Some((low, high)) = range else {
        return Err(call.setting("y_zero_point", "of another type", "whole numbers of 8 or 16 bits"));
    };
    let input = draft.settled(call.name, call.computed(0)?)?;
    let round = Round { scale, zero: zero as f32, low: low as f32, high: high as f32 };
    let value = draft.add(call.name, round, &[input.value], Vec::new())?;
    Ok(vec![Known::Computed(Computed { value, waits: Some(Waiting::Codes { scale, zero }), ..input })])
}

/// What codes stand for.
pub fn dequantize(_: &mut Draft, call: &Call) -> Result<Vec<Known>, NodeError> {
    let (scale, zero) = grid(call)?;
    let input = call.computed(0)?;
    match input.waits == Some(Waiting::Codes { scale, zero }) {
        true => Ok(vec![Known::Computed(Computed { waits: None, ..input.clone() })]),
        false => {
            Err(call.setting("its input", "not the codes of such a grid", "what QuantizeLinear made with the same"))
        }
    }
}

/// The scale and the zero of all numbers of a value.
fn grid(call: &Call) -> Result<(f32, i64), NodeError> {
    let scale = call.number(1)?.ok_or(NodeError::Missing(1))?;
    if !(scale > 0.0 && scale.is_finite()) {
        return Err(call.setting("scale", scale, "a number above 0"));
    }
    Ok((scale, call.number(2)?.unwrap_or(0.0) as i64))
}
