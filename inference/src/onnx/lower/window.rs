//! Windows that move over a map, and zeros around it.

use super::Draft;
use crate::error::NodeError;
use crate::kernels::{Margin, Shape, Sides, Slide};
use crate::onnx::call::{Call, Computed, Known, Waiting};
use crate::onnx::view::View;
use crate::ops::{Conv, Depthwise};

/// The largest figure of a window, so that no sum of them overflows.
const LARGEST: usize = 1 << 16;

/// How a window moves, as a node says.
pub struct Motion {
    pub slide: Slide,
    /// Whether rows and columns that no window reaches at the far ends get one more.
    pub ceil: bool,
}

/// How the window of a node of this extent moves over maps of this shape.
pub fn motion(call: &Call, window: Sides, input: Shape) -> Result<Motion, NodeError> {
    let stride = pair(call, "strides")?.unwrap_or(Sides::both(1));
    let dilation = pair(call, "dilations")?.unwrap_or(Sides::both(1));
    let slide = Slide { window, stride, dilation, padding: Margin::default() };
    if [window, stride, dilation].iter().any(|sides| sides.rows == 0 || sides.columns == 0) {
        return Err(call.setting("kernel_shape, strides or dilations", 0, "at least 1"));
    }
    let padding = match call.text("auto_pad", "NOTSET").as_str() {
        "NOTSET" | "" => match call.ints("pads") {
            None => Margin::default(),
            Some(pads) => margin(call, pads)?,
        },
        "VALID" => Margin::default(),
        "SAME_UPPER" => same(slide, input, false),
        "SAME_LOWER" => same(slide, input, true),
        other => return Err(call.setting("auto_pad", other, "NOTSET, VALID, SAME_UPPER or SAME_LOWER")),
    };
    Ok(Motion { slide: Slide { padding, ..slide }, ceil: call.int("ceil_mode", 0) != 0 })
}

/// So much padding that there is an output for every `stride` inputs; an odd one comes first if that is asked for.
fn same(slide: Slide, input: Shape, first: bool) -> Margin {
    let around = |length: usize, span: usize, stride: usize| {
        let all =
            ((length.div_ceil(stride).max(1) - 1).saturating_mul(stride).saturating_add(span)).saturating_sub(length);
        if first { (all.div_ceil(2), all / 2) } else { (all / 2, all.div_ceil(2)) }
    };
    let span = |taps: usize, gap: usize| (taps - 1).saturating_mul(gap).saturating_add(1);
    let (top, bottom) = around(input.height, span(slide.window.rows, slide.dilation.rows), slide.stride.rows);
    let (left, right) = around(input.width, span(slide.window.columns, slide.dilation.columns), slide.stride.columns);
    Margin { top, left, bottom, right }
}

/// Two figures of an attribute, one for rows and one for columns.
pub fn pair(call: &Call, name: &'static str) -> Result<Option<Sides>, NodeError> {
    let Some(figures) = call.ints(name) else { return Ok(None) };
    let sides = figures.iter().map(|figure| figure_of(*figure)).collect::<Option<Vec<_>>>();
    match sides.as_deref() {
        Some([rows, columns]) => Ok(Some(Sides { rows: *rows, columns: *columns })),
        _ => Err(call.setting(name, format!("{figures:?}"), "a figure for rows and one for columns")),
    }
}

fn figure_of(figure: i64) -> Option<usize> {
    usize::try_from(figure).ok().filter(|figure| *figure <= LARGEST)
}

/// What is around a map: above, on the left, below, on the right.
fn margin(call: &Call, pads: &[i64]) -> Result<Margin, NodeError> {
    let sides = pads.iter().map(|pad| figure_of(*pad)).collect::<Option<Vec<_>>>();
    match sides.as_deref() {
        Some([top, left, bottom, right]) => Ok(Margin { top: *top, left: *left, bottom: *bottom, right: *right }),
        _ => Err(call.setting("pads", format!("{pads:?}"), "figures of at least 0 for the four sides of a map")),
    }
}

/// A convolution; zeros that a node before it puts around its input become its own.
pub fn conv(draft: &mut Draft, call: &Call) -> Result<Vec<Known>, NodeError> {
    let (mut input, weight) = (call.computed(0)?.clone(), call.constant(1)?);
    let around = match input.waits {
        Some(Waiting::Pad(margin)) => {
            input.waits = None;
            margin
        }
        _ => Margin::default(),
    };
    let value = draft.map(call.name, &input)?;
    let shape = draft.shape(value);
    let [outputs, inputs, rows, columns] = weight.sizes[..] else {
        return Err(call.extents("W", &weight.sizes, "outputs, inputs of a group, rows and columns"));
    };
    let groups = usize::try_from(call.int("group", 1)).unwrap_or(0);
    if inputs.checked_mul(groups) != Some(shape.channels) || weight.numbers.len() == 0 {
        return Err(call.extents("W", &weight.sizes, "weights for the channels of its input"));
    }
    let window = Sides { rows, columns };
    if pair(call, "kernel_shape")?.is_some_and(|kernel| kernel != window) {
        return Err(call.setting("kernel_shape", "another", "the extents of W"));
    }
    let padded = Shape {
        height: shape.height + around.top + around.bottom,
        width: shape.width + around.left + around.right,
        ..shape
    };
    let Motion { mut slide, .. } = motion(call, window, padded)?;
    let Margin { top, left, bottom, right } = &mut slide.padding;
    for (own, before) in [(top, around.top), (left, around.left), (bottom, around.bottom), (right, around.right)] {
        *own = own.saturating_add(before);
    }
    let mut tensors = vec![weight.numbers.floats()];
    if let Some(bias) = call.optional(2)? {
        if bias.numbers.len() != outputs {
            return Err(call.extents("B", &bias.sizes, "a number for each output"));
        }
        tensors.push(bias.numbers.floats());
    }
    let bias = tensors.len() > 1;
    // The same tensors, and a kernel of its own.
    let made = if groups > 1 && groups == shape.channels && outputs == groups {
        draft.add(call.name, Depthwise { slide, bias }, &[value], tensors)?
    } else {
        draft.add(call.name, Conv { outputs, slide, groups, bias }, &[value], tensors)?
    };
    Ok(vec![Known::computed(made, View::channels_first(draft.shape(made)))])
}

/// Zeros around a map, which the reader may take for its own.
pub fn pad(draft: &mut Draft, call: &Call) -> Result<Vec<Known>, NodeError> {
    match call.text("mode", "constant").as_str() {
        "constant" => {}
        other => return Err(call.setting("mode", format!("'{other}'"), "'constant'")),
    }
    let value = call.number(2)?.unwrap_or(call.float("value", 0.0));
    if value != 0.0 {
        return Err(call.setting("value", value, "0"));
    }
    let pads = call.list(1, "pads")?.ok_or(NodeError::Missing(1))?;
    let value = draft.map(call.name, call.computed(0)?)?;
    let pads = match call.optional(3)? {
        None => pads,
        Some(axes) => along(call, &pads, axes.as_whole().unwrap_or_default())?,
    };
    let [0, 0, top, left, 0, 0, bottom, right] = pads[..] else {
        return Err(call.setting("pads", format!("{pads:?}"), "figures for rows and columns"));
    };
    let margin = margin(call, &[top, left, bottom, right])?;
    let view = View::channels_first(draft.shape(value));
    Ok(vec![Known::Computed(Computed { value, view, waits: Some(Waiting::Pad(margin)) })])
}

/// Figures for some axes, before and after, as figures for all four.
fn along(call: &Call, pads: &[i64], axes: &[i64]) -> Result<Vec<i64>, NodeError> {
    if pads.len() != 2 * axes.len() {
        return Err(call.setting("pads", format!("{pads:?}"), "two figures for each axis"));
    }
    let mut all = vec![0; 8];
    for (at, axis) in axes.iter().enumerate() {
        let axis = call.axis(*axis, 4)?;
        (all[axis], all[axis + 4]) = (pads[at], pads[at + axes.len()]);
    }
    Ok(all)
}
