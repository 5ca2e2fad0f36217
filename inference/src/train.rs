//! Training in the project's own kernels: classification first, then AppealNet's joint training of both heads, or of the
//! predictor heads alone on a network that stays as it is.
//!
//! A batch is cut into chunks of fixed size. Each chunk runs forward and backward on its own (its batch normalisation
//! sees only that chunk), and gradients are summed in the order of the chunks, so the resulting weights do not depend
//! on the number of threads.

mod augment;
mod checkpoint;
mod curve;
mod field;
mod head;
mod initial;
mod objective;
mod optimizer;
mod parallel;
mod pass;
mod readings;
mod recipe;
mod session;
mod start;
mod statistics;
mod step;
mod target;
mod teacher;
#[cfg(test)]
mod tests;

use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;
use xxhash_rust::xxh3::xxh3_64;

pub use augment::Augment;
pub use curve::{Epoch, Outcome, Stage};
#[cfg(test)]
pub(crate) use pass::Pass;
pub use recipe::{Classify, Joint, Knowledge, LeaveOut, PredictorSteps, Recipe, TrainOn};
pub use session::{checkpoint_of, train};
pub use target::Target;

/// The random stream for one purpose.
fn stream(seed: u64, purpose: &str, epoch: usize, entity: usize) -> Xoshiro256PlusPlus {
    let mut key = purpose.as_bytes().to_vec();
    key.extend([seed, epoch as u64, entity as u64].into_iter().flat_map(u64::to_le_bytes));
    Xoshiro256PlusPlus::seed_from_u64(xxh3_64(&key))
}
