//! The report in a real browser: what is drawn, measured on the screen, is what the tables hold.
//!
//! A script that is added to a copy of the page measures ticks and marks where the browser has put them and points at
//! every mark; its findings are read from the page's DOM.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command as Process;

use serde_json::Value;

use crate::program::told;
use crate::reading::{KINDS, result};

/// Measures every chart; places are middles of what is on the screen, and bars have both ends.
const MEASURE: &str = r#"<script>
const middle = (box) => [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
const place = (mark) => middle(mark.getBoundingClientRect());
const shown = document.getElementById("tip");
const charts = [...document.querySelectorAll("figure[data-kind]")].map((figure) => {
  const ticks = [...figure.querySelectorAll("line.grid")].map((line) => {
    const upright = line.getAttribute("x1") === line.getAttribute("x2");
    return { upright, at: place(line)[upright ? 0 : 1], value: Number(line.nextElementSibling.textContent) };
  });
  const marks = [...figure.querySelectorAll(".tip")].map((mark) => {
    mark.dispatchEvent(new PointerEvent("pointermove", { clientX: 5, clientY: 5 }));
    const pointed = shown.style.display === "block" ? shown.textContent : "";
    mark.dispatchEvent(new PointerEvent("pointerleave"));
    const box = mark.getBoundingClientRect();
    return { at: place(mark), ends: [box.left, box.right], label: mark.getAttribute("aria-label"), pointed,
      hidden: shown.style.display === "none" };
  });
  const words = [...figure.querySelectorAll("text.ink")].map((text) => text.textContent);
  return { kind: figure.dataset.kind, x: ticks.filter((t) => t.upright), y: ticks.filter((t) => !t.upright), marks, words };
});
const measured = document.createElement("pre");
measured.id = "measured";
measured.textContent = JSON.stringify(charts);
document.body.append(measured);
</script>
"#;

/// Largest distance on the screen between a mark and its value, in pixels.
const SLACK: f64 = 0.6;

/// The charts of a page as a browser shows them, by kind.
fn measured(browser: &Path, home: &Path) -> BTreeMap<String, Value> {
    let page = fs::read_to_string(home.join("here/report.html")).unwrap();
    let copy = home.join("measured.html");
    fs::write(&copy, page.replace("</body>", &format!("{MEASURE}</body>"))).unwrap();
    let output = Process::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .args(["--enable-logging=stderr", "--virtual-time-budget=2000", "--dump-dom"])
        .arg(format!("--user-data-dir={}", home.join("profile").display()))
        .arg(format!("file://{}", copy.display()))
        .output()
        .unwrap();
    let (dom, log) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{log}");
    let console: Vec<&str> = log.lines().filter(|line| line.contains("CONSOLE")).collect();
    assert!(console.is_empty(), "{console:?}");
    let measured = dom.split("<pre id=\"measured\">").nth(1).unwrap().split('<').next().unwrap();
    let measured = measured.replace("&lt;", "<").replace("&gt;", ">").replace("&nbsp;", "\u{a0}").replace("&amp;", "&");
    let charts: Vec<Value> = serde_json::from_str(&measured).unwrap();
    let kind = |chart: &Value| chart["kind"].as_str().unwrap().to_owned();
    charts.into_iter().map(|chart| (kind(&chart), chart)).collect()
}

/// A direction of a chart: the first tick and the last, each with its place and its value.
struct Ruler {
    ends: [(f64, f64); 2],
    log: bool,
}

impl Ruler {
    fn of(ticks: &Value, log: bool) -> Self {
        let ticks = ticks.as_array().unwrap();
        let end = |tick: &Value| (tick["at"].as_f64().unwrap(), tick["value"].as_f64().unwrap());
        assert!(ticks.len() >= 2, "{ticks:?}");
        Self { ends: [end(&ticks[0]), end(&ticks[ticks.len() - 1])], log }
    }

    fn check(&self, place: &Value, value: f64, what: &str) {
        let along = |value: f64| if self.log { value.ln() } else { value };
        let [(from, first), (to, last)] = self.ends;
        let right = from + (along(value) - along(first)) / (along(last) - along(first)) * (to - from);
        let place = place.as_f64().unwrap();
        assert!((place - right).abs() < SLACK, "{what}: {value} is shown at {place}, not at {right}");
    }
}

/// A table of the result, row by row.
struct Rows(Vec<Value>);

impl Rows {
    fn read(home: &Path, table: &str) -> Self {
        told(home, &["export", "here", "--table", table, "--out", "rows.ndjson"]);
        let text = fs::read_to_string(home.join("rows.ndjson")).unwrap();
        Self(text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
    }

    fn of(&self, point: u64, policy: &str) -> impl Iterator<Item = &Value> {
        self.0.iter().filter(move |row| row["point"] == point && row["policy"] == policy)
    }

    /// The mean over rows; none if any lacks it.
    fn mean(&self, point: u64, policy: &str, read: impl Fn(&Value) -> Option<f64>) -> Option<f64> {
        let all: Option<Vec<f64>> = self.of(point, policy).map(read).collect();
        all.filter(|all| !all.is_empty()).map(|all| all.iter().sum::<f64>() / all.len() as f64)
    }

    fn policies(&self) -> Vec<String> {
        let mut policies: Vec<String> = Vec::new();
        for row in &self.0 {
            let policy = row["policy"].as_str().unwrap();
            if !policies.iter().any(|known| known == policy) {
                policies.push(policy.to_owned());
            }
        }
        policies
    }
}

/// The size of the unit in which a chart's `figure` is written, such as `energy per request, mJ`.
fn unit(chart: &Value, figure: &str) -> f64 {
    let mut words = chart["words"].as_array().unwrap().iter().filter_map(Value::as_str);
    size(words.find_map(|words| words.strip_prefix(figure)).unwrap())
}

fn size(unit: &str) -> f64 {
    match unit {
        "%" => 0.01,
        "J" | "s" => 1.0,
        "mJ" | "ms" => 1e-3,
        other => panic!("{other} is not expected"),
    }
}

fn marks(chart: &Value) -> &[Value] {
    chart["marks"].as_array().unwrap()
}

/// The lines of a mark's text.
fn label(mark: &Value) -> Vec<&str> {
    mark["label"].as_str().unwrap().lines().collect()
}

/// Of every kind of chart there are marks, and each tells its text when the reader points at it.
fn marks_tell_their_text(charts: &BTreeMap<String, Value>) {
    for kind in KINDS {
        let marks = marks(charts.get(kind).unwrap_or_else(|| panic!("no {kind}")));
        assert!(marks.len() >= 2, "{kind} has {} marks", marks.len());
        for mark in marks {
            assert!(label(mark).concat().len() > 5, "{kind}: {mark}");
            assert_eq!(mark["pointed"], mark["label"], "{kind}");
            assert_eq!(mark["hidden"], true, "{kind}: the text stays after the reader has gone");
        }
    }
}

/// Accuracy over energy and over what is kept.
fn policies_are_where_the_summary_has_them(charts: &BTreeMap<String, Value>, summary: &Rows) {
    let number = |column: &'static str| move |row: &Value| row[column].as_f64();
    let energy = unit(&charts["pareto"], "energy per request, ");
    for (kind, log) in [("pareto", true), ("kept", false)] {
        let chart = &charts[kind];
        let (x, y) = (Ruler::of(&chart["x"], log), Ruler::of(&chart["y"], false));
        assert_eq!(marks(chart).len(), summary.policies().len(), "{kind}");
        for mark in marks(chart) {
            let policy = label(mark)[0];
            let accuracy = summary.mean(0, policy, number("accuracy")).unwrap() * 100.0;
            y.check(&mark["at"][1], accuracy, policy);
            let across = match kind {
                "pareto" => summary.mean(0, policy, number("energy_per_request_j")).unwrap() / energy,
                _ => {
                    let kept = |row: &Value| Some(row["ended_edge"].as_f64()? / row["requests"].as_f64()?);
                    summary.mean(0, policy, kept).unwrap() * 100.0
                }
            };
            x.check(&mark["at"][0], across, policy);
        }
    }
}

/// The median and the 95th percentile of each policy that has one.
fn percentiles_are_where_the_summary_has_them(chart: &Value, summary: &Rows) {
    let (x, y) = (Ruler::of(&chart["x"], true), Ruler::of(&chart["y"], false));
    let unit = unit(chart, "within, ");
    let mut checked = 0;
    for mark in marks(chart) {
        let [policy, words] = label(mark)[..] else { panic!("{mark}") };
        let percent = words.split(" %").next().unwrap();
        let column = format!("latency_p{percent}_s");
        y.check(&mark["at"][1], percent.parse().unwrap(), policy);
        if ["50", "95"].contains(&percent) {
            let seconds = summary.mean(0, policy, |row| row[&column].as_f64()).unwrap();
            x.check(&mark["at"][0], seconds / unit, policy);
            checked += 1;
        }
    }
    assert!(checked >= summary.policies().len(), "{checked} percentiles");
}

/// All parts of a policy's bar together are its joules per request.
fn bars_are_as_long_as_the_summary_says(chart: &Value, summary: &Rows) {
    let x = Ruler::of(&chart["x"], false);
    // The unit is written below the bars, after everything else.
    let unit = size(chart["words"].as_array().unwrap().last().unwrap().as_str().unwrap());
    for policy in summary.policies() {
        let of_it = || marks(chart).iter().filter(|mark| label(mark)[0].starts_with(&format!("{policy}: ")));
        let [begin, end] = [of_it().next().unwrap(), of_it().next_back().unwrap()];
        let joules = summary.mean(0, &policy, |row| row["energy_per_request_j"].as_f64()).unwrap();
        x.check(&begin["ends"][0], 0.0, &policy);
        x.check(&end["ends"][1], joules / unit, &policy);
    }
}

/// Each measure at both ends of the sweep.
fn sweeps_are_where_the_summary_has_them(charts: &BTreeMap<String, Value>, summary: &Rows) {
    let figures = [
        ("sweep-energy", "energy per request, ", "energy_per_request_j"),
        ("sweep-accuracy", "accuracy, ", "accuracy"),
        ("sweep-late", "late answers, ", "deadline_misses"),
    ];
    for (kind, figure, column) in figures {
        let chart = &charts[kind];
        // From 2 to 18.9 Mbps is nearly a factor of ten.
        let (x, y) = (Ruler::of(&chart["x"], true), Ruler::of(&chart["y"], false));
        let unit = unit(chart, figure);
        assert_eq!(marks(chart).len(), 2 * summary.policies().len(), "{kind}");
        for mark in marks(chart) {
            let [policy, words] = label(mark)[..] else { panic!("{mark}") };
            let (point, rate) = if words.starts_with("2 Mbps: ") { (0, 2.0) } else { (1, 18.9) };
            x.check(&mark["at"][0], rate, kind);
            let mean = summary.mean(point, policy, |row| row[column].as_f64()).unwrap();
            y.check(&mark["at"][1], mean / unit, kind);
        }
    }
}

/// How many of a policy's right or wrong edge answers scored within each of twenty equal parts of [0, 1].
fn histogram(requests: &Rows, policy: &str, score: &str, right: bool) -> Vec<u64> {
    let mut bins = vec![0; 20];
    for row in requests.of(0, policy) {
        if let (Some(class), Some(score)) = (row["edge_class"].as_u64(), row[score].as_f64())
            && (row["label"] == class) == right
        {
            bins[((score * 20.0) as usize).min(19)] += 1;
        }
    }
    bins
}

/// The chart shows the first policy of those with the most edge answers.
fn scores_are_those_of_the_requests(chart: &Value, requests: &Rows, score: &str) {
    let (x, y) = (Ruler::of(&chart["x"], false), Ruler::of(&chart["y"], false));
    let both = |policy: &String| [true, false].map(|right| histogram(requests, policy, score, right));
    let all: Vec<[Vec<u64>; 2]> = requests.policies().iter().map(both).collect();
    let count = |sides: &[Vec<u64>; 2]| sides.iter().flatten().sum::<u64>();
    let most = all.iter().map(count).max().unwrap();
    let sides = all.iter().find(|sides| count(sides) == most).unwrap();
    for (name, bins) in ["right", "wrong"].iter().zip(sides) {
        let begin = format!("{name} edge answers: ");
        let of_it: Vec<&Value> = marks(chart).iter().filter(|mark| label(mark)[0].starts_with(&begin)).collect();
        let total: u64 = bins.iter().sum();
        assert_eq!(of_it.len(), 20);
        for (bin, (mark, count)) in of_it.iter().zip(bins).enumerate() {
            assert_eq!(label(mark)[0], format!("{begin}{count} of {total}"));
            x.check(&mark["at"][0], bin as f64 / 20.0, name);
            y.check(&mark["at"][1], *count as f64 / total as f64 * 100.0, name);
        }
    }
}

/// The mean over a run's equal stretches is the mean over the run, and the last charge is that of the devices' table.
fn the_course_ends_where_the_tables_do(charts: &BTreeMap<String, Value>, summary: &Rows, devices: &Rows) {
    for policy in summary.policies() {
        let of_it = |chart| marks(chart).iter().filter(|mark| label(mark)[0] == policy).collect::<Vec<_>>();
        let (busy, batteries) = (&charts["cloud-busy"], &charts["batteries"]);
        let stretches = of_it(busy);
        let mean = stretches.iter().map(|mark| mark["at"][1].as_f64().unwrap()).sum::<f64>() / stretches.len() as f64;
        let expected = summary.mean(0, &policy, |row| row["cloud_busy"].as_f64()).unwrap() * 100.0;
        Ruler::of(&busy["y"], false).check(&mean.into(), expected, &policy);
        let left = |row: &Value| Some(row["battery_left_j"].as_f64()? / row["battery_j"].as_f64()?);
        let expected = devices.mean(0, &policy, left).unwrap() * 100.0;
        let last = *of_it(batteries).last().unwrap();
        Ruler::of(&batteries["y"], false).check(&last["at"][1], expected, &policy);
        Ruler::of(&batteries["x"], false).check(&last["at"][0], 1.0, "the run lasts a minute");
    }
}

#[test]
#[ignore = "needs a browser: APPEALSIM_BROWSER=/path/to/chromium cargo test -p tests --test whole browser -- --ignored"]
fn a_report_shows_in_a_browser_what_its_tables_hold() {
    let browser = std::env::var_os("APPEALSIM_BROWSER").expect("APPEALSIM_BROWSER must name a Chromium");
    let home = result();
    let charts = measured(&PathBuf::from(browser), home.path());
    let [summary, requests, devices] = ["summary", "requests", "devices"].map(|table| Rows::read(home.path(), table));
    marks_tell_their_text(&charts);
    policies_are_where_the_summary_has_them(&charts, &summary);
    percentiles_are_where_the_summary_has_them(&charts["latency"], &summary);
    bars_are_as_long_as_the_summary_says(&charts["energy"], &summary);
    sweeps_are_where_the_summary_has_them(&charts, &summary);
    scores_are_those_of_the_requests(&charts["scores-q"], &requests, "q");
    scores_are_those_of_the_requests(&charts["scores-max-softmax"], &requests, "max_softmax");
    the_course_ends_where_the_tables_do(&charts, &summary, &devices);
}
