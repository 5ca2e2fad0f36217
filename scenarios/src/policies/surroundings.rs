//! What surrounds a request while it is decided about.

use sim_core::{Span, Time};

use super::{Channel, Expectations};

/// What a device knows about a request and itself, each found out only if it is asked for.
pub trait Surroundings {
    /// A number in [0, 1) that belongs to the request, the same under every policy.
    fn chance(&self) -> f64;

    /// What the device knows of itself.
    fn situation(&self) -> Situation;

    /// What it expects of each segment and each offload of its strategy, by what is known of the channel.
    fn expects(&self, channel: Channel) -> Expectations;
}

/// A device's own situation. What has not happened yet, such as the rate at which its request will travel, is not part
/// of it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Situation {
    /// Simulated time.
    pub now: Time,
    /// Requests that wait for its processor.
    pub waiting: usize,
    /// Requests that wait to be sent or are being sent.
    pub sending: usize,
    /// Whether its radio is connected, so that nothing has to wake first.
    pub radio_ready: bool,
    /// Bits a second of the last transfer that it sent, if there was one.
    pub rate: Option<f64>,
    /// The round trip of the last attempt whose answer it heard, if there was one.
    pub round_trip: Option<Span>,
    /// Share of its battery's charge that is left, if it has one.
    pub charge: Option<f64>,
}
