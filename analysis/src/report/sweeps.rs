mod ahead;
mod along;

use super::tip::told;
use crate::chart::{Axis, Chart, Lines, Mark, Picture, Point, Series};
use crate::comparison::{ACCURACY, CO2, ENERGY_PER_REQUEST, LATE, LATENCY_P95, Row, Shown};
use crate::manifest::Manifest;
use crate::unit::fitting;
use along::Along;

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

/// A chart for each axis whose values are numbers, and each measure, and how far methods are ahead. If there are several
/// axes, the others stay at their first value.
pub fn charts(manifest: &Manifest) -> Vec<Chart> {
    let mut charts: Vec<Chart> = ahead::by_breakage(manifest).into_iter().collect();
    for along in (0..manifest.axes.len()).filter_map(|axis| Along::new(manifest, axis)) {
        charts.extend(ahead::along(manifest, &along));
        charts.extend(MEASURES.iter().filter_map(|measure| chart(manifest, &along, measure)));
    }
    charts
}

fn chart(manifest: &Manifest, along: &Along, (kind, title, shown): &Measure) -> Option<Chart> {
    // If a percentile falls among requests without an answer, there is no point.
    let read = |row: &Row| (shown.read)(row)?.seen();
    let rows = |number: usize| along.points().iter().filter_map(move |point| point.comparison.rows.get(number));
    let policies = along.points()[0].comparison.rows.len();
    let largest = (0..policies).flat_map(rows).filter_map(read).map(|figure| figure.mean).fold(0.0, f64::max);
    if largest == 0.0 {
        return None;
    }
    let (size, unit) = fitting(largest, shown.units);
    // Policies are matched by their number: a sweep over a threshold changes their names.
    let palette = manifest.palette();
    let series = (0..policies.min(MOST_LINES)).map(|number| {
        let points = along.points().iter().filter_map(|point| {
            let row = point.comparison.rows.get(number)?;
            let figure = read(row)?;
            let tip = format!("{}\n{}: {}", row.policy, along.setting(point), told(Some(figure), (size, unit)));
            let y_half = figure.half_width.map(|half| half / size);
            Some(Point { x: along.at(point), y: figure.mean / size, y_half, tip })
        });
        let row = &along.points()[0].comparison.rows[number];
        let swept_itself = rows(number).any(|other| other.policy != row.policy);
        let name = if swept_itself { row.variant() } else { &row.policy };
        let points = points.collect();
        Series { name: name.to_owned(), colour: palette.colour(row.variant()), mark: Mark::Line, points }
    });
    Some(Chart {
        kind,
        title: format!("{title} over {}", along.name()),
        caption: format!("Bars are 95 % intervals.{}", along.elsewhere()),
        picture: Picture::Lines(Lines {
            x: along.axis(),
            y: Axis::linear(format!("{}, {unit}", title.to_lowercase())),
            series: series.collect(),
        }),
    })
}
