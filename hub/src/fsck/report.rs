//! What fsck has found, and what it did about it, as lines for people or as JSON. Knows no file.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use crate::line::one_line;

/// So many examples are named of each note.
const EXAMPLES: usize = 5;

/// Something that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// A file, with a line or a number.
    pub place: String,
    /// What is wrong.
    pub found: String,
    /// What `--repair` does about it.
    pub repair: String,
}

impl Problem {
    /// A problem.
    pub fn new(place: impl ToString, found: impl ToString, repair: impl ToString) -> Problem {
        Problem { place: place.to_string(), found: found.to_string(), repair: repair.to_string() }
    }
}

/// What was looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Images in the index.
    pub images: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Lines of the records.
    pub lines: u64,
    /// Records in the journal that are to be shelved.
    pub journaled: u64,
}

/// What is told beside what is wrong, by what it is: how many, and some of them.
pub type Notes = BTreeMap<String, (u64, Vec<String>)>;

/// The whole.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// What is wrong.
    pub problems: Vec<Problem>,
    /// What is not wrong, and worth knowing.
    pub notes: Notes,
    /// What was done.
    pub done: Vec<String>,
    /// What was looked at.
    pub counts: Counts,
}

impl Report {
    pub(super) fn problem(&mut self, place: impl ToString, found: impl ToString, repair: impl ToString) {
        self.problems.push(Problem::new(place, found, repair));
    }

    pub(super) fn note(&mut self, what: &str, place: impl FnOnce() -> String) {
        let (count, examples) = self.notes.entry(what.to_owned()).or_default();
        *count += 1;
        if examples.len() < EXAMPLES {
            examples.push(place());
        }
    }

    /// The problems, each in a line.
    pub(super) fn print_problems(&self, repairing: bool, json: bool, out: &mut dyn Write) -> io::Result<()> {
        for problem in &self.problems {
            let Problem { place, found, repair } = problem;
            match (json, repairing) {
                (true, _) => writeln!(out, "{}", serde_json::to_string(problem)?)?,
                (false, true) => writeln!(out, "{}: {}; {repair}", one_line(place), one_line(found))?,
                (false, false) => writeln!(out, "{}: {}; --repair: {repair}", one_line(place), one_line(found))?,
            }
        }
        Ok(())
    }

    /// Everything else.
    pub(super) fn print_rest(&self, json: bool, out: &mut dyn Write) -> io::Result<()> {
        let Counts { images, bytes, lines, journaled } = &self.counts;
        if json {
            let Report { notes, done, counts, problems } = self;
            let rest = serde_json::json!({"notes": notes, "done": done, "counts": counts, "problems": problems.len()});
            return writeln!(out, "{rest}");
        }
        for (what, (count, examples)) in &self.notes {
            let more = if examples.len() < *count as usize { ", ..." } else { "" };
            writeln!(out, "{count} {what}: {}{more}", one_line(&examples.join(", ")))?;
        }
        self.done.iter().try_for_each(|done| writeln!(out, "{}", one_line(done)))?;
        writeln!(
            out,
            "looked at {images} images of {} MB, {lines} lines of records, {journaled} records still in the journal",
            bytes / 1_000_000
        )
    }
}
