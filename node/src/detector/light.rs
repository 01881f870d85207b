//! `light`: is the region lighted or dark? As imagenode decides it: the mean brightness in whole
//! numbers, over a threshold or not, the same for `min_frames` frames in a row.

use anyhow::{Result, ensure};

use super::{Detector, Latch, Observation, State};
use crate::config::{LightConfig, Roi};
use crate::roi::Rect;
use crate::seen::Seen;
use crate::vision::{self, Plane};

/// Tells lighted from dark.
pub(super) struct Light {
    roi: Roi,
    threshold: u8,
    /// The size of the frames so far.
    size: Option<(u32, u32)>,
    row: Row,
    state: Latch,
    grey: Plane<u8>,
}

impl Light {
    pub(super) fn new(config: &LightConfig) -> Result<Light> {
        ensure!(config.min_frames > 0, "min_frames is 0; it must be at least 1");
        Ok(Light {
            roi: config.roi,
            threshold: config.threshold,
            size: None,
            row: Row::new(config.min_frames),
            state: Latch::default(),
            grey: Plane::default(),
        })
    }
}

impl Detector for Light {
    fn observe(&mut self, seen: &Seen) -> Result<Observation> {
        let picture = seen.pixels()?;
        let size = (picture.width, picture.height);
        let region = Rect::of(&self.roi, size)?;
        if self.size.replace(size) != Some(size) {
            self.row = Row::new(self.row.wanted);
        }
        vision::grey(picture, region, &mut self.grey)?;
        let mean = vision::mean(&self.grey)?;
        let active = mean.trunc() > f64::from(self.threshold);
        let changed = self.state.set(self.row.push(active));
        Ok(Observation { active, state: self.state.0, changed, score: mean / 255.0, boxes: vec![], grid: [0; 16] })
    }
}

/// So many frames in a row are a state.
#[derive(Debug)]
struct Row {
    wanted: u32,
    last: bool,
    length: u32,
}

impl Row {
    fn new(wanted: u32) -> Row {
        Row { wanted, last: false, length: 0 }
    }

    fn push(&mut self, lighted: bool) -> Option<State> {
        let before = if lighted == self.last { self.length } else { 0 };
        (self.last, self.length) = (lighted, before.saturating_add(1));
        let state = if lighted { State::Lighted } else { State::Dark };
        (self.length >= self.wanted).then_some(state)
    }
}

#[cfg(test)]
mod tests;
