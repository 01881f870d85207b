//! How a raw YUV 4:2:0 picture lies in memory as hardware writes it: rows that are longer than the picture is
//! wide, more rows than it is high, a rest up to the end of a page. Knows no camera and no program.
//!
//! Luma has rows of `stride` bytes; then U and V follow, each with rows half as long and half as many.

use crate::frame::Picture;

/// To how many bytes rows are rounded up, the likeliest first: rpicam-vid's are to 64
/// (<https://github.com/raspberrypi/rpicam-apps/issues/188>).
const STRIDES: [usize; 6] = [64, 32, 16, 2, 128, 256];

/// To how many rows heights are rounded up.
const HEIGHTS: [usize; 3] = [2, 16, 32];

/// Memory is had in pages of this many bytes.
const PAGE: usize = 4096;

/// Where the pixels are in the bytes of one picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    pub width: u32,
    pub height: u32,
    /// Bytes of a row of luma.
    stride: usize,
    /// Rows of luma.
    rows: usize,
    /// Bytes of a picture.
    pub bytes: usize,
}

impl Layout {
    /// Without gaps. Both sides are even.
    pub(super) fn tight(width: u32, height: u32) -> Layout {
        Layout::padded(width, height, width as usize, height as usize)
    }

    /// From how many bytes a picture of this size was found to have; None where nothing known explains them. Where
    /// several layouts do, it is the likeliest. Both sides are even.
    pub(super) fn of(bytes: usize, width: u32, height: u32) -> Option<Layout> {
        let all = || {
            HEIGHTS.into_iter().flat_map(move |rows| {
                STRIDES.into_iter().map(move |stride| {
                    let (row, column) = (width as usize, height as usize);
                    Layout::padded(width, height, row.next_multiple_of(stride), column.next_multiple_of(rows))
                })
            })
        };
        let exact = all().find(|layout| layout.bytes == bytes);
        exact.or_else(|| {
            let layout = all().find(|layout| layout.bytes.next_multiple_of(PAGE) == bytes)?;
            Some(Layout { bytes, ..layout })
        })
    }

    /// The most bytes that a picture of this size can have.
    pub(super) fn most(width: u32, height: u32) -> usize {
        let side = |side: u32| (side as usize).next_multiple_of(256);
        (side(width) * side(height) * 3 / 2).next_multiple_of(PAGE)
    }

    fn padded(width: u32, height: u32, stride: usize, rows: usize) -> Layout {
        Layout { width, height, stride, rows, bytes: stride * rows * 3 / 2 }
    }

    /// The picture without gaps, in the same memory. Of fewer bytes than a picture has nothing is taken out.
    pub(super) fn picture(&self, mut bytes: Vec<u8>) -> Picture {
        let (width, height) = (self.width as usize, self.height as usize);
        if (self.stride, self.rows) != (width, height) && bytes.len() >= self.bytes {
            let luma = self.stride * self.rows;
            let planes = [(0, 1), (luma, 2), (luma + luma / 4, 2)];
            let rows = planes.into_iter().flat_map(|(start, share)| {
                (0..height / share).map(move |row| (start + row * self.stride / share, width / share))
            });
            let end = rows.fold(0, |end, (from, len)| {
                bytes.copy_within(from..from + len, end);
                end + len
            });
            bytes.truncate(end);
        }
        bytes.truncate(width * height * 3 / 2);
        Picture::Yuv420 { bytes, width: self.width, height: self.height }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pictures_bytes_tell_how_it_lies() {
        let check = |bytes: usize, (width, height): (u32, u32), expected: Option<(usize, usize)>| {
            let layout = Layout::of(bytes, width, height);
            assert_eq!(layout.map(|layout| (layout.stride, layout.rows)), expected, "{bytes} for {width}x{height}");
            assert!(layout.is_none_or(|layout| layout.bytes == bytes && bytes <= Layout::most(width, height)));
        };
        check(1280 * 720 * 3 / 2, (1280, 720), Some((1280, 720)));
        // What was seen of rpicam-vid: 780 wide in rows of 832, 4056 wide in rows of 4096.
        check(832 * 600 * 3 / 2, (780, 600), Some((832, 600)));
        check(18_677_760, (4056, 3040), Some((4096, 3040)));
        check(2048 * 1520 * 3 / 2, (2028, 1520), Some((2048, 1520)));
        check(800 * 600 * 3 / 2, (780, 600), Some((800, 600)));
        check(784 * 600 * 3 / 2, (780, 600), Some((784, 600)));
        check(780 * 600 * 3 / 2, (780, 600), Some((780, 600)));
        check(896 * 600 * 3 / 2, (780, 600), Some((896, 600)));
        check(1024 * 600 * 3 / 2, (780, 600), Some((1024, 600)));
        check(1920 * 1088 * 3 / 2, (1920, 1080), Some((1920, 1088)));
        check(832 * 608 * 3 / 2, (780, 600), Some((832, 608)));
        check((832 * 600 * 3 / 2usize).next_multiple_of(4096), (780, 600), Some((832, 600)));
        check(780 * 600 * 3 / 2 - 1, (780, 600), None);
        check(2 * 832 * 600 * 3 / 2, (780, 600), None);
        check(0, (780, 600), None);
    }

    #[test]
    fn of_two_layouts_the_likelier_is_taken() {
        // 64 x 32: rows of 64, 32 of them; or of 32 x 64 and the like, never.
        assert_eq!(Layout::of(3072, 64, 32), Some(Layout::tight(64, 32)));
        // 18 x 30: 64 by 30, or 60 by 32 if there were such a stride.
        assert_eq!(Layout::of(64 * 30 * 3 / 2, 18, 30), Some(Layout::padded(18, 30, 64, 30)));
    }

    #[test]
    fn gaps_are_closed_and_no_pixel_is_lost() {
        let pixel = |plane: u8, x: usize, y: usize| plane + (y * 10 + x) as u8;
        let plane = |plane: u8, width: usize, height: usize, stride: usize, rows: usize| -> Vec<u8> {
            let at = |(x, y)| if x < width && y < height { pixel(plane, x, y) } else { 0xee };
            (0..rows).flat_map(|y| (0..stride).map(move |x| (x, y))).map(at).collect()
        };
        let picture = |stride: usize, rows: usize| {
            [
                plane(0, 6, 4, stride, rows),
                plane(100, 3, 2, stride / 2, rows / 2),
                plane(200, 3, 2, stride / 2, rows / 2),
            ]
            .concat()
        };
        let tight = Picture::Yuv420 { bytes: picture(6, 4), width: 6, height: 4 };
        for (stride, rows) in [(6, 4), (8, 4), (6, 16), (64, 4), (64, 32)] {
            let bytes = picture(stride, rows);
            assert_eq!(Layout::padded(6, 4, stride, rows).picture(bytes.clone()), tight, "{stride} {rows}");
            let paged = Layout { bytes: 4096, ..Layout::padded(6, 4, stride, rows) };
            assert_eq!(paged.picture([bytes, vec![0xee; 4096]].concat()), tight, "{stride} {rows} in a page");
        }
    }
}
