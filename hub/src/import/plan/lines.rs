//! Which log lines are new, and what each becomes.

use std::collections::HashMap;

use anyhow::Result;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use picket_common::event::Kind;

use super::{Item, What};
use crate::entry::Entry;
use crate::import::guess::Names;
use crate::import::line::Logged;
use crate::import::report::Report;
use crate::import::{Job, history, known, logs as log_files};
use crate::index::Index;
use crate::ingest::old_event;

/// The name under which imagehub's own lines are found.
const IMAGEHUB: &str = "imagehub";

/// What a line's text is journaled as: an old sender's message, or imagehub's own word.
pub(super) fn entry(text: &str, at: Timestamp, zone: &TimeZone) -> Entry {
    let own = || Entry::new(Kind::Other, (IMAGEHUB.to_owned(), None), text.to_owned(), at, zone);
    let is_own = !text.contains('|') || text.starts_with("Traceback ");
    let said = if is_own { None } else { old_event(text, at, zone) };
    said.unwrap_or_else(own)
}

/// The log lines that are not there yet, in their order.
pub(super) fn lines(
    job: &Job,
    logs: &[String],
    index: Option<&Index>,
    names: &mut Names,
    report: &mut Report,
) -> Result<Vec<Item>> {
    let mut all = Vec::new();
    job.progress.begin("reading logs", None);
    for (file, path) in logs.iter().enumerate() {
        log_files::read(job, path, report, |at, logged| all.push((at, file, logged)));
    }
    let mut counts = all.iter().map(|(at, _, logged)| (known::line_key(*at, &logged.text), 0)).collect();
    if let Some(first) = all.iter().map(|(at, ..)| *at).min() {
        known::count_lines(&job.data, job.zone.to_datetime(first).date(), &mut counts)?;
    }
    let is_new = new_ones(&all, counts);
    let mut lines: Vec<(Timestamp, Logged, bool)> =
        all.into_iter().zip(is_new).map(|((at, _, logged), is_new)| (at, logged, is_new)).collect();
    lines.sort_by_key(|(at, ..)| *at);
    let entries = lines.iter().map(|(at, logged, _)| entry(&logged.text, *at, &job.zone));
    let presents = history::presents(entries, index, names)?;
    let mut items = Vec::new();
    for ((at, logged, is_new), present) in lines.into_iter().zip(presents) {
        if is_new {
            items.push(Item { at, what: What::Line { text: logged.text, lines: logged.lines, present } });
        } else {
            report.known.lines += logged.lines;
        }
    }
    Ok(items)
}

/// Which lines are new: those beyond as many as `counts` says that there are. The same line in another file is a copy
/// of that file, and not a second line.
fn new_ones(all: &[(Timestamp, usize, Logged)], mut counts: HashMap<known::LineKey, u32>) -> Vec<bool> {
    let mut here: HashMap<known::LineKey, u32> = HashMap::new();
    let mut in_file = None;
    let judge = |(at, file, logged): &(Timestamp, usize, Logged)| {
        if in_file.replace(*file) != Some(*file) {
            here.clear();
        }
        let key = known::line_key(*at, &logged.text);
        let (here, there) = (here.entry(key).or_default(), counts.entry(key).or_default());
        *here += 1;
        let is_new = *there < *here;
        *there = (*there).max(*here);
        is_new
    };
    all.iter().map(judge).collect()
}
