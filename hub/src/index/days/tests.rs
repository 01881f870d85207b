use super::super::{FILE, Index};
use super::*;
use crate::line::amendment::{Amendment, Deleted, Reviewed};
use crate::retention::Rule;
use crate::sample::{event, folder, image, shelve};
use crate::text::Lengths;

/// Each day as `day view events images`.
fn days(index: &Index) -> Vec<String> {
    let lines = index.dump().into_iter();
    lines.filter_map(|line| line.strip_prefix("days ").map(str::to_owned)).collect()
}

fn deleted(number: u64) -> Amendment {
    let (at, rule, file) = (Timestamp::UNIX_EPOCH, Rule::Person, "images/x.jpg".to_owned());
    Amendment::Deleted(Deleted { number, at, rule, node: "Barn".into(), view: None, file, size: 4, user: None })
}

#[test]
fn what_comes_and_goes_is_counted_as_if_all_were_counted_anew() {
    let start = serde_json::json!({"phase": "start", "what": "motion", "state": "moving"});
    let late = |time: &str| event("Barn Door|motion|moving", time).of_event("e1", start.clone());
    let data = shelve(vec![
        image("Barn Door|jpg", "2026-11-20T12:00:00Z"),
        image("Barn Door|jpg", "2026-11-20T12:00:01Z"),
        image("Barn Door|jpg", "2026-11-21T12:00:00Z"),
        image("Yard Gate|jpg", "2026-11-20T12:00:00Z"),
        late("2026-11-21T00:00:01Z"),
        // It turns out to have begun before midnight.
        late("2026-11-20T23:59:59Z"),
        event("Barn Door|motion|moving", "2026-11-21T12:00:00Z"),
    ]);
    let mut index = Index::open(data.path()).unwrap();
    let kept = days(&index);
    assert_eq!(kept.len(), 3, "{kept:?}");
    let check = |index: &mut Index| {
        let kept = days(index);
        let zone = index.zone.clone();
        let transaction = index.connection.transaction().unwrap();
        recount(&transaction, &zone).unwrap();
        transaction.commit().unwrap();
        assert_eq!(days(index), kept);
    };
    check(&mut index);
    for number in [1, 4, 4] {
        index.amend(&[deleted(number)], &Lengths::new()).unwrap();
        check(&mut index);
    }
    assert_eq!(days(&index).len(), 2, "a day without anything is none");
}

#[test]
fn an_event_that_moves_to_another_day_takes_with_it_who_has_reviewed_it() {
    let start = serde_json::json!({"phase": "start", "what": "motion", "state": "moving"});
    let told = |time: &str| event("Barn Door|motion|moving", time).of_event("e1", start.clone());
    let data = shelve(vec![told("2026-11-21T12:00:00Z")]);
    let (store, mut index) = (crate::store::Store::open(data.path()).unwrap(), Index::open(data.path()).unwrap());
    let reviewed =
        |user: Option<&str>| Reviewed { number: 1, at: Timestamp::UNIX_EPOCH, user: user.map(str::to_owned) };
    let both = [Amendment::Reviewed(reviewed(None)), Amendment::Reviewed(reviewed(Some("ann")))];
    index.amend(&both, &Lengths::new()).unwrap();
    index.amend(&both, &Lengths::new()).unwrap();
    let mut shelf = crate::shelf::Shelf::open(store, index).unwrap();
    shelf.shelve(&[told("2026-11-19T12:00:00Z").record(2, b"")], &[]).unwrap();
    let left = |index: &Index| index.dump().into_iter().filter(|row| row.starts_with("reviewed_days")).count();
    let lines = shelf.index().dump();
    let of = |user: &str| format!("reviewed_days [Text({user:?}), Text(\"2026-11-19\"), Integer(1), Integer(1)]");
    assert!(lines.contains(&of("")) && lines.contains(&of("ann")) && left(shelf.index()) == 2, "{lines:#?}");
    drop(shelf);
    let mut index = Index::open(data.path()).unwrap();
    index.amend(&[Amendment::Unreviewed(reviewed(Some("ann")))], &Lengths::new()).unwrap();
    assert_eq!(left(&index), 1);
}

#[test]
fn a_day_is_the_hubs_and_is_counted_anew_where_the_hub_has_moved() {
    let folder = folder();
    let path = folder.path().join(FILE);
    let check = |zone: &str, expected: &str| {
        let index = Index::make_in(&path, TimeZone::get(zone).unwrap()).unwrap();
        assert_eq!(days(&index).first().map(String::as_str), Some(expected), "{zone}");
    };
    let index = Index::make_in(&path, TimeZone::UTC).unwrap();
    let row = "INSERT INTO views VALUES (1, 'Barn', 'Door'); DELETE FROM meta WHERE key = 'zone';
        INSERT INTO images VALUES (1, 1795217400000000000, 7, 1, NULL, NULL, 8, 8, 4, 'c', 'f.jpg', '');";
    index.connection.execute_batch(row).unwrap();
    drop(index);
    // 23:30 in Greenwich on the 20th.
    check("UTC", r#"[Text("2026-11-20"), Integer(1), Integer(0), Integer(1)]"#);
    check("Europe/Berlin", r#"[Text("2026-11-21"), Integer(1), Integer(0), Integer(1)]"#);
    check("America/New_York", r#"[Text("2026-11-20"), Integer(1), Integer(0), Integer(1)]"#);
}
