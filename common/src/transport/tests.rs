//! One suite for both transports: what holds for ZeroMQ's sockets holds for the wires in memory.

use std::time::Duration;

use super::memory::Network;
use super::zmq::{Dealer, Published, Publisher, Router, Subscriber, Visit};
use super::*;

const PATIENCE: Duration = Duration::from_secs(10);

fn on_both(test: fn(&mut dyn Receiver, &mut dyn FnMut() -> Box<dyn Sender>)) {
    let network = Network::new();
    test(&mut network.hub(), &mut || Box::new(network.node()));
    let mut router = Router::bind("tcp://127.0.0.1:*", 1 << 20).unwrap();
    let address = router.address().to_owned();
    test(&mut router, &mut || Box::new(Dealer::connect(&address).unwrap()));
}

fn delivery(receiver: &mut dyn Receiver) -> Delivery {
    match receiver.receive(PATIENCE).unwrap() {
        Some(Incoming::Delivery(delivery)) => delivery,
        other => panic!("a message was expected, not {other:?}"),
    }
}

#[test]
fn messages_arrive_whole_and_in_order_and_answers_find_their_sender() {
    on_both(|hub, node| {
        let (mut first, mut second) = (node(), node());
        for number in 0..10_u8 {
            assert_eq!(first.send(b"first", &[number]), Ok(true));
        }
        for number in 0..10_u8 {
            let delivery = delivery(hub);
            assert_eq!(delivery.parts, [b"first".to_vec(), vec![number]]);
            hub.reply(&delivery.envelope, &[number]).unwrap();
        }
        second.send(b"second", b"").unwrap();
        let from_second = delivery(hub);
        hub.reply(&from_second.envelope, b"to second").unwrap();
        assert_eq!(second.receive(PATIENCE), Ok(Some(b"to second".to_vec())));
        for number in 0..10_u8 {
            assert_eq!(first.receive(PATIENCE), Ok(Some(vec![number])));
        }
        assert_eq!(first.receive(Duration::ZERO), Ok(None));
    });
}

#[test]
fn a_node_that_connects_anew_is_somebody_else_and_misses_old_answers() {
    on_both(|hub, node| {
        let mut node = node();
        node.send(b"one", b"").unwrap();
        let before = delivery(hub);
        node.reconnect().unwrap();
        hub.reply(&before.envelope, b"too late").unwrap();
        node.send(b"two", b"").unwrap();
        let after = delivery(hub);
        assert_eq!(after.parts[0], b"two");
        assert_ne!(before.envelope, after.envelope);
        hub.reply(&after.envelope, b"in time").unwrap();
        assert_eq!(node.receive(PATIENCE), Ok(Some(b"in time".to_vec())));
    });
}

#[test]
fn who_is_gone_cannot_be_told_anything_and_the_hub_learns_it() {
    on_both(|hub, node| {
        let mut node = node();
        node.send(b"one", b"").unwrap();
        let before = delivery(hub);
        assert_eq!(hub.reply(&before.envelope, b"there"), Ok(true));
        node.reconnect().unwrap();
        // ZeroMQ takes a moment to notice.
        let mut tries = (0..1000).map(|_| {
            hub.receive(Duration::from_millis(10)).unwrap();
            hub.reply(&before.envelope, b"gone").unwrap()
        });
        assert!(tries.any(|told| !told));
        assert_eq!(hub.reply(&Envelope(vec![b"nobody".to_vec()]), b"gone"), Ok(false));
    });
}

#[test]
fn an_envelope_ends_with_the_first_empty_part_of_eight() {
    let split =
        |parts: &[&str]| Incoming::split(parts.iter().map(|part| part.as_bytes().to_vec()).collect(), String::new());
    let check = |parts: &[&str], envelope: usize| match split(parts) {
        Incoming::Delivery(delivery) => {
            let (address, message) = (delivery.envelope.0.len(), delivery.parts.len());
            assert_eq!((address, message), (envelope, parts.len() - envelope - 1), "{parts:?}");
        }
        other => panic!("{parts:?}: {other:?}"),
    };
    check(&["id", "", "header", "body"], 1);
    check(&["proxy", "id", "1234", "", "header", ""], 3);
    check(&["1", "2", "3", "4", "5", "6", "7", "", "header", "body"], 7);
    let unaddressed = |parts: &[&str]| match split(parts) {
        Incoming::Unaddressed(envelope) => assert!(envelope.0.len() <= 1, "{parts:?}"),
        other => panic!("{parts:?}: {other:?}"),
    };
    unaddressed(&["id", "header", "body"]);
    unaddressed(&["1", "2", "3", "4", "5", "6", "7", "8", "", "header", "body"]);
    unaddressed(&["id"]);
    unaddressed(&[]);
}

#[test]
fn what_libzmq_cuts_off_is_reported() {
    let mut router = Router::bind("tcp://127.0.0.1:*", 1000).unwrap();
    let mut node = Dealer::connect(router.address()).unwrap();
    node.send(b"large", &[0; 1500]).unwrap();
    assert_eq!(delivery(&mut router).parts[1].len(), 1500, "up to twice the limit it is answered, not cut off");
    node.send(b"too large", &[0; 3000]).unwrap();
    let closed = (0..100).find_map(|_| router.receive(Duration::from_millis(100)).unwrap());
    assert_eq!(closed, Some(Incoming::Closed), "although it had spoken before");
}

#[test]
fn an_address_that_cannot_be_used_is_explained() {
    let router = Router::bind("tcp://127.0.0.1:*", 1000).unwrap();
    let taken = Router::bind(router.address(), 1000).err().unwrap().to_string();
    assert!(taken.contains("is a hub running already?"), "{taken}");
    let wrong = Dealer::connect("hub.local:5555").err().unwrap().to_string();
    assert!(wrong.contains("tcp://hub.local:5555"), "{wrong}");
}

#[test]
fn a_subscriber_hears_every_publisher_and_learns_of_their_going_and_coming_back() {
    let mut publishers = [0, 1].map(|_| Publisher::bind("tcp://127.0.0.1:*", 100).unwrap());
    let addresses = publishers.each_ref().map(|publisher| publisher.address().to_owned());
    let mut subscriber = Subscriber::connect(&addresses, 1 << 20, 100).unwrap();
    let mut reached = [subscriber.receive(PATIENCE), subscriber.receive(PATIENCE)].map(Result::unwrap);
    reached.sort_by_key(|reached| format!("{reached:?}"));
    let mut expected = addresses.clone().map(|address| Some(Published::Reached(address)));
    expected.sort_by_key(|reached| format!("{reached:?}"));
    assert_eq!(reached, expected);

    let hear = |subscriber: &mut Subscriber, publisher: &mut Publisher, text: &[u8]| {
        // A subscription needs its time to arrive, and what is published before it does is lost.
        for _ in 0..100 {
            publisher.publish(b"header", text).unwrap();
            match subscriber.receive(Duration::from_millis(100)).unwrap() {
                Some(Published::Message { parts, .. }) => return assert_eq!(parts, [&b"header"[..], text]),
                None => {}
                other => panic!("a message was expected, not {other:?}"),
            }
        }
        panic!("nothing was heard");
    };
    for (publisher, text) in publishers.iter_mut().zip([b"one", b"two"]) {
        hear(&mut subscriber, publisher, text);
    }
    let [first, mut second] = publishers;
    drop(first);
    let gone = std::iter::repeat_with(|| subscriber.receive(PATIENCE).unwrap());
    let gone = gone.take(100).find(|told| !matches!(told, Some(Published::Message { .. }))).flatten();
    assert_eq!(gone, Some(Published::Gone(addresses[0].clone())));
    hear(&mut subscriber, &mut second, b"three");
    let _back = Publisher::bind(&addresses[0], 100).unwrap();
    let back = std::iter::repeat_with(|| subscriber.receive(PATIENCE).unwrap());
    let back = back.take(100).find(|told| !matches!(told, Some(Published::Message { .. }))).flatten();
    assert_eq!(back, Some(Published::Reached(addresses[0].clone())));
}

#[test]
fn a_publisher_can_tell_who_comes_and_goes() {
    let publisher = Publisher::bind("tcp://127.0.0.1:*", 100).unwrap();
    let mut audience = publisher.audience().unwrap();
    assert_eq!(audience.next(Duration::ZERO), Ok(None));
    let subscriber = Subscriber::connect(&[publisher.address().to_owned()], 1 << 20, 100).unwrap();
    assert_eq!(audience.next(PATIENCE), Ok(Some(Visit::Came)));
    drop(subscriber);
    assert_eq!(audience.next(PATIENCE), Ok(Some(Visit::Gone)));
}
