//! The load offered to processors, links and servers, as a multiple of what they can do. Above 1 they cannot keep up:
//! queues grow as long as the run lasts, or whatever bounds them turns the rest away.
//!
//! | server | offered per second | can do per second |
//! |---|---|---|
//! | a device's processor | requests · time before the next may enter, likewise for later segments, appeals · time to prepare one | 1 |
//! | a device's uplink, its downlink | bits of attempts, of answers, over the mean rate; pauses of connections | 1 |
//! | a cell | bits of all its devices' attempts, and of answers if they take part of it | the mean capacity |
//! | a tier | attempts that reach it | servers · largest batch / its time |
//!
//! If arrivals have a constant rate, the scenario file's rate is used, which removes the random variation of their
//! number in one run. How many attempts and bits a request leads to is taken from the run.
//!
//! A device whose battery runs empty asks nothing afterwards and can do nothing: both count while it is alive.

use analysis::{Excess, OfferedLoad};
use device_models::Rate;
use sim_core::{Span, Time};

use super::World;
use super::device::Device;
use crate::plan::{CLOUD, Group, Job};
use crate::schema::WhenFull;

/// The requests that came to the devices of a group while they were alive, and how many the scenario file lets one
/// expect in that time.
struct Came {
    requests: f64,
    expected: f64,
    /// Total seconds that its devices were alive.
    alive: f64,
    /// How long they were alive on average.
    life: Span,
}

impl Came {
    /// The factor that removes the random variation of the number of requests.
    fn evened(&self) -> f64 {
        if self.requests > 0.0 { self.expected / self.requests } else { 1.0 }
    }
}

impl World<'_> {
    /// Everything that was offered a load.
    pub(super) fn offered_loads(&self, end: Time) -> Vec<OfferedLoad> {
        let came: Vec<Came> = self.plan.groups.iter().map(|group| self.came(group, end)).collect();
        let mut loads = Vec::new();
        let mut add = |server: String, times: f64, excess: Excess| {
            if times > 0.0 {
                loads.push(OfferedLoad { server, times, excess });
            }
        };
        let strategy = &self.policy.strategy;
        for (((group, came), asked), route) in self.plan.groups.iter().zip(&came).zip(&self.asked).zip(&self.routes) {
            let access = &self.plan.links[group.link];
            let (name, link, gives_up) = (&group.name, &access.name, gives_up(group));
            let later = (asked.later_segments_s + asked.preparing_s) * came.evened() / came.alive;
            if !strategy.segments.is_empty() {
                let excess = match group.when_full {
                    _ if came.requests <= f64::from(group.count) * group.queue as f64 => gives_up,
                    WhenFull::Appeal if strategy.at_once().is_some() => Excess::GoesOn,
                    _ => Excess::GivesUp,
                };
                let times = came.requests * came.evened() / came.alive * route.segments[0].interval.as_secs();
                add(format!("the {name}'s processor"), times + later, excess);
            } else {
                add(format!("the {name}'s processor"), later, gives_up);
            }
            let share = |bits: f64, pauses: f64, rate: &Rate| {
                (bits / rate.mean(came.life) + pauses) * came.evened() / came.alive
            };
            let up = share(asked.up_bits, asked.up_pauses_s, &access.link.uplink);
            add(format!("the {name}'s uplink over {link}"), up, gives_up);
            let down = share(asked.down_bits, asked.down_pauses_s, &access.link.downlink);
            add(format!("the {name}'s downlink over {link}"), down, gives_up);
        }
        for (number, access) in self.plan.links.iter().enumerate() {
            let Some(cell) = &access.link.cell else { continue };
            let here =
                || self.plan.groups.iter().zip(&came).zip(&self.asked).filter(|((group, _), _)| group.link == number);
            let received = access.link.received_as_sent().unwrap_or(0.0);
            let bits: f64 =
                here().map(|((_, came), asked)| (asked.up_bits + received * asked.down_bits) * came.evened()).sum();
            let all_give_up = here().all(|((group, _), _)| gives_up(group) == Excess::GivesUp);
            let excess = if all_give_up { Excess::GivesUp } else { Excess::Waits };
            add(format!("the cell of {}", access.name), bits / end.as_secs() / cell.mean(self.plan.duration), excess);
        }
        let all = |of: fn(&Came) -> f64| came.iter().map(of).sum::<f64>();
        let (requests, expected) = (all(|c| c.requests), all(|c| c.expected));
        let evened = Came { requests, expected, alive: 1.0, life: self.plan.duration }.evened();
        for ((number, tier), state) in (0..).zip(&self.plan.tiers).zip(&self.tiers) {
            let servers = tier.scale.as_ref().map_or(tier.servers, |scale| scale.most);
            let times = |(job, asked): (&Job, u64)| {
                let takes = tier.takes(job, tier.largest_batch).as_secs();
                let can = servers as f64 * tier.largest_batch as f64 / takes;
                asked as f64 * evened / end.as_secs() / can
            };
            let times = state.asked().map(times).sum();
            let at_link =
                self.plan.links.iter().find(|access| access.edge.as_ref().is_some_and(|(at, _)| *at == number));
            match at_link {
                Some(access) => add(format!("the edge of {}", access.name), times, Excess::GoesOn),
                None if tier.queue.is_some() => add("the cloud".into(), times, Excess::GivesUp),
                None => add("the cloud".into(), times, Excess::Waits),
            }
            debug_assert!(at_link.is_some() == (number != CLOUD));
        }
        loads
    }

    fn came(&self, group: &Group, end: Time) -> Came {
        let devices = &self.devices[group.first as usize..(group.first + group.count) as usize];
        let outlived = |device: &Device| device.battery.as_ref().and_then(|unit| unit.outlived);
        let requests = devices.iter().map(|device| f64::from(outlived(device).unwrap_or(device.requests))).sum();
        let alive = devices.iter().map(|device| device.died.unwrap_or(end).as_secs()).sum::<f64>().max(1e-9);
        let all_lived = devices.iter().all(|device| device.died.is_none());
        let life = if all_lived { self.plan.duration } else { Span::from_secs(alive / devices.len() as f64) };
        let part_alive = if all_lived { 1.0 } else { alive / (devices.len() as f64 * end.as_secs()) };
        let expected = if group.arrivals.is_steady() { group.expected(self.plan) * part_alive } else { requests };
        Came { requests, expected, alive, life }
    }
}

/// What happens to requests that wait for their device: with a time limit, they leave the queue when it is over.
fn gives_up(group: &Group) -> Excess {
    if group.timeout.is_some() { Excess::GivesUp } else { Excess::Waits }
}
