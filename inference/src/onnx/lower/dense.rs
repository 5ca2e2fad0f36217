//! Products with a matrix of weights.

use super::Draft;
use crate::error::NodeError;
use crate::onnx::call::{Call, Computed, Known};
use crate::onnx::constant::Constant;
use crate::onnx::view::View;
use crate::ops::Dense;

/// alpha·A·B + beta·C, with one row in A.
pub fn gemm(draft: &mut Draft, call: &Call) -> Result<Vec<Known>, NodeError> {
    if call.int("transA", 0) != 0 {
        return Err(call.setting("transA", call.int("transA", 0), "0"));
    }
    let (input, weight) = (call.computed(0)?, call.constant(1)?);
    let alpha = call.float("alpha", 1.0);
    let mut rows = rows(call, weight, call.int("transB", 0) != 0)?;
    rows.iter_mut().flatten().for_each(|weight| *weight *= alpha);
    let beta = call.float("beta", 1.0);
    let bias = match call.optional(2)? {
        None => None,
        Some(bias) => {
            let numbers = bias.numbers.floats();
            let fits =
                [1, rows.len()].contains(&numbers.len()) && bias.sizes.iter().rev().skip(1).all(|size| *size == 1);
            if !fits {
                return Err(call.extents("C", &bias.sizes, "a number for each output"));
            }
            Some(numbers.into_iter().cycle().take(rows.len()).map(|number| beta * number).collect())
        }
    };
    product(draft, call, input, rows, bias)
}

/// A vector times a matrix.
pub fn matmul(draft: &mut Draft, call: &Call) -> Result<Vec<Known>, NodeError> {
    let rows = rows(call, call.constant(1)?, false)?;
    product(draft, call, call.computed(0)?, rows, None)
}

/// The weights of each output: the columns of a matrix, or its rows if it is transposed.
fn rows(call: &Call, weight: &Constant, transposed: bool) -> Result<Vec<Vec<f32>>, NodeError> {
    let [first, second] = weight.sizes[..] else {
        return Err(call.extents("B", &weight.sizes, "rows and columns"));
    };
    if weight.numbers.len() == 0 {
        return Err(call.extents("B", &weight.sizes, "at least one weight"));
    }
    let numbers = weight.numbers.floats();
    Ok(match transposed {
        true => numbers.chunks_exact(second).map(<[f32]>::to_vec).collect(),
        false => (0..second).map(|column| (0..first).map(|row| numbers[row * second + column]).collect()).collect(),
    })
}

fn product(
    draft: &mut Draft,
    call: &Call,
    input: &Computed,
    rows: Vec<Vec<f32>>,
    bias: Option<Vec<f32>>,
) -> Result<Vec<Known>, NodeError> {
    let sizes = input.view.sizes();
    let (outputs, inputs) = (rows.len(), rows[0].len());
    if sizes.last() != Some(&inputs) || sizes.iter().product::<usize>() != inputs {
        return Err(call.extents("its input", &sizes, "one row of as many numbers as B has"));
    }
    // Where the vector is in another order, the weights are put into that.
    let (vector, order) = draft.vector(call.name, input)?;
    let turned = |row: &Vec<f32>| {
        let mut turned = vec![0.0; inputs];
        order.iter().zip(row).for_each(|(place, weight)| turned[*place] = *weight);
        turned
    };
    let op = Dense { outputs, bias: bias.is_some() };
    let tensors = [rows.iter().flat_map(turned).collect()].into_iter().chain(bias).collect();
    let value = draft.add(call.name, op, &[vector], tensors)?;
    let sizes: Vec<usize> = sizes.iter().take(sizes.len() - 1).copied().chain([outputs]).collect();
    let view = View::vector(outputs).reshaped(&sizes).ok_or(NodeError::Order(sizes))?;
    Ok(vec![Known::computed(value, view)])
}
