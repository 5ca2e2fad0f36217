use analysis::Role;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Bound, Decider, Decision, Recipe, Strategy, Truth, View, Way};

/// Send what the little network gets wrong and the big one right. It knows the labels: a bound, not a real policy.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Oracle;

impl Recipe for Oracle {
    const NAME: &'static str = "oracle";

    fn role(&self) -> Role {
        Role::Bound
    }

    fn strategy(&self) -> Strategy {
        Strategy::answer_or_appeal()
    }

    fn decider(&self, _: Option<f64>) -> Decider {
        Decider::Bound(Box::new(*self))
    }
}

/// No policy gains as much with as few appeals.
impl Bound for Oracle {
    fn decide(&self, view: &View, truth: &mut Truth) -> Decision {
        if truth(Way::BIG) && !truth(Way::LITTLE) { view.refer() } else { view.keep() }
    }

    /// An answer more that is right, none, or one less.
    fn worth(&self, truth: &mut Truth) -> f64 {
        let right = |is: bool| f64::from(u8::from(is));
        right(truth(Way::BIG)) - right(truth(Way::LITTLE))
    }
}
