//! A simulated disk for tests: it keeps apart what is synced and what is not, loses power, and fails when
//! told to. Knows nothing of logs.
//!
//! A file has two contents: what a reader sees (the system's memory) and what is on the platter. A failed
//! sync is as bad as a real one: the file then looks written and is not.

mod dice;
mod life;

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use self::dice::{Dice, seeds};
use super::disk::Disk;

/// A kind of operation that can be made to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Op {
    /// Reading from a file.
    Read,
    /// Writing to a file: half of it arrives.
    Write,
    /// Syncing a file: what was unsynced is seen, and lost with the power.
    Sync,
    /// Syncing a file: it arrives on the platter, and yet an error is given.
    SyncButKept,
    /// Making a file.
    Create,
    /// Renaming or removing a file.
    Rename,
    /// Syncing the folder.
    SyncDir,
}

/// A disk in memory. Clones share it.
#[derive(Clone, Default)]
pub struct SimDisk {
    sim: Arc<Mutex<Sim>>,
    /// The process whose view this is; none is the test itself, which outlives them.
    life: Option<u64>,
}

#[derive(Default)]
struct Sim {
    names: Names,
    /// The folder as it is on the platter, and after each change since.
    durable_names: Names,
    unsynced_names: Vec<Names>,
    life: u64,
    locked: bool,
    room: Option<u64>,
    read_only: bool,
    /// How many changes this process will still make.
    changes_left: Option<u64>,
    /// How many operations of a kind succeed before one fails.
    faults: BTreeMap<Op, u64>,
    syncs: u64,
}

type Names = BTreeMap<String, Arc<Mutex<Contents>>>;

#[derive(Default)]
struct Contents {
    seen: Vec<u8>,
    durable: Vec<u8>,
    unsynced: Vec<(usize, Vec<u8>)>,
    /// Bytes that cannot be read.
    bad: Option<usize>,
}

impl SimDisk {
    /// An empty disk without limits.
    pub fn new() -> SimDisk {
        SimDisk::default()
    }

    /// The disk as one process sees it: after the next crash or kill, all it does through this or through
    /// files opened from it fails.
    pub fn life(&self) -> Arc<dyn Disk> {
        Arc::new(SimDisk { sim: Arc::clone(&self.sim), life: Some(self.lock_sim().life) })
    }

    /// The power fails. Of what was not synced, chance from `seed` keeps anything, torn at any byte.
    pub fn crash(&self, seed: u64) {
        let mut dice = Dice(seed);
        let names = self.lock_sim().unsynced_names.len() as u64;
        let keep_names = dice.roll(names + 1) as usize;
        self.lose_power(keep_names, |bytes| torn(&mut dice, bytes));
    }

    /// The power fails, and all that was not synced is lost.
    pub fn crash_losing_all(&self) {
        self.lose_power(0, |_| Vec::new());
    }

    /// The power fails. Of the unsynced writes, in their order within each file, the first `bytes` bytes arrived;
    /// all renames did.
    pub fn crash_keeping(&self, bytes: usize) {
        let mut left = bytes;
        self.lose_power(usize::MAX, |written| {
            let kept = left.min(written);
            left -= kept;
            vec![(0, kept)]
        });
    }

    /// The process is killed, and the machine runs on: nothing is lost but its lock and its handles.
    pub fn kill(&self) {
        let mut sim = self.lock_sim();
        sim.life += 1;
        sim.locked = false;
        sim.changes_left = None;
        sim.faults.clear();
    }

    /// After that many more changes (writes, syncs, and those of the folder) nothing the process does has an
    /// effect: it is about to be killed, or the power to fail.
    pub fn stop_after(&self, changes: u64) {
        self.lock_sim().changes_left = Some(changes);
    }

    /// The next sync of a file fails, see [`Op::Sync`].
    pub fn fail_next_sync(&self) {
        self.fail(Op::Sync, 0);
    }

    /// After `skip` more operations of this kind, one fails.
    pub fn fail(&self, op: Op, skip: u64) {
        self.lock_sim().faults.insert(op, skip);
    }

    /// No more scripted failures.
    pub fn heal(&self) {
        self.lock_sim().faults.clear();
    }

    /// The disk holds `bytes` and no more.
    pub fn set_room(&self, bytes: u64) {
        self.lock_sim().room = Some(bytes);
    }

    /// The disk is mounted for reading only, or no longer.
    pub fn set_read_only(&self, read_only: bool) {
        self.lock_sim().read_only = read_only;
    }

    /// How many bytes all files have.
    pub fn used(&self) -> u64 {
        used(&self.lock_sim())
    }

    /// How many files were synced so far.
    pub fn syncs(&self) -> u64 {
        self.lock_sim().syncs
    }

    /// All files' names, sorted.
    pub fn names(&self) -> Vec<String> {
        self.lock_sim().names.keys().cloned().collect()
    }

    /// A copy of all files, with their names.
    pub fn all_contents(&self) -> Vec<(String, Vec<u8>)> {
        let names = self.names();
        names.into_iter().filter_map(|name| Some((name.clone(), self.contents(&name)?))).collect()
    }

    /// A copy of a file; none when there is no such file.
    pub fn contents(&self, name: &str) -> Option<Vec<u8>> {
        let file = self.lock_sim().names.get(name).cloned()?;
        let contents = lock(&file);
        Some(contents.seen.clone())
    }

    /// Changes a file, or makes one, on the platter.
    pub fn edit(&self, name: &str, change: impl FnOnce(&mut Vec<u8>)) {
        let mut sim = self.lock_sim();
        let file = Arc::clone(sim.names.entry(name.into()).or_default());
        sim.note_names();
        sim.sync_names();
        let mut contents = lock(&file);
        change(&mut contents.seen);
        contents.durable = contents.seen.clone();
        contents.unsynced.clear();
    }

    /// Deletes a file.
    pub fn delete(&self, name: &str) {
        let mut sim = self.lock_sim();
        sim.names.remove(name);
        sim.note_names();
        sim.sync_names();
    }

    /// From now on, byte `at` of a file cannot be read.
    pub fn make_unreadable(&self, name: &str, at: usize) {
        if let Some(file) = self.lock_sim().names.get(name) {
            lock(file).bad = Some(at);
        }
    }

    fn lose_power(&self, keep_names: usize, mut keep: impl FnMut(usize) -> Vec<(usize, usize)>) {
        self.kill();
        let mut sim = self.lock_sim();
        let kept = keep_names.min(sim.unsynced_names.len());
        if let Some(names) = kept.checked_sub(1).and_then(|index| sim.unsynced_names.get(index).cloned()) {
            sim.durable_names = names;
        }
        sim.unsynced_names.clear();
        sim.names = sim.durable_names.clone();
        for file in sim.names.values() {
            let mut contents = lock(file);
            for (offset, bytes) in std::mem::take(&mut contents.unsynced) {
                for (from, to) in keep(bytes.len()) {
                    contents.durable[offset + from..offset + to].copy_from_slice(&bytes[from..to]);
                }
            }
            contents.seen = contents.durable.clone();
        }
    }

    fn lock_sim(&self) -> MutexGuard<'_, Sim> {
        lock(&self.sim)
    }

    /// For an operation of this disk's process.
    fn begin(&self, op: Option<Op>) -> io::Result<MutexGuard<'_, Sim>> {
        let mut sim = self.lock_sim();
        if self.life.is_some_and(|life| life != sim.life) {
            return Err(io::Error::other("this process is no more (simulated)"));
        }
        if op.is_some_and(|op| op != Op::Read) && !sim.may_change() {
            return Err(io::Error::other("this process has come to its end (simulated)"));
        }
        if sim.read_only && op.is_some_and(|op| op != Op::Read) {
            return Err(io::ErrorKind::ReadOnlyFilesystem.into());
        }
        // Writes and syncs have an effect even when they fail.
        let whole = !matches!(op, Some(Op::Write | Op::Sync));
        if op.is_some_and(|op| whole && sim.fails(op)) { Err(failure()) } else { Ok(sim) }
    }
}

impl Sim {
    /// Whether the process still has an effect; counts down to its end.
    fn may_change(&mut self) -> bool {
        match &mut self.changes_left {
            Some(0) => false,
            Some(left) => {
                *left -= 1;
                true
            }
            None => true,
        }
    }

    fn fails(&mut self, op: Op) -> bool {
        match self.faults.get_mut(&op) {
            Some(0) => {
                self.faults.remove(&op);
                true
            }
            Some(left) => {
                *left -= 1;
                false
            }
            None => false,
        }
    }

    fn note_names(&mut self) {
        self.unsynced_names.push(self.names.clone());
    }

    fn sync_names(&mut self) {
        self.durable_names = self.names.clone();
        self.unsynced_names.clear();
    }
}

/// Which parts of a write of `bytes` bytes arrived: all, none, or pieces of any size.
fn torn(dice: &mut Dice, bytes: usize) -> Vec<(usize, usize)> {
    match dice.roll(4) {
        0 => Vec::new(),
        1 => vec![(0, bytes)],
        _ => {
            let mut cuts: Vec<usize> = (0..4).map(|_| dice.roll(bytes as u64 + 1) as usize).chain([0, bytes]).collect();
            cuts.sort_unstable();
            cuts.windows(2)
                .filter(|_| dice.roll(2) == 0)
                .filter_map(|ends| Some((*ends.first()?, *ends.last()?)))
                .collect()
        }
    }
}

fn used(sim: &Sim) -> u64 {
    sim.names.values().map(|file| lock(file).seen.len() as u64).sum()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn failure() -> io::Error {
    io::Error::other("input/output error (simulated)")
}
