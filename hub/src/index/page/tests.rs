use serde_json::json;
use tempfile::TempDir;

use super::*;
use crate::entry::Entry;
use crate::line::amendment::{Amendment, Pinned, Reviewed, What};
use crate::sample::{event, image, shelve};
use crate::text::Lengths;

fn at(time: &str) -> String {
    format!("2026-11-{time}:00Z")
}

fn told(id: &str, text: &str, phase: &str, time: &str) -> Entry {
    let (what, state) = text.split_once('|').unwrap().1.split_once('|').unwrap();
    let data = json!({"phase": phase, "what": what, "state": state});
    event(text, &at(time)).of_event(id, data)
}

/// Numbered from 1. The gate of the yard is open for days.
fn data() -> TempDir {
    let data = shelve(vec![
        told("g", "Yard Gate|gate|open", "start", "17T08:00"),
        told("a", "Barn Door|motion|moving", "start", "20T05:30"),
        told("b", "Barn Door|light|lighted", "start", "20T12:00"),
        told("c", "Yard Gate|motion|moving", "start", "20T23:15"),
        told("d", "Barn Door|motion|moving", "start", "21T02:00"),
        told("d", "Barn Door|motion|still", "end", "21T02:10"),
        told("e", "Barn pir|input|active", "start", "21T12:00"),
        image("Barn Door|jpg", &at("21T02:01")).of_event("d", json!({"role": "trigger"})),
        image("Barn Door|jpg", &at("21T02:02")).of_event("d", json!({"role": "best"})),
        image("Yard Gate|jpg", &at("21T02:02")).of_event("c", json!({"role": "trigger"})),
    ]);
    let mut index = Index::open(data.path()).unwrap();
    let now = Timestamp::UNIX_EPOCH;
    let (node, view, id) = ("Barn".to_owned(), Some("Door".to_owned()), Some("b".to_owned()));
    let pinned = Pinned { number: 3, at: now, of: What::Event, node, view, event: id };
    let reviewed =
        |number, user: Option<&str>| Amendment::Reviewed(Reviewed { number, at: now, user: user.map(str::to_owned) });
    let amendments = [Amendment::Pinned(pinned), reviewed(5, None), reviewed(2, Some("ann"))];
    index.amend(&amendments, &Lengths::new()).unwrap();
    data
}

#[test]
fn a_hub_that_has_heard_of_nothing_has_no_events_whatever_is_asked() {
    let data = crate::sample::folder();
    drop(Index::open(data.path()).unwrap());
    let since = Some(Timestamp::UNIX_EPOCH);
    let kind = Some("motion".to_owned());
    for common in [Sought { since, ..Sought::default() }, Sought { since, kind, ..Sought::default() }] {
        assert_eq!(numbers(&data, &SoughtEvents { common, ..SoughtEvents::default() }), [] as [u64; 0]);
    }
}

fn numbers(data: &TempDir, sought: &SoughtEvents) -> Vec<u64> {
    let index = Index::read(data.path()).unwrap();
    let page = index.page_of_events(sought, None, 50).unwrap();
    assert_eq!(page.next, None, "{sought:?}");
    page.rows.iter().map(|row| row.event.number).collect()
}

#[test]
fn events_are_told_apart_by_everything() {
    let data = data();
    let check = |sought: SoughtEvents, expected: &[u64]| assert_eq!(numbers(&data, &sought), expected, "{sought:?}");
    let all = SoughtEvents::default;
    let common = |common: Sought| SoughtEvents { common, ..SoughtEvents::default() };
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let time = |time: &str| Some(at(time).parse().unwrap());
    let times = |from: &str, to: &str, zone: &str| {
        Some((from.parse().unwrap(), to.parse().unwrap(), TimeZone::get(zone).unwrap()))
    };
    check(all(), &[7, 5, 4, 3, 2, 1]);
    check(common(Sought { nodes: words(&["barn"]), ..Sought::default() }), &[7, 5, 3, 2]);
    check(
        common(Sought { nodes: words(&["barn", "YARD"]), views: words(&["door", "gate"]), ..Sought::default() }),
        &[5, 4, 3, 2, 1],
    );
    check(common(Sought { nodes: words(&["nobody"]), ..Sought::default() }), &[]);
    let nobody = Sought { nodes: words(&["nobody"]), since: time("21T02:05"), ..Sought::default() };
    check(common(Sought { kind: Some("motion".into()), ..nobody.clone() }), &[]);
    check(SoughtEvents { state: Some("moving".into()), ..common(nobody) }, &[]);
    check(common(Sought { kind: Some("Motion".into()), ..Sought::default() }), &[5, 4, 2]);
    check(common(Sought { kind: Some("motion".into()), nodes: words(&["Yard"]), ..Sought::default() }), &[4]);
    check(SoughtEvents { state: Some("Moving".into()), ..all() }, &[5, 4, 2]);
    let labelled = |view: &str, state: &str| Some(vec![("Barn".to_owned(), Some(view.to_owned()), state.to_owned())]);
    check(SoughtEvents { labelled: labelled("Door", "moving"), ..all() }, &[5, 2]);
    check(SoughtEvents { labelled: labelled("Door", "moving"), state: Some("lighted".into()), ..all() }, &[]);
    check(SoughtEvents { labelled: Some(vec![]), ..all() }, &[]);
    // What went on at the time is among them, however long ago it began.
    check(common(Sought { since: time("21T02:05"), ..Sought::default() }), &[7, 5, 4, 3, 2, 1]);
    check(
        common(Sought {
            since: time("20T12:00"),
            until: time("21T02:00"),
            kind: Some("motion".into()),
            ..Sought::default()
        }),
        &[4, 2],
    );
    check(common(Sought { since: time("22T00:00"), nodes: words(&["Yard"]), ..Sought::default() }), &[4, 1]);
    check(SoughtEvents { times: times("22:00", "06:00", "UTC"), ..all() }, &[5, 4, 2]);
    check(SoughtEvents { times: times("22:00", "00:00", "UTC"), ..all() }, &[4]);
    check(SoughtEvents { times: times("12:00", "12:01", "UTC"), ..all() }, &[7, 3]);
    check(SoughtEvents { times: times("13:00", "13:01", "Europe/Berlin"), ..all() }, &[7, 3]);
    check(SoughtEvents { times: times("16:00", "17:00", "UTC"), ..all() }, &[]);
    check(SoughtEvents { reviewed: Some(true), ..all() }, &[5]);
    check(SoughtEvents { reviewed: Some(false), ..all() }, &[7, 4, 3, 2, 1]);
    check(SoughtEvents { reviewed: Some(true), user: Some("ann".into()), ..all() }, &[2]);
    check(SoughtEvents { pinned: Some(true), ..all() }, &[3]);
    check(SoughtEvents { pinned: Some(false), ..all() }, &[7, 5, 4, 2, 1]);
    check(SoughtEvents { pinned: Some(true), reviewed: Some(true), ..all() }, &[]);
}

#[test]
fn pages_follow_one_another_without_gap_and_without_repetition() {
    let entry = |n: usize| told(&format!("e{n}"), "Barn Door|motion|moving", "start", &format!("20T00:{:02}", n / 7));
    let data = shelve((0..60).map(entry).collect());
    let index = Index::read(data.path()).unwrap();
    for limit in [1, 7, 59, 60, 500] {
        let (mut found, mut cursor) = (Vec::new(), None);
        loop {
            let page = index.page_of_events(&SoughtEvents::default(), cursor, limit).unwrap();
            assert!(page.rows.len() <= limit && (page.next.is_none() || page.rows.len() == limit));
            found.extend(page.rows.iter().map(|row| row.event.number));
            let Some(next) = page.next else { break };
            let again: Cursor = next.to_string().parse().unwrap();
            assert_eq!(again, next);
            cursor = Some(again);
        }
        assert_eq!(found, (1..=60).rev().collect::<Vec<u64>>(), "{limit}");
    }
    for garbage in ["", "1", "x.y", "1.2.3", "99999999999999999999.1"] {
        assert!(garbage.parse::<Cursor>().is_err(), "{garbage}");
    }
}

#[test]
fn images_are_found_by_event_view_and_role() {
    let data = data();
    let index = Index::read(data.path()).unwrap();
    let check = |sought: Sought, event: Option<&str>, expected: &[u64]| {
        let page = index.page_of_images(&sought, event, None, 50).unwrap();
        assert_eq!(page.rows.iter().map(|row| row.number).collect::<Vec<_>>(), expected, "{sought:?} {event:?}");
    };
    let all = Sought::default;
    check(all(), None, &[10, 9, 8]);
    check(all(), Some("d"), &[9, 8]);
    check(Sought { kind: Some("trigger".into()), ..all() }, None, &[10, 8]);
    check(Sought { views: vec!["gate".into()], ..all() }, None, &[10]);
    check(Sought { since: Some(at("21T02:02").parse().unwrap()), ..all() }, Some("d"), &[9]);
    check(Sought { until: Some(at("21T02:02").parse().unwrap()), ..all() }, None, &[8]);
    let oldest = |limit, cursor| index.images_of_event(5, &Sight::everything(), cursor, limit).unwrap().unwrap();
    let first = oldest(1, None);
    assert_eq!((first.rows[0].number, first.next.is_some()), (8, true));
    let second = oldest(1, first.next);
    assert_eq!((second.rows[0].number, second.next), (9, None));
    assert!(index.images_of_event(8, &Sight::everything(), None, 1).unwrap().is_none(), "an image is no event");
}

#[test]
fn an_event_has_its_best_image_and_what_others_saw_then() {
    let data = data();
    let index = Index::read(data.path()).unwrap();
    let event = |number, user| index.event(number, user, &Sight::everything()).unwrap().unwrap();
    assert_eq!(
        (event(5, None).best_image, event(5, None).reviewed, event(5, Some("ann")).reviewed),
        (Some(9), true, false)
    );
    assert_eq!(event(4, None).best_image, Some(10));
    assert_eq!(event(7, None).best_image, None);
    assert_eq!(index.neighbours(5).unwrap(), [], "two minutes are too far");
    let near = shelve(vec![
        event_at("Barn Door|motion|moving", "20T12:00"),
        image("Yard Gate|jpg", "2026-11-20T11:59:30Z"),
        image("Yard Gate|jpg", "2026-11-20T12:00:20Z"),
        image("Yard Lane|jpg", "2026-11-20T11:58:59Z"),
        image("Barn Door|jpg", "2026-11-20T12:00:01Z"),
    ]);
    let index = Index::read(near.path()).unwrap();
    let seen: Vec<_> = index.neighbours(1).unwrap().into_iter().map(|seen| (seen.view.unwrap(), seen.image)).collect();
    assert_eq!(seen, [("Gate".to_owned(), 3)]);
    assert_eq!(index.event(1, None, &Sight::everything()).unwrap().unwrap().best_image, Some(5), "an old sender's");
}

#[test]
fn an_image_belongs_to_the_events_that_have_it() {
    let taken = |text: &str, time: &str, events: &str| match events {
        "" => image(text, &at(time)),
        events => image(text, &at(time)).of_event(events, json!({"role": "during"})),
    };
    let data = shelve(vec![
        told("same", "Barn Door|motion|moving", "start", "20T05:00"),
        told("same", "Yard Gate|motion|moving", "start", "20T05:00"),
        told("other", "Barn Door|light|lighted", "start", "20T05:01"),
        taken("Barn Door|jpg", "20T05:01", "same"),
        taken("Yard Gate|jpg", "20T05:01", "same"),
        taken("Barn Door|jpg", "20T05:02", "other"),
        // Old senders', told by the time: one that is over, and one that goes on.
        event_at("Shed Door|motion|moving", "20T08:00"),
        event_at("Shed Door|motion|still", "20T08:05"),
        event_at("Shed Door|motion|moving", "20T09:00"),
        taken("Shed Door|jpg", "20T07:59", ""),
        taken("Shed Door|jpg", "20T08:04", ""),
        taken("Shed Door|jpg", "20T08:30", ""),
        taken("Shed Door|jpg", "20T09:30", ""),
        taken("Shed Door|jpg", "24T09:30", ""),
        event_at("Mill Gate|gate|open", "10T06:00"),
        event_at("Mill Gate|gate|closed", "13T06:00"),
        taken("Mill Gate|jpg", "12T06:00", ""),
        taken("Mill Gate|jpg", "13T06:01", ""),
    ]);
    let index = Index::read(data.path()).unwrap();
    let check = |image: u64, expected: &[u64]| {
        assert_eq!(index.events_of_image(image).unwrap(), expected, "{image}");
        for event in [1, 2, 3, 7, 9, 15] {
            let images = index.images_of_event(event, &Sight::everything(), None, 50).unwrap().unwrap();
            let has = images.rows.iter().any(|row| row.number == image);
            assert_eq!(has, expected.contains(&event), "{event} {image}");
        }
    };
    check(4, &[1]);
    check(5, &[2]);
    check(6, &[3]);
    check(10, &[]);
    check(11, &[7]);
    check(12, &[]);
    check(13, &[9]);
    check(14, &[9]);
    check(17, &[15]);
    check(18, &[]);
}

fn event_at(text: &str, time: &str) -> Entry {
    event(text, &at(time))
}

#[test]
fn whoever_looks_for_what_is_rare_gets_a_bounded_answer_and_a_place_to_go_on() {
    let data = shelve(vec![]);
    let index = Index::open(data.path()).unwrap();
    let rows = "INSERT INTO views VALUES (1, 'Barn', 'Door');
        WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 50000)
        INSERT INTO events SELECT i, i * 60000000000, i * 60000000000, 0, 1, 'motion', '', 'moving', NULL, NULL, NULL, NULL, NULL, 0, NULL, 't', 0 FROM n;
        INSERT INTO reviewed VALUES (7, '')";
    index.connection.execute_batch(rows).unwrap();
    let ask = |sought: &SoughtEvents| {
        let (mut cursor, mut found, mut requests) = (None, Vec::new(), 0);
        loop {
            let page = index.page_of_events(sought, cursor, 50).unwrap();
            found.extend(page.rows.iter().map(|row| row.event.number));
            requests += 1;
            cursor = page.next;
            if cursor.is_none() {
                return (found, requests);
            }
        }
    };
    // On a slow machine they are more.
    let (found, requests) = ask(&SoughtEvents { reviewed: Some(true), ..SoughtEvents::default() });
    assert!(found == [7] && 5 <= requests, "{found:?} {requests}");
    // Of each day only one minute is wanted: the others are leapt over.
    let minute = (Time::constant(3, 0, 0, 0), Time::constant(3, 1, 0, 0), TimeZone::UTC);
    let (found, requests) = ask(&SoughtEvents { times: Some(minute), ..SoughtEvents::default() });
    assert!(found.len() == 35 && requests < 35, "{found:?} {requests}");
}

#[test]
fn every_list_walks_indexes_in_the_order_of_time() {
    let data = data();
    let index = Index::read(data.path()).unwrap();
    let check = |what: &str, (parts, texts): (Vec<Part>, Vec<String>), sorted: bool| {
        assert!(!parts.is_empty(), "{what}");
        for Part { select, time } in parts {
            let sql = format!(
                "EXPLAIN QUERY PLAN {select} AND {time} <= 9 AND ({time} < 9 OR number < 9) ORDER BY 2 DESC, 1 DESC"
            );
            let mut statement = index.connection.prepare(&sql).unwrap();
            let rows = statement.query_map(super::super::sql::params_from_iter(&texts), |row| row.get(3));
            let plan: Vec<String> = rows.unwrap().map(Result::unwrap).collect();
            let walked = plan.first().is_some_and(|step| step.starts_with("SEARCH") && step.contains(" USING "));
            let sorts = plan.iter().any(|step| step.contains("TEMP B-TREE FOR ORDER"));
            assert!(walked && sorts == sorted, "{what}: {select}: {plan:#?}");
        }
    };
    let views = index.views().unwrap();
    let barn = Sought { nodes: vec!["Barn".into()], ..Sought::default() };
    let kind = |common: &Sought| Sought { kind: Some("motion".into()), ..common.clone() };
    for common in [Sought::default(), barn.clone(), kind(&Sought::default()), kind(&barn)] {
        let chosen = choose(&views, &common);
        check("images", image_parts(&common, None, &chosen), false);
        for state in [None, Some("moving".to_owned())] {
            let sought = SoughtEvents { common: common.clone(), state, ..SoughtEvents::default() };
            let states = states(&views, &chosen, &sought);
            check("events", event_parts(&sought, &chosen, states.as_ref()), false);
        }
    }
}
