//! One log on a simulated disk, beside what it has promised; and what can happen to both in one step.

use std::collections::{BTreeMap, BTreeSet};

use super::super::super::sim::{Dice, Op, SimDisk};
use super::super::super::{Held, Key, Record, inspect, open};
use super::super::{Log, OPTIONS};

type Entry = (Key, Vec<u8>);

/// What a log is used as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// Read in order and trimmed behind the reader.
    Journal,
    /// Read by number, acknowledged in any order, given up when there is no room.
    Spool,
}

pub(super) struct World {
    used: Use,
    disk: SimDisk,
    log: Log,
    dice: Dice,
    /// Every record that a sync confirmed, ever.
    confirmed: BTreeMap<u64, Entry>,
    /// The last number that was given and confirmed, or the floor of the last opening.
    last: u64,
    /// The highest floor there ever was.
    floor: u64,
    batch: Vec<Entry>,
    /// Batches that failed since the last one that did not, with their first numbers.
    ghosts: Vec<(u64, Vec<Entry>)>,
    acknowledged: BTreeSet<u64>,
    /// What has a number up to this one may be gone.
    let_go: u64,
    /// And up to this one, since the last opening, it is.
    gone: u64,
    read: u64,
    told: Vec<String>,
}

impl World {
    pub(super) fn new(used: Use) -> World {
        let disk = SimDisk::new();
        let log = Log::open_as(disk.life(), 0, used == Use::Spool);
        World {
            used,
            disk,
            log,
            dice: Dice(0),
            confirmed: BTreeMap::new(),
            last: 0,
            floor: 0,
            batch: Vec::new(),
            ghosts: Vec::new(),
            acknowledged: BTreeSet::new(),
            let_go: 0,
            gone: 0,
            read: 0,
            told: Vec::new(),
        }
    }

    /// What has happened, line by line.
    pub(super) fn told(&self) -> &[String] {
        &self.told
    }

    fn tell(&mut self, what: impl Into<String>) {
        self.told.push(what.into());
    }

    /// Whatever `seed` says.
    pub(super) fn step(&mut self, seed: u64) {
        self.dice = Dice(seed);
        match (self.dice.roll(100), self.used) {
            (0..42, _) => self.append(),
            (42..60, _) => self.sync(),
            (60..68, _) => self.read_on(),
            (68..78, Use::Journal) => self.read_on(),
            (78..84, Use::Journal) => self.trim(self.read),
            (68..76, Use::Spool) => self.get(),
            (76..82, Use::Spool) => self.acknowledge(),
            (82..84, Use::Spool) => self.give_up(),
            (84..86, _) => self.seek(),
            (86..92, _) => self.plan_a_failure(),
            (92, Use::Journal) => self.withdraw(),
            (92, Use::Spool) => self.seal(),
            (93, _) => {
                let room = self.disk.used() + self.dice.roll(3000);
                self.tell(format!("room for {room} bytes"));
                self.disk.set_room(room);
            }
            (94..96, _) => {
                self.tell("room for all");
                self.disk.set_room(u64::MAX);
            }
            _ => self.restart(),
        }
    }

    fn newest(&self) -> u64 {
        self.confirmed.last_key_value().map_or(0, |(number, _)| *number)
    }

    fn append(&mut self) {
        let size = [0, 40, 40, 40, 40, 300, 900, 2500][self.dice.roll(8) as usize];
        let payload: Vec<u8> = (0..size).map(|_| self.dice.next() as u8).collect();
        let key = Key { stream: u128::from(self.dice.roll(3)), seq: self.dice.next() };
        let (left, right) = payload.split_at(payload.len() / 3);
        match self.log.writer.append(key, &[left, right]) {
            Ok(number) => {
                self.batch.push((key, payload));
                self.tell(format!("append {size} bytes as {number}"));
                assert_eq!(number, self.last + self.batch.len() as u64, "{} was the last number", self.last);
            }
            Err(error) => self.tell(format!("append {size} bytes: {error}")),
        }
    }

    fn sync(&mut self) {
        let batch = std::mem::take(&mut self.batch);
        match self.log.writer.sync() {
            Ok(number) => {
                self.tell(format!("sync up to {number}"));
                if !batch.is_empty() {
                    self.ghosts.clear();
                }
                self.last += batch.len() as u64;
                self.confirmed.extend((self.last + 1 - batch.len() as u64..).zip(batch));
                assert_eq!(number, self.last);
            }
            Err(error) => {
                self.tell(format!("sync: {error}"));
                self.ghosts.push((self.last + 1, batch));
            }
        }
        assert_eq!(self.log.writer.synced(), self.last);
        let after = self.read.max(self.let_go);
        assert_eq!(self.log.reader.depth_after(after), self.confirmed.range(after + 1..).count() as u64);
    }

    fn read_on(&mut self) {
        for _ in 0..self.dice.roll(20) {
            match self.log.reader.next() {
                Ok(Some(record)) => {
                    self.tell(format!("read {}", record.number));
                    self.check_skipped(self.read, record.number);
                    self.read = record.number;
                    self.compare(record);
                }
                Ok(None) => return assert!(self.newest() <= self.read, "the reader sees no more than {}", self.read),
                Err(error) => self.tell(format!("read: {error}")),
            }
        }
    }

    fn get(&mut self) {
        let number = self.dice.roll(self.last + 3);
        match self.log.reader.get(number) {
            Ok(Some(record)) => {
                self.tell(format!("get {number}"));
                assert_eq!(record.number, number);
                assert!(self.gone < number, "up to {} all is gone", self.gone);
                self.compare(record);
            }
            Ok(None) => {
                self.tell(format!("get {number}: none"));
                let promised = self.let_go < number && self.confirmed.contains_key(&number);
                assert!(!promised, "record {number} cannot be had");
            }
            Err(error) => self.tell(format!("get {number}: {error}")),
        }
    }

    fn compare(&self, record: Record) {
        let Record { number, key, payload } = record;
        assert_eq!(self.confirmed.get(&number), Some(&(key, payload)), "record {number}");
    }

    /// What was confirmed between these two must have been let go of.
    fn check_skipped(&self, from: u64, to: u64) {
        assert!(from < to, "{to} comes after {from}");
        let skipped = self.confirmed.range(from + 1..to).map(|(number, _)| *number).find(|it| self.let_go < *it);
        assert_eq!(skipped, None, "skipped between {from} and {to}");
    }

    fn acknowledge(&mut self) {
        for _ in 0..self.dice.roll(30) {
            let before = self.let_go + self.dice.roll(self.last + 1 - self.let_go.min(self.last));
            self.acknowledged.extend(self.confirmed.range(before + 1..).map(|(number, _)| *number).next());
        }
        let waiting = self.confirmed.range(self.let_go + 1..).find(|(number, _)| !self.acknowledged.contains(number));
        self.trim_to(waiting.map_or(self.newest(), |(number, _)| number - 1));
    }

    fn trim(&mut self, most: u64) {
        let number = self.dice.roll(most + 1);
        self.trim_to(number);
    }

    fn trim_to(&mut self, number: u64) {
        self.tell(format!("trim to {number}"));
        self.let_go = self.let_go.max(number);
        // It may fail, for what the disk does.
        let _ = self.log.reader.trim(number);
    }

    fn give_up(&mut self) {
        match self.log.reader.give_up_oldest() {
            Ok(Some(dropped)) => {
                self.tell(format!("give up {} to {}", dropped.first, dropped.last));
                assert!(dropped.last < self.newest(), "the newest record is never given up");
                self.check_skipped(self.let_go.min(dropped.first - 1), dropped.first);
                self.gone = dropped.last;
                self.let_go = self.let_go.max(self.gone);
            }
            Ok(None) => self.tell("nothing to give up"),
            Err(error) => self.tell(format!("give up: {error}")),
        }
    }

    fn seal(&mut self) {
        self.tell("seal");
        self.log.writer.seal();
    }

    fn withdraw(&mut self) {
        self.tell("withdraw");
        self.log.writer.withdraw();
        self.batch.clear();
    }

    fn seek(&mut self) {
        let least = self.let_go.min(self.last);
        self.read = least + self.dice.roll(self.last - least + 1);
        self.tell(format!("seek {}", self.read));
        self.log.reader.seek(self.read);
    }

    fn plan_a_failure(&mut self) {
        let kinds = [Op::Read, Op::Write, Op::Sync, Op::Sync, Op::SyncButKept, Op::Create, Op::Rename, Op::SyncDir];
        match self.dice.roll(12) {
            0..4 => {
                let changes = self.dice.roll(8);
                self.tell(format!("an end after {changes} changes"));
                self.disk.stop_after(changes);
            }
            kind => {
                let (kind, skip) = (kinds[kind as usize - 4], self.dice.roll(4));
                self.tell(format!("a failure: {kind:?} after {skip}"));
                self.disk.fail(kind, skip);
            }
        }
    }

    fn crash(&mut self) {
        let seed = self.dice.next();
        match self.dice.roll(4) {
            0 => {
                self.tell("killed");
                self.disk.kill();
            }
            1 => {
                self.tell("a power cut that loses all");
                self.disk.crash_losing_all();
            }
            _ => {
                self.tell("a power cut");
                self.disk.crash(seed);
            }
        }
        self.batch.clear();
    }

    fn restart(&mut self) {
        self.crash();
        if self.dice.roll(4) == 0 {
            // An opening that is cut off changes nothing of what was promised.
            self.plan_a_failure();
            let tried = open(self.disk.life(), OPTIONS, 0);
            self.tell(if tried.is_ok() { "opened" } else { "an opening fails" });
            self.crash();
        }
        let floor = [0, 0, 0, self.newest(), self.last, self.last + 5][self.dice.roll(6) as usize];
        let seen = (self.dice.roll(3) == 0).then(|| self.look());
        self.tell(format!("open with floor {floor}"));
        self.log = Log::open_as(self.disk.life(), floor, self.used == Use::Spool);
        let found: Vec<Record> = std::iter::from_fn(|| self.log.reader.next().expect("reads")).collect();
        let last = found.last().map_or(0, |record| record.number);
        assert_eq!(self.log.recovery.lost, vec![], "{:?}", self.log.recovery);
        // A higher floor of an earlier opening may be remembered by a segment in which nothing counts.
        self.floor = self.floor.max(floor);
        let counted = self.log.recovery.last;
        assert!(last.max(floor) <= counted && counted <= last.max(self.floor), "{counted}, floors were {}", self.floor);
        assert!(seen.is_none_or(|seen| seen == found), "looking showed something else");
        let held = found.iter().map(|it| Held { number: it.number, key: it.key, length: it.payload.len() as u32 });
        let held = if self.used == Use::Spool { held.collect() } else { vec![] };
        assert_eq!(self.log.reader.held(), held);
        self.check_found(found);
        self.last = counted;
        (self.read, self.gone) = (last, 0);
        self.ghosts.clear();
        let aside: Vec<String> = self.disk.names().into_iter().filter(|name| name.ends_with(".damaged")).collect();
        aside.iter().for_each(|name| self.disk.delete(name));
    }

    /// What was confirmed is there, and of what was not at most one batch's beginning.
    fn check_found(&mut self, found: Vec<Record>) {
        let newest = self.newest();
        let first = found.first().map_or(newest + 1, |record| record.number);
        if let Some((number, _)) = self.confirmed.range(self.let_go + 1..).next() {
            assert!(first <= *number, "begins with {first}, {} were let go of", self.let_go);
        }
        let (confirmed, more): (Vec<Record>, Vec<Record>) = found.into_iter().partition(|it| it.number <= newest);
        let expected: Vec<u64> = self.confirmed.range(first..).map(|(number, _)| *number).collect();
        assert_eq!(confirmed.iter().map(|record| record.number).collect::<Vec<_>>(), expected);
        confirmed.into_iter().for_each(|record| self.compare(record));
        let extra: BTreeMap<u64, Entry> = more.into_iter().map(|it| (it.number, (it.key, it.payload))).collect();
        let is_ghost = |(start, entries): &(u64, Vec<Entry>)| {
            extra.iter().eq((*start..).zip(entries).take(extra.len()).collect::<Vec<_>>().iter().map(|(n, e)| (n, *e)))
        };
        let known = extra.is_empty() || self.ghosts.iter().any(is_ghost);
        assert!(known, "records from nowhere, or withdrawn: {:?}", extra.keys());
        if !extra.is_empty() {
            self.told.push(format!("unconfirmed and there: {:?}", extra.keys()));
        }
        self.confirmed.extend(extra);
    }

    /// All records as they are seen without an opening.
    fn look(&self) -> Vec<Record> {
        let before = self.disk.all_contents();
        let mut seen = inspect(self.disk.life()).expect("can be looked at");
        let records = std::iter::from_fn(|| seen.next().expect("reads")).collect();
        assert!(self.disk.all_contents() == before, "looking has changed something");
        records
    }
}
