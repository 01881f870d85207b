//! What is measured now and then.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A sensor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ds18b20Config {
    /// What it is called, different from the node's other sensors.
    #[schemars(extend("format" = "picket-name"))]
    pub name: String,
}

/// A sensor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DhtConfig {
    /// What it is called, different from the node's other sensors.
    #[schemars(extend("format" = "picket-name"))]
    pub name: String,
}

/// A sensor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IioConfig {
    /// What it is called, different from the node's other sensors.
    #[schemars(extend("format" = "picket-name"))]
    pub name: String,
}

/// A sensor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CommandSensorConfig {
    /// What it is called, different from the node's other sensors.
    #[schemars(extend("format" = "picket-name"))]
    pub name: String,
}

/// A sensor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FileSensorConfig {
    /// What it is called, different from the node's other sensors.
    #[schemars(extend("format" = "picket-name"))]
    pub name: String,
}
