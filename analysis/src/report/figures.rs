use inference::Score;

use super::results::{PolicyView, Results};
use super::tip::told;
use super::{cuts, sweeps};
use crate::chart::{Axis, Bar, Bars, Chart, Lines, Mark, Picture, Point, Series};
use crate::comparison::{Comparison, FamilyCurve, Row};
use crate::digest::{PERCENTILES, SCORE_BINS, ScoreHistogram, TimelineStep};
use crate::role::{Palette, Role};
use crate::unit::{ENERGY, TIME, fitting, three_digits};

/// All charts for which a result has something to show.
pub fn charts(results: &Results) -> Vec<Chart> {
    let (shown, palette) = (results.shown(), &results.manifest.palette());
    let mut charts = vec![pareto(results, palette), kept(results, palette)];
    charts.extend(latency(&shown, palette));
    charts.extend(latency_parts(&shown));
    charts.extend(energy_parts(&shown));
    charts.extend(scores(&results.policies));
    charts.extend(over_time(&shown, palette));
    charts.extend(cuts::charts(&results.policies, results.entry().duration_s));
    charts.extend(sweeps::charts(&results.manifest));
    charts
}

/// Rows that differ in their targets alone, in the order in which they first appear, with the name that they share.
fn by_variant<'a>(rows: impl Iterator<Item = &'a Row>) -> Vec<(&'a str, Vec<&'a Row>)> {
    let mut variants: Vec<(&str, Vec<&Row>)> = Vec::new();
    for row in rows {
        match variants.iter_mut().find(|(variant, _)| *variant == row.variant()) {
            Some((_, rows)) => rows.push(row),
            None => variants.push((row.variant(), vec![row])),
        }
    }
    variants
}

/// One line over some figure for all policies that differ in their targets alone, one point per policy; where it is known
/// what any other target would come to, `of_curve` says where that lies, and the line is that: as far as runs go, if it is
/// about what they spend.
fn by_target(
    comparison: &Comparison,
    palette: &Palette,
    x: impl Fn(&Row) -> Option<f64>,
    of_curve: impl Fn(&(f64, f64, f64)) -> f64,
    spends: bool,
    tip: impl Fn(&Row) -> String,
) -> Vec<Series> {
    let curve = |curve: &FamilyCurve| {
        let point = |at: &(f64, f64, f64)| Point { x: of_curve(at), y: at.1 * 100.0, ..Point::default() };
        let (least, most) = if spends { curve.observed } else { (0.0, 1.0) };
        let shown = curve.points.iter().filter(|(appeals, ..)| (least..=most).contains(appeals));
        // The points on it are named.
        let (name, colour) = (String::new(), palette.colour(&curve.variant));
        Series { name, colour, mark: Mark::PlainLine, points: shown.map(point).collect() }
    };
    let has_curve = |variant: &str| comparison.curves.iter().any(|curve| curve.variant == variant);
    let series = |(variant, mut rows): (&str, Vec<&Row>)| {
        rows.sort_by(|a, b| x(a).unwrap_or(0.0).total_cmp(&x(b).unwrap_or(0.0)));
        let point = |row: &&Row| {
            let accuracy = row.accuracy?;
            let y_half = accuracy.half_width.map(|half| half * 100.0);
            Some(Point { x: x(row)?, y: accuracy.mean * 100.0, y_half, tip: tip(row) })
        };
        let points: Vec<Point> = rows.iter().filter_map(point).collect();
        let mark = if points.len() > 1 && !has_curve(variant) { Mark::Line } else { Mark::Points };
        Series { name: variant.to_owned(), colour: palette.colour(variant), mark, points }
    };
    let points = by_variant(comparison.rows.iter()).into_iter().map(series);
    comparison.curves.iter().map(curve).filter(|series| !series.points.is_empty()).chain(points).collect()
}

fn tip_of(row: &Row, energy_unit: (f64, &str)) -> String {
    format!(
        "{}\naccuracy {}\nenergy {}\nappeals {}",
        row.policy,
        told(row.accuracy, (0.01, "%")),
        told(row.energy_j, energy_unit),
        told(row.appeal_rate, (0.01, "%"))
    )
}

/// The unit in which the energies of these rows are shown.
fn energy_unit<'a>(rows: impl Iterator<Item = &'a Row>) -> (f64, &'static str) {
    fitting(rows.filter_map(|row| row.energy_j).map(|energy| energy.mean).fold(0.0, f64::max), ENERGY)
}

fn pareto(results: &Results, palette: &Palette) -> Chart {
    let rows = &results.entry().comparison.rows;
    let unit = energy_unit(rows.iter());
    let energy = |row: &Row| row.energy_j.map(|energy| energy.mean / unit.0);
    let mut front: Vec<(f64, f64)> = rows
        .iter()
        .filter(|row| row.pareto)
        .filter_map(|row| Some((energy(row)?, row.accuracy?.mean * 100.0)))
        .collect();
    front.sort_by(|a, b| a.0.total_cmp(&b.0).then(b.1.total_cmp(&a.1)));
    // What is on the front only because chance cannot tell is no corner of the line.
    let mut most = f64::NEG_INFINITY;
    front.retain(|(_, accuracy)| {
        let corner = *accuracy > most;
        most = most.max(*accuracy);
        corner
    });
    let front = front.into_iter().map(|(x, y)| Point { x, y, ..Point::default() }).collect();
    let mut series = vec![Series { name: "Pareto front".into(), colour: 0, mark: Mark::Dashed, points: front }];
    let of_curve = |(_, _, joules): &(f64, f64, f64)| joules / unit.0;
    series.extend(by_target(&results.entry().comparison, palette, energy, of_curve, true, |row| tip_of(row, unit)));
    Chart {
        kind: "pareto",
        title: "Accuracy against energy".into(),
        caption: format!(
            "Up and to the left is better. {}Bars are 95 % intervals of the accuracy.{}",
            yardsticks(rows),
            match results.entry().comparison.curves[..] {
                [] => "",
                _ => {
                    " A line is what any other threshold would come to on the same images, spending what lies between the \
                     runs."
                }
            }
        ),
        picture: Picture::Lines(Lines {
            x: Axis::log(format!("energy per request, {}", unit.1)),
            y: Axis::linear("accuracy, %"),
            series,
        }),
    }
}

/// What the bounds and chance among these policies tell of the others, if there are any.
fn yardsticks(rows: &[Row]) -> String {
    let of = |role: Role| rows.iter().find(|row| row.role == role).map(Row::variant);
    let bound = of(Role::Bound).map(|bound| format!("No policy can be more accurate than {bound}. "));
    let chance = of(Role::Chance).map(|chance| format!("A score is worth something if it beats {chance}. "));
    [bound, chance].into_iter().flatten().collect()
}

fn kept(results: &Results, palette: &Palette) -> Chart {
    let rows = &results.entry().comparison.rows;
    let unit = energy_unit(rows.iter());
    let kept = |row: &Row| row.kept.map(|kept| kept.mean * 100.0);
    let of_curve = |(appeals, ..): &(f64, f64, f64)| 100.0 * (1.0 - appeals);
    let tip = |row: &Row| format!("{}\nkept at the edge {}", tip_of(row, unit), told(row.kept, (0.01, "%")));
    Chart {
        kind: "kept",
        title: "Accuracy against the share kept at the edge".into(),
        caption:
            "How well each score chooses: at the same share kept, higher means better choices. Requests that were \
                  rejected, lost with a battery or not yet answered are not kept."
                .into(),
        picture: Picture::Lines(Lines {
            x: Axis::linear("kept at the edge, %").including(0.0).including(100.0),
            y: Axis::linear("accuracy, %"),
            series: by_target(&results.entry().comparison, palette, kept, of_curve, false, tip),
        }),
    }
}

fn time_unit(largest: f64) -> (f64, &'static str) {
    fitting(largest, &TIME[3..])
}

fn latency(shown: &[&PolicyView], palette: &Palette) -> Option<Chart> {
    let all = shown.iter().flat_map(|view| view.percentiles.iter().flatten());
    let unit = time_unit(all.copied().fold(0.0, f64::max));
    let series: Vec<Series> = shown
        .iter()
        .map(|view| {
            let pairs = PERCENTILES.iter().zip(&view.percentiles);
            let points = pairs.filter_map(|(percent, latency)| {
                let x = (*latency)? / unit.0;
                let tip = format!("{}\n{percent} % within {} {}", view.row.policy, three_digits(x), unit.1);
                Some(Point { x, y: *percent, y_half: None, tip })
            });
            let points = points.collect();
            Series {
                name: view.row.policy.clone(),
                colour: palette.colour(view.row.variant()),
                mark: Mark::PlainLine,
                points,
            }
        })
        .collect();
    series.iter().any(|series| series.points.len() > 1).then(|| Chart {
        kind: "latency",
        title: "Latency".into(),
        caption: "The share of all requests answered within a given time: a line ends below 100 % if the rest had no \
             answer. Percentiles with fewer than ten requests beyond them are left out. Lines join percentiles that \
             are mostly 5 % apart, and say nothing of what lies between."
            .into(),
        picture: Picture::Lines(Lines {
            x: Axis::log(format!("within, {}", unit.1)),
            y: Axis::linear("requests, %").including(0.0).including(100.0),
            series,
        }),
    })
}

/// Stacked bars of named parts, one row per policy.
fn stacked(
    shown: &[&PolicyView],
    unit: f64,
    label: String,
    parts: impl Fn(&PolicyView) -> Vec<(&'static str, f64)>,
) -> Bars {
    let names =
        shown.first().map_or(Vec::new(), |view| parts(view).iter().map(|(name, _)| (*name).to_owned()).collect());
    let bar = |view: &&PolicyView| Bar {
        name: view.row.policy.clone(),
        parts: parts(view).iter().map(|(_, part)| part / unit).collect(),
    };
    Bars { label, parts: names, bars: shown.iter().map(bar).collect() }
}

fn latency_parts(shown: &[&PolicyView]) -> Option<Chart> {
    let unit = time_unit(shown.iter().map(|view| view.latency.total()).fold(0.0, f64::max));
    (!shown.is_empty()).then(|| Chart {
        kind: "latency-parts",
        title: "Where the time goes".into(),
        caption: "Mean latency of answered requests by what it was spent on.".into(),
        picture: Picture::Bars(stacked(shown, unit.0, unit.1.to_owned(), |view| view.latency.named().to_vec())),
    })
}

fn energy_parts(shown: &[&PolicyView]) -> Option<Chart> {
    let unit = fitting(shown.iter().map(|view| view.energy.total()).fold(0.0, f64::max), ENERGY);
    (!shown.is_empty()).then(|| Chart {
        kind: "energy",
        title: "Where the energy goes".into(),
        caption: "Mean energy per request by what it was spent on. Idling belongs to no request and is left out."
            .into(),
        picture: Picture::Bars(stacked(shown, unit.0, unit.1.to_owned(), |view| view.energy.named()[..6].to_vec())),
    })
}

/// Distributions of the scores that reports show over right and wrong edge answers, each for the policy with the most of
/// them.
fn scores(policies: &[PolicyView]) -> Vec<Chart> {
    let count = |h: &ScoreHistogram| h.right.iter().chain(&h.wrong).sum::<u64>();
    let find = |score: Score| {
        let all = policies.iter().flat_map(|view| &view.scores).filter(|h| h.score == score.column());
        // The first of those with equally many.
        all.enumerate().max_by_key(|(place, h)| (count(h), std::cmp::Reverse(*place))).map(|(_, h)| h)
    };
    let chart = |score: Score| {
        let shown = score.shown()?;
        let histogram = find(score)?;
        let side = |name: &str, counts: &[u64], colour| {
            let total = counts.iter().sum::<u64>().max(1) as f64;
            let mut points: Vec<Point> = counts
                .iter()
                .enumerate()
                .map(|(bin, count)| {
                    let (from, to) = (bin as f64 / SCORE_BINS as f64, (bin + 1) as f64 / SCORE_BINS as f64);
                    let y = *count as f64 / total * 100.0;
                    let tip = format!("{name}: {count} of {total}\nscored {from} to {to}");
                    Point { x: from, y, y_half: None, tip }
                })
                .collect();
            points.extend(points.last().cloned().map(|last| Point { x: 1.0, tip: String::new(), ..last }));
            Series { name: name.to_owned(), colour, mark: Mark::Steps, points }
        };
        Some(Chart {
            kind: shown.chart,
            title: format!("{} of right and wrong edge answers", shown.title),
            caption: "The further apart right and wrong answers are, the better a threshold can separate them.".into(),
            picture: Picture::Lines(Lines {
                x: Axis::linear("score").including(0.0).including(1.0),
                y: Axis::linear("share of the answers, %").including(0.0),
                series: vec![
                    side("right edge answers", &histogram.right, 2),
                    side("wrong edge answers", &histogram.wrong, 3),
                ],
            }),
        })
    };
    Score::all().filter_map(chart).collect()
}

fn over_time(shown: &[&PolicyView], palette: &Palette) -> Vec<Chart> {
    let end = shown.iter().filter_map(|view| view.timeline.last()).map(|m| m.until_s).fold(0.0, f64::max);
    let unit = fitting(end, TIME);
    let lines = |read: &dyn Fn(&TimelineStep) -> Option<f64>, words: &str| -> Vec<Series> {
        shown
            .iter()
            .map(|view| {
                let point = |m: &TimelineStep| {
                    let (x, y) = (m.until_s / unit.0, read(m)?);
                    let tip =
                        format!("{}\n{} {}: {} {words}", view.row.policy, three_digits(x), unit.1, three_digits(y));
                    Some(Point { x, y, y_half: None, tip })
                };
                let points = view.timeline.iter().filter_map(point).collect();
                let (name, colour) = (view.row.policy.clone(), palette.colour(view.row.variant()));
                Series { name, colour, mark: Mark::PlainLine, points }
            })
            .collect()
    };
    let chart = |kind, title: &str, caption: &str, y: Axis, series: Vec<Series>| {
        let some = series.iter().flat_map(|series| &series.points).any(|point| point.y > 0.0);
        let x = Axis::linear(format!("time, {}", unit.1)).including(0.0);
        let picture = Picture::Lines(Lines { x, y, series });
        some.then(|| Chart { kind, title: title.into(), caption: caption.into(), picture })
    };
    let charts = [
        chart(
            "batteries",
            "Batteries",
            "Mean charge of the batteries. Where a line ends above 0, battery life is extrapolated from there.",
            Axis::linear("charge left, %").including(0.0).including(100.0),
            lines(&|m| m.battery.map(|share| share * 100.0), "%"),
        ),
        chart(
            "cloud-busy",
            "Cloud load",
            "Share of the time that servers were busy, stretch by stretch.",
            Axis::linear("busy, %").including(0.0),
            lines(&|m| Some(m.cloud_busy * 100.0), "% busy"),
        ),
        chart(
            "cloud-queue",
            "Cloud queue",
            "Requests waiting for a server or for their batch. If a line climbs until the end, the cloud cannot keep up.",
            Axis::linear("waiting requests").including(0.0),
            lines(&|m| Some(m.cloud_waiting), "waiting"),
        ),
    ];
    charts.into_iter().flatten().collect()
}
