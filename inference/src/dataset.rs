//! Labelled images.

mod cifar;
mod folder;
mod idx;
mod picture;
mod shipped;

use std::path::Path;

use ndarray::{Array4, ArrayView3, Axis};
use xxhash_rust::xxh3::Xxh3;

pub use picture::png;
pub use shipped::{FASHION_MNIST, fashion_mnist};

use crate::Error;

/// Images of one size with their labels.
#[derive(Clone, Debug)]
pub struct Dataset {
    /// What it is called in results.
    pub name: String,
    /// Pixels 0 to 255, `[image][row][column][channel]`.
    images: Array4<u8>,
    labels: Vec<u8>,
    classes: usize,
}

/// Which part of a data set an image belongs to, for good: thresholds are set on one half, results come from the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Half {
    /// Images with an even index.
    Calibration,
    /// Images with an odd index.
    Evaluation,
}

/// Which images of a data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Those networks are trained on.
    Training,
    /// Those they are calibrated and evaluated on.
    Test,
}

impl Dataset {
    /// Puts a data set together.
    ///
    /// # Errors
    /// If there are not as many labels as images, none at all, or a label is no class.
    pub fn new(name: &str, images: Array4<u8>, labels: Vec<u8>, classes: usize) -> Result<Self, Error> {
        if images.is_empty() {
            return Err(Error::data(name, "no images"));
        }
        if images.len_of(Axis(0)) != labels.len() {
            let what = format!("{} images but {} labels", images.len_of(Axis(0)), labels.len());
            return Err(Error::data(name, what));
        }
        if let Some(label) = labels.iter().find(|&&label| usize::from(label) >= classes) {
            return Err(Error::data(name, format!("label {label}, but classes run from 0 to {}", classes - 1)));
        }
        Ok(Self { name: name.to_owned(), images, labels, classes })
    }

    /// Reads a folder in any of these forms:
    ///
    /// - IDX, as MNIST and Fashion-MNIST come: `train-images-idx3-ubyte`, `t10k-labels-idx1-ubyte` and so on, gzipped
    ///   (`.gz`) or not;
    /// - CIFAR-10's binary version: `data_batch_1.bin` to `data_batch_5.bin`, `test_batch.bin`;
    /// - a folder a class with PNG or JPEG images of one size in it, in `train` and `test` or for both.
    ///
    /// # Errors
    /// If a file is missing, truncated or not what it should be.
    pub fn read(name: &str, folder: &Path, part: Part) -> Result<Self, Error> {
        if let Some((images, labels)) = idx::read(folder, part)? {
            return Self::new(name, images, labels, 10);
        }
        if cifar::files(part).iter().any(|file| folder.join(file).exists()) {
            let (images, labels) = cifar::read(folder, part)?;
            return Self::new(name, images, labels, cifar::CLASSES);
        }
        let folder::Labelled { images, labels, classes } = folder::read(folder, part)?;
        Self::new(name, images, labels, classes.len())
    }

    /// Number of images.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are no images; never true of a data set made by [`Dataset::new`].
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Bytes of one image.
    pub fn image_bytes(&self) -> u64 {
        (self.images.len() / self.len()) as u64
    }

    /// Rows, columns and channels of an image.
    pub fn extent(&self) -> (usize, usize, usize) {
        let (_, height, width, channels) = self.images.dim();
        (height, width, channels)
    }

    /// One image.
    pub fn image(&self, index: usize) -> ArrayView3<'_, u8> {
        self.images.index_axis(Axis(0), index)
    }

    /// Its class.
    pub fn label(&self, index: usize) -> u8 {
        self.labels[index]
    }

    /// Names the images and labels: a hash over all of them.
    pub fn fingerprint(&self) -> u64 {
        let mut hasher = Xxh3::new();
        // Images are laid out in order, whatever they were made from.
        self.images.iter().copied().collect::<Vec<u8>>().chunks(1 << 16).for_each(|part| hasher.update(part));
        hasher.update(&self.labels);
        hasher.digest()
    }

    /// Indices of one half, ascending.
    pub fn half(&self, half: Half) -> impl ExactSizeIterator<Item = usize> + use<> {
        let first = match half {
            Half::Calibration => 0,
            Half::Evaluation => 1,
        };
        (first..self.len()).step_by(2)
    }
}
