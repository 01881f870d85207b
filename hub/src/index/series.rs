//! What was measured: the latest of everything, and one reading over a span, thinned to so many points. However many
//! readings a span has, and in whatever units, so many are looked at: of more, a sample spread evenly over time.

use picket_common::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::sql::{OptionalExtension, Row, params};
use super::{Index, IndexError, Topic, from_time, to_time};
use crate::access::Sight;

/// A span is looked at in so many parts, the same number for each bucket, and at most so many readings of each part are
/// looked at: of what is read every second all of a day, and no more than 100,000 of anything.
const PARTS: usize = 4000;
const MOST: i64 = 25;

/// What one sensor read last.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct LatestReading {
    /// The node.
    pub node: String,
    /// The view.
    pub view: Option<String>,
    /// What is measured.
    pub name: String,
    /// In which unit.
    pub unit: String,
    /// How much.
    pub value: f64,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
}

/// The readings of a part of the span.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bucket {
    /// When the first of them was read.
    pub at: Timestamp,
    /// Their mean.
    pub mean: f64,
    /// The lowest.
    pub lowest: f64,
    /// The highest.
    pub highest: f64,
}

/// Readings of one part of a bucket: when the first was read, how many, their sum, the lowest, the highest.
type Part = (i64, i64, f64, f64, f64);

/// What is in another unit counts for what is looked at, too. The newest are: where the unit has just changed, they have it.
const PART: &str = "SELECT min(at), count(*), total(value), min(value), max(value) FROM (
    SELECT at, value, unit FROM readings INDEXED BY readings_name
    WHERE view = ?1 AND name = ?2 AND at >= ?3 AND at < ?4 ORDER BY at DESC LIMIT ?6) WHERE unit = ?5";

impl Index {
    /// The latest of each reading, by node, view and name.
    pub fn latest_readings(&self, sight: &Sight) -> Result<Vec<LatestReading>, IndexError> {
        let sql = "SELECT node, nullif(views.view, ''), name, unit, value, at FROM latest JOIN views ON views.id = latest.view
            ORDER BY node COLLATE NOCASE, node, views.view, name";
        let read = |row: &Row| {
            Ok(LatestReading {
                node: row.get(0)?,
                view: row.get(1)?,
                name: row.get(2)?,
                unit: row.get(3)?,
                value: row.get(4)?,
                at: from_time(row.get(5)?),
            })
        };
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows: Vec<LatestReading> = statement.query_map([], read)?.collect::<Result<_, _>>()?;
        rows.retain(|row| sight.has(&row.node, row.view.as_deref()));
        Ok(rows)
    }

    /// The readings called `topic.what` from `since` to `until`, in the unit that they have now, in at most `points` buckets of
    /// the same length; buckets without any are left out. None where nothing is known of such readings.
    pub fn series(
        &self,
        topic: &Topic,
        (since, until): (Timestamp, Timestamp),
        points: usize,
    ) -> Result<Option<(String, Vec<Bucket>)>, IndexError> {
        let Some(view) = self.view_of(topic.node, topic.view)? else { return Ok(None) };
        let sql = "SELECT unit FROM latest WHERE view = ?1 AND name = ?2 COLLATE NOCASE ORDER BY at DESC LIMIT 1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let unit: Option<String> = statement.query_row(params![view, topic.what], |row| row.get(0)).optional()?;
        let Some(unit) = unit else { return Ok(None) };
        let mut statement = self.connection.prepare_cached(PART)?;
        let mut part = |since: i64, until: i64| -> Result<Option<Part>, IndexError> {
            let values = params![view, topic.what, since, until, unit, MOST];
            let read = |row: &Row| {
                let first: Option<i64> = row.get(0)?;
                first.map(|first| Ok((first, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))).transpose()
            };
            Ok(statement.query_row(values, read)?)
        };
        let mut buckets = Vec::new();
        for bucket in slices(to_time(since), to_time(until), points) {
            let mut parts = Vec::new();
            for (since, until) in slices(bucket.0, bucket.1, PARTS / points.clamp(1, PARTS)) {
                parts.extend(part(since, until)?);
            }
            buckets.extend(sum(&parts));
        }
        Ok(Some((unit, buckets)))
    }
}

fn sum(parts: &[Part]) -> Option<Bucket> {
    let count: i64 = parts.iter().map(|part| part.1).sum();
    let total: f64 = parts.iter().map(|part| part.2).sum();
    Some(Bucket {
        at: from_time(parts.first()?.0),
        mean: total / count as f64,
        lowest: parts.iter().map(|part| part.3).fold(f64::INFINITY, f64::min),
        highest: parts.iter().map(|part| part.4).fold(f64::NEG_INFINITY, f64::max),
    })
}

/// `from` to `to` in at most `count` slices of the same length, but for the last.
fn slices(from: i64, to: i64, count: usize) -> impl Iterator<Item = (i64, i64)> {
    let (from, to) = (i128::from(from), i128::from(to));
    let count = count.max(1) as i128;
    let length = ((to - from).max(0) + count - 1) / count;
    let slice = move |number: i128| (from + number * length, (from + (number + 1) * length).min(to));
    let within = move |slice: &(i128, i128)| slice.0 < slice.1;
    // Both lie between two numbers of 64 bits.
    (0..count).map(slice).take_while(within).map(|(from, to)| (from as i64, to as i64))
}

#[cfg(test)]
mod tests {
    use super::super::sql::StatementStatus;
    use super::*;
    use crate::sample::shelve;

    #[test]
    fn however_many_readings_there_are_and_in_whatever_unit_so_many_are_looked_at() {
        let data = shelve(vec![]);
        let index = Index::open(data.path()).unwrap();
        // All of one second, and but for the last in another unit than now.
        let rows = "INSERT INTO views VALUES (1, 'Barn', 'Door');
            INSERT INTO latest (view, name, value, unit, at) VALUES (1, 'temperature', 20, '°C', 999999);
            WITH RECURSIVE n(i) AS (VALUES (0) UNION ALL SELECT i + 1 FROM n WHERE i < 499999)
            INSERT INTO readings SELECT i, i * 2, 1, 'temperature', i % 100, iif(i < 499990, '°F', '°C'), 't' FROM n";
        index.connection.execute_batch(rows).unwrap();
        let topic = Topic { node: "Barn", view: Some("Door"), what: "temperature", detector: None };
        let check = |unit: &str, points: usize, expected: usize| {
            index.connection.execute("UPDATE latest SET unit = ?1", [unit]).unwrap();
            let steps = || index.connection.prepare_cached(PART).unwrap().get_status(StatementStatus::VmStep);
            let before = steps();
            let (found, buckets) = index.series(&topic, (from_time(0), from_time(1_000_000)), points).unwrap().unwrap();
            assert_eq!((found.as_str(), buckets.len()), (unit, expected));
            // Each row that is looked at takes some thirty.
            assert!(steps() - before < 4_000_000, "{points}: {}", steps() - before);
        };
        check("°F", 1, 1);
        check("°F", 1500, 1500);
        check("°C", 500, 1);
    }

    #[test]
    fn slices_cover_a_span_without_a_gap() {
        let check = |(from, to), count, expected: &[(i64, i64)]| {
            assert_eq!(slices(from, to, count).collect::<Vec<_>>(), expected);
        };
        check((0, 10), 2, &[(0, 5), (5, 10)]);
        check((0, 10), 3, &[(0, 4), (4, 8), (8, 10)]);
        check((0, 3), 500, &[(0, 1), (1, 2), (2, 3)]);
        check((5, 5), 3, &[]);
        check((9, 5), 3, &[]);
        check((i64::MIN, i64::MAX), 2, &[(i64::MIN, 0), (0, i64::MAX)]);
    }
}
