//! Radios as state machines.
//!
//! ```text
//!   idle --wake--> promoting --ready--> active <--wake/rest--> tail[0] --sleep--> tail[1] ... --sleep--> idle
//! ```
//!
//! P(active) = base + e_up · rate_up + e_down · rate_down (Huang et al., MobiSys 2012). Power is linear in the rate, so
//! a transfer costs base · time + e · bits, however the rate changed meanwhile. After the last transfer a radio stays
//! connected for a tail of phases, each of constant power: LTE's inactivity timer, short and long DRX (the cycles
//! averaged), 3G's DCH and FACH. A phase may need a promotion of its own before the next transfer, as FACH does.
//!
//! In some phases, and while idle, a radio only listens once in a cycle (discontinuous reception, paging). What it
//! sends need not wait for that, but an answer does, until the radio listens next or becomes active for another reason.
//! The power of such a phase is that of its cycles, averaged.
//!
//! The line was fitted to some range of rates. A real radio's power levels off beyond it, and the model's does not: the
//! results report such a rate.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::Span;

use crate::units::{DataRate, Delay, Duration, EnergyPerBit, Power};

/// A radio's figures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Radio {
    /// Power drawn while idle: listening for pages or beacons.
    pub idle: Power,
    /// Time from idle to connected.
    pub promotion: Delay,
    /// Power drawn meanwhile.
    pub promotion_power: Power,
    /// Power drawn while connected and transferring, before the first bit.
    pub active: Power,
    /// Added for each bit sent.
    pub per_bit_up: EnergyPerBit,
    /// Added for each bit received.
    pub per_bit_down: EnergyPerBit,
    /// The highest rate that `per-bit-up` was fitted to, if that is known; a higher one is reported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fitted_up: Option<DataRate>,
    /// The highest rate that `per-bit-down` was fitted to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fitted_down: Option<DataRate>,
    /// The phases after the last transfer before it is idle again.
    pub tail: Vec<TailPhase>,
    /// The paging cycle: the time between two moments at which it listens while idle; by default, it listens all the
    /// time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paging: Option<Duration>,
}

/// A phase of a radio's tail.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TailPhase {
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// How long it lasts.
    #[serde(rename = "for")]
    pub lasts: Delay,
    /// Power drawn meanwhile.
    pub power: Power,
    /// The DRX cycle: the time between two moments at which it listens; by default, it listens all the time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cycle: Option<Duration>,
    /// Time from here to transferring; by default, none.
    #[serde(default = "no_time", skip_serializing_if = "is_none")]
    pub promotion: Delay,
    /// Power drawn during that.
    #[serde(default = "no_power", skip_serializing_if = "is_nothing")]
    pub promotion_power: Power,
}

fn no_time() -> Delay {
    Delay::new(0.0)
}

fn no_power() -> Power {
    Power::new(0.0)
}

fn is_none(time: &Delay) -> bool {
    time.get() == 0.0
}

fn is_nothing(power: &Power) -> bool {
    power.get() == 0.0
}

/// What a radio is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RadioState {
    /// Nothing; waking takes a promotion.
    #[default]
    Idle,
    /// Connecting: from idle, or from a phase of the tail.
    Promoting(Option<u8>),
    /// Transferring.
    Active,
    /// Connected, with nothing to transfer, in a phase.
    Tail(u8),
}

/// What waking a radio leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wake {
    /// It can transfer now.
    Now,
    /// It can transfer after this long: call [`RadioState::ready`] then.
    After(Span),
    /// It is being promoted already.
    Coming,
}

impl RadioState {
    /// As named in results.
    pub fn name(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Promoting(_) => "promoting",
            Self::Active => "active",
            Self::Tail(_) => "tail",
        }
    }

    /// The time between two moments at which it listens; none if it listens all the time.
    pub fn cycle(self, radio: &Radio) -> Option<Span> {
        let cycle = match self {
            Self::Idle => radio.paging,
            Self::Tail(phase) => radio.phase(phase).and_then(|phase| phase.cycle),
            Self::Promoting(_) | Self::Active => None,
        };
        cycle.map(Duration::span)
    }

    /// There is something to transfer.
    pub fn wake(&mut self, radio: &Radio) -> Wake {
        let from = match *self {
            Self::Promoting(_) => return Wake::Coming,
            Self::Idle => None,
            Self::Tail(phase) => Some(phase),
            Self::Active => return Wake::Now,
        };
        let promotion = radio.promotion_from(from).0;
        if promotion.get() > 0.0 {
            *self = Self::Promoting(from);
            return Wake::After(promotion.span());
        }
        *self = Self::Active;
        Wake::Now
    }

    /// The promotion is over.
    pub fn ready(&mut self) {
        *self = Self::Active;
    }

    /// There is nothing left to transfer; returns how long the first phase of the tail lasts.
    pub fn rest(&mut self, radio: &Radio) -> Span {
        *self = Self::Tail(0);
        radio.phase(0).map_or(Span::ZERO, |phase| phase.lasts.span())
    }

    /// A phase of the tail is over; returns how long the next one lasts, if there is one.
    pub fn sleep(&mut self, radio: &Radio) -> Option<Span> {
        let next = match *self {
            Self::Tail(phase) => phase + 1,
            _ => 0,
        };
        let phase = radio.phase(next);
        *self = if phase.is_some() { Self::Tail(next) } else { Self::Idle };
        phase.map(|phase| phase.lasts.span())
    }
}

impl Radio {
    /// A phase of the tail.
    fn phase(&self, number: u8) -> Option<&TailPhase> {
        self.tail.get(usize::from(number))
    }

    /// Time and power from idle, or from a phase of the tail, to transferring.
    fn promotion_from(&self, phase: Option<u8>) -> (Delay, Power) {
        match phase {
            None => (self.promotion, self.promotion_power),
            Some(phase) => self.phase(phase).map_or((no_time(), no_power()), |p| (p.promotion, p.promotion_power)),
        }
    }

    /// Seconds and watts of waking in a state, to transfer; of a promotion under way, nothing more.
    pub fn wakes_from(&self, state: RadioState) -> (f64, f64) {
        let from = match state {
            RadioState::Active | RadioState::Promoting(_) => return (0.0, 0.0),
            RadioState::Idle => None,
            RadioState::Tail(phase) => Some(phase),
        };
        let (time, power) = self.promotion_from(from);
        (time.get(), power.get())
    }

    /// Joules of the tail that a transfer in a state makes it draw once more.
    pub fn tail_again(&self, state: RadioState) -> f64 {
        let over = match state {
            RadioState::Active | RadioState::Promoting(_) => 0,
            RadioState::Idle => self.tail.len(),
            RadioState::Tail(phase) => phase.into(),
        };
        self.tail.iter().take(over).map(|phase| phase.lasts.get() * phase.power.get()).sum()
    }

    /// Watts drawn while promoting, from idle or from a phase of the tail.
    pub fn promoting_power(&self, phase: Option<u8>) -> f64 {
        self.promotion_from(phase).1.get()
    }

    /// Watts drawn in a phase of the tail.
    pub fn tail_power(&self, phase: u8) -> f64 {
        self.phase(phase).map_or(0.0, |phase| phase.power.get())
    }

    /// Joules of an isolated transfer beyond the transfer itself: the promotion from idle, and the whole tail.
    pub fn around(&self) -> (f64, f64) {
        let promotion = self.promotion.get() * self.promotion_power.get();
        (promotion, self.tail.iter().map(|phase| phase.lasts.get() * phase.power.get()).sum())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 3G: DCH wakes at once, FACH needs a promotion of its own, idle the full one.
    #[test]
    fn each_phase_wakes_in_its_own_way() {
        let radio: Radio = serde_yaml::from_str(
            "{idle: 10 mW, promotion: 2 s, promotion-power: 0.5 W, active: 0.7 W, per-bit-up: 1 nJ/bit, per-bit-down: 1 nJ/bit,
              tail: [{name: dch, for: 4 s, power: 0.7 W}, {name: fach, for: 10 s, power: 0.35 W, promotion: 1 s, promotion-power: 0.6 W}]}",
        )
        .unwrap();
        let second = |n| Span::from_secs(f64::from(n));
        let mut state = RadioState::Idle;
        assert_eq!(state.wake(&radio), Wake::After(second(2)));
        assert_eq!((state.wake(&radio), radio.promoting_power(None)), (Wake::Coming, 0.5));
        state.ready();
        assert_eq!(state.rest(&radio), second(4));
        assert_eq!(state.wake(&radio), Wake::Now);
        state.rest(&radio);
        assert_eq!((state.sleep(&radio), radio.tail_power(1)), (Some(second(10)), 0.35));
        let mut woken = state;
        assert_eq!(woken.wake(&radio), Wake::After(second(1)));
        assert_eq!((woken, radio.promoting_power(Some(1))), (RadioState::Promoting(Some(1)), 0.6));
        assert_eq!((state.sleep(&radio), state), (None, RadioState::Idle));
        assert_eq!(radio.around(), (1.0, 4.0 * 0.7 + 10.0 * 0.35));
    }

    #[test]
    fn it_listens_as_often_as_its_phase_says() {
        let radio: Radio = serde_yaml::from_str(
            "{idle: 10 mW, promotion: 2 s, promotion-power: 0.5 W, active: 0.7 W, per-bit-up: 1 nJ/bit, per-bit-down: 1 nJ/bit,
              tail: [{for: 4 s, power: 0.7 W}, {for: 10 s, power: 0.35 W, cycle: 40 ms}], paging: 1.28 s}",
        )
        .unwrap();
        let milliseconds = |state: RadioState| state.cycle(&radio).map(|cycle| cycle.as_nanos() / 1_000_000);
        assert_eq!(milliseconds(RadioState::Idle), Some(1280));
        assert_eq!([0, 1, 2].map(|phase| milliseconds(RadioState::Tail(phase))), [None, Some(40), None]);
        assert_eq!([RadioState::Active, RadioState::Promoting(None)].map(milliseconds), [None; 2]);
    }

    #[test]
    fn a_radio_without_promotion_or_tail_is_ready_and_gone_at_once() {
        let radio: Radio = serde_yaml::from_str(
            "{idle: 10 mW, promotion: 0 s, promotion-power: 0 W, active: 0.7 W, per-bit-up: 1 nJ/bit,
              per-bit-down: 1 nJ/bit, tail: []}",
        )
        .unwrap();
        let mut state = RadioState::default();
        assert_eq!((state.wake(&radio), state), (Wake::Now, RadioState::Active));
        assert_eq!((state.rest(&radio), state), (Span::ZERO, RadioState::Tail(0)));
        assert_eq!((state.sleep(&radio), state), (None, RadioState::Idle));
        assert_eq!((radio.tail_power(0), radio.promoting_power(None), radio.around()), (0.0, 0.0, (0.0, 0.0)));
        // A phase that there is not wakes at once and for nothing.
        assert_eq!(radio.promoting_power(Some(3)), 0.0);
        let mut beyond = RadioState::Tail(3);
        assert_eq!((beyond.wake(&radio), beyond), (Wake::Now, RadioState::Active));
    }

    #[test]
    fn states_have_names_and_tails_are_written_shortly() {
        let states = [RadioState::Idle, RadioState::Promoting(Some(1)), RadioState::Active, RadioState::Tail(2)];
        assert_eq!(states.map(RadioState::name), ["idle", "promoting", "active", "tail"]);
        let phase = |text: &str| serde_json::to_value(serde_yaml::from_str::<TailPhase>(text).unwrap()).unwrap();
        assert_eq!(phase("{for: 4 s, power: 1 W}"), serde_json::json!({"for": "4 s", "power": "1 W"}));
        let written = phase("{for: 4 s, power: 1 W, promotion: 1 s, promotion-power: 2 W}");
        assert_eq!((&written["promotion"], &written["promotion-power"]), (&"1 s".into(), &"2 W".into()));
    }
}
