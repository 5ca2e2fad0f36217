use std::path::PathBuf;

use analysis::chart::{Bar, Bars, Chart, Picture, Style};
use analysis::three_digits;
use clap::Args;
use inference::{Bits, Coding, Cut, Network};
use scenarios::cut_costs::{CutCost, cut_costs};
use scenarios::experiment::Study;
use scenarios::policies::Way;
use scenarios::source::Source;

use crate::failure::Failure;

#[derive(Args)]
pub struct CutsArgs {
    /// The network: the scenario's name for it, a shipped name, or the path of an architecture file or of what `plan-split
    /// --write` wrote.
    network: String,
    /// A scenario file: adds what a typical request of its devices takes at every cut, with this network in the cloud.
    #[arg(long = "in", value_name = "FILE")]
    scenario: Option<PathBuf>,
    /// The group of devices [default: the scenario's first].
    #[arg(long, value_name = "NAME", requires = "scenario")]
    devices: Option<String>,
    /// How what crosses is sent: float32, float16, or bits from 2 to 8.
    #[arg(long, default_value_t = Coding::FLOAT32)]
    coding: Coding,
    /// Draw the time at every cut into this file, svg or png.
    #[arg(long, value_name = "FILE", requires = "scenario")]
    chart: Option<PathBuf>,
}

pub fn cuts(args: &CutsArgs) -> Result<String, Failure> {
    let Some(file) = &args.scenario else {
        return Ok(told(&crate::network::given(&args.network, None)?.in_floats()?, None, args.coding));
    };
    let set = crate::network::given(&args.network, Some(&Source::read(file, &[])?))?.in_the_cloud()?;
    let study = Study::load(&Source::read(file, &set)?, true)?;
    let point = study.points.first().ok_or_else(|| Failure::Failed("the scenario has no point".to_owned()))?;
    let not = || Failure::Failed(format!("{}: what was recorded cannot be cut", args.network));
    let (plan, network) = (&point.plan, point.networks.of(Way::BIG).network().ok_or_else(not)?);
    let group = crate::network::group(args.devices.as_deref(), plan)?;
    let costs = cut_costs(plan, group, Way::BIG, args.coding);
    if let Some(out) = &args.chart {
        crate::plot::draw(&chart(network, &costs), out, &Style::WIDE)?;
    }
    Ok(told(network, Some(&costs), args.coding))
}

/// Codings whose sizes are shown beside the chosen one.
fn shown() -> [Coding; 5] {
    let codes = |bits| Bits::new(bits).map_or(Coding::FLOAT32, Coding::codes);
    [Coding::FLOAT32, Coding::FLOAT16, codes(8), codes(4), codes(2)]
}

/// A row for each cut, the columns aligned to the right.
fn told(network: &Network, costs: Option<&[CutCost]>, coding: Coding) -> String {
    let mut heads: Vec<String> = ["cut", "after", "what crosses", "MMAC before", "after"].map(str::to_owned).into();
    heads.extend(["32 bit B", "16 bit B", "8 bit B", "4 bit B", "2 bit B"].map(str::to_owned));
    if costs.is_some() {
        heads.extend(["device ms", "link ms", "server ms", "latency ms", "energy mJ"].map(str::to_owned));
    }
    let row = |cut: &Cut| {
        let million = |macs: u64| three_digits(macs as f64 / 1e6);
        let tensors: Vec<String> = cut.shapes().map(|s| format!("{}×{}×{}", s.height, s.width, s.channels)).collect();
        let crosses = if cut.is_end() { "the answer".to_owned() } else { tensors.join(" + ") };
        let work = [million(cut.macs_before), million(cut.macs_after)];
        let mut cells = vec![cut.step.to_string(), cut.name().to_owned(), crosses];
        cells.extend(work);
        cells.extend(shown().map(|coding| cut.size(coding).unwrap_or_default().to_string()));
        if let Some(cost) = costs.and_then(|costs| costs.get(cut.step)) {
            let milli = [cost.device, cost.network, cost.server, cost.latency(), cost.joules];
            cells.extend(milli.map(|figure| three_digits(figure * 1e3)));
        }
        cells
    };
    let rows: Vec<Vec<String>> = [heads].into_iter().chain(network.cuts().iter().map(row)).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let widths: Vec<usize> = (0..rows[0].len()).map(width).collect();
    let mut text = format!("{}: {} steps\n\n", network.name(), network.cuts().len() - 1);
    for row in &rows {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:>width$}")).collect();
        text += cells.join("  ").trim_end();
        text.push('\n');
    }
    if let Some(costs) = costs {
        let least = |what: &str, of: fn(&CutCost) -> f64| {
            let least = costs.iter().rev().min_by(|a, b| of(a).total_cmp(&of(b)));
            least.map_or_else(String::new, |least| format!("least {what} after step {}\n", least.step))
        };
        text += &format!("\nsent as {coding}, by a request alone on its link and at its server:\n");
        text += &least("latency", CutCost::latency);
        text += &least("energy of the device", |cost| cost.joules);
    }
    text
}

fn chart(network: &Network, costs: &[CutCost]) -> Chart {
    let bar = |(cut, cost): (&Cut, &CutCost)| Bar {
        name: format!("{} {}", cut.step, cut.name()),
        parts: [cost.device, cost.network, cost.server].map(|seconds| seconds * 1e3).into(),
    };
    Chart {
        kind: "cuts",
        title: format!("Where {} can be cut", network.name()),
        caption: "The time of a typical request at every cut.".to_owned(),
        picture: Picture::Bars(Bars {
            label: "ms".to_owned(),
            parts: ["device", "link", "server"].map(str::to_owned).into(),
            bars: network.cuts().iter().zip(costs).map(bar).collect(),
        }),
    }
}
