//! Joules and seconds by what they were spent on. Each type lists its parts once, and all else goes through that list.

use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

/// Joules by what they were spent on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EnergyParts {
    /// Running the little network, above idling.
    pub compute: f64,
    /// Preparing it to be sent, above idling.
    pub prepare: f64,
    /// Sending.
    pub transmit: f64,
    /// Receiving.
    pub receive: f64,
    /// Connecting the radio.
    pub promotion: f64,
    /// The radio staying connected after a transfer.
    pub tail: f64,
    /// Being switched on.
    pub idle: f64,
}

impl EnergyParts {
    /// Each part with its name; idling comes last.
    fn each(&mut self) -> [(&'static str, &mut f64); 7] {
        let Self { compute, prepare, transmit, receive, promotion, tail, idle } = self;
        [
            ("compute", compute),
            ("prepare", prepare),
            ("transmit", transmit),
            ("receive", receive),
            ("promotion", promotion),
            ("tail", tail),
            ("idle", idle),
        ]
    }

    /// Each part with its name; idling comes last.
    pub fn named(mut self) -> [(&'static str, f64); 7] {
        self.each().map(|(name, joules)| (name, *joules))
    }

    /// All of them.
    pub fn total(&self) -> f64 {
        self.named().iter().map(|(_, joules)| joules).sum()
    }

    /// Each part divided by `number`; undivided if that is 0.
    pub fn shared_by(mut self, number: u64) -> Self {
        self.each().into_iter().for_each(|(_, joules)| *joules /= number.max(1) as f64);
        self
    }
}

impl AddAssign for EnergyParts {
    fn add_assign(&mut self, other: Self) {
        self.each().into_iter().zip(other.named()).for_each(|((_, sum), (_, joules))| *sum += joules);
    }
}

/// Where the time from arrival to answer went, in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LatencyParts {
    /// Waiting for the device's processor.
    pub queue: f64,
    /// Running the little network.
    pub compute: f64,
    /// Being prepared to be sent.
    pub prepare: f64,
    /// Waiting for the radio: for it to connect, or to finish sending something else.
    pub radio: f64,
    /// Opening the connection, and waiting for acknowledgements while sending is slow.
    pub connection: f64,
    /// Sending.
    pub uplink: f64,
    /// With servers at the link's end that then passed it on to the cloud.
    pub edge_server: f64,
    /// Between the link's end and the cloud, both ways.
    pub network: f64,
    /// Being prepared for a server.
    pub cloud_prepare: f64,
    /// Waiting for a server, or for a full batch.
    pub cloud_queue: f64,
    /// In a batch.
    pub cloud: f64,
    /// From the arrival of the answer at the link until the device has it.
    pub downlink: f64,
    /// Waiting in vain: for attempts that failed, and until the edge answer was used instead.
    pub in_vain: f64,
}

impl LatencyParts {
    /// Each part with its name, in the order in which they happen.
    fn each(&mut self) -> [(&'static str, &mut f64); 13] {
        let Self {
            queue,
            compute,
            prepare,
            radio,
            connection,
            uplink,
            edge_server,
            network,
            cloud_prepare,
            cloud_queue,
            cloud,
            downlink,
            in_vain,
        } = self;
        [
            ("device queue", queue),
            ("little network", compute),
            ("prepare", prepare),
            ("radio wait", radio),
            ("connection", connection),
            ("uplink", uplink),
            ("edge server", edge_server),
            ("network", network),
            ("cloud prepare", cloud_prepare),
            ("cloud queue", cloud_queue),
            ("cloud", cloud),
            ("downlink", downlink),
            ("in vain", in_vain),
        ]
    }

    /// Each part with its name, in the order in which they happen.
    pub fn named(mut self) -> [(&'static str, f64); 13] {
        self.each().map(|(name, seconds)| (name, *seconds))
    }

    /// All of them: the latency.
    pub fn total(&self) -> f64 {
        self.named().iter().map(|(_, seconds)| seconds).sum()
    }

    /// Each part divided by `number`; undivided if that is 0.
    pub fn shared_by(mut self, number: u64) -> Self {
        self.each().into_iter().for_each(|(_, seconds)| *seconds /= number.max(1) as f64);
        self
    }
}

impl AddAssign for LatencyParts {
    fn add_assign(&mut self, other: Self) {
        self.each().into_iter().zip(other.named()).for_each(|((_, sum), (_, seconds))| *sum += seconds);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Parts whose sums tell which of them were added.
    const ENERGY: EnergyParts = EnergyParts {
        compute: 1.0,
        prepare: 64.0,
        transmit: 2.0,
        receive: 4.0,
        promotion: 8.0,
        tail: 16.0,
        idle: 32.0,
    };

    const LATENCY: LatencyParts = LatencyParts {
        queue: 1.0,
        compute: 2.0,
        prepare: 512.0,
        radio: 4.0,
        connection: 1024.0,
        uplink: 8.0,
        edge_server: 4096.0,
        network: 16.0,
        cloud_prepare: 2048.0,
        cloud_queue: 32.0,
        cloud: 64.0,
        downlink: 128.0,
        in_vain: 256.0,
    };

    #[test]
    fn every_joule_is_counted_once_under_its_name() {
        assert_eq!(ENERGY.total(), 127.0);
        let named = [
            ("compute", 1.0),
            ("prepare", 64.0),
            ("transmit", 2.0),
            ("receive", 4.0),
            ("promotion", 8.0),
            ("tail", 16.0),
            ("idle", 32.0),
        ];
        assert_eq!(ENERGY.named(), named);
        let mut three = ENERGY;
        three += ENERGY;
        three += ENERGY;
        assert_eq!(three.named(), named.map(|(name, joules)| (name, 3.0 * joules)));
        assert_eq!(three.shared_by(3), ENERGY);
        assert_eq!(ENERGY.shared_by(0), ENERGY);
    }

    #[test]
    fn every_second_is_counted_once_under_its_name() {
        assert_eq!(LATENCY.total(), 8191.0);
        let named = [
            ("device queue", 1.0),
            ("little network", 2.0),
            ("prepare", 512.0),
            ("radio wait", 4.0),
            ("connection", 1024.0),
            ("uplink", 8.0),
            ("edge server", 4096.0),
            ("network", 16.0),
            ("cloud prepare", 2048.0),
            ("cloud queue", 32.0),
            ("cloud", 64.0),
            ("downlink", 128.0),
            ("in vain", 256.0),
        ];
        assert_eq!(LATENCY.named(), named);
        let mut three = LATENCY;
        three += LATENCY;
        three += LATENCY;
        assert_eq!(three.named(), named.map(|(name, seconds)| (name, 3.0 * seconds)));
        assert_eq!(three.shared_by(3), LATENCY);
        assert_eq!(LATENCY.shared_by(0), LATENCY);
    }
}
