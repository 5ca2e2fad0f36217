//! A device's requests, one by one: nothing here depends on a policy.

use device_models::{ArrivalPath, ArrivalProcess};
use sim_core::{Stream, Streams, Time};

use super::Images;

/// When requests arrive at a device, and which images they carry.
pub struct Workload {
    arrivals: ArrivalPath,
    images: Stream,
}

impl Workload {
    /// The workload of a device.
    pub fn new(device: u32, arrivals: &ArrivalProcess, streams: &Streams) -> Self {
        let arrivals = ArrivalPath::new(arrivals, device.into(), streams);
        Self { arrivals, images: streams.open("images", device.into()) }
    }

    /// When the next request arrives.
    pub fn next_arrival(&mut self, process: &ArrivalProcess) -> Time {
        self.arrivals.next_arrival(process)
    }

    /// Arrivals drawn so far.
    pub fn drawn(&self) -> u32 {
        self.arrivals.drawn()
    }

    /// The image of the request whose arrival was drawn last, when `part` of the run is over.
    pub fn image(&mut self, images: &Images, part: f64) -> u32 {
        images.draw(self.drawn().saturating_sub(1), part, &mut self.images)
    }
}

/// Identifies a request by its device and its number there, so that what is drawn for it depends on nothing else.
pub fn entity(device: u32, number: u32) -> u64 {
    u64::from(device) << 32 | u64::from(number)
}

/// Identifies an attempt of the request of that [`entity`]. Device numbers take up 24 bits of the upper half.
pub fn attempt_entity(request: u64, attempt: u8) -> u64 {
    request | u64::from(attempt) << 56
}
