//! A policy that has been read from a file, whatever its type.

use std::fmt;
use std::sync::Arc;

use analysis::{PolicyEntry, Role, Stage};
use inference::{Answer, Score};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};

use super::{
    Calibration, Criterion, Decider, Decision, Logistic, Outlines, Ranking, Recipe, SplitWanted, Strategy,
    StrategyError, SureEnough, Surroundings, Target, Truth, Unreachable, View, Way,
};

/// A policy as a file writes it: its name, or `{name: options}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Written(pub Value);

/// A policy that has been read: everything that can be said of it before it is calibrated.
#[derive(Clone)]
pub struct PolicySpec {
    /// Its name in results.
    pub label: String,
    /// Its kind, whatever its options.
    pub family: String,
    /// Its name without its target, which policies share that differ in nothing else.
    pub variant: String,
    /// What sentences call its kind.
    pub title: String,
    /// What it is in a comparison.
    pub role: Role,
    /// What a request may take.
    pub strategy: Strategy,
    /// By what it keeps answers, if it keeps those above a threshold.
    pub criterion: Option<Criterion>,
    /// By what it keeps the first answer that is sure enough, if it keeps that.
    pub sure_enough: Option<SureEnough>,
    /// What is to be planned for it, if anything is.
    pub split_wanted: Option<SplitWanted>,
    /// The threshold that was found for it by running the scenario, if its target is a budget.
    pub found: Option<f64>,
    /// What was planned for it.
    pub planned: Option<String>,
    /// What its threshold is to reach, as a file writes it, if it has one.
    target: Option<Value>,
    written: Value,
    decider: Arc<dyn Fn(Option<f64>) -> Decider + Send + Sync>,
}

/// Why there is no such policy.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// Its options cannot be written.
    #[error(transparent)]
    Unwritten(#[from] serde_json::Error),
    /// The networks are not those it needs.
    #[error(transparent)]
    Strategy(#[from] StrategyError),
}

/// A policy, ready to decide.
pub struct Policy {
    /// What a request may take.
    pub strategy: Strategy,
    /// What decides where there is a choice.
    pub decider: Decider,
    /// The score at which it keeps an answer, if it has one; where it has curves, the probability.
    pub threshold: Option<f64>,
    /// How likely answers are to be right by their scores, exit by exit, if it decides by that.
    pub curves: Vec<Logistic>,
}

impl Policy {
    /// What it does with a request after `run` segments whose exits gave `answers`, where there is a choice; none if there
    /// is nothing to do, which [`Strategy::check`] rules out.
    pub fn next(
        &self,
        run: usize,
        answers: &[Answer],
        around: &dyn Surroundings,
        truth: &mut Truth,
    ) -> Option<Decision> {
        let view = View::new(&self.strategy, run, answers, around)?;
        Some(self.decider.decide(&view, truth))
    }
}

impl PolicySpec {
    /// What `recipe` says of these networks, whatever its type.
    ///
    /// # Errors
    /// If its options cannot be written, or the networks are not those it needs.
    pub fn new<R: Recipe>(recipe: R, networks: &Outlines) -> Result<Self, Unusable> {
        let options = serde_json::to_value(&recipe)?;
        let (criterion, sure_enough) = (recipe.criterion(), recipe.sure_enough());
        let target = criterion.map(|criterion| criterion.target).or(sure_enough.map(|sure| sure.target));
        let label = recipe.label();
        let variant = target.map_or(label.clone(), |target| label.replacen(&format!(" {target}"), "", 1));
        let target = target.map(serde_json::to_value).transpose()?;
        let written = match options {
            Value::Null => Value::String(R::NAME.to_owned()),
            Value::Object(options) if options.is_empty() => Value::String(R::NAME.to_owned()),
            options => Value::Object(Map::from_iter([(R::NAME.to_owned(), options)])),
        };
        Ok(Self {
            label,
            family: recipe.family(),
            variant,
            title: recipe.title(),
            role: recipe.role(),
            strategy: recipe.strategy(networks)?,
            criterion,
            sure_enough,
            split_wanted: recipe.split_wanted(),
            found: None,
            planned: None,
            target,
            written,
            decider: Arc::new(move |threshold| recipe.decider(threshold)),
        })
    }

    /// The target of its threshold, if it has one.
    pub fn target(&self) -> Option<Target> {
        self.criterion.map(|criterion| criterion.target).or(self.sure_enough.map(|sure| sure.target))
    }

    /// The score that it ranks answers by, if it does.
    pub fn score(&self) -> Option<Score> {
        match (self.criterion.map(|criterion| criterion.ranking), self.sure_enough) {
            (Some(Ranking::Score(score)), _) | (None, Some(SureEnough { score, .. })) => Some(score),
            _ => None,
        }
    }

    /// Whether anything about it has to be found on the calibration half.
    pub fn needs_calibration(&self) -> bool {
        self.calibrated().is_some() || self.sure_enough.is_some()
    }

    /// As a file writes it, in its shortest form.
    pub fn written(&self) -> Written {
        Written(self.written.clone())
    }

    /// The criterion, if its threshold has to be found on the calibration half.
    pub fn calibrated(&self) -> Option<Criterion> {
        self.criterion.filter(|_| self.given().is_none())
    }

    /// Its threshold, if it can be told without looking at any image.
    pub fn given(&self) -> Option<f64> {
        self.found.or(self.criterion.and_then(|criterion| criterion.given()))
    }

    /// Makes the policy; if it has a threshold to find, on `calibration`.
    ///
    /// # Errors
    /// If no threshold reaches what is asked for.
    pub fn build(&self, calibration: &Calibration) -> Result<Policy, Unreachable> {
        if let Some(sure_enough) = self.sure_enough {
            let stages = calibration.stages(sure_enough, &self.strategy)?;
            let (threshold, strategy, curves) = (Some(stages.threshold), self.strategy.clone(), stages.curves.clone());
            return Ok(Policy { strategy, decider: Decider::Rule(Box::new(stages)), threshold, curves });
        }
        let threshold = |criterion: Criterion| match self.given() {
            Some(threshold) => Ok(threshold),
            None => calibration.threshold(criterion, &self.strategy),
        };
        Ok(self.with_threshold(self.criterion.map(threshold).transpose()?))
    }

    /// The policy, if its threshold need not be found; with no threshold, it refers all.
    pub(crate) fn with_given_threshold(&self) -> Policy {
        self.with_threshold(self.given())
    }

    /// The policy with this threshold.
    pub(crate) fn with_threshold(&self, threshold: Option<f64>) -> Policy {
        Policy { strategy: self.strategy.clone(), decider: (self.decider)(threshold), threshold, curves: Vec::new() }
    }

    /// What a result says of it, made into a policy for these networks.
    pub fn entry(&self, made: &Policy, networks: &Outlines) -> PolicyEntry {
        let score = self.sure_enough.map_or("", |sure| sure.score.name());
        let stage = |(way, curve): (Way, &Logistic)| Stage {
            name: networks.place_of(way),
            score: score.to_owned(),
            slope: curve.slope,
            offset: curve.offset,
        };
        let exits = made.strategy.exits(made.strategy.segments.len());
        PolicyEntry {
            policy: self.label.clone(),
            family: self.family.clone(),
            variant: self.variant.clone(),
            title: self.title.clone(),
            role: self.role,
            target: self.target.clone(),
            spec: self.written.clone(),
            threshold: made.threshold,
            stages: exits.zip(&made.curves).map(stage).collect(),
            chooses_cuts: made.strategy.offloads.iter().filter(|offload| offload.cut().is_some()).count() > 1,
            planned: self.planned.clone(),
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
