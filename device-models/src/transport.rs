//! What a transport protocol adds to the transfer itself: opening a connection, starting slowly, noticing losses.
//!
//! ```text
//!   open: n round trips | window | ... wait ... | 2 windows | ... wait ... | 4 windows | the rest, without a pause
//! ```
//!
//! A new connection takes round trips before its first byte: one for TCP (RFC 9293), one more for TLS 1.3 (RFC 8446),
//! none for QUIC that resumes (RFC 9001). Then slow start ([`Transfer`]; RFC 5681) sends a window of packets, waits for
//! the first acknowledgement, and sends twice as much. A window that is larger than what is under way in a round trip
//! never waits: from then on a transfer has its link's rate.
//!
//! In a transfer of more than three packets, a loss is noticed a round trip later, since packets that follow reveal it
//! (fast retransmit); in a shorter one, and whenever a retransmission is lost as well, after a timeout, which doubles
//! each time (RFC 6298). What was lost is sent with the rest, and all of it arrives that much later.
//!
//! Left out: congestion avoidance and the smaller window after a loss, a loss among the last three packets of many,
//! that the radio stays active until losses are made up for, limits of the receiver, the bytes and the arithmetic of a
//! handshake.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::{Span, Time};

use crate::error::FigureError;
use crate::loss::Lost;
use crate::units::{Delay, Duration};

/// Payload of a packet, bytes: Ethernet's 1,500 less the headers of IPv4 and TCP.
pub(crate) const PACKET: f64 = 1460.0;

/// Duplicate acknowledgements, of packets after a lost one, that reveal the loss (RFC 5681).
const DUPLICATES: f64 = 3.0;

/// The longest timeout, seconds (RFC 6298 asks for at least 60 s).
const LONGEST_TIMEOUT: f64 = 60.0;

/// A transport protocol's figures. Each adds something; without any, a transfer has its link's rate from the first bit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Transport {
    /// Round trips before the first byte of a new connection.
    #[serde(default)]
    pub round_trips: u8,
    /// Packets of 1,460 bytes that a connection begins with, before the first acknowledgement; by default, any number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initial_window: Option<u32>,
    /// Whether a connection begins again with these packets after nothing was sent or received for longer than a round
    /// trip and `min-rto`.
    #[serde(default = "yes")]
    pub idle_reset: bool,
    /// How long a connection without traffic is kept; 0 s opens a new one for each appeal. By default, for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep_alive: Option<Delay>,
    /// What the retransmission timeout adds to a round trip; by default, losses are noticed at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_rto: Option<Duration>,
}

impl Default for Transport {
    fn default() -> Self {
        Self { round_trips: 0, initial_window: None, idle_reset: true, keep_alive: None, min_rto: None }
    }
}

fn yes() -> bool {
    true
}

impl Transport {
    /// Checks the figures.
    ///
    /// # Errors
    /// What is wrong.
    pub fn check(&self) -> Result<(), FigureError> {
        match self.initial_window {
            Some(0) => Err(FigureError::of("initial-window", "a connection begins with at least 1 packet")),
            _ => Ok(()),
        }
    }

    /// Round trips that every transfer from a device begins with; none if a connection may be open already.
    pub fn round_trips_each(&self) -> u8 {
        if self.keep_alive.is_some_and(|kept| kept.span() == Span::ZERO) { self.round_trips } else { 0 }
    }

    /// How much later a transfer of `packets` packets arrives because of those that were lost.
    pub(crate) fn recovery(&self, lost: Lost, packets: f64, round_trip: Span) -> Span {
        let Some(min_rto) = self.min_rto.filter(|_| lost.rounds > 0) else { return Span::ZERO };
        let first = round_trip.as_secs() + min_rto.get();
        // Each is a minute long by the sixty-fourth; more would only overflow.
        let timeouts =
            |count: u32| (0..count.min(64)).map(|n| (first * f64::from(n).exp2()).min(LONGEST_TIMEOUT)).sum();
        let seconds: f64 =
            if packets > DUPLICATES { round_trip.as_secs() + timeouts(lost.rounds - 1) } else { timeouts(lost.rounds) };
        Span::from_secs_up(seconds)
    }
}

/// Which way a transfer goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the device.
    Up,
    /// To the device.
    Down,
}

/// A device's latest connection. Answers to what was sent over an earlier one come over that one, and say nothing of this
/// one's windows.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Connection {
    /// How many were opened before it.
    number: u32,
    /// When something was last sent or received.
    used: Option<Time>,
    /// The windows that were reached, in packets; none means the initial one.
    up: Option<u32>,
    down: Option<u32>,
}

impl Connection {
    /// Makes the connection ready to send; returns how long that takes.
    pub fn open(&mut self, transport: &Transport, now: Time, round_trip: Span) -> Span {
        let idle = self.used.map(|used| now - used);
        if idle.is_none_or(|idle| transport.keep_alive.is_some_and(|kept| idle >= kept.span())) {
            *self = Self { number: self.number.wrapping_add(1), ..Self::default() };
            return Span::from_nanos(round_trip.as_nanos().saturating_mul(transport.round_trips.into()));
        }
        Span::ZERO
    }

    /// Begins to send `bits`.
    pub fn send(&mut self, transport: &Transport, bits: f64, now: Time, round_trip: Span) -> Transfer {
        self.begin(transport, Direction::Up, self.number, bits, now, round_trip)
    }

    /// Begins to receive `bits`, the answer to what was sent by a transfer.
    pub fn receive(
        &mut self,
        transport: &Transport,
        sent: &Transfer,
        bits: f64,
        now: Time,
        round_trip: Span,
    ) -> Transfer {
        self.begin(transport, Direction::Down, sent.connection, bits, now, round_trip)
    }

    fn begin(
        &mut self,
        transport: &Transport,
        direction: Direction,
        connection: u32,
        bits: f64,
        now: Time,
        round_trip: Span,
    ) -> Transfer {
        let long = round_trip + transport.min_rto.map_or(Span::ZERO, |min_rto| min_rto.span());
        if transport.idle_reset && self.used.is_some_and(|used| now - used > long) {
            (self.up, self.down) = (None, None);
        }
        let reached = match direction {
            _ if connection != self.number => None,
            Direction::Up => self.up,
            Direction::Down => self.down,
        };
        let window = transport.initial_window.map(|initial| reached.unwrap_or(initial));
        Transfer { connection, ..Transfer::new(bits, window, now, round_trip) }
    }

    /// A transfer has come to its end.
    pub fn transferred(&mut self, direction: Direction, transfer: &Transfer, now: Time) {
        if transfer.connection != self.number {
            return;
        }
        self.used = Some(now);
        match direction {
            Direction::Up => self.up = transfer.packets(),
            Direction::Down => self.down = transfer.packets(),
        }
    }
}

/// A transfer in slow start, burst after burst.
///
/// A burst of w packets that takes less than a round trip is followed by a pause: its first packet is acknowledged a
/// round trip after it was sent, and then 2w packets may follow. At a constant rate r, with packets of S bits and round
/// trips of R, the pauses add up to Σ max(0, R + S/r − w·2^k·S/r) over the bursts k = 0, 1, … before the last
/// (Kurose & Ross, Computer Networking, §3.7 of its first editions).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Transfer {
    /// Bits after the current burst.
    left: f64,
    /// Bits of the next burst; infinite without slow start.
    window: f64,
    round_trip: Span,
    /// Number of the connection.
    connection: u32,
    /// Since when it pauses, or has sent the current burst.
    since: Time,
    /// Whether it pauses.
    pauses: bool,
    /// Whether a burst has taken a round trip, so that nothing waits for acknowledgements any more.
    full: bool,
}

impl Transfer {
    /// Nothing.
    pub const NOTHING: Self = Self {
        left: 0.0,
        window: f64::INFINITY,
        round_trip: Span::ZERO,
        connection: 0,
        since: Time::ZERO,
        pauses: true,
        full: false,
    };

    /// A transfer that begins with a window of some packets.
    fn new(bits: f64, window: Option<u32>, now: Time, round_trip: Span) -> Self {
        let window = window.map_or(f64::INFINITY, |packets| f64::from(packets) * PACKET * 8.0);
        Self { left: bits, window, round_trip, since: now, ..Self::NOTHING }
    }

    /// Bits that come after the current burst.
    pub fn left(&self) -> f64 {
        self.left
    }

    /// Whether nothing moves: before the first burst, and between two.
    pub fn pauses(&self) -> bool {
        self.pauses
    }

    /// How long it has paused; not at all if it does not.
    pub fn paused(&self, now: Time) -> Span {
        if self.pauses { now - self.since } else { Span::ZERO }
    }

    /// Begins the next burst; returns its bits.
    pub fn burst(&mut self, now: Time) -> f64 {
        let bits = if self.full { self.left } else { self.left.min(self.window) };
        self.left -= bits;
        (self.since, self.pauses) = (now, false);
        bits
    }

    /// The burst is through; returns when the next may begin, if there is one.
    pub fn through(&mut self, now: Time) -> Option<Time> {
        let began = self.since;
        (self.since, self.pauses) = (now, true);
        if self.left <= 0.0 {
            return None;
        }
        let packets = self.window / (PACKET * 8.0);
        let first = Span::from_nanos(((now - began).as_nanos() as f64 / packets).round() as u64);
        let acknowledged = began + first + self.round_trip;
        self.window *= 2.0;
        self.full = acknowledged <= now;
        Some(acknowledged.max(now))
    }

    /// Packets of the window reached; none if there is no window.
    fn packets(&self) -> Option<u32> {
        self.window.is_finite().then(|| (self.window / (PACKET * 8.0)).round() as u32)
    }
}

#[cfg(test)]
mod tests;
