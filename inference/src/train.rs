//! Training in the project's own kernels: classification first, then AppealNet's joint training of both heads.
//!
//! A batch is cut into chunks of fixed size. Each chunk runs forward and backward on its own (its batch normalisation
//! sees that chunk alone), and gradients are summed in the order of the chunks, so the weights that come out do not
//! depend on the number of threads.

mod augment;
mod initial;
mod optimizer;
mod parallel;
mod pass;
mod recipe;
mod session;
mod step;

pub use augment::Augment;
pub use recipe::{Classify, Joint, Knowledge, Recipe, TrainOn};
pub use session::{Epoch, Outcome, train};
