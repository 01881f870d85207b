//! The few file operations a log needs, as a trait, and the real folder behind it. Knows nothing of
//! segments or records.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{FlockOperation, flock};

use crate::room::Room;

/// Held while a log is open; dropping it lets the next one in.
pub type Lock = Box<dyn Send + Sync>;

/// A folder of files, for one log.
pub trait Disk: Send + Sync {
    /// The names of all files, in any order.
    fn list(&self) -> io::Result<Vec<String>>;

    /// Makes a file of `bytes` zeros, written and synced, in place of one of the same name. After an error
    /// there is no such file.
    fn create(&self, name: &str, bytes: u64) -> io::Result<()>;

    /// Opens a file for reading and writing.
    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>>;

    /// Opens a file for reading alone.
    fn open_to_read(&self, name: &str) -> io::Result<Arc<dyn DiskFile>>;

    /// Gives a file another name.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Deletes a file.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// Makes durable what was created, renamed and removed.
    fn sync_dir(&self) -> io::Result<()>;

    /// Locks the folder by means of the file `name`; none when another process, or another log in this
    /// one, holds the lock.
    fn lock(&self, name: &str) -> io::Result<Option<Lock>>;

    /// How to call a file to a reader of messages.
    fn place(&self, name: &str) -> String;
}

/// An open file. Reading and writing need no position, so that several threads can share it.
pub trait DiskFile: Send + Sync {
    /// Its length in bytes.
    fn size(&self) -> io::Result<u64>;

    /// Fills `buffer` from `offset` on, and says how much of it; less only at the end of the file.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;

    /// Writes all of `bytes`.
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()>;

    /// Makes durable what was written.
    fn sync_data(&self) -> io::Result<()>;
}

/// A folder of the file system.
#[derive(Debug, Clone)]
pub struct Folder {
    path: PathBuf,
    keep_free: u64,
}

impl Folder {
    /// The folder at `path`, which is made where there is none.
    pub fn new(path: impl Into<PathBuf>) -> io::Result<Folder> {
        Folder::keeping_free(path, 0)
    }

    /// The same, and no file is made there that would leave less than `bytes` of the disk free: whoever takes what is
    /// in a log and stores it elsewhere on the same disk must be able to, or the log would never shrink again.
    pub fn keeping_free(path: impl Into<PathBuf>, bytes: u64) -> io::Result<Folder> {
        let path = path.into();
        if !path.is_dir() {
            std::fs::create_dir_all(&path)?;
            if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
                File::open(parent)?.sync_all()?;
            }
        }
        Ok(Folder { path, keep_free: bytes })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Disk for Folder {
    fn list(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(&self.path)? {
            let entry = entry?;
            if entry.file_type()?.is_file() {
                names.push(entry.file_name().to_string_lossy().into_owned());
            }
        }
        Ok(names)
    }

    fn create(&self, name: &str, bytes: u64) -> io::Result<()> {
        let path = self.path.join(name);
        if Room::of(&self.path)?.free < bytes.saturating_add(self.keep_free) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let made = File::create(&path).and_then(|mut file| {
            let zeros = vec![0; 1 << 20];
            let mut left = bytes;
            while left > 0 {
                let block = zeros.len().min(usize::try_from(left).unwrap_or(usize::MAX));
                file.write_all(&zeros[..block])?;
                left -= block as u64;
            }
            file.sync_all()
        });
        if made.is_err() {
            // The error worth telling is the first one.
            let _ = std::fs::remove_file(&path);
        }
        made
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        Ok(Arc::new(OpenOptions::new().read(true).write(true).open(self.path.join(name))?))
    }

    fn open_to_read(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        Ok(Arc::new(File::open(self.path.join(name))?))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        std::fs::rename(self.path.join(from), self.path.join(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        std::fs::remove_file(self.path.join(name))
    }

    fn sync_dir(&self) -> io::Result<()> {
        File::open(&self.path)?.sync_all()
    }

    fn lock(&self, name: &str) -> io::Result<Option<Lock>> {
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(self.path.join(name))?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Some(Box::new(file))),
            Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn place(&self, name: &str) -> String {
        self.path.join(name).display().to_string()
    }
}

impl DiskFile for File {
    fn size(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let mut done = 0;
        while done < buffer.len() {
            match FileExt::read_at(self, &mut buffer[done..], offset + done as u64) {
                Ok(0) => break,
                Ok(read) => done += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(done)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.write_all_at(bytes, offset)
    }

    fn sync_data(&self) -> io::Result<()> {
        File::sync_data(self)
    }
}
