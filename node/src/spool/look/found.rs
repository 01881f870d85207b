//! What waits in a spool, added up: for `status`, and for doctor.

use std::fmt;
use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use anyhow::Result;
use picket_common::bytes::Bytes;
use picket_common::time::Timestamp;
use picket_common::wire::StreamId;

use super::super::item::{Class, Item};
use super::super::logs::LOCK;
use super::Look;

/// A spool as one look showed it.
pub struct Found {
    /// Its folder.
    pub folder: PathBuf,
    /// The process that has it open.
    pub at_work: Option<String>,
    /// The machine that has written it, where that tells what it is.
    pub hardware: Option<String>,
    /// What waits of each class, the most valuable first.
    pub waiting: [Waiting; 3],
    /// What its files take of the disk, in bytes, without those that are kept empty.
    pub held: u64,
    /// How many places are damaged.
    pub damaged: usize,
}

/// What waits.
#[derive(Debug, Clone, Default)]
pub struct Waiting {
    /// How many messages.
    pub messages: u64,
    /// Their bytes.
    pub bytes: u64,
    /// The streams that they are of.
    streams: Vec<StreamId>,
    /// When the oldest was made, by its node's clock.
    pub oldest: Option<Timestamp>,
}

impl Found {
    /// The spool in `folder`, read through.
    ///
    /// # Errors
    /// There is none, or it cannot be read.
    pub fn at(folder: &Path) -> Result<Found> {
        let mut look = Look::at(folder)?;
        let mut waiting: [Waiting; 3] = Default::default();
        for (class, waiting) in Class::ALL.into_iter().zip(&mut waiting) {
            look.each(class, |_, _, item, bytes| {
                item.into_iter().for_each(|item| waiting.add(item, bytes));
                Ok(())
            })?;
        }
        let segments = look.logs.iter().flatten().flat_map(|log| &log.segments);
        Ok(Found {
            folder: folder.to_owned(),
            at_work: at_work(folder),
            waiting,
            held: segments.map(|segment| segment.bytes).sum(),
            damaged: look.damage.len(),
            hardware: look.checkpoint.hardware,
        })
    }

    /// What waits of all classes together.
    pub fn all(&self) -> Waiting {
        let mut all = Waiting::default();
        for Waiting { messages, bytes, streams, oldest } in &self.waiting {
            all.messages += messages;
            all.bytes += bytes;
            all.streams.extend(streams);
            all.oldest = all.oldest.into_iter().chain(*oldest).min();
        }
        all
    }
}

impl Waiting {
    fn add(&mut self, item: &Item, bytes: u64) {
        self.messages += 1;
        self.bytes += bytes;
        if !self.streams.contains(&item.stream) {
            self.streams.push(item.stream);
        }
        self.oldest = self.oldest.into_iter().chain(item.keys.at).min();
    }
}

impl fmt::Display for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.messages {
            0 => return f.write_str("nothing waits"),
            1 => f.write_str("1 message waits")?,
            messages => write!(f, "{messages} messages wait")?,
        }
        write!(f, " ({})", Bytes(self.bytes))?;
        match self.streams.len() {
            1 => f.write_str(" in 1 stream")?,
            streams => write!(f, " in {streams} streams")?,
        }
        self.oldest.map_or(Ok(()), |oldest| write!(f, ", the oldest of {}", oldest.strftime("%Y-%m-%d %H:%M:%S UTC")))
    }
}

/// The process that holds the spool's lock: proc_locks(5). Asking for the lock would keep a node out that starts now.
pub fn at_work(folder: &Path) -> Option<String> {
    let inode = File::open(folder.join(LOCK)).ok()?.metadata().ok()?.ino().to_string();
    let locks = fs::read_to_string("/proc/locks").ok()?;
    locks.lines().find_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let is_ours = fields.get(1) == Some(&"FLOCK") && fields.get(5)?.rsplit(':').next() == Some(inode.as_str());
        is_ours.then(|| fields.get(4).map(|process| (*process).to_owned())).flatten()
    })
}
