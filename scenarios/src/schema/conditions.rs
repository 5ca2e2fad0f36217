use inference::Degrade;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ImagesSpec;

/// What a device sees: which images, and what befalls them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Conditions {
    /// Which images; by default, each equally likely.
    #[serde(default, skip_serializing_if = "ImagesSpec::is_random")]
    pub images: ImagesSpec,
    /// What befalls them; by default, nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub degrade: Option<Degrade>,
}
