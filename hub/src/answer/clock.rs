//! Times and lengths of time as people say them: `14:02 today`, `12:50 on 24 September`, `1 minute 32 seconds`. The clock
//! and the zone are handed in.

use std::time::Duration;

use jiff::civil::Date;
use jiff::{Timestamp, Zoned};

/// `14:02 today`, `23:50 yesterday`, `12:50 on 24 September 2021`.
pub(super) fn moment(time: Timestamp, now: &Zoned) -> String {
    let local = time.to_zoned(now.time_zone().clone());
    let day = match local.date() {
        date if date == now.date() => "today".to_owned(),
        date if now.date().yesterday().ok() == Some(date) => "yesterday".to_owned(),
        date => format!("on {}", self::date(date, now)),
    };
    format!("{} {day}", local.strftime("%H:%M"))
}

/// The same where the day is known: `14:02`.
pub(super) fn moment_of(day: Option<Date>, time: Timestamp, now: &Zoned) -> String {
    let local = time.to_zoned(now.time_zone().clone());
    if Some(local.date()) == day { local.strftime("%H:%M").to_string() } else { moment(time, now) }
}

/// `24 September`, with the year where it is not this one.
pub(super) fn date(date: Date, now: &Zoned) -> String {
    let format = if date.year() == now.date().year() { "%-d %B" } else { "%-d %B %Y" };
    date.strftime(format).to_string()
}

/// In one unit, or in two where the larger one is coarse: `12 seconds`, `4 minutes 10 seconds`, `1 hour 5 minutes`.
pub(super) fn length(time: Duration) -> String {
    let seconds = time.as_secs_f64().round() as u64;
    let minutes = (time.as_secs_f64() / 60.0).round() as u64;
    let hours = (time.as_secs_f64() / 3600.0).round() as u64;
    match seconds {
        0 => "less than a second".to_owned(),
        1..60 => some(seconds, "second"),
        60..600 => two(seconds / 60, "minute", seconds % 60, "second"),
        600..3570 => some(minutes, "minute"),
        3570..86_370 => two(minutes / 60, "hour", minutes % 60, "minute"),
        86_370..862_200 => two(hours / 24, "day", hours % 24, "hour"),
        _ => some((hours + 12) / 24, "day"),
    }
}

/// How long it is from one time to a later one; nothing where clocks disagree about which is the later.
pub(super) fn between(from: Timestamp, to: Timestamp) -> Option<Duration> {
    Duration::try_from(to.duration_since(from)).ok()
}

/// `once`, `3 times`.
pub(super) fn times(count: u64) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times") }
}

/// `1 image`, `3 images`.
pub(super) fn some(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn two(large: u64, unit: &str, small: u64, finer: &str) -> String {
    if small == 0 { some(large, unit) } else { format!("{} {}", some(large, unit), some(small, finer)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_rounded_as_people_do() {
        let check = |seconds: f64, expected: &str| assert_eq!(length(Duration::from_secs_f64(seconds)), expected);
        check(0.2, "less than a second");
        check(1.2, "1 second");
        check(59.4, "59 seconds");
        check(59.6, "1 minute");
        check(91.5, "1 minute 32 seconds");
        check(600.0, "10 minutes");
        check(3569.0, "59 minutes");
        check(3590.0, "1 hour");
        check(3900.0, "1 hour 5 minutes");
        check(86_399.0, "1 day");
        check(97_200.0, "1 day 3 hours");
        check(864_000.0, "10 days");
        check(31_536_000.0, "365 days");
    }

    #[test]
    fn times_have_their_day_and_another_year_is_named() {
        let now: Zoned = "2026-11-21T09:00:00+01:00[Europe/Berlin]".parse().unwrap();
        let check = |time: &str, expected: &str| assert_eq!(moment(time.parse().unwrap(), &now), expected);
        check("2026-11-21T07:05:00Z", "08:05 today");
        check("2026-11-19T23:00:00Z", "00:00 yesterday");
        check("2026-09-24T10:50:00Z", "12:50 on 24 September");
        check("2021-09-24T10:50:00Z", "12:50 on 24 September 2021");
    }
}
