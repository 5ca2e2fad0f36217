//! What running and sending costs: the one thing the planner asks others about.

use crate::problem::{FIXED, FLOAT};

/// How wide the numbers of the first steps of a network are, in bits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Widths {
    /// The weights of each step before the cut.
    pub weights: Vec<u8>,
    /// Each value there is before the cut: the input first, then what each step makes.
    pub values: Vec<u8>,
}

impl Widths {
    /// The first `steps` steps in floats.
    pub fn floats(steps: usize) -> Self {
        Self { weights: vec![FLOAT; steps], values: vec![FLOAT; steps + 1] }
    }

    /// The first `steps` steps with fixed widths for whatever is not a layer.
    pub(crate) fn fixed(steps: usize) -> Self {
        Self { weights: vec![FIXED; steps], values: vec![FIXED; steps + 1] }
    }

    /// How many steps they are.
    pub fn steps(&self) -> usize {
        self.weights.len()
    }
}

/// What is sent to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// The input as it is, before the first step.
    Input,
    /// What crosses, in floats.
    Floats,
    /// What crosses, in so many bits a number.
    Bits(u8),
    /// The answer at most, after the last step.
    Answer,
}

/// Costs of a network on a device, a link and a server: seconds, or joules, or whatever is to be small.
///
/// They need not be sums over steps; all the planner relies on is that
///
/// - the device's cost never grows if any of the widths shrinks, floats being the widest;
/// - the link's never grows if what crosses is sent in fewer bits, floats being the most.
///
/// Where this does not hold, plans are still what they say, but better ones may be missed. The extremes are checked.
pub trait Costs {
    /// The cost of running the first steps on the device, as many as there are `widths` for; 0 steps included.
    fn device(&self, widths: &Widths) -> f64;

    /// The cost of sending what crosses at a cut: [`Sent::Input`] at cut 0, [`Sent::Answer`] after the last step, and
    /// otherwise in floats or bits.
    fn link(&self, cut: usize, sent: Sent) -> f64;

    /// The cost of running the steps after a cut at the server.
    fn server(&self, cut: usize) -> f64;
}
