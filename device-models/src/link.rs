//! What lies between a device and the cloud.
//!
//! A transfer of n packets is n packets and the retransmissions of those that were lost ([`Loss`]). The round trip is drawn
//! once a request and halved. Left out: congestion control (a transfer has its rate from its first bit), acknowledgements.

use sim_core::{Span, Stream};

use crate::loss::Loss;
use crate::random_time::RandomTime;
use crate::rate::Rate;
use crate::units::DataSize;

/// Payload of a packet, bytes: Ethernet's 1,500 less the headers of IPv4 and TCP.
const PACKET: f64 = 1460.0;

/// Rates and delays of a link; many devices may be on it.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// What one device can send at.
    pub uplink: Rate,
    /// What one device can receive at.
    pub downlink: Rate,
    /// What all devices on the link can send at together, shared equally by those that are sending.
    pub cell: Option<Rate>,
    /// Round trip between the link's end and the cloud.
    pub rtt: RandomTime,
    /// How packets are lost.
    pub loss: Loss,
}

/// What the channel does to one request, whatever becomes of it: drawn from the request's own stream. The default does nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Channel {
    /// Between the link's end and the cloud, each way.
    pub one_way: Span,
    /// Between the link's end and the servers there, each way.
    pub near_one_way: Span,
    /// Bits that go up, retransmissions among them.
    pub up_bits: f64,
    /// Bits that come down.
    pub down_bits: f64,
}

impl Channel {
    /// From the servers at the link's end to the cloud.
    pub fn beyond_near(&self) -> Span {
        Span::from_nanos(self.one_way.as_nanos().saturating_sub(self.near_one_way.as_nanos()))
    }
}

impl Link {
    /// Draws the channel of a request that sends `payload` and gets `answer` back; `near` is the round trip to servers at the
    /// link's end, if there are any.
    pub fn draw(&self, payload: DataSize, answer: DataSize, near: Option<&RandomTime>, random: &mut Stream) -> Channel {
        let half = |rtt: Span| Span::from_nanos(rtt.as_nanos() / 2);
        Channel {
            one_way: half(self.rtt.sample(random)),
            up_bits: self.bits_moved(payload, random),
            down_bits: self.bits_moved(answer, random),
            near_one_way: near.map_or(Span::ZERO, |near| half(near.sample(random))),
        }
    }

    fn bits_moved(&self, size: DataSize, random: &mut Stream) -> f64 {
        let bytes = size.get();
        if self.loss == Loss::NONE {
            return bytes * 8.0;
        }
        let packets = (bytes / PACKET).ceil().max(1.0);
        let lost = self.loss.retransmissions(packets, random);
        (bytes + lost * (bytes / packets)) * 8.0
    }
}
