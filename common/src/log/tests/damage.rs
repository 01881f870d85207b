//! Damage of every kind, and exactly what it costs.

use super::super::sim::SimDisk;
use super::{Log, SEGMENT, key, numbered, segment};

const FACTS: [&str; 9] = ["one", "two and more", "3", "four", "", "six", "seven", "eight", "nine"];

/// Two segments. The first has batches 1 (records 1, 2), 2 (3 to 5) and the beginning of 3 (6); the second the
/// rest of 3 (7) and batch 4 (8, 9).
fn two_segments() -> SimDisk {
    let disk = SimDisk::new();
    let mut log = Log::open(disk.life(), 0);
    let long = "L".repeat(350);
    log.batch(1, &FACTS[..2]);
    log.batch(3, &FACTS[2..5]);
    log.batch(6, &[&payload(6), &long]);
    log.batch(8, &FACTS[7..]);
    drop(log);
    disk
}

fn payload(number: u64) -> String {
    match number {
        6 | 7 => "L".repeat(350),
        number => FACTS[number as usize - 1].to_string(),
    }
}

/// A record's first byte and the byte after its payload, in the segment `nth`.
fn extents() -> Vec<(u64, u64, usize, usize)> {
    let mut places = Vec::new();
    let mut offset = 64;
    for number in 1..=9 {
        let nth = if number <= 6 { 1 } else { 2 };
        if number == 7 {
            offset = 64;
        }
        let end = offset + 88 + payload(number).len();
        places.push((number, nth, offset, end));
        offset = end.next_multiple_of(8);
    }
    places
}

fn expected(numbers: impl Iterator<Item = u64>) -> Vec<(u64, String)> {
    numbers.map(|number| (number, payload(number))).collect()
}

#[test]
fn a_flipped_bit_costs_exactly_what_is_promised() {
    let whole = two_segments();
    assert_eq!(Log::after_kill(&whole).all(), expected(1..=9));
    for nth in 1..=2 {
        for byte in 0..SEGMENT as usize {
            let disk = two_segments();
            disk.edit(&segment(nth), |bytes| bytes[byte] ^= 1 << (byte % 8));
            let mut log = Log::after_kill(&disk);
            let at = format!("segment {nth}, byte {byte}: {:?}", log.recovery);
            let hit = extents().into_iter().find(|(_, n, from, to)| *n == nth && (*from..*to).contains(&byte));
            let (remaining, lost, reports) = match hit {
                // The head of a segment tells nothing that its records do not.
                None if byte < 64 => (expected(1..=9), vec![], 1),
                // Between records, or after the last.
                None => (expected(1..=9), vec![], 0),
                // Its head is gone, and nothing shows that it was ever there.
                Some((9, _, from, _)) if byte < from + 88 => (expected(1..=8), vec![], 0),
                Some((number @ 8.., ..)) => (expected(1..number), vec![], 1),
                Some((number, ..)) => (expected((1..=9).filter(|n| *n != number)), vec![(number, key(number))], 1),
            };
            assert_eq!(log.all(), remaining, "{at}");
            assert_eq!(log.recovery.lost, lost, "{at}");
            assert_eq!(log.recovery.damage.len(), reports, "{at}");
            let place = format!("sim/{}, byte ", segment(nth));
            assert!(log.recovery.damage.iter().all(|text| text.contains(&place)), "{at}");
            assert_eq!(log.reader.depth_after(0), remaining.len() as u64, "{at}");

            // It stays so, and counting goes on.
            let next = log.recovery.last + 1;
            assert_eq!(next, remaining.last().map_or(0, |record| record.0) + 1, "{at}");
            log.batch(next, &["later"]);
            let mut after = remaining;
            after.push((next, "later".into()));
            let mut log = Log::after_kill(&disk);
            assert_eq!((log.all(), &log.recovery.lost), (after, &lost), "{at}");
        }
    }
}

#[test]
fn damage_met_by_the_reader_alone_is_skipped() {
    let disk = two_segments();
    let mut log = Log::after_kill(&disk);
    for (number, nth, from, to) in extents() {
        let byte = if number % 2 == 0 { from } else { to - 1 };
        if number > 3 {
            disk.edit(&segment(nth), |bytes| bytes[byte] ^= 1);
        }
    }
    assert_eq!(log.all(), expected(1..=3));
    log.reader.wait(std::time::Duration::from_millis(1));
    log.batch(10, &["ten"]);
    assert_eq!(log.rest(), numbered(10, &["ten"]));
}

#[test]
fn a_ruined_stretch_costs_what_lies_in_it() {
    let disk = two_segments();
    let places = extents();
    disk.edit(&segment(1), |bytes| bytes[places[1].2..places[3].3].fill(0xff));
    let mut log = Log::after_kill(&disk);
    assert_eq!(log.all(), expected([1, 5, 6, 7, 8, 9].into_iter()));
    assert_eq!(log.recovery.lost, [(4, key(4))]);
    assert_eq!(
        log.recovery.damage,
        [
            format!("sim/{}, byte 160: record 2 is damaged and lost", segment(1)),
            format!("sim/{}, byte 160: records 3 to 4 are damaged or missing, and lost", segment(1)),
        ]
    );
    assert_eq!(log.reader.depth_after(0), 6);
}

#[test]
fn a_place_that_cannot_be_read_costs_the_records_there() {
    let disk = SimDisk::new();
    let mut log = Log::open(disk.life(), 0);
    let large = "x".repeat(20_000);
    (1..=5).for_each(|number| log.batch(number, &[&large]));
    disk.make_unreadable(&segment(3), 10_000);
    assert_eq!((1..=3).map(|_| log.reader.next().is_ok()).collect::<Vec<_>>(), [true, true, false]);
    assert!(log.reader.next().is_err(), "it stays");
    log.reader.seek(3);
    assert_eq!(log.rest().len(), 2);
    let mut log = Log::after_kill(&disk);
    assert_eq!(log.recovery.lost, [(3, key(3))]);
    log.reader.seek(3);
    assert_eq!(log.rest(), numbered(4, &[large.as_str(); 2]));
}

/// Four segments with two records each, one batch a segment.
fn four_segments() -> SimDisk {
    let disk = SimDisk::new();
    let mut log = Log::open(disk.life(), 0);
    (0..4).for_each(|nth| log.batch(nth * 2 + 1, &["x".repeat(300).as_str(); 2]));
    disk
}

fn numbers(log: &mut Log) -> Vec<u64> {
    log.all().iter().map(|record| record.0).collect()
}

#[test]
fn a_missing_segment_is_reported_and_the_rest_stays() {
    let check = |missing: &[u64], left: &[u64], damage: &[&str]| {
        let disk = four_segments();
        missing.iter().for_each(|nth| disk.delete(&segment(*nth)));
        let mut log = Log::after_kill(&disk);
        assert_eq!((numbers(&mut log).as_slice(), log.recovery.damage.len()), (left, damage.len()));
        for (text, part) in log.recovery.damage.iter().zip(damage) {
            assert!(text.contains(part), "{text}");
        }
        assert_eq!(log.reader.depth_after(0), left.len() as u64);
        let next = log.recovery.last + 1;
        log.batch(next, &["later"]);
        assert_eq!(numbers(&mut Log::after_kill(&disk)), [left, &[next]].concat());
    };
    check(&[1], &[3, 4, 5, 6, 7, 8], &[]);
    check(&[2], &[1, 2, 5, 6, 7, 8], &["records 3 to 4 are damaged or missing, and lost"]);
    check(&[2, 3], &[1, 2, 7, 8], &["records 3 to 6 are damaged or missing, and lost"]);
    check(&[1, 3], &[3, 4, 7, 8], &["records 5 to 6"]);
    // Nothing tells of these; that is what the floor is for.
    check(&[4], &[1, 2, 3, 4, 5, 6], &[]);
    check(&[1, 2, 3, 4], &[], &[]);
}

#[test]
fn a_segment_cut_short_loses_its_end() {
    for length in (0..SEGMENT as usize).step_by(7) {
        let disk = four_segments();
        disk.edit(&segment(2), |bytes| bytes.truncate(length));
        let mut log = Log::after_kill(&disk);
        let at = format!("{length}: {:?}", log.recovery);
        let end = |nth| 64 + (nth - 1) * 392 + 388;
        let left: Vec<u64> = (1..=8).filter(|n| ![3, 4].contains(n) || length >= end(*n as usize - 2)).collect();
        assert_eq!(numbers(&mut log), left, "{at}");
        assert!(!log.recovery.damage.is_empty(), "{at}");
        let lost_keys = log.recovery.lost.iter().all(|(number, its)| !left.contains(number) && *its == key(*number));
        assert!(lost_keys && (left.len() == 8 || !log.recovery.lost.is_empty()), "{at}");

        // The same with the newest segment, which is not written further then.
        let disk = four_segments();
        disk.edit(&segment(4), |bytes| bytes.truncate(length));
        let mut log = Log::after_kill(&disk);
        let at = format!("{length}: {:?}", log.recovery);
        let left: Vec<u64> = (1..=8).filter(|n| *n < 7 || length >= end(*n as usize - 6)).collect();
        assert_eq!((numbers(&mut log), &log.recovery.lost), (left.clone(), &vec![]), "{at}");
        assert!(!log.recovery.damage.is_empty(), "{at}");
        let next = log.recovery.last + 1;
        log.batch(next, &["later"]);
        assert_eq!(numbers(&mut Log::after_kill(&disk)), [left, vec![next]].concat(), "{at}");
    }
}

#[test]
fn files_that_are_no_segments_are_reported_and_harm_nothing() {
    let check = |name: &str, contents: &[u8], report: &str, left: &[&str]| {
        let disk = four_segments();
        let before = disk.names();
        disk.edit(name, |bytes| *bytes = contents.to_vec());
        let mut log = Log::after_kill(&disk);
        assert_eq!(numbers(&mut log), (1..=8).collect::<Vec<u64>>(), "{name}");
        let damage = log.recovery.damage.join("\n");
        assert!(if report.is_empty() { damage.is_empty() } else { damage.contains(report) }, "{name}: {damage}");
        let new: Vec<String> = disk.names().into_iter().filter(|name| !before.contains(name)).collect();
        assert_eq!(new, left, "{name}");
        log.batch(9, &["nine", &"x".repeat(900)]);
        assert_eq!(numbers(&mut Log::after_kill(&disk)), (1..=10).collect::<Vec<u64>>(), "{name}");
    };
    let zeros = vec![0; SEGMENT as usize];
    let text = vec![b'x'; SEGMENT as usize];
    let old = four_segments().contents(&segment(1)).unwrap_or_default();
    let fifth = segment(5);
    check("notes.txt", b"mine", "sim/notes.txt does not belong to the log; it is left alone", &["notes.txt"]);
    check("7.log", b"mine", "7.log does not belong", &["7.log"]);
    check("ffffffffffffffff.log", &text, "does not belong", &["ffffffffffffffff.log"]);
    check(&fifth, b"", "sim/0000000000000005.log was empty; it is removed", &[]);
    check(&fifth, &text, "has neither a head nor a record; it is set aside", &["0000000000000005.damaged"]);
    check(&fifth, b"x", "has neither a head nor a record", &["0000000000000005.damaged"]);
    // Renamed, and nothing written yet: with zeros, with its earlier life's contents, of a size no longer used.
    check(&fifth, &zeros, "", &["0000000000000005.spare"]);
    check(&fifth, &old, "", &["0000000000000005.spare"]);
    check(&fifth, &zeros[..100], "", &[]);
    check("0000000000000009.spare", &old, "", &["0000000000000009.spare"]);
    check("0000000000000009.spare", b"", "", &[]);
    check("0000000000000009.damaged", &text, "", &["0000000000000009.damaged"]);
}

#[test]
fn any_bytes_at_all_in_all_the_files_stop_nobody() {
    let mut dice = super::super::sim::Dice(5);
    for _ in 0..200 {
        let disk = four_segments();
        for nth in 1..=4 {
            disk.edit(&segment(nth), |bytes| {
                for _ in 0..dice.roll(40) {
                    let at = dice.roll(bytes.len() as u64) as usize;
                    bytes[at] = dice.next() as u8;
                }
            });
        }
        let mut log = Log::after_kill(&disk);
        let mut left = numbers(&mut log);
        let next = log.recovery.last + 1;
        log.batch(next, &["later"]);
        left.push(next);
        assert_eq!(numbers(&mut Log::after_kill(&disk)), left);
    }
}
