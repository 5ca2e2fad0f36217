//! What a typical request takes at every place where a network can be cut.

use inference::Coding;

use crate::plan::{Group, Plan};
use crate::policies::{Cuts, Way};

/// A typical request whose network is cut at one place, alone on its link and at its server.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CutCost {
    /// Steps that the device runs.
    pub step: usize,
    /// Seconds that it takes for them.
    pub device: f64,
    /// Seconds on the way to the server and back.
    pub network: f64,
    /// Seconds that the server takes for the rest.
    pub server: f64,
    /// Joules of the device beyond idling.
    pub joules: f64,
}

impl CutCost {
    /// Seconds until the answer is there.
    pub fn latency(&self) -> f64 {
        self.device + self.network + self.server
    }
}

/// The cost of every cut of a network of the scenario for the devices of `group`, from nothing on the device to everything;
/// what crosses is sent in `coding`, and counted as it is before it is compressed.
pub fn cut_costs(plan: &Plan, group: &Group, network: Way, coding: Coding) -> Vec<CutCost> {
    let strategy = Cuts { network, coding }.anywhere(&plan.outlines);
    let (route, access) = (plan.route(&strategy, group), &plan.links[group.link]);
    let expected = access.expectations(group, &route, &access.typically());
    let before =
        |step: usize| expected.segments[..step].iter().fold((0.0, 0.0), |(s, j), e| (s + e.seconds, j + e.joules));
    let cost = |step: usize| {
        let (device, joules) = before(step);
        let Some((load, sent)) = route.offloads.get(step).zip(expected.offloads.get(step)) else {
            return CutCost { step, device, network: 0.0, server: 0.0, joules };
        };
        let server = load.served.as_secs();
        CutCost { step, device, network: sent.seconds - server, server, joules: joules + sent.joules }
    };
    (0..=route.segments.len()).map(cost).collect()
}
