use analysis::Role;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    AnyScore, NetworkName, OneOrMore, Outlines, Recipe, Strategy, StrategyError, SureEnough, Unsure, WithTarget,
};

/// Keep the answer of a network's first exit that is sure enough (Teerapittayanon et al., BranchyNet, ICPR 2016); what
/// none is sure of is sent up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct EarlyExit {
    /// The network, which has exits; by default, `little`.
    #[serde(default = "NetworkName::little", skip_serializing_if = "NetworkName::is_little")]
    network: NetworkName,
    /// The score by which the probability of being right is known, at each exit for itself.
    #[schemars(with = "OneOrMore<AnyScore>")]
    score: AnyScore,
    /// What is done with a request of which no exit is sure.
    #[serde(default, skip_serializing_if = "Unsure::is_usual")]
    unsure: Unsure,
}

impl Recipe for WithTarget<EarlyExit> {
    const NAME: &'static str = "early-exit";
    const NEEDS: Option<&'static str> =
        Some("a score and a target, such as early-exit: {network: exits, score: q, accuracy: 92 %}");

    fn family(&self) -> String {
        format!("early-exit {}", self.options.score.0.name())
    }

    fn label(&self) -> String {
        let network =
            if self.options.network.is_little() { String::new() } else { format!(" of {}", self.options.network.0) };
        format!("{}{network} {}{}", self.family(), self.target, self.options.unsure.told())
    }

    fn role(&self) -> Role {
        Role::Method
    }

    fn strategy(&self, networks: &Outlines) -> Result<Strategy, StrategyError> {
        let network = networks.find(&self.options.network)?;
        if networks.exits(network).len() == 1 {
            return Err(StrategyError::NoEarlyExit { network: self.options.network.0.clone() });
        }
        networks.check_scores(network, 0..networks.exits(network).len(), self.options.score.0)?;
        Ok(self.options.unsure.exit_by_exit(network, networks))
    }

    fn sure_enough(&self) -> Option<SureEnough> {
        Some(SureEnough { score: self.options.score.0, target: self.target })
    }
}
