//! What a spool is told at its start.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use picket_common::config::MinFree;
use picket_common::room::Room;

use super::fate::Witness;
use super::logs::Disks;
use crate::config::{Durability, SpoolSection};

/// What [`Health::hardware`](crate::health::Health::hardware) says of a machine that does not tell.
const UNKNOWN: &str = "unknown";

/// What a spool on the disk is told at its start.
#[derive(Clone)]
pub struct Settings {
    /// Opens its folders, making them where there are none; asked again after each failure.
    pub disks: Arc<dyn Fn() -> io::Result<Disks> + Send + Sync>,
    /// How to call its folder to a reader of messages.
    pub place: String,
    /// What may lie on the disk, in bytes of its files.
    pub max_disk: u64,
    /// What may be in memory, in bytes.
    pub max_memory: u64,
    /// How long events, readings, reports and best frames wait for an acknowledgement before they are written.
    pub events_after: Duration,
    /// The same for other images.
    pub spill_after: Duration,
    /// Everything is written at once.
    pub always: bool,
    /// The machine; none where it does not tell.
    pub hardware: Option<String>,
    /// Who hears what becomes of each message.
    pub witness: Option<Witness>,
}

impl Settings {
    /// How long events, readings, reports and best frames wait for an acknowledgement before they are written.
    pub const EVENTS_AFTER: Duration = Duration::from_secs(1);

    /// As the configuration says, on a machine called `hardware`; none where there is no folder for it.
    pub fn of(config: &SpoolSection, hardware: &str) -> Option<Settings> {
        let (directory, min_free) = (config.directory.clone()?, config.min_free());
        Some(Settings {
            place: directory.display().to_string(),
            disks: Arc::new(move || Disks::at(&directory, bytes_free(&directory, min_free))),
            max_disk: config.max_size().0,
            max_memory: config.memory().0,
            events_after: Settings::EVENTS_AFTER,
            spill_after: config.spill_after().0,
            always: config.durability() == Durability::Always,
            hardware: Some(hardware.to_owned()).filter(|hardware| hardware != UNKNOWN),
            witness: None,
        })
    }

    /// The size of a segment, in bytes: a little of the whole, so that little is given up at once.
    pub(super) fn segment_bytes(&self) -> u64 {
        (self.max_disk / 64).clamp(16 << 10, 4 << 20)
    }
}

/// How many bytes of the folder's disk are left to others. Where the disk does not tell, opening the folder tells why.
pub(super) fn bytes_free(directory: &Path, min_free: MinFree) -> u64 {
    let there = directory.ancestors().find(|path| path.exists()).unwrap_or(Path::new("/"));
    min_free.of(Room::of(there).map_or(0, |room| room.total))
}
