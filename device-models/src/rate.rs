//! Rates that change over time, constant between changes.
//!
//! | model | rate | source |
//! |---|---|---|
//! | constant | the same rate all the time | |
//! | gilbert-elliott | good and bad spells, each exponentially long; a bad rate of 0 is an outage | Gilbert, 1960; Elliott, 1963 |
//! | markov | any number of states, each exponentially long; the next is any other one, equally likely | |
//! | lognormal | log r follows an autoregression of first order, so the rate wanders around its median | |
//! | fading | the rate of a radio moving through a cell: distance, multipath fading, Shannon's bound | see `rate/fading.rs` |
//! | trace | a measurement: Mahimahi's packet-delivery opportunities, or seconds and rates | Netravali et al., USENIX ATC 2015 |
//!
//! A path of the process is followed forwards in time and depends only on its own stream, so that no policy affects a
//! channel. Left out: congestion avoidance, which would follow such changes with a delay of its own.

mod fading;
mod model;
mod power_control;
mod trace;
mod trace_file;

use std::sync::Arc;

use rand::RngExt;
use rand_distr::{Distribution, Exp1, StandardNormal};
use serde::{Serialize, Serializer};
use sim_core::{Span, Stream, Streams, Time};

pub use fading::{Fading, Place};
pub use model::{Changing, GilbertElliott, PossibleRate, RateModel, RateState, Wandering};
pub use power_control::{AmplifierPoint, PowerControl};
pub use trace::RateTrace;
pub use trace_file::{TraceEnd, TraceFile, TraceOffset};

/// A rate ready to be followed: recordings are loaded. Serialized, it identifies the process.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Rate {
    /// The same all the time, bits a second.
    Constant(f64),
    /// States with their mean seconds; the next is any other one.
    Markov(Vec<(f64, f64)>),
    /// See [`Wandering`].
    Wandering(Wandering),
    /// See [`Fading`].
    Fading(#[serde(serialize_with = "contents")] Arc<Fading>),
    /// A recording.
    Trace(#[serde(serialize_with = "contents")] Arc<RateTrace>, TraceEnd, TraceOffset),
}

/// What is shared is identified by its contents.
fn contents<T: Serialize, S: Serializer>(shared: &Arc<T>, serializer: S) -> Result<S::Ok, S::Error> {
    shared.as_ref().serialize(serializer)
}

impl Rate {
    /// The rate, if it never changes.
    pub fn constant(&self) -> Option<f64> {
        match self {
            Self::Constant(rate) => Some(*rate),
            _ => None,
        }
    }

    /// How the sender's power follows its distance, if it does.
    pub fn power_control(&self) -> Option<&PowerControl> {
        match self {
            Self::Fading(fading) => fading.power_control.as_ref(),
            _ => None,
        }
    }

    /// The mean rate over time, bits a second: in the long run, and of a recording over as much of it as `over` covers.
    /// For a fading channel it is that of ten thousand draws along the way, which is accurate to a per cent or so.
    pub fn mean(&self, over: Span) -> f64 {
        match self {
            Self::Constant(rate) => *rate,
            Self::Markov(states) => {
                let seconds = states.iter().map(|(_, lasts)| lasts).sum::<f64>();
                states.iter().map(|(rate, lasts)| rate * lasts).sum::<f64>() / seconds
            }
            Self::Wandering(w) => {
                let deviation = (w.p95.get() / w.median.get()).ln() / Z95;
                w.median.get() * (deviation * deviation / 2.0).exp()
            }
            Self::Fading(fading) => sampled_rates(fading, over).sum::<f64>() / FADING_DRAWS as f64,
            Self::Trace(trace, end, offset) => {
                let whole = *offset == TraceOffset::Random || (*end == TraceEnd::Loop && over > trace.length());
                let until = Time::ZERO + if whole { trace.length() } else { over };
                let (mut now, mut bits) = (Time::ZERO, 0.0);
                while now < until {
                    let stretch = trace.stretch(now, Span::ZERO, *end);
                    let next = stretch.until.min(until);
                    bits += stretch.rate * (next - now).as_secs();
                    now = next;
                }
                bits / until.as_secs().max(1e-9)
            }
        }
    }

    /// The rate exceeded 5 % of the time; of states and recordings, the highest. Bits a second.
    pub fn high(&self, over: Span) -> f64 {
        match self {
            Self::Constant(rate) => *rate,
            Self::Markov(states) => states.iter().map(|(rate, _)| *rate).fold(0.0, f64::max),
            Self::Wandering(w) => w.p95.get(),
            Self::Fading(fading) => {
                let mut rates: Vec<f64> = sampled_rates(fading, over).collect();
                rates.sort_by(f64::total_cmp);
                rates[rates.len() * 95 / 100]
            }
            Self::Trace(trace, ..) => trace.highest(),
        }
    }
}

/// The number of draws for the mean of a fading channel.
const FADING_DRAWS: u64 = 10_000;

/// Rates of a fading channel, evenly along as much of the way as a run of `over` covers.
fn sampled_rates(fading: &Fading, over: Span) -> impl Iterator<Item = f64> {
    let mut random = Streams::new(0, 0).open("mean-rate", 0);
    let way = Span::from_secs(fading.length());
    let way = if fading.offset == TraceOffset::Random || over > way { way } else { over };
    let places = (0..FADING_DRAWS).map(move |draw| way.as_nanos() / FADING_DRAWS * draw);
    places.map(move |nanos| fading.stretch(Time::from_nanos(nanos), Span::ZERO, &mut random).rate)
}

/// A path of a rate, followed forwards in time.
#[derive(Clone, Debug)]
pub struct RatePath {
    rate: Rate,
    random: Stream,
    /// The current stretch.
    stretch: Stretch,
    /// State of a Markov process, or log of the rate over its median in deviations.
    state: usize,
    level: f64,
    /// Where in a recording, or along a way, it began.
    offset: Span,
}

/// A stretch of time at one rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stretch {
    /// Bits a second.
    pub rate: f64,
    /// When it ends; [`Time::MAX`] if it never does.
    pub until: Time,
    /// Watts that the sender draws beyond its radio's active power, or less than that: see [`PowerControl`].
    pub extra_power: f64,
}

impl Stretch {
    /// At a rate that has no effect on what the sender draws.
    pub const fn at_rate(rate: f64, until: Time) -> Self {
        Self { rate, until, extra_power: 0.0 }
    }
}

/// The 95 % quantile of a standard normal distribution.
const Z95: f64 = 1.644_853_626_951_472_2;

impl RatePath {
    /// A path from the start of the simulation, drawn from its own stream.
    pub fn new(rate: &Rate, mut random: Stream) -> Self {
        let (mut state, mut level, mut offset) = (0, 0.0, Span::ZERO);
        match rate {
            // It begins in each state with the probability of that state's share of the time.
            Rate::Markov(states) => {
                let mut place = random.random::<f64>() * states.iter().map(|(_, lasts)| lasts).sum::<f64>();
                while state + 1 < states.len() && place >= states[state].1 {
                    place -= states[state].1;
                    state += 1;
                }
            }
            Rate::Wandering(_) => level = StandardNormal.sample(&mut random),
            Rate::Trace(trace, _, TraceOffset::Random) => {
                offset = Span::from_secs(trace.length().as_secs() * random.random::<f64>());
            }
            Rate::Fading(fading) if fading.offset == TraceOffset::Random => {
                offset = Span::from_secs(fading.length() * random.random::<f64>());
            }
            Rate::Constant(_) | Rate::Fading(_) | Rate::Trace(..) => {}
        }
        let stretch = Stretch::at_rate(0.0, Time::ZERO);
        let mut path = Self { rate: rate.clone(), random, stretch, state, level, offset };
        path.stretch = path.begin(Time::ZERO);
        path
    }

    /// The stretch around `now`; `now` never goes back.
    pub fn at(&mut self, now: Time) -> Stretch {
        if let Rate::Trace(..) = self.rate {
            if self.stretch.until <= now {
                self.stretch = self.begin(now);
            }
            return self.stretch;
        }
        while self.stretch.until <= now {
            let from = self.stretch.until;
            self.turn();
            self.stretch = self.begin(from);
        }
        self.stretch
    }

    /// The rate without multipath fading where its device is at `now`, on a channel that follows its way.
    pub fn at_distance(&self, now: Time) -> Option<Stretch> {
        match &self.rate {
            Rate::Fading(fading) => Some(fading.without_multipath(now, self.offset)),
            _ => None,
        }
    }

    /// The stretch that begins at `from`, in the current state.
    fn begin(&mut self, from: Time) -> Stretch {
        match &self.rate {
            Rate::Constant(rate) => Stretch::at_rate(*rate, Time::MAX),
            Rate::Markov(states) => {
                let (rate, lasts) = states[self.state];
                let draw: f64 = Exp1.sample(&mut self.random);
                Stretch::at_rate(rate, from + Span::from_secs_up(draw * lasts).max(Span::from_nanos(1)))
            }
            Rate::Wandering(w) => {
                let deviation = (w.p95.get() / w.median.get()).ln() / Z95;
                let rate = w.median.get() * (deviation * self.level).exp();
                Stretch::at_rate(rate, from + w.every.span().max(Span::from_nanos(1)))
            }
            Rate::Fading(fading) => fading.stretch(from, self.offset, &mut self.random),
            Rate::Trace(trace, end, _) => trace.stretch(from, self.offset, *end),
        }
    }

    /// The current stretch is over.
    fn turn(&mut self) {
        match &self.rate {
            Rate::Markov(states) => {
                let others = states.len() - 1;
                let step = 1 + if others > 1 { self.random.random_range(0..others) } else { 0 };
                self.state = (self.state + step) % states.len();
            }
            Rate::Wandering(w) => {
                let kept = (-w.every.get() / w.correlation.get()).exp();
                let noise: f64 = StandardNormal.sample(&mut self.random);
                self.level = kept * self.level + (1.0 - kept * kept).sqrt() * noise;
            }
            Rate::Constant(_) | Rate::Fading(_) | Rate::Trace(..) => {}
        }
    }
}

#[cfg(test)]
mod tests;
