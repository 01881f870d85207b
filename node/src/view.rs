//! What one camera looks at, as people want to see it: turned, mirrored and resized before anything
//! else looks, and made into JPEG when a frame is kept. Knows no detector, source or spool.

mod overlay;

use std::sync::Arc;

use anyhow::Result;
use picket_common::config::Percent;
use picket_common::jpeg::{self, Bgr};

pub use self::overlay::Overlays;
use crate::config::{CameraConfig, Flip, Resize, Rotation};
use crate::frame::{Frame, Picture};
use crate::seen::Seen;
use crate::vision::{self, Pixels};

/// How a camera's frames are turned into what is seen: first rotated, then flipped, then resized.
#[derive(Debug, Clone, Default)]
pub struct View {
    rotate: Rotation,
    flip: Option<Flip>,
    resize: Option<Resize>,
}

impl View {
    /// The camera's view.
    pub fn new(camera: &CameraConfig) -> View {
        View { rotate: camera.rotate, flip: camera.flip, resize: camera.resize }
    }

    /// The frame as seen. Where nothing has to be done it stays as it is, a JPEG's bytes unchanged.
    ///
    /// # Errors
    /// The picture has to be turned and cannot be decoded.
    pub fn see(&self, frame: Frame) -> Result<Seen> {
        let seen = Seen::new(frame);
        let Some(Bgr { bytes, width, height }) = self.turned(&seen)? else { return Ok(seen) };
        let picture = Arc::new(Picture::Bgr { bytes, width, height });
        Ok(Seen::new(Frame { picture, ..seen.frame().clone() }))
    }

    /// None when nothing has to be done.
    fn turned(&self, seen: &Seen) -> Result<Option<Bgr>> {
        let mut turned: Option<Bgr> = None;
        let current = |turned: &Option<Bgr>| turned.as_ref().map_or_else(|| seen.frame().picture.size(), size_of);
        if self.rotate != Rotation::None {
            turned = Some(vision::rotate(seen.pixels()?, self.rotate)?);
        }
        if let Some(flip) = self.flip {
            turned = Some(vision::flip(latest(&turned, seen)?, flip)?);
        }
        if let Some(resize) = self.resize {
            let (width, height) = target(resize, current(&turned));
            if (width, height) != current(&turned) {
                turned = Some(vision::resize(latest(&turned, seen)?, width, height)?);
            }
        }
        Ok(turned)
    }
}

fn latest<'a>(turned: &'a Option<Bgr>, seen: &'a Seen) -> Result<Pixels<'a>> {
    turned.as_ref().map_or_else(|| seen.pixels(), |bgr| Ok(bgr.into()))
}

fn size_of(bgr: &Bgr) -> (u32, u32) {
    (bgr.width, bgr.height)
}

/// By a share, the width is rounded down and the height follows the width, as in imagenode.
fn target(resize: Resize, (width, height): (u32, u32)) -> (u32, u32) {
    match resize {
        Resize::To(resolution) => (resolution.width.max(1), resolution.height.max(1)),
        Resize::By(Percent(share)) => {
            let new = (f64::from(width) * share / 100.0).floor().max(1.0);
            (new as u32, (f64::from(height) * (new / f64::from(width.max(1)))).max(1.0) as u32)
        }
    }
}

/// A frame as JPEG, as it is kept: a JPEG with nothing drawn on it byte for byte, YUV straight from
/// YUV. `quality` is 1 to 100 and for all others.
///
/// # Errors
/// The picture is not what it is said to be.
pub fn encode(frame: &Frame, quality: u8, overlays: &Overlays) -> Result<Vec<u8>> {
    encode_seen(&Seen::new(frame.clone()), quality, overlays)
}

/// The same for a frame that is being looked at: what was decoded is not decoded again.
///
/// # Errors
/// As [`encode`].
pub fn encode_seen(seen: &Seen, quality: u8, overlays: &Overlays) -> Result<Vec<u8>> {
    let frame = seen.frame();
    if !overlays.is_empty() {
        let mut picture = seen.copy()?;
        overlays.draw(&mut picture, frame.at)?;
        return Ok(jpeg::encode_bgr(&picture.bytes, picture.width, picture.height, quality)?);
    }
    Ok(match &*frame.picture {
        Picture::Jpeg { bytes, .. } => bytes.clone(),
        Picture::Yuv420 { bytes, width, height } => jpeg::encode_yuv420(bytes, *width, *height, quality)?,
        Picture::Bgr { bytes, width, height } => jpeg::encode_bgr(bytes, *width, *height, quality)?,
    })
}

#[cfg(test)]
mod tests;
