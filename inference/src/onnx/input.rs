//! What the images of a network are: their layout, their size, and how pixels become its numbers.

use super::beside::{Beside, Layout};
use super::proto::{Dimension, Entry, GraphProto};
use super::view::View;
use crate::error::InputError;
use crate::kernels::Shape;
use crate::model::{Normalise, Unscaled};

/// Sides longer than this are no image's, and more channels neither.
const LONGEST: i64 = 1 << 12;

/// ONNX's own metadata entry on what the numbers of an image are.
const RANGE: &str = "Image.NominalPixelRange";

/// Types of numbers: single, half and double precision, bfloat16; bytes.
const FLOATS: [i32; 4] = [1, 10, 11, 16];
const BYTES: i32 = 2;

/// The image that a network reads.
#[derive(Clone, Debug)]
pub struct Input {
    /// The name of the input.
    pub name: String,
    /// Rows, columns and channels.
    pub shape: Shape,
    /// The order in which the network reads it.
    pub view: View,
    /// What pixels become.
    pub normalise: Normalise,
}

/// The only input of a network, from what its file and the YAML beside it say.
///
/// # Errors
/// If there is none or several, it is no image, or something about it is not said or said in two ways.
pub fn image(graph: &GraphProto, said: &Beside, metadata: &[Entry], beside: &str) -> Result<Input, InputError> {
    let is_image = |name: &str| graph.initializer.iter().all(|tensor| tensor.name != name);
    let inputs: Vec<_> = graph.input.iter().filter(|input| is_image(&input.name)).collect();
    let [input] = inputs[..] else {
        return Err(InputError::Inputs(inputs.iter().map(|input| input.name.clone()).collect()));
    };
    let name = input.name.clone();
    let (kind, axes) = input.tensor().unwrap_or((FLOATS[0], &[]));
    if !FLOATS.contains(&kind) && kind != BYTES {
        return Err(InputError::Type { input: name, kind });
    }
    let sizes: Vec<i64> = axes.iter().map(|axis| axis.dim_value).collect();
    let [batch, _, _, _] = sizes[..] else { return Err(InputError::NoImage { input: name, found: sizes }) };
    if sizes[1..].iter().any(|size| !(0..=LONGEST).contains(size)) {
        return Err(InputError::NoImage { input: name, found: sizes });
    }
    if ![0, 1].contains(&batch) {
        return Err(InputError::Batch { input: name, batch });
    }
    let unsaid = |what, example| InputError::Unsaid { what, beside: beside.to_owned(), example };
    let layout = said.input.layout.or_else(|| layout(axes));
    let layout = layout.ok_or_else(|| unsaid("the layout", "input: {layout: channels-first}, or channels-last"))?;
    let [channels, height, width] = match layout {
        Layout::ChannelsFirst => [sizes[1], sizes[2], sizes[3]],
        Layout::ChannelsLast => [sizes[3], sizes[1], sizes[2]],
    };
    let size = said.input.size.map(|size| [i64::from(size.height), i64::from(size.width)]);
    let side = |own: i64, place: usize| match size.map(|size| size[place]) {
        Some(said) if own != 0 && own != said => Err(InputError::Otherwise {
            beside: beside.to_owned(),
            said: size.map_or_else(String::new, |[rows, columns]| format!("{rows} rows and {columns} columns")),
            found: format!("{height} and {width} (0 is free)"),
        }),
        Some(said) => Ok(said as usize),
        None if own != 0 => Ok(own as usize),
        None => Err(unsaid("the size", "input: {size: 224x224}")),
    };
    let (height, width) = (side(height, 0)?, side(width, 1)?);
    let told = said.input.normalise.clone();
    let channels = match (channels, &told) {
        (0, Some(normalise)) => normalise.mean.len(),
        (0, None) => return Err(unsaid("the number of channels", "input: {normalise: {mean: [0], deviation: [1]}}")),
        (channels, _) => channels as usize,
    };
    let ranged = || metadata.iter().find(|entry| entry.key == RANGE).and_then(|entry| nominal(&entry.value, channels));
    let pixels = || (kind == BYTES).then(|| same(channels, 0.0, 1.0 / 255.0));
    let normalise = told.or_else(ranged).or_else(pixels).ok_or_else(|| {
        unsaid(
            "the normalisation",
            "input: {normalise: {mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225]}}",
        )
    })?;
    normalise.check(channels).map_err(|why| match why {
        Unscaled::Count => InputError::Normalise { channels },
        Unscaled::Deviation => InputError::Deviation,
    })?;
    let shape = Shape { height, width, channels };
    let view = match layout {
        _ if shape.is_empty() => return Err(InputError::NoImage { input: name, found: sizes }),
        Layout::ChannelsFirst => View::channels_first(shape),
        Layout::ChannelsLast => View::channels_last(shape),
    };
    Ok(Input { name, shape, view, normalise })
}

/// The layout that a file says, or that the number of channels does: an image has one or three.
fn layout(axes: &[Dimension]) -> Option<Layout> {
    if let Some(channels) = axes.iter().position(|axis| axis.denotation == "DATA_CHANNEL") {
        return [(1, Layout::ChannelsFirst), (3, Layout::ChannelsLast)]
            .into_iter()
            .find_map(|(axis, layout)| (axis == channels).then_some(layout));
    }
    let may_be_channels = |axis: usize| [1, 3].contains(&axes[axis].dim_value);
    match (may_be_channels(1), may_be_channels(3)) {
        (true, false) => Some(Layout::ChannelsFirst),
        (false, true) => Some(Layout::ChannelsLast),
        _ => None,
    }
}

/// The same for each channel.
fn same(channels: usize, mean: f32, deviation: f32) -> Normalise {
    Normalise { mean: vec![mean; channels], deviation: vec![deviation; channels] }
}

/// What ONNX calls a range of pixels, as a normalisation of pixels in [0, 1].
fn nominal(range: &str, channels: usize) -> Option<Normalise> {
    match range {
        "NominalRange_0_255" => Some(same(channels, 0.0, 1.0 / 255.0)),
        "Normalized_0_1" => Some(same(channels, 0.0, 1.0)),
        "Normalized_1_1" => Some(same(channels, 0.5, 0.5)),
        _ => None,
    }
}
