//! What the log promises, as facts. The format's numbers are written out here once more on purpose.

mod basics;
mod damage;
mod faults;
mod indexed;
mod inspect;
mod model;
mod mounted;

use std::sync::Arc;

use super::disk::Disk;
use super::sim::SimDisk;
use super::{Key, LogError, Options, Reader, Record, Recovery, Writer, open};

/// Bytes of a segment in most tests.
const SEGMENT: u64 = 1024;

const OPTIONS: Options = Options { segment_bytes: SEGMENT, spare_segments: 2, max_bytes: u64::MAX, indexed: false };

struct Log {
    writer: Writer,
    reader: Reader,
    recovery: Recovery,
}

impl Log {
    fn open(disk: Arc<dyn Disk>, floor: u64) -> Log {
        Log::open_as(disk, floor, false)
    }

    fn open_as(disk: Arc<dyn Disk>, floor: u64, indexed: bool) -> Log {
        let (writer, reader, recovery) = open(disk, Options { indexed, ..OPTIONS }, floor).expect("the log opens");
        Log { writer, reader, recovery }
    }

    /// The power was not cut: only the process is another one.
    fn after_kill(disk: &SimDisk) -> Log {
        disk.kill();
        Log::open(disk.life(), 0)
    }

    fn append(&mut self, number: u64, payload: &str) {
        assert_eq!(self.writer.append(key(number), &[payload.as_bytes()]).expect("appends"), number);
    }

    /// Appends and syncs records with the payloads given; the first has number `first`.
    fn batch(&mut self, first: u64, payloads: &[&str]) {
        for (number, payload) in (first..).zip(payloads) {
            self.append(number, payload);
        }
        assert_eq!(self.writer.sync().expect("syncs"), first + payloads.len() as u64 - 1);
    }

    /// The same without success.
    fn failed_batch(&mut self, first: u64, payloads: &[&str]) {
        for (number, payload) in (first..).zip(payloads) {
            self.append(number, payload);
        }
        assert!(matches!(self.writer.sync(), Err(LogError::Io(_))));
    }

    /// All records from the beginning: numbers and payloads. Their keys are checked.
    fn all(&mut self) -> Vec<(u64, String)> {
        self.reader.seek(0);
        self.rest()
    }

    fn rest(&mut self) -> Vec<(u64, String)> {
        let records = std::iter::from_fn(|| self.reader.next().expect("reads"));
        records
            .map(|Record { number, key: its, payload }| {
                assert_eq!(its, key(number));
                (number, String::from_utf8_lossy(&payload).into_owned())
            })
            .collect()
    }
}

fn key(number: u64) -> Key {
    Key { stream: u128::MAX - 5, seq: number * 10 }
}

/// Records with numbers from `first` on.
fn numbered(first: u64, payloads: &[&str]) -> Vec<(u64, String)> {
    (first..).zip(payloads.iter().map(|payload| payload.to_string())).collect()
}

/// The name of the `nth` segment, from 1.
fn segment(nth: u64) -> String {
    format!("{nth:016x}.log")
}
