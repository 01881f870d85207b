//! How a picture is turned and sized, and which part of it matters, in the words of the file.

use std::fmt;
use std::str::FromStr;

use picket_common::config::{Percent, Scalar};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

picket_common::scalar!(Resolution, FrameSize, Resize, Framerate);

/// Clockwise, in degrees: 0, 90, 180 or 270.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(into = "u16", try_from = "u16")]
#[schemars(inline, extend("enum" = [0, 90, 180, 270]))]
pub enum Rotation {
    #[default]
    None,
    Quarter,
    Half,
    ThreeQuarters,
}

impl From<Rotation> for u16 {
    fn from(r: Rotation) -> u16 {
        match r {
            Rotation::None => 0,
            Rotation::Quarter => 90,
            Rotation::Half => 180,
            Rotation::ThreeQuarters => 270,
        }
    }
}

impl TryFrom<u16> for Rotation {
    type Error = String;
    fn try_from(n: u16) -> Result<Rotation, String> {
        Ok(match n {
            0 => Rotation::None,
            90 => Rotation::Quarter,
            180 => Rotation::Half,
            270 => Rotation::ThreeQuarters,
            _ => return Err(format!("{n} is not one of 0, 90, 180, 270")),
        })
    }
}

/// How the picture is mirrored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Flip {
    /// Left becomes right.
    Horizontal,
    /// Top becomes bottom.
    Vertical,
}

/// `1280x720`: width and height in pixels, both even, as YUV 4:2:0 needs them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resolution {
    pub width: u32,
    pub height: u32,
}

impl Scalar for Resolution {
    const FORMAT: &'static str = "picket-resolution";
    const PATTERN: &'static str = "^[0-9]*[02468]x[0-9]*[02468]$";
    const EXAMPLES: &'static [&'static str] = &["640x360", "1280x720", "1920x1080"];
}

impl FromStr for Resolution {
    type Err = String;

    fn from_str(text: &str) -> Result<Resolution, String> {
        let (width, height) = sides(text)?;
        if width % 2 != 0 || height % 2 != 0 {
            let even = |side: u32| side - side % 2;
            return Err(format!("`{text}` has an odd side; write {}x{}", even(width), even(height)));
        }
        in_range(text, width, height)?;
        Ok(Resolution { width, height })
    }
}

/// Two numbers with an `x` between them.
fn sides(text: &str) -> Result<(u32, u32), String> {
    let plain = |side: &str| side.trim().parse::<u32>().ok();
    let sides = text.split_once(['x', 'X', '×']).and_then(|(width, height)| Some((plain(width)?, plain(height)?)));
    sides.ok_or_else(|| format!("`{text}` is not a resolution; write width x height in pixels, such as 1280x720"))
}

/// What every source takes.
fn in_range(text: &str, width: u32, height: u32) -> Result<(), String> {
    if (16..=8192).contains(&width) && (16..=8192).contains(&height) {
        return Ok(());
    }
    Err(format!("`{text}` is out of range; both sides are between 16 and 8192"))
}

impl fmt::Display for Resolution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.width, self.height)
    }
}

/// `641x479`: width and height in pixels of frames that somebody else makes, even or odd.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameSize {
    pub width: u32,
    pub height: u32,
}

impl Scalar for FrameSize {
    const FORMAT: &'static str = "picket-frame-size";
    const PATTERN: &'static str = "^[0-9]+x[0-9]+$";
    const EXAMPLES: &'static [&'static str] = &["640x480", "1280x720"];
}

impl FromStr for FrameSize {
    type Err = String;

    fn from_str(text: &str) -> Result<FrameSize, String> {
        let (width, height) = sides(text)?;
        in_range(text, width, height)?;
        Ok(FrameSize { width, height })
    }
}

impl fmt::Display for FrameSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.width, self.height)
    }
}

/// `640x360` or `50%`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Resize {
    To(Resolution),
    By(Percent),
}

impl Scalar for Resize {
    const FORMAT: &'static str = "picket-resize";
    const PATTERN: &'static str = r"^([0-9]*[02468]x[0-9]*[02468]|[0-9]+(\.[0-9]+)?%)$";
    const EXAMPLES: &'static [&'static str] = &["640x360", "50%"];
}

impl FromStr for Resize {
    type Err = String;

    fn from_str(text: &str) -> Result<Resize, String> {
        if text.contains(['x', 'X', '×']) {
            return text.parse().map(Resize::To);
        }
        if !text.ends_with('%') {
            let number = text.parse::<f64>().is_ok();
            let hint = if number { format!("{text}% or 640x360") } else { "640x360 or 50%".to_owned() };
            return Err(format!("`{text}` is not a size; write {hint}"));
        }
        match text.parse()? {
            // Less than this and nothing can be seen in any picture.
            Percent(share) if share < 1.0 => Err(format!("`{text}` is out of range; write 1% to 100%")),
            share => Ok(Resize::By(share)),
        }
    }
}

impl fmt::Display for Resize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Resize::To(resolution) => resolution.fmt(f),
            Resize::By(share) => write!(f, "{share}%"),
        }
    }
}

/// Frames a second, 0.001 to 240.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Framerate(pub f64);

impl Scalar for Framerate {
    const FORMAT: &'static str = "picket-framerate";
    const PATTERN: &'static str = r"^[0-9]+(\.[0-9]+)?$";
    const EXAMPLES: &'static [&'static str] = &["10", "0.5"];
    const NUMBERS: Option<(f64, f64)> = Some((0.001, 240.0));
}

impl FromStr for Framerate {
    type Err = String;

    fn from_str(text: &str) -> Result<Framerate, String> {
        match text.parse::<f64>() {
            Ok(rate) if (0.001..=240.0).contains(&rate) => Ok(Framerate(rate)),
            Ok(_) => Err(format!("`{text}` is out of range; write frames a second, 0.001 to 240")),
            Err(_) => Err(format!("`{text}` is not a number of frames a second; write a number such as 10 or 0.5")),
        }
    }
}

impl fmt::Display for Framerate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// The part of the picture that matters: its left upper and right lower corner, each `[x, y]` in percent of the
/// picture as seen.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline, extend("examples" = [[[0, 40], [100, 100]]]))]
pub struct Roi(pub [[Percent; 2]; 2]);

impl Default for Roi {
    fn default() -> Self {
        Roi([[Percent(0.0), Percent(0.0)], [Percent(100.0), Percent(100.0)]])
    }
}
