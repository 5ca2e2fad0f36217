//! Cuts by hand.

use super::*;
use crate::network::Network;
use crate::{Architecture, Weights};

fn network(extractor: &str, more: &str) -> Network {
    let text = format!(
        "{{name: small, input: {{channels: 1, height: 8, width: 6}}, normalise: {{mean: [0], deviation: [1]}}, \
         classes: 3, extractor: [{extractor}]{more}}}"
    );
    let architecture = Architecture::parse(&text, "test").unwrap();
    let weights = Weights::zeros(architecture.graph().unwrap().slots());
    Network::new(&architecture, &weights).unwrap()
}

fn residual() -> Network {
    network("residual: {out: 4, stride: 2}, global-average-pool", ", predictor: {sees: features-and-scores}")
}

/// By hand. The image has 8·6 = 48 pixels, the block's output 12 of 4 channels. The block is three steps: first, shortcut
/// (which reads the image as well), second with the sum, which is charged as a layer of its own. The pool follows with
/// 4 features, the logits are 3, the scores 2·3 + 4, seen together with the features they are 14, read by one
/// unit. Scores and what only puts numbers side by side are charged to nobody.
#[test]
fn every_cut_is_listed_with_what_crosses_and_what_is_on_either_side() {
    let macs = [0, 9 * 4 * 12, 4 * 12, 9 * 4 * 4 * 12, 0, 4 * 3, 0, 0, 14];
    /// Name, tensors with their numbers, and charged layers before.
    type Expected = (&'static str, &'static [(&'static str, usize)], usize);
    let expected: [Expected; 9] = [
        ("input", &[("input", 48)], 0),
        ("extractor.0.first", &[("input", 48), ("extractor.0.first", 48)], 1),
        ("extractor.0.shortcut", &[("extractor.0.first", 48), ("extractor.0.shortcut", 48)], 2),
        ("extractor.0.second", &[("extractor.0.second", 48)], 4),
        ("extractor.1", &[("extractor.1", 4)], 5),
        ("approximator", &[("extractor.1", 4), ("approximator", 3)], 6),
        ("predictor.scores", &[("extractor.1", 4), ("approximator", 3), ("predictor.scores", 10)], 6),
        ("predictor.seen", &[("approximator", 3), ("predictor.seen", 14)], 6),
        ("predictor.out", &[], 7),
    ];
    let network = residual();
    assert_eq!(network.cuts().len(), expected.len());
    for (step, (cut, (name, tensors, layers))) in network.cuts().iter().zip(expected).enumerate() {
        assert_eq!((cut.step, cut.name(), cut), (step, name, network.cut(step)));
        let found: Vec<_> = cut.tensors.iter().map(|tensor| (tensor.of.as_str(), tensor.shape.len())).collect();
        assert_eq!(found, tensors, "{name}");
        assert_eq!((cut.layers_before, cut.layers_after), (layers, 7 - layers), "{name}");
        let before: u64 = macs[..=step].iter().sum();
        assert_eq!((cut.macs_before, cut.macs_before + cut.macs_after), (before, network.cost().macs), "{name}");
        assert_eq!(cut.is_end(), step == 8);
    }
}

#[test]
fn a_cut_is_named_by_its_number_a_layer_or_a_block() {
    let network = residual();
    for (name, step) in [
        ("0", 0),
        ("input", 0),
        ("3", 3),
        ("extractor.0.first", 1),
        // What is done together with another layer, and what is whole only after several steps.
        ("extractor.0.sum", 3),
        ("extractor.0", 3),
        ("extractor", 4),
        ("approximator", 5),
        ("predictor", 8),
        ("8", 8),
    ] {
        assert_eq!(network.find_cut(&name.into()).map(|cut| cut.step), Ok(step), "{name}");
    }
    // Every cut is found by its own name.
    for cut in network.cuts() {
        assert_eq!(network.find_cut(&cut.name().into()), Ok(cut));
    }
}

/// The sum is a block of its own, and part of the convolution before it.
#[test]
fn a_block_that_is_done_together_with_another_can_be_named() {
    let network = network("conv: {out: 3}, conv: {out: 3, norm: false, activation: none}, add: 0, global-max-pool", "");
    assert_eq!(network.cut(2).after, ["extractor.1.conv", "extractor.2"]);
    assert_eq!(network.find_cut(&"extractor.2".into()).map(|cut| cut.step), Ok(2));
}

#[test]
fn a_cut_that_is_not_there_is_told_with_those_that_are() {
    let network = residual();
    let told = |name: &str| network.find_cut(&name.into()).unwrap_err().to_string();
    assert_eq!(
        told("9"),
        "network 'small' has 8 steps and can be cut after 0, the input, to 8, the answer, not after 9"
    );
    assert_eq!(
        told("extractor.0.frist"),
        "network 'small' has no layer 'extractor.0.frist' to be cut after; did you mean 'extractor.0.first'?"
    );
    assert!(told("extracter.1").ends_with("did you mean 'extractor.1'?"), "{}", told("extracter.1"));
    // Part of a word is no part of a network.
    assert!(told("extract").contains("has no layer 'extract'"));
    let far = told("the middle");
    assert!(far.contains("after input, extractor.0.first, extractor.0.shortcut, extractor.0.second"), "{far}");
}

#[test]
fn a_cut_is_written_as_it_was_read() {
    for (text, name) in [("3", CutName::Steps(3)), ("extractor.1", CutName::Layer("extractor.1".into()))] {
        assert_eq!(serde_yaml::from_str::<CutName>(text).unwrap(), name);
        assert_eq!(serde_yaml::to_string(&name).unwrap().trim(), text);
        assert_eq!((name.to_string().as_str(), CutName::from(text)), (text, name));
    }
    let told = serde_yaml::from_str::<CutName>("[3]").unwrap_err().to_string();
    assert!(told.contains("a number of steps, or the name of a layer"), "{told}");
}

/// By hand, two numbers of 48, the image and the first convolution's: float32 2·48·4 bytes; 4 bits, each tensor 5 + 24;
/// with channels, 5 + 24 for the image and 4·5 + 24.
#[test]
fn the_size_of_what_crosses_is_known_beforehand() {
    let network = residual();
    let size = |step: usize, coding: &str| network.cut(step).size(coding.parse().unwrap());
    assert_eq!(size(1, "float32"), Some(384));
    assert_eq!(size(1, "float16"), Some(192));
    assert_eq!(size(1, "4"), Some(58));
    assert_eq!(size(1, "{bits: 4, scale: channel}"), Some(29 + 44));
    assert_eq!(size(1, "{bits: 4, compress: true}"), None);
    assert_eq!((size(8, "8"), size(8, "{bits: 4, compress: true}")), (Some(0), Some(0)), "only the answer");
}
