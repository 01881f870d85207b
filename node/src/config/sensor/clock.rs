//! The clock.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::TriggerConfig;

/// The clock.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClockConfig {
    /// What it is called, different from the node's other sensors.
    #[schemars(extend("format" = "picket-name"))]
    pub name: String,
    /// The cameras that it triggers, such as `[Mailbox]`. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger: Option<TriggerConfig>,
}
