//! What is asked of OpenCV, and the only file that names it: plain functions, pixels in, pixels or
//! numbers out. It knows no frames, no configuration and no state; buffers that are worth keeping are
//! handed in by the caller and written in place.

use anyhow::{Context, Result, bail};
use opencv::boxed_ref::{BoxedRef, BoxedRefMut};
use opencv::core::{self, BORDER_CONSTANT, DataType, Mat, Point, Scalar, Vec3b, Vector};
use opencv::imgproc;
use opencv::prelude::*;
use picket_common::jpeg::Bgr;

use crate::config::{Flip, Rotation};
use crate::roi::Rect;

/// A picture to look at: blue, green, red, row by row without gaps.
#[derive(Debug, Clone, Copy)]
pub struct Pixels<'a> {
    /// Three bytes for each pixel.
    pub bytes: &'a [u8],
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
}

impl<'a> From<&'a Bgr> for Pixels<'a> {
    fn from(bgr: &'a Bgr) -> Pixels<'a> {
        Pixels { bytes: &bgr.bytes, width: bgr.width, height: bgr.height }
    }
}

impl Pixels<'_> {
    fn mat(&self) -> Result<BoxedRef<'_, Mat>> {
        Ok(Mat::new_rows_cols_with_bytes::<Vec3b>(signed(self.height)?, signed(self.width)?, self.bytes)?)
    }
}

/// One value for each pixel of a region, row by row without gaps. A buffer to be used again.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Plane<T> {
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// `width * height` of them.
    pub values: Vec<T>,
}

impl<T: DataType + Default> Plane<T> {
    /// An empty buffer for a region of this size.
    pub fn new(width: u32, height: u32) -> Plane<T> {
        Plane { width, height, values: vec![T::default(); width as usize * height as usize] }
    }

    fn mat(&self) -> Result<BoxedRef<'_, Mat>> {
        Ok(Mat::new_rows_cols_with_data(signed(self.height)?, signed(self.width)?, &self.values)?)
    }

    /// To be written to; made to fit first, since OpenCV would write a wrong size elsewhere.
    fn fit(&mut self, width: u32, height: u32) -> Result<BoxedRefMut<'_, Mat>> {
        (self.width, self.height) = (width, height);
        self.values.resize(width as usize * height as usize, T::default());
        Ok(Mat::new_rows_cols_with_data_mut(signed(height)?, signed(width)?, &mut self.values)?)
    }
}

/// How bright a region is, pixel by pixel.
pub fn grey(picture: Pixels<'_>, region: Rect, out: &mut Plane<u8>) -> Result<()> {
    let whole = picture.mat()?;
    let cut = Mat::roi(&whole, rect(region)?).context("the region lies outside the picture")?;
    Ok(imgproc::cvt_color_def(&cut, &mut out.fit(region.width, region.height)?, imgproc::COLOR_BGR2GRAY)?)
}

/// Gaussian blur; `kernel` is odd, and OpenCV derives the width of the bell from it.
pub fn blur(plane: &Plane<u8>, kernel: u32, out: &mut Plane<u8>) -> Result<()> {
    let size = core::Size::new(signed(kernel)?, signed(kernel)?);
    Ok(imgproc::gaussian_blur_def(&plane.mat()?, &mut out.fit(plane.width, plane.height)?, size, 0.0)?)
}

/// `average = average * (1 - weight) + plane * weight`.
pub fn accumulate(plane: &Plane<u8>, average: &mut Plane<f64>, weight: f64) -> Result<()> {
    Ok(imgproc::accumulate_weighted_def(&plane.mat()?, &mut average.fit(plane.width, plane.height)?, weight)?)
}

/// The average in whole numbers (halves go to the even one).
pub fn rounded(average: &Plane<f64>, out: &mut Plane<u8>) -> Result<()> {
    Ok(core::convert_scale_abs_def(&average.mat()?, &mut out.fit(average.width, average.height)?)?)
}

/// How far apart two planes of one size are.
pub fn difference(one: &Plane<u8>, other: &Plane<u8>, out: &mut Plane<u8>) -> Result<()> {
    Ok(core::absdiff(&one.mat()?, &other.mat()?, &mut out.fit(one.width, one.height)?)?)
}

/// 255 where a value is over `limit`, 0 elsewhere.
pub fn threshold(plane: &Plane<u8>, limit: u8, out: &mut Plane<u8>) -> Result<()> {
    let mut out = out.fit(plane.width, plane.height)?;
    imgproc::threshold(&plane.mat()?, &mut out, limit.into(), 255.0, imgproc::THRESH_BINARY)?;
    Ok(())
}

/// Bright spots grown by `times` pixels on every side.
pub fn dilate(plane: &Plane<u8>, times: i32, out: &mut Plane<u8>) -> Result<()> {
    let border = imgproc::morphology_default_border_value()?;
    let mut out = out.fit(plane.width, plane.height)?;
    // No kernel means 3 x 3.
    let kernel = Mat::default();
    Ok(imgproc::dilate(&plane.mat()?, &mut out, &kernel, Point::new(-1, -1), times, BORDER_CONSTANT, border)?)
}

/// How many values are not 0.
pub fn count_nonzero(plane: &Plane<u8>) -> Result<u64> {
    Ok(u64::try_from(core::count_non_zero(&plane.mat()?)?)?)
}

/// The sum of all values divided by how many there are.
pub fn mean(plane: &Plane<u8>) -> Result<f64> {
    // Not OpenCV's mean: it multiplies by 1/n, which can fall just short of a whole number.
    Ok(core::sum_elems(&plane.mat()?)?[0] / plane.values.len() as f64)
}

/// The outline of one bright spot.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outline {
    /// What it encloses, in square pixels from pixel centre to pixel centre.
    pub area: f64,
    /// The smallest upright rectangle around it.
    pub bounds: Rect,
}

/// The outer outlines of all bright spots.
pub fn outlines(plane: &Plane<u8>) -> Result<Vec<Outline>> {
    let mut contours = Vector::<Vector<Point>>::new();
    imgproc::find_contours_def(&plane.mat()?, &mut contours, imgproc::RETR_EXTERNAL, imgproc::CHAIN_APPROX_SIMPLE)?;
    let outline = |contour: Vector<Point>| -> Result<Outline> {
        let bounds = imgproc::bounding_rect(&contour)?;
        let [x, y, width, height] = [bounds.x, bounds.y, bounds.width, bounds.height].map(|n| n.max(0).unsigned_abs());
        Ok(Outline { area: imgproc::contour_area_def(&contour)?, bounds: Rect { x, y, width, height } })
    };
    contours.iter().map(outline).collect()
}

/// Rows that are converted at once.
const STRIP: usize = 64;

/// Full-range YUV 4:2:0 (all of Y, then U, then V) as blue, green, red.
pub fn bgr_from_yuv420(bytes: &[u8], width: u32, height: u32) -> Result<Bgr> {
    let pixels = u128::from(width) * u128::from(height);
    let even = width.is_multiple_of(2) && height.is_multiple_of(2);
    if !even || pixels == 0 || bytes.len() as u128 != pixels / 2 * 3 {
        bail!("{} bytes are no YUV 4:2:0 picture of {width}x{height}", bytes.len());
    }
    let (y, chroma) = bytes.split_at(pixels as usize);
    let (u, v) = chroma.split_at(chroma.len() / 2);
    let y = Mat::new_rows_cols_with_data(signed(height)?, signed(width)?, y)?;
    let full = |plane: &[u8]| -> Result<Mat> {
        let small = Mat::new_rows_cols_with_data(signed(height / 2)?, signed(width / 2)?, plane)?;
        let mut large = Mat::default();
        imgproc::resize(&small, &mut large, y.size()?, 0.0, 0.0, imgproc::INTER_LINEAR)?;
        Ok(large)
    };
    let (u, v) = (full(u)?, full(v)?);
    // OpenCV's own I420 conversion is for the narrow range of television; its YCrCb is full-range. It is done strip by
    // strip: all three planes in one piece would take as much memory again as the picture.
    drawn(width, height, |out| {
        let mut ycrcb = Mat::default();
        for top in (0..signed(height)?).step_by(STRIP) {
            let rows = core::Range::new(top, (top + STRIP as i32).min(signed(height)?))?;
            let mut planes = Vector::<Mat>::new();
            planes.push(y.row_range(&rows)?.try_clone()?);
            planes.push(v.row_range(&rows)?.try_clone()?);
            planes.push(u.row_range(&rows)?.try_clone()?);
            core::merge(&planes, &mut ycrcb)?;
            imgproc::cvt_color_def(&ycrcb, &mut out.row_range_mut(&rows)?, imgproc::COLOR_YCrCb2BGR)?;
        }
        Ok(())
    })
}

/// Turned clockwise, as seen.
pub fn rotate(picture: Pixels<'_>, rotation: Rotation) -> Result<Bgr> {
    let Pixels { width, height, .. } = picture;
    let (code, width, height) = match rotation {
        Rotation::None => return drawn(width, height, |out| Ok(picture.mat()?.copy_to(out)?)),
        Rotation::Quarter => (core::ROTATE_90_CLOCKWISE, height, width),
        Rotation::Half => (core::ROTATE_180, width, height),
        Rotation::ThreeQuarters => (core::ROTATE_90_COUNTERCLOCKWISE, height, width),
    };
    drawn(width, height, |out| Ok(core::rotate(&picture.mat()?, out, code)?))
}

/// Mirrored: left and right change places (`Horizontal`), or top and bottom (`Vertical`).
pub fn flip(picture: Pixels<'_>, flip: Flip) -> Result<Bgr> {
    let code = match flip {
        Flip::Horizontal => 1,
        Flip::Vertical => 0,
    };
    drawn(picture.width, picture.height, |out| Ok(core::flip(&picture.mat()?, out, code)?))
}

/// Made to fit a size; each new pixel is the mean of those it covers.
pub fn resize(picture: Pixels<'_>, width: u32, height: u32) -> Result<Bgr> {
    let size = core::Size::new(signed(width)?, signed(height)?);
    drawn(width, height, |out| Ok(imgproc::resize(&picture.mat()?, out, size, 0.0, 0.0, imgproc::INTER_AREA)?))
}

/// White letters with a black rim, readable on anything. `left` and `base` are where the first letter
/// stands; `letter` is the height of a capital, all in pixels. Letters beyond ASCII become `?`.
pub fn write(picture: &mut Bgr, text: &str, left: u32, base: u32, letter: f64) -> Result<()> {
    let text: String = text.chars().map(|c| if c == ' ' || c.is_ascii_graphic() { c } else { '?' }).collect();
    let place = Point::new(signed(left)?, signed(base)?);
    let stroke = (letter / 12.0).round().clamp(1.0, 20.0) as i32;
    let mut canvas = canvas(picture)?;
    for (colour, thickness) in [(Scalar::all(0.0), stroke * 3), (Scalar::all(255.0), stroke)] {
        let (font, scale) = (imgproc::FONT_HERSHEY_SIMPLEX, letter / CAPITAL);
        imgproc::put_text(&mut canvas, &text, place, font, scale, colour, thickness, imgproc::LINE_AA, false)?;
    }
    Ok(())
}

/// The height in pixels of a capital of OpenCV's plain font at scale 1.
const CAPITAL: f64 = 21.0;

/// How wide `text` would be written, in pixels.
pub fn written_width(text: &str, letter: f64) -> Result<u32> {
    let (font, scale) = (imgproc::FONT_HERSHEY_SIMPLEX, letter / CAPITAL);
    Ok(imgproc::get_text_size(text, font, scale, 1, &mut 0)?.width.max(0).unsigned_abs())
}

/// A yellow line with a black rim along the edge of `region`.
pub fn frame(picture: &mut Bgr, region: Rect, line: i32) -> Result<()> {
    let region = rect(region)?;
    let mut canvas = canvas(picture)?;
    for (colour, thickness) in [(Scalar::all(0.0), line + 2), (Scalar::new(0.0, 255.0, 255.0, 0.0), line)] {
        imgproc::rectangle(&mut canvas, region, colour, thickness, imgproc::LINE_8, 0)?;
    }
    Ok(())
}

/// A new picture, written by `draw` in place.
fn drawn(width: u32, height: u32, draw: impl FnOnce(&mut BoxedRefMut<'_, Mat>) -> Result<()>) -> Result<Bgr> {
    let mut picture = Bgr { bytes: vec![0; width as usize * height as usize * 3], width, height };
    draw(&mut canvas(&mut picture)?)?;
    Ok(picture)
}

fn canvas(picture: &mut Bgr) -> Result<BoxedRefMut<'_, Mat>> {
    let (rows, columns) = (signed(picture.height)?, signed(picture.width)?);
    Ok(Mat::new_rows_cols_with_bytes_mut::<Vec3b>(rows, columns, &mut picture.bytes)?)
}

fn rect(region: Rect) -> Result<core::Rect> {
    Ok(core::Rect::new(signed(region.x)?, signed(region.y)?, signed(region.width)?, signed(region.height)?))
}

fn signed(n: u32) -> Result<i32> {
    i32::try_from(n).with_context(|| format!("{n} pixels are too many"))
}

#[cfg(test)]
mod tests;
