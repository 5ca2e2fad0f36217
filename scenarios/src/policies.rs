//! Which requests a device answers itself, and which it sends up.
//!
//! A policy has two halves. Its [`Strategy`] says what a request may take: which segments of networks the device runs,
//! where these end in an answer, and what can be sent up instead. Its [`Decider`] chooses among that, request by
//! request, from a [`View`] of what the device knows. The room knows neither scenario files nor simulated devices:
//! targets and scores go in, decisions come out.
//!
//! A policy is a type that implements [`Recipe`], and an entry of a [`Catalogue`]: of those that ship, each is a file in
//! this folder and a line in [`Catalogue::standard`]. Nothing else knows policies by name: comparisons know their
//! [`analysis::Role`], charts and tables their family. One of your own, which appeals at random while its radio is awake
//! anyway:
//!
//! ```
//! use analysis::Role;
//! use scenarios::Source;
//! use scenarios::policies::{Catalogue, Decider, Decision, Outlines, Recipe, Rule, Strategy, StrategyError, View};
//! use schemars::JsonSchema;
//! use serde::{Deserialize, Serialize};
//!
//! /// As a scenario file writes it: `opportunist: {share: 0.3}`.
//! #[derive(Clone, Serialize, Deserialize, JsonSchema)]
//! #[serde(deny_unknown_fields)]
//! struct Opportunist {
//!     share: f64,
//! }
//!
//! impl Recipe for Opportunist {
//!     const NAME: &'static str = "opportunist";
//!
//!     fn role(&self) -> Role {
//!         Role::Method
//!     }
//!
//!     fn strategy(&self, _: &Outlines) -> Result<Strategy, StrategyError> {
//!         Ok(Strategy::answer_or_appeal())
//!     }
//!
//!     fn decider(&self, _threshold: Option<f64>) -> Decider {
//!         Decider::Rule(Box::new(self.clone()))
//!     }
//! }
//!
//! impl Rule for Opportunist {
//!     fn decide(&self, view: &View) -> Decision {
//!         let appeals = view.situation().radio_ready && view.chance() < self.share;
//!         if appeals { view.refer() } else { view.keep() }
//!     }
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let source = Source::read("files/quickstart.yaml".as_ref(), &["policies.2={opportunist: {share: 0.3}}".into()])?;
//! let source = source.with_policies(Catalogue::standard().with::<Opportunist>());
//! let scenario = source.scenario()?;
//! assert_eq!(source.policies(&scenario, &Outlines::UNKNOWN).unwrap()[2].label, "opportunist");
//! # Ok(())
//! # }
//! ```

mod adaptive_split;
mod any_score;
mod appealnet;
mod appeals;
mod auto_split;
mod calibration;
mod cascade;
mod catalogue;
mod chain;
mod confidence;
mod curve;
mod cuts;
mod decider;
mod early_exit;
mod forecast;
mod foreseen;
mod goal;
mod local_only;
mod logistic;
mod offload_all;
mod oracle;
mod outline;
mod random;
mod ranking;
mod reach;
mod recipe;
mod sample;
mod sequence;
mod spec;
mod split;
mod split_oracle;
mod split_wanted;
mod stages;
mod steps;
mod strategy;
mod strategy_error;
mod surroundings;
mod target;
#[cfg(test)]
mod tests;
mod view;
mod way;
mod with_target;

pub use adaptive_split::AdaptiveSplit;
pub use any_score::AnyScore;
pub use appealnet::AppealNet;
pub use auto_split::AutoSplit;
pub use calibration::Calibration;
pub use cascade::Cascade;
pub use catalogue::{Catalogue, NotRead};
pub use chain::Chain;
pub use confidence::Confidence;
pub use curve::{Candidate, Curve, Ranked};
pub use cuts::{Cuts, CutsFor};
pub use decider::{Bound, Decider, Rule, Threshold, Truth};
pub use early_exit::EarlyExit;
pub use forecast::{Channel, Draw, Expectations, Expected, Finish};
pub use foreseen::{Ending, Foreseen};
pub use goal::Goal;
pub use local_only::LocalOnly;
pub use logistic::Logistic;
pub use offload_all::OffloadAll;
pub use oracle::Oracle;
pub use outline::{Exit, NetworkName, Outline, Outlines};
pub use random::Random;
pub use ranking::Ranking;
pub use reach::Missed;
pub use recipe::{Criterion, Recipe};
pub use sample::{ImageAnswers, Sample};
pub use sequence::Unsure;
pub use spec::{Policy, PolicySpec, Unusable, Written};
pub use split::Split;
pub use split_oracle::SplitOracle;
pub use split_wanted::SplitWanted;
pub use stages::{Stages, SureEnough};
pub use steps::Steps;
pub use strategy::{Choice, Offload, Payload, Segment, Strategy, Tail};
pub use strategy_error::StrategyError;
pub use surroundings::{Situation, Surroundings};
pub use target::{NotOneTarget, OneOrMore, Target, TargetFields, Unreachable};
pub use view::{Answered, Decision, Onward, Upward, View};
pub use way::{Across, Crossing, Way};
pub use with_target::WithTarget;

#[cfg(test)]
pub use tests::{Nowhere, entry, of_pair, spec};
