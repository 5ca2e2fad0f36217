//! Networks that answer before their end.

use ndarray::Array3;

use super::*;
use crate::{Coder, Coding, Score};

const INPUT: &str = "input: {channels: 2, height: 8, width: 6}\nnormalise: {mean: [0.4, 0.5], deviation: [0.2, 0.3]}\n\
                     classes: 3\n";

/// Each exit of a network, as the end of a network of its own.
const EXITS: [(usize, &str, &str); 3] = [
    (0, "global-average-pool", ""),
    (1, "conv: {out: 4, stride: 2}, max-pool, flatten", "sees: features-and-scores, depths: [0], hidden: 3"),
    // After the same block, which its own block adds to.
    (1, "conv: {out: 18}, add: 1, global-max-pool", "sees: features"),
];

const EXTRACTOR: [&str; 5] =
    ["conv: {out: 5}", "residual: {out: 18}", "separable: {out: 7, stride: 2}", "concat: [2]", "global-average-pool"];

const PREDICTOR: &str = "sees: features, depths: [1, 2], hidden: 4";

fn with_exits() -> Architecture {
    let exit = |(after, head, predictor): &(usize, &str, &str)| {
        let predictor = if predictor.is_empty() { String::new() } else { format!(", predictor: {{{predictor}}}") };
        format!("  - {{after: {after}, head: [{head}]{predictor}}}\n")
    };
    let exits: String = EXITS.iter().map(exit).collect();
    let text = format!(
        "name: several\n{INPUT}extractor: [{}]\npredictor: {{{PREDICTOR}}}\nexits:\n{exits}",
        EXTRACTOR.join(", ")
    );
    Architecture::parse(&text, "here").unwrap()
}

/// The network that ends at an exit, and what begins the names of its tensors in the whole one.
fn cut_off(exit: usize) -> (Architecture, Vec<(String, String)>) {
    let (after, head, predictor) = EXITS[exit];
    let blocks: Vec<&str> = EXTRACTOR[..=after].iter().copied().chain([head]).collect();
    let predictor = if predictor.is_empty() { String::new() } else { format!("predictor: {{{predictor}}}\n") };
    let text = format!("name: one\n{INPUT}extractor: [{}]\n{predictor}", blocks.join(", "));
    let own = (0..4).map(|block| (format!("extractor.{}.", after + 1 + block), format!("exits.{exit}.{block}.")));
    let heads = ["approximator.", "predictor."].map(|head| (head.to_owned(), format!("exits.{exit}.{head}")));
    (Architecture::parse(&text, "here").unwrap(), own.chain(heads).collect())
}

/// Numbers that look random: weights between -1 and 1, statistics between 0 and 1.
fn weights(graph: &Graph) -> Weights {
    let number = |i: usize| ((i + 1) as f64 * 0.618_033_988_749_895).fract() as f32;
    Weights {
        parameters: (0..graph.slots().parameters()).map(|i| 2.0 * number(i) - 1.0).collect(),
        statistics: (0..graph.slots().statistics()).map(number).collect(),
    }
}

fn image(salt: usize) -> Array3<u8> {
    Array3::from_shape_fn((8, 6, 2), |(y, x, c)| ((y * 31 + x * 17 + c * 7) * (salt + 1) % 251) as u8)
}

fn whole() -> Network {
    let architecture = with_exits();
    Network::new(&architecture, &weights(&architecture.graph().unwrap())).unwrap()
}

/// By every figure, to the bit: the network that ends at an exit has the same weights under other names.
#[test]
fn an_exit_answers_as_the_network_that_ends_there() {
    let (whole, graph) = (whole(), with_exits().graph().unwrap());
    let all = weights(&graph);
    for (exit, (_, _, predictor)) in EXITS.iter().enumerate() {
        let (architecture, names) = cut_off(exit);
        let ending = architecture.graph().unwrap();
        let mut own = Weights::zeros(ending.slots());
        for slot in ending.slots().iter() {
            let renamed = names.iter().find_map(|(own, of)| Some(format!("{of}{}", slot.name.strip_prefix(own)?)));
            let name = renamed.unwrap_or_else(|| slot.name.clone());
            let source = graph.slots().iter().find(|slot| slot.name == name).unwrap_or_else(|| panic!("{name}"));
            own.place_mut(slot).copy_from_slice(all.place(source));
        }
        let ending = Network::new(&architecture, &own).unwrap();
        let (mut scratch, mut other) = (Scratch::default(), Scratch::default());
        for salt in 0..3 {
            let answer = whole.begin(image(salt).view(), &mut scratch).nth(exit).unwrap();
            assert_eq!(answer, ending.run(image(salt).view(), &mut other), "exit {exit}, image {salt}");
            assert_eq!(answer.scores.get(Score::Q).is_some(), !predictor.is_empty());
        }
    }
}

#[test]
fn the_last_exit_is_the_end() {
    let (whole, mut scratch) = (whole(), Scratch::default());
    let answers: Vec<Answer> = whole.begin(image(1).view(), &mut scratch).collect();
    assert_eq!(answers.len(), EXITS.len() + 1);
    assert_eq!(answers[EXITS.len()], whole.run(image(1).view(), &mut scratch));
    assert!(
        (1..answers.len()).all(|exit| answers[exit] != answers[exit - 1]),
        "exits of different weights: {answers:?}"
    );
}

/// From exit to exit nothing is run again: what the rest needs is what it reads, and the image is not among it. After
/// any step, in other buffers, which hold another image, the exits that are left answer as if they had gone on here.
#[test]
fn a_pass_goes_on_from_an_exit() {
    let (whole, mut here, mut there) = (whole(), Scratch::default(), Scratch::default());
    let (mut at_exit, mut at_cut) = (Crossing::default(), Crossing::default());
    let (mut coder, mut coded) = (Coder::new(Coding::FLOAT32.compressed()), Coded::default());
    let answers: Vec<Answer> = whole.begin(image(2).view(), &mut here).collect();
    for exit in 0..EXITS.len() {
        let mut inference = whole.begin(image(2).view(), &mut here);
        inference.nth(exit).unwrap();
        inference.cross(&mut at_exit);
        assert_eq!(at_exit.cut, whole.graph().steps_to(exit));
        assert!(whole.cut(at_exit.cut).tensors.iter().all(|tensor| tensor.value != 0), "the image is not needed again");
        assert_eq!(inference.collect::<Vec<_>>(), answers[exit + 1..]);
        whole.run_before(at_exit.cut, image(2).view(), &mut there, &mut at_cut);
        assert_eq!(at_exit, at_cut);
    }
    for cut in 0..whole.graph().nodes().len() {
        whole.run_before(cut, image(2).view(), &mut here, &mut at_cut);
        whole.run(image(3).view(), &mut there);
        // As bytes, too.
        whole.encode(&at_cut, &mut coder, &mut coded);
        whole.decode(&coded, &mut coder, &mut at_cut);
        let left: Vec<Answer> = whole.resume(&at_cut, &mut there).collect();
        let passed = (0..EXITS.len()).filter(|exit| whole.graph().steps_to(*exit) <= cut).count();
        assert_eq!(left, answers[passed..], "cut {cut}");
    }
}

/// By hand: block 0 makes 8·6 = 48 pixels of 5 channels, block 1 as many of 18. At the first exit a mean and three
/// logits are done, and nothing but block 0's output is read after it. The second exit's own convolution makes 4·3
/// pixels of 4 channels. After it, its pool reads these, its predictor block 0's output for depth 0, and the third exit
/// and the rest read block 1's.
#[test]
fn what_crosses_at_exits_is_what_comes_after_them_reads() {
    let whole = whole();
    let names: Vec<String> = whole.graph().nodes().iter().map(ToString::to_string).collect();
    assert_eq!(names[..3], ["conv + norm + relu", "average pool", "dense"]);
    assert_eq!((whole.graph().steps_to(0), whole.cut(3).size(Coding::FLOAT32)), (3, Some(48 * 5 * 4)));
    let second = names.iter().position(|name| name == "max pool").unwrap();
    assert_eq!(whole.cut(second).size(Coding::FLOAT32), Some((48 * 18 + 48 * 5 + 12 * 4) * 4));
}
