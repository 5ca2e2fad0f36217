//! Answers known ahead.
//!
//! An image that suffers on its way is a new image, so both networks have to run on it: for the device's decision, for
//! the cloud's answer, and to say afterwards what a policy could have had. Which images a device will see does not depend
//! on the policy, so all of a replication's policies ask the same questions. They are asked once, ahead, in large parts on
//! all cores, and every run of the replication reads the answers.

use inference::Answer;
use sim_core::{Streams, Time};

use super::minds::in_parallel;
use super::{Asker, Minds, Plan, Sight};
use crate::world::{Inquiries, entity};

/// Most answers that are kept at a time, some gigabyte; beyond it, runs ask for themselves.
const MOST: f64 = 4e7;

/// The answers to all degraded images of a replication.
pub struct Foresight {
    /// Where a device's answers begin; none of a device whose images do not suffer.
    first: Vec<Option<usize>>,
    answers: Vec<Option<(Answer, u8)>>,
}

impl Foresight {
    /// Whether there is anything to foresee, and room for it.
    pub fn worthwhile(plan: &Plan, minds: &Minds) -> bool {
        let degraded = plan.groups.iter().filter(|group| group.conditions.degrade.is_some());
        let requests: f64 = degraded.map(|group| group.expected(plan)).sum();
        minds.little.remembers() && requests > 0.0 && requests <= MOST
    }

    /// Asks all that will be asked in a replication, on `threads` threads.
    pub fn new(plan: &Plan, minds: &Minds, replication: u32, threads: usize) -> Self {
        let streams = Streams::new(plan.seed, replication.into());
        let (end, mut sights) = (Time::ZERO + plan.duration, Vec::new());
        let mut first = Vec::with_capacity(plan.devices() as usize);
        for group in &plan.groups {
            for device in group.first..group.first + group.count {
                let Some(degrade) = &group.conditions.degrade else {
                    first.push(None);
                    continue;
                };
                first.push(Some(sights.len()));
                let mut inquiries = Inquiries::new(device, &group.arrivals, &streams);
                let mut number = 0;
                loop {
                    let at = inquiries.next_arrival(&group.arrivals);
                    if at >= end {
                        break;
                    }
                    let image = inquiries.image(&group.images, plan.part_over(at));
                    let harm = || streams.open("degrade", entity(device, number));
                    sights.push(Sight::drawn(image, Some(degrade), harm));
                    number += 1;
                }
            }
        }
        let answers = in_parallel(&sights, threads, |sights| {
            let mut asker = Asker::new(minds, None);
            sights
                .iter()
                .map(|sight| {
                    sight.degradation().map(|_| asker.unasked(|asker| (asker.little(sight), asker.big(sight))))
                })
                .collect()
        });
        Self { first, answers }
    }

    /// Where the answers to request `number` of `device` lie.
    pub fn place(&self, device: u32, number: u32) -> Option<usize> {
        self.first[device as usize].map(|first| first + number as usize)
    }

    /// The little network's answer and the big one's class.
    pub fn at(&self, place: usize) -> Option<(Answer, u8)> {
        self.answers.get(place).copied().flatten()
    }
}
