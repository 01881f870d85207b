//! The spool's room on the disk: what is acknowledged is cleared away, once the checkpoint says so, and where that is not
//! enough the least valuable goes.

use std::sync::Arc;
use std::time::Duration;

use picket_common::bytes::Bytes;

use super::Keeper;
use crate::spool::item::{Class, Item};

/// What a record takes beside its payload, at most.
const RECORD_BYTES: u64 = 96;

impl Keeper {
    /// Gives up the least valuable until a batch fits within the spool's own size.
    pub(super) fn make_room_within(&mut self, class: Class, batch: &[Arc<Item>]) -> Result<(), String> {
        let wanted: u64 = batch.iter().map(|item| item.size() + RECORD_BYTES).sum();
        let segment = self.settings.segment_bytes();
        // It may begin a segment and leave the rest of the one before empty.
        let wanted = wanted.next_multiple_of(segment) + segment;
        while self.held_bytes() + wanted > self.settings.max_disk && self.held_bytes() > 0 {
            if !self.make_room(class)? {
                return Err(format!("it is full ({}) with what is worth more", Bytes(self.settings.max_disk)));
            }
        }
        Ok(())
    }

    fn held_bytes(&self) -> u64 {
        self.logs.iter().flat_map(|logs| &logs.writers).map(|writer| writer.held_bytes()).sum()
    }

    /// Gives up one segment for a message of this class: one that nobody needs any more, else the oldest of the least
    /// valuable class that is worth no more than this one. Whether there was one.
    pub(super) fn make_room(&mut self, class: Class) -> Result<bool, String> {
        let before = self.held_bytes();
        if self.shared.queues().has_freed() {
            self.tidy()?;
        }
        if self.held_bytes() < before {
            return Ok(true);
        }
        let worth_less = Class::ALL.into_iter().rev().take_while(|other| *other >= class);
        for other in worth_less {
            if self.give_up(other)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    pub(super) fn tidy_in_time(&mut self, now: Duration) {
        let due = self.shared.queues().next_tidying().is_some_and(|at| at <= now);
        if due && self.logs.is_some() {
            self.trouble = self.tidy().err();
            // Not at once again, whether it went well or not.
            self.shared.queues().tidied();
        }
    }

    /// Lets go of all segments of which nothing is needed any more, once the checkpoint says so.
    pub(super) fn tidy(&mut self) -> Result<(), String> {
        self.write_checkpoint()?;
        let Some(logs) = &mut self.logs else { return Ok(()) };
        for class in Class::ALL {
            let mut reader = self.shared.reading.reader(class);
            let Some(reader) = reader.as_mut() else { continue };
            let needed = self.shared.queues().first_record(class).unwrap_or(u64::MAX);
            reader.trim(needed.saturating_sub(1)).map_err(|error| error.to_string())?;
            let last = logs.writers[class as usize].synced();
            let gone = last.saturating_sub(reader.depth_after(0));
            // What may come back is to be known then.
            if self.shared.queues().is_over_before(class, gone) {
                logs.sync_folder(class)?;
                self.shared.queues().forget_before(class, gone);
            }
        }
        self.shared.queues().tidied();
        Ok(())
    }

    pub(super) fn write_checkpoint(&mut self) -> Result<(), String> {
        let Some(logs) = &mut self.logs else { return Ok(()) };
        let checkpoint = logs.file.with(self.shared.queues().marks());
        logs.file.write(checkpoint)
    }
}
