//! Retention: what may be forgotten. Which images go is decided here, from the rules of the configuration and from what the
//! index and the disk say; the shelver carries it out between its batches. Only images go, the oldest first by when they were
//! taken; what is pinned stays. Knows no socket.
//!
//! Rules are applied in the order of [`Rule`]. Each begins beyond its limit and goes on until a little below it. What one
//! rule deletes counts for those behind it. A look at all rules is a [`Pass`], which finds the images a batch at a time; the
//! dry run is the same pass over an index from which nothing is deleted.

mod goal;
mod keeper;
mod pass;
mod report;
mod rule;
mod show;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::path::Path;

use picket_common::room::Room;
use picket_common::time::Timestamp;

pub use self::goal::{Goal, Unreachable, goals};
pub use self::keeper::{Keeper, Probe};
pub use self::pass::{Doomed, Pass};
pub use self::report::{Report, Sum};
pub use self::rule::Rule;
pub use self::show::{Options, Rules, run, warn_of_import};
use crate::config::RetentionConfig;
use crate::index::{Index, IndexError};

/// So many images are looked for at once in a dry run.
const AT_ONCE: usize = 10_000;

/// What the rules would delete now, and what of the room wanted is out of reach. Changes nothing.
pub fn dry_run(
    index: &Index,
    data: &Path,
    rules: &RetentionConfig,
    room: Option<Room>,
    now: Timestamp,
) -> Result<(Report, Option<Unreachable>), IndexError> {
    let totals = index.totals()?;
    let (mut goals, unreachable) = goals(rules, &totals, room, now, false);
    let ages = goals.iter().find(|goal| goal.rule == Rule::MaxAge).zip(rules.max_age);
    if let Some((goal, age)) = ages
        && !pass::has_older(index, goal, age.0)?
    {
        goals.retain(|goal| goal.rule != Rule::MaxAge);
    }
    let nodes: HashMap<i64, String> = totals.into_iter().map(|total| (total.view, total.node)).collect();
    let (mut pass, mut report) = (Pass::new(goals), Report::default());
    while !pass.is_done() {
        for doomed in pass.next(index, data, AT_ONCE)? {
            report.add(nodes.get(&doomed.view).map_or("", String::as_str), &doomed);
        }
    }
    Ok((report, unreachable))
}
