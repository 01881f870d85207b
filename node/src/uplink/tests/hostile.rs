//! Hubs that are confused, or worse: whatever they answer, the node goes on, and nothing that no hub has acknowledged is
//! removed.

use std::collections::{BTreeMap, BTreeSet};

use picket_common::log::sim::Dice;
use picket_common::wire::StreamId;

use super::*;

/// A window with three images under way.
fn three_under_way() -> (Play, StreamId) {
    let mut play = Play::new(Dialect::Picket);
    play.step();
    play.welcome(10);
    (0..3).for_each(|_| play.image());
    assert_eq!(play.step(), "image 1<0, image 2<1, image 3<2");
    let stream = play.spool.streams()[1];
    (play, stream)
}

#[test]
fn an_answer_to_what_was_never_sent_changes_nothing() {
    let credit = Credit { credit_messages: 9, credit_bytes: 1 << 20 };
    let check = |reply: fn(StreamId, StreamId, Credit) -> Reply, said: &str| {
        let (mut play, stream) = three_under_way();
        play.event();
        let events = play.spool.streams()[0];
        let reply = reply(stream, events, credit);
        play.answer(&reply);
        assert_eq!((play.step().as_str(), play.spool.stock().messages), (said, 4), "{reply:?}");
        assert_eq!(play.spool.stock().refused, 0);
    };
    check(|stream, _, credit| Reply::Ack { stream, seq: 4, credit }, "event 1<0");
    check(|stream, _, credit| Reply::Ack { stream, seq: u64::MAX, credit }, "event 1<0");
    check(|_, events, credit| Reply::Ack { stream: events, seq: 1, credit }, "event 1<0");
    check(|_, _, credit| Reply::Ack { stream: StreamId(7), seq: 1, credit }, "event 1<0");
    check(|stream, _, _| Reply::Expect { stream, seq: 4 }, "event 1<0");
    check(|_, events, _| Reply::Expect { stream: events, seq: 1 }, "event 1<0");
    check(|_, _, _| Reply::Expect { stream: StreamId(7), seq: 0 }, "event 1<0");
    check(|stream, _, _| Reply::Error { stream, seq: 4, reason: "odd".into() }, "event 1<0");
    check(|_, events, _| Reply::Error { stream: events, seq: 1, reason: "odd".into() }, "event 1<0");
    check(|_, _, _| Reply::Error { stream: StreamId(7), seq: 1, reason: "odd".into() }, "event 1<0");
}

#[test]
fn what_an_earlier_connection_or_run_has_sent_may_be_acknowledged_at_the_first_message() {
    let (mut play, stream) = three_under_way();
    play.image();
    play.answer(&Reply::Hello);
    assert_eq!(play.step(), "hello");
    play.welcome(1);
    assert_eq!(play.step(), "image 1<0");
    play.answer(&Reply::Ack { stream, seq: 3, credit: Credit { credit_messages: 1, credit_bytes: 0 } });
    assert_eq!(play.step(), "image 4<1");

    // A node that was restarted with its spool: what lies in it was perhaps sent.
    let mut play = Play::new(Dialect::Picket);
    (0..3).for_each(|_| play.image());
    let Uplink { link, settings, health, .. } = play.uplink;
    play.uplink = Uplink::new(link, play.spool.clone(), settings, health, Arc::new(play.clock.clone()));
    play.step();
    play.welcome(1);
    assert_eq!(play.step(), "image 1<0");
    play.ack(1, 2, 1);
    assert_eq!(play.step(), "image 3<1");
}

#[test]
fn a_refusal_is_final_and_as_an_expect_goes_back_to_the_oldest() {
    let (mut play, stream) = three_under_way();
    let refuse = Reply::Error { stream, seq: 2, reason: "odd".into() };
    play.answer(&refuse);
    play.answer(&refuse);
    assert_eq!(play.step(), "image 1<0, image 3<1");
    assert_eq!((play.spool.stock().refused, play.spool.stock().messages), (1, 2));
}

#[test]
fn credit_is_counted_anew_after_a_welcome_or_an_expect() {
    let mut play = Play::new(Dialect::Picket);
    play.step();
    play.welcome(2);
    (0..4).for_each(|_| play.image());
    assert_eq!(play.step(), "image 1<0, image 2<1");
    let stream = play.spool.streams()[1];
    play.answer(&Reply::Expect { stream, seq: 0 });
    assert_eq!(play.step(), "image 1<0, image 2<1", "two again");
    play.answer(&Reply::Hello);
    assert_eq!(play.step(), "hello");
    play.welcome(3);
    assert_eq!(play.step(), "image 1<0, image 2<1, image 3<2");
}

#[test]
fn a_hub_that_would_take_everything_gets_no_more_than_fits_into_memory_twice() {
    let mut play = Play::new(Dialect::Picket);
    play.step();
    play.answer(&Reply::Welcome(Welcome {
        picket: 1,
        name: "hub".into(),
        max_bytes: u64::MAX,
        credit: Credit { credit_messages: u64::MAX, credit_bytes: u64::MAX },
        time: play.clock.now(),
        version: None,
        twin: None,
        waiting: None,
    }));
    (0..600).for_each(|_| play.image());
    assert_eq!(play.step().split(", ").count(), 256);
}

#[test]
fn a_hub_that_takes_no_message_at_all_is_none() {
    let mut play = Play::new(Dialect::Picket);
    play.image();
    play.step();
    let welcome = r#"{"welcome": {"picket": 1, "name": "x", "max_bytes": 0, "credit_messages": 9, "credit_bytes": 9,
        "time": "2026-11-20T12:00:00Z"}}"#;
    let to = play.last.as_ref().unwrap().envelope.clone();
    play.hub.reply(&to, welcome.as_bytes()).unwrap();
    assert_eq!(play.step(), "");
    assert_eq!((play.spool.stock().messages, play.spool.stock().refused), (1, 0));
    play.clock.advance(SECOND * 5);
    play.step();
    assert_eq!(play.step(), "hello", "it is tried again, as one that does not answer");
}

#[test]
fn a_welcome_of_an_older_or_a_newer_hub_is_understood() {
    for more in ["", r#", "version": "9.0.0", "twin": null, "colour": "green""#] {
        let mut play = Play::new(Dialect::Picket);
        play.image();
        play.step();
        let welcome = format!(
            r#"{{"welcome": {{"picket": 1, "name": "x", "max_bytes": 1048576, "credit_messages": 9,
            "credit_bytes": 9000, "time": "2026-11-20T12:00:00Z"{more}}}}}"#
        );
        let to = play.last.as_ref().unwrap().envelope.clone();
        play.hub.reply(&to, welcome.as_bytes()).unwrap();
        assert_eq!(play.step(), "image 1<0");
    }
}

#[test]
fn a_hub_that_asks_for_one_hello_after_the_other_gets_them_more_and_more_slowly() {
    let mut play = Play::new(Dialect::Picket);
    play.image();
    let mut greeted = Vec::new();
    while play.clock.uptime() < SECOND * 120 {
        if play.step() == "hello" {
            greeted.push(play.clock.uptime().as_secs());
            play.welcome(1);
            play.step();
            play.answer(&Reply::Hello);
        } else {
            play.clock.advance(SECOND / 4);
        }
    }
    assert!((6..12).contains(&greeted.len()), "{greeted:?}");
    assert_eq!(play.spool.stock().messages, 1);
}

#[test]
fn a_hub_that_talks_without_end_does_not_keep_the_node_from_its_turn() {
    let (mut play, _) = three_under_way();
    play.event();
    for _ in 0..ANSWERS + 10 {
        play.answer(&Reply::Unknown("chatter".into()));
    }
    assert_eq!(play.step(), "event 1<0");
}

#[test]
fn after_several_greetings_in_vain_there_is_one_message_at_a_time_and_more_patience() {
    let mut play = Play::new(Dialect::Picket);
    (0..3).for_each(|_| play.image());
    let mut sent = Vec::new();
    for _ in 0..3 {
        while play.step() != "hello" {
            play.clock.advance(SECOND);
        }
        play.welcome(10);
        let since = play.clock.uptime();
        sent.push(play.step());
        while matches!(play.uplink.state, State::Window(_)) {
            play.clock.advance(SECOND);
            play.step();
        }
        sent.push((play.clock.uptime() - since).as_secs().to_string());
    }
    let three = "image 1<0, image 2<1, image 3<2";
    assert_eq!(sent, [three, "15", three, "20", "image 1<0", "30"]);
}

#[test]
fn an_old_hub_taken_over_by_a_new_one_and_back_loses_nothing() {
    let mut play = Play::new(Dialect::Picket);
    (0..4).for_each(|_| play.image());
    play.step();
    play.answer(&Reply::Ok);
    assert_eq!(play.step(), "image 1<0");
    play.answer(&Reply::Ok);
    assert_eq!(play.step(), "image 2<1");
    // A Picket hub does not know the connection.
    play.answer(&Reply::Hello);
    assert_eq!(play.step(), "hello");
    play.welcome(2);
    assert_eq!(play.step(), "image 2<0, image 3<2");
    play.ack(1, 2, 2);
    assert_eq!(play.step(), "image 4<3");
    // An old one again, which answers each of them.
    play.answer(&Reply::Ok);
    assert_eq!(play.step(), "hello");
    play.answer(&Reply::Ok);
    assert_eq!(play.step(), "image 3<0");
    play.answer(&Reply::Ok);
    assert_eq!(play.step(), "image 4<3");
    play.answer(&Reply::Ok);
    play.step();
    assert!(play.uplink.is_done());
}

#[test]
fn whatever_a_program_that_speaks_imagezmq_answers_is_an_answer() {
    for answer in [&b"OK"[..], b"", b"{\"status\": 1}", b"{broken", b"[1]", b"\xff", b"{\"ack\": {}}"] {
        let mut play = Play::new(Dialect::Imagezmq(SendType::Jpg));
        play.image();
        assert_eq!(play.step(), "image");
        let to = play.last.as_ref().unwrap().envelope.clone();
        play.hub.reply(&to, answer).unwrap();
        play.step();
        assert!(play.uplink.is_done(), "{answer:?}");
    }
}

/// Some answer, sensible or not. What it acknowledges, or refuses, of what was sent is noted.
fn any_answer(
    dice: &mut Dice,
    play: &Play,
    sent: &BTreeMap<StreamId, u64>,
    gone: &mut BTreeMap<StreamId, BTreeSet<u64>>,
) -> Vec<u8> {
    let streams = play.spool.streams();
    let stream = [streams[0], streams[1], streams[2], StreamId(9)][dice.place(4)];
    let most = sent.get(&stream).copied().unwrap_or(0);
    let seq = [0, most / 2, most, most + 1, u64::MAX][dice.place(5)];
    let credit = Credit {
        credit_messages: [0, 1, 3, u64::MAX][dice.place(4)],
        credit_bytes: [0, 500, 1 << 20, u64::MAX][dice.place(4)],
    };
    let time = play.clock.now();
    let said = seq <= most && most > 0;
    let acknowledged = if said { seq } else { 0 };
    let reply = match dice.roll(12) {
        0 => Reply::Ok,
        1 => Reply::Refused(["disk full", "odd"][dice.place(2)].into()),
        2 | 3 => {
            let max_bytes = [0, 10_000, u64::MAX][dice.place(3)];
            let (version, twin, waiting) = (None, None, None);
            Reply::Welcome(Welcome { picket: 1, name: "x".into(), max_bytes, credit, time, version, twin, waiting })
        }
        4 | 5 => {
            gone.entry(stream).or_default().extend(1..=acknowledged);
            Reply::Ack { stream, seq, credit }
        }
        6 | 7 => {
            gone.entry(stream).or_default().extend(1..=acknowledged);
            Reply::Expect { stream, seq }
        }
        8 => Reply::Hello,
        9 => {
            gone.entry(stream).or_default().extend(Some(seq).filter(|_| said));
            Reply::Error { stream, seq, reason: "odd".into() }
        }
        10 => Reply::Heartbeat { credit, time },
        _ => return [&b"{broken"[..], b"{}", b"", b"{\"ack\": 7}", b"[]"][dice.place(5)].to_vec(),
    };
    reply.encode()
}

#[test]
fn whatever_a_hub_answers_nothing_goes_that_it_has_not_acknowledged_or_refused() {
    for seed in 0..150 {
        let (mut dice, mut play) = (Dice(seed), Play::new(Dialect::Picket));
        let mut sent: BTreeMap<StreamId, u64> = BTreeMap::new();
        let mut gone: BTreeMap<StreamId, BTreeSet<u64>> = BTreeMap::new();
        for _ in 0..120 {
            match dice.roll(4) {
                0 => play.event(),
                1 => play.image(),
                _ => {}
            }
            play.clock.advance(SECOND / [1, 4, 10][dice.place(3)]);
            play.uplink.step(Duration::ZERO).unwrap();
            while let Some(Incoming::Delivery(delivery)) = play.hub.receive(Duration::ZERO).unwrap() {
                let header = Header::decode(&delivery.parts).unwrap();
                if let Some(number) = header.keys.and_then(|keys| keys.number) {
                    let most = sent.entry(number.stream).or_default();
                    *most = number.seq.max(*most);
                    // In lock-step an `OK` is for what was asked, whichever answer it is.
                    if matches!(play.uplink.state, State::Lockstep(_)) {
                        gone.entry(number.stream).or_default().insert(number.seq);
                    }
                }
                play.last = Some(delivery);
            }
            for _ in 0..dice.roll(4) {
                let Some(to) = play.last.as_ref().map(|last| last.envelope.clone()) else { break };
                let answer = any_answer(&mut dice, &play, &sent, &mut gone);
                play.hub.reply(&to, &answer).unwrap();
            }
            for stream in play.spool.streams() {
                let gone = gone.get(&stream);
                let missing = |seq: &u64| play.spool.after(stream, seq - 1).is_none_or(|item| item.seq != *seq);
                let lost = (1..=play.spool.newest(stream).unwrap())
                    .filter(missing)
                    .find(|seq| gone.is_none_or(|gone| !gone.contains(seq)));
                assert_eq!(lost, None, "seed {seed}");
            }
        }
    }
}
