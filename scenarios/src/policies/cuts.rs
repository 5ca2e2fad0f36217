//! Strategies that take a network apart between device and cloud.

use inference::Coding;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Goal, Offload, Outlines, Payload, Segment, Steps, Strategy, Tail, Way};

/// Which network of the pair is cut.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Which {
    /// The one on the devices.
    Little,
    /// The one in the cloud.
    #[default]
    Big,
}

impl Which {
    /// The way that runs the whole of it.
    fn way(self) -> Way {
        match self {
            Self::Little => Way::LITTLE,
            Self::Big => Way::BIG,
        }
    }

    pub(super) fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

/// A network that is cut, and how what crosses is sent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cuts {
    /// The network.
    pub network: Which,
    /// How what crosses is sent.
    pub coding: Coding,
}

/// A network that is cut where a request takes least.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CutsFor {
    /// What a request should take least of.
    #[serde(rename = "for")]
    pub goal: Goal,
    /// The network that is cut; by default, the one in the cloud.
    #[serde(default, skip_serializing_if = "Which::is_usual")]
    network: Which,
    /// How what crosses the cut is sent; by default, as it is.
    #[serde(default, skip_serializing_if = "is_usual")]
    coding: Coding,
}

impl CutsFor {
    pub(super) fn cuts(&self) -> Cuts {
        Cuts { network: self.network, coding: self.coding }
    }

    /// What tells it from others in a label.
    pub(super) fn told(&self) -> String {
        format!("for {}{}", self.goal, self.cuts().told())
    }
}

pub(super) fn is_usual(coding: &Coding) -> bool {
    *coding == Coding::default()
}

impl Cuts {
    /// What tells it from others in a label: `little`, `as float16`.
    pub fn told(&self) -> String {
        let network = if self.network.is_usual() { "" } else { " of little" };
        let coding = match self.coding {
            Coding::FLOAT32 => String::new(),
            coding if coding.to_string().len() == 1 => format!(" in {coding} bits"),
            coding => format!(" as {coding}"),
        };
        format!("{network}{coding}")
    }

    /// Cut after so many steps: before the first, the input is sent; after the last, the device's answer is kept.
    pub fn after(&self, step: usize, networks: &Outlines) -> Strategy {
        let network = self.network.way();
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
        let network = self.network.way();
        let steps = networks.steps(network);
        let segment = |step: usize| {
            let is_last = step + 1 == steps;
            let to = (!is_last).then_some(step + 1);
            Segment { network, steps: Steps { from: step, to }, exit: is_last.then_some(network) }
        };
        // Before the networks are known, there is one cut: before the first step.
        let offloads = (0..steps.max(1)).map(|step| self.offload(step, step)).collect();
        Strategy { segments: (0..steps).map(segment).collect(), offloads }
    }

    /// The rest of the network, sent up after so many segments that run so many of its steps.
    fn offload(&self, after: usize, step: usize) -> Offload {
        let payload = if step == 0 { Payload::Input } else { Payload::Tensor(self.coding) };
        Offload { after, payload, tail: Tail::Rest { network: self.network.way(), after: step } }
    }
}

#[cfg(test)]
mod tests {
    use inference::Bits;

    use super::*;

    fn cuts() -> Cuts {
        Cuts { network: Which::Little, coding: Coding::codes(Bits::EIGHT) }
    }

    /// A network of three steps: nothing of it, the first two, all of it on the device.
    #[test]
    fn the_ends_are_the_cloud_and_the_device_alone() {
        let networks = Outlines::new([3, 5]);
        let cut = |step| cuts().after(step, &networks);
        let [none, two, all] = [0, 2, 3].map(cut);
        assert!([&none, &two, &all].iter().all(|strategy| strategy.check() == Ok(())));
        assert_eq!(all, Strategy::little_alone());
        assert!(none.segments.is_empty() && none.offloads[0].payload == Payload::Input);
        assert_eq!(none.offloads[0].known_way(), Some(Way::LITTLE));
        assert_eq!((two.segments[0].steps, two.segments[0].exit), (Steps { from: 0, to: Some(2) }, None));
        let way = two.offloads[0].known_way().unwrap();
        assert_eq!((way.in_one_place(), way.crossing().map(|crossing| crossing.step)), (Way::LITTLE, Some(2)));
    }

    /// Three steps have a choice before each, and after the last the answer.
    #[test]
    fn anywhere_means_before_every_step_or_not_at_all() {
        let anywhere = cuts().anywhere(&Outlines::new([3]));
        assert_eq!((anywhere.check(), anywhere.segments.len(), anywhere.offloads.len()), (Ok(()), 3, 3));
        assert_eq!(anywhere.choices(0).count(), 2);
        assert_eq!(anywhere.choices(2).count(), 2);
        assert_eq!(anywhere.exits(3).collect::<Vec<_>>(), [Way::LITTLE]);
        assert_eq!(cuts().anywhere(&Outlines::UNKNOWN).check(), Ok(()));
    }

    #[test]
    fn labels_say_what_is_unusual() {
        let usual = Cuts { network: Which::Big, coding: Coding::FLOAT32 };
        assert_eq!((usual.told().as_str(), cuts().told().as_str()), ("", " of little in 8 bits"));
        assert_eq!(Cuts { coding: Coding::FLOAT16, ..usual }.told(), " as float16");
    }
}
