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
    index.connection.pragma_update(None, "user_version", schema::VERSION + 1).unwrap();
    for opened in [Index::open(data.path()), Index::read(data.path())] {
        assert!(matches!(opened, Err(IndexError::Newer(_, newer)) if newer == schema::VERSION + 1));
    }
}

/// A message of the event `id` at the door: a start, an end, or which frames belong to it.
fn told(id: &str, phase: &str, time: &str, earlier: &[(&str, &str)]) -> Entry {
    let frame = |(time, role): &(&str, &str)| json!({"view": "Door", "at": at(time), "role": role});
    let earlier: Vec<_> = earlier.iter().map(frame).collect();
    let what = if phase == "update" { "frames" } else { "input" };
    let data = json!({"phase": phase, "what": what, "state": "active", "earlier": earlier});
    let view = if phase == "update" { "Door" } else { "pir" };
    event(&format!("Barn {view}|{what}|active"), &at(time)).of_event(id, data)
}

/// A frame of the door, sent under the event `id`, and shared by others.
fn frame(id: &str, role: &str, time: &str, also: &[(&str, &str)]) -> Entry {
    let also: Vec<_> = also.iter().map(|(event, role)| json!({"event": event, "role": role})).collect();
    image("Barn Door|jpg", &at(time)).of_event(id, json!({"role": role, "also": also}))
}

/// All orders of `count` things.
fn orders(count: usize) -> Vec<Vec<usize>> {
    (0..count).fold(vec![vec![]], |orders, next| {
        let put = |order: &Vec<usize>, place| [&order[..place], &[next], &order[place..]].concat();
        orders.iter().flat_map(|order| (0..=order.len()).map(move |place| put(order, place))).collect()
    })
}

#[test]
fn frames_that_events_share_count_for_each_in_whatever_order_the_messages_come() {
    let story = || {
        vec![
            told("e1", "start", "06:00:01", &[]),
            frame("e1", "trigger", "06:00:01", &[]),
            frame("e1", "during", "06:00:02", &[("e2", "trigger")]),
            told("e2", "start", "06:00:02", &[]),
            told("e2", "update", "06:00:02", &[("06:00:01", "before")]),
        ]
    };
    for order in orders(5) {
        let mut story: Vec<_> = story().into_iter().map(Some).collect();
        let entries: Vec<Entry> = order.iter().map(|place| story[*place].take().unwrap()).collect();
        let data = shelve(entries);
        let mut found = Vec::new();
        let mut each = |row: EventRow| {
            let best = row.best.unwrap_or_default().replace(".000000.jpg", "");
            found.push(format!("{} {} {} {}", row.event.unwrap(), row.what, row.images, &best[best.len() - 2..]));
            Ok(())
        };
        let index = Index::read(data.path()).unwrap();
        index.events(&Wanted::default(), &mut each).unwrap();
        assert_eq!(found, ["e1 input 2 01", "e2 input 2 02"], "{order:?}");
        let mut also = Vec::new();
        let mut each = |row: ImageRow| {
            also.push(row.also);
            Ok(())
        };
        index.images(&Wanted::default(), &mut each).unwrap();
        let expected = [json!([{"event": "e2", "role": "before"}]), json!([{"event": "e2", "role": "trigger"}])];
        assert_eq!(also, expected, "{order:?}");
    }
}

#[test]
fn what_is_told_twice_or_of_a_frame_that_never_comes_counts_for_nothing() {
    let check = |entries: Vec<Entry>, images: &[u64]| {
        let data = shelve(entries);
        let counts: Vec<_> = happenings(&data, &Wanted::default())
            .iter()
            .map(|row| row.rsplit(' ').next().unwrap().parse::<u64>().unwrap())
            .collect();
        assert_eq!(counts, images);
    };
    let start = || told("e1", "start", "06:00:01", &[]);
    let other = || frame("e2", "during", "06:00:00", &[("e1", "before")]);
    let tell = || told("e1", "update", "06:00:01", &[("06:00:00", "before")]);
    check(vec![start(), other(), tell(), tell()], &[1]);
    check(vec![start(), tell(), tell(), other()], &[1]);
    check(vec![tell(), tell(), other(), start()], &[1]);
    check(vec![start(), tell()], &[0]);
    // Only frames are told: there is no event to list.
    check(vec![tell(), other()], &[]);
    // A frame of its own is counted once; the same time at another node is another frame.
    check(vec![start(), frame("e1", "before", "06:00:00", &[("e1", "before")]), tell()], &[1]);
    let elsewhere = image("Yard Door|jpg", &at("06:00:00")).of_event("y", json!({"role": "during"}));
    check(vec![start(), elsewhere, tell()], &[0]);
    // Sent under no event at all.
    check(vec![start(), image("Barn Door|jpg", &at("06:00:00")).with(json!({"role": "sample"})), tell()], &[1]);
}

#[test]
fn an_index_of_the_first_version_is_brought_up_to_date_when_a_hub_opens_it() {
    let data = crate::sample::folder();
    let old = sql::Connection::open(data.path().join(FILE)).unwrap();
    schema::prepare_old(&old, 1);
    let rows = "INSERT INTO views VALUES (1, 'Barn', 'Door');
        INSERT INTO images VALUES (1, 7, 7, 1, 'trigger', 'e1', 8, 8, 4, 'c', 'f.jpg', 'Barn Door|jpg');
        INSERT INTO events VALUES (2, 7, NULL, 0, 1, 'motion', '', 'moving', 'e1', 0.5, NULL, NULL, NULL, 1, 1, 't');";
    old.execute_batch(rows).unwrap();
    drop(old);
    let error = Index::read(data.path()).err().unwrap();
    assert!(matches!(error, IndexError::Older(_, 1)) && error.to_string().contains("picket-hub run"), "{error}");
    for _ in 0..2 {
        Index::open(data.path()).unwrap();
        assert_eq!(happenings(&data, &Wanted::default()), ["00:00:00  moving 1"]);
        let index = Index::read(data.path()).unwrap();
        assert!(index.dump().iter().all(|row| !row.starts_with("shares")));
        let [Total { node, images: 1, bytes: 4, .. }] = &index.totals().unwrap()[..] else { panic!("not summed") };
        assert_eq!(node, "Barn");
    }
}

#[test]
fn an_update_that_is_cut_short_has_changed_nothing_and_is_done_again() {
    let data = crate::sample::folder();
    let old = sql::Connection::open(data.path().join(FILE)).unwrap();
    schema::prepare_old(&old, 4);
    // In the way of the last table that it makes.
    old.execute_batch("CREATE TABLE health (in_the_way)").unwrap();
    Index::open(data.path()).err().expect("it cannot be done");
    let tables = "SELECT count(*) FROM sqlite_schema WHERE name IN ('days', 'reviewed', 'changes')";
    let found = |sql| old.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!((found(tables), found("PRAGMA user_version")), (0, 4));
    old.execute_batch("DROP TABLE health").unwrap();
    Index::open(data.path()).unwrap();
    assert_eq!((found(tables), found("PRAGMA user_version")), (3, schema::VERSION));
}

#[test]
fn the_images_of_one_event_are_found_without_reading_all() {
    let data = shelve(vec![]);
    let index = Index::read(data.path()).unwrap();
    let sql = "EXPLAIN QUERY PLAN SELECT count(*) FROM event_images WHERE event = 'e'";
    let mut statement = index.connection.prepare(sql).unwrap();
    let plan: Vec<String> = statement.query_map([], |row| row.get(3)).unwrap().map(Result::unwrap).collect();
    let reads: Vec<_> = plan.iter().filter(|step| step.contains("images") || step.contains("shares")).collect();
    assert!(reads.iter().filter(|step| step.starts_with("SEARCH")).count() == 3, "{plan:#?}");
}
