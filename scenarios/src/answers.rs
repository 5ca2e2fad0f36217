//! Where answers come from.
//!
//! A question is an [`Observation`], and a [`Way`] in which it is to be answered. Whatever can answer it implements
//! [`Answers`]: [`Models`], which run the networks and look up what was recorded of others, or [`Remembered`], which asks
//! another source once and keeps what it said. An answer is a function of its question alone, so where it comes from
//! changes nothing but the time it takes.
//!
//! This room knows images and networks, but no plan, no policy's decision and no simulated time.

mod evaluator;
mod model;
mod models;
mod networks;
mod observation;
mod parallel;
mod recorded_answers;
mod remembered;
mod scratch;

use inference::Answer;

use crate::identity::Identity;
use crate::policies::{Crossing, Way};

pub use evaluator::Evaluator;
pub use model::Model;
pub use models::Models;
pub use networks::{Calls, Networks};
pub use observation::{Observation, QuestionId};
pub(crate) use parallel::in_parallel;
pub use recorded_answers::RecordedAnswers;
pub use remembered::Remembered;
pub use scratch::Scratch;

/// A source of answers.
pub trait Answers: Send + Sync {
    /// The answer to what a device sees, got in a way. Once `scratch` has been used, nothing is allocated for it, unless
    /// the answer is kept.
    fn answer(&self, way: Way, observation: &Observation, scratch: &mut Scratch) -> Answer;

    /// Bytes of what crosses a cut of a network that has seen this.
    fn bytes(&self, crossing: &Crossing, observation: &Observation, scratch: &mut Scratch) -> u64;

    /// Identifies everything that an answer depends on besides its question.
    fn identity(&self) -> Identity;

    /// How often the kernels of a network ran.
    fn runs(&self, way: Way) -> u64;
}
