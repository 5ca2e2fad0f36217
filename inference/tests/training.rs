//! Training as a whole: reproducible, and it learns.

use std::fs;
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use inference::train::{Recipe, train};

/// 600 images of 8×8 in ten classes: upright or lying stripes of five strengths, with some noise.
fn write_images(folder: &Path) {
    let gz = |name: &str, head: &[u32], bytes: &[u8]| {
        let mut file = GzEncoder::new(fs::File::create(folder.join(name)).unwrap(), Compression::fast());
        file.write_all(&[0, 0, 8, head.len() as u8]).unwrap();
        head.iter().for_each(|extent| file.write_all(&extent.to_be_bytes()).unwrap());
        file.write_all(bytes).unwrap();
        file.finish().unwrap();
    };
    let (mut images, mut labels, mut noise) = (Vec::new(), Vec::new(), 1u32);
    for index in 0..600u32 {
        let class = index % 10;
        labels.push(class as u8);
        for pixel in 0..64u32 {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let bright = if class < 5 { pixel % 2 == 0 } else { pixel / 8 % 2 == 0 };
            images.push((noise >> 27) as u8 + if bright { class as u8 % 5 * 45 + 20 } else { 0 });
        }
    }
    gz("train-images-idx3-ubyte.gz", &[600, 8, 8], &images);
    gz("train-labels-idx1-ubyte.gz", &[600], &labels);
}

const NETWORK: &str = "
name: tiny
input: {channels: 1, height: 8, width: 8}
normalise: {mean: [0.3], deviation: [0.2]}
classes: 10
extractor: [conv: {out: 8}, separable: {out: 16, stride: 2}, global-average-pool]
predictor: {sees: features-and-scores, hidden: 8}
";

fn recipe(home: &Path, output: &str) -> Recipe {
    let steps = "{epochs: 12, batch: 32, chunk: 16, rate: 0.1, weight-decay: 0.0001, augment: {crop: 1}}";
    let text = format!(
        "network: tiny.yaml\ndataset: .\nheld-out: 0.2\nseed: 7\noutput: {output}\nclassify: {steps}\n\
         joint: {{steps: {steps}, beta: 0.3, box: black, cross-entropy: 1}}\n"
    );
    let path = home.join(format!("{output}.yaml"));
    fs::write(&path, text).unwrap();
    Recipe::read(&path).unwrap()
}

#[test]
fn the_same_weights_at_one_and_two_threads() {
    let home = tempfile::tempdir().unwrap();
    write_images(home.path());
    fs::write(home.path().join("tiny.yaml"), NETWORK).unwrap();
    let mut epochs = Vec::new();
    let outcome = train(&recipe(home.path(), "one.safetensors"), 1, |epoch| epochs.push(*epoch)).unwrap();
    train(&recipe(home.path(), "two.safetensors"), 2, |_| {}).unwrap();
    let read = |name: &str| fs::read(home.path().join(name)).unwrap();
    assert!(read("one.safetensors") == read("two.safetensors"));
    assert_eq!(epochs.len(), 24);
    assert!(epochs[11].loss < epochs[0].loss / 2.0, "{epochs:?}");
    assert!(outcome.last.held_out_accuracy > 0.8, "{outcome:?}");
    assert!(outcome.last.mean_q > 0.5, "black box, small losses: most images may stay ({outcome:?})");
}

#[test]
fn impossible_recipes_are_errors() {
    let home = tempfile::tempdir().unwrap();
    let told = |text: &str| {
        let path = home.path().join("recipe.yaml");
        fs::write(&path, text).unwrap();
        Recipe::read(&path).unwrap_err().to_string()
    };
    let good = "network: n\ndataset: d\nheld-out: 0.1\nseed: 1\noutput: o\n";
    assert!(
        told(&format!("{good}classify: {{epochs: 0, batch: 32, rate: 0.1, weight-decay: 0}}"))
            .contains("epochs at least 1")
    );
    assert!(
        told(&format!("{good}classify: {{epochs: 1, batch: 33, rate: 0.1, weight-decay: 0}}"))
            .contains("multiple of chunk")
    );
    assert!(told(&format!("{good}clasify: {{}}")).contains("clasify"));
}
