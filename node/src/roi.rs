//! From percent to pixels: where a region of interest lies in a picture of a given size, and how many
//! pixels a share of it is. The arithmetic is imagenode's, so that its settings mean the same here.

use anyhow::{Result, bail};
use picket_common::config::Percent;

use crate::config::Roi;

/// An upright rectangle in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rect {
    /// Of its left edge.
    pub x: u32,
    /// Of its top edge.
    pub y: u32,
    /// At least 1 for a region.
    pub width: u32,
    /// At least 1 for a region.
    pub height: u32,
}

impl Rect {
    /// The pixels of `roi` in a picture of this width and height: from the corners' percents, each
    /// rounded down. Fails when nothing is left.
    pub fn of(roi: &Roi, (width, height): (u32, u32)) -> Result<Rect> {
        let pixel = |Percent(percent): Percent, size: u32| floor_div(percent * f64::from(size), 100.0);
        let Roi([from, to]) = roi;
        let [left, right] = [from[0], to[0]].map(|percent| pixel(percent, width));
        let [top, bottom] = [from[1], to[1]].map(|percent| pixel(percent, height));
        let inside = |low: f64, high: f64, size: u32| 0.0 <= low && low < high && high <= f64::from(size);
        if !inside(left, right, width) || !inside(top, bottom, height) {
            let [a, b] = roi.0.map(|[Percent(x), Percent(y)]| format!("[{x}, {y}]"));
            bail!(
                "the roi [{a}, {b}] holds no pixel of a picture of {width}x{height}: \
                 give the upper left and the lower right corner in percent, further apart"
            );
        }
        let [x, y, width, height] = [left, top, right - left, bottom - top].map(|n| n as u32);
        Ok(Rect { x, y, width, height })
    }

    /// In pixels.
    pub fn area(self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }

    /// How many pixels `share` of it is, rounded down.
    pub fn pixels(self, Percent(share): Percent) -> f64 {
        floor_div(self.area() as f64 * share, 100.0)
    }
}

/// Python's `a // b` for floats (`float_floor_div` in its `floatobject.c`), which differs from the
/// quotient rounded down where the quotient itself was rounded up to a whole number. `b` is positive.
fn floor_div(a: f64, b: f64) -> f64 {
    let rest = a % b;
    let quotient = (a - rest) / b - if rest < 0.0 { 1.0 } else { 0.0 };
    let floor = quotient.floor();
    if quotient - floor > 0.5 { floor + 1.0 } else { floor }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roi(percents: [[f64; 2]; 2]) -> Roi {
        Roi(percents.map(|corner| corner.map(Percent)))
    }

    #[test]
    fn corners_are_rounded_down() {
        let check = |percents, size, [x, y, width, height]: [u32; 4]| {
            assert_eq!(
                Rect::of(&roi(percents), size).unwrap(),
                Rect { x, y, width, height },
                "{percents:?} of {size:?}"
            );
        };
        check([[0., 0.], [100., 100.]], (320, 240), [0, 0, 320, 240]);
        check([[0., 40.], [100., 100.]], (320, 240), [0, 96, 320, 144]);
        // 33 * 319 // 100 = 105, 67 * 319 // 100 = 213; 33 * 241 // 100 = 79, 67 * 241 // 100 = 161
        check([[33., 33.], [67., 67.]], (319, 241), [105, 79, 108, 82]);
        check([[0., 0.], [100., 100.]], (1, 1), [0, 0, 1, 1]);
        check([[99., 99.], [100., 100.]], (99, 99), [98, 98, 1, 1]);
        // Not 28: 0.29 * 100 is 28.999... in floating point, but percents are multiplied before they are divided.
        check([[29., 57.], [58., 58.]], (100, 100), [29, 57, 29, 1]);
    }

    #[test]
    fn a_region_without_pixels_is_refused_with_its_numbers() {
        let check = |percents, size: (u32, u32)| {
            let error = Rect::of(&roi(percents), size).unwrap_err().to_string();
            assert!(error.contains(&format!("of {}x{}", size.0, size.1)) && error.contains("roi [["), "{error}");
        };
        check([[0., 0.], [99., 99.]], (1, 1));
        check([[10., 10.], [10., 90.]], (640, 480));
        check([[90., 10.], [10., 90.]], (640, 480));
        check([[0., 0.], [100., 101.]], (640, 480));
        check([[-1., 0.], [100., 100.]], (640, 480));
        check([[f64::NAN, 0.], [100., 100.]], (640, 480));
        check([[0., 0.], [100., 100.]], (0, 0));
    }

    #[test]
    fn a_share_is_rounded_down_as_python_does() {
        let check = |(width, height), share, pixels| {
            assert_eq!(Rect { x: 0, y: 0, width, height }.pixels(Percent(share)), pixels, "{width}x{height} {share}");
        };
        check((320, 240), 3.0, 2304.0);
        check((33, 33), 3.0, 32.0);
        check((33, 33), 0.0, 0.0);
        check((5, 5), 3.0, 0.0);
        check((320, 240), 0.37, 284.0);
        check((100, 100), 0.29, 29.0);
        check((1280, 720), 100.0, 921_600.0);
    }

    /// The expected values are Python's answers.
    #[test]
    fn floats_are_divided_as_in_python() {
        let check = |a, b, expected| assert_eq!(floor_div(a, b), expected, "{a} // {b}");
        check(1.0, 0.1, 9.0); // though 1.0 / 0.1 is 10.0
        check(6.0, 0.1, 59.0);
        check(-1.0, 100.0, -1.0);
        check(250.0, 100.0, 2.0);
        check(299.999_999_999_999_94, 100.0, 2.0);
    }
}
