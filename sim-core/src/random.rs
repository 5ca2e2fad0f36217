//! Named random streams.
//!
//! Every use of chance has a stream of its own, derived from (seed, replication, purpose, entity). Two runs that differ
//! in one thing, such as the policy, then draw the same numbers for everything else: common random numbers by
//! construction. The generator is xoshiro256++ 1.0 (Blackman & Vigna, 2021), seeded through SplitMix64; both have
//! published test vectors and will not change in a later version.

use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

/// A random stream, 32 bytes.
pub type Stream = Xoshiro256PlusPlus;

/// Opens the streams of one replication.
#[derive(Clone, Copy, Debug)]
pub struct Streams {
    root: u64,
}

impl Streams {
    /// The streams of a replication under a seed.
    pub fn new(seed: u64, replication: u64) -> Self {
        Self { root: mix(mix(seed) ^ replication) }
    }

    /// The stream of `purpose` for `entity`; the same one whenever it is opened.
    #[inline]
    pub fn open(&self, purpose: &str, entity: u64) -> Stream {
        Stream::seed_from_u64(mix(mix(self.root ^ name_hash(purpose)) ^ entity))
    }
}

/// FNV-1a over the name; computed at compile time where the name is a literal.
#[inline]
const fn name_hash(name: &str) -> u64 {
    let bytes = name.as_bytes();
    let mut hash = 0xcbf2_9ce4_8422_2325u64;
    let mut at = 0;
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u64).wrapping_mul(0x0100_0000_01b3);
        at += 1;
    }
    hash
}

/// The finaliser of SplitMix64 (Steele, Lea & Flood, OOPSLA 2014), one step ahead: 0 does not map to 0.
const fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use rand::{Rng, RngExt};

    use super::*;

    /// The first outputs that the reference implementation gives for the state (1, 2, 3, 4).
    #[test]
    fn generator_is_the_published_one() {
        let mut state = [0; 32];
        for (index, word) in state.as_chunks_mut::<8>().0.iter_mut().enumerate() {
            *word = (index as u64 + 1).to_le_bytes();
        }
        let mut stream = Stream::from_seed(state);
        let expected = [41943041u64, 58720359, 3588806011781223, 3591011842654386];
        assert_eq!(expected.map(|_| stream.next_u64()), expected);
    }

    #[test]
    fn a_name_opens_the_same_stream_again_and_another_name_another() {
        let streams = Streams::new(7, 3);
        let first = |purpose, entity| streams.open(purpose, entity).next_u64();
        assert_eq!(first("arrivals", 5), first("arrivals", 5));
        assert_ne!(first("arrivals", 5), first("arrivals", 6));
        assert_ne!(first("arrivals", 5), first("images", 5));
        assert_ne!(first("arrivals", 5), Streams::new(7, 4).open("arrivals", 5).next_u64());
    }

    /// The correlation of n independent pairs has standard deviation 1/√n: five of those is a one-in-a-million event.
    #[test]
    fn neighbours_are_uncorrelated() {
        let (streams, n) = (Streams::new(1, 0), 100_000);
        let value = |entity| streams.open("arrivals", entity).random::<f64>() - 0.5;
        let product: f64 = (0..n).map(|entity| value(entity) * value(entity + 1)).sum();
        let correlation = product / n as f64 * 12.0;
        assert!(correlation.abs() < 5.0 / (n as f64).sqrt(), "{correlation}");
    }
}
