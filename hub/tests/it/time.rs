//! Clocks that are not set, that step by hours on either side, and days that are longer or shorter than others: nothing is
//! overwritten, nothing is lost, and what is listed has the order in which it happened.

use std::time::Duration;

use jiff::SignedDuration;
use jiff::tz::TimeZone;
use picket_common::event::{Earlier, EventData, ImageData, Phase, Role};
use picket_common::time::{Clock, ClockState, SimClock, Timestamp};
use picket_hub::index::{EventRow, ImageRow, Index, Wanted};
use picket_node::author::Moment;
use picket_node::spool::Class;
use serde_json::Value;

use crate::world::World;

fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

fn step(clock: &SimClock, by: SignedDuration) {
    clock.set(clock.now() + by);
}

fn images(world: &World) -> Vec<ImageRow> {
    let mut images = Vec::new();
    let index = Index::read(world.data.path()).unwrap();
    let mut keep = |row| {
        images.push(row);
        Ok(())
    };
    index.images(&Wanted::default(), &mut keep).unwrap();
    images
}

fn records(world: &World) -> Vec<Value> {
    world.text_lines("records").iter().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Several worlds' worth of images and events, while `happens` is done to the hub's and the nodes' clocks between them.
fn live(mut happens: impl FnMut(u64, &mut World)) -> World {
    let mut world = World::with_own_clocks(2, 2);
    for round in 0..40 {
        happens(round, &mut world);
        for node in 0..2 {
            world.nodes[node].push_image();
            world.nodes[node].push_event();
        }
        world.olds.iter_mut().for_each(|old| old.push());
        world.step_all();
        world.step_all();
        if round % 3 == 0 {
            world.shelve();
        }
        if round % 10 == 7 {
            world.kill_hub(round);
            world.start_hub();
        }
        world.advance(Duration::from_millis(700));
    }
    world.settle();
    world.check();
    world
}

#[test]
fn steps_of_hours_both_ways_on_either_side_lose_and_overwrite_nothing() {
    for by in [-26, -3, 3, 26] {
        // Forth and back again.
        live(|round, world| match round {
            10 => step(&world.clock, hours(by)),
            20 => step(&world.clock, hours(-by)),
            _ => {}
        });
        live(|round, world| match round {
            10 => world.nodes.iter().for_each(|node| step(&node.clock, hours(by))),
            20 => world.nodes.iter().for_each(|node| step(&node.clock, hours(-by))),
            _ => {}
        });
        live(|round, world| {
            if round % 5 == 2 {
                step(&world.clock, hours(by));
                step(&world.nodes[0].clock, hours(-by));
            }
        });
    }
}

#[test]
fn clocks_that_say_1970_or_2106_lose_and_overwrite_nothing() {
    let times: [Timestamp; 3] =
        ["1970-01-01T00:00:01Z", "2106-02-07T06:28:15Z", "2026-11-20T12:00:00Z"].map(|time| time.parse().unwrap());
    live(|round, world| world.clock.set(times[round as usize % 3]));
    let world = live(|round, world| {
        world.nodes.iter().for_each(|node| node.clock.set(times[round as usize % 3]));
    });
    // Where its own clock is set, the hub knows better.
    let days: std::collections::BTreeSet<_> = images(&world).iter().map(|image| image.file[7..17].to_owned()).collect();
    assert_eq!(days.into_iter().collect::<Vec<_>>(), ["2026-11-20"]);
}

#[test]
fn midnight_the_doubled_hour_and_the_missing_one_lose_and_overwrite_nothing() {
    for begin in ["2026-11-20T22:59:50Z", "2026-10-25T00:59:50Z", "2026-03-29T00:59:50Z"] {
        let begin: Timestamp = begin.parse().unwrap();
        for by in [hours(0), hours(1)] {
            let mut world = World::with_own_clocks(1, 1);
            world.hub = None;
            world.zone = TimeZone::get("Europe/Berlin").unwrap();
            world.clock.set(begin);
            world.nodes[0].clock.set(begin);
            world.start_hub();
            for round in 0..40 {
                if round == 20 {
                    // An hour later the doubled hour is there a second time, to the same microsecond.
                    step(&world.clock, by);
                    step(&world.nodes[0].clock, by);
                }
                world.nodes[0].push_image();
                world.olds[0].push();
                world.step_all();
                world.step_all();
                if round % 3 == 0 {
                    world.shelve();
                }
                world.advance(Duration::from_secs(1));
            }
            world.settle();
            world.check();
            assert!(images(&world).is_sorted_by_key(|image| (image.at, image.number)));
        }
    }
}

#[test]
fn images_of_one_view_in_one_microsecond_are_all_kept_and_listed_in_their_order() {
    let mut world = World::new(1, 0);
    for _ in 0..50 {
        world.nodes[0].push_image();
        world.step_all();
    }
    world.settle();
    world.check();
    let images = images(&world);
    assert!(images.iter().all(|image| image.at == images[0].at));
    let bodies = images.iter().map(|image| std::fs::read(world.data.path().join(&image.file)).unwrap());
    assert_eq!(bodies.collect::<Vec<_>>(), world.nodes[0].images);
}

#[test]
fn a_node_whose_clock_is_not_set_has_its_times_from_the_hub_and_both_are_kept() {
    let mut world = World::with_own_clocks(1, 0);
    let begin = world.clock.now();
    let unset: Timestamp = "2026-11-03T07:00:00Z".parse().unwrap();
    world.nodes[0].clock.set(unset);
    world.nodes[0].clock.set_state(ClockState::Unsynced);
    // Away from the hub for a while.
    for _ in 0..3 {
        world.nodes[0].push_image();
        world.advance(Duration::from_secs(60));
    }
    world.settle();
    world.check();
    let images = images(&world);
    for (minute, image) in images.iter().enumerate() {
        let minutes = SignedDuration::from_mins(minute as i64);
        assert_eq!((image.at, image.was), (begin + minutes, Some(unset + minutes)), "{image:?}");
        assert!(!image.doubtful && image.file.contains("images/2026-11-20/"), "{image:?}");
    }
    for record in records(&world).iter().filter(|record| record["kind"] == "image") {
        assert!(record["was"].is_string() && record["mono_ns"].is_u64() && record["boot"].is_string(), "{record}");
        assert_eq!(record["clock"], "unsynced");
    }
}

#[test]
fn what_was_spooled_in_an_earlier_run_of_the_machine_keeps_its_time_and_is_marked() {
    let mut world = World::with_own_clocks(1, 0);
    world.nodes[0].clock.set("2026-11-03T07:00:00Z".parse().unwrap());
    world.nodes[0].clock.set_state(ClockState::Unsynced);
    world.nodes[0].author.boot = "the run before".into();
    world.nodes[0].push_image();
    world.settle();
    let image = &images(&world)[0];
    assert!(image.doubtful && image.was.is_none() && image.file.contains("images/2026-11-03/"), "{image:?}");
    let mut listed = Vec::new();
    let now = world.clock.now().to_zoned(TimeZone::UTC);
    picket_hub::list::images(world.data.path(), &Default::default(), false, &now, &mut listed).unwrap();
    assert!(String::from_utf8(listed).unwrap().contains("~2026-11-03 07:00:00"));
}

#[test]
fn a_frame_whose_time_was_mended_is_found_by_the_event_that_names_its_first_time() {
    for event_first in [false, true] {
        let mut world = World::with_own_clocks(1, 0);
        world.nodes[0].clock.set("2026-11-03T07:00:00Z".parse().unwrap());
        world.nodes[0].clock.set_state(ClockState::Unsynced);
        let node = &mut world.nodes[0];
        let (moment, view) = (node.author.now(), node.author.view.clone());
        let Moment { at, .. } = moment;
        let earlier = vec![Earlier { view, at, was: None, clock: None, mono_ns: None, role: Role::Before }];
        let data = EventData { earlier, ..EventData::new(Phase::Start, "motion", "moving") };
        let frame = ImageData { role: Role::During, width: 1, height: 1, also: Vec::new() };
        if event_first {
            node.author.event(moment, Some("e1"), &data);
            world.settle();
        }
        world.nodes[0].author.image(Class::EventFrame, moment, None, &frame, b"frame".to_vec());
        world.settle();
        if !event_first {
            world.nodes[0].author.event(moment, Some("e1"), &data);
            world.settle();
        }
        let index = Index::read(world.data.path()).unwrap();
        let mut counts = Vec::new();
        let mut keep = |row: EventRow| {
            counts.push((row.event, row.images));
            Ok(())
        };
        index.events(&Wanted::default(), &mut keep).unwrap();
        assert_eq!(counts, [(Some("e1".to_owned()), 1)], "event first: {event_first}");
    }
}

#[test]
fn the_present_is_what_was_told_last_whichever_clock_was_set_back() {
    for whose in ["hub", "node"] {
        let mut world = World::with_own_clocks(1, 0);
        for state in ["moving", "still", "moving"] {
            let node = &mut world.nodes[0];
            node.author.event(node.author.now(), None, &EventData::new(Phase::Update, "motion", state));
            world.settle();
            match whose {
                "hub" => step(&world.clock, hours(-3)),
                _ => step(&world.nodes[0].clock, hours(-3)),
            }
        }
        let nodes = Index::read(world.data.path()).unwrap().nodes(&Wanted::default()).unwrap();
        assert_eq!(nodes[0].states[0].state, "moving", "{whose}");
    }
}

#[test]
fn a_node_that_is_back_is_not_silent_though_the_hubs_clock_was_set_back_meanwhile() {
    let mut world = World::with_own_clocks(1, 0);
    world.hub = None;
    world.patience = Duration::from_secs(600);
    world.start_hub();
    world.nodes[0].push_image();
    world.settle();
    world.clock.advance(Duration::from_secs(700));
    world.ingest();
    while world.shelve_some() > 0 {}
    let node = |world: &World| Index::read(world.data.path()).unwrap().nodes(&Wanted::default()).unwrap().remove(0);
    assert!(node(&world).silent);
    step(&world.clock, hours(-3));
    let back = world.clock.now();
    world.nodes[0].push_image();
    world.settle();
    world.clock.advance(Duration::from_secs(5));
    world.step_all();
    while world.shelve_some() > 0 {}
    let node = node(&world);
    assert!(!node.silent);
    assert!(node.last_seen <= back + hours(1), "last seen {} and now it is {back}", node.last_seen);
}

#[test]
fn how_far_a_nodes_clock_is_off_is_told_without_the_networks_delay() {
    let mut world = World::with_own_clocks(1, 0);
    step(&world.nodes[0].clock, SignedDuration::from_secs(-90));
    for second in 0..60 {
        world.network.hold((25..35).contains(&second));
        world.step_all();
        world.advance(Duration::from_secs(1));
        while world.shelve_some() > 0 {}
        if second == 35 {
            let nodes = Index::read(world.data.path()).unwrap().nodes(&Wanted::default()).unwrap();
            assert_eq!(nodes[0].health["clock_ahead_s"], -90);
        }
    }
}
