//! What lies between a device and the cloud.
//!
//! A transfer of n packets is n packets and the retransmissions of those that were lost: with loss probability p each,
//! their number is negative binomial, drawn as Poisson(Gamma(n, p/(1 − p))). The round trip is drawn once a request and
//! halved. Left out: congestion control (a transfer has its rate from its first bit), loss in bursts, acknowledgements.

use rand_distr::{Distribution, Gamma, Poisson};
use sim_core::{Span, Stream};

use crate::random_time::RandomTime;
use crate::rate::Rate;
use crate::units::{DataSize, Share};

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
    /// Probability that a packet is lost.
    pub loss: Share,
}

/// What the channel does to one request, whatever becomes of it: drawn from the request's own stream. The default does nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Channel {
    /// Between the link's end and the cloud, each way.
    pub one_way: Span,
    /// Bits that go up, retransmissions among them.
    pub up_bits: f64,
    /// Bits that come down.
    pub down_bits: f64,
}

impl Link {
    /// Draws the channel of a request that sends `payload` and gets `answer` back.
    pub fn draw(&self, payload: DataSize, answer: DataSize, random: &mut Stream) -> Channel {
        let rtt = self.rtt.sample(random);
        Channel {
            one_way: Span::from_nanos(rtt.as_nanos() / 2),
            up_bits: self.bits_moved(payload, random),
            down_bits: self.bits_moved(answer, random),
        }
    }

    fn bits_moved(&self, size: DataSize, random: &mut Stream) -> f64 {
        let (bytes, loss) = (size.get(), self.loss.get());
        if loss == 0.0 {
            return bytes * 8.0;
        }
        let packets = (bytes / PACKET).ceil().max(1.0);
        let mean = Gamma::new(packets, loss / (1.0 - loss)).map(|d| d.sample(random));
        let lost = mean.ok().and_then(|mean| Poisson::new(mean).ok()).map_or(0.0, |d: Poisson<f64>| d.sample(random));
        (bytes + lost * (bytes / packets)) * 8.0
    }
}

#[cfg(test)]
mod tests {
    use sim_core::{Moments, Streams};

    use super::*;
    use crate::units::Delay;

    fn link(loss: f64) -> Link {
        let rtt = RandomTime::constant(Delay::new(0.02));
        Link { uplink: Rate::Constant(1e6), downlink: Rate::Constant(1e6), cell: None, rtt, loss: Share::new(loss) }
    }

    /// Sending n packets until each got through takes n/(1 − p) packets on average.
    #[test]
    fn lost_packets_are_sent_again() {
        let link = link(0.2);
        let mut random = Streams::new(1, 0).open("test", 1);
        let size = DataSize::new(10.0 * PACKET);
        let bits: Moments = (0..20_000).map(|_| link.bits_moved(size, &mut random)).collect();
        let expected = size.get() * 8.0 / 0.8;
        let estimate = bits.estimate().unwrap();
        assert!((estimate.mean - expected).abs() < 3.0 * estimate.half_width.unwrap(), "{estimate:?} not {expected}");
    }
}
