//! Pins: what stays whatever the rules of retention say. An event that is pinned keeps every image that belongs to it: those
//! sent under it, those that it shares with others, for an old sender's happening those of its view from its start to its
//! end, and all that come later.

use super::sql::{OptionalExtension, Row, params};
use super::{Index, IndexError, from_int, to_int};
use crate::line::amendment::What;

/// An expression over a row of `images`: whether it is pinned. An old sender's happenings are looked for among those that
/// began within a day before the image, however many are pinned, and among those that lasted for longer, or still do.
macro_rules! pinned {
    () => {
        "(EXISTS (SELECT 1 FROM pins WHERE pins.number = images.number)
        OR images.event IS NOT NULL AND EXISTS (SELECT 1 FROM pins WHERE pins.event = images.event)
        OR EXISTS (SELECT 1 FROM shares JOIN pins ON pins.event = shares.event
            WHERE shares.view = images.view AND shares.at = images.at)
        OR images.event IS NULL
          AND EXISTS (SELECT 1 FROM pins WHERE view = images.view AND what = 'event' AND event IS NULL)
          AND (EXISTS (SELECT 1 FROM events AS begun INDEXED BY events_view
              CROSS JOIN pins ON pins.number = begun.number CROSS JOIN events ON events.number = pins.number
              WHERE begun.view = images.view AND begun.start >= images.at - 86400000000000 AND begun.start <= images.at
              AND pins.what = 'event' AND pins.event IS NULL AND (events.end IS NULL OR images.at <= events.end))
            OR EXISTS (SELECT 1 FROM events INDEXED BY events_long CROSS JOIN pins ON pins.number = events.number
              WHERE events.view = images.view AND (events.end IS NULL OR events.end > events.start + 86400000000000)
              AND events.start <= images.at AND (events.end IS NULL OR images.at <= events.end)
              AND pins.what = 'event' AND pins.event IS NULL)))"
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

#[cfg(test)]
mod tests {
    use super::super::sql::StatementStatus;
    use super::*;
    use crate::sample::{event, image, shelve};

    const PINNED: &str = concat!("SELECT number FROM images WHERE ", pinned!(), " ORDER BY number");

    #[test]
    fn what_was_taken_while_a_pinned_happening_went_on_is_pinned_however_long_that_was() {
        let at = |time: &str| format!("2026-11-{time}:00Z");
        let taken = |time: &str| image("Barn Door|jpg", &at(time));
        let data = shelve(vec![
            event("Barn Door|gate|open", &at("10T06:00")),
            event("Barn Door|gate|closed", &at("13T06:00")),
            event("Barn Door|motion|moving", &at("14T06:00")),
            event("Barn Door|motion|still", &at("15T06:00")),
            event("Barn Door|light|lighted", &at("16T06:00")),
            taken("10T05:59"),
            taken("10T06:00"),
            taken("13T06:00"),
            taken("13T06:01"),
            taken("15T06:00"),
            taken("15T06:01"),
            taken("30T06:00"),
            image("Barn Yard|jpg", &at("10T06:00")),
            taken("10T07:00").of_event("e", serde_json::json!({"role": "during"})),
        ]);
        let index = Index::open(data.path()).unwrap();
        let check = |pins: &str, expected: &[i64]| {
            index.connection.execute("DELETE FROM pins", []).unwrap();
            let pin =
                format!("INSERT INTO pins SELECT number, 'event', event, view FROM events WHERE what IN ({pins})");
            index.connection.execute(&pin, []).unwrap();
            let mut statement = index.connection.prepare(PINNED).unwrap();
            let found: Vec<i64> = statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
            assert_eq!(found, expected, "{pins}");
        };
        check("'gate'", &[7, 8]);
        check("'motion'", &[10]);
        check("'light'", &[12]);
        check("'gate', 'motion', 'light'", &[7, 8, 10, 12]);
        check("", &[]);
    }

    #[test]
    fn however_many_happenings_are_pinned_few_are_tried_for_each_image() {
        let data = shelve(vec![]);
        let index = Index::open(data.path()).unwrap();
        // One an hour; an image in each of the last five hundred.
        let rows = "INSERT INTO views VALUES (1, 'Barn', 'Door');
            WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
            INSERT INTO events SELECT i, i * 3600000000000, i * 3600000000000 + 1, 0, 1, 'motion', '', 'moving', NULL, NULL, NULL,
              NULL, NULL, 0, NULL, 't', 0 FROM n;
            INSERT INTO pins SELECT number, 'event', NULL, 1 FROM events;
            INSERT INTO images SELECT number + 20000, start + 2, 0, 1, NULL, NULL, 8, 8, 4, 'c', 'f.jpg', 't' FROM events
              WHERE number > 19500";
        index.connection.execute_batch(rows).unwrap();
        let mut statement = index.connection.prepare(PINNED).unwrap();
        assert_eq!(statement.query_map([], |_| Ok(())).unwrap().count(), 0);
        let steps = statement.get_status(StatementStatus::VmStep) / 500;
        assert!(steps < 1000, "{steps}");
    }
}
