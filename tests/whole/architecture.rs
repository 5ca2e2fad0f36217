//! Which package may use which, and which module of a package which other.

mod uses;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use uses::{Arrows, arrows};

/// The arrows of ARCHITECTURE.md: each package, by its folder, and the packages it may use.
const PACKAGES: [(&str, &[&str]); 8] = [
    ("sim-core", &[]),
    ("device-models", &["sim-core"]),
    ("inference", &[]),
    ("analysis", &["inference"]),
    ("scenarios/split-planner", &[]),
    ("scenarios/learning-curves", &[]),
    ("scenarios", &["split-planner", "analysis", "inference", "device-models", "sim-core"]),
    (
        "scenarios/appealsim",
        &["scenarios", "split-planner", "learning-curves", "analysis", "inference", "device-models", "sim-core"],
    ),
];

/// What knows of a terminal, and so has a place in the program alone.
const TERMINAL: [&str; 3] = ["clap", "indicatif", "miette"];

/// The modules at the top of each package and those they use; a module that uses none is not listed.
const MODULES: &str = "
sim-core
    agenda -> time
    batch -> time
    fingerprint -> agenda, simulation, time
    meter -> time
    sharing -> time
    simulation -> agenda, time
    statistics -> meter, time
    time -> quantity
    token_bucket -> time
    variate -> random
device-models
    arrivals -> error, random_time, rate, recorded, units
    batch_times -> error, units
    battery -> error, shape, units
    exchange -> radio
    grid -> error, shape, units
    link -> loss, random_time, rate, transport, units
    loss -> error, shape, units
    measured -> error, processor, units
    processor -> rest, roofline, units, work
    radio -> units
    random_time -> error, shape, units
    rate -> error, recorded, shape, units
    rest -> units
    roofline -> units, work
    server -> batch_times, error, roofline, units, work
    shape -> error
    transport -> error, loss, units
    units -> error, shape
    work -> error, shape, units
inference
    architecture -> classes, error, foreign, graph, kernels, model, nearest, ops, weights
    calibrate -> architecture, dataset, error, graph, kernels, model, network, ops, program, quantise, weights
    coding -> kernels, nearest, quantise
    dataset -> classes, error, kernels, nearest
    error -> kernels
    graph -> error, kernels, ops, quantise, weights
    kernels -> quantise
    measured -> coding, dataset, network, program
    model -> classes, graph, kernels, weights
    network -> architecture, classes, coding, error, graph, kernels, model, nearest, ops, program, quantise, scores, weights
    onnx -> classes, coding, dataset, error, foreign, graph, kernels, model, nearest, ops, weights
    ops -> error, kernels, quantise, scores, weights
    program -> graph, kernels, ops, quantise, weights
    shipped -> architecture, error, model, network, onnx, weights
    train -> architecture, dataset, degrade, error, graph, kernels, network, ops, program, scores, weights
    weights -> coding, error, foreign, nearest
analysis
    chart -> unit
    comparison -> cuts, pairing, role, unit
    digest -> cuts, parts, records
    explain -> manifest, read, stage, unit
    folder -> sync
    manifest -> comparison, folder, image_sampling, role, stage, table
    records -> cuts, measures, pairing, parts, responses
    report -> chart, comparison, cuts, digest, folder, manifest, parts, role, unit
    foreign -> read
    stamps -> read
    tables -> measures, parts, records, table
    told -> comparison, manifest, unit
    trace -> records
    writer -> folder, sync
scenarios
    answers -> identity, policies, sync
    auto_split -> answers, identity, plan, policies, problem, schema
    cut_costs -> plan, policies
    evaluate -> answers, plan, policies
    experiment -> answers, auto_split, identity, plan, policies, problem, schema, source, sync, world
    plan -> answers, identity, policies, problem, schema, source
    schema -> policies, problem
    source -> policies, problem, schema
    validation -> plan, policies, source, world
    world -> answers, plan, policies, schema
scenarios/appealsim
    chosen -> failure
    compare -> failure
    cuts -> failure, network, plot
    evaluate -> failure, scenario
    explain -> chosen, failure
    export -> failure
    failure -> problem
    merge -> failure
    network -> failure
    output -> failure
    plan_split -> failure, network
    plot -> failure, output
    predict_curve -> failure, plot
    presets -> failure
    profile -> failure, network
    report -> failure, output
    run -> failure, scenario
    summary -> failure
    train -> failure
    validate -> failure, images, scenario
scenarios/learning-curves
    curve -> error
    engine -> error
    forecaster -> engine, error, families, mixture, posterior
    penguin -> engine, error, least_squares
    posterior -> families, mixture
    replay -> curve, error, front, ranks, stoppers
    stoppers -> engine, error, forecaster, penguin
scenarios/split-planner
    allocate -> knapsack, lagrange, prefix
    baselines -> costs, error, plan, prefix, problem
    candidates -> costs, error, plan, prefix, problem
    costs -> problem
    exact -> costs, error, front, plan, prefix
    front -> plan, prefix
    knapsack -> lagrange
    local -> costs, error, front, plan, prefix
    min_cut -> error, flow, plan, prefix, problem
    plan -> costs, error
    planner -> allocate, baselines, candidates, costs, error, exact, front, local, plan, prefix, problem, times
    prefix -> costs, error, plan, problem
    problem -> error
    times -> allocate, costs, error, plan, prefix
";

/// Circles that are still to be opened: a folder, and the modules in it that use each other.
const CIRCLES: [(&str, &[&str]); 0] = [];

fn home() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

#[test]
fn packages_use_what_the_picture_shows() {
    let name = |folder: &str| folder.rsplit('/').next().unwrap_or_default().to_owned();
    for (folder, allowed) in PACKAGES {
        let manifest = fs::read_to_string(home().join(folder).join("Cargo.toml")).unwrap();
        let used = manifest.lines().filter_map(|line| line.split_once(" = ")).map(|(name, _)| name.trim());
        for used in used {
            let is_ours = PACKAGES.iter().any(|(folder, _)| name(folder) == used);
            assert!(!is_ours || allowed.contains(&used), "{folder} must not know {used}");
            assert!(!TERMINAL.contains(&used) || folder == "scenarios/appealsim", "{folder} must not know a terminal");
        }
    }
}

#[test]
fn modules_use_what_the_table_allows() {
    let allowed = table();
    let mut wrong = Vec::new();
    for (folder, _) in PACKAGES {
        let found = arrows(&home().join(folder).join("src")).remove("").unwrap_or_default();
        let allowed = &allowed[folder];
        for ((from, to), files) in found.iter().filter(|(arrow, _)| !allowed.contains(arrow)) {
            let files: Vec<&str> = files.iter().map(String::as_str).collect();
            wrong.push(format!("{folder}: {from} must not use {to} ({})", files.join(", ")));
        }
        for (from, to) in allowed.iter().filter(|arrow| !found.contains_key(*arrow)) {
            wrong.push(format!("{folder}: {from} no longer uses {to}: take the arrow out of the table"));
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

/// Side by side in any folder, not only at the top.
#[test]
fn no_modules_use_each_other_in_a_circle() {
    let mut known: BTreeMap<String, Vec<&str>> =
        CIRCLES.iter().map(|(folder, modules)| ((*folder).to_owned(), modules.to_vec())).collect();
    let mut wrong = Vec::new();
    for (package, _) in PACKAGES {
        for (module, found) in arrows(&home().join(package).join("src")) {
            let folder = format!("{package}/src/{module}").trim_end_matches('/').to_owned();
            let (circle, known) = (circle(&found), known.remove(&folder).unwrap_or_default());
            if circle != known {
                wrong.push(format!("{folder}: [{}], known are [{}]", circle.join(", "), known.join(", ")));
            }
        }
    }
    wrong.extend(known.keys().map(|folder| format!("{folder}: no module uses another")));
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

/// The allowed arrows of each package.
fn table() -> BTreeMap<String, BTreeSet<(String, String)>> {
    let mut allowed = BTreeMap::new();
    let mut package = String::new();
    for line in MODULES.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let Some((from, used)) = line.split_once(" -> ") else {
            line.clone_into(&mut package);
            continue;
        };
        let arrows: &mut BTreeSet<_> = allowed.entry(package.clone()).or_default();
        arrows.extend(used.split(", ").map(|to| (from.to_owned(), to.to_owned())));
    }
    allowed
}

/// The modules that lead back to themselves.
fn circle(arrows: &Arrows) -> Vec<&str> {
    let leads_back = |module: &&String| {
        let (mut seen, mut next) = (BTreeSet::new(), vec![*module]);
        while let Some(module) = next.pop() {
            let used = arrows.keys().filter(|(from, _)| from == module).map(|(_, to)| to);
            next.extend(used.filter(|to| seen.insert(*to)));
        }
        seen.contains(module)
    };
    let using: BTreeSet<&String> = arrows.keys().map(|(from, _)| from).collect();
    using.into_iter().filter(leads_back).map(String::as_str).collect()
}
