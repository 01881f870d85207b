//! What an import may say of the present. The rest of it is tested from outside, in `tests/it/import.rs`.

use picket_common::log::sim::SimDisk;
use picket_common::time::SimClock;
use picket_common::{jpeg, log};
use tempfile::TempDir;

use super::*;
use crate::entry::Entry;
use crate::index::Wanted;
use crate::sample::{self, event};

const NOW: &str = "2026-11-20T12:00:00Z";

/// An imagehub's directory with these log lines, and images of these names.
fn imagehub(lines: &[&str], images: &[&str]) -> TempDir {
    let folder = sample::folder();
    ["logs", "images"].iter().for_each(|name| fs::create_dir(folder.path().join(name)).unwrap());
    fs::write(folder.path().join("logs/imagehub.log"), lines.join("\n") + "\n").unwrap();
    for (shade, name) in images.iter().enumerate() {
        let bytes = jpeg::encode_gray(&[shade as u8; 64], 8, 8, 90).unwrap();
        fs::write(folder.path().join("images").join(name), bytes).unwrap();
    }
    folder
}

fn import(data: &Path, old: &TempDir) -> Report {
    let zone = TimeZone::UTC;
    let job = Job::new(data, old.path(), false, zone, NOW.parse().unwrap(), Progress::hidden()).unwrap();
    let options = log::Options { segment_bytes: 1 << 20, spare_segments: 1, max_bytes: u64::MAX, indexed: false };
    let clock = Arc::new(SimClock::new(NOW.parse().unwrap()));
    let mut running = Running::open(job, (SimDisk::new().life(), options), clock).unwrap();
    while running.journal(3).unwrap() > 0 {
        running.shelve().unwrap();
    }
    running.finish().unwrap()
}

/// The happenings, each as `START END WHAT STATE IMAGES`.
fn happenings(data: &Path, node: &str) -> Vec<String> {
    let mut rows = Vec::new();
    let wanted = Wanted { node: Some(node.to_owned()), ..Wanted::default() };
    let each = &mut |row: crate::index::EventRow| {
        let end = row.end.map_or("ongoing".to_owned(), |end| end.strftime("%F %T").to_string());
        let cut = if row.cut { " cut" } else { "" };
        rows.push(format!("{} - {end}{cut} {} {} {}", row.start.strftime("%F %T"), row.what, row.state, row.images));
        Ok(())
    };
    Index::read(data).unwrap().events(&wanted, each).unwrap();
    rows
}

/// The tables that tell of the present.
fn present(data: &Path) -> Vec<String> {
    let rows = Index::open(data).unwrap().dump();
    let present = ["states ", "latest ", "nodes ", "meta ", "digests "];
    rows.into_iter()
        .filter(|row| {
            present.iter().any(|name| row.starts_with(name))
                && !["reached", "\"data\""].iter().any(|key| row.contains(key))
        })
        .collect()
}

const OLD_DAY: [&str; 7] = [
    "2021-09-23 10:00:00,000 ~ Barn Door|motion|moving",
    "2021-09-23 10:00:30,000 ~ Barn Door|motion|still",
    "2021-09-23 10:01:00,000 ~ Barn|Temp|50 F",
    "2021-09-23 11:00:00,000 ~ Barn Door|motion|moving",
    "2021-09-23 11:00:05,000 ~ Barn Door|motion|moving",
    "2021-09-23 12:00:00,000 ~ Barn|Temp|51 F",
    "2021-09-23 12:00:01,000 ~ Shed|light|lighted",
];
const OLD_IMAGES: [&str; 2] = ["Barn-Door-2021-09-23T10.00.01.000000.jpg", "Barn-Door-2021-09-23T11.00.01.000000.jpg"];

#[test]
fn old_history_does_not_disturb_what_goes_on_now() {
    let newer: Vec<Entry> = vec![
        event("Barn|Restart|pi|RPi|10.0.0.7|1024|3", "2026-11-20T08:00:00Z"),
        event("Barn Door|motion|still", "2026-11-20T08:00:01Z"),
        sample::entry(picket_common::event::Kind::Reading, "Barn|Temp|70 F", "2026-11-20T08:00:02Z"),
        event("Barn Door|motion|moving", "2026-11-20T11:00:00Z"),
        sample::image("Barn Door|jpg", "2026-11-20T11:00:01Z").digest("d1"),
        event("Shed|Restart|pi|RPi|10.0.0.8|1024|3", "2026-11-20T08:00:00Z"),
    ];
    let data = sample::shelve(newer);
    let (before, now) = (present(data.path()), happenings(data.path(), "Barn"));
    let report = import(data.path(), &imagehub(&OLD_DAY, &OLD_IMAGES));
    assert_eq!(report.taken, Count { images: 2, lines: 7 });
    let after = present(data.path());
    // Only when each node was first heard is told better now.
    let firsts = |rows: &[String]| rows.iter().filter(|row| row.starts_with("nodes ")).count();
    let others = |rows: &[String]| rows.iter().filter(|row| !row.starts_with("nodes ")).cloned().collect::<Vec<_>>();
    assert_eq!((others(&after), firsts(&after)), (others(&before), firsts(&before)));
    let nodes = Index::read(data.path()).unwrap().nodes(&Wanted::default()).unwrap();
    let seen = |place: usize| (nodes[place].first_seen.to_string(), nodes[place].last_seen.to_string());
    assert_eq!(seen(0), ("2021-09-23T10:00:00Z".to_owned(), "2026-11-20T11:00:01Z".to_owned()));
    assert_eq!(nodes[0].restarted.unwrap().to_string(), "2026-11-20T08:00:00Z");
    let all = happenings(data.path(), "Barn");
    assert_eq!(all[all.len() - now.len()..], now);
    assert_eq!(
        all[..all.len() - now.len()],
        [
            "2021-09-23 10:00:00 - 2021-09-23 10:00:30 motion moving 1",
            "2021-09-23 10:01:00 - 2021-09-23 10:01:00 Temp 50 F 0",
            "2021-09-23 11:00:00 - 2021-09-23 12:00:00 cut motion moving 1",
            "2021-09-23 12:00:00 - 2021-09-23 12:00:00 Temp 51 F 0",
        ]
    );
    assert_eq!(happenings(data.path(), "Shed")[0], "2021-09-23 12:00:01 - 2021-09-23 12:00:01 cut light lighted 0");
}

#[test]
fn what_is_newer_of_a_view_says_nothing_of_the_node_as_a_whole() {
    let data = sample::shelve(vec![event("Barn Door|light|dark", "2026-11-20T08:00:01Z")]);
    import(data.path(), &imagehub(&["2021-09-23 12:00:01,000 ~ Barn|light|lighted"], &[]));
    assert_eq!(happenings(data.path(), "Barn")[0], "2021-09-23 12:00:01 - ongoing light lighted 0");
    let nodes = Index::read(data.path()).unwrap().nodes(&Wanted::default()).unwrap();
    let states = nodes[0].states.iter().map(|state| (state.view.as_deref(), state.state.as_str()));
    assert_eq!(states.collect::<Vec<_>>(), [(Some("Door"), "dark"), (None, "lighted")]);
}

#[test]
fn where_nothing_newer_is_known_the_old_log_tells_the_present_and_live_messages_go_on_from_it() {
    let data = sample::folder();
    import(data.path(), &imagehub(&OLD_DAY, &OLD_IMAGES));
    assert_eq!(happenings(data.path(), "Barn")[2], "2021-09-23 11:00:00 - ongoing motion moving 1");
    let (store, index) = (crate::store::Store::open(data.path()).unwrap(), Index::open(data.path()).unwrap());
    let still = event("Barn Door|motion|still", "2021-09-23T12:30:00Z").record(100, b"");
    crate::shelf::Shelf::open(store, index).unwrap().shelve(&[still], &[]).unwrap();
    assert_eq!(happenings(data.path(), "Barn")[2], "2021-09-23 11:00:00 - 2021-09-23 12:30:00 motion moving 1");
    let nodes = Index::read(data.path()).unwrap().nodes(&Wanted::default()).unwrap();
    let state = &nodes[0].states[0];
    assert_eq!((state.state.as_str(), state.before.as_deref()), ("still", Some("moving")));
}

#[test]
fn restarts_in_the_log_end_what_went_on_and_an_older_log_comes_before_a_newer_one() {
    let data = sample::folder();
    let newer = imagehub(&["2022-01-01 10:00:00,000 ~ Barn Door|motion|moving"], &[]);
    let older = imagehub(
        &[
            "2021-09-23 10:00:00,000 ~ Barn Door|motion|moving",
            "2021-09-23 10:05:00,000 ~ Barn|Restart|pi|RPi|10.0.0.7|1024|3",
            "2021-09-23 10:05:10,000 ~ Barn Door|motion|still",
        ],
        &[],
    );
    import(data.path(), &newer);
    import(data.path(), &older);
    assert_eq!(
        happenings(data.path(), "Barn"),
        [
            "2021-09-23 10:00:00 - 2021-09-23 10:05:00 cut motion moving 0",
            "2021-09-23 10:05:00 - 2021-09-23 10:05:00 Restart  0",
            "2021-09-23 10:05:10 - 2021-09-23 10:05:10 motion moving 0",
            "2022-01-01 10:00:00 - ongoing motion moving 0",
        ]
        .map(|row| row.replace("10:05:10 motion moving", "10:05:10 motion still"))
    );
}

#[test]
fn nodes_known_from_long_ago_only_are_not_missed() {
    let data = sample::folder();
    import(data.path(), &imagehub(&OLD_DAY, &[]));
    let heard = |since: &str| Index::read(data.path()).unwrap().heard_since(since.parse().unwrap()).unwrap();
    assert_eq!(heard("2026-10-20T12:00:00Z"), [""; 0]);
    assert_eq!(heard("2021-09-01T12:00:00Z"), ["Barn", "Shed"]);
}

#[test]
fn a_data_directory_that_is_not_there_yet_may_be_named_from_here() {
    // On the file system that the relative name is on.
    let here = tempfile::tempdir_in(".").unwrap();
    ["logs", "images"].iter().for_each(|name| fs::create_dir(here.path().join(name)).unwrap());
    let bytes = jpeg::encode_gray(&[7; 64], 8, 8, 90).unwrap();
    fs::write(here.path().join("images").join(OLD_IMAGES[0]), bytes).unwrap();
    let data = Path::new("a-data-directory-that-is-not-there");
    let job = Job::new(data, here.path(), false, TimeZone::UTC, NOW.parse().unwrap(), Progress::hidden()).unwrap();
    assert_eq!(job.dry_run().unwrap().taken.images, 1);
    assert!(!data.exists());
}
