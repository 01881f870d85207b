//! What is to reach the hub and is not acknowledged yet: one numbered stream per value class, in memory while the hub
//! answers, on the disk when it does not. It knows no network and no pixels.
//!
//! # What it promises
//! - [`Spool::push`] waits for no disk and no network, and neither does anything else under its lock. Memory is bounded:
//!   what does not fit and cannot be written is dropped, the oldest of the least valuable first, and counted.
//! - Within a stream messages are given out strictly in the order of their numbers, whether memory or the disk holds
//!   them and in whatever order they were written. The first class comes first, and within a class the older streams.
//! - A message goes to the disk when it has waited for an acknowledgement for a while: events, readings, reports and
//!   the best frame of each event for a second, other images for `spill_after`. A hub that answers so costs a card
//!   nothing. When half of the memory is taken, all goes at once; with `durability: always`, everything always does.
//! - What is on the disk is there after a kill or a power cut, until it is acknowledged, or given up because the disk
//!   has no more room: whole segments of the least valuable class then, the oldest first, counted and reported.
//! - Before a segment is deleted, the checkpoint says durably what was acknowledged.
//! - Whatever is wrong with the disk, cameras and uplink go on; it is told once, health says so, and the disk is tried
//!   again by itself. One that hangs is waited for: what is in memory would be lost with a restart, and a restart mends no
//!   disk.
//!
//! **The loss window.** A power cut costs what is neither acknowledged nor written: while the hub answers, what is on its
//! way; while it is away, events and best frames of the last second and other images of the last 30 s (`spill_after`),
//! and the time that one write takes; with `always` that time alone.
//!
//! # On the disk
//! Three logs of `picket_common::log`, one a class: `events`, `frames`, `continuous` (the form of a record: `item.rs`);
//! beside them the checkpoint (`checkpoint.rs`) and a lock, which keeps a second process out.

mod checkpoint;
mod desk;
mod fate;
mod given_up;
mod item;
mod keeper;
mod logs;
pub mod look;
mod queue;
mod queues;
mod reading;
mod settings;
#[cfg(test)]
pub(crate) mod sim;
mod stock;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use picket_common::time::Clock;
use picket_common::wake::Waker;
use picket_common::wire::{Keys, StreamId};

use self::desk::Desk;
pub use self::fate::{Fate, Witness};
pub use self::item::{Class, Item};
pub use self::keeper::Keeper;
pub use self::logs::Disks;
use self::queue::Place;
use self::queues::{Patience, Queues};
use self::reading::Reading;
pub use self::settings::Settings;
pub use self::stock::Stock;

/// The messages between cameras and uplink. Clones are the same spool.
#[derive(Clone)]
pub struct Spool(Arc<Shared>);

/// What handle and keeper share.
struct Shared {
    queues: Mutex<Queues>,
    /// Wakes the keeper.
    bell: Condvar,
    reading: Reading,
    desk: Desk,
    /// None where nothing is ever written.
    clock: Option<Arc<dyn Clock>>,
    /// Wakes whoever sends.
    waker: OnceLock<Waker>,
}

impl Spool {
    /// An empty one for at most `max_bytes`, which never writes.
    pub fn in_memory(max_bytes: u64) -> Spool {
        Spool::new(Queues::new(max_bytes, None, None), None)
    }

    /// The same, for whoever keeps books of it.
    pub fn in_memory_with(max_bytes: u64, witness: Witness) -> Spool {
        Spool::new(Queues::new(max_bytes, None, Some(witness)), None)
    }

    /// One that keeps on the disk what waits for long. Nothing is read or written here: that is the keeper's work, which
    /// wants a thread of its own.
    pub fn on_disk(settings: Settings, clock: Arc<dyn Clock>) -> (Spool, Keeper) {
        let patience = match settings.always {
            true => Patience { events: Duration::ZERO, images: Duration::ZERO },
            false => Patience { events: settings.events_after, images: settings.spill_after },
        };
        let queues = Queues::new(settings.max_memory, Some(patience), settings.witness.clone());
        let spool = Spool::new(queues, Some(clock.clone()));
        let keeper = Keeper::new(spool.0.clone(), settings, clock);
        (spool, keeper)
    }

    fn new(queues: Queues, clock: Option<Arc<dyn Clock>>) -> Spool {
        let (bell, reading, desk, waker) = (Condvar::new(), Reading::default(), Desk::default(), OnceLock::new());
        Spool(Arc::new(Shared { queues: Mutex::new(queues), bell, reading, desk, clock, waker }))
    }

    /// Adds a message; its number is given here, under the lock. Never waits for room: what is worth least goes.
    pub fn push(&self, class: Class, msg: String, keys: Keys, body: Arc<[u8]>) {
        let now = self.0.now();
        let mut queues = self.0.queues();
        queues.push(class, now, |stream, seq| Item { stream, seq, msg, keys, body });
        self.0.ring(&mut queues);
        drop(queues);
        self.0.wake();
    }

    /// From now on whoever sends is woken by each message. The first one who says so is.
    pub fn wake_with(&self, waker: Waker) {
        // A spool has one sender.
        _ = self.0.waker.set(waker);
    }

    /// The last number given in a stream, 0 where none was. None for a stream of an earlier run: what that sent from memory
    /// left no trace.
    pub fn newest(&self, stream: StreamId) -> Option<u64> {
        self.0.queues().newest(stream)
    }

    /// The oldest message behind `seq` of a stream. None too while it lies on a disk that cannot be read, or hangs: it may
    /// have to be read from there, which takes at most two seconds where the keeper runs, and what others do with the spool
    /// does not wait for that.
    pub fn after(&self, stream: StreamId, seq: u64) -> Option<Arc<Item>> {
        loop {
            // The lock is not held while the disk is read.
            let (class, place) = self.0.queues().after(stream, seq)?;
            match place {
                Place::Memory(item) => return Some(item),
                Place::Disk(written) => match self.0.fetch(class, stream, &written) {
                    Ok(Some(item)) => return Some(item),
                    // It is no longer there; the next one may be.
                    Ok(None) => {}
                    Err(reading::Unreadable) => return None,
                },
            }
        }
    }

    /// The streams, most valuable first, and of one value the older ones first. One from an earlier run of the node is
    /// forgotten when nothing is left of it.
    pub fn streams(&self) -> Vec<StreamId> {
        self.0.queues().streams()
    }

    /// Everything up to `seq` is safe at the hub.
    pub fn acknowledge(&self, stream: StreamId, seq: u64) {
        let now = self.0.now();
        let mut queues = self.0.queues();
        queues.acknowledge(stream, seq, now);
        self.0.ring(&mut queues);
    }

    /// The hub has refused this one for good.
    pub fn set_aside(&self, stream: StreamId, seq: u64) {
        let now = self.0.now();
        let mut queues = self.0.queues();
        queues.set_aside(stream, seq, now);
        self.0.ring(&mut queues);
    }

    /// How full it is, and what was lost so far.
    pub fn stock(&self) -> Stock {
        let now = self.0.now();
        self.0.queues().stock(now)
    }

    /// The node stops: the keeper writes what is left, and its thread ends.
    pub fn close(&self) {
        self.0.queues().close();
        self.0.bell.notify_all();
    }
}

impl Shared {
    fn queues(&self) -> MutexGuard<'_, Queues> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Uptime; zero where nobody asks for it.
    fn now(&self) -> Duration {
        self.clock.as_ref().map_or(Duration::ZERO, |clock| clock.uptime())
    }

    /// There may be something to send.
    fn wake(&self) {
        if let Some(waker) = self.waker.get() {
            waker.wake();
        }
    }

    /// Wakes the keeper if it sleeps for longer than it now may.
    fn ring(&self, queues: &mut Queues) {
        if self.clock.is_some() && queues.is_overslept() {
            self.bell.notify_all();
        }
    }
}
