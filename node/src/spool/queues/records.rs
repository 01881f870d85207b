//! What of the streams lies on the disk, as the keeper tells it: written, found again, given up, damaged, needed no longer.
//! Reads and writes nothing.

use std::collections::VecDeque;
use std::ops::RangeInclusive;
use std::time::Duration;

use picket_common::wire::StreamId;

use super::{Landed, Queues};
use crate::spool::fate::Fate;
use crate::spool::item::Class;
use crate::spool::queue::{Found, Place, Queue, Written};

impl Queues {
    /// A batch is on the disk. What was acknowledged meanwhile is none's any more.
    pub(in crate::spool) fn wrote(&mut self, class: Class, landed: &[Landed], now: Duration) {
        for Landed { stream, seq, record, bytes } in landed {
            let queue = self.classes[class as usize].iter_mut().find(|queue| queue.stream == *stream);
            let Some(queue) = queue else { continue };
            let since = queue.memory().find(|held| held.item.seq == *seq).map(|held| held.since);
            let since_s = since.map_or(0, |since| i32::try_from(since.as_secs()).unwrap_or(i32::MAX));
            let written = Written { seq: *seq, record: *record, bytes: *bytes, since_s };
            if let Some(item) = queue.wrote(written) {
                self.memory.remove(item.size());
                self.disk.add(u64::from(*bytes));
            } else {
                self.freed_since.get_or_insert(now);
            }
        }
    }

    /// The logs were opened: what was found there takes its place before this process's own, and what is known to be
    /// there and was not found is lost.
    pub(in crate::spool) fn adopt(&mut self, class: Class, found: Vec<Found>) {
        let (known, new): (Vec<Found>, Vec<Found>) =
            found.into_iter().partition(|found| self.locate(found.stream).is_some());
        for queue in &mut self.classes[class as usize] {
            let nothing = VecDeque::new();
            let again = known.iter().find(|found| found.stream == queue.stream);
            let again = again.map_or(&nothing, |found| &found.written);
            for lost in queue.found_again(again) {
                self.disk.remove(u64::from(lost.bytes));
                self.damaged += 1;
                if let Some(witness) = &self.witness {
                    witness(Fate::Damaged(queue.stream, lost.seq));
                }
            }
            // Written when nobody could tell any more whether they were.
            for written in again {
                if let Some(item) = queue.wrote(*written) {
                    self.memory.remove(item.size());
                    self.disk.add(u64::from(written.bytes));
                }
            }
        }
        let older = new.into_iter().map(|found| {
            found.written.iter().for_each(|written| self.disk.add(u64::from(written.bytes)));
            Queue::found(found)
        });
        let older: Vec<Queue> = older.collect();
        let own = self.classes[class as usize].len().saturating_sub(1);
        self.classes[class as usize].splice(own..own, older);
    }

    /// The disk is lost for now: what comes from here on gets streams of its own, so that it need not wait for what is
    /// on the disk.
    pub(in crate::spool) fn turn_over(&mut self) {
        for queues in &mut self.classes {
            if queues.last().is_some_and(|own| own.disk().next().is_some()) {
                queues.push(Queue::present());
            }
        }
    }

    /// A segment was given up, read or not: what of it still waited is lost.
    pub(in crate::spool) fn drop_records(&mut self, class: Class, records: &RangeInclusive<u64>) -> u64 {
        let mut dropped = 0;
        for queue in &mut self.classes[class as usize] {
            for written in queue.drop_records(records) {
                self.disk.remove(u64::from(written.bytes));
                dropped += 1;
                if let Some(witness) = &self.witness {
                    witness(Fate::Dropped(queue.stream, written.seq));
                }
            }
        }
        match class {
            Class::Event => self.dropped_events += dropped,
            Class::EventFrame | Class::Continuous => self.dropped_images += dropped,
        }
        dropped
    }

    /// A record that cannot be read any more; no loss if it is none of ours by now, or lies in another one.
    pub(in crate::spool) fn damaged(&mut self, stream: StreamId, written: &Written, now: Duration) {
        let seq = written.seq;
        let Some((class, place)) = self.locate(stream) else { return };
        let queue = &mut self.classes[class as usize][place];
        if !matches!(queue.after(seq.saturating_sub(1)), Some(Place::Disk(held)) if held == *written) {
            return;
        }
        let Some(message) = queue.remove(seq) else { return };
        self.damaged += 1;
        self.tell(Fate::Damaged(stream, seq));
        self.let_go(&message, now);
    }

    /// Messages lost to damage that was found at an opening.
    pub(in crate::spool) fn add_damaged(&mut self, lost: &[(StreamId, u64)], besides: u64) {
        self.damaged += lost.len() as u64 + besides;
        lost.iter().for_each(|(stream, seq)| self.tell(Fate::Damaged(*stream, *seq)));
    }

    /// A class's log holds no records up to this one any more: streams that are over, and all of whose records were
    /// among them, need no longer be remembered.
    pub(in crate::spool) fn forget_before(&mut self, class: Class, record: u64) {
        let own = self.classes[class as usize].last().map(|queue| queue.stream);
        self.classes[class as usize].retain(|queue| Some(queue.stream) == own || !queue.is_over(record));
    }

    /// Whether there are such streams.
    pub(in crate::spool) fn is_over_before(&self, class: Class, record: u64) -> bool {
        self.classes[class as usize]
            .split_last()
            .is_some_and(|(_, older)| older.iter().any(|queue| queue.is_over(record)))
    }

    /// The lowest record of a class that is still needed; none where none is.
    pub(in crate::spool) fn first_record(&self, class: Class) -> Option<u64> {
        let written = self.classes[class as usize].iter().flat_map(Queue::disk);
        written.map(|written| written.record).min()
    }

    /// Every stream that may be on the disk: its name there, its name on the wire, how far it is acknowledged.
    pub(in crate::spool) fn marks(&self) -> impl Iterator<Item = (StreamId, StreamId, u64)> {
        self.classes.iter().flatten().map(|queue| (queue.written_as, queue.stream, queue.acknowledged))
    }
}
