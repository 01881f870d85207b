//! One suite for both transports: what holds for ZeroMQ's sockets holds for the wires in memory.

use std::sync::Arc;
use std::time::Duration;

use super::memory::Network;
use super::zmq::{Dealer, Doors, Publisher, Router, Subscriber, Visit};
use super::*;
use crate::time::{Clock, SimClock, SystemClock, Timestamp};

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

/// Two hubs, by the addresses given.
fn turns(link: &mut impl Dialer, first: (&str, &mut dyn Receiver), second: (&str, &mut dyn Receiver)) {
    link.send(b"one", b"").unwrap();
    assert_eq!(delivery(first.1).parts[0], b"one");
    let mut beside = link.another(second.0).unwrap();
    beside.send(b"beside", b"").unwrap();
    assert_eq!(delivery(second.1).parts[0], b"beside");
    link.turn_to(second.0).unwrap();
    link.send(b"two", b"").unwrap();
    let turned = delivery(second.1);
    assert_eq!(turned.parts[0], b"two");
    second.1.reply(&turned.envelope, b"heard").unwrap();
    assert_eq!(link.receive(PATIENCE), Ok(Some(b"heard".to_vec())));
    assert_eq!(beside.receive(Duration::ZERO), Ok(None), "each has its own answers");
    beside.turn_to(first.0).unwrap();
    beside.send(b"back", b"").unwrap();
    assert_eq!(delivery(first.1).parts[0], b"back");
}

#[test]
fn a_node_turns_to_another_hub_and_may_have_a_connection_beside() {
    let (a, b) = (Network::new(), Network::new());
    turns(&mut Network::node_of(&[("a", &a), ("b", &b)]), ("a", &mut a.hub()), ("b", &mut b.hub()));
    let mut routers = [0, 1].map(|_| Router::bind("tcp://127.0.0.1:*", 1 << 20).unwrap());
    let addresses = routers.each_ref().map(|router| router.address().to_owned());
    let [first, second] = &mut routers;
    turns(&mut Dealer::connect(&addresses[0]).unwrap(), (&addresses[0], first), (&addresses[1], second));
}

#[test]
fn a_waker_ends_the_waiting_for_answers() {
    let router = Router::bind("tcp://127.0.0.1:*", 1000).unwrap();
    let mut node = Dealer::connect(router.address()).unwrap();
    let waker = crate::wake::Waker::new().unwrap();
    node.wake_by(waker.clone());
    let since = SystemClock.uptime();
    std::thread::scope(|scope| {
        scope.spawn(|| waker.wake());
        assert_eq!(node.receive(PATIENCE * 6), Ok(None));
    });
    assert!(SystemClock.uptime() - since < PATIENCE * 3);
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

/// A hub's doors, and a publisher that it listens to already.
fn doors_and_publisher() -> (Doors, String, Publisher, SimClock) {
    let clock = SimClock::new(Timestamp::UNIX_EPOCH);
    let mut publisher = Publisher::bind("tcp://127.0.0.1:*", 10_000).unwrap();
    let router = Router::bind("tcp://127.0.0.1:*", 1000).unwrap();
    let address = router.address().to_owned();
    // One that is not there, and one whose name nobody knows.
    let others = ["tcp://127.0.0.1:1".to_owned(), "tcp://nobody.invalid:5555".to_owned()];
    let publishers = [others.as_slice(), &[publisher.address().to_owned()]].concat();
    let mut doors = Doors::open(Some(router), &publishers, 1000, Arc::new(clock.clone())).unwrap();
    assert_eq!(doors.receive(PATIENCE), Ok(Some(published(Published::Reached(publisher.address().to_owned())))));
    // A subscription needs its time to arrive.
    let heard = (0..100).any(|_| {
        publisher.publish(b"are you there?", b"").unwrap();
        doors.receive(Duration::from_millis(100)).unwrap().is_some()
    });
    assert!(heard);
    while doors.receive(Duration::from_millis(200)).unwrap().is_some() {}
    (doors, address, publisher, clock)
}

fn published(published: Published) -> Incoming {
    Incoming::Published(published)
}

#[test]
fn a_publisher_that_floods_does_not_keep_the_hub_from_those_who_wait_for_an_answer() {
    let (mut doors, address, mut publisher, _) = doors_and_publisher();
    let mut node = Dealer::connect(&address).unwrap();
    for number in 0..2000_u16 {
        publisher.publish(b"flood", &number.to_be_bytes()).unwrap();
    }
    // The node sends until nothing more goes: then the hub's side has as much of it as it holds.
    let mut refused = 0;
    while refused < 20 {
        match node.send(b"header", &[0; 500]).unwrap() {
            true => refused = 0,
            false => {
                refused += 1;
                assert_eq!(node.receive(Duration::from_millis(10)), Ok(None));
            }
        }
    }
    let (mut flood, mut answered, mut told) = (0, 0, 0);
    while answered < 60 {
        // The next of the flood gets the time to arrive.
        if let Some(answer) = node.receive(Duration::from_millis(1)).unwrap() {
            assert_eq!(answer, b"OK");
            told += 1;
        }
        match doors.receive(PATIENCE).unwrap() {
            Some(Incoming::Published(Published::Message { .. })) => flood += 1,
            Some(Incoming::Delivery(delivery)) => {
                assert_eq!(doors.reply(&delivery.envelope, b"OK"), Ok(true));
                answered += 1;
            }
            other => panic!("a message was expected, not {other:?}"),
        }
    }
    assert!(flood <= 15, "{flood} of the flood came between 60 messages of a node");
    while told < answered {
        assert_eq!(node.receive(PATIENCE), Ok(Some(b"OK".to_vec())));
        told += 1;
    }
    // All of it is taken in the end.
    let rest = std::iter::from_fn(|| doors.receive(Duration::from_secs(1)).unwrap());
    flood += rest.filter(|incoming| matches!(incoming, Incoming::Published(Published::Message { .. }))).count();
    assert_eq!(flood, 2000);
}

#[test]
fn publishers_have_their_turn_while_nodes_send_as_fast_as_they_can() {
    let (mut doors, address, mut publisher, _) = doors_and_publisher();
    let mut node = Dealer::connect(&address).unwrap();
    for _ in 0..500 {
        assert_eq!(node.send(b"node", b""), Ok(true));
    }
    publisher.publish(b"published", b"").unwrap();
    let kinds = std::iter::from_fn(|| doors.receive(Duration::from_secs(1)).unwrap());
    let kinds: Vec<bool> = kinds.map(|incoming| matches!(incoming, Incoming::Published(_))).collect();
    assert_eq!(kinds.iter().filter(|published| **published).count(), 1);
    assert_eq!(kinds.len(), 501);
}

#[test]
fn a_publisher_that_sends_too_much_is_cut_off_and_connected_to_again() {
    let (mut doors, _, mut publisher, clock) = doors_and_publisher();
    let address = publisher.address().to_owned();
    publisher.publish(b"large", &[0; 1500]).unwrap();
    let large = Published::Message { parts: vec![b"large".to_vec(), vec![0; 1500]], peer: address.clone() };
    assert_eq!(doors.receive(PATIENCE), Ok(Some(published(large))));
    publisher.publish(b"too large", &[0; 3000]).unwrap();
    assert_eq!(doors.receive(PATIENCE), Ok(Some(published(Published::Gone(address.clone())))));
    clock.advance(Duration::from_secs(10));
    assert_eq!(doors.receive(PATIENCE), Ok(Some(published(Published::Reached(address)))));
}

#[test]
fn a_publisher_that_was_cut_off_is_connected_to_again_while_nodes_send_as_fast_as_they_can() {
    let (mut doors, address, mut publisher, clock) = doors_and_publisher();
    publisher.publish(b"too large", &[0; 3000]).unwrap();
    let publisher = publisher.address().to_owned();
    assert_eq!(doors.receive(PATIENCE), Ok(Some(published(Published::Gone(publisher.clone())))));
    let mut node = Dealer::connect(&address).unwrap();
    for _ in 0..500 {
        assert_eq!(node.send(b"node", b""), Ok(true));
    }
    assert!(matches!(doors.receive(PATIENCE), Ok(Some(Incoming::Delivery(_)))));
    // There is always something at the ROUTER from now on.
    clock.advance(Duration::from_secs(10));
    let back = (0..20_000).any(|_| {
        assert_eq!(node.send(b"node", b""), Ok(true));
        doors.receive(PATIENCE).unwrap() == Some(published(Published::Reached(publisher.clone())))
    });
    assert!(back);
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
