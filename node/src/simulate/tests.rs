//! Virtual nodes over wires in memory, at a hub that answers by script.

use std::path::Path;

use picket_common::time::SimClock;
use picket_common::transport::memory::{MemoryReceiver, MemorySender, Network};
use picket_common::transport::{Delivery, Incoming, Receiver};
use picket_common::wire::{Credit, Header, Number, Reply, Welcome};
use tempfile::TempDir;

use super::oracle::Ending;
use super::*;

const CREDIT: Credit = Credit { credit_messages: 1000, credit_bytes: 1 << 30 };

struct Scene {
    folder: TempDir,
    clock: SimClock,
    hub: MemoryReceiver,
    network: Network,
}

impl Scene {
    fn new() -> Scene {
        let network = Network::new();
        let clock = SimClock::new("2026-11-20T12:00:00Z".parse().unwrap());
        Scene { folder: tempfile::tempdir().unwrap(), clock, hub: network.hub(), network }
    }

    fn oracle(&self) -> Option<Oracle> {
        Some(Oracle::open(&self.folder.path().join("oracle")).unwrap())
    }

    /// The oracle's lines, without checksums.
    fn lines(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.folder.path().join("oracle")).unwrap();
        text.lines().map(|line| line.split(' ').take(3).collect::<Vec<_>>().join(" ")).collect()
    }

    fn books(&self, max_bytes: u64) -> (Spool, Ledger) {
        let ledger = Ledger::new(self.oracle(), Arc::new(self.clock.clone()));
        (Spool::in_memory_with(max_bytes, ledger.witness()), ledger)
    }

    fn node(&self, books: &(Spool, Ledger)) -> Node<MemorySender> {
        let clock: Arc<dyn Clock> = Arc::new(self.clock.clone());
        let settings = Settings {
            node: "sim-0001".to_owned(),
            hubs: vec!["tcp://hub".to_owned()],
            seed: 1,
            is_one_of_many: true,
            dialect: Dialect::Picket,
            heartbeat: HEARTBEAT,
            timeout: Duration::from_secs(10),
        };
        let look = (Painter::new(1000, 1), Course::new(1.0, 0.0, clock.uptime()));
        let health = Health::below(Path::new("/nowhere"), clock.clone());
        Node::new(self.network.node(), books.clone(), settings, look, (health, clock))
    }

    fn old(&self) -> OldSender<MemorySender> {
        let look = (Painter::new(1000, 1), Course::new(0.0, 0.0, Duration::ZERO));
        let clock = Arc::new(self.clock.clone());
        let timeout = Duration::from_secs(5);
        OldSender::new(self.network.node(), "sim-0001".to_owned(), self.oracle(), timeout, look, clock)
    }

    fn heard(&mut self) -> Option<Delivery> {
        self.hub.receive(Duration::ZERO).unwrap().map(|incoming| match incoming {
            Incoming::Delivery(delivery) => delivery,
            other => panic!("{other:?}"),
        })
    }

    /// All that has come: numbers, and the bytes of their bodies. A hello is welcomed.
    fn numbered(&mut self) -> Vec<(Delivery, Number)> {
        let mut numbered = Vec::new();
        while let Some(delivery) = self.heard() {
            let header = Header::decode(&delivery.parts).unwrap();
            match header.keys.unwrap().number {
                Some(number) => numbered.push((delivery, number)),
                None => self.answer(&delivery, &welcome()),
            }
        }
        numbered
    }

    fn answer(&mut self, to: &Delivery, reply: &Reply) {
        self.hub.reply(&to.envelope, &reply.encode()).unwrap();
    }
}

fn welcome() -> Reply {
    let time = "2026-11-20T12:00:00Z".parse().unwrap();
    let name = "hub".to_owned();
    Reply::Welcome(Welcome {
        picket: 1,
        name,
        max_bytes: 1 << 20,
        credit: CREDIT,
        time,
        version: None,
        twin: None,
        waiting: None,
    })
}

#[test]
fn each_message_is_written_down_before_it_leaves_and_each_acknowledgement_before_the_spool_lets_go() {
    let mut scene = Scene::new();
    let books = scene.books(1 << 20);
    let (mut node, spool) = (scene.node(&books), &books.0);
    node.step(true).unwrap();
    let [events, frames, _] = spool.streams()[..] else { panic!("three streams") };
    assert_eq!(scene.lines(), [format!("sent {events} 1"), format!("sent {frames} 1")], "nothing has left yet");
    assert!(scene.numbered().is_empty(), "a hello alone");
    scene.clock.advance(Duration::from_secs(2));
    node.step(true).unwrap();
    let heard = scene.numbered();
    assert_eq!(
        heard.iter().map(|(_, number)| (number.stream, number.seq)).collect::<Vec<_>>(),
        [(events, 1), (frames, 1), (frames, 2), (frames, 3)]
    );
    let text = std::fs::read_to_string(scene.folder.path().join("oracle")).unwrap();
    for (delivery, Number { stream, seq, .. }) in &heard[1..] {
        let (checksum, size) = (blake3::hash(&delivery.parts[1]).to_hex(), delivery.parts[1].len());
        assert!(text.contains(&format!("sent {stream} {seq} {checksum} {size}\n")), "{text}");
    }
    // One answer for two of them.
    scene.answer(&heard[0].0, &Reply::Ack { stream: frames, seq: 2, credit: CREDIT });
    node.step(false).unwrap();
    assert_eq!(scene.lines()[4..], [format!("acked {frames} 1"), format!("acked {frames} 2")]);
    scene.answer(&heard[0].0, &Reply::Error { stream: frames, seq: 3, reason: "no".to_owned() });
    scene.answer(&heard[0].0, &Reply::Expect { stream: events, seq: 1 });
    node.step(false).unwrap();
    assert_eq!(scene.lines()[6..], [format!("refused {frames} 3"), format!("acked {events} 1")]);
    assert!(node.is_done());
    let tally = node.end();
    assert_eq!((tally.images, tally.events, tally.acked, tally.refused, tally.open()), (3, 1, 3, 1, 0));
}

#[test]
fn what_the_spool_has_dropped_is_not_taken_for_acknowledged() {
    let mut scene = Scene::new();
    let books = scene.books(5000);
    let (mut node, spool) = (scene.node(&books), &books.0);
    scene.clock.advance(Duration::from_secs(5));
    node.step(true).unwrap();
    let frames = spool.streams()[1];
    let held = spool.after(frames, 0).unwrap().seq;
    assert!(held > 1, "six pictures of a kilobyte do not fit");
    assert_eq!(scene.numbered().len(), 0);
    node.step(false).unwrap();
    let heard = scene.numbered();
    scene.answer(&heard[0].0, &Reply::Ack { stream: frames, seq: 6, credit: CREDIT });
    node.step(false).unwrap();
    let fates: Vec<_> =
        (1..=6).map(|seq| format!("{} {frames} {seq}", if seq < held { "dropped" } else { "acked" })).collect();
    let mut lines = scene.lines();
    lines.retain(|line| !line.starts_with("sent"));
    assert_eq!(lines, fates);
}

#[test]
fn at_a_hub_that_speaks_imagezmq_only_nodes_go_on_in_lock_step() {
    let mut scene = Scene::new();
    let books = scene.books(1 << 20);
    let mut node = scene.node(&books);
    // The hello, the event and the picture.
    for _ in 0..3 {
        node.step(true).unwrap();
        let asked = scene.heard().unwrap();
        assert_eq!(scene.heard(), None);
        scene.answer(&asked, &Reply::Ok);
    }
    node.step(false).unwrap();
    let streams = books.0.streams();
    assert_eq!(scene.lines()[2..], [format!("acked {} 1", streams[0]), format!("acked {} 1", streams[1])]);
    assert!(node.is_done());
}

#[test]
fn an_old_sender_waits_for_each_answer_and_sends_the_same_again_on_a_new_connection() {
    let mut scene = Scene::new();
    let mut sender = scene.old();
    sender.step(true).unwrap();
    let first = scene.heard().unwrap();
    assert_eq!(first.parts[0], br#"{"msg":"sim-0001 View|jpg"}"#);
    scene.clock.advance(Duration::from_secs(4));
    sender.step(true).unwrap();
    assert_eq!(scene.heard(), None);
    scene.clock.advance(Duration::from_secs(1));
    sender.step(true).unwrap();
    let again = scene.heard().unwrap();
    assert_eq!(first.parts, again.parts);
    assert_ne!(first.envelope, again.envelope);
    scene.answer(&again, &Reply::Ok);
    sender.step(true).unwrap();
    let second = scene.heard().unwrap();
    assert_ne!(first.parts[1], second.parts[1]);
    scene.answer(&second, &Reply::Refused("disk full".to_owned()));
    sender.step(false).unwrap();
    assert!(sender.is_done());
    let expected = ["sent sim-0001 1", "acked sim-0001 1", "sent sim-0001 2", "refused sim-0001 2"];
    assert_eq!(scene.lines(), expected);
    let tally = sender.end();
    assert_eq!((tally.images, tally.acked, tally.refused, tally.again, tally.open()), (2, 1, 1, 1, 0));
}

#[test]
fn options_are_read_as_people_write_them() {
    let check = |read: Result<f64, String>, expected: Option<f64>| assert_eq!(read.ok(), expected);
    check(rate("0"), Some(0.0));
    check(rate("0.5"), Some(0.5));
    check(rate("-1"), None);
    check(rate("nan"), None);
    check(seconds("0"), Some(0.0));
    check(seconds("1e300"), None);
    check(seconds("inf"), None);
    assert_eq!((size("13600"), size("1MiB")), (Ok(13_600), Ok(1 << 20)));
    assert!(size("10").is_err() && size("2GiB").is_err() && size("big").is_err());
}

#[test]
fn the_summary_tells_what_came_of_it() {
    let mut tally = Tally::default();
    (tally.images, tally.events) = (5, 1);
    let second = Duration::from_secs;
    for _ in 0..4 {
        tally.end(Ending::Acked, 10_000, Some(second(11)), second(12));
    }
    tally.end(Ending::Dropped, 0, None, second(12));
    let summary = Summary { nodes: 2, tally, start: second(10), time: second(4), cpu: second(1) };
    assert!(!summary.is_clean());
    let expected = "2 nodes sent 5 images and 1 events; 4 were acknowledged in 2.0 s, 2.0 a second (19.5 KiB/s)\n\
                    acknowledged after 1000.00 ms (median), 1000.00 ms (95 %), 1000.00 ms (99 %), 1000.00 ms (slowest)\n\
                    1 not acknowledged, 0 refused, 1 lost by the spool\n\
                    this program itself took 1.0 s of processor time, 25 % of one core";
    assert_eq!(summary.to_string(), expected);
    assert_eq!(summary.json()["per_second"], 2.0);
}
