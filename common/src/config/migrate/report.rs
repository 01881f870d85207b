//! What is told of an old file: of each key that no longer does what it did or seemed to do, what it does now. Every
//! note is a comment in the new file and a line of the list.

use std::collections::BTreeSet;
use std::fmt;

use super::super::problem::{Position, Problem};
use super::{ConfigError, Old};

/// Gathers what is told.
#[derive(Debug)]
pub struct Report {
    file: String,
    text: String,
    program: &'static str,
    pub(super) notes: Vec<Note>,
    pub(super) kept: BTreeSet<String>,
    problems: Vec<Problem>,
}

/// A comment.
#[derive(Debug)]
pub(super) struct Note {
    /// Of what in the new file: `cameras[0].rotate`.
    pub(super) place: String,
    /// The old key and its place; a remark has none, and is no part of the list.
    old: Option<(String, Position)>,
    text: String,
}

impl Report {
    pub(super) fn new(file: &str, text: &str, program: &'static str) -> Report {
        let (notes, kept, problems) = Default::default();
        Report { file: file.to_owned(), text: text.to_owned(), program, notes, kept, problems }
    }

    /// The program whose file it is.
    pub fn program(&self) -> &'static str {
        self.program
    }

    /// How many things are told of.
    pub(super) fn count(&self) -> usize {
        self.notes.iter().filter(|note| note.old.is_some()).count()
    }

    /// The key at `place` of the new file is shown, though its value may be the default.
    pub fn keep(&mut self, place: impl Into<String>) {
        self.kept.insert(place.into());
    }

    /// Tells of an old key, beside the one at `place` of the new file, or above it; where there is none, at the
    /// nearest block around it.
    pub fn note(&mut self, old: &Old, place: impl Into<String>, text: &str) {
        self.notes.push(Note { place: place.into(), old: Some((old.path.clone(), old.at)), text: plain(text) });
    }

    /// A comment that is about no old key.
    pub fn remark(&mut self, place: impl Into<String>, text: &str) {
        self.notes.push(Note { place: place.into(), old: None, text: plain(text) });
    }

    /// The old file cannot be used, for what stands at `at`.
    pub fn refuse(&mut self, at: Position, path: &str, message: &str) {
        self.problems.push(Problem { position: Some(at), path: plain(path), message: plain(message) });
    }

    /// Why the old file cannot be used, if it cannot.
    pub(super) fn refusal(&self) -> Option<ConfigError> {
        let wrong = !self.problems.is_empty();
        wrong.then(|| ConfigError::new(&self.file, &self.text, self.problems.clone()))
    }
}

impl Note {
    /// Where its old key stands; remarks come first.
    pub(super) fn at(&self) -> Option<Position> {
        self.old.as_ref().map(|(_, at)| *at)
    }

    /// As a comment in the new file.
    pub(super) fn comment(&self) -> String {
        match &self.old {
            Some((path, at)) => {
                let key = plain(path.rsplit('.').next().unwrap_or_default());
                format!("{key} (line {}): {}", at.line, self.text)
            }
            None => self.text.clone(),
        }
    }
}

/// One line for each note, `file:line:column: key: what`, by their places.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines: Vec<(&(String, Position), &str)> =
            self.notes.iter().filter_map(|note| Some((note.old.as_ref()?, note.text.as_str()))).collect();
        lines.sort_by_key(|((_, at), _)| *at);
        for ((path, at), text) in lines {
            writeln!(f, "{}:{}:{}: {}: {text}", self.file, at.line, at.column, plain(path))?;
        }
        Ok(())
    }
}

/// A note is one line, whatever a text in quotes holds.
fn plain(text: &str) -> String {
    text.replace(|c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{FEFF}'), " ")
}
