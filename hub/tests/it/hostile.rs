//! What one peer can do to others: nothing. Beside fifty honest nodes others send what no node sends, without an end; the
//! honest ones' messages are all stored once, what the hub holds in memory has an end, and it goes on.

use std::time::Duration;

use picket_common::event::{EventData, Hello, Kind, Phase};
use picket_common::time::Timestamp;
use picket_common::transport::memory::MemorySender;
use picket_common::transport::{Envelope, Incoming, Sender};
use picket_common::wire::{self, Header, Keys, Number, StreamId};
use picket_hub::ingest::Held;
use serde_json::Value;

use crate::world::World;

/// So many messages of each kind are sent a round, for so many rounds.
const EACH: u64 = 10;
const ROUNDS: u64 = 20;

/// One message of a hostile peer: the `n`th of all.
type Hostile = fn(&mut MemorySender, u64);

fn keys(kind: Kind, node: &str) -> Keys {
    Keys {
        picket: wire::VERSION,
        node: node.into(),
        view: None,
        kind,
        number: None,
        at: None,
        was: None,
        boot: Some("boot".into()),
        mono_ns: Some(0),
        clock: None,
        event: None,
        data: Value::Null,
    }
}

fn header(msg: &str, keys: Option<Keys>) -> Vec<u8> {
    Header { msg: msg.into(), raw: None, keys }.encode()
}

/// Bodies are told apart.
fn send(sender: &mut MemorySender, header: &[u8], what: &str, n: u64) {
    sender.send_parts(&[header, format!("{what} {n}").as_bytes()]);
}

fn hello(sender: &mut MemorySender, node: &str) {
    let data = picket_common::event::to_value(&Hello {
        hardware: format!("machine of {node}"),
        version: "9".into(),
        probe: false,
    });
    sender.send_parts(&[&header("x", Some(Keys { data, ..keys(Kind::Hello, node) })), b""]);
}

fn numbered(sender: &mut MemorySender, node: &str, kind: Kind, number: Number, n: u64) {
    let keys = Keys { number: Some(number), ..keys(kind, node) };
    send(sender, &header("x|y", Some(keys)), node, n);
}

const HOSTILE: &[(&str, Hostile)] = &[
    ("a message of a thousand parts", |sender, n| sender.send_parts(&vec![&b"x"[..]; 3 + (n % 1000) as usize])),
    ("single bytes", |sender, n| sender.send_parts(&[&[n as u8]])),
    ("nothing", |sender, _| sender.send_parts(&[])),
    ("brackets in brackets", |sender, n| {
        let deep = "[".repeat(1000 * (n % 50) as usize);
        sender.send_parts(&[format!(r#"{{"msg": "a|b", "shape": {deep}"#).as_bytes(), b""]);
    }),
    ("a header without an end", |sender, n| {
        if n % EACH != 0 {
            return;
        }
        let zeros = "0,".repeat(600_000);
        sender.send_parts(&[format!(r#"{{"msg": "a|b", "shape": [{zeros}0]}}"#).as_bytes(), b""]);
    }),
    ("hellos without an end", |sender, _| hello(sender, "Greeter")),
    ("hellos of ever new nodes", |sender, n| hello(sender, &format!("Greeter{n}"))),
    ("names without an end", |sender, n| send(sender, &header(&format!("Name{n}|x|y"), None), "name", n)),
    ("views without an end", |sender, n| send(sender, &header(&format!("Viewer View{n}|jpg"), None), "view", n)),
    ("signs of life of ever new nodes", |sender, n| {
        hello(sender, "Beater");
        sender.send_parts(&[&header("x", Some(keys(Kind::Health, &format!("Beater{n}")))), b""]);
    }),
    ("streams without an end, each with a hole", |sender, n| {
        hello(sender, "Holes");
        for stream in 0..10 {
            let stream = StreamId(u128::from(n * 10 + stream) << 8 | 1);
            numbered(sender, "Holes", Kind::Event, Number { stream, seq: 9, prev: 8 }, n);
        }
        sender.send_parts(&[&header("x", Some(keys(Kind::Health, "Holes"))), b""]);
    }),
    ("streams without an end, each with one message", |sender, n| {
        hello(sender, "Streams");
        let stream = StreamId(u128::from(n) << 8 | 2);
        numbered(sender, "Streams", Kind::Reading, Number { stream, seq: 1, prev: 0 }, n);
    }),
    ("numbers at the end of all numbers", |sender, n| {
        hello(sender, "Numbers");
        for seq in [u64::MAX, u64::MAX - 1, i64::MAX as u64, i64::MAX as u64 - 1] {
            let number = Number { stream: StreamId(u128::from(n) << 8 | 3), seq, prev: seq - 1 - n % 2 };
            numbered(sender, "Numbers", Kind::Image, number, n);
        }
    }),
    ("times that are none", |sender, n| {
        let times = [Timestamp::MIN, Timestamp::MAX, Timestamp::UNIX_EPOCH];
        let at = times.get(n as usize % 4).copied();
        let keys = Keys { at, was: at, mono_ns: Some(u64::MAX - n), view: None, ..keys(Kind::Image, "Times") };
        send(sender, &header("Times|jpg", Some(keys)), "time", n);
    }),
    ("all images at one time", |sender, n| {
        let at = "2026-11-20T12:00:00Z".parse().ok();
        let keys = Keys { at, ..keys(Kind::Image, "Frozen") };
        send(sender, &header("Frozen|jpg", Some(keys)), "frozen", n);
    }),
    ("a new connection for each message", |sender, n| {
        sender.reconnect().unwrap();
        send(sender, &header("Again|x|y", None), "again", n);
    }),
    ("an image without bytes", |sender, _| sender.send_parts(&[&header("Empty|jpg", None), b""])),
    ("live pictures without an end", |sender, n| send(sender, &header(&format!("live {n}"), None), "live", n)),
    ("events that nobody ends", |sender, n| {
        let data = picket_common::event::to_value(&EventData::new(Phase::Start, &format!("what{n}"), "on"));
        let keys = Keys { data, ..keys(Kind::Event, "Endless") };
        send(sender, &header("Endless|x|y", Some(keys)), "endless", n);
    }),
];

fn held(world: &World) -> Held {
    world.hub.as_ref().unwrap().0.held()
}

/// Fifty honest nodes, two old senders, and one hostile peer of each of these kinds.
fn live(hostile: &[(&str, Hostile)]) -> World {
    let mut world = World::new(50, 2);
    world.has_others = true;
    let mut senders: Vec<MemorySender> = hostile.iter().map(|_| world.network.node()).collect();
    for round in 0..ROUNDS {
        for node in &mut world.nodes {
            node.push_image();
            if round % 10 == 0 {
                node.push_event();
            }
        }
        world.olds.iter_mut().for_each(|old| old.push());
        for ((_, act), sender) in hostile.iter().zip(&mut senders) {
            (0..EACH).for_each(|n| act(sender, round * EACH + n));
            // It may read, or not.
            while round % 2 == 0 && sender.receive(Duration::ZERO).unwrap().is_some() {}
        }
        world.step_all();
        // ZeroMQ takes from each connection in turn; here they all stand in one queue.
        (0..4).for_each(|_| world.ingest());
        world.shelve();
        world.clock.advance(Duration::from_secs(1));
    }
    world.settle();
    world.check();
    world
}

#[test]
fn whatever_one_peer_sends_the_others_messages_are_stored() {
    let world = live(HOSTILE);
    let Held { connections, nodes, streams, waiting_bytes, notices } = held(&world);
    assert!(connections <= 16_384, "{connections} connections");
    assert!(nodes <= 4096, "{nodes} nodes");
    assert!(streams <= 65_536, "{streams} streams");
    assert_eq!((waiting_bytes, notices), (0, 0));
}

#[test]
fn names_without_an_end_come_to_one_and_the_honest_go_on() {
    let mut world = World::new(1, 1);
    world.has_others = true;
    world.nodes[0].push_image();
    world.olds[0].push();
    world.settle();
    let mut sender = world.network.node();
    for n in 0..3000 {
        send(&mut sender, &header(&format!("Name{n}|x|y"), None), "name", n);
        hello(&mut sender, &format!("Greeter{n}"));
        if n % 100 == 0 {
            world.ingest();
        }
    }
    world.settle();
    let answers = std::iter::from_fn(|| sender.receive(Duration::ZERO).unwrap());
    let refused = answers.filter(|part| part.starts_with(b"ERROR: 4096 nodes are known here"));
    assert!(1000 < refused.count());
    assert_eq!(held(&world).nodes, 4096);
    world.nodes[0].push_image();
    world.olds[0].push();
    world.settle();
    world.check();
}

#[test]
fn streams_without_an_end_are_left_to_the_index() {
    let mut world = World::new(1, 0);
    world.has_others = true;
    let mut sender = world.network.node();
    hello(&mut sender, "Streams");
    for n in 0..3000 {
        let number = Number { stream: StreamId(n << 8 | 2), seq: 1, prev: 0 };
        numbered(&mut sender, "Streams", Kind::Reading, number, n as u64);
    }
    world.nodes[0].push_image();
    world.settle();
    assert!(3000 <= held(&world).streams);
    world.clock.advance(Duration::from_secs(700));
    world.step_all();
    world.step_all();
    assert_eq!(held(&world).streams, 0, "the index knows them");
    // And it does know them.
    hello(&mut sender, "Streams");
    numbered(&mut sender, "Streams", Kind::Reading, Number { stream: StreamId(7 << 8 | 2), seq: 1, prev: 0 }, 7);
    world.settle();
    world.check();
    assert_eq!(world.text_lines("records").len(), 3000 + 1);
}

#[test]
fn connections_without_an_end_come_to_one_and_a_node_says_hello_again() {
    let mut world = World::new(2, 0);
    world.has_others = true;
    world.nodes[0].push_image();
    world.settle();
    let mut sender = world.network.node();
    for n in 0..20_000 {
        if n % 1000 == 0 {
            world.clock.advance(Duration::from_secs(1));
            world.step_all();
        }
        sender.reconnect().unwrap();
        sender.send_parts(&[&header("test", None), b""]);
        if n % 100 == 99 {
            world.ingest();
        }
    }
    assert!(held(&world).connections <= 16_384);
    world.nodes.iter_mut().for_each(|node| node.push_image());
    world.settle();
    world.check();
}

#[test]
fn what_waits_for_a_full_disk_has_an_end_however_small_each_is() {
    let mut world = World::new(0, 0);
    let mut sender = world.network.node();
    world.disk.set_room(world.disk.used());
    let text = "x".repeat(500_000);
    for n in 0..200 {
        send(&mut sender, &header(&format!("Flood|{text}|y"), None), "flood", n);
        world.ingest();
    }
    assert!(held(&world).waiting_bytes <= 64 << 20, "{}", held(&world).waiting_bytes);
    world.settle();
}

#[test]
fn an_envelope_that_is_no_address_is_answered_and_forgotten() {
    let split = |parts: &[&[u8]]| Incoming::split(parts.iter().map(|part| part.to_vec()).collect(), String::new());
    let large = vec![7; 100_000];
    assert_eq!(split(&[b"id", &large, b"", b"header", b"body"]), Incoming::Unaddressed(Envelope(vec![b"id".to_vec()])));
    assert!(matches!(split(&[b"id", &large[..255], b"", b"header", b"body"]), Incoming::Delivery(_)));
}
