//! Figures of blocks that may be written in more than one way, and names.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::kernels::{Margin, Sides};
use crate::ops::Function;

/// A figure for rows and columns alike, or `[rows, columns]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair(pub Sides);

/// Rows and columns on all sides alike, as `[rows, columns]`, or as `[top, left, bottom, right]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Around(pub Margin);

/// A function of single values, or `none`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Activation(pub Option<Function>);

/// Numbers, as they are written: one by itself or a list.
#[derive(Serialize)]
#[serde(untagged)]
enum Numbers {
    One(usize),
    List(Vec<usize>),
}

struct Reader(&'static str);

impl<'de> de::Visitor<'de> for Reader {
    type Value = Numbers;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.0)
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Numbers, E> {
        usize::try_from(number).map(Numbers::One).map_err(|_| E::invalid_value(de::Unexpected::Unsigned(number), &self))
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<Numbers, A::Error> {
        let mut numbers = Vec::new();
        while let Some(number) = list.next_element()? {
            numbers.push(number);
        }
        Ok(Numbers::List(numbers))
    }
}

impl<'de> Deserialize<'de> for Pair {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let reader = Reader("a whole number, or two: [rows, columns]");
        match deserializer.deserialize_any(Reader(reader.0))? {
            Numbers::One(figure) => Ok(Self(Sides::both(figure))),
            Numbers::List(list) => match list[..] {
                [rows, columns] => Ok(Self(Sides { rows, columns })),
                _ => Err(de::Error::invalid_length(list.len(), &reader)),
            },
        }
    }
}

impl<'de> Deserialize<'de> for Around {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let reader = Reader("a whole number, or a list: [rows, columns] or [top, left, bottom, right]");
        match deserializer.deserialize_any(Reader(reader.0))? {
            Numbers::One(figure) => Ok(Self(Margin::all(figure))),
            Numbers::List(list) => match list[..] {
                [rows, columns] => Ok(Self(Margin { top: rows, left: columns, bottom: rows, right: columns })),
                [top, left, bottom, right] => Ok(Self(Margin { top, left, bottom, right })),
                _ => Err(de::Error::invalid_length(list.len(), &reader)),
            },
        }
    }
}

impl Serialize for Pair {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Sides { rows, columns } = self.0;
        let numbers = if rows == columns { Numbers::One(rows) } else { Numbers::List(vec![rows, columns]) };
        numbers.serialize(serializer)
    }
}

impl Serialize for Around {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Margin { top, left, bottom, right } = self.0;
        let numbers = match (self.0 == Margin::all(top), (top, left) == (bottom, right)) {
            (true, _) => Numbers::One(top),
            (false, true) => Numbers::List(vec![top, left]),
            (false, false) => Numbers::List(vec![top, left, bottom, right]),
        };
        numbers.serialize(serializer)
    }
}

/// Every value of `activation`.
const ACTIVATIONS: &[&str] = &["none", "relu", "relu6", "sigmoid", "tanh"];

impl<'de> Deserialize<'de> for Activation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match String::deserialize(deserializer)?.as_str() {
            "none" => Ok(Self(None)),
            "relu" => Ok(Self(Some(Function::Relu))),
            "relu6" => Ok(Self(Some(Function::Relu6))),
            "sigmoid" => Ok(Self(Some(Function::Sigmoid))),
            "tanh" => Ok(Self(Some(Function::Tanh))),
            other => Err(de::Error::unknown_variant(other, ACTIVATIONS)),
        }
    }
}

impl Serialize for Activation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use crate::ops::Op;
        self.0.map_or("none", |function| function.name()).serialize(serializer)
    }
}

impl Default for Activation {
    fn default() -> Self {
        Self(Some(Function::Relu))
    }
}
