//! What ran, for machines: enough to run it again and to know what the tables mean.

use analysis::{Comparison, SCHEMA_VERSION};
use serde_json::{Value, json};

use crate::plan::{Minds, Plan};

/// The manifest of a result, as JSON. It holds no clock and no number of threads: the same file and seed give the same
/// bytes.
pub fn manifest(
    plan: &Plan,
    minds: &Minds,
    scenario: Value,
    thresholds: &[Option<f64>],
    comparison: &Comparison,
) -> String {
    let (little, big) = minds.calls();
    let network = |mind: &inference::Remembering, calls: inference::Calls| {
        let cost = mind.network().cost();
        json!({
            "name": mind.network().name(),
            "macs": cost.macs,
            "weight_bytes": cost.weight_bytes,
            "kernel_calls": calls.run,
            "answers_from_memory": calls.remembered,
        })
    };
    let policies: Vec<Value> = plan
        .policies
        .iter()
        .zip(thresholds)
        .enumerate()
        .map(|(number, (spec, threshold))| {
            let files: Vec<String> =
                (0..plan.replications).map(|r| format!("requests/{number:02}-{r:04}.parquet")).collect();
            json!({ "policy": spec.to_string(), "threshold": threshold, "requests": files })
        })
        .collect();
    let manifest = json!({
        "program": format!("appealsim {}", env!("CARGO_PKG_VERSION")),
        "schema_version": SCHEMA_VERSION,
        "seed": plan.seed,
        "scenario": scenario,
        "dataset": { "name": minds.data.name, "images": minds.data.len() },
        "networks": { "little": network(&minds.little, little), "big": network(&minds.big, big) },
        "policies": policies,
        "comparison": comparison,
    });
    let mut text = serde_json::to_string_pretty(&manifest).unwrap_or_default();
    text.push('\n');
    text
}
