//! Several hubs, each played by the test in turn.

use super::*;

const A: &str = "tcp://a:5555";
const B: &str = "tcp://b:5555";

/// A node with two hubs, of which nobody has answered yet.
fn two(dialect: Dialect) -> (Play, Network, Network) {
    let (a, b) = (Network::new(), Network::new());
    (Play::with(dialect, &[(A, &a), (B, &b)]), a, b)
}

impl Play {
    /// Lets time pass in steps, with nobody answering.
    fn pass(&mut self, seconds: u32) {
        for _ in 0..seconds * 2 {
            self.clock.advance(SECOND / 2);
            self.uplink.step(Duration::ZERO).unwrap();
        }
    }

    fn at_hand(&self) -> &str {
        self.uplink.hubs.at_hand()
    }

    /// The hub of `network` answers whatever comes for so long, as a hub would that stores nothing new.
    fn answer_for(&mut self, network: &Network, seconds: u32) {
        let mut hub = network.hub();
        for _ in 0..seconds * 2 {
            self.clock.advance(SECOND / 2);
            self.uplink.step(Duration::ZERO).unwrap();
            while let Some(Incoming::Delivery(delivery)) = hub.receive(Duration::ZERO).unwrap() {
                let keys = Header::decode(&delivery.parts).unwrap().keys.unwrap();
                let credit = Credit { credit_messages: 10, credit_bytes: 1 << 20 };
                let time = self.clock.now();
                let answer = match (keys.kind, keys.number) {
                    _ if self.uplink.settings.dialect != Dialect::Picket => Reply::Ok,
                    (Kind::Hello, _) => Reply::Welcome(welcome(credit, time)),
                    (_, Some(Number { stream, seq, .. })) => Reply::Ack { stream, seq, credit },
                    _ => Reply::Heartbeat { credit, time },
                };
                hub.reply(&delivery.envelope, &answer.encode()).unwrap();
            }
        }
    }
}

fn welcome(credit: Credit, time: picket_common::time::Timestamp) -> Welcome {
    let (version, twin, waiting) = (None, None, None);
    Welcome { picket: 1, name: "hub".into(), max_bytes: 10_000, credit, time, version, twin, waiting }
}

#[test]
fn a_hub_that_does_not_answer_is_left_for_the_next_one_and_nothing_is_lost() {
    let (mut play, a, b) = two(Dialect::Picket);
    play.image();
    play.image();
    assert_eq!(play.step(), "hello");
    play.welcome(10);
    assert_eq!(play.step(), "image 1<0, image 2<1");
    play.ack(1, 1, 10);
    play.pass(16);
    assert_eq!(play.at_hand(), B, "no answer to the heartbeat");
    play.turn_to(&b);
    assert_eq!(play.step(), "hello");
    play.welcome(10);
    assert_eq!(play.step(), "image 2<0", "from the oldest that is not acknowledged");
    play.ack(1, 2, 10);
    play.step();
    assert!(play.uplink.is_done());
    drop(a);
}

#[test]
fn a_hub_that_is_away_from_the_start_is_passed_over() {
    let (mut play, _a, b) = two(Dialect::Picket);
    play.event();
    play.pass(6);
    play.turn_to(&b);
    assert_eq!(play.step(), "hello");
    assert_eq!(play.at_hand(), B);
    play.welcome(10);
    assert_eq!(play.step(), "event 1<0");
}

#[test]
fn it_goes_back_when_the_first_is_steadily_there_and_looks_without_disturbing() {
    let (mut play, a, b) = two(Dialect::Picket);
    play.pass(6);
    play.answer_for(&b, 30);
    assert_eq!(play.at_hand(), B, "the first one still does not answer");
    // Now both are there. The looks at the first have `probe`.
    let mut first = a.hub();
    while let Some(Incoming::Delivery(delivery)) = first.receive(Duration::ZERO).unwrap() {
        let keys = Header::decode(&delivery.parts).unwrap().keys.unwrap();
        let is_look = keys.data["probe"] == true;
        assert_eq!((keys.kind, keys.number), (Kind::Hello, None), "probe: {is_look}");
    }
    let went_back = (0..60).position(|_| {
        play.answer_for(&a, 1);
        play.answer_for(&b, 1);
        play.at_hand() == A
    });
    let seconds = went_back.expect("it goes back") * 2;
    assert!((8..50).contains(&seconds), "two looks at least half a heartbeat apart: {seconds} s");
    play.image();
    play.answer_for(&a, 2);
    assert!(play.uplink.is_done());
    assert_eq!(play.at_hand(), A);
}

#[test]
fn one_sign_of_life_is_not_enough_and_a_hub_with_a_full_disk_gives_none() {
    let (mut play, a, b) = two(Dialect::Picket);
    play.pass(6);
    play.answer_for(&b, 1);
    let mut first = a.hub();
    let mut look = |play: &mut Play, credit_bytes: Option<u64>| {
        // Until the next look comes; it is answered, or not.
        for _ in 0..60 {
            play.answer_for(&b, 1);
            let mut looked = None;
            while let Some(Incoming::Delivery(delivery)) = first.receive(Duration::ZERO).unwrap() {
                looked = Some(delivery);
            }
            if let Some(delivery) = looked {
                let credit = credit_bytes.map(|credit_bytes| Credit { credit_messages: 1, credit_bytes });
                if let Some(credit) = credit {
                    let answer = Reply::Welcome(welcome(credit, play.clock.now()));
                    first.reply(&delivery.envelope, &answer.encode()).unwrap();
                }
                play.answer_for(&b, 6);
                return play.at_hand().to_owned();
            }
        }
        panic!("it does not look");
    };
    for credit in [Some(1), None, Some(1), Some(0), Some(0), Some(1), None, Some(1)] {
        assert_eq!(look(&mut play, credit), B, "{credit:?}");
    }
    assert_eq!(look(&mut play, Some(1)), A, "twice in a row");
}

#[test]
fn what_is_under_way_may_arrive_before_it_goes_back() {
    let (mut play, a, b) = two(Dialect::Picket);
    play.pass(6);
    play.turn_to(&b);
    assert_eq!(play.step(), "hello");
    play.welcome(10);
    play.image();
    assert_eq!(play.step(), "image 1<0");
    play.uplink.leaving = Some((0, play.clock.uptime() + SECOND * 5));
    play.image();
    assert_eq!(play.step(), "", "nothing new is sent to a hub that is left");
    play.ack(1, 1, 10);
    play.step();
    assert_eq!(play.at_hand(), A);
    play.turn_to(&a);
    assert_eq!(play.step(), "hello");
    play.welcome(10);
    assert_eq!(play.step(), "image 2<0", "only this one is sent there");
}

#[test]
fn a_hub_that_takes_nothing_is_left_for_one_that_may() {
    let (mut play, _a, b) = two(Dialect::Picket);
    play.image();
    play.step();
    play.welcome(0);
    for _ in 0..8 {
        play.pass(4);
        if let Some(last) = &play.last {
            let (credit, time) = (Credit { credit_messages: 0, credit_bytes: 0 }, play.clock.now());
            play.hub.reply(&last.envelope.clone(), &Reply::Heartbeat { credit, time }.encode()).unwrap();
        }
    }
    assert_eq!(play.at_hand(), B);
    play.turn_to(&b);
    play.step();
    play.welcome(1);
    assert_eq!(play.step(), "image 1<0");
}

#[test]
fn in_lock_step_it_goes_on_with_the_next_and_goes_back_between_two_messages() {
    let (mut play, a, b) = two(Dialect::Imagezmq(SendType::Jpg));
    play.image();
    play.image();
    assert_eq!(play.step(), "image");
    play.pass(6);
    assert_eq!(play.at_hand(), B);
    play.turn_to(&b);
    assert_eq!(play.step(), "image", "the one whose answer did not come");
    play.answer(&Reply::Ok);
    assert_eq!(play.step(), "image");
    play.uplink.leaving = Some((0, play.clock.uptime() + SECOND));
    assert_eq!(play.step(), "", "not before the answer");
    assert_eq!(play.at_hand(), B);
    play.answer(&Reply::Ok);
    play.step();
    assert_eq!((play.at_hand(), play.uplink.is_done()), (A, true), "each was acknowledged once");
    drop(a);
}

#[test]
fn in_lock_step_the_first_one_is_asked_now_and_then_and_gone_back_to() {
    let (mut play, a, b) = two(Dialect::Imagezmq(SendType::Jpg));
    play.image();
    play.pass(6);
    assert_eq!(play.at_hand(), B);
    let went_back = (0..30).any(|_| {
        play.answer_for(&a, 1);
        play.answer_for(&b, 1);
        play.at_hand() == A
    });
    assert!(went_back && play.uplink.is_done());
}

#[test]
fn nodes_that_miss_a_hub_do_not_all_come_back_at_the_same_moment() {
    let again = |seed: u64| {
        let mut hubs = Hubs::new(&[A.to_owned()], seed);
        (0..4)
            .map(|_| {
                hubs.missed(SECOND, SECOND * 10);
                hubs.patience(SECOND * 10)
            })
            .sum::<Duration>()
    };
    let mut moments: Vec<Duration> = (0..200).map(again).collect();
    moments.sort();
    let spread = moments[180] - moments[20];
    assert!(spread > SECOND * 2, "{spread:?}");
}
