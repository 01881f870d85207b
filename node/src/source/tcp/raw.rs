//! Bare pixels: frames of one size without anything between them, perhaps a greeting before the first, and a farewell
//! behind the last. Nothing tells where a frame begins but its place, so nothing is ever skipped to find one. Pure.

use super::{Item, Reader};
use crate::config::FrameSize;
use crate::frame::Picture;

pub(in crate::source) struct Raw {
    size: FrameSize,
    buffer: Vec<u8>,
    /// What may yet come before the first frame.
    greeting: Option<Vec<u8>>,
    /// Empty for none.
    farewell: Vec<u8>,
}

impl Raw {
    pub(in crate::source) fn new(size: FrameSize, greeting: Option<&str>, farewell: &str) -> Raw {
        Raw { size, buffer: vec![], greeting: greeting.map(|word| word.as_bytes().to_vec()), farewell: farewell.into() }
    }

    /// Leaves out the greeting; whether that is settled.
    fn strip(&mut self) -> bool {
        let Some(greeting) = &self.greeting else { return true };
        if self.buffer.len() < greeting.len() && greeting.starts_with(&self.buffer) {
            return false;
        }
        if self.buffer.starts_with(greeting) {
            self.buffer.drain(..greeting.len());
        }
        self.greeting = None;
        true
    }
}

impl Reader for Raw {
    fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.buffer
    }

    fn take(&mut self) -> Result<Option<Item>, String> {
        if !self.strip() {
            return Ok(None);
        }
        // Between two frames, that is: no frame begins so, unless somebody draws these very bytes.
        if !self.farewell.is_empty() && self.buffer.starts_with(&self.farewell) {
            self.buffer.clear();
            return Ok(Some(Item::Finished));
        }
        let FrameSize { width, height } = self.size;
        let len = width as usize * height as usize * 3;
        if self.buffer.len() < len {
            return Ok(None);
        }
        let rest = self.buffer.split_off(len);
        let bytes = std::mem::replace(&mut self.buffer, rest);
        Ok(Some(Item::Picture(Picture::Bgr { bytes, width, height })))
    }

    fn is_amid(&self) -> bool {
        self.greeting.is_none() && !self.buffer.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: FrameSize = FrameSize { width: 17, height: 19 };

    fn frame(fill: u8) -> Vec<u8> {
        (0..17 * 19 * 3).map(|at| (at as u8).wrapping_mul(fill)).collect()
    }

    /// What comes out however the stream is cut: the frames, whether it finished, and whether a frame is left in parts.
    fn check(greeting: Option<&str>, stream: &[&[u8]], expected: &[&[u8]], finished: bool, amid: bool) {
        let stream = stream.concat();
        for step in [1, 5, 1000, stream.len()] {
            let mut raw = Raw::new(SIZE, greeting, "finished");
            let (mut frames, mut has_finished) = (vec![], false);
            for bytes in stream.chunks(step) {
                raw.buffer().extend(bytes);
                while let Some(item) = raw.take().unwrap() {
                    match item {
                        Item::Picture(Picture::Bgr { bytes, width: 17, height: 19 }) => frames.push(bytes),
                        Item::Finished => has_finished = true,
                        other => panic!("{other:?}"),
                    }
                }
            }
            assert!(frames == expected, "{} frames, {step} bytes at a time", frames.len());
            assert_eq!((has_finished, raw.is_amid()), (finished, amid), "{step} bytes at a time");
        }
    }

    #[test]
    fn frames_are_told_apart_by_their_length() {
        let (a, b) = (&frame(3)[..], &frame(5)[..]);
        check(None, &[a, b, a], &[a, b, a], false, false);
        check(None, &[a, &b[..100]], &[a], false, true);
    }

    #[test]
    fn a_greeting_is_left_out_if_it_is_there() {
        let (a, b) = (&frame(3)[..], &frame(5)[..]);
        check(Some("connected"), &[b"connected", a, b], &[a, b], false, false);
        check(Some("connected"), &[a, b], &[a, b], false, false);
        // Only before the first frame; and half of it is no greeting.
        check(Some("connected"), &[a, b"connected", b], &[a, &[b"connected", &b[..b.len() - 9]].concat()], false, true);
        let like_it = [b"connect", &a[7..]].concat();
        check(Some("connected"), &[&like_it, b], &[&like_it, b], false, false);
        check(Some("connected"), &[b"connec"], &[], false, false);
    }

    #[test]
    fn a_farewell_counts_between_frames_only() {
        let (a, b) = (&frame(3)[..], &frame(5)[..]);
        check(None, &[a, b, b"finished"], &[a, b], true, false);
        check(None, &[b"finished"], &[], true, false);
        let with_it_amid = [&a[..200], b"finished", &a[208..]].concat();
        check(None, &[&with_it_amid, b], &[&with_it_amid, b], false, false);
        // A frame that broke off stays one, whatever is said behind it.
        check(None, &[a, &b[..300], b"finished"], &[a], false, true);
    }
}
