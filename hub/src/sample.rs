//! Entries and journal records for the tests.

use jiff::fmt::temporal::DateTimeParser;
use jiff::tz::Offset;
use picket_common::event::Kind;
use picket_common::log::{Key, Record};
use picket_common::time::Timestamp;
use picket_common::wire::{RawShape, StreamId};
use serde_json::Value;
use tempfile::TempDir;

use crate::entry::Entry;
use crate::index::Index;
use crate::shelf::Shelf;
use crate::store::Store;

/// A folder for a data directory; in memory where there is such a place, since what is tested is not the disk.
pub(crate) fn folder() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

/// A message by `Node View`, as an old sender sends it, at a local time such as `2026-11-20T12:34:56+01:00`.
pub(crate) fn entry(kind: Kind, msg: &str, at: &str) -> Entry {
    let at_offset = offset(at);
    let at: Timestamp = at.parse().unwrap();
    let (node, view) = picket_common::name::split(msg.split('|').next().unwrap());
    Entry {
        node,
        view,
        kind,
        msg: msg.into(),
        at,
        received: at,
        at_offset,
        received_offset: at_offset,
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

/// The hub's zone in `time`, in seconds.
fn offset(time: &str) -> i32 {
    let pieces = DateTimeParser::new().parse_pieces(time).unwrap();
    pieces.to_numeric_offset().unwrap_or(Offset::UTC).seconds()
}

pub(crate) fn event(msg: &str, at: &str) -> Entry {
    entry(Kind::Event, msg, at)
}

/// An image under the name that ingest would give it.
pub(crate) fn image(msg: &str, at: &str) -> Entry {
    let mut entry = entry(Kind::Image, msg, at);
    let (day, time) = (entry.local_at().date(), entry.local_at().strftime("%H.%M.%S.%6f").to_string());
    let name = [Some(entry.node.as_str()), entry.view.as_deref()].into_iter().flatten().collect::<Vec<_>>().join("-");
    entry.file = Some(format!("images/{day}/{name}-{day}T{time}.jpg"));
    entry
}

/// A data directory that holds `entries`, numbered from 1, each with the body `jpeg`.
pub(crate) fn shelve(entries: Vec<Entry>) -> TempDir {
    let folder = folder();
    let records: Vec<_> = (1..).zip(entries).map(|(number, entry)| entry.record(number, b"jpeg")).collect();
    let (store, index) = (Store::open(folder.path()).unwrap(), Index::open(folder.path()).unwrap());
    Shelf::open(store, index).unwrap().shelve(&records, &[]).unwrap();
    folder
}

impl Entry {
    pub(crate) fn received(mut self, at: &str) -> Entry {
        self.received = at.parse().unwrap();
        self.received_offset = offset(at);
        self
    }

    pub(crate) fn numbered(mut self, stream: u128, seq: u64) -> Entry {
        (self.stream, self.seq) = (Some(StreamId(stream)), Some(seq));
        self
    }

    pub(crate) fn of_event(mut self, event: &str, data: Value) -> Entry {
        (self.event, self.data) = (Some(event.into()), data);
        self
    }

    pub(crate) fn with(mut self, data: Value) -> Entry {
        self.data = data;
        self
    }

    pub(crate) fn raw(mut self, width: u32, height: u32, channels: u32) -> Entry {
        self.raw = Some(RawShape { width, height, channels });
        self
    }

    pub(crate) fn digest(mut self, digest: &str) -> Entry {
        self.digest = Some(digest.into());
        self
    }

    /// The entry as a journal record with a body.
    pub(crate) fn record(self, number: u64, body: &[u8]) -> Record {
        let stream = self.stream.map_or(0, |stream| stream.0);
        let key = Key { stream, seq: self.seq.unwrap_or(0) };
        let mut payload = self.encode();
        payload.extend_from_slice(body);
        Record { number, key, payload }
    }
}
