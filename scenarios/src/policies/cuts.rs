//! Strategies that take a network apart between device and cloud.

use inference::Coding;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Goal, NetworkName, Offload, Outlines, Payload, Segment, Steps, Strategy, StrategyError, Tail, Way};

/// A network that is cut where a request takes least.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CutsFor {
    /// What a request should take least of.
    #[serde(rename = "for")]
    pub goal: Goal,
    /// The network that is cut; by default, `big`.
    #[serde(default = "NetworkName::big", skip_serializing_if = "NetworkName::is_big")]
    network: NetworkName,
    /// How what crosses the cut is sent; by default, as it is.
    #[serde(default, skip_serializing_if = "is_usual")]
    coding: Coding,
}

impl CutsFor {
    /// What it is in a scenario with these networks.
    pub(super) fn cuts(&self, networks: &Outlines) -> Result<Cuts, StrategyError> {
        Ok(Cuts { network: networks.find(&self.network)?, coding: self.coding })
    }

    /// What tells it from others in a label.
    pub(super) fn told(&self) -> String {
        format!("for {}{}", self.goal, told(&self.network, self.coding))
    }
}

pub(super) fn is_usual(coding: &Coding) -> bool {
    *coding == Coding::default()
}

/// What tells a network that is cut from others in a label: ` of little`, ` as float16`.
pub(super) fn told(network: &NetworkName, coding: Coding) -> String {
    let network = if network.is_big() { String::new() } else { format!(" of {}", network.0) };
    let coding = match coding {
        Coding::FLOAT32 => String::new(),
        coding if coding.to_string().len() == 1 => format!(" in {coding} bits"),
        coding => format!(" as {coding}"),
    };
    network + &coding
}

/// A network that is cut, and how what crosses is sent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cuts {
    /// The way that runs the whole of it.
    pub network: Way,
    /// How what crosses is sent.
    pub coding: Coding,
}

impl Cuts {
    /// Cut after so many steps: before the first, the input is sent; after the last, the device's answer is kept.
    pub fn after(&self, step: usize, networks: &Outlines) -> Strategy {
        let network = self.network;
        let steps = networks.steps(network);
        if step == 0 {
            return Strategy { segments: Vec::new(), offloads: vec![self.offload(0, 0)] };
        }
        let is_whole = step == steps;
        let head = Steps { from: 0, to: (!is_whole).then_some(step) };
        let segment = Segment { network, steps: head, exit: is_whole.then_some(network) };
        let offloads = if is_whole { Vec::new() } else { vec![self.offload(1, step)] };
        Strategy { segments: vec![segment], offloads }
    }

    /// A segment for every step, with a choice between each two.
    pub fn anywhere(&self, networks: &Outlines) -> Strategy {
        self.after_all_of(Strategy { segments: Vec::new(), offloads: Vec::new() }, networks)
    }

    /// The same after all segments of another strategy, and in place of what it sends up.
    pub fn after_all_of(&self, before: Strategy, networks: &Outlines) -> Strategy {
        let (network, first) = (self.network, before.segments.len());
        let steps = networks.steps(network);
        let segment = |step: usize| {
            let is_last = step + 1 == steps;
            let to = (!is_last).then_some(step + 1);
            Segment { network, steps: Steps { from: step, to }, exit: is_last.then_some(network) }
        };
        // Before the networks are known, there is one cut: before the first step.
        let offloads = (0..steps.max(1)).map(|step| self.offload(first + step, step)).collect();
        Strategy { segments: before.segments.into_iter().chain((0..steps).map(segment)).collect(), offloads }
    }

    /// The rest of the network, sent up after so many segments that run so many of its steps.
    fn offload(&self, after: usize, step: usize) -> Offload {
        let payload = if step == 0 { Payload::Input } else { Payload::Tensor(self.coding) };
        Offload { after, payload, tail: Tail::Rest { network: self.network, after: step } }
    }
}

#[cfg(test)]
mod tests {
    use inference::Bits;

    use super::*;
    use crate::policies::Outline;

    fn cuts() -> Cuts {
        Cuts { network: Way::LITTLE, coding: Coding::codes(Bits::EIGHT) }
    }

    /// A network of three steps: nothing of it, the first two, all of it on the device.
    #[test]
    fn the_ends_are_the_cloud_and_the_device_alone() {
        let networks = Outlines::new([Outline::of_steps("little", 3), Outline::of_steps("big", 5)]);
        let cut = |step| cuts().after(step, &networks);
        let [none, two, all] = [0, 2, 3].map(cut);
        assert!([&none, &two, &all].iter().all(|strategy| strategy.check(&Outlines::UNKNOWN) == Ok(())));
        assert_eq!(all, Strategy::alone(Way::LITTLE));
        assert!(none.segments.is_empty() && none.offloads[0].payload == Payload::Input);
        assert_eq!(none.offloads[0].known_way(), Some(Way::LITTLE));
        assert_eq!((two.segments[0].steps, two.segments[0].exit), (Steps { from: 0, to: Some(2) }, None));
        let way = two.offloads[0].known_way().unwrap();
        assert_eq!((way.in_one_place(), way.crossing().map(|crossing| crossing.step)), (Way::LITTLE, Some(2)));
    }

    /// Three steps have a choice before each, and after the last the answer.
    #[test]
    fn anywhere_means_before_every_step_or_not_at_all() {
        let anywhere = cuts().anywhere(&Outlines::new([Outline::of_steps("little", 3)]));
        assert_eq!(
            (anywhere.check(&Outlines::UNKNOWN), anywhere.segments.len(), anywhere.offloads.len()),
            (Ok(()), 3, 3)
        );
        assert_eq!(anywhere.choices(0).count(), 2);
        assert_eq!(anywhere.choices(2).count(), 2);
        assert_eq!(anywhere.exits(3).collect::<Vec<_>>(), [Way::LITTLE]);
        assert_eq!(cuts().anywhere(&Outlines::UNKNOWN).check(&Outlines::UNKNOWN), Ok(()));
    }

    /// A network of two steps first, then one of three with a choice before each.
    #[test]
    fn another_network_may_come_before() {
        let networks = Outlines::new([Outline::of_steps("little", 2), Outline::of_steps("big", 3)]);
        let cuts = Cuts { network: Way::BIG, coding: Coding::FLOAT32 };
        let strategy = cuts.after_all_of(Strategy::answer_or_appeal(), &networks);
        assert_eq!((strategy.check(&networks), strategy.segments.len(), strategy.offloads.len()), (Ok(()), 4, 3));
        assert_eq!(strategy.offloads.iter().map(|offload| offload.after).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(strategy.exits(4).collect::<Vec<_>>(), [Way::LITTLE, Way::BIG]);
    }

    #[test]
    fn labels_say_what_is_unusual() {
        let eight = Coding::codes(Bits::EIGHT);
        assert_eq!(told(&NetworkName::big(), Coding::FLOAT32), "");
        assert_eq!(told(&NetworkName::little(), eight), " of little in 8 bits");
        assert_eq!(told(&NetworkName::big(), Coding::FLOAT16), " as float16");
    }
}
