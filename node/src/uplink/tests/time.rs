//! A clock that is set while messages wait.

use picket_common::event::Earlier;
use picket_common::time::{ClockState, Timestamp};

use super::*;

/// What the node says next in one step: when, what it said first, and the clock's state.
fn stamps(play: &mut Play) -> (Timestamp, Option<Timestamp>, Option<ClockState>) {
    play.step();
    let keys = Header::decode(&play.last.as_ref().unwrap().parts).unwrap().keys.unwrap();
    (keys.at.unwrap(), keys.was, keys.clock)
}

#[test]
fn what_was_stamped_before_the_clock_was_set_is_corrected_and_both_stamps_are_sent() {
    let (long_ago, real): (Timestamp, Timestamp) =
        ("1970-01-01T00:01:40Z".parse().unwrap(), "2026-11-20T15:00:00Z".parse().unwrap());
    let mut play = Play::new(Dialect::Picket);
    play.clock.set(long_ago);
    play.clock.set_state(ClockState::Unsynced);
    play.step();
    play.welcome(1);
    play.image();
    assert_eq!(stamps(&mut play), (long_ago, None, Some(ClockState::Unsynced)), "it cannot be corrected yet");
    play.clock.advance(SECOND * 4);
    play.clock.set(real);
    play.clock.set_state(ClockState::Synced);
    let stream = play.spool.streams()[1];
    play.answer(&Reply::Expect { stream, seq: 0 });
    let corrected = real - Duration::from_secs(4);
    assert_eq!(stamps(&mut play), (corrected, Some(long_ago), Some(ClockState::Synced)));
    play.image();
    play.ack(1, 1, 1);
    assert_eq!(stamps(&mut play), (real, None, Some(ClockState::Synced)));
}

#[test]
fn an_old_hub_gets_the_corrected_stamp_too() {
    let mut play = Play::new(Dialect::Imagezmq(SendType::Jpg));
    play.clock.set_state(ClockState::Unsynced);
    let wrong = play.clock.now();
    play.image();
    play.clock.set(wrong + SECOND * 3600);
    play.clock.set_state(ClockState::Synced);
    assert_eq!(stamps(&mut play), (wrong + SECOND * 3600, Some(wrong), Some(ClockState::Synced)));
}

#[test]
fn a_frame_and_the_event_that_refers_to_it_are_corrected_alike() {
    let mut play = Play::new(Dialect::Picket);
    play.clock.set_state(ClockState::Unsynced);
    let (at, mono_ns) = (play.clock.now(), u64::try_from(play.clock.uptime().as_nanos()).unwrap());
    play.image();
    play.clock.advance(SECOND);
    play.clock.set(at + SECOND * 7200);
    play.clock.set_state(ClockState::Synced);
    // The event comes after the clock was set, and is right itself.
    let clock = Some(ClockState::Unsynced);
    let earlier = vec![Earlier { view: None, at, was: None, clock, mono_ns: Some(mono_ns), role: Role::Before }];
    let data = EventData { earlier, ..EventData::new(Phase::Start, "motion", "moving") };
    play.author.event(play.author.now(), Some("e"), &data);
    play.step();
    play.welcome(1);
    play.step();
    let keys = Header::decode(&play.last.as_ref().unwrap().parts).unwrap().keys.unwrap();
    let data: EventData = serde_json::from_value(keys.data).unwrap();
    assert_eq!((keys.at, keys.was), (Some(at + SECOND * 7200), None));
    let reference = &data.earlier[0];
    play.ack(0, 1, 1);
    let frame = stamps(&mut play);
    assert_eq!((reference.at, reference.was, reference.clock), frame);
    assert_eq!(frame.1, Some(at));
}
