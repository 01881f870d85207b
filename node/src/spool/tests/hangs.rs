//! Disks that hang: nobody waits for them but the keeper.

use std::io;

use picket_common::log::disk::{Disk, DiskFile, Lock};
use picket_common::pulse::Pulse;
use picket_common::shutdown::Shutdown;
use picket_common::time::SystemClock;
use picket_common::wake::Waker;

use super::*;

/// A disk that hangs when it is written to, or read, until it is let go.
struct Hanging {
    disk: Arc<dyn Disk>,
    gate: Shutdown,
    reads: Shutdown,
}

struct HangingFile {
    file: Arc<dyn DiskFile>,
    gate: Shutdown,
    reads: Shutdown,
}

impl Hanging {
    fn wait(gate: &Shutdown) {
        SystemClock.wait(MINUTE, gate);
    }
}

impl Disk for Hanging {
    fn list(&self) -> io::Result<Vec<String>> {
        self.disk.list()
    }

    fn create(&self, name: &str, bytes: u64) -> io::Result<()> {
        Hanging::wait(&self.gate);
        self.disk.create(name, bytes)
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        let (gate, reads) = (self.gate.clone(), self.reads.clone());
        Ok(Arc::new(HangingFile { file: self.disk.open(name)?, gate, reads }))
    }

    fn open_to_read(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        let (gate, reads) = (self.gate.clone(), self.reads.clone());
        Ok(Arc::new(HangingFile { file: self.disk.open_to_read(name)?, gate, reads }))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.disk.rename(from, to)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.disk.remove(name)
    }

    fn sync_dir(&self) -> io::Result<()> {
        self.disk.sync_dir()
    }

    fn lock(&self, name: &str) -> io::Result<Option<Lock>> {
        self.disk.lock(name)
    }

    fn place(&self, name: &str) -> String {
        self.disk.place(name)
    }
}

impl DiskFile for HangingFile {
    fn size(&self) -> io::Result<u64> {
        self.file.size()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        Hanging::wait(&self.reads);
        self.file.read_at(offset, buffer)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        Hanging::wait(&self.gate);
        self.file.write_at(offset, bytes)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.file.sync_data()
    }
}

/// The spool's logs hang until they are let go.
fn hang(world: &mut World, gate: &Shutdown, reads: &Shutdown) {
    let (disks, gate, reads) = (world.settings.disks.clone(), gate.clone(), reads.clone());
    world.settings.disks = Arc::new(move || {
        let Disks { root, logs } = disks()?;
        let hanging = |disk| -> Arc<dyn Disk> { Arc::new(Hanging { disk, gate: gate.clone(), reads: reads.clone() }) };
        Ok(Disks { root, logs: logs.map(hanging) })
    });
}

#[test]
fn while_the_disk_hangs_cameras_and_uplink_go_on_and_memory_is_bounded() {
    let mut world = World::with(|settings| {
        settings.max_memory = 100_000;
        settings.always = true;
    });
    let (gate, reads) = (Shutdown::new(), Shutdown::new());
    reads.request();
    hang(&mut world, &gate, &reads);
    world.start();
    world.event();
    let clock = Arc::new(world.clock.clone());
    let (spool, replacement) = Spool::on_disk(world.settings.clone(), clock.clone());
    let (spool, mut keeper) =
        (std::mem::replace(&mut world.spool, spool), std::mem::replace(&mut world.keeper, replacement));
    let (done, ended) = (gate.clone(), Arc::new(Mutex::new(false)));
    let told = ended.clone();
    let thread = std::thread::spawn(move || {
        while !done.is_requested() {
            keeper.step();
        }
        *told.lock().unwrap() = true;
        keeper
    });
    // None of this waits for the disk: the gate is shut for a minute, and the test would take as long.
    let began = SystemClock.uptime();
    for seq in 1..=2000 {
        push(&spool, Class::EventFrame, Kind::Image, vec![7; 1000], &*clock);
        assert!(spool.stock().bytes <= 100_000);
        if seq % 3 == 0 {
            let stream = spool.streams()[1];
            let item = spool.after(stream, 0).unwrap();
            spool.acknowledge(stream, item.seq);
        }
    }
    assert!(SystemClock.uptime() - began < SECOND * 30);
    assert!(!*ended.lock().unwrap(), "the keeper hangs all the while");
    assert!(spool.stock().dropped_images > 1000);
    gate.request();
    let mut keeper = thread.join().unwrap();
    for _ in 0..200 {
        keeper.step();
    }
    let stock = spool.stock();
    assert_eq!((stock.disk.unwrap().disk_messages, stock.messages > 0), (stock.messages, true));
}

#[test]
fn a_disk_that_hangs_when_it_is_read_delays_what_is_on_it_and_nothing_else() {
    let mut world = World::with(|settings| settings.always = true);
    let (writes, reads) = (Shutdown::new(), Shutdown::new());
    writes.request();
    hang(&mut world, &writes, &reads);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let (spool, keeper) = Spool::on_disk(world.settings.clone(), clock.clone());
    let waker = Waker::new().unwrap();
    let beat = Pulse::new(clock.clone()).thread("spool", MINUTE);
    let thread = std::thread::spawn(move || keeper.run(&beat));
    let nobody = Shutdown::new();
    (0..2).for_each(|_| push(&spool, Class::Event, Kind::Event, vec![7; 100], &*clock));
    let began = clock.uptime();
    while spool.stock().disk.unwrap().disk_messages < 2 {
        assert!(clock.uptime() - began < MINUTE, "it is written in the end");
        clock.wait(Duration::from_millis(5), &nobody);
    }
    spool.wake_with(waker.clone());
    let events = spool.streams()[0];
    // The gate is shut for a minute.
    let began = clock.uptime();
    assert_eq!((0..100).find_map(|_| spool.after(events, 0)), None);
    assert!(clock.uptime() - began < SECOND * 30);
    reads.request();
    waker.wait(MINUTE);
    assert_eq!(seqs(&spool, events), [1, 2]);
    assert_eq!((spool.stock().damaged, spool.stock().messages), (0, 2));
    spool.close();
    thread.join().unwrap();
}

#[test]
fn a_disk_that_hangs_when_it_is_written_to_is_told_by_health_and_is_no_hang_of_the_node() {
    let mut world = World::with(|settings| settings.always = true);
    let (gate, reads) = (Shutdown::new(), Shutdown::new());
    reads.request();
    hang(&mut world, &gate, &reads);
    world.start();
    world.event();
    let pulse = Pulse::new(Arc::new(world.clock.clone()));
    let (spool, beat) = (world.spool.clone(), pulse.patient_thread("spool"));
    let (clock, mut keeper) = (world.clock.clone(), world.keeper);
    let (ends, nobody, began) = (gate.clone(), Shutdown::new(), Arc::new(Mutex::new(false)));
    let begins = began.clone();
    let thread = std::thread::spawn(move || {
        let _beat = beat;
        *begins.lock().unwrap() = true;
        while !ends.is_requested() || spool.stock().disk.unwrap().disk_messages == 0 {
            keeper.step();
        }
    });
    while !*began.lock().unwrap() || world.spool.0.queues().stock(MINUTE * 60).disk.unwrap().stuck_s.is_none() {
        SystemClock.wait(Duration::from_millis(5), &nobody);
    }
    let check = |seconds: u64, expected: Option<u64>| {
        clock.advance(SECOND * u32::try_from(seconds).unwrap());
        let disk = world.spool.stock().disk.unwrap();
        assert_eq!((disk.stuck_s, disk.problem.is_some()), (expected, expected.is_some()));
    };
    check(29, None);
    check(1, Some(30));
    check(3600, Some(3630));
    assert_eq!(pulse.stalled(), []);
    gate.request();
    thread.join().unwrap();
    check(60, None);
    assert_eq!(world.spool.stock().disk.unwrap().disk_messages, 1);
}
