//! One decision of ingest, as it lies in the journal: everything about a message that could turn out
//! differently a second time is decided and written here, so that the shelver can carry it out again
//! after a crash and nothing differs. Knows neither socket nor disk.

use jiff::tz::{Offset, TimeZone};
use picket_common::event::Kind;
use picket_common::time::{ClockState, Timestamp};
use picket_common::wire::{RawShape, StreamId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A message that was accepted, with what was decided about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The node, by its clean name.
    pub node: String,
    /// Its view.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub view: Option<String>,
    /// What it is.
    pub kind: Kind,
    /// The text, as it was sent.
    pub msg: String,
    /// When it happened, by the node's clock, or when it was received where the node does not say.
    pub at: Timestamp,
    /// When the hub received it.
    pub received: Timestamp,
    /// The hub's zone at `at`, in seconds east of UTC: the tree and the log are in local time.
    pub at_offset: i32,
    /// The hub's zone at `received`.
    pub received_offset: i32,
    /// The first stamp that the message had, where `at` is another: the node or the hub has corrected it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was: Option<Timestamp>,
    /// The node's clock was not set, and nothing tells how far off `at` is.
    #[serde(default, skip_serializing_if = "is_false")]
    pub doubtful: bool,
    /// The run of the node's machine, and its uptime in nanoseconds then: where the clock was not right by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boot: Option<String>,
    /// See `boot`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mono_ns: Option<u64>,
    /// Whether the node's clock could be believed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<ClockState>,
    /// The stream it came in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream: Option<StreamId>,
    /// Its number there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
    /// The event it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// What else it says.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub data: Value,
    /// For an image, where it is stored: a path below the data directory, used by no other image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The body is raw pixels of this form, to be stored as JPEG.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<RawShape>,
    /// For an old sender's image, the BLAKE3 digest of the body as it came, in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// It was taken over from an imagehub's directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub import: Option<Import>,
}

/// What was decided about an entry that an import took over.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Import {
    /// For an image, the file that it is; the record has no body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// Its line lies in the log already.
    #[serde(default, skip_serializing_if = "is_false")]
    pub logged: bool,
    /// Newer facts are known: it says nothing of the present.
    #[serde(default, skip_serializing_if = "is_false")]
    pub past: bool,
    /// It begins something that no line ends and that does not go on now: so long the log knew of the node.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// A file that is to be stored where it is not yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// Its whole path.
    pub path: String,
    /// Its size when it was decided about, in bytes: another one means that it is another file now, or a damaged one.
    pub size: u64,
    /// Copy it; else it is hard-linked.
    pub copy: bool,
}

fn is_false(value: &bool) -> bool {
    !value
}

impl Entry {
    /// An entry that says no more than this, received when it happened, in local time of `zone`.
    pub fn new(
        kind: Kind,
        (node, view): (String, Option<String>),
        msg: String,
        at: Timestamp,
        zone: &TimeZone,
    ) -> Entry {
        let offset = zone.to_offset(at).seconds();
        Entry {
            node,
            view,
            kind,
            msg,
            at,
            received: at,
            at_offset: offset,
            received_offset: offset,
            was: None,
            doubtful: false,
            boot: None,
            mono_ns: None,
            clock: None,
            stream: None,
            seq: None,
            event: None,
            data: Value::Null,
            file: None,
            raw: None,
            digest: None,
            import: None,
        }
    }

    /// Whether the hub gave the time: then the order of arrival tells before and after, whatever its clock did meanwhile.
    pub fn is_by_arrival(&self) -> bool {
        self.at == self.received && self.import.is_none()
    }

    /// Whether an imagehub logged this about itself: it is taken over as it stands, and is of no node.
    pub fn is_imagehubs_own(&self) -> bool {
        self.import.is_some() && self.kind == Kind::Other
    }

    /// The local time at which it happened.
    pub fn local_at(&self) -> jiff::civil::DateTime {
        local(self.at, self.at_offset)
    }

    /// The local time at which it was received.
    pub fn local_received(&self) -> jiff::civil::DateTime {
        local(self.received, self.received_offset)
    }

    /// The journal's bytes for this entry: the length of its JSON as four bytes, lowest first, the JSON; the
    /// message's body follows.
    pub fn encode(&self) -> Vec<u8> {
        // Strings, numbers and JSON values always have a JSON form.
        let json = serde_json::to_vec(self).unwrap_or_default();
        let mut bytes = (json.len() as u32).to_le_bytes().to_vec();
        bytes.extend_from_slice(&json);
        bytes
    }

    /// Parts a journal record into its entry and the message's body.
    pub fn decode(record: &[u8]) -> Result<(Entry, &[u8]), String> {
        let (length, rest) = record.split_first_chunk::<4>().ok_or("the record is too short")?;
        let length = u32::from_le_bytes(*length) as usize;
        let (json, body) = rest.split_at_checked(length).ok_or("the record is shorter than its entry")?;
        let entry = serde_json::from_slice(json).map_err(|error| error.to_string())?;
        Ok((entry, body))
    }
}

fn local(time: Timestamp, offset: i32) -> jiff::civil::DateTime {
    Offset::from_seconds(offset).unwrap_or(Offset::UTC).to_datetime(time)
}
