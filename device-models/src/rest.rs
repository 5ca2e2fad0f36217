//! Rest states of an idle processor.
//!
//! ```text
//!   awake --after--> rests[0] --after--> rests[1] ... --work--> waking (wake, wake-power) --> awake
//! ```
//!
//! Sleep keeps the memory and wakes in milliseconds; off has to boot. Whether a state pays depends on the gaps between
//! requests: with less than wake-power · wake / (idle − power) seconds of rest it costs more than it saves. Left out: a
//! policy that foresees gaps; each state is entered after a fixed time.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::units::{Delay, Power};

/// A state of rest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Rest {
    /// Its name: sleep, off.
    pub name: String,
    /// Entered after this long with nothing to do in the state before.
    pub after: Delay,
    /// Power drawn in it.
    pub power: Power,
    /// How long it takes to wake from it.
    pub wake: Delay,
    /// Total power drawn meanwhile.
    pub wake_power: Power,
}
