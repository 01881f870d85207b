//! What `picket-hub fsck` asks: whether the file is in order, and which rows there are.

use std::collections::HashSet;

use jiff::tz::TimeZone;
use picket_common::event::{Kind, ReadingData};
use picket_common::time::Timestamp;
use serde_json::{Value, json};

use super::sql::{OptionalExtension, Row, params};
use super::{Index, IndexError, days, from_int, from_time, to_int};
use crate::entry::{Entry, Import};
use crate::line::Stored;

/// Rows read at once, so that nobody's clean-up is held up for long.
const CHUNK: i64 = 10_000;

/// An image's row, as far as it is about its file and its line in the records.
#[derive(Debug, Clone, PartialEq)]
pub struct Filed {
    /// Its journal number.
    pub number: u64,
    /// Below the data directory.
    pub file: String,
    /// Size and checksum.
    pub stored: Stored,
    /// Its node.
    pub node: String,
    /// Its view.
    pub view: Option<String>,
    /// When it was taken.
    pub at: Timestamp,
    /// When the hub received it.
    pub received: Timestamp,
    /// Why it was kept.
    pub role: Option<String>,
    /// The event under which it was sent.
    pub event: Option<String>,
    /// Pixels.
    pub pixels: (Option<i64>, Option<i64>),
    /// Its message's text.
    pub text: String,
}

const FILED: &str =
    "SELECT number, file, size, checksum, node, nullif(views.view, ''), at, received, role, event, width,
    height, text FROM images JOIN views ON views.id = images.view";
impl Index {
    /// What SQLite finds wrong with the file: nothing, in a file that is in order. `whole` reads all of it.
    pub fn damage(&self, whole: bool) -> Result<Vec<String>, IndexError> {
        let sql = if whole { "PRAGMA integrity_check(10)" } else { "PRAGMA quick_check(10)" };
        let mut statement = self.connection.prepare(sql)?;
        let found: Result<Vec<String>, _> = statement.query_map([], |row| row.get(0))?.collect();
        Ok(found?.into_iter().filter(|line| line != "ok").collect())
    }

    /// Whether the events and images of a day are other ones than were counted.
    pub fn is_miscounted(&self) -> Result<bool, IndexError> {
        if self.meta::<String>("zone")? != Some(days::zone_name(&self.zone)) {
            // Counted anew by the next start.
            return Ok(false);
        }
        let mut statement = self.connection.prepare("SELECT day, view, events, images FROM days ORDER BY day, view")?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
        let kept: Vec<(String, i64, i64, i64)> = rows.collect::<Result<_, _>>()?;
        let there = days::counted(&self.connection, &self.zone)?;
        Ok(!there.into_iter().map(|(day, view, events, images)| (day.to_string(), view, events, images)).eq(kept))
    }

    /// Counts the days anew.
    pub fn recount(&mut self) -> Result<(), IndexError> {
        let transaction = self.connection.transaction()?;
        days::recount(&transaction, &self.zone)?;
        Ok(transaction.commit()?)
    }

    /// Brings all that was written into the one file, durably.
    pub fn settle(&mut self) -> Result<(), IndexError> {
        Ok(self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?)
    }

    /// Hands each image's row to `each`, in the order of their numbers.
    pub fn filed<E: From<IndexError>>(&self, mut each: impl FnMut(Filed) -> Result<(), E>) -> Result<(), E> {
        let mut after = 0;
        loop {
            let sql = format!("{FILED} WHERE number > ?1 ORDER BY number LIMIT {CHUNK}");
            let rows = self.rows(&sql, after, filed)?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = last.number;
            rows.into_iter().try_for_each(&mut each)?;
        }
    }

    /// The image's row with this number.
    pub fn file_of(&self, number: u64) -> Result<Option<Filed>, IndexError> {
        let sql = format!("{FILED} WHERE number = ?1");
        Ok(self.connection.prepare_cached(&sql)?.query_row([to_int(number)], filed).optional()?)
    }

    /// Whether there is a reading with this number.
    pub fn is_reading(&self, number: u64) -> Result<bool, IndexError> {
        self.exists("SELECT 1 FROM readings WHERE number = ?1", params![to_int(number)])
    }

    /// An entry that says of a row what the row says, as far as one can: for a row of which the records do not tell. None for
    /// a rejected record.
    pub fn entry_of(&self, number: u64, zone: &TimeZone) -> Result<Option<(Entry, Option<Stored>)>, IndexError> {
        if let Some(image) = self.file_of(number)? {
            let (width, height) = image.pixels;
            let data = json!({"role": image.role, "width": width, "height": height});
            let whose = (image.node, image.view);
            let mut entry = Entry::new(Kind::Image, whose, image.text, image.at, zone);
            entry.received = image.received;
            entry.received_offset = zone.to_offset(image.received).seconds();
            (entry.event, entry.data, entry.file) = (image.event, data, Some(image.file));
            return Ok(Some((entry, Some(image.stored))));
        }
        let read = |sql: &str, read: fn(&Row, &TimeZone) -> Result<Entry, super::sql::Error>| {
            self.connection.prepare_cached(sql)?.query_row([to_int(number)], |row| read(row, zone)).optional()
        };
        let reading = "SELECT node, nullif(views.view, ''), text, at, name, value, unit
            FROM readings JOIN views ON views.id = readings.view WHERE number = ?1";
        let event =
            "SELECT node, nullif(views.view, ''), text, start, end, what, state, detector, event, score, boxes, grid,
            reason FROM events JOIN views ON views.id = events.view WHERE number = ?1";
        let entry = match read(reading, reading_entry)? {
            Some(entry) => Some(entry),
            None => read(event, event_entry)?,
        };
        Ok(entry.map(|entry| (entry, None)))
    }

    /// Why the record with this number was rejected, if it was.
    pub fn rejection(&self, number: u64) -> Result<Option<String>, IndexError> {
        let sql = "SELECT reason FROM rejected WHERE number = ?1";
        Ok(self.connection.prepare_cached(sql)?.query_row([to_int(number)], |row| row.get(0)).optional()?)
    }

    /// Whether anything is known of an event of `node`.
    pub fn has_event(&self, event: &str, node: &str) -> Result<bool, IndexError> {
        let sql = "SELECT 1 FROM events WHERE event = ?1 AND view IN (SELECT id FROM views WHERE node = ?2)";
        self.exists(sql, params![event, node])
    }

    /// Hands the number of each row of events, readings and rejected records to `each`.
    pub fn other_numbers(&self, mut each: impl FnMut(u64)) -> Result<(), IndexError> {
        for table in ["events", "readings", "rejected"] {
            let sql = format!("SELECT number FROM {table} WHERE number > ?1 ORDER BY number LIMIT {CHUNK}");
            let mut after = 0;
            loop {
                let rows = self.rows(&sql, after, |row| Ok(from_int(row.get(0)?)))?;
                let Some(last) = rows.last() else { break };
                after = *last;
                rows.into_iter().for_each(&mut each);
            }
        }
        Ok(())
    }

    /// For each text of old senders' images that is known, the digest and the number of the last one; 0 where only an elder
    /// hub knew it.
    pub fn last_images(&self) -> Result<Vec<(String, String, u64)>, IndexError> {
        let mut statement = self.connection.prepare("SELECT text, digest, number FROM digests")?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, from_int(row.get(2)?))))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The files that are to be deleted.
    pub fn to_be_deleted(&self) -> Result<HashSet<String>, IndexError> {
        Ok(self.garbage()?.into_iter().map(|(file, _)| file).collect())
    }

    fn exists(&self, sql: &str, values: impl super::sql::Params) -> Result<bool, IndexError> {
        Ok(self.connection.prepare_cached(sql)?.exists(values)?)
    }

    fn rows<T>(
        &self,
        sql: &str,
        after: u64,
        read: impl FnMut(&Row) -> Result<T, super::sql::Error>,
    ) -> Result<Vec<T>, IndexError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        Ok(statement.query_map([to_int(after)], read)?.collect::<Result<_, _>>()?)
    }
}

fn filed(row: &Row) -> Result<Filed, super::sql::Error> {
    Ok(Filed {
        number: from_int(row.get(0)?),
        file: row.get(1)?,
        stored: Stored { size: from_int(row.get(2)?), checksum: row.get(3)? },
        node: row.get(4)?,
        view: row.get(5)?,
        at: from_time(row.get(6)?),
        received: from_time(row.get(7)?),
        role: row.get(8)?,
        event: row.get(9)?,
        pixels: (row.get(10)?, row.get(11)?),
        text: row.get(12)?,
    })
}

fn entry(kind: Kind, row: &Row, zone: &TimeZone) -> Result<Entry, super::sql::Error> {
    let at = from_time(row.get(3)?);
    Ok(Entry::new(kind, (row.get(0)?, row.get(1)?), row.get(2)?, at, zone))
}

fn reading_entry(row: &Row, zone: &TimeZone) -> Result<Entry, super::sql::Error> {
    let data = ReadingData { name: row.get(4)?, value: row.get(5)?, unit: row.get(6)? };
    Ok(Entry { data: picket_common::event::to_value(&data), ..entry(Kind::Reading, row, zone)? })
}

/// A happening's first message. That it is over is told as an import tells it.
fn event_entry(row: &Row, zone: &TimeZone) -> Result<Entry, super::sql::Error> {
    let (start, end): (i64, Option<i64>) = (row.get(3)?, row.get(4)?);
    let id: Option<String> = row.get(8)?;
    let point = end == Some(start);
    let boxes = row.get::<_, Option<String>>(10)?.and_then(|boxes| serde_json::from_str::<Value>(&boxes).ok());
    let detector: String = row.get(7)?;
    let mut data = json!({
        "phase": match (point, &id) { (false, _) => "start", (true, None) => "update", (true, Some(_)) => "end" },
        "what": row.get::<_, String>(5)?,
        "state": row.get::<_, String>(6)?,
        "detector": Some(detector).filter(|detector| !detector.is_empty()),
        "score": row.get::<_, Option<f64>>(9)?,
        "boxes": boxes,
        "grid": row.get::<_, Option<String>>(11)?,
        "reason": row.get::<_, Option<String>>(12)?,
    });
    if let Value::Object(data) = &mut data {
        data.retain(|_, value| !value.is_null());
    }
    let until = end.filter(|_| !point).map(from_time);
    let import = Some(Import { past: true, until, ..Import::default() });
    Ok(Entry { event: id, data, import, ..entry(Kind::Event, row, zone)? })
}
