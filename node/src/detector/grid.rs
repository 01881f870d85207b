//! Where in the whole frame something changed, as 16 x 16 cells: coarse, and small enough to be sent
//! with each event. Pure.

use std::ops::Range;

use crate::roi::Rect;
use crate::vision::Plane;

/// The cells of a frame of size `whole` that hold a value other than 0 of `changed`, which covers
/// `region`. Row 0 is the top, the leftmost cell the highest bit.
pub(super) fn cells(changed: &Plane<u8>, region: Rect, whole: (u32, u32)) -> [u16; 16] {
    let columns: [Range<usize>; 16] = std::array::from_fn(|i| within(i, whole.0, region.x, region.width));
    std::array::from_fn(|i| {
        let mut bits = 0;
        for y in within(i, whole.1, region.y, region.height) {
            let start = y * changed.width as usize;
            let row = changed.values.get(start..start + changed.width as usize).unwrap_or_default();
            for (bit, column) in columns.iter().enumerate() {
                let hit = row.get(column.clone()).is_some_and(|cell| cell.iter().any(|value| *value != 0));
                bits |= u16::from(hit) << (15 - bit);
            }
        }
        bits
    })
}

/// The pixels of cell `i` of 16 along a side of `whole` pixels that lie in a region, counted from the
/// region's edge. Pixel `p` is in cell `p * 16 / whole`.
fn within(i: usize, whole: u32, from: u32, length: u32) -> Range<usize> {
    let edge = |i: usize| (i * whole as usize).div_ceil(16).saturating_sub(from as usize).min(length as usize);
    edge(i)..edge(i + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `lit` are pixels of the whole frame; expected are the cells as (row, column).
    fn check(whole: (u32, u32), region: [u32; 4], lit: &[(u32, u32)], expected: &[(usize, usize)]) {
        let [x, y, width, height] = region;
        let mut plane = Plane::<u8>::new(width, height);
        for (px, py) in lit {
            plane.values[((py - y) * width + px - x) as usize] = 255;
        }
        let mut grid = [0u16; 16];
        expected.iter().for_each(|(row, column)| grid[*row] |= 0x8000 >> column);
        assert_eq!(cells(&plane, Rect { x, y, width, height }, whole), grid, "{lit:?} of {whole:?} in {region:?}");
    }

    #[test]
    fn a_changed_pixel_lights_the_cell_it_lies_in() {
        check((160, 160), [0, 0, 160, 160], &[], &[]);
        check((160, 160), [0, 0, 160, 160], &[(0, 0), (9, 9), (159, 0)], &[(0, 0), (0, 15)]);
        check((160, 160), [0, 0, 160, 160], &[(10, 159)], &[(15, 1)]);
        check((160, 160), [75, 35, 20, 10], &[(75, 35), (94, 44)], &[(3, 7), (4, 9)]);
        check((100, 60), [0, 0, 100, 60], &[(6, 0), (7, 3), (99, 59)], &[(0, 0), (0, 1), (15, 15)]);
        check((3, 1), [0, 0, 3, 1], &[(0, 0), (1, 0), (2, 0)], &[(0, 0), (0, 5), (0, 10)]);
        check((1, 1), [0, 0, 1, 1], &[(0, 0)], &[(0, 0)]);
    }

    #[test]
    fn every_pixel_is_in_exactly_one_cell() {
        for whole in 1..70 {
            for pixel in 0..whole {
                let held = (0..16).filter(|i| within(*i, whole, 0, whole).contains(&(pixel as usize)));
                assert_eq!(held.collect::<Vec<_>>(), [(pixel * 16 / whole) as usize], "{pixel} of {whole}");
            }
        }
    }
}
