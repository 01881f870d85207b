//! All lines of `records/`, in the order in which they were carried out: that of the journal's numbers. A day's file is in
//! that order; where the hub's clock went back, two files have to be read side by side. What became later of something
//! stored has no number of its own: its line tells behind which one it comes, elder ones by where they stand.
//!
//! A line whose check value does not fit says nothing, nor does one without any whose number others contradict: no number is
//! believed for itself alone. See [`super::elder`].

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use picket_common::log::disk::Disk;

use super::elder::{self, Witness};
use crate::line::{self, Line, Recorded};

/// Longer than any line is; a message's header has a bound far below.
const LONGEST: u64 = 256 << 20;

const FOLDER: &str = "records";

/// A line that says nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Damaged {
    /// Whose records.
    pub(super) day: Date,
    /// Counted from 1.
    pub(super) line: u64,
    /// Where in the file, in bytes, it begins and ends.
    pub(super) bytes: (u64, u64),
    /// What is wrong.
    pub(super) why: String,
}

/// The days that have records, in their order, each with its file's size.
pub(super) fn days(data: &Path) -> Result<Vec<(Date, u64)>> {
    let folder = data.join(FOLDER);
    let entries = match fs::read_dir(&folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.with_context(|| format!("cannot read {}", folder.display()))?,
    };
    let mut days = Vec::new();
    for entry in entries {
        let entry = entry.with_context(|| format!("cannot read {}", folder.display()))?;
        let name = entry.file_name();
        let day = name.to_str().and_then(|name| name.strip_suffix(".jsonl")).and_then(|day| day.parse::<Date>().ok());
        if let Some(day) = day.filter(|day| name.to_str() == Some(&format!("{day}.jsonl"))) {
            days.push((day, fs::metadata(entry.path()).map(|found| found.len()).unwrap_or(0)));
        }
    }
    days.sort();
    Ok(days)
}

/// The file of a day.
pub(super) fn path(data: &Path, day: Date) -> PathBuf {
    data.join(format!("{FOLDER}/{day}.jsonl"))
}

/// The records of a data directory.
pub(super) struct Records {
    data: PathBuf,
    zone: TimeZone,
    witness: Witness,
}

impl Records {
    /// The records below `data`, of a hub in `zone` with this journal.
    pub(super) fn new(data: &Path, zone: &TimeZone, journal: Option<Arc<dyn Disk>>) -> Records {
        Records { data: data.to_owned(), zone: zone.clone(), witness: Witness::new(journal) }
    }

    /// The data directory.
    pub(super) fn data(&self) -> &Path {
        &self.data
    }

    /// Hands every line up to `ends` (the whole file where it names none) to `each`, and those that say nothing to `damaged`.
    pub(super) fn read(
        &self,
        ends: &dyn Fn(Date) -> Option<u64>,
        each: &mut dyn FnMut(Recorded, (Date, u64)) -> Result<()>,
        damaged: &mut dyn FnMut(Damaged),
    ) -> Result<()> {
        let mut waiting = self.in_order(ends)?;
        let (mut sources, mut heap): (Vec<Option<Source>>, _) = (Vec::new(), BinaryHeap::new());
        loop {
            while let Some((first, day)) = waiting.last().copied() {
                let wanted =
                    heap.peek().is_none_or(|Reverse((key, ..)): &Reverse<(u64, bool, Date, usize)>| first <= *key);
                if !wanted {
                    break;
                }
                waiting.pop();
                let mut source = Source::open(self, day, ends(day))?;
                source.last = first.saturating_sub(1);
                if let Some((key, amends)) = source.advance(damaged)? {
                    heap.push(Reverse((key, amends, day, sources.len())));
                }
                sources.push(Some(source));
            }
            let Some(Reverse((.., day, place))) = heap.pop() else { return Ok(()) };
            let Some(source) = sources.get_mut(place).and_then(Option::as_mut) else { continue };
            if let Some(recorded) = source.held.take() {
                each(recorded, (day, source.line))?;
            }
            match source.advance(damaged)? {
                Some((key, amends)) => heap.push(Reverse((key, amends, day, place))),
                None => sources[place] = None,
            }
        }
    }

    /// Each day with its first number. Those that begin first are opened first, and no more at once than lie over one another: they
    /// stand last.
    fn in_order(&self, ends: &dyn Fn(Date) -> Option<u64>) -> Result<Vec<(u64, Date)>> {
        let mut waiting = Vec::new();
        let mut next_first = u64::MAX;
        for (day, _) in days(&self.data)?.into_iter().rev() {
            next_first = Source::open(self, day, ends(day))?.first()?.unwrap_or(next_first);
            waiting.push((next_first, day));
        }
        waiting.sort_by_key(|next| Reverse(*next));
        Ok(waiting)
    }
}

struct Source<'a> {
    records: &'a Records,
    file: BufReader<io::Take<File>>,
    place: PathBuf,
    day: Date,
    /// Where it ends for us.
    end: u64,
    /// The line last read, counted from 1, and where it ended.
    line: u64,
    offset: u64,
    /// The last number met, and the last one that was a line's own.
    last: u64,
    before: Option<u64>,
    held: Option<Recorded>,
}

impl Source<'_> {
    fn open(records: &Records, day: Date, end: Option<u64>) -> Result<Source<'_>> {
        let place = path(&records.data, day);
        let file = File::open(&place).with_context(|| format!("cannot read {}", place.display()))?;
        let end = end.unwrap_or(u64::MAX);
        let file = BufReader::with_capacity(128 << 10, file.take(end));
        let (line, offset, last, before, held) = Default::default();
        Ok(Source { records, file, place, day, end, line, offset, last, before, held })
    }

    /// The first number in the file, or the one behind which its first line comes.
    fn first(mut self) -> Result<Option<u64>> {
        while self.advance(&mut |_| {})?.is_some() {
            let told = match &self.held {
                Some(Recorded::Amended { after, .. }) => *after,
                held => held.as_ref().and_then(number),
            };
            if told.is_some() {
                return Ok(told);
            }
        }
        Ok(None)
    }

    /// Reads on to the next line that says something, and gives its place in the order.
    fn advance(&mut self, damaged: &mut dyn FnMut(Damaged)) -> Result<Option<(u64, bool)>> {
        loop {
            let begin = self.offset;
            let Some(line) = self.next_line()? else { return Ok(None) };
            let believed = match line {
                Ok(Line { recorded, checked: true }) => Ok(recorded),
                Ok(Line { recorded, checked: false }) => match self.doubt(&recorded)? {
                    None => Ok(recorded),
                    Some(why) => Err(why),
                },
                Err(why) => Err(why),
            };
            match believed {
                Ok(recorded) => return Ok(Some(self.hold(recorded))),
                Err(why) => damaged(Damaged { day: self.day, line: self.line, bytes: (begin, self.offset), why }),
            }
        }
    }

    /// The next line, whatever it says.
    fn next_line(&mut self) -> Result<Option<Result<Line, String>>> {
        let mut bytes = Vec::new();
        let read = (&mut self.file).take(LONGEST).read_until(b'\n', &mut bytes);
        let read = read.with_context(|| format!("cannot read {}", self.place.display()))?;
        if read == 0 {
            return Ok(None);
        }
        self.line += 1;
        self.offset += read as u64;
        let whole = bytes.strip_suffix(b"\n").ok_or_else(|| "it breaks off".to_owned());
        Ok(Some(whole.and_then(|line| line::read(line, self.day, &self.records.zone))))
    }

    fn hold(&mut self, recorded: Recorded) -> (u64, bool) {
        let own = number(&recorded);
        let (last, amends) = match &recorded {
            Recorded::Amended { after: Some(after), .. } => (*after, true),
            // Behind what it is about in any case.
            Recorded::Amended { amendment, after: None } => (self.last.max(amendment.number()), true),
            _ => (own.unwrap_or(self.last), false),
        };
        (self.held, self.last, self.before) = (Some(recorded), last, own.or(self.before));
        (last, amends)
    }

    /// Why a line without a check value is not believed.
    fn doubt(&self, recorded: &Recorded) -> Result<Option<String>> {
        let contradiction = self.records.witness.contradiction(recorded);
        let Some(number) = number(recorded).filter(|_| contradiction.is_none()) else { return Ok(contradiction) };
        if elder::follows(self.before, number) {
            return Ok(None);
        }
        let next = self.next_numbers()?;
        let why = || {
            format!(
                "it has no check value, and its number {number} does not fit to the lines around it, and the journal"
            )
        };
        let beyond = elder::is_beyond(self.records.witness.last(), self.before, number, next[0]);
        Ok((beyond || elder::is_raised(self.before, number, next)).then(why))
    }

    /// The numbers of the next two lines that have one.
    fn next_numbers(&self) -> Result<[Option<u64>; 2]> {
        let mut ahead = Source::open(self.records, self.day, None)?;
        let seek = ahead.file.get_mut().get_mut().seek(SeekFrom::Start(self.offset));
        seek.with_context(|| format!("cannot read {}", self.place.display()))?;
        ahead.file.get_mut().set_limit(self.end.saturating_sub(self.offset));
        let mut first = None;
        while let Some(line) = ahead.next_line()? {
            let number = line.ok().as_ref().and_then(|line| number(&line.recorded));
            if number.is_some() && first.is_some() {
                return Ok([first, number]);
            }
            first = first.or(number);
        }
        Ok([first, None])
    }
}

/// The journal's number of the record that became this line.
pub(super) fn number(recorded: &Recorded) -> Option<u64> {
    match recorded {
        Recorded::Kept { number, .. } | Recorded::Rejected { number, .. } => Some(*number),
        Recorded::Amended { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    /// Each record's number, with `?` where it has no check value, an amendment's as `*8`, and `!` with the line's number for damage.
    fn order(files: &[(&str, &str)]) -> String {
        let folder = sample::folder();
        fs::create_dir(folder.path().join(FOLDER)).unwrap();
        for (day, lines) in files {
            let text: Vec<String> = lines.split(' ').map(line).collect();
            fs::write(path(folder.path(), day.parse().unwrap()), text.concat()).unwrap();
        }
        let order = std::cell::RefCell::new(Vec::new());
        let mut each = |recorded: Recorded, _| {
            order.borrow_mut().push(match (&recorded, number(&recorded)) {
                (_, Some(number)) => number.to_string(),
                (Recorded::Amended { amendment, .. }, _) => format!("*{}", amendment.number()),
                _ => panic!("{recorded:?}"),
            });
            Ok(())
        };
        let mut damaged = |damaged: Damaged| order.borrow_mut().push(format!("!{}", damaged.line));
        Records::new(folder.path(), &TimeZone::UTC, None).read(&|_| None, &mut each, &mut damaged).unwrap();
        order.into_inner().join(" ")
    }

    fn line(word: &str) -> String {
        match (word.strip_prefix('*'), word) {
            (Some(amendment), _) => {
                let (number, after) = amendment.split_once('@').unwrap_or((amendment, "null"));
                format!(
                    "{{\"kind\":\"pinned\",\"number\":{number},\"at\":\"2026-11-20T12:00:00Z\",\"of\":\"image\",\
                     \"node\":\"Barn\",\"view\":null,\"event\":null,\"after\":{after}}}\n"
                )
            }
            (_, "garbage") => "\u{0}\u{0}{\n".to_owned(),
            (_, "torn") => "{\"number\":".to_owned(),
            (_, number) => match number.strip_suffix('?') {
                Some(number) => format!("{{\"number\":{number},\"kind\":\"rejected\",\"reason\":\"\"}}\n"),
                None => format!("{}\n", line::rejected_line(number.parse().unwrap(), None, None, "")),
            },
        }
    }

    #[test]
    fn lines_come_in_the_order_in_which_they_were_carried_out() {
        let check = |files: &[(&str, &str)], expected: &str| assert_eq!(order(files), expected, "{files:?}");
        check(&[], "");
        check(&[("2026-11-20", "1 2 3"), ("2026-11-21", "4 5")], "1 2 3 4 5");
        // The clock went back by a day, and forth again.
        check(&[("2026-11-20", "3 4 7"), ("2026-11-21", "1 2 5 6 8")], "1 2 3 4 5 6 7 8");
        check(&[("2026-11-20", "1 *1 2 *2"), ("2026-11-21", "*1 3 *3")], "1 *1 2 *2 *1 3 *3");
        check(&[("2026-11-20", "1 2"), ("2026-11-21", "*2"), ("2026-11-22", "3 *1")], "1 2 *2 3 *1");
        check(&[("2026-11-20", "*9 *8")], "*9 *8");
        // The clock went back by a day: what was deleted then had come before.
        check(&[("2026-11-20", "1 *3@4 *2@4 5"), ("2026-11-21", "2 3 *1@3 4")], "1 2 3 *1 4 *3 *2 5");
        check(&[("2026-11-20", "1 *3 *2 5"), ("2026-11-21", "2 3 4")], "1 2 3 *3 *2 4 5");
        // What was received before midnight is shelved after it.
        check(&[("2026-11-20", "1 2 3"), ("2026-11-21", "*1@1 4")], "1 *1 2 3 4");
    }

    #[test]
    fn lines_that_say_nothing_are_passed_over_with_their_place() {
        let check = |files: &[(&str, &str)], expected: &str| assert_eq!(order(files), expected, "{files:?}");
        check(&[("2026-11-20", "1 garbage 2 torn")], "1 !2 2 !4");
        check(&[("2026-11-20", "garbage torn"), ("2026-11-21", "1")], "!1 !2 1");
    }

    #[test]
    fn numbers_without_a_check_value_are_believed_where_they_fit() {
        let check = |files: &[(&str, &str)], expected: &str| assert_eq!(order(files), expected, "{files:?}");
        check(&[("2026-11-20", "1? 2? 3?"), ("2026-11-21", "4? 5")], "1 2 3 4 5");
        check(&[("2026-11-20", "1? 92? 3? *1@3 4")], "1 !2 3 *1 4");
        check(&[("2026-11-20", "91? *1@1 2? 3?")], "!1 *1 2 3");
        check(&[("2026-11-20", "1? 92? *1@2 garbage 3")], "1 !2 *1 !4 3");
        // What an elder repair has added at the end, and what is missing.
        check(&[("2026-11-20", "1? 3? 4? 2?")], "1 3 4 2");
        check(&[("2026-11-20", "1? 3? 2?"), ("2026-11-21", "9? 10?")], "1 3 2 9 10");
        check(&[("2026-11-20", "3? 4? 7?"), ("2026-11-21", "1? 2? 5? 6? 8?")], "1 2 3 4 5 6 7 8");
        // A check value is a better witness than any neighbour.
        check(&[("2026-11-20", "1 92 3 4")], "1 92 3 4");
    }
}
