//! What is where and when, while nothing is wrong with the disk.

use super::*;

#[test]
fn a_hub_that_answers_costs_the_disk_nothing() {
    let mut world = World::new();
    world.work();
    let syncs = |world: &World| world.all_disks().map(SimDisk::syncs).sum::<u64>();
    let before = (syncs(&world), world.root.used());
    for _ in 0..1000 {
        world.event();
        world.image(Class::EventFrame, 1000);
        world.pass(SECOND / 2);
        world.acknowledge_all();
    }
    assert_eq!((syncs(&world), world.root.used()), before);
    assert!(Class::ALL.iter().all(|class| world.segments(*class).is_empty()));
}

#[test]
fn events_go_to_the_disk_after_a_second_and_frames_after_a_while() {
    let mut world = World::new();
    let check = |world: &mut World, pass: Duration, expected: u64| {
        world.pass(pass);
        assert_eq!((world.on_disk(), world.spool.stock().messages), (expected, 3));
    };
    world.event();
    world.image(Class::EventFrame, 1000);
    world.image(Class::Continuous, 1000);
    check(&mut world, Duration::from_millis(999), 0);
    check(&mut world, Duration::from_millis(1), 1);
    check(&mut world, Duration::from_millis(28_999), 1);
    check(&mut world, Duration::from_millis(1), 3);
    let said: Vec<_> = (0..3).map(|place| world.seqs(place)).collect();
    assert_eq!(said, [[1], [1], [1]]);
}

#[test]
fn the_keeper_says_how_long_there_is_nothing_to_do() {
    let mut world = World::new();
    assert_eq!(world.keeper.step(), Duration::MAX);
    world.image(Class::EventFrame, 1000);
    assert_eq!(world.keeper.step(), SECOND * 30);
    world.clock.advance(SECOND);
    world.event();
    assert_eq!(world.keeper.step(), SECOND);
    world.pass(SECOND);
    assert_eq!(world.keeper.step(), SECOND * 28, "the event is on the disk, the frame is not due yet");
    world.acknowledge_all();
    assert_eq!(world.keeper.step(), SECOND * 30, "then the disk is tidied");
    world.pass(SECOND * 30);
    assert_eq!(world.keeper.step(), Duration::MAX);
    assert_eq!(world.segments(Class::Event).len(), 1, "a log keeps its newest segment");
}

#[test]
fn durability_always_writes_everything_at_once() {
    let mut world = World::with(|settings| settings.always = true);
    world.image(Class::Continuous, 1000);
    world.work();
    assert_eq!(world.on_disk(), 1);
}

#[test]
fn when_memory_runs_short_everything_goes_to_the_disk_at_once() {
    let mut world = World::with(|settings| settings.max_memory = 20_000);
    world.work();
    for _ in 0..6 {
        world.image(Class::EventFrame, 1000);
    }
    world.work();
    assert_eq!(world.on_disk(), 0);
    world.image(Class::EventFrame, 1000);
    world.work();
    assert_eq!((world.on_disk(), world.fates()), (7, String::new()));
    assert_eq!(world.seqs(1), [1, 2, 3, 4, 5, 6, 7]);
}

#[test]
fn what_is_read_from_the_disk_is_what_was_written() {
    let mut world = World::new();
    world.event();
    world.image(Class::EventFrame, 3000);
    world.image(Class::EventFrame, 0);
    let before: Vec<_> = world.spool.streams().into_iter().flat_map(|stream| items(&world.spool, stream)).collect();
    world.pass(MINUTE);
    assert_eq!(world.on_disk(), 3);
    world.kill();
    let after: Vec<_> = world.spool.streams().into_iter().flat_map(|stream| items(&world.spool, stream)).collect();
    assert_eq!(before, after);
}

#[test]
fn a_stream_is_given_out_in_order_whatever_holds_it_and_in_whatever_order_it_was_written() {
    let mut world = World::new();
    (0..6).for_each(|_| world.event());
    world.work();
    // Written by hand, out of order; 3 and 5 stay in memory.
    let stream = world.spool.streams()[0];
    let order = [6, 2, 1, 4];
    for seq in order {
        let item = world.spool.after(stream, seq - 1).unwrap();
        world.keeper.write(Class::Event, &[item], world.clock.uptime()).unwrap();
    }
    assert_eq!((world.on_disk(), world.seqs(0)), (4, vec![1, 2, 3, 4, 5, 6]));
    world.kill();
    assert_eq!(world.seqs(0), [1, 2, 4, 6]);
    world.spool.acknowledge(stream, 3);
    assert_eq!(world.seqs(0), [4, 6]);
}

#[test]
fn after_a_start_older_streams_of_a_class_come_first_and_are_forgotten_when_they_are_empty() {
    let mut world = World::new();
    for _ in 0..3 {
        world.event();
        world.image(Class::EventFrame, 500);
        world.pass(MINUTE);
        world.kill();
    }
    world.event();
    let streams = world.spool.streams();
    let numbers: Vec<_> = streams.iter().map(|stream| seqs(&world.spool, *stream).len()).collect();
    assert_eq!(numbers, [1, 1, 1, 1, 1, 1, 1, 0, 0], "three old streams of events and this one; the same of frames");
    let times: Vec<_> = streams[..4].iter().map(|stream| world.spool.after(*stream, 0).unwrap().keys.at).collect();
    assert!(times.is_sorted(), "{times:?}");
    world.spool.acknowledge(streams[1], 1);
    let expected: Vec<_> = streams.iter().filter(|stream| **stream != streams[1]).copied().collect();
    assert_eq!(world.spool.streams(), expected);
    world.acknowledge_all();
    assert_eq!(world.spool.streams().len(), 3);
}

#[test]
fn what_was_acknowledged_is_not_sent_again_after_a_clean_stop() {
    let mut world = World::new();
    (0..5).for_each(|_| world.event());
    world.pass(SECOND);
    let stream = world.spool.streams()[0];
    world.spool.acknowledge(stream, 3);
    world.stop();
    world.start();
    assert_eq!((world.spool.streams()[0], world.seqs(0)), (stream, vec![4, 5]));
}

#[test]
fn a_clean_stop_writes_all_that_is_left() {
    let mut world = World::new();
    world.work();
    (0..50).for_each(|_| world.image(Class::Continuous, 2000));
    world.event();
    world.stop();
    assert_eq!(world.spool.stock().disk.unwrap().disk_messages, 51);
    world.start();
    assert_eq!((world.seqs(0).len(), world.on_disk()), (1, 51));
}

#[test]
fn a_power_cut_costs_what_was_not_due_yet_and_what_was_acknowledged_may_come_again() {
    let mut world = World::new();
    (0..3).for_each(|_| world.event());
    world.pass(SECOND);
    let stream = world.spool.streams()[0];
    world.spool.acknowledge(stream, 1);
    world.event();
    world.cut_power();
    assert_eq!((world.spool.streams()[0], world.seqs(0)), (stream, vec![1, 2, 3]));
}

#[test]
fn the_checkpoint_is_durable_before_a_segment_is_deleted() {
    for moment in 0..40 {
        let mut world = World::with(|settings| settings.max_disk = 512 << 10);
        (0..60).for_each(|_| world.image(Class::EventFrame, 2000));
        world.pass(MINUTE);
        let stream = world.spool.streams()[1];
        assert!(world.segments(Class::EventFrame).len() > 5);
        world.spool.acknowledge(stream, 50);
        world.clock.advance(MINUTE);
        // The process ends somewhere in the tidying; what it did until then is all on the platter.
        let segments = world.segments(Class::EventFrame).len();
        world.root.stop_after(moment);
        world.keeper.step();
        let deleted = world.segments(Class::EventFrame).len() < segments;
        world.root.crash_losing_all();
        world.logs.iter().for_each(SimDisk::kill);
        world.start();
        assert!(!deleted || world.seqs(0).is_empty());
        let first = world.seqs(1).first().copied();
        let frames =
            world.spool.streams().iter().find_map(|stream| Some(seqs(&world.spool, *stream)).filter(|s| !s.is_empty()));
        assert_eq!(frames.unwrap().last(), Some(&60), "{moment} {first:?}");
        if deleted {
            assert_eq!(seqs(&world.spool, stream).first(), Some(&51), "{moment}: deleted, so the mark is durable");
        }
    }
}

#[test]
fn when_it_is_full_whole_segments_of_the_least_valuable_go_first() {
    let mut world = World::with(|settings| settings.max_disk = 512 << 10);
    let fill = |world: &mut World, class: Class, messages: usize| {
        (0..messages).for_each(|_| world.image(class, 4000));
        world.pass(MINUTE);
    };
    let left = |world: &World| (0..3).map(|place| world.seqs(place).len()).collect::<Vec<_>>();
    fill(&mut world, Class::Event, 10);
    fill(&mut world, Class::Continuous, 40);
    fill(&mut world, Class::EventFrame, 30);
    assert_eq!((left(&world), world.fates()), (vec![10, 30, 40], String::new()));
    fill(&mut world, Class::EventFrame, 30);
    let [events, frames, continuous] = left(&world)[..] else { panic!("three classes") };
    assert_eq!((events, frames), (10, 60), "frames of events take the place of continuous ones");
    assert!(0 < continuous && continuous < 40);
    assert_eq!(*world.seqs(2).last().unwrap(), 40, "the oldest go");
    assert_eq!(world.spool.stock().dropped_images, 40 - continuous as u64);
    fill(&mut world, Class::Event, 60);
    let [events, frames, continuous] = left(&world)[..] else { panic!("three classes") };
    assert_eq!(
        (events, continuous <= 3, frames < 60),
        (70, true, true),
        "events go last; a log keeps its newest segment"
    );
    let files: u64 = world.logs.iter().map(SimDisk::used).sum();
    assert!(files <= (512 << 10) + 3 * (16 << 10), "{files} bytes, with one spare segment a class");
    assert_eq!(world.problem(), None);
    fill(&mut world, Class::Continuous, 1);
    assert!(world.spool.stock().dropped_events == 0);
}

#[test]
fn on_a_disk_full_of_events_frames_stay_in_memory_and_are_thinned_there() {
    let mut world = World::with(|settings| {
        settings.max_disk = 256 << 10;
        settings.max_memory = 30_000;
    });
    (0..100).for_each(|_| {
        world.image(Class::Event, 4000);
        world.pass(SECOND);
    });
    assert!(world.spool.stock().dropped_events > 0, "the oldest events go, where there is nothing else");
    let on_disk = world.on_disk();
    (0..20).for_each(|_| {
        world.image(Class::Continuous, 4000);
        world.pass(SECOND * 30);
    });
    assert_eq!(world.on_disk(), on_disk);
    assert!(world.problem().unwrap().contains("full"), "{:?}", world.problem());
    assert!(world.spool.stock().dropped_images > 0);
    world.image(Class::Event, 4000);
    world.pass(SECOND);
    assert_eq!(world.seqs(0).last(), Some(&101), "an event still finds its place");
    world.acknowledge_all();
    world.pass(MINUTE * 2);
    assert_eq!((world.problem(), world.spool.stock().messages), (None, 0));
}

#[test]
fn a_spool_on_other_hardware_goes_on_under_new_streams_from_the_beginning() {
    let mut world = World::new();
    (0..4).for_each(|_| world.event());
    world.image(Class::EventFrame, 1000);
    world.pass(MINUTE);
    world.spool.acknowledge(world.spool.streams()[0], 1);
    world.stop();
    let before = world.spool.streams();
    world.settings.hardware = Some("Pi 2".into());
    world.start();
    let (events, frames) = (world.spool.streams()[0], world.spool.streams()[2]);
    assert!(!before.contains(&events) && !before.contains(&frames));
    assert_eq!((world.fates(), world.seqs(0), world.seqs(2)), ("moved, moved".into(), vec![2, 3, 4], vec![1]));
    assert!(items(&world.spool, events).iter().all(|item| item.stream == events));
    // The new names stay, after a power cut too, and acknowledgements are noted under them.
    world.cut_power();
    assert_eq!((world.spool.streams()[0], world.spool.streams()[2]), (events, frames));
    world.spool.acknowledge(events, 2);
    world.stop();
    world.start();
    assert_eq!((world.spool.streams()[0], world.seqs(0), world.fates()), (events, vec![3, 4], String::new()));
    world.stop();
    world.settings.hardware = Some("Pi 3".into());
    world.start();
    assert_ne!(world.spool.streams()[0], events);
    assert_eq!(world.seqs(0), [3, 4]);
}

#[test]
fn a_machine_that_does_not_tell_what_it_is_is_not_taken_for_another() {
    let check = |before: Option<&str>, after: Option<&str>, moves: bool| {
        let mut world = World::with(|settings| settings.hardware = before.map(str::to_owned));
        world.event();
        world.pass(SECOND);
        let stream = world.spool.streams()[0];
        world.stop();
        world.settings.hardware = after.map(str::to_owned);
        world.start();
        assert_eq!(world.spool.streams()[0] != stream, moves, "{before:?} {after:?}");
    };
    check(Some("Pi 1"), Some("Pi 1"), false);
    check(Some("Pi 1"), Some("Pi 2"), true);
    check(Some("Pi 1"), None, false);
    check(None, Some("Pi 1"), false);
    check(None, None, false);
}

#[test]
fn the_age_of_the_oldest_is_known_after_a_start_too() {
    let mut world = World::new();
    world.event();
    world.pass(MINUTE * 30);
    let oldest = |world: &World| world.spool.stock().oldest.map(|oldest| oldest.as_secs());
    assert_eq!(oldest(&world), Some(600));
    world.kill();
    assert_eq!(oldest(&world), Some(600));
}
