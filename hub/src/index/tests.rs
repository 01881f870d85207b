use serde_json::json;
use tempfile::TempDir;

use super::*;
use crate::entry::Entry;
use crate::sample::{event, image, shelve};

fn at(time: &str) -> String {
    format!("2026-11-20T{time}Z")
}

/// Each happening as `start end state images`, the end empty while it goes on.
fn happenings(data: &TempDir, wanted: &Wanted) -> Vec<String> {
    let mut found = Vec::new();
    let clock = |time: Timestamp| time.strftime("%H:%M:%S").to_string();
    let mut each = |row: EventRow| {
        let end = row.end.map(clock).unwrap_or_default();
        found.push(format!("{} {end} {} {}", clock(row.start), row.state, row.images));
        Ok(())
    };
    Index::read(data.path()).unwrap().events(wanted, &mut each).unwrap();
    found
}

#[test]
fn an_old_senders_states_become_happenings() {
    let check = |messages: &[(&str, &str)], expected: &[&str]| {
        let entry = |(time, text): &(&str, &str)| match *text {
            "jpg" => image("Barn Door|jpg", &at(time)),
            text => event(&format!("Barn Door|{text}"), &at(time)),
        };
        let data = shelve(messages.iter().map(entry).collect());
        assert_eq!(happenings(&data, &Wanted::default()), expected, "{messages:?}");
    };
    let (moving, still, restart) = ("motion|moving", "motion|still", "Restart|pi");
    check(&[("06:00:00", moving), ("06:00:09", still)], &["06:00:00 06:00:09 moving 0"]);
    check(&[("06:00:00", moving), ("06:00:01", "jpg"), ("06:00:02", "jpg")], &["06:00:00  moving 2"]);
    check(&[("06:00:00", moving), ("06:00:05", moving), ("06:00:09", still)], &["06:00:00 06:00:09 moving 0"]);
    check(
        &[("06:00:00", moving), ("06:00:09", still), ("06:00:10", still), ("06:00:11", "jpg")],
        &["06:00:00 06:00:09 moving 0", "06:00:10 06:00:10 still 0"],
    );
    check(&[("06:00:00", still)], &["06:00:00 06:00:00 still 0"]);
    // What a restart ends stays ended; what begins after it does not concern it.
    check(
        &[("06:00:00", moving), ("06:01:00", restart), ("06:02:00", moving)],
        &["06:00:00 06:01:00 moving 0", "06:01:00 06:01:00  0", "06:02:00  moving 0"],
    );
    // Each detector and each kind has its own.
    check(
        &[("06:00:00", "motion|moving|road"), ("06:00:01", "motion|moving|path"), ("06:00:02", "motion|still|road")],
        &["06:00:00 06:00:02 moving 0", "06:00:01  moving 0"],
    );
    check(
        &[("06:00:00", "light|lighted"), ("06:00:01", moving), ("06:00:02", still)],
        &["06:00:00  lighted 0", "06:00:01 06:00:02 moving 0"],
    );
    // The hub's clock was set back in between.
    check(&[("06:00:00", moving), ("05:00:00", still)], &["06:00:00 06:00:00 moving 0"]);
}

#[test]
fn what_was_spooled_before_a_restart_ends_with_it_at_the_latest() {
    let motion = |phase: &str, time: &str| {
        let state = if phase == "end" { "still" } else { "moving" };
        let data = json!({"phase": phase, "what": "motion", "state": state});
        event("Barn Door|motion", &at(time)).of_event("e1", data).received(&at("07:00:00"))
    };
    let restart = || event("Barn|Restart|pi", &at("06:30:00"));
    let check = |entries: Vec<Entry>, expected: &str| {
        let found = happenings(&shelve(entries), &Wanted { kind: Some("motion".into()), ..Wanted::default() });
        assert_eq!(found, [expected]);
    };
    check(vec![restart(), motion("start", "06:00:00")], "06:00:00 06:30:00 moving 0");
    check(vec![restart(), motion("start", "06:00:00"), motion("end", "06:10:00")], "06:00:00 06:10:00 moving 0");
    check(vec![motion("start", "06:00:00"), restart(), motion("end", "06:10:00")], "06:00:00 06:10:00 moving 0");
    check(vec![restart(), motion("start", "06:40:00")], "06:40:00  moving 0");
    // An image may come before its event's first message.
    let early = image("Barn Door|jpg", &at("06:40:00")).of_event("e1", json!({"role": "trigger"}));
    check(vec![early.clone(), motion("start", "06:40:00")], "06:40:00  moving 1");
    check(vec![motion("start", "06:40:00"), early], "06:40:00  moving 1");
}

#[test]
fn one_id_at_two_nodes_is_two_events() {
    let start = json!({"phase": "start", "what": "motion", "state": "moving"});
    let entry = |node: &str, time: &str| event(&format!("{node} x|motion"), &at(time)).of_event("e1", start.clone());
    let data = shelve(vec![entry("Barn", "06:00:00"), entry("Yard", "06:00:01")]);
    assert_eq!(happenings(&data, &Wanted::default()), ["06:00:00  moving 0", "06:00:01  moving 0"]);
}

#[test]
fn what_went_on_at_a_time_is_found_however_long_ago_it_began() {
    let day = |day: u32, state: &str| event(&format!("Barn Gate|gate|{state}"), &format!("2026-11-{day:02}T06:00:00Z"));
    let data = shelve(vec![day(1, "open"), day(9, "closed"), day(9, "open")]);
    let check = |since: &str, expected: usize| {
        let since = Some(since.parse().unwrap());
        for node in [None, Some("barn".to_owned())] {
            let wanted = Wanted { since, node, ..Wanted::default() };
            assert_eq!(happenings(&data, &wanted).len(), expected, "{wanted:?}");
        }
    };
    check("2026-11-01T00:00:00Z", 2);
    check("2026-11-05T00:00:00Z", 2);
    check("2026-11-09T06:00:00Z", 1);
    check("2026-11-30T00:00:00Z", 1);
}

#[test]
fn marks_and_digests_are_what_was_accepted_last() {
    let entry = |seq: u64| image("Barn Door|jpg", &format!("2026-11-20T06:00:{seq:02}Z")).numbered(7, seq);
    let old = |digest: &str, time: &str| image("Old Yard|jpg", &at(time)).digest(digest);
    let data = shelve(vec![entry(1), entry(5), old("d1", "07:00:00"), entry(3), old("d2", "07:00:01")]);
    let index = Index::read(data.path()).unwrap();
    assert_eq!(index.mark(StreamId(7)).unwrap(), Some(5));
    assert_eq!(index.mark(StreamId(8)).unwrap(), None);
    assert_eq!(index.digests().unwrap(), [("Old Yard|jpg".to_owned(), "d2".to_owned())]);
    assert_eq!((index.reached().unwrap(), index.rejected().unwrap()), (5, 0));
}

#[test]
fn an_index_of_a_newer_version_is_left_alone() {
    let data = shelve(vec![]);
    let index = Index::open(data.path()).unwrap();
    index.connection.pragma_update(None, "user_version", 2).unwrap();
    for opened in [Index::open(data.path()), Index::read(data.path())] {
        assert!(matches!(opened, Err(IndexError::Newer(_, 2))));
    }
}
