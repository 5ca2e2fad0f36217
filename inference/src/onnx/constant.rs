//! Numbers of a file that do not depend on the image.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Component, Path};

use super::proto::TensorProto;
use crate::coding::of_half;
use crate::error::TensorError;

/// The most numbers of a tensor.
const MOST: usize = 1 << 30;

/// A tensor of numbers that are known before anything runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Constant {
    /// Its extents; none if it is a single number.
    pub sizes: Vec<usize>,
    /// Its numbers, in the order of the extents.
    pub numbers: Numbers,
    /// The smallest and the largest number of its type, if that is one of few bits.
    pub range: Option<(i64, i64)>,
}

/// Numbers, row by row.
#[derive(Clone, Debug, PartialEq)]
pub enum Numbers {
    /// In single precision, whatever the file has.
    Floats(Vec<f32>),
    /// Whole ones, and booleans as 0 and 1.
    Whole(Vec<i64>),
}

impl Numbers {
    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Floats(numbers) => numbers.len(),
            Self::Whole(numbers) => numbers.len(),
        }
    }

    /// All of them as floats.
    pub fn floats(&self) -> Vec<f32> {
        match self {
            Self::Floats(numbers) => numbers.clone(),
            Self::Whole(numbers) => numbers.iter().map(|number| *number as f32).collect(),
        }
    }

    /// Those in these places, one after the other.
    ///
    /// # Panics
    /// If there is no such place.
    pub fn pick(&self, places: impl Iterator<Item = usize>) -> Self {
        match self {
            Self::Floats(numbers) => Self::Floats(places.map(|place| numbers[place]).collect()),
            Self::Whole(numbers) => Self::Whole(places.map(|place| numbers[place]).collect()),
        }
    }
}

impl Constant {
    /// Numbers of these extents.
    pub fn new(sizes: Vec<usize>, numbers: Numbers) -> Self {
        Self { sizes, numbers, range: None }
    }

    /// A vector of whole numbers.
    pub fn whole(numbers: Vec<i64>) -> Self {
        Self::new(vec![numbers.len()], Numbers::Whole(numbers))
    }

    /// Reads a tensor; numbers in other files are looked for in `folder`.
    ///
    /// # Errors
    /// If its numbers are not those that its type and extents say.
    pub fn read(tensor: &TensorProto, folder: Option<&Path>) -> Result<Self, TensorError> {
        let sizes = sizes(&tensor.dims)?;
        let elsewhere = match tensor.data_location {
            0 => None,
            _ => Some(elsewhere(tensor, folder)?),
        };
        let raw = elsewhere.as_deref().unwrap_or(&tensor.raw_data);
        let numbers = numbers(tensor, raw)?;
        let wanted = sizes.iter().product();
        match numbers.len() == wanted {
            true => Ok(Self { sizes, numbers, range: range(tensor.data_type) }),
            false => Err(TensorError::Count { found: numbers.len(), wanted }),
        }
    }

    /// Its numbers, if they are whole.
    pub fn as_whole(&self) -> Option<&[i64]> {
        match &self.numbers {
            Numbers::Whole(numbers) => Some(numbers),
            Numbers::Floats(_) => None,
        }
    }
}

/// Extents, if they are such as a tensor can have.
///
/// # Errors
/// If one is below 0, or their product is too large.
pub fn sizes(extents: &[i64]) -> Result<Vec<usize>, TensorError> {
    let refuse = || TensorError::Extents(extents.to_vec());
    let sizes = extents.iter().map(|extent| usize::try_from(*extent).map_err(|_| refuse()));
    let sizes = sizes.collect::<Result<Vec<_>, _>>()?;
    let product = sizes.iter().try_fold(1usize, |product, size| product.checked_mul(*size));
    product.filter(|product| *product <= MOST).map(|_| sizes).ok_or_else(refuse)
}

/// The smallest and the largest number of a type of few bits.
pub fn range(kind: i32) -> Option<(i64, i64)> {
    match kind {
        2 => Some((0, 0xff)),
        3 => Some((-0x80, 0x7f)),
        4 => Some((0, 0xffff)),
        5 => Some((-0x8000, 0x7fff)),
        _ => None,
    }
}

/// The numbers of a tensor: `raw` ones, little-endian, or those in the field of their type.
fn numbers(tensor: &TensorProto, raw: &[u8]) -> Result<Numbers, TensorError> {
    let from_words = |bits: fn(u16) -> f32| {
        let listed = tensor.int32_data.iter().map(|word| bits(*word as u16));
        Numbers::Floats(of(raw, |bytes| bits(u16::from_le_bytes(bytes))).chain(listed).collect())
    };
    let small = |raw: Vec<i64>| {
        Numbers::Whole(raw.into_iter().chain(tensor.int32_data.iter().map(|number| i64::from(*number))).collect())
    };
    Ok(match tensor.data_type {
        1 => Numbers::Floats(of(raw, f32::from_le_bytes).chain(tensor.float_data.iter().copied()).collect()),
        2 | 9 => small(of(raw, |[byte]| i64::from(byte)).collect()),
        3 => small(of(raw, |bytes| i64::from(i8::from_le_bytes(bytes))).collect()),
        4 => small(of(raw, |bytes| i64::from(u16::from_le_bytes(bytes))).collect()),
        5 => small(of(raw, |bytes| i64::from(i16::from_le_bytes(bytes))).collect()),
        6 => small(of(raw, |bytes| i64::from(i32::from_le_bytes(bytes))).collect()),
        7 => Numbers::Whole(of(raw, i64::from_le_bytes).chain(tensor.int64_data.iter().copied()).collect()),
        10 => from_words(of_half),
        11 => {
            let doubles = of(raw, f64::from_le_bytes).chain(tensor.double_data.iter().copied());
            Numbers::Floats(doubles.map(|number| number as f32).collect())
        }
        // The upper half of a single.
        16 => from_words(|bits| f32::from_bits(u32::from(bits) << 16)),
        other => return Err(TensorError::Type(other)),
    })
}

/// Numbers of `N` bytes each.
fn of<const N: usize, T>(raw: &[u8], number: impl Fn([u8; N]) -> T) -> impl Iterator<Item = T> {
    raw.as_chunks::<N>().0.iter().map(move |bytes| number(*bytes))
}

/// The bytes of numbers that are in another file, which lies beside this one or below it.
fn elsewhere(tensor: &TensorProto, folder: Option<&Path>) -> Result<Vec<u8>, TensorError> {
    let entry = |key: &str| tensor.external_data.iter().find(|entry| entry.key == key).map(|entry| &entry.value[..]);
    let file = entry("location").unwrap_or_default();
    let path = Path::new(file);
    let is_below = !file.is_empty() && path.components().all(|part| matches!(part, Component::Normal(_)));
    let Some(folder) = folder.filter(|_| is_below) else { return Err(TensorError::Elsewhere(file.to_owned())) };
    let part = part(&folder.join(path), entry("offset"), entry("length"));
    part.map_err(|error| TensorError::Unreadable { file: file.to_owned(), what: error.to_string() })
}

/// Some bytes of a file, from an offset on: from the beginning and to its end, if nothing else is said.
fn part(path: &Path, offset: Option<&str>, length: Option<&str>) -> io::Result<Vec<u8>> {
    let number = |text: &str| text.parse::<u64>().map_err(io::Error::other);
    let mut file = File::open(path)?;
    let offset = offset.map_or(Ok(0), number)?;
    let left = file.metadata()?.len().saturating_sub(offset);
    let length = length.map_or(Ok(left), number)?;
    if length > left {
        return Err(io::Error::other("it is too short"));
    }
    file.seek(SeekFrom::Start(offset))?;
    let mut bytes = Vec::new();
    file.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}
