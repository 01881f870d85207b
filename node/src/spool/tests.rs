//! What the spool promises, as facts: on simulated disks and a simulated clock, the keeper's steps taken by hand.

mod faults;
mod hangs;
mod idle;
mod memory;
mod model;
mod places;

use std::io::ErrorKind;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use picket_common::event::Kind;
use picket_common::log::sim::SimDisk;
use picket_common::time::{Clock, SimClock};
use picket_common::wire::{Keys, StreamId};
use serde_json::Value;

use super::sim::SimDisks;
use super::{Class, Disks, Fate, Item, Keeper, Settings, Spool};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

/// A node's spool, its disks and what became of its messages.
struct World {
    clock: SimClock,
    root: SimDisk,
    logs: [SimDisk; 3],
    settings: Settings,
    spool: Spool,
    keeper: Keeper,
    fates: Arc<Mutex<Vec<String>>>,
    /// Why the folders cannot be opened.
    refusal: Arc<Mutex<Option<ErrorKind>>>,
}

impl World {
    /// With room for everything.
    fn new() -> World {
        World::with(|_| {})
    }

    fn with(change: impl FnOnce(&mut Settings)) -> World {
        let clock = SimClock::new("2026-11-20T12:00:00Z".parse().unwrap());
        clock.advance(MINUTE * 10);
        let sim = SimDisks::default();
        let refusal: Arc<Mutex<Option<ErrorKind>>> = Arc::default();
        let disks = {
            let (sim, refusal) = (sim.clone(), refusal.clone());
            move || match *refusal.lock().unwrap_or_else(PoisonError::into_inner) {
                Some(refusal) => Err(refusal.into()),
                None => Ok(sim.live()),
            }
        };
        let fates: Arc<Mutex<Vec<String>>> = Arc::default();
        let told = fates.clone();
        let mut settings = Settings {
            disks: Arc::new(disks),
            witness: Some(Arc::new(move |fate| {
                let word = match fate {
                    Fate::Taken(_) | Fate::Acknowledged(..) => return,
                    Fate::Dropped(_, seq) => format!("dropped {seq}"),
                    Fate::Refused(_, seq) => format!("refused {seq}"),
                    Fate::Damaged(_, seq) => format!("damaged {seq}"),
                    Fate::Moved { .. } => "moved".to_owned(),
                };
                told.lock().unwrap_or_else(PoisonError::into_inner).push(word);
            })),
            ..sim.settings()
        };
        change(&mut settings);
        let shared: Arc<dyn Clock> = Arc::new(clock.clone());
        let (spool, keeper) = Spool::on_disk(settings.clone(), shared);
        World { clock, root: sim.root, logs: sim.logs, settings, spool, keeper, fates, refusal }
    }

    fn event(&self) {
        push(&self.spool, Class::Event, Kind::Event, vec![7; 100], &*Arc::new(self.clock.clone()));
    }

    fn image(&self, class: Class, bytes: usize) {
        push(&self.spool, class, Kind::Image, vec![7; bytes], &*Arc::new(self.clock.clone()));
    }

    fn pass(&mut self, time: Duration) {
        self.clock.advance(time);
        self.work();
    }

    /// The keeper works until there is nothing to do now.
    fn work(&mut self) {
        for _ in 0..1000 {
            if self.keeper.step() > Duration::ZERO || self.keeper.is_ended() {
                return;
            }
        }
        panic!("the keeper finds no end");
    }

    fn all_disks(&self) -> impl Iterator<Item = &SimDisk> {
        self.logs.iter().chain([&self.root])
    }

    /// The node stops as it should.
    fn stop(&mut self) {
        self.spool.close();
        self.work();
        assert!(self.keeper.is_ended());
    }

    /// Another process, whatever became of this one.
    fn start(&mut self) {
        let clock: Arc<dyn Clock> = Arc::new(self.clock.clone());
        (self.spool, self.keeper) = Spool::on_disk(self.settings.clone(), clock);
        self.work();
    }

    /// The node is killed, and starts again.
    fn kill(&mut self) {
        self.all_disks().for_each(SimDisk::kill);
        self.start();
    }

    /// The power fails, and what was not synced is lost.
    fn cut_power(&mut self) {
        self.all_disks().for_each(SimDisk::crash_losing_all);
        self.start();
    }

    fn refuse(&self, refusal: Option<ErrorKind>) {
        *self.refusal.lock().unwrap_or_else(PoisonError::into_inner) = refusal;
    }

    /// The keeper's thread is gone, and so are its handles.
    fn ends(&mut self) {
        self.all_disks().for_each(SimDisk::kill);
    }

    fn on_disk(&self) -> u64 {
        self.spool.stock().disk.unwrap().disk_messages
    }

    fn problem(&self) -> Option<String> {
        self.spool.stock().disk.unwrap().problem
    }

    fn fates(&self) -> String {
        self.fates.lock().unwrap_or_else(PoisonError::into_inner).drain(..).collect::<Vec<_>>().join(", ")
    }

    /// The numbers in the `place`th stream, in the order in which they are given out.
    fn seqs(&self, place: usize) -> Vec<u64> {
        self.spool.streams().get(place).map(|stream| seqs(&self.spool, *stream)).unwrap_or_default()
    }

    /// Everything acknowledged.
    fn acknowledge_all(&self) {
        for stream in self.spool.streams() {
            if let Some(last) = seqs(&self.spool, stream).last() {
                self.spool.acknowledge(stream, *last);
            }
        }
    }

    /// The names of a class's segments.
    fn segments(&self, class: Class) -> Vec<String> {
        let mut names = self.logs[class as usize].names();
        names.retain(|name| name.ends_with(".log"));
        names
    }
}

fn seqs(spool: &Spool, stream: StreamId) -> Vec<u64> {
    items(spool, stream).iter().map(|item| item.seq).collect()
}

fn items(spool: &Spool, stream: StreamId) -> Vec<Arc<Item>> {
    std::iter::successors(spool.after(stream, 0), |item| spool.after(stream, item.seq)).collect()
}

fn push(spool: &Spool, class: Class, kind: Kind, body: Vec<u8>, clock: &dyn Clock) {
    let keys = Keys {
        picket: 1,
        node: "Barn".into(),
        view: None,
        kind,
        number: None,
        at: Some(clock.now()),
        was: None,
        boot: None,
        mono_ns: Some(clock.uptime().as_nanos() as u64),
        clock: None,
        event: None,
        data: Value::Null,
    };
    spool.push(class, "Barn|jpg".into(), keys, body.into());
}
