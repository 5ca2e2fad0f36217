//! Users' own images and networks: read as intended, or refused with advice.

use std::fs;
use std::path::Path;

use image::{GrayImage, Luma, Rgb, RgbImage};
use tests::small_scenario;

use crate::program::{appealsim, told};

/// The error message as one line, without the line breaks for the terminal.
fn refused(home: &Path, arguments: &[&str]) -> String {
    let output = appealsim(home, arguments).assert().code(2).get_output().clone();
    let text = String::from_utf8(output.stderr).unwrap();
    text.replace("\n  │ ", " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Weights for a network that answers class 0 for an image lighter than grey, and class 1 for a darker one: two
/// channels, light and dark, averaged over the image; with PyTorch's names, and its counters.
fn light_or_dark(channels: usize) -> Vec<(String, Vec<usize>, Vec<f32>)> {
    let share = 1.0 / channels as f32;
    let norm = |name: &str, value: f32| (format!("extractor.0.conv.norm.{name}"), vec![2], vec![value; 2]);
    let light = vec![share; channels];
    let dark = vec![-share; channels];
    vec![
        ("extractor.0.conv.weight".into(), vec![2, channels, 1, 1], [light, dark].concat()),
        norm("weight", 1.0),
        norm("bias", 0.0),
        norm("running_mean", 0.0),
        norm("running_var", 1.0),
        ("extractor.0.conv.norm.num_batches_tracked".into(), vec![1], vec![7.0]),
        ("approximator.weight".into(), vec![2, 2], vec![1.0, 0.0, 0.0, 1.0]),
        ("approximator.bias".into(), vec![2], vec![0.0; 2]),
        ("predictor.out.weight".into(), vec![1, 2], vec![1.0, 1.0]),
        ("predictor.out.bias".into(), vec![1], vec![0.0]),
    ]
}

/// A safetensors file by hand: the length of a header of JSON, the header, the values.
fn safetensors(tensors: &[(String, Vec<usize>, Vec<f32>)]) -> Vec<u8> {
    let (mut header, mut data) = (serde_json::Map::new(), Vec::new());
    for (name, shape, values) in tensors {
        let begin = data.len();
        values.iter().for_each(|value| data.extend(value.to_le_bytes()));
        let entry = serde_json::json!({ "dtype": "F32", "shape": shape, "data_offsets": [begin, data.len()] });
        header.insert(name.clone(), entry);
    }
    let header = serde_json::to_vec(&header).unwrap();
    [&(header.len() as u64).to_le_bytes()[..], &header, &data].concat()
}

/// Writes `NAME.yaml` and `NAME.safetensors`.
fn network(home: &Path, name: &str, (channels, height, width): (usize, usize, usize), classes: &str) {
    let half = vec!["0.5"; channels].join(", ");
    let text = format!(
        "name: {name}\ninput: {{channels: {channels}, height: {height}, width: {width}}}\n\
         normalise: {{mean: [{half}], deviation: [{half}]}}\nclasses: {classes}\n\
         extractor: [conv: {{out: 2, kernel: 1}}, global-average-pool]\npredictor: {{sees: features}}\n"
    );
    fs::write(home.join(format!("{name}.yaml")), text).unwrap();
    fs::write(home.join(format!("{name}.safetensors")), safetensors(&light_or_dark(channels))).unwrap();
}

/// The small scenario with these networks and images.
fn scenario(home: &Path, little: &str, big: &str, dataset: &str) {
    let networks = format!("little: {little}, big: {big}");
    let text = small_scenario(&[
        ("little: fmnist-little, big: fmnist-big", &networks),
        ("seed: 1", &format!("dataset: {dataset}")),
    ]);
    fs::write(home.join("scenario.yaml"), text).unwrap();
}

fn save_grey(home: &Path, file: &str, (width, height): (u32, u32), grey: u8) {
    let path = home.join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    GrayImage::from_pixel(width, height, Luma([grey])).save(path).unwrap();
}

fn write(home: &Path, file: &str, bytes: &[u8]) {
    let path = home.join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

/// Twelve photos, half of them dark, with the stray files that accumulate in folders on users' computers.
fn photos(home: &Path, size: (u32, u32)) {
    for number in 0..6 {
        save_grey(home, &format!("photos/dark/{number}.png"), size, 20 + number);
        save_grey(home, &format!("photos/light/{number}.png"), size, 220 + number);
    }
    save_grey(home, "photos/__MACOSX/light/0.png", size, 0);
    save_grey(home, "photos/.thumbs/0.png", size, 0);
    fs::create_dir(home.join("photos/aardvark")).unwrap();
    for file in ["photos/dark/._0.png", "photos/.DS_Store", "photos/dark/Thumbs.db"] {
        write(home, file, b"\0\x05\x16\x07");
    }
    for file in ["photos/dark/notes.txt", "photos/light/notes.txt", "photos/light/x.heic"] {
        write(home, file, b"not read");
    }
}

#[test]
fn folders_are_the_classes_their_network_names() {
    let home = tempfile::tempdir().unwrap();
    photos(home.path(), (8, 8));
    network(home.path(), "named", (1, 8, 8), "[light, dark]");
    network(home.path(), "numbered", (1, 8, 8), "2");
    scenario(home.path(), "named.yaml", "named.yaml", "photos");
    let text = told(home.path(), &["evaluate", "scenario.yaml"]);
    assert!(text.contains("named: 100.00 % right"), "{text}");
    assert_eq!(
        told(home.path(), &["validate", "scenario.yaml"]).split_once('\n').unwrap().1,
        "photos: 12 images of 8×8×1 in 2 classes\n    0  light       6 images\n    1  dark        6 images\n  folders \
         without images, not counted as classes:\n  aardvark\n  skipped: 2 .txt, 1 .heic (only PNG and JPEG are read)\n"
    );
    // Without class names, the outputs are taken to be in the order of the folders, which is wrong here.
    scenario(home.path(), "numbered.yaml", "numbered.yaml", "photos");
    assert!(told(home.path(), &["evaluate", "scenario.yaml"]).contains("numbered: 0.00 % right"));
    assert!(told(home.path(), &["validate", "scenario.yaml"]).contains("\n    0  dark        6 images\n"));
    // It is enough if one network names its classes.
    scenario(home.path(), "numbered.yaml", "named.yaml", "photos");
    assert!(told(home.path(), &["evaluate", "scenario.yaml"]).contains("numbered: 100.00 % right"));
}

#[test]
fn folders_that_are_no_class_are_named() {
    let home = tempfile::tempdir().unwrap();
    photos(home.path(), (8, 8));
    network(home.path(), "named", (1, 8, 8), "[light, drak]");
    network(home.path(), "numbered", (1, 8, 8), "2");
    network(home.path(), "turned", (1, 8, 8), "[dark, light]");
    let why = |little: &str, big: &str| {
        scenario(home.path(), little, big, "photos");
        refused(home.path(), &["validate", "scenario.yaml"])
    };
    let text = why("named.yaml", "numbered.yaml");
    assert!(text.contains("no folder for these classes: drak (did you mean 'dark'?)"), "{text}");
    assert!(text.contains("folders that are none of its classes: dark"), "{text}");
    let text = why("numbered.yaml", "fmnist-big");
    let differs = "networks.big: 'fmnist-big' takes images of 28×28×1, but those of 'photos' are 8×8×1";
    assert!(text.contains(differs), "{text}");
    assert!(text.contains("write dataset: {folder: photos, resize: 28x28}"), "{text}");
    save_grey(home.path(), "photos/grey/0.png", (8, 8), 128);
    let text = why("numbered.yaml", "numbered.yaml");
    assert!(
        text.contains(
            "the network has 2 classes, but 3 folders hold images: dark, grey, light; without images: aardvark"
        ),
        "{text}"
    );
    network(home.path(), "named", (1, 8, 8), "[light, dark]");
    let text = why("named.yaml", "turned.yaml");
    assert!(text.contains("names the class 'dark' where networks.little has 'light'"), "{text}");
}

#[test]
fn the_option_an_error_names_makes_images_fit() {
    let home = tempfile::tempdir().unwrap();
    for number in 0..4u8 {
        for (class, colour) in [("dark", [200, 0, 30 + number]), ("light", [120, 255, 90 + number])] {
            let file = home.path().join(format!("photos/{class}/{number}.png"));
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            RgbImage::from_pixel(40, 30, Rgb(colour)).save(file).unwrap();
        }
    }
    network(home.path(), "grey", (1, 28, 28), "[light, dark]");
    network(home.path(), "colour", (3, 20, 24), "[light, dark]");
    scenario(home.path(), "grey.yaml", "grey.yaml", "photos");
    let option = "{folder: photos, resize: 28x28, grey: true}";
    let text = refused(home.path(), &["validate", "scenario.yaml"]);
    assert!(text.contains(&format!("write dataset: {option}")), "{text}");
    scenario(home.path(), "grey.yaml", "grey.yaml", option);
    // 0.299·200 + 0.114·30 is dark; 0.299·120 + 0.587·255 is light.
    assert!(told(home.path(), &["evaluate", "scenario.yaml"]).contains("grey: 100.00 % right"));
    scenario(home.path(), "colour.yaml", "colour.yaml", "photos");
    let text = refused(home.path(), &["validate", "scenario.yaml"]);
    assert!(text.contains("write dataset: {folder: photos, resize: 24x20}"), "{text}");
    scenario(home.path(), "colour.yaml", "colour.yaml", "{folder: photos, resize: 24x20, fit: pad}");
    let text = told(home.path(), &["validate", "scenario.yaml"]);
    assert!(text.contains("photos: 8 images of 20×24×3 in 2 classes"), "{text}");
    // Data set options are part of an experiment's identity.
    let fingerprint = |out: &str, dataset: &str| {
        let short = ["--set", "duration=1 s", "--set", dataset, "--out", out];
        told(home.path(), &[&["run", "scenario.yaml"][..], &short].concat());
        let manifest = fs::read(home.path().join(out).join("manifest.json")).unwrap();
        let manifest: serde_json::Value = serde_json::from_slice(&manifest).unwrap();
        assert_eq!(manifest["provenances"][0]["dataset"]["name"], "photos");
        manifest["fingerprint"].clone()
    };
    let padded = fingerprint("padded", "dataset.fit=pad");
    assert_eq!(fingerprint("again", "dataset.fit=pad"), padded);
    assert_ne!(fingerprint("cropped", "dataset.fit=crop"), padded);
    // Grey images go to a network that takes colours unchanged.
    photos(home.path(), (24, 20));
    fs::remove_dir_all(home.path().join("photos")).unwrap();
    photos(home.path(), (24, 20));
    scenario(home.path(), "colour.yaml", "colour.yaml", "photos");
    assert!(told(home.path(), &["evaluate", "scenario.yaml"]).contains("colour: 100.00 % right"));
}

#[test]
fn broken_images_and_other_formats_are_named() {
    let home = tempfile::tempdir().unwrap();
    network(home.path(), "net", (1, 8, 8), "2");
    scenario(home.path(), "net.yaml", "net.yaml", "photos");
    let why = || refused(home.path(), &["validate", "scenario.yaml"]);
    write(home.path(), "photos/dark/a.webp", b"RIFF");
    write(home.path(), "photos/light/b.heic", b"ftyp");
    let text = why();
    assert!(text.contains("no folder with PNG or JPEG images in it"), "{text}");
    assert!(text.contains("1 .heic (only PNG and JPEG are read), 1 .webp (only PNG and JPEG are read)"), "{text}");
    photos(home.path(), (8, 8));
    let whole = fs::read(home.path().join("photos/dark/3.png")).unwrap();
    write(home.path(), "photos/dark/3.png", &whole[..whole.len() - 20]);
    assert!(why().contains("photos/dark/3.png: is not a whole image"), "{}", why());
}

/// IDX files of light and dark images, under the names that they have in the wild.
#[test]
fn known_data_sets_are_read_under_their_other_names_and_pickles_refused() {
    let home = tempfile::tempdir().unwrap();
    network(home.path(), "net", (1, 2, 2), "2");
    scenario(home.path(), "net.yaml", "net.yaml", "mnist");
    let images = [&[0, 0, 8, 3, 0, 0, 0, 4, 0, 0, 0, 2, 0, 0, 0, 2][..], &[250; 8], &[9; 8]].concat();
    write(home.path(), "mnist/t10k-images.idx3-ubyte", &images);
    write(home.path(), "mnist/t10k-labels.idx1-ubyte", &[0, 0, 8, 1, 0, 0, 0, 4, 0, 0, 1, 1]);
    assert!(told(home.path(), &["evaluate", "scenario.yaml"]).contains("net: 100.00 % right"));
    assert!(told(home.path(), &["validate", "scenario.yaml"]).contains("mnist: 4 images of 2×2×1 in 2 classes"));
    let why = |dataset: &str| {
        scenario(home.path(), "net.yaml", "net.yaml", dataset);
        refused(home.path(), &["validate", "scenario.yaml"])
    };
    write(home.path(), "raw/MNIST/raw/t10k-images-idx3-ubyte", &images);
    write(home.path(), "raw/MNIST/raw/t10k-labels-idx1-ubyte", &[0, 0, 8, 1, 0, 0, 0, 4, 0, 0, 1, 1]);
    assert!(why("raw").contains("the images lie further in: name the folder 'raw/MNIST/raw'"), "{}", why("raw"));
    for file in ["data_batch_1", "test_batch", "batches.meta"] {
        write(home.path(), &format!("cifar/cifar-10-batches-py/{file}"), b"\x80\x02}q\x01(U");
    }
    for folder in ["cifar", "cifar/cifar-10-batches-py"] {
        let text = why(folder);
        assert!(text.contains("holds the Python version of CIFAR-10"), "{text}");
        assert!(text.contains("download the binary version, cifar-10-binary.tar.gz"), "{text}");
    }
    write(home.path(), "mnist.npz", b"PK\x03\x04");
    assert!(why("mnist.npz").contains("mnist.npz: is a file, and a data set is a folder"), "{}", why("mnist.npz"));
}

#[test]
fn models_of_other_tools_are_recognised() {
    let home = tempfile::tempdir().unwrap();
    let why = |network: &str| {
        let little = format!("little: {network}");
        fs::write(home.path().join("scenario.yaml"), small_scenario(&[("little: fmnist-little", &little)])).unwrap();
        refused(home.path(), &["validate", "scenario.yaml"])
    };
    // One of them is read, whatever it is called; here, it breaks off.
    for file in ["a.onnx", "renamed.yaml"] {
        write(home.path(), file, b"\x08\x08\x12\x07pytorch\x1a\x052.1.0:\x80\x01graph");
        let text = why(file);
        assert!(text.contains(&format!("networks.little: {file}: not a whole ONNX file")), "{text}");
    }
    for (file, bytes, what) in [
        ("a.pt", &b"PK\x03\x04....a/data.pkl"[..], "is a PyTorch file"),
        ("a.pth", b"\x80\x02\x8a\nl", "is a Python pickle"),
        ("a.h5", b"\x89HDF\r\n\x1a\n", "is an HDF5 file"),
        ("a.tflite", b"\x1c\0\0\0TFL3", "is a TensorFlow Lite model"),
        ("a.keras", b"PK\x03\x04..model.weights.h5", "is a Keras model"),
        ("a.safetensors", b"\x02\0\0\0\0\0\0\0{}", "is a safetensors file, which holds weights"),
    ] {
        write(home.path(), file, bytes);
        let text = why(file);
        assert!(text.contains(&format!("networks.little: {file}: {what}")), "{text}");
        assert!(
            text.contains("where an architecture file (YAML: name, input, classes, extractor) is wanted"),
            "{text}"
        );
    }
}

#[test]
fn networks_of_any_input_are_timed() {
    let home = tempfile::tempdir().unwrap();
    network(home.path(), "colour", (3, 32, 32), "2");
    network(home.path(), "large", (1, 96, 96), "2");
    let text = told(home.path(), &["profile", "colour.yaml", "large.yaml", "--seconds", "0.01"]);
    // 2·3·32² and 2·96² multiply-accumulates in the convolution, 4 and 2 in the heads.
    assert!(text.contains("# colour ") && text.contains(" 0.006 M MACs"), "{text}");
    assert!(text.contains("# large ") && text.contains(" 0.018 M MACs"), "{text}");
    assert!(text.contains("hardware:\n  throughput: "), "{text}");
}

/// Training uses images as a scenario does: the same options, and labels by class name.
#[test]
fn a_training_takes_images_as_a_scenario_does() {
    let home = tempfile::tempdir().unwrap();
    photos(home.path(), (24, 20));
    network(home.path(), "net", (1, 8, 8), "[light, dark]");
    let recipe = |dataset: &str| {
        let text = format!(
            "network: net.yaml\ndataset: {dataset}\nheld-out: 0.25\nseed: 1\nstart: net.safetensors\noutput: trained.safetensors\n\
             classify: {{epochs: 1, batch: 4, chunk: 2, rate: 0.0001, weight-decay: 0}}\n"
        );
        fs::write(home.path().join("recipe.yaml"), text).unwrap();
        appealsim(home.path(), &["train", "recipe.yaml"])
    };
    let output = recipe("photos").assert().code(1).get_output().clone();
    let why = String::from_utf8(output.stderr).unwrap();
    assert!(
        why.contains("does not take images of 20×24×1; dataset: {folder: ") && why.contains("resize: 8x8}"),
        "{why}"
    );
    let output = recipe("{folder: photos, resize: 8x8, fit: stretch}").assert().success().get_output().clone();
    // The network it starts from is right on all of them, provided labels follow the class names.
    let curve = String::from_utf8(output.stdout).unwrap();
    assert!(curve.contains("trained.safetensors: 100.00 % on held-out images"), "{curve}");
}
