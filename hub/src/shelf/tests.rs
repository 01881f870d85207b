use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use picket_common::event::Kind;
use serde_json::json;

use super::*;
use crate::entry::{Import, Origin};
use crate::sample::{self, event, image};

/// Two days of one hub: an old node, a Picket node, readings, a raw image, a late line, a line for a day to come, what
/// cannot be shelved, a restart, and an hour that comes twice.
fn records() -> Vec<Record> {
    let moving = |phase: &str, state: &str, score: f64| json!({"phase": phase, "what": "motion", "state": state, "score": score});
    let trigger = json!({"role": "trigger", "width": 640, "height": 480});
    let picket = "Barn Door|motion|moving";
    let all: Vec<(Entry, &[u8])> = vec![
        (event("Driveway|Restart|pi|RPi|10.0.0.7|1024|3", "2026-10-24T23:58:00+02:00"), b"."),
        (event("Driveway Mailbox|motion|moving", "2026-10-24T23:58:01+02:00"), b"."),
        (image("Driveway Mailbox|jpg", "2026-10-24T23:58:02+02:00").digest("d1"), b"jpeg one"),
        (image("Driveway Mailbox|jpg", "2026-10-24T23:58:03+02:00").digest("d2"), b"jpeg two"),
        (event(picket, "2026-10-24T23:58:04+02:00").of_event("e1", moving("start", "moving", 0.1)).numbered(9, 1), b""),
        (image("Barn Door|jpg", "2026-10-24T23:58:04+02:00").of_event("e1", trigger).numbered(8, 1), b"jpeg three"),
        (sample::entry(Kind::Reading, "Barn|Temp|77 F", "2026-10-24T23:59:00+02:00"), b""),
        (event("Barn|rule|on", "2026-10-25T00:00:01+02:00").received("2026-10-24T23:59:59+02:00"), b""),
        (event("Driveway Mailbox|motion|still", "2026-10-25T00:00:03+02:00"), b"."),
        (event(picket, "2026-10-24T23:59:58+02:00").received("2026-10-25T00:00:04+02:00"), b""),
        (event(picket, "2026-10-25T02:30:00+02:00").of_event("e1", moving("end", "still", 0.3)).numbered(9, 4), b""),
        (image("Driveway Yard|image", "2026-10-25T02:30:00+02:00").raw(4, 2, 3), &[128; 24]),
        (image("Driveway Yard|image", "2026-10-25T02:30:00+01:00").raw(4, 2, 3), &[128; 5]),
        (event("Driveway Mailbox|motion|moving", "2026-10-25T02:31:00+01:00"), b"."),
        (event("Driveway|Restart|pi|RPi|10.0.0.7|1024|0", "2026-10-25T02:32:00+01:00"), b"."),
        (event("Barn|odd|line one\nline two", "2026-10-26T08:00:00+01:00"), b""),
        (image("Old Yard|jpg", "2021-09-23T08:00:00+02:00").imported("linked.jpg", false), b""),
        (image("Old Yard|jpg", "2021-09-23T08:00:01+02:00").imported("copied.jpg", true), b""),
        (image("Old Yard|jpg", "2021-09-23T08:00:02+02:00").imported("gone.jpg", false), b""),
        (image("Old Yard|jpg", "2021-09-23T08:00:03+02:00").imported("changed.jpg", true), b""),
        (event("Old Yard|motion|still", "2021-09-23T08:00:04+02:00").logged(), b""),
        (event("Old Yard|light|dark", "2021-09-23T08:00:05+02:00"), b""),
    ];
    let mut records: Vec<Record> = (3..).zip(all).map(|(number, (entry, body))| entry.record(number, body)).collect();
    let key = picket_common::log::Key { stream: 9, seq: 5 };
    records.insert(12, Record { number: 0, key, payload: b"no entry at all".to_vec() });
    (3..).zip(&mut records).for_each(|(number, record)| record.number = number);
    records
}

/// An imagehub's images, on the file system of the tests' folders.
fn old_images() -> &'static Path {
    static FOLDER: LazyLock<tempfile::TempDir> = LazyLock::new(|| {
        let folder = sample::folder();
        let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
        write("linked.jpg", OLD_IMAGE);
        write("copied.jpg", OLD_IMAGE);
        write("changed.jpg", b"\xff\xd8 that was longer");
        folder
    });
    FOLDER.path()
}

const OLD_IMAGE: &[u8] = b"\xff\xd8 from imagehub";

impl Entry {
    fn imported(mut self, name: &str, copy: bool) -> Entry {
        let path = old_images().join(name).to_str().unwrap().to_owned();
        let origin = Origin { path, size: OLD_IMAGE.len() as u64, copy };
        self.import = Some(Import { origin: Some(origin), ..Import::default() });
        self
    }

    fn logged(mut self) -> Entry {
        self.import = Some(Import { logged: true, ..Import::default() });
        self
    }
}

pub(super) fn open(data: &Path) -> Shelf {
    let store = Store::open(data).unwrap();
    let shelf = Shelf::open(store, Index::open(data).unwrap()).unwrap();
    shelf.index.be_impatient();
    shelf
}

/// Every file's bytes and every row.
pub(super) fn everything(data: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders: Vec<_> = ["images", "logs", "records", "rejected"].map(|folder| data.join(folder)).into();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(data).unwrap().display().to_string();
            found.insert(name, String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned());
        }
    }
    for (place, row) in Index::open(data).unwrap().dump().into_iter().enumerate() {
        found.insert(format!("index {place:03}"), row);
    }
    found
}

/// What there is when nothing goes wrong.
fn expected(records: &[Record]) -> BTreeMap<String, String> {
    let folder = sample::folder();
    open(folder.path()).shelve(records, &[]).unwrap();
    everything(folder.path())
}

pub(super) fn assert_same(found: &BTreeMap<String, String>, expected: &BTreeMap<String, String>, when: &str) {
    for (name, text) in expected {
        assert_eq!(found.get(name), Some(text), "{name}, {when}");
    }
    assert_eq!(found.len(), expected.len(), "{when}: {:?}", found.keys());
}

#[test]
fn what_was_acknowledged_is_in_tree_log_records_and_index() {
    let all = expected(&records());
    let check = |name: &str, text: &str| assert_eq!(all.get(name).map(String::as_str), Some(text), "{name}");
    check("images/2026-10-24/Driveway-Mailbox-2026-10-24T23.58.02.000000.jpg", "jpeg one");
    check("images/2026-10-24/Driveway-Mailbox-2026-10-24T23.58.03.000000.jpg", "jpeg two");
    check("images/2026-10-24/Barn-Door-2026-10-24T23.58.04.000000.jpg", "jpeg three");
    check("rejected/15.bin", "no entry at all");
    check(
        "logs/imagehub.log.2026-10-24",
        "2026-10-24 23:58:00,000 ~ Driveway|Restart|pi|RPi|10.0.0.7|1024|3\n\
         2026-10-24 23:58:01,000 ~ Driveway Mailbox|motion|moving\n\
         2026-10-24 23:58:04,000 ~ Barn Door|motion|moving\n\
         2026-10-24 23:59:00,000 ~ Barn|Temp|77 F\n\
         2026-10-25 00:00:01,000 ~ Barn|rule|on\n\
         2026-10-24 23:59:58,000 ~ Barn Door|motion|moving\n",
    );
    check(
        "logs/imagehub.log.2026-10-25",
        "2026-10-25 00:00:03,000 ~ Driveway Mailbox|motion|still\n\
         2026-10-25 02:30:00,000 ~ Barn Door|motion|moving\n\
         2026-10-25 02:31:00,000 ~ Driveway Mailbox|motion|moving\n\
         2026-10-25 02:32:00,000 ~ Driveway|Restart|pi|RPi|10.0.0.7|1024|0\n",
    );
    check("logs/imagehub.log", "2026-10-26 08:00:00,000 ~ Barn|odd|line one\\nline two\n");
    let lines = |day: &str| all[&format!("records/{day}.jsonl")].lines().count();
    assert_eq!(
        [lines("2026-10-24"), lines("2026-10-25"), lines("2026-10-26")],
        [8, 8, 3],
        "what is rejected is noted on the day of the log"
    );
    let raw = &all["images/2026-10-25/Driveway-Yard-2026-10-25T02.30.00.000000.jpg"];
    assert!(raw.starts_with("\u{fffd}\u{fffd}\u{fffd}"), "a JPEG begins with FF D8 FF");
    assert!(all["rejected/16.json"].contains("Driveway Yard|image"), "{}", all["rejected/16.json"]);
}

#[test]
fn an_imported_image_is_linked_or_copied_and_one_that_is_not_what_it_was_holds_up_nothing() {
    let all = expected(&records());
    let old = String::from_utf8_lossy(OLD_IMAGE);
    for second in ["00", "01"] {
        assert_eq!(all[&format!("images/2021-09-23/Old-Yard-2021-09-23T08.00.{second}.000000.jpg")], old);
    }
    assert!(all["rejected/22.json"].contains("gone.jpg cannot be read"), "{}", all["rejected/22.json"]);
    assert!(all["rejected/23.json"].contains("changed.jpg has changed"), "{}", all["rejected/23.json"]);
    assert_eq!(all["logs/imagehub.log.2021-09-23"], "2021-09-23 08:00:05,000 ~ Old Yard|light|dark\n");
    let lines: Vec<&str> = all["records/2021-09-23.jsonl"].lines().collect();
    assert_eq!(lines.len(), 4, "{lines:?}");
    assert!(lines[0].contains(r#""imported":true"#), "{}", lines[0]);
}

#[test]
fn an_image_that_was_taken_over_needs_its_old_place_no_more() {
    let (folder, old) = (sample::folder(), sample::folder());
    let path = old.path().join("old.jpg");
    fs::write(&path, OLD_IMAGE).unwrap();
    let mut entry = image("Old Yard|jpg", "2021-09-23T08:00:00+02:00");
    let path_text = path.to_str().unwrap().to_owned();
    let origin = Origin { path: path_text, size: OLD_IMAGE.len() as u64, copy: false };
    entry.import = Some(Import { origin: Some(origin), ..Import::default() });
    let records = [entry.record(1, b"")];
    step_until(Crash::AfterSync, folder.path(), &records);
    fs::remove_file(path).unwrap();
    open(folder.path()).shelve(&records, &[]).unwrap();
    let all = everything(folder.path());
    assert!(!all.keys().any(|name| name.starts_with("rejected/")), "{:?}", all.keys());
    assert_eq!(all.keys().filter(|name| name.starts_with("images/")).count(), 1, "{:?}", all.keys());
}

#[test]
fn the_records_say_everything() {
    let all = expected(&records());
    let mut lines: Vec<serde_json::Value> =
        all["records/2026-10-24.jsonl"].lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for line in &mut lines {
        let check = line.as_object_mut().unwrap().remove("check").unwrap();
        assert_eq!(check.as_str().map(str::len), Some(8), "{line}");
    }
    let image = json!({
        "number": 8, "node": "Barn", "view": "Door", "stream": "00000000000000000000000000000008", "seq": 1,
        "at": "2026-10-24T21:58:04Z", "received": "2026-10-24T21:58:04Z",
        "at_offset": 7200, "received_offset": 7200, "kind": "image", "event": "e1",
        "msg": "Barn Door|jpg", "data": {"role": "trigger", "width": 640, "height": 480},
        "file": "images/2026-10-24/Barn-Door-2026-10-24T23.58.04.000000.jpg", "size": 10,
        "checksum": blake3::hash(b"jpeg three").to_hex().to_string(),
    });
    assert_eq!(lines[5], image);
    let numbers: Vec<u64> = lines.iter().map(|line| line["number"].as_u64().unwrap()).collect();
    assert_eq!(numbers, [3, 4, 5, 6, 7, 8, 9, 10]);
}

/// Where the power can fail in a step.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Crash {
    BetweenRotationAndRename,
    AfterRename,
    AfterFiles,
    AfterLines,
    AfterSync,
    AfterCommit,
}

/// Does one step's stages up to the crash, and drops everything.
fn step_until(crash: Crash, data: &Path, records: &[Record]) {
    let mut shelf = open(data);
    let mut rest: Vec<Read> = records.iter().map(Read::new).collect();
    if let Some(day) = rest.first().and_then(|first| shelf.new_day(first)) {
        if crash == Crash::BetweenRotationAndRename {
            return shelf.index.rotate(day, shelf.texts.log_day()).unwrap();
        }
        shelf.rotate(day).unwrap();
    }
    if matches!(crash, Crash::BetweenRotationAndRename | Crash::AfterRename) {
        return;
    }
    let until = rest.iter().position(|read| shelf.new_day(read).is_some()).unwrap_or(rest.len());
    rest.truncate(until);
    let run = shelf.write_files(rest).unwrap();
    if crash == Crash::AfterFiles {
        // The newest file is still on its way to its name.
        return fs::write(data.join("images/.new/99"), b"half a jp").unwrap();
    }
    let lengths = shelf.write_pages(&run.pages).unwrap();
    if crash == Crash::AfterLines {
        // The file system has kept only a part of what was not synced, and puts noise after it.
        let log = shelf.texts.path(Text::Log, shelf.texts.log_day().unwrap());
        if let Ok(bytes) = fs::read(&log) {
            fs::write(&log, [&bytes[..], &[0; 700]].concat()).unwrap();
        }
        return;
    }
    let synced = shelf.store.sync().unwrap();
    if crash == Crash::AfterSync {
        return;
    }
    shelf.commit(&run, lengths, &[], synced).unwrap();
}

#[test]
fn whenever_the_power_fails_everything_is_there_exactly_once() {
    let records = records();
    let expected = expected(&records);
    let crashes = [
        Crash::BetweenRotationAndRename,
        Crash::AfterRename,
        Crash::AfterFiles,
        Crash::AfterLines,
        Crash::AfterSync,
        Crash::AfterCommit,
    ];
    for crash in crashes {
        for before in 0..records.len() {
            let folder = sample::folder();
            open(folder.path()).shelve(&records[..before], &[]).unwrap();
            step_until(crash, folder.path(), &records[before..]);
            // The journal was not trimmed: it is replayed whole, in batches of another size.
            let mut shelf = open(folder.path());
            for batch in records.chunks(3) {
                shelf.shelve(batch, &[]).unwrap();
            }
            drop(shelf);
            assert_same(&everything(folder.path()), &expected, &format!("{crash:?} after {before} records"));
        }
    }
}

#[test]
fn crash_upon_crash_loses_and_doubles_nothing() {
    let records = records();
    let folder = sample::folder();
    for crash in [Crash::AfterLines, Crash::AfterSync, Crash::AfterFiles, Crash::BetweenRotationAndRename] {
        for _ in 0..3 {
            let reached = open(folder.path()).reached();
            let rest: Vec<Record> = records.iter().filter(|record| reached < record.number).cloned().collect();
            step_until(crash, folder.path(), &rest);
            step_until(Crash::AfterCommit, folder.path(), &rest[..rest.len().min(2)]);
        }
    }
    open(folder.path()).shelve(&records, &[]).unwrap();
    assert_same(&everything(folder.path()), &expected(&records), "after twelve crashes");
}

/// Fails once by `break_it`, is mended, and must then come out as if nothing had been.
fn check_retry(name: &str, break_it: impl FnOnce(&Path) -> Box<dyn FnOnce()>, says: &str) {
    let records = records();
    let folder = sample::folder();
    let mut shelf = open(folder.path());
    let mend = break_it(folder.path());
    let error = shelf.shelve(&records, &[]).expect_err(name).to_string();
    assert!(error.contains(says), "{name}: {error}");
    mend();
    shelf.shelve(&records, &[]).unwrap();
    drop(shelf);
    assert_same(&everything(folder.path()), &expected(&records), name);
}

#[test]
fn a_step_that_failed_is_done_again_and_nothing_is_doubled() {
    let full = |file: &'static str| {
        move |data: &Path| -> Box<dyn FnOnce()> {
            let path = data.join(file);
            let _ = fs::create_dir_all(path.parent().unwrap());
            std::os::unix::fs::symlink("/dev/full", &path).unwrap();
            Box::new(move || {
                let _ = fs::remove_file(path);
            })
        }
    };
    check_retry("no room for an image", full("images/.new/8"), "the disk is full");
    check_retry("no room for the log", full("logs/imagehub.log"), "the disk is full");
    check_retry("no room for the records", full("records/2026-10-24.jsonl"), "the disk is full");
    check_retry("no room for the next day's records", full("records/2026-10-25.jsonl"), "the disk is full");
    check_retry("no room for what is rejected", full("rejected/15.bin"), "the disk is full");
    check_retry(
        "the index is locked",
        |data| {
            let lock = Index::somebody_elses_lock(data);
            Box::new(move || drop(lock))
        },
        "locked",
    );
    check_retry(
        "the day's folder cannot be made",
        |data| {
            let path = data.join("images/2026-10-25");
            fs::write(&path, b"").unwrap();
            Box::new(move || fs::remove_file(path).unwrap())
        },
        "cannot create the folder",
    );
}

#[test]
fn somebody_elses_files_stay_as_they_are() {
    let folder = sample::folder();
    let write = |name: &str, text: &str| {
        fs::create_dir_all(folder.path().join("logs")).unwrap();
        fs::write(folder.path().join("logs").join(name), text).unwrap();
    };
    write("imagehub.log", "imagehub's own line\n");
    write("imagehub.log.2026-10-23", "an older line\n");
    write("imagehub.log.2026-10-24", "a line of the same day\n");
    let records = records();
    // They also stay when the first step fails.
    let mut shelf = open(folder.path());
    let lock = Index::somebody_elses_lock(folder.path());
    shelf.shelve(&records, &[]).unwrap_err();
    drop((shelf, lock));
    step_until(Crash::AfterLines, folder.path(), &records);
    open(folder.path()).shelve(&records, &[]).unwrap();
    let (found, expected) = (everything(folder.path()), expected(&records));
    let ours = &expected["logs/imagehub.log.2026-10-24"];
    assert_eq!(found["logs/imagehub.log.2026-10-24"], format!("imagehub's own line\n{ours}"));
    assert_eq!(found["logs/imagehub.log.2026-10-23"], "an older line\n");
    assert_eq!(found["logs/imagehub.log.2026-10-24.other1"], "a line of the same day\n");
    assert_eq!(found["logs/imagehub.log.2026-10-25"], expected["logs/imagehub.log.2026-10-25"]);
}

#[test]
fn files_that_somebody_shortens_or_removes_hold_nothing_up() {
    let records = records();
    let folder = sample::folder();
    let mut shelf = open(folder.path());
    shelf.shelve(&records[..4], &[]).unwrap();
    fs::write(folder.path().join("logs/imagehub.log"), "short\n").unwrap();
    fs::remove_file(folder.path().join("records/2026-10-24.jsonl")).unwrap();
    shelf.shelve(&records[4..], &[]).unwrap_err();
    drop(shelf);
    step_until(Crash::AfterSync, folder.path(), &records[4..5]);
    open(folder.path()).shelve(&records, &[]).unwrap();
    let (found, expected) = (everything(folder.path()), expected(&records));
    let end = |name: &str, skip: usize| -> String { expected[name].split_inclusive('\n').skip(skip).collect() };
    assert_eq!(found["logs/imagehub.log.2026-10-24"], format!("short\n{}", end("logs/imagehub.log.2026-10-24", 2)));
    assert_eq!(found["records/2026-10-24.jsonl"], end("records/2026-10-24.jsonl", 4));
}

#[test]
fn a_hub_that_was_off_for_days_names_each_log_by_the_day_it_was_written() {
    let check = |days: &[&str], files: &[&str]| {
        let folder = sample::folder();
        let entries = days.iter().map(|day| event("Barn|door|ajar", &format!("{day}T12:00:00+01:00")));
        let records: Vec<Record> = (1..).zip(entries).map(|(number, entry)| entry.record(number, b"")).collect();
        for record in &records {
            open(folder.path()).shelve(std::slice::from_ref(record), &[]).unwrap();
        }
        let found = everything(folder.path());
        let logs: Vec<&str> = found.keys().filter_map(|name| name.strip_prefix("logs/imagehub.log")).collect();
        assert_eq!(logs, files, "{days:?}");
        let lines: usize =
            found.iter().filter(|(name, _)| name.starts_with("logs/")).map(|(_, t)| t.lines().count()).sum();
        assert_eq!(lines, days.len(), "{days:?}");
    };
    check(&["2026-11-20"], &[""]);
    check(&["2026-11-20", "2026-11-20"], &[""]);
    check(&["2026-11-20", "2026-11-23"], &["", ".2026-11-20"]);
    check(&["2026-11-20", "2026-11-21", "2026-11-22"], &["", ".2026-11-20", ".2026-11-21"]);
    // A clock that was a year ahead, and was set right: today's lines have today's name until then.
    check(&["2026-11-20", "2027-11-20", "2026-11-21"], &["", ".2026-11-20", ".2026-11-21"]);
}

#[test]
fn whom_ingest_heard_is_kept_with_or_without_records() {
    let folder = sample::folder();
    let at = |text: &str| text.parse().unwrap();
    let mut shelf = open(folder.path());
    let health = Some(json!({"cpu": 41}));
    let seen =
        Seen { at: at("2026-11-20T12:00:00Z"), health, version: Some("0.1.0".into()), hardware: Some("pi".into()) };
    shelf.shelve(&[], &[("Barn".into(), seen)]).unwrap();
    let seen = Seen { at: at("2026-11-20T12:05:00Z"), ..Seen::default() };
    shelf.shelve(&[event("Barn|door|ajar", "2026-11-20T12:01:00Z").record(1, b"")], &[("Barn".into(), seen)]).unwrap();
    let silent = json!({"phase": "update", "what": "node", "state": "silent"});
    let silent = event("Barn|node|silent", "2026-11-20T13:00:00Z").with(silent);
    shelf.shelve(&[silent.record(2, b"")], &[]).unwrap();
    let nodes = Index::read(folder.path()).unwrap().nodes(&Default::default()).unwrap();
    let [node] = &nodes[..] else { panic!("{nodes:?}") };
    assert_eq!((node.first_seen, node.last_seen), (at("2026-11-20T12:00:00Z"), at("2026-11-20T12:05:00Z")));
    assert_eq!((&node.health, node.version.as_deref(), node.silent), (&json!({"cpu": 41}), Some("0.1.0"), true));
}
