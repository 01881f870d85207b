//! The markers of one JPEG file (ITU T.81, Annex B), followed as its bytes come in: how its end is known from
//! the same two bytes inside a thumbnail. Knows no pixels.

use std::io::BufRead;

/// Start and end of image, Huffman tables, start of scan: the second bytes of markers.
const SOI: u8 = 0xd8;
const EOI: u8 = 0xd9;
const DHT: u8 = 0xc4;
const SOS: u8 = 0xda;

/// How a file begins: its first marker, and that of whatever comes next.
const START: [u8; 3] = [0xff, SOI, 0xff];

/// How far a file goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// Its end has not come yet.
    More,
    /// It ends before this place.
    End(usize),
    /// It has no end, and the next one begins at this place.
    Next(usize),
    /// Something else begins at this place.
    Nonsense(usize),
}

/// The way through one file, and what was seen on it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Markers {
    /// Where to go on.
    at: usize,
    /// The kind of coding: the second byte of the frame header's marker.
    coding: Option<u8>,
    tables: bool,
    /// Where the first scan's marker is, and whether Huffman tables came before it.
    scan: Option<(usize, bool)>,
}

/// Where the first file begins, if any does.
pub(super) fn find_start(bytes: &[u8]) -> Option<usize> {
    bytes.windows(START.len()).position(|window| window == START)
}

/// How many bytes at the end may be those with which a file begins.
pub(super) fn half_a_start(bytes: &[u8]) -> usize {
    (1..START.len()).rev().find(|len| bytes.ends_with(&START[..*len])).unwrap_or(0)
}

impl Markers {
    /// At the start of a file, which [`find_start`] has found.
    pub(super) fn new() -> Markers {
        Markers { at: 2, coding: None, tables: false, scan: None }
    }

    /// Goes on in `bytes`, which begin with the file, as far as they have come.
    pub(super) fn walk(&mut self, bytes: &[u8]) -> Reach {
        while let Some(marker) = self.find(bytes) {
            match marker {
                EOI => return Reach::End(self.at + 2),
                SOI => return Reach::Next(self.at),
                _ => {}
            }
            let Some(&[high, low]) = bytes.get(self.at + 2..self.at + 4) else { break };
            let len = u16::from_be_bytes([high, low]);
            if len < 2 {
                return Reach::Nonsense(self.at);
            }
            let end = self.at + 2 + usize::from(len);
            if end > bytes.len() {
                break;
            }
            match marker {
                DHT => self.tables = true,
                SOS => _ = self.scan.get_or_insert((self.at, self.tables)),
                0xc0..=0xcf if !matches!(marker, 0xc8 | 0xcc) => self.coding = Some(marker),
                _ => {}
            }
            self.at = end;
        }
        Reach::More
    }

    /// Where the first scan begins, once there is a picture: a frame header, then a scan.
    pub(super) fn picture(&self) -> Option<usize> {
        self.coding.and(self.scan).map(|(at, _)| at)
    }

    /// Whether it has no Huffman tables and is of the one kind (baseline) that can do with the standard ones.
    pub(super) fn lacks_tables(&self) -> bool {
        matches!((self.coding, self.scan), (Some(0xc0 | 0xc1), Some((_, false))))
    }

    /// The next marker, with `at` brought to it. What stands between segments is passed over, as it is by
    /// libjpeg: there is nothing but spare bytes, or a scan's data, in which 0xFF is followed by zero, or by
    /// the marks that restart it.
    fn find(&mut self, bytes: &[u8]) -> Option<u8> {
        loop {
            let mut rest = bytes.get(self.at..)?;
            let before = rest.len();
            // The standard library's way to the C library's memchr, fast enough for every frame.
            rest.skip_until(0xff).ok()?;
            let passed = before - rest.len();
            if passed == 0 || bytes.get(self.at + passed - 1) != Some(&0xff) {
                self.at = bytes.len();
                return None;
            }
            self.at += passed - 1;
            match *rest.first()? {
                0xff => self.at += 1,
                0x00 | 0x01 | 0xd0..=0xd7 => self.at += 2,
                marker => return Some(marker),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &[u8] = b"\xff\xd8\xff\xe1\x00\x08\xff\xd8\xff\xd9zz\xff\xc0\x00\x03.";
    const SCAN: &[u8] = b"\xff\xda\x00\x03.a\xff\x00b\xff\xd0c\xff\xff\xd9";

    fn check(bytes: &[u8], expected: Reach, picture: bool) {
        let mut whole = Markers::new();
        assert_eq!(whole.walk(bytes), expected);
        assert_eq!(whole.picture().is_some(), picture);
        // Byte by byte, it comes to the same.
        let mut slow = Markers::new();
        let reach = (2..=bytes.len()).map(|end| slow.walk(&bytes[..end])).find(|reach| *reach != Reach::More);
        assert_eq!(reach.unwrap_or(Reach::More), expected);
    }

    #[test]
    fn the_end_is_found_behind_thumbnails_stuffed_bytes_restarts_and_fill() {
        let file = [HEAD, SCAN].concat();
        check(&file, Reach::End(file.len()), true);
        check(&[&file, "junk \u{ff}".as_bytes()].concat(), Reach::End(file.len()), true);
        check(&file[..file.len() - 1], Reach::More, true);
        check(&[HEAD, b"spare", SCAN].concat(), Reach::End(file.len() + 5), true);
        check(HEAD, Reach::More, false);
        check(&[HEAD, b"\xff\xd9"].concat(), Reach::End(HEAD.len() + 2), false);
        check(&[HEAD, HEAD].concat(), Reach::Next(HEAD.len()), false);
        check(b"\xff\xd8\xff\xc4\x00\x01", Reach::Nonsense(2), false);
        check(b"\xff\xd8\xff", Reach::More, false);
    }

    #[test]
    fn a_start_is_found_whole_or_by_half() {
        assert_eq!(find_start(b"\xff\xd8.\xff\xff\xd8\xff\xe0"), Some(4));
        assert_eq!(find_start(b"\xff\xd8"), None);
        for (bytes, half) in [(b"a\xff\xd8".as_slice(), 2), (b"\xd8\xff", 1), (b"\xff\xd8a", 0), (b"", 0)] {
            assert_eq!(half_a_start(bytes), half);
        }
    }
}
