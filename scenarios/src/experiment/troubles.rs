//! What to know about the runs of a point before reading its figures: requests that were lost, batteries that ran empty,
//! figures that have no meaning.

use analysis::{Outcome, SummaryRecord, time_in_words};

use super::figures::Figures;
use super::outcomes::{WORTH_REPORTING, lost, outcome_share};

/// Requests that were answered neither at the edge nor by the cloud: read the figures of such a policy with care.
pub fn lost_requests(figures: &Figures, policy: usize) -> Option<String> {
    let runs = figures.runs(policy);
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
    (!parts.is_empty()).then(|| format!("Of the requests under {}, {}.", figures.policies[policy], parts.join(", ")))
}

/// The policies whose AccI is not shown because they lost requests.
pub fn no_gain_where_lost(figures: &Figures) -> Option<String> {
    let lossy = (0..figures.policies.len()).filter(|policy| lost(&figures.runs(*policy)) >= WORTH_REPORTING);
    let named: Vec<String> = lossy.map(|policy| figures.policies[policy].to_string()).collect();
    (!named.is_empty()).then(|| {
        format!(
            "AccI is not shown for {}: requests without an answer count as wrong, so the accuracy does not lie between \
             those of the networks.",
            named.join(", ")
        )
    })
}

/// The shares of requests that ended in this way under two policies that are compared, in words, where either is worth
/// reporting: `12 % under offload-all and 3 % under local-only`.
pub fn shares(figures: &Figures, compared: [usize; 2], outcome: Outcome) -> Option<String> {
    let told = compared.iter().filter_map(|policy| {
        let share = outcome_share(&figures.runs(*policy), outcome).filter(|share| *share >= WORTH_REPORTING)?;
        Some(format!("{:.0} % under {}", share * 100.0, figures.policies[*policy]))
    });
    let told: Vec<String> = told.collect();
    (!told.is_empty()).then(|| told.join(" and "))
}

/// How many batteries did not outlast the run: the table shows only the median.
pub fn empty_batteries(figures: &Figures, policy: usize) -> Option<String> {
    let runs = figures.runs(policy);
    let first = runs.iter().filter_map(|run| run.first_battery_empty).reduce(f64::min)?;
    let (empty, all) = runs.iter().fold((0, 0), |(empty, all), run| (empty + run.batteries_empty, all + run.batteries));
    let over = if runs.len() > 1 { format!(" (over {} replications)", runs.len()) } else { String::new() };
    Some(format!(
        "Under {}, {empty} of {all} batteries{over} were empty before the run ended, the first after {}.",
        figures.policies[policy],
        time_in_words(first)
    ))
}

/// Why there is no AccI, if the big network is no better than the little one on the images of all replications.
pub fn no_gain(figures: &Figures) -> Option<String> {
    let mean = |policy: usize, read: fn(&SummaryRecord) -> Option<f64>| {
        figures.read(policy, read, Vec::new()).map(|observed| observed.mean())
    };
    let accuracies: Vec<(usize, f64, f64)> = (0..figures.policies.len())
        .filter_map(|policy| {
            Some((policy, mean(policy, |run| run.little_accuracy)?, mean(policy, |run| run.big_accuracy)?))
        })
        .collect();
    let without: Vec<&(usize, f64, f64)> = accuracies.iter().filter(|(_, little, big)| big <= little).collect();
    let (_, little, big) = without.first()?;
    let beginning = if without.len() == accuracies.len() {
        "AccI has no meaning here and is not shown: on these images".to_owned()
    } else {
        let under: Vec<String> = without.iter().map(|(policy, ..)| figures.policies[*policy].to_string()).collect();
        format!("AccI has no meaning under {} and is not shown there: on the images answered", under.join(", "))
    };
    Some(format!(
        "{beginning} the big network is right on {:.2} % and the little one on {:.2} %, so there is no gain to take a share \
         of. Compare accuracies.",
        big * 100.0,
        little * 100.0,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::figures::Uncertain;
    use crate::policies::entry;

    fn told<R>(runs: &[SummaryRecord], look: impl FnOnce(&Figures) -> R) -> R {
        let policies = ["local-only", "offload-all"].map(entry);
        look(&Figures::new(&policies, &runs.iter().collect::<Vec<_>>(), Uncertain::default()).unwrap())
    }

    fn run(policy: &str, replication: u32, little: f64, big: f64) -> SummaryRecord {
        SummaryRecord {
            policy: policy.into(),
            replication,
            little_accuracy: Some(little),
            big_accuracy: Some(big),
            ..SummaryRecord::default()
        }
    }

    /// On average over the replications: 0.85 against 0.9 in one of two is made up for by 0.97 in the other.
    #[test]
    fn acci_has_no_meaning_where_the_big_network_is_no_better() {
        let pair = |policy, second| [run(policy, 0, 0.9, 0.85), run(policy, 1, 0.9, second)];
        assert_eq!(told(&pair("local-only", 0.97), no_gain), None);
        let none = [pair("local-only", 0.93), pair("offload-all", 0.95)].concat();
        let sentence = "AccI has no meaning here and is not shown: on these images the big network is right on 89.00 % and \
                        the little one on 90.00 %, so there is no gain to take a share of. Compare accuracies.";
        assert_eq!(told(&none, no_gain).as_deref(), Some(sentence));
        let one = [pair("local-only", 0.97), pair("offload-all", 0.95)].concat();
        let begins = "AccI has no meaning under offload-all and is not shown there: on the images answered the big network \
                      is right on 90.00 % and the little one on 90.00 %";
        assert!(told(&one, no_gain).unwrap().starts_with(begins), "{:?}", told(&one, no_gain));
    }

    /// Of 300 requests 3 were rejected, 2 timed out and 60 were unfinished: 1 %, 0.7 % and 20 %.
    #[test]
    fn what_was_lost_is_told_from_a_hundredth_on() {
        let with = |replication, rejected, timed_out, unfinished| {
            let mut run = SummaryRecord { requests: 150, ..run("offload-all", replication, 0.9, 0.95) };
            run.outcomes[Outcome::Rejected as usize] = rejected;
            run.outcomes[Outcome::TimedOut as usize] = timed_out;
            run.outcomes[Outcome::Unfinished as usize] = unfinished;
            run
        };
        let runs = [with(0, 3, 0, 40), with(1, 0, 2, 20)];
        let sentence = "Of the requests under offload-all, 1 % were rejected by their device's full queue, 20 % were still \
                        under way when the run ended.";
        assert_eq!(told(&runs, |figures| lost_requests(figures, 1)).as_deref(), Some(sentence));
        assert_eq!(told(&runs, |figures| lost_requests(figures, 0)), None);
        // 5 of 300 got no answer, and 60 had not ended.
        assert!((told(&runs, |figures| lost(&figures.runs(1))) - 5.0 / 300.0).abs() < 1e-12);
        let without = told(&runs, no_gain_where_lost).unwrap();
        assert!(without.starts_with("AccI is not shown for offload-all: requests without an answer"), "{without}");
        assert_eq!(told(&runs, |figures| figures.accuracy_gain(1)), None);
        assert_eq!(
            told(&runs, |figures| shares(figures, [0, 1], Outcome::Unfinished)).as_deref(),
            Some("20 % under offload-all")
        );
    }

    /// Four batteries in each of two runs: one empty after 90 s, and two after 60 s and later.
    #[test]
    fn empty_batteries_are_counted_over_the_replications() {
        let with = |replication, empty, first| SummaryRecord {
            batteries: 4,
            batteries_empty: empty,
            first_battery_empty: first,
            ..run("offload-all", replication, 0.9, 0.95)
        };
        let sentence = "Under offload-all, 3 of 8 batteries (over 2 replications) were empty before the run ended, the first \
                        after 1 min.";
        let both = [with(0, 1, Some(90.0)), with(1, 2, Some(60.0))];
        assert_eq!(told(&both, |figures| empty_batteries(figures, 1)).as_deref(), Some(sentence));
        let one = told(&[with(0, 1, Some(90.0))], |figures| empty_batteries(figures, 1)).unwrap();
        assert!(one.starts_with("Under offload-all, 1 of 4 batteries were empty"), "{one}");
        assert_eq!(told(&[with(0, 0, None)], |figures| empty_batteries(figures, 1)), None);
    }
}
