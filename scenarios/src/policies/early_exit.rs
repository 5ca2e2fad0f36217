use analysis::Role;
use device_models::units::Share;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    AnyScore, NetworkName, NotOneTarget, OneOrMore, Outlines, Recipe, Strategy, StrategyError, SureEnough, Target,
    TargetFields, Unsure,
};

/// Keep the answer of a network's first exit that is sure enough (Teerapittayanon et al., BranchyNet, ICPR 2016); what
/// none is sure of is sent up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "EarlyExitFields", into = "EarlyExitFields")]
#[schemars(with = "EarlyExitFields")]
pub struct EarlyExit {
    network: NetworkName,
    sure: SureEnough,
    unsure: Unsure,
}

/// As a file writes it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct EarlyExitFields {
    /// The network, which has exits; by default, `little`.
    #[serde(default = "NetworkName::little", skip_serializing_if = "NetworkName::is_little")]
    network: NetworkName,
    /// The score by which the probability of being right is known, at each exit for itself.
    #[schemars(with = "OneOrMore<AnyScore>")]
    score: AnyScore,
    /// What is done with a request of which no exit is sure.
    #[serde(default, skip_serializing_if = "Unsure::is_usual")]
    unsure: Unsure,
    /// Keep what is right with at least this probability.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "OneOrMore<Share>")]
    delta: Option<Share>,
    /// Reach this share of the way from the first exit's accuracy to that of what an unsure request gets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "OneOrMore<Share>")]
    accuracy_gain: Option<Share>,
    /// Reach this accuracy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "OneOrMore<Share>")]
    accuracy: Option<Share>,
    /// Send up this share of requests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "OneOrMore<Share>")]
    appeal_rate: Option<Share>,
}

impl Recipe for EarlyExit {
    const NAME: &'static str = "early-exit";
    const NEEDS: Option<&'static str> = Some(
        "a score and one of delta, accuracy-gain, accuracy, appeal-rate, such as early-exit: {network: exits, score: q, accuracy: 92 %}",
    );

    fn family(&self) -> String {
        format!("early-exit {}", self.sure.score.name())
    }

    fn label(&self) -> String {
        let network = if self.network.is_little() { String::new() } else { format!(" of {}", self.network.0) };
        format!("{}{network} {}{}", self.family(), self.sure.target, self.unsure.told())
    }

    fn role(&self) -> Role {
        Role::Method
    }

    fn strategy(&self, networks: &Outlines) -> Result<Strategy, StrategyError> {
        let network = networks.find(&self.network)?;
        if networks.exits(network).len() == 1 {
            return Err(StrategyError::NoEarlyExit { network: self.network.0.clone() });
        }
        if self.sure.score.needs_predictor() {
            networks.check_predictors(network, 0..networks.exits(network).len())?;
        }
        Ok(self.unsure.exit_by_exit(network, networks))
    }

    fn sure_enough(&self) -> Option<SureEnough> {
        Some(self.sure)
    }
}

impl TryFrom<EarlyExitFields> for EarlyExit {
    type Error = NotOneTarget;

    fn try_from(fields: EarlyExitFields) -> Result<Self, NotOneTarget> {
        let EarlyExitFields { network, score, unsure, delta, accuracy_gain, accuracy, appeal_rate } = fields;
        let target: Target = TargetFields { delta, accuracy_gain, accuracy, appeal_rate }.try_into()?;
        Ok(Self { network, sure: SureEnough { score: score.0, target }, unsure })
    }
}

impl From<EarlyExit> for EarlyExitFields {
    fn from(EarlyExit { network, sure: SureEnough { score, target }, unsure }: EarlyExit) -> Self {
        let TargetFields { delta, accuracy_gain, accuracy, appeal_rate } = target.into();
        Self { network, score: AnyScore(score), unsure, delta, accuracy_gain, accuracy, appeal_rate }
    }
}
