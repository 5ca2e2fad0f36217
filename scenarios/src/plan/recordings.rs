//! Describes the recordings that a plan uses, so that users can check that a file was understood.

use device_models::Rate;
use sim_core::Time;

use super::{Group, Plan};

impl Plan {
    /// A line for each use of a recording: where it is used, and what it contains.
    pub fn recordings(&self) -> Vec<String> {
        let groups = self.groups.iter().filter_map(|group| {
            let recording = group.arrivals.recording()?;
            Some(format!("{}.arrivals: {}; {}", group.name, recording.told(), self.requests_told(group)))
        });
        let links = self.links.iter().flat_map(|access| {
            let link = &access.link;
            let rates =
                [("uplink", Some(&link.uplink)), ("downlink", Some(&link.downlink)), ("cell", link.cell.as_ref())];
            rates.into_iter().filter_map(|(field, rate)| match rate? {
                Rate::Trace(trace, ..) => Some(format!("{}.{field}: {}", access.name, trace.told())),
                _ => None,
            })
        });
        groups.chain(links).collect()
    }

    /// How many requests a group makes from its recording, in words.
    fn requests_told(&self, group: &Group) -> String {
        let expected = group.expected(self);
        if expected > 0.0 {
            let number =
                if expected < 10.0 { format!("{}", (expected * 10.0).round() / 10.0) } else { whole(expected) };
            let requests = if number == "1" { "request" } else { "requests" };
            return format!("about {number} {requests} in a run");
        }
        let first = group.arrivals.recording().and_then(|recording| recording.times().first().copied());
        let first = first.unwrap_or(Time::ZERO) - Time::ZERO;
        format!("no requests in a run, which ends after {}: the first comes at {first}", self.duration)
    }
}

/// A count with a thousands separator: `1,204`.
fn whole(count: f64) -> String {
    let digits = format!("{count:.0}");
    let parted: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|part| std::str::from_utf8(part).ok()).collect();
    parted.join(",")
}
