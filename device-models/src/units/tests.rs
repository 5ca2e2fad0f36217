use super::*;

#[test]
fn written_as_read() {
    for text in ["18.9 Mbps", "1 Gbps", "0.5 bps"] {
        assert_eq!(DataRate::parse(text).unwrap().to_string(), text);
    }
    for (text, written) in [("14 MB", "14 MB"), ("2 KiB", "2.048 kB")] {
        assert_eq!(DataSize::parse(text).unwrap().to_string(), written);
    }
    assert_eq!(Share::parse("90 %").unwrap().get(), 0.9);
    assert_eq!(Share::parse("0.9").unwrap().get(), 0.9);
    assert_eq!(Energy::parse("10 Wh").unwrap().get(), 36_000.0);
}

/// Only a ratio in decibels may lie below 0.
#[test]
fn a_loss_is_a_ratio_below_0_decibels() {
    assert_eq!(Decibels::parse("-10 dB").unwrap().get(), -10.0);
    assert_eq!(serde_json::json!(Decibels::new(-10.0)), "-10 dB");
    assert!(Decibels::parse("--10 dB").is_err());
    assert!(Power::parse("-10 W").unwrap_err().what.contains("0 or above"));
}

/// Including values without a short spelling.
#[test]
fn what_is_serialized_is_read_as_the_very_same_value() {
    let text = |value: &dyn Fn() -> serde_json::Value| value().as_str().unwrap_or_default().to_owned();
    for value in [18.9e6, 18.9e6f64.next_up(), 1e-9, 1.0 / 3.0, 1e15 / 7.0] {
        let written = text(&|| serde_json::json!(DataRate::new(value)));
        assert_eq!(DataRate::parse(&written).map(DataRate::get), Ok(value), "{written}");
    }
    for value in [0.9, 0.57, 0.57f64.next_down(), 1e-12] {
        let written = text(&|| serde_json::json!(Share::new(value)));
        assert_eq!(Share::parse(&written).map(Share::get), Ok(value), "{written}");
    }
    assert_eq!(text(&|| serde_json::json!(Share::new(0.9))), "90 %");
}

#[test]
fn a_quantity_of_any_dimension_has_a_base_value() {
    let values = ["3 Mbps", "90 %", "20ms", "3 µs", "7", "max-softmax"].map(base_value);
    assert_eq!(values, [Some(3e6), Some(0.9), Some(0.02), Some(3e-6), Some(7.0), None]);
}

#[test]
fn micro_has_three_spellings() {
    // U+00B5, the sign for micro, and U+03BC, the Greek letter: they look the same.
    for text in ["20 \u{b5}s", "20\u{3bc}s"] {
        assert_eq!(Duration::parse(text), Duration::parse("20 us"), "{text}");
    }
    assert_eq!(Power::parse("5 µW").unwrap().to_string(), "5 uW");
    assert!(DataRate::parse("5 µbps").is_err());
}

/// The clock counts nanoseconds, in 64 bits.
#[test]
fn durations_fit_the_clock() {
    let told = |text: &str| Duration::parse(text).unwrap_err().what;
    assert_eq!(Duration::parse("1 ns").map(Duration::span), Ok(Span::from_nanos(1)));
    assert_eq!(told("0.1 ns"), "'0.1 ns': this duration must be at least 1 ns");
    assert_eq!(told("1e300 s"), "'1e300 s': this duration must be at most 213503 d");
    assert_eq!(Delay::parse("600000 d").unwrap_err().what, "'600000 d': this duration must be at most 213503 d");
    assert_eq!(Delay::parse("0.1 ns").map(Delay::span), Ok(Span::ZERO));
    let longest = Duration::parse("213503 d").unwrap().span();
    assert_eq!(longest.as_nanos(), 213_503 * 86_400_000_000_000);
}

#[test]
fn impossible_values_are_errors() {
    assert_eq!(DataRate::parse("0 Mbps").unwrap_err().what, "'0 Mbps': this data rate must be above 0");
    assert_eq!(Share::parse("120 %").unwrap_err().what, "'120 %': this share must be at most 100 %");
    assert_eq!(Share::parse("20").unwrap_err().what, "'20': this share must be at most 100 %; did you mean 20 %?");
    assert_eq!(Share::parse("200").unwrap_err().what, "'200': this share must be at most 100 %");
    assert!(Power::parse("3 J").unwrap_err().what.contains("unknown unit 'J', expected one of W, mW, uW, kW"));
}

#[test]
fn the_largest_unit_that_leaves_at_least_one_is_written() {
    let powers = [0.0, 1e-6, 0.999, 1.0, 999.0, 1000.0, 2.5e6].map(|watts| Power::new(watts).to_string());
    assert_eq!(powers, ["0 W", "1 uW", "999 mW", "1 W", "999 W", "1 kW", "2500 kW"]);
    assert_eq!([Factor::new(2.0).to_string(), format!("{:?}", Factor::new(0.5))], ["2", "50 %"]);
    assert!(Power::new(1.0) != Power::new(2.0) && Power::new(1.0) == Power::new(1.0));
}

/// The limits themselves are allowed.
#[test]
fn limits_are_allowed() {
    assert_eq!(Share::parse("100 %").map(Share::get), Ok(1.0));
    assert_eq!((Share::parse("0").map(Share::get), Delay::parse("0 s").map(Delay::get)), (Ok(0.0), Ok(0.0)));
    assert_eq!(Share::parse("100").unwrap_err().what, "'100': this share must be at most 100 %; did you mean 100 %?");
    assert_eq!(
        Efficiency::parse("1.5").unwrap_err().what,
        "'1.5': this efficiency must be at most 100 %; did you mean 1.5 %?"
    );
    assert_eq!(Efficiency::parse("0 %").unwrap_err().what, "'0 %': this efficiency must be above 0");
    assert_eq!(
        (Decibels::parse("0 dB").map(Decibels::get), Decibels::parse("3 dB").map(Decibels::get)),
        (Ok(0.0), Ok(3.0))
    );
    assert_eq!(<Delay as JsonSchema>::schema_name(), "duration");
    assert!(<Delay as JsonSchema>::inline_schema());
}
