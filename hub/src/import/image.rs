//! One image of an imagehub: what its name says (`Driveway-Mailbox-2021-09-23T16.58.47.375902.jpg`), and its header.
//! Knows nothing of folders.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use jiff::civil::DateTime;
use picket_common::jpeg;

/// So much of a file is read for its header; few have more before it, and those are read further.
const HEADS: [u64; 2] = [8 << 10, 1 << 20];

/// What an image's name says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Name<'a> {
    /// Node and view, with dashes for spaces.
    pub(super) source: &'a str,
    /// The day, `2021-09-23`.
    pub(super) day: &'a str,
    /// When its hub received it, in that hub's local time.
    pub(super) at: DateTime,
}

/// Reads a file's name; `None` if imagehub never gives such a one. Where the microseconds were zero it leaves them out.
pub(super) fn name(file: &str) -> Option<Name<'_>> {
    let stem = file.strip_suffix(".jpg")?;
    stamp(stem, 26).or_else(|| stamp(stem, 19))
}

/// A stem whose time has so many bytes.
fn stamp(stem: &str, length: usize) -> Option<Name<'_>> {
    let (source, time) = stem.split_at_checked(stem.len().checked_sub(length)?)?;
    let source = source.strip_suffix('-').filter(|source| !source.is_empty())?;
    let pattern = &b"dddd-dd-ddTdd.dd.dd.dddddd"[..length];
    let fits = |(byte, form): (u8, &u8)| if *form == b'd' { byte.is_ascii_digit() } else { byte == *form };
    if !time.bytes().zip(pattern).all(fits) {
        return None;
    }
    let (day, clock) = (time.get(..10)?, time.get(11..19)?.replace('.', ":"));
    let at = format!("{day}T{clock}{}", time.get(19..)?).parse().ok()?;
    Some(Name { source, day, at })
}

/// The size of the picture in pixels, from its header alone; or why there is none.
pub(super) fn pixels(path: &Path) -> Result<(u32, u32), String> {
    let mut last = String::new();
    for most in HEADS {
        let head = head(path, most).map_err(|error| format!("cannot be read: {error}"))?;
        if head.is_empty() {
            return Err("empty file".to_owned());
        }
        match jpeg::size(&head) {
            Ok(size) => return Ok(size),
            Err(jpeg::Error::Size { width, height }) => return Err(format!("a picture of {width}x{height} pixels")),
            Err(error) => last = error.to_string(),
        }
        if (head.len() as u64) < most {
            break;
        }
    }
    let jpeg = last.starts_with("this is not");
    Err(if jpeg { "no JPEG picture, or cut off in its header".to_owned() } else { last })
}

fn head(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    File::open(path)?.take(most).read_to_end(&mut head)?;
    Ok(head)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_whose_it_is_and_when_it_came() {
        let check = |file: &str, source: &str, day: &str, at: &str| {
            assert_eq!(name(file), Some(Name { source, day, at: at.parse().unwrap() }), "{file}");
        };
        check(
            "Driveway-Mailbox-2021-09-23T16.58.47.375902.jpg",
            "Driveway-Mailbox",
            "2021-09-23",
            "2021-09-23T16:58:47.375902",
        );
        check("Barn-2021-06-03T23.52.34.jpg", "Barn", "2021-06-03", "2021-06-03T23:52:34");
        check("Scheune-Süd-2021-06-03T23.52.34.000001.jpg", "Scheune-Süd", "2021-06-03", "2021-06-03T23:52:34.000001");
        check("2021-01-01-2021-06-03T23.52.34.jpg", "2021-01-01", "2021-06-03", "2021-06-03T23:52:34");
        for file in [
            "",
            ".jpg",
            "Barn.jpg",
            "-2021-06-03T23.52.34.jpg",
            "2021-06-03T23.52.34.jpg",
            "Barn-2021-06-03T23.52.34",
            "Barn-2021-06-03T23.52.34.png",
            "Barn-2021-06-03T23:52:34.jpg",
            "Barn-2021-06-03T23.52.34.1.jpg",
            "Barn-2021-06-31T23.52.34.000001.jpg",
            "Barn-2021-06-03T25.52.34.000001.jpg",
            "Barn-2021-06-03T23.52.3ü.jpg",
            "ü6-03T23.52.34.jpg",
        ] {
            assert_eq!(name(file), None, "{file}");
        }
    }
}
