//! What is new since a journal number, in the order of arrival: for whoever watches. Rows that are new are found by their
//! numbers; that a further message has changed an event is noted beside them, for as long as somebody may come back and ask.

use picket_common::time::Timestamp;
use serde::Serialize;

use super::pins::Pinnable;
use super::rows::full_minute;
use super::sql::{Row, Transaction, params};
use super::write::Writer;
use super::{Index, IndexError, from_int, from_time, to_int};
use crate::access::Sight;
use crate::line::amendment::What;

/// Changes of events are known for so many journal numbers.
const KEPT: u64 = 100_000;

/// One thing that is new.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// The journal number that brought it.
    #[serde(skip)]
    pub by: u64,
    /// What it is.
    #[serde(skip)]
    pub what: Changed,
    /// The number of the image, the event or the reading.
    pub number: u64,
    /// The node.
    pub node: String,
    /// The view.
    pub view: Option<String>,
    /// An image's event, by its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// A reading's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// What can be new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed {
    /// An image.
    Image,
    /// An event that began, went on or ended.
    Event,
    /// A reading.
    Reading,
}

/// Each part walks its table by number.
const NEW: &str = "
    SELECT number AS by, 0, number, view, event, NULL FROM images WHERE number > ?1
    UNION ALL SELECT number, 1, number, view, NULL, NULL FROM events WHERE number > ?1
    UNION ALL SELECT changes.number, 1, events.number, events.view, NULL, NULL
        FROM changes JOIN events ON events.number = changes.event WHERE changes.number > ?1
    UNION ALL SELECT number, 2, number, view, NULL, name FROM readings WHERE number > ?1
    ORDER BY 1 LIMIT ?2";

impl Index {
    /// What came after journal number `after`, at most `limit` of it, never half of what one record brought; and the number
    /// after which to go on.
    pub fn changes_after(&self, after: u64, limit: usize) -> Result<(Vec<Change>, u64), IndexError> {
        // Asked for first: what comes meanwhile is found by the next question.
        let reached = self.reached()?;
        let views = self.views()?;
        let read = |row: &Row| {
            let (node, view) = views.get(&row.get(3)?).cloned().unwrap_or_default();
            let what = match row.get(1)? {
                0 => Changed::Image,
                1 => Changed::Event,
                _ => Changed::Reading,
            };
            let (by, number) = (from_int(row.get(0)?), from_int(row.get(2)?));
            Ok(Change { by, what, number, node, view, event: row.get(4)?, name: row.get(5)? })
        };
        let mut statement = self.connection.prepare_cached(NEW)?;
        let count = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
        let rows = statement.query_map(params![to_int(after), count], read)?;
        let mut changes: Vec<Change> = rows.collect::<Result<_, _>>()?;
        if changes.len() <= limit {
            let last = changes.last().map_or(0, |change| change.by);
            return Ok((changes, reached.max(last).max(after)));
        }
        // The rest of the last record is not known.
        let cut = changes.pop().map_or(0, |change| change.by);
        if changes.first().is_some_and(|first| first.by != cut) {
            changes.retain(|change| change.by != cut);
        }
        let last = changes.last().map_or(after, |change| change.by);
        Ok((changes, last))
    }

    /// What is told of event `number` when somebody has marked it; none where there is no such event.
    pub fn marked(&self, number: u64) -> Result<Option<Change>, IndexError> {
        let found = self.pinnable(number)?.filter(|found| found.what == What::Event);
        Ok(found.map(|Pinnable { number, node, view, .. }| Change {
            by: 0,
            what: Changed::Event,
            number,
            node,
            view,
            event: None,
            name: None,
        }))
    }

    /// When each node that `sight` has something of was last heard; where it has some views only, to the minute.
    pub fn last_seen(&self, sight: &Sight) -> Result<Vec<(String, Timestamp)>, IndexError> {
        let mut statement = self.connection.prepare_cached("SELECT name, last FROM nodes ORDER BY name")?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, from_time(row.get(1)?))))?;
        let mut nodes: Vec<(String, Timestamp)> = rows.collect::<Result<_, _>>()?;
        nodes.retain(|(node, _)| sight.has_some_of(node));
        nodes.iter_mut().filter(|(node, _)| !sight.has(node, None)).for_each(|(_, last)| *last = full_minute(*last));
        Ok(nodes)
    }
}

/// Notes that record `number` has changed the event of row `event`.
pub(super) fn note(transaction: &Transaction, number: u64, event: i64) -> Result<(), IndexError> {
    if to_int(number) != event {
        let sql = "INSERT OR REPLACE INTO changes VALUES (?1, ?2)";
        transaction.prepare_cached(sql)?.execute(params![to_int(number), event])?;
    }
    Ok(())
}

impl Writer<'_> {
    /// Forgets changes that nobody asks for any more.
    pub(super) fn forget_changes(&self, reached: u64) -> Result<(), IndexError> {
        self.run("DELETE FROM changes WHERE number <= ?1", [to_int(reached.saturating_sub(KEPT))])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    fn index(rows: &str) -> (tempfile::TempDir, Index) {
        let folder = sample::folder();
        let index = Index::open(folder.path()).unwrap();
        index.connection.execute_batch("INSERT INTO views VALUES (1, 'Barn', 'Door')").unwrap();
        index.connection.execute_batch(rows).unwrap();
        (folder, index)
    }

    /// Readings with the numbers given, and the records that have changed the event with number 1.
    fn with(readings: &[u64], changes: &[u64]) -> (tempfile::TempDir, Index) {
        let (folder, index) = index(
            "INSERT INTO events (number, start, cut, view, what, detector, state, images, text)
             VALUES (1, 0, 0, 1, 'motion', '', 'moving', 0, '');",
        );
        for number in readings {
            let sql = format!("INSERT INTO readings VALUES ({number}, 0, 1, 'Temp', 0, '', '')");
            index.connection.execute_batch(&sql).unwrap();
        }
        for number in changes {
            index.connection.execute("INSERT INTO changes VALUES (?1, 1)", [to_int(*number)]).unwrap();
        }
        (folder, index)
    }

    #[test]
    fn what_is_new_comes_in_the_order_of_arrival_and_can_be_taken_up() {
        let (_folder, index) = with(&[2, 4, 6], &[3, 6, 7]);
        let check = |after: u64, limit: usize, expected: &[(u64, u64)], next: u64| {
            let (changes, reached) = index.changes_after(after, limit).unwrap();
            let found: Vec<(u64, u64)> = changes.iter().map(|change| (change.by, change.number)).collect();
            assert_eq!((&*found, reached), (expected, next), "{after} {limit}");
        };
        check(0, 100, &[(1, 1), (2, 2), (3, 1), (4, 4), (6, 1), (6, 6), (7, 1)], 7);
        check(4, 100, &[(6, 1), (6, 6), (7, 1)], 7);
        check(0, 2, &[(1, 1), (2, 2)], 2);
        check(2, 3, &[(3, 1), (4, 4)], 4);
        check(4, 1, &[(6, 1)], 6);
        check(7, 100, &[], 7);
        check(99, 100, &[], 99);
    }

    #[test]
    fn nothing_is_read_but_what_is_new() {
        let (_folder, index) = index("");
        let mut statement = index.connection.prepare(&format!("EXPLAIN QUERY PLAN {NEW}")).unwrap();
        let rows = statement.query_map([0, 10], |row| row.get::<_, String>(3)).unwrap();
        let plan: Vec<String> = rows.map(Result::unwrap).collect();
        let walks = plan.iter().filter(|step| step.starts_with("SCAN") || step.contains("TEMP B-TREE"));
        assert_eq!(walks.count(), 0, "{plan:#?}");
    }
}
