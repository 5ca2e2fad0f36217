//! What a rule sees when it decides, and what it can decide.
//!
//! A [`Decision`] can only be made of what a [`View`] hands out: an answer that is there, a segment that comes next, an
//! offload that can be chosen now. So no rule can keep an answer that does not exist.

use inference::Answer;

use super::{Channel, Choice, Expected, Finish, Situation, Strategy, Surroundings, Way};

/// What a device knows about a request it has to decide about, and what it can decide.
pub struct View<'a> {
    strategy: &'a Strategy,
    /// Segments run.
    run: usize,
    /// The answers of the exits passed, in order.
    answers: &'a [Answer],
    around: &'a dyn Surroundings,
    /// Something that can be decided.
    some: Decision,
}

/// An answer that is there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Answered {
    way: Way,
    answer: Answer,
}

/// A segment that comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Onward(());

/// An offload that can be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Upward(usize);

/// What happens to a request next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Decision {
    /// This answer is its answer.
    Answer(Answered),
    /// The device runs the next segment.
    Continue(Onward),
    /// It is sent up.
    Offload(Upward),
}

impl Answered {
    /// How it was got.
    pub fn way(&self) -> Way {
        self.way
    }

    /// The answer itself.
    pub fn answer(&self) -> &Answer {
        &self.answer
    }
}

impl Upward {
    /// The number of the offload.
    pub fn number(self) -> usize {
        self.0
    }
}

impl<'a> View<'a> {
    /// What is known after `run` segments of `strategy` whose exits gave `answers`; none if nothing can be decided then,
    /// which [`Strategy::check`] rules out.
    pub(crate) fn new(
        strategy: &'a Strategy,
        run: usize,
        answers: &'a [Answer],
        around: &'a dyn Surroundings,
    ) -> Option<Self> {
        debug_assert_eq!(strategy.exits(run).count(), answers.len());
        let some = match strategy.choices(run).next()? {
            Choice::Continue => Decision::Continue(Onward(())),
            Choice::Offload(number) => Decision::Offload(Upward(number)),
            Choice::Answer => {
                let way = strategy.exits(run).last()?;
                Decision::Answer(Answered { way, answer: *answers.last()? })
            }
        };
        Some(Self { strategy, run, answers, around, some })
    }

    /// How many segments have been run.
    pub fn segments(&self) -> usize {
        self.run
    }

    /// The last answer, if there is any.
    pub fn answer(&self) -> Option<Answered> {
        self.answers().last()
    }

    /// All answers so far, in order.
    pub fn answers(&self) -> impl Iterator<Item = Answered> {
        self.strategy.exits(self.run).zip(self.answers).map(|(way, answer)| Answered { way, answer: *answer })
    }

    /// The next segment, if there is one.
    pub fn onward(&self) -> Option<Onward> {
        (self.run < self.strategy.segments.len()).then_some(Onward(()))
    }

    /// The offloads that can be chosen now.
    pub fn upward(&self) -> impl Iterator<Item = Upward> {
        let offloads = self.strategy.offloads.iter().enumerate();
        offloads.filter(|(_, offload)| offload.after == self.run).map(|(number, _)| Upward(number))
    }

    /// A number in [0, 1) that belongs to this request, the same under every policy.
    pub fn chance(&self) -> f64 {
        self.around.chance()
    }

    /// What the device knows of itself.
    pub fn situation(&self) -> Situation {
        self.around.situation()
    }

    /// The ways in which the request can end from here, those that run fewest segments first; the device's own last
    /// answer comes after the offloads.
    pub fn finishes(&self, channel: Channel) -> Vec<Finish> {
        let expected = self.around.expects(channel);
        let mut finishes = Vec::new();
        let mut before = Expected::default();
        for run in self.run..=self.strategy.segments.len() {
            let offloads = self.strategy.offloads.iter().zip(&expected.offloads).enumerate();
            let here = offloads.filter(|(_, (offload, _))| offload.after == run);
            finishes.extend(here.map(|(number, (_, takes))| Finish {
                run,
                offload: Some(number),
                expected: before + *takes,
            }));
            before = expected.segments.get(run).map_or(before, |takes| before + *takes);
        }
        let run = self.strategy.segments.len();
        if self.strategy.exits(run).next().is_some() {
            finishes.push(Finish { run, offload: None, expected: before });
        }
        finishes
    }

    /// What is to be decided now for a request that is to end so.
    pub fn towards(&self, finish: &Finish) -> Decision {
        match finish.offload {
            _ if finish.run > self.run => self.onward().map_or(self.some, Decision::Continue),
            None => self.keep(),
            Some(number) => self.upward().find(|up| up.0 == number).map_or(self.some, Decision::Offload),
        }
    }

    /// Takes the last answer, or what can be done to get one.
    pub fn keep(&self) -> Decision {
        self.answer().map_or_else(|| self.refer(), Decision::Answer)
    }

    /// Looks for another answer: in the next segment, or else up; takes the last answer if there is no other.
    pub fn refer(&self) -> Decision {
        let onward = self.onward().map(Decision::Continue);
        onward.or_else(|| self.upward().next().map(Decision::Offload)).unwrap_or(self.some)
    }
}

#[cfg(test)]
mod tests {
    use inference::Scores;

    use super::*;
    use crate::policies::{Nowhere, Offload, Payload, Segment, Steps, Tail};

    fn answer(class: u8) -> Answer {
        Answer { class, scores: Scores::default() }
    }

    fn with(strategy: &Strategy, run: usize, answers: &[Answer], look: impl Fn(&View)) {
        look(&View::new(strategy, run, answers, &Nowhere).unwrap());
    }

    /// The little network, the big one on the device as well, and then up: an answer is kept where there is one, and
    /// otherwise the next segment comes before anything is sent.
    #[test]
    fn a_view_hands_out_what_can_be_decided_and_nothing_else() {
        let segment = |network| Segment { network, steps: Steps::ALL, exit: Some(network) };
        let appeal = Offload { after: 2, payload: Payload::Input, tail: Tail::Own };
        let cascade = Strategy { segments: vec![segment(Way::LITTLE), segment(Way::BIG)], offloads: vec![appeal] };
        with(&cascade, 0, &[], |view| {
            assert!(view.answer().is_none() && view.upward().next().is_none());
            assert!(matches!(view.keep(), Decision::Continue(_)) && view.keep() == view.refer());
        });
        with(&cascade, 1, &[answer(3)], |view| {
            assert!(matches!(view.keep(), Decision::Answer(kept) if kept.way() == Way::LITTLE));
            assert!(matches!(view.refer(), Decision::Continue(_)));
        });
        with(&cascade, 2, &[answer(3), answer(4)], |view| {
            assert!(matches!(view.keep(), Decision::Answer(kept) if kept.answer().class == 4));
            assert!(matches!(view.refer(), Decision::Offload(up) if up.number() == 0));
        });
        let alone = Strategy::alone(Way::LITTLE);
        with(&alone, 1, &[answer(7)], |view| assert!(matches!(view.refer(), Decision::Answer(_))));
        let dead_end = Strategy { segments: vec![Segment { exit: None, ..segment(Way::BIG) }], offloads: Vec::new() };
        assert!(View::new(&dead_end, 1, &[], &Nowhere).is_none());
    }
}
