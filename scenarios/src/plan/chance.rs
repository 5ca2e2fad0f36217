//! What is random in a run, whatever its policy.
//!
//! Random streams are named by the seed, a purpose and an entity. Two runs draw the same numbers for the same things if
//! what is drawn for each purpose is the same; then, and only then, their differences are paired.

use device_models::units::DataSize;
use device_models::{ArrivalProcess, Loss, RandomTime, Rate};
use serde::Serialize;

use super::{Group, Plan};
use crate::answers::Networks;
use crate::identity::Identity;
use crate::schema::{Conditions, Outages};

/// Identities of what is drawn; equal identities mean that the same was drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Chance {
    /// When requests arrive, and where.
    pub requests: Identity,
    /// Which images they carry, and how those are degraded.
    pub observations: Identity,
    /// Delays, losses and rates in transit, outages and the starts of servers.
    pub channels: Identity,
}

#[derive(Serialize)]
struct Requests<'a> {
    seed: u64,
    nanoseconds: u64,
    groups: Vec<(u32, &'a ArrivalProcess)>,
}

#[derive(Serialize)]
struct Observations<'a> {
    requests: Identity,
    data: u64,
    groups: Vec<&'a Conditions>,
}

#[derive(Serialize)]
struct Channels<'a> {
    requests: Identity,
    groups: Vec<Channel<'a>>,
    tiers: Vec<(Option<&'a Outages>, Option<&'a RandomTime>)>,
}

/// What is drawn for the requests of a group; what is constant is left out.
#[derive(Serialize)]
struct Channel<'a> {
    rtt: &'a RandomTime,
    near_rtt: Option<&'a RandomTime>,
    /// The loss, and the sizes that determine how many packets can be lost.
    loss: Option<(Loss, DataSize, DataSize)>,
    uplink: Option<&'a Rate>,
    downlink: Option<&'a Rate>,
    /// The link's number, since a cell has its own stream, and its rate.
    cell: Option<(usize, &'a Rate)>,
    /// How much of the waits before further attempts may be cut at random.
    jitter: Option<f64>,
}

impl Chance {
    /// What is random in the runs of `plan`, replication by replication.
    pub fn of(plan: &Plan, networks: &Networks) -> Self {
        let requests = Identity::of(&Requests {
            seed: plan.seed,
            nanoseconds: plan.duration.as_nanos(),
            groups: plan.groups.iter().map(|group| (group.count, &group.arrivals)).collect(),
        });
        let observations = Identity::of(&Observations {
            requests,
            data: networks.data.fingerprint(),
            groups: plan.groups.iter().map(|group| &group.conditions).collect(),
        });
        let channels = Identity::of(&Channels {
            requests,
            groups: plan.groups.iter().map(|group| Channel::of(plan, group)).collect(),
            tiers: plan
                .tiers
                .iter()
                .map(|tier| (tier.outages.as_ref(), tier.scale.as_ref().map(|scale| &scale.cold_start)))
                .collect(),
        });
        Self { requests, observations, channels }
    }
}

impl<'a> Channel<'a> {
    fn of(plan: &'a Plan, group: &'a Group) -> Self {
        let access = &plan.links[group.link];
        let changing = |rate: &'a Rate| rate.constant().is_none().then_some(rate);
        let link = &access.link;
        Self {
            rtt: &link.rtt,
            near_rtt: access.edge.as_ref().map(|(_, rtt)| rtt),
            loss: (link.loss != Loss::NONE).then_some((link.loss, group.payload, group.answer)),
            uplink: changing(&link.uplink),
            downlink: changing(&link.downlink),
            cell: link.cell.as_ref().and_then(changing).map(|rate| (group.link, rate)),
            jitter: group.retry.map(|retry| retry.jitter.get()),
        }
    }
}
