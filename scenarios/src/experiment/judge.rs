//! What the runs of an experiment come to: the policies of every point side by side, and the findings.

use analysis::{Comparison, Interval, Manifest, Outcome, Percentile, Row, Share, SummaryRecord};

use super::ExperimentError;
use super::figures::{Figures, Observed, Scope, Uncertain};
use super::findings::{findings, over_points};
use super::front::mark_front;
use super::readings::{of_lives, of_percentiles};
use super::rounds::not_reached;
use super::troubles::outcome_share;
use crate::policies::PolicySpec;
use crate::schema::{Figure, Replications};

/// Fills in the comparisons and findings of a manifest from `summaries`, which are in the order of points, policies and
/// replications.
///
/// # Errors
/// If the manifest's policies are not those of this program.
pub fn judge(manifest: &mut Manifest, summaries: &[SummaryRecord], scope: Scope) -> Result<(), ExperimentError> {
    let unreadable = |what: &str, e: serde_json::Error| ExperimentError::Lost(format!("{what} of the manifest: {e}"));
    let rule: Replications = match manifest.scenario.get("replications") {
        Some(value) => serde_json::from_value(value.clone()).map_err(|e| unreadable("replications", e))?,
        None => Replications::Fixed(1),
    };
    let mut points: Vec<(Vec<PolicySpec>, Vec<&SummaryRecord>)> = Vec::new();
    for entry in &manifest.points {
        // They are sorted by point.
        let first = summaries.partition_point(|s| s.point < entry.point);
        let here: Vec<&SummaryRecord> = summaries[first..].iter().take_while(|s| s.point == entry.point).collect();
        let specs = entry.policies.iter().map(|policy| serde_json::from_value(policy.spec.clone()));
        let specs: Vec<PolicySpec> = specs.collect::<Result<_, _>>().map_err(|e| unreadable("policies", e))?;
        points.push((specs, here));
    }
    manifest.simulation_alone = scope == Scope::Simulation;
    let stopped_when_narrow = matches!(rule, Replications::Until(_));
    let images: Vec<_> = manifest.points.iter().map(|entry| entry.image_sampling.clone()).collect();
    let figures: Vec<Figures> = points
        .iter()
        .zip(&images)
        .map(|((specs, here), images)| {
            Figures::new(specs, here, Uncertain { images: images.as_ref(), scope, stopped_when_narrow })
        })
        .collect();
    for (entry, figures) in manifest.points.iter_mut().zip(&figures) {
        entry.replications = figures.all().map(|run| run.replication + 1).max().unwrap_or(0);
        entry.comparison = Comparison { rows: rows(figures), findings: findings(figures) };
        entry.comparison.findings.extend(not_reached(&rule, figures));
    }
    if figures.len() > 1 {
        manifest.findings = over_points(&figures);
        let missed = figures.iter().filter(|figures| !not_reached(&rule, figures).is_empty()).count();
        if missed > 0 {
            let all = figures.len();
            manifest.findings.push(format!(
                "At {missed} of {all} points the replications ended before the precision asked for was reached."
            ));
        }
    }
    Ok(())
}

/// All policies of a point side by side.
fn rows(figures: &Figures) -> Vec<Row> {
    let mut rows: Vec<Row> = (0..figures.policies.len()).map(|policy| row(figures, policy)).collect();
    mark_front(figures, &mut rows);
    rows
}

fn row(figures: &Figures, policy: usize) -> Row {
    let (spec, runs) = (&figures.policies[policy], figures.runs(policy));
    let of = |figure| figures.interval(&figures.observed(policy, figure)?);
    // Through the appeal rate, as far as a figure responds to it.
    let through = |response: f64| vec![(Share::AppealRate(policy), response)];
    let with = |response: f64| {
        move |values: &[f64]| -> Option<Interval> {
            let values = (0..).zip(values.iter().copied()).collect();
            figures.interval(&Observed { values, images: through(response) })
        }
    };
    let latency = |read: fn(&SummaryRecord) -> Option<Percentile>, figure| {
        let percentiles: Option<Vec<Percentile>> = runs.iter().map(|run| read(run)).collect();
        let response = figures.response(policy, |responses| match figure {
            Figure::LatencyP50 => responses.latency_p50,
            Figure::LatencyP95 => responses.latency_p95,
            _ => responses.latency_p99,
        });
        of_percentiles(&percentiles?, &with(response))
    };
    let lives: Option<Vec<_>> = runs.iter().map(|run| run.battery_life).collect();
    let kept = |run: &SummaryRecord| {
        (run.requests > 0).then(|| run.outcomes[Outcome::Edge as usize] as f64 / run.requests as f64)
    };
    Row {
        family: spec.family(),
        target: spec.target().map(|target| target.to_string()),
        pareto: false,
        threshold: runs.first().and_then(|run| run.threshold),
        accuracy: of(Figure::Accuracy),
        accuracy_gain: figures.accuracy_gain(policy),
        appeal_rate: of(Figure::AppealRate),
        kept: figures.read(policy, kept, through(-1.0)).and_then(|kept| figures.interval(&kept)),
        unfinished: outcome_share(&runs, Outcome::Unfinished),
        energy_j: of(Figure::Energy),
        latency_p50_s: latency(|run| run.latency_p50, Figure::LatencyP50),
        latency_p95_s: latency(|run| run.latency_p95, Figure::LatencyP95),
        latency_p99_s: latency(|run| run.latency_p99, Figure::LatencyP99),
        deadline_misses: of(Figure::DeadlineMisses),
        uplink_bytes: of(Figure::UplinkBytes),
        battery_life_s: lives
            .and_then(|lives| of_lives(&lives, &with(figures.response(policy, |responses| responses.battery_life)))),
        // Servers cost what they cost while they are on, however many requests they get.
        cloud_cost: figures.read(policy, |run| run.cloud_cost, Vec::new()).and_then(|cost| figures.interval(&cost)),
        policy: spec.to_string(),
    }
}
