//! From `ask` to the listings: a question handed to a real hub, its command over the wire to a real node, whose camera
//! looks at a generated scene, and what the hub then lists.

use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Child, Command as Program, Output, Stdio};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use jiff::tz::TimeZone;
use picket_common::config;
use picket_common::event::Hello;
use picket_common::shutdown::Shutdown;
use picket_common::time::{Clock, SystemClock, Timestamp};
use picket_common::transport::Sender;
use picket_common::transport::zmq::Dealer;
use picket_common::wire::{Command, Header, Keys, Order, Reply};
use picket_hub::ask::{Answer, Ask, Question};
use picket_hub::list::{self, Filter};
use picket_node::activity::Activity;
use picket_node::author::Author;
use picket_node::command;
use picket_node::config::NodeConfig;
use picket_node::output::Outputs;
use picket_node::pipeline::Pipeline;
use picket_node::source::{self, Source};
use picket_node::trigger::Triggers;
use picket_node::worker::{Shared, Worker};
use serde_json::Value;

use crate::world::World;

/// Nobody walks past in the first seconds, and no detector looks.
const CONFIG: &str = "
cameras:
  - view: Door
    source: {kind: pattern, resolution: 160x120, framerate: 10}
";

/// A node's camera and its worker for commands.
struct Camera {
    pipeline: Pipeline,
    frames: Box<dyn Source>,
    worker: Box<dyn Worker>,
}

impl Camera {
    fn of(world: &World) -> Camera {
        let config: NodeConfig = config::parse("node.yaml", CONFIG.as_bytes()).unwrap();
        let clock: Arc<dyn Clock> = Arc::new(world.clock.clone());
        let author = Author { view: None, ..world.nodes[0].author.clone() };
        let shared = Shared {
            author,
            clock: clock.clone(),
            activity: Activity::default(),
            triggers: Triggers::new(["Door"]),
            outputs: Outputs::default(),
        };
        let worker = command::build(&config, &shared, world.nodes[0].uplink.commands()).unwrap();
        let pipeline = Pipeline::new(&config.cameras[0], &shared).unwrap();
        // It waits by moving the clock.
        let frames = source::build(&config.cameras[0].source, &clock, &Shutdown::new()).unwrap();
        Camera { pipeline, frames, worker }
    }

    /// So many frames, ten a second, with everything else going on between them.
    fn look(&mut self, world: &mut World, frames: u32) {
        for _ in 0..frames {
            world.step_all();
            self.worker.step();
            self.pipeline.take(self.frames.next().unwrap());
        }
    }
}

fn ask(world: &mut World, node: &str, order: Order, view: Option<&str>) -> Answer {
    let (answer, answered) = mpsc::channel();
    let now = world.clock.uptime();
    let ask = Ask { node: node.into(), command: Command { order, view: view.map(str::to_owned) } };
    let questions = world.hub.as_ref().unwrap().0.questions();
    questions.add(Question { ask, answer, until: now + Duration::from_secs(5) }, now);
    world.ingest();
    answered.try_recv().expect("ingest answers in its next step")
}

fn listed(world: &World, list: List) -> Vec<Value> {
    let (mut out, now) = (Vec::new(), world.clock.now().to_zoned(TimeZone::UTC));
    list(world.data.path(), &Filter::default(), true, &now, &mut out).unwrap();
    String::from_utf8(out).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

type List = fn(&Path, &Filter, bool, &jiff::Zoned, &mut dyn std::io::Write) -> anyhow::Result<()>;

const ASKED: Answer = Answer::Asked { several: false };

#[test]
fn what_is_asked_for_comes_as_an_event_with_its_frames() {
    let mut world = World::new(1, 0);
    let mut camera = Camera::of(&world);
    camera.look(&mut world, 40);
    assert_eq!(ask(&mut world, "Node0", Order::Snapshot, Some("Door")), ASKED);
    camera.look(&mut world, 10);
    assert_eq!(ask(&mut world, "Node0", Order::record(Duration::from_secs(4)), None), ASKED);
    camera.look(&mut world, 80);
    assert_eq!(ask(&mut world, "Node0", Order::Snapshot, Some("Dor")), ASKED);
    camera.look(&mut world, 10);
    camera.pipeline.stop();
    world.settle();

    let events = listed(&world, list::events);
    let texts: Vec<_> = events.iter().map(|event| event["text"].as_str().unwrap()).collect();
    let expected = ["Node0 Door|command|snapshot", "Node0 Door|command|recording", "Node0|command|refused"];
    assert_eq!(texts, expected);
    let time = |key: &str| events[1][key].as_str().unwrap().parse::<Timestamp>().unwrap();
    let lasted = time("end").duration_since(time("start")).as_millis();
    assert!((4000..4200).contains(&lasted), "{lasted} ms");
    let reason = events[2]["reason"].as_str().unwrap();
    assert_eq!(reason, "no camera has the view Dor; did you mean Door?");

    let images = listed(&world, list::images);
    let roles = |event: usize| {
        let is_its = |image: &&Value| image["event"] == events[event]["event"];
        images.iter().filter(is_its).map(|image| image["role"].as_str().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(roles(0), ["snapshot"]);
    assert_eq!(events[0]["best"], images.iter().find(|image| image["role"] == "snapshot").unwrap()["file"]);
    // Two a second for four seconds, with the trigger the first, five from before and five from after. One from before
    // was sent as the snapshot, and is not sent again.
    assert_eq!(roles(1).iter().filter(|role| **role == "trigger").count(), 1);
    assert_eq!(events[1]["images"], 5 + 1 + 7 + 5, "{:?}", roles(1));
    assert_eq!(roles(1).len(), 5 + 1 + 7 + 5 - 1);
    assert_eq!(roles(1).iter().filter(|role| **role == "after").count(), 5);
    assert!(roles(2).is_empty());
    // What became of a command is no state of the view.
    let nodes = format!("{:?}", listed(&world, list::nodes));
    assert!(nodes.contains("Node0") && !nodes.contains("command"), "{nodes}");
}

#[test]
fn who_is_not_there_cannot_be_asked() {
    let refused = |world: &mut World, node: &str, reason: &str| {
        assert_eq!(ask(world, node, Order::Snapshot, None), Answer::Refused(reason.to_owned()));
    };
    let mut world = World::new(2, 1);
    refused(&mut world, "Node0", "no node is connected; what speaks imagezmq only takes no commands");
    world.olds[0].push();
    world.step_all();
    refused(&mut world, "Old0", "Old0 speaks imagezmq only and takes no orders");
    refused(&mut world, "Nod1", "no node Nod1 is connected; did you mean Node1? (heard in the last 10m: Node0, Node1)");
    assert_eq!(ask(&mut world, "node1", Order::Snapshot, None), ASKED);
    // Its cable is pulled, which the transport notices.
    world.clock.advance(Duration::from_secs(592));
    world.cut();
    refused(&mut world, "Node1", "Node1 is not connected any more; it was last heard 9m 52s ago");
    // A hub that has just started knows nobody, until they have said hello to it.
    world.kill_hub(7);
    world.start_hub();
    refused(&mut world, "Node1", "no node is connected; what speaks imagezmq only takes no commands");
    for _ in 0..30 {
        world.clock.advance(Duration::from_secs(1));
        world.step_all();
    }
    assert_eq!(ask(&mut world, "Node1", Order::Snapshot, Some("Door")), ASKED);
    world.nodes[1].uplink.step(Duration::ZERO).unwrap();
    let commands = world.nodes[1].uplink.commands();
    assert_eq!(commands.take(), Some(Command { order: Order::Snapshot, view: Some("Door".into()) }));
    assert_eq!(commands.take(), None);
    assert_eq!(world.nodes[0].uplink.commands().take(), None, "nobody else was asked");
}

/// Says hello by hand, as a node of this name.
fn greet(link: &mut impl Sender, node: &str) {
    let data = serde_json::to_value(Hello { hardware: "x".into(), version: "0".into(), probe: false }).unwrap();
    let text = format!(r#"{{"msg": "x", "picket": 1, "node": "{node}", "kind": "hello", "data": {data}}}"#);
    link.send(text.as_bytes(), b"").unwrap();
}

fn heard(link: &mut impl Sender) -> Vec<Reply> {
    let next = || link.receive(Duration::ZERO).unwrap().map(|part| Reply::decode(&part).unwrap());
    std::iter::from_fn(next).filter(|reply| matches!(reply, Reply::Command(_))).collect()
}

#[test]
fn of_two_with_one_name_the_newest_is_asked_and_that_is_said() {
    let mut world = World::new(1, 0);
    world.step_all();
    let mut other = world.network.node();
    world.clock.advance(Duration::from_secs(1));
    greet(&mut other, "Node0");
    world.ingest();
    assert_eq!(ask(&mut world, "Node0", Order::Snapshot, None), ASKED, "it may be one that has connected again");
    assert_eq!(heard(&mut other).len(), 1);
    world.clock.advance(Duration::from_secs(1));
    world.nodes[0].push_event();
    world.step_all();
    world.step_all();
    assert_eq!(ask(&mut world, "Node0", Order::Snapshot, None), Answer::Asked { several: true });
    assert_eq!(heard(&mut other).len(), 1);
    world.nodes[0].uplink.step(Duration::ZERO).unwrap();
    assert_eq!(world.nodes[0].uplink.commands().take(), None);
    // The newest is gone: the one that is there is asked.
    let before = world.network.clone();
    before.cut(&mut [&mut other]);
    assert_eq!(ask(&mut world, "Node0", Order::Snapshot, None), ASKED);
    world.nodes[0].uplink.step(Duration::ZERO).unwrap();
    assert!(world.nodes[0].uplink.commands().take().is_some());
}

#[test]
fn a_name_that_nobody_has_greeted_with_gets_nothing() {
    let mut world = World::new(1, 0);
    world.step_all();
    // A message that claims to be Node0's, on a connection without a hello, and an old sender's of that name.
    let mut stranger = world.network.node();
    let keys = r#"{"msg": "x", "picket": 1, "node": "Node0", "kind": "health", "data": {}}"#;
    stranger.send(keys.as_bytes(), b"x").unwrap();
    let old = Header { msg: "Node0 Door|jpg".into(), raw: None, keys: None::<Keys> };
    stranger.send(&old.encode(), b"x").unwrap();
    world.ingest();
    assert_eq!(ask(&mut world, "Node0", Order::Snapshot, None), ASKED);
    assert!(heard(&mut stranger).is_empty());
    world.nodes[0].uplink.step(Duration::ZERO).unwrap();
    assert!(world.nodes[0].uplink.commands().take().is_some());
}

#[test]
fn commands_do_not_disturb_what_is_under_way() {
    let mut world = World::new(2, 2);
    for round in 0..40_u64 {
        world.nodes.iter_mut().for_each(|node| {
            node.push_event();
            node.push_image();
        });
        world.olds.iter_mut().for_each(|old| old.push());
        world.step_all();
        let node = format!("Node{}", round % 3);
        ask(&mut world, &node, Order::Record { for_ms: round }, Some("Door"));
        match round % 10 {
            3 => world.cut(),
            7 => {
                world.kill_hub(round);
                world.start_hub();
            }
            _ => {}
        }
    }
    world.settle();
    world.check();
}

/// The real program over `data`, on a port of its choice; its address.
fn start_hub(data: &Path) -> (Child, String) {
    let place = data.with_extension("notify");
    let systemd = UnixDatagram::bind(&place).unwrap();
    systemd.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let hub = hub(data, &["run", "--listen", "tcp://127.0.0.1:*", "--web", "none"])
        .env("NOTIFY_SOCKET", &place)
        .spawn()
        .unwrap();
    let mut buffer = [0; 1024];
    let length = systemd.recv(&mut buffer).unwrap();
    let said = String::from_utf8(buffer[..length].to_vec()).unwrap();
    let address = said.split_whitespace().find(|word| word.starts_with("tcp://")).unwrap();
    std::fs::remove_file(place).unwrap();
    (hub, address.trim_end_matches(',').to_owned())
}

fn hub(data: &Path, words: &[&str]) -> Program {
    let mut program = Program::new(env!("CARGO_BIN_EXE_picket-hub"));
    program.args(words).arg("--data").arg(data).stdout(Stdio::piped()).stderr(Stdio::null());
    program
}

fn status(data: &Path, words: &[&str]) -> (Option<i32>, String) {
    let Output { status, stdout, stderr } = hub(data, words).stderr(Stdio::piped()).output().unwrap();
    (status.code(), String::from_utf8([stdout, stderr].concat()).unwrap())
}

#[test]
fn the_program_asks_the_one_that_runs_and_its_status_tells() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let check = |words: &[&str], code: i32, expected: &str| {
        let (status, said) = status(&data, words);
        assert!(status == Some(code) && said.contains(expected), "{words:?}: {status:?} {said}");
    };
    check(&["ask", "Barn", "snapshot"], 1, "picket-hub: no hub is running that stores in ");
    check(&["ask", "Barn", "dance"], 1, "picket-hub: no index at ");
    check(&["ask", "Barn", "snapshot", "--for", "3s"], 2, "--for is for recordings");
    check(&["ask", "is", "the", "barn", "moving", "--for", "3s"], 2, "--for is for recordings");
    check(&["ask", "water", "--view", "Door"], 2, "--view is for orders");
    check(&["ask", "Barn", "snapshot", "--json"], 2, "--json is for questions");
    check(&["ask"], 2, "WORDS");
    check(&["ask", "Barn", "record", "--for", "11m"], 2, "write 1s to 10m");
    check(&["ask", "Barn", "record", "--for", "10"], 2, "write 10s or 10m");
    let (mut child, address) = start_hub(&data);
    check(&["ask", "Barn", "snapshot"], 1, "picket-hub: no node is connected;");
    let mut node = Dealer::connect(&address).unwrap();
    greet(&mut node, "Barn");
    let mut hear = || Reply::decode(&node.receive(Duration::from_secs(30)).unwrap().unwrap()).unwrap();
    assert!(matches!(hear(), Reply::Welcome(_)));
    check(&["ask", "Bran", "snapshot"], 1, "picket-hub: no node Bran is connected; did you mean Barn?");
    check(&["ask", "Barn", "record", "--for", "90s", "--view", "Door"], 0, "Barn was asked to record Door for 90s\n");
    let order = Order::Record { for_ms: 90_000 };
    assert_eq!(hear(), Reply::Command(Command { order, view: Some("Door".into()) }));
    // Who was heard is committed every few seconds.
    let deadline = SystemClock.uptime() + Duration::from_secs(30);
    while !status(&data, &["nodes"]).1.contains("Barn") {
        assert!(SystemClock.uptime() < deadline, "the hub does not tell whom it has heard");
    }
    // Two words are an order, and others a question, beside the running hub.
    check(&["ask", "Barn", "dance"], 1, "picket-hub: nothing is called \"dance\"; ");
    check(&["ask", "is the barn there?"], 0, "Barn was last heard at ");
    let words = folder.path().join("words.yaml");
    std::fs::write(&words, "hub: {data_directory: /nowhere}\nnames: {home: Barn}\n").unwrap();
    check(&["ask", "home", "--config", words.to_str().unwrap()], 0, "Barn was last heard at ");
    check(&["ask", "home", "--json"], 1, "home");
    // A second hub does not take the first one's place.
    check(&["run", "--listen", "tcp://127.0.0.1:*", "--web", "none"], 1, "another picket-hub");
    check(&["ask", "Barn", "snapshot"], 0, "Barn was asked for a snapshot of each camera\n");
    // Killed, it leaves its socket behind.
    child.kill().unwrap();
    child.wait().unwrap();
    check(&["ask", "Barn", "snapshot"], 1, "picket-hub: no hub is running that stores in ");
    let (mut child, _) = start_hub(&data);
    check(&["ask", "Barn", "snapshot"], 1, "picket-hub: no node is connected;");
    child.kill().unwrap();
    child.wait().unwrap();
}
