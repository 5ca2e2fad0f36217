//! The table of AppealNet's paper.

use super::shown::ENERGY_PER_REQUEST;
use super::text::aligned;
use super::{Comparison, Interval};

impl Comparison {
    /// What the same target, an accuracy gain, costs each family of policies, and the gain it came to: the table of
    /// AppealNet's paper. None unless some family has several gains as targets.
    pub fn at_equal_accuracy(&self) -> Option<String> {
        let (mut gains, mut families): (Vec<f64>, Vec<&str>) = (Vec::new(), Vec::new());
        for row in &self.rows {
            let Some(gain) = row.gain_asked else { continue };
            if !gains.contains(&gain) {
                gains.push(gain);
            }
            if !families.contains(&row.family.as_str()) {
                families.push(&row.family);
            }
        }
        if gains.len() < 2 {
            return None;
        }
        let (size, unit) = self.unit_of(&ENERGY_PER_REQUEST);
        let mut columns = vec![vec![format!("energy in {unit} (appeals → AccI reached, in %) at")]];
        columns[0].extend(families.iter().map(|family| (*family).to_owned()));
        for gain in gains {
            // Without the digits that come from binary fractions.
            let mut column = vec![format!("AccI {} %", (gain * 1e8).round() / 1e6)];
            for family in &families {
                let row = self.rows.iter().find(|row| row.family == *family && row.gain_asked == Some(gain));
                column.push(row.map_or("-".to_owned(), |row| {
                    let written =
                        |figure: Option<Interval>, size| figure.map_or("-".into(), |f: Interval| f.written(size));
                    let (energy, appeals) = (written(row.energy_j, size), written(row.appeal_rate, 0.01));
                    format!("{energy} ({appeals} → {})", written(row.accuracy_gain, 0.01))
                }));
            }
            columns.push(column);
        }
        Some(aligned(&columns, 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::comparison::Row;

    /// Two families with two targets each; what a target came to stands beside what it cost.
    #[test]
    fn the_table_by_target_says_what_was_reached() {
        let row = |family: &str, asked: f64, joules: f64, appeals: f64, gain: f64| Row {
            policy: format!("{family} {asked}"),
            family: family.into(),
            gain_asked: Some(asked),
            energy_j: Some(Interval::point(joules)),
            appeal_rate: Some(Interval::point(appeals)),
            accuracy_gain: Some(Interval { half_width: Some(0.05), ..Interval::point(gain) }),
            ..Row::default()
        };
        let (half, most) = (0.5, 0.57);
        let rows = vec![
            row("appealnet", half, 0.004, 0.05, 0.39),
            row("appealnet", most, 0.021, 0.16, 0.86),
            row("margin", most, 0.025, 0.18, 0.97),
        ];
        let table = Comparison { rows: rows.clone(), findings: Vec::new() }.at_equal_accuracy().unwrap();
        let cells = |line: &str| {
            line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).map(str::to_owned).collect::<Vec<_>>()
        };
        let lines: Vec<Vec<String>> = table.lines().map(cells).collect();
        assert_eq!(lines[0], ["energy in mJ (appeals → AccI reached, in %) at", "AccI 50 %", "AccI 57 %"]);
        assert_eq!(lines[1], ["appealnet", "4.00 (5.00 → 39 ±5)", "21.0 (16.0 → 86 ±5)"]);
        assert_eq!(lines[2], ["margin", "-", "25.0 (18.0 → 97 ±5)"]);
        let one = Comparison { rows: rows[1..].to_vec(), findings: Vec::new() };
        assert_eq!(one.at_equal_accuracy(), None, "one target is in the table above");
    }
}
