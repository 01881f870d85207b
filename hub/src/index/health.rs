//! How each node was: the figures of its heartbeats, at most one row in five minutes for a week and one an hour for half a
//! year, so that there is an end to it however long a node lives.

use std::collections::BTreeMap;

use picket_common::time::Timestamp;
use serde_json::Value;

use super::sql::params;
use super::write::Writer;
use super::{Index, IndexError, from_time, to_time};
use crate::access::Sight;
use crate::vitals;

/// A slot, in nanoseconds.
const SLOT: i64 = 300_000_000_000;
/// Every slot is kept for so many, then one of so many, and none after so many.
const FINE: i64 = 7 * 24 * 12;
const COARSE: i64 = 12;
const ALL: i64 = 180 * 24 * 12;

/// The figures of a node over time, by name.
pub type Vitals = BTreeMap<String, Vec<(Timestamp, f64)>>;

impl Writer<'_> {
    /// Keeps how `node` was at `at`, where nothing is kept of these five minutes yet.
    pub(super) fn vitals(&self, node: &str, at: Timestamp, health: &Value) -> Result<(), IndexError> {
        let figures = vitals::read(health);
        let at = to_time(at);
        let slot = at.div_euclid(SLOT);
        let is_kept = "SELECT EXISTS (SELECT 1 FROM health WHERE node = ?1 AND slot = ?2)";
        if figures.is_empty()
            || self.transaction.prepare_cached(is_kept)?.query_row(params![node, slot], |row| row.get(0))?
        {
            return Ok(());
        }
        let json = serde_json::to_string(&figures).unwrap_or_default();
        self.run("INSERT INTO health VALUES (?1, ?2, ?3, ?4)", params![node, slot, at, json])?;
        let sql = "DELETE FROM health WHERE node = ?1 AND slot < ?2 AND (slot < ?3 OR slot % ?4 <> 0)";
        self.run(sql, params![node, slot - FINE, slot - ALL, COARSE])
    }
}

impl Index {
    /// The figures of `node` from `since` to `until`, of each at most about `points`: the means of as many parts of the span.
    pub fn vitals(
        &self,
        node: &str,
        (since, until): (Timestamp, Timestamp),
        points: usize,
    ) -> Result<Vitals, IndexError> {
        let sql = "SELECT at, vitals FROM health WHERE node = ?1 AND slot >= ?2 AND slot <= ?3 AND at >= ?4 AND at < ?5
            ORDER BY slot";
        let (since, until) = (to_time(since), to_time(until));
        let part = (until.saturating_sub(since) / i64::try_from(points.max(1)).unwrap_or(i64::MAX)).max(1);
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params![node, since.div_euclid(SLOT), until.div_euclid(SLOT), since, until])?;
        // Of each figure the parts of the span that have any: when the first was, their sum, how many.
        let mut sums: BTreeMap<String, BTreeMap<i64, (i64, f64, f64)>> = BTreeMap::new();
        while let Some(row) = rows.next()? {
            let (at, json): (i64, String) = (row.get(0)?, row.get(1)?);
            let figures: BTreeMap<String, f64> = serde_json::from_str(&json).unwrap_or_default();
            for (name, value) in figures {
                let sum =
                    sums.entry(name).or_default().entry(at.saturating_sub(since) / part).or_insert((at, 0.0, 0.0));
                *sum = (sum.0, sum.1 + value, sum.2 + 1.0);
            }
        }
        let means = |parts: BTreeMap<i64, (i64, f64, f64)>| {
            parts.into_values().map(|(at, total, count)| (from_time(at), total / count)).collect()
        };
        Ok(sums.into_iter().map(|(name, parts)| (name, means(parts))).collect())
    }

    /// The name of the node that is called `name`, in whatever case.
    pub fn node_called(&self, name: &str) -> Result<Option<String>, IndexError> {
        let wanted = name.to_lowercase();
        let mut nodes = self.last_seen(&Sight::everything())?.into_iter().map(|(node, _)| node);
        Ok(nodes.find(|node| node.to_lowercase() == wanted))
    }

    /// The names of the view of a node that are meant, in whatever case; without one the node as a whole.
    pub fn view_called(&self, node: &str, view: Option<&str>) -> Result<Option<(String, Option<String>)>, IndexError> {
        let small = |name: Option<&str>| name.map(str::to_lowercase);
        let wanted = (node.to_lowercase(), small(view));
        Ok(self.views()?.into_values().find(|(node, view)| (node.to_lowercase(), small(view.as_deref())) == wanted))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::sample;

    const START: &str = "2026-01-01T00:00:00Z";

    /// Keeps a heartbeat in each of these minutes, whose load is its number.
    fn fill(index: &mut Index, minutes: impl Iterator<Item = i64>) {
        let start = to_time(START.parse().unwrap());
        let writer = Writer::begin(index).unwrap();
        for minute in minutes {
            let at = from_time(start + minute * 60_000_000_000);
            writer.vitals("Barn", at, &json!({"load": minute as f64})).unwrap();
        }
        writer.transaction.commit().unwrap();
    }

    #[test]
    fn the_history_of_a_node_has_an_end() {
        let folder = sample::folder();
        let mut index = Index::open(folder.path()).unwrap();
        let mut keep = |minutes: std::ops::Range<i64>| {
            fill(&mut index, minutes);
            index.connection.query_row("SELECT count(*) FROM health", [], |row| row.get::<_, i64>(0)).unwrap()
        };
        const DAY: i64 = 24 * 60;
        assert_eq!(keep(0..DAY), 24 * 12, "of each five minutes the first");
        assert_eq!(keep(DAY..10 * DAY), 7 * 24 * 12 + 3 * 24 + 1, "a week, and each hour before that");
        assert_eq!(keep(400 * DAY..400 * DAY + 1), 1, "and nothing from before half a year");
    }

    #[test]
    fn figures_are_drawn_in_as_many_points_as_are_wanted() {
        let folder = sample::folder();
        let mut index = Index::open(folder.path()).unwrap();
        let time = |text: &str| text.parse::<Timestamp>().unwrap();
        fill(&mut index, [0, 10, 50].into_iter());
        let check = |(since, until), points, expected: &[(&str, f64)]| {
            let vitals = index.vitals("Barn", (time(since), time(until)), points).unwrap();
            let expected: Vec<_> = expected.iter().map(|(at, value)| (time(at), *value)).collect();
            assert_eq!(vitals.get("load").cloned().unwrap_or_default(), expected, "{points}");
        };
        let hour = (START, "2026-01-01T01:00:00Z");
        check(hour, 2, &[(START, 5.0), ("2026-01-01T00:50:00Z", 50.0)]);
        check(hour, 1, &[(START, 20.0)]);
        check(("2026-01-01T00:10:00Z", "2026-01-01T00:50:00Z"), 9, &[("2026-01-01T00:10:00Z", 10.0)]);
        check(("2025-01-01T00:00:00Z", "2025-01-02T00:00:00Z"), 9, &[]);
        assert_eq!(index.node_called("barn").unwrap(), None, "a node that was never heard is none");
    }
}
