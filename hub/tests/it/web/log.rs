//! The log over HTTP; what is chosen how is tested beside the code that reads it.

use serde_json::json;

use super::Site;
use crate::world::World;

#[test]
fn the_log_is_answered_from_its_end_page_by_page() {
    let mut world = World::new(2, 0);
    world.nodes[0].push_event();
    world.settle();
    world.nodes[1].push_event();
    world.settle();
    let site = Site::over(&world);
    let path = "/api/log?search=MOTION&limit=1";
    let first = site.json(path);
    let line = &first["lines"][0];
    assert_eq!((&line["node"], &line["text"]), (&json!("Node1"), &json!("Node1 Door|motion|moving")));
    let at = line["at"].as_str().unwrap();
    let time = line["time"].as_str().unwrap();
    assert_eq!(at[..19].replace(' ', "T"), time[..19], "the zone is UTC here");
    let second = site.json(&format!("{path}&cursor={}", first["next"].as_str().unwrap()));
    assert_eq!(second["lines"][0]["node"], "Node0");
    let of = site.json("/api/log?search=motion&node=node0&node=nobody");
    assert_eq!(of["lines"].as_array().unwrap().len(), 1);
    assert_eq!(of["next"], json!(null));
    assert_eq!(site.json("/api/log?since=2026-11-21&search=motion")["lines"], json!([]));
}

#[test]
fn what_cannot_be_meant_is_refused_by_name() {
    let world = World::new(0, 0);
    let site = Site::over(&world);
    let check = |path: &str, words: &str| {
        let answer = site.get(path);
        assert_eq!(answer.status, 400, "{path}");
        assert!(answer.error().contains(words), "{path}: {}", answer.error());
    };
    check("/api/log?limit=0", "limit: 0 is not between 1 and 500");
    check("/api/log?limit=many", "`limit` is to be a whole number, and is `many`");
    check("/api/log?limit=", "`limit` says nothing: give it a value, or leave it out");
    check("/api/events?reviewed=no", "`reviewed` is `true` or `false`, and here `no`");
    check("/api/log?cursor=x", "cursor: \"x\" is not a place in the log");
    check("/api/log?since=whenever", "since: \"whenever\" is not a time");
    check("/api/log?serach=x", "`serach` is no key of /api/log");
    check("/api/log?serach=x", "did you mean `search`?");
    check("/api/nodes?view=x", "`view` is no key of /api/nodes: it has none");
    check("/api/images/7.jpg?size=3", "`size` is no key of /api/images/{number}.jpg: there are `download`");
    check("/api/readings/series?node=a", "missing field `name`");
}
