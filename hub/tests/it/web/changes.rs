//! What is new, as it comes.

use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::time::Duration;

use picket_hub::shelver::Order;
use serde_json::{Value, json};

use super::{Site, grey, head, push};
use crate::world::World;

/// A stream of events, open.
struct Stream(BufReader<TcpStream>);

/// One event: its name, its id, its data.
type Told = (String, Option<u64>, Value);

impl Stream {
    fn open(site: &Site, headers: &[(&str, &str)]) -> Stream {
        let mut stream = site.send("GET", "/api/changes", headers);
        let (status, headers) = head(&mut stream);
        assert_eq!(status, 200);
        assert!(headers.contains(&("content-type".into(), "text/event-stream".into())), "{headers:?}");
        Stream(stream)
    }

    /// The next event; what has no name is passed over.
    fn next(&mut self) -> Told {
        let (mut name, mut id, mut data) = (String::new(), None, Value::Null);
        loop {
            let mut line = String::new();
            assert!(self.0.read_line(&mut line).unwrap() > 0, "the stream has ended");
            match line.trim_end().split_once(": ") {
                Some(("event", text)) => name = text.to_owned(),
                Some(("id", text)) => id = text.parse().ok(),
                Some(("data", text)) => data = serde_json::from_str(text).unwrap(),
                Some(_) => {}
                None if !name.is_empty() => return (name, id, data),
                None => {}
            }
        }
    }

    /// The next event with this name.
    fn find(&mut self, wanted: &str) -> Told {
        loop {
            let told = self.next();
            if told.0 == wanted {
                return told;
            }
        }
    }
}

#[test]
fn what_is_shelved_is_told_at_once() {
    let mut world = World::new(1, 0);
    world.settle();
    let site = Site::over(&world);
    let mut stream = Stream::open(&site, &[]);
    push(&mut world, 0, Some("the event"), grey(16, 8, 90));
    world.settle();
    let (_, id, image) = stream.find("image");
    let number = image["number"].clone();
    assert_eq!(image, json!({"number": number, "node": "Node0", "view": "Door", "event": "the event"}));
    assert_eq!(id, number.as_u64());
    world.nodes[0].push_event();
    world.settle();
    let (_, id, event) = stream.find("event");
    let number = event["number"].clone();
    assert_eq!(event, json!({"number": number, "node": "Node0", "view": "Door"}));
    assert_eq!(id, number.as_u64());
    assert_eq!(stream.find("log").2, json!({}));
    assert_eq!(stream.find("node").2, json!({"node": "Node0"}));
}

#[test]
fn the_end_of_an_event_is_told_with_the_number_of_its_beginning() {
    let mut world = World::new(1, 0);
    world.nodes[0].push_event();
    world.settle();
    let site = Site::over(&world);
    let mut stream = Stream::open(&site, &[]);
    let began = |world: &World| {
        let index = rusqlite::Connection::open(world.data.path().join("picket.db")).unwrap();
        index.query_row("SELECT number FROM events WHERE what = 'motion'", [], |row| row.get::<_, i64>(0)).unwrap()
            as u64
    };
    let data = picket_common::event::EventData::new(picket_common::event::Phase::End, "motion", "still");
    let node = &world.nodes[0];
    let id = node.events[0].clone();
    node.author.event(node.author.now(), Some(&id), &data);
    world.settle();
    let (_, id, event) = stream.find("event");
    assert_eq!(event["number"], began(&world));
    assert!(began(&world) < id.unwrap(), "the end came later than the beginning");
}

#[test]
fn a_reading_is_told_with_its_name() {
    let mut world = World::new(1, 0);
    world.settle();
    let site = Site::over(&world);
    let mut stream = Stream::open(&site, &[]);
    super::measure(&world, 0, "temperature", 21.5, "°C");
    world.settle();
    let (_, id, reading) = stream.find("reading");
    let expected = json!({"number": id.unwrap(), "node": "Node0", "view": "Door", "name": "temperature"});
    assert_eq!(reading, expected);
}

#[test]
fn whoever_was_cut_off_is_told_the_rest_and_who_was_away_too_long_that_it_is() {
    let mut world = World::new(1, 0);
    for shade in 0..3 {
        push(&mut world, 0, None, grey(16, 8, 60 + shade * 40));
        world.advance(Duration::from_secs(1));
    }
    world.settle();
    let site = Site::over(&world);
    let mut all = Stream::open(&site, &[("Last-Event-ID", "0")]);
    let numbers: Vec<u64> = (0..3).map(|_| all.find("image").1.unwrap()).collect();
    assert!(numbers.is_sorted());
    let mut rest = Stream::open(&site, &[("Last-Event-ID", &numbers[0].to_string())]);
    assert_eq!([rest.find("image").1, rest.find("image").1], [Some(numbers[1]), Some(numbers[2])]);
    let mut late = Stream::open(&site, &[("Last-Event-ID", "999999")]);
    let (name, id, _) = late.next();
    assert_eq!((&*name, id), ("missed", Some(world.hub.as_ref().unwrap().1.reached())));
}

#[test]
fn what_somebody_does_to_an_event_is_told_without_a_number_of_its_own() {
    let mut world = World::new(1, 0);
    push(&mut world, 0, Some("Node0 event 0"), grey(16, 8, 90));
    world.nodes[0].push_event();
    world.settle();
    let site = Site::over(&world);
    let event = site.json("/api/events?kind=motion")["events"][0]["number"].as_u64().unwrap();
    let mut stream = Stream::open(&site, &[]);
    let told = json!({"number": event, "node": "Node0", "view": "Door"});
    let orders = world.hub.as_ref().unwrap().1.orders();
    orders.give(Order::Pin(vec![event]));
    world.hub.as_mut().unwrap().1.tend();
    assert_eq!(stream.find("event"), ("event".to_owned(), None, told.clone()));
    orders.give(Order::Review { events: vec![event], reviewed: true, user: None });
    world.hub.as_mut().unwrap().1.tend();
    assert_eq!(stream.find("event").2, told);
    // Whoever was cut off since then is told again.
    let reached = world.hub.as_ref().unwrap().1.reached();
    let mut again = Stream::open(&site, &[("Last-Event-ID", &reached.to_string())]);
    assert_eq!(again.next(), ("event".to_owned(), None, told));
}
