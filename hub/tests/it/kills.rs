//! The hub is killed, its disk refuses and its connections break, again and again: every acknowledged image is
//! there, once, in tree, records and index; every event once in the log; and the nodes carry on by themselves.

use std::time::Duration;

use rusqlite::Connection;

use crate::world::{Dice, World};

/// Runs a world through chance; `faults` is one in how many steps something breaks.
fn live(seed: u64, steps: u64, faults: u64) {
    let mut dice = Dice(seed);
    let mut world = World::new(2, 3);
    for _ in 0..steps {
        for node in &mut world.nodes {
            match dice.roll(6) {
                0 => node.push_event(),
                1 | 2 => node.push_image(),
                _ => {}
            }
        }
        world.olds.iter_mut().for_each(|old| old.push());
        world.step_all();
        if dice.roll(3) == 0 {
            world.shelve();
        }
        world.clock.advance(Duration::from_millis(dice.roll(300)));
        if dice.roll(faults) == 0 {
            break_something(&mut world, &mut dice);
        }
    }
    world.settle();
    world.check();
}

fn break_something(world: &mut World, dice: &mut Dice) {
    match dice.roll(7) {
        0 | 1 => {
            world.kill_hub(dice.roll(u64::MAX));
            for _ in 0..dice.roll(10) {
                world.step_all();
            }
            world.start_hub();
        }
        2 => world.cut(),
        3 => world.disk.fail_next_sync(),
        4 => {
            world.disk.set_room(world.disk.used());
            for _ in 0..dice.roll(20) {
                world.clock.advance(Duration::from_millis(500));
                world.step_all();
            }
            world.disk.set_room(u64::MAX);
        }
        5 => world.network.hold(true),
        _ => {
            world.network.hold(false);
            let old = dice.roll(world.olds.len() as u64) as usize;
            world.olds[old].time_out();
        }
    }
}

#[test]
fn whatever_breaks_everything_acknowledged_is_stored_once() {
    for seed in 0..60 {
        println!("seed {seed}");
        live(seed, 120, 8);
    }
}

#[test]
fn a_hub_killed_in_the_middle_of_every_batch_loses_nothing_acknowledged() {
    for seed in 100..120 {
        let mut dice = Dice(seed);
        let mut world = World::new(1, 4);
        for _ in 0..40 {
            world.nodes[0].push_image();
            world.olds.iter_mut().for_each(|old| old.push());
            world.step_all();
            world.kill_hub(dice.roll(u64::MAX));
            world.start_hub();
        }
        world.settle();
        world.check();
    }
}

#[test]
fn a_failed_sync_acknowledges_nothing_and_loses_nothing() {
    let mut world = World::new(1, 1);
    settle_greeting(&mut world);
    world.olds[0].push();
    (0..3).for_each(|_| world.nodes[0].push_image());
    world.disk.fail_next_sync();
    world.step_all();
    world.nodes[0].uplink.step(Duration::ZERO).unwrap();
    assert_eq!(world.olds[0].acknowledged.len(), 0);
    assert_eq!(world.nodes[0].spool.stock().messages, 3);
    world.nodes[0].push_image();
    world.settle();
    world.check();
}

#[test]
fn a_message_lost_on_the_way_is_asked_for_and_nothing_behind_it_overtakes() {
    let mut world = World::new(1, 0);
    settle_greeting(&mut world);
    for lost in 0..4 {
        (0..4).for_each(|_| world.nodes[0].push_image());
        world.nodes[0].uplink.step(Duration::ZERO).unwrap();
        world.network.lose_where(|place| place == lost);
        world.ingest();
        world.settle();
    }
    world.check();
}

#[test]
fn the_journal_is_kept_until_the_index_is_synced() {
    let mut world = World::new(1, 1);
    settle_greeting(&mut world);
    for _ in 0..60 {
        world.nodes[0].push_image();
        world.olds[0].push();
        world.step_all();
    }
    let lock = Connection::open(world.data.path().join("picket.db")).unwrap();
    lock.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert!(!world.shelve(), "somebody else holds the index");
    world.kill_hub(0);
    drop(lock);
    world.settle();
    world.check();
}

#[test]
fn a_full_disk_is_waited_for() {
    let mut world = World::new(1, 2);
    settle_greeting(&mut world);
    world.disk.set_room(world.disk.used());
    for _ in 0..100 {
        world.nodes[0].push_image();
        world.olds.iter_mut().for_each(|old| old.push());
        world.clock.advance(Duration::from_secs(1));
        world.step_all();
    }
    assert!(world.nodes[0].spool.stock().messages > 50, "the node keeps what the hub cannot take");
    world.disk.set_room(u64::MAX);
    world.settle();
    world.check();
}

/// The nodes have said hello and are welcome.
fn settle_greeting(world: &mut World) {
    world.step_all();
    world.step_all();
}
