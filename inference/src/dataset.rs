//! Labelled images, and the formats they come in.

mod cifar;
mod classes;
mod folder;
mod idx;
mod picture;
mod prepare;
mod shipped;
mod spec;

use std::ops::Range;
use std::path::Path;

use ndarray::{Array4, ArrayView3, Axis, Slice};
use xxhash_rust::xxh3::Xxh3;

pub use classes::{ClassesDiffer, MissingFolder};
pub use folder::{Folders, Skipped};
pub use picture::png;
pub use shipped::{FASHION_MNIST, fashion_mnist};
pub use spec::{DatasetSpec, Fit, Resize, Size};

use crate::Error;
use crate::kernels::Shape;

/// Classes of MNIST, and of data sets in its format unless a label says otherwise.
const MNIST_CLASSES: usize = 10;

/// Labels and their number are bytes.
const MOST_CLASSES: usize = 255;

/// Images of one size with their labels.
#[derive(Clone, Debug)]
pub struct Dataset {
    /// Its name in results.
    pub name: String,
    /// Pixels 0 to 255, `[image][row][column][channel]`.
    images: Array4<u8>,
    labels: Vec<u8>,
    classes: usize,
    /// Where classes are folders.
    folders: Option<Folders>,
    /// Whether the classes are known only from labels: some may have no images.
    numbers_only: bool,
    /// Whether labels are stand-ins, of which nothing but their being equal to an answer or not has a meaning.
    stand_ins: bool,
}

/// Which part of a data set an image always belongs to: thresholds are set on one half, results come from the other.
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
    /// If the numbers of labels and images differ, there are none, there are too many classes, or a label is out of
    /// range.
    pub fn new(name: &str, images: Array4<u8>, labels: Vec<u8>, classes: usize) -> Result<Self, Error> {
        if classes > MOST_CLASSES {
            return Err(Error::data(name, format!("{classes} classes; at most {MOST_CLASSES} fit")));
        }
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
        Ok(Self {
            name: name.to_owned(),
            images,
            labels,
            classes,
            folders: None,
            numbers_only: false,
            stand_ins: false,
        })
    }

    /// Labelled samples of which nothing else is known: whoever answers to them has seen them elsewhere.
    ///
    /// # Errors
    /// As [`Dataset::new`].
    pub fn of_labels(name: &str, labels: Vec<u8>, classes: usize) -> Result<Self, Error> {
        let placeholders = Array4::zeros((labels.len(), 1, 1, 1));
        let checked = Self::new(name, placeholders, labels, classes)?;
        Ok(Self { images: Array4::zeros((checked.len(), 0, 0, 0)), ..checked })
    }

    /// The same with labels that are stand-ins: nothing but their being equal to an answer or not has a meaning.
    #[must_use]
    pub fn with_stand_ins(self) -> Self {
        Self { stand_ins: true, ..self }
    }

    /// Whether labels are classes, and not stand-ins for right and wrong.
    pub fn has_classes(&self) -> bool {
        !self.stand_ins
    }

    /// Whether there is anything to see.
    pub fn has_images(&self) -> bool {
        !self.images.is_empty()
    }

    /// Reads the built-in data set, or else a folder in any of these formats:
    ///
    /// - IDX, the format of MNIST and Fashion-MNIST: `train-images-idx3-ubyte`, `t10k-labels-idx1-ubyte` and so on,
    ///   gzipped (`.gz`) or not;
    /// - the binary versions of CIFAR-10 (`data_batch_1.bin` to `data_batch_5.bin`, `test_batch.bin`) and CIFAR-100
    ///   (`train.bin`, `test.bin`);
    /// - a folder for each class with PNG or JPEG images in it, in `train` and `test` or for both.
    ///
    /// Its folder starts from `base`, and its name is that of the folder.
    ///
    /// # Errors
    /// If a file is missing, truncated or not what it should be, if there is nothing to read, or if images differ in
    /// size.
    pub fn read(spec: &DatasetSpec, base: &Path, part: Part) -> Result<Self, Error> {
        if spec.folder == FASHION_MNIST && part == Part::Test {
            return shipped::prepared(spec);
        }
        let folder = &base.join(&spec.folder);
        if folder.is_file() {
            let what =
                "is a file, and a data set is a folder: unpack an archive, and write the images of a table as files";
            return Err(Error::data(&folder.display().to_string(), what));
        }
        if let Some(found) = Self::read_files(spec, folder, part)? {
            return Ok(found);
        }
        match folder::read(folder, part, spec) {
            Ok(folder::Labelled { images, labels, folders }) => {
                let read = Self::new(&spec.folder, images, labels, folders.classes.len())?;
                Ok(Self { folders: Some(folders), ..read })
            }
            Err(error) => Err(Self::further_in(spec, folder, part, 2).unwrap_or(error)),
        }
    }

    /// A data set in files of a known format, if the folder holds any.
    fn read_files(spec: &DatasetSpec, folder: &Path, part: Part) -> Result<Option<Self>, Error> {
        if let Some((images, labels)) = idx::read(folder, part)? {
            let shown = labels.iter().max().map_or(0, |label| usize::from(*label) + 1);
            let read = Self::new(&spec.folder, prepare::prepared(images, spec)?, labels, shown.max(MNIST_CLASSES))?;
            return Ok(Some(Self { numbers_only: true, ..read }));
        }
        if let Some((images, labels, classes)) = cifar::read(folder, part)? {
            return Self::new(&spec.folder, prepare::prepared(images, spec)?, labels, classes).map(Some);
        }
        Ok(None)
    }

    /// The error for files of a known format that are up to `depth` folders further in, as archives unpack them.
    fn further_in(spec: &DatasetSpec, folder: &Path, part: Part, depth: u32) -> Option<Error> {
        let inner: Vec<_> = folder::entries(folder).ok()?.into_iter().filter(|path| path.is_dir()).collect();
        inner.iter().find_map(|inner| match Self::read_files(spec, inner, part) {
            Err(error) => Some(error),
            Ok(Some(_)) => {
                let what = format!("the images lie further in: name the folder '{}'", inner.display());
                Some(Error::data(&folder.display().to_string(), what))
            }
            Ok(None) if depth > 1 => Self::further_in(spec, inner, part, depth - 1),
            Ok(None) => None,
        })
    }

    /// The images of `range` alone, numbered from 0.
    pub fn only(&self, range: Range<usize>) -> Self {
        let images = self.images.slice_axis(Axis(0), Slice::from(range.clone())).to_owned();
        Self { images, labels: self.labels[range].to_vec(), ..self.clone() }
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

    /// The folders it was read from, if its classes are folders.
    pub fn folders(&self) -> Option<&Folders> {
        self.folders.as_ref()
    }

    /// Number of images of each class, by label.
    pub fn images_by_class(&self) -> Vec<usize> {
        let mut counts = vec![0; self.classes];
        self.labels.iter().for_each(|label| counts[usize::from(*label)] += 1);
        counts
    }

    /// The same images with three equal channels, if they are grey: for networks that take colour. Nothing is lost.
    pub fn in_colour(self) -> Self {
        let (count, height, width, channels) = self.images.dim();
        match self.images.broadcast((count, height, width, 3)) {
            Some(images) if channels == 1 => Self { images: images.to_owned(), ..self },
            _ => self,
        }
    }

    /// `spec`, with which these images were read, changed to give images of this shape; nothing if that is impossible.
    pub fn fitted(&self, spec: &DatasetSpec, wanted: Shape) -> Option<DatasetSpec> {
        let (height, width, channels) = self.extent();
        let mut fitted = spec.clone();
        if (wanted.height, wanted.width) != (height, width) {
            fitted = fitted.resized_to(u32::try_from(wanted.width).ok()?, u32::try_from(wanted.height).ok()?);
        }
        match (channels, wanted.channels) {
            (from, to) if from == to => {}
            (3, 1) => fitted.grey = true,
            // Networks that take colour accept grey images unchanged.
            (1, 3) => {}
            _ => return None,
        }
        Some(fitted)
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

    /// Identifies the images and labels: a hash over all of them, as networks see them.
    pub fn fingerprint(&self) -> u64 {
        let mut hasher = Xxh3::new();
        let (height, width, channels) = self.extent();
        [height, width, channels].iter().for_each(|extent| hasher.update(&(*extent as u64).to_le_bytes()));
        // Images are stored in order, whatever their source.
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
