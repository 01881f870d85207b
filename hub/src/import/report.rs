//! What became of everything in the old directory: counted, and told at the end. Whatever is not taken is here with
//! its reason. Knows no files.

use std::collections::BTreeMap;
use std::io::{self, Write};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::line::one_line;

/// So many examples are named of each reason.
const EXAMPLES: usize = 3;

/// Images, and lines of logs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// Image files.
    pub images: u64,
    /// Log lines. A text of several lines, such as a traceback, counts as so many.
    pub lines: u64,
}

/// Things that share a reason.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Group {
    /// How many.
    pub count: u64,
    /// Where the first of them are: `logs/imagehub.log:17`.
    pub examples: Vec<String>,
}

impl Group {
    fn add(&mut self, place: impl FnOnce() -> String) {
        self.count += 1;
        if self.examples.len() < EXAMPLES {
            self.examples.push(place());
        }
    }
}

/// A node and a view that a file's name was read as, where nothing tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guess {
    /// The node.
    pub node: String,
    /// Its view.
    pub view: Option<String>,
    /// How many images have the name.
    pub images: u64,
}

/// The closing count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// What was taken, or would be.
    pub taken: Count,
    /// What was there already.
    pub known: Count,
    /// What was left alone, by reason.
    pub left: BTreeMap<String, Group>,
    /// What was taken and is odd, by oddity.
    pub odd: BTreeMap<String, Group>,
    /// By what images' names have before their time.
    pub guesses: BTreeMap<String, Guess>,
    /// The times of the first and of the last thing taken.
    pub span: Option<(Timestamp, Timestamp)>,
}

impl Report {
    pub(super) fn left(&mut self, reason: &str, place: impl FnOnce() -> String) {
        self.left.entry(reason.to_owned()).or_default().add(place);
    }

    pub(super) fn odd(&mut self, what: &str, place: impl FnOnce() -> String) {
        self.odd.entry(what.to_owned()).or_default().add(place);
    }

    pub(super) fn taken(&mut self, at: Timestamp) {
        let (first, last) = self.span.unwrap_or((at, at));
        self.span = Some((first.min(at), last.max(at)));
    }

    /// Says it all. `dry`: nothing was done. `copied` or linked.
    pub(crate) fn print(&self, dry: bool, copied: bool, zone: &TimeZone, out: &mut dyn Write) -> io::Result<()> {
        let act = match (dry, copied) {
            (true, true) => "would copy",
            (true, false) => "would take",
            (false, true) => "copied",
            (false, false) => "took",
        };
        let day = |time: Timestamp| time.to_zoned(zone.clone()).date();
        let span = match self.span.map(|(first, last)| (day(first), day(last))) {
            Some((first, last)) if first == last => format!(", of {first}"),
            Some((first, last)) => format!(", of {first} to {last}"),
            None => String::new(),
        };
        writeln!(out, "{act} {}{span}", self.taken.words())?;
        writeln!(out, "already there: {}", self.known.words())?;
        let left = self.left.values().map(|group| group.count).sum();
        writeln!(out, "left alone: {}", number(left))?;
        groups(&self.left, out)?;
        if !self.odd.is_empty() {
            writeln!(out, "taken, and odd:")?;
            groups(&self.odd, out)?;
        }
        if !self.guesses.is_empty() {
            writeln!(out, "guessed from images' names, which no log line and no earlier message tells apart:")?;
            for (name, Guess { node, view, images }) in &self.guesses {
                let view = view.as_ref().map(|view| format!(", view {view}")).unwrap_or_default();
                writeln!(out, "  {}: node {node}{view} ({})", one_line(name), plural(*images, "image"))?;
            }
        }
        Ok(())
    }
}

impl Count {
    fn words(&self) -> String {
        format!("{} and {}", plural(self.images, "image"), plural(self.lines, "log line"))
    }
}

fn groups(groups: &BTreeMap<String, Group>, out: &mut dyn Write) -> io::Result<()> {
    for (reason, Group { count, examples }) in groups {
        let more = if EXAMPLES < *count as usize { ", ..." } else { "" };
        writeln!(out, "  {}, {reason}: {}{more}", number(*count), one_line(&examples.join(", ")))?;
    }
    Ok(())
}

fn plural(count: u64, what: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{} {what}{s}", number(count))
}

/// `1,137`.
fn number(count: u64) -> String {
    let digits = count.to_string();
    let mut words = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if 0 < place && (digits.len() - place).is_multiple_of(3) {
            words.push(',');
        }
        words.push(digit);
    }
    words
}
