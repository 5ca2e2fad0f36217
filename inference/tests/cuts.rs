//! Networks taken apart: the first steps in one place, the others in another.

use std::path::Path;

use inference::dataset::fashion_mnist;
use inference::{Crossing, Network, Scratch, shipped_networks};

/// At every cut of every shipped network; the second part has seen other images before, but never this one.
#[test]
fn the_parts_of_a_network_answer_as_the_whole() {
    let data = fashion_mnist().unwrap();
    for name in shipped_networks() {
        let network = Network::load(name, Path::new("")).unwrap();
        let (mut first, mut second) = (Scratch::default(), Scratch::default());
        let mut crossing = Crossing::default();
        let steps = network.graph().nodes().len();
        for cut in 0..steps {
            for image in [3, 11] {
                network.run(data.image(image + 1), &mut second);
                network.run_before(cut, data.image(image), &mut first, &mut crossing);
                assert_eq!(network.cut(cut).bits, 32 * crossing.values.len() as u64);
                let answer = network.run_after(&crossing, &mut second);
                assert_eq!(answer, network.run(data.image(image), &mut first), "{name}, cut {cut} of {steps}, {image}");
            }
        }
    }
}
