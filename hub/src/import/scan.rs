//! What lies in an imagehub's directory: images, wherever below `images`, and logs. Looks at names and sizes, opens
//! nothing.

use std::collections::HashSet;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use jiff::Timestamp;

use super::image;
use super::progress::Progress;
use super::report::Report;
use crate::store::identity;

/// A file named as imagehub names images.
#[derive(Debug)]
pub(super) struct ImageFile {
    /// Below the directory.
    pub(super) path: String,
    /// Bytes.
    pub(super) size: u64,
    /// When it was last written, as far as the file system tells.
    pub(super) modified: Option<Timestamp>,
    /// Its file system, and its number there.
    pub(super) inode: (u64, u64),
}

impl ImageFile {
    /// The name in its folder.
    pub(super) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }
}

/// Whether there can be anything to take in `root`.
pub(super) fn check(root: &Path) -> Result<()> {
    let [images, logs] = ["images", "logs"].map(|folder| root.join(folder).is_dir());
    if !images && !logs {
        bail!(
            "{} is no imagehub's data directory, it has neither `images` nor `logs`; name the folder in which they lie, by \
             default ~/imagehub_data",
            root.display()
        );
    }
    Ok(())
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Scan {
    pub(super) images: Vec<ImageFile>,
    /// Below the directory, the elder ones first.
    pub(super) logs: Vec<String>,
}

/// Looks through `root`, which is the hub's own data directory or another one.
pub(super) fn scan(root: &Path, in_place: bool, report: &mut Report, progress: &Progress) -> Result<Scan> {
    check(root)?;
    progress.begin("looking for images", None);
    let mut walk = Walk { root, in_place, seen: HashSet::new(), scan: Scan::default(), report, progress };
    walk.folder(Path::new(""), 0)?;
    let mut scan = walk.scan;
    // The dated ones by their date; the one without a date is the newest.
    scan.logs.sort_by_key(|log| (log.ends_with(".log"), log.clone()));
    Ok(scan)
}

/// Deeper than imagehub ever goes.
const DEEPEST: usize = 8;

struct Walk<'a> {
    root: &'a Path,
    in_place: bool,
    /// Folders gone through: links may lead round in circles.
    seen: HashSet<(u64, u64)>,
    scan: Scan,
    report: &'a mut Report,
    progress: &'a Progress,
}

impl Walk<'_> {
    /// Goes through `folder`, a path below the root.
    fn folder(&mut self, folder: &Path, depth: usize) -> Result<()> {
        let whole = self.root.join(folder);
        let read = || -> io::Result<Vec<PathBuf>> {
            let names: io::Result<Vec<_>> = fs::read_dir(&whole)?.map(|entry| Ok(entry?.file_name())).collect();
            Ok(names?.into_iter().map(|name| folder.join(name)).collect())
        };
        let mut paths = match read() {
            Ok(paths) => paths,
            Err(error) if depth == 0 => return Err(error).with_context(|| format!("cannot read {}", whole.display())),
            Err(error) => {
                self.left(&format!("a folder that cannot be read ({error})"), folder);
                return Ok(());
            }
        };
        paths.sort();
        paths.iter().try_for_each(|path| self.found(path, depth))
    }

    fn found(&mut self, path: &Path, depth: usize) -> Result<()> {
        if path == Path::new("images/.new") || self.in_place && is_pickets(path) {
            return Ok(());
        }
        let metadata = match fs::metadata(self.root.join(path)) {
            Ok(metadata) => metadata,
            Err(error) => {
                self.left(&format!("cannot be looked at ({error})"), path);
                return Ok(());
            }
        };
        let Some(name) = path.to_str() else {
            self.left("its name is no text", path);
            return Ok(());
        };
        let (in_images, in_logs) = (path.starts_with("images"), path.starts_with("logs"));
        if metadata.is_dir() {
            let new = self.seen.insert((metadata.dev(), metadata.ino()));
            let wanted = if in_logs { depth == 0 } else { in_images && depth < DEEPEST };
            match (wanted, new) {
                (true, true) => return self.folder(path, depth + 1),
                (true, false) => self.left("a link to a folder that is looked through anyway", path),
                (false, _) => self.left("not imagehub's", path),
            }
        } else if !metadata.is_file() {
            self.left("no file", path);
        } else if in_images {
            self.image(name, &metadata);
        } else if in_logs {
            self.log(name);
        } else {
            self.left("not imagehub's", path);
        }
        Ok(())
    }

    fn image(&mut self, path: &str, metadata: &Metadata) {
        let modified = metadata.modified().ok().and_then(|time| Timestamp::try_from(time).ok());
        let inode = (metadata.dev(), metadata.ino());
        let file = ImageFile { path: path.to_owned(), size: metadata.len(), modified, inode };
        if image::name(file.name()).is_none() {
            return self.left("not named as imagehub names images", Path::new(path));
        }
        self.scan.images.push(file);
        self.progress.done(1);
    }

    fn log(&mut self, path: &str) {
        let packed = [".gz", ".bz2", ".xz", ".zst", ".zip"].iter().any(|end| path.ends_with(end));
        match path.strip_prefix("logs/imagehub.log") {
            Some(_) if packed => self.left("packed; unpack it and import again", Path::new(path)),
            Some(_) => self.scan.logs.push(path.to_owned()),
            None => self.left("not named as imagehub names its logs", Path::new(path)),
        }
    }

    fn left(&mut self, reason: &str, path: &Path) {
        self.report.left(reason, || path.display().to_string());
    }
}

/// What a Picket hub keeps beside images and logs.
fn is_pickets(path: &Path) -> bool {
    let Some(name) = path.to_str() else { return false };
    matches!(name, ".ask" | "journal" | "records" | "rejected" | "damaged" | "reserve" | identity::FILE)
        || name.starts_with("picket.")
}
