//! What is done number by number.

use super::{Draft, Fold};
use crate::error::NodeError;
use crate::onnx::call::{Call, Computed, Known, Waiting};
use crate::onnx::constant::{Constant, Numbers};
use crate::onnx::fold;
use crate::onnx::view::View;
use crate::ops::{Add, Affine, Function, Gate, Multiply};

pub const ADD: Fold = |call| fold::arithmetic(call, |a, b| a + b, i64::checked_add);
pub const SUB: Fold = |call| fold::arithmetic(call, |a, b| a - b, i64::checked_sub);
pub const MUL: Fold = |call| fold::arithmetic(call, |a, b| a * b, i64::checked_mul);
pub const DIV: Fold = |call| fold::arithmetic(call, |a, b| a / b, i64::checked_div);

type Made = Result<Vec<Known>, NodeError>;

/// A sum of two values, or of one and a number for each channel.
pub fn add(draft: &mut Draft, call: &Call) -> Made {
    match (call.input(0)?, call.input(1)?) {
        (Known::Computed(a), Known::Computed(b)) => sum_of(draft, call, a, b).map(|sum| vec![sum]),
        (Known::Computed(x), Known::Constant(shift)) | (Known::Constant(shift), Known::Computed(x)) => {
            scaled(draft, call, x, shift, |shift| (1.0, shift))
        }
        (Known::Constant(_), Known::Constant(_)) => Err(NodeError::Constant),
    }
}

/// A difference of which one side is a number for each channel.
pub fn sub(draft: &mut Draft, call: &Call) -> Made {
    match (call.input(0)?, call.input(1)?) {
        (Known::Computed(x), Known::Constant(shift)) => scaled(draft, call, x, shift, |shift| (1.0, -shift)),
        (Known::Constant(shift), Known::Computed(x)) => scaled(draft, call, x, shift, |shift| (-1.0, shift)),
        _ => Err(NodeError::Computed(1)),
    }
}

/// A product of two values, or of one and a number for each channel.
pub fn mul(draft: &mut Draft, call: &Call) -> Made {
    match (call.input(0)?, call.input(1)?) {
        (Known::Computed(a), Known::Computed(b)) => product_of(draft, call, a, b).map(|product| vec![product]),
        (Known::Computed(x), Known::Constant(scale)) | (Known::Constant(scale), Known::Computed(x)) => {
            scaled(draft, call, x, scale, |scale| (scale, 0.0))
        }
        (Known::Constant(_), Known::Constant(_)) => Err(NodeError::Constant),
    }
}

/// A value over a number for each channel.
pub fn div(draft: &mut Draft, call: &Call) -> Made {
    match (call.input(0)?, call.input(1)?) {
        (Known::Computed(x), Known::Constant(scale)) => scaled(draft, call, x, scale, |scale| (1.0 / scale, 0.0)),
        _ => Err(NodeError::Computed(1)),
    }
}

/// A sum of any number of values.
pub fn sum(draft: &mut Draft, call: &Call) -> Made {
    let mut sum = call.computed(0)?.clone();
    for input in 1..call.inputs().count() {
        sum = match sum_of(draft, call, &sum, call.computed(input)?)? {
            Known::Computed(sum) => sum,
            Known::Constant(_) => return Err(NodeError::Constant),
        };
    }
    Ok(vec![Known::Computed(sum)])
}

fn sum_of(draft: &mut Draft, call: &Call, a: &Computed, b: &Computed) -> Result<Known, NodeError> {
    let ([a, b], view) = alike(draft, call, a, b)?;
    Ok(Known::computed(draft.add(call.name, Add, &[a, b], Vec::new())?, view))
}

/// Two values of the same extents in the same order.
fn alike(draft: &mut Draft, call: &Call, a: &Computed, b: &Computed) -> Result<([usize; 2], View), NodeError> {
    let (a, b) = (draft.settled(call.name, a)?, draft.settled(call.name, b)?);
    if (a.view == b.view) && draft.shape(a.value) == draft.shape(b.value) {
        return Ok(([a.value, b.value], a.view));
    }
    let (sizes, others) = (a.view.sizes(), b.view.sizes());
    if sizes != others {
        return Err(call.extents("the second input", &others, "the extents of the first"));
    }
    match sizes.len() {
        4 => {
            let both = [draft.map(call.name, &a)?, draft.map(call.name, &b)?];
            Ok((both, View::channels_first(draft.shape(both[0]))))
        }
        _ => {
            let both = [draft.ordered(call.name, &a)?, draft.ordered(call.name, &b)?];
            let view = View::vector(draft.shape(both[0]).len()).reshaped(&sizes);
            Ok((both, view.ok_or(NodeError::Order(sizes))?))
        }
    }
}

/// A function times its own argument, a map times a number for each channel, or a product number by number.
fn product_of(draft: &mut Draft, call: &Call, a: &Computed, b: &Computed) -> Result<Known, NodeError> {
    for (x, f) in [(a, b), (b, a)] {
        let same = x.waits.is_none() && x.value == f.value && x.view == f.view;
        let function = match f.waits {
            Some(Waiting::Function(Function::Sigmoid)) if same => Function::Silu,
            Some(Waiting::Function(function)) if same && function == Function::SWITCH => Function::HardSwish,
            _ => continue,
        };
        return draft.each(call.name, function, x);
    }
    for (x, gate) in [(a, b), (b, a)] {
        let sizes = gate.view.sizes();
        if x.view.sizes() != sizes && sizes.iter().filter(|size| **size != 1).count() <= 1 {
            return gated(draft, call, x, gate);
        }
    }
    let ([a, b], view) = alike(draft, call, a, b)?;
    Ok(Known::computed(draft.add(call.name, Multiply, &[a, b], Vec::new())?, view))
}

/// A map times a number for each channel, which depends on the image as well (squeeze and excite).
fn gated(draft: &mut Draft, call: &Call, x: &Computed, gate: &Computed) -> Result<Known, NodeError> {
    let x = draft.settled(call.name, x)?;
    let (shape, sizes, own) = (draft.shape(x.value), x.view.sizes(), gate.view.sizes());
    let refuse = || call.extents("an input", &own, "the extents of the other, or one number for each channel");
    // A map of a single channel has that along any axis of extent 1.
    let axis = own.iter().position(|size| *size != 1).or_else(|| sizes.iter().position(|size| *size == 1));
    let axis = axis.filter(|_| sizes.len() == own.len()).ok_or_else(refuse)?;
    let channels = x.view.channels(axis, shape).ok_or_else(refuse)?;
    let (vector, order) = draft.vector(call.name, gate)?;
    if channels.len() != order.len() {
        return Err(refuse());
    }
    let mut places = vec![0; order.len()];
    channels.iter().zip(&order).for_each(|(channel, place)| places[*channel] = *place);
    let gate = draft.picked(call.name, vector, &places)?;
    let value = draft.add(call.name, Gate, &[x.value, gate], Vec::new())?;
    Ok(Known::computed(value, x.view))
}

/// Each channel scaled and shifted by what `of` makes of its number.
fn scaled(draft: &mut Draft, call: &Call, x: &Computed, by: &Constant, of: impl Fn(f32) -> (f32, f32)) -> Made {
    let (x, numbers) = per_channel(draft, call, x, by)?;
    let (scale, shift): (Vec<f32>, Vec<f32>) = numbers.into_iter().map(of).unzip();
    affine(draft, call, &x, scale, shift)
}

fn affine(draft: &mut Draft, call: &Call, x: &Computed, scale: Vec<f32>, shift: Vec<f32>) -> Made {
    let value = draft.add(call.name, Affine, &[x.value], Affine::of(scale, shift).into())?;
    Ok(vec![Known::computed(value, x.view.clone())])
}

/// The number of a constant that belongs to each channel of a value.
fn per_channel(
    draft: &mut Draft,
    call: &Call,
    x: &Computed,
    constant: &Constant,
) -> Result<(Computed, Vec<f32>), NodeError> {
    let mut x = draft.settled(call.name, x)?;
    let sizes = x.view.sizes();
    let refuse = || call.extents("a constant", &constant.sizes, "one number, or one for each channel");
    if fold::spread(&sizes, &constant.sizes).is_none_or(|both| both != sizes) {
        return Err(refuse());
    }
    let numbers = constant.numbers.floats();
    if let [number] = numbers[..] {
        let channels = draft.shape(x.value).channels;
        return Ok((x, vec![number; channels]));
    }
    let mut varying = constant.sizes.iter().enumerate().filter(|(_, size)| **size != 1).map(|(axis, _)| axis);
    let (Some(axis), None) = (varying.next(), varying.next()) else { return Err(refuse()) };
    let axis = axis + sizes.len() - constant.sizes.len();
    if sizes.iter().product::<usize>() == sizes[axis] && draft.shape(x.value).pixels() > 1 {
        // A number for each of a map that has been flattened.
        let value = draft.ordered(call.name, &x)?;
        let view = View::vector(numbers.len()).reshaped(&sizes).ok_or(NodeError::Order(sizes))?;
        x = Computed { value, view, waits: None };
    }
    let channels = x.view.channels(axis, draft.shape(x.value)).ok_or_else(refuse)?;
    let mut ordered = vec![0.0; channels.len()];
    channels.iter().zip(numbers).for_each(|(channel, number)| ordered[*channel] = number);
    Ok((x, ordered))
}

/// Batch normalisation as training left it.
pub fn normalise(draft: &mut Draft, call: &Call) -> Made {
    for (name, usual) in [("training_mode", 0), ("spatial", 1)] {
        if call.int(name, usual) != usual {
            return Err(call.setting(name, call.int(name, usual), "its default"));
        }
    }
    let constants = (1..5).map(|input| call.constant(input).map(|constant| constant.numbers.floats()));
    let constants = constants.collect::<Result<Vec<_>, _>>()?;
    let [gamma, beta, mean, variance] = &constants[..] else { return Err(NodeError::Missing(4)) };
    let epsilon = f64::from(call.float("epsilon", 1e-5));
    let x = call.computed(0)?;
    let rank = x.view.sizes().len();
    let channels = gamma.len();
    if rank < 2 || constants.iter().any(|numbers| numbers.len() != channels) {
        return Err(call.extents("scale", &[channels], "a number for each channel, as all of its constants have"));
    }
    let sizes: Vec<usize> = [channels].into_iter().chain(std::iter::repeat_n(1, rank - 2)).collect();
    // Which number belongs to which channel, before they are put together.
    let places = Constant::new(sizes, Numbers::Whole((0..channels as i64).collect()));
    let (x, places) = per_channel(draft, call, x, &places)?;
    let scale = |at: usize| f64::from(gamma[at]) / (f64::from(variance[at]) + epsilon).sqrt();
    let pair = |place: f32| {
        let at = place as usize;
        (scale(at) as f32, (f64::from(beta[at]) - f64::from(mean[at]) * scale(at)) as f32)
    };
    let (scale, shift) = places.into_iter().map(pair).unzip();
    affine(draft, call, &x, scale, shift)
}

fn function(draft: &mut Draft, call: &Call, function: Function) -> Made {
    let input = draft.settled(call.name, call.computed(0)?)?;
    Ok(vec![draft.each(call.name, function, &input)?])
}

/// A function that its reader may do along with something else.
fn waiting(draft: &mut Draft, call: &Call, function: Function) -> Made {
    let input = draft.settled(call.name, call.computed(0)?)?;
    Ok(vec![Known::Computed(Computed { waits: Some(Waiting::Function(function)), ..input })])
}

pub fn relu(draft: &mut Draft, call: &Call) -> Made {
    function(draft, call, Function::Relu)
}

pub fn tanh(draft: &mut Draft, call: &Call) -> Made {
    function(draft, call, Function::Tanh)
}

pub fn sigmoid(draft: &mut Draft, call: &Call) -> Made {
    waiting(draft, call, Function::Sigmoid)
}

pub fn leaky_relu(draft: &mut Draft, call: &Call) -> Made {
    function(draft, call, Function::LeakyRelu { slope: call.float("alpha", 0.01) })
}

pub fn hard_sigmoid(draft: &mut Draft, call: &Call) -> Made {
    let (slope, shift) = (call.float("alpha", 0.2), call.float("beta", 0.5));
    waiting(draft, call, Function::HardSigmoid { slope, shift })
}

pub fn hard_swish(draft: &mut Draft, call: &Call) -> Made {
    function(draft, call, Function::HardSwish)
}

/// Numbers within bounds: attributes before opset 11, and inputs since.
pub fn clip(draft: &mut Draft, call: &Call) -> Made {
    let low = call.number(1)?.unwrap_or(call.float("min", f32::MIN));
    let high = call.number(2)?.unwrap_or(call.float("max", f32::MAX));
    if low.is_nan() || high.is_nan() || low > high {
        return Err(call.setting("min and max", format!("{low} and {high}"), "a lower and an upper bound"));
    }
    match (low == 0.0, high) {
        (true, f32::MAX..) => function(draft, call, Function::Relu),
        (true, 6.0) => function(draft, call, Function::Relu6),
        _ => function(draft, call, Function::Clip { low, high }),
    }
}

/// Numbers of another type, which changes nothing as long as they are real.
pub fn cast(_: &mut Draft, call: &Call) -> Made {
    match call.int("to", 1) {
        1 | 10 | 11 | 16 => Ok(vec![call.input(0)?.clone()]),
        other => Err(call.setting("to", other, "a type of floats")),
    }
}

pub fn softmax(draft: &mut Draft, call: &Call) -> Made {
    probabilities(draft, call, "Softmax")
}

pub fn log_softmax(draft: &mut Draft, call: &Call) -> Made {
    probabilities(draft, call, "LogSoftmax")
}

/// Probabilities of everything that there is; before opset 13 all axes from the named one on are meant.
fn probabilities(draft: &mut Draft, call: &Call, operator: &'static str) -> Made {
    let input = draft.settled(call.name, call.computed(0)?)?;
    let sizes = input.view.sizes();
    let axis = call.axis(call.int("axis", if call.opset < 13 { 1 } else { -1 }), sizes.len())?;
    let over: usize = if call.opset < 13 { sizes[axis..].iter().product() } else { sizes[axis] };
    match over == sizes.iter().product::<usize>() {
        true => Ok(vec![Known::Computed(Computed { waits: Some(Waiting::Softmax(operator)), ..input })]),
        false => Err(call.extents("its input", &sizes, "one vector along the axis")),
    }
}
