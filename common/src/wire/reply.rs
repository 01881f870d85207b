//! What a hub says to a node: `OK` and `ERROR: reason` to old senders, one JSON part to Picket nodes.
//!
//! Such a part is an object with one key, which says what it is. Most are answers. The answer to a hello is the welcome:
//! ```json
//! {"welcome": {"picket": 1, "name": "hub", "version": "0.1.0", "max_bytes": 67108864, "credit_messages": 64,
//!   "credit_bytes": 8388608, "time": "2026-11-20T12:00:00Z", "twin": {"hardware": "10000000abcdef01", "address": "10.0.0.7"}}}
//! ```
//! `version` is that of the hub's program. `twin` stands there only while another machine says hello under the same name.
//! The welcome of a probe ([`crate::event::Hello::probe`]) has `waiting` as well: how many messages are acknowledged and
//! not stored yet. A node does without any of the three.
//!
//! Two parts come by themselves, to a node that has said hello, and are not answered. One says that another machine has just
//! been noticed under its name:
//! ```json
//! {"twin": {"hardware": "10000000abcdef01", "address": "10.0.0.7"}}
//! ```
//! The other is a command: what becomes of it the node tells as an event.
//! ```json
//! {"command": {"order": "snapshot", "view": "Mailbox"}}
//! {"command": {"order": "record", "for_ms": 10000}}
//! ```
//! Without `view` it is for every camera. `for_ms` is milliseconds, of which a node takes at most ten minutes. A node
//! ignores orders that it does not know, as it does other keys, so that versions mix.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Command, DecodeError, StreamId};
use crate::time::Timestamp;

/// How much may be on its way without an acknowledgement. Zero messages means: pause. Otherwise one
/// message of any allowed size may always be on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credit {
    /// At most so many messages.
    pub credit_messages: u64,
    /// At most so many bytes of headers and bodies.
    pub credit_bytes: u64,
}

/// The answer to a hello.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welcome {
    /// The version to speak: the newest that both know.
    pub picket: u32,
    /// The hub's name.
    pub name: String,
    /// The largest message the hub takes, in bytes of header and body.
    pub max_bytes: u64,
    /// The window.
    #[serde(flatten)]
    pub credit: Credit,
    /// The hub's clock.
    pub time: Timestamp,
    /// The version of the hub's program; older ones do not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Another machine that says hello under the same name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub twin: Option<Twin>,
    /// Messages that are acknowledged and not stored yet; only a probe is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting: Option<u64>,
}

/// Another machine that says hello under a node's name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Twin {
    /// Its serial number, or its id.
    pub hardware: String,
    /// Its address in the network, as the hub sees it; empty where that is not known.
    #[serde(default)]
    pub address: String,
}

impl fmt::Display for Twin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.address.as_str() {
            "" => write!(f, "machine {}", self.hardware),
            address => write!(f, "machine {} at {address}", self.hardware),
        }
    }
}

/// What a hub answers.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    /// To an old sender: a promise, for what is stored.
    Ok,
    /// To an old sender: not stored, and why.
    Refused(String),
    /// To a hello.
    Welcome(Welcome),
    /// Everything in this stream up to `seq` is safe.
    Ack {
        /// The stream.
        stream: StreamId,
        /// The highest number that is safe.
        seq: u64,
        /// The window, restated.
        credit: Credit,
    },
    /// The hub has this stream up to `seq` only: go back to what follows it.
    Expect {
        /// The stream.
        stream: StreamId,
        /// The highest number that is safe.
        seq: u64,
    },
    /// The hub does not know this connection: say hello.
    Hello,
    /// This one message is refused for good.
    Error {
        /// The stream.
        stream: StreamId,
        /// The message.
        seq: u64,
        /// Why.
        reason: String,
    },
    /// The answer to a heartbeat.
    Heartbeat {
        /// The window, restated.
        credit: Credit,
        /// The hub's clock.
        time: Timestamp,
    },
    /// Something is to be done: no answer.
    Command(Command),
    /// Another machine uses the node's name: no answer.
    Twin(Twin),
    /// Something a newer hub says; to be ignored.
    Unknown(String),
}

#[derive(Serialize, Deserialize)]
struct Ack {
    stream: StreamId,
    seq: u64,
    #[serde(flatten)]
    credit: Credit,
}

#[derive(Serialize, Deserialize)]
struct Place {
    stream: StreamId,
    seq: u64,
}

#[derive(Serialize, Deserialize)]
struct Refusal {
    stream: StreamId,
    seq: u64,
    reason: String,
}

#[derive(Serialize, Deserialize)]
struct Beat {
    #[serde(flatten)]
    credit: Credit,
    time: Timestamp,
}

impl Reply {
    /// The one part to send.
    pub fn encode(&self) -> Vec<u8> {
        let value = match self {
            Reply::Ok => return b"OK".to_vec(),
            Reply::Refused(reason) => return format!("ERROR: {reason}").into_bytes(),
            Reply::Welcome(welcome) => json!({"welcome": welcome}),
            Reply::Ack { stream, seq, credit } => {
                json!({"ack": Ack { stream: *stream, seq: *seq, credit: *credit }})
            }
            Reply::Expect { stream, seq } => json!({"expect": Place { stream: *stream, seq: *seq }}),
            Reply::Hello => json!({"hello": {}}),
            Reply::Error { stream, seq, reason } => {
                json!({"error": Refusal { stream: *stream, seq: *seq, reason: reason.clone() }})
            }
            Reply::Heartbeat { credit, time } => json!({"heartbeat": Beat { credit: *credit, time: *time }}),
            Reply::Command(command) => json!({"command": command}),
            Reply::Twin(twin) => json!({"twin": twin}),
            Reply::Unknown(kind) => json!({kind: {}}),
        };
        value.to_string().into_bytes()
    }

    /// Reads an answer. What is neither `ERROR: ...` nor JSON is an old hub's free reply, taken as `OK`:
    /// imagezmq lets the program say what it likes.
    pub fn decode(part: &[u8]) -> Result<Reply, DecodeError> {
        if let Some(reason) = part.strip_prefix(b"ERROR:") {
            return Ok(Reply::Refused(String::from_utf8_lossy(reason).trim().to_owned()));
        }
        if !part.starts_with(b"{") {
            return Ok(Reply::Ok);
        }
        let header = |error: serde_json::Error| DecodeError::Header(error.to_string());
        let value: serde_json::Map<String, Value> = serde_json::from_slice(part).map_err(header)?;
        let Some((kind, inner)) = value.into_iter().next() else { return Ok(Reply::Unknown(String::new())) };
        Ok(match kind.as_str() {
            "welcome" => Reply::Welcome(serde_json::from_value(inner).map_err(header)?),
            "ack" => {
                let Ack { stream, seq, credit } = serde_json::from_value(inner).map_err(header)?;
                Reply::Ack { stream, seq, credit }
            }
            "expect" => {
                let Place { stream, seq } = serde_json::from_value(inner).map_err(header)?;
                Reply::Expect { stream, seq }
            }
            "hello" => Reply::Hello,
            "error" => {
                let Refusal { stream, seq, reason } = serde_json::from_value(inner).map_err(header)?;
                Reply::Error { stream, seq, reason }
            }
            "heartbeat" => {
                let Beat { credit, time } = serde_json::from_value(inner).map_err(header)?;
                Reply::Heartbeat { credit, time }
            }
            "command" => Reply::Command(serde_json::from_value(inner).map_err(header)?),
            "twin" => Reply::Twin(serde_json::from_value(inner).map_err(header)?),
            _ => Reply::Unknown(kind),
        })
    }
}
