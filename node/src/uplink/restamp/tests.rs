use std::time::Duration;

use picket_common::event::Kind;

use super::*;

const BOOT: &str = "this";

fn time(text: &str) -> Timestamp {
    format!("2026-11-{text}Z").parse().unwrap()
}

fn keys(at: Timestamp, mono: u64, clock: ClockState) -> Keys {
    Keys {
        picket: 1,
        node: "Barn".into(),
        view: None,
        kind: Kind::Image,
        number: None,
        at: Some(at),
        was: None,
        boot: Some(BOOT.into()),
        mono_ns: Some(mono * 1_000_000_000),
        clock: Some(clock),
        event: None,
        data: Value::Null,
    }
}

fn moment(at: Timestamp, mono: u64, clock: ClockState) -> Moment {
    Moment { at, mono: Duration::from_secs(mono), clock }
}

#[test]
fn a_stamp_is_corrected_where_the_clock_was_set_since_and_was_not_believed_then() {
    use ClockState::{Synced, Unknown, Unsynced};
    // Made 100 s after the machine's start, at 12:00:00 as the clock showed; sent 60 s later, at the time in the table.
    let check = |made: ClockState, sent: (&str, ClockState), expected: (&str, ClockState)| {
        let mut restamp = Restamp::new(BOOT.into());
        let keys = keys(time("20T12:00:00"), 100, made);
        let sent = restamp.keys(&keys, || moment(time(sent.0), 160, sent.1)).unwrap_or_else(|| keys.clone());
        let was = (expected.0 != "20T12:00:00").then(|| time("20T12:00:00"));
        assert_eq!((sent.at, sent.was, sent.clock), (Some(time(expected.0)), was, Some(expected.1)), "{made:?}");
        assert_eq!((sent.mono_ns, sent.boot), (keys.mono_ns, keys.boot));
    };
    check(Unsynced, ("20T15:01:00", Synced), ("20T15:00:00", Synced));
    check(Unsynced, ("20T12:01:01", Synced), ("20T12:00:00", Synced));
    check(Unsynced, ("20T12:01:03", Synced), ("20T12:00:03", Synced));
    check(Unsynced, ("20T15:01:00", Unsynced), ("20T12:00:00", Unsynced));
    check(Unknown, ("20T15:01:00", Unknown), ("20T15:00:00", Unknown));
    check(Unknown, ("20T09:01:00", Unknown), ("20T09:00:00", Unknown));
    check(Unknown, ("20T12:01:00", Unknown), ("20T12:00:00", Unknown));
    check(Unknown, ("20T12:01:00", Synced), ("20T12:00:00", Synced));
    check(Unknown, ("20T15:01:00", Unsynced), ("20T12:00:00", Unknown));
    check(Synced, ("20T15:01:00", Synced), ("20T12:00:00", Synced));
    check(Synced, ("19T09:01:00", Unsynced), ("20T12:00:00", Synced));
}

#[test]
fn what_another_run_of_the_machine_has_stamped_is_left_alone() {
    let sent = || moment(time("20T15:00:00"), 160, ClockState::Synced);
    let made = keys(time("20T12:00:00"), 100, ClockState::Unsynced);
    assert_eq!(Restamp::new("another".into()).keys(&made, sent), None);
    assert_eq!(Restamp::new("unknown".into()).keys(&Keys { boot: Some("unknown".into()), ..made.clone() }, sent), None);
    assert_eq!(Restamp::new(BOOT.into()).keys(&Keys { boot: None, ..made.clone() }, sent), None);
    assert_eq!(Restamp::new(BOOT.into()).keys(&Keys { mono_ns: None, ..made }, sent), None);
}

#[test]
fn all_stamps_of_one_setting_are_shifted_alike_however_the_clocks_are_read() {
    let mut restamp = Restamp::new(BOOT.into());
    let shift = |restamp: &mut Restamp, jitter_ns: i64| {
        let at = time("20T12:00:00") + SignedDuration::from_nanos(jitter_ns);
        let now = moment(time("20T15:01:00") - SignedDuration::from_nanos(jitter_ns), 160, ClockState::Synced);
        let sent = restamp.keys(&keys(at, 100, ClockState::Unsynced), || now).unwrap();
        sent.at.unwrap().duration_since(at)
    };
    for jitter_ns in [0, 700, -1300, 900_000] {
        assert_eq!(shift(&mut restamp, jitter_ns), SignedDuration::from_hours(3));
        assert_eq!(shift(&mut Restamp::new(BOOT.into()), jitter_ns), SignedDuration::from_hours(3), "another run");
    }
}

#[test]
fn nonsense_from_the_disk_is_sent_as_it_is() {
    let sent = || moment(time("20T15:00:00"), 160, ClockState::Synced);
    for (at, mono_ns) in
        [(Timestamp::MAX, 0), (Timestamp::MIN, u64::MAX), (Timestamp::MAX, u64::MAX), (Timestamp::MIN, 0)]
    {
        let odd = Keys { mono_ns: Some(mono_ns), ..keys(at, 0, ClockState::Unsynced) };
        let sent = Restamp::new(BOOT.into()).keys(&odd, sent).unwrap_or(odd);
        assert!(sent.at.is_some());
    }
    let mut odd = keys(time("20T12:00:00"), 100, ClockState::Synced);
    for data in [serde_json::json!({"earlier": 7}), serde_json::json!({"earlier": [{"at": "noon"}]})] {
        odd.data = data;
        assert_eq!(Restamp::new(BOOT.into()).keys(&odd, sent), None);
    }
}
