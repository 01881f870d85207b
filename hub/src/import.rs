//! `picket-hub import`: takes over what an imagehub has stored, `images` and `logs`, into a hub's tree, records and index.
//!
//! An import is a second, smaller ingest: it decides everything about each image and each log line, in the order of time,
//! journals that, and lets the shelver carry it out. So it may be killed at any moment: what is journaled is there once,
//! and the next import finds what is missing. The images themselves do not pass through the journal: an entry names
//! the file, which is then hard-linked or copied. The old directory is only ever read; it may be the hub's own one.

mod guess;
mod history;
mod image;
mod known;
pub mod line;
mod local;
mod logs;
mod plan;
mod progress;
mod report;
mod running;
mod scan;

use std::fs;
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, anyhow, bail};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use picket_common::time::{Clock, SystemClock};

use self::plan::Plan;
pub use self::progress::Progress;
pub use self::report::{Count, Group, Guess, Report};
pub use self::running::Running;
use crate::app;
use crate::index::{Index, IndexError};
use crate::known::Known;
use crate::store;

/// So many entries are journaled with one sync, and shelved before the next.
const BATCH: usize = 4096;

/// What is asked for.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// The imagehub's data directory, which has `images` and `logs`: by default imagehub's is ~/imagehub_data. It may be
    /// the hub's own data directory; then what lies there stays where it is. Its times are local ones: those of the zone
    /// that this machine has now.
    pub dir: PathBuf,
    /// Copies the images. Otherwise they are hard-linked, which takes no room and works within one file system.
    #[arg(long)]
    pub copy: bool,
    /// Says what would be done, and does nothing.
    #[arg(long)]
    pub dry_run: bool,
}

/// Imports into `data`, and says what became of everything.
pub fn run(data: &Path, options: &Options, out: &mut impl Write) -> Result<()> {
    let clock = Arc::new(SystemClock);
    let job = Job::new(data, &options.dir, options.copy, TimeZone::system(), clock.now(), Progress::shown())?;
    if options.dry_run {
        let report = job.dry_run()?;
        report.print(true, job.copy, &job.zone, out)?;
        if let Some(hub) = store::user_of(&job.data) {
            writeln!(out, "{hub} is running on {}; stop it before the import itself", job.data.display())?;
        }
        return Ok(());
    }
    // Told before anything is made.
    let known = Known::of_this_machine();
    known.check(&job.data)?;
    scan::check(&job.root)?;
    check_owner(&job.data)?;
    let copy = job.copy;
    let zone = job.zone.clone();
    let mut running = Running::open(job, app::journal(data)?, clock)?;
    known.note(data);
    while running.journal(BATCH)? > 0 {
        running.shelve()?;
    }
    Ok(running.finish()?.print(false, copy, &zone, out)?)
}

/// What an import is about.
pub struct Job {
    /// The hub's data directory.
    data: PathBuf,
    /// The imagehub's.
    root: PathBuf,
    /// The images, and the logs, of both are the same folders.
    shared: (bool, bool),
    copy: bool,
    zone: TimeZone,
    now: Timestamp,
    progress: Progress,
}

impl Job {
    /// An import from `dir` into `data`, by a hub in `zone`, at `now`.
    pub fn new(data: &Path, dir: &Path, copy: bool, zone: TimeZone, now: Timestamp, progress: Progress) -> Result<Job> {
        let root = fs::canonicalize(dir).with_context(|| format!("cannot import {}", dir.display()))?;
        if root.to_str().is_none() {
            bail!("cannot import {}: its path is not UTF-8; give the folder another name", root.display());
        }
        // One that is not there yet is made later; its folders are looked at before.
        let data = fs::canonicalize(data).or_else(|_| std::path::absolute(data)).unwrap_or_else(|_| data.to_owned());
        let folder = |root: &Path, name| fs::canonicalize(root.join(name)).ok();
        let shared = |name| folder(&root, name).is_some_and(|there| folder(&data, name) == Some(there));
        let shared = (shared("images"), shared("logs"));
        Ok(Job { data, root, shared, copy, zone, now, progress })
    }

    /// Whether it is taken over where it lies.
    fn in_place(&self) -> bool {
        self.data == self.root
    }

    /// What is wrong with a time. One to come would move the hub's log on to its day.
    fn complaint(&self, at: Timestamp) -> Option<String> {
        if self.now < at {
            return Some("a time still to come; is this machine's clock right?".to_owned());
        }
        (at < Timestamp::UNIX_EPOCH).then(|| "a time before 1970".to_owned())
    }

    /// What an import would do. Changes nothing.
    pub fn dry_run(&self) -> Result<Report> {
        let mut report = Report::default();
        let scan = scan::scan(&self.root, self.in_place(), &mut report, &self.progress)?;
        let index = match Index::read(&self.data) {
            Ok(index) => Some(index),
            Err(IndexError::Missing(_)) => None,
            Err(error) => return Err(error.into()),
        };
        let plan = plan::plan(self, scan, index.as_ref(), &mut report)?;
        self.check_disks(&plan)?;
        self.progress.end();
        Ok(report)
    }

    /// Whether images can be hard-linked, as far as that can be told without trying.
    fn check_disks(&self, plan: &Plan) -> Result<()> {
        if self.copy {
            return Ok(());
        }
        let images = self.data.join("images");
        let here = images.ancestors().find_map(|folder| fs::metadata(folder).ok()).map(|folder| folder.dev());
        for path in plan::origins(self, plan) {
            let there = fs::metadata(self.root.join(path)).ok().map(|file| file.dev());
            if there.is_some() && there != here {
                return Err(cannot_link(path, "it lies on another file system than", &images));
            }
        }
        Ok(())
    }
}

fn cannot_link(path: &str, why: &str, images: &Path) -> anyhow::Error {
    anyhow!("{path} cannot be hard-linked: {why} {}; say --copy to copy the images instead", images.display())
}

/// One at a time stores into a data directory.
fn check_unused(data: &Path) -> Result<()> {
    let Some(hub) = store::user_of(data) else { return Ok(()) };
    bail!(
        "{hub} is using {}; stop it (`sudo systemctl stop picket-hub`), import, and start it again: what nodes have meanwhile \
         they send then",
        data.display()
    )
}

/// What this user makes in another's data directory, the hub could not write any more.
pub(crate) fn check_owner(data: &Path) -> Result<()> {
    let Ok(metadata) = fs::metadata(data) else { return Ok(()) };
    let (owner, user) = (metadata.uid(), rustix::process::geteuid().as_raw());
    if owner != user {
        bail!(
            "{} belongs to another user (number {owner}, this is {user}), whose hub could not write what is made here; \
             do it as that user: sudo -u '#{owner}' picket-hub ...",
            data.display()
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests;
