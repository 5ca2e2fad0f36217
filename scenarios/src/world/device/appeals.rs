//! Requests that are sent up. [`Attempts`](crate::world::attempts::Attempts) decides what to do next for each; what it decides
//! becomes events, transfers and stamps here.
//!
//! ```text
//!   send up -> send -> (answer) -> end
//!                |
//!             refused, or unanswered for too long -> wait -> send ... -> give up: the edge answer, or none
//! ```
//!
//! What a failed attempt left in transit continues, but no device waits for it.

use analysis::Outcome;
use device_models::units::DataSize;
use rand::RngExt;

use super::Device;
use crate::plan::{CLOUD, Size, attempt_entity};
use crate::schema::{Fallback, Retry};
use crate::world::at::AtDevice;
use crate::world::attempts::{Attempts, Failure, Next};
use crate::world::{Event, Request};

impl Device {
    /// A request is ready to be sent up.
    pub fn send_up(&mut self, request: Request, at: &mut AtDevice) {
        let next = at.journeys[request].attempts.begin();
        self.follow(request, next, at);
    }

    /// The last bit of an attempt has been sent: it travels to the first tier on its path, and the device begins to
    /// wait.
    pub fn under_way(&mut self, request: Request, at: &mut AtDevice) {
        let journey = &mut at.journeys[request];
        let (attempt, channel) = (journey.attempts.number(), &journey.channel);
        let (tier, way) = match &at.access.edge {
            Some((tier, _)) => (*tier, channel.near_one_way),
            None => (CLOUD, channel.one_way),
        };
        at.agenda.after(way + channel.up_recovery, Event::TierArrival { request, attempt, tier });
        let next = journey.attempts.sent(attempt, at.group.retry.as_ref(), at.now);
        self.follow(request, next, at);
    }

    /// The device learns that an attempt was refused.
    pub fn refused(&mut self, request: Request, attempt: u8, at: &mut AtDevice) {
        at.journeys[request].arrived();
        let (now, (attempts, retry, chance)) = (at.now, failing(request, attempt, at));
        let next = attempts.refused(attempt, retry, chance, now);
        self.follow(request, next, at);
    }

    /// An attempt has gone unanswered for too long.
    pub fn unanswered(&mut self, request: Request, attempt: u8, at: &mut AtDevice) {
        let (now, (attempts, retry, chance)) = (at.now, failing(request, attempt, at));
        let next = attempts.unanswered(attempt, retry, chance, now);
        self.follow(request, next, at);
    }

    /// The next attempt is due.
    pub fn try_again(&mut self, request: Request, attempt: u8, at: &mut AtDevice) {
        let next = at.journeys[request].attempts.back_off_is_over(attempt);
        self.follow(request, next, at);
    }

    /// The request's time limit is over.
    pub fn time_limit_is_over(&mut self, request: Request, at: &mut AtDevice) {
        let next = at.journeys[request].attempts.time_limit_is_over();
        self.follow(request, next, at);
    }

    /// Does what is to be done next for a request.
    pub fn follow(&mut self, request: Request, next: Next, at: &mut AtDevice) {
        if next == Next::Nothing {
            return;
        }
        let journey = &mut at.journeys[request];
        journey.stop_waiting(at.agenda);
        match next {
            Next::Nothing | Next::Receive => {}
            Next::Send { attempt } => self.send(request, attempt, at),
            Next::Wait { attempt, until } => {
                journey.wait(at.agenda.timer(until, Event::Unanswered { request, attempt }));
            }
            Next::BackOff { attempt, until } => {
                journey.forget_attempt();
                at.agenda.at(until, Event::TryAgain { request, attempt });
            }
            Next::Accept => {
                let answer = journey.tier_answer();
                at.end(request, Outcome::Cloud, answer);
            }
            Next::GiveUp(failure) => give_up(request, failure, at),
        }
    }

    /// An attempt is to be sent, when the radio gets to it.
    fn send(&mut self, request: Request, attempt: u8, at: &mut AtDevice) {
        let near = at.access.edge.as_ref().map(|(_, near)| near);
        let journey = &mut at.journeys[request];
        let payload = match at.route.offloads[journey.offload()].payload {
            Size::Fixed(size) => size,
            Size::Recorded(mean) => at.evaluator.recorded_bytes(&journey.observation).map_or(mean, DataSize::new),
            Size::Measured { crossing, .. } => {
                DataSize::new(at.evaluator.bytes(&crossing, &journey.observation) as f64)
            }
        };
        let entity = attempt_entity(journey.entity, attempt);
        let channel = at.access.link.draw(payload, at.group.answer, near, at.streams, entity);
        at.asked.up_bits += channel.up_bits;
        journey.attempt_begins(attempt, payload, channel, self.radio.state.name(), at.now);
        self.radio.up.line.push_back(request);
        self.pump_radio(at);
    }
}

/// The attempts of a request, one of which may have failed; how its device tries again; and the chance that shortens the
/// next wait.
fn failing<'w, 'a>(
    request: Request,
    attempt: u8,
    at: &'w mut AtDevice<'_, 'a>,
) -> (&'w mut Attempts, Option<&'a Retry>, f64) {
    let journey = &mut at.journeys[request];
    let retry = at.group.retry.as_ref();
    let draw = |_| at.streams.open("backoff", attempt_entity(journey.entity, attempt)).random();
    let chance = retry.map_or(0.0, draw);
    (&mut journey.attempts, retry, chance)
}

fn give_up(request: Request, failure: Failure, at: &mut AtDevice) {
    let journey = &at.journeys[request];
    let last = at.policy.strategy.exits(journey.segments()).last();
    let stand_in = match at.group.fallback {
        Fallback::Edge => last.zip(journey.edge_class()),
        Fallback::None => None,
    };
    let outcome = match (failure, stand_in.is_some()) {
        (Failure::TimedOut, true) => Outcome::TimedOutEdge,
        (Failure::TimedOut, false) => Outcome::TimedOut,
        (Failure::Refused, true) => Outcome::RefusedEdge,
        (Failure::Refused, false) => Outcome::Refused,
    };
    at.end(request, outcome, stand_in);
}
