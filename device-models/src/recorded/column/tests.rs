use super::*;

const MS: Option<Unit> = Some(Unit::Time(1_000_000));
const S: Option<Unit> = Some(Unit::Time(1_000_000_000));

#[test]
fn names_state_times() {
    for name in [
        "time_ms",
        "ms",
        "t (ms)",
        "Time [ms]",
        "timeMs",
        "TIME_MS",
        "time in ms",
        "epoch-ms",
        "time/ms",
        "ms_since_start",
        "timems",
    ] {
        assert_eq!(read(name), Ok(MS), "{name}");
    }
    for name in [
        "seconds",
        "t (s)",
        "Time(s)",
        "t/s",
        "t / s",
        "time_s",
        "Time (s, UTC)",
        "elapsed_seconds",
        "Seconds since start",
    ] {
        assert_eq!(read(name), Ok(S), "{name}");
    }
    assert_eq!(read("arrival_ns"), Ok(Some(Unit::Time(1))));
    assert_eq!(read("timestamp_us"), Ok(Some(Unit::Time(1_000))));
    for name in ["time", "Timestamp", "t", "ts", "arrival", "min_rtt", "who", "", "Time (UTC)", "bus_stop"] {
        assert_eq!(read(name), Ok(None), "{name}");
    }
}

#[test]
fn names_state_rates() {
    let rate = |bits: f64| Ok(Some(Unit::Rate(bits)));
    for name in [
        "Mbps",
        "rate (Mbit/s)",
        "throughput [Mbps]",
        "rate_mbps",
        "bandwidth_Mbps",
        "rateMbps",
        "DL Mbps",
        "R/(Mbit/s)",
        "rate/Mbps",
        "DLMbps",
        "megabits per second",
        "mbps_down",
        "dl_mbit_per_s",
        "Rate (DL, Mbps)",
    ] {
        assert_eq!(read(name), rate(1e6), "{name}");
    }
    assert_eq!(read("rate_bps"), rate(1.0));
    assert_eq!(read("rate (kB/s)"), rate(8e3));
    assert_eq!(read("bytes_per_second"), rate(8.0));
    for name in ["rate", "DL_bitrate", "Bit rate", "bit_rate", "steps", "bandwidth", "Throughput", "capacity"] {
        assert_eq!(read(name), Ok(None), "{name}");
    }
}

#[test]
fn what_is_not_understood_is_an_error() {
    for name in [
        "rate [kbqs]",
        "throughput (furlongs)",
        "RATE_MBPS",
        "bytes",
        "size_kB",
        "packets/s",
        "rate_pps",
        "requests_per_s",
        "time_ms (s)",
        "ratekBps",
        "linkbps",
        "time_ticks",
    ] {
        assert!(read(name).is_err(), "{name}: {:?}", read(name));
    }
}

#[test]
fn the_scenario_and_the_name_must_agree() {
    let of = |name, stated| unit_of(name, stated, "unit", false);
    assert_eq!(of(None, Some("Mbps")), Ok(Some(Unit::Rate(1e6))));
    assert_eq!(of(Some("rate"), Some("kB/s")), Ok(Some(Unit::Rate(8e3))));
    assert_eq!(of(Some("rate_kbps"), Some("kbit/s")), Ok(Some(Unit::Rate(1e3))));
    assert_eq!(of(Some("RATE_MBPS"), Some("Mbit/s")), Ok(Some(Unit::Rate(1e6))));
    assert_eq!(of(Some("rate"), None), Ok(None));
    assert!(of(Some("rate_kbps"), Some("Mbps")).unwrap_err().what.contains("another unit"));
    assert!(of(None, Some("ms")).unwrap_err().what.contains("no unit of a rate; allowed are bps"));
    assert!(of(None, Some("MBPS")).unwrap_err().what.contains("bits or bytes"));
    assert!(of(Some("time_ms"), None).unwrap_err().what.contains("the unit of a time"));
    assert!(unit_of(Some("rate_kbps"), None, "time-unit", true).unwrap_err().what.contains("the unit of a rate"));
}

#[test]
fn words_around_brackets_count() {
    assert_eq!(read("time (UTC) ms"), Ok(MS));
    assert_eq!(read("((ms)) time"), Ok(MS));
    assert_eq!(read("time {ms}"), Ok(MS));
    assert_eq!(read("time) ms"), Ok(MS));
    // A letter within a name is no unit, and neither is `min`; at its end it is.
    assert_eq!([read("s_start"), read("d-1"), read("min_delay"), read("h.max")], [const { Ok(None) }; 4]);
    assert_eq!(
        (read("wait_min"), read("start_h")),
        (Ok(Some(Unit::Time(60_000_000_000))), Ok(Some(Unit::Time(3_600_000_000_000))))
    );
    // The same unit twice is one.
    assert_eq!(read("ms (ms)"), Ok(MS));
}

#[test]
fn the_reason_is_named() {
    for (name, why) in [
        ("time_ms (s)", "it states two units"),
        ("RATE_MBPS", "MBPS may be bits or bytes"),
        ("size_kB", "kB is an amount of data, not a rate"),
        ("rate_pps", "pps is a unit neither of a time nor of a rate of data"),
        ("rate [ kbqs ]", "the unit 'kbqs' is not known"),
    ] {
        assert_eq!(read(name), Err(Flaw::new(why)), "{name}");
    }
    let told = unit_of(Some("RATE_MBPS"), None, "unit", false).unwrap_err().what;
    assert!(told.starts_with("column 'RATE_MBPS': MBPS may be bits or bytes; allowed for a rate are bps"), "{told}");
    assert!(told.ends_with("a second, in the name or as `unit` in the scenario"), "{told}");
    assert_eq!(unit_of(None, None, "unit", false), Ok(None));
    assert_eq!(unit_of(None, Some("ms"), "time-unit", true), Ok(MS));
    let told = unit_of(None, Some("Mbps"), "time-unit", true).unwrap_err().what;
    assert_eq!(told, "`time-unit: Mbps` is no unit of a time; allowed are ns, us, ms, s, min, h, d");
}

#[test]
fn times_are_known_by_their_names() {
    for name in ["t", "Time", "date", "UNIX", "x_ms", "arrival time", "elapsed (s)", "when"] {
        assert!(sounds_like_time(name), "{name}");
    }
    for name in ["rate", "x", "id", "Mbps", "", "timely", "min_rtt"] {
        assert!(!sounds_like_time(name), "{name}");
    }
}
