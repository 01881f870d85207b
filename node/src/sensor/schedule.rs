//! When something by the clock is due next, in a time zone whose days have 23 and 25 hours now and then. Pure.

use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Timestamp, ToSpan, civil};

/// Points in time, by what a clock on the wall shows.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Schedule {
    /// At times of day: each once a day, when the clock first shows it or jumps over it.
    At(Vec<civil::Time>),
    /// Whenever the clock shows a multiple of so many seconds since midnight, at most a day: in an hour that
    /// comes twice twice, in one that is skipped never.
    Every(i64),
}

const DAY: i64 = 86_400;

impl Schedule {
    /// The first time it is due after `after`; none at the end of all time.
    pub(super) fn next(&self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        match self {
            Schedule::At(times) => next_at(times, after, zone),
            Schedule::Every(seconds) => next_every(*seconds, after, zone),
        }
    }
}

fn next_at(times: &[civil::Time], after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    let today = zone.to_datetime(after).date();
    // Where clocks jump at midnight, a time of yesterday may be due today; and a day may be skipped whole.
    let days = (-1..=2).filter_map(|days| today.checked_add(days.days()).ok());
    let due = days.flat_map(|day| times.iter().filter_map(move |time| first(day.to_datetime(*time), zone)));
    due.filter(|due| after < *due).min()
}

/// When the clock first shows `time` or, if it never does, jumps over it.
fn first(time: civil::DateTime, zone: &TimeZone) -> Option<Timestamp> {
    let ambiguous = zone.to_ambiguous_timestamp(time);
    let jumps = matches!(ambiguous.offset(), AmbiguousOffset::Gap { .. });
    let earlier = ambiguous.earlier().ok()?;
    if jumps { zone.following(earlier).next().map(|jump| jump.timestamp()) } else { Some(earlier) }
}

fn next_every(every: i64, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    // The first whole second that may be it; from there on, span by span of one offset.
    let mut from = Timestamp::from_second(after.as_second().checked_add(1)?).ok()?;
    loop {
        let offset = i64::from(zone.to_offset(from).seconds());
        let shown = from.as_second() + offset;
        let in_day = shown.rem_euclid(DAY);
        let next = (in_day.checked_add(every - 1)? / every * every).min(DAY);
        let due = Timestamp::from_second(shown - in_day + next - offset).ok()?;
        match zone.following(from).next().map(|jump| jump.timestamp()) {
            Some(jump) if jump <= due => from = jump,
            _ => return Some(due),
        }
    }
}

#[cfg(test)]
mod tests;
