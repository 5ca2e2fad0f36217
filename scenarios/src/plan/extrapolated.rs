//! Where a plan uses a radio at rates that its power was never fitted to.

use device_models::Rate;
use device_models::units::DataRate;

use super::{Access, Plan};

impl Plan {
    /// A sentence for each direction of a link in use whose rate is beyond those that its radio's line was fitted to.
    pub fn extrapolated(&self) -> Vec<String> {
        let used = |number: usize| self.groups.iter().any(|group| group.link == number);
        let links = self.links.iter().enumerate().filter(|(number, _)| used(*number));
        links.flat_map(|(_, access)| self.extrapolated_at(access)).collect()
    }

    fn extrapolated_at(&self, Access { name, radio, link, .. }: &Access) -> impl Iterator<Item = String> {
        let high = |rate: &Rate| rate.high(self.duration);
        let shared = link.cell.as_ref().map_or(f64::INFINITY, high);
        let up = ("uplink", "sending", high(&link.uplink).min(shared), radio.fitted_up);
        let shared_down = link.received_as_sent().map_or(f64::INFINITY, |weight| shared / weight);
        let down = ("downlink", "receiving", high(&link.downlink).min(shared_down), radio.fitted_down);
        let sentence = move |(direction, doing, high, fitted): (&str, &str, f64, Option<DataRate>)| {
            let fitted = fitted.filter(|fitted| high > fitted.get())?;
            // Three digits are enough for a quantile.
            let high = format!("{high:.2e}").parse().map_or(DataRate::new(high), DataRate::new);
            Some(format!(
                "links.{name}: the {direction} reaches {high}, but the power of its radio was fitted to at most \
                 {fitted}: the energy of {doing} is extrapolated."
            ))
        };
        [up, down].into_iter().filter_map(sentence)
    }
}
