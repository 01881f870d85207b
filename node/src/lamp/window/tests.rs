use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::*;

/// A zone of 2026: its rule as the tz database has it, the hours that its clocks show ahead of UTC when the year begins,
/// and the moments at which they are put on or back, with the minutes, as tables of the time changes have them.
struct Zone {
    name: &'static str,
    rule: &'static str,
    ahead: i64,
    changes: &'static [(&'static str, i64)],
}

const ZONES: [Zone; 5] = [
    Zone {
        name: "Europe/Berlin",
        rule: "CET-1CEST,M3.5.0,M10.5.0/3",
        ahead: 60,
        changes: &[("2026-03-29T01:00Z", 60), ("2026-10-25T01:00Z", -60)],
    },
    Zone {
        name: "America/New_York",
        rule: "EST5EDT,M3.2.0,M11.1.0",
        ahead: -300,
        changes: &[("2026-03-08T07:00Z", 60), ("2026-11-01T06:00Z", -60)],
    },
    Zone {
        name: "Australia/Lord_Howe",
        rule: "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0",
        ahead: 660,
        changes: &[("2026-04-04T15:00Z", -30), ("2026-10-03T15:30Z", 30)],
    },
    Zone { name: "Asia/Kathmandu", rule: "<+0545>-5:45", ahead: 345, changes: &[] },
    Zone { name: "UTC", rule: "UTC0", ahead: 0, changes: &[] },
];

fn time(minute: i64) -> Time {
    Time::constant((minute / 60) as i8, (minute % 60) as i8, 0, 0)
}

/// A clock's face with the minutes of a window painted on, one by one from its beginning to its end.
fn painted(from: i64, to: i64) -> Vec<bool> {
    let mut face = vec![false; 1440];
    let mut minute = from;
    while minute != to {
        face[minute as usize] = true;
        minute = (minute + 1) % 1440;
    }
    face
}

/// Windows that begin, end or lie in the hours of change, and others from everywhere.
fn windows() -> Vec<(i64, i64)> {
    let mut windows = vec![
        (23 * 60, 5 * 60),
        (150, 165),
        (90, 150),
        (150, 300),
        (0, 1),
        (1439, 0),
        (120, 180),
        (180, 120),
        (12 * 60, 0),
        (60, 61),
    ];
    let mut dice: i64 = 12_345;
    let mut roll = || {
        dice = (dice * 1_103_515_245 + 12_345) % 2_147_483_648;
        (dice >> 8) % 1440
    };
    while windows.len() < 24 {
        let (from, to) = (roll(), roll());
        if from != to {
            windows.push((from, to));
        }
    }
    windows
}

/// A clock on a wall that is wound minute by minute for a year, and put on or back by hand where the tables say so, against
/// the rule and the zone in use.
#[test]
fn a_year_of_minutes_in_five_zones_is_as_a_clock_on_the_wall_has_it() {
    let first: Timestamp = "2026-01-01T00:00Z".parse().unwrap();
    let windows: Vec<_> = windows().into_iter().map(|window| (window, painted(window.0, window.1))).collect();
    for zone in ZONES {
        let rule = TimeZone::posix(zone.rule).unwrap();
        let changes: Vec<(i64, i64)> =
            zone.changes.iter().map(|(at, by)| (at.parse::<Timestamp>().unwrap().as_second(), *by)).collect();
        let (mut wall, mut changed) = (zone.ahead.rem_euclid(1440), 0);
        for minute in 0..365 * 1440 {
            let now = first.as_second() + 60 * minute;
            if let Some((_, by)) = changes.iter().find(|(at, _)| *at == now) {
                wall = (wall + by).rem_euclid(1440);
                changed += 1;
            }
            let shown = rule.to_datetime(Timestamp::from_second(now).unwrap()).time();
            // All windows in the nights of change, and three others each day.
            let is_change = changes.iter().any(|(at, _)| (at - now).abs() < 86_400);
            let (skipped, taken) = if is_change { (0, windows.len()) } else { (minute as usize / 1440 * 3, 3) };
            for ((from, to), face) in windows.iter().cycle().skip(skipped % windows.len()).take(taken) {
                let expected = face[wall as usize];
                assert_eq!(is_within(shown, time(*from), time(*to)), expected, "{}: {now} {from}..{to}", zone.name);
            }
            wall = (wall + 1) % 1440;
        }
        assert_eq!(changed, zone.changes.len(), "{}", zone.name);
    }
}

/// How long a window is on in one local night, in minutes.
fn minutes(rule: &str, from_noon: &str, window: [&str; 2]) -> usize {
    let rule = TimeZone::posix(rule).unwrap();
    let noon: Timestamp = from_noon.parse().unwrap();
    let [from, to] = window.map(|time| time.parse().unwrap());
    let is_on = |minute: &i64| {
        let at = Timestamp::from_second(noon.as_second() + 60 * minute).unwrap();
        is_within(rule.to_datetime(at).time(), from, to)
    };
    (0..24 * 60).filter(is_on).count()
}

#[test]
fn the_nights_of_change_are_as_the_documentation_says() {
    let berlin = ZONES[0].rule;
    let (spring, autumn, other) = ("2026-03-28T11:00Z", "2026-10-24T10:00Z", "2026-06-01T10:00Z");
    let check = |window: [&str; 2], in_spring, in_autumn, usual| {
        assert_eq!(minutes(berlin, spring, window), in_spring, "{window:?} in spring");
        assert_eq!(minutes(berlin, autumn, window), in_autumn, "{window:?} in autumn");
        assert_eq!(minutes(berlin, other, window), usual, "{window:?}");
    };
    // All of it in the hour that is left out, or repeated.
    check(["02:30", "02:45"], 0, 30, 15);
    // It begins in that hour, ends in it, or lies around it.
    check(["02:30", "05:00"], 120, 180, 150);
    check(["01:30", "02:30"], 30, 90, 60);
    check(["23:00", "05:00"], 300, 420, 360);
    let lord_howe = ZONES[2].rule;
    assert_eq!(minutes(lord_howe, "2026-10-03T02:00Z", ["02:15", "02:45"]), 15);
    assert_eq!(minutes(lord_howe, "2026-04-04T02:00Z", ["01:15", "01:45"]), 45);
}

#[test]
fn the_end_is_no_longer_in_it() {
    let check = |now: &str, [from, to]: [&str; 2], expected| {
        let [now, from, to] = [now, from, to].map(|time| time.parse().unwrap());
        assert_eq!(is_within(now, from, to), expected, "{now} in {from}..{to}");
    };
    check("23:00", ["23:00", "05:00"], true);
    check("04:59:59.999", ["23:00", "05:00"], true);
    check("05:00", ["23:00", "05:00"], false);
    check("22:59:59", ["23:00", "05:00"], false);
    check("00:00", ["18:00", "00:00"], false);
    check("23:59", ["18:00", "00:00"], true);
    check("12:00", ["12:00", "12:00"], true);
}
