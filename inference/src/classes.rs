//! The classes that networks and data sets distinguish.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The classes a network distinguishes: how many there are, and optionally their names in the order of its outputs. A
/// description has the number, or the list of names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Classes {
    count: usize,
    /// One per class, or none at all.
    names: Vec<String>,
}

impl Classes {
    /// The given number, without names.
    pub fn unnamed(count: usize) -> Self {
        Self { count, names: Vec::new() }
    }

    /// The classes of these names.
    pub fn named(names: Vec<String>) -> Self {
        Self { count: names.len(), names }
    }

    /// Their number.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Their names, in the order of the outputs; none if they have no names.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// A name that occurs twice.
    pub(crate) fn repeated(&self) -> Option<&str> {
        let mut names: Vec<&str> = self.names.iter().map(String::as_str).collect();
        names.sort_unstable();
        names.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0])
    }
}

impl Serialize for Classes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.names[..] {
            [] => self.count.serialize(serializer),
            _ => self.names.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Classes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> de::Visitor<'de> for Reader {
    type Value = Classes;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("how many classes, or a list of their names")
    }

    fn visit_u64<E: de::Error>(self, count: u64) -> Result<Classes, E> {
        Ok(Classes::unnamed(usize::try_from(count).unwrap_or(usize::MAX)))
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<Classes, A::Error> {
        let mut names = Vec::new();
        while let Some(Name(name)) = list.next_element()? {
            names.push(name);
        }
        Ok(Classes::named(names))
    }
}

/// A name; folder names are often numbers, which YAML reads as such.
struct Name(String);

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NameReader)
    }
}

struct NameReader;

impl de::Visitor<'_> for NameReader {
    type Value = Name;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("the name of a class (in quotes, if YAML takes it for something else)")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<Name, E> {
        Ok(Name(name.to_owned()))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Name, E> {
        Ok(Name(number.to_string()))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Name, E> {
        Ok(Name(number.to_string()))
    }
}
