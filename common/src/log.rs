//! The durable segment log: the hub's journal (acknowledged, not yet shelved) and the node's spool (not
//! yet acknowledged). This text is the format's specification. The log knows no network, no pictures and
//! no clock; what a payload means is its caller's business.
//!
//! # What it must do
//! - What [`Writer::sync`] has confirmed is there after a kill, a power cut or a full disk: every record
//!   once, in order, byte for byte, until it is trimmed.
//! - A batch costs one write and one `fdatasync`. So files are written once beforehand with zeros and used
//!   again: writing into them changes no length and allocates nothing, and a full disk is refused before
//!   anything is promised.
//! - After a failed `fdatasync` the system's memory of a file can differ from the disk while claiming that all
//!   is written. Such a file is never written again by that process, and its batch never was.
//! - Damage costs what it hits and no more, and is reported; it stops nobody.
//! - On a file system that copies on write (btrfs, ZFS) zeros written beforehand reserve nothing: there a full disk may
//!   make a batch fail, which is as bad as any failed write and no worse.
//! - Relied on: an interrupted write harms no byte outside it; `fdatasync` tells the truth; renames reach
//!   the disk in their order, and all of them with the folder's sync.
//!
//! # Files
//! `lock` is locked (`flock`) while the log is open. `<serial>.log` is a segment, `<serial>.spare` a file
//! kept to become one, `<serial>.damaged` one that was found to be neither and set aside. A serial is 16
//! hexadecimal digits, counts up and is never used twice: taking a spare file renames it to a new serial
//! and syncs the folder before a byte is written. A trimmed segment becomes a spare file, or is deleted when
//! there are enough, or when it is not of the usual size: a record too large for a segment gets one of its own.
//!
//! A log is let go of from its oldest segment on: what is no longer needed ([`Reader::trim`]), or what there is no
//! room for ([`Reader::give_up_oldest`], read or not). The segment with the newest record stays in either case, so
//! that a number is never given twice, whatever else is gone. Neither is synced: after a crash some may be back, and
//! whoever let go of them must know it by himself (a checkpoint, synced before).
//!
//! # Segment
//! All numbers are little-endian. A head of 64 bytes, then records, then whatever the file held before.
//!
//! | at | bytes | |
//! |---|---|---|
//! | 0 | 8 | `PicketL1` |
//! | 8 | 4 | CRC-32 of the serial (8 bytes) and of bytes 16 to 64 |
//! | 12 | 4 | 0 |
//! | 16 | 8 | serial, as in the name |
//! | 24 | 8 | size of the file |
//! | 32 | 8 | `first`: number of the first record |
//! | 40 | 8 | `after`: number of the last record before it: there the segments before end. Lower than `first - 1` only after an opening with a higher floor |
//! | 48 | 8 | batch of the first record |
//! | 56 | 8 | number of that batch's first record |
//!
//! # Record
//! It begins at a multiple of 8. A head of 88 bytes, the payload, zeros up to the next multiple of 8.
//!
//! | at | bytes | |
//! |---|---|---|
//! | 0 | 4 | `PkRd` |
//! | 4 | 4 | CRC-32 of the segment's serial (8 bytes) and of bytes 8 to 88 |
//! | 8 | 4 | length of the payload |
//! | 12 | 4 | CRC-32 of the payload |
//! | 16 | 8 | number: from 1, one up from record to record |
//! | 24 | 8 | batch: up from batch to batch, never used again even when withdrawn |
//! | 32 | 4 | how many records of the batch come before it |
//! | 36 | 4 | 0 |
//! | 40 | 24 | key: stream (16), number in it (8) |
//! | 64 | 24 | key of the record before |
//!
//! The serial in the checksum tells a record from what an earlier life of the file left behind it. A head has
//! its own checksum, so that a record with a damaged payload still tells its key; and it repeats the key
//! before it, so that a damaged head does not take its key along.
//!
//! # Which records count
//! A batch that goes on in a new segment is synced in the old one before the new one is written.
//!
//! A segment whose first record is of a batch with number `b` that began at number `s` withdraws from all earlier
//! segments every record after the one that it names as the last before it, and every one from `s` on that is not of
//! batch `b` itself. (A batch begins only after the sync of the one before, so whatever else is there failed.) If its head
//! is damaged, its first record says the same. Opening reads all records in order.
//!
//! | what opening meets | what it does |
//! |---|---|
//! | a record whose payload or head is damaged, while a later batch exists | that record is lost: reported, with its key in [`Recovery::lost`]; all others stay |
//! | the same in the newest batch | the log ends before that record: the batch was never acknowledged (or was, and the disk damaged it since, which cannot be told apart: it is reported) |
//! | bytes after the last record that hold no head | the log ends there, silently |
//! | a withdrawn record | the segment ends there, silently |
//! | a segment with a damaged head | reported; its records are read all the same |
//! | numbers missing between two segments (a file is gone or cut short) | reported; the rest stays |
//! | a segment's name on a file of zeros, or with another segment's head | renamed, and nothing written yet: made spare |
//! | a segment's name on an empty file | reported, removed |
//! | a segment's name on anything else | reported, set aside as `.damaged` |
//! | any other name | reported, left alone |
//! | a place that cannot be read | as damage |
//!
//! A log on a disk that is mounted read-only, or in a folder that this user cannot write to, is not opened: that is
//! refused before anything is touched, and [`inspect`] shows all that an opening would.
//!
//! After a cut, or when withdrawn or damaged bytes follow the last record, the next batch begins a new
//! segment, so that nothing that lies there can come back. Else it goes on behind the last record, once the newest batch was
//! written again in its place and synced: it may have been left in the system's memory alone.

//!
//! An indexed log gathers, while it is opened, where each record lies that counts; after that the writing end adds
//! the places of each batch once it is synced, so that no other record is had by its number.

pub mod disk;
mod gauge;
mod places;
mod reader;
mod record;
mod recovery;
mod segment;
mod shared;
#[cfg(any(test, feature = "testing"))]
pub mod sim;
mod window;
mod writer;

use std::io;
use std::sync::Arc;

use self::disk::Disk;
pub use self::gauge::Gauge;
pub use self::reader::{Dropped, Reader};
pub use self::recovery::inspect::{Inspection, Segment, inspect};
use self::shared::Shared;
pub use self::writer::Writer;

/// The lock's file.
const LOCK: &str = "lock";

/// Whose message a record holds: its stream and number there, zeros where there is none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Key {
    /// The stream.
    pub stream: u128,
    /// The number in it.
    pub seq: u64,
}

/// One record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Counts from 1 through all segments, without gaps but for records lost to damage.
    pub number: u64,
    /// Whose message it is.
    pub key: Key,
    /// The bytes given to [`Writer::append`].
    pub payload: Vec<u8>,
}

/// How a log is laid out.
#[derive(Debug, Clone)]
pub struct Options {
    /// The size of a segment's file; a record that is larger gets a segment of its own size.
    pub segment_bytes: u64,
    /// How many trimmed segments are kept for use again.
    pub spare_segments: usize,
    /// The most that all segments with records may have together. Beyond it the log is full, as a disk is, until
    /// its reader lets go of something.
    pub max_bytes: u64,
    /// Whether the place of every record is kept in memory (4 bytes a record), for [`Reader::get`] and [`Reader::held`].
    pub indexed: bool,
}

/// A record that an indexed log holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// Its number.
    pub number: u64,
    /// Whose message it is.
    pub key: Key,
    /// Bytes of its payload.
    pub length: u32,
}

/// What opening found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recovery {
    /// The next record's number is one up: that of the last record, or the highest floor that is known, if that is higher.
    /// 0 if there never was one.
    pub last: u64,
    /// Every damage met, in words with file and place.
    pub damage: Vec<String>,
    /// Numbers and keys of records of older batches that were lost. Where several in a row are lost with
    /// their heads, only the last one's key is known, and the others are in `damage` alone.
    pub lost: Vec<(u64, Key)>,
}

/// What can go wrong.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// No room on the disk; what was to be written is not in the log.
    #[error("the disk is full: {0}")]
    Full(String),
    /// Another process has the log open.
    #[error("{0}")]
    InUse(String),
    /// Any other failure, with file and what to try.
    #[error("{0}")]
    Io(String),
}

impl LogError {
    /// `what` could not be done to `place`.
    fn of(what: &str, place: &str, error: &io::Error) -> LogError {
        let text = format!("{what} {place}: {error}");
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => LogError::Full(text),
            io::ErrorKind::PermissionDenied => LogError::Io(format!("{text}; may this user read and write there?")),
            io::ErrorKind::ReadOnlyFilesystem => LogError::Io(format!(
                "{text}; it is mounted for reading only, or was made so by the system because the disk fails (`dmesg` \
                 says which)"
            )),
            _ => LogError::Io(format!("{text}; is the disk in order? (`dmesg` may say more)")),
        }
    }
}

/// Opens the log on `disk`, creating it where there is none. Numbers go on from the last record, and never
/// below `floor`.
///
/// Damage is no error, see [`Recovery`]. Fails when the log is open elsewhere, when a file cannot be opened, and
/// when what was found cannot be made durable.
pub fn open(disk: Arc<dyn Disk>, options: Options, floor: u64) -> Result<(Writer, Reader, Recovery), LogError> {
    let place = disk.place(LOCK);
    let lock = disk.lock(LOCK).map_err(|error| LogError::of("cannot lock", &place, &error))?;
    let lock = lock.ok_or_else(|| {
        LogError::InUse(format!("{place} is locked: another process has this log open; is it running twice?"))
    })?;
    let found = recovery::recover(&*disk, &options, floor)?;
    let shared = Arc::new(Shared::new(disk, options, lock, found.state));
    let writer = Writer::new(Arc::clone(&shared), found.active, found.batch, found.before);
    Ok((writer, Reader::new(shared, found.held), found.recovery))
}

#[cfg(test)]
mod tests;
