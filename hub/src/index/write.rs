//! The shelver's transactions.

use std::collections::HashMap;

use jiff::civil::Date;
use picket_common::event::{Earlier, ReadingData};
use picket_common::log::Key;
use picket_common::name;
use picket_common::time::Timestamp;
use picket_common::wire::StreamId;

use super::days::Days;
use super::sql::{OptionalExtension, Transaction, TransactionBehavior, params};
use super::{Index, IndexError, happening, shares, text_name, to_int, to_time};
use crate::entry::Entry;
use crate::fact::{self, Fact, Frame};
use crate::line::Stored;
use crate::presence::Seen;
use crate::text::Lengths;

/// One journal record, and what became of it.
#[derive(Debug)]
pub struct Shelved {
    /// Its journal number.
    pub number: u64,
    /// Whose message it is.
    pub key: Key,
    /// What became of it.
    pub outcome: Outcome,
}

/// What can become of a record.
#[derive(Debug)]
pub enum Outcome {
    /// It is shelved; an image with the file it became.
    Kept(Box<Entry>, Option<Stored>),
    /// It was put aside, and why.
    Rejected(String),
}

/// What one transaction holds.
#[derive(Debug)]
pub struct Batch<'a> {
    /// The records, in order.
    pub rows: &'a [Shelved],
    /// The lengths that the text files have now.
    pub lengths: &'a Lengths,
    /// The last record's number.
    pub reached: u64,
    /// Who was heard since the last time.
    pub heard: &'a [(String, Seen)],
}

impl Index {
    /// Takes a whole batch, or nothing.
    pub fn commit(&mut self, batch: &Batch) -> Result<(), IndexError> {
        let mut writer = Writer::begin(self)?;
        batch.rows.iter().try_for_each(|row| writer.row(row))?;
        writer.finish_rows()?;
        writer.heard(batch.heard)?;
        writer.lengths(batch.lengths)?;
        writer.meta("reached", to_int(batch.reached))?;
        // The rename was synced with this batch's files.
        writer.forget_meta("rotating")?;
        writer.forget_changes(batch.reached)?;
        Ok(writer.transaction.commit()?)
    }

    /// Takes who was heard, where there is no batch.
    pub fn commit_heard(&mut self, heard: &[(String, Seen)]) -> Result<(), IndexError> {
        let writer = Writer::begin(self)?;
        writer.heard(heard)?;
        Ok(writer.transaction.commit()?)
    }

    /// Takes lengths of files that nothing was added to yet.
    pub fn adopt(&mut self, lengths: &Lengths) -> Result<(), IndexError> {
        let writer = Writer::begin(self)?;
        writer.lengths(lengths)?;
        Ok(writer.transaction.commit()?)
    }

    /// The first half of a rotation: `imagehub.log` is `day`'s now; `ended` is the day it was for.
    pub fn rotate(&mut self, day: Date, ended: Option<Date>) -> Result<(), IndexError> {
        let writer = Writer::begin(self)?;
        writer.meta("log_day", day.to_string())?;
        if let Some(ended) = ended {
            writer.meta("rotating", ended.to_string())?;
            writer.lengths(&Lengths::from([((crate::text::Text::Log, day), 0)]))?;
        }
        Ok(writer.transaction.commit()?)
    }
}

/// So many texts of old senders' images are remembered, with the last image of each; and the counts of so many days.
pub const DIGESTS: usize = 10_000;
const COUNTED_DAYS: i64 = 64;

pub(super) struct Writer<'a> {
    pub(super) transaction: Transaction<'a>,
    /// Rows of `views` met so far.
    views: HashMap<(String, String), i64>,
    marks: HashMap<u128, u64>,
    digests: HashMap<String, (String, u64)>,
    /// Images by their day and node.
    counts: HashMap<(Date, String), u64>,
    heard: HashMap<String, (Timestamp, Timestamp)>,
    /// What was added to each view: images and bytes.
    pub(super) totals: HashMap<i64, (i64, i64)>,
    pub(super) days: Days,
    /// There are files that are still to be deleted.
    garbage: bool,
}

impl<'a> Writer<'a> {
    pub(super) fn begin(index: &'a mut Index) -> Result<Writer<'a>, IndexError> {
        let days = Days::new(index.zone.clone());
        let transaction = index.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let garbage =
            transaction.prepare_cached("SELECT EXISTS (SELECT 1 FROM garbage)")?.query_row([], |row| row.get(0))?;
        let (views, marks, digests, counts, heard, totals) = Default::default();
        Ok(Writer { transaction, views, marks, digests, counts, heard, totals, days, garbage })
    }

    fn row(&mut self, row: &Shelved) -> Result<(), IndexError> {
        if row.key.stream != 0 {
            let mark = self.marks.entry(row.key.stream).or_default();
            *mark = row.key.seq.max(*mark);
        }
        match &row.outcome {
            Outcome::Kept(entry, stored) => {
                self.entry(row.number, entry, stored.as_ref())?;
                self.stamp(row.number, entry)
            }
            Outcome::Rejected(reason) => {
                let sql = "INSERT OR REPLACE INTO rejected VALUES (?1, ?2)";
                self.run(sql, params![to_int(row.number), reason])
            }
        }
    }

    fn entry(&mut self, number: u64, entry: &Entry, stored: Option<&Stored>) -> Result<(), IndexError> {
        let view = self.view(&entry.node, entry.view.as_deref().unwrap_or(""))?;
        let fact = fact::read(entry);
        let hubs_own = matches!(&fact, Fact::Event(change) if change.is_hubs_own());
        if !hubs_own && !entry.is_imagehubs_own() {
            let received = entry.received;
            let heard = self.heard.entry(entry.node.clone()).or_insert((received, received));
            *heard = (heard.0.min(received), heard.1.max(received));
        }
        if let Some(digest) = &entry.digest {
            self.digests.insert(entry.msg.clone(), (digest.clone(), number));
        }
        match fact {
            Fact::Image(frame) => match stored {
                Some(stored) => {
                    if entry.import.is_none() {
                        let day = entry.local_received().date();
                        *self.counts.entry((day, entry.node.clone())).or_default() += 1;
                    }
                    self.image(number, view, entry, &frame, stored)
                }
                None => Ok(()),
            },
            Fact::Reading(reading) => self.reading(number, view, entry, &reading),
            Fact::Event(change) => {
                self.earlier(entry, &change.earlier)?;
                if change.is_of_frames() {
                    return Ok(());
                }
                happening::note(&self.transaction, &mut self.days, (number, view), entry, &change)
            }
            Fact::Health(health) => {
                self.vitals(&entry.node, entry.received, &health)?;
                let sql = "INSERT INTO nodes (name, first, last, health) VALUES (?1, ?2, ?2, ?3)
                    ON CONFLICT (name) DO UPDATE SET health = excluded.health";
                self.run(sql, params![entry.node, to_time(entry.received), health.to_string()])
            }
        }
    }

    /// A time that is not as it was first said, of what has a row of its own.
    fn stamp(&self, number: u64, entry: &Entry) -> Result<(), IndexError> {
        if entry.was.is_none() && !entry.doubtful {
            return Ok(());
        }
        let sql = "INSERT OR REPLACE INTO stamps SELECT ?1, ?2, ?3 WHERE EXISTS (
            SELECT 1 FROM images WHERE number = ?1 UNION ALL SELECT 1 FROM events WHERE number = ?1
            UNION ALL SELECT 1 FROM readings WHERE number = ?1)";
        self.run(sql, params![to_int(number), entry.was.map(to_time), entry.doubtful])
    }

    fn image(
        &mut self,
        number: u64,
        view: i64,
        entry: &Entry,
        frame: &Frame,
        stored: &Stored,
    ) -> Result<(), IndexError> {
        let sql = "INSERT OR REPLACE INTO images VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
        self.run(
            sql,
            params![
                to_int(number),
                to_time(entry.at),
                to_time(entry.received),
                view,
                frame.role,
                entry.event,
                frame.width,
                frame.height,
                to_int(stored.size),
                stored.checksum,
                entry.file,
                entry.msg,
            ],
        )?;
        let total = self.totals.entry(view).or_default();
        *total = (total.0 + 1, total.1 + to_int(stored.size));
        self.days.images(view, to_time(entry.at), 1);
        if self.garbage {
            // The name has become free, and was given again.
            self.run("DELETE FROM garbage WHERE file = ?1", [&entry.file])?;
        }
        happening::count_image(&self.transaction, number, view, entry, frame)?;
        shares::image(&self.transaction, number, view, entry, frame)
    }

    /// Frames that were sent before belong to the event of `entry` as well.
    fn earlier(&mut self, entry: &Entry, frames: &[Earlier]) -> Result<(), IndexError> {
        let Some(event) = &entry.event else { return Ok(()) };
        for Earlier { view, at, was, role, .. } in frames {
            let view = self.view(&entry.node, &view.as_deref().map(name::clean).unwrap_or_default())?;
            let first = was.unwrap_or(*at);
            shares::earlier(&self.transaction, (event, &entry.node), (view, to_time(first)), *role)?;
        }
        Ok(())
    }

    fn reading(&self, number: u64, view: i64, entry: &Entry, reading: &ReadingData) -> Result<(), IndexError> {
        let ReadingData { name, value, unit } = reading;
        let at = to_time(entry.at);
        let sql = "INSERT OR REPLACE INTO readings VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        self.run(sql, params![to_int(number), at, view, name, value, unit, entry.msg])?;
        let sql = "INSERT INTO latest VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE
            SET value = excluded.value, unit = excluded.unit, at = excluded.at, stream = excluded.stream
            WHERE at <= excluded.at OR stream = excluded.stream OR ?7";
        let stream = entry.stream.map(|stream| stream.to_string());
        self.run(sql, params![view, name, value, unit, at, stream, entry.is_by_arrival()])
    }

    pub(super) fn view(&mut self, node: &str, view: &str) -> Result<i64, IndexError> {
        let key = (node.to_owned(), view.to_owned());
        if let Some(id) = self.views.get(&key) {
            return Ok(*id);
        }
        let find = "SELECT id FROM views WHERE node = ?1 AND view = ?2";
        let found = self.transaction.prepare_cached(find)?.query_row([node, view], |row| row.get(0)).optional()?;
        let id = match found {
            Some(id) => id,
            None => {
                self.run("INSERT INTO views (node, view) VALUES (?1, ?2)", [node, view])?;
                self.transaction.last_insert_rowid()
            }
        };
        self.views.insert(key, id);
        Ok(id)
    }

    /// What is told once for many rows.
    fn finish_rows(&mut self) -> Result<(), IndexError> {
        for (stream, seq) in &self.marks {
            let sql = "INSERT INTO streams VALUES (?1, ?2)
                ON CONFLICT DO UPDATE SET seq = max(seq, excluded.seq)";
            self.run(sql, params![StreamId(*stream).to_string(), to_int(*seq)])?;
        }
        self.finish_digests()?;
        self.finish_counts()?;
        for (node, (first, last)) in &self.heard {
            self.node(node, *first, *last)?;
        }
        self.finish_totals()
    }

    pub(super) fn finish_totals(&self) -> Result<(), IndexError> {
        for (view, (images, bytes)) in &self.totals {
            let sql = "INSERT INTO totals VALUES (?1, ?2, ?3)
                ON CONFLICT DO UPDATE SET images = images + excluded.images, bytes = bytes + excluded.bytes";
            self.run(sql, [view, images, bytes])?;
        }
        self.days.finish(&self.transaction)
    }

    fn finish_digests(&self) -> Result<(), IndexError> {
        for (text, (digest, number)) in &self.digests {
            let sql = "INSERT OR REPLACE INTO digests VALUES (?1, ?2, ?3)";
            self.run(sql, params![text, digest, to_int(*number)])?;
        }
        if self.digests.is_empty() {
            return Ok(());
        }
        let sql = "DELETE FROM digests WHERE number <
            (SELECT min(number) FROM (SELECT number FROM digests ORDER BY number DESC LIMIT ?1))";
        self.run(sql, [DIGESTS as i64])
    }

    fn finish_counts(&self) -> Result<(), IndexError> {
        for ((day, node), images) in &self.counts {
            let sql =
                "INSERT INTO counts VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET images = images + excluded.images";
            self.run(sql, params![day.to_string(), node, to_int(*images)])?;
        }
        if self.counts.is_empty() {
            return Ok(());
        }
        let sql = "DELETE FROM counts WHERE day <
            (SELECT min(day) FROM (SELECT DISTINCT day FROM counts ORDER BY day DESC LIMIT ?1))";
        self.run(sql, [COUNTED_DAYS])
    }

    fn node(&self, node: &str, first: Timestamp, last: Timestamp) -> Result<(), IndexError> {
        let sql = "INSERT INTO nodes (name, first, last) VALUES (?1, ?2, ?3) ON CONFLICT (name) DO UPDATE
            SET first = min(first, excluded.first), last = max(last, excluded.last)";
        self.run(sql, params![node, to_time(first), to_time(last)])
    }

    fn heard(&self, heard: &[(String, Seen)]) -> Result<(), IndexError> {
        for (node, seen) in heard {
            self.node(node, seen.at, seen.at)?;
            // When it was heard last is newer than all that was shelved of it, also where the hub's clock was set back.
            let sql = "UPDATE nodes SET last = ?5, health = coalesce(?2, health), version = coalesce(?3, version),
                hardware = coalesce(?4, hardware) WHERE name = ?1";
            let health = seen.health.as_ref().map(ToString::to_string);
            self.run(sql, params![node, health, seen.version, seen.hardware, to_time(seen.at)])?;
            seen.health.iter().try_for_each(|health| self.vitals(node, seen.at, health))?;
        }
        Ok(())
    }

    pub(super) fn lengths(&self, lengths: &Lengths) -> Result<(), IndexError> {
        for ((text, day), bytes) in lengths {
            let sql = "INSERT OR REPLACE INTO lengths VALUES (?1, ?2, ?3)";
            self.run(sql, params![text_name(*text), day.to_string(), to_int(*bytes)])?;
        }
        Ok(())
    }

    fn meta(&self, key: &str, value: impl super::sql::ToSql) -> Result<(), IndexError> {
        self.run("INSERT OR REPLACE INTO meta VALUES (?1, ?2)", params![key, value])
    }

    fn forget_meta(&self, key: &str) -> Result<(), IndexError> {
        self.run("DELETE FROM meta WHERE key = ?1", [key])
    }

    pub(super) fn run(&self, sql: &str, values: impl super::sql::Params) -> Result<(), IndexError> {
        self.transaction.prepare_cached(sql)?.execute(values)?;
        Ok(())
    }
}
