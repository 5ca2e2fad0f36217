//! The scores of one pass besides the class: how confident the network is.
//!
//! All scores are in one [`LIST`], and each has a file of its own: what it is, who proposed it, how it is read off a
//! pass, and how it is named and shown. Records, columns, policies, histograms, charts and evaluation go through the
//! list, so that a score is a file and a line.

mod certainty;
mod margin;
mod max_softmax;
mod q;
mod softmax;
mod written;

use std::fmt;

pub(crate) use q::q;
use softmax::Softmax;
pub use softmax::log_softmax;

/// The scores, in the order in which tables have them.
const LIST: &[Measure] = &[q::Q, max_softmax::MAX_SOFTMAX, margin::MARGIN, certainty::CERTAINTY];

/// A line of the list.
struct Measure {
    /// As scenario files and tables for people write it.
    name: &'static str,
    /// Its column in results.
    column: &'static str,
    /// What the column holds, in a sentence.
    about: &'static str,
    /// What scenario files are told about it as a choice of a confidence policy; none if it is no such choice.
    choice: Option<&'static str>,
    /// How reports show it, if they do.
    shown: Option<Shown>,
    /// How it is read.
    read: Read,
}

/// What a score is read off.
enum Read {
    /// The class probabilities.
    Softmax(fn(&Softmax) -> f32),
    /// The outputs of the predictor head, one or two.
    Predictor(fn(&[f32]) -> f32),
}

/// How reports show a score: a chart of its distribution, and its value beside examples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    /// What the chart is found by.
    pub chart: &'static str,
    /// What the chart's title calls it.
    pub title: &'static str,
}

/// A measure of confidence, in [0, 1] and larger when more confident.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Score(u8);

impl Score {
    /// How many there are.
    pub const COUNT: usize = LIST.len();

    /// The score of the predictor head, which AppealNet decides by.
    pub const Q: Self = Self(0);

    /// All of them, in the order of the list.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..LIST.len() as u8).map(Self)
    }

    /// The one that scenario files call so.
    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|score| score.name() == name)
    }

    /// As scenario files and tables for people write it, such as `max-softmax`.
    pub fn name(self) -> &'static str {
        self.measure().name
    }

    /// Its column in results, such as `max_softmax`.
    pub fn column(self) -> &'static str {
        self.measure().column
    }

    /// The same as words, such as `max softmax`.
    pub fn words(self) -> String {
        self.column().replace('_', " ")
    }

    /// What it is, in a sentence.
    pub fn about(self) -> &'static str {
        self.measure().about
    }

    /// How reports show it, if they do.
    pub fn shown(self) -> Option<Shown> {
        self.measure().shown
    }

    /// Whether only networks with a predictor head have it.
    pub fn needs_predictor(self) -> bool {
        matches!(self.measure().read, Read::Predictor(_))
    }

    /// Its place in the list.
    pub fn place(self) -> usize {
        usize::from(self.0)
    }

    fn measure(self) -> &'static Measure {
        &LIST[self.place()]
    }
}

impl fmt::Debug for Score {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Which scores there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Given(
    /// A bit for each of the list.
    u32,
);

impl Given {
    /// Those that a network gives.
    pub fn by_network(has_predictor: bool) -> Self {
        let given = Score::all().filter(|score| has_predictor || !score.needs_predictor());
        given.fold(Self::default(), Self::with)
    }

    /// Whether a score is among them.
    pub fn has(self, score: Score) -> bool {
        self.0 & 1 << score.place() != 0
    }

    /// These and another one.
    #[must_use]
    pub fn with(self, score: Score) -> Self {
        Self(self.0 | 1 << score.place())
    }
}

/// The scores of an answer: those of the list that its network gives.
#[derive(Clone, Copy, Default, PartialEq)]
pub struct Scores {
    values: [f32; LIST.len()],
    given: Given,
}

const _: () = assert!(LIST.len() <= u32::BITS as usize, "each score has a bit");

impl Scores {
    /// A score; none if the network does not give it.
    pub fn get(&self, score: Score) -> Option<f32> {
        self.given.has(score).then(|| self.values[score.place()])
    }

    /// The score at a place in the list.
    pub fn at(&self, place: usize) -> Option<f32> {
        self.get(Score(place as u8))
    }

    /// The same with another value of a score.
    #[must_use]
    pub fn with(mut self, score: Score, value: f32) -> Self {
        self.values[score.place()] = value;
        self.given = self.given.with(score);
        self
    }
}

/// Those that there are, by name.
impl fmt::Debug for Scores {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let given = Score::all().filter_map(|score| Some((score, self.get(score)?)));
        f.debug_map().entries(given).finish()
    }
}

/// An answer of a network on one image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Answer {
    /// The most likely class.
    pub class: u8,
    /// How confident the network is, by each measure.
    pub scores: Scores,
}

impl Answer {
    /// Reads class and scores off the logits and the predictor head's outputs, if there is one; the first of equal
    /// logits wins.
    ///
    /// # Panics
    /// If the head has no output.
    pub fn read(logits: &[f32], predictor: Option<&[f32]>) -> Self {
        let softmax = Softmax::of(logits);
        let mut scores = Scores::default();
        for score in Score::all() {
            let value = match score.measure().read {
                Read::Softmax(read) => Some(read(&softmax)),
                Read::Predictor(read) => predictor.map(read),
            };
            if let Some(value) = value {
                scores = scores.with(score, value);
            }
        }
        Self { class: softmax.class() as u8, scores }
    }
}

/// 1/(1 + e^−x).
pub fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

#[cfg(test)]
mod tests;
