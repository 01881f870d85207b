//! With nothing to do the keeper sleeps: its own thread on a real clock, and how often it looks at that.

use std::sync::atomic::{AtomicU64, Ordering};

use picket_common::log::sim::Op;
use picket_common::pulse::Pulse;
use picket_common::shutdown::Shutdown;
use picket_common::time::{ClockState, SystemClock, Timestamp};

use super::*;

/// The machine's clock, some seconds ahead, which counts how often it is asked.
#[derive(Default)]
struct Counted {
    ahead: AtomicU64,
    asked: AtomicU64,
}

impl Counted {
    fn pass(&self, seconds: u64) {
        self.ahead.fetch_add(seconds, Ordering::Relaxed);
    }

    /// How often it is asked while `is_over` is waited for.
    fn asked_until(&self, is_over: impl Fn() -> bool) -> u64 {
        let before = self.asked.load(Ordering::Relaxed);
        let began = SystemClock.uptime();
        while !is_over() {
            assert!(SystemClock.uptime() - began < MINUTE, "it never comes");
            SystemClock.wait(Duration::from_millis(5), &Shutdown::new());
        }
        self.asked.load(Ordering::Relaxed) - before
    }
}

impl Clock for Counted {
    fn now(&self) -> Timestamp {
        SystemClock.now()
    }

    fn uptime(&self) -> Duration {
        self.asked.fetch_add(1, Ordering::Relaxed);
        SystemClock.uptime() + SECOND * self.ahead.load(Ordering::Relaxed) as u32
    }

    fn state(&self) -> ClockState {
        SystemClock.state()
    }

    fn wait(&self, time: Duration, shutdown: &Shutdown) -> bool {
        SystemClock.wait(time, shutdown)
    }
}

fn counted(events_after: Duration) -> (World, Arc<Counted>) {
    let mut world = World::with(|settings| settings.events_after = events_after);
    let clock = Arc::new(Counted::default());
    (world.spool, world.keeper) = Spool::on_disk(world.settings.clone(), clock.clone());
    (world, clock)
}

fn start(keeper: Keeper, clock: &Arc<Counted>) -> std::thread::JoinHandle<()> {
    let beat = Pulse::new(clock.clone()).thread("spool", MINUTE);
    std::thread::spawn(move || keeper.run(&beat))
}

#[test]
fn it_sleeps_until_a_message_is_due() {
    let (world, clock) = counted(Duration::from_millis(300));
    let spool = world.spool.clone();
    push(&spool, Class::Event, Kind::Event, vec![7; 100], &*clock);
    let thread = start(world.keeper, &clock);
    let asked = clock.asked_until(|| spool.stock().disk.is_some_and(|disk| disk.disk_messages == 1));
    assert!(asked < 200, "{asked}");
    spool.close();
    thread.join().unwrap();
}

#[test]
fn it_sleeps_while_a_disk_is_away_though_there_is_something_to_tidy() {
    let (mut world, clock) = counted(SECOND);
    (0..2).for_each(|_| push(&world.spool, Class::Event, Kind::Event, vec![7; 100], &*clock));
    clock.pass(5);
    world.work();
    let stream = world.spool.streams()[0];
    world.spool.acknowledge(stream, 1);
    world.logs[0].fail(Op::Read, 0);
    world.refuse(Some(ErrorKind::Other));
    assert_eq!(world.spool.after(stream, 0), None);
    world.keeper.step();
    assert!(world.problem().is_some());
    clock.pass(40);
    let spool = world.spool.clone();
    let thread = start(world.keeper, &clock);
    let until = SystemClock.uptime() + Duration::from_millis(300);
    let asked = clock.asked_until(|| SystemClock.uptime() >= until);
    assert!(asked < 200, "{asked}");
    spool.close();
    thread.join().unwrap();
}
