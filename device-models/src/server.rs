//! Servers that run batches.
//!
//! t(n) = max(launch, n · MACs / throughput), or a measured curve: t(n) = T(n · MACs / MACs of the network it was
//! measured with), or layer by layer (see `roofline.rs`)
//!
//! Small batches are bound by launching kernels, large ones by arithmetic; the published curves have that knee
//! (NVIDIA DeepLearningExamples, ResNet-50). A curve is read at the number of images of its own network with the same
//! arithmetic as the batch: linear between its batch sizes, flat below the first, and extrapolated beyond the last.
//! A small network has fewer kernels to launch than the one a curve was measured with, so a curve overstates its time:
//! for such a network, figures by layer are nearer. Left out: copying inputs to the accelerator, other precisions,
//! contention.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::Span;

use crate::batch_times::BatchTimes;
use crate::error::FigureError;
use crate::roofline::Roofline;
use crate::units::{Delay, Macs, Power, Throughput};
use crate::work::Work;

/// A server that runs one batch at a time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "ServerFigures", into = "ServerFigures")]
#[schemars(with = "ServerFigures")]
pub struct Server {
    /// How long batches take.
    pub batches: BatchTime,
    /// Power drawn all the time it is on; 0 if it should not be counted.
    pub idle: Power,
    /// Total power drawn while a batch runs.
    pub busy: Power,
}

/// How long a batch takes.
#[derive(Clone, Debug, PartialEq)]
pub enum BatchTime {
    /// Flat, then linear.
    Knee {
        /// Multiply-accumulates a second in large batches.
        throughput: Throughput,
        /// The least a batch takes.
        launch: Delay,
    },
    /// As measured.
    Curve(BatchCurve),
    /// The sum of its layers' times.
    Layers(Roofline),
}

/// Measured times of batches.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct BatchCurve {
    /// Multiply-accumulates, for one input, of the network it was measured with.
    pub macs: Macs,
    /// How long a batch of the given number of inputs took.
    pub batches: BatchTimes,
}

/// A server as written in a file: `throughput` and `launch`, or a `curve`, or `layers`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ServerFigures {
    /// Multiply-accumulates a second in large batches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub throughput: Option<Throughput>,
    /// The least a batch takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub launch: Option<Delay>,
    /// Measured times of batches, instead of the two figures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub curve: Option<BatchCurve>,
    /// What layers take, instead of either: the figures of a processor. A batch starts each layer once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layers: Option<Roofline>,
    /// Power drawn all the time it is on; 0 if it should not be counted.
    #[serde(default = "nothing")]
    pub idle: Power,
    /// Total power drawn while a batch runs.
    #[serde(default = "nothing")]
    pub busy: Power,
}

fn nothing() -> Power {
    Power::new(0.0)
}

impl TryFrom<ServerFigures> for Server {
    type Error = FigureError;

    fn try_from(figures: ServerFigures) -> Result<Self, FigureError> {
        let ServerFigures { throughput, launch, curve, layers, idle, busy } = figures;
        let batches = match (throughput, launch, curve, layers) {
            (Some(throughput), Some(launch), None, None) => BatchTime::Knee { throughput, launch },
            (None, None, Some(curve), None) => BatchTime::Curve(curve),
            (None, None, None, Some(layers)) => BatchTime::Layers(layers),
            _ => return Err(FigureError::new("give throughput and launch, or a curve, or layers")),
        };
        Ok(Self { batches, idle, busy })
    }
}

impl From<Server> for ServerFigures {
    fn from(Server { batches, idle, busy }: Server) -> Self {
        let figures = Self { throughput: None, launch: None, curve: None, layers: None, idle, busy };
        match batches {
            BatchTime::Knee { throughput, launch } => {
                Self { throughput: Some(throughput), launch: Some(launch), ..figures }
            }
            BatchTime::Curve(curve) => Self { curve: Some(curve), ..figures },
            BatchTime::Layers(layers) => Self { layers: Some(layers), ..figures },
        }
    }
}

impl Server {
    /// How long a batch of `size` inputs takes; at least a nanosecond.
    pub fn time(&self, work: &Work, size: usize) -> Span {
        let macs = size as f64 * work.macs();
        Span::from_secs_up(match &self.batches {
            BatchTime::Knee { throughput, launch } => (macs / throughput.get()).max(launch.get()),
            BatchTime::Curve(curve) => curve.batches.seconds(macs / curve.macs.get()),
            BatchTime::Layers(layers) => layers.seconds(work, size as f64),
        })
    }

    /// Joules of servers that were on for `on` server seconds in total, and busy for `busy` of them.
    pub fn energy(&self, on: f64, busy: f64) -> f64 {
        self.idle.get() * on + (self.busy.get() - self.idle.get()).max(0.0) * busy
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::work::{LayerKind, LayerWork};

    fn server(yaml: &str) -> Result<Server, String> {
        serde_yaml::from_str(yaml).map_err(|e| e.to_string())
    }

    #[test]
    fn a_curve_is_linear_between_and_beyond_what_was_measured() {
        let server = server("{curve: {macs: 4 GMAC, batches: {1: 10 ms, 4: 10 ms, 8: 20 ms}}}").unwrap();
        let work = |macs| Work {
            layers: vec![LayerWork { kind: LayerKind::Convolution, macs, bytes: 0.0, weights: 0.0, integers: false }],
        };
        let millis = |macs: f64, size| server.time(&work(macs), size).as_secs() * 1e3;
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-5, "{a}, not {b}");
        close(millis(4e9, 2), 10.0);
        close(millis(4e9, 6), 15.0);
        close(millis(4e9, 16), 40.0);
        // Twelve inputs of a network of half the arithmetic are six of the measured one.
        close(millis(2e9, 12), 15.0);
        close(millis(1e6, 1), 10.0);
    }

    /// A batch of two million multiply-accumulates an image, of which a million a millisecond are done, but never less
    /// than 5 ms: the knee lies at two and a half images.
    #[test]
    fn a_batch_is_flat_and_then_linear() {
        let server = server("{throughput: 1 GMAC/s, launch: 5 ms}").unwrap();
        let layer = |macs| LayerWork { kind: LayerKind::Convolution, macs, bytes: 7e9, weights: 0.0, integers: false };
        let work = Work { layers: vec![layer(1.5e6), layer(0.5e6)] };
        let millis = |size| server.time(&work, size).as_nanos() as f64 / 1e6;
        assert_eq!([1, 2, 3, 4, 8].map(millis), [5.0, 5.0, 6.0, 8.0, 16.0]);
    }

    /// Two layers of a million multiply-accumulates, a millisecond each, are started within 500 us each: 3 ms for one
    /// image, and 2 ms more for each further one.
    #[test]
    fn a_batch_may_be_timed_layer_by_layer() {
        let server = server("{layers: {throughput: 1 GMAC/s, layer-overhead: 500 us}, busy: 30 W}").unwrap();
        let layer = LayerWork { kind: LayerKind::Convolution, macs: 1e6, bytes: 7e9, weights: 0.0, integers: false };
        let work = Work { layers: vec![layer; 2] };
        let millis = |size| server.time(&work, size).as_nanos() as f64 / 1e6;
        assert_eq!([1, 2, 8].map(millis), [3.0, 5.0, 17.0]);
        let written = serde_yaml::to_string(&server).unwrap();
        assert_eq!(serde_yaml::from_str::<Server>(&written).unwrap(), server, "{written}");
    }

    /// Ten watts for as long as it is on, and twenty more while it is busy.
    #[test]
    fn a_server_that_is_on_draws_power_and_more_while_busy() {
        let server = server("{throughput: 1 GMAC/s, launch: 5 ms, idle: 10 W, busy: 30 W}").unwrap();
        assert_eq!(server.energy(60.0, 0.0), 600.0);
        assert_eq!(server.energy(60.0, 15.0), 600.0 + 300.0);
    }

    #[test]
    fn figures_or_a_curve() {
        let told = |yaml| server(yaml).unwrap_err();
        assert!(told("{throughput: 1 TMAC/s}").contains("give throughput and launch, or a curve, or layers"));
        assert!(told("{throughput: 1 TMAC/s, launch: 1 ms, layers: {throughput: 1 TMAC/s}}").contains("or layers"));
        assert!(told("{curve: {macs: 1 GMAC, batches: {}}}").contains("at least one batch"));
        assert!(told("{curve: {macs: 1 GMAC, batches: {1: 10 ms, 2: 10 us}}}").contains("is a unit wrong?"));
    }

    /// Sizes that were measured take the time that was measured, and one input at least as long as the smallest batch.
    #[test]
    fn a_curve_goes_through_its_points() {
        let curve: BatchCurve =
            serde_yaml::from_str("{macs: 1 GMAC, batches: {2: 10 ms, 4: 14 ms, 8: 30 ms}}").unwrap();
        let millis =
            [0.5, 2.0, 3.0, 4.0, 5.0, 8.0, 12.0].map(|inputs| (curve.batches.seconds(inputs) * 1e6).round() / 1e3);
        assert_eq!(millis, [10.0, 10.0, 12.0, 14.0, 18.0, 30.0, 45.0]);
    }

    /// Just half the time is still believed, and a batch of none is not.
    #[test]
    fn a_curve_that_falls_by_more_than_half_is_refused() {
        let checked = |batches: &str| server(&format!("{{curve: {{macs: 1 GMAC, batches: {{{batches}}}}}}}"));
        assert!(checked("1: 10 ms, 2: 5 ms").is_ok());
        let told = checked("1: 10 ms, 4: 4.9 ms").unwrap_err();
        assert!(told.contains("4 inputs take less than half the time of 1; is a unit wrong?"), "{told}");
        assert!(checked("0: 10 ms").unwrap_err().contains("a batch has at least one input"));
    }

    #[test]
    fn a_server_is_written_as_it_was_read() {
        for text in [
            "{throughput: 1 TMAC/s, launch: 1 ms, idle: 10 W, busy: 30 W}",
            "{curve: {macs: 1 GMAC, batches: {1: 10 ms, 2: 12 ms}}}",
        ] {
            let read = server(text).unwrap();
            let written = serde_yaml::to_string(&read).unwrap();
            assert_eq!(server(&written).unwrap(), read, "{written}");
        }
        // One that is said to draw less while busy adds nothing.
        assert_eq!(server("{throughput: 1 TMAC/s, launch: 1 ms, idle: 9 W}").unwrap().energy(2.0, 1.0), 18.0);
    }
}
