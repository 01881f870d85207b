//! A pin that is high or low.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A pin that is high or low.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InputConfig {
    /// What it is called, different from the node's other sensors.
    #[schemars(extend("format" = "picket-name"))]
    pub name: String,
}
