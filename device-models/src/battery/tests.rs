use rand::RngExt;
use sim_core::Streams;

use super::*;

fn battery(yaml: &str) -> Battery {
    serde_yaml::from_str(yaml).unwrap()
}

fn at(seconds: f64) -> Time {
    Time::ZERO + Span::from_secs(seconds)
}

#[test]
fn it_is_empty_when_the_integral_says() {
    let battery = battery("{capacity: 100 J, usable: 90 %, drain: 1 W}");
    let mut store = Store::full(&battery);
    assert_eq!(store.follow(&battery, at(0.0), 2.0), Next::Empty(at(30.0)));
    assert_eq!(store.follow(&battery, at(10.0), 5.0), Next::Empty(at(20.0)));
    assert_eq!(store.follow(&battery, at(20.0), 5.0), Next::Empty(at(20.0)));
    assert_eq!((store.level(), store.drained()), (0.0, 20.0));
}

#[test]
fn what_is_never_used_lasts() {
    let battery = battery("5 J");
    assert_eq!(battery.empty_at(1.0, at(7.0), &[0.0]), None);
    assert_eq!(Store::full(&battery).follow(&battery, at(0.0), 0.0), Next::Never);
}

/// Against a twin that counts in steps of 10 ms, over random loads and two days of sun: the difference scales with
/// the step.
#[test]
fn a_day_s_sun_is_that_of_a_stepwise_twin() {
    let battery = battery("{capacity: 3000 J, drain: 5 mW, harvest: [0 W, 60 mW, 200 mW, 20 mW]}");
    let mut random = Streams::new(1, 0).open("battery", 0);
    let mut store = Store::full(&battery);
    let (mut level, mut now, mut next) = (3000.0f64, 0.0, Next::Change(at(0.0)));
    let (mut load, mut until) = (0.0, 0.0);
    while now < 2.0 * 86_400.0 {
        if now >= until {
            load = 0.1 * random.random::<f64>();
            until = now + 3600.0 * random.random::<f64>();
            next = store.follow(&battery, at(now), load);
        }
        // The store is updated at every step of the sun, as it requests.
        while let Next::Change(change) = next
            && change <= at(now)
        {
            next = store.follow(&battery, change, load);
        }
        let sun = [0.0, 0.06, 0.2, 0.02][(now % 86_400.0 / 21_600.0) as usize];
        level = (level + (sun - 0.005 - load) * 0.01).clamp(0.0, 3000.0);
        now += 0.01;
    }
    let store = store.at(&battery, at(now));
    assert!(store.spilled() > 0.0 && store.level() > 0.0, "the sun fills it at times: {store:?}");
    assert!((store.level() - level).abs() < 0.1, "{} and {level}", store.level());
}

/// Eighty per cent of what is drawn reaches the device: two watts take two and a half, and 100 J last 40 s. After
/// 10 s 75 J are left, and 5 J of the 25 were lost. Four watts take five, and a watt of sun leaves four: 75 / 4 =
/// 18.75 s.
#[test]
fn conversion_takes_its_part_of_what_the_device_draws() {
    let text = "{capacity: 100 J, efficiency: 80 %}";
    let plain = battery(text);
    let mut store = Store::full(&plain);
    assert_eq!(store.follow(&plain, at(0.0), 2.0), Next::Empty(at(40.0)));
    let after = store.at(&plain, at(10.0));
    assert_eq!((after.level(), after.lost_in_conversion()), (75.0, 5.0));
    assert_eq!(plain.empty_at(75.0, at(10.0), &[2.0]), Some(40.0));
    let sunny = battery(&text.replace('}', ", harvest: [1 W]}"));
    assert_eq!(sunny.empty_at(75.0, at(10.0), &[4.0]), Some(28.75));
    // What the battery loses by itself and what comes in are not converted: 100 J last 100 / (1 + 2.5 - 1) = 40 s.
    let drained = battery(&text.replace('}', ", drain: 1 W, harvest: [1 W]}"));
    let mut store = Store::full(&drained);
    assert_eq!(store.follow(&drained, at(0.0), 2.0), Next::Empty(at(40.0)));
    assert!(serde_yaml::from_str::<Battery>(&text.replace("80", "0")).is_err());
}

/// 10 Wh and a watt; four watts of sun from 8 to 16 h fill it up again by 10:40.
fn solar() -> Battery {
    let mut harvest = ["0 W"; 24];
    harvest[8..16].fill("4 W");
    battery(&format!("{{capacity: 10 Wh, harvest: [{}]}}", harvest.join(", ")))
}

fn hours(seconds: Option<f64>) -> f64 {
    seconds.unwrap() / 3600.0
}

/// Empty at 26 h, no matter from which earlier moment that is predicted.
#[test]
fn a_night_is_survived_or_not_wherever_one_looks_from() {
    let solar = solar();
    for (hour, watt_hours) in [(0.0, 10.0), (1.0, 9.0), (8.0, 2.0), (9.0, 5.0), (12.0, 10.0), (24.0, 2.0), (25.5, 0.5)]
    {
        let empty = hours(solar.empty_at(watt_hours * 3600.0, at(hour * 3600.0), &[1.0]));
        assert!((empty - 26.0).abs() < 1e-9, "from {hour} h: {empty} h");
    }
    // With 18 Wh it survives the night, and all other nights.
    let larger = battery(&serde_json::to_string(&solar).unwrap().replace("10 Wh", "18 Wh"));
    assert_eq!(larger.empty_at(17.0 * 3600.0, at(3600.0), &[1.0]), None);
}

#[test]
fn without_sun_it_is_a_division() {
    let battery = battery("{capacity: 100 Wh, usable: 90 %, drain: 1 W}");
    assert_eq!(hours(battery.empty_at(battery.usable(), at(0.0), &[2.0])), 30.0);
    assert_eq!(hours(battery.empty_at(10.0 * 3600.0, at(7200.0), &[4.0])), 4.0);
    assert_eq!(hours(battery.empty_at(90.0 * 3600.0, at(0.0), &[0.0])), 90.0, "its own loss empties it");
    assert_eq!(battery.empty_at(0.0, at(50.0), &[1.0]), Some(50.0));
}

/// A loss of a little a day: decades are not simulated, and the hour of the day still counts.
#[test]
fn days_that_lose_a_little_add_up() {
    // 24 Wh in from 6 to 12 h, 24.24 Wh out: 0.24 Wh lost a day.
    let battery = battery("{capacity: 1000 Wh, harvest: [0 W, 4 W, 0 W, 0 W]}");
    let empty = hours(battery.empty_at(1000.0 * 3600.0, at(12.0 * 3600.0), &[1.01]));
    // By 12 h of day n, 1000 − 0.24 n are left; from there it falls by 18.18 before the sun comes. The first day on
    // which that is too much is n = 4091 (18.16 left), and those last 17.98 h.
    let expected = 12.0 + 4091.0 * 24.0 + (1000.0 - 0.24 * 4091.0) / 1.01;
    assert!((empty - expected).abs() < 1e-3, "{empty}, not {expected}");
    assert_eq!(battery.empty_at(500.0 * 3600.0, at(12.0 * 3600.0), &[1.0]), None, "what comes in is what goes out");
}

/// A load that depends on the hour is drawn at the right hours.
#[test]
fn loads_have_their_hours() {
    let battery = battery("10 Wh");
    // 12 h of nothing, 12 h of one watt; from noon on, ten hours. From 18 h on, six of them, the night, four.
    assert_eq!(hours(battery.empty_at(36_000.0, at(12.0 * 3600.0), &[0.0, 1.0])), 22.0);
    assert_eq!(hours(battery.empty_at(36_000.0, at(18.0 * 3600.0), &[0.0, 1.0])), 40.0);
}

/// Against the store itself, followed step by step, for random batteries, loads and skies.
#[test]
fn looking_ahead_is_living_on() {
    let mut random = Streams::new(1, 0).open("ahead", 0);
    let (mut died, mut lasted) = (0, 0);
    for _ in 0..200 {
        let mut draw = |most: f64| most * random.random::<f64>();
        let sun: Vec<String> = (0..5).map(|_| format!("{} W", (draw(3.0) - 1.0).max(0.0))).collect();
        let (capacity, drain, load, efficiency) = (1.0 + draw(20.0), draw(0.1), draw(1.0), 100.0 - draw(40.0));
        let battery = battery(&format!(
            "{{capacity: {capacity} Wh, efficiency: {efficiency} %, drain: {drain} W, harvest: [{}]}}",
            sun.join(", ")
        ));
        let from = at(draw(100_000.0));
        let level = battery.usable() * draw(1.0);
        let mut store = Store { level, since: from, ..Store::full(&battery) };
        let mut next = store.follow(&battery, from, load);
        while let Next::Change(change) = next
            && change < from + Span::from_secs(100.0 * DAY_SECONDS)
        {
            next = store.follow(&battery, change, load);
        }
        let ahead = battery.empty_at(level, from, &[load]);
        match next {
            Next::Empty(time) => {
                died += 1;
                let ahead = ahead.unwrap();
                assert!((ahead - time.as_secs()).abs() < 1e-3, "{ahead}, not {time:?}");
            }
            _ => {
                lasted += 1;
                assert!(ahead.is_none_or(|ahead| ahead > 100.0 * DAY_SECONDS), "{ahead:?}");
            }
        }
    }
    assert!(died > 20 && lasted > 20, "{died} and {lasted}");
}

#[test]
fn it_is_written_as_it_was_read() {
    for text in [
        "10 Wh",
        "{capacity: 10 Wh, efficiency: 80 %}",
        "{capacity: 10 Wh, usable: 80 %, drain: 1 mW, harvest: [0 W, 1 W]}",
    ] {
        let read = battery(text);
        let written = serde_json::to_value(&read).unwrap();
        assert_eq!(serde_json::from_value::<Battery>(written).unwrap(), read);
    }
    assert!(serde_yaml::from_str::<Battery>("{capacity: 10 Wh, usable: 120 %}").is_err());
}

/// 100 J, 2 W of sun, 1 W of self-discharge. Full and unused for 10 s, of 20 J that come in it loses 10 and spills 10.
/// Then 3 W are drawn, and it falls by 2 W to 80 J at 20 s.
#[test]
fn every_joule_is_accounted_for() {
    let battery = battery("{capacity: 100 J, drain: 1 W, harvest: [2 W]}");
    let mut store = Store::full(&battery);
    let joules = |store: &Store| {
        [store.level(), store.harvested(), store.drained(), store.spilled(), store.lost_in_conversion()]
    };
    assert_eq!(joules(&store), [100.0, 0.0, 0.0, 0.0, 0.0]);
    let day = at(DAY_SECONDS);
    assert_eq!(store.follow(&battery, at(0.0), 0.0), Next::Change(day));
    assert_eq!(joules(&store.at(&battery, at(10.0))), [100.0, 20.0, 10.0, 10.0, 0.0]);
    assert_eq!(store.follow(&battery, at(10.0), 3.0), Next::Empty(at(60.0)));
    assert_eq!(joules(&store.at(&battery, at(20.0))), [80.0, 40.0, 20.0, 10.0, 0.0]);
    // Looking does not change it.
    assert_eq!(joules(&store), [100.0, 20.0, 10.0, 10.0, 0.0]);
    // Empty by the end, and not charged any more than is lost: it dies at once; with less of a load it recovers.
    assert_eq!(store.follow(&battery, at(60.0), 3.0), Next::Empty(at(60.0)));
    assert_eq!(store.follow(&battery, at(60.0), 1.0), Next::Change(day));
    assert_eq!(joules(&store.at(&battery, at(70.0)))[0], 0.0);
    assert_eq!(store.follow(&battery, at(60.0), 0.5), Next::Change(day));
    assert_eq!(joules(&store.at(&battery, at(70.0)))[0], 5.0);
}

/// Of n parts of a day, each begins at the first nanosecond that belongs to it, on any day.
#[test]
fn a_day_s_parts_follow_each_other() {
    for parts in 1..=50 {
        let mut now = Time::from_nanos(3 * DAY_NANOS);
        for part in 0..2 * parts {
            assert_eq!(part_of_day(now, parts), part % parts, "{part} of {parts}");
            let next = next_part_of_day(now, parts);
            let last = Time::from_nanos(next.as_nanos() - 1);
            assert_eq!((part_of_day(last, parts), next_part_of_day(last, parts)), (part % parts, next));
            now = next;
        }
        assert_eq!(now, Time::from_nanos(5 * DAY_NANOS));
    }
    assert_eq!(next_part_of_day(at(5.0), 0), Time::MAX);
    // Three parts of eight hours.
    assert_eq!([0.0, 7.9, 8.0, 16.0, 23.9].map(|hour| part_of_day(at(hour * 3600.0), 3)), [0, 0, 1, 2, 2]);
}

#[test]
fn a_battery_without_sun_is_told_of_no_change() {
    let battery = battery("{capacity: 10 J, usable: 50 %, efficiency: 50 %}");
    assert_eq!((battery.usable(), battery.efficiency()), (5.0, 0.5));
    assert_eq!(Store::full(&battery).follow(&battery, at(0.0), 1.0), Next::Empty(at(2.5)));
    assert_eq!(serde_json::to_value(&battery).unwrap()["usable"], "50 %");
    let plain: Battery = serde_yaml::from_str("10 J").unwrap();
    assert_eq!((plain.usable(), plain.efficiency(), serde_json::to_value(&plain).unwrap()), (10.0, 1.0, "10 J".into()));
}
