//! Radios as state machines.
//!
//! ```text
//!   idle --wake--> promoting --ready--> active <--wake/rest--> tail --sleep--> idle
//! ```
//!
//! P(active) = base + e_up · rate_up + e_down · rate_down (Huang et al., MobiSys 2012). Power is linear in the rate, so a
//! transfer costs base · time + e · bits, however the rate moved meanwhile. The tail is one state of constant power:
//! the short and long DRX phases of LTE and the FACH of 3G are averaged into it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::Span;

use crate::units::{Delay, EnergyPerBit, Power};

/// A radio's figures.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Radio {
    /// Drawn while idle: listening for pages or beacons.
    pub idle: Power,
    /// Time from idle to connected.
    pub promotion: Delay,
    /// Drawn meanwhile.
    pub promotion_power: Power,
    /// Drawn while connected and transferring, before the first bit.
    pub active: Power,
    /// Added for each bit sent.
    pub per_bit_up: EnergyPerBit,
    /// Added for each bit received.
    pub per_bit_down: EnergyPerBit,
    /// How long it stays connected after the last transfer.
    pub tail: Delay,
    /// Drawn meanwhile.
    pub tail_power: Power,
}

/// What a radio is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RadioState {
    /// Nothing; waking takes a promotion.
    #[default]
    Idle,
    /// Connecting.
    Promoting,
    /// Transferring.
    Active,
    /// Connected, with nothing to transfer.
    Tail,
}

/// What waking a radio leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wake {
    /// It can transfer now.
    Now,
    /// It will be able to after this long: call [`RadioState::ready`] then.
    After(Span),
    /// It is being promoted already.
    Coming,
}

impl RadioState {
    /// As results call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Promoting => "promoting",
            Self::Active => "active",
            Self::Tail => "tail",
        }
    }

    /// There is something to transfer.
    pub fn wake(&mut self, radio: &Radio) -> Wake {
        match *self {
            Self::Promoting => Wake::Coming,
            Self::Idle if radio.promotion.get() > 0.0 => {
                *self = Self::Promoting;
                Wake::After(radio.promotion.span())
            }
            Self::Idle | Self::Active | Self::Tail => {
                *self = Self::Active;
                Wake::Now
            }
        }
    }

    /// The promotion is over.
    pub fn ready(&mut self) {
        *self = Self::Active;
    }

    /// There is nothing left to transfer; says how long the tail lasts.
    pub fn rest(&mut self, radio: &Radio) -> Span {
        *self = Self::Tail;
        radio.tail.span()
    }

    /// The tail is over.
    pub fn sleep(&mut self) {
        *self = Self::Idle;
    }
}
