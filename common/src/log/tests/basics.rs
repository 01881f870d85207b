//! The ordinary life of a log, on the simulated disk and in a real folder.

use std::sync::Arc;
use std::time::Duration;

use super::super::disk::{Disk, Folder};
use super::super::sim::SimDisk;
use super::super::{LogError, Options, open};
use super::{Key, Log, SEGMENT, key, numbered};

/// Runs `fact` on both kinds of disk; it is given what opens the disk once more, in a new process.
fn on_both(fact: impl Fn(&dyn Fn() -> Arc<dyn Disk>)) {
    let sim = SimDisk::new();
    fact(&|| {
        sim.kill();
        sim.life()
    });
    let temporary = tempfile::tempdir().expect("a temporary folder");
    let path = temporary.path().join("new").join("log");
    fact(&|| Arc::new(Folder::new(&path).expect("a folder")));
}

#[test]
fn what_is_synced_is_read_and_what_is_not_is_not() {
    on_both(|disk| {
        let mut log = Log::open(disk(), 0);
        assert_eq!((log.recovery.last, log.rest()), (0, vec![]));
        log.batch(1, &["one", "", "three"]);
        log.append(4, "four");
        assert_eq!(log.rest(), numbered(1, &["one", "", "three"]));
        assert_eq!(log.writer.synced(), 3);
        assert_eq!(log.writer.sync().expect("syncs"), 4);
        assert_eq!(log.rest(), numbered(4, &["four"]));
    });
}

#[test]
fn parts_are_joined() {
    on_both(|disk| {
        let mut log = Log::open(disk(), 0);
        log.writer.append(key(1), &[b"one", b"", b" two"]).expect("appends");
        log.writer.sync().expect("syncs");
        assert_eq!(log.rest(), numbered(1, &["one two"]));
    });
}

#[test]
fn a_reopened_log_holds_what_was_synced_and_counts_on() {
    on_both(|disk| {
        let mut log = Log::open(disk(), 0);
        log.batch(1, &["one", "two"]);
        log.append(3, "never synced");
        drop(log);
        let mut log = Log::open(disk(), 0);
        assert_eq!((log.recovery.last, log.recovery.damage.len()), (2, 0));
        log.batch(3, &["three"]);
        assert_eq!(log.all(), numbered(1, &["one", "two", "three"]));
        drop(log);
        assert_eq!(Log::open(disk(), 0).all(), numbered(1, &["one", "two", "three"]));
    });
}

#[test]
fn records_go_on_through_segments_and_a_large_one_gets_its_own() {
    let large = "x".repeat(3000);
    let payloads = ["a", &large, "b", &"y".repeat(500), &"z".repeat(500), &large, &large, "c"];
    on_both(|disk| {
        let mut log = Log::open(disk(), 0);
        log.batch(1, &payloads[..1]);
        log.batch(2, &payloads[1..5]);
        log.batch(6, &payloads[5..]);
        assert_eq!(log.rest(), numbered(1, &payloads));
        drop(log);
        let mut log = Log::open(disk(), 0);
        assert_eq!(log.recovery.damage, Vec::<String>::new());
        assert_eq!(log.rest(), numbered(1, &payloads));
    });
}

#[test]
fn spare_files_can_be_made_ahead_of_need_and_are_used() {
    on_both(|disk| {
        let disk_now = disk();
        let mut log = Log::open(disk_now.clone(), 0);
        let count = |kind| disk_now.list().expect("lists").iter().filter(|name| name.ends_with(kind)).count();
        assert_eq!(log.reader.stock_up(0).ok(), Some(false));
        let made: Vec<_> = (0..3).map(|_| log.reader.stock_up(usize::MAX).expect("there is room")).collect();
        assert_eq!((made, count(".spare")), (vec![true, true, false], 2), "two are wanted");
        log.batch(1, &["one", "two"]);
        assert_eq!((count(".spare"), count(".log")), (1, 1));
        assert_eq!(log.reader.stock_up(1).ok(), Some(false));
        drop(log);
        assert_eq!(Log::open(disk(), 0).all(), numbered(1, &["one", "two"]));
    });
}

#[test]
fn trimmed_segments_are_used_again_and_no_more_than_the_spare_ones_are_kept() {
    on_both(|disk| {
        let mut log = Log::open(disk(), 0);
        for round in 0..50 {
            let first = round * 10 + 1;
            log.batch(first, &["x".repeat(300).as_str(); 10]);
            assert_eq!(log.rest().len(), 10);
            log.reader.trim(first + 8).expect("trims");
            // The last two share a segment.
            assert_eq!((log.reader.depth_after(0), log.reader.depth_after(first + 8)), (2, 1), "{round}");
        }
        drop(log);
        let disk = disk();
        let names = disk.list().expect("lists");
        let count = |kind| names.iter().filter(|name| name.ends_with(kind)).count();
        assert_eq!((count(".log"), count(".spare")), (1, 2));
        let mut log = Log::open(disk, 0);
        assert_eq!(log.all(), numbered(499, &["x".repeat(300).as_str(); 2]));
    });
}

#[test]
fn the_newest_record_is_never_trimmed_so_that_counting_goes_on() {
    on_both(|disk| {
        let mut log = Log::open(disk(), 0);
        log.batch(1, &["one", "two"]);
        log.reader.trim(u64::MAX).expect("trims");
        drop(log);
        assert_eq!(Log::open(disk(), 0).recovery.last, 2);
    });
}

#[test]
fn a_second_opener_is_refused_until_the_first_is_gone() {
    let sim = SimDisk::new();
    let temporary = tempfile::tempdir().expect("a temporary folder");
    let folder = Folder::new(temporary.path()).expect("a folder");
    for disk in [Arc::new(folder) as Arc<dyn Disk>, sim.life()] {
        let options = Options { segment_bytes: SEGMENT, spare_segments: 0, max_bytes: u64::MAX, indexed: false };
        let again = || open(Arc::clone(&disk), options.clone(), 0);
        let first = again().expect("opens");
        let refused = again().err().expect("is refused");
        assert!(matches!(&refused, LogError::InUse(text) if text.contains("lock is locked")), "{refused}");
        let (writer, reader, _) = first;
        drop(writer);
        assert!(again().is_err(), "the reader still has it");
        drop(reader);
        assert!(again().is_ok());
    }
}

#[test]
fn a_log_at_its_limit_is_full_until_its_reader_lets_go() {
    let options = Options { segment_bytes: SEGMENT, spare_segments: 2, max_bytes: 3 * SEGMENT, indexed: false };
    let (mut writer, mut reader, _) = open(SimDisk::new().life(), options, 0).expect("opens");
    let long = [0; 800];
    for _ in 0..3 {
        writer.append(Key::default(), &[&long]).expect("appends");
        writer.sync().expect("syncs");
    }
    let refused = writer.append(Key::default(), &[&long]).expect_err("is full");
    assert!(matches!(&refused, LogError::Full(text) if text.contains("waiting for the reader")), "{refused}");
    reader.trim(1).expect("trims");
    writer.append(Key::default(), &[&long]).expect("appends again");
    assert_eq!(writer.sync().expect("syncs"), 4);
}

#[test]
fn a_withdrawn_batch_leaves_no_trace() {
    let long = "x".repeat(400);
    on_both(|disk| {
        let mut log = Log::open(disk(), 0);
        log.batch(1, &["one"]);
        (2..=9).for_each(|number| log.append(number, &long));
        log.writer.withdraw();
        assert_eq!((log.writer.sync().expect("nothing to sync"), log.rest()), (1, numbered(1, &["one"])));
        log.batch(2, &["two", &long, &long, "five"]);
        drop(log);
        let mut log = Log::open(disk(), 0);
        assert_eq!(log.recovery.damage, Vec::<String>::new());
        assert_eq!(log.all(), numbered(1, &["one", "two", &long, &long, "five"]));
    });
}

#[test]
fn seek_goes_both_ways_and_depth_counts_what_is_after() {
    on_both(|disk| {
        let mut log = Log::open(disk(), 0);
        (1..=30).for_each(|number| log.batch(number, &[&"x".repeat(number as usize * 9)]));
        for after in [0, 29, 7, 8, 30, 15, 99] {
            log.reader.seek(after);
            let left = 30_u64.saturating_sub(after);
            assert_eq!(log.reader.depth_after(after), left);
            let rest = log.rest();
            assert_eq!((rest.len() as u64, rest.first().map(|r| r.0)), (left, (left > 0).then_some(after + 1)));
        }
    });
}

#[test]
fn numbers_go_on_above_the_floor_and_the_gap_is_no_damage() {
    on_both(|disk| {
        let mut log = Log::open(disk(), 0);
        log.batch(1, &["one"]);
        drop(log);
        let mut log = Log::open(disk(), 10);
        assert_eq!((log.recovery.last, log.writer.synced()), (10, 10));
        log.batch(11, &["eleven"]);
        log.batch(12, &["twelve"]);
        drop(log);
        let mut log = Log::open(disk(), 5);
        assert_eq!((log.recovery.last, log.recovery.damage.len()), (12, 0));
        let numbers: Vec<u64> = log.all().iter().map(|record| record.0).collect();
        assert_eq!((numbers, log.reader.depth_after(0)), (vec![1, 11, 12], 3));
    });
}

#[test]
fn a_reader_on_another_thread_follows() {
    on_both(|disk| {
        let Log { mut writer, mut reader, .. } = Log::open(disk(), 0);
        let follower = std::thread::spawn(move || {
            let mut numbers = Vec::new();
            while numbers.len() < 200 {
                reader.wait(Duration::from_secs(60));
                while let Some(record) = reader.next().expect("reads") {
                    numbers.push(record.number);
                    reader.trim(record.number).expect("trims");
                }
            }
            numbers
        });
        for number in 1..=200 {
            writer.append(key(number), &[&[7; 90]]).expect("appends");
            if number % 3 == 0 || number == 200 {
                writer.sync().expect("syncs");
            }
        }
        assert_eq!(follower.join().expect("ends"), (1..=200).collect::<Vec<u64>>());
    });
}

#[test]
fn waiting_ends_when_there_is_nothing() {
    let log = Log::open(SimDisk::new().life(), 100);
    log.reader.wait(Duration::from_millis(1));
}

#[test]
fn both_ends_go_to_any_thread() {
    fn goes<T: Send>() {}
    goes::<super::super::Writer>();
    goes::<super::super::Reader>();
}
