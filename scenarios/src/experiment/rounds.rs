//! Which runs are to be made, and by which part.

use analysis::SummaryRecord;
use sim_core::Moments;

use super::figures::{CONFIDENCE, Figures, made_at};
use crate::schema::{Replications, Until};

/// A run: which point, policy and replication.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RunId {
    /// Number of the point.
    pub point: usize,
    /// Number of the policy in the point's list.
    pub policy: usize,
    /// Number of the replication.
    pub replication: u32,
}

impl RunId {
    /// Path of its file in a folder of the result.
    pub fn file(self, folder: &str, ending: &str) -> String {
        let Self { point, policy, replication } = self;
        format!("{folder}/point={point}/{policy:02}-{replication:04}.{ending}")
    }
}

/// A part of an experiment, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Which part.
    pub number: u32,
    /// How many parts there are.
    pub of: u32,
}

impl Shard {
    /// The whole.
    pub const ALL: Self = Self { number: 1, of: 1 };

    /// The part as results write it, such as `1/4`; none for the whole.
    pub fn part(self) -> Option<String> {
        (self != Self::ALL).then(|| format!("{}/{}", self.number, self.of))
    }

    /// The largest number of parts into which `points` points can be divided.
    pub fn most(rule: &Replications, points: usize) -> u64 {
        match rule {
            Replications::Fixed(number) => points as u64 * u64::from(*number),
            Replications::Until(_) => points as u64,
        }
    }

    /// Whether a point's replication belongs to this part. A replication's policies stay together, since they see the
    /// same images; if the number of replications is determined along the way, a whole point stays together.
    pub fn has(self, rule: &Replications, point: usize, replication: u32) -> bool {
        let unit = match rule {
            Replications::Fixed(number) => point as u64 * u64::from(*number) + u64::from(replication),
            Replications::Until(_) => point as u64,
        };
        unit % u64::from(self.of) == u64::from(self.number - 1)
    }
}

/// How many replications a point takes, as far as is known from `summaries`, the runs of all its policies so far.
/// Decided after each round from complete rounds only, so that the order in which runs are made does not matter.
pub fn wanted(rule: &Replications, policies: usize, summaries: &[&SummaryRecord]) -> u32 {
    let until = match rule {
        Replications::Fixed(number) => return *number,
        Replications::Until(until) => until,
    };
    let mut round = until.at_least;
    loop {
        let made: Vec<&SummaryRecord> = summaries.iter().copied().filter(|s| s.replication < round).collect();
        if made.len() < policies * round as usize {
            return round;
        }
        match more(until, round, &made) {
            Some(next) => round = next,
            None => return round,
        }
    }
}

/// The next round, if one is needed: as many replications as would be enough if the spread stayed as it is, but at most
/// twice as many as there are.
fn more(until: &Until, round: u32, made: &[&SummaryRecord]) -> Option<u32> {
    if round >= until.at_most {
        return None;
    }
    let mut policies: Vec<&str> = made.iter().map(|s| s.policy.as_str()).collect();
    policies.sort_unstable();
    policies.dedup();
    let needed = policies.iter().filter_map(|policy| {
        let runs = made.iter().filter(|s| s.policy == *policy);
        let Precision { half, allowed, .. } = precision(until, runs.map(|s| until.figure.of(s)))?;
        (half > allowed)
            .then(|| if allowed > 0.0 { f64::from(round) * (half / allowed).powi(2) } else { f64::INFINITY })
    });
    let needed = needed.fold(0.0, f64::max);
    (needed > 0.0).then(|| {
        let next = needed.ceil().clamp(f64::from(round + 1), f64::from(round.saturating_mul(2)));
        (next as u32).min(until.at_most)
    })
}

/// How well a figure is known after some replications, and how well it has to be.
struct Precision {
    mean: f64,
    half: f64,
    allowed: f64,
}

/// None if it cannot be judged: a replication did not observe the figure, or there is only one.
fn precision(until: &Until, values: impl Iterator<Item = Option<f64>>) -> Option<Precision> {
    let estimate = values.collect::<Option<Moments>>()?.estimate()?;
    let half = estimate.half_width_at(made_at(CONFIDENCE, true))?;
    Some(Precision { mean: estimate.mean, half, allowed: until.within.get() * estimate.mean.abs() })
}

/// The policies for which the figure is not known as well as was asked for, in words.
pub fn not_reached(rule: &Replications, figures: &Figures) -> Vec<String> {
    let Replications::Until(until) = rule else { return Vec::new() };
    let asked = (until.within.get() * 1e8).round() / 1e6;
    let sentence = |policy: usize| {
        let (label, runs) = (&figures.policies[policy], figures.runs(policy));
        let (name, made) = (until.figure.name(), runs.len());
        if runs.iter().all(|run| until.figure.of(run).is_none()) {
            return None;
        }
        match precision(until, runs.iter().map(|run| until.figure.of(run))) {
            None => Some(format!(
                "Not reached: some replications did not observe {name} under {label}, so it could not be judged whether \
                 it is known to {asked} %."
            )),
            Some(Precision { mean, half, allowed }) if half > allowed => Some(format!(
                "Not reached: after {made} replications, {name} under {label} is known to ± {:.1} % as far as the \
                 simulation goes, not to the {asked} % asked for.",
                half / mean.abs() * 100.0
            )),
            Some(_) => None,
        }
    };
    (0..figures.policies.len()).filter_map(sentence).collect()
}

#[cfg(test)]
mod tests {
    use device_models::units::Share;
    use rand::RngExt;
    use sim_core::Streams;

    use super::*;
    use crate::experiment::figures::Uncertain;
    use crate::policies::entry;
    use crate::schema::Figure;

    fn runs(spread: f64, number: u32) -> Vec<SummaryRecord> {
        let energy = |replication: u32| 10.0 + if replication.is_multiple_of(2) { spread } else { -spread };
        let run = |replication| SummaryRecord {
            policy: "p".into(),
            replication,
            energy: Some(energy(replication)),
            ..SummaryRecord::default()
        };
        (0..number).map(run).collect()
    }

    fn wanted_of(rule: &Replications, runs: &[SummaryRecord]) -> u32 {
        wanted(rule, 1, &runs.iter().collect::<Vec<_>>())
    }

    fn until(within: f64, at_most: u32) -> Replications {
        Replications::Until(Until { figure: Figure::Energy, within: Share::new(within), at_least: 4, at_most })
    }

    #[test]
    fn replications_continue_until_the_interval_is_narrow() {
        assert_eq!(wanted_of(&until(0.01, 100), &[]), 4);
        assert_eq!(wanted_of(&until(0.01, 100), &runs(0.001, 4)), 4, "narrow enough at once");
        assert_eq!(wanted_of(&until(0.01, 100), &runs(1.0, 4)), 8, "at most twice as many");
        assert_eq!(wanted_of(&until(0.01, 100), &runs(1.0, 7)), 8, "a round is judged when it is complete");
        assert_eq!(wanted_of(&until(0.01, 6), &runs(1.0, 6)), 6, "no more than the cap");
        // With n runs at ±s the half-width is close to 2 s/√n: 0.1 of a mean of 10 takes some 400/100 · s² runs.
        let enough = wanted_of(&until(0.1, 1000), &runs(1.0, 1000));
        assert!((5..=12).contains(&enough), "{enough}");
        assert_eq!(wanted_of(&Replications::Fixed(7), &[]), 7);
    }

    #[test]
    fn every_unit_belongs_to_one_part() {
        for rule in [Replications::Fixed(3), until(0.1, 100)] {
            for (point, replication) in [(0, 0), (0, 2), (5, 1), (9, 2)] {
                let owners = (1..=4).filter(|number| Shard { number: *number, of: 4 }.has(&rule, point, replication));
                assert_eq!(owners.count(), 1);
            }
        }
    }

    /// Of three replications at each point, part 2 of 4 has the second, the sixth and so on, counted over all points;
    /// of points whose replications are not known beforehand, the second, the sixth.
    #[test]
    fn parts_take_turns() {
        let part = Shard { number: 2, of: 4 };
        let units = |rule: &Replications| -> Vec<(usize, u32)> {
            let all = (0..4).flat_map(|point| (0..3).map(move |replication| (point, replication)));
            all.filter(|(point, replication)| part.has(rule, *point, *replication)).collect()
        };
        assert_eq!(units(&Replications::Fixed(3)), [(0, 1), (1, 2), (3, 0)]);
        assert_eq!(units(&until(0.1, 100)), [(1, 0), (1, 1), (1, 2)]);
        assert_eq!((Shard::most(&Replications::Fixed(3), 5), Shard::most(&until(0.1, 100), 5)), (15, 5));
        assert_eq!((part.part().as_deref(), Shard::ALL.part()), (Some("2/4"), None));
        let run = RunId { point: 3, policy: 7, replication: 12 };
        assert_eq!(run.file("runs", "json"), "runs/point=3/07-0012.json");
    }

    /// What is 0 in every replication is known exactly.
    #[test]
    fn nothing_is_known_at_once() {
        let none: Vec<SummaryRecord> =
            runs(0.0, 4).into_iter().map(|run| SummaryRecord { energy: Some(0.0), ..run }).collect();
        assert_eq!(wanted_of(&until(0.01, 100), &none), 4);
    }

    /// Every policy has to be known well enough, in whatever order they come.
    #[test]
    fn the_least_known_policy_decides() {
        let named = |name: &str, runs: Vec<SummaryRecord>| {
            runs.into_iter().map(move |run| SummaryRecord { policy: name.into(), ..run }).collect::<Vec<_>>()
        };
        let (sure, unsure) = (named("a", runs(0.001, 4)), named("b", runs(1.0, 4)));
        for all in [[sure.clone(), unsure.clone()].concat(), [unsure, sure.clone()].concat()] {
            assert_eq!(wanted(&until(0.01, 100), 2, &all.iter().collect::<Vec<_>>()), 8);
        }
        let both = [sure.clone(), named("b", runs(0.001, 4))].concat();
        assert_eq!(wanted(&until(0.01, 100), 2, &both.iter().collect::<Vec<_>>()), 4);
    }

    /// Energies of 10 ± s, four times: the deviation is s·√(4/3) and the standard error s/√3. At 97 %, t(3) is 3.896,
    /// so with s = 0.1 the half-width is 0.225 J: 2.2 %.
    #[test]
    fn what_was_not_reached_is_said() {
        let policies = [entry("local-only")];
        let told = |rule: &Replications, runs: Vec<SummaryRecord>| {
            let runs: Vec<SummaryRecord> =
                runs.into_iter().map(|run| SummaryRecord { policy: "local-only".into(), ..run }).collect();
            let runs: Vec<&SummaryRecord> = runs.iter().collect();
            not_reached(rule, &Figures::new(&policies, &runs, Uncertain::default()).unwrap())
        };
        let sentence = "Not reached: after 4 replications, energy under local-only is known to ± 2.2 % as far as the simulation \
                        goes, not to the 1 % asked for.";
        assert_eq!(told(&until(0.01, 4), runs(0.1, 4)), [sentence]);
        assert!(told(&until(0.03, 4), runs(0.1, 4)).is_empty());
        assert!(told(&Replications::Fixed(4), runs(0.1, 4)).is_empty());
        let mut unseen = runs(0.1, 4);
        unseen[2].energy = None;
        assert!(told(&until(0.03, 4), unseen)[0].starts_with("Not reached: some replications did not observe energy"));
    }

    /// The default is stricter than a few runs that happen to agree: at least five.
    #[test]
    fn five_replications_are_the_least_by_default() {
        let rule: Replications = serde_json::from_str(r#"{"figure": "energy", "within": "1 %"}"#).unwrap();
        assert_eq!(wanted_of(&rule, &[]), 5);
    }

    /// How often the interval contains the true mean after stopping by the rule, with a figure that varies by a fifth
    /// of its mean (the worst of the settings that were tried) and by a twentieth. Of 2,000 trials, 95 % have a
    /// standard error of half a point. At 95 % the interval would contain it some three points less often.
    #[test]
    fn stopping_when_narrow_still_covers_the_truth() {
        let mut random = Streams::new(3, 0).open("until", 0);
        let mut covered = |deviation: f64, within: f64, made_at: f64| {
            let rule = Replications::Until(Until {
                figure: Figure::Energy,
                within: Share::new(within),
                at_least: 5,
                at_most: 1000,
            });
            let covers = (0..2_000).filter(|_| {
                let mut made: Vec<SummaryRecord> = Vec::new();
                loop {
                    let wanted = wanted_of(&rule, &made);
                    if wanted as usize == made.len() {
                        break;
                    }
                    made.extend((made.len() as u32..wanted).map(|replication| {
                        let normal = (0..12).map(|_| random.random::<f64>()).sum::<f64>() - 6.0;
                        let energy = Some(1.0 + deviation * normal);
                        SummaryRecord { replication, energy, policy: "p".into(), ..SummaryRecord::default() }
                    }));
                }
                let estimate = made.iter().filter_map(|run| run.energy).collect::<Moments>().estimate().unwrap();
                (estimate.mean - 1.0).abs() <= estimate.half_width_at(made_at).unwrap()
            });
            covers.count() as f64 / 2_000.0
        };
        let level = made_at(CONFIDENCE, true);
        let (worst, few) = (covered(0.2, 0.1, level), covered(0.05, 0.1, level));
        assert!((0.94..0.975).contains(&worst) && (0.955..0.985).contains(&few), "{worst}, {few}");
        let plain = covered(0.2, 0.1, CONFIDENCE);
        assert!(plain < worst - 0.01, "{plain} instead of {worst}");
    }
}
