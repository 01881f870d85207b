//! The clock.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The clock.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClockConfig {
    /// What it is called, different from the node's other sensors.
    #[schemars(extend("format" = "picket-name"))]
    pub name: String,
}
