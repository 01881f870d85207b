//! What fsck tells beside what is wrong, in words and by its name in JSON.

use serde::Serialize;

use crate::line::one_line;

/// So many examples are named of each.
const EXAMPLES: usize = 5;

/// Something that is not wrong, and worth knowing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Note {
    /// A hub is at work.
    HubAtWork,
    /// Damages in the journal.
    DamagedJournal,
    /// Lines that tell of a number that was told of.
    ToldTwice,
    /// Lines of elder versions that name another file than the image's.
    OddDeletions,
    /// Elder logs that were removed.
    LogsGone,
    /// Files that a hub at work may just be storing.
    JustWritten,
    /// Files that nobody knows.
    Strangers,
}

/// How many there are of a note, and some of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Noted {
    /// How many.
    pub count: u64,
    /// Some: files, or lines.
    pub examples: Vec<String>,
}

impl Noted {
    pub(super) fn add(&mut self, place: impl FnOnce() -> String) {
        self.count += 1;
        if self.examples.len() < EXAMPLES {
            self.examples.push(place());
        }
    }

    /// In a line.
    pub(super) fn words(&self, note: Note) -> String {
        let more = if self.examples.len() as u64 == self.count { "" } else { ", ..." };
        let which = format!("{}{more}", one_line(&self.examples.join(", ")));
        let (one, many, advice) = match note {
            Note::HubAtWork => {
                return format!("{which} is at work: its journal, and what it stores meanwhile, are left out");
            }
            Note::DamagedJournal => ("damage in the journal", "damages in the journal", "it costs what it hits"),
            Note::ToldTwice => (
                "line of the records tells of a message that another one tells of",
                "lines of the records tell of messages that others tell of",
                "the first counts",
            ),
            Note::OddDeletions => (
                "record of a deletion names another file than the image has",
                "records of deletions name other files than the images have",
                "nothing is deleted for it",
            ),
            Note::LogsGone => {
                ("elder log is not there any more", "elder logs are not there any more", "nothing else needs it")
            }
            Note::JustWritten => (
                "file was written just now, while a hub runs, and was not looked at",
                "files were written just now, while a hub runs, and were not looked at",
                "look again later",
            ),
            Note::Strangers => (
                "file in images is not in the index",
                "files in images are not in the index",
                "left alone; if it is an image, named as a hub names them, `picket-hub import` of the data directory itself takes it",
            ),
        };
        let what = if self.count == 1 { one } else { many };
        format!("{} {what}: {which} ({advice})", self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_says_how_many_and_names_some() {
        let check = |count: usize, expected: &str| {
            let mut noted = Noted::default();
            (0..count).for_each(|number| noted.add(|| format!("f{number}")));
            assert!(noted.words(Note::Strangers).starts_with(expected), "{}", noted.words(Note::Strangers));
        };
        check(1, "1 file in images is not in the index: f0 (left alone; ");
        check(5, "5 files in images are not in the index: f0, f1, f2, f3, f4 (left alone; ");
        check(7, "7 files in images are not in the index: f0, f1, f2, f3, f4, ... (left alone; ");
    }
}
