//! An imagehub's directory goes into a hub's: everything once, whatever happens on the way, and nothing without a reason.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use picket_common::jpeg;
use picket_common::log::Options;
use picket_common::log::sim::SimDisk;
use picket_common::time::SimClock;
use picket_common::transport::memory::Network;
use picket_hub::app;
use picket_hub::import::{Count, Job, Progress, Report, Running};
use picket_hub::ingest::Settings;
use picket_hub::store::Store;
use rusqlite::Connection;
use tempfile::TempDir;

const NOW: &str = "2026-11-20T12:00:00Z";

const LOG: &str = "2021-09-24 00:26:44,665 ~ Driveway Mailbox|motion|moving
2021-09-24 00:26:45,665 ~ Driveway Mailbox|motion|still
2021-09-24 00:27:00,001 ~ Jeff-Office Window|light|lighted
2021-09-24 00:28:00,001 ~ Garage|Temp|72 F
2021-09-24 00:40:00,000 ~ No messages received for 10 minutes.
2021-09-24 00:41:00,000 ~ Unanticipated error with no Exception handler.
Traceback (most recent call last):
  File \"imagehub.py\", line 40, in main
    text, image = hub.receive_next()
KeyError: 'msg'
2021-09-24 00:41:01,000 ~ Exiting imagehub.py
";

const ELDER: &str = "2021-09-23 18:39:41,014 ~ Starting imagehub.py\r
2021-09-23 18:39:42,014 ~ Garage|Restart|rpi20|RPi|192.168.86.36|972|0\r
2021-09-23 18:39:43,014 ~ Garage|Temp|71 F\r
2021-09-23 18:39:43,014 ~ Garage|Temp|71 F\r
\r
";

/// A folder in memory, where there is such a place: what is tested is not the disk.
fn folder() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

fn write(root: &Path, file: &str, bytes: impl AsRef<[u8]>) {
    let path = root.join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

/// A small picture; each number gives another.
fn picture(number: usize) -> Vec<u8> {
    let pixels: Vec<u8> = (0..64).map(|place| (number >> (place % 16)) as u8).collect();
    jpeg::encode_gray(&pixels, 8, 8, 90).unwrap()
}

const IMAGES: [&str; 6] = [
    "images/Barn-2021-04-19T23.43.20.867255.jpg",
    "images/Barn-202/Barn-2021-06-03T23.52.34.jpg",
    "images/2021-09-24/Driveway-Mailbox-2021-09-24T00.26.44.700000.jpg",
    "images/2021-09-24/Jeff-Office-Window-2021-09-24T00.27.01.000001.jpg",
    "images/2021-09-24/Side-Gate-Camera-2021-09-24T00.27.01.000001.jpg",
    "images/2021-09-24/Side-Gate-Camera-2021-09-24T00.27.02.000001.jpg",
];

/// What an imagehub has left behind.
fn imagehub(root: &Path) {
    IMAGES.iter().enumerate().for_each(|(number, file)| write(root, file, picture(number)));
    write(root, "images/2021-09-24/.DS_Store", "Bud1");
    write(root, "images/2021-09-24/Barn-2021-09-24T01.00.00.000001.jpg", "");
    write(root, "images/2021-09-24/Barn-2021-09-24T01.00.00.000002.jpg", &picture(1)[..40]);
    write(root, "images/2021-09-24/Barn-2021-09-24T01.00.00.000003.jpg", "PNG, really");
    write(root, "images/2021-09-24/holiday.jpg", picture(9));
    write(root, "images/2021-09-24/Barn-2031-09-24T01.00.00.000003.jpg", picture(9));
    write(root, "logs/imagehub.log", LOG);
    write(root, "logs/imagehub.log.2021.09.23", ELDER);
    write(root, "logs/imagehub.log.2021-09-22.gz", "packed");
    write(root, "notes.txt", "mine");
}

fn job(data: &Path, old: &Path, copy: bool) -> Job {
    Job::new(data, old, copy, TimeZone::UTC, NOW.parse().unwrap(), Progress::hidden()).unwrap()
}

fn clock() -> Arc<SimClock> {
    Arc::new(SimClock::new(NOW.parse().unwrap()))
}

const OPTIONS: Options = Options { segment_bytes: 4096, spare_segments: 1, max_bytes: u64::MAX, indexed: false };

fn open(data: &Path, old: &Path, copy: bool, disk: &SimDisk) -> anyhow::Result<Running> {
    Running::open(job(data, old, copy), (disk.life(), OPTIONS), clock())
}

fn import(data: &Path, old: &Path, copy: bool) -> Report {
    let mut running = open(data, old, copy, &SimDisk::new()).unwrap();
    while running.journal(4).unwrap() > 0 {
        running.shelve().unwrap();
    }
    running.finish().unwrap()
}

/// Every file below `root`, with its bytes.
fn tree(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let (mut found, mut folders) = (BTreeMap::new(), vec![root.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                // SQLite's own, of no lasting content.
                if path.to_string_lossy().contains("picket.db-") {
                    continue;
                }
                found.insert(path.strip_prefix(root).unwrap().to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    found
}

/// Images, logs and records, without the numbers of the journal.
fn stored(data: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = tree(data);
    files.retain(|path, _| ["images", "logs"].iter().any(|folder| path.starts_with(folder)));
    files
}

fn count(data: &Path, sql: &str) -> i64 {
    Connection::open(data.join("picket.db")).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
}

/// Every image is in the tree, the records and the index once, and every line in log and records.
fn check_all_there(data: &Path) {
    let records: Vec<serde_json::Value> = tree(&data.join("records"))
        .values()
        .flat_map(|text| String::from_utf8_lossy(text).lines().map(str::to_owned).collect::<Vec<_>>())
        .map(|line| serde_json::from_str(&line).unwrap())
        .collect();
    let (images, lines): (Vec<_>, Vec<_>) = records.iter().partition(|record| record["kind"] == "image");
    assert_eq!((images.len(), lines.len()), (6, 11));
    for record in images {
        let bytes = fs::read(data.join(record["file"].as_str().unwrap())).unwrap();
        assert_eq!(record["checksum"], blake3::hash(&bytes).to_hex().as_str());
    }
    assert_eq!(count(data, "SELECT count(*) FROM images"), 6);
    assert_eq!(count(data, "SELECT count(DISTINCT file) FROM images"), 6);
    assert_eq!(count(data, "SELECT count(*) FROM readings"), 3);
    // Motion, light, the restart, and four words of imagehub's own.
    assert_eq!(count(data, "SELECT count(*) FROM events"), 7);
    assert_eq!(count(data, "SELECT images FROM events WHERE what = 'motion'"), 1);
    assert_eq!(count(data, "SELECT count(*) FROM rejected"), 0);
}

#[test]
fn everything_is_taken_once_and_what_is_left_has_its_reason() {
    let (old, data) = (folder(), folder());
    imagehub(old.path());
    let before = tree(old.path());
    let report = import(data.path(), old.path(), false);
    assert_eq!((report.taken, report.known), (Count { images: 6, lines: 15 }, Count::default()));
    let left: Vec<String> = report
        .left
        .iter()
        .map(|(reason, group)| format!("{} {reason}: {}", group.count, group.examples.join(", ")))
        .collect();
    assert_eq!(
        left,
        [
            "1 a time still to come; is this machine's clock right?: images/2021-09-24/Barn-2031-09-24T01.00.00.000003.jpg",
            "1 an empty line: logs/imagehub.log.2021.09.23:5",
            "1 empty file: images/2021-09-24/Barn-2021-09-24T01.00.00.000001.jpg",
            "2 no JPEG picture, or cut off in its header: images/2021-09-24/Barn-2021-09-24T01.00.00.000002.jpg, \
             images/2021-09-24/Barn-2021-09-24T01.00.00.000003.jpg",
            "1 not imagehub's: notes.txt",
            "2 not named as imagehub names images: images/2021-09-24/.DS_Store, images/2021-09-24/holiday.jpg",
            "1 packed; unpack it and import again: logs/imagehub.log.2021-09-22.gz",
        ]
    );
    let guesses: Vec<_> =
        report.guesses.iter().map(|(name, guess)| format!("{name}: {} {:?}", guess.node, guess.view)).collect();
    assert_eq!(guesses, ["Side-Gate-Camera: Side Some(\"Gate-Camera\")"]);
    check_all_there(data.path());
    let link = data.path().join("images/2021-06-03/Barn-2021-06-03T23.52.34.jpg");
    assert_eq!(fs::metadata(link).unwrap().nlink(), 2);
    let log = fs::read_to_string(data.path().join("logs/imagehub.log.2021-09-23")).unwrap();
    assert_eq!(log, ELDER.replace('\r', "").trim_end().to_owned() + "\n");
    assert!(tree(old.path()) == before);

    let stored_before = tree(data.path());
    let again = import(data.path(), old.path(), true);
    assert_eq!((again.taken, again.known), (Count::default(), Count { images: 6, lines: 15 }));
    assert_eq!(again.left, report.left);
    assert_eq!(tree(data.path()).keys().collect::<Vec<_>>(), stored_before.keys().collect::<Vec<_>>());
    check_all_there(data.path());
}

#[test]
fn a_dry_run_says_the_same_and_changes_nothing() {
    let (old, parent) = (folder(), folder());
    imagehub(old.path());
    let data = parent.path().join("picket-data");
    let said = job(&data, old.path(), false).dry_run().unwrap();
    assert!(!data.exists());
    assert_eq!(said, import(&data, old.path(), false));
    let before = tree(&data);
    let said = job(&data, old.path(), false).dry_run().unwrap();
    assert!(tree(&data) == before);
    assert_eq!((said.taken, said.known), (Count::default(), Count { images: 6, lines: 15 }));
}

#[test]
fn a_directory_is_taken_over_where_it_lies_and_a_hub_goes_on_in_it() {
    let data = folder();
    imagehub(data.path());
    let (logs, inode) = (tree(&data.path().join("logs")), fs::metadata(data.path().join(IMAGES[2])).unwrap().ino());
    let report = import(data.path(), data.path(), false);
    assert_eq!(report.taken, Count { images: 6, lines: 15 });
    check_all_there(data.path());
    assert!(tree(&data.path().join("logs")) == logs);
    assert_eq!(fs::metadata(data.path().join(IMAGES[2])).unwrap().ino(), inode);
    assert!(
        data.path().join(IMAGES[1]).exists()
            && data.path().join("images/2021-06-03/Barn-2021-06-03T23.52.34.jpg").exists()
    );
    let again = import(data.path(), data.path(), false);
    assert_eq!(
        (again.taken, again.known),
        (Count::default(), Count { images: 8, lines: 15 }),
        "two have two names now"
    );

    // The next day's first message: yesterday's log gets its date.
    let settings = Settings {
        name: "hub".into(),
        max_bytes: 1 << 20,
        patience: Duration::from_secs(600),
        zone: TimeZone::UTC,
        limits: Default::default(),
    };
    let journal = (SimDisk::new().life(), OPTIONS);
    let clock = clock();
    let (mut ingest, mut shelver) =
        app::build(data.path(), journal, Network::new().hub(), settings, clock.clone()).unwrap();
    clock.advance(Duration::from_secs(3600));
    ingest.step(Duration::ZERO).unwrap();
    shelver.step().unwrap();
    assert_eq!(count(data.path(), "SELECT count(*) FROM events WHERE what = 'node'"), 0, "nobody is missed");
}

#[test]
fn folders_that_a_hub_shares_with_an_imagehub_by_links_are_taken_over_where_they_lie() {
    let (old, data) = (folder(), folder());
    imagehub(old.path());
    for name in ["images", "logs"] {
        std::os::unix::fs::symlink(old.path().join(name), data.path().join(name)).unwrap();
    }
    let logs = tree(&old.path().join("logs"));
    assert_eq!(import(data.path(), old.path(), false).taken, Count { images: 6, lines: 15 });
    check_all_there(data.path());
    assert!(tree(&old.path().join("logs")) == logs);
    assert_eq!(import(data.path(), old.path(), false).taken, Count::default());
}

#[test]
fn a_copy_of_a_log_is_not_a_second_log() {
    let (old, data) = (folder(), folder());
    write(old.path(), "logs/imagehub.log.1", ELDER);
    write(old.path(), "logs/imagehub.log.1.bak", ELDER);
    let report = import(data.path(), old.path(), false);
    assert_eq!((report.taken.lines, report.known.lines), (4, 4));
    // What was in another log by then is new: of three such lines, one.
    let line = "2021-09-23 18:39:43,014 ~ Garage|Temp|71 F\n";
    write(old.path(), "logs/imagehub.log", line.repeat(3));
    let report = import(data.path(), old.path(), false);
    assert_eq!((report.taken.lines, report.known.lines), (1, 10));
}

#[test]
fn killed_at_any_step_and_begun_again_everything_is_there_once() {
    let old = folder();
    imagehub(old.path());
    let whole = folder();
    import(whole.path(), old.path(), false);
    let whole = stored(whole.path());
    for copy in [false, true] {
        for steps in 0..12 {
            let (data, disk) = (folder(), SimDisk::new());
            let mut running = open(data.path(), old.path(), copy, &disk).unwrap();
            for step in 0..steps {
                // A step journals and the next one shelves: between them the journal holds what the tree has not.
                if step % 2 == 0 {
                    running.journal(3).unwrap();
                } else {
                    running.shelve().unwrap();
                }
            }
            drop(running);
            disk.crash(steps);
            let mut running = open(data.path(), old.path(), copy, &disk).unwrap();
            while running.journal(5).unwrap() > 0 {
                running.shelve().unwrap();
            }
            let report = running.finish().unwrap();
            let Count { images, lines } = report.known;
            assert_eq!((images + report.taken.images, lines + report.taken.lines), (6, 15), "{steps} steps");
            check_all_there(data.path());
            assert!(stored(data.path()) == whole, "{steps} steps, {:?}", stored(data.path()).keys());
        }
    }
}

#[test]
fn a_journal_that_fails_is_told_and_the_next_run_goes_on() {
    let (old, data, disk) = (folder(), folder(), SimDisk::new());
    imagehub(old.path());
    let mut running = open(data.path(), old.path(), false, &disk).unwrap();
    running.journal(3).unwrap();
    running.shelve().unwrap();
    disk.fail_next_sync();
    assert!(running.journal(3).is_err());
    drop(running);
    disk.crash(1);
    let mut running = open(data.path(), old.path(), false, &disk).unwrap();
    while running.journal(100).unwrap() > 0 {
        running.shelve().unwrap();
    }
    check_all_there(data.path());
}

#[test]
fn an_image_that_vanishes_meanwhile_is_told_and_holds_up_nothing() {
    let (old, data) = (folder(), folder());
    imagehub(old.path());
    let mut running = open(data.path(), old.path(), false, &SimDisk::new()).unwrap();
    fs::remove_file(old.path().join(IMAGES[0])).unwrap();
    write(old.path(), IMAGES[2], "what?");
    while running.journal(2).unwrap() > 0 {
        running.shelve().unwrap();
    }
    let report = running.finish().unwrap();
    assert_eq!(report.taken, Count { images: 4, lines: 15 });
    let group = &report.left["could not be stored"];
    assert_eq!(group.count, 2);
    assert!(group.examples[0].contains("cannot be read: No such file"), "{:?}", group.examples);
    assert!(group.examples[1].contains("has changed since it was found"), "{:?}", group.examples);
    assert_eq!(count(data.path(), "SELECT count(*) FROM images"), 4);
}

#[test]
fn an_image_whose_name_is_taken_by_another_gets_the_next_free_time() {
    let (old, data) = (folder(), folder());
    let name = "Barn-2021-06-03T23.52.34";
    write(old.path(), &format!("images/{name}.000001.jpg"), picture(1));
    write(old.path(), &format!("images/2021-06-03/{name}.000001.jpg"), picture(2));
    write(old.path(), &format!("images/Barn-202/{name}.jpg"), picture(3));
    write(old.path(), &format!("images/copies/{name}.jpg"), picture(3));
    let report = import(data.path(), old.path(), false);
    assert_eq!((report.taken.images, report.known.images), (3, 1));
    let read = |name: String| fs::read(data.path().join("images/2021-06-03").join(name)).unwrap();
    assert_eq!(read(format!("{name}.000001.jpg")), picture(2));
    assert_eq!(read(format!("{name}.000002.jpg")), picture(1));
    assert_eq!(read(format!("{name}.jpg")), picture(3));
    assert_eq!(import(data.path(), old.path(), false).known.images, 4);
    // And another imagehub's image of the same name, later.
    let other = folder();
    write(other.path(), &format!("images/2021-06-03/{name}.jpg"), picture(4));
    assert_eq!(import(data.path(), other.path(), false).taken.images, 1);
    assert_eq!(read(format!("{name}.000000.jpg").replace("000000", "000003")), picture(4));
    assert_eq!(import(data.path(), other.path(), false).known.images, 1);
}

#[test]
fn while_a_hub_runs_nothing_is_imported() {
    let (old, data) = (folder(), folder());
    imagehub(old.path());
    let _hub = Store::open(data.path()).unwrap();
    let error = open(data.path(), old.path(), false, &SimDisk::new()).err().unwrap().to_string();
    assert!(error.contains("is using") && error.contains("stop it (`sudo systemctl stop picket-hub`)"), "{error}");
    assert!(!error.contains("data_directory"), "{error}");
}

#[test]
fn what_is_no_imagehubs_directory_is_told_so() {
    let (old, data) = (folder(), folder());
    let error = open(data.path(), old.path(), false, &SimDisk::new()).err().unwrap().to_string();
    assert!(error.contains("neither `images` nor `logs`"), "{error}");
    let missing =
        Job::new(data.path(), &old.path().join("x"), false, TimeZone::UTC, NOW.parse().unwrap(), Progress::hidden());
    assert!(format!("{:#}", missing.err().unwrap()).contains("No such file"));
}

#[test]
fn across_file_systems_images_are_copied_if_asked() {
    let (old, data) = (folder(), tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap());
    imagehub(old.path());
    let device = |folder: &TempDir| fs::metadata(folder.path()).unwrap().dev();
    if device(&old) == device(&data) {
        return eprintln!("there is one file system only; not tested");
    }
    let error = open(data.path(), old.path(), false, &SimDisk::new()).err().unwrap().to_string();
    assert!(error.contains("another file system") && error.contains("--copy"), "{error}");
    assert_eq!(count(data.path(), "SELECT count(*) FROM images"), 0);
    assert_eq!(import(data.path(), old.path(), true).taken, Count { images: 6, lines: 15 });
    check_all_there(data.path());
}

/// The real program, killed with SIGKILL as soon as so many records are there; then run to its end.
#[test]
fn a_killed_program_leaves_nothing_half_done() {
    const PICTURES: usize = 900;
    let (old, data) = (folder(), folder());
    for number in 0..PICTURES {
        let file = format!("images/Barn-2021-09-24T00.{:02}.{:02}.000001.jpg", number / 60, number % 60);
        write(old.path(), &file, picture(number));
    }
    let lines: Vec<String> = (0..PICTURES)
        .map(|number| format!("2021-09-24 01:{:02}:{:02},000 ~ Barn|Temp|{number} F\n", number / 60, number % 60))
        .collect();
    write(old.path(), "logs/imagehub.log", lines.concat());
    let command = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_picket-hub"));
        command.arg("import").arg(old.path()).arg("--data").arg(data.path()).env("TZ", "UTC");
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    };
    let shelved = || {
        let index = Connection::open(data.path().join("picket.db")).ok();
        let reached = "SELECT value FROM meta WHERE key = 'reached'";
        index.and_then(|index| index.query_row(reached, [], |row| row.get::<_, i64>(0)).ok()).unwrap_or(0)
    };
    let mut killed = 0;
    for least in [1, 100, 400, 700] {
        let mut program = command().spawn().unwrap();
        while shelved() < least && program.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        killed += usize::from(program.try_wait().unwrap().is_none());
        program.kill().unwrap();
        program.wait().unwrap();
    }
    assert!(0 < killed);
    let end = command().output().unwrap();
    assert!(end.status.success(), "{}", String::from_utf8_lossy(&end.stderr));
    assert_eq!(count(data.path(), "SELECT count(DISTINCT file) FROM images"), PICTURES as i64);
    assert_eq!(count(data.path(), "SELECT count(*) FROM images"), PICTURES as i64);
    assert_eq!(count(data.path(), "SELECT count(*) FROM readings"), PICTURES as i64);
    let log = fs::read_to_string(data.path().join("logs/imagehub.log.2021-09-24")).unwrap();
    assert_eq!(log, lines.concat());
    assert_eq!(tree(&data.path().join("images")).len(), PICTURES);
    let again = String::from_utf8(command().output().unwrap().stdout).unwrap();
    assert_eq!(again, "took 0 images and 0 log lines\nalready there: 900 images and 900 log lines\nleft alone: 0\n");
}
