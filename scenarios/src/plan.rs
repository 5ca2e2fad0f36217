//! A scenario with everything resolved: presets looked up, defaults filled in, references turned into indices, networks
//! loaded. A scenario that cannot be run is rejected here, before anything runs.

mod ahead;
mod chance;
mod charged;
mod expected;
mod extrapolated;
mod first_tier;
mod images;
mod mixture;
mod recordings;
mod resolve;
mod route;
mod workload;

use std::collections::BTreeMap;
use std::sync::Arc;

use device_models::units::DataSize;
use device_models::{ArrivalProcess, BatchTimes, Battery, Grid, Link, Processor, Radio, RandomTime, Server};
use inference::Half;
use sim_core::{Span, Time};

use crate::answers::Networks;
use crate::policies::{ImageAnswers, Offload, Outlines, PolicySpec, Strategy, Way};
use crate::schema::{Conditions, Fallback, Outages, Retry, Scale, WhenFull};
pub use chance::Chance;
pub use charged::{Charged, work_of};
pub use expected::Seen;
pub use first_tier::FirstTier;
pub use images::{ByClass, Images};
pub use mixture::{Met, Mixture, samples, spread};
pub use resolve::{SEEN, load_networks, load_networks_for, read_spec, resolve};
pub use route::{Job, Leg, Load, Route, Size, times};
pub use workload::{Workload, attempt_entity, entity};

/// A scenario ready to run; the only options left are things a device may really lack.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Name of the results.
    pub name: String,
    /// Seed of everything random.
    pub seed: u64,
    /// Simulated time.
    pub duration: Span,
    /// Requests that arrive before this are not counted; zero until it is detected, if it has to be.
    pub warmup: Span,
    /// Whether the warm-up has to be detected.
    pub detect_warmup: bool,
    /// Groups of identical devices.
    pub groups: Vec<Group>,
    /// Links, by the index groups refer to.
    pub links: Vec<Access>,
    /// Where appeals are answered: the cloud first, then the edge servers of links.
    pub tiers: Vec<Tier>,
    /// What the networks cost for one image, in order.
    pub works: Vec<Charged>,
    /// What thresholds are calibrated on.
    pub calibrate_on: Mixture,
    /// What policies know of the networks.
    pub outlines: Outlines,
    /// What the energy of devices and servers emits, if that is known.
    pub grid: Option<Grid>,
    /// What is compared.
    pub policies: Vec<PolicySpec>,
}

/// Identical devices, numbered from `first`.
#[derive(Clone, Debug)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// Number of its first device.
    pub first: u32,
    /// How many devices.
    pub count: u32,
    /// Their processor, at its operating point.
    pub processor: Processor,
    /// Their battery, unless they are plugged in.
    pub battery: Option<Battery>,
    /// Index of their link.
    pub link: usize,
    /// The first tier on the path of an appeal.
    pub first_tier: FirstTier,
    /// When requests arrive.
    pub arrivals: ArrivalProcess,
    /// What they see.
    pub conditions: Conditions,
    /// Where their images come from, ready to be drawn.
    pub images: Images,
    /// What it takes to prepare an appeal, if anything.
    pub prepare: Option<Preparation>,
    /// What networks take that were measured here, by their number.
    pub measured: BTreeMap<usize, Leg>,
    /// What an appeal sends, on average.
    pub payload: DataSize,
    /// Whether that differs by sample, as recorded.
    pub payload_is_recorded: bool,
    /// What comes back.
    pub answer: DataSize,
    /// When an answer is late.
    pub deadline: Option<Span>,
    /// When the device gives up on the cloud.
    pub timeout: Option<Span>,
    /// Whether it tries again.
    pub retry: Option<Retry>,
    /// What is used instead when it has given up.
    pub fallback: Fallback,
    /// Requests that may wait for the processor.
    pub queue: usize,
    /// What happens to more.
    pub when_full: WhenFull,
}

/// What it takes to prepare an appeal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Preparation {
    /// How long the processor is busy with it.
    pub time: Span,
    /// Watts that this adds to idling.
    pub extra_power: f64,
}

/// A link and the radio its devices reach it with.
#[derive(Clone, Debug)]
pub struct Access {
    /// The link's name.
    pub name: String,
    /// The radio.
    pub radio: Radio,
    /// The link.
    pub link: Link,
    /// The tier at its end, if there is one, and the round trip to it.
    pub edge: Option<(u8, RandomTime)>,
    /// What it is like on average.
    pub typical: Typical,
}

/// What a link is like on average, for a device that is alone on it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Typical {
    /// Bits a second that it sends.
    pub up: f64,
    /// Bits a second that it receives.
    pub down: f64,
    /// Seconds of the round trip to the first servers on its way.
    pub round_trip: f64,
}

/// Number of the cloud among the tiers.
pub const CLOUD: u8 = 0;

/// Servers that answer appeals: the cloud's, or those at the end of a link.
#[derive(Clone, Debug)]
pub struct Tier {
    /// A server.
    pub server: Server,
    /// How long batches of networks take that were measured here, by the networks' numbers.
    pub measured: BTreeMap<usize, BatchTimes>,
    /// How many of them are always on.
    pub servers: usize,
    /// How more of them are started and stopped, if they are.
    pub scale: Option<Scale>,
    /// Time a request takes before it joins their queue.
    pub prepare: Span,
    /// Requests that may wait for them; without it, any number.
    pub queue: Option<usize>,
    /// Most requests in a batch.
    pub largest_batch: usize,
    /// Longest the first of a batch waits.
    pub patience: Span,
    /// The network they run, named by the way that runs the whole of it.
    pub network: Way,
    /// Which of its answers they keep; they pass the other requests on to the cloud. None if they keep all.
    pub policy: Option<PolicySpec>,
    /// What a server costs per hour.
    pub price_per_hour: Option<f64>,
    /// When it cannot be reached.
    pub outages: Option<Outages>,
}

impl Tier {
    /// How long a batch of `size` requests takes that are a job of this kind.
    pub fn takes(&self, job: &Job, size: usize) -> Span {
        match self.measured.get(&job.way.network()) {
            Some(times) => Span::from_secs_up(times.seconds(size as f64)),
            None => self.server.time(&job.work, size),
        }
    }
}

impl Group {
    /// Requests of all its devices in a run of `plan`: on average, or exactly if they come from a recording.
    pub fn expected(&self, plan: &Plan) -> f64 {
        f64::from(self.count) * self.arrivals.expected(plan.duration)
    }
}

impl Plan {
    /// Number of devices.
    pub fn devices(&self) -> u32 {
        self.groups.last().map_or(0, |group| group.first + group.count)
    }

    /// Requests a run will make, on average.
    pub fn expected_requests(&self) -> f64 {
        self.groups.iter().map(|group| group.expected(self)).sum()
    }

    /// The part of a run that is over at `now`.
    pub fn part_over(&self, now: Time) -> f64 {
        now.as_nanos() as f64 / self.duration.as_nanos().max(1) as f64
    }

    /// The calibration half as thresholds are set on it, with the answers of all networks, on `threads` threads; empty if
    /// no policy has a threshold to find.
    pub fn calibration_images(&self, networks: &Networks, threads: usize) -> Vec<ImageAnswers> {
        if !self.policies.iter().any(PolicySpec::needs_calibration) {
            return Vec::new();
        }
        let images = self.calibrate_on.over(&networks.data, Half::Calibration);
        samples(&images, networks, &self.ways(), Half::Calibration, self.seed, threads)
    }

    /// The ways in which images are asked about beforehand: by every network, at the exits of each policy, and as its first
    /// offload is answered, which is all that thresholds refer to.
    pub fn ways(&self) -> Arc<[Way]> {
        let mut ways: Vec<Way> = Way::all(self.works.len()).collect();
        for policy in &self.policies {
            let Strategy { segments, offloads } = &policy.strategy;
            let exits = segments.iter().filter_map(|segment| segment.exit);
            for way in exits.chain(offloads.first().and_then(Offload::known_way)) {
                if !ways.contains(&way) {
                    ways.push(way);
                }
            }
        }
        ways.into()
    }

    /// The group of a device.
    pub fn group_of(&self, device: u32) -> usize {
        self.groups.partition_point(|group| group.first + group.count <= device)
    }
}
