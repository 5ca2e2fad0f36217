use std::collections::BTreeSet;

use analysis::counted;

use crate::failure::Failure;
use crate::images;
use crate::scenario::{ScenarioArgs, not_reached};
use scenarios::experiment::Study;
use scenarios::plan::Plan;
use scenarios::schema::Replications;
use scenarios::source::{InputError, Source};

pub fn validate(args: &ScenarioArgs) -> Result<String, Failure> {
    let source = args.source()?;
    let study = Study::load(&source, true)?;
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let not_reached = unreachable(&study, &source, threads);
    if !not_reached.is_empty() {
        return Err(Failure::Input(not_reached));
    }
    let devices: Vec<u32> = study.points.iter().map(|point| point.plan.devices()).collect();
    let policies = study.points.first().map_or(0, |point| point.plan.policies.len());
    let points = match study.points.len() {
        1 => String::new(),
        number => format!("{number} points, "),
    };
    let at_most =
        matches!(study.scenario.replications, Replications::Until(_)).then_some("at most ").unwrap_or_default();
    let (least, most) = (devices.iter().min().unwrap_or(&0), devices.iter().max().unwrap_or(&0));
    let devices = match least == most {
        true => counted(*most as usize, "device", "devices"),
        false => format!("{least} to {most} devices"),
    };
    let (policies, runs) =
        (counted(policies, "policy", "policies"), counted(study.most_runs() as usize, "run", "runs"));
    // As in a result's heading: 200 s have no end in minutes.
    let duration = serde_json::to_value(study.scenario.duration).unwrap_or_default();
    let (file, duration) = (args.file.display(), duration.as_str().unwrap_or_default());
    let told = format!("{file}: valid; {points}{devices}, {policies}, {at_most}{runs} of {duration}\n");
    let extrapolated = of_points(&study, Plan::extrapolated);
    Ok(told + &data_sets(&study) + &of_points(&study, Plan::recordings) + &extrapolated)
}

/// What is wrong with every policy whose target cannot be reached, at the first point at which it cannot.
fn unreachable(study: &Study, source: &Source, threads: usize) -> Vec<InputError> {
    let mut seen = BTreeSet::new();
    let everywhere = study.points.iter().enumerate().flat_map(|(number, point)| {
        point.unreachable(threads).into_iter().map(move |(policy, why)| (number, policy, why))
    });
    let first = everywhere.filter(|(_, policy, _)| seen.insert(*policy));
    first.map(|(point, policy, why)| not_reached(study, source, point, policy, &why)).collect()
}

/// What is to be said of the plans, one line each; points of a sweep of which the same is to be said share a line.
fn of_points(study: &Study, told: fn(&Plan) -> Vec<String>) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in study.points.iter().flat_map(|point| told(&point.plan)) {
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// The data sets of the points, each once.
fn data_sets(study: &Study) -> String {
    let mut told: Vec<String> = Vec::new();
    for point in &study.points {
        let images = images::told(&point.networks.data);
        if !told.contains(&images) {
            told.push(images);
        }
    }
    told.concat()
}
