//! Where requests were cut, in words.

use super::Comparison;
use crate::cuts::Cut;
use crate::unit::three_digits;

/// Most places that a sentence names.
const NAMED: usize = 4;

impl Comparison {
    /// A sentence for each policy that chooses where to cut a network, be it one place for all requests, and for each that
    /// came to more than one.
    pub(super) fn where_cut(&self) -> Vec<String> {
        let rows = self.rows.iter().filter(|row| row.cuts.len() > 1 || (row.chooses_cuts && !row.cuts.is_empty()));
        rows.map(|row| format!("{}: {}.", row.policy, told(&row.cuts))).collect()
    }
}

/// `cut after 1 step 41 %, after 17 steps 38 %, all on the device 21 %`: the most frequent places, in their order, and
/// what is left.
fn told(cuts: &[(Cut, f64)]) -> String {
    let mut by_share: Vec<&(Cut, f64)> = cuts.iter().collect();
    by_share.sort_by(|a, b| b.1.total_cmp(&a.1));
    let named = &by_share[..by_share.len().min(NAMED)];
    let percent = |share: f64| format!("{} %", three_digits((share * 1e3).round() / 10.0));
    let place = |cut: &Cut| match cut {
        None => "all on the device".to_owned(),
        Some(0) => "input sent".to_owned(),
        Some(1) => "cut after 1 step".to_owned(),
        Some(steps) => format!("cut after {steps} steps"),
    };
    if let [(only, _)] = cuts {
        return format!("{}, every time", place(only));
    }
    let mut parts: Vec<String> = cuts
        .iter()
        .filter(|cut| named.contains(cut))
        .map(|(cut, share)| format!("{} {}", place(cut), percent(*share)))
        .collect();
    let rest: f64 = by_share.iter().skip(NAMED).map(|(_, share)| share).sum();
    if rest > 0.0 {
        parts.push(format!("elsewhere {}", percent(rest)));
    }
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::comparison::Row;

    /// The four most frequent of six places, in the order of the network; 1 % and 2 % are left.
    #[test]
    fn the_most_frequent_places_are_named() {
        let row =
            |policy: &str, cuts: &[(Cut, f64)]| Row { policy: policy.into(), cuts: cuts.to_vec(), ..Row::default() };
        let many =
            [(Some(0), 0.05), (Some(1), 0.412), (Some(2), 0.01), (Some(5), 0.02), (Some(17), 0.1), (None, 0.408)];
        let rows = vec![
            row("adaptive-split for energy", &many),
            row("split after 3", &[(Some(3), 1.0)]),
            row("split for latency", &[(Some(4), 0.75), (None, 0.25)]),
            row("local-only", &[]),
            Row { chooses_cuts: true, ..row("split for energy", &[(Some(1), 1.0)]) },
            Row { chooses_cuts: true, ..row("split for money", &[]) },
        ];
        let comparison = Comparison { rows, ..Comparison::default() };
        assert_eq!(
            comparison.where_cut(),
            [
                "adaptive-split for energy: input sent 5 %, cut after 1 step 41.2 %, cut after 17 steps 10 %, all on the \
                 device 40.8 %, elsewhere 3 %.",
                "split for latency: cut after 4 steps 75 %, all on the device 25 %.",
                "split for energy: cut after 1 step, every time.",
            ]
        );
        assert!(comparison.to_string().contains("\n\nsplit for latency: cut after 4 steps"), "{comparison}");
    }
}
