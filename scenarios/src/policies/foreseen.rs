//! What a policy does with an image, found out by asking it.
//!
//! A rule may look at anything that a [`View`] shows. If it looks at the image's answers alone, what it does with an
//! image is known beforehand: it will always do the same. If it draws, or looks at its device's situation, it may do
//! something else the next time. Nobody has to declare which of these a policy is: the view that it is asked with here
//! notes what it looked at.

use std::cell::Cell;

use super::{
    Channel, Choice, Decision, Expectations, Expected, ImageAnswers, Policy, Situation, Strategy, Surroundings, Truth,
    Way,
};

/// How a request ends as far as its policy is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It keeps the answer that was got in this way.
    Kept(Way),
    /// It sends up the offload of this number.
    SentUp(usize),
}

/// What a policy did with an image when it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Foreseen {
    /// What it did; none if its strategy leads nowhere, which [`super::Strategy::check`] rules out.
    pub ending: Option<Ending>,
    /// Whether it looked at the request's chance.
    pub drew: bool,
    /// Whether it looked at the device's situation, or asked for an answer that depends on it: nobody knows that
    /// beforehand.
    pub looked_around: bool,
}

impl Policy {
    /// Asks the policy what it does with an image, on a device about which there is nothing to know.
    pub fn foresee(&self, image: &ImageAnswers) -> Foreseen {
        let around = Noting { image, strategy: &self.strategy, drew: Cell::default(), looked_around: Cell::default() };
        let offload = |number: usize| image.way_of(&self.strategy.offloads[number]);
        let mut is_right = |way: Way| {
            if !image.knows(way) {
                around.looked_around.set(true);
            }
            image.knows(way) && image.is_right(way)
        };
        let mut truth = Truth::new(&offload, &mut is_right);
        let mut ending = None;
        for run in 0..=self.strategy.segments.len() {
            match self.strategy.only_choice(run) {
                Some(Choice::Continue) => continue,
                Some(Choice::Offload(number)) => {
                    ending = Some(Ending::SentUp(number));
                    break;
                }
                Some(Choice::Answer) | None => {}
            }
            let answers: Vec<_> = self.strategy.exits(run).map(|way| *image.answer(way)).collect();
            match self.next(run, &answers, &around, &mut truth) {
                None => break,
                Some(Decision::Continue(_)) => {}
                Some(Decision::Answer(kept)) => {
                    ending = Some(Ending::Kept(kept.way()));
                    break;
                }
                Some(Decision::Offload(up)) => {
                    ending = Some(Ending::SentUp(up.number()));
                    break;
                }
            }
        }
        Foreseen { ending, drew: around.drew.get(), looked_around: around.looked_around.get() }
    }
}

/// Surroundings without a device, which note what is looked at.
struct Noting<'a> {
    image: &'a ImageAnswers,
    strategy: &'a Strategy,
    drew: Cell<bool>,
    looked_around: Cell<bool>,
}

impl Surroundings for Noting<'_> {
    fn chance(&self) -> f64 {
        self.drew.set(true);
        self.image.chance
    }

    fn situation(&self) -> Situation {
        self.looked_around.set(true);
        Situation::default()
    }

    fn expects(&self, _: Channel) -> Expectations {
        self.looked_around.set(true);
        let nothing = |parts: usize| vec![Expected::default(); parts];
        let Strategy { segments, offloads } = self.strategy;
        Expectations { segments: nothing(segments.len()), offloads: nothing(offloads.len()) }
    }
}

#[cfg(test)]
mod tests {
    use inference::{Answer, Scores};

    use super::*;
    use crate::policies::{Decider, Offload, Payload, Rule, Segment, Steps, Tail, View};

    /// What a rule of these tests decides by.
    #[derive(Clone, Copy)]
    enum By {
        /// Whether the last answer is class 0.
        Answer,
        Chance,
        /// The situation, but only where two networks disagree.
        Dissent,
    }

    impl Rule for By {
        fn decide(&self, view: &View) -> Decision {
            let classes: Vec<u8> = view.answers().map(|kept| kept.answer().class).collect();
            let refers = match (self, &classes[..]) {
                (Self::Answer, [.., last]) => *last != 0,
                (Self::Chance, _) => view.chance() < 0.5,
                (Self::Dissent, [first, second]) => first != second && view.situation().waiting == 0,
                _ => true,
            };
            if refers { view.refer() } else { view.keep() }
        }
    }

    /// An image to which the ways answer with these classes, of which 0 is right; an appeal is answered by the third.
    fn image(classes: [u8; 3]) -> ImageAnswers {
        let scores = Scores::default();
        let answers = classes.map(|class| Answer { class, scores }).into();
        let appeal = Way::all(3).last().unwrap();
        let right = classes.map(|class| class == 0).into();
        ImageAnswers { ways: Way::all(3).collect(), answers, right, appeal, chance: 0.2, weight: 1.0 }
    }

    /// The little network, then the big one on the device as well, then up.
    fn cascade(by: By) -> Policy {
        let segment = |network| Segment { network, steps: Steps::ALL, exit: Some(network) };
        let appeal = Offload { after: 2, payload: Payload::Input, tail: Tail::Own };
        let strategy = Strategy { segments: vec![segment(Way::LITTLE), segment(Way::BIG)], offloads: vec![appeal] };
        Policy { strategy, decider: Decider::Rule(Box::new(by)), threshold: None, curves: Vec::new() }
    }

    fn ends(policy: &Policy, classes: [u8; 3]) -> Ending {
        policy.foresee(&image(classes)).ending.unwrap()
    }

    /// Every exit has the answer of its own network: what the little one gets wrong is kept if the big one is right.
    #[test]
    fn every_exit_has_its_own_answer() {
        let policy = cascade(By::Answer);
        assert_eq!(ends(&policy, [0, 4, 4]), Ending::Kept(Way::LITTLE));
        assert_eq!(ends(&policy, [4, 0, 4]), Ending::Kept(Way::BIG));
        assert_eq!(ends(&policy, [4, 5, 0]), Ending::SentUp(0));
    }

    /// What a rule looks at is noted, whatever it decides; a rule that looks around for some images alone is seen to do
    /// so for those.
    #[test]
    fn what_a_rule_looks_at_is_noted() {
        let of = |by: By, classes| {
            let Foreseen { drew, looked_around, .. } = cascade(by).foresee(&image(classes));
            (drew, looked_around)
        };
        assert_eq!(of(By::Answer, [4, 5, 0]), (false, false));
        assert_eq!(of(By::Chance, [0, 0, 0]), (true, false));
        assert_eq!((of(By::Dissent, [4, 4, 0]), of(By::Dissent, [4, 5, 0])), ((false, false), (false, true)));
    }

    /// An appeal is answered by the tier's own network, the rest of a network by that network.
    #[test]
    fn an_offload_is_answered_by_what_is_left_of_it() {
        let rest = Tail::Rest { network: Way::BIG, after: 0 };
        let offload = |tail| Offload { after: 0, payload: Payload::Input, tail };
        let image = image([4, 5, 0]);
        assert_eq!(image.way_of(&offload(rest)), Way::BIG);
        assert!(image.is_right(image.way_of(&offload(Tail::Own))) && !image.is_right(image.way_of(&offload(rest))));
        let split = Strategy { offloads: vec![offload(rest)], ..Strategy::alone(Way::LITTLE) };
        assert!(!image.under(&split).big_right && image.under(&Strategy::answer_or_appeal()).big_right);
        let cascade = Strategy { offloads: Vec::new(), ..cascade(By::Answer).strategy };
        assert_eq!(image.under(&cascade).big_right, image.is_right(Way::BIG), "what is not kept ends in the last exit");
    }
}
