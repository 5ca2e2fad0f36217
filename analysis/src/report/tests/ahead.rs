//! How far methods are ahead over a sweep, read back from the pictures.

use super::*;
use crate::chart::read_back::DrawnLines;
use crate::chart::{Chart, Picture, Scale, Style};
use crate::comparison::EqualAccuracy;
use crate::pairing::Pairing;
use crate::report::sweeps::charts;

const METHOD: usize = 2;

/// A point where a method, with two thresholds, is compared with two rivals; with the higher one, `best` spends more by
/// this share, and another still more. Of a hundred images that the little network gets right, the big one
/// gets `broken` wrong.
fn point(settings: &[&str], value: Option<f64>, broken: f64, best: f64) -> PointEntry {
    let equal = |policy: &str, rival: &str, rival_energy_j: f64| EqualAccuracy {
        policy: policy.into(),
        variant: "appealnet".into(),
        rival: rival.into(),
        accuracy: 0.94,
        limited: rival == "entropy",
        appeals: 0.08,
        rival_appeals: 0.1,
        energy_j: 1.0,
        rival_energy_j,
        rival_more: Interval { half_width: Some(0.1), ..Interval::point(rival_energy_j - 1.0) },
    };
    let comparison = Comparison {
        rows: vec![row("appealnet 0.5", 0.92, None, 0.5, 0.9), row("appealnet 0.9", 0.94, None, 1.0, 0.8)],
        equal: vec![
            equal("appealnet 0.5", "margin", 0.01),
            // Cheaper, but it does not get as far.
            equal("appealnet 0.9", "entropy", 0.02),
            equal("appealnet 0.9", "max-softmax", 1.3 + best),
            equal("appealnet 0.9", "margin", 1.0 + best),
        ],
        pairing: Some(Pairing { both: 100.0 - broken, only_little: broken, only_big: 5.0, neither: 5.0 }),
        ..Comparison::default()
    };
    PointEntry {
        settings: settings.iter().map(|setting| (*setting).to_owned()).collect(),
        values: settings.iter().map(|_| value).collect(),
        comparison,
        ..PointEntry::default()
    }
}

fn swept(axes: &[&str], points: Vec<PointEntry>) -> Manifest {
    Manifest { axes: axes.iter().map(|axis| (*axis).to_owned()).collect(), points, ..Manifest::default() }
}

fn find(manifest: &Manifest, kind: &str) -> Option<Chart> {
    charts(manifest).into_iter().find(|chart| chart.kind == kind)
}

#[test]
fn along_an_axis_the_strongest_rival_at_the_highest_threshold_counts() {
    let points = vec![point(&["10 %"], Some(0.1), 2.0, 0.25), point(&["30 %"], Some(0.3), 2.0, -0.5)];
    let manifest = swept(&["devices.camera.degrade.share"], points);
    let chart = find(&manifest, "sweep-ahead").unwrap();
    assert_eq!(chart.title, "Ahead of the best rival over devices.camera.degrade.share");
    let drawn = DrawnLines::read(&chart.svg(&Style::PAGE), Scale::Linear, Scale::Linear);
    drawn.check_lines(&[(METHOD, &[(10.0, 25.0), (30.0, -50.0)])]);
    drawn.check_whiskers(&[(METHOD, 10.0, 15.0, 35.0), (METHOD, 30.0, -60.0, -40.0)]);
    let tip = |setting: &str, more: &str| format!("{setting}\nappealnet at 94.0 % against margin: {more} ±10 %");
    drawn.check_tips(&[(10.0, 25.0, &tip("10 %", "25")), (30.0, -50.0, &tip("30 %", "-50"))]);
    // The pair is the same everywhere.
    assert_eq!(find(&manifest, "breakage"), None);
}

/// Two pairs of networks, which change with the conditions, on two links: the links are series, the pairs places.
#[test]
fn by_breakage_what_leaves_the_pair_alone_tells_series_apart() {
    let pairs = [("old", "clear", 20.0, 0.5), ("new", "dark", 2.0, 0.1), ("new", "clear", 1.0, 0.0)];
    let points = pairs.iter().flat_map(|(big, light, broken, best)| {
        let at = |link: &str, factor: f64| point(&[big, light, link], None, *broken, factor * best);
        [at("wifi", 1.0), at("lte", 2.0)]
    });
    let manifest = swept(&["networks.big", "devices.camera.degrade", "devices.camera.link"], points.collect());
    let chart = find(&manifest, "breakage").unwrap();
    let Picture::Lines(lines) = &chart.picture else { panic!("no lines") };
    let names: Vec<&str> = lines.series.iter().map(|series| series.name.as_str()).collect();
    assert_eq!(names, ["appealnet, wifi", "appealnet, lte"]);
    let places = |number: usize| {
        let rounded = |value: f64| (value * 1e6).round() / 1e6;
        lines.series[number].points.iter().map(|point| (rounded(point.x), rounded(point.y))).collect::<Vec<_>>()
    };
    assert_eq!(places(0), [(20.0, 50.0), (2.0, 10.0), (1.0, 0.0)]);
    assert_eq!(places(1), [(20.0, 100.0), (2.0, 20.0), (1.0, 0.0)]);
    assert!(lines.series[1].points[0].tip.starts_with("old, clear, lte\nappealnet at 94.0 % against margin"));
    assert_eq!(find(&manifest, "sweep-ahead"), None, "no axis is of numbers");
}

/// Without comparisons there is nothing to draw.
#[test]
fn a_sweep_without_rivals_has_neither() {
    let bare =
        |value| PointEntry { settings: vec![format!("{value}")], values: vec![Some(value)], ..PointEntry::default() };
    assert!(charts(&swept(&["seed"], vec![bare(1.0), bare(2.0)])).is_empty());
}
