//! A camera that streams MJPEG over HTTP, such as a phone.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A camera that streams MJPEG over HTTP, such as a phone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HttpConfig {}
