//! A webcam.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A webcam.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct V4l2Config {}
