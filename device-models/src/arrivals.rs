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
            Self::Times(recording, ..) => recording.times.len() as f64 / recording.length.as_secs(),
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
        let Recording { times, length, .. } = recording;
        if self.drawn == 0 && offset == TraceOffset::Random {
            self.mark = Time::ZERO + Span::from_secs(length.as_secs() * self.random.random::<f64>());
        }
        let begun = times.partition_point(|time| *time < self.mark);
        let (round, place) = ((begun + self.drawn as usize) / times.len(), (begun + self.drawn as usize) % times.len());
        if end == TimesEnd::Stop && round > 0 {
            return Time::MAX;
        }
        Time::from_nanos(round as u64 * length.as_nanos() + times[place].as_nanos() - self.mark.as_nanos())
    }
}

#[cfg(test)]
mod tests;
