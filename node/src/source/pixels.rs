//! Pixels that other people's programs send, in grey or in blue, green, red, as a picture. Knows not how they came.

use picket_common::jpeg;

use crate::frame::Picture;

/// The largest that is taken, in bytes of blue, green and red: 22 million pixels, more than any camera's frame.
pub(super) const MAX_BYTES: usize = 64 << 20;

/// The picture of `width * height * channels` bytes, of which there is one channel (grey) or three.
///
/// # Errors
/// It is too large, in words.
pub(super) fn picture(bytes: Vec<u8>, width: usize, height: usize, channels: usize) -> Result<Picture, String> {
    let side = |side: usize| u32::try_from(side).ok().filter(|side| *side <= jpeg::MAX_SIDE);
    // Grey takes as much as colour from here on.
    let is_small = width.checked_mul(height).is_some_and(|pixels| pixels <= MAX_BYTES / 3);
    let (Some(width), Some(height), true) = (side(width), side(height), is_small) else {
        let (most, side) = (MAX_BYTES / 3_000_000, jpeg::MAX_SIDE);
        return Err(format!(
            "a picture of {width}x{height} pixels is too large: it may have {most} million, and {side} on each side; let \
             the sender make it smaller"
        ));
    };
    let bytes = if channels == 1 { bytes.into_iter().flat_map(|grey| [grey; 3]).collect() } else { bytes };
    Ok(Picture::Bgr { bytes, width, height })
}
