//! Compares the models with published measurements, as a Markdown page.

mod networks;
mod requests;
mod second;
mod twins;

use device_models::{Kind, LayerKind, LayerWork, Presets, Processor, Radio, Server, Work};
use serde::de::DeserializeOwned;

use crate::policies::Unreachable;
use crate::source::InputError;

/// A network that others measured: its name, and its work on a processor.
type Measured = (&'static str, fn() -> Work);

/// Networks of ncnn's table; the presets' figures were fitted to the first four, the others were held out.
const NETWORKS: [Measured; 6] = [
    ("ShuffleNet-v2", networks::shufflenet_v2),
    ("MobileNet-v2", networks::mobilenet_v2),
    ("ResNet-18", networks::resnet_18),
    ("ResNet-50", networks::resnet_50),
    ("MobileNet-v3", networks::mobilenet_v3),
    ("EfficientNet-B0", networks::efficientnet_b0),
];

/// How many of them the figures were fitted to.
const SET_BY: usize = 4;

/// Published milliseconds, batch 1 at 224×224 (Tencent/ncnn, `benchmark/README.md`), in the order of [`NETWORKS`].
const NCNN: [(&str, [f64; 6]); 11] = [
    ("raspberry-pi-4", [24.6, 61.9, 123.0, 263.0, 47.5, 74.2]),
    ("raspberry-pi-4-1core", [42.1, 93.5, 191.0, 534.0, 72.8, 129.7]),
    (ONE_CORE, [42.1, 93.5, 191.0, 534.0, 72.8, 129.7]),
    ("raspberry-pi-5", [3.4, 10.5, 20.0, 46.2, 7.4, 12.3]),
    ("jetson-nano-cpu", [19.7, 33.8, 83.4, 204.0, 30.8, 70.6]),
    ("jetson-nano-gpu", [16.0, 13.0, 44.0, 93.1, 14.6, 21.4]),
    ("jetson-tx2-nx-gpu", [5.4, 6.8, 12.8, 30.4, 8.0, 11.7]),
    ("jetson-orin-nano-cpu", [4.9, 6.5, 15.1, 39.3, 6.1, 10.7]),
    ("jetson-orin-nano-gpu", [8.3, 6.9, 8.3, 9.3, 8.7, 12.3]),
    ("phone-2019", [3.0, 4.7, 10.4, 26.2, 4.2, 7.3]),
    ("phone-2023", [2.1, 3.2, 6.6, 18.9, 3.5, 5.7]),
];

/// A point of a preset; its factors were fitted to nothing, so that its whole row is held out.
const ONE_CORE: &str = "raspberry-pi-4 at 1-core";

/// The same of servers.
const NCNN_SERVERS: [(&str, [f64; 6]); 2] =
    [("v100-ncnn", [1.9, 1.8, 2.0, 3.7, 2.0, 3.0]), ("cpu-8", [4.2, 4.3, 6.7, 14.1, 3.9, 5.5])];

/// Published latency of ResNet-50 in milliseconds against batch size (NVIDIA DeepLearningExamples, PyTorch 21.03).
const SERVERS: [(&str, [(usize, f64); 6]); 4] = [
    ("v100", [(1, 10.4), (4, 10.5), (8, 11.5), (16, 16.1), (64, 55.4), (256, 214.5)]),
    ("v100-mixed", [(1, 12.8), (4, 13.4), (8, 13.7), (16, 14.0), (64, 23.2), (256, 84.1)]),
    ("t4", [(1, 10.7), (4, 12.7), (8, 22.4), (16, 39.8), (64, 152.7), (256, 636.0)]),
    ("t4-mixed", [(1, 13.0), (4, 13.0), (8, 12.8), (16, 15.8), (64, 57.4), (256, 226.0)]),
];

/// Published milliseconds on an Edge TPU at USB 3.0 (coral.ai/docs/edgetpu/benchmarks), in the order of
/// [`networks::of_the_edge_tpu`]; the preset was fitted to the first three.
const EDGE_TPU: [(&str, f64); 5] =
    [("MobileNet-v2", 2.6), ("ResNet-152", 128.0), ("VGG-16", 296.0), ("*ResNet-50*", 49.0), ("*VGG-19*", 308.0)];

/// Published milliseconds and images a second on a Hailo-8 (hailo_model_zoo, `docs/PUBLIC_MODELS_HAILO8.rst` of January
/// 2024); the preset was fitted to the first three.
const HAILO_8: [(Measured, f64, f64); 5] = [
    (("MobileNet-v2", networks::mobilenet_v2), 1.89682, 2443.67),
    (("ResNet-18", networks::resnet_18), 1.28145, 2533.72),
    (("ResNet-50", networks::resnet_50), 2.85651, 1331.76),
    (("*MobileNet-v1*", networks::mobilenet_v1), 1.29995, 3489.37),
    (("*ResNet-34*", networks::resnet_34), 3.34714, 1346.63),
];

/// Published milliseconds and millijoules of image classification, visual wake words and keyword spotting in MLPerf
/// Tiny.
const TINY: [(&str, [(f64, f64); 3]); 3] = [
    ("cortex-m7", [(54.3, 8.70), (50.7, 7.97), (16.8, 2.72)]),
    ("cortex-m4", [(227.0, 10.7), (230.0, 10.1), (75.0, 3.37)]),
    ("cortex-m33", [(140.0, 3.65), (133.0, 3.36), (44.0, 1.14)]),
];

/// Why the page cannot be made. Everything it needs is part of the program, so this is a bug.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ValidationError {
    /// There is no preset, point of a preset, policy or request of this name.
    #[error("there is no {0}")]
    Missing(String),
    /// Presets are not what they should be.
    #[error("{what}: {source}")]
    Presets {
        /// Which.
        what: String,
        /// Why.
        source: serde_yaml::Error,
    },
    /// A scenario cannot be run.
    #[error(transparent)]
    Scenario(#[from] InputError),
    /// A policy's threshold cannot be calibrated.
    #[error(transparent)]
    Unreachable(#[from] Unreachable),
}

/// The page.
///
/// # Errors
/// Never, unless the program was built from damaged files.
pub fn validation() -> Result<String, ValidationError> {
    let broken = |source| ValidationError::Presets { what: "shipped presets".to_owned(), source };
    let presets = Presets::shipped().map_err(broken)?;
    let sections = [
        processors(&presets)?,
        microcontrollers(&presets)?,
        edge_tpu(&presets)?,
        hailo_8(&presets)?,
        servers(&presets)?,
        lte(&presets)?,
        requests::section()?,
        second::section(&presets)?,
        twins::section()?,
    ];
    Ok(format!(
        "# The models against published measurements\n\n`appealsim validation` prints this page; every figure on it is \
         computed when it is printed. Each cell of a table is predicted / published, and the error of the \
         prediction.\n{}{PROOFS}",
        sections.concat()
    ))
}

fn model<T: DeserializeOwned>(presets: &Presets, kind: Kind, name: &str) -> Result<T, ValidationError> {
    let preset = presets.find(kind, name).ok_or_else(|| ValidationError::Missing(format!("preset '{name}'")))?;
    preset.model().map_err(|source| ValidationError::Presets { what: format!("preset '{name}'"), source })
}

/// The smallest and the largest ratio of predicted to published.
#[derive(Clone, Copy)]
struct Range(f64, f64);

impl Range {
    const NONE: Self = Self(f64::INFINITY, 0.0);

    fn with(self, predicted: f64, published: f64) -> Self {
        Self(self.0.min(predicted / published), self.1.max(predicted / published))
    }
}

/// A processor by its name, or by its name and that of one of its points.
fn processor(presets: &Presets, name: &str) -> Result<Processor, ValidationError> {
    let Some((name, point)) = name.split_once(" at ") else { return model(presets, Kind::Processor, name) };
    let processor: Processor = model(presets, Kind::Processor, name)?;
    let point_of = processor.points.get(point);
    let missing = || ValidationError::Missing(format!("point '{point}' of '{name}'"));
    Ok(processor.at(point_of.ok_or_else(missing)?))
}

/// The head of a table of milliseconds by network, those held out in italics.
fn networks_head() -> String {
    let mut text = String::from("| |");
    for (number, (name, network)) in NETWORKS.iter().enumerate() {
        let mark = if number < SET_BY { "" } else { "*" };
        text += &format!(" {mark}{name}{mark} ({:.0} M) |", network().macs() / 1e6);
    }
    text + "\n|---|---|---|---|---|---|---|\n"
}

fn processors(presets: &Presets) -> Result<String, ValidationError> {
    let mut text = format!(
        "\n## Processors\n\nMilliseconds that a network takes, computed layer by layer (published: ncnn's benchmark \
         table). A board's figures were fitted to the first four networks; the last two, in *italics*, were held \
         out, and so was all of a board at one of its points.\n\n{}",
        networks_head()
    );
    let (mut fitted, mut held_out) = (Range::NONE, Range::NONE);
    for (board, published) in NCNN {
        let processor = processor(presets, board)?;
        text += &if board == ONE_CORE { format!("| *{board}* |") } else { format!("| {board} |") };
        for (number, ((_, network), published)) in NETWORKS.iter().zip(published).enumerate() {
            let predicted = processor.time(&network()).as_secs() * 1e3;
            text += &cell(predicted, published);
            let range = if number < SET_BY && board != ONE_CORE { &mut fitted } else { &mut held_out };
            *range = range.with(predicted, published);
        }
        text += "\n";
    }
    text += &format!(
        "\nNetworks the figures were fitted to: {:.2} to {:.2} of the published times. Held out: {:.2} to {:.2}. Three \
         figures describe how six networks run on a board, so single networks are off by a quarter, and ResNet-50 on \
         the Orin Nano's GPU by two thirds.\n",
        fitted.0, fitted.1, held_out.0, held_out.1
    );
    Ok(text)
}

fn microcontrollers(presets: &Presets) -> Result<String, ValidationError> {
    let networks = [networks::resnet_8(), networks::visual_wake_words(), networks::keyword_spotting()];
    let mut text = String::from(
        "\n## Microcontrollers\n\nMilliseconds and millijoules in MLPerf Tiny. The throughput of convolutions and the \
         power were fitted to image classification, the throughput of pointwise and depthwise convolutions to visual \
         wake words; keyword spotting was held out, and so was every other energy.\n\n| | image classification | | \
         visual wake words | | *keyword spotting* | |\n|---|---|---|---|---|---|---|\n",
    );
    for (board, published) in TINY {
        let processor: Processor = model(presets, Kind::Processor, board)?;
        text += &format!("| {board} |");
        for (network, (millis, millijoules)) in networks.iter().zip(published) {
            let time = processor.time(network).as_secs();
            text += &cell(time * 1e3, millis);
            text += &cell(processor.busy.get() * time * 1e3, millijoules);
        }
        text += "\n";
    }
    let (seven, millis, millijoules): (Processor, _, _) = (model(presets, Kind::Processor, "cortex-m7")?, 1.83, 0.27);
    let time = seven.time(&networks::anomaly_detection()).as_secs();
    let (told, energy) = (cell(time * 1e3, millis), cell(seven.busy.get() * time * 1e3, millijoules));
    text += &format!(
        "\nAnomaly detection on the Cortex-M7, which the throughput of dense layers was fitted to: {} ms, {} mJ.\n",
        told.trim_matches([' ', '|']),
        energy.trim_matches([' ', '|'])
    );
    Ok(text)
}

fn edge_tpu(presets: &Presets) -> Result<String, ValidationError> {
    let coral: Processor = model(presets, Kind::Processor, "coral-usb")?;
    let mut text = String::from(
        "\n## An accelerator with weights on the chip\n\nMilliseconds on an Edge TPU at USB 3.0, ResNets at 299 pixels \
         (published: coral.ai); networks in *italics* were held out. Weights beyond 8 MB cross the bus for each image. \
         DenseNet (20 ms published) is not among them.\n\n| |",
    );
    let networks = networks::of_the_edge_tpu();
    for ((name, _), network) in EDGE_TPU.iter().zip(&networks) {
        text += &format!(" {name} ({:.1} G, {:.1} MB) |", network.macs() / 1e9, network.weights() / 1e6);
    }
    text += "\n|---|---|---|---|---|---|\n| coral-usb |";
    for ((_, published), network) in EDGE_TPU.iter().zip(&networks) {
        text += &cell(coral.time(network).as_secs() * 1e3, *published);
    }
    Ok(text + "\n")
}

fn hailo_8(presets: &Presets) -> Result<String, ValidationError> {
    let hailo: Processor = model(presets, Kind::Processor, "hailo-8")?;
    let (mut head, mut millis, mut rates) =
        (String::from("| |"), String::from("| hailo-8, ms |"), String::from("| hailo-8, images/s |"));
    for ((name, network), published, rate) in HAILO_8 {
        head += &format!(" {name} ({:.0} M) |", network().macs() / 1e6);
        millis += &cell(hailo.time(&network()).as_secs() * 1e3, published);
        rates += &cell(hailo.interval(&network()).as_secs().recip(), rate);
    }
    Ok(format!(
        "\n## An accelerator with a pipeline\n\nMilliseconds that an image takes on a Hailo-8, and images a second \
         (published: hailo_model_zoo, January 2024); networks in *italics* were held out. How many images are in flight \
         at once, latency times rate, is one figure here, {}, but 2.2 to 5.7 for the convolutional networks for ImageNet \
         of that table that fit on the chip: rates are off by a fifth. A network that does not fit, as most large \
         detectors, is loaded part by part for each image. Then about one is in flight, and the preset is not for \
         it.\n\n{head}\n|---|---|---|---|---|\
         ---|\n{millis}\n{rates}\n",
        hailo.in_flight
    ))
}

fn servers(presets: &Presets) -> Result<String, ValidationError> {
    let mut text = format!(
        "\n## Servers\n\nMilliseconds for one image, computed layer by layer (published: ncnn's benchmark table); \
         networks in *italics* were held out.\n\n{}",
        networks_head()
    );
    for (name, published) in NCNN_SERVERS {
        let server: Server = model(presets, Kind::Server, name)?;
        text += &format!("| {name} |");
        for ((_, network), published) in NETWORKS.iter().zip(published) {
            text += &cell(server.time(&network(), 1).as_secs() * 1e3, published);
        }
        text += "\n";
    }
    text += "\nMilliseconds for a batch of ResNet-50 v1.5 (4.1 G MACs). The presets hold the measured curves, so this \
             only shows that they are read correctly; for another network they are scaled by its \
             multiply-accumulates, which is not checked here, and never take less than PyTorch needs to launch the \
             layers of ResNet-50.\n\n| | 1 | 4 | 8 | 16 | 64 | 256 |\n|---|---|---|---|---|---|---|\n";
    let work = Work {
        layers: vec![LayerWork {
            kind: LayerKind::Convolution,
            macs: 4.1e9,
            bytes: 0.0,
            weights: 0.0,
            integers: false,
        }],
    };
    for (name, published) in SERVERS {
        let server: Server = model(presets, Kind::Server, name)?;
        text += &format!("| {name} |");
        for (size, published) in published {
            text += &cell(server.time(&work, size).as_secs() * 1e3, published);
        }
        text += "\n";
    }
    Ok(text)
}

fn lte(presets: &Presets) -> Result<String, ValidationError> {
    let lte: Radio = model(presets, Kind::Radio, "lte")?;
    let (promotion, tail) = lte.around();
    Ok(format!(
        "\n## An isolated LTE transfer\n\nPromotion {promotion:.2} J and tail {tail:.2} J, {:.2} J in all around the \
         transfer itself. By hand, from the published timers and powers: 0.26 s · 1.21 W + 0.1 s · 1.2 W + 0.02 s · \
         (1.06 + 0.1 · 0.62) W + 10 s · (1.06 + 0.05 · 0.62) W = {:.2} J.\n",
        promotion + tail,
        0.26 * 1.21 + 0.1 * 1.2 + 0.02 * (1.06 + 0.1 * 0.62) + 10.0 * (1.06 + 0.05 * 0.62)
    ))
}

const PROOFS: &str = "\n## Proofs that run with the tests\n\n| model | against | where |\n|---|---|---|\n\
    | a device's energy | a sum over steps that converges to it as they get shorter, in random scenarios | `scenarios/src/validation/twins.rs` |\n\
    | device queue | M/D/1 (Pollaczek-Khinchine) | `tests/whole/theory.rs` |\n\
    | shared cell | progressive filling; processor sharing (Kleinrock); a twin that counts down every job | `scenarios/src/validation/twins.rs`, `tests/whole/theory.rs`, `sim-core/src/sharing.rs` |\n\
    | recorded link | the cumulative count of its lines | `tests/whole/laws.rs`, `device-models/src/rate/trace/deliveries.rs` |\n\
    | changing rates | their long-run shares and quantiles | `device-models/src/rate/tests.rs` |\n\
    | fading | outage of the Rayleigh channel, moments of the Rician one | `device-models/src/rate/fading.rs` |\n\
    | transmit power | each request's joules, from its device's way followed once more | `tests/whole/laws/one_record.rs` |\n\
    | arrivals | mean rates, dispersion, hours of the day; shared events | `device-models/src/arrivals/tests.rs` |\n\
    | lost packets | n·s/(1 − s), and a packet-by-packet twin of bursts | `device-models/src/loss.rs` |\n\
    | energy | its parts, the battery's loss, metered against counted energy per bit | `tests/whole/laws.rs` |\n\
    | battery | the exact instant of its end; a stepwise twin of its charge | `tests/whole/laws.rs`, `device-models/src/battery/tests.rs` |\n\
    | queues of the engine | M/M/1, M/M/c, M/M/c/K, M/D/1, M/G/1, M/G/1-PS, priorities, reneging, batches | `sim-core/tests/theory` |\n\
    \n## What to trust\n\nTrust differences between policies on one scenario: they share arrivals, images and \
    channels, and an error in a board or a radio affects all of them alike. Trust absolute latencies of a network on a \
    listed board to within about a third, and joules as far as the marks of the powers go (`appealsim presets show \
    NAME`): if idle or busy power is a guess, so is the energy. Do not trust anything that depends on heat, caches, \
    congestion avoidance, Wi-Fi contention, or the accuracy of a network at other precisions: none of these is \
    modelled.\n";

fn cell(predicted: f64, published: f64) -> String {
    let off = (predicted / published - 1.0) * 100.0;
    format!(" {} / {} ({off:+.0} %) |", digits(predicted), digits(published))
}

fn digits(value: f64) -> String {
    if value == 0.0 {
        "0".to_owned()
    } else if value < 1.0 {
        format!("{value:.2}")
    } else if value < 100.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.0}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ResNet-50 has 72 layers, pools and sums included, of 28.6 µs each, and 3.86 G MACs at 4.7 T a second: 2.06 and
    /// 0.82 ms. With 3.85 images in flight, one is done every 0.748 ms, and at 3.19 W each takes 2.39 mJ.
    #[test]
    fn the_pipeline_is_as_fast_as_it_was_measured() {
        let hailo: Processor = model(&Presets::shipped().unwrap(), Kind::Processor, "hailo-8").unwrap();
        let (time, interval) = (hailo.time(&networks::resnet_50()), hailo.interval(&networks::resnet_50()));
        let [_, _, (_, published, rate), ..] = HAILO_8;
        for (found, by_hand, published) in [
            (time.as_secs() * 1e3, 2.88, published),
            (interval.as_secs() * 1e3, 0.748, 1e3 / rate),
            (interval.as_secs() * hailo.busy.get() * 1e3, 2.39, 3.194 / 1.3288),
        ] {
            assert!((found / by_hand - 1.0).abs() < 2e-3, "{found}, not {by_hand}");
            assert!((found / published - 1.0).abs() < 0.01, "{found}, published {published}");
        }
    }

    /// MobileNet-v2 moves 70.5 MB, and nearly all of its layers wait for them: 88 ms at 65 % of 1.24 GB/s. On one core
    /// it was measured at 93.5 ms; with the bandwidth of four cores it would take 60.
    #[test]
    fn one_core_of_a_board_is_near_what_one_core_was_measured_at() {
        let presets = Presets::shipped().unwrap();
        let millis = |name: &str| processor(&presets, name).unwrap().time(&networks::mobilenet_v2()).as_secs() * 1e3;
        let (point, preset) = (millis(ONE_CORE), millis("raspberry-pi-4-1core"));
        assert!((point / (70.5 / 0.806) - 1.0).abs() < 0.02, "{point} ms");
        assert!((point / preset - 1.0).abs() < 0.06 && (point / 93.5 - 1.0).abs() < 0.06, "{point}, {preset} ms");
    }
}
