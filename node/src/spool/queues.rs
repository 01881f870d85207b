//! All streams of all classes, what they take and what was lost: everything that lies under the spool's lock. What is
//! worth least goes first when memory runs short. Knows no file; nothing here waits for one.

use std::collections::VecDeque;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use picket_common::event::{Kind, SpoolHealth};
use picket_common::wire::StreamId;

use super::Stock;
use super::fate::{Fate, Witness};
use super::item::{Class, Item};
use super::queue::{Found, Place, Queue, Written};

/// What was acknowledged is cleared off the disk after so long.
const TIDY_AFTER: Duration = Duration::from_secs(30);

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

    /// A record that cannot be read any more; no loss if it is none of ours by now, or lies in another one.
    pub(super) fn damaged(&mut self, stream: StreamId, written: &Written, now: Duration) {
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

    /// A segment was given up, read or not: what of it still waited is lost.
    pub(super) fn drop_records(&mut self, class: Class, records: &RangeInclusive<u64>) -> u64 {
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

    /// The messages of a class that are to be written now, some `limit` bytes of them.
    pub(super) fn due(&self, class: Class, now: Duration, limit: u64) -> Vec<Arc<Item>> {
        let Some(patience) = self.patience_for(class) else { return Vec::new() };
        if self.rests(class, now) {
            return Vec::new();
        }
        let is_due = |since: Duration| since.saturating_add(patience) <= now;
        let (mut taken, mut bytes) = (Vec::new(), 0);
        for queue in &self.classes[class as usize] {
            for held in queue.memory().take_while(|held| is_due(held.since)) {
                if bytes >= limit {
                    return taken;
                }
                bytes += held.item.size();
                taken.push(held.item.clone());
            }
        }
        taken
    }

    /// When the next message is due, in uptime.
    pub(super) fn next_due(&self) -> Option<Duration> {
        Class::ALL.into_iter().filter_map(|class| self.class_due(class)).min()
    }

    /// A class cannot be written now: it is left alone until then, in uptime.
    pub(super) fn rest(&mut self, class: Class, until: Duration) {
        self.rests_until[class as usize] = until;
    }

    pub(super) fn rests(&self, class: Class, now: Duration) -> bool {
        now < self.rests_until[class as usize]
    }

    /// The keeper sleeps until `alarm`, in uptime; whether there is no reason to look before.
    pub(super) fn may_sleep(&mut self, alarm: Duration) -> bool {
        self.alarm = alarm;
        !std::mem::take(&mut self.called) && !self.is_overslept()
    }

    /// The keeper is to look at once.
    pub(super) fn call(&mut self) {
        self.called = true;
    }

    pub(super) fn is_called(&self) -> bool {
        self.called
    }

    /// Whether there is something to do before the keeper's alarm, and nobody has called it yet.
    pub(super) fn is_overslept(&mut self) -> bool {
        let next = self.next_due().into_iter().chain(self.next_tidying()).min();
        let calls = !self.called && next.is_some_and(|next| next < self.alarm);
        self.called |= calls;
        calls
    }

    fn class_due(&self, class: Class) -> Option<Duration> {
        let patience = self.patience_for(class)?;
        let fronts = self.classes[class as usize].iter().filter_map(|queue| queue.memory().next());
        let due = fronts.map(|held| held.since.saturating_add(patience)).min()?;
        Some(due.max(self.rests_until[class as usize]))
    }

    /// When memory runs short, and at the end, all is due.
    fn patience_for(&self, class: Class) -> Option<Duration> {
        let Patience { events, images } = self.patience?;
        Some(match class {
            _ if self.closing || self.memory.bytes > self.max_memory / 2 => Duration::ZERO,
            Class::Event => events,
            Class::EventFrame | Class::Continuous => images,
        })
    }

    /// A batch is on the disk. What was acknowledged meanwhile is none's any more.
    pub(super) fn wrote(&mut self, class: Class, landed: &[Landed], now: Duration) {
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
    pub(super) fn adopt(&mut self, class: Class, found: Vec<Found>) {
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
    pub(super) fn turn_over(&mut self) {
        for queues in &mut self.classes {
            if queues.last().is_some_and(|own| own.disk().next().is_some()) {
                queues.push(Queue::present());
            }
        }
    }

    /// A class's log holds no records up to this one any more: streams that are over, and all of whose records were
    /// among them, need no longer be remembered.
    pub(super) fn forget_before(&mut self, class: Class, record: u64) {
        let own = self.classes[class as usize].last().map(|queue| queue.stream);
        self.classes[class as usize].retain(|queue| Some(queue.stream) == own || !queue.is_over(record));
    }

    /// Whether there are such streams.
    pub(super) fn is_over_before(&self, class: Class, record: u64) -> bool {
        self.classes[class as usize]
            .split_last()
            .is_some_and(|(_, older)| older.iter().any(|queue| queue.is_over(record)))
    }

    /// The lowest record of a class that is still needed; none where none is.
    pub(super) fn first_record(&self, class: Class) -> Option<u64> {
        let written = self.classes[class as usize].iter().flat_map(Queue::disk);
        written.map(|written| written.record).min()
    }

    /// Every stream that may be on the disk: its name there, its name on the wire, how far it is acknowledged.
    pub(super) fn marks(&self) -> impl Iterator<Item = (StreamId, StreamId, u64)> {
        self.classes.iter().flatten().map(|queue| (queue.written_as, queue.stream, queue.acknowledged))
    }

    /// Whether anything in the logs is needed no longer.
    pub(super) fn has_freed(&self) -> bool {
        self.freed_since.is_some()
    }

    /// When the logs are to be tidied, in uptime: a while after something was acknowledged that is on the disk, so that
    /// many acknowledgements cost one checkpoint. Not while no class can be written.
    pub(super) fn next_tidying(&self) -> Option<Duration> {
        let rests = self.rests_until.into_iter().min().unwrap_or_default();
        Some(self.freed_since?.saturating_add(TIDY_AFTER).max(rests))
    }

    /// The logs are tidy.
    pub(super) fn tidied(&mut self) {
        self.freed_since = None;
    }

    /// Messages lost to damage that was found at an opening.
    pub(super) fn add_damaged(&mut self, lost: &[(StreamId, u64)], besides: u64) {
        self.damaged += lost.len() as u64 + besides;
        lost.iter().for_each(|(stream, seq)| self.tell(Fate::Damaged(*stream, *seq)));
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
