//! The rows that the index answers with, as plain data; their JSON is what `--json` prints.

use picket_common::time::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{from_time, to_time};

/// In nanoseconds.
const MINUTE: i64 = 60_000_000_000;

/// One happening, or one reading.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct EventRow {
    /// The journal number of its first message.
    pub number: u64,
    /// Its id, where the sender gave one.
    pub event: Option<String>,
    /// The node.
    pub node: String,
    /// The view.
    pub view: Option<String>,
    /// What it is about.
    pub what: String,
    /// The detector.
    pub detector: Option<String>,
    /// The state that it brought.
    pub state: String,
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    pub start: Timestamp,
    /// When it was over; none while it goes on.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub end: Option<Timestamp>,
    /// Whether a restart of the node ended it.
    pub cut: bool,
    /// Its highest score, 0 to 1.
    pub score: Option<f64>,
    /// Where the score was highest.
    pub boxes: Value,
    /// Which cells changed.
    pub grid: Option<String>,
    /// Why, in words.
    pub reason: Option<String>,
    /// How many images belong to it, those included that retention has deleted since. For who may see some of the node's
    /// views only: how many they may see.
    pub images: u64,
    /// How many of them it has deleted. For who may see some of the node's views only it is not known of which views those
    /// were: 0.
    pub gone: u64,
    /// Whether it is pinned: none of its images is deleted.
    pub pinned: bool,
    /// The file of its best image, unless that was deleted.
    pub best: Option<String>,
    /// A reading's value.
    pub value: Option<f64>,
    /// And its unit.
    pub unit: Option<String>,
    /// The text of its first message.
    pub text: String,
    /// The time that was said first, where the one above was corrected.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub was: Option<Timestamp>,
    /// The node's clock was not set, and nothing tells how far off the time is.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub doubtful: bool,
}

/// One happening, as people review it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Reviewable {
    /// What is known of it.
    #[serde(flatten)]
    pub event: EventRow,
    /// Whether whoever asks has reviewed it.
    pub reviewed: bool,
    /// The number of the image that shows it best, of those that are there.
    pub best_image: Option<u64>,
    /// People's own word for its state.
    pub label: Option<String>,
}

/// One image.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ImageRow {
    /// Its journal number.
    pub number: u64,
    /// The node.
    pub node: String,
    /// The view.
    pub view: Option<String>,
    /// When it was taken.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// When the hub received it.
    #[schema(value_type = String, format = DateTime)]
    pub received: Timestamp,
    /// Why it was kept.
    pub role: Option<String>,
    /// The event under which it was sent.
    pub event: Option<String>,
    /// The other events that it belongs to, each with its role there.
    pub also: Value,
    /// Pixels.
    pub width: Option<u64>,
    /// Pixels.
    pub height: Option<u64>,
    /// Bytes.
    pub size: u64,
    /// BLAKE3 of the file, in hexadecimal.
    pub checksum: String,
    /// Its path below the data directory.
    pub file: String,
    /// Whether it is pinned, by itself or with an event that it belongs to: it is not deleted.
    pub pinned: bool,
    /// The text of its message.
    pub text: String,
    /// The time that was said first, where the one above was corrected.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub was: Option<Timestamp>,
    /// The node's clock was not set, and nothing tells how far off the time is.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub doubtful: bool,
}

/// One node, as it is now.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct NodeRow {
    /// Its name.
    pub node: String,
    /// When it was first heard; its minute for who may see some of its views only.
    #[schema(value_type = String, format = DateTime)]
    pub first_seen: Timestamp,
    /// When it was last heard; its minute for who may see some of its views only.
    #[schema(value_type = String, format = DateTime)]
    pub last_seen: Timestamp,
    /// Whether the hub has missed it for longer than its patience.
    pub silent: bool,
    /// When it last said that it had restarted.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub restarted: Option<Timestamp>,
    /// The version of its program.
    pub version: Option<String>,
    /// Its machine.
    pub hardware: Option<String>,
    /// How it is, in its own words.
    pub health: Value,
    /// Which two machines have its name, while two have it.
    pub twins: Option<String>,
    /// What its detectors see.
    pub states: Vec<StateRow>,
    /// What its sensors read last.
    pub readings: Vec<ReadingRow>,
}

impl NodeRow {
    /// Leaves out what is of the node as a whole, for who may see some of its views only.
    pub(super) fn hide_the_whole(&mut self) {
        (self.hardware, self.health, self.twins) = (None, Value::Null, None);
        (self.restarted, self.version) = (None, None);
        (self.first_seen, self.last_seen) = (full_minute(self.first_seen), full_minute(self.last_seen));
    }

    /// Since when it is stopped, by its own word; none where it goes on, or was started again.
    pub fn stopped(&self) -> Option<Timestamp> {
        let own = self.states.iter().find(|state| state.what == "node" && state.view.is_none());
        let StateRow { state, since, before, before_since, .. } = own?;
        match (state.as_str(), before.as_deref()) {
            ("stopped", _) => Some(*since),
            ("silent", Some("stopped")) => *before_since,
            _ => None,
        }
    }
}

/// The minute that a time is in: no more is told of when hidden views were heard.
pub(super) fn full_minute(time: Timestamp) -> Timestamp {
    let at = to_time(time);
    from_time(at - at.rem_euclid(MINUTE))
}

/// The present state that one detector sees.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct StateRow {
    /// The view.
    pub view: Option<String>,
    /// What it is about.
    pub what: String,
    /// The detector.
    pub detector: Option<String>,
    /// The state.
    pub state: String,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    pub since: Timestamp,
    /// The state before.
    pub before: Option<String>,
    /// Since when that was.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub before_since: Option<Timestamp>,
}

/// What one sensor read last.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ReadingRow {
    /// The view.
    pub view: Option<String>,
    /// What is measured.
    pub name: String,
    /// How much.
    pub value: f64,
    /// In which unit.
    pub unit: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
}
