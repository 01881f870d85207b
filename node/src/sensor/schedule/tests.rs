use std::collections::HashSet;

use jiff::SignedDuration;
use picket_common::log::sim::Dice;

use super::*;

const DAYS: i64 = 4;

/// What the clock on the wall shows, minute by minute.
fn minutes(from: Timestamp, zone: &TimeZone) -> Vec<(Timestamp, civil::DateTime)> {
    let times = (0..DAYS * 1440).map(|minute| from + SignedDuration::from_mins(minute));
    times.map(|now| (now, zone.to_datetime(now))).collect()
}

/// What is due, by somebody who looks at the clock on the wall every minute.
fn watched(schedule: &Schedule, minutes: &[(Timestamp, civil::DateTime)]) -> Vec<Timestamp> {
    let mut reached = HashSet::new();
    let mut due = vec![];
    for (minute, (now, wall)) in minutes.iter().enumerate() {
        match schedule {
            Schedule::Every(seconds) => {
                let shown = i64::from(wall.hour()) * 3600 + i64::from(wall.minute()) * 60;
                if shown % seconds == 0 {
                    due.push(*now);
                }
            }
            Schedule::At(times) => {
                let days = [wall.date() - 1.day(), wall.date()];
                let times = days.iter().flat_map(|day| times.iter().map(|time| day.to_datetime(*time)));
                // What is past when the watch begins is of no interest.
                let new = times.filter(|time| time <= wall && reached.insert(*time)).count();
                if 0 < new && 0 < minute {
                    due.push(*now);
                }
            }
        }
    }
    due
}

fn check(schedule: &Schedule, minutes: &[(Timestamp, civil::DateTime)], zone: &TimeZone, dice: &mut Dice) {
    let due = watched(schedule, minutes);
    assert!(2 <= due.len());
    for _ in 0..20 {
        // Any nanosecond of the span, and the due times themselves.
        let chance =
            minutes[0].0 + SignedDuration::from_nanos(dice.roll((DAYS as u64 - 2) * 86_400 * 1_000_000_000) as i64);
        let exact = due[dice.place(due.len() - 1)];
        for after in [chance, exact] {
            let expected = due[due.partition_point(|time| *time <= after)];
            assert_eq!(schedule.next(after, zone), Some(expected), "{zone:?} {schedule:?} after {after}");
        }
    }
}

#[test]
fn what_is_due_is_what_one_sees_who_watches_the_clock_on_the_wall() {
    let mut dice = Dice(3);
    // Clocks go forward and back by an hour, by half an hour, at midnight; a whole day is left out.
    for (zone, from) in [
        ("Europe/Berlin", "2026-03-27T05:00:00Z"),
        ("Europe/Berlin", "2026-10-23T22:00:00Z"),
        ("America/New_York", "2026-03-06T12:34:00Z"),
        ("America/New_York", "2026-10-31T00:00:00Z"),
        ("Australia/Lord_Howe", "2026-04-03T03:00:00Z"),
        ("Australia/Lord_Howe", "2026-10-02T17:00:00Z"),
        ("America/Havana", "2026-03-07T00:00:00Z"),
        ("America/Havana", "2026-10-31T00:00:00Z"),
        ("Pacific/Apia", "2011-12-28T20:00:00Z"),
        ("Asia/Kathmandu", "2026-06-01T00:00:00Z"),
        ("UTC", "2026-12-29T00:00:00Z"),
    ] {
        let zone = TimeZone::get(zone).unwrap();
        let minutes = minutes(from.parse().unwrap(), &zone);
        for every in [60, 900, 1800, 3600, 5400, 6 * 3600, 7 * 3600, 86_400, 60 * (1 + dice.roll(1440) as i64)] {
            check(&Schedule::Every(every), &minutes, &zone, &mut dice);
        }
        for times in 1..5 {
            let mut time = |hours| civil::time(dice.roll(hours) as i8, dice.roll(60) as i8, 0, 0);
            // Most in the hours in which clocks are changed.
            let times = (0..times).map(|number| time(if number == 0 { 24 } else { 4 })).collect();
            check(&Schedule::At(times), &minutes, &zone, &mut dice);
        }
        for time in ["00:00", "00:30", "01:30", "02:00", "02:30", "03:00", "23:30"] {
            check(&Schedule::At(vec![time.parse().unwrap()]), &minutes, &zone, &mut dice);
        }
    }
}

#[test]
fn clocks_that_change_make_no_time_come_twice_or_never() {
    let check = |zone: &str, schedule: Schedule, after: &str, expected: &[&str]| {
        let zone = TimeZone::get(zone).unwrap();
        let mut now: Timestamp = after.parse().unwrap();
        let mut next = || {
            now = schedule.next(now, &zone).unwrap();
            now.to_string()
        };
        let found: Vec<String> = expected.iter().map(|_| next()).collect();
        assert_eq!(found, expected, "{schedule:?}");
    };
    let at = |time: &str| Schedule::At(vec![time.parse().unwrap()]);
    let berlin = "Europe/Berlin";
    // 02:30 comes twice: the first counts. 02:30 is skipped: it counts when clocks go from 02:00 to 03:00.
    check(berlin, at("02:30"), "2026-10-25T00:00:00Z", &["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]);
    check(berlin, at("02:30"), "2026-03-29T00:00:00Z", &["2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"]);
    // A long hour, and a short one.
    let hourly = || Schedule::Every(3600);
    check(berlin, hourly(), "2026-10-24T23:30:00Z", &["2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z"]);
    let howe = &["2026-04-04T14:00:00Z", "2026-04-04T15:30:00Z", "2026-04-04T16:30:00Z"];
    check("Australia/Lord_Howe", hourly(), "2026-04-04T13:30:00Z", howe);
    // What does not divide the day begins anew at midnight.
    let seven = &["2026-06-01T21:00:00Z", "2026-06-02T00:00:00Z", "2026-06-02T07:00:00Z"];
    check("UTC", Schedule::Every(7 * 3600), "2026-06-01T14:00:00.000000001Z", seven);
    check("UTC", Schedule::Every(1), "2026-06-01T23:59:58.5Z", &["2026-06-01T23:59:59Z", "2026-06-02T00:00:00Z"]);
}

#[test]
fn time_has_an_end() {
    assert_eq!(Schedule::Every(3600).next(Timestamp::MAX, &TimeZone::UTC), None);
    assert_eq!(Schedule::At(vec![civil::time(6, 0, 0, 0)]).next(Timestamp::MAX, &TimeZone::UTC), None);
    assert_eq!(Schedule::At(vec![]).next(Timestamp::UNIX_EPOCH, &TimeZone::UTC), None);
}
