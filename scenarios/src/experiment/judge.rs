//! What the runs of an experiment come to: the policies of every point side by side, and the findings.

use std::collections::BTreeMap;

use analysis::cuts::Cut;
use analysis::{
    Comparison, EqualAccuracy, FamilyCurve, ImageShare, Interval, Manifest, Outcome, Pairing, Percentile, PointEntry,
    PolicyEntry, Role, Row, SummaryRecord, ThresholdCurve,
};

use super::ExperimentError;
use super::figures::{AtEqual, CONFIDENCE, Figures, Observed, Scope, Uncertain};
use super::findings::{findings, over_points, pairing};
use super::front::mark_front;
use super::outcomes::outcome_share;
use super::readings::{of_lives, of_percentiles};
use super::rounds::not_reached;
use crate::policies::Target;
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
    let mut points: Vec<(Vec<PolicyEntry>, Vec<&SummaryRecord>)> = Vec::new();
    for entry in &manifest.points {
        // They are sorted by point.
        let first = summaries.partition_point(|s| s.point < entry.point);
        let here: Vec<&SummaryRecord> = summaries[first..].iter().take_while(|s| s.point == entry.point).collect();
        points.push((entry.policies.clone(), here));
    }
    manifest.simulation_alone = scope == Scope::Simulation;
    let stopped_when_narrow = matches!(rule, Replications::Until(_));
    let images: Vec<_> = manifest.points.iter().map(|entry| entry.image_sampling.clone()).collect();
    let figures: Result<Vec<Figures>, _> = points
        .iter()
        .zip(&images)
        .map(|((specs, here), images)| {
            Figures::new(specs, here, Uncertain { images: images.as_ref(), scope, stopped_when_narrow })
        })
        .collect();
    let figures = figures.map_err(|e| unreadable("a policy's target", e))?;
    for (entry, figures) in manifest.points.iter_mut().zip(&figures) {
        entry.replications = figures.all().map(|run| run.replication + 1).max().unwrap_or(0);
        entry.comparison = Comparison {
            rows: rows(figures),
            findings: findings(figures),
            pairing: pairing(figures),
            equal: equal(figures),
            curves: curves(figures),
        };
        entry.comparison.findings.extend(not_reached(&rule, figures));
        entry.comparison.findings.extend(entry.extrapolated.iter().cloned());
        entry.comparison.findings.extend(planned(&entry.policies));
    }
    if figures.len() > 1 {
        manifest.findings = over_points(&figures);
        manifest.findings.extend(extrapolated_over(&manifest.points));
        manifest.findings.extend(planned_over(&manifest.points));
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

/// Methods and rivals where they are equally accurate.
fn equal(figures: &Figures) -> Vec<EqualAccuracy> {
    let entry = |AtEqual { lead, energy, rival_energy, apart }: AtEqual| {
        let (policy, rival) = (&figures.policies[lead.policy], &figures.policies[lead.rival]);
        let half_width = figures.half_width(&apart, CONFIDENCE).map(|half| half / energy);
        EqualAccuracy {
            policy: policy.policy.clone(),
            variant: policy.variant.clone(),
            rival: rival.variant.clone(),
            accuracy: lead.accuracy,
            limited: lead.limited,
            appeals: lead.appeals,
            rival_appeals: lead.rival_appeals,
            energy_j: energy,
            rival_energy_j: rival_energy,
            rival_more: Interval { half_width, ..Interval::point(-apart.mean / energy) },
        }
    };
    figures.at_equal_accuracy().into_iter().map(entry).collect()
}

/// What any threshold of a family would come to.
fn curves(figures: &Figures) -> Vec<FamilyCurve> {
    let of = |curve: &ThresholdCurve| {
        let variant = figures.policies[*curve.policies.first()?].variant.clone();
        // A threshold that keeps or sends up everything is a policy of its own, unless something else tells it from that.
        let is_plain = curve.policies.iter().all(|policy| figures.policies[*policy].options().is_empty());
        let end = |role: Role| {
            let is_end = |entry: &PolicyEntry| entry.role == role && entry.policy == entry.family;
            figures.policies.iter().position(is_end).filter(|_| is_plain)
        };
        let energies = figures.energies_to_the_ends(&curve.policies, end(Role::Local), end(Role::Offload))?;
        let point = |(appeals, accuracy): &(f64, f64)| (*appeals, *accuracy, energies.at(*appeals));
        Some(FamilyCurve { variant, points: curve.points.iter().map(point).collect(), observed: energies.observed() })
    };
    figures.curves().iter().filter_map(of).collect()
}

/// What is extrapolated at every point of a sweep, and at how many points something else is.
fn extrapolated_over(points: &[PointEntry]) -> Vec<String> {
    let Some(first) = points.first() else { return Vec::new() };
    let everywhere = |sentence: &String| points.iter().all(|point| point.extrapolated.contains(sentence));
    let mut sentences: Vec<String> =
        first.extrapolated.iter().filter(|sentence| everywhere(sentence)).cloned().collect();
    let more = points.iter().filter(|point| point.extrapolated.len() > sentences.len()).count();
    if more > 0 {
        let all = points.len();
        sentences.push(format!(
            "At {more} of {all} points a link reaches a rate that the power of its radio was not fitted to: energies \
             there are extrapolated."
        ));
    }
    sentences
}

/// What was planned for policies.
fn planned(policies: &[PolicyEntry]) -> impl Iterator<Item = String> {
    policies.iter().filter_map(|entry| Some(format!("Planned for {entry}: {}.", entry.planned.as_ref()?)))
}

/// The same at every point of a sweep, one after the other.
fn planned_over(points: &[PointEntry]) -> Vec<String> {
    let first = points.first().map_or(&[][..], |point| &point.policies);
    let of = |(place, policy): (usize, &PolicyEntry)| {
        let at = |point: &PointEntry| {
            let planned = point.policies.get(place)?.planned.as_ref()?;
            Some(format!("at {}, {planned}", point.settings.join(", ")))
        };
        let all: Vec<String> = points.iter().filter_map(at).collect();
        (!all.is_empty()).then(|| format!("Planned for {policy}: {}.", all.join("; ")))
    };
    first.iter().enumerate().filter_map(of).collect()
}

/// All policies of a point side by side.
fn rows(figures: &Figures) -> Vec<Row> {
    let mut rows: Vec<Row> = (0..figures.policies.len()).map(|policy| row(figures, policy)).collect();
    mark_front(figures, &mut rows);
    rows
}

fn row(figures: &Figures, policy: usize) -> Row {
    let (entry, runs) = (&figures.policies[policy], figures.runs(policy));
    let of = |figure| figures.interval(&figures.observed(policy, figure)?);
    // Through the appeal rate, as far as a figure responds to it.
    let through = |response: f64| (ImageShare::AppealRate(policy), response);
    let with = |images: (ImageShare, f64)| {
        move |values: &[f64]| -> Option<Interval> {
            let values = (0..).zip(values.iter().copied()).collect();
            figures.interval(&Observed { values, images: vec![images] })
        }
    };
    let latency = |figure: Figure| {
        let percentiles: Option<Vec<Percentile>> = runs.iter().map(|run| figure.percentile(run)).collect();
        let response = figures.response(policy, |responses| figure.response(responses));
        of_percentiles(&percentiles?, &with(through(response)))
    };
    let lives: Option<Vec<_>> = runs.iter().map(|run| run.battery_life).collect();
    let kept = |run: &SummaryRecord| {
        (run.requests > 0).then(|| run.outcomes[Outcome::Edge as usize] as f64 / run.requests as f64)
    };
    Row {
        family: entry.family.clone(),
        variant: entry.variant.clone(),
        role: entry.role,
        gain_asked: match figures.targets[policy] {
            Some(Target::AccuracyGain(gain)) => Some(gain.get()),
            _ => None,
        },
        pareto: false,
        threshold: runs.first().and_then(|run| run.threshold),
        accuracy: of(Figure::Accuracy),
        accuracy_gain: figures.accuracy_gain(policy),
        appeal_rate: of(Figure::AppealRate),
        appealed: runs.iter().map(|run| run.appealed).reduce(Pairing::and).filter(|appealed| appealed.total() > 0.0),
        by_edge_servers: share_of_edge_servers(&runs),
        kept: figures.read(policy, kept, vec![through(-1.0)]).and_then(|kept| figures.interval(&kept)),
        unfinished: outcome_share(&runs, Outcome::Unfinished),
        energy_j: of(Figure::Energy),
        latency_p50_s: latency(Figure::LatencyP50),
        latency_p95_s: latency(Figure::LatencyP95),
        latency_p99_s: latency(Figure::LatencyP99),
        deadline_misses: of(Figure::DeadlineMisses),
        uplink_bytes: of(Figure::UplinkBytes),
        battery_life_s: lives.and_then(|lives| of_lives(&lives, &with(figures.images_of_battery_life(policy)))),
        cuts: where_cut(&runs),
        chooses_cuts: entry.chooses_cuts,
        // Servers cost what they cost while they are on, however many requests they get.
        cloud_cost: figures.read(policy, |run| run.cloud_cost, Vec::new()).and_then(|cost| figures.interval(&cost)),
        co2_g: figures.co2(policy).and_then(|co2| figures.interval(&co2)),
        co2_with_servers_g: figures.co2_with_servers(policy).and_then(|co2| figures.interval(&co2)),
        policy: entry.policy.clone(),
    }
}

/// The share of all requests that servers at the ends of links answered, if there are any.
fn share_of_edge_servers(runs: &[&SummaryRecord]) -> Option<f64> {
    let answered: Option<u64> = runs.iter().map(|run| run.by_edge_servers).sum();
    let requests: u64 = runs.iter().map(|run| run.requests).sum();
    answered.filter(|_| requests > 0).map(|answered| answered as f64 / requests as f64)
}

/// Shares of all requests by where they were cut, from the input to the whole network on the device.
fn where_cut(runs: &[&SummaryRecord]) -> Vec<(Cut, f64)> {
    let mut sums: BTreeMap<(bool, Cut), u64> = BTreeMap::new();
    for (cut, requests) in runs.iter().flat_map(|run| &run.cuts) {
        *sums.entry((cut.is_none(), *cut)).or_default() += requests;
    }
    let all: u64 = sums.values().sum();
    sums.into_iter().map(|((_, cut), requests)| (cut, requests as f64 / all as f64)).collect()
}

#[cfg(test)]
mod tests {
    use analysis::{BatteryLife, GramsPerJoule, ImageSampling, Known, Reading};
    use serde_json::json;

    use super::*;
    use crate::policies::entry;

    /// A run of a hundred requests with these figures in two replications.
    fn runs(policy: &str, point: u32) -> [SummaryRecord; 2] {
        let run = |replication: u32, [a, b]: [f64; 2], kept: u64, unfinished: u64, p95| {
            let mut outcomes = [0; Outcome::ALL.len()];
            outcomes[Outcome::Edge as usize] = kept;
            outcomes[Outcome::Unfinished as usize] = unfinished;
            outcomes[Outcome::Cloud as usize] = 100 - kept - unfinished;
            SummaryRecord {
                point,
                policy: policy.into(),
                replication,
                threshold: Some(0.7),
                requests: 100,
                outcomes,
                accuracy: Some(0.86 + a / 50.0),
                little_accuracy: Some(0.8),
                big_accuracy: Some(0.96),
                appeal_rate: Some(0.1 * a),
                energy: Some(2.0 * a),
                latency_p50: Some(Percentile::Exactly(b)),
                latency_p95: Some(p95),
                latency_p99: Some(Percentile::Never(9.0)),
                deadline_misses: Some(0.2 * a),
                uplink_bytes: Some(100.0 * b),
                battery_life: Some(BatteryLife { seconds: Some(1_000.0 * b), known: Known::Seen }),
                cloud_energy: Some(b),
                cloud_cost: Some(0.5 * b),
                grid: Some(GramsPerJoule { devices: 0.5, servers: 2.0 }),
                cuts: vec![(Some(2), 3), (None, replication as u64)],
                ..SummaryRecord::default()
            }
        };
        [run(0, [1.0, 3.0], 30, 10, Percentile::Exactly(4.0)), run(1, [3.0, 5.0], 50, 20, Percentile::AtLeast(6.0))]
    }

    fn manifest(points: u32, replications: serde_json::Value) -> Manifest {
        let policies = vec![entry("local-only"), entry("offload-all")];
        let point = |point| PointEntry { point, policies: policies.clone(), ..PointEntry::default() };
        Manifest {
            scenario: json!({ "replications": replications }),
            points: (0..points).map(point).collect(),
            ..Manifest::default()
        }
    }

    fn judged(points: u32, replications: serde_json::Value, scope: Scope, images: Option<ImageSampling>) -> Manifest {
        let mut manifest = manifest(points, replications);
        manifest.points.iter_mut().for_each(|point| point.image_sampling.clone_from(&images));
        let all: Vec<SummaryRecord> =
            (0..points).flat_map(|point| [runs("local-only", point), runs("offload-all", point)].concat()).collect();
        judge(&mut manifest, &all, scope).unwrap();
        manifest
    }

    /// Half-widths are t(1) = 12.706 standard errors; that of two values is half their difference.
    fn is(found: Option<Interval>, mean: f64, standard_error: f64) {
        let found = found.unwrap();
        assert!((found.mean - mean).abs() < 1e-9 * mean.abs().max(1.0), "{found:?}, not {mean}");
        let (half, expected) = (found.half_width.unwrap(), 12.706_205 * standard_error);
        assert!((half - expected).abs() < 1e-5 * expected.max(1e-9), "{found:?}, not ± {expected}");
    }

    #[test]
    fn every_figure_of_a_row_is_the_mean_of_its_own() {
        let manifest = judged(1, json!(2), Scope::Whole, None);
        assert_eq!(manifest.points[0].replications, 2);
        let row = &manifest.points[0].comparison.rows[1];
        assert_eq!((row.policy.as_str(), row.family.as_str(), row.gain_asked), ("offload-all", "offload-all", None));
        assert_eq!((row.threshold, row.unfinished), (Some(0.7), Some(0.15)));
        is(row.accuracy, 0.90, 0.02);
        // 0.08 and 0.12 of 0.16.
        is(row.accuracy_gain, 0.625, 0.02 / 0.16);
        is(row.appeal_rate, 0.2, 0.1);
        is(row.kept, 0.4, 0.1);
        is(row.energy_j, 4.0, 2.0);
        is(row.latency_p50_s.and_then(Reading::seen), 4.0, 1.0);
        assert_eq!(row.latency_p95_s, Some(Reading::AtLeast(5.0)));
        assert_eq!(row.latency_p99_s, Some(Reading::Never));
        is(row.deadline_misses, 0.4, 0.2);
        is(row.uplink_bytes, 400.0, 100.0);
        is(row.battery_life_s.and_then(Reading::seen), 4_000.0, 1_000.0);
        is(row.cloud_cost, 2.0, 0.5);
        // 2 and 6 J at 0.5 g, and with 3 and 5 J of servers at 2 g: 7 and 13 g.
        is(row.co2_g, 2.0, 1.0);
        is(row.co2_with_servers_g, 10.0, 3.0);
        assert_eq!(row.cuts, [(Some(2), 6.0 / 7.0), (None, 1.0 / 7.0)]);
    }

    /// Servers without power figures draw nothing, so there is nothing to add; and without the carbon intensity, nothing
    /// is known.
    #[test]
    fn co2_is_there_as_far_as_energy_and_grid_are_known() {
        let row = |edit: fn(SummaryRecord) -> SummaryRecord| {
            let mut manifest = manifest(1, json!(2));
            let all: Vec<SummaryRecord> = runs("offload-all", 0).into_iter().map(edit).collect();
            judge(&mut manifest, &all, Scope::Whole).unwrap();
            manifest.points[0].comparison.rows[1].clone()
        };
        let uncounted = row(|run| SummaryRecord { cloud_energy: Some(0.0), ..run });
        is(uncounted.co2_g, 2.0, 1.0);
        assert_eq!(uncounted.co2_with_servers_g, None);
        let unknown = row(|run| SummaryRecord { grid: None, ..run });
        assert_eq!((unknown.co2_g, unknown.co2_with_servers_g), (None, None));
    }

    /// Runs belong to the point whose number they carry.
    #[test]
    fn every_point_has_its_own_runs() {
        let mut manifest = manifest(2, json!(2));
        let second: Vec<SummaryRecord> =
            runs("offload-all", 1).into_iter().map(|run| SummaryRecord { energy: Some(7.0), ..run }).collect();
        let all = [runs("offload-all", 0).to_vec(), second].concat();
        judge(&mut manifest, &all, Scope::Whole).unwrap();
        let energy = |point: usize| manifest.points[point].comparison.rows[1].energy_j.map(|energy| energy.mean);
        assert_eq!((energy(0), energy(1)), (Some(4.0), Some(7.0)));
        assert!(manifest.points[0].comparison.rows[0].energy_j.is_none(), "local-only was not run");
    }

    /// The image's part of the interval, and the switch that leaves it out. The appeal rate's variance is in the sixth
    /// diagonal place, that of the second policy's: 1 beside the simulation's own 0.01.
    #[test]
    fn the_choice_of_images_can_be_left_out() {
        let mut covariances = vec![0.0; 21];
        covariances[20] = 1.0;
        let images = || Some(ImageSampling { covariances: covariances.clone(), ..ImageSampling::default() });
        let appeals = |scope| judged(1, json!(2), scope, images()).points[0].comparison.rows[1].appeal_rate.unwrap();
        let (whole, alone) = (appeals(Scope::Whole), appeals(Scope::Simulation));
        is(Some(alone), 0.2, 0.1);
        assert_eq!(whole.simulation, alone.half_width);
        // All but a hundredth of the variance is known, which leaves 10,201 degrees of freedom: t is 1.9602.
        assert!((whole.half_width.unwrap() - 1.960_2 * 1.01f64.sqrt()).abs() < 1e-4, "{whole:?}");
    }

    /// It is not taken for a policy without a target.
    #[test]
    fn a_target_that_cannot_be_read_is_an_error() {
        let mut manifest = manifest(1, json!(2));
        manifest.points[0].policies[1].target = Some(json!({"profit": 0.5}));
        let told = judge(&mut manifest, &runs("offload-all", 0), Scope::Whole).unwrap_err().to_string();
        assert!(told.contains("a policy's target of the manifest") && told.contains("profit"), "{told}");
    }

    #[test]
    fn what_is_extrapolated_is_said_at_points_and_over_them() {
        let mut manifest = manifest(3, json!(2));
        for (point, sentences) in manifest.points.iter_mut().zip([&["a"][..], &["a", "b"], &["a"]]) {
            point.extrapolated = sentences.iter().map(ToString::to_string).collect();
        }
        let all: Vec<SummaryRecord> = (0..3).flat_map(|point| runs("offload-all", point)).collect();
        judge(&mut manifest, &all, Scope::Whole).unwrap();
        assert!(manifest.points[1].comparison.findings.ends_with(&["a".into(), "b".into()]));
        let sentence = "At 1 of 3 points a link reaches a rate that the power of its radio was not fitted to: energies \
                        there are extrapolated.";
        assert!(manifest.findings.ends_with(&["a".into(), sentence.into()]), "{:?}", manifest.findings);
    }

    #[test]
    fn what_until_did_not_reach_is_said_at_points_and_over_them() {
        let until = json!({"figure": "energy", "within": "1 %", "at-least": 2, "at-most": 2});
        let manifest = judged(2, until.clone(), Scope::Whole, None);
        let told = |findings: &[String]| findings.iter().filter(|finding| finding.starts_with("Not reached")).count();
        assert_eq!(told(&manifest.points[0].comparison.findings), 2, "for each policy");
        let over = "At 2 of 2 points the replications ended before the precision asked for was reached.";
        assert!(manifest.findings.iter().any(|finding| finding == over), "{:?}", manifest.findings);
        let fixed = judged(2, json!(2), Scope::Whole, None);
        assert_eq!(told(&fixed.points[0].comparison.findings), 0);
        // Intervals that were stopped when narrow are made at 97 %: t(1) at 98.5 % is 21.205.
        let energy = manifest.points[0].comparison.rows[1].energy_j.unwrap();
        assert!((energy.half_width.unwrap() - 21.204_949 * 2.0).abs() < 1e-4, "{energy:?}");
    }
}
