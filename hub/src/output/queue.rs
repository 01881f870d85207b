//! What waits for an output: bounded by bytes, so that ingest never waits and memory stays small. Knows no socket.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::picture::Picture;

/// So many bytes may wait; one picture of any size always may.
const BYTES: usize = 32 << 20;

/// Pictures from ingest to an output. Clones are the same.
#[derive(Debug, Clone, Default)]
pub(super) struct Queue(Arc<(Mutex<Waiting>, Condvar)>);

#[derive(Debug, Default)]
struct Waiting {
    pictures: VecDeque<Arc<Picture>>,
    bytes: usize,
    dropped: u64,
}

impl Queue {
    /// Adds one. The oldest are dropped where there is no room.
    pub(super) fn push(&self, picture: Arc<Picture>) {
        let mut waiting = self.lock();
        waiting.bytes += picture.body.len();
        waiting.pictures.push_back(picture);
        while waiting.bytes > BYTES && waiting.pictures.len() > 1 {
            waiting.pop();
            waiting.dropped += 1;
        }
        self.0.1.notify_one();
    }

    /// The oldest, waiting for one at most `wait`.
    pub(super) fn pop(&self, wait: Duration) -> Option<Arc<Picture>> {
        let is_empty = |waiting: &mut Waiting| waiting.pictures.is_empty();
        let waited = self.0.1.wait_timeout_while(self.lock(), wait, is_empty);
        waited.unwrap_or_else(PoisonError::into_inner).0.pop()
    }

    /// Whether nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        self.lock().pictures.is_empty()
    }

    /// How many were dropped since this was last asked.
    pub(super) fn take_dropped(&self) -> u64 {
        std::mem::take(&mut self.lock().dropped)
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn pop(&mut self) -> Option<Arc<Picture>> {
        let picture = self.pictures.pop_front()?;
        self.bytes -= picture.body.len();
        Some(picture)
    }
}
