//! What a policy may know of networks before anything runs.

use std::borrow::Cow;

use inference::{Cut, CutName, Given, Network, Score};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::{Steps, StrategyError, Way};

/// The name that a scenario gives a network: `little`, `big`, or that of another one under `networks`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NetworkName(pub String);

impl NetworkName {
    /// The network on the devices.
    pub fn little() -> Self {
        Self("little".to_owned())
    }

    /// The network in the cloud.
    pub fn big() -> Self {
        Self("big".to_owned())
    }

    pub(super) fn is_little(&self) -> bool {
        *self == Self::little()
    }

    pub(super) fn is_big(&self) -> bool {
        *self == Self::big()
    }
}

impl JsonSchema for NetworkName {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Network".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "title": "the name of a network under `networks`" })
    }
}

/// A network: where it can be cut, and where it answers.
#[derive(Clone, Debug, PartialEq)]
pub struct Outline {
    name: String,
    cuts: Vec<Cut>,
    exits: Vec<Exit>,
}

/// A place where a network answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exit {
    /// The steps that must have run.
    pub steps: usize,
    /// The scores that its answers have.
    pub scores: Given,
}

impl Outline {
    /// The network that a scenario knows by that name.
    pub fn of(name: &str, network: &Network) -> Self {
        let graph = network.graph();
        let exit = |(number, exit): (usize, &inference::Exit)| Exit {
            steps: graph.steps_to(number),
            scores: Given::by_network(exit.predictor.is_some()),
        };
        let exits = graph.exits().iter().enumerate().map(exit).collect();
        Self { name: name.to_owned(), cuts: network.cuts().to_vec(), exits }
    }

    /// A model of which nothing is known but that its answers have these scores: it can be cut before and after all that
    /// it does.
    pub fn closed(name: &str, scores: Given) -> Self {
        let cut = |step: usize| Cut {
            step,
            after: Vec::new(),
            tensors: Vec::new(),
            layers_before: step,
            layers_after: 1 - step,
            macs_before: 0,
            macs_after: 0,
        };
        Self { name: name.to_owned(), cuts: vec![cut(0), cut(1)], exits: vec![Exit { steps: 1, scores }] }
    }
}

/// The networks of a scenario, in the order of their numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outlines(Vec<Outline>);

impl Outlines {
    /// Nothing is known yet, as when a file is checked before its networks are loaded: any name may be that of a network,
    /// of which nobody knows more.
    pub const UNKNOWN: Self = Self(Vec::new());

    /// These networks.
    pub fn new(networks: impl IntoIterator<Item = Outline>) -> Self {
        Self(networks.into_iter().collect())
    }

    /// Adds a network after the others.
    pub fn push(&mut self, network: Outline) {
        self.0.push(network);
    }

    /// Whether nothing is known yet.
    pub fn is_unknown(&self) -> bool {
        self.0.is_empty()
    }

    /// The network of that name.
    ///
    /// # Errors
    /// If there is none.
    pub fn find(&self, name: &NetworkName) -> Result<Way, StrategyError> {
        if self.is_unknown() {
            return Ok(if name.is_big() { Way::BIG } else { Way::LITTLE });
        }
        let place = self.0.iter().position(|outline| outline.name == name.0);
        place.and_then(|place| Way::all(self.0.len()).nth(place)).ok_or_else(|| StrategyError::Network {
            wanted: name.0.clone(),
            names: self.0.iter().map(|outline| outline.name.clone()).collect(),
        })
    }

    fn of(&self, network: Way) -> Option<&Outline> {
        self.0.get(network.network())
    }

    /// What the scenario calls a network.
    pub fn name(&self, network: Way) -> &str {
        self.of(network).map_or("?", |outline| &outline.name)
    }

    /// Where an answer comes from, in the scenario's words: `little`, `exit 0 of little`.
    pub fn place_of(&self, way: Way) -> String {
        let name = self.name(way);
        way.exit().map_or(name.to_owned(), |exit| format!("exit {exit} of {name}"))
    }

    /// The number of steps of a network; 0 if it is not known.
    pub fn steps(&self, network: Way) -> usize {
        self.of(network).map_or(0, |outline| outline.cuts.len() - 1)
    }

    /// After how many steps a cut of that name takes a network apart.
    ///
    /// # Errors
    /// If it has no such cut.
    pub fn cut(&self, network: Way, name: &CutName) -> Result<usize, StrategyError> {
        match (self.of(network), name) {
            (Some(Outline { name: of, cuts, .. }), name) => {
                Ok(inference::find_cut(cuts, name, of).map_err(StrategyError::Cut)?.step)
            }
            (None, CutName::Steps(steps)) => Ok(*steps),
            (None, CutName::Layer(_)) => Ok(1),
        }
    }

    /// Where a network answers, earliest first; none if it is not known.
    pub fn exits(&self, network: Way) -> &[Exit] {
        self.of(network).map_or(&[], |outline| &outline.exits)
    }

    /// The way to the answer of a network's exit of that number, and the steps up to there.
    pub fn to_exit(&self, network: Way, exit: usize) -> (Way, Steps) {
        match self.exits(network).get(exit) {
            Some(Exit { steps, .. }) if exit + 1 < self.exits(network).len() => {
                (network.at_exit(exit), Steps { from: 0, to: Some(*steps) })
            }
            _ => (network, Steps::ALL),
        }
    }

    /// Checks that the answers at each of these exits of a network have a score.
    ///
    /// # Errors
    /// If those of one have not.
    pub fn check_scores(
        &self,
        network: Way,
        exits: impl Iterator<Item = usize>,
        score: Score,
    ) -> Result<(), StrategyError> {
        let known = self.exits(network);
        for exit in exits {
            if known.get(exit).is_some_and(|exit| !exit.scores.has(score)) {
                let early = (exit + 1 < known.len()).then_some(exit);
                return Err(StrategyError::NoScore { network: self.name(network).to_owned(), early, score });
            }
        }
        Ok(())
    }

    /// Checks that the answers of the network on the devices have a score.
    ///
    /// # Errors
    /// If they have not.
    pub fn check_little(&self, score: Score) -> Result<(), StrategyError> {
        self.check_scores(Way::LITTLE, [self.last_exit(Way::LITTLE)].into_iter(), score)
    }

    /// The last of a network's exits.
    pub fn last_exit(&self, network: Way) -> usize {
        self.exits(network).len().saturating_sub(1)
    }
}

#[cfg(test)]
impl Outline {
    /// A network of so many steps that answers at its end.
    pub fn of_steps(name: &str, steps: usize) -> Self {
        let cut = |step| Cut {
            step,
            after: vec![format!("layer.{step}")],
            tensors: Vec::new(),
            layers_before: step,
            layers_after: steps - step,
            macs_before: 0,
            macs_after: 0,
        };
        let exits = vec![Exit { steps, scores: Given::by_network(true) }];
        Self { name: name.to_owned(), cuts: (0..=steps).map(cut).collect(), exits }
    }

    /// The same with exits after so many steps.
    #[must_use]
    pub fn with_exits(self, steps: &[usize], has_predictor: bool) -> Self {
        let exit = |steps: &usize| Exit { steps: *steps, scores: Given::by_network(has_predictor) };
        Self { exits: steps.iter().map(exit).collect(), ..self }
    }
}
