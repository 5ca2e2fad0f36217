use std::fmt::Write;
use std::path::{Path, PathBuf};

use analysis::three_digits;
use clap::Args;
use inference::Calibrated;
use scenarios::auto_split::{MEASURED_ON, SplitPlanner, bits_of};
use scenarios::experiment::Study;
use scenarios::plan::SEEN;
use scenarios::policies::AutoSplit;
use scenarios::schema::{Integers, NetworkSpec, Widths};
use scenarios::source::Source;
use scenarios::units::{DataSize, Share};
use split_planner::{Division, Numbers, Plan, Plans, Why};

use crate::failure::Failure;

#[derive(Args)]
pub struct PlanSplitArgs {
    /// The network: the scenario's name for it, a shipped name, or the path of an architecture file.
    network: String,
    /// The scenario whose devices, link and servers it is planned for.
    #[arg(long = "in", value_name = "FILE")]
    scenario: PathBuf,
    /// The group of devices [default: the scenario's first].
    #[arg(long, value_name = "NAME")]
    devices: Option<String>,
    /// Change a value of the scenario first: `links.gateway.uplink=1Mbps`.
    #[arg(long = "set", value_name = "PATH=VALUE")]
    set: Vec<String>,
    /// What weights and activations may take on the device.
    #[arg(long, value_parser = DataSize::parse)]
    memory: DataSize,
    /// The accuracy that may be lost, measured on images of the calibration half.
    #[arg(long, value_name = "SHARE", default_value = "1 %", value_parser = share)]
    accuracy_drop: Share,
    /// Images of the calibration half that accuracies are measured on.
    #[arg(long, value_name = "N", default_value_t = MEASURED_ON as u32, value_parser = clap::value_parser!(u32).range(1..))]
    images: u32,
    /// Write the chosen network into this file, which a scenario can name.
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
}

fn share(text: &str) -> Result<Share, String> {
    AutoSplit::drop_of(Share::parse(text).map_err(|e| e.to_string())?)
}

pub fn plan_split(args: &PlanSplitArgs) -> Result<String, Failure> {
    // Known before anything else is loaded, so that its name is told with those that were meant.
    let given = crate::network::given(&args.network, Some(&Source::read(&args.scenario, &args.set)?))?;
    let name = given.path();
    if given.is_in_integers() {
        let what = format!("'{}' is in integers already: plan '{name}', which it was made of", args.network);
        return Err(Failure::Failed(what));
    }
    let network = given.in_floats()?;
    let set: Vec<String> = args.set.iter().cloned().chain(given.in_the_cloud()?).collect();
    let study = Study::load(&Source::read(&args.scenario, &set)?, true)?;
    let [point] = &study.points[..] else {
        let what =
            "the scenario is swept, and a plan belongs to one point: add --set \"sweep=[]\", and what to set instead";
        return Err(Failure::Failed(what.to_owned()));
    };
    let (plan, data) = (&point.plan, &point.networks.data);
    let group = crate::network::group(args.devices.as_deref(), plan)?;
    let failed = |what: String| Failure::Failed(what);
    let calibrated = Calibrated::load(&name, Path::new(""), data, SEEN).map_err(|e| failed(e.to_string()))?;
    let planner =
        SplitPlanner::new(&calibrated, data, plan, group, args.images as usize).map_err(|e| failed(e.to_string()))?;
    let memory = args.memory.get();
    let wrong = |e: split_planner::PlanError| Failure::Failed(e.to_string());
    let plans = planner.plans(memory).map_err(wrong)?;
    let mut rows = vec![heads()];
    let row = |what: &str, plan: &Plan| -> Result<Vec<String>, Failure> {
        let measured = planner.measure(plan).map_err(|e| Failure::Failed(e.to_string()))?;
        Ok(cells(what, plan, network.cut(plan.cut).name(), measured.accuracy))
    };
    for (number, plan) in plans.front.iter().enumerate() {
        rows.push(row(&(number + 1).to_string(), plan)?);
    }
    let baselines = planner.baselines(memory).map_err(wrong)?;
    let mut others = vec![row("cloud only", &baselines.cloud_only)?, row("best in floats", &baselines.neurosurgeon)?];
    for uniform in &baselines.uniform {
        if let Some(plan) = &uniform.plan {
            others.push(row(&format!("all in {} bits", uniform.width), plan)?);
        }
    }
    let plans_shown = rows.len();
    rows.extend(others);
    let (min_cut, sending) = planner.min_cut(memory).map_err(wrong)?;
    let drop = args.accuracy_drop.get();
    let (chosen, measured) = planner.fastest_within(&plans, drop).map_err(|e| Failure::Failed(e.to_string()))?;
    let lines = aligned(&rows);
    let mut text = format!(
        "{} on '{}' within {}: {} of {} calibration images right in floats\n\nplans, fastest first, each with a smaller \
         error than those before it, which need not mean more right answers:\n",
        network.name(),
        group.name,
        args.memory,
        percent(planner.accuracy_in_floats()),
        planner.images(),
    );
    lines[..plans_shown].iter().for_each(|line| push_line(&mut text, line));
    text += "\nwithout a planner:\n";
    lines[plans_shown..].iter().for_each(|line| push_line(&mut text, line));
    push_line(&mut text, &in_words(&min_cut.best, sending, network.cuts().len() - 1));
    push_line(&mut text, &left_out(&plans, memory));
    let accuracy = percent(measured.accuracy);
    let place = plans.front.iter().position(|plan| plan == chosen).map_or(0, |place| place + 1);
    push_line(&mut text, &format!("\nfastest that loses at most {}: number {place}, {accuracy} right", percent(drop)));
    push_line(&mut text, "\nin a scenario:");
    let spec = spec(&name, &planner.widths(chosen));
    match &spec.integers {
        None => {
            push_line(&mut text, &format!("  networks: {{..., planned: {name}}}"));
        }
        Some(_) => {
            let written = serde_json::to_string(&spec).map_err(|e| Failure::Failed(e.to_string()))?;
            let network = match &args.write {
                None => written,
                Some(file) => {
                    std::fs::write(file, format!("{written}\n"))
                        .map_err(|e| Failure::Failed(format!("{}: {e}", file.display())))?;
                    file.display().to_string()
                }
            };
            push_line(&mut text, &format!("  networks: {{..., planned: {network}}}"));
        }
    }
    push_line(&mut text, &format!("  policies: [..., split: {{after: {}, network: planned}}]", chosen.cut));
    if let (None, Some(file)) = (&spec.integers, &args.write) {
        push_line(&mut text, &format!("{} was not written: no layer is in integers", file.display()));
    }
    Ok(text)
}

fn push_line(text: &mut String, line: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{line}");
}

fn heads() -> Vec<String> {
    let heads = "plan,cut,after,kB,device ms,link ms,server ms,latency ms,error,right,bits";
    heads.split(',').map(str::to_owned).collect()
}

fn cells(what: &str, plan: &Plan, after: &str, accuracy: f64) -> Vec<String> {
    let bits = match &plan.numbers {
        _ if plan.cut == 0 => "-".to_owned(),
        Numbers::Floats => "floats".to_owned(),
        Numbers::Integers(layers) => bits_of(layers),
    };
    let latency = plan.latency;
    let mut cells = vec![what.to_owned(), plan.cut.to_string(), after.to_owned()];
    cells.push(three_digits(plan.memory.total() as f64 / 8e3));
    let milli = [latency.device, latency.link, latency.server, latency.total()];
    cells.extend(milli.map(|seconds| three_digits(seconds * 1e3)));
    cells.extend([three_digits(plan.error), percent(accuracy), bits]);
    cells
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// Columns aligned to the right, but for the last, which may be long.
fn aligned(rows: &[Vec<String>]) -> Vec<String> {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let last = rows[0].len() - 1;
    let widths: Vec<usize> = (0..last).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:>width$}"));
        cells.chain([row[last].clone()]).collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

/// The best division in floats, whether or not it is a cut between two steps.
fn in_words(best: &Option<Division>, sending: f64, steps: usize) -> String {
    let Some(division) = best else { return "min-cut: does not fit in floats".to_owned() };
    let here = division.on_device.iter().filter(|here| **here).count();
    let cost = division.cost + if here == steps { 0.0 } else { sending };
    let place = match division.cut() {
        Some(cut) => format!("after step {cut}"),
        None => format!("{here} of {steps} steps on the device, which no cut between two steps leaves there"),
    };
    format!("min-cut in floats: {place}, {} ms", three_digits(cost * 1e3))
}

fn left_out(plans: &Plans, memory: f64) -> String {
    let needs = plans.left_out.iter().filter_map(|left| match left.why {
        Why::Memory { needs } => Some((left.cut, needs as f64 / 8.0)),
        Why::NoFaster { .. } => None,
    });
    let all: Vec<(usize, f64)> = needs.collect();
    let proven = if plans.is_proven { "" } else { "\nthe search was not complete: better plans may exist" };
    match (all.first(), all.last()) {
        (Some((first, least)), Some((last, most))) => format!(
            "\ntoo large for {} kB even in the fewest bits: cuts {first} to {last}, which need {} to {} kB{proven}",
            three_digits(memory / 1e3),
            three_digits(least.min(*most) / 1e3),
            three_digits(least.max(*most) / 1e3),
        ),
        _ => proven.to_owned(),
    }
}

/// A network whose layers are in integers as far as they have widths.
fn spec(network: &str, widths: &[Option<inference::BitWidths>]) -> NetworkSpec {
    let layers: Vec<Widths> = widths.iter().map_while(|widths| widths.map(Widths::from)).collect();
    NetworkSpec { integers: (!layers.is_empty()).then_some(Integers::First(layers)), ..network.into() }
}
