use analysis::Role;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Outlines, Recipe, Strategy};

/// Keep everything.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LocalOnly;

impl Recipe for LocalOnly {
    const NAME: &'static str = "local-only";

    fn role(&self) -> Role {
        Role::Local
    }

    fn strategy(&self, _: &Outlines) -> Strategy {
        Strategy::little_alone()
    }
}
