//! What is drawn on a copy of a frame that is kept: its capture time, and detectors' regions. Detectors
//! never see it.

use anyhow::Result;
use jiff::tz::TimeZone;
use picket_common::jpeg::Bgr;
use picket_common::time::Timestamp;

use crate::config::{CameraConfig, DetectorConfig, Roi};
use crate::roi::Rect;
use crate::vision;

/// What to draw.
#[derive(Debug, Clone, Default)]
pub struct Overlays {
    /// The capture time, in this zone.
    time: Option<TimeZone>,
    /// Regions, each with its detector's name.
    regions: Vec<(String, Roi)>,
}

impl Overlays {
    /// What the camera's `draw_time` and its detectors' `draw_roi` ask for; times are told in `zone`.
    pub fn new(camera: &CameraConfig, zone: TimeZone) -> Overlays {
        let region = |config: &DetectorConfig| config.draw_roi().then(|| (config.name().to_owned(), *config.roi()));
        let regions = camera.detectors.iter().filter_map(region).collect();
        Overlays { time: camera.draw_time.then_some(zone), regions }
    }

    /// Whether there is nothing to draw.
    pub fn is_empty(&self) -> bool {
        self.time.is_none() && self.regions.is_empty()
    }

    pub(super) fn draw(&self, picture: &mut Bgr, at: Timestamp) -> Result<()> {
        let letter = (f64::from(picture.height) / 36.0).max(8.0);
        let margin = (letter / 2.0) as u32;
        for (name, roi) in &self.regions {
            // A region without pixels is its detector's error; the frame is kept all the same.
            let Ok(region) = Rect::of(roi, (picture.width, picture.height)) else { continue };
            vision::frame(picture, region, (letter / 12.0).max(1.0) as i32)?;
            vision::write(picture, name, region.x + margin, region.y + margin + letter as u32, letter)?;
        }
        if let Some(zone) = &self.time {
            let text = at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S%.3f").to_string();
            let wide = f64::from(vision::written_width(&text, letter)?).max(1.0);
            let room = f64::from(picture.width.saturating_sub(2 * margin).max(1));
            let letter = letter * (room / wide).min(1.0);
            vision::write(picture, &text, margin, picture.height.saturating_sub(margin), letter)?;
        }
        Ok(())
    }
}
