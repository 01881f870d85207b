//! Index and records held against each other, line by line and row by row. Changes nothing.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use anyhow::Result;
use jiff::civil::Date;
use picket_common::wire::StreamId;

use super::numbers::Numbers;
use super::records::{self, Damaged};
use super::report::{Note, Report};
use super::{Job, REBUILD};
use crate::entry::Entry;
use crate::fact::{self, Fact};
use crate::index::{DIGESTS, Index, IndexError, Progress};
use crate::line::amendment::Amendment;
use crate::line::{Recorded, Stored};
use crate::text::Text;

/// What index and records have against each other.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The index lacks something that the records tell: it is to be made anew.
    pub(super) rebuild: bool,
    /// Rows of which the records do not tell.
    pub(super) unlined: Vec<u64>,
    /// Lines that say nothing.
    pub(super) damaged: Vec<Damaged>,
}

/// Holds `index` against the records. `live`: a hub goes on storing meanwhile, and what it does is left out.
pub(super) fn check(job: &Job, index: &Index, live: bool, report: &mut Report) -> Result<Found> {
    let before = index.progress()?;
    let mut check = Check::new(index, before.reached, report);
    job.progress.begin("reading records", None);
    let mut damaged = Vec::new();
    let ends = |day: Date| before.lengths.get(&(Text::Records, day)).copied();
    let mut each = |recorded: Recorded, place: (Date, u64)| {
        job.progress.done(1);
        check.line(recorded, place)
    };
    job.records.read(&ends, &mut each, &mut |line| damaged.push(line))?;
    if live {
        check.amended_since(job, &before)?;
    }
    check.marks()?;
    check.rows()?;
    check.absent();
    let mut found = check.found;
    for Damaged { day, line, why, .. } in &damaged {
        let repair = "it is moved to damaged/; what it said stays in the index, if that has it";
        report.problem(format!("records/{day}.jsonl:{line}"), format!("no record: {why}"), repair);
    }
    found.damaged = damaged;
    Ok(found)
}

struct Check<'a> {
    index: &'a Index,
    reached: u64,
    report: &'a mut Report,
    found: Found,
    /// Numbers that have a line.
    lined: Numbers,
    /// Images that were deleted.
    deleted: Numbers,
    /// Lines whose row is not there, or another one.
    absent: BTreeMap<u64, (Date, u64)>,
    marks: HashMap<StreamId, u64>,
    /// Of old senders' texts, the last image's number and digest.
    digests: HashMap<String, (u64, String)>,
}

impl<'a> Check<'a> {
    fn new(index: &'a Index, reached: u64, report: &'a mut Report) -> Check<'a> {
        let (found, lined, deleted, absent, marks, digests) = Default::default();
        Check { index, reached, report, found, lined, deleted, absent, marks, digests }
    }

    fn line(&mut self, recorded: Recorded, place: (Date, u64)) -> Result<()> {
        self.report.counts.lines += 1;
        if let Some(number) = records::number(&recorded) {
            if self.reached < number {
                self.wrong(place, format!("number {number} is recorded, and the index has come to {}", self.reached));
            }
            if !self.lined.add(number) {
                self.report.note(Note::ToldTwice, || at(place));
                return Ok(());
            }
        }
        match recorded {
            Recorded::Kept { number, entry, stored, .. } => self.kept(number, &entry, stored, place)?,
            Recorded::Rejected { number, key, .. } => {
                self.mark(StreamId(key.stream), key.seq);
                if self.index.rejection(number)?.is_none() {
                    self.absent.insert(number, place);
                }
            }
            Recorded::Amended { amendment: Amendment::Deleted(deleted), .. } => {
                match self.index.file_of(deleted.number)? {
                    Some(row) if row.file != deleted.file => {
                        self.report.note(Note::OddDeletions, || at(place));
                    }
                    _ => _ = self.deleted.add(deleted.number),
                }
            }
            Recorded::Amended { .. } => {}
        }
        Ok(())
    }

    fn kept(&mut self, number: u64, entry: &Entry, stored: Option<Stored>, place: (Date, u64)) -> Result<()> {
        if let (Some(stream), Some(seq)) = (entry.stream, entry.seq) {
            self.mark(stream, seq);
        }
        if let Some(digest) = &entry.digest {
            self.digests.insert(entry.msg.clone(), (number, digest.clone()));
            if 2 * DIGESTS < self.digests.len() {
                self.forget_digests();
            }
        }
        let is_there = match fact::read(entry) {
            Fact::Image(_) => match (self.index.file_of(number)?, stored) {
                (Some(row), Some(stored)) => Some(&row.file) == entry.file.as_ref() && row.stored == stored,
                (None, None) => true,
                _ => false,
            },
            Fact::Reading(_) => self.index.is_reading(number)?,
            Fact::Event(change) if !change.is_of_frames() => match &entry.event {
                Some(event) => self.index.has_event(event, &entry.node)?,
                None => true,
            },
            Fact::Event(_) | Fact::Health(_) => true,
        };
        if !is_there {
            self.absent.insert(number, place);
        }
        Ok(())
    }

    fn mark(&mut self, stream: StreamId, seq: u64) {
        if stream.0 != 0 {
            let mark = self.marks.entry(stream).or_default();
            *mark = seq.max(*mark);
        }
    }

    /// What a hub has deleted since the look at the index.
    fn amended_since(&mut self, job: &Job, before: &Progress) -> Result<()> {
        let (lengths, deleted) = (&before.lengths, &mut self.deleted);
        let mut each = |recorded: Recorded, _| {
            if let Recorded::Amended { amendment: Amendment::Deleted(line), .. } = recorded {
                deleted.add(line.number);
            }
            Ok(())
        };
        // Into whichever file it wrote: its clock may have been set back.
        let sizes: BTreeMap<Date, u64> = records::days(&job.data)?.into_iter().collect();
        let grown = |day: Date| {
            lengths.get(&(Text::Records, day)).copied().unwrap_or(0) < sizes.get(&day).copied().unwrap_or(0)
        };
        let ends = |day: Date| (!grown(day)).then_some(0);
        job.records.read(&ends, &mut each, &mut |_| {})
    }

    fn marks(&mut self) -> Result<()> {
        for (stream, seq) in std::mem::take(&mut self.marks) {
            let known = self.index.mark(stream)?.unwrap_or(0);
            if known < seq {
                self.found.rebuild = true;
                let found = format!("stream {stream} has come to {known}, in the records to {seq}");
                self.report.problem("picket.db", found, REBUILD);
            }
        }
        self.forget_digests();
        // A hub at work may have got further meanwhile, and forgotten others for it.
        let reached = self.reached;
        let known: HashMap<String, (u64, String)> =
            self.index.last_images()?.into_iter().map(|(text, digest, number)| (text, (number, digest))).collect();
        let is_ahead = known.values().any(|(number, _)| reached < *number);
        let odd = self.digests.iter().filter(|(text, (_, digest))| match known.get(*text) {
            Some((number, known)) => known != digest && *number <= reached,
            None => !is_ahead,
        });
        for (text, _) in odd {
            self.found.rebuild = true;
            let found = format!("the last image of {text:?} is another one than in the records");
            self.report.problem("picket.db", found, REBUILD);
        }
        Ok(())
    }

    /// The index knows so many of them, the newest.
    fn forget_digests(&mut self) {
        let mut numbers: Vec<u64> = self.digests.values().map(|(number, _)| *number).collect();
        numbers.sort_unstable_by_key(|number| Reverse(*number));
        if let Some(least) = numbers.get(DIGESTS - 1) {
            self.digests.retain(|_, (number, _)| *least <= *number);
        }
    }

    /// Rows without a line.
    fn rows(&mut self) -> Result<()> {
        let (mut unlined, mut undeleted) = (Vec::new(), Vec::new());
        self.index.filed(|row| {
            let judged = row.number <= self.reached;
            if judged && !self.lined.has(row.number) {
                unlined.push(row.number);
            } else if judged && self.deleted.has(row.number) {
                undeleted.push(row.number);
            }
            Ok::<_, IndexError>(())
        })?;
        self.index.other_numbers(|number| {
            if number <= self.reached && !self.lined.has(number) {
                unlined.push(number);
            }
        })?;
        for number in &unlined {
            let found = "no line of the records tells of it";
            self.report.problem(format!("picket.db, number {number}"), found, "a line is written from the row");
        }
        for number in &undeleted {
            self.found.rebuild = true;
            let place = format!("picket.db, number {number}");
            self.report.problem(place, "the records say that this image was deleted", REBUILD);
        }
        self.found.unlined = unlined;
        Ok(())
    }

    fn absent(&mut self) {
        for (number, place) in std::mem::take(&mut self.absent) {
            if !self.deleted.has(number) {
                self.wrong(place, format!("the index does not have number {number} as it says"));
            }
        }
    }

    fn wrong(&mut self, place: (Date, u64), found: String) {
        self.found.rebuild = true;
        self.report.problem(at(place), found, REBUILD);
    }
}

fn at((day, line): (Date, u64)) -> String {
    format!("records/{day}.jsonl:{line}")
}
