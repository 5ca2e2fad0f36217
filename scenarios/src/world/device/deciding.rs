//! What happens to a request next, by the strategy of the policy, and by what the policy decides where there is a choice.

use analysis::Outcome;
use inference::Answer;
use rand::RngExt;

use super::Device;
use crate::policies::{Decision, Step, Truth, View, Way};
use crate::world::Request;
use crate::world::at::AtDevice;

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
        let (journey, strategy) = (&at.journeys[request], &at.policy.strategy);
        let run = journey.segments();
        match strategy.only_step(run) {
            Some(Step::Continue) => return self.run_segment(request, at),
            Some(Step::Offload(number)) => return self.send_offload(request, number, at),
            Some(Step::Answer) | None => {}
        }
        at.answers.clear();
        let before = strategy.exits(run).count() - usize::from(last.is_some());
        for way in strategy.exits(run).take(before) {
            at.answers.push(at.evaluator.unasked(|evaluator| evaluator.answer(way, &journey.observation)));
        }
        at.answers.extend(last);
        let chance = || at.streams.open("chance", journey.entity).random();
        let situation = || self.situation(at.group, at.now);
        let offload = |number: usize| at.route.offloads[number].way;
        let mut is_right = |way: Way| at.evaluator.is_right(way, &journey.observation);
        let mut truth = Truth::new(&offload, &mut is_right);
        let view = View::new(strategy, run, at.answers, &chance, &situation);
        match view.map(|view| at.policy.decider.decide(&view, &mut truth)) {
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
        at.journeys[request].goes_up(number, at.route.offloads[number].kind);
        match &at.group.prepare {
            None => self.send_up(request, at),
            Some(prepare) => {
                at.asked.preparing_s += prepare.time.as_secs();
                self.prepare(request, at);
            }
        }
    }
}
