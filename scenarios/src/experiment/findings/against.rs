//! A method against another policy, in words.

use analysis::{Lead, Outcome};
use sim_core::{Estimate, Uncertainty};

use crate::experiment::figures::{AtEqual, CONFIDENCE, Figures};
use crate::experiment::troubles::shares;
use crate::policies::Target;
use crate::schema::Figure;

/// The energy of a method compared with that of another policy.
pub struct Compared {
    /// Number of the method.
    pub ours: usize,
    /// Number of the other policy.
    pub theirs: usize,
    /// Joules per request of the other policy.
    pub their_energy: f64,
    /// How many more the method spends, replication by replication.
    pub energy: Estimate,
    /// What both have to send up, if they are compared where they are equally accurate.
    pub lead: Option<Lead>,
    /// The confidence at which this is judged.
    pub confidence: f64,
    /// Number of comparisons that are judged together.
    pub together: usize,
}

impl Compared {
    /// Compares two policies as they ran; none if they have no replication in common.
    pub fn of(figures: &Figures, ours: usize, theirs: usize) -> Option<Self> {
        let their_energy = figures.observed(theirs, Figure::Energy)?.mean();
        let energy = figures.estimate(&figures.difference(ours, theirs, Figure::Energy)?)?;
        Some(Self { ours, theirs, their_energy, energy, lead: None, confidence: CONFIDENCE, together: 1 })
    }

    /// Compares two policies that have the same target: where they are equally accurate if that is known, and otherwise as
    /// they ran.
    pub fn at_target(figures: &Figures, equal: &[AtEqual], ours: usize, theirs: usize) -> Option<Self> {
        let of_both = |equal: &&AtEqual| (equal.lead.policy, equal.lead.rival) == (ours, theirs);
        let Some(equal) = equal.iter().find(of_both) else {
            // A share of what each score can gain is another target for each.
            let differ = matches!(figures.targets[ours], Some(Target::GainShare(_)));
            return if differ { None } else { Self::of(figures, ours, theirs) };
        };
        let (their_energy, energy, lead) = (equal.rival_energy, equal.apart, Some(equal.lead));
        Some(Self { ours, theirs, their_energy, energy, lead, confidence: CONFIDENCE, together: 1 })
    }

    /// `12.0 % less energy (± 3.1 %)`.
    fn in_words(&self, figures: &Figures) -> String {
        let relative = |joules: f64| if self.their_energy == 0.0 { 0.0 } else { joules / self.their_energy * 100.0 };
        let direction = if self.energy.mean < 0.0 { "less" } else { "more" };
        let corrected = match self.together {
            0 | 1 => String::new(),
            several => format!(", corrected for {several} comparisons"),
        };
        let certainty = match figures.half_width(&self.energy, self.confidence) {
            None => " (one replication: no interval)".to_owned(),
            Some(0.0) if self.energy.mean == 0.0 => " (in every replication)".to_owned(),
            Some(half) if half >= self.energy.mean.abs() => {
                format!(" (± {:.1} %{corrected}: within the noise)", relative(half).abs())
            }
            Some(half) => format!(" (± {:.1} %{corrected})", relative(half).abs()),
        };
        match format!("{:.1}", relative(self.energy.mean).abs()).as_str() {
            "0.0" => format!("the same energy{certainty}"),
            written => format!("{written} % {direction} energy{certainty}"),
        }
    }
}

/// What is to be known before two policies are compared: requests lost with a battery weigh in both figures.
fn lost(figures: &Figures, compared: &Compared) -> String {
    shares(figures, [compared.ours, compared.theirs], Outcome::DeviceDead).map_or(String::new(), |shares| {
        format!(" Requests lost when a battery ran empty count as wrong and cost little or nothing: {shares}.")
    })
}

/// Why accuracies are not compared: they are of the requests that ended, and the others are no random sample.
fn unfinished(figures: &Figures, compared: &Compared) -> Option<String> {
    shares(figures, [compared.ours, compared.theirs], Outcome::Unfinished).map(|shares| {
        format!(
            "accuracies are not compared, because requests had not ended when the run did ({shares}), and the \
             energy is what was spent on them until then."
        )
    })
}

/// A difference of shares in points, with half its interval.
fn in_points(difference: f64, half: Option<f64>, digits: usize) -> String {
    let mean = difference * 100.0;
    // A value that rounds to zero has no sign.
    let zero = format!("{mean:.digits$}").trim_matches(['-', '0', '.']).is_empty();
    let mean = if zero { 0.0 } else { mean };
    match half {
        Some(half) => format!("{mean:+.digits$} ± {:.digits$} points", half * 100.0),
        None => format!("{mean:+.digits$} points"),
    }
}

/// A method against a rival with the same target: where they are equally accurate, if that is known.
pub fn against_rival(figures: &Figures, compared: &Compared) -> Option<String> {
    match &compared.lead {
        Some(lead) => at_equal_accuracy(figures, compared, lead),
        None => at_the_same_target(figures, compared),
    }
}

/// Appeals and energy where both are as accurate as the method is with its threshold.
fn at_equal_accuracy(figures: &Figures, compared: &Compared, lead: &Lead) -> Option<String> {
    let known = Uncertainty { variance: lead.variance, freedom: f64::INFINITY };
    let apart = Estimate { mean: lead.appeals - lead.rival_appeals, uncertainty: Some(known) };
    let half = apart.half_width();
    let verdict = if half.is_some_and(|half| half < apart.mean.abs()) { "" } else { ", within the noise" };
    let (ours, theirs) = (&figures.policies[compared.ours], &figures.policies[compared.theirs]);
    let where_it_is = match lead.limited {
        true => format!("the most that {} reaches; {ours} reaches more", theirs.in_sentences()),
        false => format!("which {ours} reaches with its threshold"),
    };
    Some(format!(
        "At equal accuracy ({:.1} % of the evaluation images, {where_it_is}), {} has to appeal {:.1} % of them and {} \
         {:.1} % ({}{verdict}), and spends {}.{}",
        lead.accuracy * 100.0,
        ours.in_sentences(),
        lead.appeals * 100.0,
        theirs.in_sentences(),
        lead.rival_appeals * 100.0,
        in_points(apart.mean, half, 1),
        compared.in_words(figures),
        lost(figures, compared),
    ))
}

/// Appeals and energy as both ran, and what they reached.
fn at_the_same_target(figures: &Figures, compared: &Compared) -> Option<String> {
    let Compared { ours, theirs, .. } = *compared;
    let mean = |policy, figure| Some(figures.observed(policy, figure)?.mean() * 100.0);
    let gains = figures.accuracy_gain(ours).zip(figures.accuracy_gain(theirs));
    let reached = match (unfinished(figures, compared), gains) {
        (Some(why), _) => why,
        (None, Some((a, b))) => {
            let apart = figures.difference_in_gain(ours, theirs);
            let apart = apart.map_or(String::new(), |apart| {
                format!(" ({})", in_points(apart.mean, figures.half_width(&apart, CONFIDENCE), 0))
            });
            format!("it reached an AccI of {:.0} % against {:.0} %{apart}.", a.mean * 100.0, b.mean * 100.0)
        }
        (None, None) => {
            let apart = figures.estimate(&figures.difference(ours, theirs, Figure::Accuracy)?)?;
            let half = figures.half_width(&apart, CONFIDENCE);
            let (a, b) = (mean(ours, Figure::Accuracy)?, mean(theirs, Figure::Accuracy)?);
            format!("it reached an accuracy of {a:.1} % against {b:.1} % ({}).", in_points(apart.mean, half, 1))
        }
    };
    Some(format!(
        "At the same target ({}), {} appeals {:.1} % of the requests against {:.1} % for {} and spends {}; {reached}{}",
        figures.targets[ours]?,
        figures.policies[ours].in_sentences(),
        mean(ours, Figure::AppealRate)?,
        mean(theirs, Figure::AppealRate)?,
        figures.policies[theirs].in_sentences(),
        compared.in_words(figures),
        lost(figures, compared),
    ))
}

/// A method against sending up everything.
pub fn against_offloading(figures: &Figures, compared: &Compared) -> Option<String> {
    let accuracy = match unfinished(figures, compared) {
        Some(why) => format!("; {why}"),
        None => {
            let apart = figures.difference(compared.ours, compared.theirs, Figure::Accuracy)?;
            let apart = figures.estimate(&apart)?;
            format!(
                " and its accuracy differs by {}.",
                in_points(apart.mean, figures.half_width(&apart, CONFIDENCE), 1)
            )
        }
    };
    Some(format!(
        "Against {}, {} spends {}{accuracy}{}",
        figures.policies[compared.theirs],
        figures.policies[compared.ours],
        compared.in_words(figures),
        lost(figures, compared),
    ))
}
