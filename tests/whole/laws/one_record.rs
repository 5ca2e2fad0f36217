//! What a record says, against the plan and the request's own random numbers.
//!
//! Each record is checked alone: what is in it follows from the plan, from what is drawn for this request, whatever the
//! other requests do, and from the record's other fields. So a figure that is booked to another request, or that stands
//! for another attempt or another batch, contradicts the rest of its record.

use std::collections::BTreeMap;

use analysis::{Outcome, RequestRecord, Role, Tier};
use device_models::units::Delay;
use device_models::{Channel, RatePath, Rest, Transport};
use inference::Answer;
use rand::RngExt;
use scenarios::answers::{Observation, Scratch};
use scenarios::plan::{Access, Group, Plan, entity};
use scenarios::policies::{PolicySpec, Ranking, Way};
use scenarios::schema::Fallback;
use sim_core::{Span, Streams, Time};
use tests::{Records, little_interval, little_power, little_takes, networks};

/// Every record of a run of `policy` agrees with itself and with `plan`, for replication 0.
pub fn every_record_agrees_with_itself(plan: &Plan, policy: &PolicySpec, run: &Records) {
    let streams = Streams::new(plan.seed, 0);
    let mut numbers = vec![0u32; run.devices.len()];
    let mut sent = vec![0u64; run.devices.len()];
    for record in &run.requests {
        let number = &mut numbers[record.device as usize];
        let group = &plan.groups[plan.group_of(record.device)];
        let entity = entity(record.device, *number);
        let request = Request { plan, group, access: &plan.links[group.link], record, streams: &streams, entity };
        *number += 1;
        sent[record.device as usize] += record.uplink_bytes;
        request.counts_from_the_warm_up_on();
        request.is_in_time_or_not();
        request.answers_are_those_of_the_networks();
        request.is_kept_or_appealed_as_the_policy_says(policy);
        request.is_kept_by_an_edge_server_or_passed_on();
        request.ends_as_its_device_is_told_to();
        request.takes_as_long_as_its_parts_do();
        request.is_prepared_once();
        request.sends_what_its_channel_makes_of_it();
        request.pays_for_what_it_did();
    }
    assert_eq!(sent, run.devices.iter().map(|device| device.uplink_bytes).collect::<Vec<_>>());
    batches_hold_as_many_as_they_say(plan, run);
}

/// Where no device gives up or dies, every request of a batch is recorded with it.
fn batches_hold_as_many_as_they_say(plan: &Plan, run: &Records) {
    let patient = |group: &Group| group.retry.is_none() && group.timeout.is_none() && group.battery.is_none();
    let mut batches: BTreeMap<(Option<&str>, u64, u32), u32> = BTreeMap::new();
    for record in &run.requests {
        let (Some(start), Some(batch)) = (record.cloud_start, record.batch) else { continue };
        let tier = &plan.tiers[tier_of(plan, record).unwrap()];
        assert!(1 <= batch && batch as usize <= tier.largest_batch, "{record:?}");
        *batches.entry((record.tier.map(Tier::name), start, batch)).or_default() += 1;
    }
    if plan.groups.iter().all(patient) {
        // Two servers may start batches of the same size at the same instant.
        assert!(batches.iter().all(|((_, _, size), recorded)| recorded % size == 0), "{batches:?}");
    }
}

/// Index of the tier that took a request.
fn tier_of(plan: &Plan, record: &RequestRecord) -> Option<usize> {
    Some(match record.tier? {
        Tier::Cloud => 0,
        Tier::EdgeServer => {
            let link = plan.groups[plan.group_of(record.device)].link;
            usize::from(plan.links[link].edge.as_ref().expect("an edge server answered").0)
        }
    })
}

/// A request, and all that its record depends on.
struct Request<'a> {
    plan: &'a Plan,
    group: &'a Group,
    access: &'a Access,
    record: &'a RequestRecord,
    streams: &'a Streams,
    entity: u64,
}

impl Request<'_> {
    fn took(&self) -> Option<u64> {
        Some(self.record.end? - self.record.arrival)
    }

    /// What is drawn for an attempt, counted from 0. Attempts are told apart in the upper eight bits.
    fn channel(&self, attempt: u8) -> Channel {
        let near = self.access.edge.as_ref().map(|(_, near)| near);
        let entity = self.entity | u64::from(attempt) << 56;
        self.access.link.draw(self.group.payload, self.group.answer, near, self.streams, entity)
    }

    /// The answer to its image, if that is clear.
    fn answer(&self, way: Way) -> Answer {
        networks().answers().answer(way, &Observation::clear(self.record.image), &mut Scratch::default())
    }

    fn counts_from_the_warm_up_on(&self) {
        assert_eq!(self.record.measured, self.record.arrival >= self.plan.warmup.as_nanos(), "{:?}", self.record);
    }

    /// Without an answer it is late, at the latest once the deadline is over.
    fn is_in_time_or_not(&self) {
        let record = self.record;
        let expected = self.group.deadline.and_then(|deadline| match self.took() {
            Some(took) => Some(record.answer.is_some() && took <= deadline.as_nanos()),
            None => (self.plan.duration.as_nanos() - record.arrival > deadline.as_nanos()).then_some(false),
        });
        assert_eq!(record.in_time, expected, "{record:?}");
    }

    /// A clear image gets the same answer whenever a network is asked.
    fn answers_are_those_of_the_networks(&self) {
        let (record, pair) = (self.record, networks());
        let image = record.image as usize;
        assert_eq!(record.label, pair.data.label(image));
        assert_eq!(record.edge_class.is_some(), record.edge_done.is_some(), "{record:?}");
        assert_eq!(record.cloud_class.is_some(), record.cloud_done.is_some(), "{record:?}");
        let degrade = self.group.conditions.degrade;
        assert!(record.degradation.is_none() || degrade.is_some(), "{record:?}");
        if record.degradation.is_some() {
            return;
        }
        let answer = |way| self.answer(way);
        let (little, big): (Answer, u8) = (answer(Way::LITTLE), answer(Way::BIG).class);
        assert_eq!((record.little_right, record.big_right), (little.class == record.label, big == record.label));
        assert!(record.edge_class.is_none_or(|class| class == little.class), "{record:?}");
        if let Some(class) = record.edge_server_class {
            let (number, _) = self.access.edge.as_ref().expect("it was passed on");
            assert_eq!(class, answer(self.plan.tiers[usize::from(*number)].network).class, "{record:?}");
        }
        let tier = tier_of(self.plan, record).map(|tier| &self.plan.tiers[tier]);
        let answered = tier.map_or(big, |tier| answer(tier.network).class);
        assert!(record.cloud_class.is_none_or(|class| class == answered), "{record:?}");
        if record.edge_class.is_some() {
            assert_eq!(record.scores, little.scores);
        }
    }

    /// The policy decides about every request that the little network has looked at, and about all others if it does
    /// not ask that network.
    fn is_kept_or_appealed_as_the_policy_says(&self, policy: &PolicySpec) {
        let record = self.record;
        let decided = record.edge_class.is_some();
        let score = |ranking: Ranking| match ranking {
            Ranking::Score(score) => record.scores.get(score).map(f64::from),
            Ranking::Chance => Some(self.streams.open("chance", self.entity).random()),
        };
        let appeals = match (policy.role, policy.criterion) {
            (Role::Local, _) => false,
            (Role::Offload, _) => {
                assert!(record.appealed || record.outcome == Outcome::DeviceDead, "{record:?}");
                return;
            }
            // By the first tier on its path, whether or not that had room for it.
            (Role::Bound, _) => {
                // What a score says of a degraded image is not known here.
                if self.group.first_tier.policy.is_some() && self.is_kept_by_edge_server().is_none() {
                    return;
                }
                let answered_by_little =
                    self.group.first_tier.network == Way::LITTLE && self.is_kept_by_edge_server() != Some(false);
                let right = if answered_by_little { record.little_right } else { record.big_right };
                !record.little_right && right
            }
            (_, Some(criterion)) => {
                let threshold = criterion.given().expect("no random scenario calibrates");
                score(criterion.ranking).is_none_or(|score| score < threshold)
            }
            (role, None) => panic!("{role:?} decides by nothing"),
        };
        assert!(!decided || record.appealed == appeals, "{record:?}");
        assert_eq!((record.segments, record.offload), (u8::from(decided), record.appealed.then_some(0)), "{record:?}");
        let way = match record.outcome {
            Outcome::Edge | Outcome::TimedOutEdge | Outcome::RefusedEdge => Some(Way::LITTLE),
            Outcome::Cloud => tier_of(self.plan, record).map(|tier| self.plan.tiers[tier].network),
            _ => None,
        };
        assert_eq!(record.way, way.map(|way| way.network() as u8), "{record:?}");
        assert!(decided || record.outcome != Outcome::Edge, "{record:?}");
    }

    /// Whether the servers at its link's end keep their answer, if they have a policy and its image is clear.
    fn is_kept_by_edge_server(&self) -> Option<bool> {
        let spec = self.group.first_tier.policy.as_ref()?;
        let criterion = spec.criterion.expect("no other is allowed");
        let rank = match criterion.ranking {
            Ranking::Chance => Some(self.streams.open("edge-chance", self.entity).random()),
            Ranking::Score(_) if self.record.degradation.is_some() => return None,
            Ranking::Score(score) => self.answer(self.group.first_tier.network).scores.get(score).map(f64::from),
        };
        Some(rank.is_some_and(|rank| rank >= criterion.given().expect("nothing is calibrated there")))
    }

    /// The servers at a link's end keep what their policy does, and pass the rest on.
    fn is_kept_by_an_edge_server_or_passed_on(&self) {
        let record = self.record;
        let kept = record.tier == Some(Tier::EdgeServer) && record.cloud_done.is_some();
        match self.is_kept_by_edge_server() {
            None => assert!(record.passed_on.is_none() || self.group.first_tier.policy.is_some(), "{record:?}"),
            Some(keeps) => {
                assert!(keeps || !kept, "{record:?}");
                assert!(!keeps || record.passed_on.is_none(), "{record:?}");
            }
        }
    }

    fn ends_as_its_device_is_told_to(&self) {
        let Self { record, group, .. } = *self;
        let given_up = |limit: Option<Span>| limit.is_some_and(|limit| self.took() == Some(limit.as_nanos()));
        match record.outcome {
            Outcome::Edge => assert!(record.end == record.edge_done && !record.appealed, "{record:?}"),
            Outcome::Cloud => assert!(record.appealed && record.cloud_class.is_some(), "{record:?}"),
            Outcome::TimedOut | Outcome::TimedOutEdge => {
                // The last of its attempts may have failed before the time limit was over.
                let last = group.retry.filter(|retry| retry.attempts == record.attempts);
                let failed = last
                    .zip(record.send_done)
                    .is_some_and(|(retry, sent)| record.end == Some(sent + retry.after.span().as_nanos()));
                assert!(given_up(group.timeout) || failed, "{record:?}");
            }
            Outcome::Rejected => assert!(self.took() == Some(0) && !record.appealed, "{record:?}"),
            _ => {}
        }
        let stands_in = matches!(record.outcome, Outcome::TimedOutEdge | Outcome::RefusedEdge);
        assert!(!stands_in || group.fallback == Fallback::Edge, "{record:?}");
        if matches!(record.outcome, Outcome::TimedOut | Outcome::Refused) {
            assert!(record.edge_class.is_none() || group.fallback == Fallback::None, "{record:?}");
        }
        let took = self.took().unwrap_or(self.plan.duration.as_nanos() - record.arrival);
        assert!(group.timeout.is_none_or(|timeout| took <= timeout.as_nanos()), "{record:?}");
    }

    /// The little network, the batch, and every way through the network between the link's end and the cloud.
    fn takes_as_long_as_its_parts_do(&self) {
        let Self { record, group, access, .. } = *self;
        let between = |from: Option<u64>, to: Option<u64>| Some(Span::from_nanos(to? - from?));
        let is = |took: Option<Span>, expected: Span| assert!(took.is_none_or(|took| took == expected), "{record:?}");
        is(between(record.edge_start, record.edge_done), little_takes(self.plan, group));
        if let Some(tier) = tier_of(self.plan, record) {
            let tier = &self.plan.tiers[tier];
            assert_eq!(record.cloud_ready.is_some(), tier.prepare > Span::ZERO, "{record:?}");
            is(between(record.cloud_arrival, record.cloud_ready), tier.prepare);
            if let Some(batch) = record.batch {
                is(
                    between(record.cloud_start, record.cloud_done),
                    match tier.measured.get(&tier.network.network()) {
                        Some(times) => Span::from_secs_up(times.seconds(f64::from(batch))),
                        None => tier.server.time(&self.plan.works[tier.network.network()].work, batch as usize),
                    },
                );
            }
        }
        if record.send_done.is_none() {
            return;
        }
        let channel = self.channel(record.attempts - 1);
        let (out, back) = match (record.tier, &access.edge) {
            (Some(Tier::EdgeServer), _) => (channel.near_one_way, channel.near_one_way),
            (_, None) => (channel.one_way, channel.one_way),
            // By way of the edge servers, which were full, or passed it on.
            (_, Some((number, _))) => {
                let there = &self.plan.tiers[usize::from(*number)];
                let spent = between(record.edge_server_arrival, record.passed_on);
                let one = there.server.time(&self.plan.works[there.network.network()].work, 1);
                assert!(spent.is_none_or(|spent| spent >= there.prepare + one), "{record:?}");
                is(between(record.send_done, record.edge_server_arrival), channel.near_one_way + channel.up_recovery);
                let there = spent.unwrap_or(there.prepare);
                (channel.near_one_way + there + channel.beyond_near(), channel.one_way)
            }
        };
        assert_eq!(record.recovery, channel.up_recovery.as_nanos(), "{record:?}");
        let again = ((channel.up_bits / 8.0) - group.payload.get()).round() as u64;
        assert_eq!(record.resent_bytes, again, "{record:?}");
        is(between(record.send_done, record.cloud_arrival), out + channel.up_recovery);
        is(between(record.cloud_done, record.answer_arrival), back + channel.down_recovery);
        let transport = &access.link.transport;
        if let (Some(rate), None) = (access.link.uplink.constant(), &access.link.cell) {
            let took = between(record.send_start, record.send_done).expect("it was sent");
            let (least, most) = transfer_times(transport, channel.up_bits, rate, channel.round_trip);
            let opening = channel.round_trip.as_secs() * f64::from(transport.round_trips);
            let least = least + opening * f64::from(u8::from(transport.keep_alive == Some(Delay::new(0.0))));
            assert!(lies_within(took, least, most + opening), "{record:?}, not {least} to {} s", most + opening);
        }
        if let (Some(rate), Outcome::Cloud) = (access.link.downlink.constant(), record.outcome) {
            let took = between(record.answer_arrival, record.end).expect("it was answered");
            let (least, _) = transfer_times(transport, channel.down_bits, rate, channel.round_trip);
            assert!(lies_within(took, least, f64::INFINITY), "{record:?}");
        }
    }

    /// An appeal is prepared before it is sent: right after the little network's run, if there was one, or later, if
    /// others have entered a pipeline since.
    fn is_prepared_once(&self) {
        let Self { record, group, .. } = *self;
        let (start, done) = (record.prepare_start, record.prepare_done);
        let Some(prepare) = group.prepare else {
            return assert!(start.is_none() && done.is_none() && record.energy.prepare == 0.0, "{record:?}");
        };
        assert!(record.appealed || start.is_none() && record.energy.prepare == 0.0, "{record:?}");
        let right_after = !group.processor.is_pipelined();
        assert!(
            !right_after || start.is_none() || record.edge_done.is_none() || start == record.edge_done,
            "{record:?}"
        );
        assert!(
            done.is_none_or(|done| start.is_some_and(|start| done - start == prepare.time.as_nanos())),
            "{record:?}"
        );
        assert_eq!(record.radio.is_some(), done.is_some(), "{record:?}");
    }

    /// All its attempts count, with what was lost and sent again. An attempt follows another only if that one was sent
    /// to its last bit.
    fn sends_what_its_channel_makes_of_it(&self) {
        let record = self.record;
        let bytes = |bits: f64| (bits / 8.0).round() as u64;
        let all: u64 = (0..record.attempts).map(|attempt| bytes(self.channel(attempt).up_bits)).sum();
        let before: u64 = (1..record.attempts).map(|attempt| bytes(self.channel(attempt - 1).up_bits)).sum();
        assert!((before..=all).contains(&record.uplink_bytes) || record.attempts == 0, "{record:?}: {before} to {all}");
        assert!(record.attempts > 0 || record.uplink_bytes == 0, "{record:?}");
        assert!(record.send_done.is_none() || record.uplink_bytes == all, "{record:?}, not {all} bytes");
        if record.outcome == Outcome::Cloud {
            assert_eq!(record.downlink_bytes, bytes(self.channel(record.attempts - 1).down_bits), "{record:?}");
        }
    }

    /// Joules of sending beyond the radio's active power: the device's way, followed once more. In pauses the
    /// amplifier draws what it does at the reference distance; where on the way they fall is not known, so the joules
    /// lie between the least and the most.
    fn amplifier_follows_the_way(&self) -> (f64, f64) {
        let (record, rate) = (self.record, &self.access.link.uplink);
        let (Some(start), Some(done), Some(_)) = (record.send_start, record.send_done, rate.power_control()) else {
            return (0.0, 0.0);
        };
        let mut path = RatePath::new(rate, self.streams.open("uplink-rate", record.device.into()));
        let (mut now, done, mut least, mut most) = (Time::from_nanos(start), Time::from_nanos(done), 0.0, 0.0);
        while now < done {
            let stretch = path.at(now);
            let next = stretch.until.min(done);
            let joules = stretch.extra_power * (next - now).as_secs();
            let sends_throughout = record.send_pauses == 0;
            least += if sends_throughout { joules } else { joules.min(0.0) };
            most += if sends_throughout { joules } else { joules.max(0.0) };
            now = next;
        }
        (least, most)
    }

    /// Joules of running and of sending follow from when it ran and what it sent; those of receiving lie between an
    /// answer received while the device also sends, which pays for the radio being active, and one that is received
    /// alone.
    fn pays_for_what_it_did(&self) {
        let Self { record, group, access, .. } = *self;
        let seconds = |from: Option<u64>, to: Option<u64>| (to.unwrap() - from.unwrap()) as f64 * 1e-9;
        // A meter runs to the end of the nanosecond, at up to some ten watts at the beginning and at the end.
        let rounding = |joules: f64| 1e-6 * joules.abs() + 3e-8;
        let close = |a: f64, b: f64| (a - b).abs() <= rounding(b);
        let within = |a: f64, least: f64, most: f64| a >= least - rounding(least) && a <= most + rounding(most);
        let (processor, radio, energy) = (&group.processor, &access.radio, &record.energy);
        assert_eq!(energy.idle, 0.0);
        // What waking takes: nothing, or from one of its states of rest.
        let waking = || {
            let from = |rest: &Rest| (rest.wake_power.get() - processor.idle.get()).max(0.0) * rest.wake.get();
            [0.0].into_iter().chain(processor.rests.iter().map(from))
        };
        if record.edge_done.is_some() {
            let running = little_interval(self.plan, group).as_secs() * little_power(group);
            let found = waking().any(|waking| close(energy.compute, running + waking));
            assert!(found, "{record:?}, not {running} J and what waking takes");
        }
        if let (Some(prepare), Some(_)) = (group.prepare, record.prepare_done) {
            let preparing = prepare.time.as_secs() * prepare.extra_power;
            // After a run, it is awake.
            let mut wakings = waking().take(if record.edge_done.is_some() { 1 } else { usize::MAX });
            assert!(wakings.any(|waking| close(energy.prepare, preparing + waking)), "{record:?}, not {preparing} J");
        }
        if record.attempts == 1 && record.send_done.is_some() {
            let channel = self.channel(0);
            let sending = radio.active.get() * seconds(record.send_start, record.send_done)
                + radio.per_bit_up.get() * channel.up_bits;
            let (least, most) = self.amplifier_follows_the_way();
            let (least, most) = (sending + least, sending + most);
            assert!(within(energy.transmit, least, most), "{record:?}, not {least} to {most} J");
        }
        if record.outcome == Outcome::Cloud {
            let least = radio.per_bit_down.get() * self.channel(record.attempts - 1).down_bits;
            let most = least + radio.active.get() * seconds(record.answer_arrival, record.end);
            assert!(within(energy.receive, least, most), "{record:?}, not {least} to {most} J");
        }
        assert!(record.attempts > 0 || energy.transmit + energy.receive + energy.promotion + energy.tail == 0.0);
    }
}

/// Seconds that a transfer takes at least, without a pause, and at most, from the initial window on.
fn transfer_times(transport: &Transport, bits: f64, rate: f64, round_trip: Span) -> (f64, f64) {
    let (packet, round_trip) = (1460.0 * 8.0, round_trip.as_secs());
    let mut window = transport.initial_window.map_or(f64::INFINITY, f64::from) * packet;
    let (mut left, mut pauses) = (bits, 0.0);
    while left > window {
        pauses += (round_trip + (packet - window) / rate).max(0.0);
        (left, window) = (left - window, 2.0 * window);
    }
    (bits / rate, bits / rate + pauses)
}

/// Whether a time lies between two others; each burst of a transfer ends at a whole nanosecond.
fn lies_within(took: Span, least: f64, most: f64) -> bool {
    (least - 1e-9..=most + 1e-7).contains(&took.as_secs())
}
