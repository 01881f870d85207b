//! How much room a disk has, and the reserve: a file that only takes room, to be given back when there is none, so that
//! what deletes has enough for its own lines and rows.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use rustix::fs::{FallocateFlags, fallocate, statvfs};
use rustix::io::Errno;

/// The reserve's name in the data directory.
const RESERVE: &str = "reserve";

/// The largest reserve; on a small disk it is a 128th of it. A batch of deletions needs a part of it.
const MOST: u64 = 64 << 20;

/// A disk's room, in bytes and in files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Room {
    /// Its size.
    pub total: u64,
    /// What is free for this user.
    pub free: u64,
    /// How many files it can hold; 0 where it does not count them.
    pub files: u64,
    /// How many more.
    pub files_free: u64,
}

/// The room on the disk that holds the images of `data`.
pub fn room(data: &Path) -> io::Result<Room> {
    let found = statvfs(data.join("images")).or_else(|_| statvfs(data))?;
    Ok(Room {
        total: found.f_blocks.saturating_mul(found.f_frsize),
        free: found.f_bavail.saturating_mul(found.f_frsize),
        files: found.f_files,
        files_free: found.f_favail,
    })
}

/// Takes the reserve, where there is none and the disk has room for more than that; tells whether there is one now.
pub(super) fn take_reserve(data: &Path) -> io::Result<bool> {
    let path = data.join(RESERVE);
    if path.exists() {
        return Ok(true);
    }
    let found = statvfs(data)?;
    let total = found.f_blocks.saturating_mul(found.f_frsize);
    let bytes = (total / 128).clamp(1 << 20, MOST);
    if found.f_bavail.saturating_mul(found.f_frsize) < bytes + bytes / 2 {
        return Ok(false);
    }
    let taken = File::create_new(&path).and_then(|file| fill(file, bytes));
    if taken.is_err() {
        // Half a reserve would pass for a whole one.
        let _ = fs::remove_file(&path);
    }
    taken.map(|()| true)
}

fn fill(mut file: File, bytes: u64) -> io::Result<()> {
    match fallocate(&file, FallocateFlags::empty(), 0, bytes) {
        Ok(()) => {}
        Err(Errno::OPNOTSUPP) => {
            let zeros = vec![0; 1 << 20];
            for _ in 0..bytes >> 20 {
                file.write_all(&zeros)?;
            }
        }
        Err(error) => return Err(error.into()),
    }
    file.sync_all()
}

/// Gives the reserve back; tells whether there was one.
pub(super) fn give_reserve(data: &Path) -> bool {
    fs::remove_file(data.join(RESERVE)).is_ok()
}
