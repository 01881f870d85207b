//! What an import is going to do: everything that is not there yet, in the order of time, with all that could turn out
//! differently later decided. Changes nothing.

mod images;
mod lines;

use std::collections::HashSet;
use std::path::Path;

use anyhow::Result;
use jiff::Timestamp;
use picket_common::event::Kind;
use serde_json::json;

use super::Job;
use super::guess::{Names, Source};
use super::history::Present;
use super::report::Report;
use super::scan::Scan;
use crate::entry::{Entry, Import, Origin};
use crate::index::Index;

/// One thing to take.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) at: Timestamp,
    pub(super) what: What,
}

/// What it is.
#[derive(Debug)]
pub(super) enum What {
    Line { text: String, lines: u64, present: Present },
    Image { path: String, file: String, size: u64, pixels: (u32, u32), source: usize },
}

/// All of it.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) items: Vec<Item>,
    sources: Vec<Source>,
}

/// Decides about everything that `scan` has found. `index` is none where no hub has stored anything yet.
pub(super) fn plan(job: &Job, scan: Scan, index: Option<&Index>, report: &mut Report) -> Result<Plan> {
    let mut names = Names::default();
    for node in index.map(Index::sources).transpose()?.unwrap_or_default() {
        names.know(&node.0, node.1.as_deref());
    }
    let lines = lines::lines(job, &scan.logs, index, &mut names, report)?;
    let (mut plan, mut items) = (Plan::default(), Vec::new());
    images::images(job, scan.images, index, &mut names, &mut plan, report)?;
    items.extend(lines);
    items.append(&mut plan.items);
    // Of the same moment, first what was said: a frame is sent behind its event.
    items.sort_by_key(|item| item.at);
    for item in &items {
        report.taken(item.at);
        match &item.what {
            What::Line { lines, .. } => report.taken.lines += lines,
            What::Image { .. } => report.taken.images += 1,
        }
    }
    Ok(Plan { items, ..plan })
}

impl Plan {
    /// The journal's entry for `item`.
    pub(super) fn entry(&self, job: &Job, item: &Item) -> Entry {
        match &item.what {
            What::Line { text, present, .. } => {
                let Present { past, until } = *present;
                let import = Import { origin: None, logged: job.shared.1, past, until };
                Entry { import: Some(import), ..lines::entry(text, item.at, &job.zone) }
            }
            What::Image { path, file, size, pixels: (width, height), source } => {
                let (node, view) = self.sources.get(*source).cloned().unwrap_or_default();
                let subject = view.as_ref().map_or_else(|| node.clone(), |view| format!("{node} {view}"));
                let path = job.root.join(path).to_string_lossy().into_owned();
                let origin = Origin { path, size: *size, copy: job.copy };
                Entry {
                    data: json!({"width": width, "height": height}),
                    file: Some(file.clone()),
                    import: Some(Import { origin: Some(origin), ..Import::default() }),
                    ..Entry::new(Kind::Image, (node, view), format!("{subject}|jpg"), item.at, &job.zone)
                }
            }
        }
    }
}

/// The folders in which images are to be linked or copied, each once with an image from there.
pub(super) fn origins<'a>(job: &Job, plan: &'a Plan) -> Vec<&'a str> {
    let mut folders: HashSet<Option<&Path>> = HashSet::new();
    let paths = plan.items.iter().filter_map(|item| match &item.what {
        What::Image { path, file, .. } if !(job.shared.0 && path == file) => Some(path.as_str()),
        _ => None,
    });
    paths.filter(|path: &&'a str| folders.insert(Path::new(*path).parent())).collect()
}
