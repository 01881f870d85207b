//! Frames that belong to several events: each was sent once, under one of them. What is told of the others may come before
//! the frame or after it.

use picket_common::event::Role;

use super::sql::{OptionalExtension, Transaction, params};
use super::{IndexError, happening, to_int, to_time};
use crate::entry::Entry;
use crate::fact::Frame;

/// Image `number` has come: it is counted into the events that share it, whether it names them itself or they have
/// named it before.
pub(super) fn image(
    transaction: &Transaction,
    number: u64,
    view: i64,
    entry: &Entry,
    frame: &Frame,
) -> Result<(), IndexError> {
    let at = to_time(entry.at);
    if let Some(was) = entry.was {
        // Events that have named it before knew its first time only.
        let sql = "UPDATE OR REPLACE shares SET at = ?3 WHERE view = ?1 AND at = ?2";
        transaction.prepare_cached(sql)?.execute(params![view, to_time(was), at])?;
    }
    for also in &frame.also {
        note(transaction, &also.event, (view, at), also.role)?;
    }
    let sql = "SELECT event, role FROM shares WHERE view = ?1 AND at = ?2 AND event IS NOT ?3";
    let mut statement = transaction.prepare_cached(sql)?;
    let mut rows = statement.query(params![view, at, entry.event])?;
    while let Some(row) = rows.next()? {
        let (event, role): (String, String) = (row.get(0)?, row.get(1)?);
        happening::count(transaction, (&event, &entry.node), to_int(number), Some(&role))?;
    }
    Ok(())
}

/// A frame, by its view and the time that was first said of it, belongs to an event of a node as well. If it is there it
/// is counted now.
pub(super) fn earlier(
    transaction: &Transaction,
    (event, node): (&str, &str),
    frame: (i64, i64),
    role: Role,
) -> Result<(), IndexError> {
    let sql = "SELECT at FROM stamps JOIN images USING (number) WHERE was = ?2 AND view = ?1 LIMIT 1";
    let mended = transaction.prepare_cached(sql)?.query_row(params![frame.0, frame.1], |row| row.get(0)).optional()?;
    let frame = (frame.0, mended.unwrap_or(frame.1));
    if !note(transaction, event, frame, role)? {
        return Ok(());
    }
    let sql = "SELECT number FROM images WHERE view = ?1 AND at = ?2 AND event IS NOT ?3";
    let mut statement = transaction.prepare_cached(sql)?;
    let mut rows = statement.query(params![frame.0, frame.1, event])?;
    while let Some(row) = rows.next()? {
        happening::count(transaction, (event, node), row.get(0)?, Some(role.word()))?;
    }
    Ok(())
}

/// Whether this was not known.
fn note(transaction: &Transaction, event: &str, (view, at): (i64, i64), role: Role) -> Result<bool, IndexError> {
    let sql = "INSERT OR IGNORE INTO shares VALUES (?1, ?2, ?3, ?4)";
    Ok(transaction.prepare_cached(sql)?.execute(params![event, view, at, role.word()])? > 0)
}
