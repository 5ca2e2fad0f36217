//! When requests arrive at a device.
//!
//! | model | what it says | where from |
//! |---|---|---|
//! | poisson | at random, at one mean rate | |
//! | periodic | regularly, each late by up to a jitter | |
//! | renewal | with independent gaps from a distribution | |
//! | bursts | at random, at one rate in calm and another in busy spells, each exponentially long: a Markov-modulated Poisson process of two states | Fischer & Meier-Hellstern, 1993 |
//! | daily | at random, at a rate that follows the time of day | thinning: Lewis & Shedler, 1979 |
//! | times | when a recording says | |
//!
//! Devices are independent of each other.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rand::RngExt;
use rand_distr::{Distribution, Exp1};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::{Span, Stream, Time};

use crate::random_time::RandomTime;
use crate::rate::TraceOffset;
use crate::units::{Delay, Duration, Frequency, FrequencyFromZero, Quantity};

/// How often something happens, 0 allowed, per second.
pub type PossibleFrequency = Quantity<FrequencyFromZero>;

const DAY: f64 = 86_400.0;

/// When requests arrive at a device, independently of all others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub enum Arrivals {
    /// At random, at this mean rate.
    Poisson(Frequency),
    /// Regularly, from a random moment in the first period on.
    Periodic {
        /// The period.
        every: Duration,
        /// Each arrival is late by up to this, uniformly.
        #[serde(default = "no_time")]
        jitter: Delay,
    },
    /// With gaps drawn from a distribution.
    Renewal(RandomTime),
    /// At random, now calm, now busy.
    Bursts(Bursts),
    /// At random, at a rate that follows the time of day.
    Daily(Vec<PossibleFrequency>),
    /// When a recording says.
    Times(TimesFile),
}

/// Calm and busy spells.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Bursts {
    /// Rate in a calm spell.
    pub calm: PossibleFrequency,
    /// Mean length of a calm spell.
    pub calm_for: Duration,
    /// Rate in a busy spell.
    pub busy: Frequency,
    /// Mean length of a busy spell.
    pub busy_for: Duration,
}

/// A recording of arrivals.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TimesFile {
    /// A number of seconds a line, ascending; what stands behind a comma is passed over.
    pub file: PathBuf,
    /// What comes after its end.
    #[serde(default)]
    pub end: TimesEnd,
    /// Where each device begins in it.
    #[serde(default)]
    pub offset: TraceOffset,
}

/// What comes after the end of a recording.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TimesEnd {
    /// Its beginning.
    #[default]
    Loop,
    /// Nothing.
    Stop,
}

/// Arrivals ready to be drawn: recordings are loaded.
#[derive(Clone, Debug, PartialEq)]
pub enum ArrivalProcess {
    /// All that needs nothing loaded.
    Drawn(Arrivals),
    /// A recording: its moments, its length, what comes after its end, and where devices begin.
    Times(Arc<[Time]>, Span, TimesEnd, TraceOffset),
}

impl Arrivals {
    /// Checks the figures against each other and loads what has to be loaded, from `folder`.
    ///
    /// # Errors
    /// The field that is wrong, and a sentence that says what is.
    pub fn resolve(&self, folder: &Path) -> Result<ArrivalProcess, (&'static str, String)> {
        match self {
            Self::Periodic { every, jitter } if jitter.get() > every.get() => {
                Err(("periodic.jitter", format!("must not exceed the period ({every})")))
            }
            Self::Renewal(gap) if gap.mean() <= 0.0 => {
                Err(("renewal", "gaps that are always 0 let no time pass".into()))
            }
            Self::Daily(rates) if rates.iter().all(|rate| rate.get() == 0.0) => {
                Err(("daily", "give rates for equal parts of the day, one of them above 0".into()))
            }
            Self::Times(times) => {
                let (moments, length) = read_times(&folder.join(&times.file)).map_err(|what| ("times", what))?;
                if times.offset == TraceOffset::Random && times.end == TimesEnd::Stop {
                    return Err(("times", "a random offset goes with a recording that is looped".into()));
                }
                Ok(ArrivalProcess::Times(moments.into(), length, times.end, times.offset))
            }
            drawn => Ok(ArrivalProcess::Drawn(drawn.clone())),
        }
    }
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
            Self::Drawn(Arrivals::Times(_)) => 0.0,
            Self::Times(moments, length, ..) => moments.len() as f64 / length.as_secs(),
        }
    }
}

/// The arrivals of one device, one after the other.
#[derive(Clone, Debug)]
pub struct ArrivalPath {
    random: Stream,
    /// When the last period began, or the last request arrived.
    last: Option<Time>,
    /// When the present spell ends; where in a recording the device began.
    mark: Time,
    busy: bool,
    /// Arrivals drawn so far.
    drawn: u32,
}

impl ArrivalPath {
    /// From the start of the simulation on, drawn from a stream of its own.
    pub fn new(random: Stream) -> Self {
        Self { random, last: None, mark: Time::ZERO, busy: false, drawn: 0 }
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
            ArrivalProcess::Drawn(Arrivals::Times(_)) => Time::MAX,
            ArrivalProcess::Times(moments, length, end, offset) => self.recorded(moments, *length, *end, *offset),
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
            // It begins in a spell by how much of the time there is one, and spells are memoryless.
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

    fn recorded(&mut self, moments: &[Time], length: Span, end: TimesEnd, offset: TraceOffset) -> Time {
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

/// The moments of a recording and its length, which goes one mean gap beyond the last of them.
fn read_times(path: &Path) -> Result<(Vec<Time>, Span), String> {
    let file = path.display();
    let text = std::fs::read_to_string(path).map_err(|e| format!("cannot read {file}: {e}"))?;
    let mut moments: Vec<Time> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let first = line.split(',').next().unwrap_or_default().trim();
        if first.is_empty() || first.starts_with('#') {
            continue;
        }
        let seconds = match first.parse::<f64>() {
            Ok(seconds) if seconds.is_finite() && seconds >= 0.0 => seconds,
            Err(_) if index == 0 => continue,
            _ => return Err(format!("{file}, line {}: '{first}' is no number of seconds", index + 1)),
        };
        let at = Time::ZERO + Span::from_secs(seconds);
        if moments.last().is_some_and(|last| at < *last) {
            return Err(format!("{file}, line {}: {seconds} s comes before the line above", index + 1));
        }
        moments.push(at);
    }
    let Some(last) = moments.last().copied() else { return Err(format!("{file}: there are no arrivals in it")) };
    let gap = last.as_nanos() / moments.len() as u64;
    Ok((moments, Span::from_nanos((last.as_nanos() + gap).max(1))))
}

fn no_time() -> Delay {
    Delay::new(0.0)
}

#[cfg(test)]
mod tests {
    use sim_core::{Moments, Streams};

    use super::*;

    fn process(yaml: &str) -> ArrivalProcess {
        // As scenario files are read: through a plain value, where enums need no tags.
        let value: serde_json::Value = serde_yaml::from_str(yaml).unwrap();
        let arrivals: Arrivals = serde_json::from_value(value).unwrap();
        arrivals.resolve(Path::new("")).unwrap()
    }

    /// Arrivals of a replication up to `end` seconds.
    fn arrivals(process: &ArrivalProcess, replication: u64, end: f64) -> Vec<f64> {
        let mut path = ArrivalPath::new(Streams::new(1, replication).open("arrivals", 0));
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
        ] {
            let process = process(yaml);
            let counts: Moments = (0..20).map(|r| arrivals(&process, r, 3000.0).len() as f64 / 3000.0).collect();
            let (estimate, expected) = (counts.estimate().unwrap(), process.rate());
            assert!(
                (estimate.mean - expected).abs() <= 3.0 * estimate.half_width.unwrap() + 1e-3,
                "{yaml}: {estimate:?}"
            );
        }
    }

    /// The index of dispersion of counts tells bursts from a Poisson process, whose index is 1.
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
        let file = |end, offset| TimesFile { file: home.clone(), end, offset };
        let resolve = |end, offset| Arrivals::Times(file(end, offset)).resolve(Path::new("")).unwrap();
        // Three arrivals in four seconds: the gap behind the last is 4/3 s.
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
        let (_, what) = Arrivals::Times(file(TimesEnd::Loop, TraceOffset::Start)).resolve(Path::new("")).unwrap_err();
        assert!(what.contains("line 2: 0.5 s comes before"), "{what}");
        std::fs::remove_file(&home).unwrap();
    }
}
