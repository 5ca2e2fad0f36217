use super::*;

/// Heading and rows, with bars between cells.
fn read(text: &str) -> (Option<String>, Vec<String>) {
    let sheet = Sheet::read(text).unwrap();
    let rows = sheet.rows().map(|row| row.map(|row| format!("{}: {}", row.line, row.cells.join("|"))));
    (sheet.heading().map(|heading| heading.join("|")), rows.collect::<Result<_, _>>().unwrap())
}

#[test]
fn separators_are_found() {
    for text in [
        "a,b\n1,2\n",
        "a;b\r\n1;2\r\n",
        "a\tb\n1\t2\n",
        "a b\n1   2\n",
        "\"a\",\"b\"\n\"1\",\"2\"",
        "a,b\r1,2\r",
        "sep=;\na;b\n1;2",
    ] {
        let (heading, rows) = read(text);
        assert_eq!(heading.as_deref(), Some("a|b"), "{text:?}");
        assert!(rows.len() == 1 && rows[0].ends_with(": 1|2"), "{text:?}: {rows:?}");
    }
    assert_eq!(read("0,5;1,25\n"), (None, vec!["1: 0,5|1,25".into()]));
    assert_eq!(read("\"a;b\",c\n1,2\n").0.as_deref(), Some("a;b|c"));
}

#[test]
fn a_first_row_is_no_heading() {
    for text in
        ["0 s,100 kbps\n", "0,fast\n", "-1,2\n", ".5;1\n", "2024-05-17 08:30:00,5\n", "5kbps,0\n", "x,5\n", "NaN,NaN\n"]
    {
        assert_eq!(read(text).0, None, "{text}");
        assert_eq!(read(text).1.len(), 1, "{text}");
    }
    assert_eq!(read("time,5G_rate\n0,1\n").0.as_deref(), Some("time|5G_rate"));
    assert_eq!(read("time,5G\n0,1\n").0.as_deref(), Some("time|5G"));
}

#[test]
fn comments_and_blank_lines_may_be_anywhere() {
    let (heading, rows) = read("# on the bus\n\n\"# a, b\"\na,b\n# begins\n1,2 # remark\n,,\n   \n3,#4\n");
    assert_eq!(heading.as_deref(), Some("a|b"));
    assert_eq!(rows, ["6: 1|2", "9: 3|#4"]);
}

#[test]
fn a_heading_in_a_comment_counts_if_it_names_units() {
    assert_eq!(read("# time_ms rate_kbps\n0 1\n").0.as_deref(), Some("time_ms|rate_kbps"));
    assert_eq!(read("# arrival_ms\n10\n").0.as_deref(), Some("arrival_ms"));
    assert_eq!(read("# time_ms,rate_kbps\n0,1\n").0.as_deref(), Some("time_ms|rate_kbps"));
    assert_eq!(read("# bus 12\n0 1\n").0, None);
    assert_eq!(read("# on the bus\n0,1\n").0, None);
    assert_eq!(read("# 5 Mbps\n0 1\n").0, None);
    assert_eq!(read("# time_ms rate_kbps more\n0 1\n").0, None);
}

#[test]
fn blanks_that_separate_nothing_do_not() {
    assert_eq!(read("t (s) rate (Mbit / s)\n0 s 5 Mbps\n").0.as_deref(), Some("t (s)|rate (Mbit / s)"));
    assert_eq!(read("0 s 5 Mbps\n").1, ["1: 0 s|5 Mbps"]);
    assert_eq!(read("2024-05-17 08:30:00 7\n").1, ["1: 2024-05-17 08:30:00|7"]);
    assert_eq!(read("arrival time (ms)\n5\n"), (Some("arrival time (ms)".into()), vec!["2: 5".into()]));
}

#[test]
fn what_does_not_fit_is_said() {
    let told = |text: &str| -> Flaw {
        match Sheet::read(text) {
            Err(flaw) => flaw,
            Ok(sheet) => sheet.rows().find_map(Result::err).unwrap(),
        }
    };
    assert_eq!(told("").what, "there are no lines with figures in it");
    assert_eq!(told("# nothing\na,b\n").what, "there are no lines with figures in it");
    let flaw = told("t,rate\n0,5,1\n");
    assert_eq!(flaw.place, Some(("line", 2)));
    assert!(flaw.what.contains("has 3 cells, and the first line 2; numbers have a point"), "{flaw:?}");
    assert!(told("a,b\n1,\"2\n").what.contains("does not end in its line"));
}

#[test]
fn words_are_cells_unless_they_belong_together() {
    let cells = |line: &str| read(&format!("{line}\n")).1;
    assert_eq!(cells("1234567890 7"), ["1: 1234567890|7"]);
    assert_eq!(cells("2024-05-17 7"), ["1: 2024-05-17|7"]);
    assert_eq!(cells("5 08:30"), ["1: 5|08:30"]);
    assert_eq!(cells("2024-05-17T08:30 08:30"), ["1: 2024-05-17T08:30|08:30"]);
    assert_eq!(cells("5 ms 7 MBPS 8 x"), ["1: 5 ms|7 MBPS|8|x"]);
    assert_eq!(cells("5x ms"), ["1: 5x|ms"]);
    // Ten letters are no date.
    assert_eq!(Separator::Blanks.split("throughput 08:x").unwrap(), ["throughput", "08:x"]);
    assert_eq!(read("a (b c) d [e f] g\n1 2 3\n").0.as_deref(), Some("a (b c)|d [e f]|g"));
}

#[test]
fn cells_may_be_quoted() {
    assert_eq!(read("\"1, 2\",\"3 \"\"x\"\"\"\n").1, ["1: 1, 2|3 \"x\""]);
    assert_eq!(read("a\n\"5\"\n"), (Some("a".into()), vec!["2: 5".into()]));
    // Empty cells at the end are none, those before it are.
    assert_eq!(read("1,,3,,\n4\n,5\n").1, ["1: 1||3", "2: 4||", "3: |5|"]);
    assert!(Sheet::read("\"1,2\n").is_err());
}

#[test]
fn a_separator_may_be_stated() {
    assert_eq!(read("sep=;\n1;2\n").1, ["2: 1|2"]);
    assert_eq!(read("\"SEP=,\"\n1,2\n").1, ["2: 1|2"]);
    assert_eq!(read("sep=\n1\t2\n").1, ["2: 1|2"]);
    assert_eq!(stated_separator("sep=x"), None);
    assert_eq!(stated_separator("sets=;"), None);
    assert_eq!(
        [";", "\t", ","].map(|c| Separator::of(&format!("a {c} b{c} c"))),
        [';', '\t', ','].map(Separator::Char)
    );
    assert_eq!(
        (Separator::of("a b"), Separator::of(" ab "), Separator::of("\"a b\"")),
        (Separator::Blanks, Separator::Nothing, Separator::Nothing)
    );
}

#[test]
fn columns_are_found_by_their_names() {
    let sheet = Sheet::read("a,b,,b\n1,2,3,4\n").unwrap();
    assert_eq!(
        (sheet.width(), sheet.find("a"), sheet.name(1), sheet.name(2), sheet.name(4)),
        (4, Ok(0), Some("b"), None, None)
    );
    assert_eq!(sheet.find("b").unwrap_err().what, "there are several columns 'b'");
    assert_eq!(sheet.find("c").unwrap_err().what, "there is no column 'c'; the columns are: a, b, , b");
    let plain = Sheet::read("1;2\n").unwrap();
    assert_eq!(
        (plain.name(0), plain.heading(), plain.separator(), plain.decimal_comma()),
        (None, None, Separator::Char(';'), true)
    );
    assert_eq!(plain.find("a").unwrap_err().what, "there is no heading in it, so no column 'a'");
    assert!(!Sheet::read("1,2\n").unwrap().decimal_comma());
}

#[test]
fn remarks_stand_between_blanks() {
    for (line, left) in
        [("1 # x", "1"), ("1 #", "1"), ("1 #x", "1 #x"), ("1# x", "1# x"), ("# x", "# x"), ("a#b # c # d", "a#b")]
    {
        assert_eq!(without_remark(line), left, "{line}");
    }
    assert!(is_comment("  # x") && is_comment("\"# a, b\"") && !is_comment("1 # x"));
}

#[test]
fn figures_begin_with_digits() {
    for cell in ["5", "-5", "+.5", ",5", "5 ms", "nan", "N/A", "-", "5Gbps", "5GB/s", "2024-05-17"] {
        assert!(is_figure(cell), "{cell}");
    }
    for cell in ["", "x5", "5G", "4K stream", "3d", "5G_rate", "--5", "rate"] {
        assert!(!is_figure(cell), "{cell}");
    }
}
