//! Picket's own keys in a message's header.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::StreamId;
use crate::event::Kind;
use crate::time::{ClockState, Timestamp};

/// A message's place in its stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Number {
    /// The stream.
    pub stream: StreamId,
    /// Counts from 1.
    pub seq: u64,
    /// The `seq` sent just before it in this stream on this connection; 0 for the first.
    pub prev: u64,
}

/// Picket's own keys.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "FlatKeys", into = "FlatKeys")]
pub struct Keys {
    /// The version of these keys.
    pub picket: u32,
    /// The node that speaks.
    pub node: String,
    /// Its view, for what concerns one.
    pub view: Option<String>,
    /// What the message is.
    pub kind: Kind,
    /// The place in its stream; hello, heartbeats and live frames have none.
    pub number: Option<Number>,
    /// When it happened: the capture time of a frame.
    pub at: Option<Timestamp>,
    /// The first stamp, where `at` was corrected before sending: see [`super`].
    pub was: Option<Timestamp>,
    /// The machine's run, from its start to its end: Linux' boot id.
    pub boot: Option<String>,
    /// When it happened, in nanoseconds since the machine started.
    pub mono_ns: Option<u64>,
    /// Whether the clock that gave `at` can be believed.
    pub clock: Option<ClockState>,
    /// The id of the event it belongs to.
    pub event: Option<String>,
    /// What there is to say, by kind: see [`crate::event`].
    pub data: Value,
}

/// The keys as they lie in the JSON object.
#[derive(Clone, Serialize, Deserialize)]
struct FlatKeys {
    picket: u32,
    node: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    view: Option<String>,
    kind: Kind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stream: Option<StreamId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seq: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    prev: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    was: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    boot: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mono_ns: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    clock: Option<ClockState>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    event: Option<String>,
    #[serde(default, skip_serializing_if = "Value::is_null")]
    data: Value,
}

impl TryFrom<FlatKeys> for Keys {
    type Error = &'static str;

    fn try_from(flat: FlatKeys) -> Result<Keys, &'static str> {
        let FlatKeys { picket, node, view, kind, stream, seq, prev, at, was, boot, mono_ns, clock, event, data } = flat;
        let number = match (stream, seq, prev) {
            (None, None, None) => None,
            (Some(stream), Some(seq), Some(prev)) if prev < seq => Some(Number { stream, seq, prev }),
            (Some(_), Some(_), Some(_)) => return Err("`prev` is not below `seq`"),
            _ => return Err("`stream`, `seq` and `prev` go together"),
        };
        Ok(Keys { picket, node, view, kind, number, at, was, boot, mono_ns, clock, event, data })
    }
}

impl From<Keys> for FlatKeys {
    fn from(keys: Keys) -> FlatKeys {
        let Keys { picket, node, view, kind, number, at, was, boot, mono_ns, clock, event, data } = keys;
        let (stream, seq, prev) = match number {
            Some(Number { stream, seq, prev }) => (Some(stream), Some(seq), Some(prev)),
            None => (None, None, None),
        };
        FlatKeys { picket, node, view, kind, stream, seq, prev, at, was, boot, mono_ns, clock, event, data }
    }
}
