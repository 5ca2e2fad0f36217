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
    assert!((estimate.mean - expected).abs() < 3.0 * estimate.half_width().unwrap(), "{estimate:?}, not {expected}");
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
    assert_eq!(high("{markov: [{rate: 4 Mbps, for: 1 s}, {rate: 9 Mbps, for: 1 ms}, {rate: 0 bps, for: 1 s}]}"), 9.0);
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
        model.map_err(|e| e.to_string()).and_then(|m| m.resolve(|_| unreachable!()).map_err(|e| e.what)).unwrap_err()
    };
    assert!(told("{markov: [{rate: 1 Mbps, for: 1 s}]}").contains("at least two states"));
    assert!(told("{lognormal: {median: 2 Mbps, p95: 1 Mbps, correlation: 1 s, every: 1 s}}").contains("p95 (1 Mbps)"));
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
    let link = rate("{lognormal: {median: 10 Mbps, p95: 30 Mbps, correlation: 2 s, every: 250 ms}}");
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
    let (variance, after) = (product(0), product(8));
    assert!((variance - 1.0).abs() < 0.1 && (after - (-1f64).exp()).abs() < 0.08, "{variance}, {after}");
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
    assert!(offsets.iter().max() > Some(&Span::from_secs(4.0)) && offsets.iter().min() < Some(&Span::from_secs(1.0)));
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
