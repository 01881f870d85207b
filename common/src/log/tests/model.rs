//! Thousands of random steps against a model that knows what was promised: what `sync` confirmed and was
//! not trimmed is there, once, in order, byte for byte, with numbers without gaps; of what it did not confirm, one
//! batch's beginning may turn up at the next opening, and nothing after a later batch was confirmed.

use super::super::sim::{Dice, Op, SimDisk};
use super::super::{Key, Record};
use super::Log;

type Entry = (Key, Vec<u8>);

struct Model {
    disk: SimDisk,
    log: Log,
    dice: Dice,
    /// Record n at n - 1.
    confirmed: Vec<Entry>,
    batch: Vec<Entry>,
    /// Batches that failed since the last one that did not.
    ghosts: Vec<Vec<Entry>>,
    trimmed: u64,
    read: u64,
}

impl Model {
    fn new(seed: u64) -> Model {
        let disk = SimDisk::new();
        let log = Log::open(disk.life(), 0);
        let (confirmed, batch, ghosts) = (Vec::new(), Vec::new(), Vec::new());
        Model { disk, log, dice: Dice::new(seed), confirmed, batch, ghosts, trimmed: 0, read: 0 }
    }

    fn last(&self) -> u64 {
        self.confirmed.len() as u64
    }

    fn step(&mut self) {
        match self.dice.below(100) {
            0..45 => self.append(),
            45..65 => self.sync(),
            65..78 => self.read(),
            78..84 => self.trim(),
            84..86 => self.seek(),
            86..92 => self.plan_a_failure(),
            92 => {
                self.log.writer.withdraw();
                self.batch.clear();
            }
            93 => self.disk.set_room(self.disk.used() + self.dice.below(3000)),
            94..96 => self.disk.set_room(u64::MAX),
            _ => self.restart(),
        }
    }

    fn append(&mut self) {
        let size = [0, 40, 40, 40, 40, 300, 900, 2500][self.dice.below(8) as usize];
        let payload: Vec<u8> = (0..size).map(|_| self.dice.next() as u8).collect();
        let key = Key { stream: u128::from(self.dice.below(3)), seq: self.dice.next() };
        let (left, right) = payload.split_at(payload.len() / 3);
        if let Ok(number) = self.log.writer.append(key, &[left, right]) {
            self.batch.push((key, payload));
            assert_eq!(number, self.last() + self.batch.len() as u64);
        }
    }

    fn sync(&mut self) {
        let batch = std::mem::take(&mut self.batch);
        match self.log.writer.sync() {
            Ok(number) => {
                if !batch.is_empty() {
                    self.ghosts.clear();
                }
                self.confirmed.extend(batch);
                assert_eq!(number, self.last());
            }
            Err(_) => self.ghosts.push(batch),
        }
        assert_eq!(self.log.writer.synced(), self.last());
        assert_eq!(self.log.reader.depth_after(self.read), self.last() - self.read);
    }

    fn read(&mut self) {
        for _ in 0..self.dice.below(20) {
            match self.log.reader.next() {
                Ok(Some(record)) => {
                    self.read += 1;
                    self.compare(self.read, record);
                }
                Ok(None) => return assert_eq!(self.read, self.last(), "the reader sees too little"),
                Err(_) => {}
            }
        }
    }

    fn compare(&self, number: u64, record: Record) {
        assert_eq!(record.number, number);
        assert!(number <= self.last(), "record {number} was never confirmed");
        assert_eq!((record.key, record.payload), self.confirmed[number as usize - 1], "record {number}");
    }

    fn trim(&mut self) {
        self.trimmed = self.trimmed.max(self.dice.below(self.read + 1));
        // It may fail, for what the disk does.
        let _ = self.log.reader.trim(self.trimmed);
    }

    fn seek(&mut self) {
        self.read = self.trimmed + self.dice.below(self.last() - self.trimmed + 1);
        self.log.reader.seek(self.read);
    }

    fn plan_a_failure(&mut self) {
        let kinds = [Op::Read, Op::Write, Op::Sync, Op::Sync, Op::SyncButKept, Op::Create, Op::Rename, Op::SyncDir];
        match self.dice.below(12) {
            0..4 => self.disk.stop_after(self.dice.below(8)),
            kind => self.disk.fail(kinds[kind as usize - 4], self.dice.below(4)),
        }
    }

    fn restart(&mut self) {
        match self.dice.below(4) {
            0 => self.disk.kill(),
            1 => self.disk.crash_losing_all(),
            _ => self.disk.crash(self.dice.next()),
        }
        self.log = Log::open(self.disk.life(), 0);
        self.batch.clear();
        assert_eq!(self.log.recovery.lost, vec![], "{:?}", self.log.recovery);
        let found: Vec<Record> = std::iter::from_fn(|| self.log.reader.next().expect("reads")).collect();
        assert_eq!(self.log.recovery.last, found.last().map_or(0, |record| record.number));
        let first = found.first().map_or(1, |record| record.number);
        assert!(first <= self.trimmed + 1, "begins with {first}, {} were trimmed", self.trimmed);
        let confirmed = self.last();
        let mut extra = Vec::new();
        for (number, record) in (first..).zip(found) {
            if number <= confirmed {
                self.compare(number, record);
            } else {
                assert_eq!(record.number, number);
                extra.push((record.key, record.payload));
            }
        }
        assert!(self.log.recovery.last >= confirmed, "{} of {confirmed}", self.log.recovery.last);
        let ghost = self.ghosts.iter().any(|ghost| ghost.starts_with(&extra));
        assert!(extra.is_empty() || ghost, "{} records from nowhere", extra.len());
        self.confirmed.append(&mut extra);
        self.ghosts.clear();
        self.read = self.last();
        let aside: Vec<String> = self.disk.names().into_iter().filter(|name| name.ends_with(".damaged")).collect();
        aside.iter().for_each(|name| self.disk.delete(name));
    }
}

#[test]
fn thousands_of_random_steps_break_no_promise() {
    let seeds = std::env::var("LOG_MODEL_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(60);
    for seed in 0..seeds {
        let mut model = Model::new(seed);
        for step in 0..1000 {
            let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| model.step()));
            assert!(outcome.is_ok(), "seed {seed}, step {step}");
        }
    }
}
