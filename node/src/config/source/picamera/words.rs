//! The words that a Pi camera's keys take: those of `rpicam-vid`, which the names in the file are.

use std::fmt;
use std::str::FromStr;

use picket_common::config::{Complaints, Scalar};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::{Roi, rules};

picket_common::scalar!(SensorMode);

/// An enum of plain words, each as it stands in the file and on the program's command line.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $word)] $variant,)*
        }

        impl $name {
            /// As it is written.
            pub fn word(self) -> &'static str {
                match self {
                    $($name::$variant => $word,)*
                }
            }
        }
    };
}

words! {
    /// In which form a Pi camera's frames come.
    CameraFormat {
        /// As pixels: what detectors need, with nothing to decode.
        Yuv420 = "yuv420",
        /// As JPEG, made by the board: less to read, and sent as they are.
        Mjpeg = "mjpeg",
    }
}

words! {
    /// How the light is shared between exposure time and gain.
    ExposureMode {
        /// As suits most scenes.
        Normal = "normal",
        /// Short times, for what moves fast.
        Sport = "sport",
        /// Long times, for what stands still in the dark.
        Long = "long",
    }
}

words! {
    /// Which part of the picture the automatic exposure goes by.
    Metering {
        /// All of it, the middle most.
        Centre = "centre",
        /// The middle alone.
        Spot = "spot",
        /// All of it alike.
        Average = "average",
        /// As the tuning file says.
        Custom = "custom",
    }
}

words! {
    /// For which light white is white.
    Awb {
        /// Whatever there is.
        Auto = "auto",
        /// Light bulbs.
        Incandescent = "incandescent",
        /// Halogen.
        Tungsten = "tungsten",
        /// Tubes.
        Fluorescent = "fluorescent",
        /// Lamps of any kind.
        Indoor = "indoor",
        /// Sun.
        Daylight = "daylight",
        /// Clouds.
        Cloudy = "cloudy",
        /// As the tuning file says.
        Custom = "custom",
    }
}

words! {
    /// How noise is taken out.
    Denoise {
        /// As suits video.
        Auto = "auto",
        /// Not at all.
        Off = "off",
        /// From the brightness, not from the colours.
        CdnOff = "cdn_off",
        /// From the colours too, fast.
        CdnFast = "cdn_fast",
        /// From the colours too, well and slowly: fewer frames a second.
        CdnHq = "cdn_hq",
    }
}

words! {
    /// High dynamic range.
    Hdr {
        /// None.
        Off = "off",
        /// Whatever there is.
        Auto = "auto",
        /// The sensor's own (Camera Module 3).
        Sensor = "sensor",
        /// From one exposure, on a Pi 5.
        SingleExp = "single-exp",
    }
}

words! {
    /// When the lens moves.
    AutofocusMode {
        /// Never by itself.
        Manual = "manual",
        /// Once, at the start.
        Auto = "auto",
        /// Whenever the picture asks for it.
        Continuous = "continuous",
    }
}

words! {
    /// How far or near the focus is looked for.
    AutofocusRange {
        /// From arm's length to infinity.
        Normal = "normal",
        /// Near things alone.
        Macro = "macro",
        /// All of it.
        Full = "full",
    }
}

words! {
    /// How fast the lens moves.
    AutofocusSpeed {
        /// Steadily.
        Normal = "normal",
        /// As fast as it can.
        Fast = "fast",
    }
}

#[allow(clippy::derivable_impls, reason = "the attribute would have to go through the macro")]
impl Default for CameraFormat {
    fn default() -> Self {
        CameraFormat::Yuv420
    }
}

/// The focus of a camera that can move its lens.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Autofocus {
    /// When the lens moves. Default: continuous; manual with `lens_position`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<AutofocusMode>,
    /// How far or near the focus is looked for. Default: normal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub range: Option<AutofocusRange>,
    /// How fast the lens moves. Default: normal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub speed: Option<AutofocusSpeed>,
    /// The part of the sensor that is to be sharp: two corners, each `[x, y]` in percent. Default: the middle.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<Roi>,
    /// A fixed focus: one through the distance in metres, 0 (infinity) to 32. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 32))]
    pub lens_position: Option<f64>,
}

impl Autofocus {
    pub(super) fn validate(&self, path: &str, complaints: &mut Complaints<'_>) {
        if let (Some(mode @ (AutofocusMode::Auto | AutofocusMode::Continuous)), Some(_)) =
            (self.mode, self.lens_position)
        {
            let message = format!(
                "with `mode: {}` the lens is moved away from it; write `mode: manual`, or leave one of them out",
                mode.word()
            );
            complaints.add(format!("{path}.lens_position"), message);
        }
        if let Some(window) = &self.window {
            rules::corners_are_ordered(window, &format!("{path}.window"), complaints);
        }
    }
}

/// Half turns, which is all that a sensor can do, in degrees: 0 or 180.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(into = "u16", try_from = "u16")]
#[schemars(inline, extend("enum" = [0, 180]))]
pub enum SensorRotation {
    /// Not turned.
    #[default]
    None,
    /// Upside down.
    Half,
}

impl From<SensorRotation> for u16 {
    fn from(rotation: SensorRotation) -> u16 {
        match rotation {
            SensorRotation::None => 0,
            SensorRotation::Half => 180,
        }
    }
}

impl TryFrom<u16> for SensorRotation {
    type Error = String;

    fn try_from(degrees: u16) -> Result<SensorRotation, String> {
        match degrees {
            0 => Ok(SensorRotation::None),
            180 => Ok(SensorRotation::Half),
            _ => Err(format!("{degrees} is not one of 0, 180")),
        }
    }
}

/// `2304:1296:10:P`: one of the sensor's own modes: width, height, bits of a pixel, packed or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SensorMode(String);

impl Scalar for SensorMode {
    const FORMAT: &'static str = "picket-sensor-mode";
    const PATTERN: &'static str = "^[1-9][0-9]{1,4}:[1-9][0-9]{1,4}(:(8|10|12|14|16)(:[PU])?)?$";
    const EXAMPLES: &'static [&'static str] = &["1640:1232", "2304:1296:10:P"];
}

impl FromStr for SensorMode {
    type Err = String;

    fn from_str(text: &str) -> Result<SensorMode, String> {
        let side = |text: &str| text.len() <= 5 && text.parse::<u32>().is_ok_and(|side| side >= 10);
        let parts: Vec<&str> = text.split(':').collect();
        let (sides, rest) = parts.split_at(parts.len().min(2));
        let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
        if sides.len() < 2 || !sides.iter().all(|text| plain(text) && side(text)) {
            return Err(format!("`{text}` is not a sensor's mode; write width:height, such as 1640:1232"));
        }
        match rest {
            [] | ["8" | "10" | "12" | "14" | "16"] | ["8" | "10" | "12" | "14" | "16", "P" | "U"] => {
                Ok(SensorMode(text.to_owned()))
            }
            [_] => Err(format!("`{text}`: a pixel has 8, 10, 12, 14 or 16 bits; write {}:{}:10", sides[0], sides[1])),
            [bits, ..] => Err(format!(
                "`{text}`: behind the bits comes P (packed) or U (unpacked); write {}:{}:{bits}:P",
                sides[0], sides[1]
            )),
        }
    }
}

impl fmt::Display for SensorMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
