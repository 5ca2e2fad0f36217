//! Figures of a run that a plain number cannot express: what is known only as a bound or an extrapolation carries how it is
//! known, and an offered load carries what happens to its excess.

use serde::{Deserialize, Serialize};

/// How long a battery lasts, and how that is known.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BatteryLife {
    /// Seconds from the start until it is empty; none if it never is.
    pub seconds: Option<f64>,
    /// How that is known.
    pub known: Known,
}

/// How a battery life is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Known {
    /// It was observed in the run.
    Seen,
    /// It follows if the load continues, day after day, as it was in the run.
    Extrapolated,
    /// The same, but the run has not covered a whole cycle of the load: for example, it follows the hour of the day,
    /// and the run did not last a day.
    Guessed,
}

impl Known {
    /// Its name in results.
    pub fn name(self) -> &'static str {
        match self {
            Self::Seen => "seen",
            Self::Extrapolated => "extrapolated",
            Self::Guessed => "guessed",
        }
    }
}

impl BatteryLife {
    /// The median of battery lives: of an even number, the shorter of the two in the middle, so that an observed life
    /// and an extrapolated one are never averaged.
    pub fn median(lives: impl IntoIterator<Item = Self>) -> Option<Self> {
        let mut lives: Vec<Self> = lives.into_iter().collect();
        let seconds = |life: &Self| life.seconds.unwrap_or(f64::INFINITY);
        lives.sort_by(|a, b| seconds(a).total_cmp(&seconds(b)).then(a.known.cmp(&b.known)));
        lives.get(lives.len().checked_sub(1)? / 2).copied()
    }

    /// Seconds until it was empty, if that was observed.
    pub fn seen(&self) -> Option<f64> {
        self.seconds.filter(|_| self.known == Known::Seen)
    }

    /// Seconds until it will be empty, if it outlived the run and does not last forever.
    pub fn extrapolated(&self) -> Option<f64> {
        self.seconds.filter(|_| self.known != Known::Seen)
    }
}

/// A percentile of the latency over all measured requests. Those without an answer count as later than every answer:
/// first those still under way at the end, by their ages, then those that never got one. If it makes little difference,
/// those under way at the end are left out.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Percentile {
    /// It falls among the answers: seconds.
    Exactly(f64),
    /// It falls on a request still under way at the end: at least this many seconds.
    AtLeast(f64),
    /// It falls on a request that never gets an answer; the seconds are the longest that any request took or had been
    /// under way.
    Never(f64),
}

impl Percentile {
    /// Its seconds, if it falls among the answers.
    pub fn exactly(self) -> Option<f64> {
        match self {
            Self::Exactly(seconds) => Some(seconds),
            _ => None,
        }
    }

    /// Its lower bound in seconds, if it does not fall among the answers.
    pub fn at_least(self) -> Option<f64> {
        match self {
            Self::Exactly(_) => None,
            Self::AtLeast(seconds) | Self::Never(seconds) => Some(seconds),
        }
    }
}

/// The load offered to a processor, link or server.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OfferedLoad {
    /// What serves the load, in words: `the cloud`, `the camera's processor`.
    pub server: String,
    /// The load as a multiple of what it can do.
    pub times: f64,
    /// What happens to load beyond what it can do.
    pub excess: Excess,
}

/// What happens to load beyond what can be done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Excess {
    /// It waits in a queue that grows without end.
    #[default]
    Waits,
    /// There is no room for it, or it is given up.
    GivesUp,
    /// It is forwarded to the cloud.
    GoesOn,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_life_is_one_battery_s() {
        let life = |seconds, known| BatteryLife { seconds, known };
        let seen = |seconds| life(Some(seconds), Known::Seen);
        let ahead = |seconds| life(Some(seconds), Known::Extrapolated);
        let never = life(None, Known::Extrapolated);
        assert_eq!(BatteryLife::median([ahead(9.0), seen(3.0), seen(2.0)]), Some(seen(3.0)));
        assert_eq!(BatteryLife::median([ahead(9.0), seen(3.0)]), Some(seen(3.0)), "half of them do not outlast it");
        assert_eq!(BatteryLife::median([ahead(9.0), never, never]), Some(never));
        assert_eq!(BatteryLife::median([ahead(9.0), never, seen(1.0)]), Some(ahead(9.0)));
        assert_eq!(BatteryLife::median([]), None);
    }
}
