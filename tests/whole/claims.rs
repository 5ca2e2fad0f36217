//! Figures that prose took from a run are those of the run.
//!
//! A figure is found in the text by the words around it. It is right if it is what the run gives, rounded as written,
//! or within the run's 95 % interval of that. Runs leave out policies that no figure is about, and are shorter where a
//! figure does not depend on the duration.

use std::fs;

use sim_core::Moments;

use super::command_line::parquet;
use super::documents::{clone, comment, home};
use super::program::told;

/// What a run gave: a mean, and half its 95 % interval.
#[derive(Clone, Copy, Debug)]
struct Measured {
    mean: f64,
    half_width: f64,
}

impl Measured {
    /// In a unit of which one is `scale` of this one's.
    fn times(self, scale: f64) -> Self {
        Self { mean: self.mean * scale, half_width: self.half_width * scale }
    }
}

/// From one value per replication.
impl FromIterator<f64> for Measured {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        let estimate = values.into_iter().collect::<Moments>().estimate().unwrap();
        Self { mean: estimate.mean, half_width: estimate.half_width().unwrap() }
    }
}

/// Whether a page's figure, between these words, is the measured one.
#[track_caller]
fn says(page: &str, before: &str, after: &str, measured: Measured) {
    let (written, rounding) = figure(page, before, after);
    let off = (written - measured.mean).abs();
    assert!(off <= rounding + measured.half_width, "'{before}{written}{after}', but the run gave {measured:?}");
}

/// The figure between these words, and half a unit of its last digit.
#[track_caller]
fn figure(page: &str, before: &str, after: &str) -> (f64, f64) {
    let found: Vec<&str> = page
        .split(before)
        .skip(1)
        .filter_map(|rest| rest.split_once(after).map(|(figure, _)| figure))
        .filter(|figure| figure.parse::<f64>().is_ok())
        .collect();
    let [figure] = found[..] else { panic!("{} figures between '{before}' and '{after}'", found.len()) };
    let decimals = figure.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    (figure.parse().unwrap(), 0.5 * 0.1f64.powi(decimals as i32))
}

/// A page as one line.
fn page(path: &str) -> String {
    let text = fs::read_to_string(home().join(path)).unwrap();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The results of a shipped scenario with some settings.
struct Run {
    folder: tempfile::TempDir,
}

impl Run {
    fn of(scenario: &str, settings: &[&str]) -> Self {
        let folder = clone();
        let set = settings.iter().flat_map(|setting| ["--set", setting]);
        let arguments: Vec<&str> = ["run", scenario, "--out", "here"].into_iter().chain(set).collect();
        told(folder.path(), &arguments);
        Self { folder }
    }

    /// A column of the summary, over the replications.
    fn summary(&self, policy: &str, column: &str) -> Measured {
        self.table("summary", policy, [column]).into_iter().map(|(_, [value])| value).collect()
    }

    /// Some columns of a table of the results, for a family of policies: by row, the
    /// replication and the values; what is missing is not a number.
    fn table<const N: usize>(&self, table: &str, policy: &str, columns: [&str; N]) -> Vec<(usize, [f64; N])> {
        let file = self.folder.path().join("table.csv");
        told(self.folder.path(), &["export", "here", "--table", table, "--out", "table.csv"]);
        let text = fs::read_to_string(file).unwrap();
        let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
        let head = lines.next().unwrap();
        let at = |name: &str| head.iter().position(|column| *column == name).unwrap();
        let (own, replication, columns) = (at("policy"), at("replication"), columns.map(at));
        lines
            .filter(|cells| cells[own].starts_with(policy))
            .map(|cells| (cells[replication].parse().unwrap(), columns.map(|at| cells[at].parse().unwrap_or(f64::NAN))))
            .collect()
    }
}

/// The mean over all rows of each replication for which `value` gives one.
fn mean<const N: usize>(rows: &[(usize, [f64; N])], value: impl Fn([f64; N]) -> Option<f64>) -> Measured {
    let replications = rows.iter().map(|row| row.0).max().unwrap() + 1;
    (0..replications)
        .map(|replication| {
            let own = rows.iter().filter(|row| row.0 == replication).filter_map(|row| value(row.1));
            own.collect::<Moments>().estimate().unwrap().mean
        })
        .collect()
}

#[test]
fn a_figure_is_as_exact_as_it_is_written() {
    let page = "It takes 10.7 ms, not 3 ms, and 96 % of that is waiting.";
    assert_eq!(figure(page, "takes ", " ms"), (10.7, 0.05));
    assert_eq!(figure(page, "and ", " %"), (96.0, 0.5));
    let exact = |mean| Measured { mean, half_width: 0.0 };
    says(page, "takes ", " ms", exact(10.74));
    says(page, "takes ", " ms", Measured { mean: 10.9, half_width: 0.2 });
    assert!(std::panic::catch_unwind(|| says(page, "takes ", " ms", exact(10.76))).is_err());
    assert!(std::panic::catch_unwind(|| figure(page, "costs ", " J")).is_err());
}

/// Isolated appeals are those of the oracle, who makes the fewest.
#[test]
fn what_lte_cameras_says_of_the_tail() {
    let file = "scenarios/files/lte-cameras.yaml";
    let comment = comment(file);
    let run = Run::of(file, &["policies=[offload-all, oracle]", "duration=2h"]);
    let appeals = run.table("requests", "oracle", ["send_start_ns", "tail_j", "transmit_j"]);
    let appealed = |figure: usize| mean(&appeals, |row| row[0].is_finite().then_some(row[figure]));
    says(&comment, "about a watt: ", " J after a transfer", appealed(1));
    says(&page("README.md"), "pay for the radio's tail, ", " J each", appealed(1));
    says(&comment, "that itself takes ", " J.", appealed(2));
    says(&comment, "under offload-all, ", " J, ", run.summary("offload-all", "energy_per_request_j"));
    let all = run.table("requests", "offload-all", ["tail_j", "energy_j"]);
    let (tail, energy) = (mean(&all, |row| Some(row[0])), mean(&all, |row| Some(row[1])));
    says(&comment, " J, ", " % of it tail", tail.times(100.0 / energy.mean));
    let settings = ["devices.camera.arrivals={poisson: 30 /min}", "policies=[offload-all]", "duration=20min"];
    says(
        &comment,
        "thirty times the traffic, and ",
        " J a request",
        Run::of(file, &settings).summary("offload-all", "energy_per_request_j"),
    );
}

/// The shares are of the mean energy.
#[test]
fn what_lte_m_cameras_says_of_bytes_and_tails() {
    let file = "scenarios/files/lte-m-cameras.yaml";
    let comment = comment(file);
    let energy = |settings: &[&str]| {
        let policies = ["policies=[offload-all]", "duration=1h"];
        Run::of(file, &[&policies, settings].concat()).summary("offload-all", "energy_per_request_j")
    };
    let run = Run::of(file, &["policies=[offload-all]", "duration=1h"]);
    let isolated = run.summary("offload-all", "energy_per_request_j");
    says(&comment, "under offload-all, ", " J against", isolated);
    says(&page("README.md"), "appeals cost their bytes, ", " J each", isolated);
    says(&comment, "against lte-cameras' ", " J, and", {
        let other = Run::of("scenarios/files/lte-cameras.yaml", &["policies=[offload-all]", "duration=2h"]);
        other.summary("offload-all", "energy_per_request_j")
    });
    says(&comment, "and its p50, ", " s;", run.summary("offload-all", "latency_p50_s"));
    let rows = run.table("requests", "offload-all", ["transmit_j", "energy_j"]);
    let (sending, all) = (mean(&rows, |row| Some(row[0])), mean(&rows, |row| Some(row[1])));
    says(&comment, "as much, and ", " % of that", sending.times(100.0 / all.mean));
    says(&comment, "payload=5kB`: ", " J a request", energy(&["devices.camera.payload=5kB"]));
    says(&comment, "and still ", " J a request", energy(&["devices.camera.arrivals={poisson: 10 /min}"]));
}

#[test]
fn what_busy_cloud_says_of_its_server() {
    let file = "scenarios/files/busy-cloud.yaml";
    let comment = comment(file);
    let policies = "policies=[offload-all, appealnet: {accuracy-gain: 90 %}, confidence: {score: max-softmax, accuracy-gain: 90 %}]";
    let run = Run::of(file, &["duration=20s", policies]);
    let served = run.table("requests", "offload-all", ["cloud_start_ns", "cloud_done_ns"]);
    let took = mean(&served, |row| Some(row[1] - row[0]).filter(|took| took.is_finite()));
    says(&comment, "The server needs ", " ms per request", took.times(1e-6));
    let a_second = 1e9 / took.mean;
    says(&comment, "so it can serve ", " a second", Measured { mean: a_second, half_width: 0.0 });
    for policy in ["appealnet", "max-softmax"] {
        let mean = run.summary(policy, "appeal_rate").mean;
        assert!(
            comment.contains("appeal one request in six or seven.") && [6.0, 7.0].contains(&(1.0 / mean).round()),
            "{policy}: {mean}"
        );
    }
    let batches = Run::of(file, &["duration=20s", "policies=[offload-all]", "cloud.batch={max: 8, wait: 5 ms}"]);
    let ends = batches.table("summary", "offload-all", ["requests", "ended_cloud"]);
    says(&comment, "serving batches, answers ", " % of the", mean(&ends, |row| Some(100.0 * row[1] / row[0])));
}

#[test]
fn what_other_scenario_files_say() {
    let file = "scenarios/files/battery-life.yaml";
    let both = "policies=[local-only, offload-all]";
    for (settings, local, all) in [
        (&[both][..], ", not ", "a battery lasts "),
        (&[both, "links.wifi.radio=wifi-mcu"], " days against ", "sends for less: "),
    ] {
        let run = Run::of(file, &[settings, &["replications=2"]].concat());
        let days = |policy: &str| run.summary(policy, "battery_life_extrapolated_s").times(1.0 / 86_400.0);
        says(&comment(file), local, ".", days("local-only"));
        says(&comment(file), all, " days", days("offload-all"));
    }
    let run = Run::of(file, &["devices.sensor.battery=100 J", "policies=[local-only, offload-all]", "replications=2"]);
    let [local, all] =
        ["local-only", "offload-all"].map(|policy| run.summary(policy, "battery_life_s").times(1.0 / 3600.0));
    let sooner = Measured { mean: local.mean - all.mean, half_width: local.half_width + all.half_width };
    says(&comment(file), "die during the run, ", " h sooner", sooner);

    let file = "scenarios/files/driving.yaml";
    let policies = "policies=[appealnet: {accuracy-gain: 90 %}, confidence: {score: max-softmax, accuracy-gain: 90 %}]";
    let run = Run::of(file, &["duration=3min", policies]);
    for policy in ["appealnet", "max-softmax"] {
        let mean = run.summary(policy, "appeal_rate").mean;
        assert!(
            comment(file).contains("appeal one request in six or seven;") && [6.0, 7.0].contains(&(1.0 / mean).round()),
            "{policy}: {mean}"
        );
    }

    let file = "scenarios/files/walk.yaml";
    let run = Run::of(file, &["policies=[offload-all]"]);
    let sent = run.table("requests", "offload-all", ["send_start_ns", "send_done_ns", "transmit_j", "send_pauses_ns"]);
    let sorted = |replication: usize, of: fn(&[f64]) -> f64| {
        let own = sent.iter().filter(|row| row.0 == replication && row.1[1].is_finite());
        let mut values: Vec<f64> = own.map(|row| of(&row.1)).collect();
        values.sort_by(f64::total_cmp);
        values
    };
    let milliseconds: fn(&[f64]) -> f64 = |row| (row[1] - row[0] - row[3]) / 1e6;
    let least: Measured = (0..5).map(|replication| sorted(replication, milliseconds)[0]).collect();
    says(&comment(file), "the bytes of an appeal take ", " ms;", least);
    let upper_tenth = |of| -> Measured {
        (0..5)
            .map(|replication| sorted(replication, of))
            .map(|values| values[values.len() * 9 / 10] / values[0])
            .collect()
    };
    says(&comment(file), "from the far end, take ", " times as long", upper_tenth(milliseconds));
    says(&comment(file), "sending them takes ", " times the joules", upper_tenth(|row| row[2]));
}

/// Sizes are those of files, which do not depend on the computer.
#[test]
fn what_the_scale_page_says_of_a_row() {
    let run = Run::of("scenarios/files/fleet.yaml", &["duration=4min"]);
    let folder = run.folder.path().join("here/requests/point=0");
    let file = fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
    let bytes = fs::metadata(&file).unwrap().len();
    let rows = run.table("requests", "appealnet", ["arrival_ns"]).len();
    let a_row = bytes as f64 / rows as f64;
    let (written, _) = figure(&page("docs/explanation/scale.md"), "(zstd, ", " bytes a row");
    assert!((written / a_row - 1.0).abs() < 0.1, "{a_row} bytes a row");
    assert_eq!(figure(&page("README.md"), "requests a second, ", " bytes each").0, written);
    assert_eq!(figure(&page("docs/explanation/scale.md"), "a row of ", " columns").0, parquet(&file).width() as f64);
}
