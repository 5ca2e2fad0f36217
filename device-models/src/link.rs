//! What lies between a device and the cloud.
//!
//! A transfer of n packets is n packets and the retransmissions of those that were lost ([`Loss`]). The round trip is
//! drawn once per attempt and halved. Connections are opened, start slowly and notice losses as [`Transport`] says.
//! Left out: the bits of acknowledgements.
//!
//! Delays and losses come from streams of their own: how many numbers the losses take depends on the payload, and two
//! payloads should still have the same delays.

use sim_core::{Span, Stream, Streams};

use crate::loss::Loss;
use crate::random_time::RandomTime;
use crate::rate::Rate;
use crate::transport::{PACKET, Transport};
use crate::units::DataSize;

/// Rates and delays of a link; many devices may be on it.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// The rate at which one device can send.
    pub uplink: Rate,
    /// The rate at which one device can receive.
    pub downlink: Rate,
    /// The rate at which all devices on the link can send together, shared equally by those that are sending.
    pub cell: Option<Rate>,
    /// Whether receiving takes part of the cell's capacity, too.
    pub half_duplex: bool,
    /// Round trip between the link's end and the cloud.
    pub rtt: RandomTime,
    /// How packets are lost.
    pub loss: Loss,
    /// The protocol between the device and the first servers on its way.
    pub transport: Transport,
}

/// The channel's effect on one attempt, whatever its outcome: drawn from the attempt's own streams. The default does
/// nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Channel {
    /// Between the link's end and the cloud, each way.
    pub one_way: Span,
    /// Between the link's end and the servers there, each way.
    pub near_one_way: Span,
    /// Bits that go up, including retransmissions.
    pub up_bits: f64,
    /// Bits that come down.
    pub down_bits: f64,
    /// Round trip of the device's connection: to the servers at the link's end if there are any, else to the cloud.
    pub round_trip: Span,
    /// How much later the last bit arrives there because of losses.
    pub up_recovery: Span,
    /// How much later the answer arrives at the link because of losses.
    pub down_recovery: Span,
}

impl Channel {
    /// From the servers at the link's end to the cloud.
    pub fn beyond_near(&self) -> Span {
        Span::from_nanos(self.one_way.as_nanos().saturating_sub(self.near_one_way.as_nanos()))
    }
}

impl Link {
    /// What a received bit takes of the cell's capacity: as much as the bits that could be sent in its time on the air.
    /// None where only sending takes any.
    pub fn received_as_sent(&self) -> Option<f64> {
        let (up, down) = (self.uplink.constant()?, self.downlink.constant()?);
        self.half_duplex.then_some(up / down)
    }

    /// Draws the channel of the attempt called `entity`, which sends `payload` and gets `answer` back; `near` is the
    /// round trip to servers at the link's end, if there are any.
    pub fn draw(
        &self,
        payload: DataSize,
        answer: DataSize,
        near: Option<&RandomTime>,
        streams: &Streams,
        entity: u64,
    ) -> Channel {
        let half = |rtt: Span| Span::from_nanos(rtt.as_nanos() / 2);
        let mut delays = streams.open("channel", entity);
        let one_way = half(self.rtt.sample(&mut delays));
        let near_one_way = near.map_or(Span::ZERO, |near| half(near.sample(&mut delays)));
        let first = if near.is_some() { near_one_way } else { one_way };
        let round_trip = first + first;
        let (up_bits, up_recovery) = self.moved(payload, round_trip, || streams.open("uplink-losses", entity));
        let (down_bits, down_recovery) = self.moved(answer, round_trip, || streams.open("downlink-losses", entity));
        Channel { one_way, near_one_way, up_bits, down_bits, round_trip, up_recovery, down_recovery }
    }

    /// The bits of `size` with those of its retransmissions, and how much later they arrive; the stream is opened only
    /// where something can be lost.
    fn moved(&self, size: DataSize, round_trip: Span, losses: impl FnOnce() -> Stream) -> (f64, Span) {
        let bytes = size.get();
        if self.loss == Loss::NONE {
            return (bytes * 8.0, Span::ZERO);
        }
        let packets = (bytes / PACKET).ceil().max(1.0);
        let lost = self.loss.draw(packets, &mut losses());
        let bits = (bytes + lost.packets * (bytes / packets)) * 8.0;
        (bits, self.transport.recovery(lost, packets, round_trip))
    }
}

#[cfg(test)]
mod tests {
    use sim_core::Moments;

    use super::*;
    use crate::units::Share;

    fn link(loss: f64) -> Link {
        let time = |text: &str| serde_yaml::from_str::<RandomTime>(text).unwrap();
        Link {
            uplink: Rate::Constant(1e6),
            downlink: Rate::Constant(1e6),
            cell: None,
            half_duplex: false,
            rtt: time("{exponential: 40 ms}"),
            loss: Loss { share: Share::new(loss), burst: None },
            transport: Transport::default(),
        }
    }

    fn near() -> RandomTime {
        serde_yaml::from_str("{exponential: 5 ms}").unwrap()
    }

    /// Another payload, or another loss, changes the bits transferred and none of the delays; nor does the payload
    /// change the answer's bits.
    #[test]
    fn delays_are_the_same_whatever_is_sent_and_lost() {
        let streams = Streams::new(1, 0);
        let near = near();
        let draw = |loss: f64, payload: f64, entity: u64| {
            link(loss).draw(DataSize::new(payload), DataSize::new(20e3), Some(&near), &streams, entity)
        };
        for entity in 0..500 {
            let (small, large, lossless) = (draw(0.3, 1e3, entity), draw(0.3, 1e6, entity), draw(0.0, 1e6, entity));
            for other in [large, lossless] {
                assert_eq!((small.one_way, small.near_one_way), (other.one_way, other.near_one_way));
            }
            assert_eq!(small.down_bits, large.down_bits);
            assert_eq!((lossless.up_bits, lossless.down_bits), (8e6, 160e3));
        }
    }

    /// Each packet is sent 1 / (1 - loss) times on average, and all are of the same size.
    #[test]
    fn bits_moved_are_the_payload_over_what_gets_through() {
        for (loss, payload, answer) in [(0.02, 40e3, 200.0), (0.3, 40e3, 3e3), (0.5, 1e3, 1e6)] {
            let (mut up, mut down) = (Moments::default(), Moments::default());
            for seed in 0..4 {
                let streams = Streams::new(seed, 0);
                for entity in 0..5_000 {
                    let channel =
                        link(loss).draw(DataSize::new(payload), DataSize::new(answer), None, &streams, entity);
                    up.add(channel.up_bits);
                    down.add(channel.down_bits);
                }
            }
            for (moved, bytes) in [(up, payload), (down, answer)] {
                let expected = bytes * 8.0 / (1.0 - loss);
                // The number of transmissions has variance packets * loss / (1 - loss)^2; five standard errors are
                // allowed.
                let packets = (bytes / PACKET).ceil();
                let error = bytes * 8.0 / packets * (packets * loss).sqrt() / (1.0 - loss) / 20_000f64.sqrt();
                assert!((moved.mean() - expected).abs() < 5.0 * error, "{loss}: {} not {expected}", moved.mean());
            }
        }
    }

    /// A round trip of 40 ms to the cloud and 10 ms to the servers at the link's end: 20 and 5 ms each way, 15 ms from
    /// there on. The connection ends at the first servers on the way.
    #[test]
    fn a_round_trip_is_halved() {
        let constant = |seconds| RandomTime::constant(crate::units::Delay::new(seconds));
        let link = Link { rtt: constant(0.04), ..link(0.0) };
        let millis = |span: Span| span.as_nanos() / 1_000_000;
        let draw = |near: Option<&RandomTime>| {
            link.draw(DataSize::new(1e3), DataSize::new(10.0), near, &Streams::new(1, 0), 0)
        };
        let far = draw(None);
        assert_eq!([far.one_way, far.near_one_way, far.beyond_near(), far.round_trip].map(millis), [20, 0, 20, 40]);
        let near = draw(Some(&constant(0.01)));
        assert_eq!([near.one_way, near.near_one_way, near.beyond_near(), near.round_trip].map(millis), [20, 5, 15, 10]);
        assert_eq!((near.up_bits, near.down_bits), (8e3, 80.0));
        assert_eq!(Channel { one_way: Span::ZERO, ..near }.beyond_near(), Span::ZERO);
    }

    /// Where receiving takes a part of the cell, a bit at twice the rate takes half of it; not where rates change.
    #[test]
    fn a_received_bit_takes_its_time_on_the_air() {
        let shared = Link { downlink: Rate::Constant(2e6), half_duplex: true, ..link(0.0) };
        assert_eq!(shared.received_as_sent(), Some(0.5));
        assert_eq!(Link { half_duplex: false, ..shared.clone() }.received_as_sent(), None);
        let changing = Rate::Markov(vec![(1e6, 1.0), (2e6, 1.0)]);
        assert_eq!(Link { uplink: changing, ..shared }.received_as_sent(), None);
    }

    /// What is lost comes later, up and down each by its own losses; an empty payload is still a packet.
    #[test]
    fn losses_delay_what_is_sent_again() {
        let transport = Transport { min_rto: Some(crate::units::Duration::new(0.2)), ..Transport::default() };
        let link = Link { transport, ..link(0.5) };
        let draw = |entity| link.draw(DataSize::new(0.0), DataSize::new(3e4), None, &Streams::new(1, 0), entity);
        let channels: Vec<Channel> = (0..200).map(draw).collect();
        // A lone packet is lost as often as not, and then it takes a timeout at least.
        let late = channels.iter().filter(|channel| channel.up_recovery >= Span::from_secs(0.2)).count();
        assert!((60..140).contains(&late), "{late}");
        assert!(
            channels
                .iter()
                .all(|c| c.up_bits == 0.0 && (c.up_recovery == Span::ZERO || c.up_recovery >= Span::from_secs(0.2)))
        );
        // Twenty-one packets are hardly ever all received at once.
        assert!(channels.iter().filter(|c| c.down_bits > 24e4 && c.down_recovery > Span::ZERO).count() > 195);
    }

    /// 2,920 bytes are two packets of 1,460, and whole packets are sent again; 2,921 are three of 973⅔.
    #[test]
    fn packets_are_sent_again_whole() {
        for (bytes, packet) in [(2_920.0, 1_460.0), (2_921.0, 2_921.0 / 3.0), (100.0, 100.0)] {
            let mut again = std::collections::BTreeSet::new();
            for entity in 0..200 {
                let bits =
                    link(0.4).draw(DataSize::new(bytes), DataSize::new(1.0), None, &Streams::new(1, 0), entity).up_bits;
                let packets = (bits / 8.0 - bytes) / packet;
                assert!((packets - packets.round()).abs() < 1e-6, "{packets} of {packet} bytes");
                again.insert(packets.round() as u32);
            }
            assert!(again.contains(&0) && again.contains(&1) && again.len() > 3, "{again:?}");
        }
    }
}
