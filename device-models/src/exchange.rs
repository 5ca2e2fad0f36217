//! What it takes a device to send something up and hear the answer, before it happens.
//!
//! t = t_wake + t_open + b_up/r_up + t_away + b_down/r_down
//!
//! E = P_wake · t_wake + P_active · (t_open + b_up/r_up + b_down/r_down) + P_extra · b_up/r_up
//!   + e_up · b_up + e_down · b_down + P_tail · t_away + E_tail
//!
//! for an exchange that has the radio to itself, at the rates given. t_away is the round trip and the server's time; the
//! radio spends it in the first phase of its tail. E_tail is the part of the tail that would not be drawn without the
//! exchange: all of it after idling, the phases that are over if the radio is in its tail, nothing while it is active.
//! Left out: what waits for the radio, slow start, listening in cycles, and losses but for the bits sent again.

use crate::radio::{Radio, RadioState};

/// An exchange as it is expected.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Exchange {
    /// Bits sent, and bits a second at which they are.
    pub up: (f64, f64),
    /// Bits received, and bits a second at which they are.
    pub down: (f64, f64),
    /// Watts that sending draws beyond the radio's active power.
    pub extra_power: f64,
    /// Seconds until a connection is open, with the radio active.
    pub opening: f64,
    /// Seconds between the last bit sent and the first one received.
    pub away: f64,
}

impl Exchange {
    /// Seconds and joules that it takes with a radio in some state.
    pub fn expected(&self, radio: &Radio, state: RadioState) -> (f64, f64) {
        let moving = |(bits, rate): (f64, f64)| if bits > 0.0 { bits / rate } else { 0.0 };
        let (sending, receiving) = (moving(self.up), moving(self.down));
        let (wake, wake_power) = radio.wakes_from(state);
        let seconds = wake + self.opening + sending + self.away + receiving;
        if seconds.is_infinite() {
            // Whatever power it is at: of no watts for ever, nothing is known.
            return (f64::INFINITY, f64::INFINITY);
        }
        let transferring = radio.active.get() * (self.opening + sending + receiving) + self.extra_power * sending;
        let bits = radio.per_bit_up.get() * self.up.0 + radio.per_bit_down.get() * self.down.0;
        let joules =
            wake * wake_power + transferring + bits + radio.tail_power(0) * self.away + radio.tail_again(state);
        (seconds, joules)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Power;

    fn radio() -> Radio {
        serde_yaml::from_str(
            "{idle: 10 mW, promotion: 2 s, promotion-power: 0.5 W, active: 0.7 W, per-bit-up: 2 nJ/bit, per-bit-down: 1 nJ/bit,
              tail: [{for: 4 s, power: 0.6 W}, {for: 10 s, power: 0.35 W, promotion: 1 s, promotion-power: 0.4 W}]}",
        )
        .unwrap()
    }

    const EXCHANGE: Exchange = Exchange { up: (1e6, 2e6), down: (1e5, 1e6), extra_power: 0.2, opening: 0.1, away: 0.3 };

    /// Half a second of sending, a tenth of receiving and one of opening at 0.7 W are 0.49 J, sending draws 0.1 J more,
    /// the bits 2 mJ and 0.1 mJ, and waiting 0.18 J: 0.7721 J in 1 s. Waking from idle adds 2 s and 1 J, and the whole
    /// tail 2.4 + 3.5 J; from the second phase of the tail, it adds 1 s and 0.4 J, and the first phase 2.4 J.
    #[test]
    fn an_exchange_takes_what_its_parts_take() {
        let close = |state, seconds: f64, joules: f64| {
            let (s, j) = EXCHANGE.expected(&radio(), state);
            assert!((s - seconds).abs() < 1e-12 && (j - joules).abs() < 1e-12, "{state:?}: {s} s, {j} J");
        };
        close(RadioState::Active, 1.0, 0.7721);
        close(RadioState::Idle, 3.0, 0.7721 + 1.0 + 5.9);
        close(RadioState::Tail(0), 1.0, 0.7721);
        close(RadioState::Tail(1), 2.0, 0.7721 + 0.4 + 2.4);
        close(RadioState::Promoting(None), 1.0, 0.7721);
    }

    /// Without a rate nothing ever arrives, unless there is nothing to move.
    #[test]
    fn without_a_rate_it_takes_for_ever() {
        let stuck = Exchange { up: (1e6, 0.0), ..EXCHANGE };
        let (seconds, joules) = stuck.expected(&radio(), RadioState::Active);
        assert_eq!((seconds, joules), (f64::INFINITY, f64::INFINITY));
        let plain = Exchange { extra_power: 0.0, ..stuck };
        let free = Radio { active: Power::new(0.0), ..radio() };
        for (exchange, radio) in [(plain, radio()), (stuck, free)] {
            assert_eq!(exchange.expected(&radio, RadioState::Idle), (f64::INFINITY, f64::INFINITY));
        }
        let nothing = Exchange { up: (0.0, 0.0), down: (0.0, 0.0), ..EXCHANGE };
        assert!(nothing.expected(&radio(), RadioState::Active).0.is_finite());
    }
}
