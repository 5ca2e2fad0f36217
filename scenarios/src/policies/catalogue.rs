//! The list of policies, and how one is read from a scenario file.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use analysis::{PolicyEntry, Role};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};

use super::{
    AppealNet, Calibration, Confidence, Decider, Decision, LocalOnly, OffloadAll, Oracle, Random, Ranking, Sample,
    Situation, Strategy, Target, Threshold, Unreachable, View, Way,
};

/// A policy as a scenario file specifies it: the type's fields are what the file writes behind its name.
pub trait Recipe: Serialize + DeserializeOwned + JsonSchema + Send + Sync + 'static {
    /// Its name in scenario files.
    const NAME: &'static str;

    /// What it needs besides its name, if it needs anything.
    const NEEDS: Option<&'static str> = None;

    /// Its kind, whatever its options.
    fn family(&self) -> String {
        Self::NAME.to_owned()
    }

    /// Its name in results: its kind, and what tells it from others of that kind.
    fn label(&self) -> String {
        match self.criterion() {
            Some(Criterion { target, .. }) => format!("{} {target}", self.family()),
            None => self.family(),
        }
    }

    /// What sentences call its kind.
    fn title(&self) -> String {
        self.family()
    }

    /// What it is in a comparison.
    fn role(&self) -> Role;

    /// What a request may take.
    fn strategy(&self) -> Strategy;

    /// By what it keeps answers, if it keeps those above a threshold.
    fn criterion(&self) -> Option<Criterion> {
        None
    }

    /// What decides, given the threshold of its criterion.
    fn decider(&self, threshold: Option<f64>) -> Decider {
        let rule = self.criterion().zip(threshold).map(|(Criterion { ranking, .. }, at)| Threshold { ranking, at });
        rule.map_or(Decider::Nothing, |rule| Decider::Rule(Box::new(rule)))
    }
}

/// What answers are ranked by, and what a threshold on it is to reach.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Criterion {
    /// What answers are ranked by; those below the threshold are referred.
    pub ranking: Ranking,
    /// What the threshold is to reach.
    pub target: Target,
}

impl Criterion {
    /// The threshold, if it can be told without looking at any image.
    pub fn given(&self) -> Option<f64> {
        match (self.ranking, self.target) {
            (_, Target::Delta(delta)) => Some(delta.get()),
            // Chance is uniform, so the share below a threshold is the threshold.
            (Ranking::Chance, Target::AppealRate(share)) => Some(share.get()),
            _ => None,
        }
    }
}

/// A policy as a file writes it: its name, or `{name: options}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Written(pub Value);

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

/// A policy that has been read: everything that can be said of it before it is calibrated.
#[derive(Clone)]
pub struct PolicySpec {
    /// Its name in results.
    pub label: String,
    /// Its kind, whatever its options.
    pub family: String,
    /// What sentences call its kind.
    pub title: String,
    /// What it is in a comparison.
    pub role: Role,
    /// What a request may take.
    pub strategy: Strategy,
    /// By what it keeps answers, if it keeps those above a threshold.
    pub criterion: Option<Criterion>,
    written: Value,
    decider: Arc<dyn Fn(Option<f64>) -> Decider + Send + Sync>,
}

/// A policy, ready to decide.
pub struct Policy {
    /// What a request may take.
    pub strategy: Strategy,
    /// What decides where there is a choice.
    pub decider: Decider,
    /// The score at which it keeps an answer, if it has one.
    pub threshold: Option<f64>,
}

impl Policy {
    /// Whether it sends up an image of a half, of which both networks' answers are known.
    pub fn sends_up(&self, sample: &Sample) -> bool {
        let Sample { little, little_right, big_right, chance, .. } = *sample;
        let mut truth = |way: Way| if way == Way::LITTLE { little_right } else { big_right };
        let last = self.strategy.segments.len();
        for run in 0..=last {
            // On the device, every answer of such a strategy is the little network's.
            let answers = vec![little; self.strategy.exits(run).count()];
            let (chance, situation) = (|| chance, Situation::default);
            let Some(view) = View::new(&self.strategy, run, &answers, &chance, &situation) else { return false };
            match self.decider.decide(&view, &mut truth) {
                Decision::Answer(_) => return false,
                Decision::Offload(_) => return true,
                Decision::Continue(_) => {}
            }
        }
        false
    }
}

impl PolicySpec {
    fn new<R: Recipe>(recipe: R) -> Self {
        let options = serde_json::to_value(&recipe).unwrap_or_default();
        let written = match options {
            Value::Null => Value::String(R::NAME.to_owned()),
            options => Value::Object(Map::from_iter([(R::NAME.to_owned(), options)])),
        };
        Self {
            label: recipe.label(),
            family: recipe.family(),
            title: recipe.title(),
            role: recipe.role(),
            strategy: recipe.strategy(),
            criterion: recipe.criterion(),
            written,
            decider: Arc::new(move |threshold| recipe.decider(threshold)),
        }
    }

    /// The target of its threshold, if it has one.
    pub fn target(&self) -> Option<Target> {
        self.criterion.map(|criterion| criterion.target)
    }

    /// As a file writes it, in its shortest form.
    pub fn written(&self) -> Written {
        Written(self.written.clone())
    }

    /// The criterion, if its threshold has to be found on the calibration half.
    pub fn calibrated(&self) -> Option<Criterion> {
        self.criterion.filter(|criterion| criterion.given().is_none())
    }

    /// Makes the policy; `calibration` yields the calibration half when a threshold has to be found.
    ///
    /// # Errors
    /// If no threshold reaches what is asked for.
    pub fn build(&self, calibration: &Calibration) -> Result<Policy, Unreachable> {
        let threshold = |criterion: Criterion| match criterion.given() {
            Some(threshold) => Ok(threshold),
            None => calibration.threshold(criterion.target, criterion.ranking),
        };
        let threshold = self.criterion.map(threshold).transpose()?;
        Ok(Policy { strategy: self.strategy.clone(), decider: (self.decider)(threshold), threshold })
    }

    /// What a result says of it.
    pub fn entry(&self, threshold: Option<f64>) -> PolicyEntry {
        PolicyEntry {
            policy: self.label.clone(),
            family: self.family.clone(),
            title: self.title.clone(),
            role: self.role,
            target: self.target().and_then(|target| serde_json::to_value(target).ok()),
            spec: self.written.clone(),
            threshold,
        }
    }
}

/// Its name in results.
impl fmt::Display for PolicySpec {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.label)
    }
}

impl fmt::Debug for PolicySpec {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_tuple("PolicySpec").field(&self.written).finish()
    }
}

impl PartialEq for PolicySpec {
    fn eq(&self, other: &Self) -> bool {
        self.written == other.written
    }
}

impl Serialize for PolicySpec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.written.serialize(serializer)
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
    /// It is neither a name nor one name with options.
    Shape,
}

/// A policy of the list.
#[derive(Clone, Copy)]
struct Entry {
    name: &'static str,
    /// Reads it from its options, if there are any.
    read: fn(Option<&Value>) -> Result<PolicySpec, NotRead>,
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
            .with::<AppealNet>()
            .with::<Confidence>()
            .with::<Random>()
            .with::<Oracle>()
    }

    /// The same and one more.
    #[must_use]
    pub fn with<R: Recipe>(mut self) -> Self {
        self.0.push(Entry { name: R::NAME, read: read::<R>, schema: schema::<R> });
        self
    }

    /// Reads a policy.
    ///
    /// # Errors
    /// If there is none of that name, or its options are wrong.
    pub fn read(&self, written: &Written) -> Result<PolicySpec, NotRead> {
        let (name, options) = match &written.0 {
            Value::String(name) => (name, None),
            Value::Object(fields) if fields.len() == 1 => match fields.iter().next() {
                Some((name, options)) => (name, Some(options)),
                None => return Err(NotRead::Shape),
            },
            _ => return Err(NotRead::Shape),
        };
        match self.0.iter().find(|entry| entry.name == name) {
            Some(entry) => (entry.read)(options),
            None => {
                let allowed = self.0.iter().map(|entry| entry.name).collect();
                Err(NotRead::Unknown { name: name.clone(), allowed })
            }
        }
    }
}

fn read<R: Recipe>(options: Option<&Value>) -> Result<PolicySpec, NotRead> {
    let alone =
        || serde_json::from_value::<R>(Value::Null).or_else(|_| serde_json::from_value(Value::Object(Map::new())));
    let Some(options) = options else {
        return alone().map(PolicySpec::new).map_err(|why| match R::NEEDS {
            Some(needs) => NotRead::NeedsMore { name: R::NAME, needs },
            None => NotRead::Options { place: R::NAME.to_owned(), what: why.to_string() },
        });
    };
    serde_path_to_error::deserialize::<_, R>(options).map(PolicySpec::new).map_err(|why| {
        if serde_json::from_value::<R>(Value::Null).is_ok() {
            return NotRead::NeedsNothing(R::NAME);
        }
        let inside = why.path().to_string();
        let place = if inside == "." { R::NAME.to_owned() } else { format!("{}.{inside}", R::NAME) };
        NotRead::Options { place, what: why.inner().to_string() }
    })
}

fn schema<R: Recipe>(generator: &mut SchemaGenerator) -> Schema {
    let own = R::json_schema(generator);
    let about = own.get("description").and_then(Value::as_str).unwrap_or_default().to_owned();
    if own.get("type") == Some(&Value::from("null")) {
        return json_schema!({ "description": about, "type": "string", "const": R::NAME });
    }
    let options = generator.subschema_for::<R>();
    json_schema!({
        "description": about,
        "type": "object",
        "properties": { (R::NAME): options },
        "required": [R::NAME],
        "additionalProperties": false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(yaml: &str) -> Result<PolicySpec, NotRead> {
        Catalogue::standard().read(&serde_yaml::from_str(yaml).unwrap())
    }

    #[test]
    fn what_is_wrong_with_a_policy_is_told_where_it_is() {
        let told = |yaml: &str| read(yaml).unwrap_err();
        let NotRead::Unknown { name, allowed } = told("apealnet") else { panic!("it is unknown") };
        assert_eq!((name.as_str(), allowed.len()), ("apealnet", 6));
        assert!(matches!(told("confidence"), NotRead::NeedsMore { name: "confidence", .. }));
        assert_eq!(told("oracle: {delta: 0.5}"), NotRead::NeedsNothing("oracle"));
        assert!(matches!(told("appealnet: {delta: 2}"), NotRead::Options { place, .. } if place == "appealnet.delta"));
        for shape in ["5", "[oracle]", "{oracle: null, random: {delta: 0.5}}"] {
            assert_eq!(told(shape), NotRead::Shape, "{shape}");
        }
    }

    /// However it was written, it is written in one way.
    #[test]
    fn equal_policies_are_written_alike() {
        let written = |yaml: &str| read(yaml).unwrap().written();
        assert_eq!(written("appealnet: {delta: 0.5}"), written("appealnet: {delta: 50 %}"));
        assert_eq!(written("oracle"), written("oracle: null"));
        assert_eq!(read("oracle").unwrap().written().0, Value::from("oracle"));
        let again = Catalogue::standard().read(&written("confidence: {score: margin, accuracy: 90 %}")).unwrap();
        assert_eq!(again.to_string(), "margin accuracy 90 %");
    }
}
