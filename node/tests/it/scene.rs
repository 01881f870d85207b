//! A small generated scene, the same each time: what moves in it, and when, is known.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use picket_common::jpeg;
use picket_common::time::Timestamp;
use picket_node::frame::{Frame, Picture};

const WIDTH: u32 = 160;
const HEIGHT: u32 = 120;
const FRAMES: u64 = 260;

/// All frames' files; made once for all tests.
pub(crate) fn jpegs() -> &'static [Vec<u8>] {
    static JPEGS: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    JPEGS.get_or_init(|| (0..FRAMES).map(jpeg).collect())
}

/// All frames, ten a second, as a JPEG camera gives them.
pub(crate) fn frames() -> impl Iterator<Item = Frame> {
    (0u32..).zip(jpegs()).map(|(index, bytes)| {
        let mono = Duration::from_millis(100) * index;
        let at = Timestamp::UNIX_EPOCH + mono;
        let picture = Picture::Jpeg { bytes: bytes.clone(), width: WIDTH, height: HEIGHT };
        Frame { index: index.into(), at, mono, picture: Arc::new(picture) }
    })
}

fn jpeg(index: u64) -> Vec<u8> {
    let mut pixels = Vec::with_capacity((WIDTH * HEIGHT * 3) as usize);
    for y in 0..HEIGHT {
        for x in 0..WIDTH {
            pixels.extend_from_slice(&pixel(index, x, y));
        }
    }
    jpeg::encode_bgr(&pixels, WIDTH, HEIGHT, 90).expect("the scene's own picture")
}

fn pixel(index: u64, x: u32, y: u32) -> [u8; 3] {
    let t = index as u32;
    let mut level = 70 + x / 4 + y / 8;
    let inside = |left: u32, top: u32, size: u32| (left..left + size).contains(&x) && (top..top + size).contains(&y);
    match index {
        30..60 if inside((t - 30) * 5, 40, 24) => level = 200, // walks from left to right
        80..95 if x % 20 < 6 && y % 20 < 6 && !hash(index, x / 20, y / 20).is_multiple_of(3) => level = 230, // twinkles: 48 spots
        110..125 => level += 100,           // one step of light, and back
        140..170 => level += (t - 140) * 2, // dawn
        180..195 if index.is_multiple_of(2) && inside(60, 30, 40) => level = 220, // here in every other frame
        205..225 if inside((t - 205) * 4, 60, 40) => level += 10, // faint
        235..250 => level /= 4,             // night
        _ => {}
    }
    let noise = hash(index, x, y) % 5;
    [level, level + 10, level + 20].map(|value| (value + noise).min(255) as u8)
}

/// Evenly spread, the same on every machine (the finisher of splitmix64).
fn hash(index: u64, x: u32, y: u32) -> u32 {
    let mut bits = (index << 40 ^ u64::from(x) << 20 ^ u64::from(y)).wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ bits >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ bits >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    (bits ^ bits >> 31) as u32 >> 8
}
