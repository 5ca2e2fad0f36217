//! What a device expects of the ways in which a request can end, before it decides.
//!
//! ```text
//!   segments run ── next ── next ── the last ── its answer
//!       │            │       │
//!    offload      offload  offload            each is a finish: what it takes from now on
//! ```
//!
//! A policy that weighs costs compares [finishes](Finish), which add up what the device expects of the segments in
//! between and of what comes then. How good the expectation is depends on what is known of the [channel](Channel).

/// What is known of the channel on which a request would be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// What a link is like on average, and a request for itself: what can be said before anything runs.
    Typical,
    /// What the device knows now: whether its radio is connected; the rate at its distance if that determines it, or else
    /// the rate of its last transfer.
    Known,
    /// The rate at this very moment.
    Drawn(Draw),
}

/// The request's own draw of the channel, which no device knows: only the truth hands it out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draw(());

impl Draw {
    pub(super) const fn known() -> Self {
        Self(())
    }
}

/// What something is expected to take of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Expected {
    /// Seconds until it is done.
    pub seconds: f64,
    /// Joules of the device, beyond idling.
    pub joules: f64,
}

impl std::ops::Add for Expected {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { seconds: self.seconds + other.seconds, joules: self.joules + other.joules }
    }
}

/// What is expected of the parts of a strategy.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Expectations {
    /// Of each segment.
    pub segments: Vec<Expected>,
    /// Of each offload, from the decision to the answer.
    pub offloads: Vec<Expected>,
}

/// A way in which a request can end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Finish {
    /// Segments that will have been run.
    pub(super) run: usize,
    /// The offload that is sent up then; none if the last answer is kept.
    pub(super) offload: Option<usize>,
    /// What it takes from now on.
    pub expected: Expected,
}
