//! What is kept of a run once its requests are on disk: enough for tables, reports and plots.

use std::path::Path;

use inference::Scores;
use serde::{Deserialize, Serialize, Serializer};

use crate::cuts::Cuts;
use crate::parts::{EnergyParts, LatencyParts};
use crate::records::SummaryRecord;

/// A run in figures. It is written beside the run's tables, and its presence means that they are complete.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RunDigest {
    /// Number of the policy in the scenario's list.
    pub policy_number: usize,
    /// The row of the summary table.
    pub summary: SummaryRecord,
    /// Number of answers asked of each network: the little one, the big one, those of edge servers.
    pub questions: Vec<u64>,
    /// Mean parts of the latency of answered requests.
    pub latency: LatencyParts,
    /// Latency in seconds of all requests, at the percentiles of [`PERCENTILES`]; absent if too few requests are beyond
    /// it, or if it falls among those without an answer.
    pub percentiles: Vec<Option<f64>>,
    /// Mean energy per request, without idling.
    pub energy: EnergyParts,
    /// Joules of the devices that are booked to no request: mostly idling.
    pub shared_energy_j: f64,
    /// The distribution of each score over right and wrong edge answers.
    pub scores: Vec<ScoreHistogram>,
    /// Cloud and batteries over time.
    pub timeline: Vec<TimelineStep>,
    /// Where requests were cut, if the policy cuts a network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cuts: Option<Cuts>,
    /// Some requests to look at; only from the first run of a policy.
    pub gallery: Vec<Specimen>,
    /// What the requests with each image came to, by ascending index; only at a point where some policy does not always
    /// do the same with an image.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<ImageSums>,
}

impl RunDigest {
    /// Reads a run's digest.
    ///
    /// # Errors
    /// If there is no such file, or it is no digest.
    pub fn read(file: &Path) -> Result<Self, DigestError> {
        let failed = |why: String| DigestError { file: file.display().to_string(), why };
        let bytes = std::fs::read(file).map_err(|e| failed(e.to_string()))?;
        serde_json::from_slice(&bytes).map_err(|e| failed(e.to_string()))
    }
}

/// Why the digest of a run cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {why}")]
pub struct DigestError {
    file: String,
    why: String,
}

/// What the requests of a run that carried one image came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
pub struct ImageSums {
    /// Its index in the data set.
    pub image: u32,
    /// How many there were.
    pub requests: u64,
    /// How many had ended when the run did.
    pub ended: u64,
    /// Of those, how many were answered rightly.
    pub right: u64,
    /// Of those, about how many the little network is right.
    pub little_right: u64,
    /// Of those, about how many the big one is.
    pub big_right: u64,
    /// How many were sent up.
    pub appealed: u64,
    /// Joules spent on all of them.
    pub joules: f64,
    /// Bytes sent for all of them.
    pub uplink_bytes: u64,
    /// How many had a deadline.
    pub with_deadline: u64,
    /// Of those, how many missed it.
    pub late: u64,
}

/// The figures alone, in the order of the fields, which is how they are read, too: digests have thousands of them.
impl Serialize for ImageSums {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (
            self.image,
            self.requests,
            self.ended,
            self.right,
            self.little_right,
            self.big_right,
            self.appealed,
            self.joules,
            self.uplink_bytes,
            self.with_deadline,
            self.late,
        )
            .serialize(serializer)
    }
}

/// Percentiles of the latency that are kept, in per cent.
pub const PERCENTILES: [f64; 27] = [
    1.0, 2.0, 5.0, 10.0, 15.0, 20.0, 25.0, 30.0, 35.0, 40.0, 45.0, 50.0, 55.0, 60.0, 65.0, 70.0, 75.0, 80.0, 85.0,
    90.0, 92.5, 95.0, 97.5, 98.0, 99.0, 99.5, 99.9,
];

/// Bins of a score's histogram, equal parts of [0, 1].
pub const SCORE_BINS: usize = 20;

/// A score's values over edge answers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ScoreHistogram {
    /// The column of the score.
    pub score: String,
    /// Counts over right edge answers.
    pub right: Vec<u64>,
    /// Counts over wrong ones.
    pub wrong: Vec<u64>,
}

impl ScoreHistogram {
    /// Whether there was anything to count.
    pub fn has_any(&self) -> bool {
        self.right.iter().chain(&self.wrong).any(|count| *count > 0)
    }
}

/// A stretch of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TimelineStep {
    /// Its end, seconds.
    pub until_s: f64,
    /// Mean share of busy servers during it.
    pub cloud_busy: f64,
    /// Mean number of requests waiting for a server during it.
    pub cloud_waiting: f64,
    /// Mean charge of the batteries at its end, as a share of their capacity; absent without batteries.
    pub battery: Option<f64>,
}

/// A request to look at.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Specimen {
    /// What it is an example of.
    pub kind: SpecimenKind,
    /// Its number in the run.
    pub request: u32,
    /// Index of the image in its data set.
    pub image: u32,
    /// The image as the device saw it: a PNG in base 64.
    pub png: String,
    /// Its class.
    pub label: u8,
    /// Class by the little network.
    pub edge_class: Option<u8>,
    /// Class by the big one.
    pub cloud_class: Option<u8>,
    /// Scores of the little network's answer; those that reports show are written.
    #[serde(flatten, with = "shown_scores")]
    pub scores: Scores,
}

/// The scores that reports show, each as a field with the name of its column.
mod shown_scores {
    use std::collections::BTreeMap;

    use inference::{Score, Scores};
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};
    use serde_json::Value;

    fn shown() -> impl Iterator<Item = Score> {
        Score::all().filter(|score| score.shown().is_some())
    }

    pub fn serialize<S: Serializer>(scores: &Scores, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(shown().map(|score| (score.column(), scores.get(score))))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Scores, D::Error> {
        // Those of the whole example, which these are written among.
        let fields = BTreeMap::<String, Value>::deserialize(deserializer)?;
        let mut scores = Scores::default();
        for score in shown() {
            let Some(value) = fields.get(score.column()).filter(|value| !value.is_null()) else { continue };
            let number = value.as_f64().ok_or_else(|| D::Error::custom(format!("{} is no number", score.column())))?;
            scores = scores.with(score, number as f32);
        }
        Ok(scores)
    }
}

/// What a request can be an example of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SpecimenKind {
    /// The edge answer was kept, and right.
    #[default]
    KeptRightly,
    /// The edge answer was kept, and wrong.
    KeptWrongly,
    /// The edge answer was wrong, the cloud's right.
    AppealedRightly,
    /// The edge answer would have been right.
    AppealedInVain,
}

impl SpecimenKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::KeptRightly, Self::KeptWrongly, Self::AppealedRightly, Self::AppealedInVain];

    /// As words.
    pub fn name(self) -> &'static str {
        match self {
            Self::KeptRightly => "kept, rightly",
            Self::KeptWrongly => "kept, wrongly",
            Self::AppealedRightly => "appealed, and the cloud was right",
            Self::AppealedInVain => "appealed, in vain",
        }
    }
}

#[cfg(test)]
mod tests {
    use inference::Score;

    use super::*;

    #[test]
    fn one_count_on_either_side_is_something() {
        let histogram = |right: &[u64], wrong: &[u64]| ScoreHistogram {
            score: "q".into(),
            right: right.to_vec(),
            wrong: wrong.to_vec(),
        };
        assert!(histogram(&[0, 1], &[0, 0]).has_any());
        assert!(histogram(&[0, 0], &[1, 0]).has_any());
        assert!(!histogram(&[0, 0], &[0, 0]).has_any());
    }

    #[test]
    fn the_sums_of_an_image_are_written_as_figures_alone() {
        let sums = ImageSums {
            image: 7,
            requests: 10,
            ended: 9,
            right: 6,
            little_right: 5,
            big_right: 8,
            appealed: 3,
            joules: 0.5,
            uplink_bytes: 400,
            with_deadline: 4,
            late: 2,
        };
        let written = serde_json::to_string(&sums).unwrap();
        assert_eq!(written, "[7,10,9,6,5,8,3,0.5,400,4,2]");
        assert_eq!(serde_json::from_str::<ImageSums>(&written).unwrap(), sums);
    }

    /// As earlier versions wrote them: a field for each score that reports show, null where it is missing; what else is
    /// known of a request stands beside them.
    #[test]
    fn an_example_has_the_scores_that_reports_show() {
        let score = |name: &str| Score::named(name).unwrap();
        let written = r#"{"kind":"kept-wrongly","request":1,"image":2,"png":"AQ==","label":3,"edge_class":4,"cloud_class":null,"q":null,"max_softmax":0.1}"#;
        let specimen = Specimen {
            kind: SpecimenKind::KeptWrongly,
            request: 1,
            image: 2,
            png: "AQ==".into(),
            label: 3,
            edge_class: Some(4),
            cloud_class: None,
            scores: Scores::default().with(score("max-softmax"), 0.1),
        };
        let here = serde_json::to_string(&specimen).unwrap();
        assert!(here.starts_with(written.trim_end_matches('}')), "{here}");
        assert_eq!(serde_json::from_str::<Specimen>(written).unwrap(), specimen);
        let later = written.replace("0.1}", "0.1,\"seen\":[\"at dusk\"]}");
        assert_eq!(serde_json::from_str::<Specimen>(&later).unwrap(), specimen);
        let every = Score::all().fold(specimen, |s, score| Specimen { scores: s.scores.with(score, 0.5), ..s });
        let fields = serde_json::to_value(&every).unwrap();
        for score in Score::all() {
            assert_eq!(fields.get(score.column()).is_some(), score.shown().is_some(), "{score:?}");
        }
    }

    #[test]
    fn every_kind_has_its_words() {
        let words = SpecimenKind::ALL.map(SpecimenKind::name);
        let expected = ["kept, rightly", "kept, wrongly", "appealed, and the cloud was right", "appealed, in vain"];
        assert_eq!(words, expected);
    }
}
