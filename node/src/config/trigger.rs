//! Which cameras something triggers, and when.

use picket_common::config::Duration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::EventSend;

/// What a sensor makes cameras do: a list of views, or with all that can be said,
/// `{cameras: [Mailbox], send: {before: 5s, during: 2/s, after: 5s}, min_duration: 1s, cool_down: 1m}`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(from = "Written")]
pub struct TriggerConfig {
    /// The views whose frames are kept. Default: none.
    pub cameras: Vec<String>,
    /// Which frames. Default: `{before: 5, during: 2/s, after: 5}`.
    pub send: EventSend,
    /// It must last so long before frames are kept. Default: 0s.
    pub min_duration: Duration,
    /// So long after the last frame of one event no other triggers. Default: 0s.
    pub cool_down: Duration,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Written {
    Cameras(Vec<String>),
    All(All),
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
struct All {
    /// The views whose frames are kept.
    cameras: Vec<String>,
    /// Which frames. Default: `{before: 5, during: 2/s, after: 5}`.
    #[serde(default)]
    send: EventSend,
    /// It must last so long before frames are kept. Default: 0s.
    #[serde(default)]
    min_duration: Duration,
    /// So long after the last frame of one event no other triggers. Default: 0s.
    #[serde(default)]
    cool_down: Duration,
}

impl From<Written> for TriggerConfig {
    fn from(written: Written) -> TriggerConfig {
        match written {
            Written::Cameras(cameras) => TriggerConfig { cameras, ..TriggerConfig::default() },
            Written::All(All { cameras, send, min_duration, cool_down }) => {
                TriggerConfig { cameras, send, min_duration, cool_down }
            }
        }
    }
}
