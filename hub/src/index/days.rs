//! How many events began and how many images were taken on each day in each view, and how many of the events each user has
//! reviewed: counted as rows come and go, so that a calendar costs a few rows whatever the index holds. A day is the hub's,
//! in the zone of whoever writes; where that is another one than before, all is counted anew.

use std::collections::HashMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use picket_common::time::Timestamp;

use serde::Serialize;
use utoipa::ToSchema;

use super::page::{Sought, choose};
use super::query::one_of;
use super::sql::{OptionalExtension, Transaction, params};
use super::{Index, IndexError, from_int, from_time, to_int, to_time};

/// What there is of one day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DayRow {
    /// The day, in the hub's zone.
    #[schema(value_type = String, format = Date)]
    pub day: Date,
    /// Events that began on it.
    pub events: u64,
    /// Images taken on it, that are there.
    pub images: u64,
    /// Events that whoever asks has not reviewed.
    pub unreviewed: u64,
}

impl Index {
    /// The days from `first` to `last` on which anything happened, by node and view, the oldest first.
    pub fn days(
        &self,
        sought: &Sought,
        (first, last): (Option<Date>, Option<Date>),
        user: Option<&str>,
    ) -> Result<Vec<DayRow>, IndexError> {
        let views = choose(&self.views()?, sought);
        let condition = if views.all { "1".to_owned() } else { one_of(&views.sorted()) };
        let sql = format!(
            "SELECT day, sum(events), sum(images), sum(coalesce((SELECT reviewed_days.events FROM reviewed_days
               WHERE user = ?1 AND reviewed_days.day = days.day AND reviewed_days.view = days.view), 0))
             FROM days WHERE day >= ?2 AND day <= ?3 AND {condition} GROUP BY day ORDER BY day"
        );
        let text = |day: Option<Date>, or: &str| day.map_or_else(|| or.to_owned(), |day| day.to_string());
        let mut statement = self.connection.prepare(&sql)?;
        let values = params![user.unwrap_or_default(), text(first, ""), text(last, "~")];
        let rows = statement.query_map(values, |row| {
            let count = |column| Ok::<_, super::sql::Error>(from_int(row.get(column)?));
            let (events, images, reviewed) = (count(1)?, count(2)?, count(3)?);
            let day = row.get::<_, String>(0)?.parse::<Date>().ok();
            Ok(day.map(|day| DayRow { day, events, images, unreviewed: events.saturating_sub(reviewed) }))
        })?;
        let rows: Vec<Option<DayRow>> = rows.collect::<Result<_, _>>()?;
        Ok(rows.into_iter().flatten().filter(|row| row.events > 0 || row.images > 0).collect())
    }
}

/// What a transaction adds to the days, and takes from them.
pub(super) struct Days {
    zone: TimeZone,
    changes: HashMap<(Date, i64), Change>,
    /// The day met last, and from when until when it is: most rows are of the same.
    last: Option<(Date, i64, i64)>,
}

#[derive(Default)]
struct Change {
    events: i64,
    images: i64,
}

impl Days {
    pub(super) fn new(zone: TimeZone) -> Days {
        Days { zone, changes: HashMap::new(), last: None }
    }

    /// So many images more were taken in `view` at `at`.
    pub(super) fn images(&mut self, view: i64, at: i64, more: i64) {
        let day = self.day(at);
        self.changes.entry((day, view)).or_default().images += more;
    }

    /// An event of `view` began at `at`.
    pub(super) fn event(&mut self, view: i64, at: i64) {
        let day = self.day(at);
        self.changes.entry((day, view)).or_default().events += 1;
    }

    /// The event `number` began at `after`, as it turns out, and not at `before`.
    pub(super) fn event_moved(
        &mut self,
        transaction: &Transaction,
        number: i64,
        (before, after): (i64, i64),
    ) -> Result<(), IndexError> {
        let (from, to) = (self.day(before), self.day(after));
        if from == to {
            return Ok(());
        }
        let sql = "SELECT view FROM events WHERE number = ?1";
        let view: Option<i64> = transaction.prepare_cached(sql)?.query_row([number], |row| row.get(0)).optional()?;
        let Some(view) = view else { return Ok(()) };
        self.changes.entry((from, view)).or_default().events -= 1;
        self.changes.entry((to, view)).or_default().events += 1;
        let users: Vec<String> = {
            let mut statement = transaction.prepare_cached("SELECT user FROM reviewed WHERE number = ?1")?;
            let rows = statement.query_map([number], |row| row.get(0))?;
            rows.collect::<Result<_, _>>()?
        };
        for user in &users {
            add_reviewed(transaction, user, (from, view), -1)?;
            add_reviewed(transaction, user, (to, view), 1)?;
        }
        Ok(())
    }

    /// `user` has reviewed the event, or has not; whether that is new.
    pub(super) fn review(
        &mut self,
        transaction: &Transaction,
        user: &str,
        number: u64,
        reviewed: bool,
    ) -> Result<bool, IndexError> {
        let sql = match reviewed {
            true => "INSERT OR IGNORE INTO reviewed SELECT number, ?2 FROM events WHERE number = ?1",
            false => "DELETE FROM reviewed WHERE number = ?1 AND user = ?2",
        };
        if transaction.prepare_cached(sql)?.execute(params![to_int(number), user])? == 0 {
            return Ok(false);
        }
        let sql = "SELECT view, start FROM events WHERE number = ?1";
        let read = |row: &super::sql::Row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?));
        let found = transaction.prepare_cached(sql)?.query_row([to_int(number)], read).optional()?;
        if let Some((view, start)) = found {
            let day = self.day(start);
            add_reviewed(transaction, user, (day, view), if reviewed { 1 } else { -1 })?;
        }
        Ok(true)
    }

    /// Writes what has changed.
    pub(super) fn finish(&self, transaction: &Transaction) -> Result<(), IndexError> {
        for ((day, view), Change { events, images }) in &self.changes {
            if *events == 0 && *images == 0 {
                continue;
            }
            let day = day.to_string();
            let sql = "INSERT INTO days VALUES (?1, ?2, ?3, ?4)
                ON CONFLICT DO UPDATE SET events = events + excluded.events, images = images + excluded.images";
            transaction.prepare_cached(sql)?.execute(params![day, view, events, images])?;
            if *events < 0 || *images < 0 {
                let sql = "DELETE FROM days WHERE day = ?1 AND view = ?2 AND events <= 0 AND images <= 0";
                transaction.prepare_cached(sql)?.execute(params![day, view])?;
            }
        }
        Ok(())
    }

    /// The day of a time.
    fn day(&mut self, at: i64) -> Date {
        match self.last {
            Some((day, begin, end)) if begin <= at && at < end => day,
            _ => {
                let span = span(&self.zone, at);
                self.last = Some(span);
                span.0
            }
        }
    }
}

fn add_reviewed(transaction: &Transaction, user: &str, (day, view): (Date, i64), more: i64) -> Result<(), IndexError> {
    let values = params![user, day.to_string(), view, more];
    let sql = "INSERT INTO reviewed_days VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT DO UPDATE SET events = events + excluded.events";
    transaction.prepare_cached(sql)?.execute(values)?;
    let sql = "DELETE FROM reviewed_days WHERE user = ?1 AND day = ?2 AND view = ?3 AND events <= 0";
    transaction.prepare_cached(sql)?.execute(params![user, day.to_string(), view])?;
    Ok(())
}

/// The day of a time, with its beginning and its end.
fn span(zone: &TimeZone, at: i64) -> (Date, i64, i64) {
    let day = zone.to_datetime(from_time(at)).date();
    let midnight = |day: Date| day.to_zoned(zone.clone()).map(|begin| to_time(begin.timestamp()));
    let begin = midnight(day).unwrap_or(at).min(at);
    let end = day.tomorrow().and_then(midnight).unwrap_or(i64::MAX);
    (day, begin, end.max(at.saturating_add(1)))
}

/// What a zone is called in the index: its name, or what tells it from others where it has none.
pub(super) fn zone_name(zone: &TimeZone) -> String {
    let at = |time| zone.to_offset(Timestamp::from_second(time).unwrap_or_default()).seconds();
    // In January and in July of 2026.
    let (winter, summer) = (1_768_000_000, 1_784_000_000);
    zone.iana_name().map_or_else(|| format!("{} {}", at(winter), at(summer)), str::to_owned)
}

/// Counts anew if the days were another zone's, or were never counted.
pub(super) fn settle(transaction: &Transaction, zone: &TimeZone) -> Result<(), IndexError> {
    let name = zone_name(zone);
    let sql = "SELECT value FROM meta WHERE key = 'zone'";
    let counted: Option<String> = transaction.prepare(sql)?.query_row([], |row| row.get(0)).optional()?;
    if counted.as_ref() == Some(&name) {
        return Ok(());
    }
    recount(transaction, zone)?;
    transaction.execute("INSERT OR REPLACE INTO meta VALUES ('zone', ?1)", [name])?;
    Ok(())
}

/// Counts anew, from the rows of events and images: day by day, each a range of an index.
pub(super) fn recount(transaction: &Transaction, zone: &TimeZone) -> Result<(), IndexError> {
    transaction.execute_batch("DELETE FROM days; DELETE FROM reviewed_days")?;
    for (day, view, events, images) in counted(transaction, zone)? {
        let sql = "INSERT INTO days VALUES (?1, ?2, ?3, ?4)";
        transaction.prepare_cached(sql)?.execute(params![day.to_string(), view, events, images])?;
    }
    let mut statement = transaction.prepare("SELECT user, view, start FROM reviewed JOIN events USING (number)")?;
    let mut rows = statement.query([])?;
    let (mut days, mut reviewed) = (Days::new(zone.clone()), HashMap::<(String, Date, i64), i64>::new());
    while let Some(row) = rows.next()? {
        let (user, view, day) = (row.get(0)?, row.get(1)?, days.day(row.get(2)?));
        *reviewed.entry((user, day, view)).or_default() += 1;
    }
    for ((user, day, view), events) in &reviewed {
        add_reviewed(transaction, user, (*day, *view), *events)?;
    }
    Ok(())
}

/// What there is of each day and view: events and images.
pub(super) fn counted(
    connection: &super::sql::Connection,
    zone: &TimeZone,
) -> Result<Vec<(Date, i64, i64, i64)>, IndexError> {
    let mut found: HashMap<(Date, i64), Change> = HashMap::new();
    let views: Vec<i64> = {
        let mut statement = connection.prepare("SELECT id FROM views")?;
        statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?
    };
    for view in views {
        each_day(connection, zone, ("events", "start", view), |day, count| {
            found.entry((day, view)).or_default().events = count;
        })?;
        each_day(connection, zone, ("images", "at", view), |day, count| {
            found.entry((day, view)).or_default().images = count;
        })?;
    }
    let mut found: Vec<_> =
        found.into_iter().map(|((day, view), Change { events, images })| (day, view, events, images)).collect();
    found.sort_unstable();
    Ok(found)
}

/// Counts the rows of one view in `table`, day by day.
fn each_day(
    connection: &super::sql::Connection,
    zone: &TimeZone,
    (table, time, view): (&str, &str, i64),
    mut each: impl FnMut(Date, i64),
) -> Result<(), IndexError> {
    let next = format!("SELECT min({time}) FROM {table} INDEXED BY {table}_view WHERE view = ?1 AND {time} >= ?2");
    let count = format!(
        "SELECT count(*) FROM {table} INDEXED BY {table}_view WHERE view = ?1 AND {time} >= ?2 AND {time} < ?3"
    );
    let mut from = i64::MIN;
    loop {
        let first: Option<i64> = connection.prepare_cached(&next)?.query_row([view, from], |row| row.get(0))?;
        let Some(first) = first else { return Ok(()) };
        let (day, _, end) = span(zone, first);
        each(day, connection.prepare_cached(&count)?.query_row([view, first, end], |row| row.get(0))?);
        if end == i64::MAX {
            return Ok(());
        }
        from = end;
    }
}

#[cfg(test)]
mod tests;
