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
mod tests {
    use sim_core::Moments;

    use super::*;

    fn rate(yaml: &str) -> Rate {
        let model: RateModel = serde_yaml::from_str(yaml).unwrap();
        model.resolve(|_| unreachable!()).unwrap()
    }

    /// Mean over time of f(rate), over `seconds`.
    fn mean(rate: &Rate, replication: u64, seconds: f64, f: impl Fn(f64) -> f64) -> f64 {
        let mut path = RatePath::new(rate, Streams::new(1, replication).open("rate", 0));
        let (mut now, end, mut sum) = (Time::ZERO, Time::ZERO + Span::from_secs(seconds), 0.0);
        while now < end {
            let stretch = path.at(now);
            let until = stretch.until.min(end);
            sum += f(stretch.rate) * (until - now).as_secs();
            now = until;
        }
        sum / seconds
    }

    fn within(rate: &Rate, f: impl Fn(f64) -> f64 + Copy, expected: f64) {
        let means: Moments = (0..20).map(|replication| mean(rate, replication, 2000.0, f)).collect();
        let estimate = means.estimate().unwrap();
        assert!(
            (estimate.mean - expected).abs() < 3.0 * estimate.half_width().unwrap(),
            "{estimate:?}, not {expected}"
        );
    }

    /// In the long run each state holds for its share of the time.
    #[test]
    fn spells_have_their_shares() {
        let link = rate("{gilbert-elliott: {good: 10 Mbps, good-for: 3 s, bad: 0 bps, bad-for: 1 s}}");
        within(&link, |rate| rate, 7.5e6);
        within(&link, |rate| f64::from(u8::from(rate == 0.0)), 0.25);
        let states = rate("{markov: [{rate: 1 Mbps, for: 1 s}, {rate: 2 Mbps, for: 2 s}, {rate: 4 Mbps, for: 1 s}]}");
        within(&states, |rate| rate, (1e6 + 2.0 * 2e6 + 4e6) / 4.0);
    }

    /// The reported mean is the mean of long paths.
    #[test]
    fn the_mean_is_that_of_paths() {
        for yaml in [
            "{gilbert-elliott: {good: 10 Mbps, good-for: 3 s, bad: 0 bps, bad-for: 1 s}}",
            "{markov: [{rate: 1 Mbps, for: 1 s}, {rate: 2 Mbps, for: 2 s}, {rate: 4 Mbps, for: 1 s}]}",
            "{lognormal: {median: 10 Mbps, p95: 30 Mbps, correlation: 2 s, every: 100 ms}}",
            "{fading: {way: [{after: 0 s, distance: 50 m}, {after: 20 s, distance: 300 m}], snr: 20 dB, at: 100 m,
              exponent: 3, coherence: 50 ms, bandwidth: 10 MHz}}",
            "{fading: {way: [{after: 0 s, distance: 50 m}, {after: 20 s, distance: 600 m}], snr: 20 dB, at: 100 m,
              exponent: 3, coherence: 50 ms, bandwidth: 10 MHz, efficiency: 40 %, most-per-hertz: 2 bps/Hz,
              least-snr: 3 dB}}",
        ] {
            let link = rate(yaml);
            let told = link.mean(Span::from_secs(2000.0));
            let paths: Moments = (0..20).map(|replication| mean(&link, replication, 2000.0, |rate| rate)).collect();
            let estimate = paths.estimate().unwrap();
            let within = 3.0 * estimate.half_width().unwrap() + 0.01 * told;
            assert!((estimate.mean - told).abs() < within, "{yaml}: {estimate:?}, not {told}");
        }
        let trace = Arc::new(trace::tests::trace("0, 8 Mbps\n3, 0 bps\n4, 0 bps\n"));
        let looped = Rate::Trace(trace.clone(), TraceEnd::Loop, TraceOffset::Start);
        let seconds = |rate: &Rate, over: f64| rate.mean(Span::from_secs(over)) / 1e6;
        let length = trace.length().as_secs();
        assert!((seconds(&looped, 1e6) - 24.0 / length).abs() < 1e-6, "{length}");
        assert_eq!(seconds(&looped, 2.0), 8.0);
        assert!((seconds(&Rate::Trace(trace, TraceEnd::Hold, TraceOffset::Start), 12.0) - 2.0).abs() < 1e-9);
    }

    /// A device that wholly makes up for its distance has the mean rate of one that stays at the reference distance.
    #[test]
    fn the_mean_follows_the_transmit_power() {
        let fading = |far: &str, control: &str| {
            rate(&format!(
                "{{fading: {{way: [{{after: 0 s, distance: 100 m}}, {{after: 20 s, distance: {far}}}], snr: 20 dB,
                   at: 100 m, exponent: 3, coherence: 50 ms, bandwidth: 10 MHz{control}}}}}"
            ))
            .mean(Span::from_secs(100.0))
        };
        let control = ", power-control: {at-reference: 10 mW, most: 10 W, compensation: 100 %,
                         amplifier: [{sends: 10 W, draws: 0 W}]}";
        let (near, far, followed) = (fading("100 m", ""), fading("900 m", ""), fading("900 m", control));
        assert!(far < 0.8 * near && (followed / near - 1.0).abs() < 1e-9, "{near}, {far}, {followed}");
    }

    /// The log of a wandering rate is normal around its median, with the deviation that puts 5 % above p95.
    #[test]
    fn a_wandering_rate_has_its_quantiles() {
        let link = rate("{lognormal: {median: 10 Mbps, p95: 30 Mbps, correlation: 2 s, every: 100 ms}}");
        within(&link, |rate| f64::from(u8::from(rate > 10e6)), 0.5);
        within(&link, |rate| f64::from(u8::from(rate > 30e6)), 0.05);
    }

    /// The gain of a Rayleigh channel is below ln 20 for 95 % of the time; at 20 dB that makes 10 MHz · log2(1 +
    /// 299.6).
    #[test]
    fn a_high_rate_is_seldom_exceeded() {
        let whole = Span::from_secs(10.0);
        let high = |yaml| rate(yaml).high(whole) / 1e6;
        assert_eq!(high("5 Mbps"), 5.0);
        assert_eq!(
            high("{markov: [{rate: 4 Mbps, for: 1 s}, {rate: 9 Mbps, for: 1 ms}, {rate: 0 bps, for: 1 s}]}"),
            9.0
        );
        assert_eq!(high("{lognormal: {median: 2 Mbps, p95: 6 Mbps, correlation: 1 s, every: 1 s}}"), 6.0);
        let standing = "{fading: {way: [{after: 0 s, distance: 100 m}], offset: random, snr: 20 dB, at: 100 m,
                         exponent: 3, coherence: 50 ms, bandwidth: 10 MHz}}";
        assert!((high(standing) / 82.3 - 1.0).abs() < 0.01, "{}", high(standing));
        let trace = Arc::new(trace::tests::trace("0, 8 Mbps\n3, 11 Mbps\n4, 0 bps\n"));
        assert_eq!(Rate::Trace(trace, TraceEnd::Loop, TraceOffset::Start).high(whole), 11e6);
    }

    #[test]
    fn what_cannot_be_is_said() {
        let told = |yaml: &str| -> String {
            let model: Result<RateModel, _> = serde_yaml::from_str(yaml);
            model.map_err(|e| e.to_string()).and_then(|m| m.resolve(|_| unreachable!())).unwrap_err()
        };
        assert!(told("{markov: [{rate: 1 Mbps, for: 1 s}]}").contains("at least two states"));
        assert!(
            told("{lognormal: {median: 2 Mbps, p95: 1 Mbps, correlation: 1 s, every: 1 s}}").contains("p95 (1 Mbps)")
        );
        assert!(told("{trace: {file: a, end: hold, offset: random}}").contains("looped"));
        assert!(told("{gilbert: {}}").contains("unknown variant"));
        assert!(told("0 Mbps").contains("must be above 0"));
        let far = "{fading: {way: [{after: 0 s, distance: 9 km}], snr: 20 dB, at: 100 m, exponent: 3, coherence: 50 ms,
                    bandwidth: 10 MHz, least-snr: -10 dB}}";
        assert!(told(far).contains("nothing gets through"));
    }

    #[test]
    fn only_what_never_changes_is_constant() {
        let (plain, states) = (rate("5 Mbps"), rate("{markov: [{rate: 1 Mbps, for: 1 s}, {rate: 2 Mbps, for: 2 s}]}"));
        assert_eq!((plain.constant(), plain.mean(Span::MAX)), (Some(5e6), 5e6));
        assert_eq!((states.constant(), states.power_control()), (None, None));
        assert_eq!(states.mean(Span::MAX), 5e6 / 3.0);
        let mut path = RatePath::new(&plain, Streams::new(1, 0).open("rate", 0));
        assert_eq!(path.at(Time::from_nanos(7)), Stretch::at_rate(5e6, Time::MAX));
    }

    /// Of two states, the other one comes next; of three, either of the others, equally often.
    #[test]
    fn a_state_is_followed_by_another() {
        for (states, least) in [(2, 400), (3, 150)] {
            let model: Vec<(f64, f64)> = (0..states).map(|state| (f64::from(state), 1.0)).collect();
            let mut path = RatePath::new(&Rate::Markov(model), Streams::new(1, 0).open("rate", 0));
            let (mut now, mut last, mut counts) = (Time::ZERO, f64::NAN, std::collections::BTreeMap::new());
            for _ in 0..1000 {
                let stretch = path.at(now);
                assert_ne!(stretch.rate, last);
                assert!(stretch.until > now && path.at(Time::from_nanos(stretch.until.as_nanos() - 1)) == stretch);
                *counts.entry((last as i64, stretch.rate as i64)).or_insert(0) += 1;
                (last, now) = (stretch.rate, stretch.until);
            }
            let often = counts.values().filter(|count| **count >= least / 2).count();
            assert_eq!(often, (states * (states - 1)) as usize, "{counts:?}");
        }
    }

    /// The rate now and one correlation time later, in deviations of its logarithm, are correlated by 1/e.
    #[test]
    fn a_wandering_rate_forgets_in_its_time() {
        let link = rate("{lognormal: {median: 10 Mbps, p95: 30 Mbps, correlation: 1 s, every: 250 ms}}");
        let mut path = RatePath::new(&link, Streams::new(3, 0).open("rate", 0));
        let deviation = 3f64.ln() / Z95;
        let levels: Vec<f64> = (0..40_000)
            .map(|turn| {
                let stretch = path.at(Time::from_nanos(turn * 250_000_000));
                assert_eq!(stretch.until, Time::from_nanos((turn + 1) * 250_000_000));
                (stretch.rate / 10e6).ln() / deviation
            })
            .collect();
        let product = |apart: usize| -> f64 {
            levels.iter().zip(&levels[apart..]).map(|(a, b)| a * b).sum::<f64>() / (levels.len() - apart) as f64
        };
        let (variance, after) = (product(0), product(4));
        assert!((variance - 1.0).abs() < 0.1 && (after - (-1f64).exp()).abs() < 0.05, "{variance}, {after}");
    }

    /// Begun at random, a recording is followed from there on, over its end.
    #[test]
    fn paths_begin_anywhere_in_a_recording() {
        let trace = Arc::new(trace::tests::trace("0, 8 Mbps\n1, 2 Mbps\n3, 5 Mbps\n"));
        let random = Rate::Trace(trace.clone(), TraceEnd::Loop, TraceOffset::Random);
        let start = Rate::Trace(trace, TraceEnd::Loop, TraceOffset::Start);
        // 8, 4 and 10 Mbit in 5 s, and all of it counts, however long the run is.
        assert_eq!((random.mean(Span::from_secs(1.0)), start.mean(Span::from_secs(1.0))), (4.4e6, 8e6));
        let mut offsets = Vec::new();
        for device in 0..30 {
            let mut path = RatePath::new(&random, Streams::new(1, 0).open("rate", device));
            offsets.push(path.offset);
            for tenths in 0..100 {
                let at = Span::from_secs(f64::from(tenths) / 10.0);
                let there = RatePath::new(&start, Streams::new(1, 0).open("rate", 0)).at(Time::ZERO + path.offset + at);
                let here = path.at(Time::ZERO + at);
                assert_eq!((here.rate, here.until + path.offset), (there.rate, there.until));
            }
        }
        assert!(
            offsets.iter().max() > Some(&Span::from_secs(4.0)) && offsets.iter().min() < Some(&Span::from_secs(1.0))
        );
    }

    #[test]
    fn the_limits_of_figures_are_allowed() {
        let resolve = |yaml: &str| serde_yaml::from_str::<RateModel>(yaml).unwrap().resolve(|_| unreachable!());
        assert!(resolve("{lognormal: {median: 2 Mbps, p95: 2 Mbps, correlation: 1 s, every: 1 s}}").is_ok());
        assert!(resolve("{markov: [{rate: 0 bps, for: 1 s}, {rate: 1 bps, for: 1 s}]}").is_ok());
        assert!(resolve("{markov: [{rate: 0 bps, for: 1 s}, {rate: 0 bps, for: 1 s}]}").is_err());
        for yaml in ["5 Mbps", "{markov: [{rate: 0 bps, for: 1 s}, {rate: 1 bps, for: 1 s}]}"] {
            let model: RateModel = serde_yaml::from_str(yaml).unwrap();
            let written = serde_json::to_value(&model).unwrap();
            assert_eq!(serde_json::from_value::<RateModel>(written).unwrap(), model);
        }
        let spells = resolve("{gilbert-elliott: {good: 8 Mbps, good-for: 3 s, bad: 0 bps, bad-for: 1 s}}").unwrap();
        assert_eq!(spells, Rate::Markov(vec![(8e6, 3.0), (0.0, 1.0)]));
    }
}
