//! Days, parts of days, weeks, months and years as people name them.

use jiff::civil::{Date, DateTime, Weekday};
use jiff::{Span, ToSpan, Zoned};

use super::super::clock;

/// From one time on the calendar to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Days {
    pub(super) from: DateTime,
    pub(super) to: DateTime,
    /// As in `it moved 3 times <said>`.
    pub(super) said: String,
}

const WEEKDAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

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
    let Some((date, used)) = date(words, now)? else { return Ok(None) };
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

/// One day.
fn date(words: &[&str], now: &Zoned) -> Result<Option<(Date, usize)>, String> {
    let today = now.date();
    let back = |weekday: Weekday, least: i8| {
        let days = i64::from(today.weekday().since(weekday));
        today.checked_sub((if days < i64::from(least) { days + 7 } else { days }).days()).ok()
    };
    let found = match words {
        ["today", ..] => Some((today, 1)),
        ["yesterday", ..] => today.yesterday().ok().map(|date| (date, 1)),
        ["day", "before", "yesterday", ..] => today.checked_sub(2.days()).ok().map(|date| (date, 3)),
        ["last", name, ..] if weekday(name).is_some() => {
            weekday(name).and_then(|day| back(day, 1)).map(|date| (date, 2))
        }
        [name, ..] if weekday(name).is_some() => weekday(name).and_then(|day| back(day, 0)).map(|date| (date, 1)),
        [day, "of", name, rest @ ..] => of_month(day, name, rest, today).map(|(date, used)| (date, used + 1)),
        [first, second, rest @ ..] => {
            of_month(first, second, rest, today).or_else(|| of_month(second, first, rest, today))
        }
        _ => None,
    };
    if found.is_some() {
        return Ok(found);
    }
    let Some(word) = words.first() else { return Ok(None) };
    if let Some(date) = word.parse::<Date>().ok().filter(|_| word.len() == 10) {
        return Ok(Some((date, 1)));
    }
    slashes(word, today).map(|date| date.map(|date| (date, 1)))
}

/// `23 september`, `september 23rd 2021`: the day, the month, and what follows.
fn of_month(day: &str, name: &str, rest: &[&str], today: Date) -> Option<(Date, usize)> {
    let (day, month) = (day_of(day)?, month(name)?);
    let comma = usize::from(rest.first() == Some(&","));
    match rest.get(comma).and_then(|word| year_of(word)) {
        Some(year) => Some((Date::new(year, month, day).ok()?, 3 + comma)),
        None => Some((latest(today, |year| Date::new(year, month, day).ok())?, 2)),
    }
}

/// `9/24`, which is a day of only one month; `9/4` may be one of two.
fn slashes(word: &str, today: Date) -> Result<Option<Date>, String> {
    let parts: Vec<Option<i16>> = word.split('/').map(|part| part.parse().ok()).collect();
    let (first, second, year) = match parts[..] {
        [Some(first), Some(second)] => (first, second, None),
        [Some(first), Some(second), Some(year)] if 999 < year => (first, second, Some(year)),
        _ => return Ok(None),
    };
    let date = |day: i16, month: i16| {
        let on = |year| Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok();
        year.map_or_else(|| latest(today, on), on)
    };
    match (date(first, second), date(second, first)) {
        (Some(one), Some(other)) if one != other => {
            let [one, other] = [one, other].map(|date| date.strftime("%-d %B").to_string());
            Err(format!("{word:?} may be {one} or {other}; write which"))
        }
        (Some(date), _) | (None, Some(date)) => Ok(Some(date)),
        (None, None) => Ok(None),
    }
}

/// The latest such date that is not to come.
fn latest(today: Date, on: impl Fn(i16) -> Option<Date>) -> Option<Date> {
    // 29 February may be up to eight years ago.
    (0..=8).filter_map(|ago| on(today.year() - ago)).find(|date| *date <= today)
}

pub(super) fn weekday(word: &str) -> Option<Weekday> {
    let is = |name: &str| {
        word == name || word.strip_suffix('s') == Some(name) || (word.len() == 3 && name.starts_with(word))
    };
    WEEKDAYS.iter().find(|(name, _)| is(name)).filter(|_| !["sun", "sat"].contains(&word)).map(|(_, day)| *day)
}

/// The month's number.
pub(super) fn month(word: &str) -> Option<i8> {
    let short = |name: &str| name.starts_with(word) && (word.len() == 3 || word == "sept");
    let place = MONTHS.iter().position(|name| *name == word || short(name))?;
    i8::try_from(place + 1).ok()
}

fn day_of(word: &str) -> Option<i8> {
    let digits = ["st", "nd", "rd", "th"].iter().find_map(|end| word.strip_suffix(end)).unwrap_or(word);
    digits.parse().ok().filter(|day| (1..=31).contains(day) && digits.len() <= 2)
}

fn year_of(word: &str) -> Option<i16> {
    word.parse().ok().filter(|year| word.len() == 4 && *year > 999)
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
