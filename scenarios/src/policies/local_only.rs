use super::{Calibration, Decision, Evidence, Policy, Recipe, Unreachable};

/// Everything is answered at the edge.
#[derive(Clone, Copy)]
pub struct LocalOnly;

impl Recipe for LocalOnly {
    fn label(&self) -> String {
        "local-only".into()
    }

    fn build(&self, _: &Calibration) -> Result<Box<dyn Policy>, Unreachable> {
        Ok(Box::new(*self))
    }
}

impl Policy for LocalOnly {
    fn may_appeal(&self) -> bool {
        false
    }

    fn decide(&self, _: &mut Evidence) -> Decision {
        Decision::Keep
    }
}
