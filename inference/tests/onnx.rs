//! Networks from ONNX files against ONNX Runtime's answers, which lie beside them.

use std::path::{Path, PathBuf};

use inference::{Bits, Calibrated, Crossing, Dataset, Network, Score, Scratch};
use ndarray::{Array3, Axis};
use serde_json::Value;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/onnx")
}

/// A network, an image, and what ONNX Runtime makes of it.
struct Fixture {
    network: Network,
    image: Array3<u8>,
    outputs: Value,
}

fn fixture(name: &str) -> Fixture {
    let network = Network::load(&format!("{name}.onnx"), &folder()).unwrap_or_else(|error| panic!("{error}"));
    let text = std::fs::read_to_string(folder().join(format!("{name}.json"))).unwrap();
    let expected: Value = serde_json::from_str(&text).unwrap();
    let pixels: Vec<u8> = serde_json::from_value(expected["pixels"].clone()).unwrap();
    let side = expected["side"].as_u64().unwrap() as usize;
    let image = Array3::from_shape_vec((side, side, pixels.len() / side / side), pixels).unwrap();
    Fixture { network, image, outputs: expected["outputs"].clone() }
}

impl Fixture {
    /// An output as ONNX Runtime has it.
    fn output(&self, name: &str) -> Vec<f64> {
        serde_json::from_value(self.outputs[name]["numbers"].clone()).unwrap()
    }

    /// What its classes come to here, in the form of that output.
    fn classes(&self, name: &str) -> Vec<f64> {
        let mut scratch = Scratch::default();
        let logits = self.network.read(self.image.view(), &mut scratch, <[f32]>::to_vec);
        let logits: Vec<f64> = logits.into_iter().map(f64::from).collect();
        let sum: f64 = logits.iter().map(|logit| logit.exp()).sum();
        match self.outputs[name]["kind"].as_str().unwrap() {
            "Softmax" => logits.iter().map(|logit| logit.exp() / sum).collect(),
            "LogSoftmax" => logits.iter().map(|logit| logit - sum.ln()).collect(),
            _ => logits,
        }
    }
}

fn assert_close(found: &[f64], expected: &[f64], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let size = expected.iter().fold(1.0f64, |most, number| most.max(number.abs()));
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() <= 1e-4 * size, "{what}: {found}, not {expected}");
    }
    let spread = expected.iter().fold(0.0f64, |most, number| most.max((number - expected[0]).abs()));
    assert!(spread > 1e-3, "{what}: outputs that differ, so that the comparison says something");
}

/// All with one answer; the names of files say which networks they are.
const NETWORKS: [&str; 15] = [
    "lenet",
    "perceptron",
    "keras",
    "resnet18",
    "mobilenet-v2",
    "mobilenet-v3",
    "mobilenet-v3-old",
    "squeezenet",
    "efficientnet",
    "shufflenet",
    "densenet",
    "odds-and-ends-11",
    "odds-and-ends-21",
    "quantised",
    "outside",
];

#[test]
fn networks_answer_as_onnx_runtime_does() {
    for name in NETWORKS {
        let fixture = fixture(name);
        assert_close(&fixture.classes("logits"), &fixture.output("logits"), name);
    }
}

/// At its exits and its end by classes, and at its end by q.
#[test]
fn outputs_are_exits_by_name() {
    let Fixture { network, image, outputs } = &fixture("exits");
    let answers: Vec<_> = network.begin(image.view(), &mut Scratch::default()).collect();
    let q = Score::all().find(|score| score.name() == "q").unwrap();
    let best = |name: &str| {
        let numbers: Vec<f64> = serde_json::from_value(outputs[name]["numbers"].clone()).unwrap();
        let sum: f64 = numbers.iter().map(|number| number.exp()).sum();
        let (class, most) = numbers.iter().copied().enumerate().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap();
        (class, most.exp() / sum)
    };
    let largest = Score::all().find(|score| score.column() == "max_softmax").unwrap();
    for (answer, output) in answers.iter().zip(["exit0", "exit1", "logits"]) {
        let (class, probability) = best(output);
        assert_eq!(usize::from(answer.class), class, "{output}");
        assert!((f64::from(answer.scores.get(largest).unwrap()) - probability).abs() < 1e-4, "{output}");
        assert_eq!(answer.scores.get(q).is_some(), output == "logits");
    }
    let expected = outputs["q"]["numbers"][0].as_f64().unwrap();
    assert!((f64::from(answers[2].scores.get(q).unwrap()) - expected).abs() < 1e-4);
    assert_eq!(network.classes().names(), ["a", "b", "c", "d", "e", "f"]);
}

/// By hand: 3 maps of 28×28 by 5×5 windows, 8 of 10×10 over 3 channels, then 200, 60, 42 and 10 numbers.
#[test]
fn costs_are_those_of_the_arithmetic() {
    let network = fixture("lenet").network;
    let macs: Vec<u64> = network.layer_costs().iter().map(|cost| cost.macs).filter(|macs| *macs > 0).collect();
    assert_eq!(macs, [784 * 3 * 25, 100 * 8 * 3 * 25, 200 * 60, 60 * 42, 42 * 10]);
    assert_eq!(network.cost().weight_bits, 32 * (78 + 608 + 12_060 + 2562 + 430));
    let depthwise = fixture("mobilenet-v2").network.layer_costs().iter().filter(|cost| cost.depthwise).count();
    assert_eq!(depthwise, 17);
}

/// A cut anywhere loses nothing, the same ops or others behind it.
#[test]
fn networks_can_be_cut_anywhere() {
    for name in ["mobilenet-v3", "shufflenet", "exits"] {
        let Fixture { network, image, .. } = &fixture(name);
        let (mut here, mut there, mut crossing) = (Scratch::default(), Scratch::default(), Crossing::default());
        let whole = network.run(image.view(), &mut here);
        for cut in 0..network.graph().nodes().len() {
            network.run_before(cut, image.view(), &mut here, &mut crossing);
            assert_eq!(network.run_after(&crossing, &mut there), whole, "{name}, cut {cut}");
        }
    }
}

/// Layers of an ONNX file can be computed in integers as those of any network: near the floats.
#[test]
fn networks_run_in_integers() {
    for name in ["resnet18", "mobilenet-v2", "mobilenet-v3"] {
        let Fixture { network, image, .. } = fixture(name);
        let images = image.clone().insert_axis(Axis(0));
        let data = Dataset::new("one", images, vec![0], 10).unwrap();
        let calibrated = Calibrated::load(&format!("{name}.onnx"), &folder(), &data, 1).unwrap();
        let integers = calibrated.uniform(Bits::EIGHT).unwrap();
        let mut scratch = Scratch::default();
        let floats = network.read(image.view(), &mut scratch, <[f32]>::to_vec);
        let rounded = integers.read(image.view(), &mut scratch, <[f32]>::to_vec);
        let size = floats.iter().fold(0.0f32, |most, x| most.max(x.abs()));
        let off = floats.iter().zip(&rounded).fold(0.0f32, |most, (a, b)| most.max((a - b).abs()));
        assert!(off > 0.0 && off < 0.15 * size, "{name}: {off} beside {size}");
    }
}

/// Names come from the file's own metadata, if it has one, and otherwise from what the file is called.
#[test]
fn networks_have_names_and_identities() {
    let [resnet, lenet, other] = ["resnet18", "lenet", "outside"].map(|name| fixture(name).network);
    assert_eq!((resnet.name(), lenet.name(), lenet.classes().count()), ("narrow-resnet", "lenet", 10));
    assert_ne!(lenet.fingerprint(), other.fingerprint());
    assert_eq!(lenet.fingerprint(), fixture("lenet").network.fingerprint());
}
