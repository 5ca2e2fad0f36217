use std::path::{Path, PathBuf};

use analysis::chart::{Chart, Style};
use analysis::report::{Results, charts};
use clap::{Args, ValueEnum};

use crate::failure::Failure;
use scenarios::problem::nearest;

#[derive(Args)]
pub struct PlotArgs {
    /// The folder of a result.
    folder: PathBuf,
    /// Which chart to draw; without it, all are listed.
    #[arg(long)]
    kind: Option<String>,
    /// The file to write; its extension, svg or png, sets the format [default: KIND.svg].
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// The width to draw it for.
    #[arg(long, value_enum, default_value_t = Size::Column)]
    size: Size,
    /// The point of a sweep to show, for charts that show one.
    #[arg(long, value_name = "N", default_value_t = 0)]
    point: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Size {
    /// One column of a paper, 88 mm.
    Column,
    /// Its full width, 180 mm.
    Wide,
}

/// PNG pixels per CSS pixel: 300 dots per inch.
const FINE: f32 = 300.0 / 96.0;

pub fn plot(args: &PlotArgs) -> Result<String, Failure> {
    let results = Results::read(&args.folder, args.point).map_err(|e| Failure::Failed(e.to_string()))?;
    let charts = charts(&results);
    let Some(kind) = &args.kind else { return Ok(listed(&charts)) };
    let chart = chosen(&charts, kind)?;
    let style = match args.size {
        Size::Column => Style::COLUMN,
        Size::Wide => Style::WIDE,
    };
    let out = args.out.clone().unwrap_or_else(|| format!("{kind}.svg").into());
    draw(chart, &out, &style)?;
    Ok(format!("{}: {}\n", out.display(), chart.title))
}

/// Writes a chart to a file, whose extension sets the format.
pub fn draw(chart: &Chart, out: &Path, style: &Style) -> Result<(), Failure> {
    let bytes = match out.extension().and_then(|ending| ending.to_str()) {
        Some("svg") => chart.svg(style).into_bytes(),
        Some("png") => chart.png(style, FINE).map_err(|e| Failure::Failed(e.to_string()))?,
        _ => return Err(Failure::Failed(format!("{}: the name must end in .svg or .png", out.display()))),
    };
    crate::output::write(out, &bytes)
}

/// Several charts of one kind, one per axis of a sweep, are distinguished by a number after the kind: `sweep-energy.2`.
fn chosen<'a>(charts: &'a [Chart], wanted: &str) -> Result<&'a Chart, Failure> {
    let (kind, number) = match wanted.split_once('.') {
        Some((kind, number)) => (kind, number.parse().unwrap_or(0)),
        None => (wanted, 1),
    };
    let mut of_kind = charts.iter().filter(|chart| chart.kind == kind);
    of_kind.nth(usize::max(number, 1) - 1).ok_or_else(|| {
        let near = nearest(kind, charts.iter().map(|chart| chart.kind));
        let hint = near.map_or_else(String::new, |near| format!("; did you mean '{near}'?"));
        Failure::Failed(format!("this result has no chart '{wanted}'{hint} (without --kind, all are listed)"))
    })
}

fn listed(charts: &[Chart]) -> String {
    let mut text = String::new();
    for (index, chart) in charts.iter().enumerate() {
        let before = charts[..index].iter().filter(|other| other.kind == chart.kind).count();
        let kind = if before == 0 { chart.kind.to_owned() } else { format!("{}.{}", chart.kind, before + 1) };
        text += &format!("{kind:22} {}\n", chart.title);
    }
    text
}
