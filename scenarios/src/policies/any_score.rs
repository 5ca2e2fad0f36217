use std::borrow::Cow;

use inference::Score;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Any score by its name, that of a predictor head among them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AnyScore(pub Score);

impl Serialize for AnyScore {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.name())
    }
}

impl<'de> Deserialize<'de> for AnyScore {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = Cow::<str>::deserialize(deserializer)?;
        let unknown = || {
            let names: Vec<String> = Score::all().map(|score| format!("`{}`", score.name())).collect();
            de::Error::custom(format!("unknown variant `{name}`, expected one of {}", names.join(", ")))
        };
        Score::named(&name).map(Self).ok_or_else(unknown)
    }
}

impl JsonSchema for AnyScore {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "AnyScore".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let names: Vec<&str> = Score::all().map(Score::name).collect();
        json_schema!({ "type": "string", "enum": names })
    }
}
