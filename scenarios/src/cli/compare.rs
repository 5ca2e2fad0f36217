use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use analysis::{Manifest, RUNS, RunDigest, SummaryRecord, runs_in};
use clap::Args;
use sim_core::Moments;

use super::Failure;
use crate::schema::Figure;

#[derive(Args)]
pub struct CompareArgs {
    /// The folder of a result.
    a: PathBuf,
    /// The folder of another result; differences are B minus A.
    b: PathBuf,
}

/// What is compared.
const FIGURES: [(&str, Figure, f64, &str); 7] = [
    ("accuracy", Figure::Accuracy, 100.0, "points"),
    ("appeals", Figure::AppealRate, 100.0, "points"),
    ("energy", Figure::Energy, 1e3, "mJ"),
    ("p50", Figure::LatencyP50, 1e3, "ms"),
    ("p95", Figure::LatencyP95, 1e3, "ms"),
    ("late", Figure::DeadlineMisses, 100.0, "points"),
    ("sent", Figure::UplinkBytes, 1e-3, "kB"),
];

/// Runs of a point and policy, which has a number and a name.
type Runs = BTreeMap<(u32, usize), (String, Vec<SummaryRecord>)>;

pub fn compare(args: &CompareArgs) -> Result<String, Failure> {
    let (first, runs_a) = read(&args.a)?;
    let (second, runs_b) = read(&args.b)?;
    let paired = share_chance(&first, &second);
    let how = match paired {
        true => {
            "Both saw the same requests, images and channels (same seed, devices and arrivals): differences are paired."
        }
        false => "They did not see the same requests: differences are of two independent samples.",
    };
    let (a, b) = (args.a.display(), args.b.display());
    let mut text = format!("{b} minus {a}; ± is the 95 % interval\n{how}\n");
    let mut common = 0;
    for ((point, _), (policy, here)) in &runs_a {
        let there = runs_b.iter().find(|((other, _), (name, _))| other == point && name == policy);
        let Some((_, (_, there))) = there else { continue };
        common += 1;
        let at = if first.points.len() > 1 { format!(" (point {point})") } else { String::new() };
        text += &format!("\n{policy}{at}\n");
        for (name, figure, scale, unit) in FIGURES {
            if let Some(line) = difference(here, there, figure, scale, paired) {
                text += &format!("  {name:10}{line} {unit}\n");
            }
        }
    }
    if common == 0 {
        return Err(Failure::Failed(format!("{a} and {b} have no policy in common")));
    }
    Ok(text)
}

fn read(folder: &Path) -> Result<(Manifest, Runs), Failure> {
    let failed = |e: &dyn std::fmt::Display| Failure::Failed(e.to_string());
    let manifest = Manifest::read(folder).map_err(|e| failed(&e))?;
    let mut runs = Runs::new();
    for file in runs_in(&folder.join(RUNS)) {
        let bytes = std::fs::read(&file).map_err(|e| failed(&format!("{}: {e}", file.display())))?;
        let digest: RunDigest =
            serde_json::from_slice(&bytes).map_err(|e| failed(&format!("{}: {e}", file.display())))?;
        let key = (digest.summary.point, digest.policy_number);
        let name = digest.summary.policy.clone();
        runs.entry(key).or_insert_with(|| (name, Vec::new())).1.push(digest.summary);
    }
    Ok((manifest, runs))
}

/// Whether two experiments drew the same random numbers for the same things.
fn share_chance(a: &Manifest, b: &Manifest) -> bool {
    let of = |manifest: &Manifest| {
        let devices = manifest.scenario["devices"].as_array().cloned().unwrap_or_default();
        let arrivals: Vec<_> = devices.iter().map(|d| (d["count"].clone(), d["arrivals"].clone())).collect();
        (
            manifest.seed,
            manifest.dataset.clone(),
            manifest.scenario["duration"].clone(),
            arrivals,
            manifest.axes.clone(),
        )
    };
    of(a) == of(b)
}

/// `from → to: difference ± half`.
fn difference(a: &[SummaryRecord], b: &[SummaryRecord], figure: Figure, scale: f64, paired: bool) -> Option<String> {
    let values = |runs: &[SummaryRecord]| -> Option<Vec<f64>> {
        let mut runs: Vec<&SummaryRecord> = runs.iter().collect();
        runs.sort_by_key(|run| run.replication);
        runs.iter().map(|run| figure.of(run).map(|value| value * scale)).collect()
    };
    let (a, b) = (values(a)?, values(b)?);
    let moments = |values: &[f64]| values.iter().copied().collect::<Moments>();
    let (mean_a, mean_b) = (moments(&a).mean(), moments(&b).mean());
    let half = if paired && a.len() == b.len() {
        a.iter().zip(&b).map(|(a, b)| b - a).collect::<Moments>().estimate()?.half_width
    } else {
        // Independent: variances of the means add up. With few replications the sum of squares is a little wide.
        let half = |values: &[f64]| moments(values).estimate()?.half_width;
        half(&a).zip(half(&b)).map(|(a, b)| a.hypot(b))
    };
    let half = half.map_or(String::new(), |half| format!(" ± {half:.3}"));
    Some(format!("{mean_a:9.3} → {mean_b:9.3}: {:+.3}{half}", mean_b - mean_a))
}
