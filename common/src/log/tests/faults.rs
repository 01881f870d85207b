//! Failing syncs, writes and renames, full disks, and power cuts at every byte of a batch.

use super::super::LogError;
use super::super::sim::{Op, SimDisk};
use super::{Log, SEGMENT, key, numbered, segment};

#[test]
fn a_batch_is_one_sync_and_two_where_it_crosses_into_a_new_segment() {
    let disk = SimDisk::new();
    let mut log = Log::open(disk.life(), 0);
    let mut syncs_for = |first, payloads: &[&str]| {
        let before = disk.syncs();
        log.batch(first, payloads);
        disk.syncs() - before
    };
    assert_eq!(syncs_for(1, &["a", "b", "c"]), 1);
    assert_eq!(syncs_for(4, &["d"]), 1);
    assert_eq!(syncs_for(5, &[&"e".repeat(300), &"f".repeat(300), "g"]), 2);
}

/// Cuts the power when the first `kept` bytes of the last batch's `nth` write have reached the disk, for
/// every `kept`.
fn tear(before: &[&str], batch: &[&str], nth: u64) {
    let mut longest = 0;
    for kept in 0..=SEGMENT as usize {
        let disk = SimDisk::new();
        let mut log = Log::open(disk.life(), 0);
        log.batch(1, before);
        let first = before.len() as u64 + 1;
        for (number, payload) in (first..).zip(batch) {
            log.append(number, payload);
        }
        // Each write is followed by its sync; the last one's is not reached.
        disk.stop_after(nth * 2 - 1);
        assert!(log.writer.sync().is_err());
        disk.crash_keeping(kept);

        let mut log = Log::open(disk.life(), 0);
        let all = log.all();
        let whole: Vec<_> = before.iter().chain(batch).copied().collect();
        assert!(all.len() >= before.len(), "{kept}: an acknowledged record is gone: {:?}", log.recovery);
        assert_eq!(all, numbered(1, &whole)[..all.len()], "{kept}");
        assert_eq!((log.recovery.last, log.recovery.lost.len()), (all.len() as u64, 0), "{kept}");

        // What was cut never comes back.
        log.batch(log.recovery.last + 1, &["later"]);
        let expected = log.all();
        disk.crash_losing_all();
        let mut log = Log::open(disk.life(), 0);
        assert_eq!(log.all(), expected, "{kept}");
        assert!(log.recovery.lost.is_empty());
        longest = longest.max(all.len());
    }
    assert!(longest > before.len());
}

#[test]
fn a_batch_torn_at_any_byte_leaves_its_beginning() {
    tear(&["one", "two"], &["three", "four four four", "", "six"], 1);
}

#[test]
fn a_torn_first_batch_leaves_its_beginning() {
    tear(&[], &["one", "two"], 1);
}

#[test]
fn a_batch_torn_across_two_segments_leaves_its_beginning() {
    let batch = ["three", &"y".repeat(60), &"z".repeat(60), &"w".repeat(60), "last"];
    tear(&["one", &"x".repeat(500)], &batch, 1);
    tear(&["one", &"x".repeat(500)], &batch, 2);
    tear(&[], &[&"v".repeat(700), &"w".repeat(700), "last"], 2);
}

#[test]
fn when_only_the_second_segment_of_a_batch_arrived_nothing_of_it_counts() {
    let disk = SimDisk::new();
    let mut log = Log::open(disk.life(), 0);
    log.batch(1, &["one"]);
    disk.fail(Op::Sync, 0);
    log.failed_batch(2, &[&"x".repeat(600), &"y".repeat(600)]);
    let second = disk.contents(&segment(2)).expect("is there");
    disk.crash_losing_all();
    disk.edit(&segment(2), |bytes| *bytes = second);
    let mut log = Log::open(disk.life(), 0);
    assert_eq!(log.all(), numbered(1, &["one"]));
    log.batch(2, &["two"]);
    drop(log);
    assert_eq!(Log::after_kill(&disk).all(), numbered(1, &["one", "two"]));
}

#[test]
fn a_batch_whose_sync_fails_is_withdrawn_and_never_comes_back() {
    for failure in [Op::Sync, Op::SyncButKept, Op::Write] {
        for restart in [SimDisk::kill, SimDisk::crash_losing_all] {
            let disk = SimDisk::new();
            let mut log = Log::open(disk.life(), 0);
            log.batch(1, &["one"]);
            disk.fail(failure, 0);
            log.failed_batch(2, &["withdrawn", "withdrawn too", "and this"]);
            assert_eq!((log.writer.synced(), log.rest()), (1, numbered(1, &["one"])));
            let left = disk.contents(&segment(1));
            log.batch(2, &["two"]);
            log.batch(3, &["three"]);
            assert_eq!(log.all(), numbered(1, &["one", "two", "three"]));
            assert_eq!(disk.contents(&segment(1)), left, "the file of the failed sync was written again");
            restart(&disk);
            let mut log = Log::open(disk.life(), 0);
            assert_eq!(log.all(), numbered(1, &["one", "two", "three"]), "{failure:?}");
            assert_eq!((&log.recovery.damage, &log.recovery.lost), (&vec![], &vec![]));
        }
    }
}

#[test]
fn a_failed_batch_that_crosses_segments_is_withdrawn_from_both() {
    for skip in 0..2 {
        let disk = SimDisk::new();
        let mut log = Log::open(disk.life(), 0);
        log.batch(1, &["one"]);
        disk.fail(Op::SyncButKept, skip);
        log.failed_batch(2, &[&"x".repeat(600), &"y".repeat(600), "z"]);
        log.batch(2, &["two"]);
        let mut log = Log::after_kill(&disk);
        assert_eq!(log.all(), numbered(1, &["one", "two"]));
        log.batch(3, &["three"]);
        assert_eq!(Log::after_kill(&disk).all(), numbered(1, &["one", "two", "three"]));
    }
}

#[test]
fn a_file_whose_sync_failed_is_not_used_again_by_the_same_process() {
    let disk = SimDisk::new();
    let mut log = Log::open(disk.life(), 0);
    log.batch(1, &["one"]);
    disk.fail_next_sync();
    log.failed_batch(2, &["withdrawn"]);
    log.batch(2, &["two"]);
    log.reader.trim(1).expect("trims");
    assert_eq!(disk.names(), [segment(2)]);
}

#[test]
fn a_failed_batch_seen_by_the_next_process_is_made_durable_before_it_counts() {
    let disk = SimDisk::new();
    let mut log = Log::open(disk.life(), 0);
    log.batch(1, &["one"]);
    disk.fail_next_sync();
    log.failed_batch(2, &["in memory only", &"x".repeat(900)]);
    let seen = Log::after_kill(&disk).all();
    disk.crash_losing_all();
    assert_eq!(Log::open(disk.life(), 0).all(), seen);
}

#[test]
fn when_the_next_segment_fails_too_a_later_batch_tries_again() {
    for failure in [Op::Create, Op::Rename, Op::SyncDir] {
        let disk = SimDisk::new();
        let mut log = Log::open(disk.life(), 0);
        log.batch(1, &["one"]);
        disk.fail_next_sync();
        log.failed_batch(2, &["withdrawn"]);
        disk.fail(failure, 0);
        assert!(log.writer.append(key(2), &[b"two"]).is_err(), "{failure:?}");
        assert_eq!(log.writer.sync().expect("has nothing to do"), 1);
        log.batch(2, &["two"]);
        log.batch(3, &["three"]);
        disk.crash_losing_all();
        let mut log = Log::open(disk.life(), 0);
        assert_eq!(log.all(), numbered(1, &["one", "two", "three"]), "{failure:?}");
        assert_eq!(log.recovery.damage, Vec::<String>::new());
    }
}

#[test]
fn a_full_disk_refuses_the_record_and_keeps_the_batch_and_recovers() {
    let disk = SimDisk::new();
    disk.set_room(2 * SEGMENT);
    let mut log = Log::open(disk.life(), 0);
    let payload = "x".repeat(350);
    (1..=4).for_each(|number| log.append(number, &payload));
    for _ in 0..3 {
        let full = log.writer.append(key(5), &[payload.as_bytes()]);
        assert!(matches!(full, Err(LogError::Full(_))), "{full:?}");
        assert!(disk.used() <= 2 * SEGMENT);
    }
    assert_eq!(log.writer.sync().expect("syncs"), 4);
    assert!(matches!(log.writer.append(key(5), &[payload.as_bytes()]), Err(LogError::Full(_))));
    assert_eq!(log.rest().len(), 4);
    log.reader.trim(2).expect("trims");
    log.batch(5, &[&payload, &payload]);
    assert_eq!(log.all(), numbered(3, &[payload.as_str(); 4]));
    drop(log);
    assert_eq!(Log::after_kill(&disk).all(), numbered(3, &[payload.as_str(); 4]));
}

#[test]
fn a_disk_that_cannot_be_read_for_a_moment_costs_nothing() {
    let disk = SimDisk::new();
    let mut log = Log::open(disk.life(), 0);
    log.batch(1, &["one", "two"]);
    disk.fail(Op::Read, 0);
    assert!(matches!(log.reader.next(), Err(LogError::Io(text)) if text.contains("sim/0000000000000001.log")));
    assert_eq!(log.rest(), numbered(1, &["one", "two"]));
}

#[test]
fn a_crash_between_taking_a_segment_and_its_first_batch_is_no_damage() {
    let disk = SimDisk::new();
    let mut log = Log::open(disk.life(), 0);
    for round in 0..6 {
        log.batch(round * 2 + 1, &[&"x".repeat(500), &"y".repeat(300)]);
        assert_eq!(log.rest().len(), 2);
        log.reader.trim(round * 2).expect("trims");
    }
    log.append(13, &"z".repeat(700));
    let mut log = Log::after_kill(&disk);
    assert_eq!((log.recovery.last, log.recovery.damage.len()), (12, 0));
    log.batch(13, &["thirteen"]);
    assert_eq!(log.all().last(), Some(&(13, "thirteen".to_string())));
}

#[test]
fn records_of_an_earlier_life_of_a_file_are_not_taken_for_new_ones() {
    let disk = SimDisk::new();
    let mut log = Log::open(disk.life(), 0);
    log.batch(1, &["one"]);
    // A withdrawn batch leaves high numbers behind, in a place where the next life's records end.
    disk.fail(Op::SyncButKept, 1);
    log.failed_batch(2, &[&"x".repeat(700), "c", "d", "e", "f", "g", "h"]);
    log.batch(2, &["two"]);
    let mut log = Log::after_kill(&disk);
    log.reader.trim(1).expect("trims");
    log.batch(3, &[&"y".repeat(700), &"z".repeat(700)]);
    log.batch(5, &["five"]);
    let expected = log.all();
    let mut log = Log::after_kill(&disk);
    assert_eq!(log.all(), expected);
    assert_eq!((log.recovery.last, log.recovery.damage.len()), (5, 0));
}

#[test]
fn a_process_that_is_gone_can_do_no_harm() {
    let disk = SimDisk::new();
    let mut old = Log::open(disk.life(), 0);
    old.append(1, "too late");
    let mut new = Log::after_kill(&disk);
    assert!(old.writer.sync().is_err());
    drop(old);
    new.batch(1, &["one"]);
    assert_eq!(new.all(), numbered(1, &["one"]));
}
