use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use picket_common::log::Record;
use serde_json::json;
use tempfile::TempDir;

use super::super::tests::{assert_same, everything, open};
use super::*;
use crate::index::{EventRow, Index, Wanted};
use crate::line::amendment::{Deleted, Pinned, What};
use crate::retention::Rule;
use crate::sample::{self, event, image};

const DAY: Date = Date::constant(2026, 11, 25);

fn at(time: &str) -> String {
    format!("2026-11-20T{time}Z")
}

/// Images of two events, one of them shared, of an old sender's happening, and of nothing.
fn records() -> Vec<Record> {
    let moving = |id: &str, phase: &str, time: &str| {
        let data = json!({"phase": phase, "what": "motion", "state": "moving"});
        event("Barn Door|motion|moving", &at(time)).of_event(id, data)
    };
    let frame = |id: &str, time: &str, also: &[&str]| {
        let also: Vec<_> = also.iter().map(|event| json!({"event": event, "role": "before"})).collect();
        image("Barn Door|jpg", &at(time)).of_event(id, json!({"role": "during", "also": also}))
    };
    let all = vec![
        moving("e1", "start", "06:00:00"),
        frame("e1", "06:00:01", &[]),
        frame("e1", "06:00:02", &["e2"]),
        moving("e2", "start", "06:00:03"),
        frame("e2", "06:00:04", &[]),
        event("Yard Gate|motion|moving", &at("07:00:00")),
        image("Yard Gate|jpg", &at("07:00:01")),
        image("Yard Gate|jpg", &at("07:00:02")),
        event("Yard Gate|motion|still", &at("07:00:03")),
        image("Yard Gate|jpg", &at("07:00:04")),
    ];
    (1..).zip(all).map(|(number, entry)| entry.record(number, format!("jpeg {number}").as_bytes())).collect()
}

fn shelved() -> TempDir {
    let folder = sample::folder();
    open(folder.path()).shelve(&records(), &[]).unwrap();
    folder
}

/// The amendments that delete these images, as far as the index has them.
fn deleting(shelf: &Shelf, numbers: &[u64]) -> Vec<Amendment> {
    let mut found = Vec::new();
    let mut each = |row: crate::index::ImageRow| {
        if numbers.contains(&row.number) {
            let (number, at, rule) = (row.number, "2026-11-25T12:00:00Z".parse().unwrap(), Rule::MaxSize);
            let (node, view, file, size) = (row.node, row.view, row.file, row.size);
            found.push(Amendment::Deleted(Deleted { number, at, rule, node, view, file, size, user: None }));
        }
        Ok(())
    };
    shelf.index().images(&Wanted::default(), &mut each).unwrap();
    found
}

fn pinned(shelf: &Shelf, number: u64) -> Pinned {
    let found = shelf.index().pinnable(number).unwrap().unwrap();
    let at = "2026-11-25T12:00:00Z".parse().unwrap();
    Pinned { number, at, of: found.what, node: found.node, view: found.view, event: found.event }
}

fn files(all: &BTreeMap<String, String>) -> Vec<&str> {
    all.iter().filter(|(name, _)| name.starts_with("images/")).map(|(_, body)| body.as_str()).collect()
}

/// Each event as `what state images gone`.
fn events(data: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut each = |row: EventRow| {
        found.push(format!("{} {} {}-{}", row.node, row.event.unwrap_or_default(), row.images, row.gone));
        Ok(())
    };
    Index::read(data).unwrap().events(&Wanted::default(), &mut each).unwrap();
    found
}

/// Each node's images and bytes, as they are kept and as they are counted.
fn totals(data: &Path) -> [BTreeMap<String, (u64, u64)>; 2] {
    let index = Index::read(data).unwrap();
    let [mut kept, mut counted] = [BTreeMap::new(), BTreeMap::new()];
    kept.extend(index.totals().unwrap().into_iter().map(|total| (total.node, (total.images, total.bytes))));
    let mut each = |row: crate::index::ImageRow| {
        let count: &mut (u64, u64) = counted.entry(row.node).or_default();
        *count = (count.0 + 1, count.1 + row.size);
        Ok(())
    };
    index.images(&Wanted::default(), &mut each).unwrap();
    [kept, counted]
}

#[test]
fn a_deleted_image_is_in_neither_tree_nor_index_and_its_event_tells_that_it_was() {
    let folder = shelved();
    let mut shelf = open(folder.path());
    let doomed = deleting(&shelf, &[2, 3, 7, 10]);
    assert_eq!(doomed.len(), 4);
    shelf.amend(&doomed, DAY).unwrap();
    // Again, as after an answer that was lost.
    shelf.amend(&doomed, DAY).unwrap();
    drop(shelf);
    let all = everything(folder.path());
    assert_eq!(files(&all), ["jpeg 5", "jpeg 8"]);
    assert_eq!(events(folder.path()), ["Barn e1 2-2", "Barn e2 2-1", "Yard  2-1"]);
    let [kept, counted] = totals(folder.path());
    assert_eq!(kept, counted);
    let lines: Vec<&str> = all["records/2026-11-25.jsonl"].lines().collect();
    assert!(lines[0].starts_with(r#"{"kind":"deleted","number":2,"#) && lines.len() == 8, "{lines:#?}");
    assert!(all.values().all(|row| !row.starts_with("garbage") && !row.starts_with("shares")), "{all:#?}");
}

#[test]
fn a_pinned_event_keeps_what_belongs_to_it_and_what_comes_later() {
    let check = |pin: u64, expected: &[u64]| {
        let folder = shelved();
        let mut shelf = open(folder.path());
        let pins = [Amendment::Pinned(pinned(&shelf, pin))];
        shelf.amend(&pins, DAY).unwrap();
        shelf.amend(&pins, DAY).unwrap();
        let later = [
            image("Barn Door|jpg", &at("06:00:09")).of_event("e2", json!({"role": "after"})).record(11, b"jpeg 11"),
            image("Yard Gate|jpg", &at("07:00:01.5")).record(12, b"jpeg 12"),
        ];
        shelf.shelve(&later, &[]).unwrap();
        let kept = |shelf: &Shelf| {
            let mut kept: Vec<u64> = Vec::new();
            for total in shelf.index().totals().unwrap() {
                let all = shelf.index().oldest(total.view, (i64::MIN, 0), jiff::Timestamp::MAX, 99).unwrap();
                kept.extend(all.iter().filter(|image| image.pinned).map(|image| image.number));
            }
            kept.sort_unstable();
            kept
        };
        assert_eq!(kept(&shelf), expected, "{pin}");
        shelf.amend(&[Amendment::Unpinned(pinned(&shelf, pin))], DAY).unwrap();
        assert_eq!(kept(&shelf), [0; 0], "{pin}");
        let text = fs::read_to_string(folder.path().join("records/2026-11-25.jsonl")).unwrap();
        let kinds: Vec<&str> = text.lines().map(|line| line.split('"').nth(3).unwrap()).collect();
        assert_eq!(kinds, ["pinned", "pinned", "unpinned"]);
    };
    check(1, &[2, 3]);
    check(4, &[3, 5, 11]);
    check(6, &[7, 8, 12]);
    check(10, &[10]);
    let folder = shelved();
    let shelf = open(folder.path());
    assert_eq!((pinned(&shelf, 4).of, pinned(&shelf, 5).of), (What::Event, What::Image));
    assert_eq!((shelf.index().pinnable(9).unwrap(), shelf.index().pinnable(99).unwrap()), (None, None));
}

/// After which the power fails while images are deleted.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Crash {
    Lines,
    Sync,
    Commit,
    SomeFiles,
    Files,
    FilesThatCameBack,
    FilesSync,
}

const CRASHES: [Crash; 7] = [
    Crash::Lines,
    Crash::Sync,
    Crash::Commit,
    Crash::SomeFiles,
    Crash::Files,
    Crash::FilesThatCameBack,
    Crash::FilesSync,
];

/// Deletes images up to the crash.
fn delete_until(crash: Crash, data: &Path, numbers: &[u64]) {
    let mut shelf = open(data);
    let doomed = deleting(&shelf, numbers);
    let (lengths, synced) = shelf.write_amendments(&doomed, DAY).unwrap();
    if crash == Crash::Lines {
        // The file system has kept only a part of what was not synced, and puts noise after it.
        let path = shelf.texts.path(Text::Records, DAY);
        let bytes = fs::read(&path).unwrap();
        fs::write(&path, [&bytes[..], &[0; 300]].concat()).unwrap();
        return;
    }
    if crash == Crash::Sync {
        return;
    }
    shelf.commit_amendments(&doomed, lengths, synced).unwrap();
    let (first, _) = shelf.index.garbage().unwrap().first().cloned().unwrap_or_default();
    let body = fs::read(data.join(&first));
    match crash {
        Crash::Commit => return,
        Crash::SomeFiles => return drop(fs::remove_file(data.join(&first))),
        _ => {}
    }
    shelf.delete_garbage().unwrap();
    match (crash, body) {
        // The folder was not synced.
        (Crash::FilesThatCameBack, Ok(body)) => {
            fs::create_dir_all(data.join(&first).parent().unwrap()).unwrap();
            fs::write(data.join(&first), body).unwrap();
        }
        (Crash::FilesSync, _) => drop(shelf.store.sync().unwrap()),
        _ => {}
    }
}

#[test]
fn whenever_the_power_fails_what_was_to_go_goes_once_and_nothing_else() {
    let expected = {
        let folder = shelved();
        let mut shelf = open(folder.path());
        let doomed = deleting(&shelf, &[2, 3, 7, 10]);
        shelf.amend(&doomed, DAY).unwrap();
        drop(shelf);
        everything(folder.path())
    };
    for crash in CRASHES {
        for again in CRASHES {
            let folder = shelved();
            delete_until(crash, folder.path(), &[2, 3, 7, 10]);
            delete_until(again, folder.path(), &[2, 3, 7, 10]);
            let mut shelf = open(folder.path());
            // Whoever decides sees what is left.
            let doomed = deleting(&shelf, &[2, 3, 7, 10]);
            shelf.amend(&doomed, DAY).unwrap();
            shelf.shelve(&records(), &[]).unwrap();
            drop(shelf);
            assert_same(&everything(folder.path()), &expected, &format!("{crash:?}, then {again:?}"));
        }
    }
}

#[test]
fn a_name_that_has_become_free_can_be_given_again_at_any_moment() {
    let body = |data: &Path| fs::read(data.join("images/2026-11-20/Yard-Gate-2026-11-20T07.00.04.000000.jpg")).unwrap();
    let again = || [image("Yard Gate|jpg", &at("07:00:04")).record(11, b"same name")];
    for crash in CRASHES {
        let folder = shelved();
        delete_until(crash, folder.path(), &[10]);
        let mut shelf = open(folder.path());
        shelf.shelve(&again(), &[]).unwrap();
        assert_eq!(body(folder.path()), b"same name", "{crash:?}");
        drop(shelf);
        drop(open(folder.path()));
        assert_eq!(body(folder.path()), b"same name", "{crash:?}");
    }
    // Nobody crashed, and the file could be deleted but not forgotten.
    let folder = shelved();
    let mut shelf = open(folder.path());
    let doomed = deleting(&shelf, &[10]);
    let (lengths, synced) = shelf.write_amendments(&doomed, DAY).unwrap();
    shelf.commit_amendments(&doomed, lengths, synced).unwrap();
    shelf.delete_garbage().unwrap();
    shelf.shelve(&again(), &[]).unwrap();
    drop(shelf);
    drop(open(folder.path()));
    assert_eq!(body(folder.path()), b"same name");
}

#[test]
fn what_is_not_ours_stays_whatever_it_is_called() {
    let folder = shelved();
    let data = folder.path();
    let day = data.join("images/2026-11-20");
    let names = ["Yard-Gate-2026-11-20T07.00.01.000001.jpg", "notes.txt", ".hidden"];
    names.iter().for_each(|name| fs::write(day.join(name), b"mine").unwrap());
    // An image that somebody has replaced by something of their own, and one that is a folder now.
    let replaced = day.join("Yard-Gate-2026-11-20T07.00.01.000000.jpg");
    fs::write(&replaced, b"a picture that I have drawn on").unwrap();
    let folded = day.join("Yard-Gate-2026-11-20T07.00.02.000000.jpg");
    fs::remove_file(&folded).unwrap();
    fs::create_dir(&folded).unwrap();
    // One with a name in the directory from which it was taken over.
    let old = data.join("old.jpg");
    fs::hard_link(day.join("Yard-Gate-2026-11-20T07.00.04.000000.jpg"), &old).unwrap();
    let mut shelf = open(data);
    let doomed = deleting(&shelf, &[2, 3, 5, 7, 8, 10]);
    shelf.amend(&doomed, DAY).unwrap();
    assert_eq!(shelf.index().garbage().unwrap(), []);
    let mut left: Vec<_> =
        fs::read_dir(&day).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    left.sort();
    let mut expected = vec!["Yard-Gate-2026-11-20T07.00.01.000000.jpg", "Yard-Gate-2026-11-20T07.00.02.000000.jpg"];
    expected.extend(names);
    expected.sort_unstable();
    assert_eq!(left, expected);
    assert_eq!(fs::read(&old).unwrap(), b"jpeg 10");
}

#[test]
fn a_deletion_that_failed_is_done_again_and_its_lines_are_not_doubled() {
    let folder = shelved();
    let mut shelf = open(folder.path());
    let doomed = deleting(&shelf, &[2, 3]);
    let lock = Index::somebody_elses_lock(folder.path());
    shelf.amend(&doomed, DAY).unwrap_err();
    drop(lock);
    let day = folder.path().join("records/2026-11-25.jsonl");
    shelf.amend(&doomed, DAY).unwrap();
    assert_eq!(fs::read_to_string(day).unwrap().lines().count(), 2);
    assert_eq!(files(&everything(folder.path())).len(), 4);
}
