//! One frame while it is being looked at: decoded at most once, whoever asks, and for everybody.
//! Knows no detector and no configuration.

use std::cell::OnceCell;

use anyhow::{Context, Result, ensure};
use picket_common::jpeg::{self, Bgr};

use crate::frame::{Frame, Picture};
use crate::vision::{self, Pixels};

/// A frame as seen (turned and resized), and its pixels once somebody has asked for them.
#[derive(Debug)]
pub struct Seen {
    frame: Frame,
    decoded: OnceCell<Bgr>,
}

impl Seen {
    /// Costs nothing yet.
    pub fn new(frame: Frame) -> Seen {
        Seen { frame, decoded: OnceCell::new() }
    }

    /// The frame.
    pub fn frame(&self) -> &Frame {
        &self.frame
    }

    /// Its pixels.
    ///
    /// # Errors
    /// The bytes are no picture of the kind and size they are said to be.
    pub fn pixels(&self) -> Result<Pixels<'_>> {
        if let Picture::Bgr { bytes, width, height } = &*self.frame.picture {
            let expected = u128::from(*width) * u128::from(*height) * 3;
            ensure!(
                expected > 0 && bytes.len() as u128 == expected,
                "frame {}: {} bytes are no picture of {width}x{height}",
                self.frame.index,
                bytes.len()
            );
            return Ok(Pixels { bytes, width: *width, height: *height });
        }
        if let Some(bgr) = self.decoded.get() {
            return Ok(bgr.into());
        }
        let bgr = decode(&self.frame.picture).with_context(|| format!("frame {}", self.frame.index))?;
        Ok(self.decoded.get_or_init(|| bgr).into())
    }

    /// The mean grey of all pixels, 0 to 255, from a sample of them: a few times cheaper than a detector's look.
    ///
    /// # Errors
    /// As [`Seen::pixels`].
    pub fn mean_grey(&self) -> Result<f64> {
        /// So many pixels are passed over for one that counts; no divisor of a usual width, so that no column is favoured.
        const STEP: usize = 61;
        let mean = |values: &mut dyn Iterator<Item = u64>| {
            let (count, sum) = values.fold((0_u64, 0_u64), |(count, sum), value| (count + 1, sum + value));
            sum as f64 / count.max(1) as f64
        };
        match &*self.frame.picture {
            Picture::Jpeg { bytes, .. } if self.decoded.get().is_none() => {
                let grey = jpeg::decode_grey_eighth(bytes).with_context(|| format!("frame {}", self.frame.index))?;
                Ok(mean(&mut grey.iter().map(|level| u64::from(*level))))
            }
            Picture::Yuv420 { bytes, width, height } => {
                let luma = bytes.get(..*width as usize * *height as usize).unwrap_or_default();
                Ok(mean(&mut luma.iter().step_by(STEP).map(|level| u64::from(*level))))
            }
            Picture::Jpeg { .. } | Picture::Bgr { .. } => {
                // The usual weights of blue, green and red (ITU-R BT.601), in thousandths.
                let grey = |bgr: &[u8]| {
                    let parts = bgr.iter().zip([114, 587, 299]).map(|(level, weight)| u64::from(*level) * weight);
                    parts.sum()
                };
                Ok(mean(&mut self.pixels()?.bytes.chunks_exact(3).step_by(STEP).map(grey)) / 1000.0)
            }
        }
    }

    /// Its pixels, to draw on.
    pub fn copy(&self) -> Result<Bgr> {
        let Pixels { bytes, width, height } = self.pixels()?;
        Ok(Bgr { bytes: bytes.to_vec(), width, height })
    }
}

fn decode(picture: &Picture) -> Result<Bgr> {
    match picture {
        Picture::Jpeg { bytes, .. } => Ok(jpeg::decode_bgr(bytes)?),
        Picture::Yuv420 { bytes, width, height } => vision::bgr_from_yuv420(bytes, *width, *height),
        Picture::Bgr { bytes, width, height } => Ok(Bgr { bytes: bytes.clone(), width: *width, height: *height }),
    }
}

#[cfg(test)]
impl Seen {
    /// A grey picture, its brightness told pixel by pixel.
    pub(crate) fn grey(width: u32, height: u32, level: impl Fn(u32, u32) -> u8) -> Seen {
        let bytes = (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).flat_map(|(x, y)| [level(x, y); 3]);
        Seen::of(Picture::Bgr { bytes: bytes.collect(), width, height })
    }

    /// The first frame, at the start of 2026-11-20 in UTC.
    pub(crate) fn of(picture: Picture) -> Seen {
        let at = "2026-11-20T00:00:00Z".parse().unwrap();
        Seen::new(Frame { index: 0, at, mono: std::time::Duration::ZERO, picture: std::sync::Arc::new(picture) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_decoded_once_for_everybody() {
        let bytes = jpeg::encode_bgr(&[100; 8 * 8 * 3], 8, 8, 90).unwrap();
        let seen = Seen::of(Picture::Jpeg { bytes, width: 8, height: 8 });
        let first = seen.pixels().unwrap().bytes.as_ptr();
        assert_eq!(first, seen.pixels().unwrap().bytes.as_ptr());
    }

    #[test]
    fn the_mean_grey_is_the_same_whatever_form_the_picture_has() {
        // Two thirds at 90, one at 210.
        let level = |x: u32, _: u32| if x < 64 { 90 } else { 210 };
        let seen = Seen::grey(96, 80, level);
        let luma: Vec<u8> = (0..80).flat_map(|y| (0..96).map(move |x| level(x, y))).collect();
        let jpeg = jpeg::encode_gray(&luma, 96, 80, 95).unwrap();
        let yuv = [luma, vec![128; 96 * 80 / 2]].concat();
        let decoded = Seen::of(Picture::Jpeg { bytes: jpeg.clone(), width: 96, height: 80 });
        decoded.pixels().unwrap();
        let others = [
            seen,
            Seen::of(Picture::Yuv420 { bytes: yuv, width: 96, height: 80 }),
            Seen::of(Picture::Jpeg { bytes: jpeg, width: 96, height: 80 }),
            decoded,
        ];
        for seen in others {
            let grey = seen.mean_grey().unwrap();
            assert!((grey - 130.0).abs() < 3.0, "{grey} of {:?}", seen.frame().picture.size());
        }
        assert!(Seen::of(Picture::Jpeg { bytes: vec![1], width: 8, height: 8 }).mean_grey().is_err());
    }

    #[test]
    fn a_picture_that_is_not_what_it_says_is_an_error_that_names_the_frame() {
        let check = |picture: Picture| {
            let error = format!("{:#}", Seen::of(picture).pixels().unwrap_err());
            assert!(error.starts_with("frame 0: "), "{error}");
        };
        check(Picture::Jpeg { bytes: b"not a JPEG".to_vec(), width: 8, height: 8 });
        check(Picture::Jpeg { bytes: vec![], width: 8, height: 8 });
        check(Picture::Yuv420 { bytes: vec![0; 95], width: 8, height: 8 });
        check(Picture::Yuv420 { bytes: vec![0; 13], width: 3, height: 3 });
        check(Picture::Yuv420 { bytes: vec![], width: 0, height: 0 });
        check(Picture::Bgr { bytes: vec![0; 191], width: 8, height: 8 });
        check(Picture::Bgr { bytes: vec![], width: 0, height: 8 });
        check(Picture::Bgr { bytes: vec![0; 8], width: u32::MAX, height: u32::MAX });
        check(Picture::Yuv420 { bytes: vec![0; 8], width: u32::MAX - 1, height: u32::MAX - 1 });
    }
}
