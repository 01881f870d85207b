//! Takes whole pictures out of a stream of JPEG files, whatever stands between them: nothing (`rpicam-vid
//! --codec mjpeg`), or the heads of multipart messages. Knows no pixels, and where the bytes come from.

use super::SourceError;
use super::markers::{Markers, Reach, find_start, half_a_start};

/// More than any camera's picture; a stream in which none ends for so long is none.
const MAX_BYTES: usize = 16 << 20;

/// Bytes go in as they come, and pictures come out when they are whole.
pub(super) struct Splitter {
    buffer: Vec<u8>,
    /// The way through the picture with which the buffer begins.
    markers: Option<Markers>,
    /// What a line between two pictures has in it; empty if the stream does not tell.
    boundary: Vec<u8>,
    dropped: u64,
}

impl Splitter {
    /// For pictures that end with their end marker.
    pub(super) fn new() -> Splitter {
        Splitter::with_boundary("")
    }

    /// A picture without an end marker ends before the last line that has this in it. (Where there is an
    /// end marker, it alone is believed.)
    pub(super) fn with_boundary(boundary: &str) -> Splitter {
        Splitter { buffer: vec![], markers: None, boundary: boundary.into(), dropped: 0 }
    }

    /// Adds what came next. Take the pictures before adding more.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next picture, if it is there; its bytes as they came, unless it never ended: then those until
    /// the boundary, from which [`mend`](super::mend) tells whether it is whole.
    pub(super) fn take(&mut self) -> Result<Option<Vec<u8>>, SourceError> {
        loop {
            if self.markers.is_none() && !self.find_start() {
                return Ok(None);
            }
            let mut markers = self.markers.take().unwrap_or_else(Markers::new);
            match markers.walk(&self.buffer) {
                Reach::More if self.buffer.len() < MAX_BYTES => {
                    self.markers = Some(markers);
                    return Ok(None);
                }
                Reach::More => {
                    let mib = MAX_BYTES >> 20;
                    return Err(SourceError::Lost(format!("{mib} MiB came in which no picture ended: is it MJPEG?")));
                }
                Reach::End(end) if markers.picture().is_some() => {
                    return Ok(Some(self.buffer.drain(..end).collect()));
                }
                Reach::Next(next) if markers.picture().is_some() => {
                    match self.last_line(self.buffer.get(..next).unwrap_or_default()) {
                        Some(end) => return Ok(Some(self.buffer.drain(..next).take(end).collect())),
                        None => self.drop(next),
                    }
                }
                Reach::End(place) | Reach::Next(place) | Reach::Nonsense(place) => self.drop(place),
            }
        }
    }

    /// A picture that has begun, at the end of the stream. From its bytes [`mend`](super::mend) tells whether it
    /// is whole.
    pub(super) fn rest(&mut self) -> Option<Vec<u8>> {
        self.markers.take()?;
        let mut picture = std::mem::take(&mut self.buffer);
        picture.truncate(self.last_line(&picture).unwrap_or(picture.len()));
        Some(picture)
    }

    /// How many bytes were dropped because they belong to no picture.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Drops what comes before the next picture; whether one begins.
    fn find_start(&mut self) -> bool {
        let start = find_start(&self.buffer);
        self.drop(start.unwrap_or(self.buffer.len() - half_a_start(&self.buffer)));
        start.is_some()
    }

    /// Where the last line that has the boundary in it begins, with the line end before it.
    fn last_line(&self, before: &[u8]) -> Option<usize> {
        if self.boundary.is_empty() {
            return None;
        }
        let at = before.windows(self.boundary.len()).rposition(|window| window == self.boundary)?;
        let mut line = before.get(..at)?;
        while let Some(shorter) = line.strip_suffix(b"-") {
            line = shorter;
        }
        let picture = line.strip_suffix(b"\n")?;
        Some(picture.strip_suffix(b"\r").unwrap_or(picture).len())
    }

    fn drop(&mut self, len: usize) {
        self.dropped += len as u64;
        self.buffer.drain(..len.min(self.buffer.len()));
    }
}

#[cfg(test)]
mod tests {
    use picket_common::jpeg;
    use picket_common::log::sim::Dice;

    use super::super::mend::mend;
    use super::*;

    fn jpeg_of(width: u32) -> Vec<u8> {
        let noise = |i: u32| (i.wrapping_mul(2_654_435_761) >> 24) as u8;
        jpeg::encode_gray(&(0..width * 16).map(noise).collect::<Vec<_>>(), width, 16, 80).unwrap()
    }

    /// A picture with another one, whole, in its application data.
    fn with_thumbnail(width: u32) -> Vec<u8> {
        let (thumbnail, picture) = (jpeg_of(16), jpeg_of(width));
        let head = [&[0xff, 0xd8, 0xff, 0xe1], &(thumbnail.len() as u16 + 2).to_be_bytes()[..]].concat();
        [&head, &thumbnail[..], &picture[2..]].concat()
    }

    /// What comes out, however the stream is cut, and how many bytes were dropped.
    fn check(boundary: &str, stream: &[&[u8]], expected: &[&[u8]], dropped: usize) {
        let stream = stream.concat();
        for step in [1, 2, 7, 600, stream.len()] {
            let mut splitter = Splitter::with_boundary(boundary);
            let mut pictures = vec![];
            for bytes in stream.chunks(step) {
                splitter.push(bytes);
                while let Some(picture) = splitter.take().unwrap() {
                    pictures.push(picture);
                }
            }
            assert!(pictures == expected, "{} pictures, {step} bytes at a time", pictures.len());
            assert_eq!(splitter.dropped(), dropped as u64, "{step} bytes at a time");
        }
    }

    #[test]
    fn pictures_come_out_whole_whatever_stands_between_them() {
        let (a, b, c) = (&jpeg_of(32)[..], &jpeg_of(48)[..], &with_thumbnail(64)[..]);
        check("", &[a, b, c, b], &[a, b, c, b], 0);
        check("", &[b"junk\xff\xd8\xff", a, b"\0\xff", c, &b[..400]], &[a, c], 9);
        check("", &[a, b"\xff\xd8\xff\xc0\0\0", b], &[a, b], 6);
        check("x", &[b"--x\r\nA: b\r\n\r\n", a, b"\r\n--x\r\n\r\n", c, b"\r\n--x--\r\n"], &[a, c], 13 + 9 + 9);
        check("", &[a, b"\xff\xd8\xff\xd9", b], &[a, b], 4);
    }

    #[test]
    fn a_picture_that_breaks_off_is_dropped_and_the_next_is_not() {
        let (a, b) = (&jpeg_of(32)[..], &jpeg_of(48)[..]);
        let cut = a.len() - 9;
        check("", &[&a[..cut], b, a], &[b, a], cut);
        check("x", &[&a[..cut], b, a], &[b, a], cut);
    }

    #[test]
    fn two_pictures_never_become_one_wherever_the_first_breaks_off() {
        let (a, b) = (jpeg_of(32), jpeg_of(48));
        let pixels = |file: &[u8]| jpeg::decode_bgr(&mend(file)?);
        for cut in 0..a.len() {
            let mut splitter = Splitter::new();
            splitter.push(&[&a[..cut], &b, &a].concat());
            let mut pictures: Vec<_> = std::iter::from_fn(|| splitter.take().unwrap()).collect();
            // A length that was cut in two may swallow 64 KiB.
            for _ in 0..(1 << 16) / a.len() {
                if pictures.last() == Some(&a) {
                    break;
                }
                splitter.push(&a);
                pictures.extend(splitter.take().unwrap());
            }
            assert_eq!(pictures.last(), Some(&a), "{cut}");
            let same = |picture: &Vec<u8>| [&a, &b].iter().any(|is| *is == picture || pixels(is) == pixels(picture));
            assert!(pictures.iter().all(|picture| same(picture) || pixels(picture).is_err()), "{cut}");
        }
    }

    #[test]
    fn where_the_end_marker_is_missing_the_boundary_is_the_end() {
        let (a, b) = (&jpeg_of(32)[..], &jpeg_of(48)[..]);
        let bare = &a[..a.len() - 2];
        for line in ["\r\n--x\r\n\r\n", "\n--x\nContent-Length: 7\n\n", "\r\nx\r\n\r\n"] {
            check("x", &[bare, line.as_bytes(), b, bare, line.as_bytes(), b], &[bare, b, bare, b], 0);
        }
    }

    #[test]
    fn hostile_bytes_never_panic_and_never_hang() {
        let (picture, mut dice) = (jpeg_of(32), Dice(1));
        for _ in 0..300 {
            let mut splitter = Splitter::with_boundary("x");
            for _ in 0..20 {
                let mut piece = picture[..dice.place(picture.len() + 1)].to_vec();
                piece.extend((0..dice.roll(20)).map(|_| b"\xff\xd8\xd9\xda\xc0\xc4\0\x02-x\n"[dice.place(11)]));
                splitter.push(&piece);
                while splitter.take().unwrap().is_some() {}
            }
            let _ = splitter.rest();
        }
    }

    #[test]
    fn memory_is_bounded() {
        let mut splitter = Splitter::new();
        let (start, spare) = (&jpeg_of(32)[..400], vec![b'.'; 1 << 20]);
        (0..3).for_each(|_| {
            splitter.push(&spare);
            assert_eq!(splitter.take(), Ok(None));
        });
        assert_eq!((splitter.buffer.len(), splitter.dropped()), (0, 3 << 20));
        splitter.push(start);
        let refused = (0..17).find_map(|_| {
            splitter.push(&spare);
            splitter.take().err()
        });
        let message = "16 MiB came in which no picture ended: is it MJPEG?";
        assert_eq!(refused, Some(SourceError::Lost(message.into())));
    }
}
