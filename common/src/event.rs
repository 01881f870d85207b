//! What happened, as plain data: the kinds of message and what each carries under `data`.
//! Knows no I/O and no clock.

mod health;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use self::health::{
    CameraHealth, DiskHealth, ExposureHealth, HealthData, PowerFlags, PowerHealth, SpoolHealth, WifiHealth,
};
use crate::time::{ClockState, Timestamp};

/// A tiny black JPEG. It goes with every message that has no picture of its own, as imagenode does it, so that
/// every message has the same two parts and an old hub can decode each body.
pub const BLACK_JPEG: &[u8] = include_bytes!("event/black.jpg");

/// What an event's update is about that only says which frames belong to the event as well ([`EventData::earlier`]): a
/// camera sends it for an event that is told by somebody else, a sensor or another camera. Its view is the camera's.
pub const FRAMES: &str = "frames";

/// What an event is about that tells what became of a command: `snapshot` and `refused` are over at once, `recording`
/// ends with `done`.
pub const COMMAND: &str = "command";
/// The state of what nobody sees any more: its node stopped, its input failed.
pub const UNKNOWN: &str = "unknown";

/// What a Picket message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// The first message on a connection; its data is a [`Hello`].
    Hello,
    /// A JPEG frame; its data is an [`ImageData`].
    Image,
    /// Something that happened; its data is an [`EventData`].
    Event,
    /// A sensor's value; its data is a [`ReadingData`].
    Reading,
    /// How the node is; its data is a [`HealthData`].
    Health,
    /// What the node had to drop or set aside.
    Report,
    /// A frame for somebody who looks at it now.
    Live,
    /// A kind that a newer Picket knows.
    #[serde(other)]
    Other,
}

/// Why a frame was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// From before the trigger.
    Before,
    /// The frame on which the event started.
    Trigger,
    /// From while the event went on.
    During,
    /// From after its end.
    After,
    /// The frame with the event's highest score.
    Best,
    /// One frame that was asked for.
    Snapshot,
    /// Every frame is sent.
    Continuous,
    /// One frame now and then, by the clock.
    Sample,
}

impl Role {
    /// The word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Role::Before => "before",
            Role::Trigger => "trigger",
            Role::During => "during",
            Role::After => "after",
            Role::Best => "best",
            Role::Snapshot => "snapshot",
            Role::Continuous => "continuous",
            Role::Sample => "sample",
        }
    }
}

/// Where in its life an event is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// It begins.
    Start,
    /// It goes on, or a state is reported without any event.
    Update,
    /// It is over.
    End,
}

/// The first message on a connection: who speaks. Its `picket` key is the newest version spoken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// The hardware's serial number, or the machine's id where there is none.
    pub hardware: String,
    /// The version of the node's program.
    pub version: String,
    /// Somebody only looks whether the hub answers, as `picket-node doctor` does: the hub welcomes it, and otherwise goes on
    /// as if nothing had come. A hub of before this key takes the hello for a node's.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub probe: bool,
}

/// What an image message says of its frame.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImageData {
    /// Why the frame was kept.
    pub role: Role,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// The other events that the frame belongs to as well: it is sent once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<Also>,
}

/// Another event that a frame belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Also {
    /// Its id.
    pub event: String,
    /// Why the frame was kept for it.
    pub role: Role,
}

/// A frame that was sent before under another event of the same node, and belongs to this one too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Earlier {
    /// Its view; none is the node's only camera.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub view: Option<String>,
    /// When it was captured.
    pub at: Timestamp,
    /// The first stamp, where `at` was corrected, as in the frame's own keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was: Option<Timestamp>,
    /// As in the frame's own keys, where the clock was not known to be right; none says that it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<ClockState>,
    /// As in the frame's own keys; it stands beside `clock`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mono_ns: Option<u64>,
    /// Why it is kept for this event.
    pub role: Role,
}

/// What an event message says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EventData {
    /// Start, update or end.
    pub phase: Phase,
    /// What it is about: `motion`, `light`, `input`, `rule`, `camera`, `node`, [`COMMAND`], [`FRAMES`], ...
    pub what: String,
    /// The state reached: `moving`, `still`, `lighted`, `dark`, `lost`, ...
    pub state: String,
    /// The detector's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detector: Option<String>,
    /// The changed share of the region, 0 to 1; at the end the event's highest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
    /// Where, as `[x, y, width, height]` in pixels of the frame as sent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub boxes: Vec<[u32; 4]>,
    /// Which of 16 x 16 cells of the frame have changed so far: 16 rows from the top, each 16 bits as
    /// four hexadecimal digits, the leftmost cell first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grid: Option<String>,
    /// Why, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Frames of this event that were sent before, under another event.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<Earlier>,
}

impl EventData {
    /// The bare fact; what else there is to say is filled in.
    pub fn new(phase: Phase, what: &str, state: &str) -> EventData {
        EventData {
            phase,
            what: what.to_owned(),
            state: state.to_owned(),
            detector: None,
            score: None,
            boxes: Vec::new(),
            grid: None,
            reason: None,
            earlier: Vec::new(),
        }
    }
}

/// What a report says: how much was lost since the last one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportData {
    /// Events dropped for want of room.
    pub events: u64,
    /// Images dropped for want of room.
    pub images: u64,
    /// Messages that the hub refused for good.
    pub refused: u64,
    /// Messages that were damaged on the node's disk.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub damaged: u64,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// What a reading says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReadingData {
    /// What is measured: `Temp`, `humidity`, ...
    pub name: String,
    /// How much.
    pub value: f64,
    /// In which unit: `F`, `C`, `%`, ...
    pub unit: String,
}

impl ReadingData {
    /// The value for people, as imagenode writes it: `77 F`, `48.4 %`. Degrees and percent have at most one decimal;
    /// what else there is, as many as show three digits. Nothing follows where there is no unit.
    pub fn text(&self) -> String {
        let fine = !["F", "C", "K", "%"].contains(&self.unit.as_str());
        let decimals = if fine && self.value != 0.0 && self.value.is_finite() {
            // 1013.2, 12.3, 1.23, 0.00123
            (2.0 - self.value.abs().log10().floor()).clamp(1.0, 12.0) as usize
        } else {
            1
        };
        let number = format!("{:.decimals$}", self.value);
        let number = number.trim_end_matches('0').trim_end_matches('.');
        let number = if number == "-0" { "0" } else { number };
        format!("{number} {}", self.unit).trim_end().to_owned()
    }
}

/// The numbers in a text such as `77 F`, as imagenode writes its readings.
pub fn parse_reading(name: &str, text: &str) -> Option<ReadingData> {
    let (value, unit) = text.trim().split_once(' ')?;
    let value: f64 = value.parse().ok().filter(|value: &f64| value.is_finite())?;
    let unit = unit.trim();
    let known = ["F", "C", "K", "%", "hPa", "lx", "V", "A", "W", "ohm", "m"].contains(&unit);
    known.then(|| ReadingData { name: name.to_owned(), value, unit: unit.to_owned() })
}

/// `data` as JSON for the wire.
pub fn to_value(data: &impl Serialize) -> Value {
    serde_json::to_value(data).unwrap_or(Value::Null)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reading_is_written_as_people_read_it_and_read_back() {
        let check = |value: f64, unit: &str, text: &str| {
            let reading = ReadingData { name: "x".to_owned(), value, unit: unit.to_owned() };
            assert_eq!(reading.text(), text);
            let read = parse_reading("x", text).filter(|_| !unit.is_empty());
            assert!(read.is_none_or(|read| (read.value - value).abs() <= value.abs() / 100.0 + 0.05), "{text}");
        };
        check(77.0, "F", "77 F");
        check(77.3366, "F", "77.3 F");
        check(-0.04, "C", "0 C");
        check(0.0625, "C", "0.1 C");
        check(100.0, "%", "100 %");
        check(48.44, "%", "48.4 %");
        check(1013.25, "hPa", "1013.2 hPa");
        check(3.2999, "V", "3.3 V");
        check(0.001234, "V", "0.00123 V");
        check(0.0, "lx", "0 lx");
        check(1200.0, "lx", "1200 lx");
        check(7.0, "", "7");
    }
}
