//! Digests a run into figures, request by request: memory does not grow with the run.

use analysis::cuts::Cuts;
use analysis::{
    BatteryLife, EnergyParts, GramsPerJoule, LatencyParts, Outcome, PERCENTILES, Pairing, RequestRecord, Responses,
    RunDigest, SCORE_BINS, ScoreHistogram, Specimen, SpecimenKind, SummaryRecord, Tier,
};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use inference::Score;
use sim_core::Span;

use super::by_image::ByImage;
use super::latencies::Latencies;
use super::responses::{BySide, of_battery_life};
use super::rounds::RunId;
use super::sampling::Spread;
use super::study::Point;
use crate::answers::Observation;
use crate::world::RunEnd;

/// Most examples kept of each kind.
const SPECIMENS: usize = 6;

/// Makes a PNG of what a device saw.
pub type Picture<'a> = &'a dyn Fn(&Observation) -> Vec<u8>;

/// Takes in the requests of a run. Those of the warm-up are left out.
#[derive(Default)]
pub struct Digester {
    /// When the run ends.
    end: Span,
    /// How far the appeal rate varies with the choice of images.
    spread: Spread,
    requests: u64,
    outcomes: [u64; Outcome::ALL.len()],
    by_edge_servers: u64,
    ended: u64,
    right: u64,
    little_right: u64,
    big_right: u64,
    /// What ended, by which of the networks is right about it, and what of that was sent up.
    pairing: Pairing,
    appealed: Pairing,
    sides: BySide,
    answered: u64,
    latencies: Latencies,
    parts: LatencyParts,
    energy: EnergyParts,
    attributed: f64,
    with_deadline: u64,
    late: u64,
    uplink_bytes: u64,
    attempts: u64,
    /// Of each score, counts over right and over wrong edge answers.
    scores: [[[u64; SCORE_BINS]; 2]; Score::COUNT],
    gallery: Vec<Specimen>,
    /// Only where the policy cuts a network.
    cuts: Option<Cuts>,
    /// Only where runs have to say how images differ.
    by_image: Option<ByImage>,
}

impl Digester {
    /// For a run that lasts until `end`, of a policy whose appeal rate varies by `spread` with the choice of images.
    pub fn new(end: Span, spread: Spread) -> Self {
        Self { end, spread, ..Self::default() }
    }

    /// The same for a run that has to say how images differ.
    pub fn by_image(self) -> Self {
        Self { by_image: Some(ByImage::default()), ..self }
    }

    /// The same for a run of a policy that cuts a network.
    pub fn with_cuts(self) -> Self {
        Self { cuts: Some(Cuts::default()), ..self }
    }

    /// Takes in a request. With a `picture`, examples are kept.
    pub fn add(&mut self, r: &RequestRecord, observation: &Observation, picture: Option<Picture>) {
        self.attributed += r.energy.total();
        if !r.measured {
            return;
        }
        self.requests += 1;
        self.outcomes[r.outcome as usize] += 1;
        self.by_edge_servers += u64::from(r.outcome == Outcome::Cloud && r.tier == Some(Tier::EdgeServer));
        if r.outcome != Outcome::Unfinished {
            self.ended += 1;
            self.right += u64::from(r.correct());
            // What the network pair achieves on these very images: the same for every policy, so gains are comparable.
            self.little_right += u64::from(r.little_right);
            self.big_right += u64::from(r.big_right);
            self.pairing.add(r.little_right, r.big_right, 1.0);
            if r.appealed {
                self.appealed.add(r.little_right, r.big_right, 1.0);
            }
        }
        self.sides.add(r);
        if let Some(by_image) = &mut self.by_image {
            by_image.add(r);
        }
        if let Some(cuts) = &mut self.cuts {
            let kept = !r.appealed && r.outcome == Outcome::Edge;
            if r.cut.is_some() || kept {
                cuts.add(r.arrival as f64 / self.end.as_nanos().max(1) as f64, r.uplink_rate, r.cut);
            }
        }
        self.uplink_bytes += r.uplink_bytes;
        self.attempts += u64::from(r.attempts);
        self.energy += r.energy;
        if let Some(in_time) = r.in_time {
            self.with_deadline += 1;
            self.late += u64::from(!in_time);
        }
        match (r.latency(), r.parts()) {
            (Some(latency), Some(parts)) => {
                self.answered += 1;
                self.latencies.answered(latency, r.appealed);
                self.parts += parts;
            }
            _ if r.outcome == Outcome::Unfinished => {
                let age = Span::from_nanos(self.end.as_nanos().saturating_sub(r.arrival));
                self.latencies.under_way(age.as_secs());
            }
            _ => self.latencies.never(),
        }
        if let Some(edge) = r.edge_class {
            let side = usize::from(edge != r.label);
            for (score, bins) in Score::all().zip(&mut self.scores) {
                if let Some(value) = r.scores.get(score) {
                    let bin = (f64::from(value) * SCORE_BINS as f64) as usize;
                    bins[side][bin.min(SCORE_BINS - 1)] += 1;
                }
            }
        }
        if let Some(picture) = picture {
            self.look_at(r, observation, picture);
        }
    }

    fn look_at(&mut self, r: &RequestRecord, observation: &Observation, picture: Picture) {
        let kind = match r.outcome {
            Outcome::Edge if r.correct() => SpecimenKind::KeptRightly,
            Outcome::Edge => SpecimenKind::KeptWrongly,
            Outcome::Cloud if r.edge_class.map_or(r.little_right, |class| class == r.label) => {
                SpecimenKind::AppealedInVain
            }
            Outcome::Cloud if r.correct() => SpecimenKind::AppealedRightly,
            _ => return,
        };
        if self.gallery.iter().filter(|specimen| specimen.kind == kind).count() < SPECIMENS {
            self.gallery.push(Specimen {
                kind,
                request: r.request,
                image: r.image,
                png: BASE64_STANDARD.encode(picture(observation)),
                label: r.label,
                edge_class: r.edge_class,
                cloud_class: r.cloud_class,
                scores: r.scores,
            });
        }
    }

    /// The digest of all requests taken in, with the run's other results.
    pub fn finish(mut self, id: RunId, point: &Point, label: &str, threshold: Option<f64>, end: &RunEnd) -> RunDigest {
        let share = |part: u64, whole: u64| (whole > 0).then(|| part as f64 / whole as f64);
        let accuracy = share(self.right, self.ended);
        let (little, big) = (share(self.little_right, self.ended), share(self.big_right, self.ended));
        let gain = match (accuracy, little, big) {
            (Some(accuracy), Some(little), Some(big)) if big > little => Some((accuracy - little) / (big - little)),
            _ => None,
        };
        let lives = || end.devices.iter().filter_map(|device| device.life);
        let percentile = |percent: f64| self.latencies.percentile(percent / 100.0);
        let arrived: u64 = end.devices.iter().map(|device| device.requests).sum();
        let arrived = (arrived > 0).then_some(arrived as f64);
        let energy = self.energy.shared_by(self.requests);
        let all: f64 = end.devices.iter().map(|device| device.energy.total()).sum();
        let battery_life = BatteryLife::median(lives());
        let by_share = self.sides.responses();
        let life = battery_life.and_then(|life| life.seconds).unwrap_or(0.0);
        let spread = self.spread.at(self.sides.appeal_rate().unwrap_or(0.0));
        let responses = Responses {
            latency_p50: self.latencies.response(0.5, spread),
            latency_p95: self.latencies.response(0.95, spread),
            latency_p99: self.latencies.response(0.99, spread),
            battery_life: of_battery_life(life, by_share.energy, &end.devices),
            battery_life_per_joule: self.by_image.as_ref().map(|_| of_battery_life(life, 1.0, &end.devices)),
            ..by_share
        };
        self.gallery.sort_by_key(|specimen| specimen.kind);
        let summary = SummaryRecord {
            point: id.point as u32,
            settings: point.settings.clone(),
            setting_values: point.values.clone(),
            policy: label.to_owned(),
            replication: id.replication,
            threshold,
            requests: self.requests,
            outcomes: self.outcomes,
            by_edge_servers: end.edge_busy.map(|_| self.by_edge_servers),
            accuracy,
            little_accuracy: little,
            big_accuracy: big,
            accuracy_gain: gain,
            appeal_rate: self.sides.appeal_rate(),
            pairing: self.pairing,
            appealed: self.appealed,
            energy: (self.requests > 0).then(|| energy.total()),
            unanswered: self.latencies.unanswered(),
            latency_p50: percentile(50.0),
            latency_p95: percentile(95.0),
            latency_p99: percentile(99.0),
            deadline_misses: share(self.late, self.with_deadline),
            uplink_bytes: share(self.uplink_bytes, self.requests),
            batteries: lives().count() as u64,
            batteries_empty: lives().filter_map(|life| life.seen()).count() as u64,
            first_battery_empty: lives().filter_map(|life| life.seen()).reduce(f64::min),
            battery_life,
            attempts: share(self.attempts, self.sides.appealed()),
            cloud_busy: end.cloud_busy,
            cloud_servers: end.cloud_servers,
            edge_busy: end.edge_busy,
            cloud_energy: arrived.map(|arrived| end.cloud_energy / arrived),
            cloud_cost: end.cloud_cost.zip(arrived).map(|(cost, arrived)| cost / arrived),
            grid: point.plan.grid.map(|grid| GramsPerJoule {
                devices: grid.devices.grams_per_joule(),
                servers: grid.servers.grams_per_joule(),
            }),
            loads: end.loads.clone(),
            cuts: self.cuts.as_ref().map_or(Vec::new(), Cuts::places),
            responses,
        };
        let histogram = |(score, [right, wrong]): (Score, &[[u64; SCORE_BINS]; 2])| ScoreHistogram {
            score: score.column().to_owned(),
            right: right.to_vec(),
            wrong: wrong.to_vec(),
        };
        RunDigest {
            policy_number: id.policy,
            summary,
            questions: end.questions.clone(),
            latency: self.parts.shared_by(self.answered),
            percentiles: PERCENTILES.iter().map(|percent| percentile(*percent)?.exactly()).collect(),
            energy,
            shared_energy_j: all - self.attributed,
            scores: Score::all().zip(&self.scores).map(histogram).filter(ScoreHistogram::has_any).collect(),
            timeline: end.timeline.clone(),
            cuts: self.cuts,
            gallery: self.gallery,
            images: self.by_image.map_or(Vec::new(), ByImage::finish),
        }
    }
}

#[cfg(test)]
mod tests;
