use super::*;

/// Saturday afternoon; the clocks of Berlin went back on 25 October and go forward on 29 March.
const NOW: &str = "2026-11-21T15:30:00+01:00[Europe/Berlin]";

fn check_at(now: &str, text: &str, since: &str, until: &str) {
    let now: Zoned = now.parse().unwrap();
    let time = |edge| parse(text, &now, edge).map(|time| time.to_string());
    assert_eq!(time(Edge::Since).as_deref(), Ok(since), "since {text:?} at {now}");
    assert_eq!(time(Edge::Until).as_deref(), Ok(until), "until {text:?} at {now}");
}

#[test]
fn a_day_is_a_span() {
    let check = |text, since, until| check_at(NOW, text, since, until);
    check("yesterday", "2026-11-19T23:00:00Z", "2026-11-20T23:00:00Z");
    check("Yesterday ", "2026-11-19T23:00:00Z", "2026-11-20T23:00:00Z");
    check("today", "2026-11-20T23:00:00Z", "2026-11-21T23:00:00Z");
    check("2026-11-20", "2026-11-19T23:00:00Z", "2026-11-20T23:00:00Z");
    check("2026-10-25", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z");
    check("2026-03-29", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z");
}

#[test]
fn a_moment_is_a_moment() {
    let check = |text, time| check_at(NOW, text, time, time);
    check("now", "2026-11-21T14:30:00Z");
    check("2h ago", "2026-11-21T12:30:00Z");
    check("90m", "2026-11-21T13:00:00Z");
    check("90 minutes ago", "2026-11-21T13:00:00Z");
    check("30s", "2026-11-21T14:29:30Z");
    check("3d ago", "2026-11-18T14:30:00Z");
    check("1 week ago", "2026-11-14T14:30:00Z");
    check("2026-11-20 06:00", "2026-11-20T05:00:00Z");
    check("2026-11-20T06:00:05", "2026-11-20T05:00:05Z");
    check("2026-11-20 06:00:05.25", "2026-11-20T05:00:05.25Z");
    check("2026-11-20T06:00:05Z", "2026-11-20T06:00:05Z");
    check("2026-11-20t06:00:05.123456789z", "2026-11-20T06:00:05.123456789Z");
    check("2026-11-20T06:00:05-08:00", "2026-11-20T14:00:05Z");
    check("2026-11-20 06:00:05+05:30", "2026-11-20T00:30:05Z");
    // Days are the calendar's, hours the clock's: the night of 25 October was an hour longer.
    check("30d ago", "2026-10-22T13:30:00Z");
}

#[test]
fn a_time_of_day_is_the_last_one() {
    let check = |text, time| check_at(NOW, text, time, time);
    check("06:00", "2026-11-21T05:00:00Z");
    check("15:30", "2026-11-21T14:30:00Z");
    check("15:31", "2026-11-20T14:31:00Z");
    check("06:00:05", "2026-11-21T05:00:05Z");
}

#[test]
fn clocks_that_go_forward_or_back_are_no_trouble() {
    // 02:30 comes twice.
    check_at(NOW, "2026-10-25 02:30", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z");
    // 02:30 does not come.
    check_at(NOW, "2026-03-29 02:30", "2026-03-29T01:30:00Z", "2026-03-29T01:30:00Z");
    // The same time yesterday was an hour more ago.
    check_at("2026-10-25T12:00:00+01:00[Europe/Berlin]", "1d ago", "2026-10-24T10:00:00Z", "2026-10-24T10:00:00Z");
    check_at("2026-10-25T12:00:00+01:00[Europe/Berlin]", "24h ago", "2026-10-24T11:00:00Z", "2026-10-24T11:00:00Z");
    // In Santiago, midnight itself is skipped.
    let santiago = "2026-09-06T12:00:00-03:00[America/Santiago]";
    check_at(santiago, "today", "2026-09-06T04:00:00Z", "2026-09-07T03:00:00Z");
    check_at(santiago, "00:30", "2026-09-06T04:30:00Z", "2026-09-06T04:30:00Z");
}

#[test]
fn what_is_no_time_is_answered_with_examples() {
    let now: Zoned = NOW.parse().unwrap();
    for text in [
        "",
        " ",
        "tomorrowish",
        "2026-13-01",
        "2026-11-31",
        "25:00",
        "-2h",
        "2 ago",
        "ago",
        "2y",
        "2026-11-20 25:00",
        "2026-11-20 06:00 CET",
        "99999999999999999999d ago",
        "9999999999d ago",
        "9223372036854775807w",
        "🦝",
        "2026-11-20🦝06:00",
        "2026-11-2🦝",
    ] {
        for edge in [Edge::Since, Edge::Until] {
            let message = parse(text, &now, edge).expect_err(text);
            assert!(message.contains("2h ago"), "{text:?}: {message}");
            assert!(message.starts_with(&format!("{text:?} is not a time")), "{message}");
        }
    }
}
