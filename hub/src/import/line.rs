//! The lines of an imagehub's log, `2021-09-23 18:39:41,014 ~ Driveway Mailbox|motion|moving`, and what belongs
//! together of them: a line without a time, such as those of a Python traceback, goes on with what the line before
//! began. Pure: bytes in, texts out, whatever the bytes are. Names nothing of Picket's, so that a fuzzer can have
//! it alone.

use std::io::{self, BufRead, Read};

use jiff::civil::DateTime;

/// The longest line, and the longest text of several, in bytes. imagehub's own are below 200.
pub const LONGEST: usize = 64 << 10;

/// How Python's traceback begins; imagehub logs one behind a line of its own.
const TRACEBACK: &str = "Traceback (most recent call last)";

/// What was logged at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logged {
    /// The number of its first line in the file, from 1.
    pub number: u64,
    /// How many lines it has.
    pub lines: u64,
    /// The time that it gives, in the local time of its hub, to the millisecond.
    pub at: DateTime,
    /// The text; several lines are divided by `\n`.
    pub text: String,
    /// Some of its bytes were no UTF-8 and are written as U+FFFD.
    pub lossy: bool,
    /// It is the file's last line and has no end.
    pub cut: bool,
}

/// Why a line is part of nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Odd {
    /// There is nothing on it.
    Empty,
    /// It has no time, and comes before the first that has one.
    NoTime,
    /// It is longer than [`LONGEST`], or makes the text so long.
    TooLong,
    /// The file ends in the middle of its time.
    Cut,
}

/// One thing found in a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// A text with its time.
    Logged(Logged),
    /// A line, by its number, that is part of nothing.
    Odd(u64, Odd),
}

/// The time and the text of a line that has a time: `2021-09-23 18:39:41,014 ~ text`.
pub fn stamped(line: &str) -> Option<(DateTime, &str)> {
    let (stamp, rest) = (line.get(..19)?, line.get(19..)?);
    let number = |from: usize, to: usize| digits(stamp.get(from..to)?);
    let marks = [(4, b'-'), (7, b'-'), (10, b' '), (13, b':'), (16, b':')];
    if marks.iter().any(|(place, mark)| stamp.as_bytes().get(*place) != Some(mark)) {
        return None;
    }
    let (thousandths, text) = rest.strip_prefix(',')?.split_once(" ~")?;
    let thousandths = i64::from(digits(thousandths).filter(|_| thousandths.len() <= 4)?);
    let date = jiff::civil::date(0, 1, 1).with();
    let date = date.year(number(0, 4)? as i16).month(number(5, 7)? as i8).day(number(8, 10)? as i8).build().ok()?;
    let time = date.at(0, 0, 0, 0).with();
    let time = time.hour(number(11, 13)? as i8).minute(number(14, 16)? as i8).second(number(17, 19)? as i8);
    // Older Pythons round up to `,1000`.
    let at = time.build().ok()?.checked_add(jiff::SignedDuration::from_millis(thousandths)).ok()?;
    Some((at, text.strip_prefix(' ').unwrap_or(text)))
}

/// A number of up to four digits.
fn digits(text: &str) -> Option<u16> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

/// A log file, read from its beginning.
pub struct Log<R> {
    bytes: R,
    number: u64,
    open: Option<Logged>,
    /// Empty lines that are part of the text if it goes on.
    empty: Vec<u64>,
    ready: std::collections::VecDeque<Found>,
    ended: bool,
}

impl<R: BufRead> Log<R> {
    /// The log in `bytes`.
    pub fn new(bytes: R) -> Log<R> {
        Log { bytes, number: 0, open: None, empty: Vec::new(), ready: Default::default(), ended: false }
    }

    /// Takes one more line, if there is one.
    fn read_line(&mut self) -> io::Result<()> {
        let mut bytes = Vec::new();
        self.bytes.by_ref().take(LONGEST as u64 + 2).read_until(b'\n', &mut bytes)?;
        let ended = bytes.pop_if(|last| *last == b'\n').is_some();
        if !ended && bytes.is_empty() {
            self.ended = true;
            return Ok(());
        }
        self.number += 1;
        if LONGEST < bytes.len() {
            if !ended {
                skip_line(&mut self.bytes)?;
            }
            self.ready.push_back(Found::Odd(self.number, Odd::TooLong));
            return Ok(());
        }
        let text = String::from_utf8_lossy(&bytes);
        let lossy = matches!(text, std::borrow::Cow::Owned(_));
        // A power cut leaves zeros where the next start goes on, an editor a byte order mark.
        let line = text.trim_start_matches(['\0', '\u{feff}']).trim_end_matches('\r');
        self.line(line, lossy, !ended);
        Ok(())
    }

    fn line(&mut self, line: &str, lossy: bool, cut: bool) {
        let number = self.number;
        if let Some((at, text)) = stamped(line) {
            self.close();
            self.open = Some(Logged { number, lines: 1, at, text: text.to_owned(), lossy, cut });
        } else if line.trim().is_empty() {
            self.empty.push(number);
            if LONGEST < self.empty.len() {
                self.ready.extend(self.empty.drain(..).map(|number| Found::Odd(number, Odd::Empty)));
            }
        } else if cut && is_begun_stamp(line) {
            self.ready.push_back(Found::Odd(number, Odd::Cut));
        } else {
            self.go_on(line, lossy, cut);
        }
    }

    /// A line without a time.
    fn go_on(&mut self, line: &str, lossy: bool, cut: bool) {
        let number = self.number;
        // What goes wrong in imagehub is no part of what a node said.
        if let Some(open) = self.open.as_ref().filter(|open| open.text.contains('|') && line.starts_with(TRACEBACK)) {
            let own = Logged { number, lines: 1, at: open.at, text: line.to_owned(), lossy, cut };
            self.close();
            self.open = Some(own);
            return;
        }
        let Some(open) = &mut self.open else {
            self.ready.push_back(Found::Odd(number, Odd::NoTime));
            return;
        };
        if LONGEST < open.text.len() + self.empty.len() + line.len() {
            self.ready.push_back(Found::Odd(number, Odd::TooLong));
            return;
        }
        open.lines += 1 + self.empty.len() as u64;
        open.text.extend(self.empty.drain(..).map(|_| '\n'));
        open.text.push('\n');
        open.text.push_str(line);
        open.lossy |= lossy;
        open.cut |= cut;
    }

    /// Nothing more belongs to the text at hand.
    fn close(&mut self) {
        self.ready.extend(self.open.take().map(Found::Logged));
        self.ready.extend(self.empty.drain(..).map(|number| Found::Odd(number, Odd::Empty)));
    }
}

impl<R: BufRead> Iterator for Log<R> {
    type Item = io::Result<Found>;

    fn next(&mut self) -> Option<io::Result<Found>> {
        loop {
            if let Some(found) = self.ready.pop_front() {
                return Some(Ok(found));
            }
            if self.ended {
                return None;
            }
            if let Err(error) = self.read_line() {
                // What was read of the file counts; the rest of it cannot be reached.
                self.ended = true;
                self.close();
                return Some(Err(error));
            }
            if self.ended {
                self.close();
            }
        }
    }
}

/// Whether a time was begun here and nothing else.
fn is_begun_stamp(line: &str) -> bool {
    line.len() < 26
        && line.starts_with(|c: char| c.is_ascii_digit())
        && line.chars().all(|c| "0123456789-: ,~".contains(c))
}

/// Passes over the rest of a line.
fn skip_line(bytes: &mut impl BufRead) -> io::Result<()> {
    loop {
        let buffer = bytes.fill_buf()?;
        if buffer.is_empty() {
            return Ok(());
        }
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let length = end.map_or(buffer.len(), |end| end + 1);
        bytes.consume(length);
        if end.is_some() {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests;
