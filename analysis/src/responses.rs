use serde::{Deserialize, Serialize};

/// By how much the figures of a run would change if more of its requests were sent up: the change of each per unit of
/// the appeal rate. 0 where everything or nothing is sent up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Responses {
    /// Joules per request.
    pub energy: f64,
    /// Bytes sent per request.
    pub uplink_bytes: f64,
    /// Share not answered by the deadline.
    pub deadline_misses: f64,
    /// Seconds of the median latency.
    pub latency_p50: f64,
    /// Seconds of its 95th percentile.
    pub latency_p95: f64,
    /// Seconds of its 99th percentile.
    pub latency_p99: f64,
    /// Seconds of battery life.
    pub battery_life: f64,
    /// Seconds of battery life per joule that each request costs more, instead of per unit of the appeal rate; only where
    /// the run says how energies vary with the images.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub battery_life_per_joule: Option<f64>,
}
