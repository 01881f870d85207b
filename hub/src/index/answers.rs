//! What answers are made of: sums of what happened, of what was read and of what was kept, each of one view. Every query
//! walks one index of that view, over the span that is asked for.

use std::time::Duration;

use picket_common::time::Timestamp;
use serde::Serialize;

use super::query::DAY;
use super::sql::{OptionalExtension, Row, params};
use super::{Index, IndexError, from_int, from_time, to_time};

/// From when to when; an end that is open is left out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Within {
    /// From then on.
    pub since: Option<Timestamp>,
    /// Before then.
    pub until: Option<Timestamp>,
}

impl Within {
    fn bounds(self) -> (i64, i64) {
        (self.since.map_or(i64::MIN, to_time), self.until.map_or(i64::MAX, to_time))
    }
}

/// What one view tells about one thing.
#[derive(Debug, Clone, Copy)]
pub struct Topic<'a> {
    /// The node.
    pub node: &'a str,
    /// The view; none is the node as a whole.
    pub view: Option<&'a str>,
    /// What it is about, or the reading's name.
    pub what: &'a str,
    /// Of this detector only; an empty one is none.
    pub detector: Option<&'a str>,
}

/// The happenings of one topic that brought one state.
#[derive(Debug, Clone, PartialEq)]
pub struct Happened {
    /// The state.
    pub state: String,
    /// How many.
    pub count: u64,
    /// How long all of them went on, within the span.
    pub total: Duration,
    /// How long the longest did, within the span.
    pub longest: Duration,
    /// When the first began: before the span, where it went on then.
    pub first: Timestamp,
    /// When the last began.
    pub last: Timestamp,
    /// How many images belong to them.
    pub images: u64,
    /// Whether one of them still goes on.
    pub goes_on: bool,
}

/// The readings of one sensor in one unit.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Measured {
    /// The unit.
    pub unit: String,
    /// How many.
    pub count: u64,
    /// Their mean: each counts the same, however long it held.
    pub average: f64,
    /// The lowest.
    pub lowest: f64,
    /// When that was read first.
    pub lowest_at: Timestamp,
    /// The highest.
    pub highest: f64,
    /// When that was read first.
    pub highest_at: Timestamp,
}

/// The images of one view.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Kept {
    /// How many.
    pub count: u64,
    /// When the first was taken.
    pub first: Timestamp,
    /// When the last was.
    pub last: Timestamp,
    /// The last one's path below the data directory.
    pub file: String,
}

impl Index {
    /// What each view has told events about.
    pub fn kinds(&self) -> Result<Vec<(String, Option<String>, String)>, IndexError> {
        // From one kind to the next, however many events each has.
        let sql = "WITH RECURSIVE kind (view, what) AS (
              SELECT id, (SELECT min(what) FROM events WHERE view = id) FROM views
              UNION ALL
              SELECT view, (SELECT min(what) FROM events WHERE view = kind.view AND what > kind.what)
              FROM kind WHERE what IS NOT NULL)
            SELECT node, views.view, what FROM kind JOIN views ON id = kind.view WHERE what IS NOT NULL ORDER BY 1, 2, 3";
        let mut statement = self.connection.prepare(sql)?;
        let view = |view: String| (!view.is_empty()).then_some(view);
        let rows = statement.query_map([], |row| Ok((row.get(0)?, view(row.get(1)?), row.get(2)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What happened of `topic`, one row a state, the most frequent first. What still goes on is known to have done so
    /// until `known`.
    pub fn happened(&self, topic: &Topic, within: Within, known: Timestamp) -> Result<Vec<Happened>, IndexError> {
        let Some(view) = self.view_of(topic.node, topic.view)? else { return Ok(Vec::new()) };
        // What began in the span; what began within a day before it; what lasted for longer, in an index of its own.
        let row = "SELECT state, start, end, images, detector FROM events";
        let sql = format!(
            "SELECT state, count(*), total(long), max(long), min(start), max(start), sum(images), max(end IS NULL) FROM (
               SELECT *, max(0, min(coalesce(end, ?6), ?4) - max(start, ?3)) AS long FROM (
                 {row} INDEXED BY events_what WHERE view = ?1 AND what = ?2 AND start >= ?3 AND start < ?4
                 UNION ALL
                 {row} INDEXED BY events_what WHERE view = ?1 AND what = ?2 AND start >= ?7 AND start < ?3 AND start < ?4
                   AND end > ?3 AND end <= start + {DAY}
                 UNION ALL
                 {row} INDEXED BY events_long WHERE view = ?1 AND what = ?2 AND start < ?3 AND start < ?4
                   AND (end IS NULL OR end > start + {DAY}) AND (end IS NULL OR end > ?3))
               WHERE ?5 IS NULL OR detector = ?5)
             GROUP BY state ORDER BY 2 DESC, 1"
        );
        let (since, until) = within.bounds();
        let long = |nanoseconds: f64| Duration::from_nanos(nanoseconds as u64);
        let read = |row: &Row| {
            Ok(Happened {
                state: row.get(0)?,
                count: from_int(row.get(1)?),
                total: long(row.get(2)?),
                longest: long(row.get(3)?),
                first: from_time(row.get(4)?),
                last: from_time(row.get(5)?),
                images: from_int(row.get(6)?),
                goes_on: row.get(7)?,
            })
        };
        let day_before = since.saturating_sub(DAY);
        let values = params![view, topic.what, since, until, topic.detector, to_time(known), day_before];
        let mut statement = self.connection.prepare_cached(&sql)?;
        Ok(statement.query_map(values, read)?.collect::<Result<_, _>>()?)
    }

    /// When the last happening of `topic` began, of those that brought `state`, and when it was over.
    pub fn last(
        &self,
        topic: &Topic,
        state: Option<&str>,
    ) -> Result<Option<(Timestamp, Option<Timestamp>)>, IndexError> {
        let Some(view) = self.view_of(topic.node, topic.view)? else { return Ok(None) };
        let sql = "SELECT start, end FROM events INDEXED BY events_what WHERE view = ?1 AND what = ?2
            AND (?3 IS NULL OR detector = ?3) AND (?4 IS NULL OR state = ?4) ORDER BY start DESC LIMIT 1";
        let read = |row: &Row| Ok((from_time(row.get(0)?), row.get::<_, Option<i64>>(1)?.map(from_time)));
        let mut statement = self.connection.prepare_cached(sql)?;
        Ok(statement.query_row(params![view, topic.what, topic.detector, state], read).optional()?)
    }

    /// The states that the newest happenings of `topic` brought.
    pub fn states_of(&self, topic: &Topic) -> Result<Vec<String>, IndexError> {
        const NEWEST: u32 = 1000;
        let Some(view) = self.view_of(topic.node, topic.view)? else { return Ok(Vec::new()) };
        let sql = format!(
            "SELECT DISTINCT state FROM (SELECT state FROM events INDEXED BY events_what
               WHERE view = ?1 AND what = ?2 AND (?3 IS NULL OR detector = ?3) ORDER BY start DESC LIMIT {NEWEST})
             WHERE state <> '' ORDER BY 1"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let rows = statement.query_map(params![view, topic.what, topic.detector], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The readings called `topic.what`, one row a unit.
    pub fn measured(&self, topic: &Topic, within: Within) -> Result<Vec<Measured>, IndexError> {
        let Some(view) = self.view_of(topic.node, topic.view)? else { return Ok(Vec::new()) };
        let (since, until) = within.bounds();
        let of = "FROM readings INDEXED BY readings_name WHERE view = ?1 AND name = ?2 AND at >= ?3 AND at < ?4";
        let sql =
            format!("SELECT unit, count(*), avg(value), min(value), max(value) {of} GROUP BY unit ORDER BY 2 DESC");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let read = |row: &Row| {
            Ok(Measured {
                unit: row.get(0)?,
                count: from_int(row.get(1)?),
                average: row.get(2)?,
                lowest: row.get(3)?,
                highest: row.get(4)?,
                lowest_at: Timestamp::UNIX_EPOCH,
                highest_at: Timestamp::UNIX_EPOCH,
            })
        };
        let rows = statement.query_map(params![view, topic.what, since, until], read)?;
        let mut rows: Vec<Measured> = rows.collect::<Result<_, _>>()?;
        let mut first = self
            .connection
            .prepare_cached(&format!("SELECT at {of} AND unit = ?5 AND value = ?6 ORDER BY at LIMIT 1"))?;
        for row in &mut rows {
            let mut when = |value: f64| {
                let values = params![view, topic.what, since, until, row.unit, value];
                first.query_row(values, |row| Ok(from_time(row.get(0)?)))
            };
            (row.lowest_at, row.highest_at) = (when(row.lowest)?, when(row.highest)?);
        }
        Ok(rows)
    }

    /// When the newest readings called `topic.what` were read, the newest first.
    pub fn read_at(&self, topic: &Topic, count: usize) -> Result<Vec<Timestamp>, IndexError> {
        let Some(view) = self.view_of(topic.node, topic.view)? else { return Ok(Vec::new()) };
        let sql =
            "SELECT at FROM readings INDEXED BY readings_name WHERE view = ?1 AND name = ?2 ORDER BY at DESC LIMIT ?3";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map(params![view, topic.what, count as i64], |row| Ok(from_time(row.get(0)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The images of a view; none if there are none.
    pub fn kept(&self, node: &str, view: Option<&str>, within: Within) -> Result<Option<Kept>, IndexError> {
        let Some(id) = self.view_of(node, view)? else { return Ok(None) };
        let (since, until) = within.bounds();
        let of = "FROM images INDEXED BY images_view WHERE view = ?1 AND at >= ?2 AND at < ?3";
        let newest = format!("SELECT at, file {of} ORDER BY at DESC LIMIT 1");
        let read = |row: &Row| Ok((from_time(row.get(0)?), row.get::<_, String>(1)?));
        let newest = self.connection.prepare_cached(&newest)?.query_row(params![id, since, until], read).optional()?;
        let Some((last, file)) = newest else { return Ok(None) };
        let sum = format!("SELECT count(*), min(at) {of}");
        let read = |row: &Row| {
            Ok(Kept { count: from_int(row.get(0)?), first: from_time(row.get(1)?), last, file: file.clone() })
        };
        Ok(Some(self.connection.prepare_cached(&sum)?.query_row(params![id, since, until], read)?))
    }

    /// The views of which there are images.
    pub fn photographed(&self) -> Result<Vec<(String, Option<String>)>, IndexError> {
        let sql = "SELECT node, view FROM views
            WHERE EXISTS (SELECT 1 FROM images WHERE images.view = views.id) ORDER BY 1, 2";
        let mut statement = self.connection.prepare(sql)?;
        let view = |view: String| (!view.is_empty()).then_some(view);
        let rows = statement.query_map([], |row| Ok((row.get(0)?, view(row.get(1)?))))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    pub(super) fn view_of(&self, node: &str, view: Option<&str>) -> Result<Option<i64>, IndexError> {
        let mut statement = self.connection.prepare_cached("SELECT id FROM views WHERE node = ?1 AND view = ?2")?;
        Ok(statement.query_row(params![node, view.unwrap_or("")], |row| row.get(0)).optional()?)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Index;
    use super::*;
    use crate::sample::{event, image, shelve};

    /// A door that opens each hour of a day, for as many minutes as the hour has.
    fn doors() -> tempfile::TempDir {
        let times = |hour: u32, minute: u32| format!("2026-11-20T{hour:02}:{minute:02}:00Z");
        let turns = (1..24).flat_map(|hour| {
            [
                event("Barn Door|door|open", &times(hour, 0)),
                image("Barn Door|jpg", &times(hour, 0)),
                event("Barn Door|door|closed", &times(hour, hour)),
            ]
        });
        let mut entries: Vec<_> = turns.collect();
        entries.push(event("Barn Door|gate|open", "2026-11-18T00:00:00Z"));
        entries.push(event("Barn Door|Restart", "2026-11-17T23:50:00Z"));
        entries.push(event("Barn|Restart", "2026-11-17T23:50:00Z"));
        shelve(entries)
    }

    fn door<'a>(what: &'a str) -> Topic<'a> {
        Topic { node: "Barn", view: Some("Door"), what, detector: None }
    }

    #[test]
    fn lengths_are_those_within_the_span_and_what_began_before_it_counts() {
        let data = doors();
        let index = Index::read(data.path()).unwrap();
        let check = |what: &str, since: &str, until: &str, expected: (u64, u64, u64)| {
            let time = |text: &str| (!text.is_empty()).then(|| format!("2026-11-{text}:00Z").parse().unwrap());
            let within = Within { since: time(since), until: time(until) };
            let known = "2026-11-21T00:00:00Z".parse().unwrap();
            let sums = index.happened(&door(what), within, known).unwrap();
            let minutes = |time: Duration| time.as_secs() / 60;
            let found = sums.first().map_or((0, 0, 0), |sum| (sum.count, minutes(sum.total), minutes(sum.longest)));
            assert_eq!(found, expected, "{what} {since} {until}");
        };
        check("door", "", "", (23, 276, 23));
        check("DOOR", "20T00:00", "21T00:00", (23, 276, 23));
        check("door", "20T10:00", "20T12:00", (2, 21, 11));
        check("door", "20T10:05", "20T11:01", (2, 6, 5));
        check("door", "20T10:10", "20T11:00", (0, 0, 0));
        check("door", "20T22:10", "", (2, 35, 23));
        check("door", "", "20T01:00", (0, 0, 0));
        // Open for days, and at last for as long as is known.
        check("gate", "", "", (1, 3 * 1440, 3 * 1440));
        check("gate", "20T10:00", "20T11:00", (1, 60, 60));
        check("gate", "20T23:00", "", (1, 60, 60));
        check("gate", "", "17T00:00", (0, 0, 0));
        check("window", "", "", (0, 0, 0));
    }

    #[test]
    fn kinds_states_and_images_are_told_by_view() {
        let data = doors();
        let index = Index::read(data.path()).unwrap();
        let kinds: Vec<String> =
            index.kinds().unwrap().into_iter().map(|(node, view, what)| format!("{node} {view:?} {what}")).collect();
        let expected = [
            "Barn None Restart",
            "Barn Some(\"Door\") Restart",
            "Barn Some(\"Door\") door",
            "Barn Some(\"Door\") gate",
        ];
        assert_eq!(kinds, expected);
        assert_eq!(index.states_of(&door("door")).unwrap(), ["open"]);
        assert_eq!(index.photographed().unwrap(), [("Barn".to_owned(), Some("Door".to_owned()))]);
        let within = Within {
            since: Some("2026-11-20T10:00:00Z".parse().unwrap()),
            until: Some("2026-11-20T12:00:00Z".parse().unwrap()),
        };
        let kept = index.kept("Barn", Some("Door"), within).unwrap().unwrap();
        assert_eq!((kept.count, kept.last.to_string()), (2, "2026-11-20T11:00:00Z".to_owned()));
        assert_eq!(index.kept("Barn", None, within).unwrap(), None);
        assert_eq!(
            index.last(&door("gate"), Some("open")).unwrap().map(|(start, _)| start.to_string()),
            Some("2026-11-18T00:00:00Z".to_owned())
        );
    }
}
