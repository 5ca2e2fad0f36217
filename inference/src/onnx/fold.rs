//! What is computed of constants beforehand: exporters write out how extents follow from others, and weights that are
//! stored in few bits.

use super::call::Call;
use super::constant::{Constant, Numbers, sizes};
use super::view::View;
use crate::error::NodeError;

/// The most numbers of what is computed beforehand, unless constants in the file have more.
const MOST: usize = 1 << 27;

type Made = Result<Constant, NodeError>;

/// The first input as it is.
pub fn identity(call: &Call) -> Made {
    Ok(call.constant(0)?.clone())
}

/// The tensor that an attribute holds.
pub fn constant(call: &Call) -> Made {
    let refuse = |found: &str| call.setting("value", found, "a tensor, a number or a list of numbers");
    let Some(attribute) = call.attributes().first() else { return Err(refuse("missing")) };
    let one = |numbers| Constant::new(Vec::new(), numbers);
    match attribute.name.as_str() {
        "value" => match &attribute.t {
            Some(tensor) => Constant::read(tensor, None).map_err(|error| refuse(&error.to_string())),
            None => Err(refuse("no tensor")),
        },
        "value_float" => Ok(one(Numbers::Floats(vec![attribute.f]))),
        "value_int" => Ok(one(Numbers::Whole(vec![attribute.i]))),
        "value_ints" => Ok(Constant::whole(attribute.ints.clone())),
        "value_floats" => Ok(Constant::new(vec![attribute.floats.len()], Numbers::Floats(attribute.floats.clone()))),
        other => Err(refuse(other)),
    }
}

/// A tensor of equal numbers.
pub fn constant_of_shape(call: &Call) -> Made {
    let extents = call.constant(0)?;
    let listed = extents.as_whole().ok_or_else(|| call.setting("extents", "floats", "whole numbers"))?;
    let sizes = small(call, listed)?;
    let value = match call.attribute("value").and_then(|attribute| attribute.t.as_ref()) {
        Some(tensor) => Constant::read(tensor, None).map_err(|e| call.setting("value", e, "one number"))?.numbers,
        None => Numbers::Floats(vec![0.0]),
    };
    match value.len() {
        1 => {
            let count = sizes.iter().product();
            Ok(Constant::new(sizes, value.pick((0..count).map(|_| 0))))
        }
        count => Err(call.setting("value", format!("{count} numbers"), "one number")),
    }
}

/// The extents of the first input, whether or not it depends on the image.
pub fn shape(call: &Call) -> Made {
    let sizes: Vec<i64> = call.input(0)?.sizes().iter().map(|size| *size as i64).collect();
    let rank = sizes.len() as i64;
    let at = |axis: i64| (if axis < 0 { axis + rank } else { axis }).clamp(0, rank) as usize;
    let (start, end) = (at(call.int("start", 0)), at(call.int("end", rank)));
    Ok(Constant::whole(sizes[start.min(end)..end].to_vec()))
}

/// Other numbers of the same value: all of them are kept as floats or whole numbers anyway.
pub fn cast(call: &Call) -> Made {
    let input = call.constant(0)?;
    let numbers = match (call.int("to", 1), &input.numbers) {
        (1 | 10 | 11 | 16, numbers) => Numbers::Floats(numbers.floats()),
        (2..=7 | 12 | 13, Numbers::Floats(numbers)) => Numbers::Whole(numbers.iter().map(|x| *x as i64).collect()),
        (2..=7 | 12 | 13, whole) => whole.clone(),
        (9, numbers) => Numbers::Whole(numbers.floats().iter().map(|x| i64::from(*x != 0.0)).collect()),
        (other, _) => return Err(call.setting("to", other, "a type of numbers")),
    };
    Ok(Constant { numbers, ..input.clone() })
}

/// Some entries along an axis.
fn taken(input: &Constant, axis: usize, entries: &[usize]) -> Constant {
    let inner: usize = input.sizes[axis + 1..].iter().product();
    let (outer, length): (usize, usize) = (input.sizes[..axis].iter().product(), input.sizes[axis]);
    let rows = (0..outer).flat_map(|outer| entries.iter().map(move |entry| (outer * length + entry) * inner));
    let numbers = input.numbers.pick(rows.flat_map(|row| row..row + inner));
    let mut sizes = input.sizes.clone();
    sizes[axis] = entries.len();
    Constant::new(sizes, numbers)
}

/// Entries along an axis, named by another constant.
pub fn gather(call: &Call) -> Made {
    let (input, entries) = (call.constant(0)?, call.constant(1)?);
    let axis = call.axis(call.int("axis", 0), input.sizes.len())?;
    let listed = entries.as_whole().filter(|_| entries.sizes.len() <= 1);
    let listed = listed.ok_or_else(|| call.extents("indices", &entries.sizes, "one number or a list"))?;
    let length = input.sizes[axis];
    let entry = |entry: &i64| {
        let counted = if *entry < 0 { entry + length as i64 } else { *entry };
        let fits = usize::try_from(counted).ok().filter(|entry| *entry < length);
        fits.ok_or_else(|| call.setting("indices", entry, "entries of its input"))
    };
    let mut made = taken(input, axis, &listed.iter().map(entry).collect::<Result<Vec<_>, _>>()?);
    if entries.sizes.is_empty() {
        made.sizes.remove(axis);
    }
    Ok(made)
}

/// Every so manyth entry along some axes, from one to another.
pub fn slice(call: &Call) -> Made {
    let mut made = call.constant(0)?.clone();
    for (axis, entries) in sliced(call, &made.sizes.clone())? {
        made = taken(&made, axis, &entries);
    }
    Ok(made)
}

/// The axes of a value of these extents that are sliced, and which entries stay.
pub fn sliced(call: &Call, sizes: &[usize]) -> Result<Vec<(usize, Vec<usize>)>, NodeError> {
    let missing = |input| NodeError::Missing(input);
    let starts = call.list(1, "starts")?.ok_or(missing(1))?;
    let ends = call.list(2, "ends")?.ok_or(missing(2))?;
    let axes = call.list(3, "axes")?.unwrap_or_else(|| (0..starts.len() as i64).collect());
    let steps = call.list(4, "steps")?.unwrap_or_else(|| vec![1; starts.len()]);
    if [ends.len(), axes.len(), steps.len()].iter().any(|count| *count != starts.len()) {
        return Err(call.setting("starts, ends, axes and steps", "of different lengths", "as many of each"));
    }
    let slice = |at: usize| {
        let (axis, step) = (call.axis(axes[at], sizes.len())?, steps[at]);
        if step < 1 {
            return Err(call.setting("steps", step, "steps of at least 1"));
        }
        let length = sizes[axis] as i64;
        let place = |end: i64| (if end < 0 { end.saturating_add(length) } else { end }).clamp(0, length) as usize;
        Ok((axis, (place(starts[at])..place(ends[at])).step_by(step as usize).collect()))
    };
    (0..starts.len()).map(slice).collect()
}

/// Constants one after the other along an axis.
pub fn concat(call: &Call) -> Made {
    let first = call.constant(0)?;
    let axis = call.axis(call.int("axis", 0), first.sizes.len())?;
    let parts = (0..call.inputs().count()).map(|input| call.constant(input)).collect::<Result<Vec<_>, _>>()?;
    let others = |sizes: &[usize]| sizes.iter().enumerate().filter(|(at, _)| *at != axis).map(|(_, s)| *s).collect();
    let rest: Vec<usize> = others(&first.sizes);
    if let Some(odd) = parts.iter().find(|part| others(&part.sizes) != rest || part.sizes.len() != first.sizes.len()) {
        return Err(call.extents("an input", &odd.sizes, "extents of the first but along the axis"));
    }
    let outer: usize = first.sizes[..axis].iter().product();
    let all_whole = parts.iter().all(|part| part.as_whole().is_some());
    let mut sizes = first.sizes.clone();
    sizes[axis] = parts.iter().map(|part| part.sizes[axis]).sum();
    let row = |part: &Constant, row: usize| {
        let length = part.numbers.len() / outer.max(1);
        row * length..(row + 1) * length
    };
    let numbers = if all_whole {
        let whole = |part: &'_ Constant, at: usize| part.as_whole().unwrap_or_default()[row(part, at)].to_vec();
        Numbers::Whole((0..outer).flat_map(|at| parts.iter().flat_map(move |part| whole(part, at))).collect())
    } else {
        let floats: Vec<Vec<f32>> = parts.iter().map(|part| part.numbers.floats()).collect();
        let both = || parts.iter().zip(&floats);
        let rows = (0..outer).flat_map(|at| both().flat_map(move |(part, floats)| floats[row(part, at)].to_vec()));
        Numbers::Floats(rows.collect())
    };
    Ok(Constant::new(sizes, numbers))
}

/// The axes in another order: turned round, if none is given.
pub fn transpose(call: &Call) -> Made {
    let input = call.constant(0)?;
    let view = contiguous(call, &input.sizes)?.turned(&order(call, input.sizes.len())?);
    Ok(Constant::new(view.sizes(), input.numbers.pick(view.all().into_iter())))
}

/// The order of axes that a transposition asks for.
pub fn order(call: &Call, rank: usize) -> Result<Vec<usize>, NodeError> {
    let Some(order) = call.ints("perm") else { return Ok((0..rank).rev().collect()) };
    let order = call.axes(Some(order), rank)?;
    match (0..rank).all(|axis| order.contains(&axis)) && order.len() == rank {
        true => Ok(order),
        false => Err(call.setting("perm", format!("{order:?}"), "each axis once")),
    }
}

fn contiguous(call: &Call, sizes: &[usize]) -> Result<View, NodeError> {
    let view = View::vector(sizes.iter().product()).reshaped(sizes);
    view.ok_or_else(|| call.extents("its input", sizes, "at least 1 each"))
}

/// Other extents for the same numbers.
pub fn reshaped(call: &Call, sizes: Vec<usize>) -> Made {
    let input = call.constant(0)?;
    match sizes.iter().product::<usize>() == input.numbers.len() {
        true => Ok(Constant { sizes, ..input.clone() }),
        false => Err(call.extents("what it makes", &sizes, "as many numbers as it reads")),
    }
}

/// Two constants, number by number; one is repeated along axes where it has an extent of 1.
pub fn arithmetic(call: &Call, floats: fn(f32, f32) -> f32, whole: fn(i64, i64) -> Option<i64>) -> Made {
    let (a, b) = (call.constant(0)?, call.constant(1)?);
    let sizes = spread(&a.sizes, &b.sizes).ok_or_else(|| call.extents("an input", &b.sizes, "those of the other"))?;
    let count: usize = sizes.iter().product();
    if count > MOST.max(a.numbers.len()).max(b.numbers.len()) {
        return Err(call.extents("what it makes", &sizes, "as many as constants have"));
    }
    let pairs = || (0..count).map(|at| (place(&sizes, &a.sizes, at), place(&sizes, &b.sizes, at)));
    let numbers = match (&a.numbers, &b.numbers) {
        (Numbers::Whole(a), Numbers::Whole(b)) => {
            let numbers: Option<Vec<i64>> = pairs().map(|(at, other)| whole(a[at], b[other])).collect();
            Numbers::Whole(numbers.ok_or(NodeError::NotFinite)?)
        }
        (a, b) => {
            let (a, b) = (a.floats(), b.floats());
            Numbers::Floats(pairs().map(|(at, other)| floats(a[at], b[other])).collect())
        }
    };
    Ok(Constant::new(sizes, numbers))
}

/// The extents of two values that are combined number by number.
pub fn spread(a: &[usize], b: &[usize]) -> Option<Vec<usize>> {
    let rank = a.len().max(b.len());
    let size = |sizes: &[usize], axis: usize| (axis + sizes.len()).checked_sub(rank).map_or(1, |at| sizes[at]);
    let both = (0..rank).map(|axis| match (size(a, axis), size(b, axis)) {
        (a, b) if a == b => Some(a),
        (1, b) => Some(b),
        (a, 1) => Some(a),
        _ => None,
    });
    both.collect()
}

/// Where the number at a place of all extents is among those of some extents.
fn place(all: &[usize], sizes: &[usize], mut at: usize) -> usize {
    let (mut place, mut step) = (0, 1);
    for (axis, size) in all.iter().enumerate().rev() {
        let here = at % size;
        at /= size;
        if let Some(own) = (axis + sizes.len()).checked_sub(all.len()).map(|own| sizes[own]) {
            place += if own == 1 { 0 } else { here * step };
            step *= own;
        }
    }
    place
}

/// Whole numbers in few bits as what they stand for: (x − zero) times the scale, of the whole or of each entry along an
/// axis.
pub fn dequantize(call: &Call) -> Made {
    let (input, scale) = (call.constant(0)?, call.constant(1)?);
    let scales = scale.numbers.floats();
    let zeros = match call.optional(2)? {
        Some(zero) => zero.numbers.floats(),
        None => vec![0.0; scales.len()],
    };
    let (length, inner) = match scales.len() {
        1 => (1, input.numbers.len().max(1)),
        _ => {
            let axis = call.axis(call.int("axis", 1), input.sizes.len())?;
            (input.sizes[axis], input.sizes[axis + 1..].iter().product())
        }
    };
    if scales.len() != length || zeros.len() != length || scale.sizes.len() > 1 {
        return Err(call.extents("x_scale", &scale.sizes, "one number, or one for each entry along the axis"));
    }
    let numbers = input.numbers.floats();
    let of = |(at, x): (usize, &f32)| (x - zeros[at / inner % length]) * scales[at / inner % length];
    Ok(Constant { numbers: Numbers::Floats(numbers.iter().enumerate().map(of).collect()), ..input.clone() })
}

/// Extents that are computed, if they are no more than such are.
fn small(call: &Call, extents: &[i64]) -> Result<Vec<usize>, NodeError> {
    let sizes = sizes(extents).map_err(|error| call.setting("extents", error, "those of a tensor"))?;
    match sizes.iter().product::<usize>() <= MOST {
        true => Ok(sizes),
        false => Err(call.extents("what it makes", &sizes, "as many as constants have")),
    }
}
