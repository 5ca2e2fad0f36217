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

    /// SplitMix64 started at 0 gives these first, as its authors' program does; each state is one step further.
    #[test]
    fn mixing_is_the_published_one() {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let first = [0, STEP, STEP.wrapping_mul(2)].map(mix);
        assert_eq!(first, [0xe220_a839_7b1d_cdaf, 0x6e78_9e6a_a1b9_65f4, 0x06c4_5d18_8009_454f]);
    }

    /// The test vectors of the hash's authors.
    #[test]
    fn names_are_hashed_as_published() {
        let hashes = ["", "a", "foobar"].map(name_hash);
        assert_eq!(hashes, [0xcbf2_9ce4_8422_2325, 0xaf63_dc4c_8601_ec8c, 0x8594_4171_f739_67e8]);
    }

    /// Of a hundred seeds, replications and entities each, no two open the same stream.
    #[test]
    fn streams_do_not_meet() {
        let seeds = (0..100).map(|seed| Streams::new(seed, 0).open("arrivals", 0).next_u64());
        let replications = (1..100).map(|replication| Streams::new(0, replication).open("arrivals", 0).next_u64());
        let entities = (1..100).map(|entity| Streams::new(0, 0).open("arrivals", entity).next_u64());
        let names = ["images", "delays", "losses"].map(|name| Streams::new(0, 0).open(name, 0).next_u64());
        let all: Vec<u64> = seeds.chain(replications).chain(entities).chain(names).collect();
        assert_eq!(all.iter().collect::<std::collections::BTreeSet<_>>().len(), all.len());
    }
}
