//! The transmit power of a device that follows its distance from the antenna.
//!
//! loss = (d/d₀)^n
//! P = min(P_max, P₀ · loss^α)
//! SNR = SNR₀ · (P/P₀) / loss
//! watts while sending = active + A(P) − A(P₀)
//!
//! This is open-loop power control as LTE and 5G have it (3GPP TS 36.213, 5.1.1: min(P_max, 10 log₁₀ M + P₀ + α · loss)
//! in dBm), for a channel of constant width, in watts, and relative to a reference distance d₀. With α = 1 the antenna
//! hears a device equally well at every distance until its power is at its maximum, and from there on less and less;
//! with α = 0 the power is the same everywhere. The loss is that of the distance: multipath fading is too fast to be
//! followed.
//!
//! A(P) is what the amplifier draws to transmit at P, linear between the powers at which it was measured. A radio's
//! active power contains what the amplifier draws at the reference distance, so only the difference to that is added.
//! With the power model that 3GPP's members agreed upon (TR 38.840: 250 units while sending at 0 dBm, 700 at 23 dBm), a
//! modem draws 2.8 times as much at its maximum, 200 mW, as at 1 mW. In a pause of its connection, a device draws the
//! active power, A(P₀) included. Left out: that promotion and tail depend on the distance as well, and corrections that
//! the network commands.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::FigureError;
use crate::units::{Power, Share};

/// How a device's transmit power follows its distance, and what that costs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PowerControl {
    /// Transmit power at the reference distance.
    pub at_reference: Power,
    /// The highest transmit power: 200 mW (23 dBm) for phones.
    pub most: Power,
    /// The share of the path loss, in decibels, that the transmit power makes up for, until it is at its highest.
    pub compensation: Share,
    /// What the amplifier draws, in order of transmit power; linear between two, and below the first what it draws
    /// there. The radio's active power contains what it draws at the reference distance.
    pub amplifier: Vec<AmplifierPoint>,
}

/// What an amplifier draws at a transmit power.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AmplifierPoint {
    /// Transmit power.
    pub sends: Power,
    /// Power drawn for that.
    pub draws: Power,
}

impl PowerControl {
    /// Checks the figures against each other.
    ///
    /// # Errors
    /// What is wrong.
    pub fn check(&self) -> Result<(), FigureError> {
        let (at_reference, most) = (self.at_reference, self.most);
        if at_reference.get() == 0.0 || at_reference.get() > most.get() {
            return Err(FigureError::new(format!(
                "at-reference ({at_reference}) must be above 0 and at most the highest power ({most})"
            )));
        }
        let mut pairs = self.amplifier.iter().zip(self.amplifier.iter().skip(1));
        if let Some((_, next)) = pairs.find(|(one, next)| next.sends.get() <= one.sends.get()) {
            return Err(FigureError::new(format!(
                "amplifier: powers must be in order: {} is not above the one before it",
                next.sends
            )));
        }
        if self.amplifier.last().is_none_or(|last| last.sends.get() < most.get()) {
            return Err(FigureError::new(format!("amplifier: must say what it draws at the highest power ({most})")));
        }
        Ok(())
    }

    /// Watts transmitted where the path loss is `loss` times that at the reference distance.
    pub(super) fn sends(&self, loss: f64) -> f64 {
        (self.at_reference.get() * loss.powf(self.compensation.get())).min(self.most.get())
    }

    /// Watts that the amplifier draws to transmit `sends` watts.
    fn draws(&self, sends: f64) -> f64 {
        let next = self.amplifier.partition_point(|point| point.sends.get() <= sends);
        let (Some(before), Some(after)) = (self.amplifier.get(next.wrapping_sub(1)), self.amplifier.get(next)) else {
            // Below the first point, or at the last one: there is none beyond the highest power.
            return self.amplifier[next.min(self.amplifier.len() - 1)].draws.get();
        };
        let part = (sends - before.sends.get()) / (after.sends.get() - before.sends.get());
        before.draws.get() + part * (after.draws.get() - before.draws.get())
    }

    /// Watts that the amplifier draws at the reference distance.
    pub fn draws_at_reference(&self) -> f64 {
        self.draws(self.at_reference.get())
    }

    /// Watts drawn to transmit `sends` watts beyond those drawn at the reference distance; below 0 nearer to the
    /// antenna.
    pub(super) fn extra_power(&self, sends: f64) -> f64 {
        self.draws(sends) - self.draws_at_reference()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PHONE: &str = "{at-reference: 10 mW, most: 200 mW, compensation: 50 %,
                          amplifier: [{sends: 2 mW, draws: 100 mW}, {sends: 20 mW, draws: 280 mW}, {sends: 220 mW, draws: 1.28 W}]}";

    /// Half of the loss in decibels is its root: a hundred times the loss is made up for by ten times the power, 100
    /// mW, and 400 times by 20 times, 200 mW; from there on the power stays the same.
    #[test]
    fn power_rises_with_the_loss_up_to_its_highest() {
        let phone: PowerControl = serde_yaml::from_str(PHONE).unwrap();
        let sends = [1.0, 100.0, 400.0, 1e4, 0.01].map(|loss| (phone.sends(loss) * 1e6).round() / 1e3);
        assert_eq!(sends, [10.0, 100.0, 200.0, 200.0, 1.0]);
        let constant = PowerControl { compensation: Share::new(0.0), ..phone };
        assert_eq!([0.01, 1.0, 1e4].map(|loss| constant.sends(loss)), [0.01; 3]);
    }

    /// From 2 to 20 mW it draws 10 mW more for each: 180 mW at 10 mW, the reference. From 20 to 220 mW it draws 5 mW
    /// more for each: 680 mW at 100 mW, 500 more than at the reference; 1.18 W at 200 mW, 1 W more. Below 2 mW it draws
    /// 100 mW, 80 less.
    #[test]
    fn the_amplifier_is_linear_between_measured_powers() {
        let phone: PowerControl = serde_yaml::from_str(PHONE).unwrap();
        let extra = [0.01, 0.1, 0.2, 0.001, 0.02, 0.22].map(|sends| (phone.extra_power(sends) * 1e6).round() / 1e3);
        assert_eq!(extra, [0.0, 500.0, 1000.0, -80.0, 100.0, 1100.0]);
        assert!((phone.draws_at_reference() - 0.18).abs() < 1e-12);
    }

    #[test]
    fn what_cannot_be_is_said() {
        let told = |from: &str, to: &str| {
            assert!(PHONE.contains(from));
            serde_yaml::from_str::<PowerControl>(&PHONE.replace(from, to)).unwrap().check().unwrap_err().what
        };
        serde_yaml::from_str::<PowerControl>(PHONE).unwrap().check().unwrap();
        assert!(told("at-reference: 10 mW", "at-reference: 300 mW").contains("at-reference (300 mW) must be above 0"));
        assert!(told("at-reference: 10 mW", "at-reference: 0 W").contains("at-reference (0 W) must be above 0"));
        assert!(told("sends: 20 mW", "sends: 2 mW").contains("2 mW is not above the one before it"));
        assert!(told("most: 200 mW", "most: 250 mW").contains("must say what it draws at the highest power (250 mW)"));
    }

    /// At the highest power itself, and at the reference power equal to it, nothing is wrong.
    #[test]
    fn the_limits_of_figures_are_allowed() {
        for (from, to) in [("at-reference: 10 mW", "at-reference: 200 mW"), ("most: 200 mW", "most: 220 mW")] {
            let text = PHONE.replace(from, to);
            assert_eq!(serde_yaml::from_str::<PowerControl>(&text).unwrap().check(), Ok(()), "{to}");
        }
        let none = PHONE.split("[").next().unwrap().to_owned() + "[]}";
        let told = serde_yaml::from_str::<PowerControl>(&none).unwrap().check().unwrap_err().what;
        assert!(told.contains("must say what it draws at the highest power"), "{told}");
    }
}
