//! One stream: which of its messages wait, each either in memory or in a record on the disk, in the order of their
//! numbers whichever holds them. Knows no lock, no class and no file.

use std::collections::VecDeque;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use picket_common::wire::StreamId;

use super::item::Item;

/// What stands for the next number of a stream to which nothing is added.
const FOUND: u64 = u64::MAX;

/// A stream.
pub(super) struct Queue {
    /// Its name on the wire.
    pub(super) stream: StreamId,
    /// Its name in the log: another where the spool comes from other hardware.
    pub(super) written_as: StreamId,
    /// Everything up to here is safe at the hub.
    pub(super) acknowledged: u64,
    /// The number that the next message gets.
    next: u64,
    /// Both in the order of their numbers; no number is in both.
    memory: VecDeque<Held>,
    disk: VecDeque<Written>,
    /// The last record with anything of it.
    last_record: u64,
}

/// A message in memory.
pub(super) struct Held {
    pub(super) item: Arc<Item>,
    /// When it came, in uptime.
    pub(super) since: Duration,
}

/// A message on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) seq: u64,
    /// The record's number in the log.
    pub(super) record: u64,
    /// Of its payload.
    pub(super) bytes: u32,
    /// When it came, in seconds of uptime; negative is before the machine's start.
    pub(super) since_s: i32,
}

/// A stream that was found on the disk.
pub(super) struct Found {
    pub(super) stream: StreamId,
    pub(super) written_as: StreamId,
    pub(super) acknowledged: u64,
    /// The last record with anything of it, acknowledged or not.
    pub(super) last_record: u64,
    /// In the order of their numbers.
    pub(super) written: VecDeque<Written>,
}

/// Where a message is.
pub(super) enum Place {
    Memory(Arc<Item>),
    Disk(Written),
}

impl Queue {
    /// A stream of this process.
    pub(super) fn present() -> Queue {
        let stream = StreamId::random();
        let (memory, disk) = (VecDeque::new(), VecDeque::new());
        Queue { stream, written_as: stream, acknowledged: 0, next: 1, memory, disk, last_record: 0 }
    }

    /// A stream found on the disk.
    pub(super) fn found(found: Found) -> Queue {
        let Found { stream, written_as, acknowledged, last_record, written: disk } = found;
        let (memory, next) = (VecDeque::new(), FOUND);
        Queue { stream, written_as, acknowledged, next, memory, disk, last_record }
    }

    /// Adds a message that `make` makes of its number.
    pub(super) fn push(&mut self, since: Duration, make: impl FnOnce(StreamId, u64) -> Item) -> &Arc<Item> {
        let item = Arc::new(make(self.stream, self.next));
        self.next += 1;
        let place = self.memory.len();
        self.memory.push_back(Held { item, since });
        &self.memory[place].item
    }

    /// The last number given; none where another run gave them.
    pub(super) fn newest(&self) -> Option<u64> {
        (self.next < FOUND).then(|| self.next.saturating_sub(1))
    }

    /// The first message behind `seq`.
    pub(super) fn after(&self, seq: u64) -> Option<Place> {
        let memory = self.memory.get(self.memory.partition_point(|held| held.item.seq <= seq));
        let disk = self.disk.get(self.disk.partition_point(|written| written.seq <= seq));
        match (memory, disk) {
            (Some(held), Some(written)) if written.seq < held.item.seq => Some(Place::Disk(*written)),
            (Some(held), _) => Some(Place::Memory(held.item.clone())),
            (None, written) => written.copied().map(Place::Disk),
        }
    }

    /// Takes the first message out if its number is at most `seq`.
    pub(super) fn pop(&mut self, seq: u64) -> Option<Place> {
        let number = self.after(0).map(|place| place.seq()).filter(|first| *first <= seq)?;
        self.remove(number)
    }

    /// Takes a message out.
    pub(super) fn remove(&mut self, seq: u64) -> Option<Place> {
        if let Some(item) = self.remove_from_memory(seq) {
            return Some(Place::Memory(item));
        }
        let place = self.disk.binary_search_by_key(&seq, |written| written.seq).ok()?;
        self.disk.remove(place).map(Place::Disk)
    }

    /// Takes the oldest message in memory out.
    pub(super) fn pop_memory(&mut self) -> Option<Arc<Item>> {
        self.memory.pop_front().map(|held| held.item)
    }

    /// A message in memory was written; it is none's who has meanwhile left. Gives what was in memory.
    pub(super) fn wrote(&mut self, written: Written) -> Option<Arc<Item>> {
        self.last_record = self.last_record.max(written.record);
        let item = self.remove_from_memory(written.seq)?;
        let place = self.disk.partition_point(|other| other.seq < written.seq);
        self.disk.insert(place, written);
        Some(item)
    }

    /// Takes those out that are in records with these numbers.
    pub(super) fn drop_records(&mut self, records: &RangeInclusive<u64>) -> VecDeque<Written> {
        let (gone, kept) = self.disk.iter().partition(|written| records.contains(&written.record));
        self.disk = kept;
        gone
    }

    /// What is in memory, in order.
    pub(super) fn memory(&self) -> impl Iterator<Item = &Held> {
        self.memory.iter()
    }

    /// What is on the disk, in order.
    pub(super) fn disk(&self) -> impl Iterator<Item = &Written> {
        self.disk.iter()
    }

    /// The log was opened anew, and this is what it holds of the stream. Gives what it no longer does.
    pub(super) fn found_again(&mut self, found: &VecDeque<Written>) -> Vec<Written> {
        let record = |seq| found.binary_search_by_key(&seq, |written| written.seq).ok().and_then(|at| found.get(at));
        let mut lost = Vec::new();
        self.disk.retain_mut(|written| match record(written.seq) {
            Some(again) => {
                written.record = again.record;
                true
            }
            None => {
                lost.push(*written);
                false
            }
        });
        lost
    }

    /// Nothing of it is left, and all its records were among those up to this one.
    pub(super) fn is_over(&self, record: u64) -> bool {
        self.is_empty() && self.last_record <= record
    }

    pub(super) fn is_empty(&self) -> bool {
        self.memory.is_empty() && self.disk.is_empty()
    }

    fn remove_from_memory(&mut self, seq: u64) -> Option<Arc<Item>> {
        let place = self.memory.binary_search_by_key(&seq, |held| held.item.seq).ok()?;
        self.memory.remove(place).map(|held| held.item)
    }
}

impl Place {
    pub(super) fn seq(&self) -> u64 {
        match self {
            Place::Memory(item) => item.seq,
            Place::Disk(written) => written.seq,
        }
    }
}
