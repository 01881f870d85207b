//! Lists for people who look through what happened: events and images by everything that they can be told apart by, newest
//! first, a page at a time. Each index that is walked holds nothing but what is wanted by node, view and kind or state; the
//! rest is looked at row by row.

use std::collections::{HashMap, HashSet};

use jiff::civil::Time;
use jiff::tz::TimeZone;
use picket_common::time::Timestamp;

use super::query::{self, DAY, Views, same};
use super::rows::{ImageRow, Reviewable};
use super::sql::{OptionalExtension, Row, params};
use super::walk::{Cursor, Look, Page, Part, walk};
use super::{Index, IndexError, from_time, to_time};
use crate::access::Sight;

/// More indexes than this are not walked side by side.
const MAX_PARTS: usize = 100;

/// What is looked for. What is empty or none excludes nothing.
#[derive(Debug, Clone, Default)]
pub struct Sought {
    /// Of one of these nodes, in whatever case.
    pub nodes: Vec<String>,
    /// Of one of these views, in whatever case.
    pub views: Vec<String>,
    /// For events what they are about, for images their role.
    pub kind: Option<String>,
    /// From then on.
    pub since: Option<Timestamp>,
    /// Before then.
    pub until: Option<Timestamp>,
    /// What whoever looks may see.
    pub sight: Sight,
}

/// Which events are looked for.
#[derive(Debug, Clone, Default)]
pub struct SoughtEvents {
    /// What images have too.
    pub common: Sought,
    /// In this state.
    pub state: Option<String>,
    /// In one of these states, each of a node and a view.
    pub labelled: Option<Vec<(String, Option<String>, String)>>,
    /// Between these times of the day, by a clock in this zone; over midnight where the first is the later one.
    pub times: Option<(Time, Time, TimeZone)>,
    /// Whether `user` has reviewed it.
    pub reviewed: Option<bool>,
    /// Whether it is pinned.
    pub pinned: Option<bool>,
    /// Whose reviews count; none where the hub has no users.
    pub user: Option<String>,
}

/// Views by their rows' ids, as chosen by a [`Sought`].
pub(super) struct Chosen {
    ids: HashSet<i64>,
    /// All that there are.
    pub(super) all: bool,
}

impl Index {
    /// The events looked for behind `cursor`, the newest first. What began before `since` and went on then is among them.
    pub fn page_of_events(
        &self,
        sought: &SoughtEvents,
        cursor: Option<Cursor>,
        limit: usize,
    ) -> Result<Page<Reviewable>, IndexError> {
        let views = self.views()?;
        let chosen = choose(&views, &sought.common);
        let states = states(&views, &chosen, sought);
        let (parts, texts) = event_parts(sought, &chosen, states.as_ref());
        let mut look = |row: &Row| self.look(row, sought, &chosen, states.as_ref());
        let cursor = start(cursor, &sought.common);
        let Page { rows, next } = walk(&self.connection, (&parts, &texts), cursor, limit, &mut look)?;
        let who = (sought.user.as_deref(), &sought.common.sight);
        let rows: Result<Vec<_>, _> = rows.into_iter().map(|number| self.reviewable(number, who, &views)).collect();
        Ok(Page { rows: rows?.into_iter().flatten().collect(), next })
    }

    /// The images looked for behind `cursor`, the newest first; `event` is the id of one to which they belong.
    pub fn page_of_images(
        &self,
        sought: &Sought,
        event: Option<&str>,
        cursor: Option<Cursor>,
        limit: usize,
    ) -> Result<Page<ImageRow>, IndexError> {
        let views = self.views()?;
        let chosen = choose(&views, sought);
        let (parts, texts) = image_parts(sought, event, &chosen);
        let since = sought.since.map_or(i64::MIN, to_time);
        let mut look = |row: &Row| {
            let (at, view, role): (i64, i64, Option<String>) = (row.get(1)?, row.get(2)?, row.get(3)?);
            let wanted = since <= at && chosen.has(view) && is(&sought.kind, role.as_deref());
            Ok(if wanted { Look::Take } else { Look::Pass })
        };
        let cursor = start(cursor, sought);
        let Page { rows, next } = walk(&self.connection, (&parts, &texts), cursor, limit, &mut look)?;
        let rows: Result<Vec<_>, _> = rows.into_iter().map(|number| self.image_in(number, &views)).collect();
        Ok(Page { rows: rows?.into_iter().flatten().collect(), next })
    }

    /// Whether an event is looked for: a row with its number, start, view, what, state and end.
    fn look(
        &self,
        row: &Row,
        sought: &SoughtEvents,
        chosen: &Chosen,
        states: Option<&HashSet<(i64, String)>>,
    ) -> Result<Look, IndexError> {
        let (number, start, view): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        if let Some((from, to, zone)) = &sought.times
            && let Some(end) = last_end(from_time(start), (*from, *to), zone)
        {
            return Ok(Look::Leap(end));
        }
        let end: Option<i64> = row.get(5)?;
        let since = sought.common.since.map_or(i64::MIN, to_time);
        let wanted = (since <= start || end.is_none_or(|end| since < end))
            && chosen.has(view)
            && is(&sought.common.kind, Some(&row.get::<_, String>(3)?))
            && states.is_none_or(|states| row.get::<_, String>(4).is_ok_and(|state| has(states, view, &state)))
            && match sought.reviewed {
                None => true,
                Some(reviewed) => reviewed == self.is_reviewed(number, sought.user.as_deref())?,
            }
            && match sought.pinned {
                None => true,
                Some(pinned) => pinned == self.is_pinned(number)?,
            };
        Ok(if wanted { Look::Take } else { Look::Pass })
    }

    pub(super) fn is_reviewed(&self, number: i64, user: Option<&str>) -> Result<bool, IndexError> {
        let sql = "SELECT 1 FROM reviewed WHERE number = ?1 AND user = ?2";
        Ok(self.connection.prepare_cached(sql)?.exists(params![number, user.unwrap_or_default()])?)
    }

    fn is_pinned(&self, number: i64) -> Result<bool, IndexError> {
        let sql = "SELECT 1 FROM pins WHERE number = ?1";
        Ok(self.connection.prepare_cached(sql)?.query_row([number], |_| Ok(())).optional()?.is_some())
    }
}

impl Chosen {
    fn has(&self, view: i64) -> bool {
        self.all || self.ids.contains(&view)
    }

    pub(super) fn sorted(&self) -> Vec<i64> {
        let mut ids: Vec<i64> = self.ids.iter().copied().collect();
        ids.sort_unstable();
        ids
    }
}

pub(super) fn choose(views: &Views, sought: &Sought) -> Chosen {
    let among = |wanted: &[String], found: Option<&String>| {
        wanted.is_empty() || wanted.iter().any(|wanted| same(&Some(wanted.clone()), found))
    };
    let all = sought.nodes.is_empty() && sought.views.is_empty() && sought.sight.is_everything();
    let wants = |node: &String, view: Option<&String>| {
        all || among(&sought.nodes, Some(node))
            && among(&sought.views, view)
            && sought.sight.has(node, view.map(String::as_str))
    };
    let ids = views.iter().filter(|(_, (node, view))| wants(node, view.as_ref())).map(|(id, _)| *id).collect();
    Chosen { ids, all }
}

/// The states looked for, in small letters, each with its view; none where all are.
fn states(views: &Views, chosen: &Chosen, sought: &SoughtEvents) -> Option<HashSet<(i64, String)>> {
    let plain = sought.state.as_ref().map(|state| state.to_ascii_lowercase());
    let Some(labelled) = &sought.labelled else {
        return plain.map(|state| chosen.ids.iter().map(|view| (*view, state.clone())).collect());
    };
    let ids: HashMap<(&String, Option<&String>), i64> =
        views.iter().map(|(id, (node, view))| ((node, view.as_ref()), *id)).collect();
    let id = |(node, view, state): &(String, Option<String>, String)| {
        let state = state.to_ascii_lowercase();
        let view = ids.get(&(node, view.as_ref()))?;
        (chosen.has(*view) && plain.as_ref().is_none_or(|plain| *plain == state)).then_some((*view, state))
    };
    Some(labelled.iter().filter_map(id).collect())
}

fn has(states: &HashSet<(i64, String)>, view: i64, state: &str) -> bool {
    states.contains(&(view, state.to_ascii_lowercase()))
}

/// Where a list begins.
fn start(cursor: Option<Cursor>, sought: &Sought) -> Option<Cursor> {
    let until = sought.until.map(Cursor::before);
    cursor.into_iter().chain(until).min()
}

const EVENT: &str = "SELECT number, start, view, what, state, end FROM events";

/// The indexes to walk for events, and the texts that they name.
fn event_parts(
    sought: &SoughtEvents,
    chosen: &Chosen,
    states: Option<&HashSet<(i64, String)>>,
) -> (Vec<Part>, Vec<String>) {
    let since = sought.common.since.map(to_time);
    // What began a day before and went on is found on the way.
    let first = since.map_or(i64::MIN, |since| since.saturating_sub(DAY));
    let part = |from: &str, condition: &str| Part {
        select: format!("{EVENT} {from} WHERE {condition} AND start >= {first}"),
        time: "start",
    };
    if sought.pinned == Some(true) {
        // They are as many as people have pinned.
        let pinned = "number IN (SELECT number FROM pins WHERE what = 'event')";
        let select = format!("{EVENT} WHERE {pinned}");
        return (vec![Part { select, time: "start" }], Vec::new());
    }
    let mut texts: Vec<String> = sought.common.kind.iter().cloned().collect();
    let mut parts: Vec<Part> = match states {
        Some(states) if states.len() <= MAX_PARTS => {
            texts.clear();
            let mut states: Vec<_> = states.iter().collect();
            states.sort_unstable();
            let place = |texts: &mut Vec<String>, state: &String| {
                texts.iter().position(|text| text == state).unwrap_or_else(|| {
                    texts.push(state.clone());
                    texts.len() - 1
                }) + 1
            };
            let mut of = |(view, state): &(i64, String)| {
                let place = place(&mut texts, state);
                part("INDEXED BY events_state", &format!("view = {view} AND state COLLATE NOCASE = ?{place}"))
            };
            states.into_iter().map(&mut of).collect()
        }
        _ if chosen.all && texts.is_empty() || chosen.ids.len() > MAX_PARTS => {
            texts.clear();
            vec![part("INDEXED BY events_start", "1")]
        }
        _ if texts.is_empty() => {
            let of = |view: i64| part("INDEXED BY events_view", &format!("view = {view}"));
            chosen.sorted().into_iter().map(of).collect()
        }
        _ => {
            let of = |view: i64| part("INDEXED BY events_what", &format!("view = {view} AND what = ?1"));
            chosen.sorted().into_iter().map(of).collect()
        }
    };
    // Of no view there is nothing, and nothing that names a kind.
    if let Some(since) = since.filter(|_| !chosen.ids.is_empty()) {
        let ids = query::one_of(&chosen.sorted());
        let select = format!(
            "{EVENT} INDEXED BY events_long WHERE {ids} AND (end IS NULL OR end > start + {DAY})
             AND (end IS NULL OR end > {since}) AND start < {first}"
        );
        parts.push(Part { select, time: "start" });
    }
    (parts, texts)
}

fn image_parts(sought: &Sought, event: Option<&str>, chosen: &Chosen) -> (Vec<Part>, Vec<String>) {
    let first = sought.since.map_or(i64::MIN, to_time);
    let part = |from: &str, condition: &str| Part {
        select: format!("SELECT number, at, view, role FROM images {from} WHERE {condition} AND at >= {first}"),
        time: "at",
    };
    if let Some(event) = event {
        let condition = "number IN (SELECT number FROM event_images WHERE event = ?1)";
        return (vec![part("", condition)], vec![event.to_owned()]);
    }
    let kind = sought.kind.clone();
    if chosen.all && kind.is_none() || chosen.ids.len() > MAX_PARTS {
        return (vec![part("INDEXED BY images_at", "1")], Vec::new());
    }
    let of = |view: i64| match &kind {
        None => part("INDEXED BY images_view", &format!("view = {view}")),
        Some(_) => part("INDEXED BY images_role", &format!("view = {view} AND role = ?1")),
    };
    (chosen.sorted().into_iter().map(of).collect(), kind.into_iter().collect())
}

/// Where `time` is not between the times of the day, the end of the last span before it that was.
fn last_end(time: Timestamp, (from, to): (Time, Time), zone: &TimeZone) -> Option<i64> {
    let local = zone.to_datetime(time);
    let clock = local.time();
    let within = if from <= to { from <= clock && clock < to } else { from <= clock || clock < to };
    if within || from == to {
        return None;
    }
    let day = if to <= clock { Ok(local.date()) } else { local.date().yesterday() };
    let end = day.and_then(|day| day.to_datetime(to).to_zoned(zone.clone()));
    Some(end.map_or(i64::MIN, |end| to_time(end.timestamp().min(time))))
}

fn is(wanted: &Option<String>, found: Option<&str>) -> bool {
    wanted.as_ref().is_none_or(|wanted| found.is_some_and(|found| found.eq_ignore_ascii_case(wanted)))
}

#[cfg(test)]
mod tests;
