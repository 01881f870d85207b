//! The tree held against the rows: every row has its file, of its size and checksum; every file is a row's, on its way into
//! the tree or out of it, or a stranger, which is told. Changes nothing.

use std::collections::HashSet;
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::{Component, Path};
use std::time::{Duration, SystemTime};

use anyhow::Result;

use super::Job;
use super::report::{Note, Report};
use crate::index::{Filed, Index};
use crate::store::identity;

/// What lies in the tree without being a row's, and is known.
pub(super) struct Expected {
    /// Files that are to be deleted, and files of what is still in the journal.
    pub(super) files: HashSet<String>,
    /// A hub is storing meanwhile: what was written after this is left out.
    pub(super) live_since: Option<SystemTime>,
}

/// An image's row whose file is not what it was.
#[derive(Debug)]
pub(super) struct Lost {
    /// The row.
    pub(super) row: Filed,
    /// Whether a file lies there all the same.
    pub(super) lies_there: bool,
}

/// Deeper than any tree of images.
const DEEPEST: usize = 16;

/// A hub writes a file and makes its row soon after, a minute on a slow disk.
pub(super) const SLOWEST: Duration = Duration::from_secs(300);

/// Looks at every row's file and every file, and gives the rows whose file is gone or damaged.
pub(super) fn check(
    job: &Job,
    index: &Index,
    quick: bool,
    expected: &Expected,
    report: &mut Report,
) -> Result<Vec<Lost>> {
    job.progress.begin(if quick { "looking at images" } else { "reading images" }, None);
    let (mut lost, mut names) = (Vec::new(), Vec::new());
    index.filed(|row| {
        job.progress.done(1);
        report.counts.images += 1;
        report.counts.bytes += row.stored.size;
        names.push(hash(&row.file));
        let Err((found, lies_there)) = judge(&job.data, &row, quick) else { return Ok(()) };
        // A hub at work may just have deleted it.
        if expected.live_since.is_some() && index.file_of(row.number)?.is_none() {
            return Ok(());
        }
        let repair = match lies_there {
            true => "it is moved to damaged/; it comes from the journal again if that still has it, else the index forgets it",
            false => "it comes from the journal again if that still has it, else the index forgets it",
        };
        report.problem(format!("{}, number {}", row.file, row.number), found, repair);
        lost.push(Lost { row, lies_there });
        Ok::<_, anyhow::Error>(())
    })?;
    names.sort_unstable();
    if names.windows(2).any(|pair| pair.first() == pair.last()) {
        let repair = "nothing, if the records say so too; else picket.db is made anew from them";
        report.problem("picket.db", "two images have one file", repair);
    }
    let known = |file: &str| names.binary_search(&hash(file)).is_ok() || expected.files.contains(file);
    let mut walk = Walk { job, known: &known, live_since: expected.live_since, report };
    walk.folder("images", 0)?;
    Ok(lost)
}

/// Whether a row's file is there, and what was stored.
pub(super) fn is_stored(data: &Path, row: &Filed) -> bool {
    judge(data, row, false).is_ok()
}

/// What is wrong with a row's file, and whether there is one.
fn judge(data: &Path, row: &Filed, quick: bool) -> Result<(), (String, bool)> {
    let inside = Path::new(&row.file).components().all(|part| matches!(part, Component::Normal(_)));
    if !inside || !row.file.starts_with("images/") {
        return Err(("the row's file is none below images".to_owned(), false));
    }
    let path = data.join(&row.file);
    let found = fs::metadata(&path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => ("the file is missing".to_owned(), false),
        _ => (format!("the file cannot be looked at: {error}"), true),
    })?;
    if !found.is_file() {
        return Err(("it is no file".to_owned(), true));
    }
    if found.len() != row.stored.size {
        return Err((format!("the file has {} bytes, it was stored with {}", found.len(), row.stored.size), true));
    }
    if quick {
        return Ok(());
    }
    match checksum(&path) {
        Ok(sum) if sum == row.stored.checksum => Ok(()),
        Ok(_) => Err(("the file's checksum is not the one it was stored with".to_owned(), true)),
        Err(error) => Err((format!("the file cannot be read: {error}"), true)),
    }
}

fn checksum(path: &Path) -> io::Result<String> {
    let mut hash = blake3::Hasher::new();
    hash.update_reader(File::open(path)?)?;
    Ok(hash.finalize().to_hex().to_string())
}

/// Of all names only this is kept: 64 bits tell millions apart.
fn hash(name: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish()
}

struct Walk<'a> {
    job: &'a Job,
    known: &'a dyn Fn(&str) -> bool,
    live_since: Option<SystemTime>,
    report: &'a mut Report,
}

impl Walk<'_> {
    fn folder(&mut self, folder: &str, depth: usize) -> Result<()> {
        let entries = match fs::read_dir(self.job.data.join(folder)) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => {
                self.report.problem(folder, format!("the folder cannot be read: {error}"), "nothing");
                return Ok(());
            }
        };
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name();
            let path = format!("{folder}/{}", name.to_string_lossy());
            if ["images/.new".to_owned(), format!("images/{}", identity::FILE)].contains(&path) {
                continue;
            }
            // A link to a folder is not followed: it may lead in circles.
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if is_folder && depth < DEEPEST {
                self.folder(&path, depth + 1)?;
            } else if name.to_str().is_none() || !(self.known)(&path) {
                self.stranger(&path, entry.metadata().and_then(|found| found.modified()).ok());
            }
        }
        Ok(())
    }

    fn stranger(&mut self, path: &str, modified: Option<SystemTime>) {
        if self.live_since.is_some_and(|since| modified.is_none_or(|modified| since <= modified)) {
            return self.report.note(Note::JustWritten, || path.to_owned());
        }
        self.report.note(Note::Strangers, || path.to_owned());
    }
}
