//! How much is to go: from the rules, from how much there is, and from the room on the disk. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

use picket_common::config::{MinFree, Size};
use picket_common::room::Room;
use picket_common::time::Timestamp;

use super::Rule;
use crate::config::RetentionConfig;
use crate::index::Total;

/// A rule begins beyond its limit and goes on until this part of the limit below it, so that it does not run for each image.
const SLACK: u64 = 50;

/// The same for ages, where it is less.
const AGE_SLACK: Duration = Duration::from_secs(3600);

/// Less free room than this, or than a 32nd of a small disk, is an emergency: the journal leaves others a little less.
const FLOOR: u64 = 256 << 20;
const SMALL: u64 = 32;

/// What one rule wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Goal {
    /// The rule.
    pub rule: Rule,
    /// The rows of the views whose images may go for it.
    pub views: Vec<i64>,
    /// Only what was taken before.
    pub before: Timestamp,
    /// So many bytes are still to go.
    pub left: u64,
}

impl Goal {
    /// Whether what matters is the room on the disk: then an image whose file has another name elsewhere counts nothing.
    pub fn is_of_room(&self) -> bool {
        matches!(self.rule, Rule::MinFree | Rule::Emergency)
    }
}

/// What is asked for and cannot be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unreachable {
    /// So many bytes are missing to what shall be free.
    pub missing: u64,
    /// So many all images have.
    pub images: u64,
}

/// What each rule wants at `now`, in their order; with `alarm`, because something found no room on the disk.
///
/// An age's goal is there whenever the rule is: whether anything is old enough is for the index to say.
pub fn goals(
    rules: &RetentionConfig,
    totals: &[Total],
    room: Option<Room>,
    now: Timestamp,
    alarm: bool,
) -> (Vec<Goal>, Option<Unreachable>) {
    let all: Vec<i64> = totals.iter().map(|total| total.view).collect();
    let bytes: u64 = totals.iter().map(|total| total.bytes).sum();
    let goal = |rule, left| Goal { rule, views: all.clone(), before: Timestamp::MAX, left };
    let mut goals = Vec::new();
    if let Some(age) = rules.max_age {
        goals.push(Goal { before: before(now, age.0), ..goal(Rule::MaxAge, u64::MAX) });
    }
    goals.extend(quotas(rules, totals));
    let beyond = rules.max_size.map_or(0, |size| beyond(bytes, size.0));
    if beyond > 0 {
        goals.push(goal(Rule::MaxSize, beyond));
    }
    let mut unreachable = None;
    if let Some(room) = room.filter(|_| !rules.min_free.is_none()) {
        let images: u64 = totals.iter().map(|total| total.images).sum();
        let missing = missing(room, rules.min_free, bytes.checked_div(images).unwrap_or(0));
        let urgent = urgent(room, alarm);
        if missing > bytes {
            unreachable = Some(Unreachable { missing, images: bytes });
        } else if missing > 0 {
            goals.push(goal(Rule::MinFree, missing));
        }
        // To lose all and still have no room helps nobody.
        if urgent > 0 && urgent <= bytes && (unreachable.is_some() || missing < urgent) {
            goals.push(goal(Rule::Emergency, urgent));
        }
    }
    (goals, unreachable)
}

/// When the age rule begins: what is only a little older than the limit waits until there is more of it.
pub(super) fn begins(before_goal: Timestamp, age: Duration) -> Timestamp {
    before(before_goal, AGE_SLACK.min(age / 50))
}

fn before(time: Timestamp, age: Duration) -> Timestamp {
    time.checked_sub(age).unwrap_or(Timestamp::MIN)
}

fn quotas(rules: &RetentionConfig, totals: &[Total]) -> Vec<Goal> {
    let quotas: BTreeMap<String, u64> = rules.quotas.iter().map(|(node, size)| (node.to_lowercase(), size.0)).collect();
    let mut nodes: BTreeMap<String, (Vec<i64>, u64)> = BTreeMap::new();
    for total in totals {
        let (views, bytes) = nodes.entry(total.node.to_lowercase()).or_default();
        views.push(total.view);
        *bytes += total.bytes;
    }
    let goal = |(node, (views, bytes)): (String, (Vec<i64>, u64))| {
        let left = beyond(bytes, *quotas.get(&node)?);
        (left > 0).then_some(Goal { rule: Rule::Quota, views, before: Timestamp::MAX, left })
    };
    nodes.into_iter().filter_map(goal).collect()
}

/// How much of `bytes` is to go where `limit` is allowed.
fn beyond(bytes: u64, limit: u64) -> u64 {
    if bytes > limit { bytes - (limit - limit / SLACK) } else { 0 }
}

/// How many bytes are missing to what shall be free; files count as the images' mean size. Of the files that a disk can have,
/// the same share shall be free as of its bytes.
fn missing(room: Room, min_free: MinFree, mean: u64) -> u64 {
    let short = |limit: u64, free: u64| if free < limit { limit.saturating_add(limit / SLACK) - free } else { 0 };
    let files = match min_free {
        MinFree::Size(Size(bytes)) => (room.files as f64 * (bytes as f64 / room.total.max(1) as f64).min(1.0)) as u64,
        MinFree::Share(_) => min_free.of(room.files),
    };
    short(min_free.of(room.total), room.free).max(short(files, room.files_free).saturating_mul(mean))
}

/// How many bytes must go at once.
fn urgent(room: Room, alarm: bool) -> u64 {
    let floor = FLOOR.min(room.total / SMALL);
    if alarm || room.free < floor { (floor * 2).saturating_sub(room.free).max(floor / 4) } else { 0 }
}

#[cfg(test)]
mod tests {
    use picket_common::config::Percent;

    use super::*;

    const GIB: u64 = 1 << 30;

    /// Barn has two views, Yard one: with so many GiB each.
    fn totals(sizes: [u64; 3]) -> Vec<Total> {
        let total = |(view, (node, size)): (i64, (&str, u64))| Total {
            view,
            node: node.to_owned(),
            images: size * 1000,
            bytes: size * GIB,
        };
        (1..).zip(["Barn", "Barn", "Yard"].into_iter().zip(sizes)).map(total).collect()
    }

    fn room(total: u64, free_mib: u64) -> Room {
        Room { total: total * GIB, free: free_mib << 20, ..Room::default() }
    }

    /// Each goal as `rule views MiB`.
    fn told(rules: &str, sizes: [u64; 3], room: Option<Room>, alarm: bool) -> Vec<String> {
        let text = format!("retention: {rules}");
        let config: crate::config::HubConfig = picket_common::config::parse("hub.yaml", text.as_bytes()).unwrap();
        let now = "2026-11-20T12:00:00Z".parse().unwrap();
        let (goals, unreachable) = goals(&config.retention, &totals(sizes), room, now, alarm);
        let mut told: Vec<String> = goals
            .iter()
            .map(|goal| match goal.rule {
                Rule::MaxAge => format!("max_age before {}", goal.before.strftime("%m-%d")),
                rule => format!("{rule} {:?} {}", goal.views, goal.left >> 20),
            })
            .collect();
        told.extend(unreachable.map(|it| format!("{} of {} MiB", it.missing >> 20, it.images >> 20)));
        told
    }

    #[test]
    fn a_rule_begins_beyond_its_limit_and_ends_two_percent_below() {
        let check = |rules: &str, sizes, expected: &[&str]| {
            assert_eq!(told(rules, sizes, None, false), expected, "{rules} {sizes:?}");
        };
        check("{max_age: 90d}", [0, 0, 0], &["max_age before 08-22"]);
        check("{max_size: 100GiB}", [50, 25, 25], &[]);
        check("{max_size: 100GiB}", [50, 25, 26], &["max_size [1, 2, 3] 3072"]);
        check("{quotas: {Barn: 50GiB}}", [25, 25, 90], &[]);
        check("{quotas: {barn: 50GiB, Yard: 100GiB}}", [25, 26, 100], &["quota [1, 2] 2048"]);
        check("{quotas: {Nobody: 1GiB}}", [25, 26, 100], &[]);
        check(
            "{quotas: {Barn: 50GiB, Yard: 50GiB}, max_size: 100GiB}",
            [50, 1, 51],
            &["quota [1, 2] 2048", "quota [3] 2048", "max_size [1, 2, 3] 4096"],
        );
    }

    #[test]
    fn room_is_made_by_what_there_is_and_in_an_emergency_by_whatever_there_is() {
        let check = |rules: &str, sizes, room, alarm, expected: &[&str]| {
            assert_eq!(told(rules, sizes, Some(room), alarm), expected, "{rules} {room:?}");
        };
        check("{}", [10, 10, 10], room(100, 5120), false, &[]);
        check("{}", [10, 10, 10], room(100, 5000), false, &["min_free [1, 2, 3] 222"]);
        check("{min_free: 10%}", [10, 10, 10], room(100, 5000), false, &["min_free [1, 2, 3] 5444"]);
        check("{min_free: 0}", [10, 10, 10], room(100, 0), true, &[]);
        // Something else fills the disk.
        check("{}", [1, 1, 1], room(100, 1000), false, &["4222 of 3072 MiB"]);
        check("{}", [1, 1, 1], room(100, 100), false, &["emergency [1, 2, 3] 412", "5122 of 3072 MiB"]);
        check("{}", [1, 1, 1], room(100, 1000), true, &["emergency [1, 2, 3] 64", "4222 of 3072 MiB"]);
        check("{}", [0, 0, 0], room(100, 100), true, &["5122 of 0 MiB"]);
        // What finds no room though there is some: as with a quota of the file system.
        check("{}", [10, 10, 10], room(100, 50_000), true, &["emergency [1, 2, 3] 64"]);
        check("{}", [10, 10, 10], room(100, 0), true, &["min_free [1, 2, 3] 5222"]);
        check("{min_free: 10GiB}", [10, 10, 10], room(100, 10_240), false, &[]);
        check("{min_free: 10GiB}", [10, 10, 10], room(100, 10_000), false, &["min_free [1, 2, 3] 444"]);
        check("{min_free: 200GiB}", [1, 1, 1], room(100, 50_000), false, &["158896 of 3072 MiB"]);
        let files = Room { files: 1000, files_free: 40, ..room(100, 50_000) };
        check("{}", [10, 10, 10], files, false, &["min_free [1, 2, 3] 11"]);
        check("{min_free: 5GiB}", [10, 10, 10], files, false, &["min_free [1, 2, 3] 11"]);
        let uncounted = Room::default();
        check("{}", [10, 10, 10], uncounted, false, &[]);
    }

    #[test]
    fn ages_begin_an_hour_late_at_most() {
        let check = |age: u64, expected: &str| {
            let at: Timestamp = "2026-11-20T12:00:00Z".parse().unwrap();
            let begins = begins(at, Duration::from_secs(age * 3600));
            assert_eq!(begins.strftime("%H:%M:%S").to_string(), expected, "{age} hours");
        };
        check(1, "11:58:48");
        check(25, "11:30:00");
        check(24 * 90, "11:00:00");
        assert_eq!(RetentionConfig::default().min_free, MinFree::Share(Percent(5.0)));
    }
}
