//! The networks of published measurements, layer by layer, from the tables of their papers.
//!
//! | network | source |
//! |---|---|
//! | MobileNet-v1 | Howard et al., 2017, table 1 |
//! | ShuffleNet-v2 1× | Ma et al., ECCV 2018, table 5 |
//! | MobileNet-v2 | Sandler et al., CVPR 2018, table 2 |
//! | MobileNet-v3 large | Howard et al., ICCV 2019, table 1 |
//! | EfficientNet-B0 | Tan & Le, ICML 2019, table 1 |
//! | ResNet-18, ResNet-34, ResNet-50, ResNet-152 | He et al., CVPR 2016, table 1 |
//! | VGG-16, VGG-19 | Simonyan & Zisserman, ICLR 2015, table 1 |
//! | ResNet-8, visual wake words, keyword spotting, anomaly detection | Banbury et al., NeurIPS 2021 (MLPerf Tiny) |

#[cfg(test)]
mod tests;

use device_models::{LayerKind, LayerWork, Work};

/// A network under construction: its current extent, and its layers so far.
#[derive(Clone)]
struct Builder {
    height: usize,
    width: usize,
    channels: usize,
    /// Bytes per value.
    value: f64,
    layers: Vec<LayerWork>,
}

impl Builder {
    fn new(height: usize, width: usize, channels: usize, value: f64) -> Self {
        Self { height, width, channels, value, layers: Vec::new() }
    }

    fn values(&self) -> usize {
        self.height * self.width * self.channels
    }

    /// A layer from the current extent to `channels` at 1/`stride` of the height and width. `weights_a_pixel` is the
    /// number of multiplications per output pixel.
    fn layer(&mut self, kind: LayerKind, channels: usize, stride: usize, weights_a_pixel: usize) {
        let before = self.values();
        (self.height, self.width) = (self.height.div_ceil(stride), self.width.div_ceil(stride));
        self.channels = channels;
        let macs = (self.height * self.width * weights_a_pixel) as f64;
        let bytes = (weights_a_pixel + before + self.values()) as f64 * self.value;
        let weights = weights_a_pixel as f64 * self.value;
        self.layers.push(LayerWork { kind, macs, bytes, weights, integers: false });
    }

    fn window(&mut self, out: usize, window: usize, stride: usize) {
        let kind = if window == 1 { LayerKind::Pointwise } else { LayerKind::Convolution };
        self.layer(kind, out, stride, window * self.channels * out);
    }

    fn conv(&mut self, out: usize, kernel: usize, stride: usize) {
        self.window(out, kernel * kernel, stride);
    }

    fn pointwise(&mut self, out: usize) {
        self.window(out, 1, 1);
    }

    fn depthwise(&mut self, kernel: usize, stride: usize) {
        self.layer(LayerKind::Depthwise, self.channels, stride, kernel * kernel * self.channels);
    }

    fn pool(&mut self, stride: usize) {
        self.layer(LayerKind::Other, self.channels, stride, 0);
    }

    fn global_pool(&mut self) {
        self.layer(LayerKind::Other, self.channels, self.height.max(self.width), 0);
    }

    /// An elementwise addition at the current extent.
    fn add(&mut self) {
        let bytes = 3.0 * self.values() as f64 * self.value;
        self.layers.push(LayerWork { kind: LayerKind::Other, macs: 0.0, bytes, weights: 0.0, integers: false });
    }

    fn dense(&mut self, out: usize) {
        self.layer(LayerKind::Dense, out, 1, self.channels * out);
    }

    /// Squeeze and excitation (Hu et al., CVPR 2018): the side branch, and the scaling by its output.
    fn squeeze(&mut self, hidden: usize) {
        let mut beside = self.beside();
        beside.global_pool();
        beside.dense(hidden);
        beside.dense(self.channels);
        self.layers.append(&mut beside.layers);
        self.layer(LayerKind::Other, self.channels, 1, 0);
    }

    /// A parallel branch from the same extent.
    fn beside(&self) -> Self {
        Self { layers: Vec::new(), ..self.clone() }
    }

    /// MobileNet's block: expand, depthwise, optionally squeeze, project; with a shortcut if the extents agree.
    fn inverted_residual(&mut self, wide: usize, out: usize, kernel: usize, stride: usize, squeezed: Option<usize>) {
        let before = self.channels;
        if wide != before {
            self.pointwise(wide);
        }
        self.depthwise(kernel, stride);
        if let Some(hidden) = squeezed {
            self.squeeze(hidden);
        }
        self.pointwise(out);
        if stride == 1 && out == before {
            self.add();
        }
    }

    fn classes(mut self, classes: usize) -> Work {
        self.global_pool();
        self.dense(classes);
        Work { layers: self.layers }
    }
}

/// Single precision, as in ncnn's table.
const SINGLE: f64 = 4.0;
/// Eight bits, as in MLPerf Tiny and on an Edge TPU.
const EIGHT_BITS: f64 = 1.0;

pub fn shufflenet_v2() -> Work {
    let mut net = Builder::new(224, 224, 3, SINGLE);
    net.conv(24, 3, 2);
    net.pool(2);
    for (out, units) in [(116, 4), (232, 8), (464, 4)] {
        let half = out / 2;
        let mut beside = net.beside();
        beside.depthwise(3, 2);
        beside.pointwise(half);
        net.layers.append(&mut beside.layers);
        net.pointwise(half);
        net.depthwise(3, 2);
        net.pointwise(half);
        for _ in 1..units {
            net.channels = half;
            net.pointwise(half);
            net.depthwise(3, 1);
            net.pointwise(half);
            // Shuffling the channels of both halves.
            net.channels = out;
            net.layer(LayerKind::Other, out, 1, 0);
        }
        net.channels = out;
    }
    net.pointwise(1024);
    net.classes(1000)
}

pub fn mobilenet_v1() -> Work {
    mobilenet_v1_of(Builder::new(224, 224, 3, SINGLE), 1).classes(1000)
}

/// MobileNet-v1 with a part of its channels.
fn mobilenet_v1_of(mut net: Builder, part: usize) -> Builder {
    net.conv(32 / part, 3, 2);
    let blocks = [64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024];
    for (number, out) in blocks.into_iter().enumerate() {
        net.depthwise(3, if [1, 3, 5, 11].contains(&number) { 2 } else { 1 });
        net.pointwise(out / part);
    }
    net
}

pub fn mobilenet_v2() -> Work {
    mobilenet_v2_in(SINGLE)
}

/// The networks of Google's table for the Edge TPU, in eight bits; ResNets at 299×299.
pub fn of_the_edge_tpu() -> [Work; 5] {
    let resnet = |blocks| bottlenecks(Builder::new(299, 299, 3, EIGHT_BITS), blocks);
    [
        mobilenet_v2_in(EIGHT_BITS),
        resnet([3, 8, 36, 3]),
        vgg([2, 2, 3, 3, 3]),
        resnet([3, 4, 6, 3]),
        vgg([2, 2, 4, 4, 4]),
    ]
}

/// VGG in eight bits, with so many convolutions in each of its stages.
fn vgg(stages: [usize; 5]) -> Work {
    let mut net = Builder::new(224, 224, 3, EIGHT_BITS);
    for (out, convolutions) in [64, 128, 256, 512, 512].into_iter().zip(stages) {
        (0..convolutions).for_each(|_| net.conv(out, 3, 1));
        net.pool(2);
    }
    // The first dense layer reads all 7×7 pixels.
    net.channels *= net.height * net.width;
    (net.height, net.width) = (1, 1);
    [4096, 4096, 1000].into_iter().for_each(|out| net.dense(out));
    Work { layers: net.layers }
}

fn mobilenet_v2_in(value: f64) -> Work {
    let mut net = Builder::new(224, 224, 3, value);
    net.conv(32, 3, 2);
    let stages =
        [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)];
    for (wider, out, blocks, stride) in stages {
        for block in 0..blocks {
            let stride = if block == 0 { stride } else { 1 };
            net.inverted_residual(net.channels * wider, out, 3, stride, None);
        }
    }
    net.pointwise(1280);
    net.classes(1000)
}

pub fn mobilenet_v3() -> Work {
    let mut net = Builder::new(224, 224, 3, SINGLE);
    net.conv(16, 3, 2);
    let blocks = [
        (3, 16, 16, false, 1),
        (3, 64, 24, false, 2),
        (3, 72, 24, false, 1),
        (5, 72, 40, true, 2),
        (5, 120, 40, true, 1),
        (5, 120, 40, true, 1),
        (3, 240, 80, false, 2),
        (3, 200, 80, false, 1),
        (3, 184, 80, false, 1),
        (3, 184, 80, false, 1),
        (3, 480, 112, true, 1),
        (3, 672, 112, true, 1),
        (5, 672, 160, true, 2),
        (5, 960, 160, true, 1),
        (5, 960, 160, true, 1),
    ];
    for (kernel, wide, out, squeezed, stride) in blocks {
        net.inverted_residual(wide, out, kernel, stride, squeezed.then_some(wide / 4));
    }
    net.pointwise(960);
    net.global_pool();
    net.dense(1280);
    net.dense(1000);
    Work { layers: net.layers }
}

pub fn efficientnet_b0() -> Work {
    let mut net = Builder::new(224, 224, 3, SINGLE);
    net.conv(32, 3, 2);
    let stages = [
        (1, 3, 16, 1, 1),
        (6, 3, 24, 2, 2),
        (6, 5, 40, 2, 2),
        (6, 3, 80, 3, 2),
        (6, 5, 112, 3, 1),
        (6, 5, 192, 4, 2),
        (6, 3, 320, 1, 1),
    ];
    for (wider, kernel, out, blocks, stride) in stages {
        for block in 0..blocks {
            let (stride, before) = (if block == 0 { stride } else { 1 }, net.channels);
            net.inverted_residual(before * wider, out, kernel, stride, Some(before / 4));
        }
    }
    net.pointwise(1280);
    net.classes(1000)
}

pub fn resnet_18() -> Work {
    basic_blocks([2, 2, 2, 2])
}

pub fn resnet_34() -> Work {
    basic_blocks([3, 4, 6, 3])
}

/// A ResNet with so many basic blocks in each of its stages.
fn basic_blocks(blocks: [usize; 4]) -> Work {
    let mut net = Builder::new(224, 224, 3, SINGLE);
    net.conv(64, 7, 2);
    net.pool(2);
    for ((out, stride), blocks) in [(64, 1), (128, 2), (256, 2), (512, 2)].into_iter().zip(blocks) {
        for block in 0..blocks {
            basic_block(&mut net, out, if block == 0 { stride } else { 1 });
        }
    }
    net.classes(1000)
}

fn basic_block(net: &mut Builder, out: usize, stride: usize) {
    if stride != 1 || out != net.channels {
        shortcut(net, out, stride);
    }
    net.conv(out, 3, stride);
    net.conv(out, 3, 1);
    net.add();
}

/// Adapts a block's shortcut to the block's extent.
fn shortcut(net: &mut Builder, out: usize, stride: usize) {
    let mut beside = net.beside();
    beside.conv(out, 1, stride);
    net.layers.append(&mut beside.layers);
}

pub fn resnet_50() -> Work {
    bottlenecks(Builder::new(224, 224, 3, SINGLE), [3, 4, 6, 3])
}

/// A ResNet with so many bottleneck blocks in each of its stages.
fn bottlenecks(mut net: Builder, blocks: [usize; 4]) -> Work {
    net.conv(64, 7, 2);
    net.pool(2);
    for ((narrow, stride), blocks) in [(64, 1), (128, 2), (256, 2), (512, 2)].into_iter().zip(blocks) {
        for block in 0..blocks {
            let stride = if block == 0 { stride } else { 1 };
            if block == 0 {
                shortcut(&mut net, 4 * narrow, stride);
            }
            net.conv(narrow, 1, stride);
            net.conv(narrow, 3, 1);
            net.pointwise(4 * narrow);
            net.add();
        }
    }
    net.classes(1000)
}

/// MLPerf Tiny's image classification.
pub fn resnet_8() -> Work {
    let mut net = Builder::new(32, 32, 3, EIGHT_BITS);
    net.conv(16, 3, 1);
    for (out, stride) in [(16, 1), (32, 2), (64, 2)] {
        basic_block(&mut net, out, stride);
    }
    net.classes(10)
}

/// MLPerf Tiny's visual wake words: MobileNet-v1 at a quarter of its width.
pub fn visual_wake_words() -> Work {
    mobilenet_v1_of(Builder::new(96, 96, 3, EIGHT_BITS), 4).classes(2)
}

/// MLPerf Tiny's keyword spotting: a depthwise-separable network on a spectrogram.
pub fn keyword_spotting() -> Work {
    let mut net = Builder::new(49, 10, 1, EIGHT_BITS);
    net.window(64, 10 * 4, 2);
    for _ in 0..4 {
        net.depthwise(3, 1);
        net.pointwise(64);
    }
    net.classes(12)
}

/// MLPerf Tiny's anomaly detection: an autoencoder of dense layers.
pub fn anomaly_detection() -> Work {
    let mut net = Builder::new(1, 1, 640, EIGHT_BITS);
    for out in [128, 128, 128, 128, 8, 128, 128, 128, 128, 640] {
        net.dense(out);
    }
    Work { layers: net.layers }
}
