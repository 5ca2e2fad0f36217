//! Networks taken apart: the first steps in one place, the others in another, and a coding between them.

use std::path::Path;

use inference::dataset::fashion_mnist;
use inference::{
    Answer, Bits, Calibrated, Coded, Coder, Coding, Crossing, Format, Half, Network, Scratch, shipped_networks,
};

/// At every cut of every shipped network, in floats and in integers; the second part has seen other images before, but
/// never this one.
#[test]
fn the_parts_of_a_network_answer_as_the_whole() {
    let data = fashion_mnist().unwrap();
    let five = Bits::new(5).unwrap();
    let integers =
        shipped_networks().map(|name| Calibrated::load(name, Path::new(""), &data, 20).unwrap().uniform(five).unwrap());
    for network in networks().chain(integers) {
        let (mut first, mut second) = (Scratch::default(), Scratch::default());
        let (mut crossing, mut coded, mut arrived) = (Crossing::default(), Coded::default(), Crossing::default());
        for cut in network.cuts().iter().filter(|cut| !cut.is_end()) {
            for image in [3, 11] {
                network.run(data.image(image + 1), &mut second);
                network.run_before(cut.step, data.image(image), &mut first, &mut crossing);
                let whole = network.run(data.image(image), &mut first);
                for coding in [Coding::FLOAT32, Coding::FLOAT32.compressed()] {
                    let mut coder = Coder::new(coding);
                    network.encode(&crossing, &mut coder, &mut coded);
                    assert!(cut.size(coding).is_none_or(|bytes| bytes == coded.bytes.len() as u64));
                    network.decode(&coded, &mut coder, &mut arrived);
                    let answer = network.run_after(&arrived, &mut second);
                    assert_eq!(
                        answer,
                        whole,
                        "{}, cut {} ({}), {image}, {coding}",
                        network.name(),
                        cut.step,
                        cut.name()
                    );
                }
            }
        }
    }
}

/// Of what crosses, over some images: 8 bits lose less than 4, and these less than 2, at every cut. A step is 17 times
/// as wide with half the bits, and then 5 times.
#[test]
fn fewer_bits_lose_more_at_every_cut() {
    let data = fashion_mnist().unwrap();
    for network in networks() {
        let mut scratch = Scratch::default();
        let (mut crossing, mut coded, mut arrived) = (Crossing::default(), Coded::default(), Crossing::default());
        for cut in network.cuts().iter().filter(|cut| !cut.is_end()) {
            for options in ["", ", scale: channel"] {
                let lost = [8, 4, 2].map(|bits| {
                    let mut coder = Coder::new(format!("{{bits: {bits}{options}}}").parse().unwrap());
                    let lost = (0..4).map(|image| {
                        network.run_before(cut.step, data.image(image), &mut scratch, &mut crossing);
                        network.encode(&crossing, &mut coder, &mut coded);
                        assert_eq!(cut.size(coder.coding()), Some(coded.bytes.len() as u64));
                        network.decode(&coded, &mut coder, &mut arrived);
                        let numbers = crossing.values.iter().zip(&arrived.values);
                        numbers.map(|(sent, arrived)| f64::from(sent - arrived).powi(2)).sum::<f64>()
                    });
                    lost.sum::<f64>()
                });
                let falls = lost[0] < lost[1] && lost[1] < lost[2];
                assert!(falls, "{}, {}{options}: {lost:?}", network.name(), cut.name());
            }
        }
    }
}

/// By hand, for fmnist-little: after 7 steps the block of 48 channels at 7·7 pixels is done, and nothing but its output
/// crosses; in the predictor, the logits do as well.
#[test]
fn what_crosses_the_little_network_is_what_its_description_says() {
    let network = Network::load("fmnist-little", Path::new("")).unwrap();
    let cut = network.find_cut(&"extractor.3".into()).unwrap();
    assert_eq!((cut.step, cut.name(), cut.tensors.len()), (7, "extractor.3.pointwise", 1));
    let size = |coding: &str| cut.size(coding.parse().unwrap());
    assert_eq!(size("float32"), Some(49 * 48 * 4));
    assert_eq!(size("4"), Some(5 + 49 * 48 / 2));
    assert_eq!(size("{bits: 2, scale: channel}"), Some(5 * 48 + 49 * 48 / 4));
    let logits = network.find_cut(&"predictor.hidden".into()).unwrap();
    assert_eq!(logits.size(Coding::FLOAT32), Some((10 + 64) * 4));
}

/// The end is a cut across which nothing is sent: everything is run here.
#[test]
fn after_the_last_step_there_is_nothing_to_resume() {
    for network in networks() {
        let end = network.cuts().last().unwrap();
        assert!(end.is_end() && end.step == network.graph().nodes().len());
        assert_eq!((end.layers_before, end.layers_after), (network.layer_costs().len(), 0));
        assert_eq!((end.macs_before, end.macs_after), (network.cost().macs, 0));
        assert_eq!(network.cuts().iter().filter(|cut| cut.is_end()).count(), 1);
        let crossing = Crossing { cut: end.step, values: Vec::new() };
        let resume = || network.resume(&crossing, &mut Scratch::default()).collect::<Vec<Answer>>();
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(resume)).is_err());
    }
}

fn networks() -> impl Iterator<Item = Network> {
    shipped_networks().map(|name| Network::load(name, Path::new("")).unwrap())
}

/// The first layers of a network in integers make maps of as few bits as they were asked for.
#[test]
fn what_crosses_has_the_bits_of_its_layer() {
    let data = fashion_mnist().unwrap();
    let calibrated = Calibrated::load("fmnist-big", Path::new(""), &data, 20).unwrap();
    let network = calibrated.uniform(Bits::TWO).unwrap();
    let bits = |network: &Network| -> u64 {
        network.cut(1).tensors.iter().map(|tensor| network.graph().fact(tensor.value).bits()).sum()
    };
    assert_eq!(bits(&network), 2 * 28 * 28 * 16);
    assert_eq!(network.graph().fact(1).format, Format::Integer(Bits::TWO));
    let floats = Network::load("fmnist-big", Path::new("")).unwrap();
    assert_eq!(bits(&floats), 32 * 28 * 28 * 16);
}

/// By hand, for fmnist-big in five bits: after its first step 28·28·16 numbers of five bits cross, 7,840 bytes; in two
/// bits they have a grid of their own. After the fourth, which begins the second block, two such maps cross. In floats each number takes
/// four bytes. What is made of the last map is a mean for each channel, no layer in integers, and has eight bits: 64 bytes.
#[test]
fn integers_cross_in_their_own_bits() {
    let data = fashion_mnist().unwrap();
    let floats = Network::load("fmnist-big", Path::new("")).unwrap();
    let five = Bits::new(5).unwrap();
    let integers = Calibrated::load("fmnist-big", Path::new(""), &data, 20).unwrap().uniform(five).unwrap();
    let size = |network: &Network, cut: &str, coding: &str| {
        network.find_cut(&cut.into()).unwrap().size(coding.parse().unwrap()).unwrap()
    };
    let map = 28 * 28 * 16;
    assert_eq!(size(&integers, "1", "float32"), map * 5 / 8);
    assert_eq!(size(&integers, "1", "8"), map * 5 / 8);
    assert_eq!(size(&integers, "1", "2"), 5 + map / 4);
    assert_eq!(size(&integers, "extractor.2.first", "float32"), 2 * map * 5 / 8);
    assert_eq!(size(&integers, "extractor.7", "float32"), 64);
    assert_eq!(size(&integers, "input", "float32"), 28 * 28);
    assert_eq!(size(&floats, "1", "float32"), map * 4);
    assert_eq!(size(&floats, "extractor.7", "float32"), 64 * 4);
}

/// Rounding to eight bits changes few answers, and no network more than one in fifty.
#[test]
fn eight_bits_answer_nearly_as_floats_do() {
    let data = fashion_mnist().unwrap();
    let mut scratch = Scratch::default();
    for name in shipped_networks() {
        let floats = Network::load(name, Path::new("")).unwrap();
        let integers = Calibrated::load(name, Path::new(""), &data, 100).unwrap().uniform(Bits::EIGHT).unwrap();
        let images: Vec<usize> = data.half(Half::Evaluation).take(500).collect();
        let mut class = |network: &Network, image: usize| network.run(data.image(image), &mut scratch).class;
        let differ = images.iter().filter(|image| class(&floats, **image) != class(&integers, **image)).count();
        assert!(differ <= images.len() / 50, "{name}: {differ} of {}", images.len());
    }
}
