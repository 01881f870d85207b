//! How the shelver gets on, for other threads.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use picket_common::log;

/// Clones are the same.
#[derive(Clone, Default)]
pub struct Gauge {
    journal: log::Gauge,
    reached: Arc<AtomicU64>,
    failing: Arc<Mutex<Option<String>>>,
}

impl Gauge {
    pub(super) fn new(journal: log::Gauge, reached: Arc<AtomicU64>) -> Gauge {
        Gauge { journal, reached, failing: Arc::default() }
    }

    /// What the last step has failed with, or that it has not.
    pub(super) fn tell(&self, failed: Option<String>) {
        *self.failing.lock().unwrap_or_else(PoisonError::into_inner) = failed;
    }

    /// The journal number of the last record shelved.
    pub fn reached(&self) -> u64 {
        self.reached.load(Ordering::Acquire)
    }

    /// How many records are acknowledged and not shelved.
    pub fn depth(&self) -> u64 {
        self.journal.depth_after(self.reached()).unwrap_or_default()
    }

    /// The bytes of the journal's files.
    pub fn journal_bytes(&self) -> u64 {
        self.journal.bytes().unwrap_or_default()
    }

    /// Why the last step has failed, where it has.
    pub fn failing(&self) -> Option<String> {
        self.failing.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
