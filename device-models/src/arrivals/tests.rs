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
    let read = |times: &TimesFile| Recording::read(times, Path::new(""));
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
    let error = Arrivals::Times(file(TimesEnd::Loop, TraceOffset::Start)).resolve(read, &BTreeMap::new()).unwrap_err();
    assert!(error.what.contains("line 2: 0.5 comes before"), "{error}");
    std::fs::write(&home, "1700158623\n").unwrap();
    let once = Arrivals::Times(file(TimesEnd::Loop, TraceOffset::Start)).resolve(read, &BTreeMap::new());
    assert_eq!(once.unwrap_err().figure, "times.end");
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
    assert_eq!((once.cycle(), once.expected(ten), once.recording().unwrap().times().len()), (Span::MAX, 3.0, 3));
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
        let expected: Vec<Time> = all.filter(|at| *at >= mark).take(9).map(|at| Time::from_nanos(at - mark)).collect();
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
        latest > 450_000_000 && firsts.iter().max() > Some(&1_500_000_000) && firsts.iter().min() < Some(&500_000_000)
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
        arrivals.resolve(|times| Recording::read(times, Path::new("not/there")), &events()).map(drop)
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
        ("times: {file: t}", "times", "cannot read not/there/t"),
    ] {
        let error = told(yaml).unwrap_err();
        assert!(error.figure == field && error.what.contains(what), "{yaml}: {error:?}");
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
