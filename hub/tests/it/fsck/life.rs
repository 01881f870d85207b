//! What lies in a data directory after a hub has lived with it for days.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use picket_common::config::{MinFree, Size};
use picket_common::event::{Also, EventData, ImageData, Phase, ReadingData, Role};
use picket_common::jpeg;
use picket_common::log::sim::Dice;
use picket_common::time::{Clock, ClockState};
use picket_hub::config::{Limits, RetentionConfig};
use picket_hub::import::{self, Progress, Running};
use picket_hub::shelver::Order;
use picket_node::spool::Class;

use crate::world::World;

/// A small picture; each number gives another.
pub(super) fn picture(number: usize) -> Vec<u8> {
    let pixels: Vec<u8> = (0..64).map(|place| (number >> (place % 16)) as u8).collect();
    jpeg::encode_gray(&pixels, 8, 8, 90).unwrap()
}

pub(super) fn write(root: &Path, file: &str, bytes: impl AsRef<[u8]>) {
    let path = root.join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

const OLD_LOG: &str = "2021-09-24 00:26:44,665 ~ Driveway Mailbox|motion|moving
2021-09-24 00:26:45,665 ~ Driveway Mailbox|motion|still
2021-09-24 00:28:00,001 ~ Garage|Temp|72 F
2021-09-24 00:40:00,000 ~ No messages received for 10 minutes.
2021-09-25 00:41:01,000 ~ Exiting imagehub.py
";

/// What an imagehub has left, with an image that changes before it is taken: it is rejected.
fn take_over_an_imagehub(world: &mut World) {
    let old = crate::world::folder();
    write(old.path(), "logs/imagehub.log", OLD_LOG);
    for number in 0..4 {
        let file = format!("images/2021-09-24/Driveway-Mailbox-2021-09-24T00.26.44.70000{number}.jpg");
        write(old.path(), &file, picture(number));
    }
    let clock = Arc::new(world.clock.clone());
    let data = world.data.path();
    let job = import::Job::new(data, old.path(), true, TimeZone::UTC, clock.now(), Progress::hidden()).unwrap();
    let mut running = Running::open(job, world.journal(), clock).unwrap();
    while running.journal(4).unwrap() > 0 {
        write(old.path(), "images/2021-09-24/Driveway-Mailbox-2021-09-24T00.26.44.700003.jpg", b"changed");
        running.shelve().unwrap();
    }
    running.finish().unwrap();
}

/// Days of two nodes and two old senders: events that begin and end, images of several events, readings, restarts, late lines
/// and a clock that goes back, pins, kills; a node whose clock is not set for long, one that has a daily cap, and troubles
/// that the hub notices; rules that delete; and an imagehub that was taken over before or after.
pub(super) fn lived(seed: u64) -> World {
    let mut dice = Dice(seed);
    let mut world = World::with_own_clocks(2, 2);
    world.hub = None;
    world.patience = Duration::from_secs(1500);
    world.limits = Limits { images_per_day: None, nodes: [("Node0".to_owned(), 6)].into() };
    let quotas = BTreeMap::from([("Old0".to_owned(), Size(300))]);
    let max_size = Some(Size(6000));
    world.rules = Some(RetentionConfig { max_size, quotas, min_free: MinFree::NONE, ..RetentionConfig::default() });
    world.nodes[1].clock.set("2026-11-03T07:00:00Z".parse().unwrap());
    world.nodes[1].clock.set_state(ClockState::Unsynced);
    world.start_hub();
    if seed.is_multiple_of(2) {
        world.hub = None;
        take_over_an_imagehub(&mut world);
        world.start_hub();
    }
    let mut open: Vec<Option<(String, String)>> = vec![None, None];
    for step in 0..100 {
        for (number, node) in world.nodes.iter_mut().enumerate() {
            match dice.roll(9) {
                0 => {
                    let id = format!("{number}-{step}");
                    let before = open[number].take();
                    if let Some((id, _)) = &before {
                        node.author.event(node.author.now(), Some(id), &EventData::new(Phase::End, "motion", "still"));
                    }
                    let data = EventData {
                        score: Some(0.1 * step as f64),
                        ..EventData::new(Phase::Start, "motion", "moving")
                    };
                    node.author.event(node.author.now(), Some(&id), &data);
                    open[number] = Some((id, before.map_or_else(|| "earlier".to_owned(), |(id, _)| id)));
                }
                1..=3 => {
                    let (id, also) = open[number].clone().unzip();
                    let also = also.map(|event| Also { event, role: Role::Trigger }).into_iter().collect();
                    let data = ImageData { role: Role::Best, width: 8, height: 8, also };
                    let body = picture(number * 10_000 + step);
                    node.author.image(Class::EventFrame, node.author.now(), id.as_deref(), &data, body);
                }
                4 => {
                    let data = ReadingData { name: "Temp".into(), value: 20.0 + step as f64 / 3.0, unit: "°C".into() };
                    node.author.reading(node.author.now(), &data);
                }
                5 if step % 7 == 0 => node.author.restart(&["pi".to_owned()]),
                _ => {}
            }
        }
        world.olds.iter_mut().for_each(|old| old.push());
        // Some wait over midnight, and are late then.
        if dice.roll(4) > 0 {
            (0..3).for_each(|_| world.step_all());
        }
        if dice.roll(3) == 0 {
            world.shelve();
        }
        world.advance(Duration::from_secs(dice.roll(3000)));
        if step == 50 {
            world.nodes[1].clock.set(world.clock.now());
            world.nodes[1].clock.set_state(ClockState::Synced);
        }
        if step == 60 {
            let back = world.clock.now().checked_sub(Duration::from_secs(30 * 3600)).unwrap();
            world.clock.set(back);
        }
        if step % 20 == 19 {
            if let Some((_, shelver)) = &world.hub {
                let (orders, last) = (shelver.orders(), shelver.reached());
                let of = |user: &str| Some(user.to_owned()).filter(|user| !user.is_empty());
                for number in last.saturating_sub(4)..last {
                    drop(orders.give(Order::Delete { images: vec![number], user: of("ann") }));
                }
                for (user, reviewed, part) in [("", true, 2), ("ann", true, 3), ("", false, 4)] {
                    let events = (1..last).filter(|number| number % part == 0).collect();
                    drop(orders.give(Order::Review { events, reviewed, user: of(user) }));
                }
                drop(orders.give(Order::Pin((1..step as u64).collect())));
            }
            world.shelve();
            world.kill_hub(dice.roll(u64::MAX));
            world.start_hub();
        }
    }
    world.settle();
    world.hub = None;
    if !seed.is_multiple_of(2) {
        take_over_an_imagehub(&mut world);
    }
    world
}
