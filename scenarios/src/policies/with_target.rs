//! Options of a policy with the target of its threshold beside them, in one mapping.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::value::StrDeserializer;
use serde::de::{DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize, forward_to_deserialize_any};
use serde_json::{Map, Value};

use super::{Target, TargetFields};

/// What a file writes of a policy that keeps answers above a threshold: its own options, and beside them the target.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WithTarget<O> {
    /// Its own options.
    #[serde(flatten)]
    pub options: O,
    /// What its threshold is to reach.
    #[serde(flatten)]
    pub target: Target,
}

/// Serde's own flattening would lose places, and accept what it does not know.
impl<'de, O: Deserialize<'de>> Deserialize<'de> for WithTarget<O> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut targets = TargetFields::default();
        let options = O::deserialize(Beside { inner: deserializer, targets: &mut targets })?;
        Ok(Self { options, target: targets.try_into().map_err(D::Error::custom)? })
    }
}

/// Reads a struct from a mapping that also has fields of a target, which go elsewhere.
struct Beside<'a, D> {
    inner: D,
    targets: &'a mut TargetFields,
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Beside<'_, D> {
    type Error = D::Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.inner.deserialize_map(BesideVisitor { visitor, fields, targets: self.targets })
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.inner.deserialize_any(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

struct BesideVisitor<'a, V> {
    visitor: V,
    /// Of the options.
    fields: &'static [&'static str],
    targets: &'a mut TargetFields,
}

impl<'de, V: Visitor<'de>> Visitor<'de> for BesideVisitor<'_, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        self.visitor.expecting(f)
    }

    fn visit_map<A: MapAccess<'de>>(self, inner: A) -> Result<V::Value, A::Error> {
        self.visitor.visit_map(Options { inner, fields: self.fields, targets: self.targets })
    }
}

/// The entries of a mapping that are not a target's.
struct Options<'a, A> {
    inner: A,
    fields: &'static [&'static str],
    targets: &'a mut TargetFields,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Options<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        while let Some(key) = self.inner.next_key::<Cow<str>>()? {
            if self.fields.contains(&&*key) {
                let key: StrDeserializer<A::Error> = key.as_ref().into_deserializer();
                return seed.deserialize(key).map(Some);
            }
            if !self.targets.read(&key, &mut self.inner)? {
                let known = self.fields.iter().chain(&TargetFields::NAMES).map(|name| format!("`{name}`"));
                let known = known.collect::<Vec<_>>().join(", ");
                return Err(A::Error::custom(format!("unknown field `{key}`, expected one of {known}")));
            }
        }
        Ok(None)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.inner.next_value_seed(seed)
    }
}

impl<O: JsonSchema> JsonSchema for WithTarget<O> {
    fn schema_name() -> Cow<'static, str> {
        O::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = O::json_schema(generator);
        let targets = TargetFields::json_schema(generator).remove("properties");
        let own = schema.ensure_object().entry("properties").or_insert_with(|| Value::Object(Map::new()));
        if let (Value::Object(own), Some(Value::Object(targets))) = (own, targets) {
            own.extend(targets);
        }
        schema
    }
}

#[cfg(test)]
mod tests {
    use device_models::units::Share;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields, rename_all = "kebab-case")]
    struct Own {
        how_much: u8,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        inner: Option<Inner>,
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        deep: u8,
    }

    fn read(json: &str) -> Result<WithTarget<Own>, (String, String)> {
        let mut reader = serde_json::Deserializer::from_str(json);
        serde_path_to_error::deserialize(&mut reader).map_err(|e| (e.path().to_string(), e.inner().to_string()))
    }

    /// In any order, and back to the same.
    #[test]
    fn options_and_target_share_a_mapping() {
        let one = read(r#"{"accuracy-gain": "90 %", "how-much": 3}"#).unwrap();
        assert_eq!(one, read(r#"{"how-much": 3, "accuracy-gain": 0.9}"#).unwrap());
        assert_eq!(one.target, Target::AccuracyGain(Share::new(0.9)));
        assert_eq!(one.options, Own { how_much: 3, inner: None });
        let written = serde_json::to_string(&one).unwrap();
        assert_eq!(read(&written).unwrap(), one, "{written}");
    }

    /// Errors name the place, inside options too, and all names there are.
    #[test]
    fn what_is_wrong_is_told_where_it_is() {
        let told = |json: &str| read(json).unwrap_err();
        let (_, what) = told(r#"{"how-much": 3, "acuracy": 0.9}"#);
        assert!(what.contains("unknown field `acuracy`") && what.contains("`how-much`, `inner`, `delta`"), "{what}");
        assert_eq!(told(r#"{"how-much": 3, "accuracy": 2}"#).0, "accuracy");
        assert_eq!(told(r#"{"inner": {"deep": "x"}, "accuracy": 0.9}"#).0, "inner.deep");
        let (_, what) = told(r#"{"how-much": 3}"#);
        assert!(what.contains("give exactly one of delta, accuracy-gain"), "{what}");
        assert!(told(r#"{"how-much": 3, "accuracy": 0.9, "delta": 0.1}"#).1.contains("give exactly one"));
        assert!(told(r#"{"how-much": 3, "accuracy": 0.9, "accuracy": 0.8}"#).1.contains("duplicate field"));
        assert!(told(r#"{"accuracy": 0.9}"#).1.contains("how-much"));
    }

    #[test]
    fn the_schema_has_both() {
        let schema = serde_json::to_value(schemars::schema_for!(WithTarget<Own>)).unwrap();
        let has = |name: &str| schema["properties"].get(name).is_some();
        assert!(["how-much", "inner", "accuracy-gain", "points"].into_iter().all(has), "{schema}");
        assert_eq!(schema["additionalProperties"], Value::Bool(false));
    }
}
