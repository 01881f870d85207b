//! The pictures that virtual nodes send: real JPEG files, each another one, as large as was asked for. Knows no
//! network.

use picket_common::event::BLACK_JPEG;

use crate::chance::mix;

/// What tells one picture from all others is written into so many bytes, in plain letters.
const STAMP: usize = 112;
/// A JPEG comment: its mark, its length with these two bytes.
const COMMENT: [u8; 2] = [0xff, 0xfe];
const HEAD: usize = 4;
/// The most bytes in one comment.
const LONGEST: usize = u16::MAX as usize - 2;
/// The start of the file, before the first comment.
const START: usize = 2;

/// The picture's width and height.
pub(super) const SIDE: u32 = 16;
/// The smallest size of a picture, in bytes.
pub(super) const SMALLEST: usize = BLACK_JPEG.len() + HEAD + STAMP;

/// Makes pictures of one size.
#[derive(Clone)]
pub(super) struct Painter(Vec<u8>);

impl Painter {
    /// Pictures of `size` bytes, at least [`SMALLEST`]; chance that follows from `seed` fills them.
    pub(super) fn new(size: usize, seed: u64) -> Painter {
        let (start, rest) = BLACK_JPEG.split_at(START);
        let mut bytes = start.to_vec();
        push_comment(&mut bytes, &[b' '; STAMP]);
        let chance: Vec<u8> = (0..size.div_ceil(8) as u64).flat_map(|at| mix(seed, at).to_le_bytes()).collect();
        let mut left = size.saturating_sub(SMALLEST);
        while left > HEAD {
            let length = (left - HEAD).min(LONGEST);
            push_comment(&mut bytes, chance.get(..length).unwrap_or_default());
            left -= HEAD + length;
        }
        // Any number of these may stand before a mark.
        bytes.resize(bytes.len() + left, 0xff);
        bytes.extend_from_slice(rest);
        Painter(bytes)
    }

    /// The picture that says `stamp`, of which no more than 112 letters count.
    pub(super) fn paint(&self, stamp: &str) -> Vec<u8> {
        let mut picture = self.0.clone();
        let stamp = stamp.as_bytes().iter().take(STAMP);
        picture.iter_mut().skip(START + HEAD).zip(stamp).for_each(|(place, letter)| *place = *letter);
        picture
    }
}

fn push_comment(bytes: &mut Vec<u8>, text: &[u8]) {
    bytes.extend_from_slice(&COMMENT);
    bytes.extend_from_slice(&(text.len() as u16 + 2).to_be_bytes());
    bytes.extend_from_slice(text);
}

#[cfg(test)]
mod tests {
    use picket_common::jpeg;

    use super::*;

    #[test]
    fn each_picture_is_another_one_of_the_size_asked_for_that_can_be_read() {
        let check = |size: usize| {
            let painter = Painter::new(size, 7);
            let (first, second) = (painter.paint("sim-0001 1"), painter.paint("sim-0001 2"));
            assert_eq!((first.len(), second.len()), (size, size));
            assert_ne!(first, second);
            let picture = jpeg::decode_bgr(&first).unwrap();
            assert_eq!((picture.width, picture.height), (SIDE, SIDE), "{size}");
            assert_eq!(painter.paint("sim-0001 1"), first);
        };
        [SMALLEST, SMALLEST + 1, SMALLEST + 4, SMALLEST + 5, 13_600, 65_535, 66_000, 200_000]
            .into_iter()
            .for_each(check);
    }

    #[test]
    fn a_stamp_that_is_too_long_harms_nothing() {
        let picture = Painter::new(1000, 7).paint(&"x".repeat(2000));
        assert_eq!(picture.len(), 1000);
        assert!(jpeg::decode_bgr(&picture).is_ok());
    }

    #[test]
    fn another_seed_gives_other_bytes() {
        assert_ne!(Painter::new(5000, 1).paint(""), Painter::new(5000, 2).paint(""));
    }
}
