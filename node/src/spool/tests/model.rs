//! The spool as a whole against a model of what may be lost: whatever happens, what was due and written, and neither
//! acknowledged nor dropped for want of room, is given out, in the order of the numbers, each number once.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use picket_common::log::sim::{Dice, Op};

use super::*;

/// What is known of a message.
#[derive(Debug)]
struct Known {
    class: Class,
    pushed: Duration,
    body: Vec<u8>,
    /// It must survive whatever comes.
    safe: bool,
    /// It need not come again, and may.
    done: bool,
}

struct Model {
    world: World,
    dice: Dice,
    messages: BTreeMap<(StreamId, u64), Known>,
    told: Arc<Mutex<Vec<Told>>>,
    pushed: u64,
    hardware: u64,
}

enum Told {
    Taken(StreamId, u64),
    Gone(StreamId, u64),
    Moved(StreamId, StreamId),
}

impl Model {
    fn new(seed: u64) -> Model {
        let told: Arc<Mutex<Vec<Told>>> = Arc::default();
        let hears = told.clone();
        let mut dice = Dice(seed);
        let (memory, disk) = (10_000 + dice.roll(60_000), (128 << 10) + dice.roll(512 << 10));
        let mut world = World::with(|settings| {
            settings.max_memory = memory;
            settings.max_disk = disk;
            settings.always = seed.is_multiple_of(5);
            settings.witness = Some(Arc::new(move |fate| {
                let told = match fate {
                    Fate::Taken(item) => Told::Taken(item.stream, item.seq),
                    Fate::Acknowledged(stream, seq) | Fate::Dropped(stream, seq) | Fate::Refused(stream, seq) => {
                        Told::Gone(stream, seq)
                    }
                    Fate::Damaged(_, seq) => panic!("{seq} is damaged, and nobody did it"),
                    Fate::Moved { from, to } => Told::Moved(from, to),
                };
                hears.lock().unwrap().push(told);
            }));
        });
        world.work();
        Model { world, dice, messages: BTreeMap::new(), told, pushed: 0, hardware: 1 }
    }

    fn push(&mut self) {
        let class = Class::ALL[self.dice.roll(3) as usize];
        let kind = if class == Class::Event && self.dice.roll(2) == 0 { Kind::Event } else { Kind::Image };
        self.pushed += 1;
        let (bytes, clock) = (10 + self.dice.roll(3000) as usize, self.world.clock.clone());
        let body = self.pushed.to_le_bytes().repeat(bytes / 8 + 1);
        push(&self.world.spool, class, kind, body.clone(), &clock);
        let pushed = clock.uptime();
        let told = std::mem::take(&mut *self.told.lock().unwrap());
        for told in told {
            if let Told::Taken(stream, seq) = told {
                let known = Known { class, pushed, body: body.clone(), safe: false, done: false };
                assert!(self.messages.insert((stream, seq), known).is_none(), "{stream} {seq} is given twice");
            } else {
                self.hear(told);
            }
        }
    }

    fn hear_all(&mut self) {
        let told = std::mem::take(&mut *self.told.lock().unwrap());
        told.into_iter().for_each(|told| self.hear(told));
    }

    fn hear(&mut self, told: Told) {
        match told {
            Told::Gone(stream, seq) => self.messages.get_mut(&(stream, seq)).expect("it was pushed").done = true,
            Told::Moved(from, to) => {
                let moved: Vec<u64> =
                    self.messages.keys().filter(|(stream, _)| *stream == from).map(|(_, seq)| *seq).collect();
                for seq in moved {
                    let known = self.messages.remove(&(from, seq)).unwrap();
                    self.messages.insert((to, seq), known);
                }
            }
            Told::Taken(..) => panic!("nothing was pushed"),
        }
    }

    /// The keeper does what is due. With nothing wrong, what is due is safe then.
    fn work(&mut self) {
        self.world.work();
        self.hear_all();
        if self.world.problem().is_none() {
            let now = self.world.clock.uptime();
            let always = self.world.settings.always;
            for known in self.messages.values_mut() {
                let patience = match known.class {
                    _ if always => Duration::ZERO,
                    Class::Event => SECOND,
                    Class::EventFrame | Class::Continuous => SECOND * 30,
                };
                known.safe |= known.pushed + patience <= now;
            }
        }
    }

    fn acknowledge(&mut self) {
        let streams = self.world.spool.streams();
        let stream = streams[self.dice.roll(streams.len() as u64) as usize];
        let waiting = seqs(&self.world.spool, stream);
        if !waiting.is_empty() {
            let seq = waiting[self.dice.roll(waiting.len() as u64) as usize];
            match self.dice.roll(6) {
                0 => self.world.spool.set_aside(stream, seq),
                _ => self.world.spool.acknowledge(stream, seq),
            }
            self.hear_all();
        }
    }

    fn break_something(&mut self) {
        let disk = match self.dice.roll(4) {
            3 => self.world.root.clone(),
            class => self.world.logs[class as usize].clone(),
        };
        let ops = [Op::Write, Op::Sync, Op::SyncButKept, Op::Create, Op::Rename, Op::SyncDir];
        match self.dice.roll(8) {
            0 => disk.set_room(disk.used() + self.dice.roll(40_000)),
            1 => self.cannot_read(),
            _ => disk.fail(ops[self.dice.roll(6) as usize], self.dice.roll(3)),
        }
    }

    /// The first message on a disk cannot be read, once.
    fn cannot_read(&mut self) {
        let stream = self.world.spool.streams()[0];
        self.world.logs[0].fail(Op::Read, 0);
        self.world.spool.after(stream, 0);
        self.world.logs[0].heal();
    }

    fn mend(&mut self) {
        self.world.all_disks().for_each(|disk| {
            disk.heal();
            disk.set_room(u64::MAX);
        });
    }

    fn end(&mut self) {
        // Memory goes with the process; what is on the disk stays.
        let kill: bool = match self.dice.roll(4) {
            0 => {
                self.mend();
                self.world.pass(MINUTE * 2);
                self.world.stop();
                self.hear_all();
                if self.world.problem().is_none() {
                    self.messages.values_mut().for_each(|known| known.safe = true);
                }
                false
            }
            1 => {
                // In the middle of what it does.
                let (disk, moment) = (self.dice.roll(3) as usize, self.dice.roll(6));
                self.world.logs[disk].stop_after(moment);
                self.world.clock.advance(SECOND * 31);
                self.world.keeper.step();
                self.hear_all();
                true
            }
            _ => true,
        };
        if self.dice.roll(3) == 0 || !kill {
            self.world.all_disks().for_each(SimDisk::kill);
        } else {
            let seed = self.dice.next();
            self.world.all_disks().for_each(|disk| disk.crash(seed));
        }
        self.mend();
        if self.dice.roll(4) == 0 {
            self.hardware += 1;
            self.world.settings.hardware = Some(format!("Pi {}", self.hardware));
        }
        self.world.start();
        self.hear_all();
        self.check();
        // What was only in memory is gone, and what was done, unless it is seen; a power cut may yet bring it back, for
        // the deletion of a segment is not synced.
        let there = self.seen();
        for (place, known) in &mut self.messages {
            (known.safe, known.done) = (there.contains(place), !there.contains(place));
        }
    }

    fn seen(&self) -> BTreeSet<(StreamId, u64)> {
        let streams = self.world.spool.streams();
        let numbers = |stream: StreamId| seqs(&self.world.spool, stream).into_iter().map(move |seq| (stream, seq));
        streams.into_iter().flat_map(numbers).collect()
    }

    /// Everything that must be there is, and nothing that never was.
    fn check(&self) {
        let mut seen = BTreeSet::new();
        for stream in self.world.spool.streams() {
            let mut last = 0;
            for item in items(&self.world.spool, stream) {
                assert!(last < item.seq, "{stream}: {} is given out after {last}", item.seq);
                last = item.seq;
                let known = self.messages.get(&(stream, item.seq)).expect("what is given out was pushed");
                assert_eq!(*item.body, *known.body, "{stream} {last}");
                seen.insert((stream, item.seq));
            }
        }
        for (place, known) in &self.messages {
            assert!(seen.contains(place) || known.done || !known.safe, "{place:?} is lost: {known:?}");
        }
        assert_eq!(self.world.spool.stock().messages, seen.len() as u64);
    }

    fn live(&mut self, steps: RangeInclusive<u64>) {
        for _ in steps {
            match self.dice.roll(40) {
                0..20 => self.push(),
                20..28 => self.acknowledge(),
                28 => self.break_something(),
                29 => self.mend(),
                30 => self.end(),
                _ => {
                    self.world.clock.advance(Duration::from_millis(self.dice.roll(20_000)));
                    self.work();
                    if self.world.problem().is_none() {
                        self.check();
                    }
                }
            }
        }
    }
}

#[test]
fn whatever_happens_what_was_due_is_given_out_until_it_is_acknowledged() {
    let rounds = std::env::var("PICKET_SPOOL_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(12);
    for seed in 0..rounds {
        println!("seed {seed}");
        Model::new(seed).live(1..=400);
    }
}
