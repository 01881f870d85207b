//! A node that was killed and starts again: its spool is opened in the background, when the uplink has long begun.

use picket_common::log::sim::SimDisk;
use picket_common::wire::StreamId;

use super::*;
use crate::spool::Keeper;
use crate::spool::sim::SimDisks;

const MINUTE: Duration = Duration::from_secs(60);

/// A process that has its spool there.
fn spool_on(disks: &SimDisks, clock: &SimClock) -> (Spool, Keeper) {
    Spool::on_disk(disks.settings(), Arc::new(clock.clone()))
}

fn work(keeper: &mut Keeper) {
    (0..1000).find(|_| keeper.step() > Duration::ZERO).expect("the keeper has an end");
}

/// A play whose spool is this one.
fn play(clock: &SimClock, spool: Spool) -> Play {
    let mut play = Play::new(Dialect::Picket);
    play.clock = clock.clone();
    play.author.clock = Arc::new(clock.clone());
    (play.author.spool, play.spool) = (spool.clone(), spool.clone());
    let Uplink { link, settings, health, .. } = play.uplink;
    play.uplink = Uplink::new(link, spool, settings, health, Arc::new(clock.clone()));
    play
}

/// Three events and three images lie on the disk, of which nobody has acknowledged any, and the node is killed.
fn killed() -> (SimClock, SimDisks, [StreamId; 2]) {
    let (clock, disks) = (SimClock::new("2026-11-20T12:00:00Z".parse().unwrap()), SimDisks::default());
    clock.advance(MINUTE);
    let (spool, mut keeper) = spool_on(&disks, &clock);
    work(&mut keeper);
    let play = play(&clock, spool.clone());
    for _ in 0..3 {
        play.image();
        play.event();
    }
    clock.advance(MINUTE);
    work(&mut keeper);
    let streams = spool.streams();
    disks.all().for_each(SimDisk::kill);
    (clock, disks, [streams[0], streams[1]])
}

#[test]
fn what_the_disk_holds_is_sent_as_soon_as_it_is_found_and_before_what_is_new_of_its_class() {
    let (clock, disks, [events, images]) = killed();
    let (spool, mut keeper) = spool_on(&disks, &clock);
    let waker = picket_common::wake::Waker::new().unwrap();
    spool.wake_with(waker.clone());
    let mut play = play(&clock, spool);
    play.event();
    assert_eq!(play.step(), "hello");
    play.welcome(100);
    assert_eq!(play.step(), "event 1<0", "the disk is not open yet");
    play.event();
    play.image();
    waker.wait(Duration::ZERO);
    work(&mut keeper);
    let began = picket_common::time::SystemClock.uptime();
    waker.wait(MINUTE);
    assert!(picket_common::time::SystemClock.uptime() - began < MINUTE / 2, "the uplink is woken");
    let said = play.step();
    assert_eq!(
        said, "event 1<0, event 2<1, event 3<2, event 2<1, image 1<0, image 2<1, image 3<2, image 1<0",
        "older streams of a class first"
    );
    let credit = Credit { credit_messages: 100, credit_bytes: 1 << 20 };
    play.answer(&Reply::Ack { stream: events, seq: 2, credit });
    play.answer(&Reply::Expect { stream: images, seq: 1 });
    assert_eq!(play.step(), "image 2<0, image 3<2");
}

#[test]
fn a_hub_that_has_seen_more_of_an_earlier_run_than_the_disk_knows_is_believed() {
    let (clock, disks, [events, images]) = killed();
    let (spool, mut keeper) = spool_on(&disks, &clock);
    let mut play = play(&clock, spool.clone());
    play.step();
    play.welcome(100);
    work(&mut keeper);
    play.event();
    let own = *spool.streams().iter().rfind(|stream| spool.newest(**stream) == Some(1)).unwrap();
    assert!(play.step().ends_with("image 3<2"));
    let credit = Credit { credit_messages: 100, credit_bytes: 1 << 20 };
    // That run has sent 4 to 9 from memory, and was killed before they were due for the disk.
    play.answer(&Reply::Ack { stream: events, seq: 9, credit });
    play.answer(&Reply::Expect { stream: images, seq: 7 });
    assert_eq!((play.step(), spool.stock().messages), (String::new(), 1));
    // Of its own stream it knows better.
    play.answer(&Reply::Ack { stream: own, seq: 2, credit });
    assert_eq!((play.step(), spool.stock().messages), (String::new(), 1));
    // The old streams are tidied away and forgotten; what the hub still says of them changes nothing.
    clock.advance(MINUTE);
    work(&mut keeper);
    play.answer(&Reply::Ack { stream: events, seq: 9, credit });
    play.step();
    assert_eq!(spool.stock().messages, 1);
    // And nothing of it comes back.
    disks.all().for_each(SimDisk::kill);
    let (spool, mut keeper) = spool_on(&disks, &clock);
    work(&mut keeper);
    assert!(!spool.streams().contains(&events) && !spool.streams().contains(&images));
}

#[test]
fn what_was_stamped_in_an_earlier_run_of_the_machine_is_sent_as_it_was() {
    let (clock, disks) = (SimClock::new("1970-01-01T00:00:00Z".parse().unwrap()), SimDisks::default());
    let (spool, mut keeper) = spool_on(&disks, &clock);
    let mut before = play(&clock, spool);
    before.author.boot = "another".into();
    before.image();
    clock.advance(MINUTE);
    work(&mut keeper);
    disks.all().for_each(SimDisk::kill);
    clock.set("2026-11-20T12:00:00Z".parse().unwrap());
    let (spool, mut keeper) = spool_on(&disks, &clock);
    work(&mut keeper);
    let mut play = play(&clock, spool);
    play.step();
    play.welcome(9);
    assert_eq!(play.step(), "image 1<0");
    let keys = Header::decode(&play.last.as_ref().unwrap().parts).unwrap().keys.unwrap();
    assert_eq!((keys.at, keys.was), (Some("1970-01-01T00:00:00Z".parse().unwrap()), None));
}
