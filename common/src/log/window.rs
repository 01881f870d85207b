//! Reads a segment through a small buffer, and finds the records in it. Knows one file, and not which
//! of its records count.

use std::io;
use std::sync::Arc;

use super::disk::DiskFile;
use super::record::{ALIGN, HEAD, Head};

/// How much is read at once, in bytes.
const AHEAD: u64 = 256 * 1024;

/// The unit in which a disk fails to read, in bytes.
const PAGE: usize = 4096;

/// A part of a file, held in memory.
pub(super) struct Window {
    file: Arc<dyn DiskFile>,
    serial: u64,
    start: u64,
    bytes: Vec<u8>,
    lenient: bool,
    /// Whether a part could not be read and was taken for zeros.
    pub(super) unreadable: bool,
}

impl Window {
    /// For the segment `serial`. What cannot be read is an error.
    pub(super) fn new(file: Arc<dyn DiskFile>, serial: u64) -> Window {
        Window { file, serial, start: 0, bytes: Vec::new(), lenient: false, unreadable: false }
    }

    /// The same, but what cannot be read is taken for damaged.
    pub(super) fn lenient(file: Arc<dyn DiskFile>, serial: u64) -> Window {
        Window { lenient: true, ..Window::new(file, serial) }
    }

    pub(super) fn serial(&self) -> u64 {
        self.serial
    }

    /// The bytes from `offset` on, at least `least` of them (a record's head at most), unless `end` or the
    /// file's end is nearer.
    pub(super) fn ahead(&mut self, offset: u64, least: usize, end: u64) -> io::Result<&[u8]> {
        let held = self.start + self.bytes.len() as u64;
        if offset < self.start || offset.saturating_add(least as u64).min(end) > held {
            self.fill(offset, AHEAD.min(end.saturating_sub(offset)) as usize)?;
        }
        let skip = usize::try_from(offset - self.start).unwrap_or(usize::MAX);
        let bytes = self.bytes.get(skip..).unwrap_or_default();
        let most = usize::try_from(end.saturating_sub(offset)).unwrap_or(usize::MAX);
        Ok(&bytes[..bytes.len().min(most)])
    }

    /// The first head at or after `from` whose number is above `above`, and where it is.
    pub(super) fn find(&mut self, from: u64, end: u64, above: u64) -> io::Result<Option<(u64, Head)>> {
        let serial = self.serial;
        let mut from = from;
        loop {
            let bytes = self.ahead(from, HEAD, end)?;
            if bytes.len() < HEAD {
                return Ok(None);
            }
            for (place, eighth) in bytes.windows(HEAD).step_by(ALIGN).enumerate() {
                if let Some(head) = Head::decode(eighth, serial).filter(|head| head.number > above) {
                    return Ok(Some((from + (place * ALIGN) as u64, head)));
                }
            }
            from += ((bytes.len() - HEAD) / ALIGN * ALIGN + ALIGN) as u64;
        }
    }

    /// Hands the payload of the record at `offset` to `each`, piece by piece; whether it was whole and undamaged.
    pub(super) fn payload(
        &mut self,
        offset: u64,
        head: &Head,
        end: u64,
        mut each: impl FnMut(&[u8]),
    ) -> io::Result<bool> {
        let mut hasher = crc32fast::Hasher::new();
        let mut from = offset.saturating_add(HEAD as u64);
        let stop = from.saturating_add(u64::from(head.length));
        while from < stop {
            let piece = self.ahead(from, 1, end)?;
            let left = usize::try_from(stop - from).unwrap_or(usize::MAX);
            let piece = &piece[..piece.len().min(left)];
            if piece.is_empty() {
                return Ok(false);
            }
            hasher.update(piece);
            each(piece);
            from += piece.len() as u64;
        }
        Ok(hasher.finalize() == head.payload_checksum)
    }

    fn fill(&mut self, offset: u64, length: usize) -> io::Result<()> {
        self.start = offset;
        self.bytes.resize(length, 0);
        let read = match self.file.read_at(offset, &mut self.bytes) {
            Err(_) if self.lenient => self.fill_by_pages(offset),
            read => read,
        };
        self.bytes.truncate(*read.as_ref().unwrap_or(&0));
        read.map(|_| ())
    }

    /// So that a bad spot on the disk costs no more than itself.
    fn fill_by_pages(&mut self, offset: u64) -> io::Result<usize> {
        let size = self.file.size()?;
        let mut from = offset;
        for page in self.bytes.chunks_mut(PAGE) {
            if self.file.read_at(from, page).is_err() {
                page.fill(0);
                self.unreadable = true;
            }
            from += page.len() as u64;
        }
        Ok(usize::try_from(size.saturating_sub(offset)).unwrap_or(usize::MAX).min(self.bytes.len()))
    }
}
