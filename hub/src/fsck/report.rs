//! What fsck has found, and what it did about it, as lines for people or as JSON. The last line says what it comes to. Knows
//! no file.

use std::collections::BTreeMap;
use std::io::{self, Write};

use picket_common::bytes::Bytes;
use serde::Serialize;

pub use super::note::{Note, Noted};
use crate::line::one_line;

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

/// What is told beside what is wrong: how many of each, and some of them.
pub type Notes = BTreeMap<Note, Noted>;

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
    /// There was no index by which to look at records and images.
    pub no_index: bool,
}

impl Report {
    pub(super) fn problem(&mut self, place: impl ToString, found: impl ToString, repair: impl ToString) {
        self.problems.push(Problem::new(place, found, repair));
    }

    pub(super) fn note(&mut self, note: Note, place: impl FnOnce() -> String) {
        self.notes.entry(note).or_default().add(place);
    }

    /// The problems, each in a line, with these words before it and before what a repair does.
    pub(super) fn print_problems(
        &self,
        (before, hint): (&str, &str),
        json: bool,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        for problem in &self.problems {
            let Problem { place, found, repair } = problem;
            match json {
                true => writeln!(out, "{}", serde_json::to_string(problem)?)?,
                false => writeln!(out, "{before}{}: {}; {hint}{repair}", one_line(place), one_line(found))?,
            }
        }
        Ok(())
    }

    /// What was done, and what is worth knowing.
    pub(super) fn print_rest(&self, json: bool, out: &mut dyn Write) -> io::Result<()> {
        if json {
            let Report { notes, done, counts, problems, no_index } = self;
            let counts = (!no_index).then_some(counts);
            let rest = serde_json::json!({"notes": notes, "done": done, "counts": counts, "problems": problems.len()});
            return writeln!(out, "{rest}");
        }
        self.done.iter().try_for_each(|done| writeln!(out, "done: {}", one_line(done)))?;
        for (note, noted) in &self.notes {
            writeln!(out, "note: {}", noted.words(*note))?;
        }
        if self.no_index {
            return writeln!(out, "images and records were not looked at: for that picket.db has to be in order first");
        }
        let Counts { images, bytes, lines, journaled } = &self.counts;
        let size = Bytes(*bytes);
        writeln!(
            out,
            "looked at {images} images of {size}, {lines} lines of records, {journaled} records still in the journal"
        )
    }

    /// What it comes to, in a line.
    pub(super) fn verdict(&self, repaired: bool) -> String {
        match (self.problems.len(), repaired) {
            (0, true) if !self.done.is_empty() => "repaired: nothing is wrong any more".to_owned(),
            (0, _) => "nothing is wrong".to_owned(),
            (1, false) => "1 thing is wrong; `picket-hub fsck --repair` does what is said there".to_owned(),
            (many, false) => format!("{many} things are wrong; `picket-hub fsck --repair` does what is said there"),
            (1, true) => "1 thing is still wrong".to_owned(),
            (many, true) => format!("{many} things are still wrong"),
        }
    }
}
