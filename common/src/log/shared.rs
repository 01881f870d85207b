//! What the writing and the reading end share: which segments there are, how far each is durable, and
//! the spare files. Knows the names of files, not their contents.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::disk::{Disk, DiskFile, Lock};
use super::places::Places;
use super::segment::{self, Segment};
use super::{LogError, Options};

/// The part of a segment that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Extent {
    pub(super) serial: u64,
    /// The file's size.
    pub(super) bytes: u64,
    /// The number of the first record.
    pub(super) first: u64,
    /// The number of the last; one below `first` where there is none.
    pub(super) last: u64,
    /// Where the last record ends.
    pub(super) end: u64,
    /// Whether the file may be written again; not after a failed sync.
    pub(super) reusable: bool,
}

impl Extent {
    /// One without records, begun when `next` was the next number.
    pub(super) fn empty(serial: u64, bytes: u64, next: u64) -> Extent {
        Extent { serial, bytes, first: next, last: next.saturating_sub(1), end: segment::HEAD, reusable: true }
    }

    /// Whether it holds records after `number`.
    pub(super) fn goes_beyond(&self, number: u64) -> bool {
        !self.is_empty() && self.last > number
    }

    pub(super) fn is_empty(&self) -> bool {
        self.end <= segment::HEAD
    }
}

/// What is known of the log, under one lock.
#[derive(Debug, Default)]
pub(super) struct State {
    /// From the oldest on.
    pub(super) extents: VecDeque<Extent>,
    /// Numbers of records lost to damage, as ranges with both ends.
    pub(super) gaps: Vec<(u64, u64)>,
    /// Serials of spare files, all of the size of a segment.
    pub(super) spares: Vec<u64>,
    pub(super) places: Places,
    /// The highest serial ever used.
    pub(super) serial: u64,
    /// The last durable number.
    pub(super) synced: u64,
}

impl State {
    /// Which segment holds this record, and where in it; none when none does, or the log is not indexed.
    pub(super) fn place(&self, number: u64) -> Option<(&Extent, u64)> {
        let holds = |extent: &&Extent| !extent.is_empty() && (extent.first..=extent.last).contains(&number);
        let extent = self.extents.iter().find(holds)?;
        Some((extent, self.places.of(extent.serial, extent.first, number)?))
    }

    /// How many durable records lie after `number`.
    pub(super) fn depth_after(&self, number: u64) -> u64 {
        let beyond = |first: u64, last: u64| last.saturating_sub(number.max(first.saturating_sub(1)));
        let held = |extent: &Extent| {
            let lost = self.gaps.iter().map(|(from, to)| beyond(extent.first.max(*from), extent.last.min(*to)));
            beyond(extent.first, extent.last).saturating_sub(lost.sum())
        };
        self.extents.iter().map(held).sum()
    }

    /// Bytes of all segments with records, or with what was withdrawn.
    pub(super) fn held_bytes(&self) -> u64 {
        self.extents.iter().map(|extent| extent.bytes).sum()
    }
}

pub(super) struct Shared {
    pub(super) disk: Arc<dyn Disk>,
    pub(super) options: Options,
    state: Mutex<State>,
    /// Told when more has become durable.
    pub(super) grown: Condvar,
    _lock: Lock,
}

impl Shared {
    pub(super) fn new(disk: Arc<dyn Disk>, options: Options, lock: Lock, state: State) -> Shared {
        Shared { disk, options, state: Mutex::new(state), grown: Condvar::new(), _lock: lock }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A file for a new segment of at least `bytes`, under a name that is durable. Its contents are those
    /// of an earlier life.
    pub(super) fn take_segment(&self, bytes: u64) -> Result<Segment, LogError> {
        let bytes = bytes.max(self.options.segment_bytes);
        let held = self.state().held_bytes();
        if held > 0 && held + bytes > self.options.max_bytes {
            let place = self.disk.place("");
            return Err(LogError::Full(format!("{place}: {held} bytes are waiting for the reader, which is behind")));
        }
        let (serial, spare) = {
            let mut state = self.state();
            state.serial += 1;
            let spare = if bytes == self.options.segment_bytes { state.spares.pop() } else { None };
            (state.serial, spare)
        };
        let name = segment::name(serial);
        let spare = match spare {
            Some(spare) => spare,
            None => {
                let made = self.disk.create(&segment::spare_name(serial), bytes);
                made.map_err(|error| self.error("cannot make the segment", &name, &error))?;
                serial
            }
        };
        let begin = || {
            self.disk.rename(&segment::spare_name(spare), &name)?;
            self.disk.sync_dir()?;
            self.disk.open(&name)
        };
        match begin() {
            Ok(file) => Ok(Segment { serial, bytes, file }),
            Err(error) => {
                // Should this fail too, the next opening finds the file and makes it a spare one.
                let _ = self.disk.rename(&name, &segment::spare_name(spare));
                self.keep_spare(spare, bytes);
                Err(self.error("cannot begin the segment", &name, &error))
            }
        }
    }

    /// As [`super::Reader::stock_up`].
    pub(super) fn stock_up(&self, least: usize) -> Result<bool, LogError> {
        let serial = {
            let mut state = self.state();
            if state.spares.len() >= least.min(self.options.spare_segments) {
                return Ok(false);
            }
            state.serial += 1;
            state.serial
        };
        let (name, bytes) = (segment::spare_name(serial), self.options.segment_bytes);
        self.disk.create(&name, bytes).map_err(|error| self.error("cannot make the spare file", &name, &error))?;
        self.keep_spare(serial, bytes);
        Ok(true)
    }

    /// Gives up a segment's file: to the spare ones, if it fits there.
    pub(super) fn give_up(&self, serial: u64, bytes: u64, reusable: bool) -> io::Result<()> {
        let name = segment::name(serial);
        let wanted = self.state().spares.len() < self.options.spare_segments;
        if !(reusable && wanted && bytes == self.options.segment_bytes) {
            return self.disk.remove(&name);
        }
        self.disk.rename(&name, &segment::spare_name(serial))?;
        self.state().spares.push(serial);
        Ok(())
    }

    fn keep_spare(&self, serial: u64, bytes: u64) {
        let mut state = self.state();
        if bytes == self.options.segment_bytes && state.spares.len() < self.options.spare_segments {
            state.spares.push(serial);
        } else {
            // Otherwise the next opening removes it.
            let _ = self.disk.remove(&segment::spare_name(serial));
        }
    }

    pub(super) fn open_to_read(&self, name: &str) -> Result<Arc<dyn DiskFile>, LogError> {
        self.disk.open_to_read(name).map_err(|error| self.error("cannot open", name, &error))
    }

    pub(super) fn error(&self, what: &str, name: &str, error: &io::Error) -> LogError {
        LogError::of(what, &self.disk.place(name), error)
    }
}
