//! The journey of one request, from its arrival until it leaves as a record.
//!
//! Nothing else writes to a record: what happens to a request is told to its journey, in the words of what happened,
//! and the journey knows what of that is to be recorded. Stamps are those of the last attempt, and what comes after a
//! request's end, or for an attempt that was given up, is recorded nowhere.

use analysis::{EnergyParts, Outcome, RequestRecord, Tier};
use device_models::units::DataSize;
use device_models::{Channel, Component, Transfer};
use inference::Answer;
use sim_core::{Agenda, Handle, Span, Time};

use super::attempts::Attempts;
use super::moving::Moving;
use super::{Event, Request};
use crate::answers::Observation;
use crate::policies::Way;

/// A request under way.
pub struct Journey {
    record: RequestRecord,
    /// What the device sees.
    pub observation: Observation,
    /// See [`crate::plan::entity`].
    pub entity: u64,
    /// What is drawn for its channel, once it is to be sent.
    pub channel: Channel,
    /// Bits that it would take without losses.
    payload_bits: f64,
    /// The transfer of it under way, burst after burst.
    pub transfer: Transfer,
    /// The burst under way.
    pub moving: Moving,
    /// How far it has come in being sent up, and whether it has ended, in whatever way.
    pub attempts: Attempts,
    /// Its time limit.
    time_limit: Option<Handle>,
    /// The time limit of its current attempt.
    patience: Option<Handle>,
    /// The kind of job that it is to a tier, once it is sent up.
    kind: u8,
    /// How a tier got its answer, once one has.
    answered: Option<Way>,
    /// How many things are in transit for it: transfers, batches and answers, including those of failed attempts.
    travelling: u8,
    /// Components of its device whose energy is being booked to it.
    accounts: u8,
}

/// Where a request comes from.
pub struct Origin {
    pub request: Request,
    pub device: u32,
    /// See [`crate::plan::entity`].
    pub entity: u64,
    /// Class of its image.
    pub label: u8,
    /// Whether summaries count it.
    pub measured: bool,
}

impl Journey {
    /// A request arrives, with what its device sees.
    pub fn new(origin: Origin, observation: Observation, now: Time) -> Self {
        let record = RequestRecord {
            request: origin.request,
            device: origin.device,
            image: observation.image,
            label: origin.label,
            measured: origin.measured,
            degradation: observation.degradation().map(|degradation| (degradation.kind.name(), degradation.strength)),
            arrival: now.as_nanos(),
            ..RequestRecord::default()
        };
        Self {
            record,
            observation,
            entity: origin.entity,
            channel: Channel::default(),
            payload_bits: 0.0,
            transfer: Transfer::NOTHING,
            moving: Moving::NOTHING,
            attempts: Attempts::default(),
            time_limit: None,
            patience: None,
            kind: 0,
            answered: None,
            travelling: 0,
            accounts: 0,
        }
    }

    /// Its number.
    pub fn request(&self) -> Request {
        self.record.request
    }

    /// The device that it came to.
    pub fn device(&self) -> u32 {
        self.record.device
    }

    /// Segments that have been run for it.
    pub fn segments(&self) -> usize {
        usize::from(self.record.segments)
    }

    /// The class that the last exit gave, if it passed one.
    pub fn edge_class(&self) -> Option<u8> {
        self.record.edge_class
    }

    /// Number of the offload that it is sent up as.
    pub fn offload(&self) -> usize {
        self.record.offload.map_or(0, usize::from)
    }

    /// The kind of job that it is to a tier.
    pub fn kind(&self) -> usize {
        usize::from(self.kind)
    }

    /// What its device's processor does for it: running a segment, or, once it is to be sent up, preparing it.
    pub fn work(&self) -> Component {
        if self.record.appealed { Component::Prepare } else { Component::Compute }
    }

    /// Whether it has ended, in whatever way.
    pub fn has_ended(&self) -> bool {
        self.attempts.is_over()
    }

    /// Whether it still waits for the outcome of `attempt`.
    pub fn awaits(&self, attempt: u8) -> bool {
        self.attempts.awaits(attempt)
    }

    /// Whether nothing can happen to its record any more.
    pub fn is_settled(&self) -> bool {
        self.has_ended() && self.travelling == 0 && self.accounts == 0
    }

    /// The answer that a tier gave, and how it was got.
    pub fn tier_answer(&self) -> Option<(Way, u8)> {
        self.answered.zip(self.record.cloud_class)
    }

    /// When it is given up, whatever becomes of its attempts.
    pub fn limit(&mut self, timer: Handle) {
        self.time_limit = Some(timer);
    }

    /// The processor begins to run a segment for it, or to prepare it.
    pub fn work_begins(&mut self, now: Time) {
        if self.has_ended() {
            return;
        }
        match self.work() {
            Component::Prepare => self.record.prepare_start = Some(now.as_nanos()),
            _ if self.record.segments == 0 => self.record.edge_start = Some(now.as_nanos()),
            _ => {}
        }
    }

    /// A segment has been run for it, which ended in an answer, or in none.
    pub fn segment_done(&mut self, answer: Option<&Answer>, now: Time) {
        let record = &mut self.record;
        record.edge_done = Some(now.as_nanos());
        record.segments += 1;
        if let Some(Answer { class, scores }) = answer {
            record.edge_class = Some(*class);
            record.scores = *scores;
        }
    }

    /// Its policy decides about it, while its device would begin to send at so many bits a second.
    pub fn is_decided_at(&mut self, rate: f64) {
        self.record.uplink_rate = Some(rate);
    }

    /// It is to be sent up, as an offload that is a job of some kind to a tier; its network is cut after so many steps, if
    /// it is cut.
    pub fn goes_up(&mut self, offload: usize, kind: usize, cut: Option<usize>) {
        self.kind = kind as u8;
        self.record.cut = cut.map(|step| step as u16);
        self.record.offload = Some(offload as u8);
        self.record.appealed = true;
    }

    /// It is ready to be sent up.
    pub fn prepared(&mut self, now: Time) {
        self.record.prepare_done = Some(now.as_nanos());
    }

    /// An attempt to send a payload begins, over a channel; the radio was in a state of that name.
    pub fn attempt_begins(&mut self, attempt: u8, payload: DataSize, channel: Channel, radio: &'static str, now: Time) {
        if attempt == 0 {
            self.record.radio = Some(radio);
        } else {
            self.record.retried = Some(now.as_nanos());
        }
        (self.channel, self.payload_bits) = (channel, payload.get() * 8.0);
        self.record.attempts = self.attempts.made();
        self.travelling += 1;
    }

    /// The radio begins to send it, or to open a connection for it.
    pub fn sending_begins(&mut self, now: Time) {
        self.record.send_start = Some(now.as_nanos());
    }

    /// Its transfer has paused.
    pub fn sending_paused(&mut self, paused: Span) {
        if !self.has_ended() {
            self.record.send_pauses += paused.as_nanos();
        }
    }

    /// Its last bit has been sent.
    pub fn sent(&mut self, now: Time) {
        if !self.has_ended() {
            self.record.send_done = Some(now.as_nanos());
            self.record.resent_bytes = ((self.channel.up_bits - self.payload_bits) / 8.0).round() as u64;
            self.record.recovery = self.channel.up_recovery.as_nanos();
        }
    }

    /// Bits a second at which it was sent, pauses left out; none if it ended before.
    pub fn sent_at(&self) -> Option<f64> {
        let took = Span::from_nanos(self.record.send_done? - self.record.send_start? - self.record.send_pauses);
        (took > Span::ZERO).then(|| self.channel.up_bits / took.as_secs())
    }

    /// So many more bytes have been sent for it.
    pub fn sent_bytes(&mut self, bytes: u64) {
        self.record.uplink_bytes += bytes;
    }

    /// An attempt joins the queue of a tier, which has prepared it for some time.
    pub fn joins(&mut self, attempt: u8, tier: Tier, prepared_for: Span, now: Time) {
        if self.awaits(attempt) {
            let (now, took) = (now.as_nanos(), prepared_for.as_nanos());
            self.record.cloud_arrival = Some(now - took);
            self.record.cloud_ready = (took > 0).then_some(now);
            self.record.tier = Some(tier);
        }
    }

    /// An attempt's batch begins.
    pub fn batch_begins(&mut self, attempt: u8, size: usize, now: Time) {
        if self.awaits(attempt) {
            self.record.cloud_start = Some(now.as_nanos());
            self.record.batch = Some(size as u32);
        }
    }

    /// An attempt's batch is done; `answer` is asked for the class, if the request still waits for it.
    pub fn batch_done(&mut self, attempt: u8, way: Way, answer: impl FnOnce(&Observation) -> Answer, now: Time) {
        if self.awaits(attempt) {
            self.record.cloud_done = Some(now.as_nanos());
            self.answered = Some(way);
            self.record.cloud_class = Some(answer(&self.observation).class);
        }
    }

    /// The servers at its link's end have answered an attempt, and pass it on to the cloud all the same.
    pub fn passed_on(&mut self, attempt: u8, answer: &Answer, now: Time) {
        if self.awaits(attempt) {
            let record = &mut self.record;
            record.edge_server_arrival = record.cloud_arrival;
            record.passed_on = Some(now.as_nanos());
            record.edge_server_class = Some(answer.class);
            (record.cloud_arrival, record.cloud_ready, record.cloud_start) = (None, None, None);
            (record.tier, record.batch) = (None, None);
        }
    }

    /// The answer has reached the end of its device's link.
    pub fn answer_reaches_link(&mut self, now: Time) {
        if !self.has_ended() {
            self.record.answer_arrival = Some(now.as_nanos());
        }
    }

    /// The radio begins to receive the answer.
    pub fn receiving_begins(&mut self, now: Time) {
        if !self.has_ended() {
            self.record.receive_start = Some(now.as_nanos());
        }
    }

    /// The answer's last bit has been received.
    pub fn received(&mut self) {
        self.arrived();
        self.record.downlink_bytes = (self.channel.down_bits / 8.0).round() as u64;
    }

    /// Something in transit for it has arrived, or is lost.
    pub fn arrived(&mut self) {
        self.travelling -= 1;
    }

    /// From now on, energy is booked to it.
    pub fn account_opened(&mut self) {
        self.accounts += 1;
    }

    /// An account is closed, and what a component has spent is booked to it.
    pub fn account_closed(&mut self, component: Component, joules: f64) {
        self.accounts -= 1;
        *part(&mut self.record.energy, component) += joules;
    }

    /// Nothing is waited for any more; its next attempt, if any, is awaited from now on.
    pub fn stop_waiting(&mut self, agenda: &mut Agenda<Event>) {
        if let Some(timer) = self.patience.take() {
            agenda.cancel(timer);
        }
    }

    /// Its current attempt is awaited until a timer goes off.
    pub fn wait(&mut self, timer: Handle) {
        self.patience = Some(timer);
    }

    /// Its current attempt has failed, and another one follows.
    pub fn forget_attempt(&mut self) {
        self.record.forget_attempt();
    }

    /// It ends, once. Whatever is still in transit for it (a transfer, a batch, an answer) runs its course.
    pub fn end(
        &mut self,
        outcome: Outcome,
        answer: Option<(Way, u8)>,
        deadline: Option<Span>,
        now: Time,
        agenda: &mut Agenda<Event>,
    ) {
        let record = &mut self.record;
        if record.end.is_some() {
            return;
        }
        self.attempts.end();
        for timer in [self.time_limit.take(), self.patience.take()].into_iter().flatten() {
            agenda.cancel(timer);
        }
        record.outcome = outcome;
        record.answer = answer.map(|(_, class)| class);
        record.way = answer.map(|(way, _)| way.network() as u8);
        record.end = Some(now.as_nanos());
        let took = Span::from_nanos(now.as_nanos() - record.arrival);
        record.in_time = deadline.map(|deadline| answer.is_some() && took <= deadline);
    }

    /// The run ends. Past its deadline, a request under way has already missed it.
    pub fn cut_short(&mut self, deadline: Option<Span>, end: Time) {
        let record = &mut self.record;
        let age = end.as_nanos() - record.arrival;
        if record.end.is_none() && deadline.is_some_and(|deadline| age > deadline.as_nanos()) {
            record.in_time = Some(false);
        }
    }

    /// Its record, and what its device saw. Whether each network is right about that is recorded even if the network did
    /// not run for it: that is what a policy could have achieved.
    pub fn leave(self, is_right: impl FnMut(Way, &Observation) -> bool) -> (RequestRecord, Observation) {
        let Self { mut record, observation, .. } = self;
        let mut is_right = is_right;
        [record.little_right, record.big_right] = [Way::LITTLE, Way::BIG].map(|way| is_right(way, &observation));
        (record, observation)
    }
}

/// The part of `parts` that a component's energy is.
pub fn part(parts: &mut EnergyParts, component: Component) -> &mut f64 {
    match component {
        Component::Compute => &mut parts.compute,
        Component::Prepare => &mut parts.prepare,
        Component::Transmit => &mut parts.transmit,
        Component::Receive => &mut parts.receive,
        Component::Promotion => &mut parts.promotion,
        Component::Tail => &mut parts.tail,
        Component::Idle => &mut parts.idle,
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// A request that has just arrived.
    pub fn journey() -> Journey {
        let origin = Origin { request: 0, device: 0, entity: 0, label: 1, measured: true };
        Journey::new(origin, Observation::clear(0), Time::ZERO)
    }

    fn at(nanos: u64) -> Time {
        Time::from_nanos(nanos)
    }

    fn leave(journey: Journey) -> RequestRecord {
        journey.leave(|_, _| true).0
    }

    /// It ends at 7 ns, before its deadline of 7 ns is over, while it is still being sent: what comes after that is not
    /// recorded, but for the bytes, which were sent; and it is settled only when that is over.
    #[test]
    fn what_comes_after_the_end_is_not_recorded() {
        let (mut journey, mut agenda) = (journey(), Agenda::default());
        journey.goes_up(0, 0, None);
        journey.attempts.begin();
        let channel = Channel { up_bits: 80.0, ..Channel::default() };
        journey.attempt_begins(0, DataSize::new(10.0), channel, "idle", at(2));
        journey.sending_begins(at(3));
        journey.sending_paused(Span::from_nanos(1));
        journey.end(Outcome::TimedOut, Some((Way::BIG, 4)), Some(Span::from_nanos(7)), at(7), &mut agenda);
        journey.sending_paused(Span::from_nanos(2));
        journey.sent(at(9));
        journey.sent_bytes(10);
        journey.answer_reaches_link(at(11));
        journey.receiving_begins(at(11));
        journey.end(Outcome::Cloud, None, None, at(12), &mut agenda);
        assert!(!journey.is_settled() && journey.sent_at().is_none());
        journey.arrived();
        assert!(journey.is_settled());
        let record = leave(journey);
        assert_eq!((record.outcome, record.answer, record.way), (Outcome::TimedOut, Some(4), Some(1)));
        assert_eq!((record.end, record.in_time), (Some(7), Some(true)));
        assert_eq!((record.send_start, record.send_pauses, record.send_done), (Some(3), 1, None));
        assert_eq!((record.uplink_bytes, record.answer_arrival, record.receive_start), (10, None, None));
    }

    /// 80 bits from 3 ns to 9 ns, of which it paused 2 ns: 20 bits a nanosecond.
    #[test]
    fn pauses_are_left_out_of_the_rate() {
        let mut journey = journey();
        journey.channel.up_bits = 80.0;
        journey.sending_begins(at(3));
        journey.sending_paused(Span::from_nanos(2));
        journey.sent(at(9));
        assert_eq!(journey.sent_at(), Some(2e10));
    }

    /// 100 bytes, of which the link sends 30 again, and which arrive 7 ns later for that: of the first attempt, which is
    /// forgotten, and of the second, which loses nothing.
    #[test]
    fn losses_are_those_of_the_last_attempt() {
        let sent = |bits: f64, recovery: u64| {
            let mut journey = journey();
            let lossy = Channel { up_bits: 1_040.0, up_recovery: Span::from_nanos(7), ..Channel::default() };
            journey.attempt_begins(0, DataSize::new(100.0), lossy, "idle", at(2));
            journey.sent(at(9));
            assert_eq!((journey.record.resent_bytes, journey.record.recovery), (30, 7));
            journey.receiving_begins(at(10));
            journey.forget_attempt();
            let channel = Channel { up_bits: bits, up_recovery: Span::from_nanos(recovery), ..Channel::default() };
            journey.attempt_begins(1, DataSize::new(100.0), channel, "idle", at(12));
            journey.sent(at(19));
            leave(journey)
        };
        let clean = sent(800.0, 0);
        assert_eq!((clean.resent_bytes, clean.recovery, clean.receive_start), (0, 0, None));
        let lossy = sent(880.0, 3);
        assert_eq!((lossy.resent_bytes, lossy.recovery), (10, 3));
    }

    /// What a tier does for the first attempt counts no more once the second is under way.
    #[test]
    fn only_the_awaited_attempt_is_stamped() {
        let mut journey = journey();
        let answer = |_: &Observation| Answer::read(&[0.0, 1.0], None);
        let joins = |journey: &mut Journey, attempt| journey.joins(attempt, Tier::Cloud, Span::from_nanos(2), at(5));
        journey.attempts.begin();
        journey.batch_begins(1, 8, at(6));
        joins(&mut journey, 1);
        journey.batch_done(1, Way::BIG, answer, at(7));
        assert_eq!(journey.tier_answer(), None);
        joins(&mut journey, 0);
        journey.batch_begins(0, 8, at(6));
        journey.batch_done(0, Way::BIG, answer, at(7));
        assert_eq!(journey.tier_answer(), Some((Way::BIG, 1)));
        let record = leave(journey);
        assert_eq!((record.cloud_arrival, record.cloud_ready, record.tier), (Some(3), Some(5), Some(Tier::Cloud)));
        assert_eq!((record.cloud_start, record.batch, record.cloud_done), (Some(6), Some(8), Some(7)));
    }

    /// Under way for 5 ns: a deadline of 5 ns has not been missed yet, one of 4 ns has.
    #[test]
    fn a_run_that_ends_past_the_deadline_has_missed_it() {
        let in_time = |deadline: u64| {
            let mut journey = journey();
            journey.cut_short(Some(Span::from_nanos(deadline)), at(5));
            leave(journey).in_time
        };
        assert_eq!((in_time(5), in_time(4)), (None, Some(false)));
    }
}
