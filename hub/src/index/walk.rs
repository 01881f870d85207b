//! Newest first, and no more than is needed: rows are taken from indexes in the order of time, one after the other, each is
//! looked at, and what is not wanted is passed over. However seldom something is wanted, and however slow the disk is, a request
//! looks at a bounded number of rows for a bounded time, and tells where the next one goes on.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::sql::types::Value;
use super::sql::{Connection, Row, params_from_iter};
use super::{IndexError, to_time};
use picket_common::time::{Clock, SystemClock, Timestamp};

/// So many rows are looked at for one request.
const MOST_LOOKED_AT: usize = 10_000;
/// They are looked at for so long: enough for all of them, but where they have to be read from a disk.
const LONGEST: Duration = Duration::from_millis(100);
/// A leap over rows that are not wanted costs as much as looking at so many, or at one of each index.
const LEAP: usize = 20;

/// A place in the order of time: what lies before it comes next. Its text is opaque to whoever gets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor {
    at: i64,
    number: i64,
}

/// Some rows, the newest first, and where the next ones are. There may be more where few or none are.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// Where to go on; none where nothing is left.
    pub next: Option<Cursor>,
}

/// What becomes of a row.
pub(super) enum Look {
    Take,
    Pass,
    /// It is not wanted, nor is anything from here up to that time.
    Leap(i64),
}

/// One index, walked in the order of time: `select ... from ... where ...`, with number and time as its first columns.
pub(super) struct Part {
    pub(super) select: String,
    pub(super) time: &'static str,
}

impl Cursor {
    pub(super) fn new(at: i64, number: i64) -> Cursor {
        Cursor { at, number }
    }

    /// Right before a time.
    pub(super) fn before(time: Timestamp) -> Cursor {
        Cursor { at: to_time(time), number: i64::MIN }
    }

    pub(super) fn at(self) -> i64 {
        self.at
    }

    pub(super) fn number(self) -> i64 {
        self.number
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.at, self.number)
    }
}

impl FromStr for Cursor {
    type Err = String;

    fn from_str(text: &str) -> Result<Cursor, String> {
        let read = |(at, number): (&str, &str)| Some(Cursor { at: at.parse().ok()?, number: number.parse().ok()? });
        text.split_once('.')
            .and_then(read)
            .ok_or_else(|| "this cursor is none that was given; ask without one".to_owned())
    }
}

impl Part {
    /// Its rows before a place: the parameter `at` is the place's time, the next one its number.
    fn before(&self, at: usize) -> String {
        let (Part { select, time }, number) = (self, at + 1);
        format!("{select} AND {time} <= ?{at} AND ({time} < ?{at} OR number < ?{number})")
    }
}

/// The numbers of the first `limit` rows of `parts` behind `cursor` that `look` takes. `texts` are what the parts name ?1, ?2 ...
pub(super) fn walk(
    connection: &Connection,
    (parts, texts): (&[Part], &[String]),
    cursor: Option<Cursor>,
    limit: usize,
    look: &mut dyn FnMut(&Row) -> Result<Look, IndexError>,
) -> Result<Page<i64>, IndexError> {
    let mut page = Page { rows: Vec::new(), next: None };
    let mut place = cursor.unwrap_or(Cursor { at: i64::MAX, number: i64::MAX });
    // The place of the last row taken.
    let mut taken = place;
    let (mut cost, began) = (0, SystemClock.uptime());
    if parts.is_empty() {
        return Ok(page);
    }
    let selects: Vec<String> = parts.iter().map(|part| part.before(texts.len() + 1)).collect();
    let mut statement = connection.prepare(&format!("{} ORDER BY 2 DESC, 1 DESC", selects.join(" UNION ALL ")))?;
    'leaps: loop {
        let texts = texts.iter().map(|text| Value::Text(text.clone()));
        let values = texts.chain([place.at, place.number].map(Value::Integer));
        let mut rows = statement.query(params_from_iter(values))?;
        while let Some(row) = rows.next()? {
            let here = Cursor { at: row.get(1)?, number: row.get(0)? };
            let is_late = || LONGEST <= SystemClock.uptime().saturating_sub(began);
            if cost >= MOST_LOOKED_AT || cost > 0 && is_late() {
                page.next = Some(place);
                return Ok(page);
            }
            cost += 1;
            match look(row)? {
                Look::Take if page.rows.len() == limit => {
                    page.next = Some(taken);
                    return Ok(page);
                }
                Look::Take => {
                    page.rows.push(here.number);
                    taken = here;
                }
                Look::Pass => {}
                Look::Leap(to) => {
                    cost += LEAP.max(parts.len());
                    place = here.min(Cursor { at: to, number: i64::MIN });
                    continue 'leaps;
                }
            }
            place = here;
        }
        return Ok(page);
    }
}
