//! The data directory: who may write in it, image files under given names, what could not be shelved,
//! and the one sync that makes all of it durable. Knows no journal, no index and no event.
//!
//! A file appears under its name whole or not at all: it is written as `images/.new/NUMBER` and renamed.
//! Nothing is synced file by file: [`Store::sync`] calls `syncfs` on the file system below the data
//! directory, which writes out every file and every new folder at once, and reports what went wrong since
//! it was last called (Linux 5.8 or newer; older kernels do not tell). Where `images`, `logs`,
//! `records` or `rejected` are links to another disk, that disk is synced too.

mod fetch;
pub mod identity;
mod remove;
mod room;
pub mod whole;

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use picket_common::doctor::process::{self, Process};
use picket_common::shutdown::Shutdown;
use picket_common::time::{Clock, SystemClock};
use rustix::fs::{FlockOperation, flock, syncfs};
use rustix::io::Errno;

pub use self::remove::{Removed, frees};
pub use self::room::room;
use crate::entry::Origin;
use crate::line::Stored;

const NEW: &str = "images/.new";
/// Locked by the hub that has the data directory, with its process's number in it.
const LOCK: &str = "picket.lock";
const FOLDERS: [&str; 4] = ["images", "logs", "records", "rejected"];

/// Less free room than this is as good as none, in bytes.
const LITTLE: u64 = 1 << 20;

/// What can go wrong below the data directory.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No room; free some and the same will succeed.
    #[error("the disk is full: {0}")]
    Full(String),
    /// This one name can never be stored; others can.
    #[error("{0}")]
    Refused(String),
    /// Another hub has the data directory.
    #[error("{0}")]
    InUse(String),
    /// It is not the folder that it was, or not the disk.
    #[error("{0}")]
    Elsewhere(String),
    /// Any other failure.
    #[error("{0}")]
    Io(String),
}

impl StoreError {
    /// What `error` means that was met while trying to `act` (`write`, `rename`, ...) on `path`.
    pub(crate) fn new(act: &str, path: &Path, error: io::Error) -> StoreError {
        let words = format!("cannot {act} {}: {error}", path.display());
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StoreError::Full(words),
            io::ErrorKind::InvalidFilename | io::ErrorKind::InvalidInput => StoreError::Refused(words),
            _ if error.raw_os_error() == Some(Errno::ILSEQ.raw_os_error()) => StoreError::Refused(words),
            _ => StoreError::Io(words),
        }
    }
}

/// That a sync went well. Whoever commits what it made durable asks for it, so that none is forgotten.
#[must_use]
#[derive(Debug)]
pub struct Synced(());

/// The data directory, locked for this process while it lives.
pub struct Store {
    data: PathBuf,
    /// One open folder per file system: opened before anything is written, so that no error is missed.
    disks: Vec<File>,
    /// Folders known to be there.
    folders: HashSet<PathBuf>,
    _lock: File,
}

impl Store {
    /// Takes the data directory for this process, made durably where there is none.
    pub fn open(data: &Path) -> Result<Store, StoreError> {
        fs::create_dir_all(data).map_err(|error| StoreError::new("create the data directory", data, error))?;
        identity::check(data)?;
        let lock = lock(&data.join(LOCK))?;
        for folder in FOLDERS {
            make_folder(&data.join(folder))?;
        }
        let mut store = Store { data: data.to_owned(), disks: Vec::new(), folders: HashSet::new(), _lock: lock };
        store.disks = disks(data)?;
        if room(data).is_ok_and(|room| room.free < LITTLE) {
            // The index wants a little room to be opened at all.
            store.give_reserve();
        }
        store.sweep()?;
        // The journal is to lie in a folder that is there after a power cut.
        let Synced(()) = store.sync()?;
        Ok(store)
    }

    /// The data directory.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// Stores `bytes` as `file`, a path below the data directory; `number` is the journal's. Doing it
    /// again gives the same file. Durable after the next [`Store::sync`].
    pub fn put(&mut self, number: u64, file: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let target = self.place(file)?;
        let new = self.data.join(NEW).join(number.to_string());
        if self.try_put(&new, &target, bytes).is_ok() {
            return Ok(());
        }
        // Somebody may have removed a folder that was there: look again, once.
        self.folders.clear();
        let put = self.try_put(&new, &target, bytes);
        if put.is_err() {
            // What is left is removed at the next start at the latest.
            let _ = fs::remove_file(&new);
        }
        put
    }

    fn try_put(&mut self, new: &Path, target: &Path, bytes: &[u8]) -> Result<(), StoreError> {
        self.folder_of(new)?;
        self.folder_of(target)?;
        write(new, bytes)?;
        settle(new, target)
    }

    /// Stores a file that lies elsewhere, or lies here already, as `file`, without its way through memory. What is
    /// wrong with that file is a refusal. Doing it again gives the same, also when the other place has lost it since.
    pub fn take(&mut self, number: u64, file: &str, origin: &Origin) -> Result<Stored, StoreError> {
        let target = self.place(file)?;
        if lies_there(Path::new(&origin.path), &target) {
            return fetch::read(&target, origin, None);
        }
        let new = self.data.join(NEW).join(number.to_string());
        self.try_take(&new, &target, origin).or_else(|_| {
            // A step that failed may have left something, or somebody has removed a folder that was there.
            let _ = fs::remove_file(&new);
            self.folders.clear();
            let taken = self.try_take(&new, &target, origin);
            if taken.is_err() {
                let _ = fs::remove_file(&new);
            }
            taken
        })
    }

    fn try_take(&mut self, new: &Path, target: &Path, origin: &Origin) -> Result<Stored, StoreError> {
        self.folder_of(new)?;
        self.folder_of(target)?;
        let stored = fetch::fetch(new, origin)?;
        settle(new, target)?;
        Ok(stored)
    }

    /// Whether files can be hard-linked from `from` to the images.
    pub fn try_link(&mut self, from: &Path) -> Result<(), StoreError> {
        let new = self.data.join(NEW).join("link");
        self.folder_of(&new)?;
        let linked = fetch::link(from, &new);
        let _ = fs::remove_file(&new);
        linked
    }

    /// Puts aside what cannot be shelved: what is known of it as `rejected/NUMBER.json`, the bytes as
    /// `rejected/NUMBER.bin`.
    pub fn reject(&mut self, number: u64, note: &[u8], body: &[u8]) -> Result<(), StoreError> {
        let folder = self.data.join("rejected");
        self.folder_of(&folder.join("x"))?;
        write(&folder.join(format!("{number}.bin")), body)?;
        write(&folder.join(format!("{number}.json")), note)
    }

    /// Deletes the image stored as `file`, of `size` bytes, if it is still that. Durable after the next [`Store::sync`].
    pub fn remove(&self, file: &str, size: u64) -> Result<Removed, StoreError> {
        remove::remove(&self.data, file, size)
    }

    /// Removes the folders of `files` that are empty now.
    pub fn remove_folders<'f>(&mut self, files: impl Iterator<Item = &'f str>) {
        let folder = |file: &'f str| file.rsplit_once('/').map(|(folder, _)| folder);
        let mut last = None;
        for file in files {
            if last != folder(file) {
                last = folder(file);
                remove::remove_folder(&self.data, file);
            }
        }
        self.folders.clear();
    }

    /// Takes room for hard times, where there is enough; tells whether it is taken.
    pub fn take_reserve(&self) -> bool {
        room::take_reserve(&self.data).unwrap_or(false)
    }

    /// Gives that room back; tells whether there was any.
    pub fn give_reserve(&self) -> bool {
        room::give_reserve(&self.data)
    }

    /// Makes everything written so far durable.
    pub fn sync(&self) -> Result<Synced, StoreError> {
        let fail = |error: Errno| StoreError::new("sync", &self.data, error.into());
        self.disks.iter().try_for_each(|disk| syncfs(disk).map_err(fail))?;
        Ok(Synced(()))
    }

    /// Removes what a crash left half written.
    pub fn sweep(&mut self) -> Result<(), StoreError> {
        let new = self.data.join(NEW);
        make_folder(&new)?;
        let fail = |error| StoreError::new("tidy", &new, error);
        for entry in fs::read_dir(&new).map_err(fail)? {
            fs::remove_file(entry.map_err(fail)?.path()).map_err(fail)?;
        }
        Ok(())
    }

    /// Where `file` lies; a name that leads out of the data directory lies nowhere.
    fn place(&self, file: &str) -> Result<PathBuf, StoreError> {
        let inside = Path::new(file).components().all(|part| matches!(part, Component::Normal(_)));
        if file.is_empty() || !inside {
            return Err(StoreError::Refused(format!("{file:?} is not a path below the data directory")));
        }
        Ok(self.data.join(file))
    }

    fn folder_of(&mut self, path: &Path) -> Result<(), StoreError> {
        let folder = path.parent().unwrap_or(&self.data);
        if !self.folders.contains(folder) {
            make_folder(folder)?;
            self.folders.insert(folder.to_owned());
        }
        Ok(())
    }
}

/// Gives a new image its name.
fn settle(new: &Path, target: &Path) -> Result<(), StoreError> {
    fs::rename(new, target).map_err(|error| match error.kind() {
        io::ErrorKind::IsADirectory => {
            StoreError::Refused(format!("{} is a folder; an image cannot have its name", target.display()))
        }
        io::ErrorKind::CrossesDevices => StoreError::Io(format!(
            "{} lies on another disk than images/.new; link the whole of images there instead",
            target.display()
        )),
        _ => StoreError::new("rename a new image to", target, error),
    })
}

/// Whether `target` is the very file that `from` is, or what is left of it.
fn lies_there(from: &Path, target: &Path) -> bool {
    let Ok(target) = fs::metadata(target) else { return false };
    match fs::metadata(from) {
        Ok(from) => (from.dev(), from.ino()) == (target.dev(), target.ino()),
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
}

fn make_folder(folder: &Path) -> Result<(), StoreError> {
    fs::create_dir_all(folder).map_err(|error| StoreError::new("create the folder", folder, error))
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    fs::write(path, bytes).map_err(|error| StoreError::new("write", path, error))
}

/// A hub that was told to stop may need so long to let go, as may a child process that was just forked and has not begun to
/// be another program.
const PATIENCE: Duration = Duration::from_secs(1);
const PAUSE: Duration = Duration::from_millis(50);

/// Locks the data directory, and leaves the process's number in the lock for whoever finds it taken.
fn lock(path: &Path) -> Result<File, StoreError> {
    let fail = |error| StoreError::new("lock", path, error);
    let mut file = File::options().read(true).write(true).create(true).truncate(false).open(path).map_err(fail)?;
    let deadline = SystemClock.uptime() + PATIENCE;
    loop {
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => break,
            Err(Errno::WOULDBLOCK) if SystemClock.uptime() < deadline => _ = SystemClock.wait(PAUSE, &Shutdown::new()),
            Err(Errno::WOULDBLOCK) => return Err(StoreError::InUse(in_use(path, &mut file))),
            Err(error) => return Err(fail(error.into())),
        }
    }
    // Only for messages: a full disk, which has no room for it, is to be cleaned up by this hub.
    let _ = file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id()));
    Ok(file)
}

/// The hub that has the data directory, as far as this user may see; none if none has.
pub fn user_of(data: &Path) -> Option<Process> {
    let mut file = File::open(data.join(LOCK)).ok()?;
    match flock(&file, FlockOperation::NonBlockingLockShared) {
        Err(Errno::WOULDBLOCK) => {}
        // Nobody's; what is locked here for a moment is let go with the file.
        _ => return None,
    }
    let unknown = Process { id: 0, name: "another picket-hub".to_owned() };
    Some(owner(&mut file).parse().ok().and_then(process::find).unwrap_or(unknown))
}

fn owner(file: &mut File) -> String {
    let mut owner = String::new();
    // Only for the message: without it the message says less.
    let _ = file.take(20).read_to_string(&mut owner);
    owner.chars().filter(char::is_ascii_digit).collect()
}

fn in_use(path: &Path, file: &mut File) -> String {
    let owner = owner(file);
    let who = if owner.is_empty() { String::new() } else { format!(" (process {owner})") };
    let data = path.parent().unwrap_or(path).display();
    format!("another picket-hub{who} is using {data}; stop it first, or give this one another data_directory")
}

fn disks(data: &Path) -> Result<Vec<File>, StoreError> {
    let mut seen = HashSet::new();
    let mut disks = Vec::new();
    for folder in std::iter::once(data.to_owned()).chain(FOLDERS.iter().map(|folder| data.join(folder))) {
        let fail = |error| StoreError::new("open the folder", &folder, error);
        let file = File::open(&folder).map_err(fail)?;
        if seen.insert(file.metadata().map_err(fail)?.dev()) {
            disks.push(file);
        }
    }
    Ok(disks)
}

#[cfg(test)]
mod tests;
