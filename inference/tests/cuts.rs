//! Networks taken apart: the first steps in one place, the others in another.

use std::path::Path;

use inference::dataset::fashion_mnist;
use inference::{Bits, Calibrated, Crossing, Format, Half, Network, Scratch, shipped_networks};

/// At every cut of every shipped network, in floats and in integers; the second part has seen other images before, but
/// never this one. As many bits cross as the numbers have.
#[test]
fn the_parts_of_a_network_answer_as_the_whole() {
    let data = fashion_mnist().unwrap();
    let folder = Path::new("");
    let floats = shipped_networks().map(|name| Network::load(name, folder).unwrap());
    let five = Bits::new(5).unwrap();
    let integers =
        shipped_networks().map(|name| Calibrated::load(name, folder, &data, 20).unwrap().uniform(five).unwrap());
    for network in floats.chain(integers) {
        let name = network.name();
        let (mut first, mut second) = (Scratch::default(), Scratch::default());
        let mut crossing = Crossing::default();
        let steps = network.graph().nodes().len();
        for cut in 0..steps {
            for image in [3, 11] {
                network.run(data.image(image + 1), &mut second);
                network.run_before(cut, data.image(image), &mut first, &mut crossing);
                let numbers = |value: &usize| network.graph().fact(*value).shape.len();
                assert_eq!(network.cut(cut).values.iter().map(numbers).sum::<usize>(), crossing.values.len());
                let bits = |value: &usize| network.graph().fact(*value).bits();
                assert_eq!(network.cut(cut).values.iter().map(bits).sum::<u64>(), network.cut(cut).bits);
                let answer = network.run_after(&crossing, &mut second);
                assert_eq!(answer, network.run(data.image(image), &mut first), "{name}, cut {cut} of {steps}, {image}");
            }
        }
    }
}

/// The first layers of a network in integers make maps of as few bits as they were asked for.
#[test]
fn what_crosses_has_the_bits_of_its_layer() {
    let data = fashion_mnist().unwrap();
    let calibrated = Calibrated::load("fmnist-big", Path::new(""), &data, 20).unwrap();
    let network = calibrated.uniform(Bits::TWO).unwrap();
    assert_eq!(network.cut(1).bits, 2 * 28 * 28 * 16);
    assert_eq!(network.graph().fact(1).format, Format::Integer(Bits::TWO));
    let floats = Network::load("fmnist-big", Path::new("")).unwrap();
    assert_eq!(floats.cut(1).bits, 32 * 28 * 28 * 16);
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
