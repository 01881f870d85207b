//! What the hub tells of its nodes by itself: each thing once when it begins and once when it ends, across restarts; and
//! how many images a node may send on one day.

use std::time::Duration;

use jiff::tz::TimeZone;
use picket_common::event::{EventData, Phase};
use picket_common::time::Clock;
use picket_common::transport::Sender;
use picket_common::wire::{Header, Reply};
use picket_hub::config::Limits;
use picket_hub::index::{EventRow, Index, Wanted};
use picket_node::author::Author;
use serde_json::Value;

use crate::world::World;

/// A world whose hub has these limits, and misses a node after ten minutes.
fn world(nodes: usize, olds: usize, images_per_day: Option<u64>) -> World {
    let mut world = World::new(nodes, olds);
    world.hub = None;
    world.limits = Limits { images_per_day, nodes: [("Busy".to_owned(), 100)].into() };
    world.patience = Duration::from_secs(600);
    world.start_hub();
    world
}

/// Lets time pass, with everybody awake.
fn live(world: &mut World, seconds: u64) {
    for _ in 0..seconds {
        world.advance(Duration::from_secs(1));
        world.step_all();
    }
    while world.shelve_some() > 0 {}
}

/// What is told of one thing: each event's state, whether it is over, and its reason.
fn told(world: &mut World, what: &str) -> Vec<(String, bool, String)> {
    while world.shelve_some() > 0 {}
    let mut told = Vec::new();
    let mut row = |row: EventRow| {
        told.push((row.state, row.end.is_some(), row.reason.unwrap_or_default()));
        Ok(())
    };
    let wanted = Wanted { kind: Some(what.to_owned()), ..Wanted::default() };
    Index::read(world.data.path()).unwrap().events(&wanted, &mut row).unwrap();
    told
}

fn restart(world: &mut World, seed: u64) {
    world.kill_hub(seed);
    world.start_hub();
}

#[test]
fn above_the_daily_cap_images_are_refused_and_events_are_not_and_the_hub_remembers_it() {
    let mut world = world(1, 0, Some(3));
    for _ in 0..5 {
        world.nodes[0].push_image();
        world.nodes[0].push_event();
    }
    world.settle();
    let files = |world: &World| world.tree().into_iter().map(|(_, body)| body).collect::<Vec<_>>();
    assert_eq!(files(&world), world.nodes[0].images[..3]);
    assert_eq!(world.nodes[0].spool.stock().refused, 2);
    let moving = world.text_lines("logs").iter().filter(|line| line.ends_with("|motion|moving")).count();
    assert_eq!(moving, 5);
    // Shelved or not, it is remembered over a restart.
    for seed in 0..3 {
        restart(&mut world, seed);
        world.nodes[0].push_image();
        world.settle();
        assert_eq!(files(&world).len(), 3);
    }
    let reached = told(&mut world, "limit");
    assert!(matches!(&reached[..], [(state, false, _)] if state == "reached"), "{reached:?}");
    let words = "over the daily cap of 3 images of one node (limits.images_per_day); no more are taken on 2026-11-20";
    assert_eq!(reached[0].2, words);
    world.clock.advance(Duration::from_secs(86_400));
    world.nodes[0].push_image();
    world.settle();
    assert_eq!(files(&world).len(), 4);
    let over = told(&mut world, "limit");
    assert!(matches!(&over[..], [(state, true, _)] if state == "reached"), "{over:?}");
}

#[test]
fn an_old_sender_over_its_cap_that_goes_on_sending_is_not_silent() {
    let mut world = world(0, 0, Some(1));
    world.hub = None;
    world.patience = Duration::from_secs(100);
    world.start_hub();
    let mut sender = world.network.node();
    let image = Header { msg: "Barn Door|jpg".into(), raw: None, keys: None }.encode();
    for minute in 0..10 {
        sender.send(&image, format!("image {minute}").as_bytes()).unwrap();
        world.ingest();
        while sender.receive(Duration::ZERO).unwrap().is_some() {}
        world.advance(Duration::from_secs(60));
    }
    world.ingest();
    assert_eq!(told(&mut world, "limit").len(), 1);
    assert_eq!(told(&mut world, "node"), []);
    world.advance(Duration::from_secs(200));
    world.ingest();
    assert_eq!(told(&mut world, "node").len(), 1, "now it is");
}

#[test]
fn a_hub_that_starts_with_a_clock_that_is_days_behind_knows_the_day_when_it_is_set() {
    let mut world = world(1, 0, Some(3));
    (0..3).for_each(|_| world.nodes[0].push_image());
    world.settle();
    let today = world.clock.now();
    world.clock.set(today.checked_sub(Duration::from_secs(3 * 86_400)).unwrap());
    restart(&mut world, 1);
    world.step_all();
    world.clock.set(today);
    world.nodes[0].push_image();
    world.settle();
    assert_eq!(world.tree().len(), 3);
}

#[test]
fn a_kill_before_anything_is_shelved_does_not_give_the_images_of_the_day_back() {
    let mut world = world(1, 0, Some(3));
    world.step_all();
    world.step_all();
    (0..2).for_each(|_| world.nodes[0].push_image());
    world.step_all();
    restart(&mut world, 1);
    (0..4).for_each(|_| world.nodes[0].push_image());
    world.settle();
    assert_eq!(world.tree().len(), 3);
}

#[test]
fn an_old_sender_is_told_and_a_withdrawn_batch_and_a_repeat_do_not_count() {
    let mut world = world(0, 0, Some(2));
    let mut sender = world.network.node();
    let image = Header { msg: "Barn Door|jpg".into(), raw: None, keys: None }.encode();
    let mut ask = |world: &mut World, body: &[u8], anew: bool| {
        if anew {
            sender.reconnect().unwrap();
        }
        sender.send(&image, body).unwrap();
        world.ingest();
        sender.receive(Duration::ZERO).unwrap().map(|part| Reply::decode(&part).unwrap())
    };
    assert_eq!(ask(&mut world, b"one", false), Some(Reply::Ok));
    assert_eq!(ask(&mut world, b"one", true), Some(Reply::Ok), "its OK was lost");
    world.disk.fail_next_sync();
    assert_eq!(ask(&mut world, b"two", false), None, "withdrawn, and it waits");
    world.clock.advance(Duration::from_secs(2));
    let answer = ask(&mut world, b"three", true);
    assert!(
        matches!(&answer, Some(Reply::Refused(why)) if why.starts_with("over the daily cap of 2 images")),
        "{answer:?}"
    );
    while world.shelve_some() > 0 {}
    assert_eq!(world.tree().into_iter().map(|(_, body)| body).collect::<Vec<_>>(), [b"one", b"two"]);
}

#[test]
fn a_spool_full_of_images_over_the_cap_is_let_go_of_without_sending_each_many_times() {
    let mut world = world(1, 0, Some(1));
    (0..300).for_each(|_| world.nodes[0].push_image());
    world.nodes[0].push_event();
    world.settle();
    assert_eq!(world.nodes[0].spool.stock().refused, 299);
    assert_eq!(world.tree().len(), 1);
}

#[test]
fn a_camera_that_hangs_is_one_event_across_restarts_of_hub_and_of_time() {
    let mut world = world(1, 0, None);
    let gauge = world.nodes[0].health.gauges().camera(Some("Door".into()), Duration::from_secs(30));
    gauge.frame(0);
    live(&mut world, 50);
    assert_eq!(told(&mut world, "camera"), []);
    for seed in 0..3 {
        live(&mut world, 100);
        restart(&mut world, seed);
    }
    live(&mut world, 100);
    let stalled = told(&mut world, "camera");
    assert!(matches!(&stalled[..], [(state, false, _)] if state == "stalled"), "{stalled:?}");
    gauge.frame(0);
    live(&mut world, 30);
    let over = told(&mut world, "camera");
    assert!(
        matches!(&over[..], [(state, true, why)] if state == "stalled" && why == "it gives frames again"),
        "{over:?}"
    );
}

#[test]
fn a_silent_node_is_one_event_also_where_it_had_said_that_it_stops() {
    let mut world = world(1, 0, None);
    let author = Author { view: None, ..world.nodes[0].author.clone() };
    author.event(author.now(), None, &EventData::new(Phase::Update, "node", "stopped"));
    world.settle();
    for seed in 0..3 {
        world.clock.advance(Duration::from_secs(700));
        world.ingest();
        while world.shelve_some() > 0 {}
        restart(&mut world, seed);
    }
    let silent = |world: &mut World| -> Vec<_> {
        told(world, "node").into_iter().filter(|(state, ..)| state == "silent").collect()
    };
    let begun = silent(&mut world);
    let why = "no messages received for 10 minutes; it had said that it stops";
    assert_eq!(begun, [("silent".to_owned(), false, why.to_owned())]);
    let mut listed = Vec::new();
    let now = picket_common::time::Clock::now(&world.clock).to_zoned(TimeZone::UTC);
    picket_hub::list::nodes(world.data.path(), &Default::default(), false, &now, &mut listed).unwrap();
    let listed = String::from_utf8(listed).unwrap();
    assert!(listed.starts_with("Node0: SILENT, stopped 2026-11-20 12:00:0"), "{listed}");
    world.settle();
    live(&mut world, 30);
    let over = silent(&mut world);
    assert!(matches!(&over[..], [(_, true, why)] if why.starts_with("heard again")), "{over:?}");
}

#[test]
fn a_journal_that_takes_nothing_is_told_as_one_event_when_it_takes_something_again() {
    let mut world = world(1, 0, None);
    live(&mut world, 5);
    world.disk.set_room(world.disk.used());
    for _ in 0..100 {
        world.nodes[0].push_image();
        live(&mut world, 1);
    }
    world.disk.set_room(u64::MAX);
    live(&mut world, 30);
    let begun = told(&mut world, "storage");
    assert!(matches!(&begun[..], [(state, false, _)] if state == "full"), "{begun:?}");
    live(&mut world, 60);
    let over = told(&mut world, "storage");
    assert!(matches!(&over[..], [(state, true, _)] if state == "full"), "{over:?}");
    world.settle();
    world.check();
    let hubs = |record: &Value| record["node"] == "hub" && record["msg"] == "hub|storage|full";
    let records = world.text_lines("records").into_iter().map(|line| serde_json::from_str(&line).unwrap());
    assert_eq!(records.filter(hubs).count(), 1);
    let nodes = Index::read(world.data.path()).unwrap().nodes(&Wanted::default()).unwrap();
    assert_eq!(nodes.iter().map(|node| node.node.as_str()).collect::<Vec<_>>(), ["Node0"], "the hub is no node");
}

#[test]
fn a_cap_of_one_node_is_told_by_its_own_key() {
    let mut world = world(1, 0, Some(5));
    world.hub = None;
    world.limits.nodes.insert("Node0".to_owned(), 1);
    world.start_hub();
    (0..2).for_each(|_| world.nodes[0].push_image());
    world.settle();
    let reached = told(&mut world, "limit");
    assert!(reached[0].2.starts_with("over the daily cap of 1 images of one node (limits.nodes.Node0)"), "{reached:?}");
}
