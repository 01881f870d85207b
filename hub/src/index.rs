//! The index, `picket.db`: what happened, findable; and how far the shelver has come. This is the only file that
//! names the SQL crate; the parts below it borrow it from here as `sql`. Knows neither sockets nor files
//! of the tree, and decides nothing about them.
//!
//! One connection writes, the shelver's ([`Index::open`]). Any number read beside it ([`Index::read`]), in
//! this process or another: in SQLite's WAL mode neither side waits for the other. Every commit is
//! synced (`synchronous=FULL`).

#[macro_use]
mod pins;

mod amend;
mod answers;
mod audit;
mod changes;
mod days;
mod event;
mod happening;
mod health;
mod kept;
mod page;
mod query;
mod rows;
mod schema;
mod series;
mod shares;
mod stock;
mod thumbs;
mod walk;
mod write;

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use picket_common::time::Timestamp;
use picket_common::wire::StreamId;
use rusqlite as sql;
use sql::{OptionalExtension, params};

pub use self::answers::{Happened, Kept, Measured, Topic, Within};
pub use self::audit::Filed;
pub use self::changes::{Change, Changed};
pub use self::days::DayRow;
pub use self::event::Neighbour;
pub use self::health::Vitals;
pub use self::kept::{ImageFile, LatestImage, ViewRow};
pub use self::page::{Sought, SoughtEvents};
pub use self::pins::Pinnable;
pub use self::query::Wanted;
pub use self::rows::{EventRow, ImageRow, NodeRow, ReadingRow, Reviewable, StateRow};
pub use self::series::{Bucket, LatestReading};
pub use self::stock::{Candidate, Place, Total};
pub use self::thumbs::Thumbs;
pub use self::walk::{Cursor, Page};
pub use self::write::{Batch, DIGESTS, Outcome, Shelved};
use crate::ongoing::{Ongoing, Trouble};
use crate::text::{Lengths, Text};

/// The index's file in the data directory.
pub(crate) const FILE: &str = "picket.db";

/// How long a statement waits for somebody else's lock.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why there is none, as far as its data directory tells, and what to do about it.
fn why_missing(index: &Path) -> &'static str {
    match index.parent().is_some_and(crate::fsck::has_records) {
        true => "it is gone, while the records tell what was in it; `picket-hub fsck --repair` makes it anew from them",
        false => {
            "no hub has stored anything there yet, or its disk is not mounted; name the hub's data directory with --data DIR, or \
             its file with --config FILE"
        }
    }
}

/// What can go wrong with the index.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// There is none.
    #[error("no index at {}: {}", .0.display(), why_missing(.0))]
    Missing(PathBuf),
    /// It was written by a newer version.
    #[error("{0} was written by a newer picket-hub (schema {1}, this one knows {known}); update this one", known = schema::VERSION)]
    Newer(PathBuf, i64),
    /// It was written by an older version, and no newer hub has run since.
    #[error("{0} was written by an older picket-hub (schema {1}, this one knows {known}); run this one once, with `picket-hub run`: it brings the file up to date", known = schema::VERSION)]
    Older(PathBuf, i64),
    /// Anything that SQLite says.
    #[error("picket.db: {0}")]
    Sql(#[from] sql::Error),
    /// A row could not be handed on.
    #[error(transparent)]
    Out(#[from] std::io::Error),
}

/// How far the shelver has come, as of the last commit.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// The journal number of the last record shelved.
    pub reached: u64,
    /// The day whose log is called `imagehub.log`.
    pub log_day: Option<Date>,
    /// The day whose log may still have that name though it has ended.
    pub rotating: Option<Date>,
    /// The lengths of the text files.
    pub lengths: Lengths,
}

/// One connection to the index.
pub struct Index {
    connection: sql::Connection,
    /// The hub's, for its days.
    zone: TimeZone,
}

impl Index {
    /// Opens the index in `data` for writing, made where there is none.
    pub fn open(data: &Path) -> Result<Index, IndexError> {
        Index::make(&data.join(FILE))
    }

    /// Opens the index in the file at `path` for writing, made where there is none.
    pub(crate) fn make(path: &Path) -> Result<Index, IndexError> {
        Index::make_in(path, TimeZone::system())
    }

    /// As [`Index::make`], with the days of `zone`.
    fn make_in(path: &Path, zone: TimeZone) -> Result<Index, IndexError> {
        let mut connection = sql::Connection::open(path)?;
        connection.busy_timeout(PATIENCE)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.set_prepared_statement_cache_capacity(64);
        schema::prepare(&mut connection, path, &zone)?;
        Ok(Index { connection, zone })
    }

    /// Opens the index in `data` for reading, while a hub writes or after.
    pub fn read(data: &Path) -> Result<Index, IndexError> {
        let path = data.join(FILE);
        if !path.exists() {
            return Err(IndexError::Missing(path));
        }
        let flags = sql::OpenFlags::SQLITE_OPEN_READ_ONLY | sql::OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = sql::Connection::open_with_flags(&path, flags)?;
        connection.busy_timeout(PATIENCE)?;
        schema::check(&connection, &path)?;
        Ok(Index { connection, zone: TimeZone::system() })
    }

    /// Whether the index in `data` can be written: as far as that can be seen without writing. One that is being written
    /// just now can.
    pub fn try_write(data: &Path) -> Result<(), IndexError> {
        let flags = sql::OpenFlags::SQLITE_OPEN_READ_WRITE | sql::OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = sql::Connection::open_with_flags(data.join(FILE), flags)?;
        connection.busy_timeout(Duration::ZERO)?;
        match connection.execute_batch("BEGIN IMMEDIATE; ROLLBACK") {
            Err(error) if error.sqlite_error_code() == Some(sql::ErrorCode::DatabaseBusy) => Ok(()),
            tried => Ok(tried?),
        }
    }

    /// The highest number shelved of `stream`; none if it was never seen.
    pub fn mark(&self, stream: StreamId) -> Result<Option<u64>, IndexError> {
        let mut statement = self.connection.prepare_cached("SELECT seq FROM streams WHERE stream = ?1")?;
        let seq = statement.query_row([stream.to_string()], |row| row.get::<_, i64>(0)).optional()?;
        Ok(seq.map(from_int))
    }

    /// For each image text of old senders, the digest of the last image accepted.
    pub fn digests(&self) -> Result<Vec<(String, String)>, IndexError> {
        let mut statement = self.connection.prepare_cached("SELECT text, digest FROM digests ORDER BY text")?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The id of the data directory to which it belongs, where it was told.
    pub fn identity(&self) -> Result<Option<String>, IndexError> {
        self.meta("data")
    }

    /// Tells it.
    pub fn set_identity(&mut self, id: &str) -> Result<(), IndexError> {
        self.connection.execute("INSERT OR REPLACE INTO meta VALUES ('data', ?1)", [id])?;
        Ok(())
    }

    /// The journal number of the last record shelved; 0 before the first.
    pub fn reached(&self) -> Result<u64, IndexError> {
        Ok(self.meta::<i64>("reached")?.map_or(0, from_int))
    }

    /// The day whose log is called `imagehub.log`.
    pub fn log_day(&self) -> Result<Option<Date>, IndexError> {
        Ok(self.meta::<String>("log_day")?.and_then(|day| Date::from_str(&day).ok()))
    }

    /// Every node and view that anything is known of.
    pub fn sources(&self) -> Result<Vec<(String, Option<String>)>, IndexError> {
        let mut statement = self.connection.prepare("SELECT node, nullif(view, '') FROM views")?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The troubles that the hub has told of and that go on: of which node and view, and the event's id.
    pub fn ongoing(&self) -> Result<Ongoing, IndexError> {
        let mut statement = self.connection.prepare(
            "SELECT what, state, node, views.view, event FROM events INDEXED BY events_long
               JOIN views ON views.id = events.view WHERE end IS NULL AND event IS NOT NULL ORDER BY number",
        )?;
        let mut ongoing = Ongoing::default();
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (what, state): (String, String) = (row.get(0)?, row.get(1)?);
            if let Some((trouble, true)) = Trouble::of(&what, &state) {
                ongoing.recover(trouble, &row.get::<_, String>(2)?, &row.get::<_, String>(3)?, row.get(4)?);
            }
        }
        Ok(ongoing)
    }

    /// How many images of each node were received on the `days` days nearest to `day`, that day's last: the hub's clock may
    /// be wrong now, and right soon.
    pub fn images_around(&self, day: Date, days: usize) -> Result<Vec<(Date, String, u64)>, IndexError> {
        let sql = "SELECT day, node, images FROM counts WHERE day IN (
              SELECT day FROM (SELECT DISTINCT day FROM counts)
              ORDER BY abs(julianday(day) - julianday(?1)) LIMIT ?2)
            ORDER BY abs(julianday(day) - julianday(?1)) DESC";
        let mut statement = self.connection.prepare(sql)?;
        let rows = statement.query_map(params![day.to_string(), days as i64], |row| {
            Ok((row.get::<_, String>(0)?.parse::<Date>().ok(), row.get(1)?, from_int(row.get(2)?)))
        })?;
        let found: Vec<(Option<Date>, String, u64)> = rows.collect::<Result<_, _>>()?;
        Ok(found.into_iter().filter_map(|(day, node, images)| Some((day?, node, images))).collect())
    }

    /// Every node heard since then.
    pub fn heard_since(&self, since: Timestamp) -> Result<Vec<String>, IndexError> {
        let mut statement = self.connection.prepare("SELECT name FROM nodes WHERE last >= ?1 ORDER BY name")?;
        let rows = statement.query_map([to_time(since)], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// When any node was last heard.
    pub fn last_heard(&self) -> Result<Option<Timestamp>, IndexError> {
        let last: Option<i64> = self.connection.query_row("SELECT max(last) FROM nodes", [], |row| row.get(0))?;
        Ok(last.map(from_time))
    }

    /// The records behind `number` that could not be shelved, each with its reason.
    pub fn rejected_after(&self, number: u64) -> Result<Vec<(u64, String)>, IndexError> {
        let sql = "SELECT number, reason FROM rejected WHERE number > ?1 ORDER BY number";
        let mut statement = self.connection.prepare(sql)?;
        let rows = statement.query_map([to_int(number)], |row| Ok((from_int(row.get(0)?), row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How many records could not be shelved, ever.
    pub fn rejected(&self) -> Result<u64, IndexError> {
        let count = self.connection.query_row("SELECT count(*) FROM rejected", [], |row| row.get(0));
        Ok(from_int(count?))
    }

    /// How far the shelver has come.
    pub fn progress(&self) -> Result<Progress, IndexError> {
        let day = |key| Ok::<_, IndexError>(self.meta::<String>(key)?.and_then(|day| Date::from_str(&day).ok()));
        let mut progress = Progress {
            reached: self.reached()?,
            log_day: day("log_day")?,
            rotating: day("rotating")?,
            lengths: Lengths::new(),
        };
        let mut statement = self.connection.prepare("SELECT text, day, bytes FROM lengths")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (text, day, bytes): (String, String, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let text = if text == text_name(Text::Log) { Text::Log } else { Text::Records };
            if let Ok(day) = Date::from_str(&day) {
                progress.lengths.insert((text, day), from_int(bytes));
            }
        }
        Ok(progress)
    }

    /// Every row of every table, as text.
    #[cfg(test)]
    pub(crate) fn dump(&self) -> Vec<String> {
        let c = &self.connection;
        let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name";
        let names = |row: &sql::Row| row.get::<_, String>(0);
        let tables: Vec<String> = c.prepare(sql).unwrap().query_map([], names).unwrap().map(Result::unwrap).collect();
        let mut lines = Vec::new();
        for table in tables {
            let mut statement = c.prepare(&format!("SELECT * FROM {table} ORDER BY 1, 2")).unwrap();
            let count = statement.column_count();
            let mut rows = statement.query([]).unwrap();
            while let Some(row) = rows.next().unwrap() {
                let cells: Vec<sql::types::Value> = (0..count).map(|column| row.get(column).unwrap()).collect();
                lines.push(format!("{table} {cells:?}"));
            }
        }
        lines
    }

    /// Does not wait for somebody else's lock.
    #[cfg(test)]
    pub(crate) fn be_impatient(&self) {
        self.connection.busy_timeout(Duration::ZERO).unwrap();
    }

    /// Somebody else's lock on the index in `data`, while it lives.
    #[cfg(test)]
    pub(crate) fn somebody_elses_lock(data: &Path) -> impl Drop + use<> {
        let connection = sql::Connection::open(data.join(FILE)).unwrap();
        connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        struct Lock(sql::Connection);
        impl Drop for Lock {
            fn drop(&mut self) {
                self.0.execute_batch("ROLLBACK").unwrap();
            }
        }
        Lock(connection)
    }

    fn meta<T: sql::types::FromSql>(&self, key: &str) -> Result<Option<T>, IndexError> {
        let mut statement = self.connection.prepare_cached("SELECT value FROM meta WHERE key = ?1")?;
        Ok(statement.query_row(params![key], |row| row.get(0)).optional()?)
    }
}

impl IndexError {
    /// Whether there is no room for it on the disk.
    pub fn is_full(&self) -> bool {
        let IndexError::Sql(error) = self else { return false };
        error.sqlite_error_code() == Some(sql::ErrorCode::DiskFull)
    }
}

fn text_name(text: Text) -> &'static str {
    match text {
        Text::Log => "log",
        Text::Records => "records",
    }
}

/// SQLite's integers have a sign. A number beyond it would take a node 292 years at one a nanosecond.
fn to_int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn from_int(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// Times are nanoseconds since 1970 in the index; from before 1677 and after 2262 they are not told apart.
fn to_time(time: Timestamp) -> i64 {
    let time = time.as_nanosecond().clamp(i64::MIN.into(), i64::MAX.into());
    i64::try_from(time).unwrap_or(0)
}

fn from_time(time: i64) -> Timestamp {
    Timestamp::from_nanosecond(time.into()).unwrap_or(Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests;
