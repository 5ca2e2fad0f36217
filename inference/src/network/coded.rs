//! What crosses a cut, in a coding.

use super::{Crossing, Network};
use crate::coding::Coder;

/// What crosses a cut of a network for one image, as it is sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coded {
    /// How many steps were run before.
    pub cut: usize,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl Network {
    /// Encodes what crosses this network. Once `coder` and `coded` have been used with this network and cut, nothing is
    /// allocated except by the encoder that compresses.
    ///
    /// # Panics
    /// If something else crosses this network there.
    pub fn encode(&self, crossing: &Crossing, coder: &mut Coder, coded: &mut Coded) {
        coded.cut = crossing.cut;
        coder.encode(self.cut(crossing.cut).sent(), &crossing.values, &mut coded.bytes);
    }

    /// Decodes what was encoded, to [resume](Network::resume) from: what crossed, up to what the coding loses.
    ///
    /// # Panics
    /// If it was not encoded for this network in the coder's coding.
    pub fn decode(&self, coded: &Coded, coder: &mut Coder, crossing: &mut Crossing) {
        crossing.cut = coded.cut;
        coder.decode(self.cut(coded.cut).sent(), &coded.bytes, &mut crossing.values);
    }
}
