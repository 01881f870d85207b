//! The form of a record on the disk (see the layout in [`super`]). Knows no files.

use super::Key;

/// Bytes of a record's head.
pub(super) const HEAD: usize = 88;

/// Records begin at multiples of this many bytes, so that a scan can find them.
pub(super) const ALIGN: usize = 8;

/// Record and batch numbers stay below this: a larger one was never given.
pub(super) const LIMIT: u64 = 1 << 62;

const MAGIC: [u8; 4] = *b"PkRd";

/// What a record says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) length: u32,
    pub(super) payload_checksum: u32,
    pub(super) number: u64,
    pub(super) batch: u64,
    /// How many records of the same batch come before this one.
    pub(super) place: u32,
    pub(super) key: Key,
    /// The key of the record before, so that a ruined head does not take its key along.
    pub(super) before: Key,
}

impl Head {
    /// Appends its bytes to `out`.
    pub(super) fn push(&self, serial: u64, out: &mut Vec<u8>) {
        let start = out.len();
        out.extend_from_slice(&MAGIC);
        out.extend_from_slice(&[0; 4]);
        out.extend_from_slice(&self.length.to_le_bytes());
        out.extend_from_slice(&self.payload_checksum.to_le_bytes());
        out.extend_from_slice(&self.number.to_le_bytes());
        out.extend_from_slice(&self.batch.to_le_bytes());
        out.extend_from_slice(&self.place.to_le_bytes());
        out.extend_from_slice(&[0; 4]);
        for key in [self.key, self.before] {
            out.extend_from_slice(&key.stream.to_le_bytes());
            out.extend_from_slice(&key.seq.to_le_bytes());
        }
        let checksum = checksum(serial, &out[start + 8..]);
        out[start + 4..start + 8].copy_from_slice(&checksum.to_le_bytes());
    }

    /// The head at the beginning of `bytes`, if one of segment `serial` is there.
    pub(super) fn decode(bytes: &[u8], serial: u64) -> Option<Head> {
        let mut bytes = bytes.get(..HEAD)?;
        // The cheap question first: a scan asks it at every eighth byte.
        if take(&mut bytes)? != MAGIC || take(&mut bytes)? != checksum(serial, bytes).to_le_bytes() {
            return None;
        }
        let length = u32::from_le_bytes(take(&mut bytes)?);
        let payload_checksum = u32::from_le_bytes(take(&mut bytes)?);
        let number = u64::from_le_bytes(take(&mut bytes)?);
        let batch = u64::from_le_bytes(take(&mut bytes)?);
        let place = u32::from_le_bytes(take(&mut bytes)?);
        take::<4>(&mut bytes)?;
        let key = take_key(&mut bytes)?;
        let before = take_key(&mut bytes)?;
        let plausible = u64::from(place) < number && number < LIMIT && batch < LIMIT;
        plausible.then_some(Head { length, payload_checksum, number, batch, place, key, before })
    }

    /// Bytes from this record's beginning to the next one's.
    pub(super) fn size(&self) -> u64 {
        size(self.length)
    }

    /// The number of the first record of its batch.
    pub(super) fn batch_start(&self) -> u64 {
        self.number.saturating_sub(u64::from(self.place))
    }
}

/// Bytes that a record takes, with its head and up to the next one.
pub(super) fn size(length: u32) -> u64 {
    (HEAD as u64 + u64::from(length)).next_multiple_of(ALIGN as u64)
}

/// The checksum of a head: it covers the segment's serial, so that what an earlier life of the file
/// left behind never looks like a record of this one.
pub(super) fn checksum(serial: u64, bytes: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&serial.to_le_bytes());
    hasher.update(bytes);
    hasher.finalize()
}

/// Takes the first `N` bytes off.
pub(super) fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (head, tail) = bytes.split_first_chunk::<N>()?;
    *bytes = tail;
    Some(*head)
}

fn take_key(bytes: &mut &[u8]) -> Option<Key> {
    let stream = u128::from_le_bytes(take(bytes)?);
    Some(Key { stream, seq: u64::from_le_bytes(take(bytes)?) })
}
