//! What cutting a network costs in bytes and in accuracy, measured: every image really crosses every cut in every
//! coding, and the rest of the network answers on what arrives.

use std::thread;

use crate::coding::{Coder, Coding};
use crate::dataset::Dataset;
use crate::network::{Coded, Crossing, Network};
use crate::program::Scratch;

/// A network measured at every cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeasuredCuts {
    /// How many images crossed.
    pub images: usize,
    /// How many of them the whole network answers right.
    pub right: usize,
    /// A row for each cut but the last and each coding: cut by cut, codings in the order given.
    pub rows: Vec<MeasuredCut>,
}

/// One cut in one coding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MeasuredCut {
    /// The number of the cut.
    pub step: usize,
    /// The coding.
    pub coding: Coding,
    /// The fewest bytes of an image.
    pub fewest: u64,
    /// The most bytes of an image.
    pub most: u64,
    /// The bytes of all images.
    pub bytes: u64,
    /// How many images are answered right.
    pub right: usize,
    /// How many images are answered as by the whole network.
    pub same: usize,
}

impl MeasuredCuts {
    /// Share of the images that the whole network answers right.
    pub fn accuracy(&self) -> f64 {
        self.right as f64 / self.images as f64
    }

    /// The mean over images of what crosses, in bytes.
    pub fn mean_bytes(&self, row: &MeasuredCut) -> f64 {
        row.bytes as f64 / self.images as f64
    }

    /// Share of the images that are answered right where the network is cut so.
    pub fn accuracy_of(&self, row: &MeasuredCut) -> f64 {
        row.right as f64 / self.images as f64
    }

    /// The sums over these images and those of `other`, the same network in the same codings: who shows progress, or may
    /// be interrupted, measures some images at a time.
    #[must_use]
    pub fn and(mut self, other: &Self) -> Self {
        self.images += other.images;
        self.right += other.right;
        for (row, other) in self.rows.iter_mut().zip(&other.rows) {
            debug_assert!((row.step, row.coding) == (other.step, other.coding), "of one network and the same codings");
            row.add(other);
        }
        self
    }
}

impl MeasuredCut {
    fn add(&mut self, other: &Self) {
        (self.fewest, self.most) = (self.fewest.min(other.fewest), self.most.max(other.most));
        self.bytes += other.bytes;
        self.right += other.right;
        self.same += other.same;
    }
}

/// Measures every cut of a network in every one of `codings`, on some images of a data set, on so many threads; their
/// number changes nothing in the result.
///
/// # Panics
/// If an image has another extent than the network's input.
pub fn measure_cuts(
    network: &Network,
    data: &Dataset,
    images: &[usize],
    codings: &[Coding],
    threads: usize,
) -> MeasuredCuts {
    let share = images.len().div_ceil(threads.max(1)).max(1);
    thread::scope(|scope| {
        let work = |images| scope.spawn(move || measure(network, data, images, codings));
        let parts: Vec<_> = images.chunks(share).map(work).collect();
        let parts = parts.into_iter().map(|part| part.join().expect("only a panic ends it early"));
        parts.fold(nothing(network, codings), |sum, part| sum.and(&part))
    })
}

/// No image yet.
fn nothing(network: &Network, codings: &[Coding]) -> MeasuredCuts {
    let cuts = network.cuts().iter().filter(|cut| !cut.is_end());
    let row = |step, coding| MeasuredCut { step, coding, fewest: u64::MAX, most: 0, bytes: 0, right: 0, same: 0 };
    let rows = cuts.flat_map(|cut| codings.iter().map(move |coding| row(cut.step, *coding)));
    MeasuredCuts { images: 0, right: 0, rows: rows.collect() }
}

fn measure(network: &Network, data: &Dataset, images: &[usize], codings: &[Coding]) -> MeasuredCuts {
    let mut sum = nothing(network, codings);
    let mut coders: Vec<Coder> = codings.iter().map(|coding| Coder::new(*coding)).collect();
    let (mut crossing, mut coded, mut arrived) = (Crossing::default(), Coded::default(), Crossing::default());
    let mut scratch = Scratch::default();
    for &index in images {
        let (image, label) = (data.image(index), data.label(index));
        let whole = network.run(image, &mut scratch).class;
        sum.images += 1;
        sum.right += usize::from(whole == label);
        for rows in sum.rows.chunks_mut(codings.len()) {
            network.run_before(rows[0].step, image, &mut scratch, &mut crossing);
            for (row, coder) in rows.iter_mut().zip(&mut coders) {
                network.encode(&crossing, coder, &mut coded);
                network.decode(&coded, coder, &mut arrived);
                let class = network.run_after(&arrived, &mut scratch).class;
                let bytes = coded.bytes.len() as u64;
                let (right, same) = (usize::from(class == label), usize::from(class == whole));
                row.add(&MeasuredCut { fewest: bytes, most: bytes, bytes, right, same, ..*row });
            }
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::dataset::fashion_mnist;

    /// What is measured is what one image after the other does, on any number of threads and in any portions.
    #[test]
    fn sums_are_those_of_the_images() {
        let (network, data) = (Network::load("fmnist-little", Path::new("")).unwrap(), fashion_mnist().unwrap());
        let images = [1, 3, 5, 23, 25];
        let codings = ["float32", "2", "{bits: 4, compress: true}"].map(|coding| coding.parse().unwrap());
        let measured = measure_cuts(&network, &data, &images, &codings, 2);
        assert_eq!(measured, measure_cuts(&network, &data, &images, &codings, 9));
        let (some, others) = images.split_at(2);
        let [some, others] = [some, others].map(|images| measure_cuts(&network, &data, images, &codings, 1));
        assert_eq!(measured, some.and(&others));
        let mut scratch = Scratch::default();
        let classes: Vec<u8> = images.iter().map(|image| network.run(data.image(*image), &mut scratch).class).collect();
        let right = classes.iter().zip(images).filter(|(class, image)| **class == data.label(*image)).count();
        assert_eq!((measured.images, measured.right, measured.accuracy()), (5, right, right as f64 / 5.0));
        assert_eq!(measured.rows.len(), 3 * (network.cuts().len() - 1));
        for (at, row) in measured.rows.iter().enumerate() {
            assert_eq!((row.step, row.coding), (at / 3, codings[at % 3]));
            let (mut coder, mut crossing, mut coded) = (Coder::new(row.coding), Crossing::default(), Coded::default());
            let (mut right, mut same, mut bytes) = (0, 0, Vec::new());
            for (image, whole) in images.into_iter().zip(&classes) {
                network.run_before(row.step, data.image(image), &mut scratch, &mut crossing);
                network.encode(&crossing, &mut coder, &mut coded);
                network.decode(&coded, &mut coder, &mut crossing);
                let class = network.run_after(&crossing, &mut scratch).class;
                right += usize::from(class == data.label(image));
                same += usize::from(class == *whole);
                bytes.push(coded.bytes.len() as u64);
            }
            assert_eq!((row.right, row.same), (right, same));
            assert_eq!((row.fewest, row.most), (*bytes.iter().min().unwrap(), *bytes.iter().max().unwrap()));
            assert_eq!((row.bytes, measured.mean_bytes(row)), (bytes.iter().sum(), row.bytes as f64 / 5.0));
        }
        // What can be told beforehand of each: nothing is lost in single precision, and sizes do not depend on images.
        assert!(measured.rows.iter().all(|row| row.coding != Coding::FLOAT32 || row.same == 5));
        assert!(measured.rows.iter().all(|row| row.coding.compress || row.fewest == row.most));
        assert!(measured.rows.iter().any(|row| row.fewest < row.most), "images differ");
    }
}
