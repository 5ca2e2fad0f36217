//! The big network's results on the training images.

use std::path::{Path, PathBuf};

use super::field::{Exposure, Field};
use super::objective::Big;
use super::parallel::on_each;
use crate::Error;
use crate::architecture::Architecture;
use crate::dataset::Dataset;
use crate::network::Network;
use crate::scores::log_softmax;
use crate::weights::Weights;

/// What is to be known of the big network.
pub struct Question<'a> {
    /// Its weights; several networks answer for a part of the images each.
    pub big: &'a [PathBuf],
    /// Variants of each image.
    pub variants: usize,
    /// Whether its losses are known, or all taken for 0.
    pub losses: bool,
    /// Whether somebody learns from its class probabilities.
    pub probabilities: bool,
}

/// The big network's answers to every training image, in every variant of field conditions.
pub struct Teacher {
    images: usize,
    classes: usize,
    answers: Vec<Big>,
    /// Class probabilities, where the little network learns from them.
    probabilities: Vec<f32>,
}

impl Teacher {
    /// A placeholder: always right, at no loss.
    pub fn silent(images: usize, classes: usize) -> Self {
        Self { images, classes, answers: vec![Big { loss: 0.0, right: true }; images], probabilities: Vec::new() }
    }

    /// Runs the big networks: one on all images, or several on a part each.
    pub fn ask(question: Question, data: &Dataset, field: &Field, threads: usize) -> Result<Self, Error> {
        let Question { big, variants, losses, probabilities } = question;
        if big.is_empty() {
            return Ok(Self::silent(data.len(), data.classes()));
        }
        let networks = big.iter().map(|path| load(path)).collect::<Result<Vec<_>, _>>()?;
        let classes = data.classes();
        if let Some(odd) = networks.iter().find(|network| network.classes().count() != classes) {
            let what = format!("'{}' knows {} classes, the images have {classes}", odd.name(), odd.classes().count());
            return Err(Error::data(&data.name, what));
        }
        if let Some(odd) = networks.iter().find(|network| {
            let input = network.input();
            (input.height, input.width, input.channels) != data.extent()
        }) {
            return Err(Error::data(&data.name, format!("'{}' takes images of another extent", odd.name())));
        }
        let answers = on_each(0..variants * data.len(), threads, |number, scratch| {
            let (variant, index) = (number / data.len(), number % data.len());
            let network = &networks[index % networks.len()];
            let image = field.image(data, Exposure::Variant(variant), index);
            let label = usize::from(data.label(index));
            network.read(image.view(), scratch, |logits| {
                let mut logs = vec![0.0; logits.len()];
                log_softmax(logits, &mut logs);
                let right = logs.iter().all(|log| *log <= logs[label]);
                let loss = if losses { -logs[label] } else { 0.0 };
                (Big { loss, right }, logs)
            })
        });
        let (answers, logs): (Vec<Big>, Vec<Vec<f32>>) = answers.into_iter().unzip();
        let probabilities =
            if probabilities { logs.iter().flatten().map(|log| log.exp()).collect() } else { Vec::new() };
        Ok(Self { images: data.len(), classes, answers, probabilities })
    }

    /// Its result on an image, and its class probabilities if they were requested.
    pub fn of(&self, variant: usize, index: usize) -> (Big, &[f32]) {
        let at = if self.answers.len() > self.images { variant * self.images + index } else { index };
        let probabilities = self.probabilities.get(at * self.classes..(at + 1) * self.classes).unwrap_or_default();
        (self.answers[at], probabilities)
    }
}

fn load(path: &Path) -> Result<Network, Error> {
    let architecture = Architecture::read(&path.with_extension("yaml"))?;
    let weights = Weights::read(path, &architecture)?;
    Network::new(&architecture, &weights)
}
