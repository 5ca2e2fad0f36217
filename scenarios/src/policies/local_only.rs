use analysis::Role;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{NetworkName, Outlines, Recipe, Strategy, StrategyError};

/// Keep everything.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LocalOnly {
    /// The network that the devices run; by default, `little`.
    #[serde(default = "NetworkName::little", skip_serializing_if = "NetworkName::is_little")]
    network: NetworkName,
}

impl Recipe for LocalOnly {
    const NAME: &'static str = "local-only";

    fn label(&self) -> String {
        if self.network.is_little() { Self::NAME.to_owned() } else { format!("{} of {}", Self::NAME, self.network.0) }
    }

    fn role(&self) -> Role {
        Role::Local
    }

    fn strategy(&self, networks: &Outlines) -> Result<Strategy, StrategyError> {
        Ok(Strategy::alone(networks.find(&self.network)?))
    }
}
