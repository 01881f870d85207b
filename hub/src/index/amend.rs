//! The transactions in which something stored becomes something else: deleted, pinned, unpinned. Doing one twice changes
//! nothing more.

use std::collections::BTreeMap;

use super::query::DAY;
use super::sql::{OptionalExtension, params};
use super::write::Writer;
use super::{Index, IndexError, to_int};
use crate::line::amendment::{Amendment, Deleted, Pinned, Reviewed, What};
use crate::retention::Rule;
use crate::text::Lengths;

/// Of each view, the times of deleted images that named no event.
type Loose = BTreeMap<i64, Vec<i64>>;

impl Index {
    /// Takes all of it, or nothing. The files of deleted images become garbage, but for lost ones.
    pub fn amend(&mut self, amendments: &[Amendment], lengths: &Lengths) -> Result<(), IndexError> {
        let mut writer = Writer::begin(self)?;
        let mut loose = Loose::new();
        for amendment in amendments {
            match amendment {
                Amendment::Deleted(deleted) => writer.delete(deleted, &mut loose)?,
                Amendment::Pinned(pinned) => writer.pin(pinned)?,
                Amendment::Unpinned(pinned) => {
                    writer.run("DELETE FROM pins WHERE number = ?1", [to_int(pinned.number)])?;
                }
                Amendment::Reviewed(reviewed) => writer.review(reviewed, true)?,
                Amendment::Unreviewed(reviewed) => writer.review(reviewed, false)?,
            }
        }
        loose.iter().try_for_each(|(view, times)| writer.count_loose(*view, times))?;
        writer.finish_totals()?;
        writer.lengths(lengths)?;
        Ok(writer.transaction.commit()?)
    }

    /// These files are durably no more, or are not ours.
    pub fn forget_garbage(&mut self, files: &[String]) -> Result<(), IndexError> {
        let writer = Writer::begin(self)?;
        files.iter().try_for_each(|file| writer.run("DELETE FROM garbage WHERE file = ?1", [file]))?;
        Ok(writer.transaction.commit()?)
    }

    /// No file that an image has is garbage.
    pub fn spare_files_of_rows(&mut self) -> Result<(), IndexError> {
        let writer = Writer::begin(self)?;
        writer.run("DELETE FROM garbage WHERE file IN (SELECT file FROM images)", [])?;
        Ok(writer.transaction.commit()?)
    }
}

impl Writer<'_> {
    fn delete(&mut self, deleted: &Deleted, loose: &mut Loose) -> Result<(), IndexError> {
        let number = deleted.number;
        let sql = "SELECT view, at, event, size, file FROM images WHERE number = ?1";
        let read = |row: &super::sql::Row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?));
        let found: Option<(i64, i64, Option<String>, i64, String)> =
            self.transaction.prepare_cached(sql)?.query_row([to_int(number)], read).optional()?;
        let Some((view, at, event, size, file)) = found else { return Ok(()) };
        match &event {
            Some(event) => self.count_gone(event, view)?,
            None => loose.entry(view).or_default().push(at),
        }
        let sql = "SELECT event FROM shares WHERE view = ?1 AND at = ?2 AND event IS NOT ?3";
        let shared: Vec<String> = {
            let mut statement = self.transaction.prepare_cached(sql)?;
            let rows = statement.query_map(params![view, at, event], |row| row.get(0))?;
            rows.collect::<Result<_, _>>()?
        };
        shared.iter().try_for_each(|event| self.count_gone(event, view))?;
        self.run("DELETE FROM images WHERE number = ?1", [to_int(number)])?;
        // Another image may have been taken in the same instant.
        let sql = "DELETE FROM shares WHERE view = ?1 AND at = ?2
            AND NOT EXISTS (SELECT 1 FROM images WHERE view = ?1 AND at = ?2)";
        self.run(sql, [view, at])?;
        // What lies under a lost image's name, if anything does, is not that image.
        if deleted.rule != Rule::Lost {
            self.run("INSERT OR REPLACE INTO garbage VALUES (?1, ?2, ?3)", params![file, size, to_int(number)])?;
        }
        let total = self.totals.entry(view).or_default();
        *total = (total.0 - 1, total.1 - size);
        self.days.images(view, at, -1);
        Ok(())
    }

    /// An event has an image less, taken in `view`, whose node is the event's.
    fn count_gone(&self, event: &str, view: i64) -> Result<(), IndexError> {
        let sql = "UPDATE events SET gone = min(gone + 1, images) WHERE event = ?1
            AND view IN (SELECT id FROM views WHERE node = (SELECT node FROM views WHERE id = ?2))";
        self.run(sql, params![event, view])
    }

    /// The happenings without an id of a view have those images less that were taken while they went on: an old sender's
    /// images were counted into those.
    fn count_loose(&self, view: i64, times: &[i64]) -> Result<(), IndexError> {
        let (Some(first), Some(last)) = (times.iter().min(), times.iter().max()) else { return Ok(()) };
        let sql = "SELECT number, start, end FROM events INDEXED BY events_view
              WHERE view = ?1 AND event IS NULL AND start >= ?2 - ?4 AND start <= ?3
                AND end >= ?2 AND end <= start + ?4
            UNION ALL SELECT number, start, end FROM events INDEXED BY events_long
              WHERE view = ?1 AND event IS NULL AND (end IS NULL OR end > start + 86400000000000)
                AND (end IS NULL OR end >= ?2) AND start <= ?3";
        let happenings: Vec<(i64, i64, Option<i64>)> = {
            let mut statement = self.transaction.prepare_cached(sql)?;
            let rows =
                statement.query_map([view, *first, *last, DAY], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
            rows.collect::<Result<_, _>>()?
        };
        for (number, start, end) in happenings {
            let during = |at: &&i64| start <= **at && end.is_none_or(|end| **at <= end);
            let gone = times.iter().filter(during).count();
            if gone > 0 {
                let sql = "UPDATE events SET gone = min(gone + ?2, images) WHERE number = ?1";
                self.run(sql, params![number, i64::try_from(gone).unwrap_or(i64::MAX)])?;
            }
        }
        Ok(())
    }

    fn review(&mut self, reviewed: &Reviewed, is: bool) -> Result<(), IndexError> {
        let user = reviewed.user.as_deref().unwrap_or_default();
        self.days.review(&self.transaction, user, reviewed.number, is).map(drop)
    }

    fn pin(&mut self, pinned: &Pinned) -> Result<(), IndexError> {
        let view = self.view(&pinned.node, pinned.view.as_deref().unwrap_or(""))?;
        let what = match pinned.of {
            What::Event => "event",
            What::Image => "image",
        };
        let sql = "INSERT OR REPLACE INTO pins VALUES (?1, ?2, ?3, ?4)";
        self.run(sql, params![to_int(pinned.number), what, pinned.event, view])
    }
}
