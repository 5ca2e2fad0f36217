//! The list of policies, and how one is read from a scenario file.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value};

use super::{
    AdaptiveSplit, AppealNet, AutoSplit, Bound, Calibration, Cascade, Confidence, Decider, EarlyExit, LocalOnly,
    OffloadAll, Oracle, Outlines, PolicySpec, Random, Recipe, Split, SplitOracle, StrategyError, Unusable, WithTarget,
    Written,
};

/// The schema of the policies that ship.
impl JsonSchema for Written {
    fn schema_name() -> Cow<'static, str> {
        "Policy".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let forms: Vec<Schema> = Catalogue::standard().0.iter().map(|entry| (entry.schema)(generator)).collect();
        json_schema!({ "description": "A policy: its name, or its name with what it needs.", "oneOf": forms })
    }
}

/// Why a policy cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotRead {
    /// There is none of that name.
    Unknown {
        /// That name.
        name: String,
        /// The names there are.
        allowed: Vec<&'static str>,
    },
    /// Its name alone is not enough.
    NeedsMore {
        /// Its name.
        name: &'static str,
        /// What it needs.
        needs: &'static str,
    },
    /// It needs nothing besides its name.
    NeedsNothing(&'static str),
    /// Something in its options is wrong.
    Options {
        /// Where, from the policy's name on.
        place: String,
        /// What, in serde's words.
        what: String,
    },
    /// The networks are not those it needs.
    Networks {
        /// Its name.
        name: &'static str,
        /// What is missing.
        why: StrategyError,
    },
    /// It is neither a name nor one name with options.
    Shape,
}

/// A policy of the list.
#[derive(Clone, Copy)]
struct Entry {
    name: &'static str,
    /// Reads it from its options, if there are any.
    read: fn(Option<&Value>, &Outlines) -> Result<PolicySpec, NotRead>,
    /// How the JSON Schema describes it.
    schema: fn(&mut SchemaGenerator) -> Schema,
}

/// The policies that scenario files may name.
#[derive(Clone)]
pub struct Catalogue(Vec<Entry>);

impl Catalogue {
    /// The policies that ship.
    pub fn standard() -> Self {
        Self(Vec::new())
            .with::<LocalOnly>()
            .with::<OffloadAll>()
            .with::<WithTarget<AppealNet>>()
            .with::<WithTarget<Confidence>>()
            .with::<Random>()
            .with::<Oracle>()
            .with::<WithTarget<EarlyExit>>()
            .with::<WithTarget<Cascade>>()
            .with::<Split>()
            .with::<AdaptiveSplit>()
            .with::<AutoSplit>()
            .with::<SplitOracle>()
    }

    /// The same and one more, in place of any of the same name.
    #[must_use]
    pub fn with<R: Recipe>(mut self) -> Self {
        self.0.retain(|entry| entry.name != R::NAME);
        self.0.push(Entry { name: R::NAME, read: read::<R>, schema: schema::<R> });
        self
    }

    /// The bounds that need nothing besides their name, each with its name in results.
    pub fn bounds(&self) -> impl Iterator<Item = (String, Box<dyn Bound>)> {
        let bound = |entry: &Entry| {
            let spec = (entry.read)(None, &Outlines::UNKNOWN).ok()?;
            match spec.build(&Calibration::NONE).ok()?.decider {
                Decider::Bound(bound) => Some((spec.label, bound)),
                _ => None,
            }
        };
        self.0.iter().filter_map(bound)
    }

    /// Reads a policy for these networks.
    ///
    /// # Errors
    /// If there is none of that name, or its options are wrong.
    pub fn read(&self, written: &Written, networks: &Outlines) -> Result<PolicySpec, NotRead> {
        let (name, options) = match &written.0 {
            Value::String(name) => (name, None),
            Value::Object(fields) if fields.len() == 1 => match fields.iter().next() {
                Some((name, options)) => (name, Some(options)),
                None => return Err(NotRead::Shape),
            },
            _ => return Err(NotRead::Shape),
        };
        match self.0.iter().find(|entry| entry.name == name) {
            Some(entry) => (entry.read)(options, networks),
            None => {
                let allowed = self.0.iter().map(|entry| entry.name).collect();
                Err(NotRead::Unknown { name: name.clone(), allowed })
            }
        }
    }
}

fn read<R: Recipe>(options: Option<&Value>, networks: &Outlines) -> Result<PolicySpec, NotRead> {
    let alone =
        || serde_json::from_value::<R>(Value::Null).or_else(|_| serde_json::from_value(Value::Object(Map::new())));
    let spec = |recipe: R| {
        PolicySpec::new(recipe, networks).map_err(|why| match why {
            Unusable::Unwritten(why) => NotRead::Options { place: R::NAME.to_owned(), what: why.to_string() },
            Unusable::Strategy(why) => NotRead::Networks { name: R::NAME, why },
        })
    };
    let Some(options) = options.filter(|options| !options.is_null()) else {
        let recipe = alone().map_err(|why| match R::NEEDS {
            Some(needs) => NotRead::NeedsMore { name: R::NAME, needs },
            None => NotRead::Options { place: R::NAME.to_owned(), what: why.to_string() },
        });
        return recipe.and_then(spec);
    };
    let recipe = serde_path_to_error::deserialize::<_, R>(options).map_err(|why| {
        if serde_json::from_value::<R>(Value::Null).is_ok() {
            return NotRead::NeedsNothing(R::NAME);
        }
        let inside = why.path().to_string();
        let place = if inside == "." { R::NAME.to_owned() } else { format!("{}.{inside}", R::NAME) };
        NotRead::Options { place, what: why.inner().to_string() }
    });
    recipe.and_then(spec)
}

fn schema<R: Recipe>(generator: &mut SchemaGenerator) -> Schema {
    let own = R::json_schema(generator);
    let about = own.get("description").and_then(Value::as_str).unwrap_or_default().to_owned();
    if own.get("type") == Some(&Value::from("null")) {
        return json_schema!({ "description": about, "type": "string", "const": R::NAME });
    }
    let options = generator.subschema_for::<R>();
    let with_options = json_schema!({
        "description": about,
        "type": "object",
        "properties": { (R::NAME): options },
        "required": [R::NAME],
        "additionalProperties": false,
    });
    match serde_json::from_value::<R>(Value::Object(Map::new())).is_ok() {
        false => with_options,
        true => json_schema!({
            "description": about,
            "anyOf": [{ "type": "string", "const": R::NAME }, with_options],
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(yaml: &str) -> Result<PolicySpec, NotRead> {
        Catalogue::standard().read(&serde_yaml::from_str(yaml).unwrap(), &Outlines::UNKNOWN)
    }

    #[test]
    fn what_is_wrong_with_a_policy_is_told_where_it_is() {
        let told = |yaml: &str| read(yaml).unwrap_err();
        let NotRead::Unknown { name, allowed } = told("apealnet") else { panic!("it is unknown") };
        assert_eq!((name.as_str(), allowed.len()), ("apealnet", 12));
        assert!(matches!(told("confidence"), NotRead::NeedsMore { name: "confidence", .. }));
        assert_eq!(told("oracle: {delta: 0.5}"), NotRead::NeedsNothing("oracle"));
        assert!(matches!(told("appealnet: {delta: 2}"), NotRead::Options { place, .. } if place == "appealnet.delta"));
        for shape in ["5", "[oracle]", "{oracle: null, random: {delta: 0.5}}"] {
            assert_eq!(told(shape), NotRead::Shape, "{shape}");
        }
    }

    /// Of those that ship it is the oracle alone; whatever comes in its place is found as well.
    #[test]
    fn bounds_are_known_by_what_decides() {
        let names = |catalogue: &Catalogue| catalogue.bounds().map(|(name, _)| name).collect::<Vec<_>>();
        let standard = Catalogue::standard();
        assert_eq!(names(&standard), ["oracle"]);
        assert_eq!(names(&standard.with::<Oracle>()), ["oracle"]);
        assert!(names(&Catalogue(Vec::new()).with::<Random>().with::<LocalOnly>()).is_empty());
    }

    /// However it was written, it is written in one way.
    #[test]
    fn equal_policies_are_written_alike() {
        let written = |yaml: &str| read(yaml).unwrap().written();
        assert_eq!(written("appealnet: {delta: 0.5}"), written("appealnet: {delta: 50 %}"));
        assert_eq!(written("oracle"), written("oracle: null"));
        assert_eq!(read("oracle").unwrap().written().0, Value::from("oracle"));
        let again = Catalogue::standard()
            .read(&written("confidence: {score: margin, accuracy: 90 %}"), &Outlines::UNKNOWN)
            .unwrap();
        assert_eq!(again.to_string(), "margin accuracy 90 %");
    }
}
