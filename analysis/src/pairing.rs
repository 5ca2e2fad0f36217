//! What a pair of networks gets right, and so what an appeal can win.
//!
//! Confidence is near the best possible where the big network is better about evenly everywhere; it fails where how sure
//! the little network is says little about whether the big one will do better (Jitkrittum et al., NeurIPS 2023).
//! *Breakage* tells the two apart.

use serde::{Deserialize, Serialize};

/// Images by which of two networks is right about them; each may count for more or less than one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Pairing {
    /// Both are right.
    pub both: f64,
    /// The little network alone is right: an appeal is harmful.
    pub only_little: f64,
    /// The big network alone is right: an appeal is beneficial.
    pub only_big: f64,
    /// Neither is right.
    pub neither: f64,
}

/// Breakage below which confidence is near the best possible. This and the next are rules of thumb, from the pairs that
/// ship: those of 1 and 3 % tie, those of 13 and 54 % do not.
const LOW: f64 = 0.04;

/// Breakage above which confidence says little.
const HIGH: f64 = 0.1;

impl Pairing {
    /// Counts an image.
    pub fn add(&mut self, little_right: bool, big_right: bool, weight: f64) {
        *match (little_right, big_right) {
            (true, true) => &mut self.both,
            (true, false) => &mut self.only_little,
            (false, true) => &mut self.only_big,
            (false, false) => &mut self.neither,
        } += weight;
    }

    /// These images and others.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            both: self.both + other.both,
            only_little: self.only_little + other.only_little,
            only_big: self.only_big + other.only_big,
            neither: self.neither + other.neither,
        }
    }

    /// All of them.
    pub fn total(self) -> f64 {
        self.both + self.only_little + self.only_big + self.neither
    }

    /// P(big wrong | little right); none if the little network is never right.
    pub fn breakage(self) -> Option<f64> {
        share(self.only_little, self.both + self.only_little)
    }

    /// P(big right | little wrong); none if the little network is never wrong.
    pub fn recovery(self) -> Option<f64> {
        share(self.only_big, self.only_big + self.neither)
    }

    /// Share about which one of the two is right: what a perfect choice would reach.
    pub fn either(self) -> Option<f64> {
        share(self.total() - self.neither, self.total())
    }

    /// If these were sent up, the share of them for which it was beneficial.
    pub fn beneficial(self) -> Option<f64> {
        share(self.only_big, self.total())
    }

    /// If these were sent up, the share of them for which it changed nothing: both are right, or neither.
    pub fn futile(self) -> Option<f64> {
        share(self.both + self.neither, self.total())
    }

    /// If these were sent up, the share of them for which it was harmful.
    pub fn harmful(self) -> Option<f64> {
        share(self.only_little, self.total())
    }

    /// Breakage and recovery in words, and what follows for a policy; none if either is not known.
    pub fn in_words(self) -> Option<String> {
        let (breakage, recovery) = (self.breakage()?, self.recovery()?);
        let follows = match breakage {
            _ if self.only_big <= self.only_little => {
                "It is no better on the whole, so what is sent up has to be chosen well: a score that has learned what an \
                 appeal gains may win what no confidence score does."
            }
            low if low < LOW => {
                "It is better about evenly everywhere: a confidence score is near the best possible, and a learned one may \
                 tie with it."
            }
            high if high > HIGH => {
                "How sure the little network is says little about where an appeal pays: a score that has learned what an \
                 appeal gains may win what no confidence score does."
            }
            _ => {
                "How sure the little network is does not say all about where an appeal pays: a score that has learned what \
                 an appeal gains may be ahead of confidence."
            }
        };
        Some(format!(
            "The big network is wrong on {:.1} % of what the little one gets right (breakage), and right on {:.0} % of what \
             it gets wrong (recovery). {follows}",
            breakage * 100.0,
            recovery * 100.0
        ))
    }
}

fn share(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of 100 images the little network is right on 80, on 2 of them alone; of the other 20, the big one gets 9.
    #[test]
    fn shares_are_of_what_their_names_say() {
        let mut pairing = Pairing::default();
        for (count, little, big) in [(78, true, true), (2, true, false), (9, false, true), (11, false, false)] {
            (0..count).for_each(|_| pairing.add(little, big, 0.5));
        }
        assert_eq!((pairing.total(), pairing.breakage(), pairing.recovery()), (50.0, Some(0.025), Some(0.45)));
        assert_eq!(pairing.either(), Some(0.89));
        let shares = [pairing.beneficial(), pairing.futile(), pairing.harmful()].map(Option::unwrap);
        assert_eq!(shares, [0.09, 0.89, 0.02]);
        assert_eq!(pairing.and(pairing).total(), 100.0);
        assert_eq!((Pairing::default().breakage(), Pairing::default().futile()), (None, None));
    }

    #[test]
    fn what_follows_depends_on_the_breakage() {
        let of = |only_little: f64| {
            Pairing { both: 100.0 - only_little, only_little, only_big: 5.0, neither: 5.0 }.in_words().unwrap()
        };
        assert!(of(2.0).starts_with(
            "The big network is wrong on 2.0 % of what the little one gets right (breakage), and right on 50 % of what it \
             gets wrong (recovery). It is better about evenly"
        ));
        assert!(of(4.5).contains("does not say all"), "{}", of(4.5));
        assert!(of(30.0).contains("no better on the whole"), "of 100, 30 against 5: {}", of(30.0));
        let specialist = Pairing { both: 80.0, only_little: 20.0, only_big: 21.0, neither: 5.0 }.in_words().unwrap();
        assert!(specialist.contains("says little"), "{specialist}");
        assert_eq!(Pairing { both: 1.0, ..Pairing::default() }.in_words(), None, "it is never wrong");
    }
}
