//! What happens to a request next, by the strategy of the policy, and by what the policy decides where there is a choice.

use std::cell::RefCell;

use analysis::Outcome;
use inference::Answer;
use sim_core::Streams;

use super::Device;
use super::expecting::Around;
use crate::answers::Evaluator;
use crate::plan::Group;
use crate::policies::{Choice, Decider, Decision, Policy, Situation, Truth, Way};
use crate::world::Request;
use crate::world::at::AtDevice;
use crate::world::journey::Journey;
use crate::world::tier::keeps;

impl Device {
    /// A segment is done: its answer is recorded, if it ends in one, and the policy decides.
    pub fn segment_done(&mut self, request: Request, at: &mut AtDevice) {
        let journey = &mut at.journeys[request];
        let exit = at.policy.strategy.segments[journey.segments()].exit;
        let answer = exit.map(|way| at.evaluator.answer(way, &journey.observation));
        journey.segment_done(answer.as_ref(), at.now);
        self.decide(request, answer, at);
    }

    /// Does what there is to do for a request, or what the policy decides where there is a choice; `last` is the answer
    /// of the segment it ran just now.
    pub fn decide(&mut self, request: Request, last: Option<Answer>, at: &mut AtDevice) {
        let strategy = &at.policy.strategy;
        let run = at.journeys[request].segments();
        match strategy.only_choice(run) {
            Some(Choice::Continue) => return self.run_segment(request, at),
            Some(Choice::Offload(number)) => return self.send_offload(request, number, at),
            Some(Choice::Answer) | None => {}
        }
        if strategy.cuts() {
            let rate = at.link.for_one_more(at.device, at.now, at.streams).rate;
            at.journeys[request].is_decided_at(rate);
        }
        let journey = &at.journeys[request];
        at.answers.clear();
        let before = strategy.exits(run).count() - usize::from(last.is_some());
        for way in strategy.exits(run).take(before) {
            at.answers.push(at.evaluator.unasked(|evaluator| evaluator.answer(way, &journey.observation)));
        }
        at.answers.extend(last);
        let around = Around {
            device: self,
            number: at.device,
            entity: journey.entity,
            group: at.group,
            access: at.access,
            route: at.route,
            streams: at.streams,
            link: RefCell::new(at.link),
            now: at.now,
        };
        let own = match (at.first_tier_policy, &at.policy.decider) {
            (Some(policy), Decider::Bound(_)) => passed_on(policy, journey, at.group, at.evaluator, at.streams),
            _ => at.group.first_tier.network,
        };
        let offload = |number: usize| strategy.offloads[number].way(own);
        let mut is_right = |way: Way| at.evaluator.is_right(way, &journey.observation);
        let mut truth = Truth::new(&offload, &mut is_right);
        match at.policy.next(run, at.answers, &around, &mut truth) {
            Some(Decision::Answer(kept)) => {
                let answer = (kept.way(), kept.answer().class);
                at.end(request, Outcome::Edge, Some(answer));
            }
            Some(Decision::Continue(_)) => self.run_segment(request, at),
            Some(Decision::Offload(up)) => self.send_offload(request, up.number(), at),
            // A checked strategy always has something to do.
            None => at.end(request, Outcome::Rejected, None),
        }
    }

    /// A request is to be sent up: at once, or when it has been prepared.
    pub fn send_offload(&mut self, request: Request, number: usize, at: &mut AtDevice) {
        let cut = at.policy.strategy.offloads[number].cut();
        at.journeys[request].goes_up(number, at.route.offloads[number].kind, cut);
        match &at.group.prepare {
            None => self.send_up(request, at),
            Some(prepare) => {
                at.asked.preparing_s += prepare.time.as_secs();
                self.prepare(request, at);
            }
        }
    }
}

/// How an appeal is answered by a first tier with a policy, or by the cloud that it passes it on to, if it has room.
fn passed_on(policy: &Policy, journey: &Journey, group: &Group, evaluator: &mut Evaluator, streams: &Streams) -> Way {
    let own = group.first_tier.network;
    let answer = evaluator.unasked(|evaluator| evaluator.answer(own, &journey.observation));
    if keeps(policy, answer, journey.entity, streams, Situation::default()) { own } else { Way::BIG }
}
