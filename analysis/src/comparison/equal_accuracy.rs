//! What scores spend where they are equally accurate.

use serde::{Deserialize, Serialize};

use super::shown::ENERGY_PER_REQUEST;
use super::text::aligned;
use super::{Comparison, Interval};

/// A method and a rival where both reach the same accuracy on the evaluation images: what the method reaches with its
/// threshold, or the rival with any, if that is less.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EqualAccuracy {
    /// The method, as the scenario file writes it.
    pub policy: String,
    /// Its name without its target.
    pub variant: String,
    /// The name of the rival without its target.
    pub rival: String,
    /// The accuracy that both reach.
    pub accuracy: f64,
    /// Whether that is the most that the rival reaches, and less than the method does.
    #[serde(default)]
    pub limited: bool,
    /// Share that the method has to send up for it.
    pub appeals: f64,
    /// Share that the rival has to.
    pub rival_appeals: f64,
    /// Joules per request that the method then spends.
    pub energy_j: f64,
    /// Joules per request that the rival then spends.
    pub rival_energy_j: f64,
    /// How many more the rival spends, as a share of what the method spends.
    pub rival_more: Interval,
}

/// Accuracies that are told from each other by a few images of the evaluation half.
const ABOUT: f64 = 1e-3;

/// What the percentages are of.
const NOTE: &str = "\n (in %: how much more a rival spends than the method, not corrected for several comparisons)";

impl Comparison {
    /// For each method a table: a column for each accuracy, a row for each score. A rival that never gets as far is compared
    /// at its own most, which its cell then says. None if nothing could be compared.
    pub fn at_equal_accuracy(&self) -> Option<String> {
        let mut methods: Vec<&str> = Vec::new();
        for equal in &self.equal {
            if !methods.contains(&equal.variant.as_str()) {
                methods.push(&equal.variant);
            }
        }
        let tables: Vec<String> = methods.into_iter().map(|method| self.of_method(method)).collect();
        (!tables.is_empty()).then(|| tables.join("\n") + NOTE)
    }

    /// A method with its most accurate threshold, beside the rival that does best there: the cheapest of those that get as
    /// far, or else of those that get as far as any to within 0.1 points. None if it was compared with none.
    pub fn hardest(&self, method: &str) -> Option<&EqualAccuracy> {
        let accuracy = |policy: &str| {
            let row = self.rows.iter().find(|row| row.policy == policy);
            row.and_then(|row| row.accuracy).map_or(0.0, |accuracy| accuracy.mean)
        };
        let of_it = || self.equal.iter().filter(|equal| equal.variant == method);
        let hardest = of_it().map(|equal| accuracy(&equal.policy)).fold(f64::NEG_INFINITY, f64::max);
        let there = || of_it().filter(|equal| accuracy(&equal.policy) >= hardest);
        let farthest = there().map(|equal| equal.accuracy).fold(f64::NEG_INFINITY, f64::max);
        let as_far = there().filter(|equal| !equal.limited || equal.accuracy >= farthest - ABOUT);
        as_far.min_by(|a, b| a.limited.cmp(&b.limited).then(a.rival_more.mean.total_cmp(&b.rival_more.mean)))
    }

    fn of_method(&self, method: &str) -> String {
        let of_it = || self.equal.iter().filter(|equal| equal.variant == method);
        let mut rivals: Vec<&str> = Vec::new();
        for equal in of_it() {
            if !rivals.contains(&equal.rival.as_str()) {
                rivals.push(&equal.rival);
            }
        }
        let (size, unit) = self.unit_of(&ENERGY_PER_REQUEST);
        let mut columns = vec![vec![format!("energy in {unit} (appeals in %) at an accuracy of"), method.to_owned()]];
        columns[0].extend(rivals.iter().map(|rival| (*rival).to_owned()));
        let mut policies: Vec<&str> = Vec::new();
        for equal in of_it() {
            if policies.contains(&equal.policy.as_str()) {
                continue;
            }
            policies.push(&equal.policy);
            let cell = |joules: f64, appeals: f64| {
                format!("{} ({:.1})", Interval::point(joules).written(size), appeals * 100.0)
            };
            // A rival that never gets as far has an accuracy of its own.
            let as_far = self.equal.iter().find(|other| other.policy == equal.policy && !other.limited);
            let mut column = match as_far {
                Some(equal) => vec![format!("{:.1} %", equal.accuracy * 100.0), cell(equal.energy_j, equal.appeals)],
                None => vec!["each rival's most".to_owned(), String::new()],
            };
            column.extend(rivals.iter().map(|rival| {
                let of = self.equal.iter().find(|other| other.policy == equal.policy && other.rival == *rival);
                of.map_or("-".to_owned(), |of| {
                    let more = of.rival_more.written(0.01);
                    let sign = if more.starts_with(['-', '0']) { "" } else { "+" };
                    let at = match of.limited {
                        true => format!(" at its {:.1} %", of.accuracy * 100.0),
                        false => String::new(),
                    };
                    format!("{}: {sign}{more} %{at}", cell(of.rival_energy_j, of.rival_appeals))
                })
            }));
            columns.push(column);
        }
        aligned(&columns, 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::comparison::Row;

    /// Two thresholds of a method against two rivals, of which one never gets as far as the second.
    #[test]
    fn a_column_for_each_accuracy_and_a_row_for_each_family() {
        let equal = |policy: &str, rival: &str, accuracy: f64, rival_energy_j: f64, half: f64| EqualAccuracy {
            policy: policy.into(),
            variant: "appealnet".into(),
            rival: rival.into(),
            accuracy,
            limited: policy == "most",
            appeals: 0.08,
            rival_appeals: 0.1,
            energy_j: 0.004,
            rival_energy_j,
            rival_more: Interval { half_width: Some(half), ..Interval::point(rival_energy_j / 0.004 - 1.0) },
        };
        let comparison = Comparison {
            rows: vec![Row { energy_j: Some(Interval::point(0.004)), ..Row::default() }],
            equal: vec![
                equal("low", "margin", 0.92, 0.005, 0.1),
                equal("low", "entropy", 0.92, 0.003, 0.03),
                equal("high", "margin", 0.937, 0.004, 0.1),
                equal("most", "margin", 0.931, 0.008, 0.3),
            ],
            ..Comparison::default()
        };
        let table = comparison.at_equal_accuracy().unwrap();
        let cells = |line: &str| {
            line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).map(str::to_owned).collect::<Vec<_>>()
        };
        let lines: Vec<Vec<String>> = table.lines().map(cells).collect();
        assert_eq!(
            lines[0],
            ["energy in mJ (appeals in %) at an accuracy of", "92.0 %", "93.7 %", "each rival's most"]
        );
        assert_eq!(lines[1], ["appealnet", "4.00 (8.0)", "4.00 (8.0)"]);
        let most = "8.00 (10.0): +100 ±30 % at its 93.1 %";
        assert_eq!(lines[2], ["margin", "5.00 (10.0): +25 ±10 %", "4.00 (10.0): 0 ±10 %", most]);
        assert_eq!(lines[3], ["entropy", "3.00 (10.0): -25 ±3 %", "-", "-"]);
        assert_eq!(Comparison::default().at_equal_accuracy(), None);
    }
}
