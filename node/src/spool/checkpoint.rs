//! How far each stream on the disk is acknowledged, and on which machine: a small file beside the logs. Knows one
//! folder, and no record.
//!
//! `checkpoint` is two lines and blanks up to a multiple of 4096 bytes: a JSON object, and the CRC-32 of that line in 8
//! hexadecimal digits. A new one is written to `checkpoint.spare`, synced, renamed, and the folder synced; the spare
//! file is made beforehand, so that a full disk does not stop it.
//!
//! | key | |
//! |---|---|
//! | `picket_spool` | 1, the version |
//! | `hardware` | the machine's serial number or id; left out where it tells none |
//! | `acknowledged` | stream, as in the log -> everything up to this number is safe at the hub |
//! | `moved` | stream, as in the log -> the stream as which it goes on, since the spool came to other hardware |

use std::collections::BTreeMap;
use std::io;

use picket_common::log::disk::Disk;
use picket_common::wire::StreamId;
use serde::{Deserialize, Serialize};

pub(super) const NAME: &str = "checkpoint";
const SPARE: &str = "checkpoint.spare";
pub(super) const ASIDE: &str = "checkpoint.damaged";

/// The file's size is a multiple of this.
const BLOCK: usize = 4096;
/// A file that claims to be larger is none of ours: ten thousand streams take a megabyte.
const LIMIT: u64 = 64 << 20;

/// What is known of the logs' streams.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Checkpoint {
    picket_spool: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) hardware: Option<String>,
    #[serde(default)]
    pub(super) acknowledged: BTreeMap<StreamId, u64>,
    #[serde(default)]
    pub(super) moved: BTreeMap<StreamId, StreamId>,
}

/// Why there is no checkpoint to be had from the file.
#[derive(Debug)]
pub(super) enum Unusable {
    /// It is damaged, in these words.
    Damaged(String),
    /// A newer Picket wrote it.
    Newer(u32),
    /// It cannot be read.
    Unread(io::Error),
}

impl Checkpoint {
    const VERSION: u32 = 1;

    /// One of this version.
    pub(super) fn new(hardware: Option<String>) -> Checkpoint {
        Checkpoint { picket_spool: Checkpoint::VERSION, hardware, ..Checkpoint::default() }
    }

    /// The one in the folder; none where there is none.
    pub(super) fn read(disk: &dyn Disk) -> Result<Option<Checkpoint>, Unusable> {
        let names = disk.list().map_err(Unusable::Unread)?;
        if !names.iter().any(|name| name == NAME) {
            return Ok(None);
        }
        let file = disk.open_to_read(NAME).map_err(Unusable::Unread)?;
        let size = file.size().map_err(Unusable::Unread)?;
        if size > LIMIT {
            return Err(Unusable::Damaged(format!("it has {size} bytes")));
        }
        let mut bytes = vec![0; size as usize];
        let read = file.read_at(0, &mut bytes).map_err(Unusable::Unread)?;
        bytes.truncate(read);
        Checkpoint::decode(&bytes).map(Some)
    }

    fn decode(bytes: &[u8]) -> Result<Checkpoint, Unusable> {
        let damaged = |why: &str| Unusable::Damaged(why.to_owned());
        let text = std::str::from_utf8(bytes).map_err(|_| damaged("it is no text"))?;
        let (json, rest) = text.split_once('\n').ok_or_else(|| damaged("it is cut short"))?;
        if rest.trim() != checksum(json) {
            return Err(damaged("its checksum is wrong"));
        }
        let checkpoint: Checkpoint = serde_json::from_str(json).map_err(|error| damaged(&error.to_string()))?;
        match checkpoint.picket_spool {
            Checkpoint::VERSION => Ok(checkpoint),
            newer => Err(Unusable::Newer(newer)),
        }
    }

    fn encode(&self) -> Vec<u8> {
        // Texts and numbers always have a JSON form.
        let json = serde_json::to_string(self).unwrap_or_default();
        let mut bytes = format!("{json}\n{}\n", checksum(&json)).into_bytes();
        bytes.resize(bytes.len().next_multiple_of(BLOCK), b' ');
        bytes
    }

    /// Makes it durable in place of the one before.
    pub(super) fn write(&self, disk: &dyn Disk) -> io::Result<()> {
        let bytes = self.encode();
        let size = bytes.len() as u64;
        let spare = disk.open(SPARE).and_then(|file| file.size()).ok();
        if spare != Some(size) {
            disk.create(SPARE, size)?;
        }
        let file = disk.open(SPARE)?;
        let written = file.write_at(0, &bytes).and_then(|()| file.sync_data());
        if written.is_err() {
            // After a failed sync nobody knows what a file holds; the next one is made anew.
            let _ = disk.remove(SPARE);
        }
        written?;
        disk.rename(SPARE, NAME)?;
        disk.sync_dir()?;
        // For the next time. Without room there is none, and then there may be none of this either.
        let _ = disk.create(SPARE, size);
        Ok(())
    }

    /// Sets a damaged one aside, in place of one set aside before.
    pub(super) fn set_aside(disk: &dyn Disk) -> io::Result<()> {
        disk.rename(NAME, ASIDE)?;
        disk.sync_dir()
    }

    /// The stream's name on the wire.
    pub(super) fn stream(&self, written_as: StreamId) -> StreamId {
        self.moved.get(&written_as).copied().unwrap_or(written_as)
    }

    /// A message's place on the wire; none if it was acknowledged.
    pub(super) fn waits(&self, written_as: StreamId, seq: u64) -> Option<(StreamId, u64)> {
        let acknowledged = self.acknowledged.get(&written_as).copied().unwrap_or(0);
        (seq > acknowledged).then(|| (self.stream(written_as), seq))
    }
}

fn checksum(json: &str) -> String {
    format!("{:08x}", crc32fast::hash(json.as_bytes()))
}

#[cfg(test)]
mod tests {
    use picket_common::log::sim::{Op, SimDisk};

    use super::*;

    fn some(hardware: &str, streams: u128) -> Checkpoint {
        let acknowledged = (0..streams).map(|stream| (StreamId(stream), stream as u64 * 3)).collect();
        let moved = BTreeMap::from([(StreamId(1), StreamId(7))]);
        Checkpoint { acknowledged, moved, ..Checkpoint::new(Some(hardware.into())) }
    }

    #[test]
    fn it_is_read_as_it_was_written_whatever_its_size() {
        let disk = SimDisk::new();
        assert!(Checkpoint::read(&disk).unwrap().is_none());
        for checkpoint in [Checkpoint::new(None), some("Pi 7", 3), some("Pi 7", 500), some("Pi 7", 0)] {
            checkpoint.write(&disk).unwrap();
            assert_eq!(Checkpoint::read(&disk).unwrap(), Some(checkpoint));
        }
    }

    #[test]
    fn a_power_cut_at_any_moment_leaves_the_old_one_or_the_new() {
        let (old, new) = (some("Pi 7", 2), some("Pi 7", 9));
        for moment in 0..12 {
            for seed in 0..20 {
                let disk = SimDisk::new();
                old.write(&disk).unwrap();
                disk.stop_after(moment);
                let written = new.write(&*disk.life());
                disk.crash(seed);
                let found = Checkpoint::read(&*disk.life()).unwrap().unwrap();
                assert!(found == new || (found == old && written.is_err()), "{moment} {seed}");
            }
        }
    }

    #[test]
    fn a_full_disk_does_not_stop_it() {
        let disk = SimDisk::new();
        some("Pi 7", 2).write(&disk).unwrap();
        disk.set_room(disk.used());
        for streams in 3..9 {
            some("Pi 7", streams).write(&disk).unwrap();
            assert_eq!(Checkpoint::read(&disk).unwrap(), Some(some("Pi 7", streams)));
        }
    }

    #[test]
    fn after_a_failed_sync_the_file_is_made_anew() {
        let disk = SimDisk::new();
        some("Pi 7", 2).write(&disk).unwrap();
        disk.fail(Op::Sync, 0);
        assert!(some("Pi 7", 3).write(&disk).is_err());
        some("Pi 7", 4).write(&disk).unwrap();
        assert_eq!(Checkpoint::read(&disk).unwrap(), Some(some("Pi 7", 4)));
    }

    #[test]
    fn every_flipped_bit_is_found() {
        let bytes = some("Pi 7", 2).encode();
        let text = bytes.iter().rposition(|byte| *byte == b'\n').unwrap();
        for bit in 0..text * 8 {
            let mut damaged = bytes.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            // A digit of the checksum in capitals is the same digit, and is not accepted either.
            assert!(matches!(Checkpoint::decode(&damaged), Err(Unusable::Damaged(_))), "bit {bit}");
        }
        assert!(matches!(Checkpoint::decode(&[]), Err(Unusable::Damaged(_))));
        assert!(matches!(Checkpoint::decode(&bytes[..30]), Err(Unusable::Damaged(_))));
    }

    #[test]
    fn a_newer_versions_is_not_taken_for_a_damaged_one() {
        let newer = Checkpoint { picket_spool: 2, ..some("Pi 7", 1) };
        assert!(matches!(Checkpoint::decode(&newer.encode()), Err(Unusable::Newer(2))));
    }
}
