use analysis::Role;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Bound, Decider, Decision, Outlines, Recipe, Strategy, StrategyError, Truth, View};

/// Send what the little network gets wrong and the big one right. It knows the labels: a bound, not a real policy.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Oracle;

impl Recipe for Oracle {
    const NAME: &'static str = "oracle";

    fn role(&self) -> Role {
        Role::Bound
    }

    fn strategy(&self, _: &Outlines) -> Result<Strategy, StrategyError> {
        Ok(Strategy::answer_or_appeal())
    }

    fn decider(&self, _: Option<f64>) -> Decider {
        Decider::Bound(Box::new(*self))
    }
}

/// No policy gains as much with as few appeals, if each is answered by the first tier on its path.
impl Bound for Oracle {
    fn decide(&self, view: &View, truth: &mut Truth) -> Decision {
        let wins = view.upward().next().is_some_and(|up| truth.of_offload(up));
        if wins && !view.answer().is_some_and(|kept| truth.of(&kept)) { view.refer() } else { view.keep() }
    }

    /// An answer more that is right, none, or one less.
    fn worth(&self, kept_is_right: bool, appeal_is_right: bool) -> f64 {
        f64::from(i8::from(appeal_is_right) - i8::from(kept_is_right))
    }
}
