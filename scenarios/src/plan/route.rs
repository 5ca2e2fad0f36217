//! What a policy's strategy comes to for the devices of a group.

use device_models::Work;
use device_models::units::DataSize;
use sim_core::Span;

use super::{CLOUD, Group, Plan, Tier};
use crate::policies::{Crossing, Offload, Payload, Segment, Steps, Strategy, Tail, Way};

/// A strategy with what it takes, step by step.
#[derive(Clone, Debug, PartialEq)]
pub struct Route {
    /// The segments.
    pub segments: Vec<Leg>,
    /// The offloads.
    pub offloads: Vec<Load>,
}

/// A segment of a route.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Leg {
    /// How long the device's processor takes for it.
    pub takes: Span,
    /// How long after a request the next one may start: as long as it takes, or less in a pipeline.
    pub interval: Span,
    /// Watts beyond idling that the processor draws for as long.
    pub extra_power: f64,
}

impl Leg {
    /// What it takes for a sample that takes this multiple of the mean, if samples differ.
    pub fn times(self, effort: Option<f64>) -> Self {
        Self { takes: times(self.takes, effort), interval: times(self.interval, effort), ..self }
    }
}

/// A time as often as `effort` says, if it does; at least a nanosecond.
pub fn times(span: Span, effort: Option<f64>) -> Span {
    effort.map_or(span, |effort| Span::from_nanos((span.as_nanos() as f64 * effort).round().max(1.0) as u64))
}

/// An offload of a route.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Load {
    /// What is sent.
    pub payload: Size,
    /// The kind of job it is to a tier: the number of the first offload that is answered in the same way.
    pub kind: usize,
    /// How long the first tier on its path takes for it, if nothing else is there.
    pub served: Span,
}

/// The size of what is sent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Size {
    /// The same for every image.
    Fixed(DataSize),
    /// What was recorded for each sample, with this mean.
    Recorded(DataSize),
    /// That of the very tensors.
    Measured {
        /// What they are.
        crossing: Crossing,
        /// What it would be without compression.
        at_most: DataSize,
    },
}

/// What a tier has to do for an offload; jobs of a kind may share a batch.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// The work for one of them.
    pub work: Work,
    /// How the answer is got.
    pub way: Way,
    /// Whether it is the tier's own network on the input, so that the tier may judge the answer.
    pub own: bool,
}

impl Plan {
    /// What `strategy` takes on the devices of `group`.
    ///
    /// A segment that goes on where the last one ended takes what the longer stretch takes more: a network that runs
    /// through takes as long in many segments as in one.
    pub fn route(&self, strategy: &Strategy, group: &Group) -> Route {
        let up_to = |network: Way, to: Option<usize>| {
            let work = self.work(network, Steps { from: 0, to });
            (group.processor.time(&work), group.processor.interval(&work))
        };
        let leg = |segment: &Segment| {
            if let Some(measured) = group.measured.get(&segment.network.network()) {
                return *measured;
            }
            let extra_power = group.processor.extra_power();
            let (takes, interval) = up_to(segment.network, segment.steps.to);
            match segment.steps.from {
                0 => Leg { takes, interval, extra_power },
                from => {
                    let (before, entered) = up_to(segment.network, Some(from));
                    let (takes, interval) = (takes.saturating_sub(before), interval.saturating_sub(entered));
                    Leg { takes, interval, extra_power }
                }
            }
        };
        let tier = &self.tiers[usize::from(self.links[group.link].edge.as_ref().map_or(CLOUD, |(tier, _)| *tier))];
        let load = |offload: &Offload| Load {
            payload: self.size(offload, group),
            kind: kind(strategy, offload),
            served: tier.prepare + tier.takes(&self.job(offload, tier), 1),
        };
        Route {
            segments: strategy.segments.iter().map(leg).collect(),
            offloads: strategy.offloads.iter().map(load).collect(),
        }
    }

    /// The size of what an offload sends.
    fn size(&self, offload: &Offload, group: &Group) -> Size {
        let (Payload::Tensor(coding), Tail::Rest { network, after: step }) = (offload.payload, offload.tail) else {
            return if group.payload_is_recorded { Size::Recorded(group.payload) } else { Size::Fixed(group.payload) };
        };
        let at_most = self.works[network.network()].crossing(step, coding);
        match coding.compress {
            false => Size::Fixed(at_most),
            true => Size::Measured { crossing: Crossing { network, step, coding }, at_most },
        }
    }

    /// What `tier` has to do for the offloads of `strategy`, by their kind.
    pub fn jobs(&self, strategy: &Strategy, tier: &Tier) -> Vec<Job> {
        strategy.offloads.iter().map(|offload| self.job(offload, tier)).collect()
    }

    fn job(&self, offload: &Offload, tier: &Tier) -> Job {
        let (network, from) = match offload.tail {
            Tail::Own => (tier.network, 0),
            Tail::Rest { network, after } => (network, after),
        };
        let work = self.work(network, Steps { from, to: None });
        Job { work, way: offload.way(tier.network), own: offload.tail == Tail::Own }
    }

    /// Whether what a network takes was measured on any hardware.
    pub fn is_measured(&self, network: Way) -> bool {
        let number = network.network();
        self.groups.iter().any(|group| group.measured.contains_key(&number))
            || self.tiers.iter().any(|tier| tier.measured.contains_key(&number))
    }

    /// The network of every tier that requests may reach, if it is the same in all: a full tier forwards to the cloud.
    pub fn one_network(&self) -> Option<Way> {
        let cloud = self.tiers[usize::from(CLOUD)].network;
        self.groups.iter().all(|group| group.first_tier.network == cloud).then_some(cloud)
    }

    /// The work of some steps of a network.
    pub fn work(&self, network: Way, steps: Steps) -> Work {
        self.works[network.network()].of_steps(steps)
    }
}

/// The number of the first offload of a strategy that leaves the same to be run, and is answered in the same way.
fn kind(strategy: &Strategy, offload: &Offload) -> usize {
    let alike = |other: &Offload| other.tail == offload.tail && other.known_way() == offload.known_way();
    strategy.offloads.iter().position(alike).unwrap_or_default()
}
