//! The durable segment log (its format's specification is written here first).

pub mod disk;
#[cfg(any(test, feature = "testing"))]
pub mod sim;

use std::sync::Arc;
use std::time::Duration;

use self::disk::Disk;

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
}

/// What opening found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recovery {
    /// The number of the last record; 0 if there never was one.
    pub last: u64,
    /// Every damage met, in words with file and place.
    pub damage: Vec<String>,
    /// Keys of records of older batches whose payload was lost.
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

/// Opens the log on `disk`, creating it where there is none. Numbers go on from the last record, and never
/// below `floor`.
pub fn open(disk: Arc<dyn Disk>, options: Options, floor: u64) -> Result<(Writer, Reader, Recovery), LogError> {
    let _ = (disk, options, floor);
    Err(LogError::Io("not written yet".into()))
}

/// The writing end; one owner.
pub struct Writer;

impl Writer {
    /// Adds a record to the batch at hand, made of `parts` joined; gives its number. Nothing is durable yet.
    pub fn append(&mut self, key: Key, parts: &[&[u8]]) -> Result<u64, LogError> {
        let _ = (key, parts);
        Err(LogError::Io("not written yet".into()))
    }

    /// Makes the batch durable with one sync, and gives the last durable number. When it fails, the whole
    /// batch is withdrawn: its numbers are given again, and replay will not show its records.
    pub fn sync(&mut self) -> Result<u64, LogError> {
        Err(LogError::Io("not written yet".into()))
    }

    /// Withdraws the batch at hand.
    pub fn withdraw(&mut self) {}

    /// The last durable number.
    pub fn synced(&self) -> u64 {
        0
    }
}

/// The reading end; one owner, on any thread.
pub struct Reader;

impl Reader {
    /// Goes to the first record after `number`.
    pub fn seek(&mut self, number: u64) {
        let _ = number;
    }

    /// The next durable record, or none yet.
    pub fn next(&mut self) -> Result<Option<Record>, LogError> {
        Ok(None)
    }

    /// Waits until there may be a next record, at most `timeout`.
    pub fn wait(&self, timeout: Duration) {
        let _ = timeout;
    }

    /// Lets go of all segments whose records all have numbers up to `number`.
    pub fn trim(&mut self, number: u64) -> Result<(), LogError> {
        let _ = number;
        Ok(())
    }

    /// How many durable records lie after `number`.
    pub fn depth_after(&self, number: u64) -> u64 {
        let _ = number;
        0
    }
}
