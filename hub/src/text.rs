//! The text files: `logs/imagehub.log`, its elder days, and `records/YYYY-MM-DD.jsonl`. Owns which line
//! goes into which file, how long each file may be, and the log's rotation. What the lines say is
//! [`crate::line`]'s.
//!
//! Lengths are kept by day, not by name. Only the log of one day, [`Texts::log_day`], has the name
//! `imagehub.log`; the others are `imagehub.log.YYYY-MM-DD`. A line goes to its own day's file, a line
//! for a day to come into the file that is `imagehub.log` now. Days only ever move on: when the hub's
//! clock is set back by days, lines go to the dated files until the log's day is reached again.
//!
//! A length that the index holds is a promise that the file's first so many bytes are durable; whatever
//! lies behind it was never committed, and is cut off before anything is appended. A file without a
//! length is not ours and is left alone; before the first line is added to one, its present size is committed.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use tracing::warn;

use crate::store::StoreError;

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Text {
    /// `logs/imagehub.log`.
    Log,
    /// `records/YYYY-MM-DD.jsonl`.
    Records,
}

/// Committed lengths in bytes.
pub type Lengths = HashMap<(Text, Date), u64>;

/// Lines on their way into the files.
#[derive(Debug, Default)]
pub struct Pages(BTreeMap<(Text, Date), Vec<u8>>);

impl Pages {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The day whose file has a log line of `day` while `imagehub.log` is `log_day`'s.
pub(crate) fn log_file_day(log_day: Option<Date>, day: Date) -> Date {
    log_day.map_or(day, |log_day| day.min(log_day))
}

/// The text files of one data directory.
pub struct Texts {
    data: PathBuf,
    log_day: Option<Date>,
    lengths: Lengths,
}

impl Texts {
    /// Brings the files below `data` back to what the index holds: finishes the rename of a rotation
    /// begun (`rotating` names the day that ended), and cuts every file to its length. Files that somebody
    /// shortened or removed come back with their present lengths, to be committed before anything is added.
    pub fn recover(
        data: &Path,
        log_day: Option<Date>,
        rotating: Option<Date>,
        lengths: Lengths,
    ) -> Result<(Texts, Lengths), StoreError> {
        let mut texts = Texts { data: data.to_owned(), log_day, lengths };
        if let Some(ended) = rotating {
            texts.finish_rotation(ended)?;
        }
        let mut shortened = Lengths::new();
        for ((text, day), length) in &texts.lengths {
            let size = texts.cut(*text, *day, *length)?;
            if size < *length {
                shortened.insert((*text, *day), size);
            }
        }
        texts.lengths.extend(shortened.clone());
        Ok((texts, shortened))
    }

    /// The day that `imagehub.log` is for; none before the first line.
    pub fn log_day(&self) -> Option<Date> {
        self.log_day
    }

    /// Notes a line for `day`, without its newline.
    pub fn add(&self, pages: &mut Pages, text: Text, day: Date, line: &str) {
        let day = match text {
            Text::Log => log_file_day(self.log_day, day),
            Text::Records => day,
        };
        let page = pages.0.entry((text, day)).or_default();
        page.extend_from_slice(line.as_bytes());
        page.push(b'\n');
    }

    /// The files that `pages` will be the first to touch, with their present sizes.
    pub fn strangers(&self, pages: &Pages) -> Result<Lengths, StoreError> {
        let unknown = pages.0.keys().filter(|key| !self.lengths.contains_key(key));
        unknown.map(|(text, day)| Ok(((*text, *day), self.size(*text, *day)?.unwrap_or(0)))).collect()
    }

    /// Takes lengths as committed.
    pub fn commit(&mut self, lengths: Lengths) {
        self.lengths.extend(lengths);
    }

    /// Appends `pages`, and gives the lengths to commit once that is durable.
    pub fn append(&self, pages: &Pages) -> Result<Lengths, StoreError> {
        let mut lengths = Lengths::new();
        for ((text, day), page) in &pages.0 {
            let path = self.path(*text, *day);
            let fail = |error| StoreError::new("write", &path, error);
            let before = self.lengths.get(&(*text, *day)).copied().unwrap_or(0);
            let mut file = File::options().append(true).create(true).open(&path).map_err(fail)?;
            let size = file.metadata().map_err(fail)?.len();
            if size != before {
                let path = path.display();
                return Err(StoreError::Io(format!("{path} has {size} bytes, this hub left it with {before}")));
            }
            file.write_all(page).map_err(fail)?;
            lengths.insert((*text, *day), before + page.len() as u64);
        }
        Ok(lengths)
    }

    /// Before a rotation: a file that is not ours and has the name that `imagehub.log` will get is moved aside.
    pub fn clear_the_way(&self, ended: Date) -> Result<(), StoreError> {
        let dated = self.dated(ended);
        if !dated.exists() {
            return Ok(());
        }
        let mut free = (1..).map(|n| self.data.join(format!("logs/imagehub.log.{ended}.other{n}")));
        let aside = free.find(|path| !path.exists()).unwrap_or_else(|| dated.clone());
        warn!(file = %dated.display(), to = %aside.display(), "a log that is not this hub's was moved aside");
        fs::rename(&dated, &aside).map_err(|error| StoreError::new("move aside", &dated, error))
    }

    /// The second half of a rotation, after the index has named `day` as the log's: the day that ended
    /// gets its dated name.
    pub fn rotate(&mut self, day: Date) -> Result<(), StoreError> {
        if let Some(ended) = self.log_day.replace(day) {
            self.lengths.insert((Text::Log, day), 0);
            self.finish_rotation(ended)?;
        }
        Ok(())
    }

    fn finish_rotation(&self, ended: Date) -> Result<(), StoreError> {
        let (current, dated) = (self.current(), self.dated(ended));
        // Once the dated file is there, imagehub.log is the new day's.
        if dated.exists() {
            return Ok(());
        }
        match fs::rename(&current, &dated) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(StoreError::new("rotate", &current, error)),
            _ => Ok(()),
        }
    }

    /// Cuts a file that is longer than `length`, and gives the length it has then.
    fn cut(&self, text: Text, day: Date, length: u64) -> Result<u64, StoreError> {
        let path = self.path(text, day);
        match self.size(text, day)? {
            Some(size) if length < size => {
                let file = File::options().write(true).open(&path);
                let cut = file.and_then(|file| file.set_len(length));
                cut.map(|()| length).map_err(|error| StoreError::new("cut back", &path, error))
            }
            Some(size) => {
                if size < length {
                    warn!(file = %path.display(), size, expected = length, "a file is shorter than this hub left it");
                    return end_line(&path, size)
                        .map_err(|error| StoreError::new("end the last line of", &path, error));
                }
                Ok(size)
            }
            // Old days may be packed or removed.
            None => Ok(0),
        }
    }

    fn size(&self, text: Text, day: Date) -> Result<Option<u64>, StoreError> {
        let path = self.path(text, day);
        match fs::metadata(&path) {
            Ok(metadata) => Ok(Some(metadata.len())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StoreError::new("look at", &path, error)),
        }
    }

    /// The file of `day`.
    pub fn path(&self, text: Text, day: Date) -> PathBuf {
        match text {
            Text::Log if self.log_day.is_none_or(|log_day| log_day <= day) => self.current(),
            Text::Log => self.dated(day),
            Text::Records => self.data.join(format!("records/{day}.jsonl")),
        }
    }

    fn current(&self) -> PathBuf {
        self.data.join("logs/imagehub.log")
    }

    fn dated(&self, day: Date) -> PathBuf {
        self.data.join(format!("logs/imagehub.log.{day}"))
    }
}

/// A line that was cut off is ended, so that the next one stands by itself; gives the file's size then.
fn end_line(path: &Path, size: u64) -> io::Result<u64> {
    let mut last = [b'\n'];
    let file = File::options().read(true).append(true).open(path)?;
    if let Some(place) = size.checked_sub(1) {
        file.read_exact_at(&mut last, place)?;
    }
    if last == *b"\n" {
        return Ok(size);
    }
    match (&file).write_all(b"\n") {
        // Nothing can be added to it either, till there is room.
        Err(error) if error.kind() == io::ErrorKind::StorageFull => Ok(size),
        written => written.map(|()| size + 1),
    }
}
