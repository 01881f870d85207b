//! The writing end: gathers a batch in memory, writes it with one write and one sync, and withdraws it
//! whole when that fails. Knows neither how a log is read nor how it is opened.

use std::ops::Range;
use std::sync::Arc;

use super::record::{self, LIMIT};
use super::segment::{self, Segment};
use super::shared::{Extent, Shared};
use super::{Key, LogError};

/// A buffer that had to grow beyond this, in bytes, is not kept.
const BUFFER_KEPT: usize = 4 << 20;

/// The writing end; one owner.
pub struct Writer {
    shared: Arc<Shared>,
    /// The segment at hand. None at first, and after a failed sync.
    active: Option<Active>,
    /// The segment at hand takes no further batch.
    sealed: bool,
    batch: u64,
    /// The last durable record's number, and what a new record has before it.
    synced: Before,
    before: Before,
    /// The records of the batch, as they will lie on the disk.
    buffer: Vec<u8>,
    pieces: Vec<Piece>,
}

/// Where writing goes on.
pub(super) struct Active {
    pub(super) segment: Segment,
    /// Up to here the file is durable; 0 when it has no head yet.
    pub(super) durable: u64,
    /// Up to here it will be filled by the batch at hand.
    pub(super) end: u64,
}

/// What comes before the next record.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Before {
    /// The last number given; the next one is one higher.
    pub(super) number: u64,
    /// The number of the last record; lower only when the log was opened with a higher floor.
    pub(super) record: u64,
    /// That record's key.
    pub(super) key: Key,
}

/// The part of a batch that goes to one segment.
struct Piece {
    segment: Segment,
    offset: u64,
    buffered: Range<usize>,
    first: u64,
    last: u64,
    /// Where each of its records begins.
    places: Vec<u64>,
}

impl Writer {
    pub(super) fn new(shared: Arc<Shared>, active: Option<Active>, batch: u64, before: Before) -> Writer {
        let (buffer, pieces) = (Vec::new(), Vec::new());
        Writer { shared, active, sealed: false, batch, synced: before, before, buffer, pieces }
    }

    /// Adds a record to the batch at hand, made of `parts` joined; gives its number. Nothing is durable yet.
    ///
    /// Fails when a new segment is needed and cannot be made, with [`LogError::Full`] if the disk has no room:
    /// the records before it in the batch stay, and the next call tries again.
    pub fn append(&mut self, key: Key, parts: &[&[u8]]) -> Result<u64, LogError> {
        let length: usize = parts.iter().map(|part| part.len()).sum();
        let length = u32::try_from(length)
            .map_err(|_| LogError::Io(format!("a record of {length} bytes is too large for the log (4 GiB)")))?;
        let number = self.before.number + 1;
        if number >= LIMIT {
            return Err(LogError::Io("the log has no record numbers left; begin a new one".into()));
        }
        let size = record::size(length);
        let mut active = match self.active.take() {
            Some(active) if active.room() >= size && !self.is_sealed(&active) => active,
            full => self.begin_segment(full, size)?,
        };
        self.sealed &= !self.pieces.is_empty();
        let start = self.buffer.len();
        let offset = active.end;
        if offset == 0 {
            self.push_segment_head(&active.segment, number);
        }
        let place = offset.max(segment::HEAD);
        self.push_record(active.segment.serial, number, key, length, parts);
        let end = self.buffer.len();
        active.end += (end - start) as u64;
        match self.pieces.last_mut().filter(|piece| piece.segment.serial == active.segment.serial) {
            Some(piece) => {
                (piece.buffered.end, piece.last) = (end, number);
                piece.places.push(place);
            }
            None => self.pieces.push(Piece {
                segment: active.segment.clone(),
                offset,
                buffered: start..end,
                first: number,
                last: number,
                places: vec![place],
            }),
        }
        self.active = Some(active);
        self.before = Before { number, record: number, key };
        Ok(number)
    }

    /// Makes the batch durable with one sync, and gives the last durable number. When it fails, the whole
    /// batch is withdrawn: its numbers are given again, and replay will not show its records once a later
    /// batch is durable.
    pub fn sync(&mut self) -> Result<u64, LogError> {
        if self.pieces.is_empty() {
            return Ok(self.synced.number);
        }
        let written = self.write_batch();
        match &written {
            Ok(()) => self.publish(),
            Err(_) => self.abandon(),
        }
        self.batch += 1;
        self.clear();
        written.map(|()| self.synced.number)
    }

    /// Withdraws the batch at hand.
    pub fn withdraw(&mut self) {
        let active = self.active.as_ref().map(|active| active.segment.serial);
        for unused in self.pieces.iter().filter(|piece| piece.offset == 0).map(|piece| &piece.segment) {
            if Some(unused.serial) != active {
                // Should this fail, the next opening does it.
                let _ = self.shared.give_up(unused.serial, unused.bytes, true);
            }
        }
        if let Some(active) = &mut self.active {
            active.end = active.durable;
        }
        self.before = self.synced;
        self.clear();
    }

    /// Whether so much waits for the reader that less than half of the room is left.
    pub fn is_half_full(&self) -> bool {
        self.held_bytes() > self.shared.options.max_bytes / 2
    }

    /// Bytes of all files with records, whole files; the spare ones are not counted.
    pub fn held_bytes(&self) -> u64 {
        self.shared.state().held_bytes()
    }

    /// The next batch begins a new segment, so that the one at hand can be let go of before that batch is.
    pub fn seal(&mut self) {
        self.sealed = true;
    }

    /// The last durable number.
    pub fn synced(&self) -> u64 {
        self.synced.number
    }

    /// A batch is not torn apart by a seal, and a segment without records needs none.
    fn is_sealed(&self, active: &Active) -> bool {
        self.sealed && self.pieces.is_empty() && active.durable > 0
    }

    /// Takes a new segment in place of `full`, which stays at hand when there is none to take.
    fn begin_segment(&mut self, full: Option<Active>, size: u64) -> Result<Active, LogError> {
        match self.shared.take_segment(segment::HEAD + size) {
            Ok(segment) => {
                if let Some(unused) = full.filter(|full| full.end == 0) {
                    // Should this fail, the next opening does it.
                    let _ = self.shared.give_up(unused.segment.serial, unused.segment.bytes, true);
                }
                Ok(Active { segment, durable: 0, end: 0 })
            }
            Err(error) => {
                self.active = full;
                Err(error)
            }
        }
    }

    fn push_segment_head(&mut self, segment: &Segment, first: u64) {
        let batch_start = self.synced.number + 1;
        let (serial, bytes, after) = (segment.serial, segment.bytes, self.before.record);
        segment::Head { serial, bytes, first, after, batch: self.batch, batch_start }.push(&mut self.buffer);
    }

    fn push_record(&mut self, serial: u64, number: u64, key: Key, length: u32, parts: &[&[u8]]) {
        let mut hasher = crc32fast::Hasher::new();
        parts.iter().for_each(|part| hasher.update(part));
        // A batch of 2^32 records does not fit into memory.
        let place = (number - self.synced.number - 1) as u32;
        let (batch, before, payload_checksum) = (self.batch, self.before.key, hasher.finalize());
        record::Head { length, payload_checksum, number, batch, place, key, before }.push(serial, &mut self.buffer);
        parts.iter().for_each(|part| self.buffer.extend_from_slice(part));
        // Every record, and the segment's head, is a multiple of the alignment.
        self.buffer.resize(self.buffer.len().next_multiple_of(record::ALIGN), 0);
    }

    /// One segment after the other, so that the end of a batch is never there without its beginning.
    fn write_batch(&self) -> Result<(), LogError> {
        for piece in &self.pieces {
            let bytes = &self.buffer[piece.buffered.clone()];
            piece.segment.file.write_at(piece.offset, bytes).map_err(|error| self.failed("write to", piece, &error))?;
            piece.segment.file.sync_data().map_err(|error| self.failed("sync", piece, &error))?;
        }
        Ok(())
    }

    /// Lets the reading end see the batch.
    fn publish(&mut self) {
        self.synced = self.before;
        if let Some(active) = &mut self.active {
            active.durable = active.end;
        }
        let mut state = self.shared.state();
        for piece in &self.pieces {
            let end = piece.offset + piece.buffered.len() as u64;
            let known = state.extents.back_mut().filter(|extent| extent.serial == piece.segment.serial);
            if let Some(extent) = known {
                (extent.last, extent.end) = (piece.last, end);
            } else {
                let empty = Extent::empty(piece.segment.serial, piece.segment.bytes, piece.first);
                state.extents.push_back(Extent { last: piece.last, end, ..empty });
            }
            let first = state.extents.back().map_or(piece.first, |extent| extent.first);
            for (number, place) in (piece.first..).zip(&piece.places) {
                state.places.note(piece.segment.serial, first, number, *place);
            }
        }
        state.synced = self.synced.number;
        drop(state);
        self.shared.grown.notify_all();
    }

    /// After a failed sync nobody knows what of the batch is on the disk, and the system's memory of the
    /// file may differ from it: these files are never written again, and the next batch begins a segment
    /// whose head says that this one never was.
    fn abandon(&mut self) {
        let mut state = self.shared.state();
        for piece in &self.pieces {
            let serial = piece.segment.serial;
            if state.extents.back().is_none_or(|extent| extent.serial != serial) {
                state.extents.push_back(Extent::empty(serial, piece.segment.bytes, self.synced.number + 1));
            }
            if let Some(extent) = state.extents.back_mut() {
                extent.reusable = false;
            }
        }
        drop(state);
        self.active = None;
        self.before = self.synced;
    }

    fn clear(&mut self) {
        self.pieces.clear();
        self.buffer.clear();
        self.buffer.shrink_to(BUFFER_KEPT);
    }

    fn failed(&self, what: &str, piece: &Piece, error: &std::io::Error) -> LogError {
        let what = format!("the batch is withdrawn, and the next one goes to a new segment: cannot {what}");
        self.shared.error(&what, &segment::name(piece.segment.serial), error)
    }
}

impl Active {
    fn room(&self) -> u64 {
        self.segment.bytes.saturating_sub(self.end.max(segment::HEAD))
    }
}
