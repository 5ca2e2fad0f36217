//! How an answer is got.

use inference::Coding;
use inference::coding::Numbers;
use serde::Serialize;

/// How an answer is got: by which of a scenario's networks, at which of its exits, and whether in one place, or across
/// a cut. The other networks follow after the pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Way {
    network: u8,
    /// The early exit that gives it; none if it comes from the network's end.
    exit: Option<u8>,
    /// None if what crossed, if anything did, was sent without loss: then the answer is that of the whole network.
    across: Option<Across>,
}

/// What makes the answer of a network in two places another one than that of the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Across {
    /// Steps that were run before what crossed was sent.
    pub step: u16,
    /// How it was sent. Whether it was compressed after that changes no answer.
    pub coding: Coding,
}

/// What crosses a cut of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Crossing {
    /// The network.
    pub network: Way,
    /// The step before which it is cut.
    pub step: usize,
    /// How what crosses is sent.
    pub coding: Coding,
}

impl Way {
    /// By the network on the devices.
    pub const LITTLE: Self = Self::whole(0);
    /// By the network in the cloud.
    pub const BIG: Self = Self::whole(1);

    const fn whole(network: u8) -> Self {
        Self { network, exit: None, across: None }
    }

    /// The first `networks` of all networks, each run in one place.
    pub fn all(networks: usize) -> impl Iterator<Item = Self> {
        (0..networks.min(usize::from(u8::MAX))).map(|number| Self::whole(number as u8))
    }

    /// By the same network, of which so many steps are run in one place and the others in another, to which the tensors
    /// between them are sent in `coding`.
    #[must_use]
    pub fn across(self, step: usize, coding: Coding) -> Self {
        let step = step.try_into().unwrap_or(u16::MAX);
        let across = Across { step, coding: Coding { compress: false, ..coding } };
        Self { across: (coding.numbers != Numbers::Float32).then_some(across), ..self }
    }

    /// By the same network at its early exit of that number.
    #[must_use]
    pub fn at_exit(self, exit: usize) -> Self {
        Self { exit: Some(exit.try_into().unwrap_or(u8::MAX)), ..self }
    }

    /// The early exit that gives it; none if it comes from the network's end.
    pub fn exit(self) -> Option<usize> {
        self.exit.map(usize::from)
    }

    /// Whether the whole network is run, in one place.
    pub fn is_whole(self) -> bool {
        self == Self::whole(self.network)
    }

    /// By the same network in one place, to its end.
    #[must_use]
    pub fn in_one_place(self) -> Self {
        Self::whole(self.network)
    }

    /// What crossed on the way, if that changes the answer.
    pub fn crossing(self) -> Option<Across> {
        self.across
    }

    /// The number of the network.
    pub fn network(self) -> usize {
        usize::from(self.network)
    }
}
