//! A text file, read backwards: its records from the last to the first, where a record is a line that begins as the lines
//! of the log do, with those behind it that do not.

use std::io;
use std::os::unix::fs::FileExt;

use crate::import::line::stamped;

/// So much is read at once.
const CHUNK: u64 = 128 << 10;
/// Of a longer record the rest is left out.
const LONGEST: usize = 64 << 10;
/// A line's time lies within so many bytes.
const STAMP: usize = 32;

/// One record.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Record {
    /// Where it begins.
    pub(super) start: u64,
    /// What it says, without the last line's end.
    pub(super) bytes: Vec<u8>,
}

/// A file, of which the part before `end` is still to be read.
pub(super) struct Window<F> {
    file: F,
    /// Where the records that were given begin.
    end: u64,
    /// Where `bytes` begin.
    start: u64,
    /// What is held and was not given.
    bytes: Vec<u8>,
    /// Lines that belong to a record further up, from the last one on.
    behind: Vec<Vec<u8>>,
}

impl<F: FileExt> Window<F> {
    /// The first `end` bytes of `file`.
    pub(super) fn new(file: F, end: u64) -> Window<F> {
        Window { file, end, start: end, bytes: Vec::new(), behind: Vec::new() }
    }

    /// Where those records begin that were given so far.
    pub(super) fn end(&self) -> u64 {
        self.end
    }

    /// The record before; none at the beginning of the file, or where `budget`, in bytes, is used up.
    pub(super) fn before(&mut self, budget: &mut u64) -> io::Result<Option<Record>> {
        while let Some((start, line)) = self.line(budget)? {
            let begins = String::from_utf8_lossy(line.get(..STAMP).unwrap_or(&line));
            if stamped(&begins).is_none() {
                self.put_behind(line, start);
                continue;
            }
            self.end = start;
            let mut bytes = line;
            while let Some(line) = self.behind.pop() {
                bytes.push(b'\n');
                bytes.extend(line);
            }
            return Ok(Some(Record { start, bytes }));
        }
        Ok(None)
    }

    /// Something that goes on for too long is no record of ours, and is passed over, so that a question gets on.
    fn put_behind(&mut self, line: Vec<u8>, start: u64) {
        let held: usize = self.behind.iter().map(Vec::len).sum();
        if LONGEST < held + line.len() {
            self.behind.clear();
            self.end = start;
        } else if !(line.is_empty() && self.behind.is_empty()) {
            self.behind.push(line);
        }
    }

    /// The line before, and where it begins.
    fn line(&mut self, budget: &mut u64) -> io::Result<Option<(u64, Vec<u8>)>> {
        if self.start == 0 && self.bytes.is_empty() {
            return Ok(None);
        }
        self.bytes.pop_if(|last| *last == b'\n');
        loop {
            if let Some(place) = self.bytes.iter().rposition(|byte| *byte == b'\n') {
                let line = self.bytes.split_off(place + 1);
                return Ok(Some((self.start + place as u64 + 1, line)));
            }
            if self.start == 0 {
                return Ok(Some((0, std::mem::take(&mut self.bytes))));
            }
            if !self.fill(budget)? {
                return Ok(None);
            }
        }
    }

    /// Reads what lies before; whether the budget has allowed it.
    fn fill(&mut self, budget: &mut u64) -> io::Result<bool> {
        let size = CHUNK.min(self.start).min(*budget);
        if size == 0 {
            return Ok(false);
        }
        let mut bytes = vec![0; size as usize];
        self.file.read_exact_at(&mut bytes, self.start - size)?;
        let is_first = self.start == self.end && self.bytes.is_empty();
        if LONGEST < self.bytes.len() {
            // Only the beginning of a very long line is kept, and a question gets on.
            self.bytes.clear();
            self.behind.clear();
            self.end = self.start;
        }
        *budget -= size;
        self.start -= size;
        if is_first {
            bytes.pop_if(|last| *last == b'\n');
        }
        bytes.append(&mut self.bytes);
        self.bytes = bytes;
        Ok(true)
    }
}
