//! Carries out journal records: image files, log and record lines, one sync of them all, then the index in one
//! transaction. Decides nothing: carrying out the same records again, after a crash at whatever point, gives
//! the same tree, log, records and index. Knows neither the journal nor time.
//!
//! Order is what makes it safe. Nothing counts before the index's transaction, which holds the journal number
//! reached and the text files' lengths; all that stands before it is either done again to the same effect
//! (files under the same names) or undone first (text beyond those lengths). So a start and a step
//! that follows a failure begin alike, by going back to the last commit.

mod amend;

use std::path::Path;

use jiff::civil::Date;
use picket_common::event::Kind;
use picket_common::log::Record;
use picket_common::wire::StreamId;
use serde_json::json;
use tracing::warn;

use crate::entry::Entry;
use crate::index::{Batch, Index, IndexError, Outcome, Shelved};
use crate::line::{self, Stored};
use crate::picture;
use crate::presence::Seen;
use crate::store::{Store, StoreError, Synced};
use crate::text::{Lengths, Pages, Text, Texts};

/// Why a step failed. Nothing is half done; the same step can be tried again.
#[derive(Debug, thiserror::Error)]
pub enum ShelfError {
    /// The tree or the text files.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The index.
    #[error(transparent)]
    Index(#[from] IndexError),
}

impl ShelfError {
    /// Whether there was no room for it on the disk.
    pub fn is_full(&self) -> bool {
        match self {
            ShelfError::Store(error) => matches!(error, StoreError::Full(_)),
            ShelfError::Index(error) => error.is_full(),
        }
    }
}

/// The data directory's only writer.
pub struct Shelf {
    store: Store,
    index: Index,
    texts: Texts,
    reached: u64,
    /// Something failed since the last commit: recover before going on.
    unsure: bool,
}

/// A run of records between two rotations, with its files written and its lines not yet.
struct Run {
    rows: Vec<Shelved>,
    pages: Pages,
}

impl Shelf {
    /// Takes up where the index says that the last one ended.
    pub fn open(store: Store, index: Index) -> Result<Shelf, ShelfError> {
        let (texts, _) = Texts::recover(store.data(), None, None, Lengths::new())?;
        let mut shelf = Shelf { store, index, texts, reached: 0, unsure: true };
        shelf.recover()?;
        Ok(shelf)
    }

    /// The journal number of the last record shelved.
    pub fn reached(&self) -> u64 {
        self.reached
    }

    /// The data directory.
    pub fn data(&self) -> &Path {
        self.store.data()
    }

    /// The index, to be asked.
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// Whether files like `from` can be hard-linked into the tree.
    pub fn try_link(&mut self, from: &Path) -> Result<(), ShelfError> {
        Ok(self.store.try_link(from)?)
    }

    /// Where no line was ever logged, says which day's `imagehub.log` is: lines of earlier days go to files of their own.
    pub fn begin_log(&mut self, day: Date) -> Result<(), ShelfError> {
        self.recover()?;
        if self.texts.log_day().is_none() {
            self.unsure = true;
            self.rotate(day)?;
            self.unsure = false;
        }
        Ok(())
    }

    /// Shelves `records`, whose numbers rise, and whom ingest has `heard`; records shelved before are passed over.
    pub fn shelve(&mut self, records: &[Record], heard: &[(String, Seen)]) -> Result<(), ShelfError> {
        self.recover()?;
        self.unsure = true;
        let mut heard = heard;
        let mut rest: Vec<Read> = records.iter().filter(|r| self.reached < r.number).map(Read::new).collect();
        while !rest.is_empty() {
            if let Some(day) = rest.first().and_then(|first| self.new_day(first)) {
                self.rotate(day)?;
            }
            let until = rest.iter().position(|read| self.new_day(read).is_some()).unwrap_or(rest.len());
            let later = rest.split_off(until);
            let run = self.write_files(rest)?;
            let lengths = self.write_pages(&run.pages)?;
            let synced = self.store.sync()?;
            self.commit(&run, lengths, std::mem::take(&mut heard), synced)?;
            rest = later;
        }
        if !heard.is_empty() {
            self.index.commit_heard(heard)?;
        }
        self.unsure = false;
        Ok(())
    }

    /// Goes back to the last commit.
    fn recover(&mut self) -> Result<(), ShelfError> {
        if !self.unsure {
            return Ok(());
        }
        let progress = self.index.progress()?;
        let (texts, shortened) =
            Texts::recover(self.store.data(), progress.log_day, progress.rotating, progress.lengths)?;
        if !shortened.is_empty() {
            self.index.adopt(&shortened)?;
        }
        self.store.sweep()?;
        self.texts = texts;
        self.reached = progress.reached;
        self.unsure = false;
        // Before a file may be stored again under a name that has become free.
        self.clear_garbage();
        Ok(())
    }

    /// The day that begins with this record, if one does. Days begin as messages are received.
    fn new_day(&self, read: &Read) -> Option<Date> {
        let day = read.entry()?.local_received().date();
        self.texts.log_day().is_none_or(|log_day| log_day < day).then_some(day)
    }

    fn rotate(&mut self, day: Date) -> Result<(), ShelfError> {
        let ended = self.texts.log_day();
        if let Some(ended) = ended {
            self.texts.clear_the_way(ended)?;
        }
        self.index.rotate(day, ended)?;
        Ok(self.texts.rotate(day)?)
    }

    fn write_files(&mut self, run: Vec<Read>) -> Result<Run, ShelfError> {
        let mut pages = Pages::default();
        let mut rows = Vec::with_capacity(run.len());
        for read in run {
            let Read { record, read } = read;
            let outcome = match read {
                Ok((entry, body)) => match self.write_image(record.number, &entry, body)? {
                    Ok(stored) => Outcome::Kept(Box::new(entry), stored),
                    Err(reason) => self.reject(record, Some(&entry), body, reason)?,
                },
                Err(reason) => self.reject(record, None, &record.payload, reason)?,
            };
            self.add_lines(&mut pages, record, &outcome);
            rows.push(Shelved { number: record.number, key: record.key, outcome });
        }
        Ok(Run { rows, pages })
    }

    /// Stores the body of an image; the inner error is why this one can never be stored.
    fn write_image(
        &mut self,
        number: u64,
        entry: &Entry,
        body: &[u8],
    ) -> Result<Result<Option<Stored>, String>, ShelfError> {
        if entry.kind != Kind::Image {
            return Ok(Ok(None));
        }
        let Some(file) = &entry.file else { return Ok(Err("an image without a file's name".to_owned())) };
        if let Some(origin) = entry.import.as_ref().and_then(|import| import.origin.as_ref()) {
            return match self.store.take(number, file, origin) {
                Ok(stored) => Ok(Ok(Some(stored))),
                Err(StoreError::Refused(reason)) => Ok(Err(reason)),
                Err(error) => Err(error.into()),
            };
        }
        let encoded = entry.raw.map(|raw| picture::encode(raw, body));
        let bytes = match &encoded {
            None => body,
            Some(Ok(jpeg)) => jpeg,
            Some(Err(reason)) => return Ok(Err(reason.clone())),
        };
        match self.store.put(number, file, bytes) {
            Ok(()) => {
                // What came as a JPEG is stored as it came.
                let known = entry.digest.clone().filter(|_| entry.raw.is_none());
                let checksum = known.unwrap_or_else(|| blake3::hash(bytes).to_hex().to_string());
                Ok(Ok(Some(Stored { size: bytes.len() as u64, checksum })))
            }
            Err(StoreError::Refused(reason)) => Ok(Err(reason)),
            Err(error) => Err(error.into()),
        }
    }

    fn reject(
        &mut self,
        record: &Record,
        entry: Option<&Entry>,
        body: &[u8],
        reason: String,
    ) -> Result<Outcome, ShelfError> {
        let number = record.number;
        let text = entry.map(|entry| line::one_line(&entry.msg)).unwrap_or_default();
        warn!(number, text, reason, "cannot be shelved; kept in rejected/");
        let note = json!({"number": number, "reason": reason, "entry": entry});
        self.store.reject(number, note.to_string().as_bytes(), body)?;
        Ok(Outcome::Rejected(reason))
    }

    fn add_lines(&self, pages: &mut Pages, record: &Record, outcome: &Outcome) {
        match outcome {
            Outcome::Kept(entry, stored) => {
                let logged = entry.import.as_ref().is_some_and(|import| import.logged);
                if let Some(line) = line::log_line(entry).filter(|_| !logged) {
                    self.texts.add(pages, Text::Log, entry.local_at().date(), &line);
                }
                let line = line::record_line(record.number, entry, stored.as_ref(), self.texts.log_day());
                self.texts.add(pages, Text::Records, entry.local_received().date(), &line);
            }
            Outcome::Rejected(reason) => {
                let numbered = record.key.stream != 0;
                let stream = numbered.then_some(StreamId(record.key.stream));
                let line = line::rejected_line(record.number, stream, numbered.then_some(record.key.seq), reason);
                // When it was received may not be known; the log's day is close.
                let day = self.texts.log_day().unwrap_or(Date::constant(1970, 1, 1));
                self.texts.add(pages, Text::Records, day, &line);
            }
        }
    }

    /// Appends lines, and gives the lengths to commit.
    fn write_pages(&mut self, pages: &Pages) -> Result<Lengths, ShelfError> {
        let strangers = self.texts.strangers(pages)?;
        if !strangers.is_empty() {
            self.index.adopt(&strangers)?;
            self.texts.commit(strangers);
        }
        Ok(self.texts.append(pages)?)
    }

    fn commit(
        &mut self,
        run: &Run,
        lengths: Lengths,
        heard: &[(String, Seen)],
        _synced: Synced,
    ) -> Result<(), ShelfError> {
        let reached = run.rows.last().map_or(self.reached, |row| row.number);
        self.index.commit(&Batch { rows: &run.rows, lengths: &lengths, reached, heard })?;
        self.texts.commit(lengths);
        self.reached = reached;
        Ok(())
    }
}

/// A record, read as far as it can be.
struct Read<'a> {
    record: &'a Record,
    read: Result<(Entry, &'a [u8]), String>,
}

impl<'a> Read<'a> {
    fn new(record: &'a Record) -> Read<'a> {
        Read { record, read: Entry::decode(&record.payload) }
    }

    fn entry(&self) -> Option<&Entry> {
        self.read.as_ref().ok().map(|(entry, _)| entry)
    }
}

#[cfg(test)]
mod tests;
