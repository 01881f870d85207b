//! The shelver: reads the journal at its own pace and hands it to the [`Shelf`] in large batches, then lets
//! the journal go. What it has not shelved stays in the journal, and is read again at the next start.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use picket_common::log::{LogError, Reader, Record};
use picket_common::shutdown::Shutdown;
use picket_common::time::Clock;
use tracing::{error, info};

use crate::index::Index;
use crate::presence::Presence;
use crate::shelf::{Shelf, ShelfError};
use crate::store::Store;

/// A batch ends with the record that reaches either: one sync serves many, and memory stays small.
const BATCH_RECORDS: usize = 4096;
const BATCH_BYTES: usize = 32 << 20;

/// How often [`Presence`] is committed at most.
const PRESENCE_EVERY: Duration = Duration::from_secs(3);

/// A pause between steps while there is little to do, so that few large batches are shelved instead of many small ones.
const PACE: Duration = Duration::from_millis(250);

/// How long a quiet journal is waited for.
const IDLE: Duration = Duration::from_millis(500);

/// How long a stop may take.
const GRACE: Duration = Duration::from_secs(10);

/// Waits after the first failure and after many.
const BACK_OFF: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(8));

/// Why a step failed. Nothing is half done; the same step can be tried again.
#[derive(Debug, thiserror::Error)]
pub enum ShelveError {
    /// What was read could not be shelved.
    #[error(transparent)]
    Shelf(#[from] ShelfError),
    /// The journal could not be read or trimmed.
    #[error("journal: {0}")]
    Journal(#[from] LogError),
}

/// From journal to shelf.
pub struct Shelver {
    shelf: Shelf,
    journal: Reader,
    presence: Arc<Presence>,
    clock: Arc<dyn Clock>,
    presence_committed: Option<Duration>,
    /// [`Shelver::reached`], for other threads.
    progress: Arc<AtomicU64>,
    /// How often the batch was halved since steps fail: on a disk with little room a small one may succeed, and makes
    /// room in the journal.
    shrunk: u32,
    /// The journal must be sought before it is read on.
    lost: bool,
}

impl Shelver {
    /// Takes up where the last one ended.
    pub fn open(
        store: Store,
        index: Index,
        journal: Reader,
        presence: Arc<Presence>,
        clock: Arc<dyn Clock>,
    ) -> Result<Shelver, ShelfError> {
        let shelf = Shelf::open(store, index)?;
        let progress = Arc::new(AtomicU64::new(shelf.reached()));
        Ok(Shelver { shelf, journal, presence, clock, presence_committed: None, progress, shrunk: 0, lost: true })
    }

    /// The journal number of the last record shelved.
    pub fn reached(&self) -> u64 {
        self.shelf.reached()
    }

    /// The same, kept up to date for whoever holds it.
    pub fn progress(&self) -> Arc<AtomicU64> {
        self.progress.clone()
    }

    /// Shelves the next batch, and gives how many records it had: none if there is nothing to do yet.
    pub fn step(&mut self) -> Result<usize, ShelveError> {
        if self.lost {
            self.journal.seek(self.shelf.reached());
        }
        self.lost = true;
        let records = self.read()?;
        if let Err(error) = self.shelve(&records) {
            self.shrunk = (self.shrunk + 2).min(BATCH_RECORDS.ilog2());
            return Err(error.into());
        }
        self.shrunk = self.shrunk.saturating_sub(1);
        self.progress.store(self.shelf.reached(), Ordering::Release);
        if !records.is_empty() {
            self.journal.trim(self.shelf.reached())?;
        }
        self.lost = false;
        Ok(records.len())
    }

    /// Steps until a stop is requested, and then once more through what is in the journal; backs off while steps
    /// fail. What is left is shelved at the next start.
    pub fn run(&mut self, shutdown: &Shutdown) {
        let mut wait = BACK_OFF.0;
        while !shutdown.is_requested() {
            match self.step() {
                Ok(shelved) => {
                    if wait != BACK_OFF.0 {
                        info!(reached = self.reached(), "shelving goes on");
                        wait = BACK_OFF.0;
                    }
                    match shelved {
                        0 => self.journal.wait(IDLE),
                        _ if self.shrunk > 0 || shelved >= BATCH_RECORDS => {}
                        // Each step syncs the disk, and ingest's syncs wait behind it.
                        _ => drop(self.clock.wait(PACE, shutdown)),
                    }
                }
                Err(error) => {
                    error!(%error, retry_s = wait.as_secs(), "cannot shelve; what is acknowledged waits in the journal");
                    self.clock.wait(wait, shutdown);
                    wait = (wait * 2).min(BACK_OFF.1);
                }
            }
        }
        self.finish();
    }

    /// Shelves what is in the journal, as far as [`GRACE`] goes.
    fn finish(&mut self) {
        let started = self.clock.uptime();
        while self.clock.uptime().saturating_sub(started) < GRACE {
            match self.step() {
                Ok(0) => return,
                Ok(_) => {}
                Err(error) => return error!(%error, "what is left in the journal is shelved at the next start"),
            }
        }
    }

    fn read(&mut self) -> Result<Vec<Record>, LogError> {
        let (mut records, mut bytes) = (Vec::new(), 0);
        let (most_records, most_bytes) = (BATCH_RECORDS >> self.shrunk, BATCH_BYTES >> self.shrunk);
        while records.len() < most_records && bytes < most_bytes {
            let Some(record) = self.journal.next()? else { break };
            bytes += record.payload.len();
            records.push(record);
        }
        Ok(records)
    }

    /// Shelves `records`, with [`Presence`] when it is time for it.
    fn shelve(&mut self, records: &[Record]) -> Result<(), ShelfError> {
        let now = self.clock.uptime();
        let due = self.presence_committed.is_none_or(|last| PRESENCE_EVERY <= now.saturating_sub(last));
        let heard = if due { self.presence.take() } else { Vec::new() };
        if records.is_empty() && heard.is_empty() {
            return Ok(());
        }
        if due {
            self.presence_committed = Some(now);
        }
        let shelved = self.shelf.shelve(records, &heard);
        if shelved.is_err() {
            self.presence.give_back(heard);
        }
        shelved
    }
}
