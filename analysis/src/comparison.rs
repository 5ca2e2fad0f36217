//! The figures for display: one row per policy.

use std::fmt;

use comfy_table::{CellAlignment, Table, presets};
use serde::{Deserialize, Serialize};

use crate::role::Role;
use crate::unit::{BYTES, ENERGY, PERCENT, PRICE, TIME, Unit, fitting};

/// A mean over replications and half the width of its 95 % interval; a single replication has no interval.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The mean.
    pub mean: f64,
    /// Half the width of the interval.
    pub half_width: Option<f64>,
    /// Half the width that comes from the simulation alone, which more replications would reduce; the rest comes from
    /// the choice of images.
    pub simulation: Option<f64>,
}

impl Interval {
    /// A mean without an interval.
    pub fn point(mean: f64) -> Self {
        Self { mean, half_width: None, simulation: None }
    }
}

/// A figure over replications that some replications may not have observed. An observed figure is never averaged with
/// an extrapolated one or a bound.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reading {
    /// Every replication observed it.
    Seen(Interval),
    /// It is at least this: some replication only has a bound.
    AtLeast(f64),
    /// It is beyond the end of the run, extrapolated on the assumption that the load continues as it was.
    Extrapolated(Interval),
    /// The same, but the run has not covered a whole cycle of the load.
    Guessed(Interval),
    /// It never happens.
    Never,
    /// It would never happen, but the run has not covered a whole cycle of the load.
    PerhapsNever,
}

/// A policy's figures; one that was never observed is absent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The policy, as the scenario file writes it.
    pub policy: String,
    /// What kind of policy it is, whatever its threshold: `appealnet`, `max-softmax`.
    pub family: String,
    /// What it is in a comparison.
    pub role: Role,
    /// The target of its threshold: `accuracy-gain 90 %`.
    pub target: Option<String>,
    /// Whether no other policy is certainly better in accuracy or energy and certainly no worse in the other; the
    /// oracle, not a real policy, is left out.
    pub pareto: bool,
    /// Its threshold after calibration.
    pub threshold: Option<f64>,
    /// Share answered correctly.
    pub accuracy: Option<Interval>,
    /// AccI: where the accuracy lies between the little network's (0) and the big one's (1).
    pub accuracy_gain: Option<Interval>,
    /// Share sent up.
    pub appeal_rate: Option<Interval>,
    /// Share for which the policy used the edge answer by choice. The rest was not only sent up: it may also have been
    /// rejected, lost with a battery or be unfinished.
    pub kept: Option<Interval>,
    /// Share that had not ended when the run did; the accuracy leaves it out.
    pub unfinished: Option<f64>,
    /// Joules per request, without idling.
    pub energy_j: Option<Interval>,
    /// Median latency of all requests, seconds; those without an answer count as later than every answer.
    pub latency_p50_s: Option<Reading>,
    /// 95th percentile.
    pub latency_p95_s: Option<Reading>,
    /// 99th percentile.
    pub latency_p99_s: Option<Reading>,
    /// Share not answered by the deadline.
    pub deadline_misses: Option<Interval>,
    /// Bytes sent per request.
    pub uplink_bytes: Option<Interval>,
    /// Seconds until half of the batteries are empty.
    pub battery_life_s: Option<Reading>,
    /// Cost of the cloud per request.
    pub cloud_cost: Option<Interval>,
}

/// All policies of an experiment side by side, and the findings in words.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// One row per policy, in the order of the scenario file.
    pub rows: Vec<Row>,
    /// Sentences.
    pub findings: Vec<String>,
}

impl Comparison {
    /// Whether no request was observed under any policy.
    pub fn is_empty(&self) -> bool {
        self.rows.iter().all(|row| row.appeal_rate.is_none())
    }

    /// Whether there is a figure even without requests: the life of an idle device's battery.
    pub(crate) fn has_figures(&self) -> bool {
        self.rows.iter().any(|row| SHOWN.iter().any(|(_, figure, _)| figure(row).is_some()))
    }
}

/// What the Pareto front is, in words. The oracle is left out, as it is no real policy.
pub(crate) const ON_THE_FRONT: &str = "no other policy but the oracle is certainly better in accuracy or energy and no \
                                       worse in the other";

/// Smallest share of a policy's requests that had not ended which is worth a note.
const WORTH_A_NOTE: f64 = 0.01;

/// Most policies that are named in a note.
const NAMED: usize = 3;

/// Most characters of a line of text.
const LINE: usize = 110;

/// A column for display: its heading, how it is read from a row, and the units it may be written in.
type Shown = (&'static str, fn(&Row) -> Option<Reading>, &'static [Unit]);

const SHOWN: [Shown; 11] = [
    ("accuracy", |r| r.accuracy.map(Reading::Seen), PERCENT),
    ("AccI", |r| r.accuracy_gain.map(Reading::Seen), PERCENT),
    ("appeals", |r| r.appeal_rate.map(Reading::Seen), PERCENT),
    ("energy", |r| r.energy_j.map(Reading::Seen), ENERGY),
    ("p50", |r| r.latency_p50_s, TIME),
    ("p95", |r| r.latency_p95_s, TIME),
    ("p99", |r| r.latency_p99_s, TIME),
    ("late", |r| r.deadline_misses.map(Reading::Seen), PERCENT),
    ("sent", |r| r.uplink_bytes.map(Reading::Seen), BYTES),
    ("battery", |r| r.battery_life_s, TIME),
    ("cost", |r| r.cloud_cost.map(Reading::Seen), PRICE),
];

/// The table; columns that no policy has are left out. A column has one unit, so that its figures can be compared
/// easily.
impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        writeln!(f, "{}", aligned(&self.columns(), 1))?;
        for note in self.notes() {
            writeln!(f, "\n{}", filled(&note))?;
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

/// Columns of text as a table: the first `left` are left-aligned, the others right-aligned.
pub(crate) fn aligned(columns: &[Vec<String>], left: usize) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    for line in 0..columns.first().map_or(0, Vec::len) {
        table.add_row(columns.iter().map(|column| &column[line]));
    }
    for column in table.column_iter_mut().skip(left) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.trim_fmt()
}

/// A sentence wrapped into lines.
pub fn filled(sentence: &str) -> String {
    let line = textwrap::Options::new(LINE).word_splitter(textwrap::WordSplitter::NoHyphenation);
    // A number stays on one line with its per cent sign.
    textwrap::fill(&sentence.replace(" %", "\u{a0}%"), &line).replace('\u{a0}', " ")
}

impl Comparison {
    /// The policies that no other beats, in words, if there are enough to choose from; if most are, those that are not.
    fn pareto_front(&self) -> Option<String> {
        // A bound is no real policy, and what is not known of a policy does not put it off the front.
        let judged = |row: &&Row| row.accuracy.is_some() && row.energy_j.is_some() && row.role != Role::Bound;
        let named = |wanted: bool| -> Vec<&str> {
            let rows = self.rows.iter().filter(judged).filter(|row| row.pareto == wanted);
            rows.map(|row| row.policy.as_str()).collect()
        };
        let unsure = self.rows.iter().all(|row| row.energy_j.is_none_or(|energy| energy.half_width.is_none()));
        let why = if unsure { "as one replication has it; nothing is certain without intervals" } else { ON_THE_FRONT };
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

    /// The table by columns: heading, unit, and each row's figure.
    pub(crate) fn columns(&self) -> Vec<Vec<String>> {
        let mut columns: Vec<Vec<String>> = vec![vec!["policy".to_owned(), String::new()]];
        columns[0].extend(self.rows.iter().map(|row| row.policy.clone()));
        for (heading, read, units) in SHOWN {
            let figures: Vec<Option<Reading>> = self.rows.iter().map(read).collect();
            if figures.iter().all(Option::is_none) {
                continue;
            }
            let (size, unit) = self.unit_of(heading, units);
            let mut column = vec![heading.to_owned(), unit.to_owned()];
            column.extend(figures.iter().map(|figure| figure.map_or("-".to_owned(), |figure| figure.written(size))));
            columns.push(column);
        }
        columns
    }

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

    /// What the same target, an accuracy gain, costs each family of policies, and the gain it came to: the table of
    /// AppealNet's paper. None unless some family has several gains as targets.
    pub fn at_equal_accuracy(&self) -> Option<String> {
        let gains = |row: &Row| row.target.clone().filter(|target| target.starts_with("accuracy-gain "));
        let (mut targets, mut families): (Vec<String>, Vec<&str>) = (Vec::new(), Vec::new());
        for row in &self.rows {
            let Some(target) = gains(row) else { continue };
            if !targets.contains(&target) {
                targets.push(target);
            }
            if !families.contains(&row.family.as_str()) {
                families.push(&row.family);
            }
        }
        if targets.len() < 2 {
            return None;
        }
        let (size, unit) = self.unit_of("energy", ENERGY);
        let mut columns = vec![vec![format!("energy in {unit} (appeals → AccI reached, in %) at")]];
        columns[0].extend(families.iter().map(|family| (*family).to_owned()));
        for target in &targets {
            let mut column = vec![target.replace("accuracy-gain", "AccI")];
            for family in &families {
                let row = self.rows.iter().find(|row| row.family == *family && row.target.as_ref() == Some(target));
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

    /// The unit of a column: the largest in which its largest figure is at least 1. All latencies share one.
    fn unit_of(&self, heading: &str, units: &'static [Unit]) -> Unit {
        let together = |other: &str| other == heading || (other.starts_with('p') && heading.starts_with('p'));
        let read = SHOWN.iter().filter(|(other, ..)| together(other)).map(|(_, read, _)| read);
        let figures = read.flat_map(|read| self.rows.iter().filter_map(read));
        let largest = figures.filter_map(Reading::figure).map(f64::abs).fold(0.0, f64::max);
        fitting(largest, units)
    }
}

impl Reading {
    /// The mean or bound, unless it never happens.
    pub fn figure(self) -> Option<f64> {
        match self {
            Self::Seen(interval) | Self::Extrapolated(interval) | Self::Guessed(interval) => Some(interval.mean),
            Self::AtLeast(bound) => Some(bound),
            Self::Never | Self::PerhapsNever => None,
        }
    }

    /// The figure, if it was observed.
    pub fn seen(self) -> Option<Interval> {
        match self {
            Self::Seen(interval) => Some(interval),
            _ => None,
        }
    }

    /// In `unit`, with a mark for how it is known.
    pub fn written(self, unit: f64) -> String {
        match self {
            Self::Seen(interval) => interval.written(unit),
            Self::AtLeast(mean) => format!("≥ {}", Interval::point(mean).written(unit)),
            Self::Extrapolated(interval) => format!("~ {}", interval.written(unit)),
            Self::Guessed(interval) => format!("~ {} ?", interval.written(unit)),
            Self::Never => "never".to_owned(),
            Self::PerhapsNever => "never ?".to_owned(),
        }
    }
}

impl Interval {
    /// Mean and half-width in `unit`. The half-width decides how many digits are significant: its first, or its first
    /// two if the first is a 1 or a 2, but at most four of the mean. Without a half-width, the mean has three.
    pub(crate) fn written(self, unit: f64) -> String {
        let (mean, half) = (self.mean / unit, self.half_width.map_or(0.0, |half| half / unit));
        if mean == 0.0 && half == 0.0 {
            return "0".to_owned();
        }
        let place = |value: f64| value.abs().log10().floor();
        let leading = if mean == 0.0 { place(half) } else { place(mean) };
        let most = (3.0 - leading).max(0.0);
        // A half-width that would round to zero in the last digit shown is left out.
        if half < 0.5 * 10f64.powf(-most) {
            return format!("{mean:.*}", (2.0 - leading).clamp(0.0, 9.0) as usize);
        }
        let begins_small = half / 10f64.powf(place(half)) < 3.0;
        let digits = (f64::from(u8::from(begins_small)) - place(half)).clamp(0.0, most) as usize;
        // A value above zero is not shown as nothing, however uncertain it is: 0.35 ±43.
        let digits_of_mean = if mean > 0.0 { digits.max((1.0 - leading).clamp(0.0, 9.0) as usize) } else { digits };
        let shown = |digits: usize| format!("{mean:.digits$}");
        let rounded = shown(digits);
        let nothing = rounded.trim_matches(['-', '0', '.']).is_empty();
        // A value that rounds to zero has no sign.
        let mean = if nothing { shown(digits_of_mean) } else { rounded };
        let mean = if mean.trim_matches(['-', '0', '.']).is_empty() { mean.trim_start_matches('-') } else { &mean };
        format!("{mean} ±{half:.digits$}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_digits_that_mean_something() {
        let interval = |mean, half_width| Interval { half_width, ..Interval::point(mean) };
        assert_eq!(interval(0.9123, Some(0.004)).written(0.01), "91.2 ±0.4");
        assert_eq!(interval(0.9123, Some(0.014)).written(0.01), "91.2 ±1.4");
        assert_eq!(interval(1.63, Some(0.34)).written(0.01), "163 ±34");
        assert_eq!(interval(0.007, Some(0.004_14)).written(0.01), "0.7 ±0.4");
        assert_eq!(interval(0.000_151, None).written(1e-3), "0.151");
        assert_eq!(interval(1.0, Some(0.0)).written(0.01), "100");
        assert_eq!(interval(0.0, Some(0.0)).written(1.0), "0");
        assert_eq!(interval(-0.000_4, Some(0.03)).written(0.01), "0 ±3", "there is no -0");
        assert_eq!(interval(-0.004, Some(0.03)).written(0.01), "0 ±3");
        assert_eq!(interval(-0.02, Some(0.03)).written(0.01), "-2 ±3");
        assert_eq!(interval(0.000_351, Some(0.043)).written(1e-3), "0.35 ±43");
        // Four digits of the mean at most: of 12345 none after the point, of 0.001234 six, of 1 three.
        assert_eq!(interval(12_345.0, Some(0.3)).written(1.0), "12345");
        assert_eq!(interval(0.001_234, Some(0.000_021)).written(1.0), "0.001234 ±0.000021");
        assert_eq!(interval(1.0, Some(0.000_5)).written(1.0), "1.000 ±0.001");
        assert_eq!(interval(0.0, Some(3.0)).written(1.0), "0 ±3");
    }

    /// Exactly the marks that a table uses are explained below it.
    #[test]
    fn marks_say_how_a_figure_is_known() {
        let days = |mean: f64| Interval { half_width: Some(864.0), ..Interval::point(mean * 86_400.0) };
        let row =
            |battery_life_s, latency_p50_s| Row { policy: "p".into(), battery_life_s, latency_p50_s, ..Row::default() };
        let told = |row: Row| Comparison { rows: vec![row], findings: Vec::new() }.to_string();
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
        let columns = Comparison { rows: vec![row], findings: Vec::new() }.columns();
        let units: Vec<[&str; 2]> = columns.iter().map(|column| [column[0].as_str(), column[1].as_str()]).collect();
        assert_eq!(units, [["policy", ""], ["energy", "mJ"], ["p50", "min"], ["p95", "min"], ["sent", "MB"]]);
    }

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
            let notes = Comparison { rows, findings: Vec::new() }.notes();
            assert_eq!(notes.iter().any(|note| note.starts_with("AccI without ±")), noted, "{accuracy:?}, {gain:?}");
        }
    }

    /// Requests that have not ended have no part in the accuracy; where that is a hundredth of them, a note says so.
    #[test]
    fn accuracies_of_some_of_the_requests_are_noted() {
        let row = |policy: &str, unfinished| Row { policy: policy.into(), unfinished, ..Row::default() };
        let notes = |rows: Vec<Row>| Comparison { rows, findings: Vec::new() }.notes();
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
            let oracle = Row { policy: "oracle".into(), role: Role::Bound, pareto: false, ..row(9) };
            let unknown = Row { policy: "unknown".into(), accuracy: None, ..row(9) };
            let rows = (0..7).map(row).chain([oracle, unknown]).collect();
            Comparison { rows, findings: Vec::new() }.pareto_front()
        };
        let why =
            "(no other policy but the oracle is certainly better in accuracy or energy and no worse in the other)";
        assert_eq!(front(2).unwrap(), format!("On the Pareto front {why}: 0; 1."));
        assert_eq!(front(5).unwrap(), format!("All are on the Pareto front {why} except 5; 6."));
        assert_eq!(front(7).unwrap(), format!("All are on the Pareto front {why}."));
        assert_eq!(front(0), None);
    }

    #[test]
    fn a_column_without_figures_is_left_out() {
        let none = Row { policy: "local-only".into(), accuracy: Some(Interval::point(0.9)), ..Row::default() };
        let text = Comparison { rows: vec![none], findings: vec!["So it is.".into()] }.to_string();
        assert!(text.contains("accuracy") && !text.contains("battery") && text.ends_with("\nSo it is.\n"), "{text}");
    }

    /// Two families with two targets each; what a target came to stands beside what it cost.
    #[test]
    fn the_table_by_target_says_what_was_reached() {
        let row = |family: &str, target: &str, joules: f64, appeals: f64, gain: f64| Row {
            policy: format!("{family} {target}"),
            family: family.into(),
            target: Some(target.into()),
            energy_j: Some(Interval::point(joules)),
            appeal_rate: Some(Interval::point(appeals)),
            accuracy_gain: Some(Interval { half_width: Some(0.05), ..Interval::point(gain) }),
            ..Row::default()
        };
        let (half, most) = ("accuracy-gain 50 %", "accuracy-gain 90 %");
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
        assert_eq!(lines[0], ["energy in mJ (appeals → AccI reached, in %) at", "AccI 50 %", "AccI 90 %"]);
        assert_eq!(lines[1], ["appealnet", "4.00 (5.00 → 39 ±5)", "21.0 (16.0 → 86 ±5)"]);
        assert_eq!(lines[2], ["margin", "-", "25.0 (18.0 → 97 ±5)"]);
        let one = Comparison { rows: rows[1..].to_vec(), findings: Vec::new() };
        assert_eq!(one.at_equal_accuracy(), None, "one target is in the table above");
    }
}
