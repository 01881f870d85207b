//! `picket-hub fsck [--repair]`: whether what a data directory holds is what was stored, and what can be done where it is not.
//!
//! # What must hold
//! Of a data directory at rest; beside a hub that runs, of everything up to the journal number that its index had reached.
//!
//! | what | and what else |
//! |---|---|
//! | `picket.db` is a database in order | else it is set aside as `picket.db.damaged-N` and made anew |
//! | every image's row has its file, of its size and BLAKE3 checksum, and no two have one | a row whose file is gone or another one goes, with the line `deleted`, rule `lost`; the file is moved to `damaged/` |
//! | every file below `images` is a row's, of a record that waits in the journal, garbage that is being deleted, or in `images/.new` | any other is a stranger: told, never touched |
//! | every line of `records/` can be read and is what its check value says, and no two tell of one number | lines that say nothing are moved to `damaged/records` |
//! | what the lines tell is in the index: images, readings, events by their ids, rejected records, the marks of streams, the digests of old senders' last images; nothing that they say was deleted is | else the index is made anew |
//! | as many events and images as are counted of each day are there | else they are counted anew |
//! | every row has a line | else one is written, that says what the row says |
//! | no line behind the committed lengths tells of what the journal does not have | else the index is older than the records: it is made anew |
//! | no text file is shorter than its committed length | the start takes its length; what else lies behind it is cut off by the next start |
//! | the journal can be read, and goes on where the index ends | damage is told, and costs what it hits |
//! | the directory, its parts on other disks and its index have one id | what is missing is written; what contradicts is refused |
//!
//! Not compared: the log's lines with the records, and happenings of old senders, which have no ids.
//!
//! # The index made anew
//! From `records/`, whole: the same rows as before, but for what only heartbeats told. Without any records from the bare
//! tree, as an imagehub's directory is imported, with a list of what was guessed. See `fsck/rebuild.rs`.
//!
//! Without `--repair` nothing is written. A repair refuses while a hub runs; it may be killed at any moment, and the next one
//! goes on.

mod check;
mod elder;
mod files;
mod mend;
mod note;
mod numbers;
mod rebuild;
mod records;
mod repair;
mod report;

use std::collections::HashSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use anyhow::{Context, Result, bail};
use jiff::tz::TimeZone;
use picket_common::exit::Told;
use picket_common::log::disk::Disk;
use picket_common::log::{self, Options as LogOptions};
use picket_common::time::{Clock, SystemClock};

use self::files::Expected;
use self::numbers::Numbers;
use self::records::Records;
pub use self::report::{Counts, Note, Noted, Notes, Problem, Report};
use crate::app;
use crate::entry::Entry;
use crate::import::Progress;
use crate::index::{Index, IndexError};
use crate::known::Known;
use crate::store::{self, identity};
use crate::text::Text;

/// What is done about an index that is not what the records say.
const REBUILD: &str = "picket.db is made anew from records/ (the old one is set aside)";

/// What is asked for.
#[derive(Debug, Default, clap::Args)]
pub struct Options {
    /// Puts right what is wrong. No image, line or byte is thrown away: what is damaged is moved to `damaged/` in the data
    /// directory. Not while a hub runs.
    #[arg(long)]
    pub repair: bool,
    /// Looks at the sizes of images, and does not read them for their checksums.
    #[arg(long)]
    pub quick: bool,
    /// One JSON object a line.
    #[arg(long)]
    pub json: bool,
}

/// Checks `data`, and repairs it if that is asked for.
///
/// # Errors
/// Something is wrong ([`Told`]) or cannot be done.
pub fn run(data: &Path, options: &Options, out: &mut dyn Write) -> Result<()> {
    if std::fs::metadata(data).is_err() {
        bail!("there is no data directory {}; name it with --data DIR, or its file with --config FILE", data.display());
    }
    let known = Known::of_this_machine();
    if !has_anything(data) {
        known.check(data)?;
    }
    let progress = if options.json { Progress::hidden() } else { Progress::shown() };
    let clock = Arc::new(SystemClock);
    // The folder is made where there is none.
    let journal = match options.repair || data.join("journal").is_dir() {
        true => Some(app::journal(data)?),
        false => None,
    };
    let job = Job::new(data, journal, TimeZone::system(), clock, progress);
    let report = job.check(options.quick)?;
    report.print_problems(if options.repair { ("found: ", "") } else { ("", "--repair: ") }, options.json, out)?;
    let report = match options.repair {
        true => {
            let report = job.repair(options.quick)?;
            known.note(data);
            // What is left after the repair.
            report.print_problems(("still wrong: ", ""), options.json, out)?;
            report
        }
        false => report,
    };
    report.print_rest(options.json, out)?;
    if !options.json {
        writeln!(out, "{}", report.verdict(options.repair))?;
    }
    if report.problems.is_empty() { Ok(()) } else { Err(Told.into()) }
}

/// Whether there is anything that a hub has stored.
fn has_anything(data: &Path) -> bool {
    let some = |folder| std::fs::read_dir(data.join(folder)).is_ok_and(|mut entries| entries.next().is_some());
    some("images") || some("records") || data.join(crate::index::FILE).exists()
}

/// Whether the records of `data` tell of anything.
pub(crate) fn has_records(data: &Path) -> bool {
    records::days(data).is_ok_and(|days| days.iter().any(|(_, size)| *size > 0))
}

/// What is checked, and with what.
pub struct Job {
    data: PathBuf,
    /// None where there is none.
    journal: Option<(Arc<dyn Disk>, LogOptions)>,
    records: Records,
    zone: TimeZone,
    clock: Arc<dyn Clock>,
    progress: Progress,
}

/// How the index is.
enum State {
    /// It can be asked.
    Good(Box<Index>),
    /// It is to be made anew; why.
    Bad(String),
}

impl Job {
    /// A check of `data` with its journal, by a hub in `zone`.
    pub fn new(
        data: &Path,
        journal: Option<(Arc<dyn Disk>, LogOptions)>,
        zone: TimeZone,
        clock: Arc<dyn Clock>,
        progress: Progress,
    ) -> Job {
        let data = std::fs::canonicalize(data).unwrap_or_else(|_| data.to_owned());
        let records = Records::new(&data, &zone, journal.as_ref().map(|(disk, _)| Arc::clone(disk)));
        Job { data, journal, records, zone, clock, progress }
    }

    /// Looks, and changes nothing.
    pub fn check(&self, quick: bool) -> Result<Report> {
        identity::check(&self.data)?;
        let mut report = Report::default();
        let hub = store::user_of(&self.data);
        if let Some(hub) = &hub {
            report.note(Note::HubAtWork, || hub.to_string());
        }
        let live = hub.is_some();
        let since = live.then(|| SystemTime::from(self.clock.now()) - files::SLOWEST);
        match self.state(live, &mut report)? {
            State::Bad(why) => {
                report.no_index = true;
                report.problem("picket.db", why, self.cure());
            }
            State::Good(index) => {
                let mut files = self.in_journal(&index, live, &mut report)?;
                files.extend(index.to_be_deleted()?);
                self.check_identity(&index, &mut report)?;
                check::check(self, &index, live, &mut report)?;
                if !live {
                    if index.is_miscounted()? {
                        report.problem(
                            "picket.db",
                            "days have other events and images than were counted",
                            "they are counted anew",
                        );
                    }
                    self.check_lengths(&index, &mut report)?;
                }
                files::check(self, &index, quick, &Expected { files, live_since: since }, &mut report)?;
            }
        }
        self.progress.end();
        Ok(report)
    }

    /// What is done where there is no index to be asked.
    fn cure(&self) -> &'static str {
        if has_records(&self.data) { REBUILD } else { "it is made anew from images and logs, as well as can be" }
    }

    /// Whether the index is in order, and as new as the records.
    fn state(&self, live: bool, report: &mut Report) -> Result<State> {
        let index = match Index::read(&self.data) {
            Ok(index) => index,
            Err(error @ IndexError::Newer(..)) => return Err(error.into()),
            Err(IndexError::Missing(_)) if !has_anything(&self.data) => {
                bail!("no hub has stored anything in {}", self.data.display())
            }
            Err(IndexError::Missing(_)) => return Ok(State::Bad("it is missing, or empty".to_owned())),
            Err(IndexError::Older(path, _)) => bail!(
                "{} was written by an older picket-hub; start this one once, which brings the file up to date, and check then",
                path.display()
            ),
            Err(error) => return Ok(State::Bad(format!("it cannot be read: {error}"))),
        };
        let damage = index.damage(false).unwrap_or_else(|error| vec![error.to_string()]);
        if !damage.is_empty() {
            return Ok(State::Bad(format!("it is damaged: {}", damage.join("; "))));
        }
        if let (Some(own), Some(other)) = (identity::read(&self.data)?, index.identity()?)
            && own.id != other
        {
            return Ok(State::Bad(format!(
                "it belongs to another data directory ({other}) than this one ({})",
                own.id
            )));
        }
        if let Some(why) = self.is_behind(&index, live, report)? {
            return Ok(State::Bad(why));
        }
        Ok(State::Good(Box::new(index)))
    }

    /// Whether the records tell, behind what the index knows of, what no journal will bring again: a start would cut that off.
    fn is_behind(&self, index: &Index, live: bool, report: &mut Report) -> Result<Option<String>> {
        if live {
            return Ok(None);
        }
        let progress = index.progress()?;
        let reached = progress.reached;
        if let Some((disk, _)) = &self.journal {
            let mut journal = log::inspect(Arc::clone(disk)).context("journal")?;
            journal.seek(reached);
            let first = journal.next().context("journal")?.map_or(reached + 1, |record| record.number);
            if reached + 1 < first && journal.recovery.damage.is_empty() {
                return Ok(Some(format!("it has come to number {reached}, and the journal goes on at {first}")));
            }
        }
        let longer = records::days(&self.data)?
            .into_iter()
            .filter(|(day, size)| progress.lengths.get(&(Text::Records, *day)).copied().unwrap_or(0) < *size);
        if longer.count() == 0 {
            return Ok(None);
        }
        let mut waiting = Numbers::default();
        self.each_in_journal(progress.reached, report, &mut |number, _| _ = waiting.add(number))?;
        let mut behind = None;
        let mut each = |recorded, _| {
            let number =
                records::number(&recorded).filter(|number| progress.reached < *number && !waiting.has(*number));
            behind = behind.max(number);
            Ok(())
        };
        self.records.read(&|_| None, &mut each, &mut |_| {})?;
        Ok(behind
            .map(|last| format!("it is older than the records: it has come to number {reached}, and they to {last}")))
    }

    /// Hands the records in the journal behind `number` to `each`, without taking them.
    fn each_in_journal(
        &self,
        number: u64,
        report: &mut Report,
        each: &mut dyn FnMut(u64, Option<Entry>),
    ) -> Result<()> {
        let Some((disk, _)) = &self.journal else { return Ok(()) };
        let mut journal = log::inspect(Arc::clone(disk)).context("journal")?;
        for damage in &journal.recovery.damage {
            report.note(Note::DamagedJournal, || damage.clone());
        }
        journal.seek(number);
        while let Some(record) = journal.next().context("journal")? {
            each(record.number, Entry::decode(&record.payload).ok().map(|(entry, _)| entry));
        }
        Ok(())
    }

    /// The files of what is still to be shelved.
    fn in_journal(&self, index: &Index, live: bool, report: &mut Report) -> Result<HashSet<String>> {
        let mut files = HashSet::new();
        if !live {
            let mut count = 0;
            let mut unseen = Report::default();
            self.each_in_journal(index.reached()?, &mut unseen, &mut |_, entry| {
                count += 1;
                files.extend(entry.and_then(|entry| entry.file));
            })?;
            report.counts.journaled = count;
            report.notes.extend(unseen.notes);
        }
        Ok(files)
    }

    fn check_identity(&self, index: &Index, report: &mut Report) -> Result<()> {
        if identity::read(&self.data)?.is_none() && index.identity()?.is_some() {
            report.problem(
                identity::FILE,
                "it is missing, or cannot be read",
                "it is written anew, as picket.db knows it",
            );
        }
        Ok(())
    }

    fn check_lengths(&self, index: &Index, report: &mut Report) -> Result<()> {
        let progress = index.progress()?;
        for ((text, day), length) in &progress.lengths {
            let path = match text {
                Text::Records => records::path(&self.data, *day),
                Text::Log if progress.log_day.is_none_or(|log_day| log_day <= *day) => {
                    self.data.join("logs/imagehub.log")
                }
                Text::Log => self.data.join(format!("logs/imagehub.log.{day}")),
            };
            let size = std::fs::metadata(&path).map(|found| found.len());
            let place = || path.strip_prefix(&self.data).unwrap_or(&path).display().to_string();
            match (size, text) {
                (Ok(size), _) if size < *length => {
                    let found = format!("it has {size} bytes, and had {length}");
                    report.problem(place(), found, "the index takes the length that it has; what was there is gone");
                }
                (Err(_), Text::Records) if 0 < *length => {
                    report.problem(place(), "it is missing", "its lines are written from the rows, as well as can be");
                }
                (Err(_), Text::Log) if 0 < *length => report.note(Note::LogsGone, place),
                _ => {}
            }
        }
        Ok(())
    }
}
