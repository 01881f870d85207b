//! A broadcast on a real socket, with real subscribers.

use picket_common::event::{EventData, ImageData, Phase, Role};
use picket_common::jpeg;
use picket_common::time::SimClock;
use picket_common::transport::zmq::{Published, Subscriber};
use picket_common::wire::RawShape;

use super::*;
use crate::author::Author;
use crate::spool::Class;

const SECOND: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_secs(10);

struct Play {
    clock: SimClock,
    author: Author,
    broadcast: Broadcast,
}

impl Play {
    fn new(send_type: SendType) -> Play {
        let clock = SimClock::new("2026-11-20T12:00:00Z".parse().unwrap());
        let shared: Arc<dyn Clock> = Arc::new(clock.clone());
        let spool = Spool::in_memory(64 << 20);
        let author = Author {
            node: "Barn".into(),
            view: Some("Door".into()),
            boot: "boot".into(),
            clock: shared.clone(),
            spool: spool.clone(),
        };
        let bind = "tcp://127.0.0.1:*".to_owned();
        let settings = Settings { node: "Barn".into(), bind, send_type, heartbeat: SECOND * 10 };
        let health = Health::new(shared.clone());
        let broadcast = Broadcast::bind(settings, spool, health, shared, Waker::new().unwrap()).unwrap();
        Play { clock, author, broadcast }
    }

    fn event(&self, state: &str) {
        self.author.event(self.author.now(), Some("e"), &EventData::new(Phase::Start, "motion", state));
    }

    fn image(&self, bytes: Vec<u8>) {
        let data = ImageData { role: Role::During, width: 1, height: 1, also: Vec::new() };
        self.author.image(Class::EventFrame, self.author.now(), Some("e"), &data, bytes);
    }

    fn publish_all(&mut self) {
        while !self.broadcast.is_done() {
            self.broadcast.step(Duration::ZERO).unwrap();
        }
    }

    /// One that hears what is published from now on: a subscription needs its time to arrive.
    fn subscriber(&mut self) -> Subscriber {
        let mut subscriber = Subscriber::connect(&[self.broadcast.address().to_owned()], 1 << 20, 1000).unwrap();
        while !matches!(subscriber.receive(Duration::from_millis(20)).unwrap(), Some(Published::Message { .. })) {
            self.event("tuning");
            self.publish_all();
        }
        subscriber
    }
}

fn hear(subscriber: &mut Subscriber) -> (Header, Vec<u8>) {
    loop {
        match subscriber.receive(PATIENCE).unwrap() {
            Some(Published::Message { parts, .. }) => {
                let header = Header::decode(&parts).unwrap();
                if !header.msg.ends_with("tuning") {
                    return (header, parts[1].clone());
                }
            }
            Some(_) => {}
            None => panic!("nothing was heard"),
        }
    }
}

#[test]
fn everything_is_published_at_once_without_a_number_and_is_gone_from_the_outbox() {
    let mut play = Play::new(SendType::Jpg);
    play.broadcast.step(Duration::ZERO).unwrap();
    let mut subscribers = [play.subscriber(), play.subscriber()];
    let jpeg = jpeg::encode_gray(&[90; 48 * 32], 48, 32, 95).unwrap();
    play.image(jpeg.clone());
    play.event("moving");
    play.publish_all();
    assert!(play.broadcast.is_done());
    for subscriber in &mut subscribers {
        let (event, body) = hear(subscriber);
        assert_eq!((event.msg.as_str(), &body[..]), ("Barn Door|motion|moving", event::BLACK_JPEG), "events go first");
        assert_eq!(event.keys.unwrap().number, None);
        let (image, body) = hear(subscriber);
        assert_eq!((image.msg.as_str(), image.raw, body), ("Barn Door|jpg", None, jpeg.clone()));
    }
}

#[test]
fn nobody_has_to_listen() {
    let mut play = Play::new(SendType::Jpg);
    for _ in 0..1000 {
        play.image(vec![1; 10_000]);
    }
    play.publish_all();
    assert_eq!(play.author.spool.stock().messages, 0);
}

#[test]
fn a_sign_of_life_is_published_now_and_then() {
    let mut play = Play::new(SendType::Jpg);
    play.broadcast.step(Duration::ZERO).unwrap();
    let mut subscriber = play.subscriber();
    play.clock.advance(SECOND * 9);
    play.broadcast.step(Duration::ZERO).unwrap();
    play.event("moving");
    play.clock.advance(SECOND);
    play.publish_all();
    assert_eq!(hear(&mut subscriber).0.msg, "Barn|Heartbeat");
    assert_eq!(hear(&mut subscriber).0.msg, "Barn Door|motion|moving");
    play.clock.advance(SECOND * 10);
    play.broadcast.step(Duration::ZERO).unwrap();
    assert_eq!(hear(&mut subscriber).0.msg, "Barn|Heartbeat");
}

#[test]
fn pixels_are_decoded_on_the_way_out_and_what_is_no_picture_is_set_aside() {
    let mut play = Play::new(SendType::Image);
    let mut subscriber = play.subscriber();
    let jpeg = jpeg::encode_bgr(&[90; 48 * 32 * 3], 48, 32, 95).unwrap();
    play.image(b"\xff\xd8 no picture".to_vec());
    play.image(jpeg.clone());
    play.publish_all();
    assert_eq!(play.author.spool.stock().refused, 1);
    let heard = std::iter::repeat_with(|| hear(&mut subscriber)).find(|(header, _)| !header.msg.ends_with("Heartbeat"));
    let (header, body) = heard.unwrap();
    assert_eq!(
        (header.msg.as_str(), header.raw),
        ("Barn Door|image", Some(RawShape { width: 48, height: 32, channels: 3 }))
    );
    assert_eq!(body, jpeg::decode_bgr(&jpeg).unwrap().bytes);
}

#[test]
fn one_that_does_not_read_delays_nobody() {
    let mut play = Play::new(SendType::Jpg);
    let _deaf = play.subscriber();
    let mut other = play.subscriber();
    for number in 0..2000_u32 {
        play.event(&number.to_string());
        play.image(vec![7; 50_000]);
        play.publish_all();
        assert_eq!(hear(&mut other).0.msg, format!("Barn Door|motion|{number}"));
        assert_eq!(hear(&mut other).0.msg, "Barn Door|jpg");
    }
}
