//! A log that is only looked at: what an opening would find, and nothing is touched.

use super::super::sim::{Dice, Op, SimDisk};
use super::super::{Inspection, Record, Segment, inspect};
use super::{Log, SEGMENT, key, numbered, segment};

/// Looks at a log, and checks that this changed nothing.
pub(super) fn look(disk: &SimDisk) -> (Inspection, Vec<(u64, String)>) {
    let before = disk.all_contents();
    let mut seen = inspect(disk.life()).expect("can be looked at");
    let records = std::iter::from_fn(|| seen.next().expect("reads")).collect::<Vec<Record>>();
    assert!(records.iter().all(|record| record.key == key(record.number)));
    assert!(disk.all_contents() == before, "looking has changed something");
    let records = records.into_iter().map(|it| (it.number, String::from_utf8_lossy(&it.payload).into_owned()));
    let records = records.collect();
    (seen, records)
}

fn some_log() -> SimDisk {
    let disk = SimDisk::new();
    let mut log = Log::open(disk.life(), 0);
    (0..4).for_each(|nth| log.batch(nth * 2 + 1, &["x".repeat(300).as_str(); 2]));
    log.reader.trim(2).expect("trims");
    disk
}

#[test]
fn looking_tells_of_segments_spare_files_and_records() {
    let (seen, records) = look(&some_log());
    let listed = |nth, first, last| Segment { name: segment(nth), bytes: SEGMENT, records: Some((first, last)) };
    assert_eq!(seen.segments, [listed(2, 3, 4), listed(3, 5, 6), listed(4, 7, 8)]);
    assert_eq!((seen.spare_bytes, seen.recovery.last, seen.recovery.damage.len()), (SEGMENT, 8, 0));
    assert_eq!(records, numbered(3, &["x".repeat(300).as_str(); 6]));
    assert_eq!(look(&SimDisk::new()).1, vec![]);
}

#[test]
fn looking_shows_what_an_opening_shows_whatever_was_damaged() {
    let mut dice = Dice(11);
    for _ in 0..300 {
        let disk = some_log();
        for nth in 2..=4 {
            disk.edit(&segment(nth), |bytes| {
                for _ in 0..dice.roll(4) {
                    let at = dice.roll(bytes.len() as u64) as usize;
                    bytes[at] ^= 1 << dice.roll(8);
                }
            });
        }
        let (seen, records) = look(&disk);
        let mut log = Log::after_kill(&disk);
        assert_eq!(records, log.all());
        assert_eq!(seen.recovery, log.recovery);
    }
}

#[test]
fn looking_shows_what_an_opening_shows_after_a_failed_sync_and_after_a_crash() {
    for failure in [Op::Sync, Op::SyncButKept, Op::Write] {
        let disk = some_log();
        let mut log = Log::after_kill(&disk);
        disk.fail(failure, 0);
        log.failed_batch(9, &["withdrawn"]);
        log.batch(9, &["nine"]);
        disk.fail(failure, 0);
        log.failed_batch(10, &["perhaps", "perhaps not"]);
        disk.kill();
        assert_eq!(look(&disk).1, Log::after_kill(&disk).all(), "{failure:?}");
        disk.crash(3);
        assert_eq!(look(&disk).1, Log::after_kill(&disk).all(), "{failure:?}");
    }
}

#[test]
fn strange_files_are_told_of_and_left() {
    let disk = some_log();
    disk.edit(&segment(7), |bytes| *bytes = b"mine".to_vec());
    disk.edit(&segment(8), Vec::clear);
    disk.edit("notes.txt", |bytes| *bytes = b"mine".to_vec());
    let (seen, records) = look(&disk);
    let words = [
        format!("sim/{} has neither a head nor a record", segment(7)),
        format!("sim/{} is empty", segment(8)),
        "sim/notes.txt does not belong to the log; it is left alone".to_owned(),
    ];
    assert!(words.iter().all(|words| seen.recovery.damage.contains(words)), "{:?}", seen.recovery.damage);
    assert_eq!(records.len(), 6);
}

#[test]
fn a_place_that_cannot_be_read_is_passed_over() {
    let disk = some_log();
    disk.make_unreadable(&segment(3), 100);
    // A page is all of the segment here, so both of its records are gone.
    let numbers: Vec<u64> = look(&disk).1.iter().map(|record| record.0).collect();
    assert_eq!(numbers, [3, 4, 7, 8]);
}

#[test]
fn a_log_that_another_process_has_open_can_be_looked_at() {
    let disk = SimDisk::new();
    let mut log = Log::open(disk.life(), 0);
    log.batch(1, &["one", "two"]);
    assert_eq!(look(&disk).1, numbered(1, &["one", "two"]));
    log.batch(3, &["three"]);
    assert_eq!(log.rest(), numbered(1, &["one", "two", "three"]));
}

#[test]
fn a_log_on_a_read_only_disk_is_not_opened_and_can_be_looked_at() {
    let disk = some_log();
    let mut log = Log::after_kill(&disk);
    disk.set_read_only(true);
    let before = disk.all_contents();
    // To a log that is open when this happens, it is a disk that fails.
    assert!(log.writer.append(key(9), &[b"nine"]).and_then(|_| log.writer.sync()).is_err());
    assert!(log.writer.append(key(9), &[&[0; 900]]).is_err());
    assert!(log.reader.trim(8).is_err());
    assert_eq!(log.rest(), numbered(3, &["x".repeat(300).as_str(); 6]));
    disk.kill();
    let refused = super::open(disk.life(), super::OPTIONS, 0).err().expect("is refused");
    assert!(refused.to_string().starts_with("cannot lock sim/lock: read-only"), "{refused}");
    assert!(refused.to_string().contains("mounted for reading only"), "{refused}");
    assert_eq!(look(&disk).1.len(), 6);
    assert!(disk.all_contents() == before);
    disk.set_read_only(false);
    let mut log = Log::after_kill(&disk);
    log.batch(9, &["nine"]);
    assert_eq!(log.all().len(), 7);
}
