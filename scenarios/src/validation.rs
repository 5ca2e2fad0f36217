//! How far the models are from what others measured, as a Markdown page.

use device_models::units::Macs;
use device_models::{Kind, Presets, Processor, Radio, Server, Work};

/// Networks of the ncnn table with their multiply-accumulates, in millions, from their papers.
const NETWORKS: [(&str, f64); 6] = [
    ("ShuffleNet-v2", 146.0),
    ("MobileNet-v2", 300.0),
    ("MobileNet-v3", 219.0),
    ("EfficientNet-B0", 390.0),
    ("ResNet-18", 1800.0),
    ("ResNet-50", 4100.0),
];

/// Published milliseconds, batch 1 at 224×224 (Tencent/ncnn, `benchmark/README.md`).
const NCNN: [(&str, [f64; 6]); 7] = [
    ("raspberry-pi-4", [24.6, 61.9, 47.5, 74.2, 123.0, 263.0]),
    ("raspberry-pi-5", [3.4, 10.5, 7.4, 12.3, 20.0, 46.2]),
    ("jetson-nano-cpu", [19.7, 33.8, 30.8, 70.6, 83.4, 204.0]),
    ("jetson-nano-gpu", [16.0, 13.0, 14.6, 21.4, 44.0, 93.1]),
    ("jetson-orin-nano-cpu", [4.9, 6.5, 6.1, 10.7, 15.1, 39.3]),
    ("phone-2019", [3.0, 4.7, 4.2, 7.3, 10.4, 26.2]),
    ("phone-2023", [2.1, 3.2, 3.5, 5.7, 6.6, 18.9]),
];

/// Published latency of ResNet-50 in milliseconds against batch size (NVIDIA DeepLearningExamples, PyTorch 21.03).
const SERVERS: [(&str, [(usize, f64); 6]); 3] = [
    ("v100", [(1, 10.4), (4, 10.5), (8, 11.5), (16, 16.1), (64, 55.4), (256, 214.5)]),
    ("t4", [(1, 10.7), (4, 12.7), (8, 22.4), (16, 39.8), (64, 152.7), (256, 636.0)]),
    ("t4-mixed", [(1, 13.0), (4, 13.0), (8, 12.8), (16, 15.8), (64, 57.4), (256, 226.0)]),
];

/// Published milliseconds and microjoules of ResNet-8 (12.5 M MACs) in MLPerf Tiny.
const TINY: [(&str, f64, Option<f64>); 4] = [
    ("cortex-m7", 54.3, Some(8_700.0)),
    ("cortex-m4", 227.0, Some(10_700.0)),
    ("cortex-m33", 140.0, Some(3_650.0)),
    ("gap9", 0.95, Some(27.7)),
];

/// The page.
///
/// # Errors
/// If a preset is not there.
pub fn validation() -> Result<String, String> {
    let presets = Presets::shipped().map_err(|e| e.to_string())?;
    let model = |kind: Kind, name: &str| presets.find(kind, name).ok_or_else(|| format!("no preset '{name}'"));
    let mut text = String::from(
        "# The models against what others measured\n\n`appealsim validation` prints this page. Each cell is predicted / published, \
         and how far the prediction is off.\n\n## Processors\n\nMilliseconds a network takes. Each board's throughput was set with \
         MobileNet-v2 (the Orin GPU's with ResNet-50), so that column says nothing; the others do. Published: ncnn's benchmark \
         table; MACs from the networks' papers.\n\n| |",
    );
    NETWORKS.iter().for_each(|(name, macs)| text += &format!(" {name} ({macs:.0} M) |"));
    text += "\n|---|---|---|---|---|---|---|\n";
    let (mut least, mut most) = ([f64::INFINITY; 2], [0.0f64; 2]);
    for (board, published) in NCNN {
        let processor: Processor = model(Kind::Processor, board)?.model().map_err(|e| e.to_string())?;
        text += &format!("| {board} |");
        for ((name, macs), published) in NETWORKS.iter().zip(published) {
            let predicted = processor.time(Work { macs: Macs::new(macs * 1e6) }).as_secs() * 1e3;
            text += &cell(predicted, published);
            if *name != "MobileNet-v2" {
                let plain = usize::from(name.starts_with("ResNet"));
                least[plain] = least[plain].min(predicted / published);
                most[plain] = most[plain].max(predicted / published);
            }
        }
        text += "\n";
    }
    text += &format!(
        "\nNetworks of separable convolutions: {:.2} to {:.2} of what was published. Plain residual networks: {:.2} to {:.2}, because \
         they use a processor better than MobileNet-v2 does. For a residual little network, set `throughput` from a residual \
         network's time.\n",
        least[0], most[0], least[1], most[1]
    );
    text += "\n## Microcontrollers\n\nResNet-8 in MLPerf Tiny: milliseconds, and microjoules where they were measured. Throughput and \
             power were set from these very figures, so this holds the arithmetic and no more.\n\n| | time | energy |\n|---|---|---|\n";
    for (board, millis, micros) in TINY {
        let processor: Processor = model(Kind::Processor, board)?.model().map_err(|e| e.to_string())?;
        let time = processor.time(Work { macs: Macs::new(12.5e6) }).as_secs();
        let energy = micros.map_or(" - |".to_owned(), |micros| cell(processor.busy.get() * time * 1e6, micros));
        text += &format!("| {board} |{}{energy}\n", cell(time * 1e3, millis));
    }
    text += "\n## Servers\n\nMilliseconds for a batch of ResNet-50 (4.1 G MACs). Two figures describe a server, a launch time and a \
             throughput in large batches; the sizes between them are what the model says.\n\n| | 1 | 4 | 8 | 16 | 64 | 256 \
             |\n|---|---|---|---|---|---|---|\n";
    for (name, published) in SERVERS {
        let server: Server = model(Kind::Server, name)?.model().map_err(|e| e.to_string())?;
        text += &format!("| {name} |");
        for (size, published) in published {
            text += &cell(server.time(Work { macs: Macs::new(4.1e9) }, size).as_secs() * 1e3, published);
        }
        text += "\n";
    }
    let lte: Radio = model(Kind::Radio, "lte")?.model().map_err(|e| e.to_string())?;
    let promotion = lte.promotion.get() * lte.promotion_power.get();
    let tail = lte.tail.get() * lte.tail_power.get();
    text += &format!(
        "\n## An isolated LTE transfer\n\nPromotion {promotion:.2} J and tail {tail:.2} J, {:.2} J in all around the transfer itself. \
         From the published timers and powers by hand: 0.26 s · 1.21 W + 10.12 s · 1.06 W = {:.2} J.\n",
        promotion + tail,
        0.26 * 1.21 + 10.12 * 1.06
    );
    text += "\n## Proofs that run with the tests\n\n| model | against | where |\n|---|---|---|\n\
             | device queue | M/D/1 (Pollaczek-Khinchine) | `tests/whole/theory.rs` |\n\
             | shared cell | processor sharing (Kleinrock), and a twin that counts down every job | `tests/whole/theory.rs`, `sim-core/src/sharing.rs` |\n\
             | recorded link | the cumulative count of its lines | `tests/whole/laws.rs`, `device-models/src/rate/trace.rs` |\n\
             | changing rates | their long-run shares and quantiles | `device-models/src/rate.rs` |\n\
             | arrivals | mean rates, dispersion, hours of the day | `device-models/src/arrivals.rs` |\n\
             | lost packets | n/(1 − p) | `device-models/src/link.rs` |\n\
             | energy | its parts, the battery's loss, metered against counted joules a bit | `tests/whole/laws.rs` |\n\
             | battery | the exact instant of its end | `tests/whole/laws.rs` |\n\
             | queues of the engine | M/M/1, M/M/c, M/M/c/K, M/D/1, M/G/1, M/G/1-PS, priorities, reneging, batches | `sim-core/tests/theory` |\n";
    Ok(text)
}

fn cell(predicted: f64, published: f64) -> String {
    let off = (predicted / published - 1.0) * 100.0;
    format!(" {} / {} ({off:+.0} %) |", digits(predicted), digits(published))
}

fn digits(value: f64) -> String {
    if value < 1.0 {
        format!("{value:.2}")
    } else if value < 100.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.0}")
    }
}
