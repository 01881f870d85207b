//! Goes through all records once, in order, and decides which of them count: those withdrawn end a
//! segment, damage in older batches loses a record, damage in the newest batch ends the log. Reads only.

use std::sync::Arc;

use super::super::disk::Disk;
use super::super::places::Places;
use super::super::record;
use super::super::segment;
use super::super::shared::Extent;
use super::super::window::Window;
use super::super::{Held, Key, LogError};
use super::survey::Candidate;

/// The index of a segment, and a byte in it.
type Place = (usize, u64);

pub(super) struct Scan<'a> {
    disk: &'a dyn Disk,
    candidates: &'a [Candidate],
    /// One for each candidate.
    pub(super) extents: Vec<Extent>,
    /// Whether a segment that counts was met. What came before it was trimmed.
    begun: bool,
    /// The last number that was given.
    pub(super) last: u64,
    /// The number of the last record, damaged or not, and its key. Lower than `last` after an opening with a higher floor.
    pub(super) record: u64,
    pub(super) key: Key,
    /// The highest batch number met, in records that count or not.
    pub(super) highest_batch: u64,
    /// The newest batch of those that count: its number, and where it begins.
    newest: u64,
    pub(super) newest_at: Place,
    /// Records that are damaged or missing, and not yet known to be of an older batch.
    doubts: Vec<Doubt>,
    /// Where the last segment ends, if it can be written further.
    pub(super) tail: Option<u64>,
    pub(super) gaps: Vec<(u64, u64)>,
    pub(super) lost: Vec<(u64, Key)>,
    pub(super) places: Places,
    /// What an indexed log holds.
    pub(super) held: Option<Vec<Held>>,
    pub(super) damage: Vec<String>,
}

/// Damaged records with consecutive numbers.
struct Doubt {
    from: u64,
    to: u64,
    /// The key of the last of them, if known.
    key: Option<Key>,
    /// Where the damage begins, and the number and key of the record before.
    at: Place,
    before: (u64, Key),
}

impl<'a> Scan<'a> {
    pub(super) fn new(disk: &'a dyn Disk, candidates: &'a [Candidate], indexed: bool) -> Scan<'a> {
        Scan {
            disk,
            candidates,
            extents: Vec::new(),
            begun: false,
            last: 0,
            record: 0,
            key: Key::default(),
            highest_batch: 0,
            newest: 0,
            newest_at: (0, segment::HEAD),
            doubts: Vec::new(),
            tail: None,
            gaps: Vec::new(),
            lost: Vec::new(),
            places: Places::new(indexed),
            held: indexed.then(Vec::new),
            damage: Vec::new(),
        }
    }

    pub(super) fn run(&mut self) -> Result<(), LogError> {
        for (index, candidate) in self.candidates.iter().enumerate() {
            self.segment(index, candidate).map_err(|error| {
                LogError::of("cannot read", &self.disk.place(&segment::name(candidate.serial)), &error)
            })?;
        }
        self.cut();
        Ok(())
    }

    fn segment(&mut self, index: usize, candidate: &Candidate) -> std::io::Result<()> {
        let Candidate { serial, bytes, ref file, head, bound } = *candidate;
        self.tail = None;
        self.highest_batch = self.highest_batch.max(bound.batch);
        let later = self.candidates.get(index + 1..).unwrap_or_default();
        let counts = |number, batch| later.iter().all(|later| later.bound.allows(number, batch));
        if !counts(bound.first, bound.batch) {
            self.extents.push(Extent::empty(serial, bytes, self.last + 1));
            return Ok(());
        }
        self.extents.push(Extent::empty(serial, bytes, bound.first));
        let mut window = Window::lenient(Arc::clone(file), serial);
        let mut offset = segment::HEAD;
        let mut found = window.find(offset, bytes, 0)?;
        if !self.begun {
            (self.begun, self.last, self.record) = (true, bound.first - 1, bound.after);
        } else if let Some(head) = head {
            let first_record = found.filter(|(at, record)| *at == offset && record.number == head.first);
            self.missing(head.after, first_record.map(|(_, record)| record.before), self.end_before(index));
            (self.last, self.record) = (head.first - 1, head.after);
        }
        if head.is_some() {
            self.batch(bound.batch, bound.batch_start, (index, 0));
        }
        while let Some((at, record)) = found {
            if !counts(record.number, record.batch) {
                self.highest_batch = self.highest_batch.max(record.batch);
                break;
            }
            let begin = if at == segment::HEAD { 0 } else { at };
            self.missing(record.number - 1, Some(record.before), (index, offset));
            self.batch(record.batch, record.batch_start(), (index, begin));
            if window.payload(at, &record, bytes, |_| {})? {
                self.hold(&record, (index, at));
            } else {
                self.doubt(record.number, record.number, Some(record.key), (index, at));
            }
            self.pass(&record);
            offset = at.saturating_add(record.size());
            if let Some(extent) = self.extents.last_mut() {
                (extent.last, extent.end) = (record.number, offset.min(bytes));
            }
            found = window.find(offset, bytes, record.number)?;
        }
        let whole = head.is_some_and(|head| head.bytes == bytes) && !window.unreadable;
        self.tail = (whole && offset > segment::HEAD).then_some(offset);
        Ok(())
    }

    /// A whole record, at its place.
    fn hold(&mut self, record: &record::Head, (index, offset): Place) {
        let (Some(held), Some(extent)) = (&mut self.held, self.extents.get(index)) else { return };
        self.places.note(extent.serial, extent.first, record.number, offset);
        held.push(Held { number: record.number, key: record.key, length: record.length });
    }

    fn pass(&mut self, record: &record::Head) {
        (self.last, self.record, self.key) = (record.number, record.number, record.key);
    }

    /// A batch begins only after the sync of the one before: all records before its first are of older batches.
    fn batch(&mut self, batch: u64, start: u64, at: Place) {
        if batch > self.newest {
            (self.newest, self.newest_at) = (batch, at);
        }
        self.highest_batch = self.highest_batch.max(batch);
        for mut doubt in std::mem::take(&mut self.doubts) {
            if doubt.from >= start {
                self.doubts.push(doubt);
                continue;
            }
            let rest = (doubt.to >= start).then(|| {
                let before = (start - 1, doubt.before.1);
                Doubt { from: start, key: doubt.key.take(), before, ..doubt }
            });
            doubt.to = doubt.to.min(start - 1);
            self.lose(&doubt);
            self.doubts.extend(rest);
        }
    }

    /// The records after the last one up to `to` are not where they should be; `key` is that of the record `to`. If it is the
    /// last one's, the numbers between were passed over for a floor, and a torn head does not tell so.
    fn missing(&mut self, to: u64, key: Option<Key>, at: Place) {
        let none_between = self.key != Key::default() && key == Some(self.key);
        if to > self.last && !none_between {
            self.doubt(self.last + 1, to, key, at);
        }
    }

    fn doubt(&mut self, from: u64, to: u64, key: Option<Key>, at: Place) {
        self.doubts.push(Doubt { from, to, key, at, before: (self.record, self.key) });
    }

    fn lose(&mut self, doubt: &Doubt) {
        let which = if doubt.from == doubt.to {
            format!("record {} is damaged and lost", doubt.from)
        } else {
            format!("records {} to {} are damaged or missing, and lost", doubt.from, doubt.to)
        };
        self.damage.push(format!("{}: {which}", self.place(doubt.at)));
        self.gaps.push((doubt.from, doubt.to));
        self.lost.extend(doubt.key.map(|key| (doubt.to, key)));
    }

    /// Ends the log before the first damage in the newest batch, which was never acknowledged.
    fn cut(&mut self) {
        let Some(doubt) = std::mem::take(&mut self.doubts).into_iter().next() else { return };
        let (index, offset) = doubt.at;
        let place = self.place(doubt.at);
        let from = doubt.from;
        self.damage
            .push(format!("{place}: what was written last is not whole: record {from} and what follows are lost"));
        (self.last, (self.record, self.key), self.tail) = (doubt.from - 1, doubt.before, None);
        if let Some(held) = &mut self.held {
            held.retain(|held| held.number < doubt.from);
        }
        for (at, extent) in self.extents.iter_mut().enumerate().skip(index) {
            if at == index {
                (extent.last, extent.end) = (self.last, offset);
            } else {
                *extent = Extent::empty(extent.serial, extent.bytes, doubt.from);
            }
        }
    }

    /// Where the segments before `index` end.
    fn end_before(&self, index: usize) -> Place {
        let before = self.extents.iter().enumerate().take(index).rev().find(|(_, extent)| !extent.is_empty());
        before.map_or((0, segment::HEAD), |(index, extent)| (index, extent.end))
    }

    fn place(&self, (index, offset): Place) -> String {
        let name = self.candidates.get(index).map_or_else(String::new, |candidate| segment::name(candidate.serial));
        format!("{}, byte {offset}", self.disk.place(&name))
    }
}
