//! A message as the spool holds it, and its form in a log's record. Knows no file and no queue.
//!
//! A record's key is the message's stream and number. Its payload: the header's length (4 bytes, little-endian), the
//! header as on the wire but without `stream`, `seq` and `prev`, the body.

use std::sync::Arc;

use picket_common::wire::{Header, Keys, Number, StreamId};

/// How much a message is worth. The first class is sent first and dropped last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    /// Events, readings, and the picture that tells most of each event.
    Event,
    /// The other frames of events.
    EventFrame,
    /// Frames sent with no regard to events.
    Continuous,
}

impl Class {
    /// All, the most valuable first.
    pub const ALL: [Class; 3] = [Class::Event, Class::EventFrame, Class::Continuous];

    /// What its log's folder is called.
    pub fn folder(self) -> &'static str {
        match self {
            Class::Event => "events",
            Class::EventFrame => "frames",
            Class::Continuous => "continuous",
        }
    }
}

/// A message and its place in its stream.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// The stream, one per class and process.
    pub stream: StreamId,
    /// Counts from 1.
    pub seq: u64,
    /// imagenode's text.
    pub msg: String,
    /// Picket's keys, without the number.
    pub keys: Keys,
    /// The JPEG, or a tiny black one with an event.
    pub body: Arc<[u8]>,
}

impl Item {
    /// How much it takes of the memory, in bytes; the header is estimated.
    pub(super) fn size(&self) -> u64 {
        const HEADER_BYTES: usize = 512;
        (self.body.len() + self.msg.len() + HEADER_BYTES) as u64
    }

    /// The header for the wire.
    pub fn header(&self, number: Option<Number>) -> Header {
        Header { msg: self.msg.clone(), raw: None, keys: Some(Keys { number, ..self.keys.clone() }) }
    }

    /// A record's payload before the body.
    pub(super) fn payload_head(&self) -> Vec<u8> {
        let header = self.header(None).encode();
        // A header of 4 GiB does not fit into memory.
        let length = header.len() as u32;
        [&length.to_le_bytes()[..], &header].concat()
    }

    /// The message in a record's payload; none where it holds none.
    pub(super) fn from_payload(stream: StreamId, seq: u64, payload: &[u8]) -> Option<Item> {
        let (length, rest) = payload.split_first_chunk::<4>()?;
        let (header, body) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        let Header { msg, keys, .. } = Header::decode(&[header, body]).ok()?;
        Some(Item { stream, seq, msg, keys: keys?, body: body.into() })
    }
}
