//! The policies that no other beats.

use super::{Comparison, Row};
use crate::role::Role;

/// What the Pareto front of these policies is, in words. A bound is left out, as it is no real policy.
pub(crate) fn on_the_front<'a>(rows: impl IntoIterator<Item = &'a Row>) -> String {
    let bound = rows.into_iter().find(|row| row.role == Role::Bound).map(Row::variant);
    let but = bound.map_or(String::new(), |bound| format!(" but the {bound}"));
    format!("no other policy{but} is certainly better in accuracy or energy and no worse in the other")
}

impl Comparison {
    /// The policies that no other beats, in words, if there are enough to choose from; if most are, those that are not.
    pub(super) fn pareto_front(&self) -> Option<String> {
        // A bound is no real policy, and what is not known of a policy does not put it off the front.
        let judged = |row: &&Row| row.accuracy.is_some() && row.energy_j.is_some() && row.role != Role::Bound;
        let named = |wanted: bool| -> Vec<&str> {
            let rows = self.rows.iter().filter(judged).filter(|row| row.pareto == wanted);
            rows.map(|row| row.policy.as_str()).collect()
        };
        let unsure = self.rows.iter().all(|row| row.energy_j.is_none_or(|energy| energy.half_width.is_none()));
        let why = match unsure {
            true => "as one replication has it; nothing is certain without intervals".to_owned(),
            false => on_the_front(&self.rows),
        };
        let (front, off) = (named(true), named(false));
        if self.rows.len() <= 6 || front.is_empty() {
            return None;
        }
        Some(if front.len() <= off.len() {
            format!("On the Pareto front ({why}): {}.", front.join("; "))
        } else if off.is_empty() {
            format!("All are on the Pareto front ({why}).")
        } else {
            format!("All are on the Pareto front ({why}) except {}.", off.join("; "))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::comparison::Interval;

    /// The oracle may be both more accurate and cheaper than what is on the front. The shorter list is given.
    #[test]
    fn the_front_is_named_by_the_shorter_list() {
        let front = |on: usize| {
            let known = Some(Interval { half_width: Some(0.1), ..Interval::point(1.0) });
            let row = |number: usize| Row {
                policy: number.to_string(),
                pareto: number < on,
                accuracy: known,
                energy_j: known,
                ..Row::default()
            };
            let oracle =
                Row { policy: "oracle".into(), family: "oracle".into(), role: Role::Bound, pareto: false, ..row(9) };
            let unknown = Row { policy: "unknown".into(), accuracy: None, ..row(9) };
            let rows = (0..7).map(row).chain([oracle, unknown]).collect();
            Comparison { rows, ..Comparison::default() }.pareto_front()
        };
        let why =
            "(no other policy but the oracle is certainly better in accuracy or energy and no worse in the other)";
        assert_eq!(front(2).unwrap(), format!("On the Pareto front {why}: 0; 1."));
        assert_eq!(front(5).unwrap(), format!("All are on the Pareto front {why} except 5; 6."));
        assert_eq!(front(7).unwrap(), format!("All are on the Pareto front {why}."));
        assert_eq!(front(0), None);
    }
}
