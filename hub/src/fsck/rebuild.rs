//! The index, made anew from `records/`: every line is carried out again as the shelver carried out its record, by the same
//! code, into a file of another name, which takes the index's place only when it is whole.
//!
//! A line that says that an image was deleted is no leave to delete a file. Whether the file was deleted then is not known any
//! more, and its name may have been given again, to an image of which the lines tell or, where one was damaged, do not. So only
//! a file that still is the deleted image, by size and checksum, and nobody else's is garbage.
//!
//! What the lines do not tell is how long the log may be. A shelver that was killed had written lines whose records come
//! again from the journal: these are left out of the committed lengths, so that the next start cuts them off as it always
//! does. All other text stays.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use jiff::civil::Date;
use picket_common::log::{Inspection, Key};
use picket_common::wire::StreamId;

use super::numbers::Numbers;
use super::records::{self, Damaged, Records};
use super::{files, mend};
use crate::entry::Entry;
use crate::import::Progress;
use crate::index::{self, Batch, Index, Outcome, Shelved};
use crate::line::amendment::Amendment;
use crate::line::{self, Recorded};
use crate::store::identity;
use crate::text::{Lengths, Text, log_file_day};

/// So many lines go into one transaction.
const BATCH: usize = 4096;

/// So much of a log's end is compared.
const TAIL: usize = 64 << 10;

/// The file that becomes the index.
const NEW: &str = "picket.db.new";

/// What came of it.
#[derive(Debug, Default)]
pub(super) struct Rebuilt {
    /// Lines carried out.
    pub(super) lines: u64,
    /// Lines left out, for their number had been there.
    pub(super) twice: Vec<(Date, u64)>,
    /// Lines that say nothing.
    pub(super) damaged: Vec<Damaged>,
    /// Numbers and files of images that are said to be deleted, and that are not the file's.
    pub(super) strange: Vec<(u64, String)>,
    /// The first and the last of numbers that no line tells of.
    pub(super) gaps: Vec<(u64, u64)>,
    /// Where the index before lies now, if there was one.
    pub(super) aside: Option<PathBuf>,
}

/// Makes the index anew. `journal` is what it holds.
pub(super) fn rebuild(records: &Records, journal: Option<Inspection>, progress: &Progress) -> Result<Rebuilt> {
    let data = records.data();
    let path = data.join(NEW);
    remove(&path)?;
    let mut work = Rebuild::new(data, Index::make(&path)?);
    let mut rebuilt = Rebuilt::default();
    let mut numbers = Numbers::default();
    let mut damaged = Vec::new();
    progress.begin("making the index anew", None);
    let mut each = |recorded: Recorded, place| {
        progress.done(1);
        if records::number(&recorded).is_some_and(|number| !numbers.add(number)) {
            rebuilt.twice.push(place);
            return Ok(());
        }
        rebuilt.lines += 1;
        work.take(recorded)
    };
    records.read(&|_| None, &mut each, &mut |line| damaged.push(line))?;
    work.flush()?;
    // Before what the journal still has is written behind them.
    mend::take_out(data, &damaged)?;
    rebuilt.damaged = damaged;
    rebuilt.gaps = numbers.gaps().collect();
    rebuilt.strange = std::mem::take(&mut work.strange);
    work.index.spare_files_of_rows()?;
    work.pending(journal)?;
    let lengths = work.lengths()?;
    work.index.adopt(&lengths)?;
    if let Some(identity) = identity::read(data)? {
        work.index.set_identity(&identity.id)?;
    }
    work.index.settle()?;
    // Closed before it is renamed, so that nothing of it stays under the old name.
    drop(work);
    rebuilt.aside = install(data)?;
    progress.end();
    Ok(rebuilt)
}

/// What the records say that a log's file has.
#[derive(Debug, Default)]
struct Log {
    /// The end of it.
    tail: Vec<u8>,
}

impl Log {
    fn add(&mut self, line: &str) {
        self.tail.extend_from_slice(line.as_bytes());
        self.tail.push(b'\n');
        if self.tail.len() > 2 * TAIL {
            self.tail.drain(..self.tail.len() - TAIL);
        }
    }
}

struct Rebuild<'a> {
    data: &'a Path,
    index: Index,
    log_day: Option<Date>,
    rows: Vec<Shelved>,
    amendments: Vec<Amendment>,
    reached: u64,
    /// The logs of the days that the records tell of.
    logs: BTreeMap<Date, Log>,
    /// What the journal will add to each.
    pending: BTreeMap<Date, Vec<u8>>,
    /// Numbers and files of deletions that were not carried out.
    strange: Vec<(u64, String)>,
}

impl Rebuild<'_> {
    fn new(data: &Path, index: Index) -> Rebuild<'_> {
        let (log_day, rows, amendments, reached, logs, pending, strange) = Default::default();
        Rebuild { data, index, log_day, rows, amendments, reached, logs, pending, strange }
    }

    fn take(&mut self, recorded: Recorded) -> Result<()> {
        let row = match recorded {
            Recorded::Amended { amendment, .. } => {
                if !self.rows.is_empty() || self.amendments.len() >= BATCH {
                    self.flush()?;
                }
                self.amendments.push(amendment);
                return Ok(());
            }
            Recorded::Rejected { number, key, reason } => Shelved { number, key, outcome: Outcome::Rejected(reason) },
            Recorded::Kept { number, entry, stored, log_day } => {
                self.turn(log_day)?;
                self.note_log_line(&entry);
                let stream = entry.stream.unwrap_or(StreamId(0)).0;
                let key = Key { stream, seq: entry.seq.unwrap_or(0) };
                Shelved { number, key, outcome: Outcome::Kept(entry, stored) }
            }
        };
        if !self.amendments.is_empty() || self.rows.len() >= BATCH {
            self.flush()?;
        }
        self.reached = self.reached.max(row.number);
        self.rows.push(row);
        Ok(())
    }

    /// `imagehub.log` is `day`'s from here on, if that is later.
    fn turn(&mut self, day: Date) -> Result<()> {
        if self.log_day.is_some_and(|log_day| day <= log_day) {
            return Ok(());
        }
        self.flush()?;
        self.index.rotate(day, self.log_day)?;
        if self.log_day.replace(day).is_some() {
            self.logs.entry(day).or_default();
        }
        Ok(())
    }

    fn note_log_line(&mut self, entry: &Entry) {
        let logged = entry.import.as_ref().is_some_and(|import| import.logged);
        if let Some(line) = line::log_line(entry).filter(|_| !logged) {
            let day = log_file_day(self.log_day, entry.local_at().date());
            self.logs.entry(day).or_default().add(&line);
        }
    }

    fn flush(&mut self) -> Result<()> {
        if !self.rows.is_empty() {
            let (rows, lengths) = (std::mem::take(&mut self.rows), Lengths::new());
            self.index.commit(&Batch { rows: &rows, lengths: &lengths, reached: self.reached, heard: &[] })?;
        }
        if !self.amendments.is_empty() {
            let mut amendments = std::mem::take(&mut self.amendments);
            let spared = self.weigh(&mut amendments)?;
            self.index.amend(&amendments, &Lengths::new())?;
            self.index.forget_garbage(&spared)?;
        }
        Ok(())
    }

    /// Leaves out deletions of other images than they name, and gives the files that are not to be deleted for the others:
    /// they are no more, or not what was stored as the image.
    fn weigh(&mut self, amendments: &mut Vec<Amendment>) -> Result<Vec<String>> {
        let mut spared = Vec::new();
        for amendment in std::mem::take(amendments) {
            if let Amendment::Deleted(deleted) = &amendment
                && let Some(row) = self.index.file_of(deleted.number)?
            {
                if row.file != deleted.file {
                    self.strange.push((deleted.number, deleted.file.clone()));
                    continue;
                }
                if !files::is_stored(self.data, &row) {
                    spared.push(row.file);
                }
            }
            amendments.push(amendment);
        }
        Ok(spared)
    }

    /// Takes from the journal what the next start will shelve: its log lines may lie there already.
    fn pending(&mut self, journal: Option<Inspection>) -> Result<()> {
        let Some(mut journal) = journal else { return Ok(()) };
        journal.seek(self.reached);
        let mut first = true;
        while let Some(record) = journal.next().context("journal")? {
            if std::mem::take(&mut first) && self.reached + 1 < record.number {
                // The journal lets go of nothing that was not shelved: so far the index had come, whatever has become of the lines.
                self.reached = record.number - 1;
                let lengths = Lengths::new();
                self.index.commit(&Batch { rows: &[], lengths: &lengths, reached: self.reached, heard: &[] })?;
            }
            let Ok((entry, _)) = Entry::decode(&record.payload) else { continue };
            let day = entry.local_received().date();
            match self.log_day {
                None => self.turn(day)?,
                // The log of the day that ended has its name already: so far the last hub had come.
                Some(ended) if ended < day && self.is_rotated(ended) => self.turn(day)?,
                Some(_) => {}
            }
            let logged = entry.import.as_ref().is_some_and(|import| import.logged);
            if let Some(line) = line::log_line(&entry).filter(|_| !logged) {
                // Once it is rotated, this goes where it would go then; till then the lines of both days lie in one file.
                let day = log_file_day(self.log_day, entry.local_at().date());
                let lines = self.pending.entry(day).or_default();
                lines.extend_from_slice(line.as_bytes());
                lines.push(b'\n');
            }
        }
        Ok(())
    }

    fn is_rotated(&self, ended: Date) -> bool {
        let Some(log) = self.logs.get(&ended).filter(|log| !log.tail.is_empty()) else { return false };
        let dated = end_of(&self.data.join(format!("logs/imagehub.log.{ended}")), log.tail.len());
        dated.is_ok_and(|found| found.ends_with(&log.tail))
    }

    /// The lengths of the text files, without what the journal brings again.
    fn lengths(&self) -> Result<Lengths> {
        let mut lengths = Lengths::new();
        for (day, size) in records::days(self.data)?.into_iter().filter(|(_, size)| 0 < *size) {
            lengths.insert((Text::Records, day), size);
        }
        let days = self.logs.keys().chain(self.pending.keys());
        for day in days {
            let current = self.log_day.is_none_or(|log_day| log_day <= *day);
            let name = if current { "logs/imagehub.log".to_owned() } else { format!("logs/imagehub.log.{day}") };
            let path = self.data.join(name);
            let size = size(&path).with_context(|| format!("cannot look at {}", path.display()))?;
            let again = self.again(*day, &path).with_context(|| format!("cannot read {}", path.display()))?;
            if again > 0 || self.logs.contains_key(day) {
                lengths.insert((Text::Log, *day), size.saturating_sub(again));
            }
        }
        Ok(lengths)
    }

    /// How many bytes at the end of a log come again.
    fn again(&self, day: Date, path: &Path) -> io::Result<u64> {
        let Some(pending) = self.pending.get(&day) else { return Ok(0) };
        let known = self.logs.get(&day).map(|log| log.tail.as_slice()).unwrap_or_default();
        let known = known.get(known.len().saturating_sub(TAIL)..).unwrap_or_default();
        let end = end_of(path, known.len() + pending.len())?;
        // The longest that fits: of the first so many bytes of what is pending, behind what is known.
        let fits = |length: &usize| {
            let (before, last) = end.split_at(end.len() - length);
            pending.starts_with(last) && before.ends_with(known)
        };
        Ok((1..=pending.len().min(end.len())).rev().find(fits).unwrap_or(0) as u64)
    }
}

/// Puts the new index in the old one's place, and gives the place of the old one. No write-ahead log of the old one may be
/// left that the new one would take for its own.
fn install(data: &Path) -> Result<Option<PathBuf>> {
    let old = data.join(index::FILE);
    let aside = (1..).map(|n| data.join(format!("{}.damaged-{n}", index::FILE))).find(|path| !path.exists());
    let beside = |path: &Path, end: &str| PathBuf::from(format!("{}{end}", path.display()));
    let mut moved = None;
    for end in ["", "-wal", "-shm"] {
        let (Some(to), from) = (aside.as_ref().map(|aside| beside(aside, end)), beside(&old, end)) else { continue };
        match fs::rename(&from, &to) {
            Ok(()) if end.is_empty() => moved = Some(to),
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error).with_context(|| format!("cannot set {} aside", from.display())),
        }
    }
    let renamed = fs::rename(data.join(NEW), &old).and_then(|()| File::open(data)?.sync_all());
    renamed.with_context(|| format!("cannot make {}", old.display()))?;
    Ok(moved)
}

fn remove(path: &Path) -> Result<()> {
    for end in ["", "-wal", "-shm", "-journal"] {
        match fs::remove_file(format!("{}{end}", path.display())) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("cannot remove {}", path.display()));
            }
            _ => {}
        }
    }
    Ok(())
}

fn size(path: &Path) -> io::Result<u64> {
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        found => Ok(found?.len()),
    }
}

/// The last bytes of a file, at most so many.
fn end_of(path: &Path, most: usize) -> io::Result<Vec<u8>> {
    let mut file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        file => file?,
    };
    let from = file.metadata()?.len().saturating_sub(most as u64);
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.take(most as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}
