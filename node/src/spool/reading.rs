//! The way from a record back to its message: the logs' reading ends, each under a lock of its own that no camera ever
//! takes. A record that is damaged is lost and counted; a disk that cannot be read is for the keeper to open again.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use picket_common::log::{LogError, Reader};
use picket_common::wire::StreamId;
use tracing::warn;

use super::Shared;
use super::item::{Class, Item};
use super::queue::Written;

/// The logs' reading ends; none while they are not open.
#[derive(Default)]
pub(super) struct Reading {
    readers: [Mutex<Option<Reader>>; 3],
    /// What was read last: an uplink that may not send yet asks for the same again and again.
    last: Mutex<Option<Arc<Item>>>,
    /// Why a disk could not be read.
    failure: Mutex<Option<String>>,
}

/// The disk cannot be read now.
pub(super) struct Unreadable;

impl Reading {
    pub(super) fn reader(&self, class: Class) -> MutexGuard<'_, Option<Reader>> {
        lock(&self.readers[class as usize])
    }

    /// Why a disk could not be read since this was last asked.
    pub(super) fn take_failure(&self) -> Option<String> {
        lock(&self.failure).take()
    }

    pub(super) fn close(&self) {
        Class::ALL.into_iter().for_each(|class| *self.reader(class) = None);
        *lock(&self.last) = None;
    }

    /// This message, if it was read last.
    pub(super) fn last(&self, stream: StreamId, seq: u64) -> Option<Arc<Item>> {
        lock(&self.last).clone().filter(|item| item.stream == stream && item.seq == seq)
    }

    fn has_failed(&self) -> bool {
        lock(&self.failure).is_some()
    }

    fn fail(&self, error: &LogError) {
        lock(&self.failure).get_or_insert(error.to_string());
    }
}

impl Shared {
    /// The message in a record; none where it is lost, or gone by now.
    pub(super) fn read(
        &self,
        class: Class,
        stream: StreamId,
        written: &Written,
    ) -> Result<Option<Arc<Item>>, Unreadable> {
        let seq = written.seq;
        // Held to the end, so that nobody gives up the segment meanwhile.
        let mut reader = self.reading.reader(class);
        let reader = reader.as_mut().filter(|_| !self.reading.has_failed()).ok_or(Unreadable)?;
        let record = reader.get(written.record).map_err(|error| {
            self.reading.fail(&error);
            self.queues().call();
            self.bell.notify_all();
            Unreadable
        })?;
        let record = record.filter(|record| record.key.seq == seq);
        let item = record.and_then(|record| Item::from_payload(stream, seq, &record.payload));
        let Some(item) = item else {
            warn!(%stream, seq, "a message in the spool is damaged: it is lost");
            self.queues().damaged(stream, written, self.now());
            return Ok(None);
        };
        let item = Arc::new(item);
        *lock(&self.reading.last) = Some(item.clone());
        Ok(Some(item))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
