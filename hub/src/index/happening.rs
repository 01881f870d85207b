//! Happenings: messages with one event id, or an old sender's `moving` and `still`, merged into one row of
//! `events`; and the present states. Messages may come late, twice, or without the ones before them.

use picket_common::event::Role;

use super::days::Days;
use super::sql::{OptionalExtension, Row, Transaction, params};
use super::{IndexError, changes, to_int, to_time};
use crate::entry::Entry;
use crate::fact::{Change, Frame, Step};
use crate::ongoing::Trouble;

/// What is merged of a happening's messages.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Happening {
    pub(super) start: i64,
    /// None while it goes on.
    pub(super) end: Option<i64>,
    /// A restart of the node ended it, not a message of its own.
    pub(super) cut: bool,
    pub(super) state: String,
    pub(super) score: Option<f64>,
    pub(super) boxes: Option<String>,
    pub(super) grid: Option<String>,
    pub(super) reason: Option<String>,
}

impl Happening {
    /// The happening as far as its first message tells.
    pub(super) fn first(change: &Change, at: i64) -> Happening {
        let end = matches!(change.step, Step::End | Step::Point).then_some(at);
        let mut happening = Happening { start: at, end, state: change.state.clone(), ..Happening::default() };
        happening.details(change);
        happening
    }

    /// Merges a further message.
    pub(super) fn merge(&mut self, change: &Change, at: i64) {
        let known_by_end_only = self.end == Some(self.start) && !self.cut;
        if change.step != Step::End && (at < self.start || known_by_end_only) {
            self.state.clone_from(&change.state);
        }
        if change.step == Step::End {
            // Its own end is better than the restart's; of two ends the later one holds.
            let before = self.end.filter(|_| !self.cut).unwrap_or(at);
            self.end = Some(at.max(before).max(self.start));
            self.cut = false;
        } else {
            self.start = self.start.min(at);
        }
        self.details(change);
    }

    /// The node restarted at `time`: what it had begun before is over.
    fn restart(&mut self, time: i64) {
        if self.end.is_none() && self.start < time {
            self.end = Some(time);
            self.cut = true;
        }
    }

    /// What the import decided: it does not go on now, though nothing tells its end.
    fn cut_short(&mut self, entry: &Entry) {
        if let Some(until) = entry.import.as_ref().and_then(|import| import.until) {
            self.restart(to_time(until).max(self.start + 1));
        }
    }

    fn details(&mut self, change: &Change) {
        let peak = change.score.is_some_and(|score| self.score.is_none_or(|peak| peak < score));
        if peak {
            self.score = change.score;
        }
        if !change.boxes.is_empty() && (peak || self.boxes.is_none()) {
            self.boxes = serde_json::to_string(&change.boxes).ok();
        }
        if change.grid.is_some() {
            self.grid.clone_from(&change.grid);
        }
        if change.reason.is_some() {
            self.reason.clone_from(&change.reason);
        }
    }

    fn read(row: &Row) -> Result<(i64, Happening), super::sql::Error> {
        let happening = Happening {
            start: row.get(1)?,
            end: row.get(2)?,
            cut: row.get(3)?,
            state: row.get(4)?,
            score: row.get(5)?,
            boxes: row.get(6)?,
            grid: row.get(7)?,
            reason: row.get(8)?,
        };
        Ok((row.get(0)?, happening))
    }
}

/// Notes journal record `number`: a change in `view`, a row of `views`.
pub(super) fn note(
    transaction: &Transaction,
    days: &mut Days,
    (number, view): (u64, i64),
    entry: &Entry,
    change: &Change,
) -> Result<(), IndexError> {
    let at = to_time(entry.at);
    if change.is_restart() {
        restart(transaction, number, entry, at)?;
    } else if change.is_state() && !entry.import.as_ref().is_some_and(|import| import.past) {
        state(transaction, view, entry, change, at)?;
    }
    let found = match (&entry.event, change.step) {
        (Some(event), _) => by_id(transaction, event, &entry.node)?,
        (None, Step::Start | Step::End) => open(transaction, view, entry, change)?,
        (None, _) => None,
    };
    match found {
        Some((row, mut happening)) => {
            let before = happening.start;
            happening.merge(change, at);
            happening.cut_short(entry);
            changes::note(transaction, number, row)?;
            update(transaction, row, &happening)?;
            days.event_moved(transaction, row, (before, happening.start))
        }
        None => {
            let mut happening = Happening::first(change, at);
            happening.cut_short(entry);
            // What the hub notices does not end because a node restarts. And an import tells a node's restarts in
            // their order, and which of them it does not know of itself.
            if change.trouble().is_none()
                && entry.import.is_none()
                && let Some(time) = restarted(transaction, &entry.node)?
            {
                happening.restart(time);
            }
            days.event(view, happening.start);
            insert(transaction, number, view, entry, change, &happening)
        }
    }
}

/// Counts image `number` into the happening it belongs to: the one it names or, for an old sender, those that go on in its view.
pub(super) fn count_image(
    transaction: &Transaction,
    number: u64,
    view: i64,
    entry: &Entry,
    frame: &Frame,
) -> Result<(), IndexError> {
    let Some(event) = &entry.event else {
        let sql = "UPDATE events INDEXED BY events_long SET images = images + 1
            WHERE view = ?1 AND end IS NULL AND event IS NULL AND start <= ?2";
        transaction.prepare_cached(sql)?.execute(params![view, to_time(entry.at)])?;
        return Ok(());
    };
    count(transaction, (event, &entry.node), to_int(number), frame.role.as_deref())
}

/// Counts image `number` into an event of a node, where something is known of the event already.
pub(super) fn count(
    transaction: &Transaction,
    (event, node): (&str, &str),
    number: i64,
    role: Option<&str>,
) -> Result<(), IndexError> {
    let best = role == Some(Role::Best.word());
    let trigger = [Role::Trigger, Role::Snapshot].map(Role::word).into_iter().any(|word| role == Some(word));
    let sql = "UPDATE events SET images = images + 1,
            best = CASE WHEN ?3 OR (?4 AND best IS NULL) THEN ?5 ELSE best END
        WHERE event = ?1 AND view IN (SELECT id FROM views WHERE node = ?2)";
    transaction.prepare_cached(sql)?.execute(params![event, node, best, trigger, number])?;
    Ok(())
}

fn by_id(transaction: &Transaction, event: &str, node: &str) -> Result<Option<(i64, Happening)>, IndexError> {
    let sql = "SELECT number, start, end, cut, state, score, boxes, grid, reason FROM events
        WHERE event = ?1 AND view IN (SELECT id FROM views WHERE node = ?2)";
    Ok(transaction.prepare_cached(sql)?.query_row([event, node], Happening::read).optional()?)
}

/// What goes on without an id. Where the hub gave the time, the order of arrival tells before and after, whatever
/// its clock did meanwhile; else, and for what is taken over long after, a change from before the beginning does not
/// concern it.
fn open(
    transaction: &Transaction,
    view: i64,
    entry: &Entry,
    change: &Change,
) -> Result<Option<(i64, Happening)>, IndexError> {
    let sql = "SELECT number, start, end, cut, state, score, boxes, grid, reason FROM events INDEXED BY events_long
        WHERE view = ?1 AND end IS NULL AND event IS NULL AND what = ?2 AND detector = ?3 AND (?4 OR start <= ?5)
        ORDER BY number DESC LIMIT 1";
    let values = params![view, change.what, change.detector, entry.is_by_arrival(), to_time(entry.at)];
    Ok(transaction.prepare_cached(sql)?.query_row(values, Happening::read).optional()?)
}

fn insert(
    transaction: &Transaction,
    number: u64,
    view: i64,
    entry: &Entry,
    change: &Change,
    happening: &Happening,
) -> Result<(), IndexError> {
    let Happening { start, end, cut, state, score, boxes, grid, reason } = happening;
    // Images may have come before the first message of their event.
    let sql = "INSERT OR REPLACE INTO events
        SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, count(*),
            coalesce(max(number) FILTER (WHERE role = 'best'),
                min(number) FILTER (WHERE role IN ('trigger', 'snapshot'))), ?14, 0
        FROM event_images WHERE event = ?9 AND view IN (SELECT id FROM views WHERE node = ?15)";
    transaction.prepare_cached(sql)?.execute(params![
        to_int(number),
        start,
        end,
        cut,
        view,
        change.what,
        change.detector,
        state,
        entry.event,
        score,
        boxes,
        grid,
        reason,
        entry.msg,
        entry.node,
    ])?;
    Ok(())
}

fn update(transaction: &Transaction, number: i64, happening: &Happening) -> Result<(), IndexError> {
    let Happening { start, end, cut, state, score, boxes, grid, reason } = happening;
    let sql = "UPDATE events SET start = ?2, end = ?3, cut = ?4, state = ?5, score = ?6, boxes = ?7, grid = ?8,
        reason = ?9 WHERE number = ?1";
    let values = params![number, start, end, cut, state, score, boxes, grid, reason];
    transaction.prepare_cached(sql)?.execute(values)?;
    Ok(())
}

fn state(transaction: &Transaction, view: i64, entry: &Entry, change: &Change, at: i64) -> Result<(), IndexError> {
    let sql = "INSERT INTO states VALUES (?1, ?2, ?3, ?4, ?5, NULL, NULL, ?6) ON CONFLICT DO UPDATE
        SET before = state, before_since = since, state = excluded.state, since = excluded.since, stream = excluded.stream
        WHERE (since <= excluded.since OR stream = excluded.stream OR ?7) AND state <> excluded.state";
    let stream = entry.stream.map(|stream| stream.to_string());
    let values = params![view, change.what, change.detector, change.state, at, stream, entry.is_by_arrival()];
    transaction.prepare_cached(sql)?.execute(values)?;
    Ok(())
}

fn restart(transaction: &Transaction, number: u64, entry: &Entry, at: i64) -> Result<(), IndexError> {
    let sql = "UPDATE events SET end = ?2, cut = 1
        WHERE end IS NULL AND start < ?2 AND NOT (event IS NOT NULL AND instr(?3, '|' || what || ' ' || state || '|'))
            AND view IN (SELECT id FROM views WHERE node = ?1) RETURNING number";
    let ended: Vec<i64> = {
        let mut statement = transaction.prepare_cached(sql)?;
        let rows = statement.query_map(params![entry.node, at, hubs_own()], |row| row.get(0))?;
        rows.collect::<Result<_, _>>()?
    };
    ended.iter().try_for_each(|event| changes::note(transaction, number, *event))?;
    let sql = "INSERT INTO nodes (name, first, last, restarted) VALUES (?1, ?2, ?2, ?3) ON CONFLICT (name)
        DO UPDATE SET restarted = max(coalesce(restarted, excluded.restarted), excluded.restarted)";
    transaction.prepare_cached(sql)?.execute(params![entry.node, to_time(entry.received), at])?;
    Ok(())
}

/// What the hub's own events are about and how they begin: `|node silent|name twice|...|`.
fn hubs_own() -> String {
    let begun = |trouble: Trouble| trouble.begins().iter().map(move |state| format!("{} {state}|", trouble.what()));
    Trouble::ALL.into_iter().flat_map(begun).fold("|".to_owned(), |all, one| all + &one)
}

fn restarted(transaction: &Transaction, node: &str) -> Result<Option<i64>, IndexError> {
    let sql = "SELECT restarted FROM nodes WHERE name = ?1";
    Ok(transaction.prepare_cached(sql)?.query_row([node], |row| row.get(0)).optional()?.flatten())
}

#[cfg(test)]
mod tests;
