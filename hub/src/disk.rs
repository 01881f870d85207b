//! How full the disks below the data directory are. Knows no node and no journal.

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
