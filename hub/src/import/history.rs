//! What an old log may say of the present. It tells of a door that opened and never closed; whether that is how things are
//! now depends on what is known from later.

use std::collections::HashMap;

use anyhow::Result;
use jiff::Timestamp;
use picket_common::event::Kind;

use super::guess::Names;
use crate::entry::Entry;
use crate::fact::{self, Change, Fact, Step};
use crate::index::{Index, Topic, Wanted};

/// What one line says of the present.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Present {
    /// Nothing.
    pub(super) past: bool,
    /// It begins what nothing ends, and what is over: so long the log knew of the node.
    pub(super) until: Option<Timestamp>,
}

/// Whose state it is: node, view, what, detector.
type Subject = (String, Option<String>, String, String);

#[derive(Default)]
struct History {
    /// When each node was last heard.
    nodes: HashMap<String, Timestamp>,
    /// When each state was last told of, and the line that began what goes on.
    subjects: HashMap<Subject, (Timestamp, Option<usize>)>,
    /// The subject of each line that has one.
    lines: Vec<Option<Subject>>,
}

/// Decides for each of `entries`, a log's lines in the order of time, and makes known to `names` whom they name.
pub(super) fn presents(
    entries: impl Iterator<Item = Entry>,
    index: Option<&Index>,
    names: &mut Names,
) -> Result<Vec<Present>> {
    let mut history = History::default();
    for (line, entry) in entries.enumerate() {
        if entry.kind == Kind::Other {
            history.lines.push(None);
            continue;
        }
        names.know(&entry.node, entry.view.as_deref());
        let subject = history.note(line, &entry);
        history.lines.push(subject);
    }
    let Some(index) = index else { return Ok(vec![Present::default(); history.lines.len()]) };
    history.judge(index)
}

impl History {
    fn note(&mut self, line: usize, entry: &Entry) -> Option<Subject> {
        self.nodes.insert(entry.node.clone(), entry.at);
        let Fact::Event(change) = fact::read(entry) else { return None };
        if change.is_restart() {
            let own = self.subjects.iter_mut().filter(|((node, ..), _)| *node == entry.node);
            own.for_each(|(_, (_, open))| *open = None);
            return None;
        }
        if !change.is_state() {
            return None;
        }
        let Change { step, what, detector, .. } = change;
        let subject = (entry.node.clone(), entry.view.clone(), what, detector);
        let known = self.subjects.entry(subject.clone()).or_insert((entry.at, None));
        known.0 = entry.at;
        match step {
            Step::Start => known.1 = Some(line),
            Step::End => known.1 = None,
            Step::Update | Step::Point => {}
        }
        Some(subject)
    }

    fn judge(self, index: &Index) -> Result<Vec<Present>> {
        let mut restarts = HashMap::new();
        for node in index.nodes(&Wanted::default())? {
            restarts.extend(node.restarted.map(|restarted| (node.node, restarted)));
        }
        let mut over: HashMap<&Subject, Option<(usize, Timestamp)>> = HashMap::new();
        for (subject, (last, open)) in &self.subjects {
            let (node, view, what, _) = subject;
            let heard = self.nodes.get(node).copied().unwrap_or(*last);
            let restarted = restarts.get(node).is_some_and(|restarted| heard < *restarted);
            if restarted || newer(index, node, view.as_deref(), what, *last)? {
                over.insert(subject, open.map(|line| (line, heard)));
            }
        }
        let present = |(line, subject): (usize, &Option<Subject>)| {
            let over = subject.as_ref().and_then(|subject| over.get(subject));
            let until = over.copied().flatten().filter(|(open, _)| *open == line).map(|(_, heard)| heard);
            Present { past: over.is_some(), until }
        };
        Ok(self.lines.iter().enumerate().map(present).collect())
    }
}

/// Whether the index knows of the same from later. Of any detector: what an old log gives no detector for may be told by one
/// now.
fn newer(index: &Index, node: &str, view: Option<&str>, what: &str, than: Timestamp) -> Result<bool> {
    let newest = index.last(&Topic { node, view, what, detector: None }, None)?;
    Ok(newest.is_some_and(|(newest, _)| than < newest))
}
