//! The table of a comparison: a column for each figure that some policy has.

use std::fmt;

use super::shown::{SHOWN, Shown};
use super::text::{aligned, filled};
use super::{Comparison, Reading};
use crate::unit::{Unit, fitting};

/// The table; columns that no policy has are left out. A column has one unit, so that its figures can be compared
/// easily.
impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        writeln!(f, "{}", aligned(&self.columns(), 1))?;
        for note in self.notes() {
            writeln!(f, "\n{}", filled(&note))?;
        }
        for sentence in self.where_cut() {
            writeln!(f, "\n{}", filled(&sentence))?;
        }
        if let Some(table) = self.what_came_of_appeals() {
            writeln!(f, "\n{table}")?;
        }
        if let Some(table) = self.at_equal_accuracy() {
            writeln!(f, "\n{table}")?;
        }
        if let Some(front) = self.pareto_front() {
            writeln!(f, "\n{}", filled(&front))?;
        }
        self.findings.iter().try_for_each(|finding| writeln!(f, "\n{}", filled(finding)))
    }
}

impl Comparison {
    /// Whether there is a figure even without requests: the life of an idle device's battery.
    pub(crate) fn has_figures(&self) -> bool {
        self.rows.iter().any(|row| SHOWN.iter().any(|shown| (shown.read)(row).is_some()))
    }

    /// The table by columns: heading, unit, and each row's figure.
    pub(crate) fn columns(&self) -> Vec<Vec<String>> {
        let mut columns: Vec<Vec<String>> = vec![vec!["policy".to_owned(), String::new()]];
        columns[0].extend(self.rows.iter().map(|row| row.policy.clone()));
        for shown in &SHOWN {
            let figures: Vec<Option<Reading>> = self.rows.iter().map(shown.read).collect();
            if figures.iter().all(Option::is_none) {
                continue;
            }
            let (size, unit) = self.unit_of(shown);
            let mut column = vec![shown.heading.to_owned(), unit.to_owned()];
            column.extend(figures.iter().map(|figure| figure.map_or("-".to_owned(), |figure| figure.written(size))));
            columns.push(column);
        }
        columns
    }

    /// The unit of a column: the largest in which its largest figure is at least 1. All latencies share one.
    pub(super) fn unit_of(&self, shown: &Shown) -> Unit {
        let is_latency = |shown: &Shown| shown.heading.starts_with('p');
        let together = |other: &&Shown| other.heading == shown.heading || (is_latency(other) && is_latency(shown));
        let read = SHOWN.iter().filter(together).map(|shown| shown.read);
        let figures = read.flat_map(|read| self.rows.iter().filter_map(read));
        let largest = figures.filter_map(Reading::figure).map(f64::abs).fold(0.0, f64::max);
        fitting(largest, shown.units)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::comparison::{Interval, Row};

    /// Half an hour of latency does not turn 5 mJ into 0.005 J, but 20 ms are shown in minutes beside it.
    #[test]
    fn each_column_has_its_unit_and_latencies_share_one() {
        let seen = |seconds: f64| Some(Reading::Seen(Interval::point(seconds)));
        let row = Row {
            energy_j: Some(Interval::point(0.005)),
            latency_p50_s: seen(0.02),
            latency_p95_s: seen(1800.0),
            uplink_bytes: Some(Interval::point(2e6)),
            ..Row::default()
        };
        let columns = Comparison { rows: vec![row], ..Comparison::default() }.columns();
        let units: Vec<[&str; 2]> = columns.iter().map(|column| [column[0].as_str(), column[1].as_str()]).collect();
        assert_eq!(units, [["policy", ""], ["energy", "mJ"], ["p50", "min"], ["p95", "min"], ["sent", "MB"]]);
    }

    #[test]
    fn a_column_without_figures_is_left_out() {
        let none = Row { policy: "local-only".into(), accuracy: Some(Interval::point(0.9)), ..Row::default() };
        let text =
            Comparison { rows: vec![none], findings: vec!["So it is.".into()], ..Comparison::default() }.to_string();
        assert!(text.contains("accuracy") && !text.contains("battery") && text.ends_with("\nSo it is.\n"), "{text}");
    }

    /// Exactly the marks that a table uses are explained below it.
    #[test]
    fn marks_say_how_a_figure_is_known() {
        let days = |mean: f64| Interval { half_width: Some(864.0), ..Interval::point(mean * 86_400.0) };
        let row =
            |battery_life_s, latency_p50_s| Row { policy: "p".into(), battery_life_s, latency_p50_s, ..Row::default() };
        let told = |row: Row| Comparison { rows: vec![row], ..Comparison::default() }.to_string();
        let known = told(row(Some(Reading::Seen(days(2.0))), Some(Reading::Seen(days(1.0)))));
        assert!(known.contains("2.000 ±0.010") && !known.contains([':', '~', '≥']), "{known}");
        let ahead = told(row(Some(Reading::Extrapolated(days(2.0))), Some(Reading::AtLeast(864_000.0))));
        assert!(ahead.contains("~ 2.000 ±0.010") && ahead.contains("≥ 10.0"), "{ahead}");
        assert!(ahead.contains("\n~: ") && ahead.contains("\n≥: ") && !ahead.contains("never"), "{ahead}");
        let guess = told(row(Some(Reading::Guessed(days(2.0))), Some(Reading::Never)));
        assert!(guess.contains("~ 2.000 ±0.010 ?") && guess.contains("\nnever: "), "{guess}");
        assert!(guess.contains("\n?: ") && !guess.contains("\n~: "), "{guess}");
        let perhaps = told(row(Some(Reading::PerhapsNever), None));
        assert!(perhaps.contains(" never ?") && perhaps.contains("\n?: ") && perhaps.contains("\nnever (battery): "));
    }
}
