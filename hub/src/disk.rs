//! How full the disks below the data directory are. Knows no node and no journal.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use picket_common::event::DiskHealth;
use picket_common::room::Room;

use crate::ingest::Look;

/// Looks at the file systems of the data directory and of its images, which may be a link to another disk, and tells of
/// the fuller one.
pub fn look(data: &Path) -> Look {
    let folders = [data.to_owned(), data.join("images")];
    Box::new(move || {
        let disks = folders.iter().filter_map(|folder| Room::of(folder).ok()).map(DiskHealth::from);
        disks.min_by(|one, other| one.free_share().total_cmp(&other.free_share()))
    })
}

/// Whether `folder` can be written: writes a little, and takes it away again.
pub fn try_write(folder: &Path) -> io::Result<()> {
    let path = folder.join(format!(".writable-{}", std::process::id()));
    let written = File::create(&path).and_then(|mut file| file.write_all(&[0; 4096]));
    written.and(fs::remove_file(&path))
}
