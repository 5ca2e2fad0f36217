//! What a policy's strategy comes to for the devices of a group.

use device_models::Work;
use device_models::units::DataSize;
use sim_core::Span;

use super::{CLOUD, Group, Plan, Tier};
use crate::policies::{Layers, Offload, Payload, Segment, Strategy, Tail, Way};

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
}

/// An offload of a route.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Load {
    /// What is sent.
    pub payload: DataSize,
    /// The kind of job it is to a tier: the number of the first offload with an equal tail.
    pub kind: usize,
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
    pub fn route(&self, strategy: &Strategy, group: &Group) -> Route {
        let leg = |segment: &Segment| {
            let work = self.work(segment.network, segment.layers);
            Leg { takes: group.processor.time(&work), interval: group.processor.interval(&work) }
        };
        let load = |offload: &Offload| Load {
            payload: match offload.payload {
                Payload::Input => group.payload,
                Payload::Tensor(size) => size,
            },
            kind: strategy.offloads.iter().position(|other| other.tail == offload.tail).unwrap_or_default(),
        };
        Route {
            segments: strategy.segments.iter().map(leg).collect(),
            offloads: strategy.offloads.iter().map(load).collect(),
        }
    }

    /// What `tier` has to do for the offloads of `strategy`, by their kind.
    pub fn jobs(&self, strategy: &Strategy, tier: &Tier) -> Vec<Job> {
        let job = |offload: &Offload| {
            let layers = match offload.tail {
                Tail::Own => Layers::ALL,
                Tail::Rest { layers, .. } => layers,
            };
            let way = offload.tail.way(tier.network);
            Job { work: self.work(way, layers), way, own: offload.tail == Tail::Own }
        };
        strategy.offloads.iter().map(job).collect()
    }

    /// The network of every tier that requests may reach, if it is the same in all: a full tier forwards to the cloud.
    pub fn one_network(&self) -> Option<Way> {
        let cloud = self.tiers[usize::from(CLOUD)].network;
        self.groups.iter().all(|group| group.first_tier.network == cloud).then_some(cloud)
    }

    /// The work of some layers of a network.
    pub fn work(&self, network: Way, layers: Layers) -> Work {
        let all = &self.works[network.index()].layers;
        let to = layers.to.unwrap_or(all.len()).min(all.len());
        Work { layers: all[layers.from.min(to)..to].to_vec() }
    }
}
