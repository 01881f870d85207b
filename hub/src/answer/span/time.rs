//! One end of a span: a day, a time on the clock, both, or a time ago.

use jiff::civil::{Date, Time as Clock};
use jiff::{Timestamp, ToSpan, Zoned};

use super::day::{self, Days};
use crate::when::{self, Edge};

/// A time as words say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Time {
    /// From the beginning of a day, or of a part of one, to its end.
    Days(Days),
    /// On the clock.
    Clock(Clock),
    /// On the clock of a day.
    At(Date, Clock),
    /// A moment.
    Exact(Timestamp),
}

/// The time with which `words` begin, and how many of them say it.
pub(super) fn parse(words: &[&str], now: &Zoned) -> Result<Option<(Time, usize)>, String> {
    // `since the 23rd`, `before last Monday`
    if let ["the" | "on" | "at", rest @ ..] = words
        && let Some((time, used)) = parse(rest, now)?
    {
        return Ok(Some((time, used + 1)));
    }
    if words.first() == Some(&"now") {
        return Ok(None);
    }
    if let Some((time, used)) = ago(words, now) {
        return Ok(Some((time, used)));
    }
    if let Some((days, used)) = day::parse(words, now)? {
        let at = usize::from(words.get(used) == Some(&"at"));
        let clock = days.one().zip(clock(words.get(used + at..).unwrap_or_default()));
        return Ok(Some(match clock {
            Some((date, (clock, more))) => (Time::At(date, clock), used + at + more),
            None => (Time::Days(days), used),
        }));
    }
    if let Some((clock, used)) = clock(words) {
        let on = usize::from(words.get(used) == Some(&"on"));
        if let Some((days, more)) = day::parse(words.get(used + on..).unwrap_or_default(), now)?
            && let Some(date) = days.one()
        {
            return Ok(Some((Time::At(date, clock), used + on + more)));
        }
        return Ok(Some((Time::Clock(clock), used)));
    }
    let exact = words.first().filter(|word| word.contains('t')).map(|word| word.to_uppercase());
    let exact = exact.and_then(|word| when::parse(&word, now, Edge::Since).ok());
    Ok(exact.map(|time| (Time::Exact(time), 1)))
}

/// `2 hours ago`; `2 days ago` is a day.
fn ago(words: &[&str], now: &Zoned) -> Option<(Time, usize)> {
    let (count, unit, used) = match words {
        [count, unit, "ago", ..] => (day::number(count)?, *unit, 3),
        // `2h ago`
        [both, "ago", ..] => return Some((Time::Exact(when::parse(both, now, Edge::Since).ok()?), 2)),
        _ => return None,
    };
    let (unit, span) = day::unit(unit, count)?;
    let then = now.checked_sub(span).ok()?;
    Some((
        if ["hour", "minute", "second"].contains(&unit) {
            Time::Exact(then.timestamp())
        } else {
            Time::Days(Days::of(then.date(), now))
        },
        used,
    ))
}

/// `6:00`, `6:30 pm`, `6am`, `noon`.
fn clock(words: &[&str]) -> Option<(Clock, usize)> {
    let first = *words.first()?;
    let named = match first {
        "noon" => Some(Clock::midnight().checked_add(12.hours()).ok()?),
        "midnight" => Some(Clock::midnight()),
        _ => None,
    };
    if let Some(time) = named {
        return Some((time, 1));
    }
    let half = first.strip_suffix("am").map(|rest| (rest, "am")).or(first.strip_suffix("pm").map(|rest| (rest, "pm")));
    let (digits, half, used) = match (half, words.get(1)) {
        (Some((digits, half)), _) => (digits, Some(half), 1),
        (None, Some(&half @ ("am" | "pm"))) => (first, Some(half), 2),
        _ => (first, None, 1),
    };
    let mut numbers = digits.split(':').map(|number| number.parse::<i8>().ok().filter(|_| number.len() <= 2));
    let (hour, minute, second) =
        (numbers.next()??, numbers.next().unwrap_or(Some(0))?, numbers.next().unwrap_or(Some(0))?);
    if numbers.next().is_some() || (half.is_none() && !digits.contains(':')) {
        return None;
    }
    let hour = match half {
        Some(_) if !(1..=12).contains(&hour) => return None,
        Some("pm") => hour % 12 + 12,
        Some(_) => hour % 12,
        None => hour,
    };
    Some((Clock::new(hour, minute, second, 0).ok()?, used))
}

pub(super) fn midnight_before(day: Date, now: &Zoned) -> Result<Timestamp, String> {
    when::at(day.into(), now, Edge::Since).ok_or_else(too_far)
}

pub(super) fn midnight_after(day: Date, now: &Zoned) -> Result<Timestamp, String> {
    day.tomorrow().ok().and_then(|day| when::at(day.into(), now, Edge::Until)).ok_or_else(too_far)
}

fn too_far() -> String {
    "that is too far away".to_owned()
}

impl Time {
    /// The first of two times on the clock of which only the other one has its day: between 6:00 and 8:00 yesterday.
    pub(super) fn on_day_of(self, other: &Time) -> Time {
        match (self, other) {
            (Time::Clock(clock), Time::At(day, end)) if clock <= *end => Time::At(*day, clock),
            (Time::Clock(clock), Time::At(day, _)) => Time::At(day.yesterday().unwrap_or(*day), clock),
            (time, _) => time,
        }
    }

    /// As the beginning of a span; a time on the clock is that of `day`, or else the last there was.
    pub(super) fn start(self, day: Option<Date>, now: &Zoned) -> Result<Timestamp, String> {
        let time = match (self, day) {
            (Time::Days(days), _) => when::at(days.from, now, Edge::Since),
            (Time::At(day, clock), _) | (Time::Clock(clock), Some(day)) => {
                when::at(day.to_datetime(clock), now, Edge::Since)
            }
            (Time::Clock(clock), None) => when::parse(&clock.strftime("%H:%M:%S").to_string(), now, Edge::Since).ok(),
            (Time::Exact(time), _) => Some(time),
        };
        time.ok_or_else(too_far)
    }

    /// As the end of a span: the first such time after `since`, where that is known. A day or part of a day is an end by
    /// its end after `between`, and by its beginning after `before`.
    pub(super) fn end(self, day: Option<Date>, since: Option<Timestamp>, now: &Zoned) -> Result<Timestamp, String> {
        let day = day.or(since.map(|since| since.to_zoned(now.time_zone().clone()).date()));
        let time = match (self, day) {
            (Time::Days(days), Some(_)) => when::at(days.to, now, Edge::Until),
            (Time::Days(days), None) => when::at(days.from, now, Edge::Since),
            (Time::At(day, clock), _) => when::at(day.to_datetime(clock), now, Edge::Until),
            (Time::Clock(clock), Some(day)) => {
                let same_day = when::at(day.to_datetime(clock), now, Edge::Until);
                match (same_day, since) {
                    (Some(time), Some(since)) if time <= since => {
                        day.tomorrow().ok().and_then(|next| when::at(next.to_datetime(clock), now, Edge::Until))
                    }
                    _ => same_day,
                }
            }
            (Time::Clock(clock), None) => when::parse(&clock.strftime("%H:%M:%S").to_string(), now, Edge::Until).ok(),
            (Time::Exact(time), _) => Some(time),
        };
        time.ok_or_else(too_far)
    }
}
