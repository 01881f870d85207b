use picket_common::event::Kind;
use picket_common::wire::{self, Number};
use serde_json::Value;

use super::*;

const HOUR: u64 = 3_600_000_000_000;
const SECOND: u64 = 1_000_000_000;

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// What a node says of a moment `mono_ns` after its start.
fn said(at: &str, clock: ClockState, mono_ns: u64) -> Keys {
    Keys {
        picket: wire::VERSION,
        node: "Barn".into(),
        view: None,
        kind: Kind::Event,
        number: None,
        at: Some(time(at)),
        was: None,
        boot: Some("now".into()),
        mono_ns: Some(mono_ns),
        clock: Some(clock),
        event: None,
        data: Value::Null,
    }
}

/// Noon, on a hub that has run for ten hours.
fn receipt() -> Receipt {
    Receipt { at: time("2026-11-20T12:00:00Z"), uptime: Duration::from_nanos(10 * HOUR), clock: ClockState::Synced }
}

/// Of a machine that has run for two hours.
fn ticks() -> Ticks {
    let mut ticks = Ticks::default();
    ticks.note("now", 2 * HOUR, receipt().uptime);
    ticks
}

#[test]
fn a_clock_that_was_set_is_believed_and_one_that_was_not_is_mended() {
    use ClockState::{Synced, Unknown, Unsynced};
    let check = |at: &str, clock, mono_ns: u64, expected: &str, was: Option<&str>, doubtful| {
        let stamp = stamp(&said(at, clock, mono_ns), &receipt(), &mut ticks());
        assert_eq!(stamp, Stamp { at: time(expected), was: was.map(time), doubtful }, "{at} {clock:?}");
    };
    // Hours off either way: whose clock is wrong, the hub's or the node's, is not known.
    for at in ["2026-11-20T11:59:59.5Z", "2026-11-20T09:00:00Z", "2026-11-20T15:00:00Z", "2020-01-01T00:00:00Z"] {
        check(at, Synced, 2 * HOUR, at, None, false);
        check(at, Unknown, 2 * HOUR, at, None, false);
    }
    for at in ["2026-11-03T07:00:00Z", "2026-11-20T15:00:00Z", "1970-01-01T00:00:07Z", "2106-02-07T06:28:15Z"] {
        check(at, Unsynced, 2 * HOUR, "2026-11-20T12:00:00Z", Some(at), false);
        check(at, Unsynced, HOUR, "2026-11-20T11:00:00Z", Some(at), false);
        check(at, Unsynced, 0, "2026-11-20T10:00:00Z", Some(at), false);
        // Nothing happens after it was received.
        check(at, Unsynced, 3 * HOUR, "2026-11-20T12:00:00Z", Some(at), false);
    }
    // Nobody's time, whatever is said of the clock.
    for at in ["1970-01-01T00:00:07Z", "2019-12-31T23:59:59Z", "2106-02-07T06:28:15Z", "-004713-11-25T00:00:00Z"] {
        check(at, Synced, HOUR, "2026-11-20T11:00:00Z", Some(at), false);
        check(at, Unknown, HOUR, "2026-11-20T11:00:00Z", Some(at), false);
    }
    // A uptime that cannot be.
    check("2026-11-03T07:00:00Z", Unsynced, u64::MAX, "2026-11-20T12:00:00Z", Some("2026-11-03T07:00:00Z"), false);
}

#[test]
fn of_another_run_of_the_machine_nothing_is_known_but_what_it_says() {
    let check = |at: &str, clock, expected: &str, was: Option<&str>, doubtful| {
        let keys = Keys { boot: Some("before".into()), ..said(at, clock, HOUR) };
        let stamp = stamp(&keys, &receipt(), &mut ticks());
        assert_eq!(stamp, Stamp { at: time(expected), was: was.map(time), doubtful }, "{at} {clock:?}");
    };
    let noon = "2026-11-20T12:00:00Z";
    check("2026-11-03T07:00:00Z", ClockState::Unsynced, "2026-11-03T07:00:00Z", None, true);
    check("2026-11-20T15:00:00Z", ClockState::Unsynced, noon, Some("2026-11-20T15:00:00Z"), true);
    check("1970-01-01T00:00:07Z", ClockState::Unsynced, noon, Some("1970-01-01T00:00:07Z"), true);
    check("2106-02-07T06:28:15Z", ClockState::Synced, noon, Some("2106-02-07T06:28:15Z"), true);
    check("2026-11-03T07:00:00Z", ClockState::Synced, "2026-11-03T07:00:00Z", None, false);
}

#[test]
fn what_a_node_has_corrected_itself_stands_with_what_it_said_first() {
    let first = Some(time("1970-01-01T00:00:07Z"));
    for clock in [ClockState::Synced, ClockState::Unsynced] {
        let keys = Keys { was: first, ..said("2026-11-20T10:00:00Z", clock, HOUR) };
        let expected = Stamp { at: time("2026-11-20T10:00:00Z"), was: first, doubtful: false };
        assert_eq!(stamp(&keys, &receipt(), &mut ticks()), expected, "{clock:?}");
    }
}

#[test]
fn a_hub_whose_own_clock_is_not_set_mends_only_what_cannot_be_right() {
    let unset = Receipt { clock: ClockState::Unsynced, ..receipt() };
    let check = |at: &str, clock, expected: &str, was: Option<&str>, doubtful| {
        let stamp = stamp(&said(at, clock, HOUR), &unset, &mut ticks());
        assert_eq!(stamp, Stamp { at: time(expected), was: was.map(time), doubtful }, "{at} {clock:?}");
    };
    check("2031-05-05T05:05:05Z", ClockState::Synced, "2031-05-05T05:05:05Z", None, false);
    check("2031-05-05T05:05:05Z", ClockState::Unsynced, "2031-05-05T05:05:05Z", None, true);
    check("1970-01-01T00:00:07Z", ClockState::Unsynced, "2026-11-20T11:00:00Z", Some("1970-01-01T00:00:07Z"), false);
}

#[test]
fn the_sample_with_the_smallest_delay_counts_and_old_ones_are_forgotten() {
    let unset = |mono_ns| said("1970-01-01T00:00:07Z", ClockState::Unsynced, mono_ns);
    let at = |ticks: &mut Ticks| stamp(&unset(2 * HOUR), &receipt(), ticks).at;
    let mut ticks = ticks();
    // The hello took five seconds, a heartbeat one, a busy hub three.
    let late = |seconds: u64| receipt().uptime + Duration::from_secs(seconds);
    ticks.note("now", 2 * HOUR, late(0));
    for seconds in [5, 1, 3] {
        ticks.note("now", 2 * HOUR, late(seconds));
    }
    assert_eq!(at(&mut ticks), time("2026-11-20T12:00:00Z"));
    for _ in 0..SAMPLES {
        ticks.note("now", 2 * HOUR - 2 * SECOND, receipt().uptime);
    }
    assert_eq!(at(&mut ticks), time("2026-11-20T12:00:00Z"), "never later than it was received");
    assert_eq!(stamp(&unset(HOUR), &receipt(), &mut ticks).at, time("2026-11-20T11:00:02Z"));
    ticks.note("next", 5 * SECOND, receipt().uptime);
    assert!(stamp(&unset(HOUR), &receipt(), &mut ticks).doubtful, "the machine was started again");
}

#[test]
fn the_order_within_a_stream_stays_when_a_better_sample_comes() {
    let mut ticks = Ticks::default();
    ticks.note("now", HOUR, receipt().uptime + Duration::from_secs(5));
    let mut stamps = Vec::new();
    for (seq, mono_ns) in [(1, HOUR - SECOND), (2, HOUR), (3, HOUR + SECOND), (4, HOUR + 10 * SECOND)] {
        if seq == 3 {
            ticks.note("now", HOUR + SECOND, receipt().uptime + Duration::from_secs(1));
        }
        let number = Some(Number { stream: StreamId(7), seq, prev: 0 });
        let keys = Keys { number, ..said("1970-01-01T00:00:07Z", ClockState::Unsynced, mono_ns) };
        let later = Receipt { uptime: receipt().uptime + Duration::from_secs(60), ..receipt() };
        stamps.push(stamp(&keys, &later, &mut ticks).at);
    }
    assert!(stamps.is_sorted(), "{stamps:?}");
    assert_eq!(stamps.last(), Some(&time("2026-11-20T11:59:10Z")), "and the better sample counts");
}

#[test]
fn a_step_of_the_hubs_clock_moves_all_stamps_with_it() {
    let unset = said("1970-01-01T00:00:07Z", ClockState::Unsynced, HOUR);
    for hours in [-3, 3] {
        let stepped = Receipt { at: receipt().at + SignedDuration::from_hours(hours), ..receipt() };
        let expected = time("2026-11-20T11:00:00Z") + SignedDuration::from_hours(hours);
        assert_eq!(stamp(&unset, &stepped, &mut ticks()).at, expected);
    }
}
