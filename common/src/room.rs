//! How much room a file system has. Knows no reserve and no judgement: how little is too little is for others to say.

use std::io;
use std::path::Path;

use rustix::fs::{StatVfsMountFlags, statvfs};

use crate::event::DiskHealth;

/// A file system's room, in bytes and in files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Room {
    /// Nothing can be written.
    pub read_only: bool,
    /// Its size.
    pub total: u64,
    /// What is free for this user.
    pub free: u64,
    /// How many files it can hold; 0 where it does not count them.
    pub files: u64,
    /// How many more.
    pub files_free: u64,
}

impl Room {
    /// The room on the file system that holds `folder`: statvfs(3).
    ///
    /// # Errors
    /// There is no such folder, or it cannot be reached.
    pub fn of(folder: &Path) -> io::Result<Room> {
        let found = statvfs(folder)?;
        Ok(Room {
            read_only: found.f_flag.contains(StatVfsMountFlags::RDONLY),
            total: found.f_blocks.saturating_mul(found.f_frsize),
            free: found.f_bavail.saturating_mul(found.f_frsize),
            files: found.f_files,
            files_free: found.f_favail,
        })
    }
}

impl From<Room> for DiskHealth {
    fn from(room: Room) -> DiskHealth {
        DiskHealth { total_bytes: room.total, free_bytes: room.free }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_is_there_has_the_room_of_its_file_system() {
        let folder = tempfile::tempdir().unwrap();
        let room = Room::of(folder.path()).unwrap();
        assert!(!room.read_only && room.free <= room.total && room.files_free <= room.files, "{room:?}");
        // The kernel's own: they hold nothing, and nothing can be put there.
        assert_eq!(Room::of(Path::new("/proc")).unwrap().total, 0);
        assert_eq!(Room::of(&folder.path().join("none")).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
