//! An uplink on wires in memory, and at their other end a hub that the test plays by hand.

use picket_common::event::{self, EventData, ImageData, Kind, Phase, Role};
use picket_common::time::SimClock;
use picket_common::transport::memory::{MemoryReceiver, MemorySender, Network};
use picket_common::transport::{Delivery, Incoming, Receiver};
use picket_common::wire::{Command, Credit, Header, Order, Welcome};

use super::answers::FULL_PAUSE;
use super::*;
use crate::author::Author;
use crate::config::SendType;
use crate::spool::Class;

const SECOND: Duration = Duration::from_secs(1);

struct Play {
    clock: SimClock,
    spool: Spool,
    author: Author,
    uplink: Uplink<MemorySender>,
    hub: MemoryReceiver,
    last: Option<Delivery>,
}

impl Play {
    fn new(dialect: Dialect) -> Play {
        Play::with(dialect, &[("tcp://hub:5555", &Network::new())])
    }

    /// With these hubs, of which the test plays the first until [`Play::turn_to`] another.
    fn with(dialect: Dialect, hubs: &[(&str, &Network)]) -> Play {
        let clock = SimClock::new("2026-11-20T12:00:00Z".parse().unwrap());
        let spool = Spool::in_memory(1 << 20);
        let shared: Arc<dyn Clock> = Arc::new(clock.clone());
        let author = Author {
            node: "Barn".into(),
            view: Some("Door".into()),
            boot: Health::new(shared.clone()).boot(),
            clock: shared.clone(),
            spool: spool.clone(),
        };
        let settings = Settings {
            node: "Barn".into(),
            hubs: hubs.iter().map(|(address, _)| (*address).to_owned()).collect(),
            dialect,
            heartbeat: SECOND * 10,
            timeout: SECOND * 5,
            seed: 7,
            is_one_of_many: false,
        };
        let health = Health::new(shared.clone());
        let uplink = Uplink::new(Network::node_of(hubs), spool.clone(), settings, health, shared);
        Play { clock, spool, author, uplink, hub: hubs[0].1.hub(), last: None }
    }

    /// From now on the test plays the hub of `network`.
    fn turn_to(&mut self, network: &Network) {
        self.hub = network.hub();
        self.last = None;
    }

    fn event(&self) {
        let data = EventData::new(Phase::Start, "motion", "moving");
        self.author.event(self.author.now(), Some("e"), &data);
    }

    fn image(&self) {
        let data = ImageData { role: Role::During, width: 1, height: 1, also: Vec::new() };
        self.author.image(Class::EventFrame, self.author.now(), Some("e"), &data, vec![1; 100]);
    }

    /// What the hub receives after one step, as `hello`, `health`, or `seq<prev` with the class's letter.
    fn step(&mut self) -> String {
        self.uplink.step(Duration::ZERO).unwrap();
        let mut said = Vec::new();
        while let Some(Incoming::Delivery(delivery)) = self.hub.receive(Duration::ZERO).unwrap() {
            let header = Header::decode(&delivery.parts).unwrap();
            let keys = header.keys.unwrap();
            said.push(match (keys.kind, keys.number) {
                (kind, Some(Number { seq, prev, .. })) => format!("{kind:?} {seq}<{prev}").to_lowercase(),
                (kind, None) => format!("{kind:?}").to_lowercase(),
            });
            self.last = Some(delivery);
        }
        said.join(", ")
    }

    fn answer(&mut self, reply: &Reply) {
        let to = self.last.as_ref().expect("the node has said something").envelope.clone();
        self.hub.reply(&to, &reply.encode()).unwrap();
    }

    fn welcome(&mut self, messages: u64) {
        let credit = Credit { credit_messages: messages, credit_bytes: 1 << 20 };
        let time = self.clock.now();
        let (version, twin, waiting) = (None, None, None);
        let (name, max_bytes) = ("hub".into(), 10_000);
        self.answer(&Reply::Welcome(Welcome { picket: 1, name, max_bytes, credit, time, version, twin, waiting }));
    }

    fn ack(&mut self, class: usize, seq: u64, messages: u64) {
        let stream = self.spool.streams()[class];
        let credit = Credit { credit_messages: messages, credit_bytes: 1 << 20 };
        self.answer(&Reply::Ack { stream, seq, credit });
    }
}

#[test]
fn a_picket_hub_gets_a_hello_and_then_events_before_images() {
    let mut play = Play::new(Dialect::Picket);
    play.image();
    play.image();
    play.event();
    assert_eq!(play.step(), "hello");
    assert_eq!(play.step(), "", "nothing before the welcome");
    play.welcome(10);
    assert_eq!(play.step(), "event 1<0, image 1<0, image 2<1");
    play.ack(0, 1, 10);
    play.ack(1, 2, 10);
    assert_eq!(play.step(), "");
    assert!(play.uplink.is_done());
}

#[test]
fn no_more_is_under_way_than_the_credit_allows() {
    let mut play = Play::new(Dialect::Picket);
    play.step();
    play.welcome(2);
    for _ in 0..5 {
        play.image();
    }
    assert_eq!(play.step(), "image 1<0, image 2<1");
    assert_eq!(play.step(), "");
    play.ack(1, 1, 2);
    assert_eq!(play.step(), "image 3<2");
    play.ack(1, 3, 0);
    assert_eq!(play.step(), "", "no credit is a pause");
    play.answer(&Reply::Heartbeat { credit: Credit { credit_messages: 9, credit_bytes: 1 }, time: play.clock.now() });
    assert_eq!(play.step(), "image 4<3", "one message of any size may always be under way");
}

#[test]
fn what_the_hub_expects_is_sent_again_from_there() {
    let mut play = Play::new(Dialect::Picket);
    play.step();
    play.welcome(10);
    for _ in 0..4 {
        play.image();
    }
    assert_eq!(play.step(), "image 1<0, image 2<1, image 3<2, image 4<3");
    let stream = play.spool.streams()[1];
    play.answer(&Reply::Expect { stream, seq: 2 });
    assert_eq!(play.step(), "image 3<0, image 4<3");
}

#[test]
fn a_hub_that_does_not_know_the_connection_gets_a_hello_and_everything_again() {
    for stranger in [Reply::Hello, Reply::Ok] {
        let mut play = Play::new(Dialect::Picket);
        play.step();
        play.welcome(10);
        play.image();
        play.image();
        play.step();
        play.answer(&stranger);
        play.answer(&stranger);
        assert_eq!(play.step(), "hello", "one hello for many answers");
        play.welcome(10);
        assert_eq!(play.step(), "image 1<0, image 2<1");
    }
}

#[test]
fn an_ok_to_a_heartbeat_from_before_the_hello_is_no_answer_to_what_follows() {
    let mut play = Play::new(Dialect::Picket);
    play.step();
    play.welcome(10);
    play.image();
    play.step();
    play.clock.advance(SECOND * 10);
    assert_eq!(play.step(), "health");
    let before = play.last.take().unwrap().envelope;
    // A hub that was started anew asks for a hello because of the image, and takes the heartbeat for an old sender's.
    play.hub.reply(&before, &Reply::Hello.encode()).unwrap();
    assert_eq!(play.step(), "hello");
    for _ in 0..2 {
        play.hub.reply(&before, &Reply::Ok.encode()).unwrap();
        assert_eq!(play.step(), "", "it waits for the welcome");
    }
    assert_eq!(play.spool.stock().messages, 1, "nobody has acknowledged the image");
    play.welcome(10);
    assert_eq!(play.step(), "image 1<0");
}

#[test]
fn a_refused_message_is_set_aside_and_the_next_goes_on() {
    let mut play = Play::new(Dialect::Picket);
    play.step();
    play.welcome(10);
    play.image();
    play.image();
    play.step();
    let stream = play.spool.streams()[1];
    play.answer(&Reply::Error { stream, seq: 1, reason: "odd".into() });
    assert_eq!(play.step(), "image 2<0");
    assert_eq!(play.spool.stock().refused, 1);
}

#[test]
fn a_message_too_large_for_the_hub_is_set_aside_by_the_node() {
    let mut play = Play::new(Dialect::Picket);
    play.step();
    play.welcome(10);
    let data = ImageData { role: Role::During, width: 1, height: 1, also: Vec::new() };
    play.author.image(Class::EventFrame, play.author.now(), None, &data, vec![1; 10_001]);
    play.image();
    assert_eq!(play.step(), "image 2<0");
    assert_eq!(play.spool.stock().refused, 1);
}

#[test]
fn a_hub_that_says_nothing_is_tried_again_and_loses_nothing() {
    let mut play = Play::new(Dialect::Picket);
    play.image();
    assert_eq!(play.step(), "hello");
    play.clock.advance(SECOND * 5);
    assert_eq!(play.step(), "", "the connection is made anew");
    assert_eq!(play.step(), "hello");
    play.welcome(10);
    assert_eq!(play.step(), "image 1<0");
    play.clock.advance(SECOND * 15);
    play.step();
    assert_eq!(play.step(), "hello");
    play.welcome(10);
    assert_eq!(play.step(), "image 1<0");
}

#[test]
fn a_hub_that_answers_and_acknowledges_nothing_is_greeted_anew() {
    let mut play = Play::new(Dialect::Picket);
    play.step();
    play.welcome(10);
    play.image();
    assert_eq!(play.step(), "image 1<0");
    let credit = Credit { credit_messages: 10, credit_bytes: 1 << 20 };
    play.clock.advance(SECOND * 14);
    assert_eq!(play.step(), "health");
    play.answer(&Reply::Heartbeat { credit, time: play.clock.now() });
    assert_eq!(play.step(), "");
    play.clock.advance(SECOND);
    assert_eq!(play.step(), "");
    assert_eq!(play.step(), "hello");
}

#[test]
fn an_old_hub_is_recognised_and_gets_one_message_at_a_time() {
    let mut play = Play::new(Dialect::Picket);
    play.image();
    play.event();
    play.step();
    play.answer(&Reply::Ok);
    assert_eq!(play.step(), "event 1<0");
    assert_eq!(play.step(), "");
    play.answer(&Reply::Ok);
    assert_eq!(play.step(), "image 1<0");
    play.clock.advance(SECOND * 5);
    play.step();
    assert_eq!(play.step(), "hello", "no answer: a new connection, and perhaps a new hub");
    play.answer(&Reply::Ok);
    assert_eq!(play.step(), "image 1<0");
    play.answer(&Reply::Ok);
    assert_eq!(play.step(), "");
    assert!(play.uplink.is_done());
    play.clock.advance(SECOND * 10);
    assert_eq!(play.step(), "health");
}

#[test]
fn protocol_imagezmq_sends_neither_hello_nor_numbers() {
    let mut play = Play::new(Dialect::Imagezmq(SendType::Jpg));
    play.event();
    play.image();
    assert_eq!(play.step(), "event");
    play.answer(&Reply::Ok);
    assert_eq!(play.step(), "image");
    play.answer(&Reply::Refused("disk full".into()));
    assert_eq!(play.step(), "", "a full disk is given time");
    play.clock.advance(FULL_PAUSE);
    assert_eq!(play.step(), "image");
    play.answer(&Reply::Refused("too odd".into()));
    assert_eq!(play.step(), "");
    assert_eq!((play.spool.stock().messages, play.spool.stock().refused), (0, 1));
}

#[test]
fn with_send_type_image_all_that_an_old_hub_gets_is_pixels() {
    let mut play = Play::new(Dialect::Imagezmq(SendType::Image));
    let data = ImageData { role: Role::During, width: 16, height: 16, also: Vec::new() };
    play.image();
    play.author.image(Class::EventFrame, play.author.now(), None, &data, event::BLACK_JPEG);
    play.event();
    let check = |play: &mut Play, said: &str| {
        assert_eq!(play.step(), said);
        let parts = &play.last.as_ref().unwrap().parts;
        let raw = Header::decode(parts).unwrap().raw.map(|raw| (raw.width, raw.height, raw.channels));
        assert_eq!((raw, parts[1].len()), (Some((16, 16, 3)), 16 * 16 * 3), "{said}");
        play.answer(&Reply::Ok);
    };
    check(&mut play, "event");
    assert_eq!(play.step(), "", "what is no picture cannot go as pixels");
    assert_eq!(play.spool.stock().refused, 1);
    check(&mut play, "image");
    play.clock.advance(SECOND * 10);
    check(&mut play, "health");
}

#[test]
fn a_command_is_taken_from_a_greeted_hub_only_and_disturbs_nothing() {
    let command = || Command { order: Order::Snapshot, view: Some("Door".into()) };
    let mut play = Play::new(Dialect::Picket);
    let commands = play.uplink.commands();
    play.image();
    assert_eq!(play.step(), "hello");
    play.answer(&Reply::Command(command()));
    assert_eq!((play.step(), commands.take()), (String::new(), None), "it is no answer to a hello");
    play.welcome(10);
    assert_eq!(play.step(), "image 1<0");
    play.answer(&Reply::Command(command()));
    play.answer(&Reply::Unknown("dance".into()));
    assert_eq!((play.step(), commands.take()), (String::new(), Some(command())));
    let to = play.last.as_ref().unwrap().envelope.clone();
    for broken in [r#"{"command": 7}"#, r#"{"command": {"order": "record", "for_ms": "long"}}"#, "{\"command"] {
        play.hub.reply(&to, broken.as_bytes()).unwrap();
        assert_eq!((play.step(), commands.take()), (String::new(), None), "{broken}");
    }
    play.image();
    assert_eq!(play.step(), "image 2<1", "the window is as it was");
}

mod hostile;
mod restarted;
mod several;
mod time;

#[test]
fn a_hub_that_says_pause_is_told_of_once_and_once_when_it_takes_messages_again() {
    let mut play = Play::new(Dialect::Picket);
    play.step();
    play.welcome(2);
    play.image();
    play.image();
    assert_eq!(play.step(), "image 1<0, image 2<1");
    let closed = Credit { credit_messages: 0, credit_bytes: 0 };
    let (stream, time) = (play.spool.streams()[1], play.clock.now());
    play.answer(&Reply::Ack { stream, seq: 1, credit: closed });
    play.step();
    let now = play.clock.uptime();
    assert_eq!(play.uplink.pause.begin(now), None, "it has begun, and was told");
    play.answer(&Reply::Heartbeat { credit: Credit { credit_messages: 1, credit_bytes: 0 }, time });
    play.step();
    assert_eq!(play.uplink.pause.begin(now), None, "a trial is no end");
    play.ack(1, 2, 2);
    play.step();
    assert_eq!(play.uplink.pause.end(), None, "it is over, and was told");

    let mut old = Play::new(Dialect::Imagezmq(SendType::Jpg));
    old.event();
    assert_eq!(old.step(), "event");
    old.answer(&Reply::Refused("disk full".into()));
    old.step();
    let now = old.clock.uptime();
    assert_eq!(old.uplink.pause.begin(now), None, "it has begun, and was told");
    old.clock.advance(FULL_PAUSE);
    assert_eq!(old.step(), "event");
    old.answer(&Reply::Ok);
    old.step();
    assert_eq!(old.uplink.pause.end(), None, "it is over, and was told");
}
