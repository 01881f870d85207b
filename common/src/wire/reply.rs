//! What a hub says to a node: `OK` and `ERROR: reason` to old senders, one JSON part to Picket nodes.
//!
//! Such a part is an object with one key, which says what it is. Most are answers; a command comes by itself, to a node
//! that has said hello, and is not answered: what becomes of it the node tells as an event.
//! ```json
//! {"command": {"order": "snapshot", "view": "Mailbox"}}
//! {"command": {"order": "record", "for_ms": 10000}}
//! ```
//! Without `view` it is for every camera. `for_ms` is milliseconds, of which a node takes at most ten minutes. A node
//! ignores orders that it does not know, as it does other keys, so that versions mix.

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
            _ => Reply::Unknown(kind),
        })
    }
}
