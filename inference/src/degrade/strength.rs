//! How strong a degradation is.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How strong a degradation is: drawn uniformly between two values. Written as the larger one where the smaller is 0.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(from = "Written", into = "Written")]
pub struct Strength {
    /// The least.
    pub from: f32,
    /// The most, at least as much.
    pub to: f32,
}

impl Strength {
    /// From 0 up to `most`.
    pub fn up_to(most: f32) -> Self {
        Self { from: 0.0, to: most }
    }

    /// The strength at this share of the way from the least to the most.
    pub(super) fn at(self, share: f32) -> f32 {
        self.from + share * (self.to - self.from)
    }

    /// Checks that both ends lie between 0 and `most`, in order.
    pub(super) fn check(self, most: f32, unit: &str) -> Result<(), String> {
        let Self { from, to } = self;
        if let Some(out) = [from, to].into_iter().find(|end| !(0.0..=most).contains(end)) {
            return Err(match unit {
                "" => format!("{out} is not between 0 and {most}"),
                _ => format!("{out} {unit} are not between 0 and {most}"),
            });
        }
        if from > to {
            return Err(format!("from ({from}) must not lie above to ({to})"));
        }
        Ok(())
    }
}

/// As files have it.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected how much at most, such as 0.3, or {from: 0.2, to: 0.3}")]
enum Written {
    /// At most this much, at least nothing.
    UpTo(f32),
    /// Between two values.
    Between(Between),
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Between {
    /// The least.
    from: f32,
    /// The most.
    to: f32,
}

impl From<Written> for Strength {
    fn from(written: Written) -> Self {
        match written {
            Written::UpTo(most) => Self::up_to(most),
            Written::Between(Between { from, to }) => Self { from, to },
        }
    }
}

impl From<Strength> for Written {
    fn from(Strength { from, to }: Strength) -> Self {
        if from == 0.0 { Self::UpTo(to) } else { Self::Between(Between { from, to }) }
    }
}
