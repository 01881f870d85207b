//! A message as imagezmq's own programs take it: a text that imagehub does not take for something else, and a picture
//! as JPEG or as pixels. Knows no sockets.

use std::borrow::Cow;

use picket_common::event::{FRAMES, Kind};
use picket_common::jpeg::{self, Bgr};
use picket_common::wire::{Header, RawShape};
use serde_json::Value;

use crate::config::SendType;

/// The two parts of a message: its header's bytes, and its body.
///
/// # Errors
/// The JPEG cannot be decoded, so it cannot go as pixels.
pub(crate) fn parts(mut header: Header, jpeg: &[u8], form: SendType) -> Result<(Vec<u8>, Cow<'_, [u8]>), jpeg::Error> {
    header.msg = text(&header);
    if form == SendType::Jpg {
        return Ok((header.encode(), Cow::Borrowed(jpeg)));
    }
    let Bgr { bytes, width, height } = jpeg::decode_bgr(jpeg)?;
    header.raw = Some(RawShape { width, height, channels: 3 });
    if header.keys.as_ref().is_some_and(|keys| keys.kind == Kind::Image)
        && let Some(subject) = header.msg.strip_suffix("|jpg")
    {
        header.msg = format!("{subject}|image");
    }
    Ok((header.encode(), Cow::Owned(bytes)))
}

/// imagehub looks at no more than the first letter of a text's second field: `H` is a heartbeat, `i` and `j` are images.
/// So that it logs an input (`Barn pir|input|active`) and does not drop it, that letter changes its case. What only says
/// which frames belong together tells it nothing, and is a heartbeat to it.
fn text(header: &Header) -> String {
    let mut msg = header.msg.clone();
    let Some(at) = msg.find('|').map(|bar| bar + 1) else { return msg };
    if is_about_frames(header) {
        return format!("{}Heartbeat", &msg[..at]);
    }
    let what = msg[at..].split('|').next().unwrap_or_default();
    let other = match what.chars().next() {
        Some('H') if what != "Heartbeat" => "h",
        Some('i') if what != "image" => "I",
        Some('j') if what != "jpg" => "J",
        _ => return msg,
    };
    msg.replace_range(at..=at, other);
    msg
}

fn is_about_frames(header: &Header) -> bool {
    let keys = header.keys.as_ref().filter(|keys| keys.kind == Kind::Event);
    keys.and_then(|keys| keys.data.get("what")).and_then(Value::as_str) == Some(FRAMES)
}

#[cfg(test)]
mod tests;
