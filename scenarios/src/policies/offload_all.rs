use analysis::Role;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Outlines, Recipe, Strategy, StrategyError};

/// Send everything, without running the little network.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OffloadAll;

impl Recipe for OffloadAll {
    const NAME: &'static str = "offload-all";

    fn role(&self) -> Role {
        Role::Offload
    }

    fn strategy(&self, _: &Outlines) -> Result<Strategy, StrategyError> {
        Ok(Strategy::input_at_once())
    }
}
