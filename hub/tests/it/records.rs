//! A byte of the records is another one, and the index is made anew from them: whatever it is, nothing that was acknowledged is
//! passed over, the damage is told, and all other lines stay.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use picket_common::config::Size;
use picket_common::log::Options;
use picket_common::log::sim::SimDisk;
use picket_hub::config::RetentionConfig;
use picket_hub::fsck::{Job, Report};
use picket_hub::import::Progress;
use rusqlite::Connection;

use crate::world::{World, folder};

const RECORDS: &str = "records/2026-11-20.jsonl";

/// A data directory and its journal as a killed hub has left them: the first messages are shelved, the others wait.
struct Left {
    world: World,
    journal: Vec<(String, Vec<u8>)>,
    records: String,
}

impl Left {
    fn new(elder: bool) -> Left {
        let mut world = World::new(1, 1);
        let push = |world: &mut World, times: u32| {
            for _ in 0..times {
                world.nodes[0].push_image();
                world.nodes[0].push_event();
                world.olds[0].push();
                (0..3).for_each(|_| world.step_all());
                world.clock.advance(Duration::from_secs(1));
            }
        };
        push(&mut world, 4);
        while world.shelve_some() > 0 {}
        push(&mut world, 3);
        world.end_hub(SimDisk::kill);
        fs::remove_file(world.data.path().join("picket.db")).unwrap();
        let mut records = fs::read_to_string(world.data.path().join(RECORDS)).unwrap();
        if elder {
            records =
                records.lines().map(|line| format!("{}}}\n", line.split_once(",\"check\":").unwrap().0)).collect();
        }
        let journal = world.disk.all_contents();
        Left { world, journal, records }
    }

    /// What a repair makes of a copy of it with these records, and the bodies of the images and the numbers that are in the
    /// index then.
    fn repaired(&self, records: &[u8]) -> (Report, BTreeMap<i64, Vec<u8>>, BTreeSet<i64>) {
        let data = folder();
        copy(self.world.data.path(), data.path());
        fs::write(data.path().join(RECORDS), records).unwrap();
        let disk = SimDisk::new();
        self.journal.iter().for_each(|(name, bytes)| disk.edit(name, |file| *file = bytes.clone()));
        let options = Options { segment_bytes: 4096, spare_segments: 2, max_bytes: u64::MAX, indexed: false };
        let clock = Arc::new(self.world.clock.clone());
        let job = Job::new(data.path(), Some((disk.life(), options)), TimeZone::UTC, clock, Progress::hidden());
        let report = job.repair(false).unwrap();
        assert_eq!(report.problems, [], "{:#?}\n{}", report.done, String::from_utf8_lossy(records));
        let index = Connection::open(data.path().join("picket.db")).unwrap();
        let mut statement = index.prepare("SELECT number, file FROM images").unwrap();
        let images = statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, String>(1)?))).unwrap();
        let body = |file: String| fs::read(data.path().join(file)).unwrap();
        let images = images.map(Result::unwrap).map(|(number, file)| (number, body(file))).collect();
        let mut statement = index.prepare("SELECT number FROM events").unwrap();
        let events = statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        (report, images, events)
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let (path, target) = entry.map(|entry| (entry.path(), to.join(entry.file_name()))).unwrap();
        if path.is_dir() {
            fs::create_dir_all(&target).unwrap();
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

/// Every digit of every number as the next one, the least and the greatest, and here and there a byte of each line with one bit
/// flipped. (Of a line alone, every byte is tried where the check value is made.)
fn flips(records: &str) -> Vec<(usize, u8)> {
    let mut flips = Vec::new();
    let mut start = 0;
    for (place, line) in records.lines().enumerate() {
        let digits = line.find("\"number\":").unwrap() + 9;
        let end = digits + line[digits..].find(',').unwrap();
        for at in digits..end {
            let own = line.as_bytes()[at];
            let digits = BTreeSet::from([b'0' + (own - b'0' + 1) % 10, b'0', b'9']);
            flips.extend(digits.into_iter().filter(|digit| *digit != own).map(|digit| (start + at, digit)));
        }
        flips.extend((place..line.len()).step_by(149).map(|at| (start + at, line.as_bytes()[at] ^ 1)));
        start += line.len() + 1;
    }
    flips
}

fn check(elder: bool) {
    let left = Left::new(elder);
    let (report, images, events) = left.repaired(left.records.as_bytes());
    assert!(report.done.iter().all(|done| !done.contains("damaged/")), "{report:#?}");
    assert_eq!((images.len(), events.len()), (14, 7));
    let shelved = left.records.lines().count() as i64;
    let (mut told, mut lost) = (0, 0);
    for (place, byte) in flips(&left.records) {
        let mut records = left.records.clone().into_bytes();
        let own = left.records[..place].matches('\n').count();
        records[place] = byte;
        let line = String::from_utf8_lossy(&records).lines().nth(own).unwrap_or_default().to_owned();
        let (report, found, met) = left.repaired(&records);
        told += usize::from(report.done.iter().any(|done| done.contains("was moved to damaged/records")));
        if !elder {
            let moved = format!("{RECORDS}:{} was moved to damaged/records", own + 1);
            assert!(report.done.iter().any(|done| done.starts_with(&moved)), "{line}\n{report:#?}");
        }
        // What waited in the journal is there, and what the other lines tell.
        let own = own as i64 + 1;
        for (number, body) in images.iter().filter(|(number, _)| **number != own) {
            assert_eq!(found.get(number), Some(body), "number {number} after {line}\n{report:#?}");
        }
        let missing: Vec<i64> = events.difference(&met).copied().filter(|number| *number != own).collect();
        assert_eq!(missing, [0; 0], "{line}\n{report:#?}");
        lost += usize::from(found.len() + met.len() < images.len() + events.len());
        assert!(own <= shelved);
    }
    println!("elder: {elder}, told: {told}, lost: {lost}");
    assert!(told > 0);
}

#[test]
fn a_flipped_byte_of_a_line_is_told_and_costs_no_other_line_and_nothing_that_waits() {
    check(false);
}

#[test]
fn a_flipped_byte_of_a_line_without_a_check_value_costs_no_other_line_and_nothing_that_waits() {
    check(true);
}

/// A hub whose rules have deleted images, and the bytes of one, by its file.
fn deleted() -> (World, PathBuf, Vec<u8>) {
    let mut world = World::new(1, 0);
    world.hub = None;
    world.rules = Some(RetentionConfig { max_size: Some(Size(60)), ..RetentionConfig::default() });
    (0..8).for_each(|_| world.nodes[0].push_image());
    world.start_hub();
    (0..8).for_each(|_| world.step_all());
    while world.shelve_some() > 0 {}
    let before = world.tree();
    for _ in 0..4 {
        world.clock.advance(Duration::from_secs(60));
        world.shelve();
    }
    let after = world.tree();
    let gone = before.into_iter().find(|file| !after.contains(file)).expect("something was deleted");
    world.hub = None;
    (world, gone.0, gone.1)
}

#[test]
fn an_index_made_anew_deletes_what_was_deleted_and_nothing_else_of_that_name() {
    for (bytes, stays) in [(None, false), (Some(b"Node9 image 9"), true)] {
        let (mut world, file, own) = deleted();
        let bytes = bytes.map_or(own.clone(), |bytes| bytes.to_vec());
        assert_eq!(bytes.len(), own.len());
        // The deletion was cut short, or its name was given to another image, whose line was damaged.
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, &bytes).unwrap();
        fs::remove_file(world.data.path().join("picket.db")).unwrap();
        let clock = Arc::new(world.clock.clone());
        let journal = Some(world.journal());
        let job = Job::new(world.data.path(), journal, TimeZone::UTC, clock, Progress::hidden());
        assert_eq!(job.repair(false).unwrap().problems, []);
        world.start_hub();
        world.settle();
        assert_eq!(file.exists(), stays, "{}", String::from_utf8_lossy(&bytes));
    }
}
