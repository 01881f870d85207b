//! The hub is killed, its disk refuses and its connections break, again and again: every acknowledged image is
//! there, once, in tree, records and index; every event once in the log; what is there was sent; and the nodes carry on by
//! themselves. `PICKET_ROUNDS=50` runs fifty times as many rounds (`deploy/test --long` does), `PICKET_SEED=7` the round
//! with that seed.

use std::time::Duration;

use picket_common::log::sim::{Dice, Op, seeds};

use crate::world::World;

/// What can go wrong while a batch is written and synced.
const FAILURES: [Op; 6] = [Op::Write, Op::Sync, Op::SyncButKept, Op::Create, Op::Rename, Op::SyncDir];

/// Runs a world through chance; `faults` is one in how many steps something breaks.
fn live(seed: u64, steps: u64, faults: u64) {
    println!("PICKET_SEED={seed}");
    let mut dice = Dice(seed);
    let mut world = World::new(2, 3);
    for _ in 0..steps {
        push_something(&mut world, &mut dice);
        world.step_all();
        if dice.roll(3) == 0 {
            world.shelve();
        }
        world.clock.advance(Duration::from_millis(dice.roll(300)));
        if dice.roll(faults) == 0 {
            break_something(&mut world, &mut dice);
        }
    }
    world.check_that_it_goes_on();
}

fn push_something(world: &mut World, dice: &mut Dice) {
    for node in &mut world.nodes {
        match dice.roll(6) {
            0 => node.push_event(),
            1 | 2 => node.push_image(),
            _ => {}
        }
    }
    world.olds.iter_mut().for_each(|old| old.push());
}

fn break_something(world: &mut World, dice: &mut Dice) {
    match dice.roll(10) {
        0..=2 => end_and_start(world, dice),
        3 => world.cut(),
        4 | 5 => {
            let failure = FAILURES[dice.roll(6) as usize];
            world.disk.fail(failure, dice.roll(2));
            push_something(world, dice);
            world.step_all();
            if dice.roll(3) == 0 {
                end_and_start(world, dice);
            }
        }
        6 => {
            world.disk.set_room(world.disk.used());
            for _ in 0..dice.roll(20) {
                push_something(world, dice);
                world.clock.advance(Duration::from_millis(500));
                world.step_all();
                if dice.roll(20) == 0 {
                    end_and_start(world, dice);
                }
            }
            world.disk.set_room(u64::MAX);
        }
        7 => world.network.hold(true),
        8 => {
            let lock = world.lock_index();
            world.shelve();
            if dice.roll(2) == 0 {
                world.kill_hub(dice.roll(u64::MAX));
            }
            drop(lock);
            if world.hub.is_none() {
                world.start_hub();
            }
        }
        _ => {
            world.network.hold(false);
            let old = dice.roll(world.olds.len() as u64) as usize;
            world.olds[old].time_out();
        }
    }
}

/// The process is killed, or the power fails, perhaps in the middle of a batch; after a while the hub is back.
fn end_and_start(world: &mut World, dice: &mut Dice) {
    if dice.roll(2) == 0 {
        world.disk.stop_after(dice.roll(3));
        push_something(world, dice);
        world.step_all();
    }
    let (how, seed) = (dice.roll(4), dice.roll(u64::MAX));
    world.end_hub(|disk| match how {
        0 => disk.kill(),
        1 => disk.crash_losing_all(),
        _ => disk.crash(seed),
    });
    for _ in 0..dice.roll(10) {
        world.step_all();
    }
    world.start_hub();
}

#[test]
fn whatever_breaks_everything_acknowledged_is_stored_once() {
    seeds(0, 30).for_each(|seed| live(seed, 120, 8));
}

#[test]
fn a_hub_killed_in_the_middle_of_every_batch_loses_nothing_acknowledged() {
    for seed in seeds(100, 10) {
        println!("PICKET_SEED={seed}");
        let mut dice = Dice(seed);
        let mut world = World::new(1, 4);
        for _ in 0..40 {
            world.nodes[0].push_image();
            world.olds.iter_mut().for_each(|old| old.push());
            world.step_all();
            world.kill_hub(dice.roll(u64::MAX));
            world.start_hub();
        }
        world.check_that_it_goes_on();
    }
}

/// A world in which one old sender and one node have something acknowledged that is not shelved yet.
fn with_something_acknowledged() -> World {
    let mut world = World::new(1, 1);
    settle_greeting(&mut world);
    (0..3).for_each(|_| world.nodes[0].push_image());
    world.olds[0].push();
    (0..3).for_each(|_| world.step_all());
    assert_eq!((world.olds[0].acknowledged.len(), world.nodes[0].spool.stock().messages), (1, 0));
    world
}

/// The same, and then a batch of three images from the node and one from the old sender that cannot be written or synced.
fn with_a_failed_batch(failure: Op) -> World {
    let mut world = with_something_acknowledged();
    world.olds[0].push();
    (0..3).for_each(|_| world.nodes[0].push_image());
    world.disk.fail(failure, 0);
    world.step_all();
    world.olds[0].receive();
    assert_eq!(world.olds[0].acknowledged.len(), 1, "{failure:?}: an image is acknowledged that is not safe");
    assert_eq!(world.nodes[0].spool.stock().messages, 3, "{failure:?}");
    world
}

const IN_A_SYNC: [Op; 3] = [Op::Write, Op::Sync, Op::SyncButKept];

#[test]
fn what_a_failed_sync_takes_back_is_asked_for_again_or_journaled_again_from_memory() {
    for failure in IN_A_SYNC {
        let mut world = with_a_failed_batch(failure);
        let wait = |world: &mut World, seconds: u64| {
            for _ in 0..seconds {
                world.clock.advance(Duration::from_secs(1));
                world.step_all();
            }
        };
        wait(&mut world, 2);
        world.olds[0].receive();
        assert_eq!((world.olds[0].acknowledged.len(), world.olds[0].time_outs), (2, 0), "{failure:?}");
        // The hub takes nothing until it has tried again; the node's next heartbeat, after ten seconds, tells it.
        world.nodes[0].push_image();
        wait(&mut world, 12);
        assert_eq!(world.nodes[0].spool.stock().messages, 0, "{failure:?}: the node is not asked");
        world.check_that_it_goes_on();
    }
}

#[test]
fn what_was_acknowledged_before_a_failed_sync_is_shelved_and_nothing_of_the_failed_batch_twice() {
    let ends: [fn(&mut World); 4] = [
        |_| {},
        |world| world.end_hub(|disk| disk.kill()),
        |world| world.end_hub(|disk| disk.crash_losing_all()),
        |world| world.kill_hub(3),
    ];
    for failure in IN_A_SYNC {
        for end in ends {
            // At once, or when the batch was journaled again.
            for later in [false, true] {
                let mut world = with_a_failed_batch(failure);
                if later {
                    world.clock.advance(Duration::from_secs(2));
                    (0..4).for_each(|_| world.step_all());
                }
                end(&mut world);
                world.check_that_it_goes_on();
            }
        }
    }
}

#[test]
fn a_gap_is_not_accepted_behind_a_failed_sync() {
    for failure in IN_A_SYNC {
        let mut world = with_something_acknowledged();
        // When the first three fail, what follows is already behind them on the same connection.
        (0..6).for_each(|_| world.nodes[0].push_image());
        world.nodes[0].uplink.step(Duration::ZERO).unwrap();
        world.disk.fail(failure, 0);
        world.network.hold_after(3);
        world.ingest();
        world.network.hold(false);
        world.ingest();
        world.check_that_it_goes_on();
    }
}

#[test]
fn a_gap_is_not_accepted_behind_a_full_disk() {
    let mut world = with_something_acknowledged();
    world.disk.set_room(world.disk.used());
    (0..60).for_each(|_| world.nodes[0].push_image());
    world.nodes[0].uplink.step(Duration::ZERO).unwrap();
    world.network.hold_after(40);
    world.ingest();
    // There is room again when the rest arrives.
    world.disk.set_room(u64::MAX);
    world.network.hold(false);
    world.ingest();
    world.nodes[0].uplink.step(Duration::ZERO).unwrap();
    let left = world.nodes[0].spool.stock().messages;
    assert!(20 < left && left < 60, "of 60 messages, 20 of them behind a full disk's gap, {left} are not acknowledged");
    world.check_that_it_goes_on();
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
    let lock = world.lock_index();
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
    world.check_that_it_goes_on();
}

#[test]
fn a_disk_that_is_full_when_the_power_fails_and_stays_full_loses_nothing_acknowledged() {
    for seed in seeds(0, 5) {
        let mut world = with_something_acknowledged();
        world.disk.set_room(world.disk.used());
        for round in 0..60 {
            world.nodes[0].push_image();
            world.olds[0].push();
            world.clock.advance(Duration::from_secs(1));
            world.step_all();
            if round % 20 == 10 {
                world.kill_hub(seed);
                world.start_hub();
            }
        }
        world.check_that_it_goes_on();
    }
}

/// The nodes have said hello and are welcome.
fn settle_greeting(world: &mut World) {
    world.step_all();
    world.step_all();
}
