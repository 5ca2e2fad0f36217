use super::Way;

/// What a policy may know of the networks before anything runs: how many steps each has, and so where it can be cut.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outlines(Vec<usize>);

impl Outlines {
    /// Nothing is known yet, as when a file is checked before its networks are loaded.
    pub const UNKNOWN: Self = Self(Vec::new());

    /// Networks of so many steps, in the order of their numbers.
    pub fn new(steps: impl IntoIterator<Item = usize>) -> Self {
        Self(steps.into_iter().collect())
    }

    /// The number of steps of a network; 0 if it is not known.
    pub fn steps(&self, network: Way) -> usize {
        self.0.get(network.network()).copied().unwrap_or_default()
    }
}
