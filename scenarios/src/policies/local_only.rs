use super::{Decision, Evidence, Policy};

/// Everything is answered at the edge.
pub struct LocalOnly;

impl Policy for LocalOnly {
    fn decide(&self, _: &Evidence) -> Decision {
        Decision::Keep
    }
}
