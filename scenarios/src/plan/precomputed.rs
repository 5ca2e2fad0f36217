//! Precomputed answers.
//!
//! A degraded image is a new image, so both networks have to run on it: for the device's decision, for the cloud's
//! answer, and to tell in hindsight what a policy could have achieved. Which images a device will see does not depend
//! on the policy, so all policies of a replication need the same answers. They are computed once, beforehand, in large
//! parts on all cores, and every run of the replication reads them.

use inference::Answer;
use sim_core::{Streams, Time};

use super::network_pair::in_parallel;
use super::{Evaluator, NetworkPair, Observation, Plan};
use crate::world::{Workload, entity};

/// Most answers that are kept at a time, about a gigabyte; beyond that, runs compute their own.
const MOST: f64 = 4e7;

/// The answers for all degraded images of a replication.
pub struct PrecomputedAnswers {
    /// Index of each device's first answer; none for a device whose images are not degraded.
    first: Vec<Option<usize>>,
    answers: Vec<Option<(Answer, u8)>>,
}

impl PrecomputedAnswers {
    /// Whether there is anything to precompute, and room for it.
    pub fn worthwhile(plan: &Plan, networks: &NetworkPair) -> bool {
        let degraded = plan.groups.iter().filter(|group| group.conditions.degrade.is_some());
        let requests: f64 = degraded.map(|group| group.expected(plan)).sum();
        networks.little.remembers() && requests > 0.0 && requests <= MOST
    }

    /// Computes all answers a replication will need, on `threads` threads.
    pub fn new(plan: &Plan, networks: &NetworkPair, replication: u32, threads: usize) -> Self {
        let streams = Streams::new(plan.seed, replication.into());
        let (end, mut observations) = (Time::ZERO + plan.duration, Vec::new());
        let mut first = Vec::with_capacity(plan.devices() as usize);
        for group in &plan.groups {
            for device in group.first..group.first + group.count {
                let Some(degrade) = &group.conditions.degrade else {
                    first.push(None);
                    continue;
                };
                first.push(Some(observations.len()));
                let mut workload = Workload::new(device, &group.arrivals, &streams);
                let mut number = 0;
                loop {
                    let at = workload.next_arrival(&group.arrivals);
                    if at >= end {
                        break;
                    }
                    let image = workload.image(&group.images, plan.part_over(at));
                    let random = || streams.open("degrade", entity(device, number));
                    observations.push(Observation::drawn(image, Some(degrade), random));
                    number += 1;
                }
            }
        }
        let answers = in_parallel(&observations, threads, |observations| {
            let mut evaluator = Evaluator::new(networks, None);
            observations
                .iter()
                .map(|observation| {
                    observation.degradation().map(|_| {
                        evaluator.unasked(|evaluator| (evaluator.little(observation), evaluator.big(observation)))
                    })
                })
                .collect()
        });
        Self { first, answers }
    }

    /// Index of the answers for request `number` of `device`.
    pub fn place(&self, device: u32, number: u32) -> Option<usize> {
        self.first[device as usize].map(|first| first + number as usize)
    }

    /// The little network's answer and the big one's class.
    pub fn at(&self, place: usize) -> Option<(Answer, u8)> {
        self.answers.get(place).copied().flatten()
    }
}
