/// Which steps of a network, in the order they run: the nodes of [`inference::Network::graph`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Steps {
    /// The first.
    pub from: usize,
    /// The one after the last; none if the last is the network's.
    pub to: Option<usize>,
}

impl Steps {
    /// The whole network.
    pub const ALL: Self = Self { from: 0, to: None };
}
