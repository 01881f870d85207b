//! An indexed log: records by number, what it holds after an opening, and letting go of what nobody has read.

use super::super::disk::{Disk, Folder};
use super::super::sim::{Op, SimDisk};
use super::super::{Dropped, Held, open};
use super::{Log, SEGMENT, key, numbered, segment};

const LONG: u64 = 600;

fn open_indexed(disk: &SimDisk) -> Log {
    disk.kill();
    Log::open_as(disk.life(), 0, true)
}

/// Records 1 to `last`, a batch each; with more than half a segment each has one of its own.
fn of_one_each(last: u64) -> (SimDisk, Log) {
    let disk = SimDisk::new();
    let mut log = open_indexed(&disk);
    (1..=last).for_each(|number| log.batch(number, &[&long(number)]));
    (disk, log)
}

fn long(number: u64) -> String {
    format!("{number:width$}", width = LONG as usize)
}

fn get(log: &mut Log, number: u64) -> Option<String> {
    let record = log.reader.get(number).expect("reads")?;
    assert_eq!((record.number, record.key), (number, key(number)));
    Some(String::from_utf8_lossy(&record.payload).into_owned())
}

#[test]
fn any_durable_record_is_had_by_its_number_before_and_after_a_reopening() {
    let (disk, mut log) = of_one_each(3);
    log.batch(4, &["four", "", &long(6), &"x".repeat(3000), "eight"]);
    log.append(9, "not synced");
    let payloads = [long(1), long(2), long(3), "four".into(), String::new(), long(6), "x".repeat(3000), "eight".into()];
    for round in 0..3 {
        for number in [8, 1, 5, 4, 7, 7, 6, 3, 2, 8] {
            assert_eq!(
                get(&mut log, number).as_deref(),
                payloads.get(number as usize - 1).map(String::as_str),
                "{round}"
            );
        }
        assert_eq!((get(&mut log, 0), get(&mut log, 9), get(&mut log, u64::MAX)), (None, None, None));
        log = open_indexed(&disk);
    }
    // What is written behind a reopened segment's last record has its place too.
    log.batch(9, &["nine"]);
    assert_eq!((get(&mut log, 8).as_deref(), get(&mut log, 9).as_deref()), (Some("eight"), Some("nine")));
}

#[test]
fn reading_on_and_getting_do_not_disturb_each_other() {
    let (_, mut log) = of_one_each(5);
    for number in 1..=5 {
        assert!(get(&mut log, 6 - number).is_some());
        assert_eq!(log.reader.next().expect("reads").map(|record| record.number), Some(number));
    }
}

#[test]
fn a_log_that_is_not_indexed_gives_nothing_by_number() {
    let mut log = Log::open(SimDisk::new().life(), 0);
    log.batch(1, &["one"]);
    assert_eq!((get(&mut log, 1), log.reader.held()), (None, vec![]));
}

#[test]
fn what_was_held_is_told_once_at_the_opening() {
    let (disk, mut log) = of_one_each(2);
    assert_eq!(log.reader.held(), vec![]);
    let mut log = open_indexed(&disk);
    let held = |number, length| Held { number, key: key(number), length };
    log.batch(3, &["three"]);
    assert_eq!(log.reader.held(), [held(1, LONG as u32), held(2, LONG as u32)]);
    assert_eq!(log.reader.held(), vec![]);
    assert_eq!(open_indexed(&disk).reader.held().last(), Some(&held(3, 5)));
}

#[test]
fn what_is_damaged_or_withdrawn_is_neither_held_nor_had() {
    let disk = SimDisk::new();
    let mut log = open_indexed(&disk);
    log.batch(1, &["one", "two", "three"]);
    disk.fail(Op::SyncButKept, 0);
    log.failed_batch(4, &["withdrawn", "and this"]);
    log.batch(4, &["four"]);
    // The payload of 2.
    disk.edit(&segment(1), |bytes| bytes[64 + 96 + 88] ^= 1);
    assert_eq!(get(&mut log, 2), None, "damaged since it was written");
    let mut log = open_indexed(&disk);
    let held: Vec<u64> = log.reader.held().iter().map(|held| held.number).collect();
    assert_eq!(held, [1, 3, 4]);
    let had = (1..=5).map(|number| get(&mut log, number)).collect::<Vec<_>>();
    assert_eq!(had, [Some("one".into()), None, Some("three".into()), Some("four".into()), None]);
}

#[test]
fn records_cut_off_at_an_opening_are_not_held() {
    let disk = SimDisk::new();
    let mut log = open_indexed(&disk);
    log.batch(1, &["one"]);
    log.batch(2, &["two", "three", "four"]);
    disk.edit(&segment(1), |bytes| bytes[64 + 96 * 2 + 88] ^= 1);
    let mut log = open_indexed(&disk);
    let held: Vec<u64> = log.reader.held().iter().map(|held| held.number).collect();
    assert_eq!((held, log.recovery.last), (vec![1, 2], 2));
    log.batch(3, &["another three"]);
    assert_eq!((get(&mut log, 3).as_deref(), get(&mut log, 4)), (Some("another three"), None));
}

#[test]
fn a_record_that_cannot_be_read_now_is_had_when_it_can() {
    let (disk, mut log) = of_one_each(2);
    disk.fail(Op::Read, 0);
    assert!(log.reader.get(1).is_err());
    assert_eq!(get(&mut log, 1), Some(long(1)));
}

#[test]
fn the_oldest_segment_is_given_up_read_or_not_and_the_newest_never() {
    let (disk, mut log) = of_one_each(4);
    assert_eq!(log.writer.held_bytes(), 4 * SEGMENT);
    for number in 1..=3 {
        let dropped = Dropped { first: number, last: number, bytes: SEGMENT };
        assert_eq!(log.reader.give_up_oldest().expect("gives up"), Some(dropped));
        assert_eq!((get(&mut log, number), get(&mut log, 4)), (None, Some(long(4))));
        assert_eq!(log.writer.held_bytes(), (4 - number) * SEGMENT);
    }
    assert_eq!(log.reader.give_up_oldest().expect("has none to give up"), None);
    assert_eq!(log.rest(), numbered(4, &[&long(4)]), "the reader goes on behind what is gone");
    assert_eq!(open_indexed(&disk).all(), numbered(4, &[&long(4)]));
}

#[test]
fn a_reader_in_the_middle_of_a_segment_that_is_given_up_goes_on_behind_it() {
    let disk = SimDisk::new();
    let mut log = open_indexed(&disk);
    log.batch(1, &["one", "two", &"x".repeat(700), &long(4)]);
    assert_eq!(log.reader.next().expect("reads").map(|record| record.number), Some(1));
    assert_eq!(log.reader.give_up_oldest().expect("gives up").map(|dropped| dropped.last), Some(2));
    assert_eq!((log.rest(), get(&mut log, 3)), (numbered(3, &[&"x".repeat(700), &long(4)]), Some("x".repeat(700))));
}

#[test]
fn numbers_go_on_though_all_that_could_go_is_gone() {
    // What could leave behind nothing but files from which the last number cannot be told.
    let sealed = |log: &mut Log, _: &SimDisk| log.writer.seal();
    let begun = |log: &mut Log, _: &SimDisk| {
        log.writer.seal();
        log.append(4, "taken from a new segment, and not synced");
    };
    let failed = |log: &mut Log, disk: &SimDisk| {
        disk.fail_next_sync();
        log.failed_batch(4, &["withdrawn"]);
    };
    let withdrawn = |log: &mut Log, _: &SimDisk| {
        log.append(4, &long(4));
        log.writer.withdraw();
    };
    let ends: [fn(&mut Log, &SimDisk); 4] = [sealed, begun, failed, withdrawn];
    for (nth, end) in ends.iter().enumerate() {
        for restart in [SimDisk::kill, SimDisk::crash_losing_all] {
            let (disk, mut log) = of_one_each(3);
            end(&mut log, &disk);
            while log.reader.give_up_oldest().expect("gives up").is_some() {}
            log.reader.trim(u64::MAX).expect("trims");
            restart(&disk);
            let mut log = Log::open_as(disk.life(), 0, true);
            assert!(log.recovery.last >= 3, "{nth}: {} would be given again", log.recovery.last + 1);
            log.batch(log.recovery.last + 1, &["next"]);
        }
    }
}

#[test]
fn what_was_given_up_stays_where_the_disk_does_not_let_it_go() {
    let (disk, mut log) = of_one_each(2);
    disk.fail(Op::Rename, 0);
    assert!(log.reader.give_up_oldest().is_err());
    assert_eq!(get(&mut log, 1), Some(long(1)));
    assert_eq!(log.reader.give_up_oldest().expect("gives up").map(|dropped| dropped.last), Some(1));
}

#[test]
fn a_sealed_segment_takes_no_further_batch() {
    let disk = SimDisk::new();
    let mut log = open_indexed(&disk);
    log.writer.seal();
    log.batch(1, &["one"]);
    log.append(2, "two");
    log.writer.seal();
    log.append(3, "three");
    assert_eq!(log.writer.sync().expect("syncs"), 3);
    assert_eq!(disk.names(), [segment(1)], "a batch is not torn apart, and a log without records needs no seal");
    disk.fail(Op::Create, 0);
    assert!(log.writer.append(key(4), &[b"four"]).is_err(), "there is no other segment to be had");
    log.batch(4, &["four"]);
    log.batch(5, &["five"]);
    assert_eq!(
        log.reader.give_up_oldest().expect("gives up").map(|dropped| (dropped.first, dropped.last)),
        Some((1, 3))
    );
    assert_eq!(open_indexed(&disk).all(), numbered(4, &["four", "five"]));
}

#[test]
fn getting_goes_on_while_another_thread_appends() {
    let temporary = tempfile::tempdir().expect("a temporary folder");
    let disk = std::sync::Arc::new(Folder::new(temporary.path()).expect("a folder")) as std::sync::Arc<dyn Disk>;
    let Log { mut writer, mut reader, .. } = Log::open_as(disk, 0, true);
    let (told, durable) = std::sync::mpsc::channel();
    let appending = std::thread::spawn(move || {
        for number in 1..=300_u64 {
            writer.append(key(number), &[&number.to_le_bytes(), &[7; 60]]).expect("appends");
            if number % 3 == 0 {
                told.send(writer.sync().expect("syncs")).expect("is heard");
            }
        }
    });
    for last in durable {
        for number in [last, 1, last / 2, last - 2].into_iter().filter(|number| *number > 0) {
            let record = reader.get(number).expect("reads").expect("is there");
            assert_eq!((record.number, &record.payload[..8]), (number, &number.to_le_bytes()[..]));
        }
    }
    appending.join().expect("ends");
}

#[test]
fn a_folder_keeps_so_much_of_its_disk_free() {
    let temporary = tempfile::tempdir().expect("a temporary folder");
    let options = super::Options { segment_bytes: SEGMENT, spare_segments: 2, max_bytes: u64::MAX, indexed: true };
    for (keep_free, fits) in [(0, true), (u64::MAX / 2, false)] {
        let disk = Folder::keeping_free(temporary.path(), keep_free).expect("a folder");
        let (mut writer, _reader, _) = open(std::sync::Arc::new(disk), options.clone(), 0).expect("opens");
        writer.seal();
        let outcome = writer.append(key(1), &[b"one"]).and_then(|_| writer.sync());
        assert_eq!(outcome.is_ok(), fits, "{outcome:?}");
        assert!(fits || matches!(outcome, Err(super::LogError::Full(_))), "{outcome:?}");
    }
}
