//! A generated scene: a fence in the country, and now and then somebody walks past. For the demo, and for
//! tests, which know when. The same seed, frame number, size and rate give the same picture. Knows no file
//! and no camera.
//!
//! It is made so that detectors are put to a fair test: the picture is never quite still (a sensor's
//! noise), but nothing moves except the walker, who is dark before a light scene and covers some 5 % of
//! the picture.

mod canvas;
mod landscape;
mod noise;
mod walker;

use std::ops::Range;
use std::sync::Arc;

use self::canvas::Canvas;
use self::noise::{Grain, mix};
use self::walker::Walker;
use super::timing::Timing;
use super::{Source, SourceError, check_even};
use crate::config::{Framerate, Resolution};
use crate::frame::{Frame, Picture};

const RESOLUTION: Resolution = Resolution { width: 640, height: 360 };

/// From one walk's beginning to the next one's, in seconds, give or take [`JITTER`].
const PERIOD: f64 = 9.0;
/// The first walk's beginning.
const FIRST: f64 = 3.0;
const JITTER: f64 = 0.3;
/// A walk's length.
const LENGTH: f64 = 3.0;

/// The generated scene.
pub struct Pattern {
    empty: Canvas,
    grain: Grain,
    seed: u64,
    framerate: f64,
    timing: Timing,
    index: u64,
}

impl Pattern {
    /// Draws the empty scene once.
    pub(super) fn new(resolution: Option<Resolution>, seed: u64, timing: Timing) -> Result<Pattern, SourceError> {
        let (width, height) = check_even(resolution.unwrap_or(RESOLUTION))?;
        let empty = landscape::draw(width as usize, height as usize);
        let grain = Grain::new(seed, width as usize);
        Ok(Pattern { empty, grain, seed, framerate: timing.framerate(), timing, index: 0 })
    }

    /// The frames in which somebody is seen, walk by walk, without end: about 3 s long, the first after
    /// about 3 s, the next ones every 9 s, a little more or less by the seed.
    pub fn walks(seed: u64, framerate: Framerate) -> impl Iterator<Item = Range<u64>> {
        (0..).map(move |number| walk(seed, framerate.0, number))
    }

    fn picture(&self, index: u64) -> Picture {
        let mut canvas = self.empty.clone();
        // The one walk that may be under way, by the time of this frame.
        let number = ((index as f64 / self.framerate - FIRST + PERIOD / 2.0) / PERIOD).max(0.0) as u64;
        let walk = walk(self.seed, self.framerate, number);
        if walk.contains(&index) {
            let progress = (index - walk.start) as f64 + 0.5;
            let share = progress / (walk.end - walk.start) as f64;
            Walker::new(mix(self.seed, number)).draw(&mut canvas, share as f32);
        }
        self.grain.add(&mut canvas, index);
        let (width, height) = (canvas.width as u32, canvas.height as u32);
        Picture::Yuv420 { bytes: canvas.bytes, width, height }
    }
}

impl Source for Pattern {
    fn next(&mut self) -> Result<Frame, SourceError> {
        let (at, mono) = self.timing.next()?;
        let frame = Frame { index: self.index, at, mono, picture: Arc::new(self.picture(self.index)) };
        self.index += 1;
        Ok(frame)
    }
}

fn walk(seed: u64, framerate: f64, number: u64) -> Range<u64> {
    let chance = mix(seed, number);
    let start = FIRST + PERIOD * number as f64 + JITTER * signed(chance);
    let end = start + LENGTH + JITTER * signed(chance >> 32);
    let start = (start * framerate).ceil() as u64;
    start..((end * framerate).ceil() as u64).max(start + 1)
}

/// -1 to 1 from the lowest 16 bits.
fn signed(bits: u64) -> f64 {
    f64::from(bits as u16) / f64::from(u16::MAX) * 2.0 - 1.0
}

#[cfg(test)]
mod tests;
