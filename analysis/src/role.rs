//! What a policy is to a comparison, whatever its name.

use serde::{Deserialize, Serialize};

/// What a policy is in a comparison: findings, charts and the choice of what is shown first know roles, and no policy
/// by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Answers everything on the device: one end of what is possible.
    Local,
    /// Sends everything up: the other end.
    Offload,
    /// A method under study, which is compared with sending everything up, and with its rivals at the same target.
    #[default]
    Method,
    /// A simple rule that a method has to beat.
    Rival,
    /// Decides by chance: what any other has to beat.
    Chance,
    /// Knows what no device can know: a bound, which takes no part in comparisons.
    Bound,
}

impl Role {
    /// The colours of the palette that policies of this role have, in order; one that finds all of them taken shares
    /// that which the fewest have.
    pub(crate) fn colours(self) -> &'static [usize] {
        match self {
            Self::Local => &[0],
            Self::Offload => &[1],
            Self::Method => &[2, 5, 4, 3],
            Self::Rival => &[3, 4, 5],
            Self::Chance => &[6],
            Self::Bound => &[7],
        }
    }
}

/// The colours of policies that differ in nothing but their targets, the same in all charts of a result. Where there are
/// more of these than colours, charts tell them apart by their markers and dashes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Palette(Vec<(String, usize)>);

impl Palette {
    /// Gives each of these a colour, in the order in which they first appear.
    pub fn of<'a>(variants: impl Iterator<Item = (&'a str, Role)>) -> Self {
        let mut given: Vec<(String, usize)> = Vec::new();
        for (variant, role) in variants {
            if given.iter().any(|(known, _)| known == variant) {
                continue;
            }
            let uses = |colour: &&usize| given.iter().filter(|(_, taken)| taken == *colour).count();
            let colour = role.colours().iter().min_by_key(uses).copied().unwrap_or_default();
            given.push((variant.to_owned(), colour));
        }
        Self(given)
    }

    /// The colour of one of them, as a place in the palette of charts.
    pub fn colour(&self, variant: &str) -> usize {
        self.0.iter().find(|(known, _)| known == variant).map_or(Role::Bound.colours()[0], |(_, colour)| *colour)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_have_colours_of_their_own() {
        let families = [
            ("local-only", Role::Local),
            ("split", Role::Method),
            ("margin", Role::Rival),
            ("margin", Role::Rival),
            ("entropy", Role::Rival),
            ("cascade", Role::Method),
        ];
        let palette = Palette::of(families.into_iter());
        let colours: Vec<usize> = families.iter().map(|(family, _)| palette.colour(family)).collect();
        assert_eq!(colours, [0, 2, 3, 3, 4, 5]);
    }

    /// Three colours for five rivals: the fourth and the fifth share two of them, not one.
    #[test]
    fn colours_are_shared_evenly() {
        let rivals = ["a", "b", "c", "d", "e"];
        let palette = Palette::of(rivals.map(|rival| (rival, Role::Rival)).into_iter());
        assert_eq!(rivals.map(|rival| palette.colour(rival)), [3, 4, 5, 3, 4]);
    }
}
