//! Descriptions and what is wrong with them.

use super::*;
use crate::kernels::Sides;

fn parse(edit: (&str, &str)) -> Result<Architecture, String> {
    let text = "name: n\ninput: {channels: 1, height: 4, width: 4}\nnormalise: {mean: [0], deviation: [1]}\nclasses: 2\n\
                extractor: [conv: {out: 4}, global-average-pool]\npredictor: {sees: features, hidden: 4}\n";
    assert!(text.contains(edit.0));
    Architecture::parse(&text.replace(edit.0, edit.1), "here").map_err(|error| error.to_string())
}

#[test]
fn classes_are_a_number_or_names() {
    let number = parse(("classes: 2", "classes: 2")).unwrap();
    let names = parse(("classes: 2", "classes: [cat, 7]")).unwrap();
    assert_eq!((names.classes.count(), names.classes.names()), (2, &["cat".to_owned(), "7".to_owned()][..]));
    assert_eq!(parse(("name: n", "\u{feff}name: n")).unwrap(), number);
    assert_eq!(number.fingerprint(), names.fingerprint(), "names decide about no weight");
    assert!(parse(("classes: 2", "classes: [cat, cat]")).unwrap_err().contains("classes: 'cat' is there twice"));
    assert!(parse(("classes: 2", "classes: [cat]")).unwrap_err().contains("classes at least 2"));
    assert!(parse(("classes: 2", "classes: many")).unwrap_err().contains("how many classes, or a list of their names"));
}

#[test]
fn a_predictor_without_hidden_is_linear() {
    let linear = parse((", hidden: 4", "")).unwrap();
    assert_eq!(linear.predictor.as_ref().map(|predictor| predictor.hidden), Some(0));
    assert_eq!(linear, parse(("hidden: 4", "hidden: 0")).unwrap());
}

#[test]
fn a_misspelt_key_is_told_the_nearest() {
    let told = parse(("predictor:", "predicter:")).unwrap_err();
    assert!(told.contains("unknown field `predicter`") && told.contains("did you mean 'predictor'?"), "{told}");
    let told = parse(("conv:", "convv:")).unwrap_err();
    assert!(told.contains("did you mean 'conv'?"), "{told}");
    let told = parse(("classes: 2\n", "")).unwrap_err();
    assert!(told.contains("'classes' is missing"), "{told}");
}

#[test]
fn files_of_other_kinds_are_told_from_descriptions() {
    let home = tempfile::tempdir().unwrap();
    let told = |name: &str, bytes: &[u8]| {
        let path = home.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        Architecture::read(&path).unwrap_err().to_string()
    };
    let why = told("mine.pt", b"PK\x03\x04....mine/data.pkl");
    assert!(why.contains("mine.pt: is a PyTorch file") && why.contains("an architecture file (YAML"), "{why}");
    assert!(why.contains("ending in .safetensors (mine.safetensors)"), "{why}");
    std::fs::write(home.path().join("other.yaml"), "").unwrap();
    let why = told("other.safetensors", b"\x02\0\0\0\0\0\0\0{}");
    assert!(why.contains("is a safetensors file") && why.contains("other.yaml', which lies beside it"), "{why}");
    assert!(told("latin.yaml", b"name: caf\xe9\n").contains("is not text (byte 9 is not UTF-8)"));
    assert!(Architecture::read(home.path()).unwrap_err().to_string().contains("is a folder, where"));
}

#[test]
fn depths_are_blocks_of_the_extractor() {
    let told = |depths: &str| {
        let text = format!(
            "name: n\ninput: {{channels: 1, height: 4, width: 4}}\nnormalise: {{mean: [0], deviation: [1]}}\nclasses: 2\n\
             extractor: [conv: {{out: 4}}, global-average-pool]\n\
             predictor: {{sees: features, depths: {depths}, hidden: 4}}\n"
        );
        Architecture::parse(&text, "here").map_err(|error| error.to_string())
    };
    assert_eq!(told("[0]").map(|network| network.name), Ok("n".to_owned()));
    assert!(told("[0, 2]").unwrap_err().contains("predictor.depths: 2 is none of the extractor's 2 blocks, 0 to 1"));
}

fn fails(extractor: &str) -> String {
    parse(("[conv: {out: 4}, global-average-pool]", extractor)).unwrap_err()
}

/// A description is read, written and read again as the same; what is as usual is not written, so that fingerprints
/// are those of before there was anything else.
#[test]
fn blocks_are_written_as_they_are_read() {
    let usual = Block::Conv(Conv {
        out: 4,
        kernel: Pair(Sides::both(3)),
        stride: Pair(Sides::both(1)),
        padding: None,
        dilation: Pair(Sides::both(1)),
        groups: 1,
        bias: false,
        norm: true,
        activation: Activation::default(),
    });
    assert_eq!(serde_json::to_string(&usual).unwrap(), r#"{"conv":{"out":4,"kernel":3,"stride":1}}"#);
    let text = "[conv: {out: 4, kernel: [2, 3], stride: 2, padding: [1, 0], groups: 1, bias: true, norm: false, \
                activation: tanh}, depthwise: {dilation: 2, padding: [0, 1, 2, 3]}, pool: {kind: average, kernel: 2, \
                stride: 1, padding: 1}, max-pool, norm, activation: none, pad: 1, concat: [2, 1], flatten, \
                dense: {out: 5, bias: false, activation: sigmoid}, add: 8]";
    let deserializer = serde_yaml::Deserializer::from_str(text);
    let blocks: Vec<Block> = serde_yaml::with::singleton_map_recursive::deserialize(deserializer).unwrap();
    let json = serde_json::to_string(&blocks).unwrap();
    let expected = [
        r#"{"conv":{"out":4,"kernel":[2,3],"stride":2,"padding":[1,0],"bias":true,"norm":false,"activation":"tanh"}}"#,
        r#"{"depthwise":{"kernel":3,"stride":1,"padding":[0,1,2,3],"dilation":2}}"#,
        r#"{"pool":{"kind":"average","kernel":2,"stride":1,"padding":1}}"#,
        r#""max-pool","norm",{"activation":"none"},{"pad":1},{"concat":[2,1]},"flatten""#,
        r#"{"dense":{"out":5,"bias":false,"activation":"sigmoid"}},{"add":8}"#,
    ];
    assert_eq!(json, format!("[{}]", expected.join(",")));
}

#[test]
fn figures_of_blocks_are_checked() {
    for (extractor, words) in [
        ("[conv: {out: 4, kernel: [3, 3, 3]}, flatten]", "a whole number, or two: [rows, columns]"),
        ("[conv: {out: 4, padding: half}, flatten]", "[rows, columns] or [top, left, bottom, right]"),
        ("[conv: {out: 4, kernel: -1}, flatten]", "a whole number, or two"),
        ("[conv: {out: 4, activation: thah}, flatten]", "did you mean 'tanh'?"),
        ("[conv: {out: 4, grops: 2}, flatten]", "did you mean 'groups'?"),
        ("[pool: {kind: averge, kernel: 2}, flatten]", "did you mean 'average'?"),
        ("[averag-pool, flatten]", "did you mean 'average-pool'?"),
        ("[conv: {out: 4, kernel: 2}, flatten]", "extractor[0]: a kernel with an even side needs padding"),
        (
            "[conv: {out: 4, kernel: 5, padding: 0}, flatten]",
            "extractor[0]: conv: a window of 5×5 does not fit into 4×4",
        ),
        ("[conv: {out: 4, stride: 0}, flatten]", "extractor[0]: conv: window, stride and dilation must be at least 1"),
        ("[conv: {out: 0}, flatten]", "extractor[0]: conv: out must be at least 1"),
        (
            "[conv: {out: 4}, conv: {out: 6, groups: 4}, flatten]",
            "extractor[1]: conv: groups must divide the 4 input and",
        ),
        ("[pool: {kind: max, kernel: 2, padding: 2}, flatten]", "extractor[0]: max pool: padding must be narrower"),
        ("[max-pool, max-pool, max-pool, flatten]", "extractor[2]: max pool: a window of 2×2 does not fit into 1×1"),
        ("[dense: {out: 4}]", "extractor[0]: dense: needs one feature vector, not 4×4 of them: pool or flatten first"),
        ("[add: 0]", "extractor[0]: there is no block before this one"),
        ("[max-pool, max-pool, add: 2]", "extractor[2]: 2 is none of the blocks before this one, 0 to 1"),
        ("[max-pool, flatten, add: 0]", "extractor[2]: add: adds values of the same extent, not 1×1×4 and 2×2×1"),
        ("[conv: {out: 4}]", "must end in one feature vector, not 4×4 of them: end in global-average-pool or flatten"),
    ] {
        let told = fails(extractor);
        assert!(told.contains(words), "{extractor}: {told}");
    }
}

/// What a predictor reads is normalised between the values that it reads and its hidden units: the 4 features.
#[test]
fn a_predictor_may_normalise_what_it_reads() {
    let named = |old, new| {
        let graph = parse((old, new)).unwrap().graph().unwrap();
        graph.slots().iter().map(|slot| format!("{} {:?}", slot.name, slot.tensor.shape)).collect::<Vec<String>>()
    };
    let (without, with) = (named("hidden: 4", "norm: false, hidden: 4"), named("hidden: 4", "norm: true, hidden: 4"));
    let at = without.iter().position(|name| name.starts_with("predictor.hidden")).unwrap();
    let norm = ["weight", "bias", "running_mean", "running_var"].map(|field| format!("predictor.norm.{field} [4]"));
    assert_eq!(with, [&without[..at], &norm, &without[at..]].concat());
}

/// Names and shapes as PyTorch has them.
#[test]
fn tensors_are_named_after_blocks() {
    let text = "[conv: {out: 4, bias: true, norm: false}, conv: {out: 4, groups: 4}, depthwise: {norm: false}, norm, \
                conv: {out: 6, kernel: [3, 1], groups: 2, norm: false}, flatten, dense: {out: 2, bias: false}]";
    let graph = parse(("[conv: {out: 4}, global-average-pool]", text)).unwrap().graph().unwrap();
    let named: Vec<String> =
        graph.slots().iter().map(|slot| format!("{} {:?}", slot.name, slot.tensor.shape)).collect();
    let norm =
        |name: &str| ["weight", "bias", "running_mean", "running_var"].map(|field| format!("{name}.{field} [4]"));
    let head = [
        "predictor.hidden.weight [4, 2]",
        "predictor.hidden.bias [4]",
        "predictor.out.weight [1, 4]",
        "predictor.out.bias [1]",
    ];
    let expected = [
        &["extractor.0.conv.weight [4, 1, 3, 3]", "extractor.0.conv.bias [4]", "extractor.1.conv.weight [4, 1, 3, 3]"]
            .map(str::to_owned)[..],
        &norm("extractor.1.conv.norm"),
        &["extractor.2.depthwise.weight [4, 1, 3, 3]".to_owned()],
        &norm("extractor.3.norm"),
        &["extractor.4.conv.weight [6, 2, 3, 1]", "extractor.6.dense.weight [2, 96]"].map(str::to_owned),
        &["approximator.weight [2, 2]", "approximator.bias [2]"].map(str::to_owned),
        &head.map(str::to_owned),
    ];
    assert_eq!(named, expected.concat());
}

/// The extractor has two blocks: a convolution, and a mean of its map of 4×4.
#[test]
fn exits_are_checked() {
    let with = |exits: &str| parse(("predictor:", &format!("exits: {exits}\npredictor:")));
    for (exits, words) in [
        ("[{after: 2, head: []}]", "exits[0].after: 2 is none of the extractor's 2 blocks, 0 to 1"),
        (
            "[{after: 1, head: []}, {after: 0, head: [flatten]}]",
            "exits[1].after: exits are written in the order in which",
        ),
        (
            "[{after: 0, head: []}]",
            "exits[0].head must end in one feature vector, not 4×4 of them: end in global-average",
        ),
        (
            "[{after: 1, head: []}, {after: 1, head: [max-pool]}]",
            "exits[1].head[0]: max pool: a window of 2×2 does not",
        ),
        (
            "[{after: 0, head: [flatten, add: 0]}]",
            "exits[0].head[1]: add: adds values of the same extent, not 1×1×64 and",
        ),
        ("[{after: 0, head: [add: 1, flatten]}]", "exits[0].head[0]: 1 is none of the blocks before this one, 0 to 0"),
        (
            "[{after: 0, head: [flatten], predictor: {sees: features, depths: [1]}}]",
            "exits[0].predictor.depths: 1 is none of the extractor's 1 blocks before it, 0 to 0",
        ),
        ("[{afer: 0, head: [flatten]}]", "did you mean 'after'?"),
        ("[{after: 0}]", "'head' is missing"),
    ] {
        let told = with(exits).unwrap_err();
        assert!(told.contains(words), "{exits}: {told}");
    }
}

/// Weights fit a network with an exit only if it has that exit; its tensors are named after it.
#[test]
fn exits_decide_which_weights_fit() {
    let with = |after: usize| {
        parse((
            "predictor:",
            &format!("exits: [{{after: {after}, head: [conv: {{out: 3, norm: false}}, flatten]}}]\npredictor:"),
        ))
    };
    let (first, second, none) = (with(0).unwrap(), with(1).unwrap(), parse(("name", "name")).unwrap());
    assert_ne!(first.fingerprint(), none.fingerprint());
    assert_ne!(first.fingerprint(), second.fingerprint());
    let graph = first.graph().unwrap();
    let named: Vec<String> =
        graph.slots().iter().map(|slot| format!("{} {:?}", slot.name, slot.tensor.shape)).collect();
    let own =
        ["exits.0.0.conv.weight [3, 4, 3, 3]", "exits.0.approximator.weight [2, 48]", "exits.0.approximator.bias [2]"];
    assert_eq!(named[5..8], own.map(str::to_owned));
    assert!(named[8].starts_with("approximator.weight"));
}
