//! Pins: what stays whatever the rules of retention say. An event that is pinned keeps every image that belongs to it: those
//! sent under it, those that it shares with others, for an old sender's happening those of its view from its start to its
//! end, and all that come later.

use super::sql::{OptionalExtension, Row, params};
use super::{Index, IndexError, from_int, to_int};
use crate::line::amendment::What;

/// An expression over a row of `images`: whether it is pinned.
macro_rules! pinned {
    () => {
        "(EXISTS (SELECT 1 FROM pins WHERE pins.number = images.number)
        OR images.event IS NOT NULL AND EXISTS (SELECT 1 FROM pins WHERE pins.event = images.event)
        OR EXISTS (SELECT 1 FROM shares JOIN pins ON pins.event = shares.event
            WHERE shares.view = images.view AND shares.at = images.at)
        OR images.event IS NULL AND EXISTS (SELECT 1 FROM pins JOIN events ON events.number = pins.number
            WHERE pins.view = images.view AND pins.what = 'event' AND pins.event IS NULL
            AND events.start <= images.at AND (events.end IS NULL OR images.at <= events.end)))"
    };
}

/// Something that can be pinned, as the index knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pinnable {
    /// Its journal number.
    pub number: u64,
    /// What it is.
    pub what: What,
    /// Its node.
    pub node: String,
    /// Its view.
    pub view: Option<String>,
    /// An event's id.
    pub event: Option<String>,
    /// Whether it is pinned itself.
    pub pinned: bool,
}

/// The columns of a [`Pinnable`], from `events` and from `images`.
const EVENT: &str = "SELECT number, 'event', node, views.view, event,
    EXISTS (SELECT 1 FROM pins WHERE pins.number = events.number) FROM events JOIN views ON views.id = events.view";
const IMAGE: &str = "SELECT number, 'image', node, views.view, NULL,
    EXISTS (SELECT 1 FROM pins WHERE pins.number = images.number) FROM images JOIN views ON views.id = images.view";

impl Index {
    /// How many events and how many images are pinned themselves.
    pub fn pins(&self) -> Result<(u64, u64), IndexError> {
        let sql = "SELECT count(*) FILTER (WHERE what = 'event'), count(*) FILTER (WHERE what = 'image') FROM pins";
        let read = |row: &Row| Ok((from_int(row.get(0)?), from_int(row.get(1)?)));
        Ok(self.connection.query_row(sql, [], read)?)
    }

    /// The event or the image with this number.
    pub fn pinnable(&self, number: u64) -> Result<Option<Pinnable>, IndexError> {
        let sql = format!("{EVENT} WHERE number = ?1 UNION ALL {IMAGE} WHERE number = ?1");
        Ok(self.connection.prepare_cached(&sql)?.query_row([to_int(number)], read).optional()?)
    }

    /// The events with this id; two nodes may have given the same.
    pub fn events_called(&self, id: &str) -> Result<Vec<Pinnable>, IndexError> {
        let sql = format!("{EVENT} WHERE event = ?1 ORDER BY number");
        let mut statement = self.connection.prepare(&sql)?;
        let rows = statement.query_map([id], read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The image stored as `file`; `around` are times between which it was probably taken.
    pub fn image_called(&self, file: &str, around: Option<(i64, i64)>) -> Result<Option<Pinnable>, IndexError> {
        let (from, to) = around.unwrap_or((i64::MIN, i64::MAX));
        let sql = format!("{IMAGE} WHERE at >= ?1 AND at < ?2 AND file = ?3");
        Ok(self.connection.prepare(&sql)?.query_row(params![from, to, file], read).optional()?)
    }
}

fn read(row: &Row) -> Result<Pinnable, super::sql::Error> {
    let what: String = row.get(1)?;
    let view: String = row.get(3)?;
    Ok(Pinnable {
        number: from_int(row.get(0)?),
        what: if what == "event" { What::Event } else { What::Image },
        node: row.get(2)?,
        view: (!view.is_empty()).then_some(view),
        event: row.get(4)?,
        pinned: row.get(5)?,
    })
}
