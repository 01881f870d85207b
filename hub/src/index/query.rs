//! What people ask the index: rows for the lists, oldest first, by node, view, kind and time.
//!
//! A question about some views or one kind is asked view by view, as one compound query: each part then walks one
//! index in the order of time, SQLite merges them, and nothing is read beyond the limit however many rows there are.
//! Long answers are read in chunks, so that somebody who reads slowly does not hold up the writer's clean-up.

use std::collections::HashMap;
use std::io;

use picket_common::time::Timestamp;
use serde_json::Value;

use super::rows::{EventRow, ImageRow, NodeRow, ReadingRow, StateRow};
use super::sql::{Row, params_from_iter};
use super::{Index, IndexError, from_int, from_time, to_time};
use crate::access::Sight;
use crate::ongoing::Trouble;

/// More views than this are asked for in one part.
const MAX_PARTS: usize = 100;

/// What lasts for longer has an index of its own.
pub(super) const DAY: i64 = 86_400_000_000_000;

/// Rows read at once.
const CHUNK: usize = 10_000;

/// Which rows are wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Of this node, in whatever case.
    pub node: Option<String>,
    /// Of this view, in whatever case.
    pub view: Option<String>,
    /// For events what they are about, for images their role.
    pub kind: Option<String>,
    /// From then on.
    pub since: Option<Timestamp>,
    /// Before then.
    pub until: Option<Timestamp>,
    /// Only the newest.
    pub limit: Option<usize>,
    /// Only what whoever asks may see.
    pub sight: Sight,
}

pub(super) type Views = HashMap<i64, (String, Option<String>)>;

pub(super) const EVENT: &str =
    "SELECT number, start, end, view, what, detector, state, event, cut, score, boxes, grid, reason,
    images, (SELECT file FROM images WHERE images.number = best), NULL, NULL, text, gone,
    EXISTS (SELECT 1 FROM pins WHERE pins.number = events.number),
    (SELECT was FROM stamps WHERE stamps.number = events.number),
    (SELECT doubtful FROM stamps WHERE stamps.number = events.number) FROM events";
const READING: &str = "SELECT number, at, at, view, name, '', '', NULL, 0, NULL, NULL, NULL, NULL,
    0, NULL, value, unit, text, 0, 0, (SELECT was FROM stamps WHERE stamps.number = readings.number),
    (SELECT doubtful FROM stamps WHERE stamps.number = readings.number) FROM readings";
pub(super) const IMAGE: &str = concat!(
    "SELECT number, at, received, view, role, event, width, height, size, checksum, file, text,
    (SELECT json_group_array(json_object('event', event, 'role', role)) FROM shares
     WHERE shares.view = images.view AND shares.at = images.at AND shares.event IS NOT images.event), ",
    pinned!(),
    ", (SELECT was FROM stamps WHERE stamps.number = images.number),
     (SELECT doubtful FROM stamps WHERE stamps.number = images.number) FROM images"
);

impl Index {
    /// Hands the events and readings wanted to `each`, oldest first; tells whether the limit left any out.
    /// What began before `since` and went on then is among them.
    pub fn events(
        &self,
        wanted: &Wanted,
        each: &mut dyn FnMut(EventRow) -> io::Result<()>,
    ) -> Result<bool, IndexError> {
        let views = self.views()?;
        let chosen = choose(&views, wanted);
        let mut parts = Vec::new();
        for view in conditions(&chosen, wanted) {
            parts.push(part(EVENT, &view, "start", wanted, "what"));
            parts.push(part(READING, &view, "at", wanted, "name"));
        }
        if let Some(since) = wanted.since {
            parts.extend(straddling(&one_of(&chosen), wanted, since));
        }
        self.compound(&parts, wanted, |row| event_row(row, &views), each)
    }

    /// Hands the images wanted to `each`, oldest first; tells whether the limit left any out.
    pub fn images(
        &self,
        wanted: &Wanted,
        each: &mut dyn FnMut(ImageRow) -> io::Result<()>,
    ) -> Result<bool, IndexError> {
        let views = self.views()?;
        let chosen = conditions(&choose(&views, wanted), wanted);
        let parts: Vec<Part> = chosen.iter().map(|view| part(IMAGE, view, "at", wanted, "role")).collect();
        self.compound(&parts, wanted, |row| image_row(row, &views), each)
    }

    /// The nodes wanted by name, by view and by when they were last heard, in the order of their names;
    /// `kind` chooses among their states and readings.
    pub fn nodes(&self, wanted: &Wanted) -> Result<Vec<NodeRow>, IndexError> {
        let views = self.views()?;
        let sql = "SELECT name, first, last, restarted, version, hardware, health,
              (SELECT reason FROM events JOIN views ON views.id = events.view
               WHERE node = nodes.name AND what = ?1 AND state = ?2 AND end IS NULL ORDER BY number DESC LIMIT 1)
            FROM nodes ORDER BY name COLLATE NOCASE";
        let mut statement = self.connection.prepare(sql)?;
        let twins = [Trouble::Twins.what(), Trouble::Twins.begins()[0]];
        let rows = statement.query_map(twins, |row| {
            let health: Option<String> = row.get(6)?;
            Ok(NodeRow {
                node: row.get(0)?,
                first_seen: from_time(row.get(1)?),
                last_seen: from_time(row.get(2)?),
                silent: false,
                restarted: row.get::<_, Option<i64>>(3)?.map(from_time),
                version: row.get(4)?,
                hardware: row.get(5)?,
                health: json(health),
                twins: row.get(7)?,
                states: Vec::new(),
                readings: Vec::new(),
            })
        })?;
        let mut nodes: Vec<NodeRow> = rows.collect::<Result<_, _>>()?;
        nodes.retain(|node| {
            same(&wanted.node, Some(&node.node))
                && wanted.sight.has_some_of(&node.node)
                && wanted.since.is_none_or(|since| since <= node.last_seen)
                && wanted.until.is_none_or(|until| node.last_seen < until)
        });
        self.add_states(&mut nodes, &views, wanted)?;
        self.add_readings(&mut nodes, &views, wanted)?;
        nodes.iter_mut().filter(|node| !wanted.sight.has(&node.node, None)).for_each(NodeRow::hide_the_whole);
        if wanted.view.is_some() || wanted.kind.is_some() {
            nodes.retain(|node| !node.states.is_empty() || !node.readings.is_empty());
        }
        Ok(nodes)
    }

    fn add_states(&self, nodes: &mut [NodeRow], views: &Views, wanted: &Wanted) -> Result<(), IndexError> {
        let mut statement = self.connection.prepare("SELECT * FROM states ORDER BY view, what, detector")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let Some((node, view)) = views.get(&row.get(0)?) else { continue };
            let Some(node) = nodes.iter_mut().find(|row| row.node == *node) else { continue };
            let state = StateRow {
                view: view.clone(),
                what: row.get(1)?,
                detector: filled(row.get(2)?),
                state: row.get(3)?,
                since: from_time(row.get(4)?),
                before: row.get(5)?,
                before_since: row.get::<_, Option<i64>>(6)?.map(from_time),
            };
            node.silent |= Trouble::of(&state.what, &state.state) == Some((Trouble::Silent, true));
            let is_seen = wanted.sight.has(&node.node, state.view.as_deref());
            if is_seen && same(&wanted.view, state.view.as_ref()) && same(&wanted.kind, Some(&state.what)) {
                node.states.push(state);
            }
        }
        Ok(())
    }

    fn add_readings(&self, nodes: &mut [NodeRow], views: &Views, wanted: &Wanted) -> Result<(), IndexError> {
        let mut statement = self.connection.prepare("SELECT * FROM latest ORDER BY view, name")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let Some((node, view)) = views.get(&row.get(0)?) else { continue };
            let Some(node) = nodes.iter_mut().find(|row| row.node == *node) else { continue };
            let reading = ReadingRow {
                view: view.clone(),
                name: row.get(1)?,
                value: row.get(2)?,
                unit: row.get(3)?,
                at: from_time(row.get(4)?),
            };
            let is_seen = wanted.sight.has(&node.node, reading.view.as_deref());
            if is_seen && same(&wanted.view, reading.view.as_ref()) && same(&wanted.kind, Some(&reading.name)) {
                node.readings.push(reading);
            }
        }
        Ok(())
    }

    pub(super) fn views(&self) -> Result<Views, IndexError> {
        let mut statement = self.connection.prepare("SELECT id, node, view FROM views")?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, (row.get(1)?, filled(row.get(2)?)))))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Runs `parts` as one query in the order of time (column 2) and number (column 1).
    fn compound<T>(
        &self,
        parts: &[Part],
        wanted: &Wanted,
        read: impl Fn(&Row) -> Result<T, super::sql::Error>,
        each: &mut dyn FnMut(T) -> io::Result<()>,
    ) -> Result<bool, IndexError> {
        let kind = wanted.kind.as_deref();
        if let Some(limit) = wanted.limit {
            // One more than wanted tells whether there are more.
            let mut newest = self.chunk(parts, kind, None, "2 DESC, 1 DESC", limit.saturating_add(1), &read)?;
            let cut = limit < newest.len();
            newest.truncate(limit);
            newest.into_iter().rev().try_for_each(|(_, row)| each(row))?;
            return Ok(cut);
        }
        let mut after = None;
        loop {
            let rows = self.chunk(parts, kind, after, "2, 1", CHUNK, &read)?;
            let Some((last, _)) = rows.last() else { return Ok(false) };
            after = Some(*last);
            rows.into_iter().try_for_each(|(_, row)| each(row))?;
        }
    }

    /// Up to `count` rows, each with its place in the order, from behind the place `after` on.
    fn chunk<T>(
        &self,
        parts: &[Part],
        kind: Option<&str>,
        after: Option<Place>,
        order: &str,
        count: usize,
        read: impl Fn(&Row) -> Result<T, super::sql::Error>,
    ) -> Result<Vec<(Place, T)>, IndexError> {
        let parts: Vec<String> = parts.iter().map(|part| part.sql(after)).collect();
        let count = count.min(i32::MAX as usize);
        let query = format!("{} ORDER BY {order} LIMIT {count}", parts.join(" UNION ALL "));
        let mut statement = self.connection.prepare(&query)?;
        let place = |row: &Row| Ok::<_, super::sql::Error>((row.get(1)?, row.get(0)?));
        let rows = statement.query_map(params_from_iter(kind), |row| Ok((place(row)?, read(row)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// A row's place in the order: its time and its number.
type Place = (i64, i64);

/// One part of a compound query.
struct Part {
    from: String,
    time: &'static str,
    conditions: String,
}

impl Part {
    fn sql(&self, after: Option<Place>) -> String {
        let Part { from, time, conditions } = self;
        let after = after.map(|(at, number)| format!(" AND {time} >= {at} AND ({time} > {at} OR number > {number})"));
        format!("{from} WHERE {conditions}{}", after.unwrap_or_default())
    }
}

/// The views that are asked for, by their rows' ids.
fn choose(views: &Views, wanted: &Wanted) -> Vec<i64> {
    let wants = |(node, view): &(String, Option<String>)| {
        same(&wanted.node, Some(node)) && same(&wanted.view, view.as_ref()) && wanted.sight.has(node, view.as_deref())
    };
    let mut ids: Vec<i64> = views.iter().filter(|(_, names)| wants(names)).map(|(id, _)| *id).collect();
    ids.sort_unstable();
    ids
}

/// The conditions on `view` that the parts of a query have, at least one.
fn conditions(chosen: &[i64], wanted: &Wanted) -> Vec<String> {
    if wanted.node.is_none() && wanted.view.is_none() && wanted.kind.is_none() && wanted.sight.is_everything() {
        return vec!["1".to_owned()];
    }
    if chosen.is_empty() || MAX_PARTS < chosen.len() {
        return vec![one_of(chosen)];
    }
    chosen.iter().map(|id| format!("view = {id}")).collect()
}

/// That a row is of one of these views.
pub(super) fn one_of(chosen: &[i64]) -> String {
    if chosen.is_empty() {
        // SQLite refuses to walk the index that a query names for nothing at all.
        return "view IN (NULL)".to_owned();
    }
    let all: Vec<String> = chosen.iter().map(i64::to_string).collect();
    format!("view IN ({})", all.join(","))
}

/// The events that began before `since` and went on then: short ones are found by when they began, and those
/// that lasted for more than a day, or still do, in an index of their own.
fn straddling(view: &str, wanted: &Wanted, since: Timestamp) -> [Part; 2] {
    let until = wanted.until.map_or(since, |until| until.min(since));
    let since = to_time(since);
    let began = |since| Wanted { since, until: Some(until), ..wanted.clone() };
    let short = format!("{view} AND end > {since} AND end <= start + {DAY}");
    let long = format!("{view} AND (end IS NULL OR end > start + {DAY}) AND (end IS NULL OR end > {since})");
    let day_before = from_time(since.saturating_sub(DAY));
    [
        part(EVENT, &short, "start", &began(Some(day_before)), "what"),
        part(&format!("{EVENT} INDEXED BY events_long"), &long, "start", &began(None), "what"),
    ]
}

fn part(from: &str, view: &str, time: &'static str, wanted: &Wanted, kind: &str) -> Part {
    let mut conditions = view.to_owned();
    if let Some(since) = wanted.since {
        conditions += &format!(" AND {time} >= {}", to_time(since));
    }
    if let Some(until) = wanted.until {
        conditions += &format!(" AND {time} < {}", to_time(until));
    }
    if wanted.kind.is_some() {
        conditions += &format!(" AND {kind} = ?1");
    }
    Part { from: from.to_owned(), time, conditions }
}

/// Names are compared in any case, of any script.
pub(super) fn same(wanted: &Option<String>, found: Option<&String>) -> bool {
    let Some(wanted) = wanted else { return true };
    found.is_some_and(|found| found.to_lowercase() == wanted.to_lowercase())
}

fn filled(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

fn json(text: Option<String>) -> Value {
    text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or(Value::Null)
}

pub(super) fn event_row(row: &Row, views: &Views) -> Result<EventRow, super::sql::Error> {
    let (node, view) = views.get(&row.get(3)?).cloned().unwrap_or_default();
    let (value, unit): (Option<f64>, Option<String>) = (row.get(15)?, row.get(16)?);
    let state = match (value, &unit) {
        (Some(value), Some(unit)) => format!("{value} {unit}").trim_end().to_owned(),
        _ => row.get(6)?,
    };
    Ok(EventRow {
        number: from_int(row.get(0)?),
        event: row.get(7)?,
        node,
        view,
        what: row.get(4)?,
        detector: filled(row.get(5)?),
        state,
        start: from_time(row.get(1)?),
        end: row.get::<_, Option<i64>>(2)?.map(from_time),
        cut: row.get(8)?,
        score: row.get(9)?,
        boxes: json(row.get(10)?),
        grid: row.get(11)?,
        reason: row.get(12)?,
        images: from_int(row.get(13)?),
        gone: from_int(row.get(18)?),
        pinned: row.get(19)?,
        best: row.get(14)?,
        value,
        unit,
        text: row.get(17)?,
        was: row.get::<_, Option<i64>>(20)?.map(from_time),
        doubtful: row.get::<_, Option<bool>>(21)?.unwrap_or(false),
    })
}

pub(super) fn image_row(row: &Row, views: &Views) -> Result<ImageRow, super::sql::Error> {
    let (node, view) = views.get(&row.get(3)?).cloned().unwrap_or_default();
    let pixels = |side: Option<i64>| side.map(from_int);
    Ok(ImageRow {
        number: from_int(row.get(0)?),
        node,
        view,
        at: from_time(row.get(1)?),
        received: from_time(row.get(2)?),
        role: row.get(4)?,
        event: row.get(5)?,
        width: pixels(row.get(6)?),
        height: pixels(row.get(7)?),
        size: from_int(row.get(8)?),
        checksum: row.get(9)?,
        file: row.get(10)?,
        text: row.get(11)?,
        also: json(row.get(12)?),
        pinned: row.get(13)?,
        was: row.get::<_, Option<i64>>(14)?.map(from_time),
        doubtful: row.get::<_, Option<bool>>(15)?.unwrap_or(false),
    })
}
