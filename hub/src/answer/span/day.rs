//! Days, parts of days, weeks, months and years as people name them.

use jiff::civil::{Date, DateTime};
use jiff::{Span, ToSpan, Zoned};

use super::super::clock;
use super::date::{self, day_of, latest, month, weekday, year_of};

/// From one time on the calendar to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Days {
    pub(super) from: DateTime,
    pub(super) to: DateTime,
    /// As in `it moved 3 times <said>`.
    pub(super) said: String,
}

const NUMBERS: [&str; 12] =
    ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];

impl Days {
    /// A whole day.
    pub(super) fn of(date: Date, now: &Zoned) -> Days {
        let said = match now.date().since(date).map(|ago| ago.get_days()) {
            Ok(0) => "today".to_owned(),
            Ok(1) => "yesterday".to_owned(),
            _ => format!("on {}", clock::date(date, now)),
        };
        Days { from: date.into(), to: next(date).into(), said }
    }

    /// The day, where it is one whole day.
    pub(super) fn one(&self) -> Option<Date> {
        let date = self.from.date();
        (self.from == date.into() && self.to == next(date).into()).then_some(date)
    }

    /// The day on which all of it is.
    pub(super) fn within_a_day(&self) -> Option<Date> {
        (self.to <= next(self.from.date()).into()).then(|| self.from.date())
    }

    /// From a day's beginning to the beginning of another.
    fn whole(from: Date, to: Date, said: String) -> Days {
        Days { from: from.into(), to: to.into(), said }
    }
}

/// The days with which `words` begin, and how many of them say it.
pub(super) fn parse(words: &[&str], now: &Zoned) -> Result<Option<(Days, usize)>, String> {
    if let Some((days, used)) = stretch(words, now) {
        return Ok(Some((days, used)));
    }
    let Some((date, used)) = date::parse(words, now)? else { return Ok(None) };
    Ok(Some(match words.get(used).and_then(|word| part(word)) {
        Some((from, hours)) => {
            let named = match Days::of(date, now).said.as_str() {
                "today" => format!("this {}", words[used]),
                said => format!("{said} in the {}", words[used])
                    .replace("in the night", "at night")
                    .replace("yesterday in the", "yesterday"),
            };
            (of_part(date, from, hours, &named), used + 1)
        }
        None => {
            let mut days = Days::of(date, now);
            if weekday(words[used - 1]).is_some() && days.said.starts_with("on ") {
                days.said = date.strftime("on %A, ").to_string() + &clock::date(date, now);
            }
            (days, used)
        }
    }))
}

/// What is named as seen from now, and is not one whole day.
fn stretch(words: &[&str], now: &Zoned) -> Option<(Days, usize)> {
    let today = now.date();
    let yesterday = today.yesterday().ok()?;
    // After midnight, tonight is still the night that began yesterday.
    let night = if now.hour() < 6 { yesterday } else { today };
    let of = |date, word: &str| {
        let (from, hours) = part(word)?;
        let named = if words[0] == "tonight" { "tonight".to_owned() } else { format!("{} {word}", words[0]) };
        Some(of_part(date, from, hours, &named))
    };
    Some(match words {
        ["tonight", ..] => (of(night, "night")?, 1),
        ["this", "night", ..] => (of(night, "night")?, 2),
        ["this", word @ ("morning" | "afternoon" | "evening"), ..] => (of(today, word)?, 2),
        ["last", word @ ("night" | "evening"), ..] => (of(yesterday, word)?, 2),
        ["this" | "last", unit @ ("week" | "month" | "year"), ..] => (calendar(unit, words[0] == "last", today)?, 2),
        // The year is the one that has begun last.
        [name, year, ..] if month(name).is_some() && year_of(year).is_some() => {
            (whole_month(month(name)?, Some(year_of(year)?), today, now)?, 2)
        }
        [name, ..]
            if month(name).is_some() && *name != "may" && words.get(1).is_none_or(|day| day_of(day).is_none()) =>
        {
            (whole_month(month(name)?, None, today, now)?, 1)
        }
        _ => return None,
    })
}

fn calendar(unit: &str, last: bool, today: Date) -> Option<Days> {
    let back = i64::from(last);
    let (from, length) = match unit {
        "week" => {
            let monday = today.checked_sub(i64::from(today.weekday().to_monday_zero_offset()).days()).ok()?;
            (monday.checked_sub(back.weeks()).ok()?, 1.week())
        }
        "month" => (today.first_of_month().checked_sub(back.months()).ok()?, 1.month()),
        _ => (today.first_of_year().checked_sub(back.years()).ok()?, 1.year()),
    };
    let to = from.checked_add(length).ok()?;
    let day = |date: Date| date.strftime("%-d %B").to_string();
    let said = match to.yesterday() {
        Ok(end) if last => format!("last {unit} ({} to {})", day(from), day(end)),
        _ => format!("this {unit} (since {})", day(from)),
    };
    Some(Days::whole(from, to, said))
}

fn whole_month(month: i8, year: Option<i16>, today: Date, now: &Zoned) -> Option<Days> {
    let first = match year {
        Some(year) => Date::new(year, month, 1).ok()?,
        None => latest(today, |year| Date::new(year, month, 1).ok())?,
    };
    let format = if first.year() == now.date().year() { "in %B" } else { "in %B %Y" };
    Some(Days::whole(first, first.checked_add(1.month()).ok()?, first.strftime(format).to_string()))
}

/// A part of a day: the hour at which it begins, and how many hours it has.
fn part(word: &str) -> Option<(i64, i64)> {
    Some(match word {
        "morning" => (6, 6),
        "afternoon" => (12, 6),
        "evening" => (18, 6),
        "night" => (18, 12),
        _ => return None,
    })
}

fn of_part(date: Date, from: i64, hours: i64, named: &str) -> Days {
    let from = DateTime::from(date).saturating_add(from.hours());
    let to = from.saturating_add(hours.hours());
    let until = to.strftime("%H:%M").to_string().replace("00:00", "midnight");
    Days { from, to, said: format!("{named} ({} to {until})", from.strftime("%H:%M")) }
}

/// `3`, `three`, `a`.
pub(super) fn number(word: &str) -> Option<i64> {
    let named = || NUMBERS.iter().position(|name| *name == word).and_then(|place| i64::try_from(place + 1).ok());
    let one = || ["a", "an"].contains(&word).then_some(1);
    word.parse().ok().filter(|number| (1..=100_000).contains(number)).or_else(named).or_else(one)
}

/// A unit of time, and so many of it.
pub(super) fn unit(word: &str, count: i64) -> Option<(&'static str, Span)> {
    let none = Span::new();
    let (unit, span) = match word.strip_suffix('s').unwrap_or(word) {
        "second" | "sec" => ("second", none.try_seconds(count)),
        "minute" | "min" => ("minute", none.try_minutes(count)),
        "hour" | "h" => ("hour", none.try_hours(count)),
        "day" => ("day", none.try_days(count)),
        "week" => ("week", none.try_weeks(count)),
        "month" => ("month", none.try_months(count)),
        "year" => ("year", none.try_years(count)),
        _ => return None,
    };
    Some((unit, span.ok()?))
}

fn next(date: Date) -> Date {
    date.tomorrow().unwrap_or(Date::MAX)
}
