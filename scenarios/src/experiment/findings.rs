//! What was found, in words, whether or not it favours AppealNet.

use std::collections::BTreeMap;

use analysis::{Outcome, SummaryRecord, time_in_words};
use sim_core::{Estimate, Moments};

use super::overload::{overloads, overloads_over_points};

use crate::policies::{AppealNet, Confidence, PolicySpec, Score};
use crate::schema::Target;

/// A figure both policies have in every replication, paired: they share their random numbers.
struct Paired {
    ours: f64,
    theirs: f64,
    difference: Estimate,
}

/// Smallest share of requests ending in trouble that is worth reporting.
const WORTH_REPORTING: f64 = 0.01;

/// The findings at a point: what cannot keep up, what went wrong with each policy, which figures have no meaning; then
/// what AppealNet saves against offload-all, and what it spends against the cheapest confidence score with the same
/// target, target by target.
pub fn findings(policies: &[PolicySpec], summaries: &[&SummaryRecord]) -> Vec<String> {
    let mut sentences = overloads(policies, summaries);
    sentences.extend(policies.iter().filter_map(|policy| troubles(summaries, policy)));
    sentences.extend(policies.iter().filter_map(|policy| empty_batteries(summaries, policy)));
    sentences.extend(no_gain(summaries));
    let mut appealnets: Vec<(&PolicySpec, Target)> = Vec::new();
    for policy in policies {
        if let PolicySpec::Appealnet(AppealNet { target }) = policy {
            appealnets.push((policy, *target));
        }
    }
    // If there are accuracy targets, only those are compared: equal shares sent up say little.
    let of_accuracy = |target: &Target| matches!(target, Target::AccuracyGain(_) | Target::Accuracy(_));
    if appealnets.iter().any(|(_, target)| of_accuracy(target)) {
        appealnets.retain(|(_, target)| of_accuracy(target));
    }
    if policies.contains(&PolicySpec::OffloadAll)
        && let Some((ours, _)) = appealnets.last()
    {
        sentences.extend(against_offloading(summaries, ours, &PolicySpec::OffloadAll));
    }
    for (ours, target) in appealnets {
        let theirs = policies.iter().filter_map(|policy| match policy {
            PolicySpec::Confidence(Confidence { score, target: same }) if *same == target => {
                Some((policy, *score, paired(summaries, ours, policy, |s| s.energy)?.theirs))
            }
            _ => None,
        });
        if let Some((theirs, score, _)) = theirs.min_by(|a, b| a.2.total_cmp(&b.2)) {
            sentences.extend(against_confidence(summaries, ours, theirs, target, score));
        }
    }
    sentences
}

/// At how many points of a sweep something cannot keep up or AccI has no meaning, and at how many each AppealNet spends
/// less energy than each confidence score with the same target. `points` has the policies of each point with its runs.
pub fn over_points(points: &[(&[PolicySpec], Vec<&SummaryRecord>)]) -> Vec<String> {
    let mut counts: BTreeMap<(String, &'static str), [usize; 3]> = BTreeMap::new();
    for (policies, summaries) in points {
        for ours in *policies {
            let PolicySpec::Appealnet(AppealNet { target }) = ours else { continue };
            for theirs in *policies {
                let PolicySpec::Confidence(Confidence { score, target: same }) = theirs else { continue };
                if same != target {
                    continue;
                }
                let Some(energy) = paired(summaries, ours, theirs, |s| s.energy) else { continue };
                let sure = energy.difference.half_width.is_some_and(|half| half < energy.difference.mean.abs());
                let place = if !sure { 2 } else { usize::from(energy.difference.mean > 0.0) };
                counts.entry((target.to_string(), score.name())).or_default()[place] += 1;
            }
        }
    }
    let sentence = |((target, score), [less, more, unsure]): (&(String, &str), &[usize; 3])| {
        format!(
            "At the same target ({target}), AppealNet spends less energy than {score} at {less} of {} points, more at \
             {more}; at {unsure} the replications cannot tell.",
            less + more + unsure
        )
    };
    let mut sentences = overloads_over_points(points);
    let without = points.iter().filter(|(_, summaries)| no_gain(summaries).is_some()).count();
    if without > 0 {
        sentences.push(format!(
            "AccI has no meaning at {without} of {} points, where the big network is no better than the little one on \
             the images of some run: compare accuracies there.",
            points.len()
        ));
    }
    sentences.extend(counts.iter().map(sentence));
    sentences
}

/// Requests that were answered neither at the edge nor by the cloud: read the figures of such a policy with care.
fn troubles(summaries: &[&SummaryRecord], policy: &PolicySpec) -> Option<String> {
    let label = policy.to_string();
    let runs: Vec<&SummaryRecord> = summaries.iter().copied().filter(|s| s.policy == label).collect();
    let told = [
        (Outcome::Rejected, "were rejected by their device's full queue"),
        (Outcome::TimedOutEdge, "timed out and took the edge answer"),
        (Outcome::TimedOut, "timed out without an answer"),
        (Outcome::RefusedEdge, "were refused by the cloud and took the edge answer"),
        (Outcome::Refused, "were refused by the cloud and had no answer"),
        (Outcome::DeviceDead, "were lost when a battery ran empty"),
        (Outcome::Unfinished, "were still under way when the run ended"),
    ];
    let parts: Vec<String> = told
        .iter()
        .filter_map(|(outcome, words)| {
            let share = outcome_share(&runs, *outcome)?;
            (share >= WORTH_REPORTING).then(|| format!("{:.0} % {words}", share * 100.0))
        })
        .collect();
    (!parts.is_empty()).then(|| format!("Of the requests under {label}, {}.", parts.join(", ")))
}

/// The share of all requests in some runs that ended in this way; none if there were no requests.
pub fn outcome_share(runs: &[&SummaryRecord], outcome: Outcome) -> Option<f64> {
    let requests: u64 = runs.iter().map(|run| run.requests).sum();
    let ended: u64 = runs.iter().map(|run| run.outcomes[outcome as usize]).sum();
    (requests > 0).then(|| ended as f64 / requests as f64)
}

/// The shares of requests that ended in this way under two policies that are compared, in words, where either is worth
/// reporting: `12 % under offload-all and 3 % under local-only`.
fn shares(summaries: &[&SummaryRecord], compared: [&PolicySpec; 2], outcome: Outcome) -> Option<String> {
    let told = compared.iter().filter_map(|policy| {
        let label = policy.to_string();
        let runs: Vec<&SummaryRecord> = summaries.iter().copied().filter(|s| s.policy == label).collect();
        let share = outcome_share(&runs, outcome).filter(|share| *share >= WORTH_REPORTING)?;
        Some(format!("{:.0} % under {label}", share * 100.0))
    });
    let told: Vec<String> = told.collect();
    (!told.is_empty()).then(|| told.join(" and "))
}

/// What is to be known before two policies are compared: requests lost with a battery weigh in both figures.
fn lost(summaries: &[&SummaryRecord], compared: [&PolicySpec; 2]) -> String {
    shares(summaries, compared, Outcome::DeviceDead).map_or(String::new(), |shares| {
        format!(" Requests lost when a battery ran empty count as wrong and cost little or nothing: {shares}.")
    })
}

/// Why accuracies are not compared: they are of the requests that ended, and the others are no random sample.
fn unfinished(summaries: &[&SummaryRecord], compared: [&PolicySpec; 2]) -> Option<String> {
    shares(summaries, compared, Outcome::Unfinished).map(|shares| {
        format!(
            "accuracies are not compared, because requests had not ended when the run did ({shares}), and the \
             energy is what was spent on them until then."
        )
    })
}

/// How many batteries did not outlast the run: the table shows only the median.
fn empty_batteries(summaries: &[&SummaryRecord], policy: &PolicySpec) -> Option<String> {
    let label = policy.to_string();
    let runs: Vec<&SummaryRecord> = summaries.iter().copied().filter(|s| s.policy == label).collect();
    let first = runs.iter().filter_map(|run| run.first_battery_empty).reduce(f64::min)?;
    let (empty, all) = runs.iter().fold((0, 0), |(empty, all), run| (empty + run.batteries_empty, all + run.batteries));
    let over = if runs.len() > 1 { format!(" (over {} replications)", runs.len()) } else { String::new() };
    Some(format!(
        "Under {label}, {empty} of {all} batteries{over} were empty before the run ended, the first after {}.",
        time_in_words(first)
    ))
}

/// Why there is no AccI, if the big network is no better than the little one.
fn no_gain(summaries: &[&SummaryRecord]) -> Option<String> {
    let accuracies: Vec<(f64, f64)> =
        summaries.iter().filter_map(|run| run.little_accuracy.zip(run.big_accuracy)).collect();
    let without: Vec<&(f64, f64)> = accuracies.iter().filter(|(little, big)| big <= little).collect();
    let mean = |of: fn(&(f64, f64)) -> f64| without.iter().map(|pair| of(pair)).sum::<f64>() / without.len() as f64;
    let where_ = match without.len() {
        0 => return None,
        number if number == accuracies.len() => "AccI has no meaning here and is not shown: on these images".to_owned(),
        number => format!(
            "In {number} of {} runs AccI has no meaning, and policies with such a run show none: on the images there",
            accuracies.len()
        ),
    };
    Some(format!(
        "{where_} the big network is right on {:.2} % and the little one on \
         {:.2} %, so there is no gain to take a share of. Compare accuracies.",
        mean(|(_, big)| *big) * 100.0,
        mean(|(little, _)| *little) * 100.0,
    ))
}

fn against_confidence(
    summaries: &[&SummaryRecord],
    ours: &PolicySpec,
    theirs: &PolicySpec,
    target: Target,
    score: Score,
) -> Option<String> {
    let appeals = paired(summaries, ours, theirs, |s| s.appeal_rate)?;
    let energy = paired(summaries, ours, theirs, |s| s.energy)?;
    let unfinished = unfinished(summaries, [ours, theirs]);
    let reached = match (unfinished, paired(summaries, ours, theirs, |s| s.accuracy_gain)) {
        (Some(why), _) => why,
        (None, Some(gain)) => {
            format!("it reached an AccI of {:.0} % against {:.0} %.", gain.ours * 100.0, gain.theirs * 100.0)
        }
        (None, None) => {
            let accuracy = paired(summaries, ours, theirs, |s| s.accuracy)?;
            let (ours, theirs) = (accuracy.ours * 100.0, accuracy.theirs * 100.0);
            format!("it reached an accuracy of {ours:.1} % against {theirs:.1} %.")
        }
    };
    Some(format!(
        "At the same target ({target}), AppealNet appeals {:.1} % of the requests against {:.1} % for {} and spends \
         {}; {reached}{}",
        appeals.ours * 100.0,
        appeals.theirs * 100.0,
        score.name(),
        energy.in_words("energy"),
        lost(summaries, [ours, theirs]),
    ))
}

fn against_offloading(summaries: &[&SummaryRecord], ours: &PolicySpec, theirs: &PolicySpec) -> Option<String> {
    let energy = paired(summaries, ours, theirs, |s| s.energy)?;
    let accuracy = match unfinished(summaries, [ours, theirs]) {
        Some(why) => format!("; {why}"),
        None => {
            let points = paired(summaries, ours, theirs, |s| s.accuracy)?.difference.mean * 100.0;
            let compared = match format!("{:.1}", points.abs()).as_str() {
                "0.0" => "the same to a tenth of a point".to_owned(),
                written => format!("{written} points {}", if points < 0.0 { "lower" } else { "higher" }),
            };
            format!(" and its accuracy is {compared}.")
        }
    };
    Some(format!(
        "Against offload-all, {ours} spends {}{accuracy}{}",
        energy.in_words("energy"),
        lost(summaries, [ours, theirs]),
    ))
}

impl Paired {
    /// "12 % less energy", with its uncertainty over the replications.
    fn in_words(&self, what: &str) -> String {
        let relative = if self.theirs == 0.0 { 0.0 } else { self.difference.mean / self.theirs * 100.0 };
        let direction = if relative < 0.0 { "less" } else { "more" };
        let certainty = match self.difference.half_width {
            None => " (one replication: no interval)".to_owned(),
            Some(half) if half >= self.difference.mean.abs() => " (within the noise of the replications)".to_owned(),
            Some(half) => format!(" (± {:.1} %)", half / self.theirs.abs() * 100.0),
        };
        format!("{:.1} % {direction} {what}{certainty}", relative.abs())
    }
}

fn paired(
    summaries: &[&SummaryRecord],
    ours: &PolicySpec,
    theirs: &PolicySpec,
    read: fn(&SummaryRecord) -> Option<f64>,
) -> Option<Paired> {
    let values = |policy: &PolicySpec| -> Option<Vec<f64>> {
        let label = policy.to_string();
        summaries.iter().filter(|s| s.policy == label).map(|s| read(s)).collect()
    };
    let (a, b) = (values(ours)?, values(theirs)?);
    let mean = |values: &[f64]| values.iter().copied().collect::<Moments>().mean();
    let differences: Moments = a.iter().zip(&b).map(|(a, b)| a - b).collect();
    Some(Paired { ours: mean(&a), theirs: mean(&b), difference: differences.estimate()? })
}

#[cfg(test)]
mod tests {
    use device_models::units::Share;

    use super::*;

    fn appealnet() -> PolicySpec {
        PolicySpec::Appealnet(AppealNet { target: Target::AccuracyGain(Share::new(0.9)) })
    }

    fn margin() -> PolicySpec {
        PolicySpec::Confidence(Confidence { score: Score::Margin, target: Target::AccuracyGain(Share::new(0.9)) })
    }

    /// A run of a hundred requests, of which some ended in this way and the rest at the edge.
    fn run(policy: &PolicySpec, accuracy: f64, (outcome, number): (Outcome, u64)) -> SummaryRecord {
        let mut outcomes = [0; Outcome::ALL.len()];
        outcomes[Outcome::Edge as usize] = 100 - number;
        outcomes[outcome as usize] += number;
        SummaryRecord {
            policy: policy.to_string(),
            requests: 100,
            outcomes,
            accuracy: Some(accuracy),
            accuracy_gain: Some(0.5),
            little_accuracy: Some(0.9),
            big_accuracy: Some(0.95),
            appeal_rate: Some(0.2),
            energy: Some(1.0),
            ..SummaryRecord::default()
        }
    }

    fn told(runs: &[SummaryRecord]) -> String {
        findings(&[appealnet(), PolicySpec::OffloadAll, margin()], &runs.iter().collect::<Vec<_>>()).join("\n")
    }

    #[test]
    fn accuracies_are_not_compared_where_requests_had_not_ended() {
        let all = |number| {
            [
                run(&appealnet(), 0.95, (Outcome::Unfinished, 0)),
                run(&PolicySpec::OffloadAll, 0.94, (Outcome::Unfinished, number)),
                run(&margin(), 0.94, (Outcome::Unfinished, number)),
            ]
        };
        let few = told(&all(0));
        assert!(few.contains("and its accuracy is 1.0 points higher.") && few.contains("an AccI of 50 %"), "{few}");
        let many = told(&all(40));
        assert!(!many.contains("points") && !many.contains("AccI"), "{many}");
        for policy in ["offload-all", "margin accuracy-gain 90 %"] {
            let why = format!(
                "; accuracies are not compared, because requests had not ended when the run did (40 % under {policy}), \
                 and the energy is what was spent on them until then."
            );
            assert!(many.contains(&why), "{many}");
        }
    }

    #[test]
    fn a_comparison_names_what_was_lost_with_batteries() {
        let told = told(&[
            run(&appealnet(), 0.9, (Outcome::DeviceDead, 2)),
            run(&PolicySpec::OffloadAll, 0.2, (Outcome::DeviceDead, 71)),
            run(&margin(), 0.9, (Outcome::DeviceDead, 0)),
        ]);
        let lost = "Requests lost when a battery ran empty count as wrong and cost little or nothing:";
        let both = format!(
            "its accuracy is 70.0 points higher. {lost} 2 % under appealnet accuracy-gain 90 % and 71 % under \
             offload-all."
        );
        assert!(told.contains(&both), "{told}");
        let one = format!("an AccI of 50 % against 50 %. {lost} 2 % under appealnet accuracy-gain 90 %.");
        assert!(told.contains(&one), "{told}");
    }

    #[test]
    fn accuracies_that_agree_are_not_higher() {
        let runs =
            |ours| [run(&appealnet(), ours, (Outcome::Edge, 0)), run(&PolicySpec::OffloadAll, 0.9, (Outcome::Edge, 0))];
        for same in [0.9, 0.9004, 0.8996] {
            let told = told(&runs(same));
            assert!(told.contains("and its accuracy is the same to a tenth of a point."), "{told}");
        }
        assert!(told(&runs(0.899)).contains("and its accuracy is 0.1 points lower."));
    }

    /// Where only some runs have no AccI, the others' is shown.
    #[test]
    fn runs_without_an_acci_are_counted() {
        let runs = |worse: usize| -> Vec<SummaryRecord> {
            let run = |number| SummaryRecord {
                big_accuracy: Some(if number < worse { 0.85 } else { 0.95 }),
                ..run(&PolicySpec::OffloadAll, 0.9, (Outcome::Edge, 0))
            };
            (0..30).map(run).collect()
        };
        let told = |worse| no_gain(&runs(worse).iter().collect::<Vec<_>>());
        assert_eq!(told(0), None);
        let some = told(2).unwrap();
        let begins = "In 2 of 30 runs AccI has no meaning, and policies with such a run show none: on the images \
                      there the big network is right on 85.00 % and the little one on 90.00 %";
        assert!(some.starts_with(begins) && !some.contains("not shown"), "{some}");
        assert!(told(30).unwrap().starts_with("AccI has no meaning here and is not shown: on these images the big"));
    }
}
