//! Labelled images.

mod idx;
mod shipped;

use ndarray::{Array4, ArrayView3, Axis};

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

    /// Reads a folder with `PREFIX-images-idx3-ubyte.gz` and `PREFIX-labels-idx1-ubyte.gz`, the files of MNIST and
    /// Fashion-MNIST; `prefix` is `train` or `t10k`.
    ///
    /// # Errors
    /// If a file is missing, truncated or not what it should be.
    pub fn read_idx(name: &str, folder: &std::path::Path, prefix: &str) -> Result<Self, Error> {
        let read = |kind: &str| {
            let path = folder.join(format!("{prefix}-{kind}-ubyte.gz"));
            let bytes = std::fs::read(&path).map_err(|e| Error::io(&path, e))?;
            Ok((bytes, path.display().to_string()))
        };
        let (images, images_origin) = read("images-idx3")?;
        let (labels, labels_origin) = read("labels-idx1")?;
        Self::new(name, idx::images(&images, &images_origin)?, idx::labels(&labels, &labels_origin)?, 10)
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

    /// Indices of one half, ascending.
    pub fn half(&self, half: Half) -> impl ExactSizeIterator<Item = usize> + use<> {
        let first = match half {
            Half::Calibration => 0,
            Half::Evaluation => 1,
        };
        (first..self.len()).step_by(2)
    }
}
