use super::super::TimesEnd;
use super::*;
use crate::rate::TraceOffset;

fn file() -> TimesFile {
    TimesFile { file: "t".into(), column: None, time_unit: None, end: TimesEnd::Loop, offset: TraceOffset::Start }
}

fn seconds_of(recording: &Recording) -> Vec<f64> {
    recording.times().iter().map(|time| time.as_secs()).collect()
}

fn read(text: &str, asked: &TimesFile) -> Result<Vec<f64>, String> {
    let recording = Recording::of_text(text.as_bytes(), asked).map_err(|flaw| flaw.of("t").to_string())?;
    Ok(seconds_of(&recording))
}

/// The same arrivals in all the usual formats: at 1, 2.5 and 4 s.
#[test]
fn many_ways_of_writing_are_one() {
    for text in [
        "1\n2.5\n4\n",
        "\u{feff}1.0\r\n2.5\r\n4.0\r\n",
        "seconds,who\n1,a\n2.5,b\n4,\n",
        "# a doorbell\n\nt\n1\n# noon\n2.5\n4\n",
        "arrival_ms\n1000\n2500\n4000\n",
        "timestamp_us,x\n1000000,1\n2500000,1\n4000000,1\n",
        "time_ns\n1000000000\n2500000000\n4000000000\n",
        "t (s);who\n1,0;a\n2,5;b\n4,0;c\n",
        "t (s)\twho\n1\ta\n2.5\tb\n4\tc\n",
        "1 a\n2.5 b\n4 c\n",
        "1 s\n2500 ms\n4 s\n",
        "# arrival_ms\n1000\n2500\n4000\n",
    ] {
        assert_eq!(read(text, &file()), Ok(vec![1.0, 2.5, 4.0]), "{text}");
    }
    let ms = TimesFile { time_unit: Some("ms".into()), column: Some("at".into()), ..file() };
    assert_eq!(read("who,at\na,1000\nb,2500\n", &ms), Ok(vec![1.0, 2.5]));
}

#[test]
fn dates_begin_with_the_first() {
    for text in [
        "t,ctx\n1700158623.979960,4808\n1700158624.979960,3180\n1700158626.479960,110\n",
        "timestamp_ms\n1700158623979\n1700158624979\n1700158626479\n",
        "2024-05-17T08:30:00Z\n2024-05-17T08:30:01Z\n2024-05-17T08:30:02.5Z\n",
        "when\n2024-05-17 08:30:00\n2024-05-17 08:30:01\n2024-05-17 08:30:02.5\n",
    ] {
        assert_eq!(read(text, &file()), Ok(vec![0.0, 1.0, 2.5]), "{text}");
    }
}

#[test]
fn what_does_not_fit_is_said() {
    let told = |text: &str| read(text, &file()).unwrap_err();
    assert_eq!(told("1\n0.5\n"), "t, line 2: 0.5 comes before the one above");
    assert_eq!(told("1\n-0.5\n"), "t, line 2: -0.5 comes before 0");
    assert!(told("1\nsoon\n").contains("t, line 2: 'soon' is no number of seconds, and no date"));
    assert!(told("1700158623979\n").contains("if it is a date in ms, say `time-unit: ms`"));
    assert!(told(",at\n0,5\n").contains("first column has no name"));
    assert_eq!(read("time,when\n1,5\n", &file()), Ok(vec![1.0]), "the first is as good as the other");
    assert!(told("id,time\n1,5\n").contains("is 'time' the column to read, or 'id', its first?"));
    assert!(told("0.5 0.7 0.9\n").contains("line 1: holds 3 figures and is the only line"));
    assert!(told("rate_kbps\n5\n").contains("states the unit of a rate"));
    assert!(told("time [fortnights]\n5\n").contains("'fortnights' is not known; allowed for a time are ns, us"));
    assert!(told("2024-05-17\n").contains("a day without a time of day"));
    assert!(told("08:30:00\n").contains("no number of seconds, and no date as"));
    assert!(told("t\n0,5\n").contains("numbers have a point"));
    assert!(told("# nobody\n").contains("no lines with figures"));
    let other = TimesFile { column: Some("at".into()), ..file() };
    assert!(read("who,when\na,1\n", &other).unwrap_err().contains("no column 'at'; the columns are: who, when"));
    assert!(read("1\n", &other).unwrap_err().contains("no heading in it"));
}

#[test]
fn columns_with_types_are_read() {
    let of = |name: &str, stamps: Stamps| {
        let columns = Columns { names: &[name.to_owned()], temporal: &[] };
        let recording = Recording::of_column(name, columns, &stamps, &file(), Path::new("t"));
        recording.map(|recording| seconds_of(&recording)).map_err(|e| e.to_string())
    };
    let numbers = |digits: &[i128], decimals| Stamps::Numbers { digits: digits.to_vec(), decimals };
    assert_eq!(of("t", numbers(&[1, 2], 0)), Ok(vec![1.0, 2.0]));
    assert_eq!(of("t", numbers(&[150, 225], 2)), Ok(vec![1.5, 2.25]));
    assert_eq!(of("arrival_ns", numbers(&[1_500_000_000], 0)), Ok(vec![1.5]));
    assert_eq!(of("ts_us", numbers(&[1_700_158_623_000_000, 1_700_158_624_500_000], 0)), Ok(vec![0.0, 1.5]));
    assert_eq!(of("t_ms", Stamps::Floats(vec![1500.0, 1500.5])), Ok(vec![1.5, 1.5005]));
    assert_eq!(of("t_ms", Stamps::Dates(vec![5_000_000_000, 6_500_000_000])), Ok(vec![0.0, 1.5]));
    assert_eq!(of("t", Stamps::Nanos(vec![5_000_000_000])), Ok(vec![5.0]));
    assert_eq!(of("t", Stamps::Texts(vec!["2024-05-17T08:30:00".into()])), Ok(vec![0.0]));
    assert_eq!(of("t", numbers(&[2, 1], 0)).unwrap_err(), "t, row 2: 1 comes before the one above");
    assert!(
        of("t", numbers(&[1_700_158_623_979], 0)).unwrap_err().contains("t, row 1: 1700158623979 s are 53876 years")
    );
    assert!(of("t", Stamps::Floats(vec![f64::NAN])).unwrap_err().contains("row 1: 'NaN' is no number"));
    assert!(of("t", numbers(&[], 0)).unwrap_err().contains("no arrivals"));
    let asked = TimesFile { time_unit: Some("ms".into()), ..file() };
    let told = Recording::of_column("t", Columns::default(), &Stamps::Dates(vec![0]), &asked, Path::new("t"));
    let told = told.unwrap_err().to_string();
    assert!(told.contains("leave `time-unit` out"), "{told}");
}

/// A data frame's index of dates is stored after its columns.
#[test]
fn numbers_beside_dates_are_not_read_without_asking() {
    let names = ["x".to_owned(), "__index_level_0__".to_owned()];
    let columns = Columns { names: &names, temporal: &names[1..] };
    let of = |name: &str, stamps: Stamps, asked: &TimesFile| {
        let recording = Recording::of_column(name, columns, &stamps, asked, Path::new("t"));
        recording.map(|recording| seconds_of(&recording)).map_err(|e| e.to_string())
    };
    let numbers = || Stamps::Numbers { digits: vec![1, 2], decimals: 0 };
    let told = of("x", numbers(), &file()).unwrap_err();
    assert_eq!(told, "t: is '__index_level_0__' the column to read, or 'x', its first? Say so with `column`");
    let asked = |name: &str| TimesFile { column: Some(name.into()), ..file() };
    assert_eq!(of("x", numbers(), &asked("x")), Ok(vec![1.0, 2.0]));
    let dates = Stamps::Dates(vec![5_000_000_000, 6_000_000_000]);
    assert_eq!(of("__index_level_0__", dates, &asked("__index_level_0__")), Ok(vec![0.0, 1.0]));

    let rows = "1,2024-05-17T08:30:00Z\n2,2024-05-17T08:30:05Z\n";
    let told = read(rows, &file()).unwrap_err();
    assert!(told.starts_with("t, line 1: is the column to read the first, with '1', or the one with '2024-"), "{told}");
    assert!(told.contains("names of the columns above it"), "{told}");
    let told = read(&format!("x,y\n{rows}"), &file()).unwrap_err();
    assert!(told.contains("is 'y' the column to read, with dates such as '2024-05-17T08:30:00Z', or 'x'?"), "{told}");
    assert_eq!(read(&format!("x,y\n{rows}"), &asked("y")), Ok(vec![0.0, 5.0]));
    assert_eq!(read(&format!("t_s,y\n{rows}"), &file()), Ok(vec![1.0, 2.0]));
}

/// Counted from 0, the mean gap is the time before an arrival; counted from the first, the time between two.
#[test]
fn it_begins_again_after_a_mean_gap() {
    let recording = |text: &str| Recording::of_text(text.as_bytes(), &file()).unwrap();
    let own = recording("1\n3\n");
    assert_eq!(own.length, Span::from_secs(4.5));
    assert_eq!(own.told(), "t: 2 arrivals over 3 s, 0.667 /s");
    let dated = recording("1700158623\n1700158625\n1700158627\n");
    assert_eq!(dated.length, Span::from_secs(6.0));
    assert_eq!(dated.told(), "t: 3 arrivals over 4 s, 0.5 /s");
    assert_eq!(dated.arrivals_before(Span::from_secs(11.0), true), 6.0);
    assert_eq!(dated.arrivals_before(Span::from_secs(2.0), true), 1.0);
    assert_eq!(dated.arrivals_before(Span::from_secs(11.0), false), 3.0);
    assert!(dated.can_loop() && !recording("1700158623\n").can_loop());
}

/// The arrivals and the length identify a recording, not the name of its file.
#[test]
fn a_recording_is_identified_by_what_is_in_it() {
    let identity = |text: &str, file: &str| {
        let asked = TimesFile { file: file.into(), ..self::file() };
        serde_json::to_string(&Recording::of_text(text.as_bytes(), &asked).unwrap()).unwrap()
    };
    let one = identity("1\n3\n", "t");
    assert_eq!(identity("t_s\n1.0\n3.0\n", "other"), one);
    assert_ne!(identity("1\n4\n", "t"), one);
    assert!(one.ends_with("\",4500000000]"), "{one}");
}

#[test]
fn one_arrival_is_told_without_a_rate() {
    let told = |text: &str| Recording::of_text(text.as_bytes(), &file()).unwrap().told();
    assert_eq!(told("1700158623\n"), "t: 1 arrival over 0 s");
    assert_eq!(told("5\n"), "t: 1 arrival over 5 s, 0.2 /s");
    let all = |text: &str| Recording::of_text(text.as_bytes(), &file()).unwrap();
    // At 1 and 3 s, again at 5.5 and 7.5 s, and so on; what happens at the end itself has not happened before it.
    let arrivals =
        [0.5, 1.0, 1.5, 4.5, 5.5, 5.6, 9.0].map(|end| all("1\n3\n").arrivals_before(Span::from_secs(end), true));
    assert_eq!(arrivals, [0.0, 0.0, 1.0, 2.0, 2.0, 3.0, 4.0]);
}

/// Rows of figures without a heading are read by their first column, if there are several of them.
#[test]
fn figures_in_one_line_may_be_arrivals_by_mistake() {
    assert_eq!(read("1 2 3\n4 5 6\n", &file()), Ok(vec![1.0, 4.0]));
    assert_eq!(read("1 2\n", &file()), Ok(vec![1.0]));
    assert_eq!(read("1 x 3\n", &file()), Ok(vec![1.0]));
    assert_eq!(read("t a b\n1 2 3\n", &file()), Ok(vec![1.0]));
    assert!(read("1,2,3\n", &file()).unwrap_err().contains("line 1: holds 3 figures"));
    assert_eq!(read("1\n1\n", &file()), Ok(vec![1.0, 1.0]), "two at one moment");
}
