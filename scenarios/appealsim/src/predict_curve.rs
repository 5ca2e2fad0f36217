use std::collections::BTreeSet;
use std::path::PathBuf;

use analysis::chart::{Axis, Chart, Lines, Mark, Picture, Point, Series, Style};
use analysis::{ForeignColumn, ForeignTable};
use clap::{Args, ValueEnum};
use learning_curves::{Aim, Curve, Engine, Forecaster, Misfit, Penguin, Prediction, Rule, Verdict};

use crate::failure::Failure;

#[derive(Args)]
pub struct PredictCurveArgs {
    /// The curve: a table with a row for each measurement, CSV with a line of names or Parquet, such as a training writes.
    file: PathBuf,
    /// The column of the accuracies [default: val_accuracy, val_acc, held_out_accuracy, accuracy, or the only one besides
    /// the epochs].
    #[arg(long, value_name = "NAME")]
    column: Option<String>,
    /// The column of the epochs, which must be evenly spaced; without one, points are numbered from 1 [default: epoch, if
    /// there is one].
    #[arg(long, value_name = "NAME")]
    epochs: Option<String>,
    /// Which stage of a training, if the table has a column `stage` [default: the first].
    #[arg(long, value_name = "NAME")]
    stage: Option<String>,
    /// The unit of the accuracies [default: percent, or share in held_out_accuracy].
    #[arg(long, value_enum)]
    unit: Option<Unit>,
    /// How many points the curve will have in the end; by default, it is complete.
    #[arg(long, value_name = "POINTS")]
    last: Option<usize>,
    /// Draw it, with what was predicted at each point, into this file, svg or png.
    #[arg(long, value_name = "FILE")]
    chart: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Unit {
    /// From 0 to 100.
    Percent,
    /// From 0 to 1.
    Share,
}

/// The column of a training's table, which holds shares.
const HELD_OUT: &str = "held_out_accuracy";

/// Columns that accuracies are looked for in, those of images that were not trained on first.
const ACCURACIES: [&str; 4] = ["val_accuracy", "val_acc", HELD_OUT, "accuracy"];

/// Most points of a curve: what engines keep grows with their number.
const MOST_POINTS: usize = 10_000;

/// The column that epochs are looked for in.
const EPOCHS: &str = "epoch";

/// The column that stages are looked for in.
const STAGE: &str = "stage";

/// A curve and where its points are.
struct Measured {
    /// The column that it is from.
    column: String,
    curve: Curve,
    /// The epoch of each point; none if they are only numbered.
    every: Option<f64>,
    /// How many points there will be.
    last: usize,
}

/// What an engine made of a curve.
struct Told {
    name: &'static str,
    /// After each point.
    points: Vec<(Verdict, Option<Prediction>)>,
    /// The first point after which it stops.
    stop: Option<usize>,
}

pub fn predict_curve(args: &PredictCurveArgs) -> Result<String, Failure> {
    let failed = |e: String| Failure::Failed(format!("{}: {e}", args.file.display()));
    let measured = read(args).map_err(failed)?;
    let engines = engines(&measured).map_err(failed)?;
    if let Some(out) = &args.chart {
        crate::plot::draw(&chart(&measured, &engines), out, &Style::WIDE)?;
    }
    let mut text = table(&measured, &engines);
    for engine in &engines {
        text += &format!("\n{}", ending(&measured, engine));
    }
    Ok(text + "\n")
}

fn read(args: &PredictCurveArgs) -> Result<Measured, String> {
    let table = ForeignTable::open(&args.file).map_err(|e| e.to_string())?;
    let rows = rows(&table, args.stage.as_deref())?;
    let numbers = |name: &str| {
        let column: ForeignColumn = table.read(name).map_err(|e| e.to_string())?;
        let column = rows.as_ref().map_or_else(|| column.clone(), |rows| column.only(rows));
        column.numbers().map_err(|what| format!("column '{name}' {what}"))
    };
    let names = || table.names().iter().map(String::as_str);
    let epochs = args.epochs.as_deref().or_else(|| names().find(|name| *name == EPOCHS));
    let column = args
        .column
        .as_deref()
        .or_else(|| ACCURACIES.into_iter().find(|known| names().any(|name| name == *known)))
        .or_else(|| {
            let mut others = names().filter(|name| Some(*name) != epochs);
            others.next().filter(|_| others.next().is_none())
        });
    let among = names().collect::<Vec<_>>().join(", ");
    let column = column.ok_or_else(|| format!("give the accuracies' --column: there are {among}"))?;
    let unit = args.unit.unwrap_or(if column == HELD_OUT { Unit::Share } else { Unit::Percent });
    let scale = if unit == Unit::Share { 100.0 } else { 1.0 };
    let values: Vec<f64> = numbers(column)?.into_iter().map(|value| value * scale).collect();
    if let Some(row) = values.iter().position(|value| !(0.0..=100.0).contains(value)) {
        return Err(format!(
            "column '{column}' comes to {} % in row {}: accuracies are from 0 to 100 %",
            values[row],
            row + 1
        ));
    }
    if unit == Unit::Percent && values.iter().all(|value| *value <= 1.0) {
        return Err(format!("column '{column}' has nothing above 1: if these are shares of 1, give --unit share"));
    }
    let every = epochs.map(numbers).transpose()?.map(|epochs| spacing(&epochs)).transpose()?;
    let curve = Curve::new(values).map_err(|e| e.to_string())?;
    let last = args.last.unwrap_or(curve.points());
    if last < curve.points() {
        return Err(format!("it has {} points, more than the {last} that it is to have in the end", curve.points()));
    }
    if last > MOST_POINTS {
        return Err(format!("a curve of {last} points is too long: at most {MOST_POINTS} are predicted"));
    }
    Ok(Measured { column: column.to_owned(), curve, every, last })
}

/// Epochs between points, which must be the same throughout. Where they are counted from does not matter.
fn spacing(epochs: &[f64]) -> Result<f64, String> {
    let [first, second, ..] = epochs else {
        return Err(format!("a curve has at least 2 points, not {}", epochs.len()));
    };
    let every = second - first;
    if !(every.is_finite() && every > 0.0) {
        return Err(format!("epochs must rise, but {second} comes after {first}"));
    }
    let expected = |row: usize| first + row as f64 * every;
    // Epochs are often added up or written with few digits.
    let is_there = |row: usize| (epochs[row] - expected(row)).abs() < 0.01 * every;
    match (0..epochs.len()).find(|row| !is_there(*row)) {
        None => Ok(every),
        Some(row) => Err(format!(
            "row {} should be at epoch {}, but is at {}: epochs must be {every} apart, without holes",
            row + 1,
            expected(row),
            epochs[row]
        )),
    }
}

/// The rows of a stage; none if the table has no stages.
fn rows(table: &ForeignTable, wanted: Option<&str>) -> Result<Option<Vec<usize>>, String> {
    if !table.names().iter().any(|name| name == STAGE) {
        return wanted.map_or(Ok(None), |wanted| Err(format!("it has no column '{STAGE}' to find '{wanted}' in")));
    }
    let column = table.read(STAGE).map_err(|e| e.to_string())?;
    let stages = column.texts().map_err(|what| format!("column '{STAGE}' {what}"))?;
    let Some(stage) = wanted.or(stages.first().map(String::as_str)) else { return Ok(None) };
    let rows: Vec<usize> = (0..stages.len()).filter(|row| stages[*row] == stage).collect();
    if rows.is_empty() {
        let all: BTreeSet<&str> = stages.iter().map(String::as_str).collect();
        let all: Vec<&str> = all.into_iter().collect();
        return Err(format!("it has no stage '{stage}', only {}", all.join(", ")));
    }
    Ok(Some(rows))
}

fn engines(measured: &Measured) -> Result<[Told; 2], String> {
    let wrong = |e: learning_curves::CurveError| e.to_string();
    let mut published = Penguin::new(measured.last, Rule::default()).map_err(wrong)?;
    let mut forecaster = Forecaster::new(measured.last, Aim::default()).map_err(wrong)?;
    let of = |name, engine: &mut dyn Engine| -> Result<Told, String> {
        let points = measured.curve.values().iter().map(|value| {
            let verdict = engine.observe(*value).map_err(wrong)?;
            Ok((verdict, engine.prediction()))
        });
        let points: Vec<_> = points.collect::<Result<_, String>>()?;
        let stop = points.iter().position(|(verdict, _)| *verdict == Verdict::Converged);
        Ok(Told { name, points, stop })
    };
    Ok([of("PENGUIN", &mut published)?, of("forecast", &mut forecaster)?])
}

impl Measured {
    /// Where a point is, in words.
    fn place(&self, point: usize) -> String {
        match self.every {
            None => format!("point {} of {}", point + 1, self.last),
            Some(every) => {
                let epoch = |points: usize| (points as f64 * every * 1e6).round() / 1e6;
                format!("epoch {} of {}", epoch(point + 1), epoch(self.last))
            }
        }
    }

    /// Where a point is, on the axis.
    fn at(&self, point: usize) -> f64 {
        (point + 1) as f64 * self.every.unwrap_or(1.0)
    }

    /// The value at the end, if it has been measured.
    fn end(&self) -> Option<f64> {
        (self.curve.points() == self.last).then(|| self.curve.last())
    }
}

fn predicted(prediction: Option<Prediction>) -> String {
    prediction.map_or("-".to_owned(), |Prediction { value, interval, .. }| match interval {
        None => format!("{value:.2}"),
        Some(interval) => format!("{value:.2} ({:.1} to {:.1})", interval.lower, interval.upper),
    })
}

fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Continue | Verdict::Beaten => "",
        Verdict::Converged => "stop",
        Verdict::DoesNotFit(Misfit::NoFit) => "no fit",
        Verdict::DoesNotFit(Misfit::AtBound) => "leads nowhere",
        Verdict::DoesNotFit(Misfit::Surprise) => "does not fit: a surprise",
        Verdict::DoesNotFit(Misfit::Wanders) => "does not fit: it wanders",
    }
}

fn table(measured: &Measured, engines: &[Told]) -> String {
    let heads = [String::new(), format!("{}, %", measured.column)].into_iter();
    let heads = heads.chain(engines.iter().flat_map(|engine| [format!("{} predicts, %", engine.name), String::new()]));
    let mut rows: Vec<Vec<String>> = vec![heads.collect()];
    for (point, value) in measured.curve.values().iter().enumerate() {
        let told = engines.iter().flat_map(|engine| {
            let (said, prediction) = &engine.points[point];
            [predicted(*prediction), verdict(*said).to_owned()]
        });
        rows.push([measured.place(point), format!("{value:.2}")].into_iter().chain(told).collect());
    }
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..rows[0].len()).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}

/// Where an engine stops, and how far off it is.
fn ending(measured: &Measured, engine: &Told) -> String {
    let Some(stop) = engine.stop else {
        let latest = engine.points.last().and_then(|(_, prediction)| *prediction);
        let latest = latest.map_or(String::new(), |_| format!("; it predicts {} %", predicted(latest)));
        return format!("{}: does not stop by {}{latest}", engine.name, measured.place(measured.curve.points() - 1));
    };
    let prediction = engine.points[stop].1;
    let end = match (measured.end(), prediction) {
        (Some(end), Some(prediction)) => {
            format!(", measured {end:.2} %: {:+.2} points off", prediction.value - end)
        }
        _ => String::new(),
    };
    format!("{}: stops at {}; predicted {} %{end}", engine.name, measured.place(stop), predicted(prediction))
}

fn chart(measured: &Measured, engines: &[Told]) -> Chart {
    let values = measured.curve.values().iter().enumerate();
    let point = |(at, value): (usize, &f64)| Point {
        x: measured.at(at),
        y: *value,
        y_half: None,
        tip: format!("{}\nmeasured {value:.2} %", measured.place(at)),
    };
    let curve =
        Series { name: "measured".to_owned(), colour: 0, mark: Mark::Line, points: values.map(point).collect() };
    let of = |(number, engine): (usize, &Told)| {
        let points = engine.points.iter().enumerate().filter_map(|(at, (_, prediction))| {
            let prediction = (*prediction)?;
            // A search that goes astray would squeeze everything else together.
            (0.0..=100.0).contains(&prediction.value).then(|| Point {
                x: measured.at(at),
                y: prediction.value,
                y_half: prediction.interval.map(|interval| interval.half_width()),
                tip: format!("{}\n{} predicts {} %", measured.place(at), engine.name, predicted(Some(prediction))),
            })
        });
        let name = match engine.stop {
            None => format!("{} predicts for the end", engine.name),
            Some(stop) => format!("{}, stops at {}", engine.name, measured.place(stop)),
        };
        Series { name, colour: number + 2, mark: Mark::Points, points: points.collect() }
    };
    Chart {
        kind: "curve",
        title: "A learning curve, and what was predicted of its end".to_owned(),
        caption: String::new(),
        picture: Picture::Lines(Lines {
            x: Axis::linear(if measured.every.is_some() { "epoch" } else { "point" }),
            y: Axis::linear("accuracy, %"),
            series: [curve].into_iter().chain(engines.iter().enumerate().map(of)).collect(),
        }),
    }
}
