use super::{Decision, Evidence, Policy};

/// Everything goes to the cloud, and the little network never runs.
pub struct OffloadAll;

impl Policy for OffloadAll {
    fn asks_little(&self) -> bool {
        false
    }

    fn decide(&self, _: &Evidence) -> Decision {
        Decision::Appeal
    }
}
