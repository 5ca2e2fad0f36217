//! What was found, in words, whether or not it favours the methods under study.
//!
//! Of several comparisons, some come out large by chance. All comparisons of energies that are made at a point are
//! judged together by Holm's correction: those that are told and those with rivals that are not, so that picking the
//! strongest rival after seeing the figures is allowed for, too.

mod against;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;
use std::collections::BTreeMap;

use analysis::{Pairing, Role};
use sim_core::holm;

use super::figures::Figures;
use super::overload::{overloads, overloads_over_points};
use super::troubles::{empty_batteries, lost_requests, no_gain, no_gain_where_lost};
use crate::policies::Target;
use against::{Compared, against_offloading, against_rival};

/// The findings at a point: what cannot keep up, what went wrong with each policy, which figures have no meaning; then
/// what the last method saves against sending everything up, and what each method spends against the strongest rival with
/// the same target.
pub fn findings(figures: &Figures) -> Vec<String> {
    let policies = figures.policies;
    let all: Vec<_> = figures.all().collect();
    let mut sentences = overloads(policies, &all);
    sentences.extend((0..policies.len()).filter_map(|policy| lost_requests(figures, policy)));
    sentences.extend((0..policies.len()).filter_map(|policy| empty_batteries(figures, policy)));
    sentences.extend(no_gain_where_lost(figures));
    sentences.extend(no_gain(figures));
    sentences.extend(pairing(figures).and_then(Pairing::in_words));
    let mut methods: Vec<usize> = (0..policies.len()).filter(|number| policies[*number].role == Role::Method).collect();
    // If there are accuracy targets, only those are compared: equal shares sent up say little.
    let of_accuracy = |number: &usize| {
        matches!(
            figures.targets[*number],
            Some(Target::AccuracyGain(_) | Target::GainShare(_) | Target::Points(_) | Target::Accuracy(_))
        )
    };
    if methods.iter().any(of_accuracy) {
        methods.retain(of_accuracy);
    }
    let offload_all = policies.iter().position(|policy| policy.role == Role::Offload);
    let last = methods.last().copied();
    let offloading = last.zip(offload_all).and_then(|(ours, theirs)| Compared::of(figures, ours, theirs));
    let rivals = methods.iter().flat_map(|ours| rivals(figures, *ours).map(move |theirs| (*ours, theirs)));
    let equal = figures.at_equal_accuracy();
    let rivals = rivals.filter_map(|(ours, theirs)| Compared::at_target(figures, &equal, ours, theirs));
    let rivals: Vec<Compared> = rivals.collect();
    let judged = judged(figures, offloading.into_iter().chain(rivals).collect());
    let (offloading, rivals): (Vec<_>, Vec<_>) = judged.into_iter().partition(|c| Some(c.theirs) == offload_all);
    sentences.extend(offloading.iter().filter_map(|compared| against_offloading(figures, compared)));
    for ours in methods {
        let of_ours = rivals.iter().filter(|compared| compared.ours == ours);
        if let Some(strongest) = of_ours.min_by(|a, b| strongest_first(a, b)) {
            sentences.extend(against_rival(figures, strongest));
        }
    }
    sentences
}

/// What the networks of a point can win together, where some policy chooses between them: of the policy under which most
/// requests ended.
pub(super) fn pairing(figures: &Figures) -> Option<Pairing> {
    let of = |policy| figures.runs(policy).iter().map(|run| run.pairing).reduce(Pairing::and);
    let most = |a: Pairing, b: Pairing| if b.total() > a.total() { b } else { a };
    let chooses = figures.targets.iter().any(Option::is_some);
    (0..figures.policies.len()).filter_map(of).reduce(most).filter(|_| chooses)
}

/// The rival to name: the cheapest of those that get as far as the method, or else the one that gets farthest.
fn strongest_first(a: &Compared, b: &Compared) -> Ordering {
    let limit = |compared: &Compared| compared.lead.filter(|lead| lead.limited).map(|lead| lead.accuracy);
    match (limit(a), limit(b)) {
        (Some(a), Some(b)) => b.total_cmp(&a),
        (None, None) => a.their_energy.total_cmp(&b.their_energy),
        (a, b) => a.is_some().cmp(&b.is_some()),
    }
}

/// The rivals of a method with the same target: if there are any, those that do the same with what they send up.
fn rivals(figures: &Figures, method: usize) -> impl Iterator<Item = usize> {
    let ours = figures.targets[method];
    let of = |number: &usize| {
        // What is spent under the same budget says nothing.
        let compares = ours.is_some_and(|target| !target.is_budget());
        figures.policies[*number].role == Role::Rival && compares && figures.targets[*number] == ours
    };
    let all: Vec<usize> = (0..figures.policies.len()).filter(of).collect();
    let alike = |number: &usize| figures.policies[*number].options() == figures.policies[method].options();
    let some_alike = all.iter().any(alike);
    let chosen: Vec<usize> = all.into_iter().filter(|number| !some_alike || alike(number)).collect();
    chosen.into_iter()
}

/// Comparisons that are judged together.
fn judged(figures: &Figures, mut compared: Vec<Compared>) -> Vec<Compared> {
    let p_values: Vec<f64> = compared.iter().map(|c| figures.p_value(&c.energy).unwrap_or(1.0)).collect();
    let together = compared.len();
    for (compared, confidence) in compared.iter_mut().zip(holm(&p_values)) {
        (compared.confidence, compared.together) = (confidence, together);
    }
    compared
}

/// At how many points of a sweep something cannot keep up or AccI has no meaning, and at how many each method spends
/// less energy than each rival with the same target.
pub fn over_points(points: &[Figures]) -> Vec<String> {
    let summaries: Vec<_> = points.iter().map(|point| (point.policies, point.all().collect::<Vec<_>>())).collect();
    let mut sentences = overloads_over_points(&summaries);
    let without = points.iter().filter(|point| no_gain(point).is_some()).count();
    if without > 0 {
        sentences.push(format!(
            "AccI has no meaning at {without} of {} points, where the big network is no better than the little one on \
             the images of some policy: compare accuracies there.",
            points.len()
        ));
    }
    let mut found = Vec::new();
    for point in points {
        let equal = point.at_equal_accuracy();
        for (ours, policy) in point.policies.iter().enumerate().filter(|(_, policy)| policy.role == Role::Method) {
            let Some(target) = point.targets[ours] else { continue };
            for theirs in rivals(point, ours) {
                let (title, rival) = (policy.in_sentences(), point.policies[theirs].in_sentences());
                let Some(Compared { energy, lead, .. }) = Compared::at_target(point, &equal, ours, theirs) else {
                    continue;
                };
                // Without an interval nothing can be told.
                if let Some(p) = point.p_value(&energy) {
                    let at = match lead {
                        Some(_) => format!("At equal accuracy (what {title} reaches with {target})"),
                        None => format!("At the same target ({target})"),
                    };
                    found.push(((at, title, rival), p, energy));
                }
            }
        }
    }
    let confidences = holm(&found.iter().map(|(_, p, _)| *p).collect::<Vec<_>>());
    let together = found.len();
    let mut counts: BTreeMap<(String, String, String), [usize; 3]> = BTreeMap::new();
    for ((who, p, energy), confidence) in found.into_iter().zip(confidences) {
        let place = match energy.mean {
            _ if p > 1.0 - confidence => 2,
            less if less < 0.0 => 0,
            _ => 1,
        };
        counts.entry(who).or_default()[place] += 1;
    }
    let corrected =
        if together > 1 { format!(", with Holm's correction for {together} comparisons") } else { String::new() };
    sentences.extend(counts.iter().map(|((at, title, rival), [less, more, unsure])| {
        format!(
            "{at}, {title} spends less energy than {rival} at {less} of {} points, more at \
             {more}; at {unsure} the difference is within the noise{corrected}.",
            less + more + unsure
        )
    }));
    sentences
}
