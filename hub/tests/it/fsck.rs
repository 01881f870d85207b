//! A data directory is damaged in every way, and fsck finds it, says so and repairs it: nothing undamaged is lost, a second
//! look finds nothing wrong, and a second repair changes nothing.

mod harm;
mod life;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use picket_common::jpeg;
use picket_common::log::sim::Dice;
use picket_common::time::Clock;
use picket_hub::fsck::{Job, Report};
use picket_hub::import::{self, Progress, Running};
use rusqlite::Connection;
use rusqlite::types::Value;

use self::harm::damage;
use self::life::{lived, picture, write};
use crate::world::World;

fn job(world: &World) -> Job {
    let clock = Arc::new(world.clock.clone());
    Job::new(world.data.path(), Some(world.journal()), TimeZone::UTC, clock, Progress::hidden())
}

fn check(world: &World) -> Report {
    job(world).check(false).unwrap()
}

fn repair(world: &World) -> Report {
    job(world).repair(false).unwrap()
}

/// Every row of the index, but for what only heartbeats tell.
fn dump(data: &Path) -> Vec<String> {
    let index = Connection::open(data.join("picket.db")).unwrap();
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name != 'health' ORDER BY name";
    let tables: Vec<String> =
        index.prepare(sql).unwrap().query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let mut lines = Vec::new();
    for table in tables {
        let columns = if table == "nodes" { "name, restarted" } else { "*" };
        let mut statement = index.prepare(&format!("SELECT {columns} FROM {table} ORDER BY 1, 2")).unwrap();
        let count = statement.column_count();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let cells: Vec<Value> = (0..count).map(|column| row.get(column).unwrap()).collect();
            lines.push(format!("{table} {cells:?}"));
        }
    }
    lines
}

/// Bytes of every image and text file, by path.
fn tree(data: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let (mut found, mut folders) = (
        BTreeMap::new(),
        vec!["images", "logs", "records", "rejected"].into_iter().map(|f| data.join(f)).collect::<Vec<_>>(),
    );
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { _ = found.insert(path.clone(), fs::read(&path).unwrap()) }
        }
    }
    found
}

/// All lines of the records.
fn records(world: &World) -> String {
    world.text_lines("records").join("\n")
}

fn assert_whole(world: &World, when: &str) {
    let report = check(world);
    assert!(report.problems.is_empty(), "{when}: {:#?}", report.problems);
}

#[test]
fn an_index_made_anew_from_the_records_is_the_one_that_was_lost() {
    for seed in 0..4 {
        let world = lived(seed);
        assert_whole(&world, "before");
        let (before, files) = (dump(world.data.path()), tree(world.data.path()));
        assert!(
            [
                "events",
                "images",
                "readings",
                "shares",
                "pins",
                "rejected",
                "digests",
                "streams",
                "states",
                "latest",
                "stamps",
                "counts",
                "days",
                "reviewed",
                "reviewed_days",
            ]
            .iter()
            .all(|table| before.iter().any(|row| row.starts_with(table))),
            "{before:#?}"
        );
        let told = records(&world);
        for words in [
            "\"rule\":\"person\"",
            "\"rule\":\"max_size\"",
            "\"rule\":\"quota\"",
            "\"what\":\"limit\"",
            "\"state\":\"silent\"",
        ] {
            assert!(told.contains(words), "seed {seed}: nothing has {words}");
        }
        fs::remove_file(world.data.path().join("picket.db")).unwrap();
        assert_eq!(check(&world).problems.len(), 1);
        let report = repair(&world);
        assert!(report.problems.is_empty(), "{report:#?}");
        let after = dump(world.data.path());
        for (place, (before, after)) in before.iter().zip(&after).enumerate() {
            assert_eq!(before, after, "seed {seed}, row {place}");
        }
        assert_eq!(before.len(), after.len());
        assert!(files == tree(world.data.path()), "a file has changed");
    }
}

#[test]
fn a_hub_killed_with_an_unshelved_journal_and_without_its_index_stores_everything_once() {
    for seed in 0..6 {
        println!("seed {seed}");
        let mut dice = Dice(seed);
        let mut world = World::new(1, 2);
        for step in 0..40 {
            let node = &mut world.nodes[0];
            if dice.roll(2) == 0 {
                node.push_event()
            } else {
                node.push_image()
            }
            world.olds.iter_mut().for_each(|old| old.push());
            world.step_all();
            if dice.roll(4) == 0 {
                world.shelve();
            }
            world.clock.advance(Duration::from_secs(if step % 13 == 6 { 40_000 } else { dice.roll(3) }));
            if step % 13 == 12 {
                let (records, away) = ["records", "away"].map(|name| world.data.path().join(name)).into();
                if dice.roll(2) == 0 {
                    // The shelver comes as far as the log's lines.
                    fs::rename(&records, &away).unwrap();
                    fs::write(&records, "").unwrap();
                    world.shelve();
                    fs::remove_file(&records).unwrap();
                    fs::rename(&away, &records).unwrap();
                }
                world.kill_hub(dice.roll(u64::MAX));
                fs::remove_file(world.data.path().join("picket.db")).unwrap();
                let refused = crate::fsck::start(&world).unwrap_err();
                assert!(refused.contains("fsck --repair"), "{refused}");
                let report = repair(&world);
                assert!(report.problems.is_empty(), "{report:#?}");
                world.start_hub();
                world.olds.iter_mut().for_each(|old| old.time_out());
                (0..3).for_each(|_| world.step_all());
            }
        }
        world.settle();
        world.check();
        world.hub = None;
        assert_whole(&world, "after");
    }
}

/// What a hub says that is to start there.
fn start(world: &World) -> Result<(), String> {
    let job = import::Job::new(
        world.data.path(),
        world.data.path(),
        false,
        TimeZone::UTC,
        world.clock.now(),
        Progress::hidden(),
    );
    Running::open(job.unwrap(), world.journal(), Arc::new(world.clock.clone()))
        .map(|_| ())
        .map_err(|error| format!("{error:#}"))
}

#[test]
fn whatever_is_damaged_a_repair_leaves_nothing_wrong_and_loses_no_image() {
    for seed in 0..8 {
        let mut dice = Dice(1000 + seed);
        let world = lived(seed % 4);
        let before = tree(world.data.path());
        let mut done = Vec::new();
        for _ in 0..1 + dice.roll(4) {
            done.push(damage(&world, &mut dice));
        }
        println!("seed {seed}: {done:?}");
        let damaged = tree(world.data.path());
        let report = repair(&world);
        assert!(report.problems.is_empty(), "{done:?}: {report:#?}");
        assert_whole(&world, "after the repair");
        let repaired = tree(world.data.path());
        // No image that was undamaged is lost, and no byte of one that was not.
        let all: Vec<Vec<u8>> =
            repaired.values().cloned().chain(files_below(&world.data.path().join("damaged"))).collect();
        for (path, bytes) in damaged.iter().filter(|(path, _)| path.to_string_lossy().contains("/images/")) {
            match before.get(path) == Some(bytes) {
                true => assert_eq!(repaired.get(path), Some(bytes), "{done:?}: {}", path.display()),
                false => assert!(all.contains(bytes), "{done:?}: {} is nowhere", path.display()),
            }
        }
        let index = dump(world.data.path());
        let again = repair(&world);
        assert_eq!((again.problems, again.done), (vec![], vec![]), "{done:?}: a second repair");
        assert!(repaired == tree(world.data.path()), "{done:?}: a second repair changed a file");
        assert_eq!(index, dump(world.data.path()), "{done:?}: a second repair changed a row");
        start(&world).unwrap();
    }
}

fn files_below(folder: &Path) -> Vec<Vec<u8>> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { found.push(fs::read(&path).unwrap()) }
        }
    }
    found
}

/// A small data directory, and one thing wrong in it: what is said, and what the repair does.
#[test]
fn each_damage_is_told_with_what_a_repair_does_about_it() {
    let mut world = World::new(1, 1);
    for _ in 0..4 {
        world.nodes[0].push_image();
        world.nodes[0].push_event();
        world.olds[0].push();
        (0..3).for_each(|_| world.step_all());
    }
    world.settle();
    world.hub = None;
    let data = world.data.path().to_owned();
    let image = || tree(&data).into_keys().rfind(|path| path.starts_with(data.join("images"))).unwrap();
    let records = data.join("records/2026-11-20.jsonl");
    let sql = |sql: &str| Connection::open(data.join("picket.db")).unwrap().execute_batch(sql).unwrap();
    let facts: [(&str, &dyn Fn(), &str, &str); 15] = [
        ("nothing", &|| {}, "", ""),
        (
            "a day that was miscounted",
            &|| sql("UPDATE days SET images = images + 1"),
            "than were counted",
            "were counted anew",
        ),
        (
            "an image removed",
            &|| fs::remove_file(image()).unwrap(),
            "the file is missing",
            "came from the journal again",
        ),
        (
            "an image changed",
            &|| {
                let mut bytes = fs::read(image()).unwrap();
                bytes[0] ^= 1;
                fs::write(image(), bytes).unwrap();
            },
            "the file's checksum is not the one it was stored with",
            "was moved to",
        ),
        (
            "an image cut short",
            &|| fs::write(image(), "x").unwrap(),
            "the file has 1 bytes, it was stored with",
            "was moved to",
        ),
        (
            "a row removed",
            &|| sql("DELETE FROM images WHERE number = (SELECT max(number) FROM images)"),
            "the index does not have number",
            "made anew",
        ),
        ("an event's row removed", &|| sql("DELETE FROM events"), "the index does not have number", "made anew"),
        ("a mark set back", &|| sql("UPDATE streams SET seq = 1"), "in the records to", "made anew"),
        ("a digest lost", &|| sql("DELETE FROM digests"), "the last image of", "made anew"),
        (
            "garbage in the records",
            &|| append(&records, "garbage\n", &data),
            "no record: ",
            "was moved to damaged/records",
        ),
        ("no index", &|| fs::remove_file(data.join("picket.db")).unwrap(), "it is missing, or empty", "made anew"),
        (
            "no database",
            &|| fs::write(data.join("picket.db"), "x".repeat(5000)).unwrap(),
            "it cannot be read",
            "picket.db.damaged-",
        ),
        (
            "no identity",
            &|| fs::remove_file(data.join("picket-data.json")).unwrap(),
            "it is missing, or cannot be read",
            "",
        ),
        (
            "another's index",
            &|| sql("UPDATE meta SET value = '00' WHERE key = 'data'"),
            "another data directory (00)",
            "made anew",
        ),
        ("no records", &|| fs::remove_file(&records).unwrap(), "it is missing", "written from rows: "),
    ];
    for (what, harm, found, done) in facts {
        harm();
        let report = check(&world);
        let told =
            |problems: &[picket_hub::fsck::Problem]| problems.iter().any(|problem| problem.found.contains(found));
        assert_eq!(told(&report.problems), !found.is_empty(), "{what}: {report:#?}");
        let repaired = repair(&world);
        assert!(repaired.problems.is_empty(), "{what}: {repaired:#?}");
        assert!(done.is_empty() || repaired.done.iter().any(|line| line.contains(done)), "{what}: {repaired:#?}");
        assert_eq!(check(&world).counts.images, 8, "{what}");
    }
}

/// Adds a line, and tells the index that it was committed.
fn append(path: &Path, line: &str, data: &Path) {
    let text = fs::read_to_string(path).unwrap() + line;
    fs::write(path, &text).unwrap();
    let index = Connection::open(data.join("picket.db")).unwrap();
    index
        .execute("UPDATE lengths SET bytes = ?1 WHERE text = 'records' AND day = '2026-11-20'", [text.len() as i64])
        .unwrap();
}

#[test]
fn beside_a_hub_at_work_nothing_is_wrong_and_nothing_is_repaired() {
    let mut world = World::new(1, 1);
    for step in 0..30 {
        world.nodes[0].push_image();
        world.nodes[0].push_event();
        world.olds[0].push();
        world.step_all();
        if step % 5 == 0 {
            world.shelve();
        }
        assert_whole(&world, "at work");
    }
    let error = job(&world).repair(false).unwrap_err().to_string();
    assert!(error.contains("is using") && error.contains("stop it"), "{error}");
    world.settle();
    world.check();
}

#[test]
fn without_index_and_records_images_and_logs_are_taken_with_a_list_of_what_was_guessed() {
    let world = lived(1);
    let data = world.data.path();
    write(data, "images/2026-11-20/Nobody-Knows-This-2026-11-20T12.00.00.000001.jpg", picture(77));
    let images = |world: &World| {
        tree(world.data.path()).into_keys().filter(|path| path.to_string_lossy().contains("/images/")).count()
    };
    let before = images(&world);
    // Those of the world's senders are no JPEG files, and so are left alone.
    for folder in ["records", "journal"] {
        let _ = fs::remove_dir_all(data.join(folder));
    }
    fs::remove_file(data.join("picket.db")).unwrap();
    // What was stored before the clock went back is no longer of a time still to come.
    world.clock.advance(Duration::from_secs(10 * 86_400));
    let clock = Arc::new(world.clock.clone());
    let disk = picket_common::log::sim::SimDisk::new();
    let journal = || (disk.life() as Arc<dyn picket_common::log::disk::Disk>, world.journal().1);
    let job = || Job::new(data, Some(journal()), TimeZone::UTC, clock.clone(), Progress::hidden());
    let report = job().repair(false).unwrap();
    assert!(report.problems.is_empty(), "{report:#?}");
    let told = report.done.join("\n");
    for words in
        ["nor what was deleted", "what images and logs tell was taken", "guessed from images' names", "no JPEG picture"]
    {
        assert!(told.contains(words), "{words}: {told}");
    }
    let known = report.counts.images as usize;
    let pictures = tree(data)
        .into_iter()
        .filter(|(path, bytes)| path.to_string_lossy().contains("/images/") && jpeg::size(bytes).is_ok());
    assert_eq!((known, images(&world)), (pictures.count(), before));
    assert!(known > 10, "{known}");
    let again = job().repair(false).unwrap();
    assert_eq!((again.problems, again.done), (vec![], vec![]));
}

#[test]
fn more_texts_of_old_senders_than_are_remembered_are_nothing_wrong() {
    let mut world = World::new(0, 1);
    world.olds[0].push();
    world.settle();
    world.hub = None;
    let data = world.data.path();
    let path = data.join("records/2026-11-20.jsonl");
    let mut text = fs::read_to_string(&path).unwrap();
    let mut first: serde_json::Value = text.lines().find_map(|line| serde_json::from_str(line).ok()).unwrap();
    first.as_object_mut().unwrap().remove("check");
    assert!(first["digest"].is_string(), "{first}");
    for number in 1..=10_005 {
        let mut line = first.clone();
        line["number"] = (first["number"].as_u64().unwrap() + number).into();
        line["msg"] = format!("Old0 Door {number}|jpg").into();
        line["digest"] = format!("{number}").into();
        line["file"] = format!("images/gone/{number}.jpg").into();
        text += &format!("{line}\n");
    }
    fs::write(&path, text).unwrap();
    fs::remove_file(data.join("picket.db")).unwrap();
    let report = repair(&world);
    assert!(report.problems.is_empty(), "{:#?}", &report.problems[..1]);
    assert_eq!(dump(data).iter().filter(|row| row.starts_with("digests")).count(), 10_000);
    assert_eq!(report.counts.images, 1);
    let again = repair(&world);
    assert_eq!((again.problems, again.done), (vec![], vec![]));
}

/// Makes the data directory one that a hub left behind before there were retention, mended times and identities.
fn make_old(data: &Path) {
    let index = Connection::open(data.join("picket.db")).unwrap();
    index
        .execute_batch(
            "DROP TRIGGER stamps_images; DROP TRIGGER stamps_events; DROP TRIGGER stamps_readings;
             DROP TABLE stamps; DROP TABLE counts; DROP TABLE totals; DROP TABLE garbage; DROP TABLE pins;
             DROP TABLE days; DROP TABLE reviewed; DROP TABLE reviewed_days; DROP INDEX events_state;
             DROP TABLE changes; DROP TABLE health;
             ALTER TABLE events DROP COLUMN gone; ALTER TABLE states DROP COLUMN stream;
             ALTER TABLE latest DROP COLUMN stream; DROP INDEX digests_number; ALTER TABLE digests DROP COLUMN number;
             DELETE FROM meta WHERE key IN ('data', 'zone'); PRAGMA user_version = 2;",
        )
        .unwrap();
    fs::remove_file(data.join("picket-data.json")).unwrap();
}

#[test]
fn a_data_directory_of_an_earlier_version_is_brought_up_to_date_by_a_start_and_by_a_repair() {
    for by_start in [true, false] {
        let mut world = World::new(1, 2);
        for _ in 0..5 {
            world.nodes[0].push_image();
            world.nodes[0].push_event();
            world.olds.iter_mut().for_each(|old| old.push());
            (0..3).for_each(|_| world.step_all());
        }
        world.settle();
        world.kill_hub(1);
        make_old(world.data.path());
        let told = job(&world).check(false).unwrap_err().to_string();
        assert!(told.contains("written by an older picket-hub"), "{told}");
        if !by_start {
            assert!(repair(&world).problems.is_empty());
        }
        world.start_hub();
        world.check_that_it_goes_on();
        world.hub = None;
        assert_whole(&world, "up to date");
        assert!(world.data.path().join("picket-data.json").exists());
        let totals: i64 = Connection::open(world.data.path().join("picket.db"))
            .unwrap()
            .query_row("SELECT sum(images) FROM totals", [], |row| row.get(0))
            .unwrap();
        assert_eq!(totals, world.tree().len() as i64);
    }
}
