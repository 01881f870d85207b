//! A Raspberry Pi's own camera.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A Raspberry Pi's own camera.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PicameraConfig {}
