use analysis::Role;
use device_models::units::Share;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    AnyScore, Chain, NotOneTarget, OneOrMore, Outlines, Recipe, Strategy, StrategyError, SureEnough, Target,
    TargetFields, Unsure,
};

/// Run networks on the device one after the other until an answer is sure enough; what none is sure of is sent up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "CascadeFields", into = "CascadeFields")]
#[schemars(with = "CascadeFields")]
pub struct Cascade {
    networks: Chain,
    sure: SureEnough,
    unsure: Unsure,
}

/// As a file writes it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct CascadeFields {
    /// The networks in the order in which they run.
    networks: Chain,
    /// The score by which the probability of being right is known, of each network for itself.
    #[schemars(with = "OneOrMore<AnyScore>")]
    score: AnyScore,
    /// What is done with a request of which no network is sure.
    #[serde(default, skip_serializing_if = "Unsure::is_usual")]
    unsure: Unsure,
    /// Keep what is right with at least this probability.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "OneOrMore<Share>")]
    delta: Option<Share>,
    /// Reach this share of the way from the first network's accuracy to that of what an unsure request gets.
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

impl Recipe for Cascade {
    const NAME: &'static str = "cascade";
    const NEEDS: Option<&'static str> = Some(
        "networks, a score and one of delta, accuracy-gain, accuracy, appeal-rate, such as cascade: {networks: little > medium, score: max-softmax, accuracy: 92 %}",
    );

    fn family(&self) -> String {
        format!("cascade {}", self.sure.score.name())
    }

    fn label(&self) -> String {
        format!("{} of {} {}{}", self.family(), self.networks, self.sure.target, self.unsure.told())
    }

    fn role(&self) -> Role {
        Role::Method
    }

    fn strategy(&self, networks: &Outlines) -> Result<Strategy, StrategyError> {
        let mut ways = Vec::with_capacity(self.networks.0.len());
        for name in &self.networks.0 {
            let way = networks.find(name)?;
            if !networks.is_unknown() && ways.contains(&way) {
                return Err(StrategyError::Twice { network: name.0.clone() });
            }
            if self.sure.score.needs_predictor() {
                networks.check_predictors(way, [networks.last_exit(way)].into_iter())?;
            }
            ways.push(way);
        }
        Ok(self.unsure.one_by_one(&ways))
    }

    fn sure_enough(&self) -> Option<SureEnough> {
        Some(self.sure)
    }
}

impl TryFrom<CascadeFields> for Cascade {
    type Error = NotOneTarget;

    fn try_from(fields: CascadeFields) -> Result<Self, NotOneTarget> {
        let CascadeFields { networks, score, unsure, delta, accuracy_gain, accuracy, appeal_rate } = fields;
        let target: Target = TargetFields { delta, accuracy_gain, accuracy, appeal_rate }.try_into()?;
        Ok(Self { networks, sure: SureEnough { score: score.0, target }, unsure })
    }
}

impl From<Cascade> for CascadeFields {
    fn from(Cascade { networks, sure: SureEnough { score, target }, unsure }: Cascade) -> Self {
        let TargetFields { delta, accuracy_gain, accuracy, appeal_rate } = target.into();
        Self { networks, score: AnyScore(score), unsure, delta, accuracy_gain, accuracy, appeal_rate }
    }
}
