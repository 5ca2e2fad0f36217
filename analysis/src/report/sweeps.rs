use super::tip::told;
use crate::chart::{Axis, Chart, Lines, Mark, Picture, Point, Scale, Series};
use crate::comparison::{ACCURACY, CO2, ENERGY_PER_REQUEST, LATE, LATENCY_P95, Row, Shown};
use crate::manifest::{Manifest, PointEntry};
use crate::unit::fitting;

/// What is drawn along each axis of a sweep: the chart's name, its title, and the figure.
type Measure = (&'static str, &'static str, Shown);

const MEASURES: [Measure; 5] = [
    ("sweep-energy", "Energy per request", ENERGY_PER_REQUEST),
    ("sweep-accuracy", "Accuracy", ACCURACY),
    ("sweep-latency", "95th percentile of the latency", LATENCY_P95),
    ("sweep-late", "Late answers", LATE),
    ("sweep-co2", "CO2 per request", CO2),
];

/// Most lines in a chart.
const MOST_LINES: usize = 8;

/// Most points on a line.
const MOST_POINTS: usize = 120;

/// A chart for each axis whose values are numbers, and each measure. If there are several axes, the others stay at
/// their first value.
pub fn charts(manifest: &Manifest) -> Vec<Chart> {
    let mut charts = Vec::new();
    for (index, axis) in manifest.axes.iter().enumerate() {
        let along = along(manifest, index);
        if along.len() < 2 {
            continue;
        }
        for measure in &MEASURES {
            charts.extend(chart(manifest, axis, index, &along, measure));
        }
    }
    charts
}

/// The points that differ from the first in this axis alone, or in axes that change together with it.
fn along(manifest: &Manifest, axis: usize) -> Vec<&PointEntry> {
    let Some(first) = manifest.points.first() else { return Vec::new() };
    let mut along: Vec<&PointEntry> = Vec::new();
    for point in &manifest.points {
        let same_elsewhere =
            point.settings.iter().zip(&first.settings).enumerate().all(|(at, (a, b))| at == axis || a == b);
        let number = point.values.get(axis).copied().flatten().is_some();
        if same_elsewhere && number {
            along.push(point);
        }
    }
    along.sort_by(|a, b| value(a, axis).total_cmp(&value(b, axis)));
    // More points than the eye can distinguish would only make the page large; the first and the last stay.
    let last = along.len().saturating_sub(1);
    if last >= MOST_POINTS {
        along = (0..MOST_POINTS).map(|place| along[place * last / (MOST_POINTS - 1)]).collect();
    }
    along
}

fn value(point: &PointEntry, axis: usize) -> f64 {
    point.values.get(axis).copied().flatten().unwrap_or(0.0)
}

fn chart(
    manifest: &Manifest,
    axis: &str,
    index: usize,
    along: &[&PointEntry],
    (kind, title, shown): &Measure,
) -> Option<Chart> {
    // If a percentile falls among requests without an answer, there is no point.
    let read = |row: &Row| (shown.read)(row)?.seen();
    let figures = along.iter().flat_map(|point| &point.comparison.rows).filter_map(read);
    let largest = figures.map(|figure| figure.mean).fold(0.0, f64::max);
    if largest == 0.0 {
        return None;
    }
    let (size, unit) = fitting(largest, shown.units);
    // Policies are matched by their number: a sweep over a threshold changes their names.
    let palette = manifest.palette();
    let policies = along.first().map_or(0, |point| point.comparison.rows.len()).min(MOST_LINES);
    let series = (0..policies).map(|number| {
        let point = |point: &&PointEntry| {
            let row = point.comparison.rows.get(number)?;
            let figure = read(row)?;
            let tip = format!("{}\n{}: {}", row.policy, point.settings[index], told(Some(figure), (size, unit)));
            let y_half = figure.half_width.map(|half| half / size);
            Some(Point { x: value(point, index), y: figure.mean / size, y_half, tip })
        };
        let row = &along[0].comparison.rows[number];
        let swept_itself =
            along.iter().any(|point| point.comparison.rows.get(number).is_some_and(|r| r.policy != row.policy));
        let name = if swept_itself { row.variant() } else { &row.policy };
        let points = along.iter().filter_map(point).collect();
        Series { name: name.to_owned(), colour: palette.colour(row.variant()), mark: Mark::Line, points }
    });
    let (least, most) = (value(along[0], index), value(along[along.len() - 1], index));
    let others: Vec<String> = manifest
        .axes
        .iter()
        .zip(&along[0].settings)
        .enumerate()
        .filter(|(at, _)| *at != index)
        .map(|(_, (axis, value))| format!("{axis} = {value}"))
        .collect();
    let at = if others.is_empty() { String::new() } else { format!(" Other axes are at {}.", others.join(", ")) };
    let scale = if least > 0.0 && most / least >= 8.0 { Scale::Log } else { Scale::Linear };
    let (factor, base) = written_unit(&along[along.len() - 1].settings[index], most);
    let mut series: Vec<Series> = series.collect();
    series.iter_mut().flat_map(|series| &mut series.points).for_each(|point| point.x /= factor);
    Some(Chart {
        kind,
        title: format!("{title} over {axis}"),
        caption: format!("Bars are 95 % intervals.{at}"),
        picture: Picture::Lines(Lines {
            x: Axis {
                label: if base.is_empty() { axis.to_owned() } else { format!("{axis}, {base}") },
                scale,
                includes: Vec::new(),
            },
            y: Axis::linear(format!("{}, {unit}", title.to_lowercase())),
            series,
        }),
    })
}

/// The unit a value was written in, and its size in base units.
fn written_unit(written: &str, value: f64) -> (f64, &str) {
    let numeric = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | '_');
    let (number, unit) = written.split_at(written.find(|c| !numeric(c)).unwrap_or(written.len()));
    match number.replace('_', "").parse::<f64>() {
        Ok(number) if number != 0.0 => (value / number, unit.trim()),
        _ => (1.0, ""),
    }
}
