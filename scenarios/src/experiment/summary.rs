//! From records to figures.

use analysis::{Comparison, Interval, Outcome, RequestRecord, Row, SummaryRecord};
use sim_core::{Estimate, Moments, quantile};

use super::findings::findings;
use crate::plan::Plan;
use crate::policies::Policy;
use crate::world::RunRecords;

/// One run in figures. Requests of the warm-up are left out.
pub fn summarise(
    plan: &Plan,
    policy: &dyn Policy,
    label: &str,
    replication: u32,
    records: &RunRecords,
) -> SummaryRecord {
    let measured: Vec<&RequestRecord> = records.requests.iter().map(|r| &r.row).filter(|r| r.measured).collect();
    let mut outcomes = [0; Outcome::ALL.len()];
    measured.iter().for_each(|r| outcomes[r.outcome as usize] += 1);
    let mean = |values: &mut dyn Iterator<Item = f64>| values.collect::<Moments>().estimate().map(|e| e.mean);
    let share = |yes: &mut dyn Iterator<Item = bool>| mean(&mut yes.map(|yes| f64::from(u8::from(yes))));
    let ended = || measured.iter().filter(|r| r.outcome != Outcome::Unfinished);
    let accuracy = share(&mut ended().map(|r| r.correct()));
    // What the pair could do on these very images: the same for every policy, so gains compare like with like.
    let little = share(&mut ended().map(|r| r.little_right));
    let big = share(&mut ended().map(|r| r.big_right));
    let gain = match (accuracy, little, big) {
        (Some(accuracy), Some(little), Some(big)) if big > little => Some((accuracy - little) / (big - little)),
        _ => None,
    };
    let mut latencies: Vec<f64> = measured.iter().filter_map(|r| r.latency()).collect();
    latencies.sort_by(f64::total_cmp);
    SummaryRecord {
        policy: label.to_owned(),
        replication,
        threshold: policy.threshold(),
        requests: measured.len() as u64,
        outcomes,
        accuracy,
        little_accuracy: little,
        big_accuracy: big,
        accuracy_gain: gain,
        appeal_rate: share(&mut measured.iter().map(|r| r.appealed)),
        energy: mean(&mut measured.iter().map(|r| r.energy.total())),
        latency_p50: quantile(&latencies, 0.5),
        latency_p95: quantile(&latencies, 0.95),
        latency_p99: quantile(&latencies, 0.99),
        deadline_misses: deadline_misses(plan, &measured),
        uplink_bytes: mean(&mut measured.iter().map(|r| r.uplink_bytes as f64)),
        battery_life: mean(&mut records.devices.iter().filter_map(|d| d.row.life)),
        cloud_busy: records.cloud_busy,
    }
}

/// Of the requests with a deadline whose fate is known: those that ended, and those still under way past it.
fn deadline_misses(plan: &Plan, measured: &[&RequestRecord]) -> Option<f64> {
    let end = plan.duration.as_nanos();
    let missed = |r: &RequestRecord| {
        let deadline = plan.groups[plan.group_of(r.device)].deadline?;
        match r.in_time {
            Some(in_time) => Some(!in_time),
            None => (end - r.arrival > deadline.as_nanos()).then_some(true),
        }
    };
    let fates: Moments = measured.iter().filter_map(|r| missed(r)).map(|m| f64::from(u8::from(m))).collect();
    fates.estimate().map(|e| e.mean)
}

/// All policies side by side, with intervals over replications.
pub fn comparison(plan: &Plan, summaries: &[SummaryRecord]) -> Comparison {
    let rows = plan.policies.iter().map(|spec| {
        let label = spec.to_string();
        let runs: Vec<&SummaryRecord> = summaries.iter().filter(|s| s.policy == label).collect();
        let over = |read: fn(&SummaryRecord) -> Option<f64>| {
            let values: Option<Vec<f64>> = runs.iter().map(|run| read(run)).collect();
            values.and_then(|values| Moments::from_iter(values).estimate()).map(interval)
        };
        Row {
            threshold: runs.first().and_then(|run| run.threshold),
            accuracy: over(|s| s.accuracy),
            accuracy_gain: over(|s| s.accuracy_gain),
            appeal_rate: over(|s| s.appeal_rate),
            energy_j: over(|s| s.energy),
            latency_p50_s: over(|s| s.latency_p50),
            latency_p95_s: over(|s| s.latency_p95),
            latency_p99_s: over(|s| s.latency_p99),
            deadline_misses: over(|s| s.deadline_misses),
            uplink_bytes: over(|s| s.uplink_bytes),
            battery_life_s: over(|s| s.battery_life),
            policy: label,
        }
    });
    Comparison { rows: rows.collect(), findings: findings(plan, summaries) }
}

fn interval(estimate: Estimate) -> Interval {
    Interval { mean: estimate.mean, half_width: estimate.half_width }
}
