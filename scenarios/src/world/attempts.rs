//! What a device does about one request that it sends up: attempt after attempt, until an answer comes or it gives up.
//!
//! ```text
//!            .------------------ back-off is over ------------------.
//!            v                                                      |
//! unsent -> sending -> waiting -> refused, or unanswered -> backing off
//!                         |                        |
//!                       heard           no attempt is left: give up -> over
//!                         v
//!                     receiving -> answered -> over
//! ```
//!
//! The request's own time limit, and whatever else ends it, lead to "over" from anywhere.
//!
//! This is a state machine without a clock, timers or a network: what has happened, and when, goes in through a method,
//! and what to do comes out as a [`Next`]. So one and the same serves any clock and any network. Those may be late or
//! say a thing twice: what is of another attempt than the current one, or does not belong to its stage, changes nothing.

use sim_core::{Span, Time};

use crate::schema::Retry;

/// How far a request has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attempts {
    /// Number of the current attempt, from 0; of the next one, if it is about to be made.
    number: u8,
    /// How many have begun.
    made: u8,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stage {
    /// It has not been sent.
    #[default]
    Unsent,
    /// The current attempt is being sent, or is in line to be.
    Sending,
    /// The current attempt has been sent.
    Waiting,
    /// The answer to it is being received.
    Receiving,
    /// The last attempt has failed, and the next one is to be made later.
    BackingOff,
    /// It has ended.
    Over,
}

/// What to do next. Whatever it is, unless it is nothing, replaces what was to be waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Nothing else than before.
    Nothing,
    /// Send it.
    Send {
        /// Number of the attempt that begins.
        attempt: u8,
    },
    /// Wait for the answer until then, and then say that it is [`Attempts::unanswered`].
    Wait {
        /// The attempt that is waited for.
        attempt: u8,
        /// Until when.
        until: Time,
    },
    /// Receive the answer, however long that takes.
    Receive,
    /// Wait until then, and then say that [`Attempts::back_off_is_over`].
    BackOff {
        /// The attempt that comes next.
        attempt: u8,
        /// Until when.
        until: Time,
    },
    /// Take the answer that has come.
    Accept,
    /// End without an answer.
    GiveUp(Failure),
}

/// Why a device stops waiting for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// None has come in time.
    TimedOut,
    /// There was no room for the request.
    Refused,
}

impl Attempts {
    /// Number of the current attempt, from 0; of the next one, if it is about to be made.
    pub fn number(&self) -> u8 {
        self.number
    }

    /// How many have begun.
    pub fn made(&self) -> u8 {
        self.made
    }

    /// Whether the request has ended.
    pub fn is_over(&self) -> bool {
        self.stage == Stage::Over
    }

    /// Whether the outcome of `attempt` still matters.
    pub fn awaits(&self, attempt: u8) -> bool {
        !self.is_over() && self.number == attempt
    }

    /// The request is to be sent for the first time.
    pub fn begin(&mut self) -> Next {
        if self.stage == Stage::Unsent { self.send() } else { Next::Nothing }
    }

    /// The last bit of an attempt has been sent.
    pub fn sent(&mut self, attempt: u8, retry: Option<&Retry>, now: Time) -> Next {
        if !self.is_at(attempt, Stage::Sending) {
            return Next::Nothing;
        }
        self.stage = Stage::Waiting;
        retry.map_or(Next::Nothing, |retry| Next::Wait { attempt, until: now + retry.after.span() })
    }

    /// An attempt has been refused. `chance`, from 0 to 1, is how much of what may be cut from the wait before the next
    /// one is cut.
    pub fn refused(&mut self, attempt: u8, retry: Option<&Retry>, chance: f64, now: Time) -> Next {
        // It may be refused before it has been sent to the end.
        if self.is_at(attempt, Stage::Sending) || self.is_at(attempt, Stage::Waiting) {
            self.failed(Failure::Refused, retry, chance, now)
        } else {
            Next::Nothing
        }
    }

    /// No answer to an attempt has come for as long as may be waited; for `chance` see [`Attempts::refused`].
    pub fn unanswered(&mut self, attempt: u8, retry: Option<&Retry>, chance: f64, now: Time) -> Next {
        if self.is_at(attempt, Stage::Waiting) {
            self.failed(Failure::TimedOut, retry, chance, now)
        } else {
            Next::Nothing
        }
    }

    /// It is time to make the next attempt.
    pub fn back_off_is_over(&mut self, attempt: u8) -> Next {
        if self.is_at(attempt, Stage::BackingOff) { self.send() } else { Next::Nothing }
    }

    /// The answer to an attempt begins to come in.
    pub fn heard(&mut self, attempt: u8) -> Next {
        if !self.is_at(attempt, Stage::Waiting) {
            return Next::Nothing;
        }
        self.stage = Stage::Receiving;
        Next::Receive
    }

    /// The answer to an attempt has come in.
    pub fn answered(&mut self, attempt: u8) -> Next {
        if !self.is_at(attempt, Stage::Receiving) {
            return Next::Nothing;
        }
        self.stage = Stage::Over;
        Next::Accept
    }

    /// The request's own time limit is over, whatever its current attempt.
    pub fn time_limit_is_over(&mut self) -> Next {
        if self.is_over() { Next::Nothing } else { self.give_up(Failure::TimedOut) }
    }

    /// The request has ended in another way.
    pub fn end(&mut self) {
        self.stage = Stage::Over;
    }

    fn is_at(&self, attempt: u8, stage: Stage) -> bool {
        self.number == attempt && self.stage == stage
    }

    fn send(&mut self) -> Next {
        self.stage = Stage::Sending;
        self.made += 1;
        Next::Send { attempt: self.number }
    }

    fn failed(&mut self, failure: Failure, retry: Option<&Retry>, chance: f64, now: Time) -> Next {
        match retry.filter(|retry| self.made < retry.attempts) {
            None => self.give_up(failure),
            Some(retry) => {
                self.stage = Stage::BackingOff;
                self.number += 1;
                Next::BackOff { attempt: self.number, until: now + wait(retry, self.made, chance) }
            }
        }
    }

    fn give_up(&mut self, failure: Failure) -> Next {
        self.stage = Stage::Over;
        Next::GiveUp(failure)
    }
}

/// How long a device waits after `made` attempts.
fn wait(retry: &Retry, made: u8, chance: f64) -> Span {
    let longer = retry.factor.get().powi(i32::from(made) - 1);
    Span::from_secs(retry.backoff.get() * longer * (1.0 - retry.jitter.get() * chance))
}

#[cfg(test)]
mod tests;
