//! Why there can be no such strategy.

use inference::{CutError, Score};

/// Why a policy can have no strategy, or one that does not fit together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StrategyError {
    /// A network that the scenario does not have.
    #[error("unknown network '{wanted}'")]
    Network {
        /// Its name.
        wanted: String,
        /// The names there are.
        names: Vec<String>,
    },
    /// A place where a network cannot be cut.
    #[error(transparent)]
    Cut(CutError),
    /// A network without early exits.
    #[error("network '{network}' has no exit before its end")]
    NoEarlyExit {
        /// The network.
        network: String,
    },
    /// The same network twice where one comes after the other.
    #[error("network '{network}' would run twice: its answer would be the same")]
    Twice {
        /// The network.
        network: String,
    },
    /// An answer is judged by a score that it does not have.
    #[error("network '{network}' has no {}{}", lacks(*score), early.map_or(String::new(), |exit| format!(" at its exit {exit}")))]
    NoScore {
        /// The network.
        network: String,
        /// The number of its early exit; none at its end.
        early: Option<usize>,
        /// The score.
        score: Score,
    },
    /// More segments or offloads than can be numbered.
    #[error("at most {most} segments and {most} offloads are allowed")]
    TooMany {
        /// The most.
        most: usize,
    },
    /// An offload that can never be chosen.
    #[error("an offload comes after {after} segments, but there are only {segments}")]
    TooLate {
        /// Segments that it comes after.
        after: usize,
        /// Segments that there are.
        segments: usize,
    },
    /// A tensor is to be sent up where there is none.
    #[error("before any segment there is no tensor to send up")]
    NoTensor,
    /// A request has nothing to do.
    #[error("the last segment ends in no answer, and nothing can be sent up after it")]
    DeadEnd,
    /// A segment begins where none ended.
    #[error("segment {segment} begins at step {step}, where none before it ended")]
    Begins {
        /// Its number.
        segment: usize,
        /// Its first step.
        step: usize,
    },
    /// A segment ends in an answer where its network gives none.
    #[error("segment {segment} ends in an answer where its network gives none")]
    NoExit {
        /// Its number.
        segment: usize,
    },
    /// What is sent up is not what its tail begins with.
    #[error("what is sent up after {after} segments is not where its tail begins")]
    Elsewhere {
        /// Segments that it comes after.
        after: usize,
    },
}

/// What a network lacks whose answers do not have a score.
fn lacks(score: Score) -> String {
    match score.needs_predictor() {
        true => format!("{}, which a predictor head gives", score.name()),
        false => score.name().to_owned(),
    }
}
