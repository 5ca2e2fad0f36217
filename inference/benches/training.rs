//! How fast the shipped architectures train, one thread, batches of 128: `cargo bench -p inference --bench training`.
//!
//! A whole epoch through the public interface: shuffling, altering images, forward, backward, the optimiser, the accuracy on
//! the images held out and the checkpoint.

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use divan::Bencher;
use divan::counter::ItemsCount;
use inference::dataset::fashion_mnist;
use inference::train::{Recipe, train};

/// Twenty batches of 128, and a hundredth more that is held out.
const IMAGES: usize = 2586;
const TRAINED_ON: usize = 2560;

fn main() {
    divan::main();
}

#[divan::bench(args = ["fmnist-little", "fmnist-big"], sample_count = 5, sample_size = 1)]
fn images(bencher: Bencher, name: &str) {
    let Ok(home) = tempfile::tempdir() else { return };
    let Some(recipe) = recipe(home.path(), name) else { return };
    bencher
        .counter(ItemsCount::new(TRAINED_ON))
        .bench_local(|| train(&recipe, 1, |_| ControlFlow::Continue(())).is_ok());
}

fn recipe(home: &Path, name: &str) -> Option<Recipe> {
    let data = fashion_mnist().ok()?;
    let idx = |file: &str, head: &[u32], bytes: &[u8]| {
        let mut content = vec![0, 0, 8, head.len() as u8];
        content.extend(head.iter().flat_map(|extent| extent.to_be_bytes()));
        content.extend(bytes);
        fs::write(home.join(file), content).ok()
    };
    let pixels: Vec<u8> = (0..IMAGES).flat_map(|image| data.image(image).iter().copied().collect::<Vec<_>>()).collect();
    let labels: Vec<u8> = (0..IMAGES).map(|image| data.label(image)).collect();
    idx("train-images-idx3-ubyte", &[IMAGES as u32, 28, 28], &pixels)?;
    idx("train-labels-idx1-ubyte", &[IMAGES as u32], &labels)?;
    let network = Path::new(env!("CARGO_MANIFEST_DIR")).join("networks").join(name).with_extension("yaml");
    let text = format!(
        "network: {}\ndataset: .\nheld-out: 0.01\nseed: 1\noutput: out.safetensors\nclassify: {{epochs: 1, batch: 128, \
         rate: 0.1, weight-decay: 0.0005, augment: {{crop: 2, flip: true, cutout: 8}}}}\n",
        network.display()
    );
    fs::write(home.join("train.yaml"), text).ok()?;
    Recipe::read(&home.join("train.yaml")).ok()
}
