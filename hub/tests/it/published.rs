//! What publishers send, and where pictures go on to: a real hub over a simulated journal disk, whose publishers are at
//! wires in memory.

use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use picket_common::event::Kind;
use picket_common::log::Options;
use picket_common::time::Clock;
use picket_common::transport::memory::MemorySender;
use picket_common::transport::{Published, Sender};
use picket_common::wire::{Header, Keys, Number, RawShape, Reply, StreamId};
use picket_hub::app;
use picket_hub::config::PubConfig;
use picket_hub::ingest::Settings;
use picket_hub::output::Output;
use serde_json::{Value, json};

use crate::world::World;

const PI: &str = "tcp://pi1.local:5555";

/// A publisher's message reaches the hub.
fn publish(world: &mut World, header: &Header, body: &[u8]) {
    publish_parts(world, vec![header.encode(), body.to_vec()]);
}

fn publish_parts(world: &mut World, parts: Vec<Vec<u8>>) {
    world.network.publish(Published::Message { parts, peer: PI.into() });
    world.ingest();
}

fn text(msg: &str) -> Header {
    Header { msg: msg.into(), raw: None, keys: None }
}

fn keys(kind: Kind, data: Value) -> Keys {
    let (node, view) = ("Barn".into(), Some("Door".into()));
    Keys {
        picket: 1,
        node,
        view,
        kind,
        number: None,
        at: None,
        was: None,
        boot: None,
        mono_ns: None,
        clock: None,
        event: None,
        data,
    }
}

/// Shelves all, and gives the records.
fn records(world: &mut World) -> Vec<Value> {
    while world.hub.as_mut().unwrap().1.step().unwrap() > 0 {}
    let records = world.text_lines("records").into_iter();
    let records = records.map(|line| serde_json::from_str::<Value>(&line).unwrap());
    // What the hub tells of itself is not theirs.
    records.filter(|record| record["node"] != "hub").collect()
}

fn messages(world: &mut World) -> Vec<String> {
    records(world).iter().map(|record| record["msg"].as_str().unwrap().to_owned()).collect()
}

/// What an old sender is answered.
fn ask(world: &mut World, sender: &mut MemorySender, header: &Header, body: &[u8]) -> Option<Reply> {
    sender.send(&header.encode(), body).unwrap();
    world.ingest();
    sender.receive(Duration::ZERO).unwrap().map(|part| Reply::decode(&part).unwrap())
}

#[test]
fn what_is_published_is_stored_like_an_old_senders_message() {
    let mut world = World::new(0, 0);
    publish(&mut world, &text("Barn Door|jpg"), b"one");
    publish(&mut world, &text("Barn Door|motion|moving"), b"0");
    publish(&mut world, &text("Barn|Temp|75 F"), b"");
    publish(&mut world, &text("Barn|Heartbeat"), b"0");
    publish(&mut world, &Header { keys: Some(keys(Kind::Hello, Value::Null)), ..text("Barn|Heartbeat") }, b"");
    publish(&mut world, &Header { keys: Some(keys(Kind::Health, json!({}))), ..text("Barn|Heartbeat") }, b"");
    let image = Keys { event: Some("e1".into()), ..keys(Kind::Image, json!({"role": "best"})) };
    publish(&mut world, &Header { keys: Some(image), ..text("Barn Door|jpg") }, b"two");
    let records = records(&mut world);
    let told: Vec<_> = records.iter().map(|record| (record["kind"].as_str(), record["msg"].as_str())).collect();
    let expected = [
        ("image", "Barn Door|jpg"),
        ("event", "Barn Door|motion|moving"),
        ("reading", "Barn|Temp|75 F"),
        ("image", "Barn Door|jpg"),
    ];
    assert_eq!(told, expected.map(|(kind, msg)| (Some(kind), Some(msg))));
    assert_eq!((&records[3]["event"], &records[3]["data"]["role"]), (&json!("e1"), &json!("best")));
    let stored = |record: &Value| std::fs::read(world.data.path().join(record["file"].as_str().unwrap())).unwrap();
    assert_eq!((stored(&records[0]), stored(&records[3])), (b"one".to_vec(), b"two".to_vec()));
}

#[test]
fn what_cannot_be_taken_harms_nobody() {
    let mut world = World::new(0, 0);
    publish_parts(&mut world, vec![]);
    publish_parts(&mut world, vec![b"no JSON".to_vec(), b"".to_vec()]);
    publish_parts(&mut world, vec![text("Barn Door|jpg").encode()]);
    publish_parts(&mut world, vec![br#"{"msg": "a|image", "dtype": "float32", "shape": [1, 1]}"#.to_vec(), vec![0; 4]]);
    publish(&mut world, &text("Barn Door|jpg"), b"");
    publish(&mut world, &text("Barn Door|jpg"), &vec![0; (1 << 20) + 1]);
    world.network.publish(Published::Gone(PI.into()));
    world.network.publish(Published::Reached(PI.into()));
    publish(&mut world, &text("Barn Door|jpg"), b"good");
    assert_eq!(messages(&mut world), ["Barn Door|jpg"]);
}

#[test]
fn a_picture_that_looks_the_same_is_no_repeat() {
    let mut world = World::new(0, 0);
    publish(&mut world, &text("Barn Door|jpg"), b"same");
    publish(&mut world, &text("Barn Door|jpg"), b"same");
    // An old sender's first message on a connection may be a repeat, but not of what somebody has published; not even
    // after a restart, when it is met in the journal or in the index.
    for (body, shelved) in [(b"one", false), (b"two", true)] {
        publish(&mut world, &text("Barn Door|jpg"), body);
        if shelved {
            messages(&mut world);
        }
        world.hub = None;
        world.start_hub();
        let mut sender = world.network.node();
        assert_eq!(ask(&mut world, &mut sender, &text("Barn Door|jpg"), body), Some(Reply::Ok));
        publish(&mut world, &text("Barn Door|jpg"), body);
    }
    assert_eq!(messages(&mut world).len(), 2 + 3 + 3);
}

#[test]
fn a_number_in_what_is_published_means_nothing() {
    let mut world = World::new(1, 0);
    world.nodes[0].push_image();
    world.settle();
    let stream: StreamId = records(&mut world)[0]["stream"].as_str().unwrap().parse().unwrap();
    let number = Some(Number { stream, seq: 1000, prev: 0 });
    let header = Header { keys: Some(Keys { number, ..keys(Kind::Image, Value::Null) }), ..text("Barn Door|jpg") };
    publish(&mut world, &header, b"published");
    world.nodes[0].push_image();
    world.settle();
    let records = records(&mut world);
    let numbers: Vec<_> = records.iter().map(|record| record["seq"].as_u64()).collect();
    assert_eq!(numbers, [Some(1), None, Some(2)]);
}

#[test]
fn what_is_published_while_the_disk_refuses_is_dropped_and_the_hub_goes_on_by_itself() {
    let mut world = World::new(0, 0);
    publish(&mut world, &text("Barn Door|jpg"), b"before");
    world.disk.set_room(world.disk.used());
    let large = vec![7; 100_000];
    for _ in 0..20 {
        publish(&mut world, &text("Barn Door|jpg"), &large);
    }
    world.disk.set_room(u64::MAX);
    publish(&mut world, &text("Barn Door|jpg"), b"too early");
    world.clock.advance(Duration::from_secs(1));
    publish(&mut world, &text("Barn Door|jpg"), b"after");
    // A sync that fails takes what was in it.
    world.disk.fail_next_sync();
    publish(&mut world, &text("Barn Door|jpg"), b"withdrawn");
    world.clock.advance(Duration::from_secs(1));
    publish(&mut world, &text("Barn Door|jpg"), b"again");
    let sizes: Vec<_> = records(&mut world).iter().map(|record| record["size"].as_u64().unwrap()).collect();
    assert_eq!(sizes, ["before", "after", "again"].map(|body| body.len() as u64));
}

#[test]
fn who_waits_for_the_disk_comes_before_who_only_talks() {
    let mut world = World::new(0, 0);
    let mut sender = world.network.node();
    assert_eq!(ask(&mut world, &mut sender, &text("Old Door|jpg"), b"one"), Some(Reply::Ok));
    world.disk.set_room(world.disk.used());
    let large = vec![7; 100_000];
    assert_eq!(ask(&mut world, &mut sender, &text("Old Door|jpg"), &large), None, "its answer is withheld");
    world.clock.advance(Duration::from_secs(1));
    world.disk.set_room(u64::MAX);
    publish(&mut world, &text("Barn Door|jpg"), b"published");
    assert_eq!(sender.receive(Duration::ZERO).unwrap().as_deref(), Some(&b"OK"[..]));
    publish(&mut world, &text("Barn Door|jpg"), b"published");
    assert_eq!(messages(&mut world), ["Old Door|jpg", "Old Door|jpg", "Barn Door|jpg"]);
}

#[test]
fn publishers_never_fill_more_than_half_of_the_journal() {
    let mut world = World::new(0, 0);
    world.hub = None;
    let settings = Settings {
        name: "hub".into(),
        max_bytes: 1 << 20,
        patience: Duration::from_secs(1 << 30),
        zone: TimeZone::UTC,
        limits: Default::default(),
    };
    let options = Options { segment_bytes: 4096, spare_segments: 2, max_bytes: 1 << 20, indexed: false };
    let clock = Arc::new(world.clock.clone());
    let journal = (world.disk.life(), options);
    world.hub = Some(app::build(world.data.path(), journal, world.network.hub(), settings, clock).unwrap());
    for _ in 0..100 {
        publish(&mut world, &text("Barn Door|jpg"), &[7; 20_000]);
    }
    let mut sender = world.network.node();
    for _ in 0..20 {
        assert_eq!(ask(&mut world, &mut sender, &text("Old Door|jpg"), &[8; 20_000]), Some(Reply::Ok));
    }
    let stored = messages(&mut world);
    let published = stored.iter().filter(|msg| *msg == "Barn Door|jpg").count();
    assert!((20..=30).contains(&published), "{published} of 100");
    assert_eq!(stored.len() - published, 20);
    publish(&mut world, &text("Barn Door|jpg"), b"there is room again");
    assert_eq!(messages(&mut world).len(), stored.len() + 1);
}

#[test]
fn a_test_picture_is_answered_and_shown_and_not_stored() {
    let mut world = World::new(0, 0);
    let mut sender = world.network.node();
    let raw = |msg: &str| Header { raw: Some(RawShape { width: 3, height: 2, channels: 1 }), ..text(msg) };
    assert_eq!(ask(&mut world, &mut sender, &raw("from REQ"), &[1; 6]), Some(Reply::Ok));
    assert_eq!(ask(&mut world, &mut sender, &text("a text only"), b"0"), Some(Reply::Ok));
    publish(&mut world, &raw("from PUB"), &[2; 6]);
    let live = Header { keys: Some(keys(Kind::Live, Value::Null)), ..raw("Barn Door|image") };
    publish(&mut world, &live, &[3; 6]);
    let (now, pictures) = (world.clock.uptime(), world.hub.as_ref().unwrap().0.live());
    let texts: Vec<_> = pictures.list(now).into_iter().map(|shown| shown.text).collect();
    assert_eq!(texts, ["Barn Door|image", "from PUB", "from REQ"]);
    assert_eq!(pictures.find("from PUB", now).unwrap().1.body, [2; 6]);
    assert_eq!(records(&mut world), [Value::Null; 0]);
}

#[test]
fn a_dtype_other_than_uint8_is_answered_with_what_to_do_and_whose_text_it_was() {
    let mut world = World::new(0, 0);
    let mut sender = world.network.node();
    let header = br#"{"msg": "Barn\u001b[31m Door|image", "dtype": "float32", "shape": [1, 1]}"#;
    sender.send(header, &[0; 4]).unwrap();
    world.ingest();
    let answer = sender.receive(Duration::ZERO).unwrap().map(|part| String::from_utf8(part).unwrap()).unwrap();
    let expected = "dtype float32 is not uint8; convert it with .astype('uint8') before sending (text `Barn\\u{1b}[31m Door|image`)";
    assert!(answer.starts_with("ERROR: ") && answer.ends_with(expected), "{answer}");
}

#[test]
fn an_output_has_stored_images_when_they_are_safe_and_not_before() {
    let mut world = World::new(1, 0);
    let output = output(&mut world, "");
    let mut sender = world.network.node();
    world.disk.fail_next_sync();
    assert_eq!(ask(&mut world, &mut sender, &text("Old Door|jpg"), b"old"), None);
    assert!(output.is_done());
    world.clock.advance(Duration::from_secs(1));
    world.ingest();
    assert!(!output.is_done());

    let output = self::output(&mut world, r#", "node": "Node0""#);
    world.nodes[0].push_event();
    world.settle();
    assert!(output.is_done(), "an event is no image");
    assert_eq!(ask(&mut world, &mut sender, &text("Old Door|jpg"), b"old"), Some(Reply::Ok));
    assert!(output.is_done(), "of another node");
    world.nodes[0].push_image();
    world.settle();
    assert!(!output.is_done());
}

/// An output of the running hub, with the filters' JSON.
fn output(world: &mut World, filters: &str) -> Output {
    let config: PubConfig = serde_json::from_str(&format!(r#"{{"bind": "tcp://127.0.0.1:*" {filters}}}"#)).unwrap();
    let output = Output::open(&config, Arc::new(world.clock.clone())).unwrap();
    world.hub.as_mut().unwrap().0.hand_on_to(output.tap());
    output
}
