use super::{Dataset, DatasetSpec, idx};
use crate::Error;

/// Name of the data set that ships with the project.
pub const FASHION_MNIST: &str = "fashion-mnist";

/// The 10,000 test images of Fashion-MNIST (Xiao, Rasul & Vollgraf, 2017; MIT licence), which are part of the program.
///
/// # Errors
/// Never, unless the program was built from damaged files.
pub fn fashion_mnist() -> Result<Dataset, Error> {
    prepared(&DatasetSpec::plain(FASHION_MNIST))
}

/// The same images, prepared as `spec` requires.
pub fn prepared(spec: &DatasetSpec) -> Result<Dataset, Error> {
    const IMAGES: &[u8] = include_bytes!("../../data/fashion-mnist/t10k-images-idx3-ubyte.gz");
    const LABELS: &[u8] = include_bytes!("../../data/fashion-mnist/t10k-labels-idx1-ubyte.gz");
    let images = idx::images(IMAGES, "shipped Fashion-MNIST images")?;
    let labels = idx::labels(LABELS, "shipped Fashion-MNIST labels")?;
    Dataset::new(FASHION_MNIST, super::prepare::prepared(images, spec)?, labels, 10)
}
