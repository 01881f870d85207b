//! A lamp or illuminator: where it is connected, and when it is on.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A lamp or illuminator.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LampConfig {
    /// What it is called, different from the node's other lamps.
    #[schemars(extend("format" = "picket-name"))]
    pub name: String,
    /// The pin, by its BCM number (GPIO18 is 18).
    pub gpio: u8,
}
