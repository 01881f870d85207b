//! Mends what cameras leave out of a JPEG file, or put too much, so that every viewer opens it; all else stays
//! as it came, byte for byte. Webcams leave out the Huffman tables when they are the standard ones (as the AVI
//! format's MJPEG does), hand over buffers with the last picture's rest behind the end, or forget the end.
//!
//! A picture that is cut short stays an error. So a missing end marker is added only after the picture has been
//! decoded whole: a few milliseconds a frame, for those few cameras that never write one.

mod tables;

use std::borrow::Cow;

use picket_common::jpeg::{self, Error};

use self::tables::TABLES;
use super::markers::{Markers, Reach, find_start};
use crate::frame::Picture;

/// The picture of a camera's bytes, mended.
pub(super) fn picture(bytes: Vec<u8>) -> Result<Picture, Error> {
    let changed = match mend(&bytes)? {
        Cow::Borrowed(same) if same.len() == bytes.len() => None,
        other => Some(other.into_owned()),
    };
    let bytes = changed.unwrap_or(bytes);
    let (width, height) = jpeg::size(&bytes)?;
    Ok(Picture::Jpeg { bytes, width, height })
}

/// The one JPEG file in `bytes`: without what is before its start and behind its end, and with the standard
/// Huffman tables or the end marker if those are missing. Copies nothing where nothing is to be added.
pub(super) fn mend(bytes: &[u8]) -> Result<Cow<'_, [u8]>, Error> {
    let start = find_start(bytes).ok_or_else(|| Error::NotJpeg("it has no start of image".into()))?;
    let bytes = bytes.get(start..).unwrap_or_default();
    let mut markers = Markers::new();
    let (file, has_end) = match markers.walk(bytes) {
        Reach::End(end) => (bytes.get(..end).unwrap_or_default(), true),
        Reach::More if markers.picture().is_some() => (bytes, false),
        Reach::More | Reach::Next(_) => return Err(Error::CutShort),
        Reach::Nonsense(at) => return Err(Error::NotJpeg(format!("at byte {at} there is something else"))),
    };
    let Some((head, scans)) = markers.picture().and_then(|scan| file.split_at_checked(scan)) else {
        return Err(Error::NotJpeg("there is no picture in it".into()));
    };
    let mut file = match markers.lacks_tables() {
        true => Cow::Owned([head, &TABLES, scans].concat()),
        false => Cow::Borrowed(file),
    };
    if !has_end {
        // Half of the marker may be there.
        let missing: &[u8] = if file.ends_with(&[0xff]) { &[0xd9] } else { &[0xff, 0xd9] };
        file.to_mut().extend(missing);
        jpeg::decode_bgr(&file)?;
    }
    Ok(file)
}

#[cfg(test)]
mod tests;
