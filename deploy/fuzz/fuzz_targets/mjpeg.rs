//! A stream of JPEG files is cut into the same pictures however its bytes arrive, and each byte is in a picture or counted
//! as dropped. The input's first byte says in which pieces they come.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../../node/src/source/markers.rs"]
#[allow(dead_code, reason = "what mends pictures is left out")]
mod markers;
#[path = "../../../node/src/source/mjpeg.rs"]
#[allow(dead_code, reason = "the boundary of multipart messages is left out")]
mod mjpeg;

/// The source's own error, of which the stream gives this one.
#[derive(Debug)]
pub(crate) enum SourceError {
    /// Why.
    Lost(#[allow(dead_code, reason = "shown if it comes")] String),
}

fuzz_target!(|input: &[u8]| {
    let Some((pieces, stream)) = input.split_first() else { return };
    let (pictures, dropped) = cut(stream, stream.len().max(1));
    let taken = pictures.iter().map(Vec::len).sum::<usize>() as u64;
    // The two bytes at the end may be those with which another begins.
    assert!((0..=2).contains(&(stream.len() as i64 - (taken + dropped) as i64)), "{taken} and {dropped}");
    assert_eq!(cut(stream, usize::from(*pieces) + 1), (pictures, dropped));
});

/// The pictures, and how many bytes belong to none.
fn cut(stream: &[u8], piece: usize) -> (Vec<Vec<u8>>, u64) {
    let mut splitter = mjpeg::Splitter::new();
    let mut pictures = Vec::new();
    for bytes in stream.chunks(piece) {
        splitter.push(bytes);
        while let Some(picture) = splitter.take().expect("so short a stream always ends") {
            pictures.push(picture);
        }
    }
    pictures.extend(splitter.rest());
    (pictures, splitter.dropped())
}
