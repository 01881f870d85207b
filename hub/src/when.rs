//! Times as people say them: `yesterday`, `2h ago`, `2026-11-20 06:00`. The clock and the zone are handed in.
//!
//! A day or a date is a span: asked [`Edge::Since`] it means its beginning, asked [`Edge::Until`] its end, so
//! that `--since yesterday --until yesterday` is the whole of yesterday. A time that the clock shows twice,
//! in autumn, means the first for `since` and the second for `until`; one that it skips, in spring, means
//! as long after midnight as its numbers say.

use jiff::civil::{Date, DateTime, Time};
use jiff::{Span, Timestamp, ToSpan, Zoned};

/// Which end of a span of time is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// The beginning, which belongs to it.
    Since,
    /// The end, which does not.
    Until,
}

/// The time that `text` means at `now`, which brings the zone.
pub fn parse(text: &str, now: &Zoned, edge: Edge) -> Result<Timestamp, String> {
    let plain = text.trim().to_lowercase();
    let time = day(&plain, now, edge)
        .or_else(|| ago(&plain, now))
        .or_else(|| clock_time(&plain, now, edge))
        .or_else(|| date_time(&plain, now, edge))
        .or_else(|| text.trim().parse::<Timestamp>().ok());
    time.ok_or_else(|| {
        format!(
            "{text:?} is not a time; say yesterday, today, now, 2h ago, 90m, 3d ago, 06:00, 2026-11-20, \
             \"2026-11-20 06:00\", 2026-11-20T06:00:05 or 2026-11-20T06:00:05Z"
        )
    })
}

/// A whole day: `today`, `yesterday`, `2026-11-20`; and `now`.
fn day(text: &str, now: &Zoned, edge: Edge) -> Option<Timestamp> {
    let date = match text {
        "now" => return Some(now.timestamp()),
        "today" => now.date(),
        "yesterday" => now.date().yesterday().ok()?,
        _ if text.len() == 10 => text.parse::<Date>().ok()?,
        _ => return None,
    };
    let midnight = match edge {
        Edge::Since => date,
        Edge::Until => date.tomorrow().ok()?,
    };
    // Where midnight is skipped, the day begins later; where it comes twice, with the first.
    Some(midnight.to_zoned(now.time_zone().clone()).ok()?.timestamp())
}

/// `2h ago`, `90m`, `3 days ago`. Days and weeks are the calendar's: `1d ago` is the same time yesterday.
fn ago(text: &str, now: &Zoned) -> Option<Timestamp> {
    let amount = text.strip_suffix("ago").unwrap_or(text).trim();
    let digits = amount.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = amount.split_at(digits);
    let number: i64 = number.parse().ok()?;
    let span: Span = match unit.trim() {
        "s" | "sec" | "second" | "seconds" => 0.seconds().try_seconds(number),
        "m" | "min" | "minute" | "minutes" => 0.seconds().try_minutes(number),
        "h" | "hour" | "hours" => 0.seconds().try_hours(number),
        "d" | "day" | "days" => 0.seconds().try_days(number),
        "w" | "week" | "weeks" => 0.seconds().try_weeks(number),
        _ => return None,
    }
    .ok()?;
    Some(now.checked_sub(span).ok()?.timestamp())
}

/// `06:00`: the last time the clock showed it.
fn clock_time(text: &str, now: &Zoned, edge: Edge) -> Option<Timestamp> {
    let time: Time = (text.len() < 10 && text.contains(':')).then(|| text.parse().ok())??;
    let today = at(now.date().to_datetime(time), now, edge)?;
    if today <= now.timestamp() { Some(today) } else { at(now.date().yesterday().ok()?.to_datetime(time), now, edge) }
}

/// `2026-11-20 06:00`, in the zone of `now`.
fn date_time(text: &str, now: &Zoned, edge: Edge) -> Option<Timestamp> {
    // jiff reads a date-time with an offset too, and would leave the offset out.
    let time = text.get(11..)?;
    if time.contains(['z', '+', '-', '[']) {
        return None;
    }
    at(text.parse::<DateTime>().ok()?, now, edge)
}

/// A time on the clock in the zone of `now`.
pub(crate) fn at(time: DateTime, now: &Zoned, edge: Edge) -> Option<Timestamp> {
    let ambiguous = now.time_zone().to_ambiguous_zoned(time);
    let zoned = match edge {
        Edge::Until if ambiguous.is_ambiguous() => ambiguous.later(),
        _ => ambiguous.compatible(),
    };
    Some(zoned.ok()?.timestamp())
}

#[cfg(test)]
mod tests;
