//! Results as users read them: report, plots, explanations, timelines, tables.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tests::small_scenario;

use crate::program::{appealsim, told};

/// A result with every kind of chart, traced.
pub fn result() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let text = small_scenario(&[
        ("duration: 20 s", "duration: 60 s\nreplications: 2"),
        ("payload: 40 kB", "payload: 40 kB\n    battery: 2 Wh\n    deadline: 80 ms"),
        ("policies:", "sweep:\n  - {set: links.wifi.uplink, to: [2 Mbps, 18.9 Mbps]}\npolicies:"),
        ("appealnet: {delta: 0.5}", "appealnet: {accuracy-gain: [50 %, 90 %]}\n  - oracle"),
    ]);
    fs::write(home.path().join("scenario.yaml"), text).unwrap();
    told(home.path(), &["run", "scenario.yaml", "--out", "here", "--trace", "camera.1"]);
    home
}

fn error(home: &Path, arguments: &[&str]) -> String {
    String::from_utf8(appealsim(home, arguments).assert().code(1).get_output().stderr.clone()).unwrap()
}

/// Every kind of chart that this result has.
pub const KINDS: [&str; 13] = [
    "pareto",
    "kept",
    "latency",
    "latency-parts",
    "energy",
    "scores-q",
    "scores-max-softmax",
    "batteries",
    "cloud-busy",
    "cloud-queue",
    "sweep-energy",
    "sweep-accuracy",
    "sweep-late",
];

/// The texts of a chart's marks.
fn tips(chart: &str) -> Vec<&str> {
    chart.split("<title>").skip(1).map(|rest| rest.split("</title>").next().unwrap()).collect()
}

#[test]
fn a_report_needs_nothing_else_and_a_plot_is_a_file() {
    let home = result();
    let page = fs::read_to_string(home.path().join("here/report.html")).unwrap();
    assert!(page.len() < 5_000_000);
    let outside = page.replace("http://www.w3.org/2000/svg", "");
    assert!(
        !outside.contains("http") && !outside.contains("src=\"/") && !outside.contains("@import"),
        "it loads something from elsewhere"
    );
    for kind in KINDS {
        assert!(page.contains(&format!("data-kind=\"{kind}\"")), "no {kind}");
    }
    for words in
        ["Pareto front", "data:image/png;base64,", "raspberry-pi-4.throughput", "kept, rightly", "What came of appeals"]
    {
        assert!(page.contains(words), "no '{words}'");
    }
    // Drawn again, the page is the same; for another point, it is not.
    told(home.path(), &["report", "here", "--out", "again.html"]);
    assert_eq!(fs::read_to_string(home.path().join("again.html")).unwrap(), page);
    told(home.path(), &["report", "here", "--point", "1", "--out", "other.html"]);
    assert_ne!(fs::read_to_string(home.path().join("other.html")).unwrap(), page);

    let listed = told(home.path(), &["plot", "here"]);
    for kind in KINDS {
        assert!(listed.lines().any(|line| line.split_whitespace().next() == Some(kind)), "no {kind} in\n{listed}");
        told(home.path(), &["plot", "here", "--kind", kind, "--out", "plot.svg"]);
        let plot = fs::read_to_string(home.path().join("plot.svg")).unwrap();
        // A plot has the marks of the page's chart, but for parts of bars that its size makes too short to draw.
        let figure = page.split("<figure ").find(|part| part.contains(&format!("data-kind=\"{kind}\""))).unwrap();
        let (drawn, shown) = (tips(&plot), tips(figure));
        assert!(plot.starts_with("<svg ") && drawn.iter().all(|tip| shown.contains(tip)), "{kind}");
        assert!(
            drawn.len() >= 2 && (drawn.len() == shown.len() || ["latency-parts", "energy"].contains(&kind)),
            "{kind}"
        );
        told(home.path(), &["plot", "here", "--kind", kind, "--out", "plot.png"]);
        let picture = image::open(home.path().join("plot.png")).unwrap().to_rgb8();
        // Dark on white, and at least one series in colour.
        let coloured = picture.pixels().filter(|pixel| pixel.0.iter().max() > pixel.0.iter().min()).count();
        assert!(picture.get_pixel(0, 0).0 == [255; 3] && coloured > 100, "{kind}: {coloured} coloured pixels");
    }
    let why = error(home.path(), &["plot", "here", "--kind", "paretto"]);
    assert!(why.contains("did you mean 'pareto'?"), "{why}");
    assert!(error(home.path(), &["report", "here", "--point", "2"]).contains("there is no point 2, only 0 to 1"));
    assert!(error(home.path(), &["report", "."]).contains("is not a result of appealsim"));
}

/// What the first chart tells of each policy is the mean over the summary's runs, to the digits shown.
#[test]
fn a_chart_tells_what_the_summary_holds() {
    let home = result();
    let page = fs::read_to_string(home.path().join("here/report.html")).unwrap();
    let chart = page.split("<figure ").find(|part| part.contains("data-kind=\"pareto\"")).unwrap();
    told(home.path(), &["export", "here", "--out", "summary.ndjson"]);
    let text = fs::read_to_string(home.path().join("summary.ndjson")).unwrap();
    let rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(tips(chart).len(), 5, "one for each policy");
    for tip in tips(chart) {
        let lines: Vec<&str> = tip.lines().collect();
        let of_it: Vec<&Value> = rows.iter().filter(|row| row["point"] == 0 && row["policy"] == lines[0]).collect();
        assert_eq!(of_it.len(), 2, "{tip}");
        let figures = [("accuracy", "accuracy"), ("energy", "energy_per_request_j"), ("appeals", "appeal_rate")];
        for ((name, column), line) in figures.into_iter().zip(&lines[1..]) {
            let words: Vec<&str> = line.split(' ').collect();
            let size = match *words.last().unwrap() {
                "%" => 0.01,
                "mJ" => 1e-3,
                unit => panic!("{unit} is not expected"),
            };
            let mean = of_it.iter().map(|row| row[column].as_f64().unwrap()).sum::<f64>() / 2.0 / size;
            let decimals = words[1].split_once('.').map_or(0, |(_, decimals)| decimals.len());
            assert_eq!((words[0], words[1]), (name, format!("{mean:.decimals$}").as_str()), "{tip}");
        }
    }
}

/// However many points a sweep has, its report stays small enough to open at once, and shows the first and the last
/// point.
#[test]
fn the_report_of_a_large_sweep_is_small() {
    let home = tempfile::tempdir().unwrap();
    let text = small_scenario(&[("duration: 20 s", "duration: 500 ms"), ("  - offload-all\n", "")]);
    fs::write(home.path().join("scenario.yaml"), text).unwrap();
    let seeds: Vec<String> = (1..=400).map(|seed| seed.to_string()).collect();
    let axis = format!("seed={}", seeds.join(","));
    told(home.path(), &["run", "scenario.yaml", "--out", "here", "--summaries-only", "--sweep", &axis]);
    let page = fs::read_to_string(home.path().join("here/report.html")).unwrap();
    let chart = page.split("<figure ").find(|part| part.contains("data-kind=\"sweep-energy\"")).unwrap();
    let marks = chart.matches("class=\"tip\"").count();
    assert!((200..=240).contains(&marks), "{marks} marks of two policies");
    assert!(page.len() < 1_000_000, "{} bytes", page.len());
}

#[test]
fn a_request_s_explanation_matches_its_row() {
    let home = result();
    told(home.path(), &["export", "here", "--table", "requests", "--out", "requests.ndjson"]);
    let text = fs::read_to_string(home.path().join("requests.ndjson")).unwrap();
    let rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let row = rows
        .iter()
        .find(|row| row["policy"] == "appealnet accuracy-gain 90 %" && row["outcome"] == "cloud" && row["point"] == 1)
        .unwrap();
    let (number, replication) = (row["request"].to_string(), row["replication"].to_string());
    let story = told(
        home.path(),
        &[
            "explain",
            "here",
            "--request",
            &number,
            "--policy",
            "appealnet accuracy-gain 90 %",
            "--point",
            "1",
            "--replication",
            &replication,
        ],
    );
    for (words, column) in
        [("image ", "image"), ("the big network answers class ", "cloud_class"), ("a batch of ", "batch")]
    {
        assert!(story.contains(&format!("{words}{}", row[column])), "{words}{}\n{story}", row[column]);
    }
    let latency = row["latency_s"].as_f64().unwrap() * 1e3;
    assert!(story.contains(&format!("{latency:.3} ms  answered by the cloud")), "{latency}\n{story}");
    let why = error(home.path(), &["explain", "here", "--request", "0", "--policy", "orakle"]);
    assert!(why.contains("did you mean 'oracle'?"), "{why}");
    assert!(error(home.path(), &["explain", "here", "--request", "99999"]).contains("has no request 99999"));
    told(home.path(), &["export", "here", "--table", "requests", "--out", "requests.csv"]);
    let csv = fs::read_to_string(home.path().join("requests.csv")).unwrap();
    assert_eq!(csv.lines().count(), rows.len() + 1);
    told(home.path(), &["export", "here", "--table", "devices", "--out", "devices.csv"]);
    told(home.path(), &["export", "here", "--out", "summary.csv"]);
    assert!(error(home.path(), &["export", "here", "--out", "summary.xls"]).contains("must end in .csv or .ndjson"));
    let misplaced = error(home.path(), &["report", "here", "--out", "here/manifest.json"]);
    assert!(misplaced.contains("must end in .html"), "{misplaced}");
}

#[test]
fn a_timeline_follows_one_device() {
    let home = result();
    let file = home.path().join("here/traces/point=0/01-0000.json");
    let trace: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    let events = trace["traceEvents"].as_array().unwrap();
    let count = |what: &dyn Fn(&Value) -> bool| events.iter().filter(|event| what(event)).count();
    assert_eq!(count(&|e| e["name"] == "process_name" && e["args"]["name"] == "camera.1"), 1);
    let (starts, ends) = (count(&|e| e["ph"] == "s"), count(&|e| e["ph"] == "f"));
    assert!(starts > 50 && ends > 50 && ends <= starts, "{starts} arrows begin, {ends} end");
    assert_eq!(count(&|e| e["ph"] == "b"), count(&|e| e["ph"] == "e"));
    // Slices in the same row never overlap.
    let mut radio: Vec<(f64, f64)> = events
        .iter()
        .filter(|e| e["ph"] == "X" && e["pid"] == 11 && e["tid"] == 3)
        .map(|e| (e["ts"].as_f64().unwrap(), e["dur"].as_f64().unwrap()))
        .collect();
    radio.sort_by(|a, b| a.0.total_cmp(&b.0));
    assert!(radio.len() > 50 && radio.windows(2).all(|pair| pair[0].0 + pair[0].1 <= pair[1].0 + 1e-3));
    let why = error(home.path(), &["run", "scenario.yaml", "--trace", "camera.3"]);
    assert!(why.contains("only camera.0 to camera.2"), "{why}");
}

/// Differences are paired if both runs drew the same requests and images. A constant rate is not random; images and
/// their degradation are.
#[test]
fn results_are_compared_in_pairs_if_they_share_their_random_numbers() {
    let home = result();
    let run = |out: &str, more: &[&str]| {
        told(home.path(), &[&["run", "scenario.yaml", "--summaries-only", "--out", out], more].concat());
        told(home.path(), &["compare", "here", out])
    };
    let slower = run("slower", &["--set", "links.wifi.downlink=1 Mbps"]);
    assert!(slower.contains("differences are paired") && slower.contains("links.wifi.downlink: 40 Mbps → 1 Mbps"));
    let heading = "local-only (links.wifi.uplink = 2 Mbps)";
    let line = slower.lines().skip_while(|line| *line != heading).nth(1).unwrap();
    assert!(line.contains("+0.000 ± 0.000 points"), "{line}");
    let apart = [
        ("seed=5", "requests"),
        ("devices.camera.count=2", "requests"),
        ("devices.camera.images={classes: {6: 0}}", "images"),
        ("devices.camera.degrade={noise: 0.05}", "images"),
    ];
    for (number, (setting, what)) in apart.into_iter().enumerate() {
        let text = run(&format!("other-{number}"), &["--set", setting]);
        let expected = format!("They did not draw the same {what}: differences are of two independent samples.");
        assert!(text.contains(&expected) && !text.contains("paired"), "{setting}: {text}");
    }
    // Images do not depend on the way to the cloud, so that local-only is equally accurate in every pair.
    for (number, setting) in ["links.wifi.loss=2 %", "links.wifi.rtt=30 ms"].into_iter().enumerate() {
        let text = run(&format!("way-{number}"), &["--set", setting]);
        let expected =
            "They drew the same requests and images, but not the same delays and losses: differences are paired";
        assert!(text.contains(expected), "{setting}: {text}");
        let line = text.lines().skip_while(|line| *line != heading).nth(1).unwrap();
        assert!(line.contains("+0.000 ± 0.000 points"), "{setting}: {line}");
    }
    // Most of what is sent this large is still under way at the end: its percentiles are named, not left out.
    let jammed = run("jammed", &["--set", "devices.camera.payload=2 MB"]);
    let named = "  p95       not compared: it falls among requests without an answer in 2 of 4 runs";
    assert!(jammed.lines().any(|line| line == named), "{jammed}");
    assert!(jammed.contains("\n  accuracy leaves out requests that had not ended: "), "{jammed}");
    let summary = |folder: &str| told(home.path(), &["summary", folder]).lines().next().map(str::to_owned);
    assert_eq!(summary("here"), summary("other-0"));
}

/// Points are matched by what they set, wherever they are in their sweeps.
#[test]
fn points_of_two_sweeps_are_matched_by_what_they_set() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("scenario.yaml"), small_scenario(&[("duration: 20 s", "duration: 5 s")])).unwrap();
    let run = |out: &str, axes: &[&str]| {
        told(home.path(), &[&["run", "scenario.yaml", "--summaries-only", "--out", out], axes].concat());
    };
    run("a", &["--sweep", "links.wifi.uplink=1 Mbps,2 Mbps"]);
    run("b", &["--sweep", "links.wifi.uplink=2 Mbps,3 Mbps,4 Mbps"]);
    run("c", &["--sweep", "devices.camera.count=1,2"]);
    let text = told(home.path(), &["compare", "a", "b"]);
    assert_eq!(text.matches("offload-all (links.wifi.uplink = 2 Mbps)").count(), 1, "{text}");
    assert!(!text.contains("1 Mbps)") && !text.contains("3 Mbps)"), "{text}");
    assert!(text.contains("only in a: 1 of 2 points") && text.contains("only in b: 2 of 3 points"), "{text}");
    let why = error(home.path(), &["compare", "a", "c"]);
    assert!(why.contains("one sweeps over links.wifi.uplink, the other over devices.camera.count"), "{why}");
}
