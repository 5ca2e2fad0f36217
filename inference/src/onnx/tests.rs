//! What is refused, and how it is told.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use prost::Message;

use super::*;

const SAID: &str = "input: {layout: channels-first, normalise: {mean: [0, 0], deviation: [1, 1]}}";

fn place() -> Place<'static> {
    Place { name: "net".to_owned(), folder: None, beside: "net.yaml".to_owned() }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/onnx")
}

/// The bytes of a file, and what is said beside it.
fn fixture(name: &str) -> (Vec<u8>, String) {
    let read = |ending: &str| fs::read(folder().join(name).with_extension(ending)).unwrap();
    (read("onnx"), String::from_utf8(read("yaml")).unwrap())
}

fn value(name: &str, sizes: &[i64]) -> proto::ValueInfo {
    let dim = sizes.iter().map(|size| proto::Dimension { dim_value: *size, ..Default::default() }).collect();
    let tensor = proto::TensorType { elem_type: 1, shape: Some(proto::ShapeProto { dim }) };
    proto::ValueInfo { name: name.to_owned(), r#type: Some(proto::TypeProto { tensor_type: Some(tensor) }) }
}

fn tensor(name: &str, dims: &[i64]) -> TensorProto {
    let count = dims.iter().product::<i64>();
    let float_data = (0..count).map(|at| (at as f32 * 0.7).sin()).collect();
    TensorProto { name: name.to_owned(), dims: dims.to_vec(), data_type: 1, float_data, ..Default::default() }
}

fn node(op: &str, inputs: &[&str], output: &str) -> NodeProto {
    NodeProto {
        input: inputs.iter().map(|input| (*input).to_owned()).collect(),
        output: vec![output.to_owned()],
        name: format!("/{op}"),
        op_type: op.to_owned(),
        ..Default::default()
    }
}

fn with(mut node: NodeProto, name: &str, attribute: proto::AttributeProto) -> NodeProto {
    node.attribute.push(proto::AttributeProto { name: name.to_owned(), ..attribute });
    node
}

/// Two channels of 4×5 pixels, means over them, and these nodes from `means` to `out`.
fn file(opset: i64, nodes: Vec<NodeProto>, tensors: Vec<TensorProto>) -> ModelProto {
    let first = node("GlobalAveragePool", &["image"], "map");
    let flat = node("Flatten", &["map"], "means");
    let graph = GraphProto {
        node: [first, flat].into_iter().chain(nodes).collect(),
        initializer: tensors,
        input: vec![value("image", &[0, 2, 4, 5])],
        output: vec![value("out", &[0, 2])],
    };
    let opset_import = vec![proto::OperatorSetId { domain: String::new(), version: opset }];
    ModelProto { opset_import, graph: Some(graph), metadata_props: Vec::new() }
}

fn told(file: &ModelProto, said: &str) -> String {
    match parse(&file.encode_to_vec(), Some(said), &place()) {
        Ok(_) => "read".to_owned(),
        Err(error) => error.to_string(),
    }
}

fn refused(nodes: Vec<NodeProto>, tensors: Vec<TensorProto>) -> String {
    told(&file(13, nodes, tensors), SAID)
}

#[test]
fn a_node_that_is_not_known_is_named_with_its_opset_and_the_nearest_name() {
    let told = refused(vec![node("HardSwich", &["means"], "out")], Vec::new());
    assert!(told.starts_with("node '/HardSwich' (HardSwich, opset 13): the operator is not known"), "{told}");
    assert!(told.contains("the nearest is HardSwish"), "{told}");
    let mut own = node("Relu", &["means"], "out");
    own.domain = "com.microsoft".to_owned();
    assert!(
        refused(vec![own], Vec::new()).ends_with("operators of domain 'com.microsoft' are not known, ONNX's own are")
    );
}

#[test]
fn attributes_and_settings_that_are_not_known_are_named() {
    let softmax = with(node("LeakyRelu", &["means"], "out"), "alhpa", proto::AttributeProto::default());
    assert!(refused(vec![softmax], Vec::new()).ends_with("attribute 'alhpa' is not known; known are alpha"));
    let mode = proto::AttributeProto { s: b"reflect".to_vec(), ..Default::default() };
    let pads = TensorProto {
        data_type: 7,
        int64_data: vec![0; 8],
        dims: vec![8],
        name: "pads".to_owned(),
        ..Default::default()
    };
    let pad = with(node("Pad", &["image", "pads"], "out"), "mode", mode);
    assert!(refused(vec![pad], vec![pads]).ends_with("mode is 'reflect'; read is 'constant'"));
}

#[test]
fn what_cannot_be_is_told_in_words() {
    let cases = [
        (vec![node("Relu", &["nothing"], "out")], "reads 'nothing', which nothing before it makes"),
        (vec![node("Gemm", &["means", "means"], "out")], "input 1 depends on the image; it is read as a constant"),
        (vec![node("Gemm", &["means"], "out")], "input 1 is missing"),
        (vec![node("Gemm", &["means", "wide"], "out")], "read is one row of as many numbers as B has"),
        (vec![node("Add", &["means", "wide"], "out")], "read is one number, or one for each channel"),
        (vec![node("Relu", &["wide"], "out")], "no input depends on the image"),
        (
            vec![node("Softmax", &["means"], "p"), node("Relu", &["p"], "out")],
            "Softmax is read at the end of a network, where an answer is read off its input; here, something reads it",
        ),
        (vec![node("Conv", &["image", "wide"], "out")], "read is outputs, inputs of a group, rows and columns"),
        (
            vec![node("Concat", &["image", "means"], "out")],
            "in an order that is not followed: a map or a vector is needed",
        ),
    ];
    for (nodes, words) in cases {
        let told = refused(nodes, vec![tensor("wide", &[3, 2])]);
        assert!(told.ends_with(words), "{told}");
    }
}

/// Numbers in another file are read from where they lie, and from nowhere else.
#[test]
fn numbers_may_lie_in_a_file_beside() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("net.data"), [0, 0, 0, 0, 0, 0, 128, 63, 0, 0, 0, 64]).unwrap();
    let outside = |location: &str, offset: &str| {
        let entry = |key: &str, value: &str| proto::Entry { key: key.to_owned(), value: value.to_owned() };
        let tensor = TensorProto {
            dims: vec![2],
            data_type: 1,
            data_location: 1,
            external_data: vec![entry("location", location), entry("offset", offset), entry("length", "8")],
            ..Default::default()
        };
        Constant::read(&tensor, Some(home.path())).map_err(|error| error.to_string())
    };
    let read = outside("net.data", "4").map(|constant| constant.numbers.floats());
    assert_eq!(read, Ok(vec![1.0, 2.0]));
    let told = |read: Result<Constant, String>| read.err().unwrap_or_default();
    assert_eq!(told(outside("net.data", "8")), "its numbers are in 'net.data', which cannot be read (it is too short)");
    for elsewhere in ["/etc/passwd", "../net.data", ""] {
        let words = format!("its numbers are in '{elsewhere}', which is no file beside this one");
        assert_eq!(told(outside(elsewhere, "0")), words);
    }
}

#[test]
fn opsets_and_files_that_are_not_read_are_told() {
    let relu = || vec![node("Relu", &["means"], "out")];
    assert_eq!(told(&file(13, relu(), Vec::new()), SAID), "read");
    assert_eq!(told(&file(22, relu(), Vec::new()), SAID), "its operators are of opset 22; opsets 7 to 21 are read");
    let bytes = file(13, relu(), Vec::new()).encode_to_vec();
    let half = parse(&bytes[..bytes.len() / 2], Some(SAID), &place()).err().map(|error| error.to_string());
    assert!(half.is_some_and(|told| told.starts_with("not a whole ONNX file (")));
    let empty = parse(&[], None, &place()).err().map(|error| error.to_string());
    assert_eq!(empty.as_deref(), Some("holds no graph"));
}

#[test]
fn what_is_not_said_of_images_is_asked_for() {
    let relu = file(13, vec![node("Relu", &["means"], "out")], Vec::new());
    let cases = [
        (
            "",
            "the layout of its images is not said in the file; say it in net.yaml: input: {layout: channels-first}, or channels-last",
        ),
        (
            "input: {layout: channels-first}",
            "the normalisation of its images is not said in the file; say it in net.yaml: ",
        ),
        (
            "input: {layout: nchw, size: 6x4, normalise: {mean: [0, 0], deviation: [1, 1]}}",
            "net.yaml says images of 4 rows and 6 columns, and the file 4 and 5 (0 is free)",
        ),
        (
            "input: {layout: nchw, normalise: {mean: [0], deviation: [1, 1]}}",
            "normalise needs 2 value(s) each, one a channel",
        ),
        ("input: {layout: nchw, normalise: {mean: [0, 0], deviation: [1, 0]}}", "normalise.deviation must be above 0"),
        ("inputs: {}", "net.yaml: unknown field `inputs`"),
    ];
    for (said, words) in cases {
        assert!(told(&relu, said).starts_with(words), "{}", told(&relu, said));
    }
    let mut batch = relu.clone();
    batch.graph.iter_mut().for_each(|graph| graph.input = vec![value("image", &[8, 2, 4, 5])]);
    assert!(told(&batch, SAID).starts_with("input 'image' is a batch of 8 images"));
}

#[test]
fn outputs_are_asked_for_and_checked() {
    let both = |said: &str| {
        let mut both = file(13, vec![node("Relu", &["means"], "out"), node("Tanh", &["means"], "other")], Vec::new());
        both.graph.iter_mut().for_each(|graph| graph.output.push(value("other", &[0, 2])));
        told(&both, &format!("{SAID}\n{said}"))
    };
    assert_eq!(
        both(""),
        "it has the outputs out, other; say in net.yaml which are classes, q and exits: outputs: {classes: out}"
    );
    assert_eq!(
        both("outputs: {classes: otter}"),
        "outputs: 'otter' is none of the network's outputs (out, other); did you mean 'other'?"
    );
    assert_eq!(both("outputs: {classes: out}"), "read");
    assert_eq!(both("outputs: {classes: out, exits: [other]}"), "read", "in whatever order the file has them");
    assert!(both("outputs: {classes: out, q: other}").starts_with("output 'other' has extents [2]; q is one number"));
    assert_eq!(both("outputs: {classes: out}\nclasses: 3"), "classes: 3 names, and the network tells 2 apart");
    assert_eq!(both("outputs: {classes: out}\nclasses: [a, a]"), "classes: 'a' is there twice");
}

/// What the page on these files shows can be said.
#[test]
fn the_page_says_what_is_read() {
    let page = fs::read_to_string(folder().join("../../../docs/how-to/onnx.md")).unwrap();
    let shown: Vec<&str> = page
        .split("```yaml beside\n")
        .skip(1)
        .filter_map(|rest| rest.split_once("```"))
        .map(|(yaml, _)| yaml)
        .collect();
    let said: Vec<Beside> = shown.iter().map(|yaml| Beside::gathered(Some(yaml), &[], "page").unwrap()).collect();
    assert!(said.len() == 2 && said[1].outputs.as_ref().is_some_and(|outputs| outputs.exits.len() == 2));
}

/// An exit that is reached early comes before what only later ones need, and what nobody reads does not come at all.
#[test]
fn nodes_come_in_the_order_of_the_exits() {
    let (bytes, said) = fixture("exits");
    let model = parse(&bytes, Some(&said), &place()).unwrap();
    let steps: Vec<usize> = (0..model.graph.exits().len()).map(|exit| model.graph.steps_to(exit)).collect();
    assert!(steps.is_sorted() && steps[0] < steps[2] && model.graph.exits().len() == 3, "{steps:?}");
    let alone = "size: 32x32\noutputs: {classes: exit0}\nclasses: [a, b, c, d, e, f]\n";
    let (input, _) = said.split_once("  size").unwrap();
    let first = parse(&bytes, Some(&format!("{input}  {alone}")), &place()).unwrap();
    assert_eq!(first.graph.nodes().len(), steps[0]);
}

/// What is waited with is done in one go: zeros before a convolution, sigmoids that a value is multiplied by.
#[test]
fn what_belongs_together_becomes_one_op() {
    let ops = |name: &str| {
        let (bytes, said) = fixture(name);
        let model = parse(&bytes, Some(&said), &place()).unwrap();
        model.graph.nodes().iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let count = |ops: &[String], op: &str| ops.iter().filter(|name| *name == op).count();
    let efficient = ops("efficientnet");
    // Maps of a single pixel are multiplied number by number.
    let products = count(&efficient, "gate") + count(&efficient, "multiply");
    assert_eq!((count(&efficient, "silu"), count(&efficient, "sigmoid"), products), (49, 16, 16));
    let old = ops("mobilenet-v3-old");
    assert_eq!((count(&old, "hard swish"), count(&old, "hard sigmoid")), (19, 9));
    let shuffled = ops("shufflenet");
    assert_eq!(count(&shuffled, "flatten"), 0, "reshapes and transpositions are followed");
}

/// Whatever bytes a file has, it is read or refused.
fn survives(bytes: &[u8], said: &str) {
    if let Ok(model) = parse(bytes, Some(said), &place()) {
        assert!(!model.graph.exits().is_empty());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn broken_files_are_refused_or_read(which in 0usize..3, at in any::<prop::sample::Index>(), bytes in prop::collection::vec(any::<u8>(), 1..6)) {
        let (mut file, said) = fixture(["odds-and-ends-21", "quantised", "odds-and-ends-11"][which]);
        let at = at.index(file.len());
        let end = (at + bytes.len()).min(file.len());
        file[at..end].copy_from_slice(&bytes[..end - at]);
        survives(&file, &said);
        survives(&file[..at], &said);
    }

    #[test]
    fn garbage_is_refused_or_read(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        survives(&bytes, SAID);
    }
}
