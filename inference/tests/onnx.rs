//! Networks from ONNX files against ONNX Runtime's answers, which lie beside them.

use std::path::{Path, PathBuf};

use inference::{Network, Score, Scratch};
use ndarray::Array3;
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
