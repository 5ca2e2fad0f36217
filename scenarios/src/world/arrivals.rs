//! When requests arrive at a device, and which images they carry: nothing here depends on a policy.

use rand::RngExt;
use rand_distr::{Distribution, Exp1};
use sim_core::{Span, Stream, Streams, Time};

use crate::schema::Arrivals;

/// What a device will be asked, request by request.
pub struct Inquiries {
    times: Stream,
    /// When the last period began, or the last request arrived.
    last: Option<Time>,
    images: Stream,
}

impl Inquiries {
    /// Those of a device.
    pub fn new(device: u32, streams: &Streams) -> Self {
        Self {
            times: streams.open("arrivals", device.into()),
            last: None,
            images: streams.open("images", device.into()),
        }
    }

    /// When the next request arrives.
    pub fn next_arrival(&mut self, arrivals: &Arrivals) -> Time {
        match arrivals {
            Arrivals::Poisson(rate) => {
                let gap: f64 = Exp1.sample(&mut self.times);
                let at = self.last.unwrap_or(Time::ZERO) + Span::from_secs(gap / rate.get());
                self.last = Some(at);
                at
            }
            Arrivals::Periodic { every, jitter } => {
                let mut draw = |most: f64| Span::from_secs(most * self.times.random::<f64>());
                let period = match self.last {
                    None => Time::ZERO + draw(every.get()),
                    Some(last) => last + every.span(),
                };
                let late = draw(jitter.get());
                self.last = Some(period);
                period + late
            }
            Arrivals::Renewal(gap) => {
                let at = self.last.unwrap_or(Time::ZERO) + gap.sample(&mut self.times);
                self.last = Some(at);
                at
            }
        }
    }

    /// The image the next request carries, one of `images`.
    pub fn next_image(&mut self, images: &[u32]) -> u32 {
        images[self.images.random_range(0..images.len())]
    }
}

/// Names a request by its device and its number there: what is drawn for it depends on nothing else.
pub fn entity(device: u32, number: u32) -> u64 {
    u64::from(device) << 32 | u64::from(number)
}
