//! What came of appeals, by policy.

use super::text::aligned;
use super::{Comparison, Row};
use crate::pairing::Pairing;

impl Comparison {
    /// For each policy that sends something up: how many of its appeals were beneficial, futile or harmful. None if no
    /// policy chooses what to send up, or if policies have several rows.
    pub fn what_came_of_appeals(&self) -> Option<String> {
        let of = |row: &&Row| row.appealed.is_some_and(|appealed| appealed.total() > 0.0);
        let rows: Vec<&Row> = self.rows.iter().filter(of).collect();
        let several = rows.iter().skip(1).any(|row| row.policy == rows[0].policy);
        let chooses = rows.iter().any(|row| row.appeal_rate.is_some_and(|rate| rate.mean < 1.0));
        if several || !chooses {
            return None;
        }
        let column = |heading: &str, read: fn(Pairing) -> Option<f64>| {
            let written = |row: &&Row| {
                let share = row.appealed.and_then(read);
                share.map_or("-".to_owned(), |share| format!("{:.1} %", share * 100.0))
            };
            [heading.to_owned()].into_iter().chain(rows.iter().map(written)).collect()
        };
        let policies = ["of its appeals".to_owned()].into_iter().chain(rows.iter().map(|row| row.policy.clone()));
        let columns = vec![
            policies.collect(),
            column("beneficial", Pairing::beneficial),
            column("futile", Pairing::futile),
            column("harmful", Pairing::harmful),
        ];
        Some(aligned(&columns, 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::comparison::Interval;

    #[test]
    fn a_row_for_each_policy_that_appeals() {
        let row = |policy: &str, rate: f64, appealed| Row {
            policy: policy.into(),
            appeal_rate: Some(Interval::point(rate)),
            appealed,
            ..Row::default()
        };
        let appealed = Pairing { both: 5.0, only_little: 1.0, only_big: 3.0, neither: 1.0 };
        let told = |rows: Vec<Row>| Comparison { rows, ..Comparison::default() }.what_came_of_appeals();
        let all = row("offload-all", 1.0, Some(appealed));
        let some = row("some", 0.1, Some(appealed));
        let text = told(vec![row("none", 0.0, Some(Pairing::default())), some.clone(), all.clone()]).unwrap();
        let lines: Vec<Vec<&str>> = text
            .lines()
            .map(|line| line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect())
            .collect();
        assert_eq!(lines[0], ["of its appeals", "beneficial", "futile", "harmful"]);
        assert_eq!(lines[1], ["some", "30.0 %", "60.0 %", "10.0 %"]);
        assert_eq!((lines[2][0], lines.len()), ("offload-all", 3));
        assert_eq!(told(vec![all]), None, "nothing was chosen");
        assert_eq!(told(vec![some.clone(), some]), None, "of two points");
    }
}
