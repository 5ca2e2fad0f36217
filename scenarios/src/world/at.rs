//! What is at hand while an event is handled: for a device, and for a tier.
//!
//! A unit owns its state and may change nothing else but what is at hand here: the requests, and what is scheduled. So
//! one device cannot touch another, or a server; what passes between them is an event.

use analysis::Outcome;
use inference::Answer;
use sim_core::{Agenda, Streams, Time};

use super::asked::Asked;
use super::journeys::Journeys;
use super::link::LinkUnit;

use super::{Event, Request, Trace};
use crate::answers::Evaluator;
use crate::plan::{Access, Group, Route, Tier};
use crate::policies::{Policy, Way};

/// What is at hand for an event of a device.
pub struct AtDevice<'w, 'a> {
    /// Number of the device.
    pub device: u32,
    pub group: &'a Group,
    /// Its link as it was planned, and as it is now.
    pub access: &'a Access,
    pub link: &'w mut LinkUnit,
    pub policy: &'a Policy,
    /// The policy of the first tier on its way, if that has one.
    pub first_tier_policy: Option<&'w Policy>,
    /// What the policy's strategy takes here.
    pub route: &'w Route,
    pub asked: &'w mut Asked,
    pub journeys: &'w mut Journeys,
    pub evaluator: &'w mut Evaluator<'a>,
    /// The answers to the request that is being decided about; kept, so that none are allocated.
    pub answers: &'w mut Vec<Answer>,
    pub streams: &'w Streams,
    pub trace: &'w mut Trace,
    /// When the run ends.
    pub end: Time,
    pub now: Time,
    pub agenda: &'w mut Agenda<Event>,
}

/// What is at hand for an event of a tier.
pub struct AtTier<'w, 'a> {
    /// Number of the tier.
    pub number: u8,
    pub tier: &'a Tier,
    pub journeys: &'w mut Journeys,
    pub evaluator: &'w mut Evaluator<'a>,
    pub streams: &'w Streams,
    pub now: Time,
    pub agenda: &'w mut Agenda<Event>,
}

impl AtDevice<'_, '_> {
    /// Ends a request, unless it has ended before.
    pub fn end(&mut self, request: Request, outcome: Outcome, answer: Option<(Way, u8)>) {
        self.journeys[request].end(outcome, answer, self.group.deadline, self.now, self.agenda);
    }
}
