//! A result in words and tables, for a terminal.

use crate::comparison::{Comparison, Row, filled};
use crate::manifest::{Manifest, PointEntry};

/// Most rows of a sweep that are shown; the summary table has all of them.
const ROWS: usize = 60;

/// The largest share of a run that its warm-up may take: no cut after half of it is looked for.
const MOST_WARMUP: f64 = 0.45;

/// What to think of a warm-up that takes longer.
const NOT_SETTLED: &str = "it may not have settled at all; make it longer";

impl Manifest {
    /// What was run, and its results.
    pub fn told(&self) -> String {
        let mut text = format!("{}\n\n", self.heading());
        let empty = self.points.iter().filter(|point| point.comparison.is_empty()).count();
        let nothing_else =
            empty == self.points.len() && !self.points.iter().any(|point| point.comparison.has_figures());
        if empty > 0 {
            text += &filled(&self.nothing_arrived(empty));
            text += if nothing_else { "\n" } else { "\n\n" };
        }
        match self.points.as_slice() {
            _ if nothing_else => {}
            [point] => text += &point.comparison.to_string(),
            points => {
                text += &sweep_table(self, points);
                for finding in self.findings_told() {
                    text += &format!("\n{}\n", filled(finding));
                }
            }
        }
        text
    }

    /// The findings that are told: of the only point, or over all points of a sweep.
    pub fn findings_told(&self) -> &[String] {
        match self.points.as_slice() {
            [point] => &point.comparison.findings,
            _ => &self.findings,
        }
    }

    /// Why there are no figures at some or all points. It is not an error: devices may only stand by, and arrivals are
    /// random.
    fn nothing_arrived(&self, empty: usize) -> String {
        let duration = self.scenario["duration"].as_str().unwrap_or_default();
        let after = if self.points.iter().any(|point| point.warmup_s > 0.0) { " after the warm-up" } else { "" };
        let nothing = match self.points.len() {
            all if all == empty => format!("No request arrived{after} in {duration}, so there is nothing to compare."),
            all => format!("At {empty} of {all} points no request arrived{after}."),
        };
        nothing + " `appealsim validate` shows how many to expect from recorded arrivals."
    }

    /// `quickstart: 4 devices, 5 min simulated, 5 replications, ± is the 95 % interval over them`.
    pub fn heading(&self) -> String {
        let range = |values: Vec<u64>| match (values.iter().min(), values.iter().max()) {
            (Some(least), Some(most)) if least == most => least.to_string(),
            (Some(least), Some(most)) => format!("{least} to {most}"),
            _ => "no".to_owned(),
        };
        let devices = match range(self.points.iter().map(|point| point.devices.into()).collect()).as_str() {
            "1" => "1 device".to_owned(),
            number => format!("{number} devices"),
        };
        let replications = match range(self.points.iter().map(|point| point.replications.into()).collect()).as_str() {
            "1" => "one replication, so no intervals".to_owned(),
            number => {
                let images = if self.intervals_contain_images() { " and the choice of images" } else { "" };
                format!("{number} replications, ± is the 95 % interval over them{images}")
            }
        };
        let duration = self.scenario["duration"].as_str().unwrap_or_default();
        let points = match self.points.len() {
            1 => String::new(),
            number => format!("{number} points, "),
        };
        let part = self.shard.as_ref().map_or(String::new(), |shard| format!(" (part {shard})"));
        let name = &self.name;
        let mut heading = format!("{name}{part}: {points}{devices}, {duration} simulated, {replications}");
        for line in self.remarks() {
            heading += &format!("\n{line}");
        }
        if self.scenario["warmup"] == "detect" {
            let warmups: Vec<String> = self.points.iter().map(|point| format!("{:.3} s", point.warmup_s)).collect();
            heading += &format!("\nwarm-up found: {}", warmups.join(", "));
            let settled = |point: &PointEntry| point.warmup_s < MOST_WARMUP * point.duration_s;
            match self.points.iter().filter(|point| !settled(point)).count() {
                0 => {}
                late if self.points.len() > 1 => {
                    let points = crate::unit::counted(late, "point", "points");
                    heading += &format!("; at {points} it takes half of the run: {NOT_SETTLED}");
                }
                _ => heading += &format!(", half of the run: {NOT_SETTLED}"),
            }
        }
        heading
    }

    /// Whether intervals contain the choice of images beside the simulation.
    pub(crate) fn intervals_contain_images(&self) -> bool {
        !self.simulation_alone && self.points.iter().any(|point| point.image_sampling.is_some())
    }

    /// What readers must know about the points before their figures: networks charged as others, and thresholds
    /// calibrated on other images than the devices see. Each once, however many points it applies to.
    fn remarks(&self) -> Vec<String> {
        let mut remarks: Vec<String> = Vec::new();
        let mut note = |remark: String| {
            if !remarks.contains(&remark) {
                remarks.push(remark);
            }
        };
        let networks = self.provenances.iter().flat_map(|p| [&p.little, &p.big].into_iter().chain(&p.others));
        for network in networks {
            if let Some(as_if) = &network.as_if {
                note(format!("{} decides, but is charged as if {as_if}", network.name));
            }
        }
        for point in &self.points {
            if let Some(on) = &point.calibrated_on {
                let on = match on.as_object() {
                    Some(fields) if fields.is_empty() => "images drawn at random, as they are".to_owned(),
                    _ => on.to_string(),
                };
                note(format!("thresholds calibrated on {on}, not on what the devices see"));
            }
        }
        remarks
    }
}

/// All points below each other: what they set, and the policies there.
fn sweep_table(manifest: &Manifest, points: &[PointEntry]) -> String {
    let rows = points.iter().flat_map(|point| point.comparison.rows.iter().map(move |row| (point, row)));
    let shown: Vec<(&PointEntry, &Row)> = rows.take(ROWS).collect();
    let all: usize = points.iter().map(|point| point.comparison.rows.len()).sum();
    let comparison =
        Comparison { rows: shown.iter().map(|(_, row)| (*row).clone()).collect(), ..Comparison::default() };
    let mut columns: Vec<Vec<String>> = manifest
        .axes
        .iter()
        .enumerate()
        .map(|(index, axis)| {
            // The last step of a path is enough for a heading.
            let name = axis.rsplit('.').next().unwrap_or(axis).to_owned();
            let mut column = vec![name, String::new()];
            let mut before = None;
            for (point, _) in &shown {
                let again = before == Some(point.point);
                before = Some(point.point);
                let value = point.settings.get(index).cloned().unwrap_or_default();
                column.push(if again { String::new() } else { value });
            }
            column
        })
        .collect();
    columns.extend(comparison.columns());
    let mut text = crate::comparison::aligned(&columns, manifest.axes.len() + 1) + "\n";
    for note in comparison.notes() {
        text += &format!("\n{}\n", filled(&note));
    }
    if shown.len() < all {
        text += &format!("... and {} more rows; summary.parquet and the report have all of them\n", all - shown.len());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_device_is_no_devices() {
        let heading = |devices: &[u32]| {
            let point = |devices: &u32| PointEntry { devices: *devices, replications: 1, ..PointEntry::default() };
            Manifest { points: devices.iter().map(point).collect(), ..Manifest::default() }.heading()
        };
        assert!(heading(&[1]).contains(": 1 device, "), "{}", heading(&[1]));
        assert!(heading(&[2]).contains(": 2 devices, ") && heading(&[1, 3]).contains(" 1 to 3 devices, "));
    }

    /// Those of the only point, or those over all points.
    #[test]
    fn findings_that_are_told_are_at_the_top() {
        let finding = |text: &str| vec![text.to_owned()];
        let point = || PointEntry {
            comparison: Comparison { rows: Vec::new(), findings: finding("here"), ..Comparison::default() },
            ..PointEntry::default()
        };
        let one = Manifest { points: vec![point()], ..Manifest::default() };
        assert_eq!(one.findings_told(), finding("here"));
        let two = Manifest { points: vec![point(), point()], findings: finding("all"), ..Manifest::default() };
        assert_eq!(two.findings_told(), finding("all"));
    }

    /// A row for each policy of each point, under the last steps of the paths; what a point sets is written once. Notes
    /// explain the marks, and of 61 rows 60 are shown.
    #[test]
    fn a_sweep_is_a_table_of_its_points() {
        let row = |policy: &str, share: f64, unfinished| Row {
            policy: policy.into(),
            appeal_rate: Some(crate::Interval::point(share)),
            unfinished,
            ..Row::default()
        };
        let told = |settings: &[(&str, &str)], policies: &[(&str, f64, Option<f64>)]| {
            let point = |(number, (uplink, count)): (u32, &(&str, &str))| PointEntry {
                point: number,
                settings: vec![(*uplink).into(), (*count).into()],
                comparison: Comparison {
                    rows: policies.iter().map(|(policy, share, unfinished)| row(policy, *share, *unfinished)).collect(),
                    ..Comparison::default()
                },
                ..PointEntry::default()
            };
            let points = (0..).zip(settings).map(point).collect();
            let axes = vec!["links.wifi.uplink".into(), "devices.camera.count".into()];
            Manifest { axes, points, ..Manifest::default() }.told()
        };
        let text = told(&[("1 Mbps", "4"), ("2 Mbps", "4")], &[("local-only", 0.0, None), ("random", 0.25, Some(0.5))]);
        let (heading, table) = text.split_once("\n\n").unwrap();
        assert!(heading.contains(": 2 points, "), "{heading}");
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(
            lines[..6],
            [
                " uplink  count  policy      appeals",
                "                                  %",
                " 1 Mbps  4      local-only        0",
                "                random         25.0",
                " 2 Mbps  4      local-only        0",
                "                random         25.0",
            ]
        );
        assert!(
            table.contains("\n\naccuracy and AccI are of the requests that ended.") && !table.contains("more rows")
        );
        let many: Vec<(&str, f64, Option<f64>)> = vec![("random", 0.25, None); 61];
        let text = told(&[("1 Mbps", "4")], &many[..1]);
        assert!(!text.contains("uplink"), "a single point sets nothing: {text}");
        let text = told(&[("1 Mbps", "4"), ("2 Mbps", "4")], &many);
        assert_eq!(text.matches("random").count(), 60);
        let last = "... and 62 more rows; summary.parquet and the report have all of them\n";
        assert!(text.ends_with(last), "{text}");
        let text = told(&[("1 Mbps", "4"), ("2 Mbps", "4")], &many[..30]);
        assert!(text.matches("random").count() == 60 && !text.contains("more rows"), "{text}");
    }

    /// Each remark once, whichever points it applies to.
    #[test]
    fn what_is_not_as_it_seems_is_said_first() {
        let network = |name: &str, as_if: Option<&str>| crate::NetworkEntry {
            name: name.into(),
            as_if: as_if.map(str::to_owned),
            ..crate::NetworkEntry::default()
        };
        let provenance = |big: &str| crate::Provenance {
            little: network("small", Some("2 MMAC")),
            big: network(big, None),
            ..crate::Provenance::default()
        };
        let on = |calibrated_on| PointEntry { calibrated_on, ..PointEntry::default() };
        let (clear, noisy) = (serde_json::json!({}), serde_json::json!({"noise": 0.5}));
        let manifest = Manifest {
            provenances: vec![provenance("large"), provenance("larger")],
            points: vec![on(None), on(Some(clear)), on(Some(noisy.clone())), on(Some(noisy))],
            ..Manifest::default()
        };
        let heading = manifest.heading();
        assert_eq!(
            heading.lines().skip(1).collect::<Vec<_>>(),
            [
                "small decides, but is charged as if 2 MMAC",
                "thresholds calibrated on images drawn at random, as they are, not on what the devices see",
                "thresholds calibrated on {\"noise\":0.5}, not on what the devices see",
            ]
        );
    }

    /// Points without requests are counted, and those that have figures are shown all the same.
    #[test]
    fn points_without_requests_are_told() {
        let row = |appeal_rate: Option<f64>| Row {
            policy: "local-only".into(),
            appeal_rate: appeal_rate.map(crate::Interval::point),
            ..Row::default()
        };
        let told = |points: &[(Option<f64>, f64)]| {
            let point = |(appeal_rate, warmup_s): &(Option<f64>, f64)| PointEntry {
                comparison: Comparison {
                    rows: vec![row(*appeal_rate)],
                    findings: vec!["So it is.".into()],
                    ..Comparison::default()
                },
                warmup_s: *warmup_s,
                ..PointEntry::default()
            };
            let points = points.iter().map(point).collect();
            let scenario = serde_json::json!({"duration": "30 s"});
            Manifest { points, scenario, findings: vec!["So they are.".into()], ..Manifest::default() }.told()
        };
        let hint = "`appealsim validate` shows how many to expect from recorded arrivals.";
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let nothing = words(&told(&[(None, 0.0)]));
        assert!(
            nothing.ends_with(&format!("No request arrived in 30 s, so there is nothing to compare. {hint}")),
            "{nothing}"
        );
        let after = words(&told(&[(None, 0.0), (None, 1.0)]));
        assert!(after.contains("No request arrived after the warm-up in 30 s, so") && after.ends_with(hint), "{after}");
        let idle = Row { battery_life_s: Some(crate::Reading::Never), ..row(None) };
        let comparison = Comparison { rows: vec![idle], ..Comparison::default() };
        let scenario = serde_json::json!({"duration": "30 s"});
        let point = PointEntry { comparison, ..PointEntry::default() };
        let idle = Manifest { points: vec![point], scenario, ..Manifest::default() }.told();
        assert!(idle.contains("No request arrived in 30 s") && idle.contains("local-only    never"), "{idle}");
        let one = told(&[(Some(0.5), 0.0)]);
        assert!(!one.contains("arrived") && one.ends_with("\n\nSo it is.\n"), "{one}");
        let some = told(&[(Some(0.5), 0.0), (None, 0.0), (None, 0.0)]);
        assert!(words(&some).contains(&format!("At 2 of 3 points no request arrived. {hint} policy")), "{some}");
        assert!(some.ends_with("\n\nSo they are.\n"), "{some}");
    }

    #[test]
    fn a_warm_up_of_half_the_run_is_a_warning() {
        let heading = |warmups: &[f64]| {
            let point = |warmup: &f64| PointEntry { warmup_s: *warmup, duration_s: 100.0, ..PointEntry::default() };
            let scenario = serde_json::json!({"warmup": "detect"});
            Manifest { points: warmups.iter().map(point).collect(), scenario, ..Manifest::default() }.heading()
        };
        assert!(heading(&[12.5]).ends_with("\nwarm-up found: 12.500 s"), "{}", heading(&[12.5]));
        assert!(
            heading(&[50.0]).ends_with("50.000 s, half of the run: it may not have settled at all; make it longer")
        );
        assert!(heading(&[45.0]).contains(", half of the run") && !heading(&[44.9]).contains("half of the run"));
        assert!(heading(&[50.0, 1.0]).contains("; at 1 point it takes half of the run: "));
    }

    /// A single replication has no interval, several have one over them, and one over the images if that is known.
    #[test]
    fn the_heading_says_what_intervals_contain() {
        let heading = |replications, image_sampling: Option<crate::ImageSampling>, simulation_alone| {
            let point = PointEntry { replications, image_sampling, ..PointEntry::default() };
            Manifest { points: vec![point], simulation_alone, ..Manifest::default() }.heading()
        };
        assert!(heading(1, None, false).ends_with("one replication, so no intervals"));
        assert!(heading(3, None, false).ends_with("3 replications, ± is the 95 % interval over them"));
        let images = || Some(crate::ImageSampling::default());
        assert!(heading(3, images(), false).ends_with("± is the 95 % interval over them and the choice of images"));
        assert!(heading(3, images(), true).ends_with("± is the 95 % interval over them"));
    }
}
