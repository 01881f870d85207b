//! `motion` with `method: imagenode`: the same decision on every frame as imagenode's detector, its
//! oddities included (research: its `detect_motion`, version 0.3). Each frame is folded into the
//! average before the two are compared, so half of a change is seen; one outline must be large enough
//! alone; moving frames must come in a row, still ones need not.

use anyhow::{Result, ensure};
use picket_common::config::Percent;

use super::{Detector, Latch, Observation, State, grid};
use crate::config::{MotionConfig, Roi};
use crate::roi::Rect;
use crate::seen::Seen;
use crate::vision::{self, Outline, Pixels, Plane};

/// How much of the average is the newest frame.
const WEIGHT: f64 = 0.5;
/// By how many pixels changed spots are grown, so that neighbours join.
const GROWN: i32 = 2;

/// Tells moving from still.
pub(super) struct Motion {
    roi: Roi,
    blur: u32,
    delta: u8,
    min_area: Percent,
    scene: Option<Scene>,
    count: Count,
    state: Latch,
}

impl Motion {
    pub(super) fn new(config: &MotionConfig) -> Result<Motion> {
        let blur = config.blur_kernel_size;
        ensure!(blur % 2 == 1, "blur_kernel_size is {blur}; it must be odd, such as {}", blur + 1);
        Ok(Motion {
            roi: config.roi,
            blur,
            delta: config.delta_threshold,
            min_area: config.min_area,
            scene: None,
            count: Count::new(config.min_motion_frames, config.min_still_frames),
            state: Latch::default(),
        })
    }
}

impl Detector for Motion {
    fn observe(&mut self, seen: &Seen) -> Result<Observation> {
        let picture = seen.pixels()?;
        let size = (picture.width, picture.height);
        let scene = match &mut self.scene {
            Some(scene) if scene.size == size => scene,
            old => {
                let region = Rect::of(&self.roi, size)?;
                self.count = Count::new(self.count.min_moving, self.count.min_still);
                old.insert(Scene::new(size, region))
            }
        };
        let share = scene.compare(picture, self.blur, self.delta)?;
        let mut boxes = vec![];
        let mut cells = [0; 16];
        if share > 0.0 {
            boxes = scene.boxes(self.min_area)?;
            cells = grid::cells(&scene.changed, scene.region, size);
        }
        let active = !boxes.is_empty();
        let changed = self.state.set(self.count.push(active));
        Ok(Observation { active, state: self.state.0, changed, score: share, boxes, grid: cells })
    }
}

/// The region as it was, and buffers that are used again for each frame.
struct Scene {
    /// Of the whole frames.
    size: (u32, u32),
    region: Rect,
    /// None before the first frame.
    average: Option<Plane<f64>>,
    now: Plane<u8>,
    scratch: Plane<u8>,
    changed: Plane<u8>,
}

impl Scene {
    fn new(size: (u32, u32), region: Rect) -> Scene {
        let plane = || Plane::new(region.width, region.height);
        Scene { size, region, average: None, now: plane(), scratch: plane(), changed: plane() }
    }

    /// Which share of the region has changed, 0 to 1; where is left in `changed`.
    fn compare(&mut self, picture: Pixels<'_>, blur: u32, delta: u8) -> Result<f64> {
        let Scene { now, scratch, changed, .. } = self;
        vision::grey(picture, self.region, scratch)?;
        vision::blur(scratch, blur, now)?;
        let average = match &mut self.average {
            Some(average) => {
                vision::accumulate(now, average, WEIGHT)?;
                average
            }
            none => {
                let values = now.values.iter().map(|value| f64::from(*value)).collect();
                none.insert(Plane { width: now.width, height: now.height, values })
            }
        };
        vision::rounded(average, scratch)?;
        vision::difference(now, scratch, changed)?;
        vision::threshold(changed, delta, scratch)?;
        vision::dilate(scratch, GROWN, changed)?;
        Ok(vision::count_nonzero(changed)? as f64 / self.region.area() as f64)
    }

    /// Around each changed spot that is large enough, in pixels of the whole frame.
    fn boxes(&self, min_area: Percent) -> Result<Vec<[u32; 4]>> {
        let least = self.region.pixels(min_area);
        let whole = |Outline { bounds, .. }: Outline| {
            [bounds.x + self.region.x, bounds.y + self.region.y, bounds.width, bounds.height]
        };
        let outlines = vision::outlines(&self.changed)?;
        let mut boxes: Vec<_> = outlines.into_iter().filter(|outline| outline.area >= least).map(whole).collect();
        boxes.sort_unstable_by_key(|[x, y, width, height]| [*y, *x, *height, *width]);
        Ok(boxes)
    }
}

/// imagenode's state machine.
#[derive(Debug)]
struct Count {
    min_moving: u32,
    min_still: u32,
    /// In a row.
    moving: u32,
    /// Since the state was last moving; a moving frame in between takes none away.
    still: u32,
    all: u32,
}

impl Count {
    fn new(min_moving: u32, min_still: u32) -> Count {
        Count { min_moving, min_still, moving: 0, still: 0, all: 0 }
    }

    fn push(&mut self, moving: bool) -> Option<State> {
        if moving {
            self.moving = self.moving.saturating_add(1);
        } else {
            self.moving = 0;
            self.still = self.still.saturating_add(1);
        }
        self.all = self.all.saturating_add(1);
        if self.all < self.min_moving.max(self.min_still) {
            None
        } else if self.moving >= self.min_moving {
            self.still = 0;
            Some(State::Moving)
        } else {
            (self.still >= self.min_still).then_some(State::Still)
        }
    }
}

#[cfg(test)]
mod tests;
