//! Networks in integers against the same networks in floats.

use ndarray::Array4;
use proptest::prelude::*;

use super::*;
use crate::Crossing;
use crate::architecture::Architecture;
use crate::ops::{Format, LayerCost};
use crate::weights::{Role, Slot};

/// Numbers in [-1, 1) that look random.
fn number(at: usize, salt: usize) -> f32 {
    ((at + 1) as f64 * (salt as f64 + 0.618_033_988_749_895) * 7.13).fract() as f32 * 2.0 - 1.0
}

fn images(count: usize, [height, width, channels]: [usize; 3], salt: usize) -> Dataset {
    let pixels = Array4::from_shape_fn((count, height, width, channels), |(image, y, x, channel)| {
        let at = ((image * height + y) * width + x) * channels + channel;
        ((number(at, salt) + 1.0) * 127.0) as u8
    });
    Dataset::new("random", pixels, vec![0; count], 3).unwrap()
}

/// A network whose weights are random, but no sum much larger than what it sums up.
fn network(extent: [usize; 3], extractor: &str, rest: &str) -> (Architecture, Weights) {
    let [height, width, channels] = extent;
    let per_channel = |value: &str| vec![value; channels].join(", ");
    let text = format!(
        "{{name: small, input: {{channels: {channels}, height: {height}, width: {width}}}, normalise: {{mean: [{}], \
         deviation: [{}]}}, classes: 3, extractor: [{extractor}]{rest}}}",
        per_channel("0.4"),
        per_channel("0.5"),
    );
    let architecture = Architecture::parse(&text, "here").unwrap();
    let graph = architecture.graph().unwrap();
    let mut weights = Weights::zeros(graph.slots());
    let slots: Vec<Slot> = graph.slots().iter().cloned().collect();
    for (salt, slot) in slots.iter().enumerate() {
        let place = weights.place_mut(slot);
        let value = |at: usize| match slot.tensor.role {
            Role::Weights { inputs, .. } => number(at, salt) * 1.5 / (inputs as f32).sqrt(),
            Role::Vector(middle) | Role::Statistic(middle) => middle + number(at, salt) / 4.0,
        };
        place.iter_mut().enumerate().for_each(|(at, place)| *place = value(at));
    }
    (architecture, weights)
}

const EXTENT: [usize; 3] = [9, 8, 2];

/// Networks with everything that formats can meet: sums of two layers, ops that only move numbers and ops that do not,
/// channels side by side, groups, and answers on the way.
const NETWORKS: [(&str, &str); 4] = [
    (
        "conv: {out: 5}, residual: {out: 18}, separable: {out: 7, stride: 2}, concat: [2], global-average-pool",
        ", predictor: {sees: features-and-scores, depths: [1, 2], hidden: 4}, \
         exits: [{after: 0, head: [global-average-pool]}, {after: 1, head: [max-pool, flatten], predictor: {sees: features}}]",
    ),
    (
        "conv: {out: 12, groups: 2, activation: relu6}, max-pool, conv: {out: 20, kernel: 2, padding: [0, 0, 1, 1]}, \
         pool: {kind: average, kernel: 3, stride: 1}, conv: {out: 4, norm: false, activation: none}, pad: 1, flatten",
        "",
    ),
    (
        "conv: {out: 6, norm: false, activation: none}, norm, activation: relu, conv: {out: 6}, add: 0, \
         conv: {out: 9, activation: tanh}, global-average-pool, dense: {out: 17}",
        ", predictor: {sees: features}",
    ),
    (
        "residual: {out: 16}, residual: {out: 33, stride: 2}, max-pool, flatten",
        ", predictor: {sees: features, hidden: 3}",
    ),
];

fn calibrated((extractor, rest): (&str, &str)) -> (Calibrated, Dataset) {
    let (architecture, weights) = network(EXTENT, extractor, rest);
    let data = images(12, EXTENT, 3);
    (Calibrated::new(&architecture, weights, &data, 6).unwrap(), data)
}

/// Bit-widths that differ from layer to layer, and every so many layers none.
fn mixed(layers: usize, every: usize) -> Vec<Option<BitWidths>> {
    let bits = |number: usize| Bits::new(2 + (number % 7) as u8).unwrap();
    let widths = |layer: usize| BitWidths { weights: bits(layer * 3 + 1), activations: bits(layer * 5) };
    (0..layers).map(|layer| (layer % every != every - 1).then(|| widths(layer))).collect()
}

/// In other buffers, which hold another image: what crosses are codes where values are integers, and nothing is lost.
#[test]
fn the_parts_of_a_network_in_integers_answer_as_the_whole() {
    for description in NETWORKS {
        let (calibrated, data) = calibrated(description);
        for every in [1000, 2, 3] {
            let network = calibrated.network(&mixed(calibrated.layers().len(), every)).unwrap();
            let (mut here, mut there, mut crossing) = (Scratch::default(), Scratch::default(), Crossing::default());
            let answers: Vec<_> = network.begin(data.image(1), &mut here).collect();
            for cut in 0..network.graph().nodes().len() {
                network.run(data.image(2), &mut there);
                network.run_before(cut, data.image(1), &mut here, &mut crossing);
                let left: Vec<_> = network.resume(&crossing, &mut there).collect();
                assert_eq!(left, answers[answers.len() - left.len()..], "{description:?}, cut {cut}");
                assert!(!left.is_empty());
            }
        }
    }
}

/// Without bit-widths it is the network in floats, by every bit and under its own name.
#[test]
fn layers_without_bit_widths_stay_as_they_are() {
    for description in NETWORKS {
        let (calibrated, data) = calibrated(description);
        let floats = Network::of(&calibrated.model);
        let same = calibrated.network(&vec![None; calibrated.layers().len()]).unwrap();
        let mut scratch = Scratch::default();
        for image in 0..data.len() {
            let expected: Vec<_> = floats.begin(data.image(image), &mut scratch).collect();
            assert_eq!(same.begin(data.image(image), &mut scratch).collect::<Vec<_>>(), expected);
        }
        assert_eq!((same.layer_costs(), same.fingerprint()), (floats.layer_costs(), floats.fingerprint()));
    }
}

/// Step by step, from the codes that are there: the same step in floats, with weights that codes stand for, makes what the
/// codes of the step's own values are nearest to.
#[test]
fn every_step_makes_the_nearest_codes() {
    let extractor = "conv: {out: 5, norm: false, bias: true}, \
         conv: {out: 6, groups: 1, kernel: 2, padding: [0, 0, 1, 1], norm: false, bias: true, activation: none}, \
         conv: {out: 6, norm: false, activation: none}, add: 1, activation: relu, max-pool, \
         depthwise: {kernel: 3, stride: 2, norm: false, bias: true}, conv: {out: 18, groups: 3, kernel: 1, norm: false}, \
         global-average-pool, dense: {out: 7}";
    let (calibrated, data) = calibrated((extractor, ""));
    for bits in [3, 5, 8] {
        let widths = vec![Some(BitWidths::both(Bits::new(bits).unwrap())); calibrated.layers().len()];
        let integers = calibrated.network(&widths).unwrap();
        let mut steps = vec![None; integers.graph().nodes().len()];
        calibrated.layers.iter().zip(&widths).for_each(|(layer, widths)| steps[layer.step] = *widths);
        let grids = calibrated.grids(&Stored::new(&calibrated.layout.graph, steps));
        let floats = with_rounded_weights(&calibrated, Bits::new(bits).unwrap());
        let (mut here, mut there, mut crossing) = (Scratch::default(), Scratch::default(), Crossing::default());
        let mut compared = 0;
        for cut in 0..integers.graph().nodes().len() - 1 {
            integers.run_before(cut, data.image(2), &mut here, &mut crossing);
            let mut step = floats.resume(&crossing, &mut there);
            step.advance(cut + 1);
            let mut expected = Crossing::default();
            step.cross(&mut expected);
            integers.run_before(cut + 1, data.image(2), &mut here, &mut crossing);
            let tensors = integers.cut(cut + 1).tensors.iter();
            let grids = tensors.flat_map(|tensor| vec![grids[tensor.value].unwrap(); tensor.shape.len()]);
            for ((found, expected), grid) in crossing.values.iter().zip(&expected.values).zip(grids) {
                let (low, high) = grid.range();
                let off = (found - expected.clamp(low, high)).abs();
                assert!(
                    off <= grid.scale * 0.501 + 1e-6,
                    "{bits} bits, step {cut}: {found}, not {expected} on {grid:?}"
                );
                compared += 1;
            }
        }
        assert!(compared > 1000);
    }
}

/// The network in floats with the numbers that the codes of its weights stand for. It has no normalisation.
fn with_rounded_weights(calibrated: &Calibrated, bits: Bits) -> Network {
    let mut weights = calibrated.model.weights.clone();
    for layer in calibrated.layers() {
        let Folded { weights: rows, length, .. } = calibrated.folded(layer.step);
        let rounded = Rows::fitted(&rows, length, bits);
        let outputs = rounded.scales().len();
        let node = &calibrated.layout.graph.nodes()[layer.step];
        let place = &mut weights.parameters[node.own.parameters.clone()];
        for (at, code) in rounded.codes().into_iter().enumerate() {
            let (output, of_row) = (at / length, at % length);
            let to = if node.op.name() == "dense" { at } else { of_row * outputs + output };
            place[to] = f32::from(code) * rounded.scales()[output];
        }
    }
    Network::of(&Model { weights, ..calibrated.model.clone() })
}

/// The largest number that rows can make of inputs of 1.
fn gain(rows: &[f64], length: usize) -> f64 {
    rows.chunks_exact(length).map(|row| row.iter().map(|weight| weight.abs()).sum()).fold(0.0, f64::max)
}

/// By how much a value at most differs once it lies on a grid, if it was within `off` of numbers in a range.
fn rounded(off: f64, (low, high): (f64, f64), grid: Grid) -> f64 {
    let (first, last) = (f64::from(grid.range().0), f64::from(grid.range().1));
    let cut_off = (high + off - last).max(first - (low - off));
    off + cut_off.max(f64::from(grid.scale) / 2.0)
}

/// The bound that follows from the steps: a layer makes |w|·(what its input is off) + |w − ŵ|·|input|, and rounding what
/// it makes adds half a step, or what a clipping cuts off. Sums, pools and rectifiers make nothing larger.
fn bound(calibrated: &Calibrated, widths: &[Option<BitWidths>]) -> f64 {
    let graph = &calibrated.layout.graph;
    let mut steps = vec![None; graph.nodes().len()];
    calibrated.layers.iter().zip(widths).for_each(|(layer, widths)| steps[layer.step] = *widths);
    let stored = Stored::new(graph, steps);
    let grids = calibrated.grids(&stored);
    let range = |value: Value| match value {
        0 => calibrated.image,
        _ => calibrated.seen[value].range(),
    };
    let on_grid = |value: Value, off: f64| match grids[value] {
        Some(grid) => rounded(off, range(value), grid),
        None => off,
    };
    let mut off = vec![if stored.format(0) == Format::F32 { 0.0 } else { on_grid(0, 0.0) }];
    for (index, node) in graph.nodes().iter().enumerate() {
        // What a layer in integers reads is rounded, if it was not before.
        let read = |input: Value| match (stored.layers[index], stored.format(input)) {
            (Some(_), Format::F32) => on_grid(input, off[input]),
            _ => off[input],
        };
        let other: f64 = node.inputs[1..].iter().map(|input| read(*input)).fold(0.0, |sum, off| sum + off);
        let made = if node.op.is_layer() {
            let Folded { weights, length, .. } = calibrated.folded(index);
            let floats: Vec<f64> = weights.iter().map(|weight| f64::from(*weight)).collect();
            let rows = stored.layers[index].map(|widths| Rows::fitted(&weights, length, widths.weights));
            let lost: Vec<f64> = rows.map_or_else(Vec::new, |rows| {
                let scales = rows.scales().iter().flat_map(|scale| vec![f64::from(*scale); length]);
                let codes = rows.codes();
                let kept = codes.iter().zip(scales).map(|(code, scale)| f64::from(*code) * scale);
                floats.iter().zip(kept).map(|(float, kept)| float - kept).collect()
            });
            let (low, high) = range(node.inputs[0]);
            let input = read(node.inputs[0]);
            gain(&floats, length) * input + gain(&lost, length) * (high.max(-low) + input) + other
        } else {
            read(node.inputs[0]) + other
        };
        off.push(if stored.format(index + 1) == Format::F32 { made } else { on_grid(index + 1, made) });
    }
    off[graph.last_exit().logits]
}

/// Over the very images that scales were chosen by, whose ranges are known. Two layers and a pool, the second of a
/// residual block: the bound grows with every layer, and must not be far above what it bounds to say anything.
#[test]
fn logits_change_by_no_more_than_follows_from_the_steps() {
    for extractor in [
        "conv: {out: 6}, global-average-pool",
        "depthwise: {kernel: 2, padding: 0}, conv: {out: 4, kernel: 1, groups: 2}, global-average-pool",
        "conv: {out: 2, kernel: 1, norm: false, activation: none}, conv: {out: 2, kernel: 1}, add: 0, global-average-pool",
    ] {
        let (calibrated, data) = calibrated((extractor, ""));
        let floats = Network::of(&calibrated.model);
        for bits in [4, 6, 8] {
            let widths = vec![Some(BitWidths::both(Bits::new(bits).unwrap())); calibrated.layers().len()];
            let integers = calibrated.network(&widths).unwrap();
            let bound = bound(&calibrated, &widths);
            let (mut scratch, mut most, mut spread) = (Scratch::default(), 0.0f32, 0.0f32);
            for image in data.half(Half::Calibration).take(6) {
                let expected = floats.read(data.image(image), &mut scratch, |logits| logits.to_vec());
                let found = integers.read(data.image(image), &mut scratch, |logits| logits.to_vec());
                let off = expected.iter().zip(&found).map(|(a, b)| (a - b).abs());
                most = off.fold(most, f32::max);
                spread = expected.iter().fold(spread, |spread, logit| spread.max(logit.abs()));
            }
            assert!(most > 0.0 && f64::from(most) <= bound, "{extractor}, {bits} bits: {most} off, {bound} allowed");
            assert!(
                bits < 8 || bound < 3.0 * f64::from(spread),
                "{extractor}: a bound of {bound} says nothing of {spread}"
            );
        }
    }
}

/// By hand: 9·8 = 72 pixels. The image of 2 channels is read by one layer in integers, so it has 8 bits. The conv has
/// 3·3·2·4 = 72 weights of 3 bits, and a scale and a bias for each of 4 channels; it makes 72·4 numbers of 5 bits, which
/// the max pool passes on, one in nine of them: 3·2·4. The average of them is new, in 8 bits. The dense layer has 4·3
/// weights of 2 bits, and its answer stays in floats.
#[test]
fn costs_are_those_of_what_is_stored() {
    let pools = "pool: {kind: max, kernel: 3, stride: 3}, global-average-pool";
    let (calibrated, _) = calibrated((&format!("conv: {{out: 4}}, {pools}"), ""));
    let widths = |weights, activations| {
        Some(BitWidths { weights: Bits::new(weights).unwrap(), activations: Bits::new(activations).unwrap() })
    };
    let network = calibrated.network(&[widths(3, 5), widths(2, 7)]).unwrap();
    let bits = |layer: &LayerCost| (layer.weight_bits, layer.read_bits, layer.written_bits);
    let expected = [
        (72 * 3 + 4 * 64, 72 * 2 * 8, 72 * 4 * 5),
        (0, 72 * 4 * 5, 3 * 2 * 4 * 5),
        (0, 3 * 2 * 4 * 5, 4 * 8),
        (12 * 2 + 3 * 64, 4 * 8, 3 * 32),
    ];
    assert_eq!(network.layer_costs().iter().map(bits).collect::<Vec<_>>(), expected);
    let crossing = |network: &Network, cut: usize| -> u64 {
        network.cut(cut).tensors.iter().map(|tensor| network.graph().fact(tensor.value).bits()).sum()
    };
    let cuts: Vec<u64> = (0..4).map(|cut| crossing(&network, cut)).collect();
    assert_eq!(cuts, [72 * 2 * 8, 72 * 4 * 5, 3 * 2 * 4 * 5, 4 * 8]);
    // The dense layer alone: the others stay in floats, and so does what they make.
    let dense = calibrated.network(&[None, widths(2, 7)]).unwrap();
    assert_eq!(dense.layer_costs()[0].weight_bits, (72 + 4) * 32);
    assert_eq!(bits(&dense.layer_costs()[3]), (12 * 2 + 3 * 64, 4 * 32, 3 * 32));
    assert_eq!((crossing(&dense, 0), crossing(&dense, 3)), (72 * 2 * 32, 4 * 32));
}

/// 4·4 of the 72 pixels are left for the dense layer, with 4 channels each and 3 weights for each of these.
#[test]
fn layers_are_those_with_weights() {
    let (calibrated, _) = calibrated(("conv: {out: 4}, max-pool, flatten", ""));
    let conv = LayerNumbers { step: 0, name: "extractor.0.conv".into(), weights: 72, activations: 288, answers: false };
    let dense = LayerNumbers { step: 3, name: "approximator".into(), weights: 192, activations: 3, answers: true };
    assert_eq!(calibrated.layers(), [conv, dense]);
}

/// Whether errors fall with every bit; of a handful of numbers, which may happen to lie on a coarse grid, from the first
/// to the last.
fn fall(errors: &[f64], numbers: usize) -> bool {
    errors[0] > errors[6] && (numbers < 100 || errors.is_sorted_by(|more, less| more > less))
}

/// And an answer is never rounded.
#[test]
fn more_bits_lose_less_of_every_tensor() {
    for description in NETWORKS {
        let (calibrated, _) = calibrated(description);
        for (layer, numbers) in calibrated.layers().iter().enumerate() {
            let errors: Vec<f64> = Bits::all().map(|bits| calibrated.weight_error(layer, bits)).collect();
            assert!(fall(&errors, numbers.weights), "{numbers:?}: {errors:?}");
            let errors: Vec<f64> = Bits::all().map(|bits| calibrated.activation_error(layer, bits)).collect();
            let fall = if numbers.answers { errors == [0.0; 7] } else { fall(&errors, numbers.activations) };
            assert!(fall, "{numbers:?}: {errors:?}");
        }
    }
}

/// What results come from has no say in them.
#[test]
fn the_evaluation_half_changes_nothing() {
    let (architecture, weights) = network(EXTENT, NETWORKS[0].0, NETWORKS[0].1);
    let (data, other) = (images(12, EXTENT, 3), images(12, EXTENT, 5));
    let mixed = |even: &Dataset, odd: &Dataset| {
        let [height, width, channels] = EXTENT;
        let pixels = Array4::from_shape_fn((12, height, width, channels), |(image, y, x, channel)| {
            (if image % 2 == 0 { even } else { odd }).image(image)[[y, x, channel]]
        });
        let data = Dataset::new("mixed", pixels, vec![0; 12], 3).unwrap();
        let calibrated = Calibrated::new(&architecture, weights.clone(), &data, 100).unwrap();
        calibrated.uniform(Bits::EIGHT).unwrap().fingerprint()
    };
    assert_eq!(mixed(&data, &data), mixed(&data, &other));
    assert_ne!(mixed(&data, &data), mixed(&other, &data), "the calibration half does");
}

#[test]
fn networks_of_other_bits_are_others() {
    let (calibrated, _) = calibrated(NETWORKS[3]);
    let layers = calibrated.layers().len();
    let eight = BitWidths::both(Bits::EIGHT);
    let seven = Bits::new(7).unwrap();
    let with = |first: BitWidths| {
        let mut widths = vec![Some(eight); layers];
        widths[0] = Some(first);
        calibrated.network(&widths).unwrap().fingerprint()
    };
    let known = [
        Network::of(&calibrated.model).fingerprint(),
        with(eight),
        with(BitWidths { weights: seven, ..eight }),
        with(BitWidths { activations: seven, ..eight }),
    ];
    assert_eq!(with(eight), calibrated.uniform(Bits::EIGHT).unwrap().fingerprint());
    assert!((1..known.len()).all(|one| !known[..one].contains(&known[one])), "{known:?}");
}

#[test]
fn what_cannot_be_is_refused() {
    let told = |error: Error| error.to_string();
    let (architecture, weights) = network(EXTENT, "conv: {out: 4}, flatten", "");
    let refused = |data: &Dataset, images| {
        Calibrated::new(&architecture, weights.clone(), data, images).err().map(told).unwrap_or_default()
    };
    assert_eq!(refused(&images(4, EXTENT, 1), 0), "small: scales are chosen by calibration images, and there are none");
    assert_eq!(
        refused(&images(4, [8, 9, 2], 1), 4),
        "small: calibration images are 8×9×2, and the network takes 9×8×2"
    );
    let (calibrated, _) = calibrated(NETWORKS[3]);
    let told = calibrated.network(&[None]).err().map(told).unwrap_or_default();
    let layers = calibrated.layers().len();
    assert_eq!(told, format!("small: bit-widths of 1 layers are given, and the network has {layers}"));
}

/// 255·127 = 32,385, and 2^31 - 1 holds that 66,311 times: 258·258 products are 66,564. With 7 bits it is 255·63.
#[test]
fn sums_that_32_bits_do_not_hold_are_refused() {
    let (architecture, weights) = network([258, 258, 1], "flatten", "");
    let calibrated = Calibrated::new(&architecture, weights, &images(1, [258, 258, 1], 1), 1).unwrap();
    let error = calibrated.uniform(Bits::EIGHT).err().unwrap();
    assert_eq!(
        error.to_string(),
        "small: layer 'approximator' sums up 66564 products; with 8-bit weights 32 bits hold at most 66311"
    );
    assert!(calibrated.uniform(Bits::new(7).unwrap()).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever is asked for runs, and any network can be taken apart, with nothing lost that was there.
    #[test]
    fn any_bit_widths_run(which in 0usize..4, widths in prop::collection::vec((2u8..9, 2u8..9, any::<bool>()), 20), cut in 0usize..20) {
        let (calibrated, data) = calibrated(NETWORKS[which]);
        let given = widths.into_iter().map(|(weights, activations, floats)| {
            let widths = BitWidths { weights: Bits::new(weights).unwrap(), activations: Bits::new(activations).unwrap() };
            (!floats).then_some(widths)
        });
        let network = calibrated.network(&given.take(calibrated.layers().len()).collect::<Vec<_>>()).unwrap();
        let (mut scratch, mut crossing) = (Scratch::default(), Crossing::default());
        let whole = network.run(data.image(3), &mut scratch);
        network.run_before(cut % network.graph().nodes().len(), data.image(3), &mut scratch, &mut crossing);
        prop_assert_eq!(network.run_after(&crossing, &mut scratch), whole);
        prop_assert!(whole.scores.get(crate::Score::all().last().unwrap()).is_some_and(f32::is_finite));
    }
}

/// Whatever layers are in integers, the costs told beforehand are those of the network that has them; and the steps are
/// those of its graph.
#[test]
fn costs_are_known_before_a_network_is_made() {
    for (extractor, rest) in NETWORKS {
        let (architecture, weights) = network(EXTENT, extractor, rest);
        let calibrated = Calibrated::new(&architecture, weights, &images(4, EXTENT, 3), 2).unwrap();
        let layers = calibrated.layers().len();
        let widths = |integers: usize, bits: u8| -> Vec<Option<BitWidths>> {
            let widths = BitWidths { weights: Bits::new(bits).unwrap(), activations: Bits::EIGHT };
            (0..layers).map(|layer| (layer < integers).then_some(widths)).collect()
        };
        for widths in [widths(0, 8), widths(1, 2), widths(layers / 2, 4), widths(layers, 8)] {
            let made = calibrated.network(&widths).unwrap();
            assert_eq!(calibrated.costs(&widths), made.layer_costs(), "{extractor}");
            let steps = calibrated.steps();
            assert_eq!(steps.len(), made.graph().nodes().len());
            for (number, step) in steps.iter().enumerate() {
                assert_eq!(step.activations, made.graph().fact(number + 1).shape.len());
                let own = calibrated.layers().iter().position(|layer| layer.step == number);
                assert_eq!(own.is_some(), matches!(step.width, StepWidth::Layer(layer) if Some(layer) == own));
            }
        }
    }
}
