//! What a request may take under a policy: segments that the device runs, and offloads.
//!
//! ```text
//!   start -> segment -> exit? -> segment -> exit? -> ...
//!     |                   |                   |
//!  offloads            offloads            offloads        those that come after so many segments
//! ```
//!
//! A *segment* is a stretch of a network that a device runs without asking anybody. It may end in an *exit*, an answer.
//! An *offload* sends something up after a number of segments: the input, or the tensor that the last segment ended in.
//! What remains to be run for it is its *tail*, which belongs to the offload and not to the tier that runs it. A [`Way`]
//! names how an answer is got; memory and hindsight know ways, not places.

use inference::Coding;

use super::{Outlines, Steps, StrategyError, Way};

/// A stretch of a network that a device runs without asking anybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// The network, named by the way that runs the whole of it.
    pub network: Way,
    /// What is run of it.
    pub steps: Steps,
    /// The answer it ends in, if it does.
    pub exit: Option<Way>,
}

/// Something that can be sent up.
#[derive(Clone, Debug, PartialEq)]
pub struct Offload {
    /// The number of segments after which it can be chosen.
    pub after: usize,
    /// What is sent.
    pub payload: Payload,
    /// What remains to be run.
    pub tail: Tail,
}

/// What an offload sends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Payload {
    /// The input, in as many bytes as the scenario says.
    Input,
    /// What crosses where the last segment ended, in this coding.
    Tensor(Coding),
}

/// What remains to be run for an offload, by the tier that gets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tail {
    /// The tier's own network, on the input.
    Own,
    /// The rest of a network.
    Rest {
        /// The network, named by the way that runs the whole of it.
        network: Way,
        /// Its steps that have been run before.
        after: usize,
    },
}

/// What a request may do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Take the last answer.
    Answer,
    /// Run the next segment.
    Continue,
    /// Send up the offload of that number.
    Offload(usize),
}

/// Most segments, and most offloads, of a strategy: they are numbered in a byte.
const MOST: usize = 255;

/// Everything that a request may take.
#[derive(Clone, Debug, PartialEq)]
pub struct Strategy {
    /// What the device runs, one after the other.
    pub segments: Vec<Segment>,
    /// What it can send up.
    pub offloads: Vec<Offload>,
}

impl Segment {
    /// The whole of a network, to its answer.
    pub fn whole(network: Way) -> Self {
        Self { network, steps: Steps::ALL, exit: Some(network) }
    }
}

impl Offload {
    /// The input, to be answered by the tier's own network.
    pub fn input(after: usize) -> Self {
        Self { after, payload: Payload::Input, tail: Tail::Own }
    }

    /// How it is answered, by a tier that runs `own` as its own network.
    pub fn way(&self, own: Way) -> Way {
        self.known_way().unwrap_or(own)
    }

    /// The steps of a network that have been run before; none if a tier runs its own network on the input.
    pub fn cut(&self) -> Option<usize> {
        match self.tail {
            Tail::Own => None,
            Tail::Rest { after, .. } => Some(after),
        }
    }

    /// How it is answered, if that does not depend on the tier.
    pub fn known_way(&self) -> Option<Way> {
        match (self.tail, self.payload) {
            (Tail::Own, _) => None,
            (Tail::Rest { network, .. }, Payload::Input) => Some(network),
            (Tail::Rest { network, after }, Payload::Tensor(coding)) => Some(network.across(after, coding)),
        }
    }
}

impl Strategy {
    /// A network on the device, and its answer is the answer.
    pub fn alone(network: Way) -> Self {
        Self { segments: vec![Segment::whole(network)], offloads: Vec::new() }
    }

    /// The input is sent up at once.
    pub fn input_at_once() -> Self {
        Self { segments: Vec::new(), offloads: vec![Offload::input(0)] }
    }

    /// The little network, then its answer or an appeal: the input is sent up after all.
    pub fn answer_or_appeal() -> Self {
        Self { offloads: vec![Offload::input(1)], ..Self::alone(Way::LITTLE) }
    }

    /// The same, with `network` in place of the little one: what a server does that runs it.
    #[must_use]
    pub fn with(mut self, network: Way) -> Self {
        for segment in &mut self.segments {
            let of = |way: Way| if way == Way::LITTLE { network } else { way };
            (segment.network, segment.exit) = (of(segment.network), segment.exit.map(of));
        }
        self
    }

    /// Checks that a request always has something to do next, and that what is run of these networks fits together.
    ///
    /// # Errors
    /// Where it does not, or what can never be chosen.
    pub fn check(&self, networks: &Outlines) -> Result<(), StrategyError> {
        let last = self.segments.len();
        if last > MOST || self.offloads.len() > MOST {
            return Err(StrategyError::TooMany { most: MOST });
        }
        if let Some(late) = self.offloads.iter().find(|offload| offload.after > last) {
            return Err(StrategyError::TooLate { after: late.after, segments: last });
        }
        if self.offloads.iter().any(|offload| offload.after == 0 && matches!(offload.payload, Payload::Tensor(_))) {
            return Err(StrategyError::NoTensor);
        }
        if self.choices(last).next().is_none() {
            return Err(StrategyError::DeadEnd);
        }
        self.check_segments(networks)?;
        self.offloads.iter().try_for_each(|offload| self.check_tail(offload))
    }

    /// A segment begins where its network does or where the last segment ended, and answers come from where a network
    /// answers.
    fn check_segments(&self, networks: &Outlines) -> Result<(), StrategyError> {
        let mut reached = None;
        for (number, Segment { network, steps, exit }) in self.segments.iter().enumerate() {
            if steps.from > 0 && reached != Some((*network, Some(steps.from))) {
                return Err(StrategyError::Begins { segment: number, step: steps.from });
            }
            let answers = |way: Way| match way.exit() {
                None => way == *network && steps.to.is_none(),
                Some(early) => {
                    let known = networks.exits(*network).get(early);
                    way == network.at_exit(early) && steps.to == Some(known.map_or(0, |exit| exit.steps))
                }
            };
            if !exit.is_none_or(answers) {
                return Err(StrategyError::NoExit { segment: number });
            }
            reached = Some((*network, steps.to));
        }
        Ok(())
    }

    /// What is sent is what its tail begins with.
    fn check_tail(&self, offload: &Offload) -> Result<(), StrategyError> {
        let before = offload.after.checked_sub(1).map(|last| &self.segments[last]);
        let fits = match (offload.payload, offload.tail) {
            (Payload::Input, Tail::Own) => true,
            (Payload::Input, Tail::Rest { after, .. }) => after == 0,
            (Payload::Tensor(_), Tail::Own) => false,
            (Payload::Tensor(_), Tail::Rest { network, after }) => {
                before.is_some_and(|segment| segment.network == network && segment.steps.to == Some(after))
            }
        };
        fits.then_some(()).ok_or(StrategyError::Elsewhere { after: offload.after })
    }

    /// What a request may do after so many segments.
    pub fn choices(&self, run: usize) -> impl Iterator<Item = Choice> {
        let answer = self.exits(run).next().is_some().then_some(Choice::Answer);
        let onward = (run < self.segments.len()).then_some(Choice::Continue);
        let offloads = self.offloads.iter().enumerate().filter(move |(_, offload)| offload.after == run);
        answer.into_iter().chain(onward).chain(offloads.map(|(number, _)| Choice::Offload(number)))
    }

    /// The only thing a request may do after so many segments, if there is no choice.
    pub fn only_choice(&self, run: usize) -> Option<Choice> {
        let mut choices = self.choices(run);
        choices.next().filter(|_| choices.next().is_none())
    }

    /// The answers got in so many segments, in order.
    pub fn exits(&self, run: usize) -> impl Iterator<Item = Way> {
        self.segments[..run].iter().filter_map(|segment| segment.exit)
    }

    /// Whether requests differ in nothing but whether they are sent up: all others keep an answer at the same place. What
    /// they cost on average then follows from how many are sent up.
    pub fn differs_by_appeal_alone(&self) -> bool {
        let keeping = (0..=self.segments.len()).filter(|run| self.exits(*run).next().is_some()).count();
        keeping <= 1 && self.offloads.len() <= 1
    }

    /// Whether it cuts a network: what is left of one can be sent up.
    pub fn cuts(&self) -> bool {
        self.offloads.iter().any(|offload| offload.cut().is_some())
    }

    /// The offload for a request that the device has no time for: the first that needs nothing to be run before it.
    pub fn at_once(&self) -> Option<usize> {
        self.offloads.iter().position(|offload| offload.payload == Payload::Input)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policies::Outline;

    fn choices(strategy: &Strategy, run: usize) -> Vec<Choice> {
        strategy.choices(run).collect()
    }

    #[test]
    fn the_usual_strategies_offer_what_their_names_say() {
        let (alone, at_once) = (Strategy::alone(Way::LITTLE), Strategy::input_at_once());
        assert_eq!((choices(&alone, 0), choices(&alone, 1)), (vec![Choice::Continue], vec![Choice::Answer]));
        assert_eq!(
            (choices(&at_once, 0), at_once.only_choice(0)),
            (vec![Choice::Offload(0)], Some(Choice::Offload(0)))
        );
        let appeal = Strategy::answer_or_appeal();
        assert_eq!(
            (appeal.only_choice(0), choices(&appeal, 1)),
            (Some(Choice::Continue), vec![Choice::Answer, Choice::Offload(0)])
        );
        assert!(!appeal.cuts() && !at_once.cuts());
        assert_eq!((appeal.only_choice(1), appeal.at_once(), alone.at_once()), (None, Some(0), None));
        let usual = [alone, at_once, appeal];
        assert!(
            usual
                .iter()
                .all(|strategy| strategy.check(&Outlines::UNKNOWN) == Ok(()) && strategy.differs_by_appeal_alone())
        );
    }

    /// Three steps without an exit, and then the tensor there, or the rest on the device: nothing but a choice between
    /// the two; with the rest, the answer may still be refused.
    #[test]
    fn a_split_sends_a_tensor_and_a_cascade_has_several_answers() {
        let head = Segment { network: Way::LITTLE, steps: Steps { from: 0, to: Some(3) }, exit: None };
        let rest = Segment { network: Way::LITTLE, steps: Steps { from: 3, to: None }, exit: Some(Way::LITTLE) };
        let big = Segment { network: Way::BIG, steps: Steps::ALL, exit: Some(Way::BIG) };
        let tail = Tail::Rest { network: Way::LITTLE, after: 3 };
        let tensor = Offload { after: 1, payload: Payload::Tensor(Coding::FLOAT32), tail };
        let strategy = Strategy { segments: vec![head, rest, big], offloads: vec![tensor] };
        assert_eq!(strategy.check(&Outlines::UNKNOWN), Ok(()));
        assert!(!strategy.differs_by_appeal_alone(), "two exits cost differently");
        let [head, rest, _] = &strategy.segments[..] else { panic!("there are three") };
        let without = Strategy { segments: vec![head.clone(), rest.clone()], ..strategy.clone() };
        assert!(without.differs_by_appeal_alone());
        assert_eq!(choices(&strategy, 1), [Choice::Continue, Choice::Offload(0)]);
        assert_eq!(choices(&strategy, 2), [Choice::Answer, Choice::Continue]);
        assert_eq!(strategy.exits(3).collect::<Vec<_>>(), [Way::LITTLE, Way::BIG]);
        assert!(strategy.at_once().is_none() && strategy.cuts(), "a tensor takes a segment");
    }

    #[test]
    fn a_request_may_not_be_left_with_nothing_to_do() {
        let head = Segment { network: Way::LITTLE, steps: Steps { from: 0, to: Some(3) }, exit: None };
        let dead_end = Strategy { segments: vec![head], offloads: Vec::new() };
        let wrong = |strategy: &Strategy| strategy.check(&Outlines::UNKNOWN).unwrap_err();
        assert_eq!(wrong(&dead_end), StrategyError::DeadEnd);
        let late = Offload { after: 2, payload: Payload::Input, tail: Tail::Own };
        let never = Strategy { offloads: vec![late.clone()], ..Strategy::alone(Way::LITTLE) };
        assert_eq!(wrong(&never), StrategyError::TooLate { after: 2, segments: 1 });
        let tensor = Offload { after: 0, payload: Payload::Tensor(Coding::FLOAT32), ..late };
        let nothing = Strategy { segments: Vec::new(), offloads: vec![tensor] };
        assert_eq!(wrong(&nothing), StrategyError::NoTensor);
    }

    /// Three steps do not give the answer of the whole network, nor does the answer of another network; the rest after
    /// three steps is not that after four; and a tensor is no image.
    #[test]
    fn what_is_run_fits_together() {
        let steps = |from, to| Steps { from, to };
        let segment = |steps, exit| Segment { network: Way::LITTLE, steps, exit };
        let told = |segments: Vec<Segment>, offload: Option<(Payload, Tail)>| {
            let after = segments.len();
            let offloads = offload.into_iter().map(|(payload, tail)| Offload { after, payload, tail }).collect();
            Strategy { segments, offloads }.check(&Outlines::UNKNOWN)
        };
        let whole = segment(Steps::ALL, Some(Way::LITTLE));
        let head = segment(steps(0, Some(3)), None);
        let no_exit = Err(StrategyError::NoExit { segment: 0 });
        assert_eq!(told(vec![segment(steps(0, Some(3)), Some(Way::LITTLE))], None), no_exit);
        assert_eq!(told(vec![segment(Steps::ALL, Some(Way::BIG))], None), no_exit);
        let later = segment(steps(4, None), Some(Way::LITTLE));
        assert_eq!(told(vec![head.clone(), later], None), Err(StrategyError::Begins { segment: 1, step: 4 }));
        let (tensor, rest) = (Payload::Tensor(Coding::FLOAT32), |network, after| Tail::Rest { network, after });
        assert_eq!(told(vec![head.clone()], Some((tensor, rest(Way::LITTLE, 3)))), Ok(()));
        let elsewhere = Err(StrategyError::Elsewhere { after: 1 });
        for wrong in [(tensor, rest(Way::LITTLE, 4)), (tensor, rest(Way::BIG, 3)), (tensor, Tail::Own)] {
            assert_eq!(told(vec![head.clone()], Some(wrong)), elsewhere);
        }
        assert_eq!(told(vec![whole.clone()], Some((Payload::Input, rest(Way::BIG, 3)))), elsewhere);
        assert_eq!(told(vec![whole], Some((Payload::Input, rest(Way::BIG, 0)))), Ok(()));
    }

    /// A network of eight steps that answers after three and five of them as well.
    #[test]
    fn an_early_exit_answers_where_it_is() {
        let networks = Outlines::new([Outline::of_steps("little", 8).with_exits(&[3, 5, 8], true)]);
        let (first, to_first) = networks.to_exit(Way::LITTLE, 0);
        let (end, to_end) = networks.to_exit(Way::LITTLE, 2);
        assert_eq!((first.exit(), to_first.to, end, to_end), (Some(0), Some(3), Way::LITTLE, Steps::ALL));
        let check = |to, exit| {
            let segment = Segment { network: Way::LITTLE, steps: Steps { from: 0, to }, exit: Some(exit) };
            Strategy { segments: vec![segment], offloads: Vec::new() }.check(&networks)
        };
        assert_eq!((check(Some(3), first), check(None, end)), (Ok(()), Ok(())));
        let wrong = Err(StrategyError::NoExit { segment: 0 });
        assert_eq!(
            (check(Some(4), first), check(Some(8), end), check(None, first)),
            (wrong.clone(), wrong.clone(), wrong)
        );
    }
}
