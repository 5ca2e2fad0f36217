//! What has to be said of a table besides its figures.

use super::{Comparison, Reading, Row};

/// Smallest share of a policy's requests that had not ended which is worth a note.
const WORTH_A_NOTE: f64 = 0.01;

/// Most policies that are named in a note.
const NAMED: usize = 3;

impl Comparison {
    /// Explanations of the marks in the table.
    pub(crate) fn notes(&self) -> Vec<String> {
        let latencies = || self.rows.iter().flat_map(|r| [r.latency_p50_s, r.latency_p95_s, r.latency_p99_s]).flatten();
        let lives = || self.rows.iter().filter_map(|row| row.battery_life_s);
        let unbounded = |row: &Row| {
            let known = row.accuracy.is_some_and(|accuracy| accuracy.half_width.is_some());
            known && row.accuracy_gain.is_some_and(|gain| gain.half_width.is_none())
        };
        let notes = [
            (
                self.rows.iter().any(unbounded),
                "AccI without ±: by its own interval the gap between the networks may be 0, so this AccI may be anything.",
            ),
            (
                latencies().any(|reading| matches!(reading, Reading::AtLeast(_))),
                "≥: percentiles are over all requests; in some replication this one falls among those that had no \
                 answer when the run ended, so only a lower bound is known.",
            ),
            (
                latencies().any(|reading| reading == Reading::Never),
                "never: percentiles are over all requests, and this one falls among those that never got an answer.",
            ),
            (
                lives().any(|reading| matches!(reading, Reading::Extrapolated(_))),
                "~: when half of the batteries will be empty if the load continues, day after day, as in the run.",
            ),
            (
                lives().any(|reading| matches!(reading, Reading::Guessed(_) | Reading::PerhapsNever)),
                "?: a guess. Arrivals follow the hour of the day or a recording, and the run has not covered all of \
                 it; run for whole days.",
            ),
            (
                lives().any(|reading| matches!(reading, Reading::Never | Reading::PerhapsNever)),
                "never (battery): over a day, at least as much energy is harvested as is spent.",
            ),
            (
                self.rows.iter().any(|row| row.co2_g.is_some()),
                "CO2: of the devices' energy, without idling; in all: with that of the servers, idling and all, if they \
                 have power figures. The devices' idling is in neither.",
            ),
        ];
        let marks = notes.into_iter().filter(|(wanted, _)| *wanted).map(|(_, note)| note.to_owned());
        self.unfinished().into_iter().chain(marks).collect()
    }

    /// Which accuracies leave out requests, and how many: those that had not ended. They are no random sample: under
    /// overload they are the ones that were sent up, and those are the difficult ones.
    fn unfinished(&self) -> Option<String> {
        // A sweep has a row for a policy at each point.
        let mut most: Vec<(&str, f64)> = Vec::new();
        for row in &self.rows {
            let Some(share) = row.unfinished.filter(|share| *share >= WORTH_A_NOTE) else { continue };
            match most.iter_mut().find(|(policy, _)| *policy == row.policy) {
                Some((_, other)) => *other = other.max(share),
                None => most.push((&row.policy, share)),
            }
        }
        let named: Vec<String> =
            most.iter().take(NAMED).map(|(policy, share)| format!("{:.0} % under {policy}", share * 100.0)).collect();
        let more = match most.len().saturating_sub(NAMED) {
            0 => String::new(),
            1 => " and some under another policy".to_owned(),
            number => format!(" and some under {number} other policies"),
        };
        // The rows of a policy are those of several points.
        let several = self.rows.iter().skip(1).any(|row| row.policy == self.rows[0].policy);
        let (when, up_to) = if several { ("a run", "up to ") } else { ("the run", "") };
        (!named.is_empty()).then(|| {
            format!(
                "accuracy and AccI are of the requests that ended. When {when} ended, {up_to}{}{more} had not: compare \
                 these accuracies with care.",
                named.join(", ")
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::comparison::Interval;

    /// Where the accuracy has an interval and AccI has none, that means something.
    #[test]
    fn an_acci_without_an_interval_is_noted() {
        let known = |half_width| Some(Interval { half_width, ..Interval::point(0.5) });
        for (accuracy, gain, noted) in [
            (known(Some(0.1)), known(None), true),
            (known(Some(0.1)), known(Some(0.2)), false),
            (known(Some(0.1)), None, false),
            (known(None), known(None), false),
        ] {
            let rows = vec![Row { accuracy, accuracy_gain: gain, ..Row::default() }];
            let notes = Comparison { rows, ..Comparison::default() }.notes();
            assert_eq!(notes.iter().any(|note| note.starts_with("AccI without ±")), noted, "{accuracy:?}, {gain:?}");
        }
    }

    /// Requests that have not ended have no part in the accuracy; where that is a hundredth of them, a note says so.
    #[test]
    fn accuracies_of_some_of_the_requests_are_noted() {
        let row = |policy: &str, unfinished| Row { policy: policy.into(), unfinished, ..Row::default() };
        let notes = |rows: Vec<Row>| Comparison { rows, ..Comparison::default() }.notes();
        let (a, b, none) = (row("a", Some(0.94)), row("b", Some(0.102)), row("c", Some(0.009)));
        assert!(notes(vec![none.clone(), row("d", None)]).is_empty());
        let begins = "accuracy and AccI are of the requests that ended. When ";
        let told = notes(vec![a.clone(), none, b.clone()]);
        assert!(
            told[0].starts_with(&format!("{begins}the run ended, 94 % under a, 10 % under b had not: ")),
            "{told:?}"
        );
        let swept = notes(vec![b.clone(), a.clone(), Row { unfinished: Some(0.5), ..b }, a]);
        assert!(
            swept[0].starts_with(&format!("{begins}a run ended, up to 50 % under b, 94 % under a had")),
            "{swept:?}"
        );
        let many = notes((0..5).map(|number| row(&number.to_string(), Some(0.5))).collect());
        assert!(many[0].contains("50 % under 2 and some under 2 other policies had not"), "{many:?}");
    }
}
