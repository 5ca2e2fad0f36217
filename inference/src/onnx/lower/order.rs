//! Operators that move numbers and change none.

use super::Draft;
use crate::error::NodeError;
use crate::onnx::call::{Call, Computed, Known, Waiting};
use crate::onnx::constant::Constant;
use crate::onnx::fold;
use crate::onnx::view::View;
use crate::ops::Concat;

type Made = Result<Vec<Known>, NodeError>;

pub fn identity(_: &mut Draft, call: &Call) -> Made {
    Ok(vec![call.input(0)?.clone()])
}

/// Nothing is dropped outside training.
pub fn dropout(_: &mut Draft, call: &Call) -> Made {
    match call.number(2)? {
        Some(training) if training != 0.0 => Err(call.setting("training_mode", training, "0")),
        _ => Ok(vec![call.input(0)?.clone()]),
    }
}

/// The input in an order that `change` makes of its own. Zeros that wait to be put around it have to be there first.
fn viewed(draft: &mut Draft, call: &Call, change: impl FnOnce(&View) -> Result<View, NodeError>) -> Made {
    let input = call.computed(0)?;
    let input = match input.waits {
        Some(Waiting::Pad(_)) => draft.settled(call.name, input)?,
        _ => input.clone(),
    };
    Ok(vec![input.viewed(change(&input.view)?)])
}

fn into(view: &View, sizes: &[usize]) -> Result<View, NodeError> {
    let wanted = || sizes.iter().map(|size| *size as i64).collect();
    view.reshaped(sizes).ok_or_else(|| NodeError::Reshape { found: view.sizes(), wanted: wanted() })
}

pub fn transpose(draft: &mut Draft, call: &Call) -> Made {
    viewed(draft, call, |view| Ok(view.turned(&fold::order(call, view.sizes().len())?)))
}

/// All axes before one as one, and the others as another.
pub fn flatten(draft: &mut Draft, call: &Call) -> Made {
    viewed(draft, call, |view| {
        let sizes = view.sizes();
        let axis = match call.int("axis", 1) {
            axis if axis == sizes.len() as i64 => sizes.len(),
            axis => call.axis(axis, sizes.len())?,
        };
        into(view, &[sizes[..axis].iter().product(), sizes[axis..].iter().product()])
    })
}

pub fn reshape(draft: &mut Draft, call: &Call) -> Made {
    viewed(draft, call, |view| into(view, &wanted(call, &view.sizes())?))
}

pub fn fold_reshape(call: &Call) -> Result<Constant, NodeError> {
    fold::reshaped(call, wanted(call, &call.constant(0)?.sizes)?)
}

/// The extents that are asked for: 0 stands for the one that is there, -1 for what is left.
fn wanted(call: &Call, sizes: &[usize]) -> Result<Vec<usize>, NodeError> {
    let wanted = call.list(1, "shape")?.ok_or(NodeError::Missing(1))?;
    let refuse = || NodeError::Reshape { found: sizes.to_vec(), wanted: wanted.clone() };
    let keeps_zeros = call.int("allowzero", 0) != 0;
    let known = |(axis, size): (usize, &i64)| match size {
        0 if !keeps_zeros => sizes.get(axis).copied(),
        -1 => Some(1),
        size => usize::try_from(*size).ok(),
    };
    let mut made = wanted.iter().enumerate().map(known).collect::<Option<Vec<_>>>().ok_or_else(refuse)?;
    let product = made.iter().try_fold(1usize, |product, size| product.checked_mul(*size)).ok_or_else(refuse)?;
    let mut free = (0..made.len()).filter(|axis| wanted[*axis] == -1);
    match (free.next(), free.next()) {
        (None, _) => {}
        (Some(axis), None) if product > 0 => made[axis] = sizes.iter().product::<usize>() / product,
        _ => return Err(refuse()),
    }
    Ok(made)
}

pub fn squeeze(draft: &mut Draft, call: &Call) -> Made {
    viewed(draft, call, |view| into(view, &squeezed(call, &view.sizes())?))
}

pub fn fold_squeeze(call: &Call) -> Result<Constant, NodeError> {
    fold::reshaped(call, squeezed(call, &call.constant(0)?.sizes)?)
}

/// Without some axes of extent 1, or without all of them.
fn squeezed(call: &Call, sizes: &[usize]) -> Result<Vec<usize>, NodeError> {
    let dropped = match call.list(1, "axes")? {
        Some(axes) => call.axes(Some(&axes), sizes.len())?,
        None => (0..sizes.len()).filter(|axis| sizes[*axis] == 1).collect(),
    };
    match dropped.iter().all(|axis| sizes[*axis] == 1) {
        true => Ok((0..sizes.len()).filter(|axis| !dropped.contains(axis)).map(|axis| sizes[axis]).collect()),
        false => Err(call.extents("its input", sizes, "1 along what is dropped")),
    }
}

pub fn unsqueeze(draft: &mut Draft, call: &Call) -> Made {
    viewed(draft, call, |view| into(view, &unsqueezed(call, &view.sizes())?))
}

pub fn fold_unsqueeze(call: &Call) -> Result<Constant, NodeError> {
    fold::reshaped(call, unsqueezed(call, &call.constant(0)?.sizes)?)
}

/// With more axes of extent 1, counted among all that there are then.
fn unsqueezed(call: &Call, sizes: &[usize]) -> Result<Vec<usize>, NodeError> {
    let axes = call.list(1, "axes")?.ok_or(NodeError::Missing(1))?;
    let rank = sizes.len() + axes.len();
    let axes = axes.iter().map(|axis| call.axis(*axis, rank)).collect::<Result<Vec<_>, _>>()?;
    let mut left = sizes.iter();
    let all: Vec<usize> =
        (0..rank).filter_map(|axis| if axes.contains(&axis) { Some(1) } else { left.next().copied() }).collect();
    match all.len() == rank && left.next().is_none() {
        true => Ok(all),
        false => Err(call.setting("axes", format!("{axes:?}"), "each axis once")),
    }
}

/// Channels side by side.
pub fn concat(draft: &mut Draft, call: &Call) -> Made {
    let inputs = (0..call.inputs().count()).map(|input| match call.input(input)? {
        Known::Computed(computed) => draft.settled(call.name, computed),
        Known::Constant(_) => Err(call.setting("an input", "a constant", "values that depend on the image")),
    });
    let inputs = inputs.collect::<Result<Vec<_>, _>>()?;
    let (first, sizes) = (&inputs[0], inputs[0].view.sizes());
    let axis = call.axis(call.int("axis", 1), sizes.len())?;
    let whole = |draft: &Draft, input: &Computed, channels: usize| {
        let shape = draft.shape(input.value);
        let ordered = input.view.channels(axis, shape)?.into_iter().eq(0..shape.channels);
        ordered.then(|| (input.view.with_channels(axis, channels, shape), shape.height, shape.width))
    };
    let channels = inputs.iter().map(|input| draft.shape(input.value).channels).sum();
    let view = whole(draft, first, channels);
    if let (Some(common), true) = (&view, inputs.iter().all(|input| whole(draft, input, channels) == view)) {
        let values: Vec<usize> = inputs.iter().map(|input| input.value).collect();
        return Ok(vec![Known::computed(draft.add(call.name, Concat, &values, Vec::new())?, common.0.clone())]);
    }
    if axis != 1 || ![2, 4].contains(&sizes.len()) || sizes[0] != 1 {
        return Err(call.setting("axis", axis, "the axis of channels"));
    }
    let ordered = |draft: &mut Draft, input: &Computed| match sizes.len() {
        4 => draft.map(call.name, input),
        _ => draft.ordered(call.name, input),
    };
    let values = inputs.iter().map(|input| ordered(draft, input)).collect::<Result<Vec<_>, _>>()?;
    let value = draft.add(call.name, Concat, &values, Vec::new())?;
    let shape = draft.shape(value);
    Ok(vec![Known::computed(
        value,
        if sizes.len() == 4 { View::channels_first(shape) } else { View::vector(shape.len()) },
    )])
}

/// Some entries along an axis, which must be the channels.
fn taken(draft: &mut Draft, name: &str, call: &Call, axis: usize, entries: &[usize]) -> Result<Computed, NodeError> {
    let input = draft.settled(call.name, call.computed(0)?)?;
    entries_of(draft, name, call, &input, axis, entries)
}

fn entries_of(
    draft: &mut Draft,
    name: &str,
    call: &Call,
    input: &Computed,
    axis: usize,
    entries: &[usize],
) -> Result<Computed, NodeError> {
    let shape = draft.shape(input.value);
    let channels =
        input.view.channels(axis, shape).ok_or_else(|| call.setting("axis", axis, "the axis of channels"))?;
    if entries.is_empty() {
        return Err(call.setting("entries", "none", "at least one"));
    }
    let picked: Vec<usize> = entries.iter().map(|entry| channels[*entry]).collect();
    let value = draft.picked(name, input.value, &picked)?;
    Ok(Computed { value, view: input.view.with_channels(axis, picked.len(), shape), waits: None })
}

/// Channels in parts, one for each output.
pub fn split(draft: &mut Draft, call: &Call) -> Made {
    let sizes = call.computed(0)?.view.sizes();
    let axis = call.axis(call.int("axis", 0), sizes.len())?;
    let (length, outputs) = (sizes[axis], call.outputs().max(1));
    let parts: Vec<usize> = match call.list(1, "split")? {
        Some(parts) => parts.iter().map(|part| usize::try_from(*part).unwrap_or(usize::MAX)).collect(),
        None => {
            let each = length.div_ceil(outputs);
            (0..outputs).map(|output| each.min(length.saturating_sub(output * each))).collect()
        }
    };
    let total = parts.iter().try_fold(0usize, |total, part| total.checked_add(*part));
    if total != Some(length) || parts.len() != outputs {
        return Err(call.setting("split", format!("{parts:?} of {length}"), "parts that make up the whole"));
    }
    let mut first = 0;
    let part = |(number, part): (usize, &usize)| {
        let entries: Vec<usize> = (first..first + part).collect();
        first += part;
        taken(draft, &format!("{}.{number}", call.name), call, axis, &entries).map(Known::Computed)
    };
    parts.iter().enumerate().map(part).collect()
}

/// Some of the channels.
pub fn slice(draft: &mut Draft, call: &Call) -> Made {
    let mut input = draft.settled(call.name, call.computed(0)?)?;
    let sizes = input.view.sizes();
    for (axis, entries) in fold::sliced(call, &sizes)? {
        if entries.len() != sizes[axis] {
            input = entries_of(draft, call.name, call, &input, axis, &entries)?;
        }
    }
    Ok(vec![Known::Computed(input)])
}

/// Named channels.
pub fn gather(draft: &mut Draft, call: &Call) -> Made {
    let (sizes, entries) = (call.computed(0)?.view.sizes(), call.constant(1)?);
    let axis = call.axis(call.int("axis", 0), sizes.len())?;
    let listed = entries.as_whole().filter(|_| entries.sizes.len() == 1);
    let listed = listed.ok_or_else(|| call.extents("indices", &entries.sizes, "a list"))?;
    let entries = listed.iter().map(|entry| call.axis(*entry, sizes[axis])).collect::<Result<Vec<_>, _>>()?;
    Ok(vec![Known::Computed(taken(draft, call.name, call, axis, &entries)?)])
}
