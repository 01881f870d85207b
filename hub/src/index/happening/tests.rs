use super::*;
use crate::fact::{Fact, read};
use crate::sample;
use serde_json::json;

/// A motion event's message: `start`, `update` or `end`, at a second, with a score.
fn change(phase: &str, score: f64) -> Change {
    let state = if phase == "end" { "still" } else { "moving" };
    let boxes = [[1, 2, 3, score as u32]];
    let data = json!({"phase": phase, "what": "motion", "state": state, "score": score, "boxes": boxes});
    let entry = sample::event("Barn Door|motion|moving", "2026-11-20T12:00:00Z").of_event("e1", data);
    match read(&entry) {
        Fact::Event(change) => change,
        other => panic!("{other:?}"),
    }
}

#[test]
fn messages_merge_into_one_happening_in_whatever_order_they_come() {
    let check = |messages: &[(&str, i64, f64)], start: i64, end: Option<i64>, state: &str, score: f64| {
        let mut all = messages.iter().map(|(phase, at, score)| (change(phase, *score), *at));
        let (first, at) = all.next().unwrap();
        let mut happening = Happening::first(&first, at);
        all.for_each(|(change, at)| happening.merge(&change, at));
        let found = (happening.start, happening.end, happening.state.as_str(), happening.score);
        assert_eq!(found, (start, end, state, Some(score)), "{messages:?}");
        assert_eq!(happening.boxes, Some(format!("[[1,2,3,{score}]]")), "{messages:?}");
    };
    check(&[("start", 10, 1.0)], 10, None, "moving", 1.0);
    check(&[("start", 10, 1.0), ("update", 12, 7.0), ("end", 20, 3.0)], 10, Some(20), "moving", 7.0);
    check(&[("start", 10, 1.0), ("end", 20, 3.0), ("end", 20, 3.0)], 10, Some(20), "moving", 3.0);
    check(&[("start", 10, 1.0), ("end", 20, 3.0), ("update", 15, 9.0)], 10, Some(20), "moving", 9.0);
    check(&[("start", 10, 1.0), ("end", 20, 3.0), ("start", 10, 1.0)], 10, Some(20), "moving", 3.0);
    check(&[("end", 20, 3.0), ("start", 10, 1.0)], 10, Some(20), "moving", 3.0);
    check(&[("end", 20, 3.0)], 20, Some(20), "still", 3.0);
    check(&[("update", 12, 2.0), ("start", 10, 1.0)], 10, None, "moving", 2.0);
    // A node whose clock stepped back does not make a happening end before it began.
    check(&[("start", 10, 1.0), ("end", 5, 3.0)], 10, Some(10), "moving", 3.0);
}

#[test]
fn a_restart_ends_what_began_before_it_until_its_own_end_comes() {
    let mut happening = Happening::first(&change("start", 1.0), 10);
    happening.restart(10);
    assert_eq!((happening.end, happening.cut), (None, false));
    happening.restart(30);
    assert_eq!((happening.end, happening.cut), (Some(30), true));
    happening.merge(&change("update", 2.0), 12);
    assert_eq!((happening.end, happening.cut), (Some(30), true));
    happening.merge(&change("end", 2.0), 20);
    assert_eq!((happening.end, happening.cut), (Some(20), false));
    happening.restart(40);
    assert_eq!((happening.end, happening.cut), (Some(20), false));
}
