//! How a frame is sent: pickled behind its length, or as bare pixels. Knows no connection.

use std::sync::OnceLock;

use anyhow::Result;

use super::pickled;
use crate::config::FrameSize;
use crate::frame::Frame;
use crate::seen::Seen;
use crate::vision::{self, Pixels};

pub(super) enum Form {
    /// Its length as 8 bytes in the order of the machine (`struct.unpack("Q", ...)`), and a pickled numpy array.
    Pickle,
    /// Blue, green, red, row by row. All have one size: that which is wanted, else the first one's.
    Raw { size: OnceLock<(u32, u32)> },
}

impl Form {
    pub(super) fn raw(size: Option<FrameSize>) -> Form {
        Form::Raw { size: size.map_or_else(OnceLock::new, |size| OnceLock::from((size.width, size.height))) }
    }

    /// The frame as it is sent.
    ///
    /// # Errors
    /// It is no picture of the kind it is said to be.
    pub(super) fn bytes(&self, frame: &Frame) -> Result<Vec<u8>> {
        let seen = Seen::new(frame.clone());
        let pixels = seen.pixels()?;
        Ok(match self {
            Form::Pickle => pickled::framed(pixels),
            Form::Raw { size } => {
                let Pixels { bytes, width, height } = pixels;
                let wanted = *size.get_or_init(|| (width, height));
                if wanted == (width, height) {
                    bytes.to_vec()
                } else {
                    vision::resize(pixels, wanted.0, wanted.1)?.bytes
                }
            }
        })
    }
}
