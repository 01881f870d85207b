//! The oracle: a file in which virtual nodes write down what they have sent and what was acknowledged, before what
//! follows from it happens. Held against what a hub has, it shows whether the hub keeps its word.
//!
//! | line | written |
//! |---|---|
//! | `sent STREAM SEQ BLAKE3 SIZE` | before the message may leave; `- 0` in place of the picture's checksum and bytes where it has none, as events |
//! | `acked STREAM SEQ` | when its acknowledgement has come, before the spool lets go of it; it may come twice |
//! | `refused STREAM SEQ` | when the hub has refused it for good |
//! | `dropped STREAM SEQ` | when the spool has no room for it; the hub may have it all the same |
//! | `damaged STREAM SEQ` | when it is found damaged in the spool's folder |
//! | `moved OLD NEW` | when a spool is opened on other hardware and one of its streams gets another name |
//!
//! Of old senders STREAM is the name and SEQ counts the pictures. Lines are added to what the file holds. Each is
//! written whole; where a writer was killed in the middle of one, it ends there, and the next one begins on a new line.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Arc;

/// The file. Clones write to the same.
#[derive(Debug, Clone)]
pub(super) struct Oracle(Arc<File>);

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    Acked,
    Refused,
    Dropped,
    Damaged,
}

impl Ending {
    fn word(self) -> &'static str {
        match self {
            Ending::Acked => "acked",
            Ending::Refused => "refused",
            Ending::Dropped => "dropped",
            Ending::Damaged => "damaged",
        }
    }
}

/// Lines that are written together.
#[derive(Debug, Default)]
pub(super) struct Lines(String);

impl Lines {
    pub(super) fn sent(&mut self, stream: &str, seq: u64, picture: Option<&[u8]>) {
        // Writing to a text cannot fail.
        let _ = match picture {
            Some(bytes) => writeln!(self.0, "sent {stream} {seq} {} {}", blake3::hash(bytes).to_hex(), bytes.len()),
            None => writeln!(self.0, "sent {stream} {seq} - 0"),
        };
    }

    pub(super) fn ended(&mut self, stream: &str, seq: u64, ending: Ending) {
        let _ = writeln!(self.0, "{} {stream} {seq}", ending.word());
    }

    pub(super) fn moved(&mut self, from: &str, to: &str) {
        let _ = writeln!(self.0, "moved {from} {to}");
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

impl Oracle {
    /// Goes on with the file at `path`, or begins it.
    pub(super) fn open(path: &Path) -> io::Result<Oracle> {
        let mut file = File::options().append(true).read(true).create(true).open(path)?;
        let mut last = [b'\n'];
        if 0 < file.seek(SeekFrom::End(0))? {
            file.seek(SeekFrom::End(-1))?;
            file.read_exact(&mut last)?;
        }
        if last != *b"\n" {
            file.write_all(b"\n")?;
        }
        Ok(Oracle(Arc::new(file)))
    }

    /// Adds lines, with one write.
    pub(super) fn write(&self, lines: &mut Lines) -> io::Result<()> {
        if !lines.0.is_empty() {
            (&*self.0).write_all(lines.0.as_bytes())?;
            lines.0.clear();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_whole_and_follow_what_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("oracle");
        let mut lines = Lines::default();
        let oracle = Oracle::open(&path).unwrap();
        lines.sent("0a", 1, Some(b"abc"));
        lines.sent("0a", 2, None);
        oracle.write(&mut lines).unwrap();
        oracle.write(&mut lines).unwrap();
        // As a kill in the middle of a line leaves it.
        (&*oracle.0).write_all(b"acked 0").unwrap();
        let oracle = Oracle::open(&path).unwrap();
        for (seq, ending) in [(1, Ending::Acked), (2, Ending::Dropped), (3, Ending::Refused), (4, Ending::Damaged)] {
            lines.ended("0a", seq, ending);
        }
        lines.moved("0a", "0b");
        oracle.write(&mut lines).unwrap();
        // The checksum of "abc" as in BLAKE3's own examples.
        let expected = "sent 0a 1 6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85 3\nsent 0a 2 - 0\n\
                        acked 0\nacked 0a 1\ndropped 0a 2\nrefused 0a 3\ndamaged 0a 4\nmoved 0a 0b\n";
        assert_eq!(std::fs::read_to_string(path).unwrap(), expected);
    }
}
