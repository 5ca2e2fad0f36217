//! When requests arrive at a device.
//!
//! | model | arrivals | source |
//! |---|---|---|
//! | poisson | at random, at one mean rate | |
//! | periodic | regularly, each delayed by up to a jitter | |
//! | renewal | with independent gaps from a distribution | |
//! | bursts | at random, at one rate in calm and another in busy spells, each exponentially long: a Markov-modulated Poisson process of two states | Fischer & Meier-Hellstern, 1993 |
//! | daily | at random, at a rate that follows the time of day | thinning: Lewis & Shedler, 1979 |
//! | seen | when an event happens that other devices see, too | |
//! | times | at the times of a recording | |
//!
//! Devices are independent of each other except for events seen by several.

mod model;
mod recording;
mod seen;
mod times_file;

use rand::RngExt;
use rand_distr::{Distribution, Exp1};
use serde::Serialize;
use sim_core::{Span, Stream, Streams, Time};

use crate::rate::TraceOffset;
use crate::units::{Delay, Duration};
use seen::Watch;

pub use model::{Arrivals, Bursts, PossibleFrequency, Seen};
pub use recording::{Columns, Recording, Stamps};
pub use seen::Sighting;
pub use times_file::{TimesEnd, TimesFile};

const DAY: f64 = 86_400.0;

/// Arrivals ready to be drawn: recordings are loaded. Serialized, they identify what is drawn.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum ArrivalProcess {
    /// Everything that needs no file.
    Drawn(Arrivals),
    /// An event that others notice, too.
    Seen(Box<Sighting>),
    /// A recording, what happens at its end, and where devices begin.
    Times(Recording, TimesEnd, TraceOffset),
}

impl ArrivalProcess {
    /// Requests a second, on average.
    pub fn rate(&self) -> f64 {
        match self {
            Self::Drawn(Arrivals::Poisson(rate)) => rate.get(),
            Self::Drawn(Arrivals::Periodic { every, .. }) => 1.0 / every.get(),
            Self::Drawn(Arrivals::Renewal(gap)) => 1.0 / gap.mean(),
            Self::Drawn(Arrivals::Bursts(b)) => {
                let (calm, busy) = (b.calm_for.get(), b.busy_for.get());
                (b.calm.get() * calm + b.busy.get() * busy) / (calm + busy)
            }
            Self::Drawn(Arrivals::Daily(rates)) => {
                rates.iter().map(|rate| rate.get()).sum::<f64>() / rates.len().max(1) as f64
            }
            // Resolved into the variants below.
            Self::Drawn(Arrivals::Seen(_) | Arrivals::Times(_)) => 0.0,
            Self::Seen(sighting) => sighting.event.rate() * sighting.by,
            Self::Times(recording, ..) => recording.moments.len() as f64 / recording.length.as_secs(),
        }
    }

    /// Whether its rate is the same at all times, apart from chance.
    pub fn is_steady(&self) -> bool {
        self.cycle() == Span::ZERO
    }

    /// How long it takes to observe everything that its rate does: a day, a recording; for ever if the recording ends.
    /// Zero where the rate is constant.
    pub fn cycle(&self) -> Span {
        match self {
            Self::Drawn(Arrivals::Daily(rates)) if rates.iter().any(|rate| rate != &rates[0]) => Span::from_secs(DAY),
            Self::Drawn(_) => Span::ZERO,
            Self::Seen(sighting) => sighting.event.cycle(),
            Self::Times(recording, TimesEnd::Loop, _) => recording.length,
            Self::Times(_, TimesEnd::Stop, _) => Span::MAX,
        }
    }

    /// Requests until `end`: on average, or exactly, where a recording is played from its beginning.
    pub fn expected(&self, end: Span) -> f64 {
        match self {
            Self::Times(recording, ending, TraceOffset::Start) => {
                recording.arrivals_before(end, *ending == TimesEnd::Loop)
            }
            Self::Seen(sighting) => sighting.event.expected(end) * sighting.by,
            _ => self.rate() * end.as_secs(),
        }
    }

    /// The recording it plays, if it does.
    pub fn recording(&self) -> Option<&Recording> {
        match self {
            Self::Times(recording, ..) => Some(recording),
            Self::Seen(sighting) => sighting.event.recording(),
            Self::Drawn(_) => None,
        }
    }
}

/// The arrivals of one device, one after the other.
#[derive(Clone, Debug)]
pub struct ArrivalPath {
    random: Stream,
    /// When the last period began, or the last request arrived.
    last: Option<Time>,
    /// When the current spell ends; where in a recording the device began.
    mark: Time,
    busy: bool,
    /// Arrivals drawn so far.
    drawn: u32,
    /// The events it sees together with others.
    watch: Option<Box<Watch>>,
}

impl ArrivalPath {
    /// Those of a device from the start of the simulation, drawn from its own stream.
    pub fn new(process: &ArrivalProcess, device: u64, streams: &Streams) -> Self {
        let watch = match process {
            ArrivalProcess::Seen(sighting) => {
                Some(Box::new(Watch::new(sighting, streams.open("event", sighting.number))))
            }
            _ => None,
        };
        Self { watch, ..Self::alone(streams.open("arrivals", device)) }
    }

    fn alone(random: Stream) -> Self {
        Self { random, last: None, mark: Time::ZERO, busy: false, drawn: 0, watch: None }
    }

    /// When the next request arrives; [`Time::MAX`] if none ever does.
    pub fn next_arrival(&mut self, process: &ArrivalProcess) -> Time {
        let at = match process {
            ArrivalProcess::Drawn(Arrivals::Poisson(rate)) => self.after(rate.get()),
            ArrivalProcess::Drawn(Arrivals::Periodic { every, jitter }) => {
                self.drawn += 1;
                return self.periodic(every, jitter);
            }
            ArrivalProcess::Drawn(Arrivals::Renewal(gap)) => {
                self.last.unwrap_or(Time::ZERO) + gap.sample(&mut self.random)
            }
            ArrivalProcess::Drawn(Arrivals::Bursts(bursts)) => self.in_bursts(bursts),
            ArrivalProcess::Drawn(Arrivals::Daily(rates)) => self.by_the_hour(rates),
            ArrivalProcess::Drawn(Arrivals::Seen(_) | Arrivals::Times(_)) => Time::MAX,
            ArrivalProcess::Seen(sighting) => match &mut self.watch {
                Some(watch) => watch.next(sighting, &mut self.random),
                None => Time::MAX,
            },
            ArrivalProcess::Times(recording, end, offset) => self.recorded(recording, *end, *offset),
        };
        self.last = Some(at);
        self.drawn += 1;
        at
    }

    /// Arrivals drawn so far.
    pub fn drawn(&self) -> u32 {
        self.drawn
    }

    /// An exponential gap after the last arrival.
    fn after(&mut self, rate: f64) -> Time {
        let gap: f64 = Exp1.sample(&mut self.random);
        self.last.unwrap_or(Time::ZERO) + Span::from_secs(gap / rate)
    }

    fn periodic(&mut self, every: &Duration, jitter: &Delay) -> Time {
        let mut draw = |most: f64| Span::from_secs(most * self.random.random::<f64>());
        let period = match self.last {
            None => Time::ZERO + draw(every.get()),
            Some(last) => last + every.span(),
        };
        let late = draw(jitter.get());
        self.last = Some(period);
        period + late
    }

    fn in_bursts(&mut self, bursts: &Bursts) -> Time {
        if self.drawn == 0 && self.last.is_none() {
            // It begins in each kind of spell with that spell's share of the time, and spells are memoryless.
            let (calm, busy) = (bursts.calm_for.get(), bursts.busy_for.get());
            self.busy = self.random.random::<f64>() * (calm + busy) < busy;
            self.mark = self.spell_from(Time::ZERO, bursts);
        }
        loop {
            let rate = if self.busy { bursts.busy.get() } else { bursts.calm.get() };
            let at = if rate > 0.0 { self.after(rate) } else { Time::MAX };
            if at < self.mark {
                return at;
            }
            self.last = Some(self.mark);
            self.busy = !self.busy;
            self.mark = self.spell_from(self.mark, bursts);
        }
    }

    fn spell_from(&mut self, from: Time, bursts: &Bursts) -> Time {
        let mean = if self.busy { bursts.busy_for.get() } else { bursts.calm_for.get() };
        let draw: f64 = Exp1.sample(&mut self.random);
        from + Span::from_secs_up(draw * mean).max(Span::from_nanos(1))
    }

    /// Candidates come at the largest rate, and each is kept with the probability that makes the rate of its hour.
    fn by_the_hour(&mut self, rates: &[PossibleFrequency]) -> Time {
        let most = rates.iter().map(|rate| rate.get()).fold(0.0, f64::max);
        loop {
            let at = self.after(most);
            let part = at.as_secs() % DAY / DAY * rates.len() as f64;
            let rate = rates[(part as usize).min(rates.len() - 1)].get();
            if self.random.random::<f64>() * most < rate {
                return at;
            }
            self.last = Some(at);
        }
    }

    fn recorded(&mut self, recording: &Recording, end: TimesEnd, offset: TraceOffset) -> Time {
        let Recording { moments, length, .. } = recording;
        if self.drawn == 0 && offset == TraceOffset::Random {
            self.mark = Time::ZERO + Span::from_secs(length.as_secs() * self.random.random::<f64>());
        }
        let begun = moments.partition_point(|moment| *moment < self.mark);
        let (round, place) =
            ((begun + self.drawn as usize) / moments.len(), (begun + self.drawn as usize) % moments.len());
        if end == TimesEnd::Stop && round > 0 {
            return Time::MAX;
        }
        Time::from_nanos(round as u64 * length.as_nanos() + moments[place].as_nanos() - self.mark.as_nanos())
    }
}

#[cfg(test)]
mod tests {
    use sim_core::{Moments, Streams};

    use std::collections::BTreeMap;
    use std::path::Path;

    use super::*;

    fn process(yaml: &str) -> ArrivalProcess {
        // As scenario files are read: through a plain value, in which enums need no tags.
        let value: serde_json::Value = serde_yaml::from_str(yaml).unwrap();
        let arrivals: Arrivals = serde_json::from_value(value).unwrap();
        arrivals.resolve(|_| unreachable!(), &events()).unwrap()
    }

    fn events() -> BTreeMap<String, ArrivalProcess> {
        let passers_by: Arrivals = serde_json::from_value(serde_json::json!({ "poisson": "2 /s" })).unwrap();
        BTreeMap::from([("passer-by".to_owned(), passers_by.resolve(|_| unreachable!(), &BTreeMap::new()).unwrap())])
    }

    /// Devices that see the same events see them together, each its share; a delay keeps them in order of time.
    #[test]
    fn what_several_see_they_see_together() {
        let streams = Streams::new(1, 0);
        let seen = |yaml: &str, device: u64| -> Vec<Time> {
            let process = process(yaml);
            let mut path = ArrivalPath::new(&process, device, &streams);
            (0..2000).map(|_| path.next_arrival(&process)).collect()
        };
        let all = seen("seen: {event: passer-by}", 0);
        assert_eq!(all, seen("seen: {event: passer-by}", 1));
        let half = seen("seen: {event: passer-by, by: 50 %}", 2);
        let within = half.iter().take(900).filter(|at| all.binary_search(at).is_ok()).count();
        assert_eq!(within, 900);
        assert_ne!(half, seen("seen: {event: passer-by, by: 50 %}", 3));
        let late = seen("seen: {event: passer-by, after: {exponential: 3 s}}", 4);
        assert!(late.is_sorted());
        assert!(late.iter().zip(&all).all(|(late, event)| late >= event));
    }

    /// Arrivals of a replication up to `end` seconds.
    fn arrivals(process: &ArrivalProcess, replication: u64, end: f64) -> Vec<f64> {
        let mut path = ArrivalPath::new(process, 0, &Streams::new(1, replication));
        let next = || Some(path.next_arrival(process).as_secs());
        std::iter::from_fn(next).take_while(|at| *at < end).collect()
    }

    /// Every process comes at its mean rate.
    #[test]
    fn rates_are_as_promised() {
        for yaml in [
            "poisson: 3 /s",
            "periodic: {every: 400 ms, jitter: 100 ms}",
            "renewal: {gamma: {mean: 300 ms, shape: 0.5}}",
            "bursts: {calm: 0.5 /s, calm-for: 20 s, busy: 10 /s, busy-for: 5 s}",
            "bursts: {calm: 0 /s, calm-for: 3 s, busy: 10 /s, busy-for: 1 s}",
            "seen: {event: passer-by, by: 30 %, after: {uniform: {from: 0 s, to: 4 s}}}",
        ] {
            let process = process(yaml);
            let counts: Moments = (0..20).map(|r| arrivals(&process, r, 3000.0).len() as f64 / 3000.0).collect();
            let (estimate, expected) = (counts.estimate().unwrap(), process.rate());
            assert!(
                (estimate.mean - expected).abs() <= 3.0 * estimate.half_width().unwrap() + 1e-3,
                "{yaml}: {estimate:?}"
            );
        }
    }

    /// The index of dispersion of counts distinguishes bursts from a Poisson process, whose index is 1.
    #[test]
    fn bursts_come_in_bursts() {
        let process = process("bursts: {calm: 0.5 /s, calm-for: 20 s, busy: 10 /s, busy-for: 5 s}");
        let counts: Moments = (0..200).map(|r| arrivals(&process, r, 100.0).len() as f64).collect();
        assert!(counts.variance().unwrap() / counts.mean() > 5.0);
    }

    #[test]
    fn a_day_has_its_hours() {
        let process = process("daily: [0 /s, 0.02 /s, 0.1 /s, 0.04 /s]");
        let mut quarters = [0.0; 4];
        for at in arrivals(&process, 0, 20.0 * DAY) {
            quarters[(at % DAY / DAY * 4.0) as usize] += 1.0;
        }
        for (count, rate) in quarters.iter().zip([0.0, 0.02, 0.1, 0.04]) {
            let expected: f64 = rate * 5.0 * DAY;
            // Five standard deviations of a Poisson count.
            assert!((count - expected).abs() <= 5.0 * expected.sqrt(), "{count}, not {expected}");
        }
    }

    #[test]
    fn a_recording_is_played_as_it_was() {
        let home = std::env::temp_dir().join(format!("arrivals-{}", std::process::id()));
        std::fs::write(&home, "seconds,who\n1,a\n2.5,b\n4,c\n").unwrap();
        let file = |end, offset| TimesFile { file: home.clone(), column: None, time_unit: None, end, offset };
        let read = |times: &TimesFile| Recording::read(times, Path::new("")).map_err(|e| e.to_string());
        let resolve = |end, offset| Arrivals::Times(file(end, offset)).resolve(read, &BTreeMap::new()).unwrap();
        // Three arrivals in four seconds: the gap after the last is 4/3 s.
        let length = 4.0 + 4.0 / 3.0;
        let looped = arrivals(&resolve(TimesEnd::Loop, TraceOffset::Start), 0, 11.0);
        let expected = [1.0, 2.5, 4.0, 1.0 + length, 2.5 + length, 4.0 + length];
        assert!(looped.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6) && looped.len() == 6, "{looped:?}");
        assert_eq!(arrivals(&resolve(TimesEnd::Stop, TraceOffset::Start), 0, 1e6), [1.0, 2.5, 4.0]);
        let (one, other) = (
            arrivals(&resolve(TimesEnd::Loop, TraceOffset::Random), 0, 600.0),
            arrivals(&resolve(TimesEnd::Loop, TraceOffset::Random), 1, 600.0),
        );
        assert!(one != other && one.is_sorted() && (one.len() as f64 - 600.0 * 3.0 / length).abs() <= 3.0);
        std::fs::write(&home, "1\n0.5\n").unwrap();
        let (_, what) =
            Arrivals::Times(file(TimesEnd::Loop, TraceOffset::Start)).resolve(read, &BTreeMap::new()).unwrap_err();
        assert!(what.contains("line 2: 0.5 comes before"), "{what}");
        std::fs::write(&home, "1700158623\n").unwrap();
        let once = Arrivals::Times(file(TimesEnd::Loop, TraceOffset::Start)).resolve(read, &BTreeMap::new());
        assert_eq!(once.unwrap_err().0, "times.end");
        assert_eq!(resolve(TimesEnd::Stop, TraceOffset::Start).expected(Span::from_secs(5.0)), 1.0);
        std::fs::remove_file(&home).unwrap();
    }

    /// Arrivals at these seconds, counted from 0.
    fn recorded(seconds: &[u64], end: TimesEnd, offset: TraceOffset) -> ArrivalProcess {
        let asked = TimesFile { file: "t".into(), column: None, time_unit: None, end, offset };
        let nanos = Stamps::Nanos(seconds.iter().map(|second| i128::from(second * 1_000_000_000)).collect());
        let recording = Recording::of_column("t", Columns::default(), &nanos, &asked, Path::new("t")).unwrap();
        Arrivals::Times(asked).resolve(|_| Ok(recording), &BTreeMap::new()).unwrap()
    }

    /// Rate, seconds after which everything has been seen, and requests within 10 s.
    #[test]
    fn what_is_expected_is_known_beforehand() {
        for (yaml, rate, cycle) in [
            ("poisson: 3 /s", 3.0, 0.0),
            ("periodic: {every: 400 ms}", 2.5, 0.0),
            ("renewal: {gamma: {mean: 250 ms, shape: 2}}", 4.0, 0.0),
            // 20 s at a half and 5 s at 10: 60 requests in 25 s.
            ("bursts: {calm: 0.5 /s, calm-for: 20 s, busy: 10 /s, busy-for: 5 s}", 2.4, 0.0),
            ("daily: [0 /s, 2 /s, 4 /s, 2 /s]", 2.0, DAY),
            ("daily: [2 /s, 2 /s]", 2.0, 0.0),
            ("seen: {event: passer-by, by: 30 %}", 0.6, 0.0),
        ] {
            let process = process(yaml);
            assert!((process.rate() - rate).abs() < 1e-12, "{yaml}: {}", process.rate());
            assert_eq!((process.cycle(), process.is_steady()), (Span::from_secs(cycle), cycle == 0.0), "{yaml}");
            assert!((process.expected(Span::from_secs(10.0)) - 10.0 * rate).abs() < 1e-12, "{yaml}");
            assert!(process.recording().is_none(), "{yaml}");
        }
    }

    /// At 1, 2 and 6 s, then 2 s of a mean gap: three in 8 s. In 10 s, three and those at 9 and 10 s less the last.
    #[test]
    fn what_is_expected_of_a_recording_is_what_is_in_it() {
        let ten = Span::from_secs(10.0);
        let looped = recorded(&[1, 2, 6], TimesEnd::Loop, TraceOffset::Start);
        assert_eq!((looped.rate(), looped.cycle(), looped.is_steady()), (0.375, Span::from_secs(8.0), false));
        assert_eq!((looped.expected(ten), looped.expected(Span::from_secs(6.0))), (4.0, 2.0));
        let random = recorded(&[1, 2, 6], TimesEnd::Loop, TraceOffset::Random);
        assert_eq!(random.expected(ten), 3.75);
        let once = recorded(&[1, 2, 6], TimesEnd::Stop, TraceOffset::Start);
        assert_eq!((once.cycle(), once.expected(ten), once.recording().unwrap().moments().len()), (Span::MAX, 3.0, 3));
        let seen = ArrivalProcess::Seen(Box::new(Sighting {
            event: looped,
            number: 0,
            by: 0.5,
            after: serde_json::from_value("0 s".into()).unwrap(),
        }));
        assert_eq!((seen.rate(), seen.cycle(), seen.expected(ten)), (0.1875, Span::from_secs(8.0), 2.0));
        assert!(seen.recording().is_some());
    }

    /// Wherever a device begins in a recording, it plays what follows, round after round.
    #[test]
    fn a_recording_goes_on_from_where_a_device_begins() {
        let process = recorded(&[1, 2, 6], TimesEnd::Loop, TraceOffset::Random);
        let mut begun = std::collections::BTreeSet::new();
        for device in 0..40 {
            let mut path = ArrivalPath::new(&process, device, &Streams::new(1, 0));
            let found: Vec<Time> = (0..9).map(|_| path.next_arrival(&process)).collect();
            let mark = path.mark.as_nanos();
            assert!(mark < 8_000_000_000 && path.drawn() == 9);
            let all = (0..5u64).flat_map(|round| [1, 2, 6].map(|second| (8 * round + second) * 1_000_000_000));
            let expected: Vec<Time> =
                all.filter(|at| *at >= mark).take(9).map(|at| Time::from_nanos(at - mark)).collect();
            assert_eq!(found, expected, "begun at {mark} ns");
            begun.insert(expected[0]);
        }
        assert!(begun.len() > 30, "{begun:?}");
    }

    /// A period after the other from a moment in the first one on, each delayed by no more than the jitter.
    #[test]
    fn periods_are_kept_whatever_the_jitter() {
        let (exact, late) = (process("periodic: {every: 2 s}"), process("periodic: {every: 2 s, jitter: 500 ms}"));
        let times = |process: &ArrivalProcess, device| {
            let mut path = ArrivalPath::new(process, device, &Streams::new(1, 0));
            let times: Vec<u64> = (0..50).map(|_| path.next_arrival(process).as_nanos()).collect();
            assert_eq!(path.drawn(), 50);
            times
        };
        let (mut latest, mut firsts) = (0, Vec::new());
        for device in 0..20 {
            let plain = times(&exact, device);
            firsts.push(plain[0]);
            assert!(plain[0] < 2_000_000_000 && plain.windows(2).all(|pair| pair[1] - pair[0] == 2_000_000_000));
            // The moment in the first period is drawn first, so it is the same one.
            for (at, period) in times(&late, device).iter().zip(plain) {
                assert!((period..=period + 500_000_000).contains(at), "{at} in {period}");
                latest = latest.max(at - period);
            }
        }
        assert!(
            latest > 450_000_000
                && firsts.iter().max() > Some(&1_500_000_000)
                && firsts.iter().min() < Some(&500_000_000)
        );
    }

    /// How long calm and busy spells last, and that no path begins with the same kind of spell as all others.
    #[test]
    fn spells_begin_with_their_shares_of_the_time() {
        let process = process("bursts: {calm: 0 /s, calm-for: 3 s, busy: 1000 /s, busy-for: 1 s}");
        let busy = (0..2000).filter(|device| {
            let mut path = ArrivalPath::new(&process, *device, &Streams::new(1, 0));
            path.next_arrival(&process) < Time::from_nanos(20_000_000)
        });
        // A quarter, within five standard deviations; a calm spell is as short as 20 ms in one of 150 cases.
        let share = busy.count() as f64 / 2000.0;
        assert!((share - 0.255).abs() < 5.0 * (0.25 * 0.75 / 2000.0f64).sqrt(), "{share}");
    }

    #[test]
    fn what_cannot_be_is_said() {
        let told = |yaml: &str| {
            let arrivals: Arrivals = serde_json::from_value(serde_yaml::from_str(yaml).unwrap()).unwrap();
            arrivals.resolve(|_| Err("not there".into()), &events()).map(drop)
        };
        assert_eq!(told("periodic: {every: 1 s, jitter: 1 s}"), Ok(()));
        for (yaml, field, what) in [
            ("periodic: {every: 1 s, jitter: 1.1 s}", "periodic.jitter", "must not exceed the period (1 s)"),
            ("renewal: 0 s", "renewal", "the mean gap must be above 0"),
            ("daily: [0 /s, 0 /s]", "daily", "one of them above 0"),
            ("daily: []", "daily", "one of them above 0"),
            ("seen: {event: dog}", "seen.event", "there is no event 'dog' in 'events'"),
            ("seen: {event: passer-by, by: 0 %}", "seen.by", "has no requests"),
            ("times: {file: t, end: stop, offset: random}", "times", "goes with a recording that is looped"),
            ("times: {file: t}", "times", "not there"),
        ] {
            let (at, why) = told(yaml).unwrap_err();
            assert!(at == field && why.contains(what), "{yaml}: {at}: {why}");
        }
    }

    /// An event's number is its place among all names.
    #[test]
    fn events_have_their_own_streams() {
        let mut events = events();
        events.insert("doorbell".to_owned(), process("poisson: 1 /s"));
        let number = |event: &str| {
            let arrivals: Arrivals = serde_json::from_value(serde_json::json!({ "seen": { "event": event } })).unwrap();
            match arrivals.resolve(|_| unreachable!(), &events).unwrap() {
                ArrivalProcess::Seen(sighting) => sighting.number,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!((number("doorbell"), number("passer-by")), (0, 1));
    }
}
