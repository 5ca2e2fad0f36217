use super::{Decision, Evidence, Policy};

/// Sends up exactly what the little network gets wrong and the big one right: no policy gains as much with as few appeals.
pub struct Oracle;

impl Policy for Oracle {
    fn decide(&self, evidence: &Evidence) -> Decision {
        let known = (evidence.hindsight)();
        if known.big_right && !known.little_right { Decision::Appeal } else { Decision::Keep }
    }
}
