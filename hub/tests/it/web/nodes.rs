//! The hub, its nodes and their views.

use serde_json::json;

use super::{Site, grey, push};
use crate::world::World;

#[test]
fn the_hub_says_who_it_is() {
    let mut world = World::new(0, 0);
    world.zone = jiff::tz::TimeZone::get("Europe/Berlin").unwrap();
    let hub = Site::over(&world).json("/api/hub");
    let expected = json!({
        "name": "hub",
        "version": env!("CARGO_PKG_VERSION"),
        "zone": "Europe/Berlin",
        "address": "tcp://127.0.0.1:5555",
        "now": "2026-11-20T12:00:00Z",
        "user": {"name": null, "role": "admin", "views": null},
    });
    assert_eq!(hub, expected);
}

#[test]
fn nodes_come_with_what_is_kept_of_their_views() {
    let mut world = World::new(2, 0);
    let (first, second) = (grey(16, 8, 90), grey(16, 8, 200));
    push(&mut world, 0, None, first.clone());
    world.settle();
    push(&mut world, 0, None, second.clone());
    world.nodes[1].push_event();
    world.settle();
    let site = Site::over(&world);
    let views = site.json("/api/views");
    let door = &views[0];
    assert_eq!((&door["node"], &door["view"], &door["images"]), (&json!("Node0"), &json!("Door"), &json!(2)));
    assert_eq!(door["bytes"], json!(first.len() + second.len()));
    let latest = door["latest"]["number"].as_u64().unwrap();
    assert_eq!(site.get(&format!("/api/images/{latest}.jpg")).body, second, "the latest is the one that came last");
    let empty = json!({"node": "Node1", "view": "Door", "images": 0, "bytes": 0, "latest": null});
    assert_eq!(views[1], empty, "a view without images is one too");
    let nodes = site.json("/api/nodes");
    assert_eq!((&nodes[0]["node"], &nodes[0]["views"][0]["latest"]), (&json!("Node0"), &door["latest"]));
    assert_eq!(nodes[1]["views"], json!([{"view": "Door", "images": 0, "bytes": 0, "latest": null}]));
    assert_eq!(nodes[0]["views"].as_array().unwrap().len(), 1);
}
