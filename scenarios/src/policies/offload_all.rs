use super::{Calibration, Decision, Evidence, Policy, Recipe, Unreachable};

/// Everything goes to the cloud, and the little network never runs.
#[derive(Clone, Copy)]
pub struct OffloadAll;

impl Recipe for OffloadAll {
    fn label(&self) -> String {
        "offload-all".into()
    }

    fn build(&self, _: &Calibration) -> Result<Box<dyn Policy>, Unreachable> {
        Ok(Box::new(*self))
    }
}

impl Policy for OffloadAll {
    fn asks_little(&self) -> bool {
        false
    }

    fn decide(&self, _: &mut Evidence) -> Decision {
        Decision::Appeal
    }
}
