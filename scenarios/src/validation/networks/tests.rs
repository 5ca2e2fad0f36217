use super::*;

/// Their papers say how many multiply-accumulates they have.
#[test]
fn they_add_up_to_what_their_papers_say() {
    let published = [
        (shufflenet_v2(), 146e6),
        (mobilenet_v1(), 569e6),
        (mobilenet_v2(), 300e6),
        (mobilenet_v3(), 219e6),
        (efficientnet_b0(), 390e6),
        (resnet_18(), 1.8e9),
        (resnet_34(), 3.67e9),
        (resnet_50(), 3.8e9),
        (bottlenecks(Builder::new(224, 224, 3, SINGLE), [3, 8, 36, 3]), 11.3e9),
        (vgg([2, 2, 3, 3, 3]), 15.5e9),
        (vgg([2, 2, 4, 4, 4]), 19.6e9),
        (resnet_8(), 12.5e6),
        (visual_wake_words(), 7.5e6),
        (keyword_spotting(), 2.66e6),
        (anomaly_detection(), 0.264e6),
    ];
    for (work, macs) in published {
        assert!((work.macs() / macs - 1.0).abs() < 0.02, "{} against {macs}", work.macs());
    }
}

/// So do they say of their weights; biases are left out. In eight bits, each is a byte.
#[test]
fn they_have_as_many_weights_as_their_papers_say() {
    let published = [3.4e6, 60.2e6, 138e6, 25.6e6, 144e6];
    for (work, weights) in of_the_edge_tpu().iter().zip(published) {
        assert!((work.weights() / weights - 1.0).abs() < 0.03, "{} against {weights}", work.weights());
    }
}
