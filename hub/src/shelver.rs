//! The shelver: reads the journal at its own pace and hands it to the [`Shelf`] in large batches, then lets
//! the journal go. What it has not shelved stays in the journal, and is read again at the next start. Before each batch it
//! carries out what others want of it ([`Orders`]) and deletes what retention lets go of.

mod gauge;
mod keep;
mod marks;
mod orders;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jiff::civil::Date;
use picket_common::log::{LogError, Reader, Record};
use picket_common::pulse::Beat;
use picket_common::shutdown::Shutdown;
use picket_common::time::Clock;
use tracing::{error, info};

pub use self::gauge::Gauge;
pub use self::marks::{Mark, Marks};
pub use self::orders::{Done, Order, Orders, Status};
use crate::index::Index;
use crate::presence::Presence;
use crate::retention::Keeper;
use crate::shelf::{Shelf, ShelfError};
use crate::store::Store;

/// A batch ends with the record that reaches either: one sync serves many, and memory stays small.
const BATCH_RECORDS: usize = 4096;
/// The first batch after a start is small and each further one twice as large, so that a hub that never lives long
/// still gets on. After a failure it is a quarter of what it was: on a disk with little room a small one may succeed,
/// and makes room in the journal.
const FIRST_BATCH_RECORDS: usize = 64;
const BATCH_BYTES: usize = 16 << 20;

/// How often [`Presence`] is committed at most.
const PRESENCE_EVERY: Duration = Duration::from_secs(3);

/// So many spare files the journal is to have while there is much to do.
const SPARES_IN_HASTE: usize = 2;

/// A pause between steps while there is little to do, so that few large batches are shelved instead of many small ones.
const PACE: Duration = Duration::from_millis(250);

/// How long a quiet journal is waited for.
const IDLE: Duration = Duration::from_millis(500);

/// Orders are looked for so often in a quiet journal.
const GLANCE: Duration = Duration::from_millis(100);

/// How long a stop may take; what is left then is shelved at the next start.
const GRACE: Duration = Duration::from_secs(60);

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
    gauge: Gauge,
    /// How many records the next batch has at most.
    batch_records: usize,
    /// The journal must be sought before it is read on.
    lost: bool,
    orders: Orders,
    marks: Marks,
    /// None where nothing is deleted by itself.
    keeper: Option<Keeper>,
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
        let gauge = Gauge::new(journal.gauge(), progress.clone());
        Ok(Shelver {
            gauge,
            marks: Marks::begin(shelf.reached()),
            shelf,
            journal,
            presence,
            clock,
            presence_committed: None,
            progress,
            batch_records: FIRST_BATCH_RECORDS,
            lost: true,
            orders: Orders::default(),
            keeper: None,
        })
    }

    /// The journal number of the last record shelved.
    pub fn reached(&self) -> u64 {
        self.shelf.reached()
    }

    /// The same, kept up to date for whoever holds it.
    pub fn progress(&self) -> Arc<AtomicU64> {
        self.progress.clone()
    }

    /// What people have done to events, for whoever holds it.
    pub fn marks(&self) -> Marks {
        self.marks.clone()
    }

    /// How it gets on, for whoever holds it.
    pub fn gauge(&self) -> Gauge {
        self.gauge.clone()
    }

    /// As [`Shelf::begin_log`].
    pub fn begin_log(&mut self, day: Date) -> Result<(), ShelfError> {
        self.shelf.begin_log(day)
    }

    /// As [`Shelf::try_link`].
    pub fn try_link(&mut self, from: &Path) -> Result<(), ShelfError> {
        self.shelf.try_link(from)
    }

    /// Carries out orders and deletes a batch of what is to go, as [`Shelver::tend`] does, then shelves the next batch, and gives how many records it had: none if there is nothing to do yet.
    pub fn step(&mut self) -> Result<usize, ShelveError> {
        let stepped = self.try_step();
        self.gauge.tell(stepped.as_ref().err().map(ToString::to_string));
        stepped
    }

    fn try_step(&mut self) -> Result<usize, ShelveError> {
        self.tend();
        if self.lost {
            self.journal.seek(self.shelf.reached());
        }
        self.lost = true;
        let records = self.read()?;
        if let Err(error) = self.shelve(&records) {
            self.batch_records = (self.batch_records / 4).max(1);
            if error.is_full() {
                self.keeper.iter_mut().for_each(Keeper::alarm);
            }
            return Err(error.into());
        }
        self.progress.store(self.shelf.reached(), Ordering::Release);
        if !records.is_empty() {
            self.journal.trim(self.shelf.reached())?;
        }
        self.lost = false;
        self.batch_records = (self.batch_records * 2).min(BATCH_RECORDS);
        Ok(records.len())
    }

    /// Steps until a stop is requested, and then until all is shelved; backs off while steps fail. Each step is a
    /// sign of life, whether it succeeds or not: what a full disk wants is not a restart.
    pub fn run(&mut self, beat: &Beat, shutdown: &Shutdown) {
        let mut wait = BACK_OFF.0;
        while !shutdown.is_requested() {
            beat.beat();
            match self.step() {
                Ok(shelved) => {
                    if wait != BACK_OFF.0 {
                        info!(reached = self.reached(), "shelving goes on");
                        wait = BACK_OFF.0;
                    }
                    match shelved {
                        // What is to be deleted waits for nothing.
                        _ if self.keeper.as_ref().is_some_and(Keeper::is_busy) => {}
                        0 if self.stock_up(usize::MAX) => {}
                        0 => self.rest(),
                        _ if self.depth() >= self.batch_records as u64 / 2 => drop(self.stock_up(SPARES_IN_HASTE)),
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
        self.finish(beat);
    }

    /// Waits until something comes. Whoever has given an order, a person, does not wait for long.
    fn rest(&self) {
        let rested = self.clock.uptime();
        while self.depth() == 0 && !self.orders.are_waiting() && self.clock.uptime().saturating_sub(rested) < IDLE {
            self.journal.wait(GLANCE);
        }
    }

    /// Makes a file ahead of ingest's need, so that nobody waits for it there. Where that fails ingest will find the same,
    /// and tell it.
    fn stock_up(&self, least: usize) -> bool {
        self.journal.stock_up(least).unwrap_or_default()
    }

    /// How many records are acknowledged and not shelved.
    fn depth(&self) -> u64 {
        self.journal.depth_after(self.reached())
    }

    /// Shelves what is left, so that everything acknowledged can be seen in a hub that has stopped.
    fn finish(&mut self, beat: &Beat) {
        let records = self.depth();
        if records > 0 {
            info!(records, "shelving what is acknowledged, then stopping");
        }
        let started = self.clock.uptime();
        while self.clock.uptime().saturating_sub(started) < GRACE {
            beat.beat();
            match self.step() {
                Ok(0) => return,
                Ok(_) => {}
                Err(error) => {
                    return error!(%error, "cannot shelve; what is acknowledged waits in the journal for the next start");
                }
            }
        }
    }

    fn read(&mut self) -> Result<Vec<Record>, LogError> {
        let (mut records, mut bytes) = (Vec::new(), 0);
        while records.len() < self.batch_records && bytes < BATCH_BYTES {
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

#[cfg(test)]
mod tests {
    use picket_common::log::sim::SimDisk;
    use picket_common::log::{self, Key, Options};
    use picket_common::pulse::Pulse;
    use picket_common::time::SimClock;
    use tempfile::TempDir;

    use super::*;
    use crate::sample::{self, event};

    /// A shelver over a journal that holds `events`.
    fn shelver(events: u64) -> (TempDir, Shelver) {
        let folder = sample::folder();
        let options = Options { segment_bytes: 1 << 20, spare_segments: 1, max_bytes: u64::MAX, indexed: false };
        let (mut writer, reader, _) = log::open(SimDisk::new().life(), options, 0).unwrap();
        for _ in 0..events {
            let entry = event("Barn Door|motion|moving", "2026-11-20T12:00:00Z");
            writer.append(Key::default(), &[&entry.encode()]).unwrap();
        }
        writer.sync().unwrap();
        let (store, index) = (Store::open(folder.path()).unwrap(), Index::open(folder.path()).unwrap());
        index.be_impatient();
        let clock = Arc::new(SimClock::new("2026-11-20T12:00:00Z".parse().unwrap()));
        let shelver = Shelver::open(store, index, reader, Arc::default(), clock).unwrap();
        (folder, shelver)
    }

    /// Runs it on a hub that is to stop at once.
    fn run_stopped(shelver: &mut Shelver) {
        let shutdown = Shutdown::new();
        shutdown.request();
        shelver.run(&Pulse::new(shelver.clock.clone()).thread("shelver", IDLE), &shutdown);
    }

    #[test]
    fn a_hub_that_stops_shelves_all_that_it_has_acknowledged() {
        let events = BATCH_RECORDS as u64 + 1;
        let (_folder, mut shelver) = shelver(events);
        run_stopped(&mut shelver);
        assert_eq!(shelver.reached(), events);
    }

    #[test]
    fn batches_begin_small_after_a_start_and_after_a_failure() {
        let (folder, mut shelver) = shelver(1000);
        let mut batches = |steps: usize| (0..steps).map(|_| shelver.step().ok()).collect::<Vec<_>>();
        assert_eq!(batches(3), [Some(64), Some(128), Some(256)]);
        let lock = Index::somebody_elses_lock(folder.path());
        assert_eq!(batches(1), [None]);
        drop(lock);
        assert_eq!(batches(3), [128, 256, 168].map(Some));
        assert_eq!(batches(1), [Some(0)]);
    }

    #[test]
    fn a_hub_that_cannot_shelve_stops_all_the_same() {
        let (folder, mut shelver) = shelver(1);
        let _lock = Index::somebody_elses_lock(folder.path());
        run_stopped(&mut shelver);
        assert_eq!(shelver.reached(), 0);
    }
}
