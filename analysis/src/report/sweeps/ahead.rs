//! How far methods are ahead of the best of their rivals: where a method pays.

use std::collections::BTreeMap;

use super::MOST_LINES;
use super::along::Along;
use crate::chart::{Axis, Chart, Lines, Mark, Picture, Point, Series};
use crate::comparison::EqualAccuracy;
use crate::manifest::{Manifest, PointEntry};

/// What both charts show.
const CAPTION: &str = "What the strongest rival spends more than the method, where both are as accurate as the method is \
                       with its most accurate threshold, or the rival at its most. Below 0 the rival spends less. Bars are \
                       95 % intervals of each comparison by itself; that a rival is the strongest is known only afterwards.";
const BREAKAGE: &str = "breakage, %";
const LABEL: &str = "energy the best rival spends more, %";

/// Along an axis, a line for each method; none if nothing could be compared.
pub fn along(manifest: &Manifest, along: &Along) -> Option<Chart> {
    let palette = manifest.palette();
    let series = methods(along.points().iter().copied()).into_iter().map(|method| {
        let point = |point: &&PointEntry| {
            let tip = |equal: &EqualAccuracy| format!("{}\n{}", along.setting(point), told(equal));
            Some(marked(along.at(point), of(point, method)?, tip))
        };
        let points = along.points().iter().filter_map(point).collect();
        Series { name: method.to_owned(), colour: palette.colour(method), mark: Mark::Line, points }
    });
    let series: Vec<Series> = series.collect();
    (!series.is_empty()).then(|| Chart {
        kind: "sweep-ahead",
        title: format!("Ahead of the best rival over {}", along.name()),
        caption: format!("{CAPTION}{}", along.elsewhere()),
        picture: Picture::Lines(Lines { x: along.axis(), y: Axis::linear(LABEL).including(0.0), series }),
    })
}

/// All points of a sweep whose pairs of networks differ, by breakage: a series for each method and each setting of the axes
/// that leave the pair as it is. None if breakage is the same everywhere.
pub fn by_breakage(manifest: &Manifest) -> Option<Chart> {
    let points = || manifest.points.iter().filter(|point| breakage(point).is_some());
    let apart: Vec<usize> = (0..manifest.axes.len()).filter(|axis| !moves_breakage(manifest, *axis)).collect();
    if points().count() < 2 || apart.len() == manifest.axes.len() {
        return None;
    }
    let kept = |point: &PointEntry| apart.iter().map(|axis| point.settings[*axis].clone()).collect::<Vec<_>>();
    let mut series: Vec<Series> = Vec::new();
    for method in methods(points()) {
        let mut settings: Vec<Vec<String>> = Vec::new();
        for setting in points().map(kept) {
            if !settings.contains(&setting) {
                settings.push(setting);
            }
        }
        for setting in settings {
            let point = |point: &PointEntry| {
                let tip = |equal: &EqualAccuracy| format!("{}\n{}", point.settings.join(", "), told(equal));
                Some(marked(breakage(point)? * 100.0, of(point, method)?, tip))
            };
            let points = points().filter(|point| kept(point) == setting).filter_map(point).collect();
            let name: Vec<&str> = std::iter::once(method).chain(setting.iter().map(String::as_str)).collect();
            // As many colours as there are, from that of the first method on.
            let colour = (2 + series.len()) % MOST_LINES;
            series.push(Series { name: name.join(", "), colour, mark: Mark::Points, points });
        }
    }
    series.truncate(MOST_LINES);
    // Of a pair that breaks nothing there is no logarithm.
    let all_break = points().filter_map(breakage).all(|breakage| breakage > 0.0);
    let x = if all_break { Axis::log(BREAKAGE) } else { Axis::linear(BREAKAGE) };
    (!series.is_empty()).then(|| Chart {
        kind: "breakage",
        title: "Ahead of the best rival, by breakage".into(),
        caption: format!(
            "Breakage is what the big network gets wrong of what the little one gets right; each point of the sweep is one \
             here. {CAPTION}"
        ),
        picture: Picture::Lines(Lines {
            x,
            y: Axis::linear(LABEL).including(0.0),
            series,
        }),
    })
}

/// The methods that are compared anywhere, in the order in which they first are.
fn methods<'a>(points: impl Iterator<Item = &'a PointEntry>) -> Vec<&'a str> {
    let mut methods: Vec<&str> = Vec::new();
    for equal in points.flat_map(|point| &point.comparison.equal) {
        if !methods.contains(&equal.variant.as_str()) {
            methods.push(&equal.variant);
        }
    }
    methods
}

fn of<'a>(point: &'a PointEntry, method: &str) -> Option<&'a EqualAccuracy> {
    point.comparison.hardest(method)
}

fn breakage(point: &PointEntry) -> Option<f64> {
    point.comparison.pairing?.breakage()
}

/// Whether an axis changes which pair there is: whether breakages differ between its settings.
fn moves_breakage(manifest: &Manifest, axis: usize) -> bool {
    let mut by_setting: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for point in &manifest.points {
        by_setting.entry(&point.settings[axis]).or_default().extend(breakage(point));
    }
    let mut all: Vec<Vec<f64>> = by_setting.into_values().collect();
    all.iter_mut().for_each(|breakages| breakages.sort_by(f64::total_cmp));
    let differ = |a: &[f64], b: &[f64]| a.len() != b.len() || a.iter().zip(b).any(|(a, b)| (a - b).abs() > SAME);
    all.windows(2).any(|two| differ(&two[0], &two[1]))
}

/// Breakages that are told apart: another run of the same pair sees other requests.
const SAME: f64 = 0.002;

fn marked(x: f64, equal: &EqualAccuracy, tip: impl Fn(&EqualAccuracy) -> String) -> Point {
    let more = equal.rival_more;
    Point { x, y: more.mean * 100.0, y_half: more.half_width.map(|half| half * 100.0), tip: tip(equal) }
}

fn told(equal: &EqualAccuracy) -> String {
    let at = if equal.limited { ", its most" } else { "" };
    format!(
        "{} at {:.1} % against {}{at}: {} %",
        equal.variant,
        equal.accuracy * 100.0,
        equal.rival,
        equal.rival_more.written(0.01)
    )
}
