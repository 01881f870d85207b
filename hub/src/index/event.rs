//! One event, and what was seen with it: its images in the order in which they were taken, and what other cameras saw at the
//! same time.

use picket_common::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::query::{DAY, EVENT, IMAGE, Views, event_row, image_row, one_of};
use super::rows::{ImageRow, Reviewable};
use super::sql::{OptionalExtension, params};
use super::walk::{Cursor, Page};
use super::{Index, IndexError, from_int, from_time, to_int, to_time};
use crate::access::Sight;

/// What another camera saw is told if it was within this, in nanoseconds.
const NEAR: i64 = 60_000_000_000;

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
    /// Of these views only; none where nothing of it is hidden.
    seen: Option<Vec<i64>>,
}

impl Index {
    /// The event with this number, as `user` reviews it, who may see so much; none also where it is hidden from them.
    pub fn event(&self, number: u64, user: Option<&str>, sight: &Sight) -> Result<Option<Reviewable>, IndexError> {
        let found = self.reviewable(to_int(number), (user, sight), &self.views()?)?;
        Ok(found.filter(|row| sight.has(&row.event.node, row.event.view.as_deref())))
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
              ON events.view = images.view AND start <= at AND start >= at - ?2 AND end >= at AND events.event IS NULL
              WHERE images.number = ?1
            UNION SELECT events.number FROM images JOIN events INDEXED BY events_long
              ON events.view = images.view AND (end IS NULL OR end > start + 86400000000000)
                AND start <= at AND (end IS NULL OR end >= at) AND events.event IS NULL
              WHERE images.number = ?1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map([to_int(number), DAY], |row| Ok(from_int(row.get(0)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The image with this number.
    pub fn image(&self, number: u64) -> Result<Option<ImageRow>, IndexError> {
        self.image_in(to_int(number), &self.views()?)
    }

    /// The images of the event with this number behind `cursor` that `sight` has, the oldest first; none where there is no such
    /// event, or it is hidden.
    pub fn images_of_event(
        &self,
        number: u64,
        sight: &Sight,
        cursor: Option<Cursor>,
        limit: usize,
    ) -> Result<Option<Page<ImageRow>>, IndexError> {
        let views = self.views()?;
        let Some(whose) = self.whose(number)?.and_then(|whose| whose.seen(sight, &views)) else { return Ok(None) };
        let after = cursor.map_or((i64::MIN, i64::MIN), |cursor| (cursor.at(), cursor.number()));
        let wanted = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
        let (which, id) = whose.condition();
        let sql =
            format!("{IMAGE} WHERE {which} AND at >= ?4 AND (at > ?4 OR number > ?5) ORDER BY at, number LIMIT ?6");
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
        (user, sight): (Option<&str>, &Sight),
        views: &Views,
    ) -> Result<Option<Reviewable>, IndexError> {
        let sql = format!("{EVENT} WHERE number = ?1");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let Some(event) = statement.query_row([number], |row| event_row(row, views)).optional()? else {
            return Ok(None);
        };
        let reviewed = self.is_reviewed(number, user)?;
        let mut row = Reviewable { event, reviewed, best_image: None, label: None };
        if let Some(whose) = self.partly_hidden(number, sight, views)? {
            self.show_in_part(&mut row, &whose)?;
        } else if row.event.images > row.event.gone {
            row.best_image = self.best_image(from_int(number))?;
        }
        Ok(Some(row))
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

    /// What is seen of an event that may have images of hidden views; none of any other.
    fn partly_hidden(&self, number: i64, sight: &Sight, views: &Views) -> Result<Option<Whose>, IndexError> {
        if sight.is_everything() {
            return Ok(None);
        }
        let whose = self.whose(from_int(number))?.and_then(|whose| whose.seen(sight, views));
        Ok(whose.filter(|whose| whose.seen.is_some()))
    }

    /// Tells of the images that are seen, and of no other. Of which views the deleted ones were is not known.
    fn show_in_part(&self, row: &mut Reviewable, whose: &Whose) -> Result<(), IndexError> {
        let (which, id) = whose.condition();
        let sql = format!(
            "SELECT count(*) OVER (), number, number IS (SELECT best FROM events WHERE number = ?4) AS is_best
             FROM images WHERE {which} ORDER BY is_best DESC, at, number LIMIT 1"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let values = params![id, whose.view, whose.start, to_int(row.event.number)];
        let read = |row: &super::sql::Row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, bool>(2)?));
        let first = statement.query_row(values, read).optional()?;
        row.best_image = first.map(|(_, number, _)| from_int(number));
        let event = &mut row.event;
        (event.images, event.gone) = (first.map_or(0, |(count, ..)| from_int(count)), 0);
        event.best = event.best.take().filter(|_| first.is_some_and(|(.., is_best)| is_best));
        Ok(())
    }

    fn whose(&self, number: u64) -> Result<Option<Whose>, IndexError> {
        let sql = "SELECT event, view, start, end FROM events WHERE number = ?1";
        let read = |row: &super::sql::Row| {
            Ok(Whose { id: row.get(0)?, view: row.get(1)?, start: row.get(2)?, end: row.get(3)?, seen: None })
        };
        Ok(self.connection.prepare_cached(sql)?.query_row([to_int(number)], read).optional()?)
    }
}

impl Whose {
    /// Those that `sight` has; none where the event itself is hidden. All are of its node, and without an id of its view.
    fn seen(mut self, sight: &Sight, views: &Views) -> Option<Whose> {
        if sight.is_everything() {
            return Some(self);
        }
        let has = |view: &i64| views.get(view).is_some_and(|(node, view)| sight.has(node, view.as_deref()));
        if self.id.is_some() {
            let node = &views.get(&self.view)?.0;
            let own = views.iter().filter(|(_, (of, _))| of == node).map(|(view, _)| *view);
            let (mut seen, hidden): (Vec<i64>, Vec<i64>) = own.partition(has);
            seen.sort_unstable();
            self.seen = (!hidden.is_empty()).then_some(seen);
        }
        has(&self.view).then_some(self)
    }

    /// What holds for a row of `images` that belongs to it: ?1 is the id or the end, ?2 the view and ?3 the start.
    fn condition(&self) -> (String, super::sql::types::Value) {
        let (which, value) = match &self.id {
            Some(id) => (
                // Two nodes may have given the same id.
                "number IN (SELECT number FROM event_images WHERE event = ?1 AND view IN
                   (SELECT id FROM views WHERE node = (SELECT node FROM views WHERE id = ?2))) AND ?3 IS NOT NULL",
                id.clone().into(),
            ),
            None => ("view = ?2 AND event IS NULL AND at >= ?3 AND at <= ?1", self.end.unwrap_or(i64::MAX).into()),
        };
        // The plus keeps SQLite from walking all images of a view for the few of an event.
        let seen = self.seen.as_ref().map_or_else(String::new, |seen| format!(" AND +{}", one_of(seen)));
        (format!("{which}{seen}"), value)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::sample::{event, image, shelve};

    #[test]
    fn the_images_of_an_event_are_found_by_its_id_whatever_is_hidden() {
        let (at, role) = ("2026-11-20T05:30:00Z", json!({"role": "trigger"}));
        let told = event("Barn pir|input|active", at);
        let told = told.of_event("a", json!({"phase": "start", "what": "input", "state": "active"}));
        let data = shelve(vec![told, image("Barn Door|jpg", at).of_event("a", role)]);
        let index = Index::read(data.path()).unwrap();
        let check = |patterns: &[&str], expected: Option<usize>| {
            let patterns: Vec<_> = patterns.iter().map(|text| text.parse().unwrap()).collect();
            let whose = index.whose(1).unwrap().unwrap().seen(&Sight::of(&patterns), &index.views().unwrap()).unwrap();
            assert_eq!(whose.seen.as_ref().map(Vec::len), expected, "{patterns:?}");
            let (which, id) = whose.condition();
            let sql = format!("EXPLAIN QUERY PLAN {IMAGE} WHERE {which} ORDER BY at, number LIMIT 1");
            let mut statement = index.connection.prepare(&sql).unwrap();
            let rows = statement.query_map(params![id, whose.view, whose.start], |row| row.get(3)).unwrap();
            let plan: Vec<String> = rows.map(Result::unwrap).collect();
            let has = |step: &str| plan.iter().any(|found| found.starts_with(step));
            assert!(has("SEARCH images USING INTEGER PRIMARY KEY (rowid=?)"), "{patterns:?}: {plan:#?}");
            assert!(has("SEARCH images USING INDEX images_event (event=?)"), "{patterns:?}: {plan:#?}");
        };
        check(&[], None);
        check(&["Barn"], None);
        check(&["Barn pir", "Barn Door"], None);
        check(&["Barn pir"], Some(1));
    }
}
