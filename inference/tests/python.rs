//! A file the Python safetensors package wrote, and what an independent implementation in NumPy answers with it.

use std::path::Path;

use inference::{Network, Score, Scratch};
use ndarray::Array3;

#[test]
fn networks_from_python_answer_as_they_do_there() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let expected: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(folder.join("tiny.json")).unwrap()).unwrap();
    let pixels: Vec<u8> = serde_json::from_value(expected["image"].clone()).unwrap();
    let image = Array3::from_shape_vec((8, 6, 2), pixels).unwrap();
    let network = Network::load("tiny.yaml", &folder).unwrap();
    let answer = network.run(image.view(), &mut Scratch::default());
    assert_eq!(u64::from(answer.class), expected["class"].as_u64().unwrap());
    for name in ["q", "max_softmax", "margin", "certainty"] {
        let score = Score::all().find(|score| score.column() == name).unwrap();
        let found = answer.scores.get(score).unwrap();
        let expected = expected[name].as_f64().unwrap();
        // Some hundred sums in f32 against f64.
        assert!((f64::from(found) - expected).abs() < 1e-5, "{name}: {found} not {expected}");
    }
}
