//! What the devices of a replication will see.
//!
//! A degraded image is a new image, so the networks have to run on it: for the device's decision, for the cloud's
//! answer, and to tell in hindsight what a policy could have achieved. What a device will see does not depend on the
//! policy, so all policies of a replication need the same answers. They are asked for beforehand, in large parts on all
//! cores, and every run of the replication finds them in memory.

use sim_core::{Streams, Time};

use super::{Plan, Workload, entity};
use crate::answers::{Networks, Observation};

/// Most degraded images of a replication that are worth asking for beforehand: two replications have to fit in memory.
const MOST: f64 = 2e6;

impl Plan {
    /// Whether there is anything to ask for beforehand, and room for it.
    pub fn worth_precomputing(&self, networks: &Networks) -> bool {
        let degraded = self.groups.iter().filter(|group| group.conditions.degrade.is_some());
        let requests: f64 = degraded.map(|group| group.expected(self)).sum();
        networks.remembers() && requests > 0.0 && requests <= MOST
    }

    /// All degraded images that the devices will see in a replication.
    pub fn degraded_images(&self, replication: u32) -> Vec<Observation> {
        let streams = Streams::new(self.seed, replication.into());
        let (end, mut observations) = (Time::ZERO + self.duration, Vec::new());
        for group in &self.groups {
            let Some(degrade) = &group.conditions.degrade else { continue };
            for device in group.first..group.first + group.count {
                let mut workload = Workload::new(device, &group.arrivals, &streams);
                for number in 0.. {
                    let at = workload.next_arrival(&group.arrivals);
                    if at >= end {
                        break;
                    }
                    let image = workload.image(&group.images, self.part_over(at));
                    let random = || streams.open("degrade", entity(device, number));
                    let observation = Observation::drawn(image, Some(degrade), random);
                    if observation.degradation().is_some() {
                        observations.push(observation);
                    }
                }
            }
        }
        observations
    }
}
