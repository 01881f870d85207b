//! Segments: their names, and the form of their head on the disk (see the layout in [`super`]).

use std::sync::Arc;

use super::disk::DiskFile;
use super::record::{LIMIT, checksum, take};

/// Bytes of a segment's head; the first record follows.
pub(super) const HEAD: u64 = 64;

const MAGIC: [u8; 8] = *b"PicketL1";

/// A segment's open file.
#[derive(Clone)]
pub(super) struct Segment {
    pub(super) serial: u64,
    pub(super) bytes: u64,
    pub(super) file: Arc<dyn DiskFile>,
}

/// What a segment says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) serial: u64,
    /// The size the file was made with.
    pub(super) bytes: u64,
    /// The number of its first record.
    pub(super) first: u64,
    /// The number of the last record before it: there the segment before ends, whatever else lies in it.
    pub(super) after: u64,
    /// The batch its first record belongs to.
    pub(super) batch: u64,
    /// The number of that batch's first record.
    pub(super) batch_start: u64,
}

impl Head {
    /// Appends its bytes to `out`.
    pub(super) fn push(&self, out: &mut Vec<u8>) {
        let start = out.len();
        out.extend_from_slice(&MAGIC);
        out.extend_from_slice(&[0; 8]);
        for field in [self.serial, self.bytes, self.first, self.after, self.batch, self.batch_start] {
            out.extend_from_slice(&field.to_le_bytes());
        }
        let checksum = checksum(self.serial, &out[start + 16..]);
        out[start + 8..start + 12].copy_from_slice(&checksum.to_le_bytes());
    }

    /// The head at the beginning of `bytes`, whichever segment's it is.
    pub(super) fn decode(mut bytes: &[u8]) -> Option<Head> {
        if take(&mut bytes)? != MAGIC {
            return None;
        }
        let stated = u32::from_le_bytes(take(&mut bytes)?);
        let zeros: [u8; 4] = take(&mut bytes)?;
        let fields = bytes.get(..48)?;
        let mut field = || Some(u64::from_le_bytes(take(&mut bytes)?));
        let (serial, size, first, after) = (field()?, field()?, field()?, field()?);
        let (batch, batch_start) = (field()?, field()?);
        let plausible = 0 < batch_start && batch_start <= first && after < first && first < LIMIT && batch < LIMIT;
        (zeros == [0; 4] && stated == checksum(serial, fields) && plausible).then_some(Head {
            serial,
            bytes: size,
            first,
            after,
            batch,
            batch_start,
        })
    }
}

/// What a file in the folder is, by its name.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Name {
    /// A segment.
    Segment(u64),
    /// A file kept to become one.
    Spare(u64),
    /// A file that was found to be none, and set aside.
    Aside(u64),
    /// Nothing of ours.
    Foreign,
}

impl Name {
    pub(super) fn parse(name: &str) -> Name {
        let Some((digits, kind)) = name.split_once('.') else { return Name::Foreign };
        let lower_hex = digits.len() == 16 && digits.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        let serial = u64::from_str_radix(digits, 16).ok().filter(|serial| lower_hex && *serial < LIMIT);
        match (serial, kind) {
            (Some(serial), "log") => Name::Segment(serial),
            (Some(serial), "spare") => Name::Spare(serial),
            (Some(serial), "damaged") => Name::Aside(serial),
            _ => Name::Foreign,
        }
    }
}

/// The name of a segment's file.
pub(super) fn name(serial: u64) -> String {
    format!("{serial:016x}.log")
}

/// The name of a spare one.
pub(super) fn spare_name(serial: u64) -> String {
    format!("{serial:016x}.spare")
}

/// The name of one set aside.
pub(super) fn aside_name(serial: u64) -> String {
    format!("{serial:016x}.damaged")
}
