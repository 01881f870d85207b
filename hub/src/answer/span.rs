//! Which span of time a question is about: `yesterday`, `last night`, `since 6:00`, `in the last 3 hours`, `on Monday`,
//! `between 6:00 and 8:00 yesterday`. Takes the words that say it out of the question. The clock and the zone are handed in.
//!
//! A morning is from 6 to 12, an afternoon from 12 to 18, an evening from 18 to 24 and a night from 18 to 6; weeks
//! begin on Monday. What is understood is said in full, so that nobody has to know this.

mod date;
mod day;
mod time;

use jiff::civil::Date;
use jiff::{Timestamp, Zoned};

use self::day::{Days, number, unit};
use self::time::Time;
use super::clock;
use super::words::Word;
use crate::index::Within;
use crate::when::{self, Edge};

/// A span, and how it is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) within: Within,
    /// As in `it moved 3 times <said>`.
    pub(super) said: String,
    /// The day on which all of it is.
    pub(super) day: Option<Date>,
}

/// What words can say of time.
enum Piece {
    Days(Days),
    /// From one time, to another one, or both.
    Bounds(Option<Time>, Option<Time>),
    /// `the last 3 hours`: since then.
    Last(Timestamp, String),
    /// A moment, which is no span.
    Moment(String),
    Future,
}

/// Words that belong to times, and mean nothing else.
const OF_TIME: &str = "
    since before after until till between ago today yesterday tomorrow tonight noon midnight morning afternoon evening night
    day days week weeks weekend month months year years hour hours minute minutes second seconds past next am pm oclock";

/// Whether `word` is about time, so that it cannot be passed over.
pub(super) fn is_of_time(word: &str) -> bool {
    OF_TIME.split_whitespace().any(|known| known == word)
        || date::weekday(word).is_some()
        || date::month(word).is_some()
}

/// What a word of time that was not understood is answered with.
pub(super) fn examples(word: &str) -> String {
    format!(
        "I do not understand the time at {word:?}; say today, yesterday, last night, this morning, yesterday evening, last \
         week, on Monday, on 23 September, 2021-09-23, since 6:00, between 6:00 and 8:00 yesterday, or in the last 3 hours"
    )
}

/// Takes the span out of a question's words; none where the question is about the present.
pub(super) fn take(words: &mut [Word], now: &Zoned) -> Result<Option<Span>, String> {
    let mut pieces = Vec::new();
    let mut place = 0;
    while place < words.len() {
        let rest: Vec<&str> =
            words[place..].iter().take_while(|word| !word.used).map(|word| word.text.as_str()).collect();
        match piece(&rest, now)? {
            Some((piece, used)) => {
                words[place..place + used].iter_mut().for_each(|word| word.used = true);
                pieces.push(piece);
                place += used;
            }
            None => place += 1,
        }
    }
    combine(pieces, now)
}

fn piece(words: &[&str], now: &Zoned) -> Result<Option<(Piece, usize)>, String> {
    let bound = |words: &[&str]| time::parse(words, now);
    let at = |skip: usize| bound(words.get(skip..).unwrap_or_default());
    Ok(match words {
        ["tomorrow" | "next", ..] => Some((Piece::Future, 1)),
        ["since" | "after", ..] => at(1)?.map(|(time, used)| (Piece::Bounds(Some(time), None), used + 1)),
        ["before" | "until" | "till", ..] => at(1)?.map(|(time, used)| (Piece::Bounds(None, Some(time)), used + 1)),
        ["between" | "from", ..] => match at(1)? {
            Some((first, used)) => match words.get(used + 1) {
                Some(&("and" | "to" | "until" | "till")) => at(used + 2)?
                    .map(|(last, more)| (Piece::Bounds(Some(first.on_day_of(&last)), Some(last)), used + more + 2)),
                _ if words[0] == "from" => Some((Piece::Bounds(Some(first), None), used + 1)),
                _ => None,
            },
            None => None,
        },
        _ => last(words, now).or(match bound(words)? {
            Some((Time::Days(days), used)) => Some((Piece::Days(days), used)),
            Some((_, used)) => {
                let said = words[..used].iter().filter(|word| !["at", "on", "the"].contains(*word)).copied();
                Some((Piece::Moment(said.collect::<Vec<_>>().join(" ")), used))
            }
            None => None,
        }),
    })
}

/// `last 3 hours`, `past week`, `last hour`; but `last week` is the calendar's.
fn last(words: &[&str], now: &Zoned) -> Option<(Piece, usize)> {
    let (count, name, used) = match words {
        ["last" | "past", count, name, ..] if number(count).is_some() => (number(count)?, *name, 3),
        ["past", name, ..] => (1, *name, 2),
        ["last", name @ ("hour" | "minute"), ..] => (1, *name, 2),
        _ => return None,
    };
    let (unit, span) = unit(name, count)?;
    let since = now.checked_sub(span).ok()?.timestamp();
    let said = if count == 1 { format!("in the last {unit}") } else { format!("in the last {count} {unit}s") };
    Some((Piece::Last(since, said), used))
}

fn combine(pieces: Vec<Piece>, now: &Zoned) -> Result<Option<Span>, String> {
    let mut pieces = pieces.into_iter();
    let (first, second) = (pieces.next(), pieces.next());
    if pieces.next().is_some() {
        return Err(several());
    }
    let span = match (first, second) {
        (None, _) => return Ok(None),
        (Some(Piece::Future), _) | (_, Some(Piece::Future)) => return Err("that is still to come".to_owned()),
        (Some(Piece::Moment(said)), _) | (_, Some(Piece::Moment(said))) => {
            return Err(format!(
                "{said:?} is a moment; say since {said}, or between two such times, such as between 6:00 and 8:00 yesterday"
            ));
        }
        (Some(Piece::Days(days)), None) => Span::of_days(&days, now)?,
        (Some(Piece::Last(since, said)), None) => {
            Span { within: Within { since: Some(since), until: None }, said, day: None }
        }
        (Some(Piece::Bounds(since, until)), None) => Span::between(since, until, None, now)?,
        (Some(Piece::Days(days)), Some(Piece::Bounds(since, until)))
        | (Some(Piece::Bounds(since, until)), Some(Piece::Days(days))) => {
            let day = days.one().ok_or_else(several)?;
            Span::between(since, until, Some(day), now)?
        }
        _ => return Err(several()),
    };
    if span.within.since.is_some_and(|since| now.timestamp() < since) {
        return Err("that is still to come".to_owned());
    }
    Ok(Some(span))
}

fn several() -> String {
    "several times are named; ask about one at a time".to_owned()
}

impl Span {
    fn of_days(days: &Days, now: &Zoned) -> Result<Span, String> {
        let (since, until) = (when::at(days.from, now, Edge::Since), when::at(days.to, now, Edge::Until));
        let (Some(since), Some(until)) = (since, until) else { return Err("that is too far away".to_owned()) };
        let within = Within { since: Some(since), until: Some(until) };
        Ok(Span { within, said: days.said.clone(), day: days.within_a_day() })
    }

    /// From one time to another; times on the clock are those of `day`, or else the last that there were.
    fn between(since: Option<Time>, until: Option<Time>, day: Option<Date>, now: &Zoned) -> Result<Span, String> {
        let has_start = since.is_some();
        let since = since.map(|time| time.start(day, now)).transpose()?;
        let until = until.map(|time| time.end(day, since, now)).transpose()?;
        // `yesterday after 18:00` ends with the day.
        let until = match (day, until) {
            (Some(day), None) => Some(time::midnight_after(day, now)?),
            (_, until) => until,
        };
        let since = match day {
            Some(day) if !has_start => Some(time::midnight_before(day, now)?),
            _ => since,
        };
        if let (Some(since), Some(until)) = (since, until)
            && until <= since
        {
            let [since, until] = [since, until].map(|time| clock::moment(time, now));
            return Err(format!("{since} is not before {until}; nothing lies between"));
        }
        let local = |time: Timestamp| time.to_zoned(now.time_zone().clone()).date();
        let same = since.zip(until).filter(|(since, until)| local(*since) == local(*until));
        let said = match (since, until) {
            (Some(since), Some(until)) => {
                format!(
                    "between {} and {}",
                    clock::moment_of(same.map(|_| local(until)), since, now),
                    clock::moment(until, now)
                )
            }
            (Some(since), None) => format!("since {}", clock::moment(since, now)),
            (None, Some(until)) => format!("before {}", clock::moment(until, now)),
            (None, None) => String::new(),
        };
        Ok(Span { within: Within { since, until }, said, day: same.map(|(since, _)| local(since)) })
    }
}

#[cfg(test)]
mod tests;
