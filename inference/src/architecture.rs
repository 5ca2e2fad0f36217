//! What a network is made of, as a small YAML file says it.
//!
//! ```yaml
//! name: fmnist-little
//! input: {channels: 1, height: 28, width: 28}
//! normalise: {mean: [0.286], deviation: [0.353]}
//! classes: 10
//! extractor:
//!   - conv: {out: 8}
//!   - separable: {out: 16, stride: 2}
//!   - global-average-pool
//! predictor: {sees: features-and-scores, hidden: 64}
//! ```
//!
//! The extractor's blocks are the places where a network may be cut. The approximator head, one dense layer to
//! `classes` logits, is implied; a network without `predictor` has one head.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::Error;
use crate::kernels::Shape;

/// A network's description; see the [module](self) for an example.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Architecture {
    /// What it is called in results.
    pub name: String,
    /// Extent of an input image.
    pub input: Input,
    /// What is subtracted from and divided out of a pixel in [0, 1], per channel.
    pub normalise: Normalise,
    /// Number of classes.
    pub classes: usize,
    /// From image to feature vector.
    pub extractor: Vec<Block>,
    /// The second head, which says how likely the edge answer will do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub predictor: Option<Predictor>,
}

/// Extent of an input image.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Values a pixel.
    pub channels: usize,
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
}

/// Per-channel scaling of pixels in [0, 1].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Normalise {
    /// Subtracted.
    pub mean: Vec<f32>,
    /// Divided out.
    pub deviation: Vec<f32>,
}

/// A step of the extractor. Every convolution is followed by batch normalisation and a rectifier.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub enum Block {
    /// Dense k×k convolution.
    Conv {
        /// Output channels.
        out: usize,
        /// Side of the window, odd.
        #[serde(default = "three")]
        kernel: usize,
        /// Step of the window.
        #[serde(default = "one")]
        stride: usize,
    },
    /// Depthwise k×k, then pointwise convolution (MobileNet, Howard et al. 2017).
    Separable {
        /// Output channels.
        out: usize,
        /// Side of the depthwise window, odd.
        #[serde(default = "three")]
        kernel: usize,
        /// Step of the depthwise window.
        #[serde(default = "one")]
        stride: usize,
    },
    /// Two 3×3 convolutions with a way round them (ResNet basic block, He et al. 2016).
    Residual {
        /// Output channels.
        out: usize,
        /// Step of the first convolution.
        #[serde(default = "one")]
        stride: usize,
    },
    /// Largest of each 2×2 block.
    MaxPool,
    /// Mean over all pixels.
    GlobalAveragePool,
    /// Fully connected, with a rectifier.
    Dense {
        /// Units.
        out: usize,
    },
}

/// The predictor head: what it reads and how wide it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Predictor {
    /// What it reads.
    pub sees: Sees,
    /// Blocks of the extractor, counted from 0, whose outputs it reads as well, averaged over their pixels.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub depths: Vec<usize>,
    /// Hidden units; 0 is a single linear unit.
    pub hidden: usize,
}

/// What the predictor head reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sees {
    /// The extractor's features, as AppealNet draws it.
    Features,
    /// The features, the logits, their log-softmax and the largest probabilities: a predictor that sees the features
    /// alone cannot well express "some logit stands out".
    FeaturesAndScores,
}

fn one() -> usize {
    1
}

fn three() -> usize {
    3
}

impl Architecture {
    /// Reads a description.
    ///
    /// # Errors
    /// If the file cannot be read or says something impossible.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let text = std::fs::read_to_string(path).map_err(|e| Error::io(path, e))?;
        Self::parse(&text, &path.display().to_string())
    }

    /// Reads a description from `text`; `origin` names it in errors.
    ///
    /// # Errors
    /// If the text says something impossible.
    pub fn parse(text: &str, origin: &str) -> Result<Self, Error> {
        let deserializer = serde_yaml::Deserializer::from_str(text);
        let architecture: Self = serde_yaml::with::singleton_map_recursive::deserialize(deserializer)
            .map_err(|e| Error::Architecture { origin: origin.to_owned(), what: e.to_string() })?;
        architecture.check().map_err(|what| Error::Architecture { origin: origin.to_owned(), what })?;
        Ok(architecture)
    }

    /// A short hash of everything that decides which weights fit; the name is not part of it.
    pub fn fingerprint(&self) -> String {
        let shape = (&self.input, &self.normalise, self.classes, &self.extractor, &self.predictor);
        let text = serde_json::to_string(&shape).unwrap_or_default();
        format!("{:016x}", xxhash_rust::xxh3::xxh3_64(text.as_bytes()))
    }

    /// Extent of an input image.
    pub fn input_shape(&self) -> Shape {
        let Input { channels, height, width } = self.input;
        Shape { height, width, channels }
    }

    fn check(&self) -> Result<(), String> {
        let shape = self.input_shape();
        if shape.is_empty() || self.classes < 2 {
            return Err("input extents must be at least 1 and classes at least 2".into());
        }
        let per_channel = [&self.normalise.mean, &self.normalise.deviation];
        if per_channel.iter().any(|values| values.len() != shape.channels) {
            return Err(format!("normalise needs {} value(s) each, one a channel", shape.channels));
        }
        if !self.normalise.deviation.iter().all(|&d| d > 0.0 && d.is_finite()) {
            return Err("normalise.deviation must be above 0".into());
        }
        let depths = self.predictor.iter().flat_map(|predictor| &predictor.depths);
        if let Some(beyond) = depths.copied().find(|depth| *depth >= self.extractor.len()) {
            let blocks = self.extractor.len();
            let last = blocks.saturating_sub(1);
            return Err(format!("predictor.depths: {beyond} is none of the extractor's {blocks} blocks, 0 to {last}"));
        }
        let mut at = shape;
        for (index, block) in self.extractor.iter().enumerate() {
            at = block.output(at).map_err(|what| format!("extractor[{index}]: {what}"))?;
        }
        if at.pixels() != 1 {
            let Shape { height, width, .. } = at;
            return Err(format!("the extractor must end in one feature vector, not {height}×{width} of them"));
        }
        Ok(())
    }
}

impl Block {
    fn output(&self, input: Shape) -> Result<Shape, String> {
        let window = |kernel: usize, stride: usize, out: usize| {
            if out == 0 || stride == 0 || kernel.is_multiple_of(2) {
                return Err("out and stride must be at least 1 and kernel odd".to_owned());
            }
            Ok(input.windowed(kernel, stride, out))
        };
        match *self {
            Block::Conv { out, kernel, stride } | Block::Separable { out, kernel, stride } => {
                window(kernel, stride, out)
            }
            Block::Residual { out, stride } => window(3, stride, out),
            Block::MaxPool if input.height < 2 || input.width < 2 => Err("nothing left to pool".into()),
            Block::MaxPool => Ok(Shape { height: input.height / 2, width: input.width / 2, ..input }),
            Block::GlobalAveragePool => Ok(Shape::flat(input.channels)),
            Block::Dense { out: 0 } => Err("out must be at least 1".into()),
            Block::Dense { out } if input.pixels() == 1 => Ok(Shape::flat(out)),
            Block::Dense { .. } => Err("a dense layer needs one feature vector: pool first".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depths_are_blocks_of_the_extractor() {
        let told = |depths: &str| {
            let text = format!(
                "name: n\ninput: {{channels: 1, height: 4, width: 4}}\nnormalise: {{mean: [0], deviation: [1]}}\nclasses: 2\n\
                 extractor: [conv: {{out: 4}}, global-average-pool]\n\
                 predictor: {{sees: features, depths: {depths}, hidden: 4}}\n"
            );
            Architecture::parse(&text, "here").map_err(|error| error.to_string())
        };
        assert_eq!(told("[0]").map(|network| network.name), Ok("n".to_owned()));
        assert!(
            told("[0, 2]").unwrap_err().contains("predictor.depths: 2 is none of the extractor's 2 blocks, 0 to 1")
        );
    }
}
