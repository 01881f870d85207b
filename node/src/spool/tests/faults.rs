//! What is wrong with the disk, and what comes of it: everything undamaged stays, and cameras go on.

use picket_common::log::sim::Op;

use super::*;

/// Four events and four frames on the disk, and the node is gone.
fn written() -> World {
    let mut world = running();
    world.ends();
    world
}

/// The same, and it runs.
fn running() -> World {
    let mut world = World::new();
    for _ in 0..4 {
        world.event();
        world.image(Class::EventFrame, 1000);
        // A batch each.
        world.pass(MINUTE);
    }
    assert_eq!(world.on_disk(), 8);
    world
}

fn edit(world: &World, class: Class, change: impl FnOnce(&mut Vec<u8>)) {
    let segment = world.segments(class).pop().unwrap();
    world.logs[class as usize].edit(&segment, change);
}

/// Where the `nth` message's body lies.
fn body(bytes: &[u8], nth: usize) -> usize {
    let heads = bytes.windows(4).enumerate().filter(|(_, four)| four == b"PkRd");
    heads.map(|(at, _)| at).nth(nth).unwrap() + 88 + 200
}

#[test]
fn a_torn_tail_costs_the_last_batch_and_nothing_else() {
    for seed in 0..50 {
        let mut world = written();
        world.start();
        world.event();
        world.clock.advance(SECOND);
        // Somewhere in the last write the power fails.
        world.logs[0].stop_after(seed % 3);
        world.keeper.step();
        world.all_disks().for_each(|disk| disk.crash(seed));
        world.start();
        assert_eq!((world.seqs(0), world.spool.stock().damaged), (vec![1, 2, 3, 4], 0), "{seed}");
        assert!(matches!(world.seqs(1)[..], [] | [1] | [1, 2, 3, 4]), "{seed}: {:?}", world.seqs(1));
    }
}

#[test]
fn a_flipped_bit_costs_one_message_which_is_counted_and_told() {
    let mut world = written();
    edit(&world, Class::EventFrame, |bytes| {
        let at = body(bytes, 1);
        bytes[at] ^= 4;
    });
    world.start();
    assert_eq!((world.seqs(0), world.seqs(2)), (vec![1, 2, 3, 4], vec![1, 3, 4]));
    assert_eq!((world.spool.stock().damaged, world.fates()), (1, "damaged 2".into()));
    assert_eq!((world.spool.stock().messages, world.problem()), (7, None));
}

#[test]
fn one_that_is_damaged_while_the_node_runs_is_lost_when_it_is_read() {
    let world = running();
    edit(&world, Class::EventFrame, |bytes| {
        let at = body(bytes, 1);
        bytes[at] ^= 4;
    });
    assert_eq!((world.seqs(0), world.seqs(1)), (vec![1, 2, 3, 4], vec![1, 3, 4]));
    assert_eq!((world.spool.stock().damaged, world.spool.stock().messages), (1, 7));
    world.acknowledge_all();
    assert_eq!(world.spool.stock().messages, 0);
}

#[test]
fn a_missing_segment_costs_what_was_in_it() {
    let mut world = World::new();
    (0..40).for_each(|_| world.image(Class::EventFrame, 2000));
    world.event();
    world.pass(MINUTE);
    let segments = world.segments(Class::EventFrame);
    world.ends();
    world.logs[1].delete(&segments[1]);
    world.start();
    let frames = world.seqs(2);
    let (missing, lost) = (40 - frames.len() as u64, world.spool.stock().damaged);
    assert!(missing > 3 && lost == missing, "{missing} are missing, {lost} are counted: {frames:?}");
    assert!(frames.is_sorted() && frames.first() == Some(&1) && frames.last() == Some(&40));
    assert_eq!((world.seqs(0), world.problem()), (vec![1], None));
}

#[test]
fn with_an_old_checkpoint_or_none_more_is_sent_again_and_nothing_is_lost() {
    let mut world = written();
    let old = world.root.contents("checkpoint").unwrap();
    world.start();
    let stream = world.spool.streams()[0];
    world.spool.acknowledge(stream, 3);
    world.stop();
    world.start();
    assert_eq!(world.seqs(0), [4]);
    world.ends();
    world.root.edit("checkpoint", |bytes| *bytes = old);
    world.start();
    assert_eq!((world.spool.streams()[0], world.seqs(0)), (stream, vec![1, 2, 3, 4]));
    world.ends();
    world.root.delete("checkpoint");
    world.start();
    assert_eq!((world.spool.streams()[0], world.seqs(0)), (stream, vec![1, 2, 3, 4]));
}

#[test]
fn a_damaged_checkpoint_is_set_aside_and_everything_is_sent_again() {
    let mut world = written();
    world.start();
    world.spool.acknowledge(world.spool.streams()[0], 3);
    world.stop();
    let damage: [fn(&mut Vec<u8>); 4] =
        [|bytes| bytes[30] ^= 1, |bytes| bytes.truncate(20), Vec::clear, |bytes| bytes.fill(0xff)];
    for change in damage {
        world.root.edit("checkpoint", change);
        let damaged = world.root.contents("checkpoint");
        world.start();
        assert_eq!((world.seqs(0), world.problem()), (vec![1, 2, 3, 4], None));
        assert_eq!(world.root.contents("checkpoint.damaged"), damaged);
        world.stop();
    }
}

#[test]
fn a_folder_that_cannot_be_used_leaves_the_node_in_memory_until_it_can() {
    let check = |refusal: ErrorKind, says: &str| {
        let mut world = written();
        world.refuse(Some(refusal));
        world.start();
        world.event();
        world.pass(SECOND * 2);
        assert_eq!((world.seqs(0), world.on_disk()), (vec![1], 0));
        let problem = world.problem().unwrap();
        assert!(problem.contains(says) && problem.contains("folder"), "{problem}");
        world.refuse(None);
        world.pass(SECOND * 57);
        assert!(world.problem().is_some(), "it is tried once a minute");
        world.pass(SECOND);
        assert_eq!((world.problem(), world.on_disk()), (None, 9));
        assert_eq!((world.seqs(0), world.seqs(1)), (vec![1, 2, 3, 4], vec![1]));
    };
    check(ErrorKind::PermissionDenied, "may this user write there?");
    check(ErrorKind::ReadOnlyFilesystem, "make it writable");
    check(ErrorKind::StorageFull, "make room");
    check(ErrorKind::NotADirectory, "is the disk in order?");
}

#[test]
fn in_memory_for_want_of_a_disk_the_least_valuable_are_dropped() {
    let mut world = World::with(|settings| settings.max_memory = 20_000);
    world.refuse(Some(ErrorKind::ReadOnlyFilesystem));
    for _ in 0..50 {
        world.event();
        world.image(Class::Continuous, 3000);
        world.pass(SECOND);
    }
    let stock = world.spool.stock();
    assert!(stock.bytes <= 20_000 && stock.dropped_images > 40, "{stock:?}");
    assert_eq!(stock.dropped_images + stock.dropped_events + stock.messages, 100);
    world.refuse(None);
    world.pass(MINUTE);
    assert_eq!(world.on_disk(), stock.messages);
}

#[test]
fn a_second_process_stays_in_memory_until_the_first_has_ended() {
    let mut world = written();
    world.start();
    world.settings.witness = None;
    let clock: Arc<dyn Clock> = Arc::new(world.clock.clone());
    let (second, mut keeper) = Spool::on_disk(world.settings.clone(), clock.clone());
    keeper.step();
    push(&second, Class::Event, Kind::Event, vec![7; 100], &*clock);
    world.clock.advance(SECOND * 2);
    keeper.step();
    let problem = second.stock().disk.unwrap().problem.unwrap();
    assert!(problem.contains("another process") && problem.contains("directory"), "{problem}");
    assert_eq!(seqs(&second, second.streams()[0]), [1]);
    assert_eq!(world.seqs(0), [1, 2, 3, 4], "the first one is not disturbed");
    world.stop();
    world.clock.advance(MINUTE);
    while keeper.step().is_zero() {}
    assert_eq!(second.stock().disk.unwrap().disk_messages, 9);
}

#[test]
fn a_full_disk_is_told_and_used_again_when_it_has_room() {
    let mut world = World::with(|settings| settings.max_memory = 40_000);
    world.work();
    world.all_disks().for_each(|disk| disk.set_room(disk.used()));
    for _ in 0..40 {
        world.image(Class::EventFrame, 2000);
        world.event();
        world.pass(SECOND * 2);
    }
    assert_eq!(world.on_disk(), 0);
    assert!(world.problem().unwrap().contains("full"), "{:?}", world.problem());
    let stock = world.spool.stock();
    assert!(stock.bytes <= 40_000 && stock.dropped_images > 0 && stock.dropped_events == 0, "{stock:?}");
    world.all_disks().for_each(|disk| disk.set_room(u64::MAX));
    world.pass(MINUTE);
    world.pass(MINUTE);
    assert_eq!((world.problem(), world.on_disk()), (None, stock.messages));
    assert_eq!(world.seqs(0), (1..=40).collect::<Vec<_>>());
}

#[test]
fn when_others_have_filled_the_disk_the_least_valuable_make_room_for_events() {
    let mut world = World::new();
    (0..60).for_each(|_| world.image(Class::Continuous, 2000));
    world.pass(MINUTE);
    // One disk for all, as it is in life, is not simulated: the events' own log has room for what the others give up.
    let before = world.segments(Class::Continuous).len();
    world.logs[0].set_room(0);
    world.event();
    world.pass(SECOND);
    assert!(world.segments(Class::Continuous).len() < before, "room was sought there");
    assert!(world.spool.stock().dropped_images > 0);
    world.logs[0].set_room(u64::MAX);
    world.pass(MINUTE);
    assert_eq!((world.seqs(0), world.problem()), (vec![1], None));
}

#[test]
fn a_failed_write_or_sync_loses_nothing_and_is_tried_again() {
    for op in [Op::Write, Op::Sync, Op::SyncButKept, Op::Create, Op::SyncDir] {
        let mut world = World::new();
        world.event();
        world.work();
        world.logs[0].fail(op, 0);
        world.pass(SECOND);
        assert_eq!((world.on_disk(), world.seqs(0)), (0, vec![1]), "{op:?}");
        assert!(world.problem().is_some(), "{op:?}");
        world.event();
        world.pass(MINUTE);
        assert_eq!((world.on_disk(), world.problem()), (2, None), "{op:?}");
        world.cut_power();
        assert_eq!((world.seqs(0), world.spool.stock().damaged), (vec![1, 2], 0), "{op:?}");
    }
}

#[test]
fn a_disk_that_cannot_be_read_is_opened_again_and_new_events_do_not_wait_for_it() {
    let mut world = World::new();
    (0..4).for_each(|_| world.event());
    world.pass(SECOND);
    let stream = world.spool.streams()[0];
    world.event();
    world.logs[0].fail(Op::Read, 0);
    world.refuse(Some(ErrorKind::Other));
    assert_eq!(world.spool.after(stream, 0), None);
    world.work();
    assert!(world.problem().is_some());
    assert_eq!(world.spool.after(stream, 0), None, "nothing behind it overtakes");
    // The clock has moved on since the opening: it is tried at once, and then again.
    world.event();
    let fresh: Vec<_> =
        world.spool.streams().into_iter().filter(|stream| world.spool.after(*stream, 0).is_some()).collect();
    assert_eq!(fresh.len(), 1);
    assert_ne!(fresh[0], stream);
    world.refuse(None);
    world.pass(MINUTE);
    world.pass(MINUTE);
    assert_eq!((seqs(&world.spool, stream), world.problem()), (vec![1, 2, 3, 4, 5], None));
    assert_eq!((seqs(&world.spool, fresh[0]), world.spool.stock().damaged), (vec![1], 0));
    assert_eq!(world.on_disk(), 6);
}

#[test]
fn what_is_no_longer_there_after_an_opening_is_lost() {
    let mut world = World::new();
    (0..4).for_each(|_| {
        world.event();
        world.pass(SECOND);
    });
    let stream = world.spool.streams()[0];
    edit(&world, Class::Event, |bytes| {
        let at = body(bytes, 2);
        bytes[at] ^= 1;
    });
    world.logs[0].fail(Op::Read, 0);
    assert_eq!(world.spool.after(stream, 0), None);
    world.pass(MINUTE);
    assert_eq!((seqs(&world.spool, stream), world.fates()), (vec![1, 2, 4], "damaged 3".into()));
    assert_eq!((world.spool.stock().messages, world.spool.stock().damaged), (3, 1));
}
