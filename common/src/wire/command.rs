//! What a hub can ask of a node. How it is written is told in [`super::Reply`]'s file.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Something that a node is to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    /// What.
    #[serde(flatten)]
    pub order: Order,
    /// With which camera; none means all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub view: Option<String>,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "lowercase")]
pub enum Order {
    /// Keep one frame, now.
    Snapshot,
    /// Keep frames for a while, as of an event that starts now.
    Record {
        /// For so long, in milliseconds.
        for_ms: u64,
    },
    /// An order that a newer Picket knows; to be ignored.
    #[serde(other)]
    Other,
}

impl Order {
    /// No recording lasts longer.
    pub const LONGEST: Duration = Duration::from_secs(600);

    /// A recording of this length, or of [`Order::LONGEST`].
    pub fn record(time: Duration) -> Order {
        let time = time.min(Order::LONGEST);
        Order::Record { for_ms: u64::try_from(time.as_millis()).unwrap_or(u64::MAX) }
    }
}
