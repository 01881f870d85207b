//! A webcam: any camera that the kernel shows as a Video4Linux device.

use std::collections::BTreeMap;
use std::fmt;

use picket_common::config::{Complaints, Format};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::{Framerate, Resolution};

/// A webcam.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(extend("x-instead" = {"fps": "framerate", "size": "resolution", "path": "device"}))]
pub struct V4l2Config {
    /// Which camera: its device file, best one that stays the same (`/dev/v4l/by-id/...` goes with the camera,
    /// `/dev/v4l/by-path/...` with the socket), or a part of its name that no other camera here has, such as `C920`.
    /// `picket-node cameras` lists them. Default: /dev/video0.
    #[schemars(extend("format" = "picket-video-device"))]
    pub device: String,
    /// Width and height in pixels, one that the camera has. Default: 1280x720, or what the camera has nearest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolution: Option<Resolution>,
    /// Frames a second; of a camera that only gives more, some are left out. Default: 10.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub framerate: Option<Framerate>,
    /// The form in which the camera hands over its pictures. Default: auto.
    pub format: V4l2Format,
    /// What values of brightness raw pictures use. Default: auto.
    pub range: V4l2Range,
    /// The camera's own controls by name, as `picket-node cameras` or `v4l2-ctl -L` prints them: a number, `true` or
    /// `false`, or a menu's item by number or by name. They are set each time the camera is opened. Default: as the
    /// camera has them.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("examples" = [{"power_line_frequency": "50 Hz", "brightness": 128}]))]
    pub controls: BTreeMap<String, ControlValue>,
}

impl Default for V4l2Config {
    fn default() -> V4l2Config {
        V4l2Config {
            device: "/dev/video0".to_owned(),
            resolution: None,
            framerate: None,
            format: V4l2Format::Auto,
            range: V4l2Range::Auto,
            controls: BTreeMap::new(),
        }
    }
}

/// The form in which a camera hands over its pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum V4l2Format {
    /// The first of these that the camera has in the resolution.
    #[default]
    Auto,
    /// JPEG files, stored as they come.
    Mjpeg,
    /// Raw, 16 bits a pixel.
    Yuyv,
    /// The same in another order.
    Uyvy,
    /// Raw, 12 bits a pixel.
    Nv12,
    /// The same in another order.
    Yu12,
    /// The same in another order.
    Yv12,
    /// Raw, 8 bits a pixel, without colour: many infrared cameras.
    Grey,
}

/// What values of brightness and colour raw pictures use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum V4l2Range {
    /// As the driver says; where it says nothing (as for nearly all webcams), limited.
    #[default]
    Auto,
    /// Black is 16 and white 235: for a camera whose pictures look pale.
    Limited,
    /// Black is 0 and white 255: for a camera whose pictures look harsh.
    Full,
}

/// What a control is set to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
pub enum ControlValue {
    /// On or off.
    Switch(bool),
    /// A value, or a menu's item by number.
    Number(i64),
    /// A menu's item by name.
    Word(String),
}

impl fmt::Display for ControlValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ControlValue::Switch(on) => on.fmt(f),
            ControlValue::Number(number) => number.fmt(f),
            ControlValue::Word(word) => word.fmt(f),
        }
    }
}

/// The check of a device.
pub(in crate::config) const DEVICE: Format = Format::rule("picket-video-device", |device| {
    if device.trim().is_empty() || device.contains('\0') {
        return Err("no camera is named here; write its device file, such as /dev/video0".to_owned());
    }
    if device.chars().all(|c| c.is_ascii_digit()) {
        return Err(format!("a number alone names no camera; write /dev/video{device}"));
    }
    let missing = |word: &str| device.starts_with(word) && device[word.len()..].chars().all(|c| c.is_ascii_digit());
    if missing("video") {
        return Err(format!("`{device}` lacks its folder; write /dev/{device}"));
    }
    if device.starts_with("dev/") || device.starts_with("v4l/") {
        return Err(format!("`{device}` does not begin at the root; write /dev/{}", device.trim_start_matches("dev/")));
    }
    Ok(())
});

/// Two names of one control are a mistake that the file alone shows.
pub(in crate::config) fn validate(config: &V4l2Config, path: &str, complaints: &mut Complaints<'_>) {
    for (index, name) in config.controls.keys().enumerate() {
        let twin = config.controls.keys().take(index).find(|other| plain_name(other) == plain_name(name));
        if let Some(twin) = twin {
            let message = format!("`{twin}` and `{name}` are the same control; keep one of them");
            complaints.add(format!("{path}.controls.{name}"), message);
        }
        if plain_name(name).is_empty() {
            let message = "this is no control's name; `picket-node cameras` lists those that a camera has";
            complaints.add(format!("{path}.controls.{name}"), message);
        }
    }
}

/// A name in lower case, with one underscore for all that is neither letter nor digit, as `v4l2-ctl` prints the
/// titles of the drivers: `Exposure, Auto` is `exposure_auto`.
pub(crate) fn plain_name(title: &str) -> String {
    let letters: String =
        title.chars().map(|c| if c.is_alphanumeric() { c.to_ascii_lowercase() } else { ' ' }).collect();
    letters.split_whitespace().collect::<Vec<_>>().join("_")
}
