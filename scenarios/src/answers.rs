//! Where answers come from.
//!
//! A question is an [`Observation`], and a [`Way`] in which it is to be answered. Whatever can answer it implements
//! [`Answers`]: [`Kernels`], which run the networks, or [`Remembered`], which asks another source once and keeps what it
//! said. An answer is a function of its question alone, so where it comes from changes nothing but the time it takes.
//!
//! This room knows images and networks, but no plan, no policy's decision and no simulated time.

mod evaluator;
mod kernels;
mod networks;
mod observation;
mod parallel;
mod remembered;

use inference::{Answer, Scratch};

use crate::identity::Identity;
use crate::policies::Way;

pub use evaluator::Evaluator;
pub use kernels::Kernels;
pub use networks::{Calls, Networks};
pub use observation::{Observation, QuestionId};
pub(crate) use parallel::in_parallel;
pub use remembered::Remembered;

/// A source of answers.
pub trait Answers: Send + Sync {
    /// The answer to what a device sees, got in a way. Once `scratch` has been used, nothing is allocated for it, unless
    /// the answer is kept.
    fn answer(&self, way: Way, observation: &Observation, scratch: &mut Scratch) -> Answer;

    /// Identifies everything that an answer depends on besides its question.
    fn identity(&self) -> Identity;

    /// How often the kernels ran for a way.
    fn runs(&self, way: Way) -> u64;
}
