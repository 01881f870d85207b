//! All streams of all classes, what they take and what was lost: everything that lies under the spool's lock. What is
//! worth least goes first when memory runs short. Knows no file; nothing here waits for one.

mod records;
mod timetable;

use std::time::Duration;

use jiff::SignedDuration;
use picket_common::event::{Kind, SpoolHealth};
use picket_common::wire::StreamId;

use super::Stock;
use super::fate::{Fate, Witness};
use super::item::{Class, Item};
use super::queue::{Place, Queue};

/// One thing that takes longer on the disk is told as a disk that does not answer.
const STUCK_AFTER: Duration = Duration::from_secs(30);
/// The same for an opening, which reads all that is there: a full spool takes minutes on a slow card.
const STUCK_OPENING: Duration = Duration::from_secs(300);

/// What the keeper is at, which may take as long as the disk does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Work {
    /// Opening the spool.
    Opening,
    /// One batch, one deletion.
    Changing,
}

/// When a message is due for the disk.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// For the first class.
    pub(super) events: Duration,
    /// For the others.
    pub(super) images: Duration,
}

/// How many messages, and their bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) messages: u64,
    pub(super) bytes: u64,
}

/// A message of a batch that is on the disk now.
pub(super) struct Landed {
    pub(super) stream: StreamId,
    pub(super) seq: u64,
    pub(super) record: u64,
    pub(super) bytes: u32,
}

pub(super) struct Queues {
    /// Of each class the streams, older ones first; the last is this process's own.
    classes: [Vec<Queue>; 3],
    memory: Tally,
    disk: Tally,
    max_memory: u64,
    /// None where nothing is ever written.
    patience: Option<Patience>,
    /// All is due: the node stops.
    closing: bool,
    /// Until when nothing of a class is due, for it cannot be written, in uptime.
    rests_until: [Duration; 3],
    /// Since when there is something on the disk that is needed no longer, in uptime.
    freed_since: Option<Duration>,
    dropped_events: u64,
    dropped_images: u64,
    refused: u64,
    damaged: u64,
    /// When the keeper will look of its own accord, in uptime, and whether it was called before.
    alarm: Duration,
    called: bool,
    /// What keeps the disk from being used; none where there is no disk, or nothing is wrong.
    problem: Option<String>,
    /// What the keeper waits for the disk to do, and since when, in uptime.
    work: Option<(Work, Duration)>,
    witness: Option<Witness>,
}

impl Queues {
    pub(super) fn new(max_memory: u64, patience: Option<Patience>, witness: Option<Witness>) -> Queues {
        Queues {
            classes: Class::ALL.map(|_| vec![Queue::present()]),
            memory: Tally::default(),
            disk: Tally::default(),
            max_memory,
            patience,
            closing: false,
            rests_until: [Duration::ZERO; 3],
            freed_since: None,
            dropped_events: 0,
            dropped_images: 0,
            refused: 0,
            damaged: 0,
            alarm: Duration::MAX,
            called: false,
            problem: None,
            work: None,
            witness,
        }
    }

    /// Adds a message, and makes room for it.
    pub(super) fn push(&mut self, class: Class, since: Duration, make: impl FnOnce(StreamId, u64) -> Item) {
        let Some(queue) = self.classes[class as usize].last_mut() else { return };
        let item = queue.push(since, make);
        self.memory.add(item.size());
        if let Some(witness) = &self.witness {
            witness(Fate::Taken(item));
        }
        self.thin();
    }

    /// The first message behind `seq` of a stream.
    pub(super) fn after(&self, stream: StreamId, seq: u64) -> Option<(Class, Place)> {
        let (class, queue) = self.find(stream)?;
        Some((class, queue.after(seq)?))
    }

    /// The last number given in a stream, 0 where none was; none for one of an earlier run.
    pub(super) fn newest(&self, stream: StreamId) -> Option<u64> {
        self.find(stream).map_or(Some(0), |(_, queue)| queue.newest())
    }

    /// The streams with anything in them and this process's own: most valuable first, then the older ones.
    pub(super) fn streams(&self) -> Vec<StreamId> {
        let listed = self.classes.iter().flat_map(|queues| {
            let own = queues.len().saturating_sub(1);
            queues.iter().enumerate().filter(move |(place, queue)| *place == own || !queue.is_empty())
        });
        listed.map(|(_, queue)| queue.stream).collect()
    }

    /// Everything up to `seq` is safe at the hub.
    pub(super) fn acknowledge(&mut self, stream: StreamId, seq: u64, now: Duration) {
        let Some((class, place)) = self.locate(stream) else { return };
        let queue = &mut self.classes[class as usize][place];
        let mut gone = Vec::new();
        while let Some(message) = queue.pop(seq) {
            if let Some(witness) = &self.witness {
                witness(Fate::Acknowledged(stream, message.seq()));
            }
            queue.acknowledged = queue.acknowledged.max(message.seq());
            gone.push(message);
        }
        gone.into_iter().for_each(|message| self.let_go(&message, now));
    }

    /// The hub has refused this one for good.
    pub(super) fn set_aside(&mut self, stream: StreamId, seq: u64, now: Duration) {
        let Some((class, place)) = self.locate(stream) else { return };
        let Some(message) = self.classes[class as usize][place].remove(seq) else { return };
        self.refused += 1;
        self.tell(Fate::Refused(stream, seq));
        self.let_go(&message, now);
    }

    pub(super) fn tell(&self, fate: Fate<'_>) {
        if let Some(witness) = &self.witness {
            witness(fate);
        }
    }

    pub(super) fn set_problem(&mut self, problem: Option<String>) {
        self.problem = problem;
    }

    /// The keeper begins with something else, or has nothing to wait for.
    pub(super) fn set_work(&mut self, work: Option<Work>, now: Duration) {
        self.work = work.map(|work| (work, now));
    }

    /// For how long the disk has not answered, where that is longer than a disk may take.
    fn stuck(&self, now: Duration) -> Option<Duration> {
        let (work, since) = self.work?;
        let patience = if work == Work::Opening { STUCK_OPENING } else { STUCK_AFTER };
        Some(now.saturating_sub(since)).filter(|silence| patience <= *silence)
    }

    /// From now on all is due.
    pub(super) fn close(&mut self) {
        self.closing = true;
        self.called = true;
        self.rests_until = [Duration::ZERO; 3];
    }

    pub(super) fn is_closing(&self) -> bool {
        self.closing
    }

    /// How full it is, and what was lost.
    pub(super) fn stock(&self, now: Duration) -> Stock {
        let queues = || self.classes.iter().flatten();
        let memory = queues().filter_map(|queue| queue.memory().next()?.item.keys.mono_ns);
        let memory = memory.map(|ns| SignedDuration::from_nanos(i64::try_from(ns).unwrap_or(i64::MAX)));
        let disk = queues().filter_map(|queue| queue.disk().next());
        let disk = disk.map(|written| SignedDuration::from_secs(i64::from(written.since_s)));
        let stuck = self.stuck(now);
        let hangs = || "its disk does not answer; what comes waits in memory".to_owned();
        let health = || SpoolHealth {
            disk_messages: self.disk.messages,
            disk_bytes: self.disk.bytes,
            problem: stuck.map(|_| hangs()).or_else(|| self.problem.clone()),
            stuck_s: stuck.map(|stuck| stuck.as_secs()),
        };
        Stock {
            messages: self.memory.messages + self.disk.messages,
            bytes: self.memory.bytes + self.disk.bytes,
            oldest: memory.chain(disk).min(),
            dropped_events: self.dropped_events,
            dropped_images: self.dropped_images,
            refused: self.refused,
            damaged: self.damaged,
            disk: self.patience.map(|_| health()),
        }
    }

    /// Drops the oldest of the least valuable in memory until the rest fits. The newest message is never dropped.
    fn thin(&mut self) {
        while self.memory.bytes > self.max_memory && self.memory.messages > 1 {
            let held = self.classes.iter_mut().rev().flatten().find(|queue| queue.memory().next().is_some());
            let Some(item) = held.and_then(Queue::pop_memory) else { return };
            self.memory.remove(item.size());
            match item.keys.kind {
                Kind::Image => self.dropped_images += 1,
                _ => self.dropped_events += 1,
            }
            self.tell(Fate::Dropped(item.stream, item.seq));
        }
    }

    fn let_go(&mut self, message: &Place, now: Duration) {
        match message {
            Place::Memory(item) => self.memory.remove(item.size()),
            Place::Disk(written) => {
                self.disk.remove(u64::from(written.bytes));
                self.freed_since.get_or_insert(now);
            }
        }
    }

    fn find(&self, stream: StreamId) -> Option<(Class, &Queue)> {
        let (class, place) = self.locate(stream)?;
        Some((class, self.classes[class as usize].get(place)?))
    }

    fn locate(&self, stream: StreamId) -> Option<(Class, usize)> {
        let place = |class: Class| self.classes[class as usize].iter().position(|queue| queue.stream == stream);
        Class::ALL.into_iter().find_map(|class| Some((class, place(class)?)))
    }
}

impl Tally {
    fn add(&mut self, bytes: u64) {
        self.messages += 1;
        self.bytes += bytes;
    }

    fn remove(&mut self, bytes: u64) {
        self.messages = self.messages.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(bytes);
    }
}
