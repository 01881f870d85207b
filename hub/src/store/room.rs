//! How much room the data directory's disk has, and the reserve: a file that only takes room, to be given back when there is none, so that
//! what deletes has enough for its own lines and rows.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use picket_common::room::Room;
use rustix::fs::{FallocateFlags, fallocate};
use rustix::io::Errno;

/// The reserve's name in the data directory.
const RESERVE: &str = "reserve";

/// The largest reserve; on a small disk it is a 128th of it. A batch of deletions needs a part of it.
const MOST: u64 = 64 << 20;

/// The room on the disk that holds the images of `data`.
pub fn room(data: &Path) -> io::Result<Room> {
    Room::of(&data.join("images")).or_else(|_| Room::of(data))
}

/// Takes the reserve, where there is none and the disk has room for more than that; tells whether there is one now.
pub(super) fn take_reserve(data: &Path) -> io::Result<bool> {
    let path = data.join(RESERVE);
    if path.exists() {
        return Ok(true);
    }
    let room = Room::of(data)?;
    let bytes = (room.total / 128).clamp(1 << 20, MOST);
    if room.free < bytes + bytes / 2 {
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
