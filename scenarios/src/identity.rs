//! What a thing is called that is shared between points or runs, or compared between results.
//!
//! A name is made of a typed value that holds everything the thing depends on, written out field by field by `serde`. Whoever
//! gives such a type another field cannot forget it here, and no two values are written alike: quantities and floats are
//! written to their last bit. (Text for people is not: it leaves out what people do not need, and things that differ there
//! would be taken for one.)

use std::fmt;

use serde::{Serialize, Serializer};
use xxhash_rust::xxh3::xxh3_128;

/// The name of a typed value: equal for equal values, on any machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity(u128);

impl Identity {
    /// The name of `value`. Floats in it are finite, as all that is read from a file is.
    ///
    /// # Panics
    /// If `value` cannot be written as JSON; derived `Serialize` of structures with text keys always can.
    pub fn of(value: &impl Serialize) -> Self {
        match serde_json::to_vec(value) {
            Ok(bytes) => Self(xxh3_128(&bytes)),
            Err(error) => panic!("a value that names something cannot be written: {error}"),
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
