//! Where each record of an indexed log lies: four bytes a record, segment by segment. Knows no files.

use std::collections::HashMap;

use super::record::{self, ALIGN};

/// The places of all records, by their segments' serials. Of a log that is not indexed there are none.
#[derive(Debug, Default)]
pub(super) struct Places {
    indexed: bool,
    /// In units of [`ALIGN`], from the segment's first number on; 0 where there is no whole record.
    segments: HashMap<u64, Vec<u32>>,
}

impl Places {
    pub(super) fn new(indexed: bool) -> Places {
        Places { indexed, segments: HashMap::new() }
    }

    /// The record with this number begins at `offset` of a segment that begins with the number `first`.
    pub(super) fn note(&mut self, serial: u64, first: u64, number: u64, offset: u64) {
        let Some(nth) = number.checked_sub(first).filter(|_| self.indexed) else { return };
        // A file says what it likes: no number lies further on than the bytes before it allow.
        if nth > offset / record::size(0) {
            return;
        }
        let places = self.segments.entry(serial).or_default();
        if let (Ok(nth), Ok(place)) = (usize::try_from(nth), u32::try_from(offset / ALIGN as u64)) {
            places.resize(places.len().max(nth + 1), 0);
            places[nth] = place;
        }
    }

    /// Where in its segment a record begins.
    pub(super) fn of(&self, serial: u64, first: u64, number: u64) -> Option<u64> {
        let nth = usize::try_from(number.checked_sub(first)?).ok()?;
        let place = *self.segments.get(&serial)?.get(nth)?;
        (place > 0).then_some(u64::from(place) * ALIGN as u64)
    }

    pub(super) fn forget(&mut self, serial: u64) {
        self.segments.remove(&serial);
    }
}
