//! The wire: imagezmq's message, grown up. Bytes in, values out, and back.
//!
//! A message is two parts, a JSON header and a body. imagezmq's header has `msg`, a text, and for raw
//! images `dtype` and `shape`. Picket's own keys stand beside them when `picket`, the version, does;
//! old hubs ignore them, and so does this module every key that it does not know. What a hub answers
//! is in [`Reply`].
//!
//! # Time
//! `at` is when it happened, by the node's clock; `mono_ns` the same by the machine's uptime, which never steps, in the run
//! of the machine that `boot` names; `clock` says whether `at` can be believed. A node corrects the stamps of a clock that
//! was not set yet, when it sends them after the clock was set, in the same `boot`: `at` is then the time now less the uptime
//! since `mono_ns`, `was` is the first stamp, and `clock` is the state of the clock that corrected it. Without `was`,
//! nothing was corrected. A message that is sent again may be corrected then and not before, so `was` or, where there is
//! none, `at` is what always stays the same. The frames that an event refers to by their time ([`crate::event::Earlier`])
//! are corrected in the same way.
//!
//! `wire` knows no sockets, no files and no clock. Whatever bytes come in, a value or a
//! [`DecodeError`] comes out, never a panic.

mod command;
mod keys;
mod reply;
#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

pub use self::command::{Command, Order};
pub use self::keys::{Keys, Number};
pub use self::reply::{Credit, Reply, Twin, Welcome};
use crate::event::Kind;
use crate::jpeg::{MAX_PIXELS, MAX_SIDE};

/// The newest version of Picket's keys that this code speaks, and the oldest.
pub const VERSION: u32 = 1;

/// The largest header that is read, in bytes. JSON takes many times its size in memory while it is read.
pub const MAX_HEADER: usize = 1 << 20;

/// A stream of numbered messages: 128 random bits, written as 32 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StreamId(pub u128);

impl StreamId {
    /// A stream that nobody has used before.
    pub fn random() -> StreamId {
        let mut bytes = [0; 16];
        // The system's random source fails only where there is none; a process cannot go on there.
        getrandom::fill(&mut bytes).expect("the system gives random numbers");
        StreamId(u128::from_ne_bytes(bytes))
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for StreamId {
    type Err = DecodeError;

    fn from_str(text: &str) -> Result<StreamId, DecodeError> {
        let plain = text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit());
        let number = u128::from_str_radix(text, 16).ok().filter(|_| plain);
        number
            .map(StreamId)
            .ok_or_else(|| DecodeError::Header(format!("a stream is 32 hexadecimal digits, not {text:?}")))
    }
}

impl Serialize for StreamId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for StreamId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<StreamId, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// The pixels of a raw image: 8-bit grey or BGR, row by row from the top, without gaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RawShape {
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// 1 is grey, 3 is blue, green, red.
    pub channels: u32,
}

/// A message's header, read and checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Header {
    /// imagenode's text.
    pub msg: String,
    /// The form of the body, when it is raw pixels.
    pub raw: Option<RawShape>,
    /// Picket's own keys, when the sender speaks them.
    pub keys: Option<Keys>,
}

/// Why bytes are no message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Not two parts.
    #[error("a message has two parts, a header and a body; this one has {0}")]
    Parts(usize),
    /// The header is not what it should be.
    #[error("header: {0}")]
    Header(String),
    /// The body does not fit the header.
    #[error("image: {0}")]
    Image(String),
    /// A version this code does not speak.
    #[error("picket version {0} is not spoken here, only version {VERSION}")]
    Version(u32),
}

/// The place in its stream of a message that could not be decoded, as well as it can be told: an error that
/// names it lets its sender go on.
pub fn number_of(header: &[u8]) -> Option<(StreamId, u64)> {
    #[derive(Deserialize)]
    struct Place {
        stream: StreamId,
        seq: u64,
    }
    let header = Some(header).filter(|header| header.len() <= MAX_HEADER)?;
    serde_json::from_slice(header).ok().map(|Place { stream, seq }| (stream, seq))
}

/// The text of a message that could not be decoded, where it has one: people know their senders by it.
pub fn text_of(header: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Text {
        msg: String,
    }
    let header = Some(header).filter(|header| header.len() <= MAX_HEADER)?;
    from_json(header).ok().map(|Text { msg }| msg)
}

/// What is read first. Picket's keys are left alone here: an old sender may use their names for its own.
#[derive(Deserialize)]
struct Plain {
    msg: String,
    #[serde(default)]
    dtype: Option<Value>,
    #[serde(default)]
    shape: Option<Value>,
    #[serde(default)]
    picket: Option<Value>,
}

impl Header {
    /// Reads a message's two parts, header and body.
    pub fn decode<P: AsRef<[u8]>>(parts: &[P]) -> Result<Header, DecodeError> {
        let [header, body] = parts else { return Err(DecodeError::Parts(parts.len())) };
        let size = header.as_ref().len();
        if MAX_HEADER < size {
            return Err(DecodeError::Header(format!("{size} bytes are more than the {MAX_HEADER} that one may have")));
        }
        let plain: Plain = from_json(header.as_ref())?;
        let raw = match (&plain.dtype, &plain.shape) {
            (None, None) => None,
            (dtype, shape) => Some(raw_shape(dtype.as_ref(), shape.as_ref(), body.as_ref().len())?),
        };
        let keys = match plain.picket {
            None => None,
            Some(version) => Some(decode_keys(&version, header.as_ref())?),
        };
        Ok(Header { msg: plain.msg, raw, keys })
    }

    /// The header's bytes, as Python's imagezmq reads them too.
    pub fn encode(&self) -> Vec<u8> {
        #[derive(Serialize)]
        struct Wire<'a> {
            msg: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            dtype: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            shape: Option<Vec<u32>>,
            #[serde(flatten)]
            keys: Option<&'a Keys>,
        }
        let shape = self.raw.map(|raw| match raw.channels {
            1 => vec![raw.height, raw.width],
            channels => vec![raw.height, raw.width, channels],
        });
        let wire = Wire { msg: &self.msg, dtype: shape.as_ref().map(|_| "uint8"), shape, keys: self.keys.as_ref() };
        // Strings, numbers and JSON values always have a JSON form.
        serde_json::to_vec(&wire).unwrap_or_default()
    }
}

fn from_json<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, DecodeError> {
    // serde would take a list of values for an object too.
    if bytes.trim_ascii_start().first() == Some(&b'[') {
        return Err(DecodeError::Header("a list is not a JSON object".to_owned()));
    }
    serde_json::from_slice(bytes).map_err(|error| DecodeError::Header(error.to_string()))
}

fn decode_keys(version: &Value, header: &[u8]) -> Result<Keys, DecodeError> {
    let version = version.as_u64().and_then(|version| u32::try_from(version).ok());
    let Some(version) = version.filter(|version| *version > 0) else {
        return Err(DecodeError::Header("`picket` is not a version number".to_owned()));
    };
    let keys: Keys = from_json(header)?;
    // Only the hello may name a newer version: it says what the node could speak.
    if version > VERSION && keys.kind != Kind::Hello {
        return Err(DecodeError::Version(version));
    }
    Ok(keys)
}

fn raw_shape(dtype: Option<&Value>, shape: Option<&Value>, body: usize) -> Result<RawShape, DecodeError> {
    let refuse = |why: String| Err(DecodeError::Image(why));
    let Some(dtype) = dtype.and_then(Value::as_str) else { return refuse("`dtype` is not a text".to_owned()) };
    if dtype != "uint8" {
        return refuse(format!("dtype {dtype} is not uint8; convert it with .astype('uint8') before sending"));
    }
    let sides: Option<Vec<u64>> =
        shape.and_then(Value::as_array).and_then(|sides| sides.iter().map(Value::as_u64).collect());
    let (height, width, channels) = match sides.as_deref() {
        Some([height, width]) => (*height, *width, 1),
        Some([height, width, channels @ (1 | 3)]) => (*height, *width, *channels),
        _ => return refuse("`shape` is neither [height, width] nor [height, width, 3]".to_owned()),
    };
    // It is to be stored as JPEG, so it has JPEG's limits.
    let side = 1..=u64::from(MAX_SIDE);
    if !side.contains(&height) || !side.contains(&width) {
        return refuse(format!("{width} x {height} is not a size; a side has 1 to {MAX_SIDE} pixels"));
    }
    if width * height > MAX_PIXELS {
        return refuse(format!("{width} x {height} are more than {MAX_PIXELS} pixels"));
    }
    let expected = height * width * channels;
    if expected != body as u64 {
        return refuse(format!("{width} x {height} x {channels} needs {expected} bytes, the body has {body}"));
    }
    let (width, height) = (width as u32, height as u32);
    Ok(RawShape { width, height, channels: channels as u32 })
}
