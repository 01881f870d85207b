//! From a camera's raw picture to ours: full-range YUV 4:2:0 without gaps. Knows no device.
//!
//! Every frame goes through here, so the loops are plain passes over rows, which the compiler turns into vector
//! instructions. Of two rows' colours (4:2:2 has twice ours) the mean is taken: taking one of them would be hardly
//! faster, and shows as steps on slanted edges. Limited range is stretched by the formulas of ITU-T T.871 and
//! BT.601, in integers, at most one step from the exact value; the colour matrix stays the camera's.

use super::offer::Form;

/// How a raw picture lies in a buffer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Layout {
    pub form: Form,
    /// Pixels, even.
    pub width: u32,
    /// Pixels, even.
    pub height: u32,
    /// Bytes from the beginning of a row to the next, of the first plane.
    pub stride: u32,
    /// Black is 0 and white 255, rather than 16 and 235.
    pub is_full: bool,
}

impl Layout {
    /// The picture as YUV 4:2:0; `None` if the buffer is shorter than it.
    pub(super) fn picture(&self, buffer: &[u8]) -> Option<Vec<u8>> {
        match self.is_full {
            true => self.convert(buffer, |y| y, |c| c),
            false => self.convert(buffer, full_luma, full_colour),
        }
    }

    fn convert(&self, buffer: &[u8], luma: impl Fn(u8) -> u8, colour: impl Fn(u8) -> u8) -> Option<Vec<u8>> {
        let (width, height) = (self.width as usize, self.height as usize);
        let stride = (self.stride as usize).max(self.row_bytes());
        let mut picture = vec![0; width * height * 3 / 2];
        let (y, colours) = picture.split_at_mut(width * height);
        let (u, v) = colours.split_at_mut(width * height / 4);
        let plane = |start: usize, stride: usize, row: usize, rows: usize| {
            let end = start + stride * (rows - 1) + row;
            Some(buffer.get(start..end)?.chunks(stride).map(move |whole| &whole[..row]))
        };
        let planes_end = stride * height;
        match self.form {
            Form::Yuyv => packed::<0>(plane(0, stride, width * 2, height)?, width, [y, u, v], luma, colour),
            Form::Uyvy => packed::<1>(plane(0, stride, width * 2, height)?, width, [y, u, v], luma, colour),
            Form::Nv12 => {
                copy(plane(0, stride, width, height)?, y, width, luma);
                split(plane(planes_end, stride, width, height / 2)?, u, v, width / 2, colour);
            }
            Form::Yu12 | Form::Yv12 => {
                let (first, second) = if self.form == Form::Yu12 { (u, v) } else { (v, u) };
                let half = stride / 2;
                copy(plane(0, stride, width, height)?, y, width, luma);
                copy(plane(planes_end, half, width / 2, height / 2)?, first, width / 2, &colour);
                copy(plane(planes_end + half * height / 2, half, width / 2, height / 2)?, second, width / 2, &colour);
            }
            Form::Grey => {
                copy(plane(0, stride, width, height)?, y, width, luma);
                u.fill(128);
                v.fill(128);
            }
            Form::Mjpeg => return None,
        }
        Some(picture)
    }

    /// Bytes of the first plane's row that are the picture's.
    fn row_bytes(&self) -> usize {
        let bytes_a_pixel = if matches!(self.form, Form::Yuyv | Form::Uyvy) { 2 } else { 1 };
        self.width as usize * bytes_a_pixel
    }
}

/// Two pixels in four bytes: brightness after so many bytes and two further on, U and V in the others.
fn packed<'b, const LUMA_AFTER: usize>(
    mut rows: impl Iterator<Item = &'b [u8]>,
    width: usize,
    [y, u, v]: [&mut [u8]; 3],
    luma: impl Fn(u8) -> u8,
    colour: impl Fn(u8) -> u8,
) {
    let colours = u.chunks_exact_mut(width / 2).zip(v.chunks_exact_mut(width / 2));
    for (pair, (u, v)) in y.chunks_exact_mut(width * 2).zip(colours) {
        let (Some(upper), Some(lower)) = (rows.next(), rows.next()) else { return };
        let (y_upper, y_lower) = pair.split_at_mut(width);
        for (y, row) in [(y_upper, upper), (y_lower, lower)] {
            for (y, bytes) in y.iter_mut().zip(row.as_chunks::<2>().0) {
                *y = luma(bytes[LUMA_AFTER]);
            }
        }
        let both = upper.as_chunks::<4>().0.iter().zip(lower.as_chunks::<4>().0);
        for ((u, v), (upper, lower)) in u.iter_mut().zip(v.iter_mut()).zip(both) {
            let mean = |at: usize| ((u16::from(upper[at]) + u16::from(lower[at])).div_ceil(2)) as u8;
            *u = colour(mean(1 - LUMA_AFTER));
            *v = colour(mean(3 - LUMA_AFTER));
        }
    }
}

fn copy<'b>(rows: impl Iterator<Item = &'b [u8]>, plane: &mut [u8], width: usize, change: impl Fn(u8) -> u8) {
    for (ours, theirs) in plane.chunks_exact_mut(width).zip(rows) {
        for (ours, theirs) in ours.iter_mut().zip(theirs) {
            *ours = change(*theirs);
        }
    }
}

/// U and V in turn.
fn split<'b>(
    rows: impl Iterator<Item = &'b [u8]>,
    u: &mut [u8],
    v: &mut [u8],
    width: usize,
    change: impl Fn(u8) -> u8,
) {
    for ((u, v), row) in u.chunks_exact_mut(width).zip(v.chunks_exact_mut(width)).zip(rows) {
        for ((u, v), pair) in u.iter_mut().zip(v).zip(row.as_chunks::<2>().0) {
            (*u, *v) = (change(pair[0]), change(pair[1]));
        }
    }
}

/// 16 to 235 becomes 0 to 255: times 255 / 219, in 16 bits.
fn full_luma(y: u8) -> u8 {
    ((u16::from(y).saturating_sub(16) * 149 + 64) >> 7).min(255) as u8
}

/// 16 to 240 becomes 0 to 255, around 128: times 255 / 224.
fn full_colour(c: u8) -> u8 {
    (((i32::from(c) - 128) * 291 + (128 << 8) + 128) >> 8).clamp(0, 255) as u8
}

#[cfg(test)]
mod tests;
