//! One day as people name it: `yesterday`, `Monday`, `23 September`, `9/24`, `2021-09-23`.

use jiff::civil::{Date, Weekday};
use jiff::{ToSpan, Zoned};

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

/// The day with which `words` begin, and how many of them say it.
pub(super) fn parse(words: &[&str], now: &Zoned) -> Result<Option<(Date, usize)>, String> {
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
pub(super) fn latest(today: Date, on: impl Fn(i16) -> Option<Date>) -> Option<Date> {
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

pub(super) fn day_of(word: &str) -> Option<i8> {
    let digits = ["st", "nd", "rd", "th"].iter().find_map(|end| word.strip_suffix(end)).unwrap_or(word);
    digits.parse().ok().filter(|day| (1..=31).contains(day) && digits.len() <= 2)
}

pub(super) fn year_of(word: &str) -> Option<i16> {
    word.parse().ok().filter(|year| word.len() == 4 && *year > 999)
}
