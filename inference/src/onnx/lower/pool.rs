//! The largest number or the mean, under a window or over all pixels.

use super::Draft;
use super::window::{Motion, motion, pair};
use crate::error::NodeError;
use crate::graph::Value;
use crate::kernels::{Margin, Pooling, Shape, Slide};
use crate::onnx::call::{Call, Known};
use crate::onnx::view::View;
use crate::ops::{Over, Pad, Pool};

/// The largest under a window.
pub fn max(draft: &mut Draft, call: &Call) -> Result<Vec<Known>, NodeError> {
    let (value, Motion { slide, ceil }) = over(draft, call)?;
    windowed(draft, call, value, Pooling::Max, if ceil { reaching(slide, draft.shape(value)) } else { slide })
}

/// The mean under a window. Padding that counts becomes zeros; what a window reaches beyond it never counts.
pub fn average(draft: &mut Draft, call: &Call) -> Result<Vec<Known>, NodeError> {
    let (mut value, Motion { mut slide, ceil }) = over(draft, call)?;
    if call.int("count_include_pad", 0) != 0 && slide.padding.widest() > 0 {
        value = draft.add(&format!("{}.pad", call.name), Pad(slide.padding), &[value], Vec::new())?;
        slide.padding = Margin::default();
    }
    windowed(draft, call, value, Pooling::Average, if ceil { reaching(slide, draft.shape(value)) } else { slide })
}

fn over(draft: &mut Draft, call: &Call) -> Result<(Value, Motion), NodeError> {
    let window = pair(call, "kernel_shape")?.ok_or_else(|| call.setting("kernel_shape", "missing", "two figures"))?;
    let value = draft.map(call.name, call.computed(0)?)?;
    Ok((value, motion(call, window, draft.shape(value))?))
}

fn windowed(
    draft: &mut Draft,
    call: &Call,
    value: Value,
    pooling: Pooling,
    slide: Slide,
) -> Result<Vec<Known>, NodeError> {
    let made = draft.add(call.name, Pool { pooling, over: Over::Window(slide) }, &[value], Vec::new())?;
    Ok(vec![Known::computed(made, View::channels_first(draft.shape(made)))])
}

/// With so much more padding at the far ends that the rows and columns left over get a window, if that begins within the
/// map or the padding before it.
fn reaching(slide: Slide, input: Shape) -> Slide {
    let further = |length: usize, before: usize, after: usize, span: usize, stride: usize| {
        let room = (length + before + after).saturating_sub(span);
        let windows = room.div_ceil(stride);
        let last = if windows * stride >= length + before { windows.saturating_sub(1) } else { windows };
        after + (last * stride).saturating_sub(room)
    };
    let (span, Margin { top, left, bottom, right }) = (slide.span(), slide.padding);
    let bottom = further(input.height, top, bottom, span.rows, slide.stride.rows);
    let right = further(input.width, left, right, span.columns, slide.stride.columns);
    Slide { padding: Margin { bottom, right, ..slide.padding }, ..slide }
}

/// The mean over all pixels.
pub fn global_average(draft: &mut Draft, call: &Call) -> Result<Vec<Known>, NodeError> {
    whole(draft, call, Pooling::Average)
}

/// The largest of all pixels.
pub fn global_max(draft: &mut Draft, call: &Call) -> Result<Vec<Known>, NodeError> {
    whole(draft, call, Pooling::Max)
}

fn whole(draft: &mut Draft, call: &Call, pooling: Pooling) -> Result<Vec<Known>, NodeError> {
    let value = draft.map(call.name, call.computed(0)?)?;
    let made = draft.add(call.name, Pool { pooling, over: Over::Map }, &[value], Vec::new())?;
    Ok(vec![Known::computed(made, View::channels_first(draft.shape(made)))])
}

/// The mean over some axes, which must be all pixels.
pub fn mean(draft: &mut Draft, call: &Call) -> Result<Vec<Known>, NodeError> {
    let input = draft.settled(call.name, call.computed(0)?)?;
    let (shape, sizes) = (draft.shape(input.value), input.view.sizes());
    let axes = call.list(1, "axes")?;
    if axes.as_ref().is_none_or(Vec::is_empty) && call.int("noop_with_empty_axes", 0) != 0 {
        return Ok(vec![Known::Computed(input)]);
    }
    let axes = call.axes(axes.as_deref(), sizes.len())?;
    let view = input.view.without_pixels(&axes, call.int("keepdims", 1) != 0, shape);
    let view = view.ok_or_else(|| call.setting("axes", format!("{axes:?} of {sizes:?}"), "all pixels of a map"))?;
    let value = match shape.pixels() {
        1 => input.value,
        _ => draft.add(call.name, Pool { pooling: Pooling::Average, over: Over::Map }, &[input.value], Vec::new())?,
    };
    Ok(vec![Known::computed(value, view)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::Sides;

    /// A window of 3 every 2 over 8 numbers: three windows fit and one number is left over. With one more of padding on
    /// either side a fourth begins at the last number; were the stride 9, the next would begin beyond the map.
    #[test]
    fn numbers_left_over_get_a_window_if_it_begins_in_the_map() {
        let over = |padding, stride, length| {
            let slide = Slide {
                window: Sides::both(3),
                stride: Sides::both(stride),
                dilation: Sides::both(1),
                padding: Margin::all(padding),
            };
            let input = Shape { height: length, width: length, channels: 1 };
            reaching(slide, input).output(input, 1).unwrap().height
        };
        assert_eq!((over(0, 2, 8), over(1, 2, 8), over(1, 9, 8)), (4, 5, 1));
        assert_eq!((over(0, 2, 7), over(1, 1, 7)), (3, 7), "nothing is left over");
    }
}
