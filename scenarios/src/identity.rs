//! Identities of things that are shared between points or runs, or compared between results.
//!
//! An identity is a hash of a typed value that holds everything the thing depends on, written out field by field by
//! `serde`. A field added to such a type cannot be forgotten here, and no two different values are written alike:
//! quantities and floats are written to their last bit. (Text meant for display is not: it leaves out what readers do
//! not need, so different things could be taken for the same.)

use std::fmt;

use serde::{Serialize, Serializer};
use xxhash_rust::xxh3::xxh3_128;

/// The identity of a typed value: equal for equal values, on any machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity(u128);

impl Identity {
    /// The identity of `value`. Floats in it must be finite, as everything read from a file is.
    ///
    /// # Panics
    /// If `value` cannot be written as JSON; derived `Serialize` of structures with text keys always can.
    pub fn of(value: &impl Serialize) -> Self {
        match serde_json::to_vec(value) {
            Ok(bytes) => Self(xxh3_128(&bytes)),
            Err(error) => panic!("an identity's value cannot be written: {error}"),
        }
    }
}

/// 32 hexadecimal digits.
impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl Serialize for Identity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use device_models::units::{DataRate, Share};

    use super::*;

    #[test]
    fn values_that_differ_in_their_last_bit_have_other_names() {
        let name = |rate: f64, share: f64| Identity::of(&(DataRate::new(rate), Share::new(share), rate));
        assert_eq!(name(18.9e6, 0.57), name(18.9e6, 0.57));
        assert_ne!(name(18.9e6, 0.57), name(18.9e6f64.next_up(), 0.57));
        assert_ne!(name(18.9e6, 0.57), name(18.9e6, 0.57f64.next_up()));
        assert_ne!(name(1e-12, 0.5), name(2e-12, 0.5));
    }
}
