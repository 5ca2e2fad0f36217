use analysis::Role;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AnyScore, Chain, OneOrMore, Outlines, Recipe, Strategy, StrategyError, SureEnough, Unsure, WithTarget};

/// Run networks on the device one after the other until an answer is sure enough; what none is sure of is sent up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Cascade {
    /// The networks in the order in which they run.
    networks: Chain,
    /// The score by which the probability of being right is known, of each network for itself.
    #[schemars(with = "OneOrMore<AnyScore>")]
    score: AnyScore,
    /// What is done with a request of which no network is sure.
    #[serde(default, skip_serializing_if = "Unsure::is_usual")]
    unsure: Unsure,
}

impl Recipe for WithTarget<Cascade> {
    const NAME: &'static str = "cascade";
    const NEEDS: Option<&'static str> = Some(
        "networks, a score and a target, such as cascade: {networks: little > medium, score: max-softmax, accuracy: 92 %}",
    );

    fn family(&self) -> String {
        format!("cascade {}", self.options.score.0.name())
    }

    fn label(&self) -> String {
        format!("{} of {} {}{}", self.family(), self.options.networks, self.target, self.options.unsure.told())
    }

    fn role(&self) -> Role {
        Role::Method
    }

    fn strategy(&self, networks: &Outlines) -> Result<Strategy, StrategyError> {
        let mut ways = Vec::with_capacity(self.options.networks.0.len());
        for name in &self.options.networks.0 {
            let way = networks.find(name)?;
            if !networks.is_unknown() && ways.contains(&way) {
                return Err(StrategyError::Twice { network: name.0.clone() });
            }
            networks.check_scores(way, [networks.last_exit(way)].into_iter(), self.options.score.0)?;
            ways.push(way);
        }
        Ok(self.options.unsure.one_by_one(&ways))
    }

    fn sure_enough(&self) -> Option<SureEnough> {
        Some(SureEnough { score: self.options.score.0, target: self.target })
    }
}
