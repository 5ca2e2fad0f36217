use device_models::units::{DataSize, Share};

use super::NetworkName;

/// What is to be planned for a policy.
#[derive(Clone, Debug, PartialEq)]
pub struct SplitWanted {
    /// The network that is cut.
    pub network: NetworkName,
    /// What weights and activations may take on the device.
    pub memory: DataSize,
    /// The accuracy that may be lost, measured on images of the calibration half.
    pub accuracy_drop: Share,
}
