//! Pickled frames, each behind its length: 8 bytes in the order of the machine, as `struct.pack("Q", n)` writes them. Knows
//! no connection.

use picket_common::bytes::Bytes;

use super::{Item, Reader};
use crate::source::pickle::{self, Array};
use crate::source::{mend, pixels};

/// A length is only believed as far as its bytes come.
const MAX_BYTES: u64 = pixels::MAX_BYTES as u64;

/// A JPEG file begins so.
const JPEG: [u8; 2] = [0xff, 0xd8];

#[derive(Default)]
pub(in crate::source) struct Pickled {
    buffer: Vec<u8>,
}

impl Reader for Pickled {
    fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.buffer
    }

    fn take(&mut self) -> Result<Option<Item>, String> {
        let Some(head) = self.buffer.first_chunk::<8>() else { return Ok(None) };
        let len = u64::from_ne_bytes(*head);
        if len == 0 || len > MAX_BYTES {
            return Err(no_length(*head));
        }
        // Not larger than `MAX_BYTES`, which every machine can count.
        let end = 8 + len as usize;
        let Some(pickle) = self.buffer.get(8..end) else { return Ok(None) };
        let item = match pickle::load(pickle)? {
            None => Item::Missed,
            Some(array) => picture(array)?,
        };
        self.buffer.drain(..end);
        Ok(Some(item))
    }

    fn is_amid(&self) -> bool {
        !self.buffer.is_empty()
    }
}

/// Grey, blue-green-red, or a JPEG file as `cv2.imencode` gives it.
fn picture(Array { shape, bytes }: Array) -> Result<Item, String> {
    Ok(match *shape {
        [height, width, 3] => Item::Picture(pixels::picture(bytes, width, height, 3)?),
        [_] | [_, 1] if bytes.starts_with(&JPEG) => match mend::picture(bytes) {
            Ok(picture) => Item::Picture(picture),
            Err(error) => {
                tracing::debug!(%error, "a picture was left out");
                Item::Missed
            }
        },
        [height, width] | [height, width, 1] if width > 1 => Item::Picture(pixels::picture(bytes, width, height, 1)?),
        [_, _, 4] => {
            return Err("the frames have four channels; let the sender leave the fourth out: frame[:, :, :3]".into());
        }
        _ => {
            let sides: Vec<String> = shape.iter().map(ToString::to_string).collect();
            return Err(format!(
                "an array of shape ({}) is no picture: (height, width, 3) in colour, (height, width) in grey, or a JPEG \
                 file from cv2.imencode(\".jpg\", frame)",
                sides.join(", ")
            ));
        }
    })
}

/// Of the first bytes of what should be a length, and is none.
fn no_length(head: [u8; 8]) -> String {
    let len = u64::from_ne_bytes(head);
    let says = if head.iter().all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace()) {
        format!("are `{}`", String::from_utf8_lossy(&head).escape_default())
    } else {
        format!("say {}", Bytes(len))
    };
    format!(
        "the first 8 bytes {says}: is this a tcp-pickle sender? It would write struct.pack(\"Q\", len(data)), and then \
         the data: pickle.dumps(frame), at most {} MiB",
        MAX_BYTES >> 20
    )
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use picket_common::jpeg;

    use super::*;
    use crate::frame::Picture;

    fn file(name: &str) -> Vec<u8> {
        std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pickles").join(name)).unwrap()
    }

    fn sent(pickle: &[u8]) -> Vec<u8> {
        [&(pickle.len() as u64).to_ne_bytes()[..], pickle].concat()
    }

    fn bgr(bytes: Vec<u8>, width: u32, height: u32) -> Item {
        Item::Picture(Picture::Bgr { bytes, width, height })
    }

    #[test]
    fn frames_come_out_however_the_stream_is_cut() {
        let pickles = ["bgr-4.pickle", "none-4.pickle", "grey-5.pickle", "large-2.pickle", "fortran-5-old.pickle"];
        let pickles = pickles.map(file);
        let stream: Vec<u8> = pickles.iter().flat_map(|pickle| sent(pickle)).collect();
        let grey = file("grey.bytes").into_iter().flat_map(|grey| [grey; 3]).collect();
        for step in [1, 7, 4096, stream.len()] {
            let (mut pickled, mut items) = (Pickled::default(), vec![]);
            for bytes in stream.chunks(step) {
                pickled.buffer().extend(bytes);
                items.extend(std::iter::from_fn(|| pickled.take().unwrap()));
            }
            let expected = [
                bgr(file("bgr.bytes"), 5, 4),
                Item::Missed,
                bgr(Vec::clone(&grey), 5, 4),
                bgr(file("large.bytes"), 50, 80),
                bgr(file("bgr.bytes"), 5, 4),
            ];
            assert!(items == expected && !pickled.is_amid(), "{step} bytes at a time: {}", items.len());
        }
    }

    #[test]
    fn a_jpeg_file_in_an_array_is_one() {
        let bytes = jpeg::encode_gray(&[99; 16 * 16], 16, 16, 80).unwrap();
        let check = |shape: &[usize], bytes: &[u8], expected: Item| {
            assert_eq!(picture(Array { shape: shape.to_vec(), bytes: bytes.to_vec() }), Ok(expected));
        };
        let expected = || Item::Picture(Picture::Jpeg { bytes: bytes.clone(), width: 16, height: 16 });
        check(&[bytes.len()], &bytes, expected());
        check(&[bytes.len(), 1], &bytes, expected());
        let cut = &bytes[..200];
        check(&[cut.len()], cut, Item::Missed);
    }

    #[test]
    fn what_is_no_picture_says_what_it_is() {
        let check = |shape: &[usize], begins: &str| {
            let array = Array { shape: shape.to_vec(), bytes: vec![1; shape.iter().product()] };
            let why = picture(array).unwrap_err();
            assert!(why.starts_with(begins), "{why}");
        };
        check(&[60], "an array of shape (60) is no picture: (height, width, 3) in colour");
        check(&[60, 1], "an array of shape (60, 1) is no picture");
        check(&[4, 5, 2], "an array of shape (4, 5, 2) is no picture");
        check(&[4, 5, 4], "the frames have four channels; let the sender leave the fourth out: frame[:, :, :3]");
        // Grey would take three times as much once it is a picture.
        check(
            &[5000, 5000],
            "a picture of 5000x5000 pixels is too large: it may have 22 million, and 65500 on each side",
        );
        check(&[2, 65_501, 3], "a picture of 65501x2 pixels is too large");
    }

    #[test]
    fn a_length_that_cannot_be_is_told() {
        let check = |head: &[u8], begins: &str| {
            let mut pickled = Pickled { buffer: head.to_vec() };
            let why = pickled.take().unwrap_err();
            assert!(why.starts_with(begins) && why.contains("is this a tcp-pickle sender?"), "{why}");
        };
        check(&7_100_000_000_000_000_000_u64.to_ne_bytes(), "the first 8 bytes say 6.2 EiB: is this");
        check(&(MAX_BYTES + 1).to_ne_bytes(), "the first 8 bytes say 64.0 MiB: is this");
        check(&[0; 8], "the first 8 bytes say 0 B: is this");
        check(b"GET / HTTP/1.1", "the first 8 bytes are `GET / HT`: is this");
        // With a length of 4 bytes before it, as other tutorials have it.
        check(&[&[0, 0, 1, 44], &file("bgr-4.pickle")[..]].concat(), "the first 8 bytes say ");
    }
}
