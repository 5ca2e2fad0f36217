//! Values that a file gives as one figure, or as several named ones.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor, value::MapAccessDeserializer};

/// Reads a value that is a text (or a bare number) or a map: the form is chosen by shape, so that errors inside one
/// form are not reported against the other. `expected` describes what is allowed.
pub fn figure_or_map<'de, D, T, M>(
    deserializer: D,
    expected: &'static str,
    figure: fn(&str) -> Result<T, String>,
) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    M: Deserialize<'de> + Into<T>,
{
    deserializer.deserialize_any(Reader { expected, figure, map: PhantomData::<M> })
}

struct Reader<T, M> {
    expected: &'static str,
    figure: fn(&str) -> Result<T, String>,
    map: PhantomData<M>,
}

impl<'de, T, M: Deserialize<'de> + Into<T>> Visitor<'de> for Reader<T, M> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        (self.figure)(text).map_err(E::custom)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<T, E> {
        self.visit_str(&value.to_string())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<T, E> {
        self.visit_str(&value.to_string())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<T, E> {
        self.visit_str(&value.to_string())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        M::deserialize(MapAccessDeserializer::new(map)).map(Into::into)
    }
}
