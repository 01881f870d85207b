//! Chance that is the same every time: a hash, soft hills of it for clouds and grass, and the grain that
//! a camera's sensor would add.

use super::canvas::Canvas;
pub(super) use crate::chance::mix;
use crate::chance::share;

/// 0 to 1, the same for one number.
pub(super) fn chance(number: u64) -> f32 {
    share(mix(77, number))
}

/// Soft hills, 0 to 1, about one across.
pub(super) fn hills(x: f32, y: f32) -> f32 {
    let corner = |dx: f32, dy: f32| share(mix((x.floor() + dx) as i64 as u64, (y.floor() + dy) as i64 as u64));
    let ease = |t: f32| t * t * (3.0 - 2.0 * t);
    let (fx, fy) = (ease(x - x.floor()), ease(y - y.floor()));
    let top = corner(0.0, 0.0) * (1.0 - fx) + corner(1.0, 0.0) * fx;
    let bottom = corner(0.0, 1.0) * (1.0 - fx) + corner(1.0, 1.0) * fx;
    top * (1.0 - fy) + bottom * fy
}

/// Hills with smaller ones on them, 0 to 1.
pub(super) fn rough(x: f32, y: f32) -> f32 {
    0.55 * hills(x, y) + 0.28 * hills(2.1 * x + 9.0, 2.1 * y) + 0.17 * hills(4.3 * x, 4.3 * y + 5.0)
}

/// A strip of noise; each row of each frame is given another piece of it.
pub(super) struct Grain {
    seed: u64,
    strip: Vec<i8>,
}

/// Places where a row's piece may begin.
const STARTS: u64 = 16_384;

impl Grain {
    /// For rows of up to `width` pixels.
    pub(super) fn new(seed: u64, width: usize) -> Grain {
        // The sum of four dice is nearly normal; here with a deviation of about 2 grey levels, as a webcam
        // has on a bright day.
        let value = |i: u64| {
            let bits = mix(seed ^ 0x6772_6169_6e00, i);
            let sum: i32 = (0..4).map(|n| ((bits >> (16 * n)) & 0xffff) as i32).sum();
            ((sum - 2 * 0xffff) as f32 / 65_535.0 * 3.5).round() as i8
        };
        Grain { seed, strip: (0..STARTS + width as u64).map(value).collect() }
    }

    /// The noise of frame `index`: all of it in Y, half in U and V.
    pub(super) fn add(&self, canvas: &mut Canvas, index: u64) {
        let (luma, width) = (canvas.width * canvas.height, canvas.width);
        let (y, uv) = canvas.bytes.split_at_mut(luma);
        for (number, row) in y.chunks_exact_mut(width).enumerate() {
            for (pixel, noise) in row.iter_mut().zip(self.piece(index, number)) {
                *pixel = pixel.saturating_add_signed(*noise);
            }
        }
        for (number, row) in uv.chunks_exact_mut(width / 2).enumerate() {
            for (pixel, noise) in row.iter_mut().zip(self.piece(index, canvas.height + number)) {
                *pixel = pixel.saturating_add_signed(*noise / 2);
            }
        }
    }

    fn piece(&self, index: u64, row: usize) -> &[i8] {
        let start = mix(mix(self.seed, index), row as u64) % STARTS;
        self.strip.get(start as usize..).unwrap_or_default()
    }
}
