//! Halves drawn again from themselves, and what thresholds, appeals and accuracies then come to.

use analysis::{Lead, Role, ThresholdCurve};
use rand::RngExt;
use sim_core::{Moments, Stream, Streams};

use super::{Ruled, under, weights};
use crate::policies::{Curve, ImageAnswers, Ranked, Ranking, Strategy};

/// Shares sent up at which a curve is shown: closer together where few are.
fn shown_at() -> impl Iterator<Item = f64> {
    let few = (0..20).map(|step| f64::from(step) * 0.005);
    few.chain((10..=100).step_by(2).map(|percent| f64::from(percent) / 100.0))
}

/// Everything that draws have in common.
pub struct Draws<'a> {
    rules: &'a [Ruled<'a>],
    calibration: RankedHalf<'a>,
    evaluation: RankedHalf<'a>,
    pairs: Vec<Pair>,
}

/// The images of a half, by each ranking in use and what it is used to choose between.
struct RankedHalf<'a> {
    weights: Vec<f64>,
    ranked: Vec<(Ranking, &'a Strategy, Ranked)>,
}

/// Two rules with the same target.
struct Pair {
    ours: usize,
    theirs: usize,
    lead: Lead,
}

/// What a draw came to.
pub struct Drawn {
    /// Each rule's appeal rate and accuracy.
    pub rules: Vec<[f64; 2]>,
    /// What each pair has to send up at equal accuracy.
    pub leads: Vec<[f64; 2]>,
}

impl<'a> RankedHalf<'a> {
    fn new(rules: &'a [Ruled], images: &[ImageAnswers]) -> Self {
        let mut half = Self { weights: weights(images), ranked: Vec::new() };
        for rule in rules.iter().filter(|rule| rule.calibrated) {
            if half.ranked(rule).is_none() {
                let (ranking, strategy) = (rule.rule.ranking, rule.strategy);
                half.ranked.push((ranking, strategy, Ranked::new(&under(strategy, images), ranking)));
            }
        }
        half
    }

    fn ranked(&self, rule: &Ruled) -> Option<&Ranked> {
        let of_rule = |(ranking, strategy, _): &&(Ranking, &Strategy, Ranked)| {
            *ranking == rule.rule.ranking && *strategy == rule.strategy
        };
        self.ranked.iter().find(of_rule).map(|(.., ranked)| ranked)
    }

    fn curve(&self, rule: &Ruled) -> Option<Curve<'_>> {
        Some(self.ranked(rule)?.curve(&self.weights))
    }

    /// Draws the half from itself. A curve through a few images has bumps, and the place where it reaches a target
    /// jumps between them; drawing again adds bumps to bumps. So what was drawn is the noise, and the curve it is added to
    /// is smooth.
    fn draw<'s>(&'s self, random: &mut Stream) -> impl Fn(&Ruled) -> Option<Curve<'s>> + use<'s, 'a> {
        let mut drawn = vec![0.0; self.weights.len()];
        for _ in 0..self.weights.len() {
            let image = random.random_range(0..self.weights.len());
            drawn[image] += self.weights[image];
        }
        move |rule| {
            let ranked = self.ranked(rule)?;
            let own = ranked.curve(&self.weights);
            Some(own.smooth().with_noise(&ranked.curve(&drawn), &own))
        }
    }
}

impl<'a> Draws<'a> {
    /// Ranks both halves by everything the rules rank by.
    pub fn new(rules: &'a [Ruled], calibration: &[ImageAnswers], evaluation: &[ImageAnswers]) -> Self {
        let (calibration, evaluation) = (RankedHalf::new(rules, calibration), RankedHalf::new(rules, evaluation));
        let mut draws = Self { rules, calibration, evaluation, pairs: Vec::new() };
        // Curves say nothing of a policy that does something else than its threshold says.
        let obeyed = || rules.iter().enumerate().filter(|(_, rule)| rule.obeyed);
        for (ours, rule) in obeyed().filter(|(_, rule)| rule.role == Role::Method) {
            for (theirs, rival) in obeyed() {
                if rival.role != Role::Rival || rival.rule.target != rule.rule.target || !rule.calibrated {
                    continue;
                }
                let curves = [rule, rival].map(|rule| draws.evaluation.curve(rule));
                let [Some(mine), Some(other)] = &curves else { continue };
                let (accuracy, appeals, rival_appeals) = at_equal_accuracy(mine, other, rule.threshold);
                let limited = other.best().1 < mine.at(rule.threshold).1;
                let (policy, rival) = (rule.policy, rival.policy);
                let lead = Lead { policy, rival, accuracy, limited, appeals, rival_appeals, ..Lead::default() };
                draws.pairs.push(Pair { ours, theirs, lead });
            }
        }
        draws
    }

    /// What every threshold comes to on the evaluation half, by what is ranked by and chosen between.
    pub fn curves(&self) -> Vec<ThresholdCurve> {
        let of = |(ranking, strategy, ranked): &(Ranking, &Strategy, Ranked)| {
            let with_it = |rule: &&Ruled| rule.rule.ranking == *ranking && rule.strategy == *strategy && rule.obeyed;
            let policies: Vec<usize> = self.rules.iter().filter(with_it).map(|rule| rule.policy).collect();
            let curve = ranked.curve(&self.evaluation.weights);
            let points = shown_at().map(|share| curve.up_to(share)).collect();
            (!policies.is_empty() && *ranking != Ranking::Chance).then_some(ThresholdCurve { policies, points })
        };
        self.evaluation.ranked.iter().filter_map(of).collect()
    }

    /// Every pair's lead, with its variance over what was drawn.
    pub fn leads(&self, drawn: &[Drawn]) -> Vec<Lead> {
        let variance = |at: usize, of: fn([f64; 2]) -> f64| {
            drawn.iter().map(|draw| of(draw.leads[at])).collect::<Moments>().variance().unwrap_or(0.0)
        };
        let with = |(at, pair): (usize, &Pair)| Lead {
            variance: variance(at, |[ours, theirs]| ours - theirs),
            variances: [variance(at, |[ours, _]| ours), variance(at, |[_, theirs]| theirs)],
            ..pair.lead
        };
        self.pairs.iter().enumerate().map(with).collect()
    }

    /// Appeal rate and accuracy of a rule with a threshold, on the evaluation half.
    pub fn at(&self, rule: &Ruled, threshold: f64) -> [f64; 2] {
        let Some(curve) = self.evaluation.curve(rule) else { return [0.0; 2] };
        match rule.rule.ranking {
            // Chance sends up its share of whatever images there are.
            Ranking::Chance => {
                let share = threshold.clamp(0.0, 1.0);
                [share, share * curve.big() + (1.0 - share) * curve.little()]
            }
            _ => curve.smooth().at(threshold).into(),
        }
    }

    /// Draws both halves from themselves.
    pub fn draw(&self, streams: &Streams, number: u64) -> Drawn {
        let mut random = streams.open("image-sampling", number);
        let calibration = self.calibration.draw(&mut random);
        let threshold = |rule: &Ruled| match calibration(rule) {
            Some(curve) if rule.calibrated => curve.threshold(rule.rule.target).unwrap_or_else(|missed| missed.nearest),
            _ => rule.threshold,
        };
        let thresholds: Vec<f64> = self.rules.iter().map(threshold).collect();
        let rules = self.rules.iter().zip(&thresholds).map(|(rule, threshold)| self.at(rule, *threshold)).collect();
        let evaluation = self.evaluation.draw(&mut random);
        let lead = |pair: &Pair| {
            let curve = |at: usize| evaluation(&self.rules[at]);
            let (ours, theirs) = (curve(pair.ours)?, curve(pair.theirs)?);
            let (_, ours, theirs) = at_equal_accuracy(&ours, &theirs, thresholds[pair.ours]);
            Some([ours, theirs])
        };
        Drawn { rules, leads: self.pairs.iter().map(|pair| lead(pair).unwrap_or_default()).collect() }
    }
}

/// The accuracy that one rule reaches with its threshold, or the most that another rule reaches if that is less, and what
/// both have to send up for it. Both may choose the best place on their curves. Where the other never gets as far, that is
/// its own best place, and flat around it: it might have been nearly as accurate for less.
fn at_equal_accuracy(ours: &Curve, theirs: &Curve, threshold: f64) -> (f64, f64, f64) {
    let accuracy = ours.at(threshold).1.min(theirs.best().1);
    let least = |curve: &Curve| curve.appeals_for(accuracy).unwrap_or_else(|| curve.best().0);
    (accuracy, least(ours), least(theirs))
}
