use inference::Degrade;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ImagesSpec;

/// What a device sees: which images, and how they are degraded.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Conditions {
    /// Which images; by default, each equally likely.
    #[serde(default, skip_serializing_if = "ImagesSpec::is_random")]
    pub images: ImagesSpec,
    /// How they are degraded; by default, they are not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub degrade: Option<Degrade>,
}
