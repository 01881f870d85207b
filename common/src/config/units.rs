//! Values as people write them: `10s`, `5m`, `1GiB`, `50%`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A length of time: `500ms`, `10s`, `5m`, `2h`, `7d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Duration(pub std::time::Duration);

/// A number of bytes: `500KiB`, `64MiB`, `1GiB`, `2GB`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Size(pub u64);

/// A share, 0 to 100.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize, JsonSchema)]
pub struct Percent(pub f64);
