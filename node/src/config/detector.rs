//! What looks at frames and decides which matter. imagenode's own parameter names are kept.

use picket_common::config::{Format, Percent};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{DetectorTrigger, EventSend, Roi};

/// One detector.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum DetectorConfig {
    /// Tells moving from still.
    Motion(MotionConfig),
    /// Tells lighted from dark.
    Light(LightConfig),
}

impl DetectorConfig {
    /// What it is called; its kind where no name is given.
    pub fn name(&self) -> &str {
        let name = match self {
            DetectorConfig::Motion(motion) => &motion.name,
            DetectorConfig::Light(light) => &light.name,
        };
        name.as_deref().unwrap_or(self.what())
    }

    /// Its name in [`Activity`](crate::activity::Activity), as `view/detector`: `/motion` where the node's only camera
    /// has no view, so that it is never an input's.
    pub fn key(&self, view: Option<&str>) -> String {
        format!("{}/{}", view.unwrap_or_default(), self.name())
    }

    /// What its events are about: its kind.
    pub fn what(&self) -> &'static str {
        match self {
            DetectorConfig::Motion(_) => "motion",
            DetectorConfig::Light(_) => "light",
        }
    }

    /// Whether its region is drawn on what is sent.
    pub fn draw_roi(&self) -> bool {
        match self {
            DetectorConfig::Motion(motion) => motion.draw_roi,
            DetectorConfig::Light(light) => light.draw_roi,
        }
    }

    pub(super) fn name_mut(&mut self) -> &mut Option<String> {
        match self {
            DetectorConfig::Motion(motion) => &mut motion.name,
            DetectorConfig::Light(light) => &mut light.name,
        }
    }

    /// Where it looks.
    pub fn roi(&self) -> &Roi {
        match self {
            DetectorConfig::Motion(motion) => &motion.roi,
            DetectorConfig::Light(light) => &light.roi,
        }
    }

    /// What it makes the node send.
    pub fn send(&self) -> &EventSend {
        match self {
            DetectorConfig::Motion(motion) => &motion.send,
            DetectorConfig::Light(light) => &light.send,
        }
    }

    /// When its events keep frames, and where else.
    pub fn trigger(&self) -> &DetectorTrigger {
        match self {
            DetectorConfig::Motion(motion) => &motion.trigger,
            DetectorConfig::Light(light) => &light.trigger,
        }
    }
}

/// Tells moving from still.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MotionConfig {
    /// What it is called, different from the camera's other detectors. Default: motion.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "picket-name"))]
    pub name: Option<String>,
    /// How motion is found. Default: imagenode.
    pub method: MotionMethod,
    /// The part of the picture it looks at: two corners, each `[x, y]` in percent of the picture as seen.
    /// Default: all of it.
    pub roi: Roi,
    /// Draws the region on what is sent. Default: false.
    pub draw_roi: bool,
    /// Which frames it makes the node send. Default: `{before: 5, during: 2/s, after: 5}`.
    pub send: EventSend,
    /// When its events keep frames, and which further cameras keep theirs then, such as
    /// `{min_duration: 1s, cool_down: 1m, cameras: [Yard]}`. Default: at once and always, and no other camera.
    pub trigger: DetectorTrigger,
    /// How much a pixel must differ from the average of the last frames, 0 to 255 levels of grey. Default: 5.
    pub delta_threshold: u8,
    /// How large one moving spot must be, in percent of the region. Default: 3.
    pub min_area: Percent,
    /// How many frames in a row must move before the state is moving. Default: 3.
    #[schemars(range(min = 1, max = 10000))]
    pub min_motion_frames: u32,
    /// How many frames must be still before the state is still. Default: 3.
    #[schemars(range(min = 1, max = 10000))]
    pub min_still_frames: u32,
    /// How strongly the picture is blurred first: the side of the square that is averaged, an odd number of
    /// pixels, 1 to 255. Default: 15.
    #[schemars(range(min = 1, max = 255), extend("format" = "picket-odd", "not" = {"multipleOf": 2}))]
    pub blur_kernel_size: u32,
}

/// How motion is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum MotionMethod {
    /// As imagenode finds it, frame for frame.
    #[default]
    Imagenode,
}

/// Tells lighted from dark.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LightConfig {
    /// What it is called, different from the camera's other detectors. Default: light.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "picket-name"))]
    pub name: Option<String>,
    /// The part of the picture it looks at: two corners, each `[x, y]` in percent of the picture as seen.
    /// Default: all of it.
    pub roi: Roi,
    /// Draws the region on what is sent. Default: false.
    pub draw_roi: bool,
    /// Which frames it makes the node send; light may stay for hours, and while it does nothing is sent unless this
    /// says so. Default: `{before: 5, during: none, after: 5}`.
    pub send: EventSend,
    /// When its events keep frames, and which further cameras keep theirs then, such as
    /// `{min_duration: 1s, cool_down: 1m, cameras: [Yard]}`. Default: at once and always, and no other camera.
    pub trigger: DetectorTrigger,
    /// The mean grey, 0 to 255, above which the region is lighted. Default: 100.
    pub threshold: u8,
    /// How many frames in a row must agree. Default: 5.
    #[schemars(range(min = 1, max = 10000))]
    pub min_frames: u32,
}

impl Default for MotionConfig {
    fn default() -> Self {
        MotionConfig {
            name: None,
            method: MotionMethod::Imagenode,
            roi: Roi::default(),
            draw_roi: false,
            send: EventSend::default(),
            trigger: DetectorTrigger::default(),
            delta_threshold: 5,
            min_area: Percent(3.0),
            min_motion_frames: 3,
            min_still_frames: 3,
            blur_kernel_size: 15,
        }
    }
}

impl Default for LightConfig {
    fn default() -> Self {
        LightConfig {
            name: None,
            roi: Roi::default(),
            draw_roi: false,
            send: EventSend::at_changes(),
            trigger: DetectorTrigger::default(),
            threshold: 100,
            min_frames: 5,
        }
    }
}

/// The check of a blur's size.
pub(super) const ODD: Format = Format::rule("picket-odd", |text| match text.parse::<u32>() {
    Ok(size) if size % 2 == 1 && size <= 255 => Ok(()),
    Ok(size) if (2..255).contains(&size) => Err(format!("{size} is even; write {} or {}", size - 1, size + 1)),
    _ => Err(format!("`{text}` is not an odd number from 1 to 255; write a number such as 15")),
});
