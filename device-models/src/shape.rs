//! Values that a file gives as one figure, or as several named ones.

use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserializer, Error, MapAccess, Unexpected, Visitor};

use crate::error::FigureError;

/// A value whose form in a file is known by its shape, so that errors inside one form are not reported against the
/// other. A figure is a text; a bare number is read as if it were written in quotes.
pub trait Shaped: Sized {
    /// Writes what is allowed, for errors.
    fn expected(f: &mut fmt::Formatter) -> fmt::Result;

    /// Reads a figure.
    ///
    /// # Errors
    /// What is wrong with it.
    fn of_figure(text: &str) -> Result<Self, FigureError>;

    /// Reads named figures; by default, there are none.
    ///
    /// # Errors
    /// What is wrong with the map.
    fn of_map<'de, A: MapAccess<'de>>(_map: A) -> Result<Self, A::Error> {
        Err(Error::invalid_type(Unexpected::Map, &Reader::<Self>(PhantomData)))
    }
}

/// Reads a value by its shape.
///
/// # Errors
/// If it has neither form, or what is wrong with the one it has.
pub fn read<'de, T: Shaped, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_any(Reader(PhantomData))
}

/// The schema of a value that is either of two others.
pub fn either<A: JsonSchema, B: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    let (one, other) = (generator.subschema_for::<A>(), generator.subschema_for::<B>());
    json_schema!({ "anyOf": [one, other] })
}

struct Reader<T>(PhantomData<T>);

impl<'de, T: Shaped> Visitor<'de> for Reader<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        T::expected(f)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        T::of_figure(text).map_err(E::custom)
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
        T::of_map(map)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, from_value, json};

    use crate::units::{Delay, Factor, Share};
    use crate::{AsIf, Battery, Loss, RandomTime, RateModel};

    #[test]
    fn a_bare_number_is_read_as_if_in_quotes() {
        let factor = |value: Value| from_value::<Factor>(value).map(Factor::get).map_err(|e| e.to_string());
        assert_eq!([json!(4), json!("4"), json!(4.0)].map(factor), [const { Ok(4.0) }; 3]);
        assert_eq!([json!(0.5), json!("0.5"), json!("50 %")].map(factor), [const { Ok(0.5) }; 3]);
        assert_eq!(factor(json!(-4)), factor(json!("-4")));
        assert_eq!(factor(json!(-4)).unwrap_err(), "'-4' must be a finite number, 0 or above");
        assert_eq!(from_value::<Loss>(json!(0.25)).unwrap().share, Share::new(0.25));
        let told = from_value::<Delay>(json!(20)).unwrap_err().to_string();
        assert_eq!(told, "'20' lacks its unit, one of ns, us, ms, s, min, h, d");
    }

    /// A value in neither form says which are allowed; a figure that is alone has no other.
    #[test]
    fn what_has_another_shape_is_told_which_there_are() {
        fn told<T: serde::de::DeserializeOwned>(value: Value) -> String {
            from_value::<T>(value).err().map(|e| e.to_string()).unwrap_or_default()
        }
        assert_eq!(told::<Share>(json!({})), "invalid type: map, expected a share such as '1 %' (units: %)");
        let units = "(units: ns, us, ms, s, min, h, d)";
        assert_eq!(
            told::<Delay>(json!(true)),
            format!("invalid type: boolean `true`, expected a duration such as '1 ns' {units}")
        );
        for (told, form) in [
            (told::<AsIf>(json!([])), "an amount of computation such as '300 MMAC', or {macs: 300 MMAC"),
            (told::<Battery>(json!([])), "an energy such as '10 Wh', or capacity"),
            (told::<Loss>(json!([])), "a share such as '0.1 %', or one in bursts: {share"),
            (told::<RandomTime>(json!([])), "a duration such as '20 ms', {median"),
            (told::<RateModel>(json!([])), "a data rate such as '1 Mbps', or one that changes: gilbert-elliott"),
        ] {
            assert!(told.starts_with(&format!("invalid type: sequence, expected {form}")), "{told}");
        }
    }

    /// The schema has the name, and both forms.
    #[test]
    fn schemas_have_both_forms() {
        let schema = |schema: schemars::Schema| schema.to_value();
        for (schema, name, figure) in [
            (schema(schemars::schema_for!(AsIf)), "AsIf", "amount of computation"),
            (schema(schemars::schema_for!(Battery)), "Battery", "energy"),
            (schema(schemars::schema_for!(Loss)), "Loss", "share"),
            (schema(schemars::schema_for!(RateModel)), "Rate", "data rate"),
            (schema(schemars::schema_for!(RandomTime)), "RandomTime", "duration"),
        ] {
            assert_eq!(schema["title"], name);
            assert_eq!(schema["anyOf"][0]["title"], figure, "{schema}");
            assert!(schema["anyOf"].as_array().unwrap().len() >= 2, "{schema}");
        }
        let duration = schema(schemars::schema_for!(Delay));
        assert_eq!(duration["pattern"], "^[0-9.eE+_-]+ ?(ns|us|ms|s|min|h|d|\u{b5}s|\u{3bc}s)$");
        assert_eq!((&duration["type"], &duration["title"]), (&json!(["string"]), &json!("duration")));
        assert_eq!(schema(schemars::schema_for!(Factor))["type"], json!(["string", "number"]));
    }
}
