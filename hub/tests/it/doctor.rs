//! What a node's doctor hears from a real hub, what two machines with one name bring about, and that a doctor's hello
//! disturbs nobody.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use picket_common::config;
use picket_common::doctor::Report;
use picket_common::event::{self, Hello};
use picket_common::log::Options;
use picket_common::log::sim::SimDisk;
use picket_common::shutdown::Shutdown;
use picket_common::time::{Clock, ClockState, SystemClock};
use picket_common::transport::Sender;
use picket_common::transport::memory::MemorySender;
use picket_common::transport::zmq::Router;
use picket_common::wire::{Command, Order, Reply, Twin, Welcome};
use picket_hub::app;
use picket_hub::ask::{Answer, Ask, Question};
use picket_hub::ingest::Settings;
use picket_hub::list::{self, Filter};
use picket_node::config::NodeConfig;
use picket_node::doctor;
use serde_json::{Value, json};

use crate::world::{World, folder};

fn settings() -> Settings {
    Settings {
        name: "Farm".into(),
        max_bytes: 1 << 20,
        patience: Duration::from_secs(600),
        zone: TimeZone::UTC,
        limits: Default::default(),
    }
}

/// A machine's clock that is so many seconds ahead.
struct Ahead(i64);

impl Clock for Ahead {
    fn now(&self) -> Timestamp {
        SystemClock.now().checked_add(SignedDuration::from_secs(self.0)).unwrap()
    }

    fn uptime(&self) -> Duration {
        SystemClock.uptime()
    }

    fn state(&self) -> ClockState {
        ClockState::Unknown
    }

    fn wait(&self, time: Duration, shutdown: &Shutdown) -> bool {
        shutdown.wait(time)
    }
}

/// What a node's doctor finds at a hub whose clock is so many seconds off and whose disk has so much room, by check.
fn examined(hub_ahead_s: i64, room: u64) -> Vec<[String; 3]> {
    let data = folder();
    let (clock, disk) = (Ahead(hub_ahead_s), SimDisk::new());
    let router = Router::bind("tcp://127.0.0.1:*", 1 << 20).unwrap();
    let address = router.address().to_owned();
    let options = Options { segment_bytes: 4096, spare_segments: 1, max_bytes: u64::MAX, indexed: false };
    let hub = app::build(data.path(), (disk.life(), options), router, settings(), Arc::new(clock)).unwrap();
    disk.set_room(room);
    let (mut ingest, stop) = (hub.0, AtomicBool::new(false));
    let mut out = Vec::new();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Acquire) {
                ingest.step(Duration::from_millis(10)).unwrap();
            }
        });
        if room == 0 {
            // Somebody's message shows the hub that its disk is full.
            let mut sender = picket_common::transport::zmq::Dealer::connect(&address).unwrap();
            sender.send(br#"{"msg": "Barn|motion|moving"}"#, b"").unwrap();
            assert_eq!(sender.receive(Duration::from_millis(500)).unwrap(), None, "its answer is withheld");
        }
        let text = format!(
            "node: {{name: Barn}}\nhub: {{connect: '{address}'}}\ncameras: [{{source: {{kind: pattern, resolution: 64x48}}}}]"
        );
        let config: NodeConfig = config::parse("node.yaml", text.as_bytes()).unwrap();
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        doctor::examine(
            std::path::Path::new("picket-node.yaml"),
            &config.resolved(),
            &clock,
            &mut Report::new(&mut out, true),
        )
        .unwrap();
        stop.store(true, Ordering::Release);
    });
    let read = |line: &str| {
        let value: Value = serde_json::from_str(line).unwrap();
        ["check", "verdict", "found"].map(|key| value[key].as_str().unwrap().to_owned())
    };
    String::from_utf8(out).unwrap().lines().map(read).collect()
}

fn check(findings: &[[String; 3]], check: &str, verdict: &str, words: &str) {
    let found = findings.iter().find(|finding| finding[0] == check).unwrap_or_else(|| panic!("{findings:#?}"));
    assert!(found[1] == verdict && found[2].contains(words), "{found:?}");
}

#[test]
fn a_node_finds_its_hub_and_by_its_answer_what_is_wrong_with_it() {
    let good = examined(0, u64::MAX);
    check(&good, "hub", "ok", "the Picket hub Farm answers within ");
    check(&good, "hub's clock", "ok", "");
    check(&good, "node's name", "ok", "");
    let fast = examined(3723, u64::MAX);
    check(&fast, "hub", "ok", "");
    check(&fast, "hub's clock", "wrong", "this machine's clock is 1h 2m behind the hub's");
    check(&examined(-20, u64::MAX), "hub's clock", "warning", "ahead of the hub's");
    check(&examined(0, 0), "hub", "wrong", "takes nothing now: it cannot write its journal");
}

/// Says hello by hand, and what the hub answers.
fn greet(world: &mut World, link: &mut MemorySender, hardware: &str, probe: bool) -> Welcome {
    let data = event::to_value(&Hello { hardware: hardware.into(), version: "0".into(), probe });
    let text = json!({"msg": "x", "picket": 1, "node": "Node0", "kind": "hello", "data": data}).to_string();
    link.send(text.as_bytes(), b"").unwrap();
    world.ingest();
    let replies = heard(link);
    let welcome = replies.into_iter().find_map(|reply| if let Reply::Welcome(it) = reply { Some(it) } else { None });
    welcome.expect("each hello is answered")
}

fn heard(link: &mut MemorySender) -> Vec<Reply> {
    std::iter::from_fn(|| link.receive(Duration::ZERO).unwrap()).map(|part| Reply::decode(&part).unwrap()).collect()
}

fn listed(world: &World, json: bool) -> String {
    let now = world.clock.now().to_zoned(TimeZone::UTC);
    let mut out = Vec::new();
    list::events(world.data.path(), &Filter::default(), json, &now, &mut out).unwrap();
    list::nodes(world.data.path(), &Filter::default(), json, &now, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn a_second_machine_with_a_nodes_name_is_noticed_told_and_listed() {
    let mut world = World::new(1, 0);
    world.step_all();
    let mut twin = world.network.node();
    world.clock.advance(Duration::from_secs(5));
    let welcome = greet(&mut world, &mut twin, "other", false);
    assert_eq!(welcome.twin, None, "it may have taken the other's place");
    world.clock.advance(Duration::from_secs(10));
    world.nodes[0].push_event();
    // The node hears of it as well, and goes on.
    for _ in 0..3 {
        world.step_all();
    }
    let told = heard(&mut twin);
    let [Reply::Twin(Twin { hardware, .. })] = told.as_slice() else { panic!("{told:?}") };
    assert_ne!(hardware, "other");
    assert_eq!(greet(&mut world, &mut twin, "other", false).twin.unwrap().hardware, *hardware);
    let doctor = greet(&mut world, &mut twin, hardware, true);
    assert_eq!(doctor.twin.unwrap().hardware, "other");
    while world.shelve() && listed(&world, true).lines().count() < 3 {}
    let text = listed(&world, false);
    assert!(text.contains("PROBLEMS: two machines have the name Node0: machine "), "{text}");
    let started = listed(&world, true);
    assert!(started.contains(r#""what":"name","detector":null,"state":"twice""#), "{started}");

    // The hub starts again, and only one of them comes back: after a while that is told, of the same event.
    world.kill_hub(1);
    world.start_hub();
    for _ in 0..30 {
        world.clock.advance(Duration::from_secs(1 << 26));
        world.nodes[0].push_event();
        world.step_all();
        world.shelve();
    }
    let events = listed(&world, true);
    let of_name = |line: &&str| line.contains(r#""what":"name""#) && line.starts_with(r#"{"number""#);
    let [line] = events.lines().filter(of_name).collect::<Vec<_>>()[..] else { panic!("{events}") };
    let event: Value = serde_json::from_str(line).unwrap();
    assert!(event["end"].is_string(), "{event}");
    assert!(!listed(&world, false).contains("PROBLEMS"));
}

#[test]
fn what_the_hub_has_noticed_it_goes_on_with_though_it_was_killed_before_it_had_stored_it() {
    let mut world = World::new(2, 0);
    world.nodes.iter_mut().for_each(|node| node.push_event());
    world.step_all();
    let mut twin = world.network.node();
    world.clock.advance(Duration::from_secs(5));
    greet(&mut world, &mut twin, "other", false);
    world.clock.advance(Duration::from_secs(10));
    world.nodes[0].push_event();
    (0..3).for_each(|_| world.step_all());
    // Nothing comes for as long as the hub is patient.
    world.clock.advance(Duration::from_secs(1 << 30));
    world.ingest();
    world.kill_hub(1);
    world.start_hub();
    for _ in 0..30 {
        world.clock.advance(Duration::from_secs(1 << 26));
        world.nodes.iter_mut().for_each(|node| node.push_event());
        world.step_all();
    }
    while world.shelve() && world.hub.as_mut().unwrap().1.step().unwrap() > 0 {}
    let index = rusqlite::Connection::open(world.data.path().join("picket.db")).unwrap();
    let sql = "SELECT what || ' ' || node || ' ' || iif(end, 'over', 'goes on') FROM events JOIN views ON views.id = events.view
        WHERE what IN ('name', 'node') ORDER BY 1";
    let mut noticed = index.prepare(sql).unwrap();
    let noticed: Vec<String> = noticed.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    assert_eq!(noticed, ["name Node0 over", "node Node0 over", "node Node1 over"]);
}

#[test]
fn a_doctors_hello_disturbs_nobody() {
    let mut world = World::new(1, 0);
    world.step_all();
    let mut doctor = world.network.node();
    world.clock.advance(Duration::from_secs(5));
    let hardware = "another machine with the node's configuration";
    let welcome = greet(&mut world, &mut doctor, hardware, true);
    assert_eq!(welcome.waiting, Some(0));
    world.clock.advance(Duration::from_secs(10));
    world.nodes[0].push_event();
    world.step_all();
    assert_eq!(greet(&mut world, &mut doctor, hardware, true).twin, None, "a doctor is no twin");
    assert_eq!(greet(&mut world, &mut doctor, hardware, true).waiting, Some(1), "the event is not shelved yet");
    // A command goes to the node.
    let (answer, answered) = mpsc::channel();
    let ask = Ask { node: "Node0".into(), command: Command { order: Order::Snapshot, view: None } };
    let now = world.clock.uptime();
    let question = Question { ask, answer, until: now + Duration::from_secs(5) };
    world.hub.as_ref().unwrap().0.questions().add(question, now);
    world.ingest();
    assert_eq!(answered.try_recv().unwrap(), Answer::Asked { several: false });
    assert_eq!(heard(&mut doctor), []);
    // And what is said of a node that is not there any more does not come from its doctor.
    world.shelve();
    let seen = listed(&world, true);
    world.clock.advance(Duration::from_secs(60));
    greet(&mut world, &mut doctor, hardware, true);
    world.shelve();
    assert_eq!(listed(&world, true), seen);
}
