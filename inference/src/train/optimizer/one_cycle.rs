//! The one-cycle learning rate (Smith & Topin, 2017): linear up, half a cosine down.

/// Share of the steps in which the rate climbs.
const CLIMB: f32 = 0.25;

/// A learning rate that climbs to a peak and falls to almost 0.
#[derive(Clone, Copy, Debug)]
pub struct OneCycle {
    /// The highest rate.
    pub peak: f32,
    /// The number of steps.
    pub steps: usize,
}

impl OneCycle {
    /// The rate of the step after `taken` others.
    pub fn rate(self, taken: usize) -> f32 {
        let progress = taken as f32 / self.steps as f32;
        if progress < CLIMB {
            self.peak * (0.04 + 0.96 * progress / CLIMB)
        } else {
            let fallen = ((progress - CLIMB) / (1.0 - CLIMB)).min(1.0);
            self.peak * 0.5 * (1.0 + (std::f32::consts::PI * fallen).cos()).max(1e-3)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From 4 % of the peak to the peak after a quarter of the steps, and half of it midway through the rest.
    #[test]
    fn the_rate_climbs_and_falls() {
        let rate = OneCycle { peak: 0.2, steps: 400 };
        for (taken, expected) in [(0, 0.008), (50, 0.104), (100, 0.2), (250, 0.1), (400, 0.0001)] {
            assert!((rate.rate(taken) - expected).abs() < 1e-6, "{} after {taken} steps", rate.rate(taken));
        }
        let rates: Vec<f32> = (0..400).map(|taken| rate.rate(taken)).collect();
        assert!(rates[..=100].is_sorted() && rates[100..].is_sorted_by(|a, b| a >= b));
    }
}
