//! A picture on its way to people and programs beside the shelf: one that was stored, or a live one. It can be had as
//! JPEG or as pixels, whichever way it came. Knows no socket and no file.

use std::borrow::Cow;

use picket_common::event::Kind;
use picket_common::jpeg;
use picket_common::name;
use picket_common::time::Timestamp;
use picket_common::wire::{self, Header, Keys, RawShape};
use serde_json::{Map, Value};

use crate::entry::Entry;

/// The quality of raw images that become JPEG: imagenode's.
const JPEG_QUALITY: u8 = 95;

/// A picture with its text and what is known of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    /// The text as it was sent.
    pub text: String,
    /// What is known of it, without a place in a stream.
    pub keys: Keys,
    /// The body is raw pixels; otherwise it is a JPEG file, as far as its sender says.
    pub raw: Option<RawShape>,
    /// As it came.
    pub body: Vec<u8>,
}

impl Picture {
    /// One that is stored: its keys say in `data.file` where.
    pub fn stored(entry: &Entry, body: Vec<u8>) -> Picture {
        let mut data = entry.data.clone();
        if data.is_null() {
            data = Value::Object(Map::new());
        }
        if let (Value::Object(data), Some(file)) = (&mut data, &entry.file) {
            data.insert("file".to_owned(), Value::String(file.clone()));
        }
        let keys = Keys {
            clock: entry.clock,
            event: entry.event.clone(),
            ..keys(Kind::Image, entry.node.clone(), entry.view.clone(), entry.at, data)
        };
        Picture { text: entry.msg.clone(), keys, raw: entry.raw, body }
    }

    /// One that is not stored, received `now`. None if the message has no picture, as one that is a text only.
    pub fn live(header: Header, body: Vec<u8>, now: Timestamp) -> Option<Picture> {
        let Header { msg: text, raw, keys: sent } = header;
        if raw.is_none() && jpeg::size(&body).is_err() {
            return None;
        }
        let keys = match sent {
            Some(sent) => Keys { number: None, ..sent },
            None => {
                let (node, view) = name::split(text.split('|').next().unwrap_or_default());
                keys(Kind::Live, node, view, now, Value::Null)
            }
        };
        Some(Picture { text, keys, raw, body })
    }

    /// Width and height in pixels; of a JPEG that is none, 0.
    pub fn size(&self) -> (u32, u32) {
        self.raw.map_or_else(|| jpeg::size(&self.body).unwrap_or_default(), |raw| (raw.width, raw.height))
    }

    /// As a JPEG file: the one that was sent, or raw pixels as the shelf stores them.
    pub fn jpeg(&self) -> Result<Cow<'_, [u8]>, String> {
        match self.raw {
            Some(raw) => encode(raw, &self.body).map(Cow::Owned),
            None => Ok(Cow::Borrowed(&self.body)),
        }
    }

    /// As pixels: those that were sent, or a JPEG's in blue, green, red.
    pub fn pixels(&self) -> Result<(RawShape, Cow<'_, [u8]>), String> {
        if let Some(raw) = self.raw {
            return Ok((raw, Cow::Borrowed(&self.body)));
        }
        let jpeg::Bgr { bytes, width, height } = jpeg::decode_bgr(&self.body).map_err(|error| error.to_string())?;
        Ok((RawShape { width, height, channels: 3 }, Cow::Owned(bytes)))
    }
}

fn keys(kind: Kind, node: String, view: Option<String>, at: Timestamp, data: Value) -> Keys {
    let at = Some(at);
    Keys {
        picket: wire::VERSION,
        node,
        view,
        kind,
        number: None,
        at,
        was: None,
        boot: None,
        mono_ns: None,
        clock: None,
        event: None,
        data,
    }
}

/// Raw pixels as a JPEG file.
pub fn encode(raw: RawShape, pixels: &[u8]) -> Result<Vec<u8>, String> {
    let RawShape { width, height, channels } = raw;
    let jpeg = match channels {
        1 => jpeg::encode_gray(pixels, width, height, JPEG_QUALITY),
        3 => jpeg::encode_bgr(pixels, width, height, JPEG_QUALITY),
        _ => return Err(format!("{channels} channels are neither grey nor BGR")),
    };
    jpeg.map_err(|error| format!("cannot encode {width} x {height} pixels: {error}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::sample;

    const NOW: &str = "2026-11-20T12:00:00Z";

    fn header(msg: &str, raw: Option<RawShape>) -> Header {
        Header { msg: msg.into(), raw, keys: None }
    }

    #[test]
    fn what_is_stored_says_when_whose_and_where() {
        let entry = sample::image("Barn Front Door|jpg", NOW).with(json!({"role": "best"}));
        let picture = Picture::stored(&entry, b"jpeg".to_vec());
        let file = "images/2026-11-20/Barn-Front-Door-2026-11-20T12.00.00.000000.jpg";
        let Keys { node, view, at, kind, data, .. } = picture.keys;
        assert_eq!((node.as_str(), view.as_deref(), kind), ("Barn", Some("Front-Door"), Kind::Image));
        assert_eq!((at, data), (Some(entry.at), json!({"role": "best", "file": file})));
    }

    #[test]
    fn a_live_picture_is_one_that_can_be_looked_at() {
        let pixels = vec![200; 4 * 2 * 3];
        let raw = RawShape { width: 4, height: 2, channels: 3 };
        let file = encode(raw, &pixels).unwrap();
        let live = |raw, body: &[u8]| Picture::live(header("a test", raw), body.to_vec(), NOW.parse().unwrap());
        let from_pixels = live(Some(raw), &pixels).unwrap();
        let from_file = live(None, &file).unwrap();
        assert_eq!((from_pixels.size(), from_file.size()), ((4, 2), (4, 2)));
        assert_eq!(from_pixels.jpeg().unwrap(), from_file.jpeg().unwrap());
        assert_eq!(from_pixels.pixels().unwrap().1, pixels);
        assert_eq!(from_file.pixels().unwrap(), (raw, Cow::Owned(jpeg::decode_bgr(&file).unwrap().bytes)));
        assert_eq!(live(None, b"0"), None, "imagezmq's way to send a text only");
    }
}
