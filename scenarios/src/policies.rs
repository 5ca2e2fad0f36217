//! Which requests a device answers itself, and which it sends up.
//!
//! A policy has two halves. Its [`Strategy`] says what a request may take: which segments of networks the device runs,
//! where these end in an answer, and what can be sent up instead. Its [`Decider`] chooses among that, request by
//! request, from a [`View`] of what the device knows. The room knows neither scenario files nor simulated devices:
//! targets and scores go in, decisions come out.
//!
//! A policy is a file in this folder, which implements [`Recipe`], and a line in [`Catalogue::standard`]. Nothing else
//! knows policies by name: comparisons know their [`analysis::Role`], charts and tables their family.

mod appealnet;
mod calibration;
mod catalogue;
mod confidence;
mod curve;
mod decider;
mod local_only;
mod offload_all;
mod oracle;
mod random;
mod recipe;
mod sample;
mod score;
mod spec;
mod strategy;
mod target;
#[cfg(test)]
mod tests;
mod view;

pub use appealnet::AppealNet;
pub use calibration::Calibration;
pub use catalogue::{Catalogue, NotRead};
pub use confidence::Confidence;
pub use curve::{Curve, Missed, Ranked};
pub use decider::{Bound, Decider, Rule, Threshold, Truth};
pub use local_only::LocalOnly;
pub use offload_all::OffloadAll;
pub use oracle::Oracle;
pub use random::Random;
pub use recipe::{Criterion, Recipe};
pub use sample::Sample;
pub use score::{Ranking, Score};
pub use spec::{Policy, PolicySpec, Written};
pub use strategy::{Layers, Offload, Payload, Segment, Step, Strategy, Tail, Way};
pub use target::{OneOrMore, Target, TargetFields, Unreachable};
pub use view::{Answered, Decision, Onward, Situation, Upward, View};

#[cfg(test)]
pub use tests::{entry, spec};
