use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Channel, Decision, Expected, View};

/// What a request should take least of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Goal {
    /// Time to the answer.
    Latency,
    /// Joules of the device.
    Energy,
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Self::Latency => "latency",
            Self::Energy => "energy",
        })
    }
}

impl Goal {
    fn of(self, expected: Expected) -> f64 {
        match self {
            Self::Latency => expected.seconds,
            Self::Energy => expected.joules,
        }
    }

    /// Goes the way that is expected to take least; of equals, that which runs more on the device.
    pub fn decide(self, view: &View, channel: Channel) -> Decision {
        let finishes = view.finishes(channel);
        let least = finishes.iter().rev().min_by(|a, b| self.of(a.expected).total_cmp(&self.of(b.expected)));
        least.map_or_else(|| view.refer(), |finish| view.towards(finish))
    }
}
