//! One event, and what was seen with it: its images in the order in which they were taken, and what other cameras saw at the
//! same time.

use picket_common::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::query::{EVENT, IMAGE, Views, event_row, image_row};
use super::rows::{ImageRow, Reviewable};
use super::sql::{OptionalExtension, params};
use super::walk::{Cursor, Page};
use super::{Index, IndexError, from_int, from_time, to_int, to_time};

/// What another camera saw is told if it was within this, in nanoseconds.
const NEAR: i64 = 60_000_000_000;

/// What goes on without an id for longer is not looked for.
const DAY: i64 = 86_400_000_000_000;

/// What another camera saw at the time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Neighbour {
    /// Its node.
    pub node: String,
    /// Its view.
    pub view: Option<String>,
    /// The number of the image.
    pub image: u64,
    /// When it was taken.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
}

/// Which images belong to an event: those of its id or, for an old sender's, those of its view while it went on.
struct Whose {
    id: Option<String>,
    view: i64,
    start: i64,
    end: Option<i64>,
}

impl Index {
    /// The event with this number, as `user` reviews it.
    pub fn event(&self, number: u64, user: Option<&str>) -> Result<Option<Reviewable>, IndexError> {
        self.reviewable(to_int(number), user, &self.views()?)
    }

    /// Whether `user` has reviewed the event with this number; none where there is no such event.
    pub fn reviewed(&self, number: u64, user: Option<&str>) -> Result<Option<bool>, IndexError> {
        match self.whose(number)? {
            Some(_) => self.is_reviewed(to_int(number), user).map(Some),
            None => Ok(None),
        }
    }

    /// The numbers of the images of the event with this number, the oldest first; none where there is no such event.
    pub fn numbers_of_event(&self, number: u64) -> Result<Option<Vec<u64>>, IndexError> {
        let Some(whose) = self.whose(number)? else { return Ok(None) };
        let (which, id) = whose.condition();
        let sql = format!("SELECT number FROM images WHERE {which} ORDER BY at, number");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let values = params![id, whose.view, whose.start];
        let rows = statement.query_map(values, |row| Ok(from_int(row.get(0)?)))?;
        Ok(Some(rows.collect::<Result<_, _>>()?))
    }

    /// The numbers of the events that the image with this number belongs to.
    pub fn events_of_image(&self, number: u64) -> Result<Vec<u64>, IndexError> {
        let sql = "
            SELECT events.number FROM event_images JOIN events ON events.event = event_images.event
              JOIN views AS own ON own.id = event_images.view JOIN views ON views.id = events.view AND views.node = own.node
              WHERE event_images.number = ?1
            UNION SELECT events.number FROM images JOIN events INDEXED BY events_view
              ON events.view = images.view AND start <= at AND start >= at - ?2 AND coalesce(end, at) >= at AND events.event IS NULL
              WHERE images.number = ?1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map([to_int(number), DAY], |row| Ok(from_int(row.get(0)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The image with this number.
    pub fn image(&self, number: u64) -> Result<Option<ImageRow>, IndexError> {
        self.image_in(to_int(number), &self.views()?)
    }

    /// The images of the event with this number behind `cursor`, the oldest first; none where there is no such event.
    pub fn images_of_event(
        &self,
        number: u64,
        cursor: Option<Cursor>,
        limit: usize,
    ) -> Result<Option<Page<ImageRow>>, IndexError> {
        let Some(whose) = self.whose(number)? else { return Ok(None) };
        let after = cursor.map_or((i64::MIN, i64::MIN), |cursor| (cursor.at(), cursor.number()));
        let wanted = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
        let (which, id) = whose.condition();
        let sql =
            format!("{IMAGE} WHERE {which} AND at >= ?4 AND (at > ?4 OR number > ?5) ORDER BY at, number LIMIT ?6");
        let views = self.views()?;
        let mut statement = self.connection.prepare_cached(&sql)?;
        let values = params![id, whose.view, whose.start, after.0, after.1, wanted];
        let rows = statement.query_map(values, |row| image_row(row, &views))?;
        let mut rows: Vec<ImageRow> = rows.collect::<Result<_, _>>()?;
        let more = limit < rows.len();
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(|last| Cursor::new(to_time(last.at), to_int(last.number)));
        Ok(Some(Page { rows, next }))
    }

    /// The image nearest in time of each other view, around the beginning of the event with this number.
    pub fn neighbours(&self, number: u64) -> Result<Vec<Neighbour>, IndexError> {
        let Some(whose) = self.whose(number)? else { return Ok(Vec::new()) };
        let before = "SELECT number, at FROM images INDEXED BY images_view
            WHERE view = ?1 AND at <= ?2 AND at >= ?2 - ?3 ORDER BY at DESC, number DESC LIMIT 1";
        let after = "SELECT number, at FROM images INDEXED BY images_view
            WHERE view = ?1 AND at > ?2 AND at <= ?2 + ?3 ORDER BY at, number LIMIT 1";
        let (mut before, mut after) = (self.connection.prepare_cached(before)?, self.connection.prepare_cached(after)?);
        let mut found = Vec::new();
        for (view, (node, name)) in self.views()?.into_iter().filter(|(view, _)| *view != whose.view) {
            let values = [view, whose.start, NEAR];
            let read = |row: &super::sql::Row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?));
            let around = [before.query_row(values, read).optional()?, after.query_row(values, read).optional()?];
            let nearest = around.into_iter().flatten().min_by_key(|(_, at)| at.abs_diff(whose.start));
            let neighbour =
                nearest.map(|(image, at)| Neighbour { node, view: name, image: from_int(image), at: from_time(at) });
            found.extend(neighbour);
        }
        found.sort_by(|one, other| (&one.node, &one.view).cmp(&(&other.node, &other.view)));
        Ok(found)
    }

    pub(super) fn reviewable(
        &self,
        number: i64,
        user: Option<&str>,
        views: &Views,
    ) -> Result<Option<Reviewable>, IndexError> {
        let sql = format!("{EVENT} WHERE number = ?1");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let Some(event) = statement.query_row([number], |row| event_row(row, views)).optional()? else {
            return Ok(None);
        };
        let reviewed = self.is_reviewed(number, user)?;
        let best_image = if event.images > event.gone { self.best_image(from_int(number))? } else { None };
        Ok(Some(Reviewable { event, reviewed, best_image, label: None }))
    }

    pub(super) fn image_in(&self, number: i64, views: &Views) -> Result<Option<ImageRow>, IndexError> {
        let sql = format!("{IMAGE} WHERE number = ?1");
        let mut statement = self.connection.prepare_cached(&sql)?;
        Ok(statement.query_row([number], |row| image_row(row, views)).optional()?)
    }

    /// The best image by its own word, or else the first that is there.
    fn best_image(&self, number: u64) -> Result<Option<u64>, IndexError> {
        let sql = "SELECT best FROM events JOIN images ON images.number = best WHERE events.number = ?1";
        let mut statement = self.connection.prepare_cached(sql)?;
        if let Some(best) = statement.query_row([to_int(number)], |row| row.get(0)).optional()? {
            return Ok(Some(from_int(best)));
        }
        let Some(whose) = self.whose(number)? else { return Ok(None) };
        let (which, id) = whose.condition();
        let sql = format!("SELECT number FROM images WHERE {which} ORDER BY at, number LIMIT 1");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let values = params![id, whose.view, whose.start];
        let first: Option<i64> = statement.query_row(values, |row| row.get(0)).optional()?;
        Ok(first.map(from_int))
    }

    fn whose(&self, number: u64) -> Result<Option<Whose>, IndexError> {
        let sql = "SELECT event, view, start, end FROM events WHERE number = ?1";
        let read = |row: &super::sql::Row| {
            Ok(Whose { id: row.get(0)?, view: row.get(1)?, start: row.get(2)?, end: row.get(3)? })
        };
        Ok(self.connection.prepare_cached(sql)?.query_row([to_int(number)], read).optional()?)
    }
}

impl Whose {
    /// What holds for a row of `images` that belongs to it: ?1 is the id or the end, ?2 the view and ?3 the start.
    fn condition(&self) -> (&'static str, super::sql::types::Value) {
        match &self.id {
            Some(id) => (
                // Two nodes may have given the same id.
                "number IN (SELECT number FROM event_images WHERE event = ?1 AND view IN
                   (SELECT id FROM views WHERE node = (SELECT node FROM views WHERE id = ?2))) AND ?3 IS NOT NULL",
                id.clone().into(),
            ),
            None => ("view = ?2 AND event IS NULL AND at >= ?3 AND at <= ?1", self.end.unwrap_or(i64::MAX).into()),
        }
    }
}
