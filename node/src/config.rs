//! The node's configuration, as people write it. Knows no library of cameras, pins or sockets.

use std::path::PathBuf;

use picket_common::config::{Duration, Percent, Size};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The whole file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NodeConfig {
    pub node: NodeSection,
    pub hub: HubSection,
    pub spool: SpoolSection,
    pub cameras: Vec<CameraConfig>,
}

/// Who this node is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NodeSection {
    /// default: the hostname
    pub name: Option<String>,
    /// default 10s
    pub heartbeat: Duration,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HubSection {
    /// default tcp://127.0.0.1:5555
    pub connect: String,
    pub protocol: Protocol,
    /// how long an answer may take before the connection is made anew; default 10s
    pub timeout: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    #[default]
    Picket,
    Imagezmq,
}

/// What is not yet acknowledged by the hub.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SpoolSection {
    /// default 64MiB
    pub max_size: Size,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CameraConfig {
    pub view: Option<String>,
    pub source: SourceConfig,
    #[serde(default)]
    pub rotate: Rotation,
    pub flip: Option<Flip>,
    pub resize: Option<Resize>,
    /// 1 to 100, default 90
    #[serde(default = "default_quality")]
    pub jpeg_quality: u8,
    /// draws the capture time on what is sent
    #[serde(default)]
    pub draw_time: bool,
    #[serde(default)]
    pub detectors: Vec<DetectorConfig>,
    /// what is sent with no regard to detectors: `continuous`, `every: 10m`, or none (the default)
    #[serde(default)]
    pub send: CameraSend,
}

fn default_quality() -> u8 {
    90
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(into = "u16", try_from = "u16")]
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

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Flip {
    Horizontal,
    Vertical,
}

/// `640x360` or `50%`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum Resize {
    To(Resolution),
    By(Percent),
}

/// `1280x720`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Resolution {
    pub width: u32,
    pub height: u32,
}

/// Frames a second, more than 0 and at most 240.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Framerate(pub f64);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum SourceConfig {
    /// A generated scene in which something walks through now and then.
    Pattern {
        resolution: Option<Resolution>,
        framerate: Option<Framerate>,
        #[serde(default)]
        seed: u64,
    },
    /// The JPEG files of a folder, sorted by name.
    Images {
        path: PathBuf,
        framerate: Option<Framerate>,
        #[serde(default)]
        r#loop: bool,
        #[serde(default)]
        pace: Pace,
    },
    /// Any video, through ffmpeg.
    File {
        path: PathBuf,
        resolution: Option<Resolution>,
        framerate: Option<Framerate>,
        #[serde(default)]
        r#loop: bool,
        #[serde(default)]
        pace: Pace,
    },
    /// A network camera, through ffmpeg.
    Rtsp {
        url: String,
        user: Option<String>,
        password_file: Option<PathBuf>,
        resolution: Option<Resolution>,
        framerate: Option<Framerate>,
    },
    /// Any program that writes raw full-range YUV 4:2:0 to its standard output.
    Command { program: Vec<String>, resolution: Resolution, framerate: Framerate },
}

/// How fast recorded frames come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Pace {
    /// As they were recorded.
    #[default]
    Own,
    /// As fast as they can be handled.
    Fast,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum DetectorConfig {
    Motion(MotionConfig),
    Light(LightConfig),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MotionConfig {
    pub name: Option<String>,
    pub method: MotionMethod,
    pub roi: Roi,
    pub draw_roi: bool,
    pub send: EventSend,
    /// 5
    pub delta_threshold: u8,
    /// 3 percent of the region
    pub min_area: Percent,
    /// 3
    pub min_motion_frames: u32,
    /// 3
    pub min_still_frames: u32,
    /// 15, odd
    pub blur_kernel_size: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum MotionMethod {
    #[default]
    Imagenode,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LightConfig {
    pub name: Option<String>,
    pub roi: Roi,
    pub draw_roi: bool,
    pub send: EventSend,
    /// 100
    pub threshold: u8,
    /// 5
    pub min_frames: u32,
}

/// Two corners, in percent of the picture as seen: `[[0, 40], [100, 100]]`. (More points, a polygon, come later.)
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Roi(pub [[Percent; 2]; 2]);

/// What a detector makes the node send: `{before: 5, during: 2/s, after: 5}` (also the default), `none`,
/// `continuous`, or `{every: 10m}`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum EventSend {
    None,
    Continuous,
    Every(Duration),
    Frames { before: Amount, during: Rate, after: Amount },
}

#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub enum CameraSend {
    #[default]
    None,
    Continuous,
    Every(Duration),
}

/// A plain number is frames, `5s` is time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum Amount {
    Frames(u32),
    Time(Duration),
}

/// `2/s`, `all` or `none`; also `10/m`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum Rate {
    All,
    None,
    PerSecond(f64),
}

const fn seconds(n: u64) -> Duration {
    Duration(std::time::Duration::from_secs(n))
}

impl Default for NodeConfig {
    fn default() -> Self {
        NodeConfig {
            node: NodeSection::default(),
            hub: HubSection::default(),
            spool: SpoolSection::default(),
            cameras: vec![],
        }
    }
}

impl Default for NodeSection {
    fn default() -> Self {
        NodeSection { name: None, heartbeat: seconds(10) }
    }
}

impl Default for HubSection {
    fn default() -> Self {
        HubSection { connect: "tcp://127.0.0.1:5555".into(), protocol: Protocol::Picket, timeout: seconds(10) }
    }
}

impl Default for SpoolSection {
    fn default() -> Self {
        SpoolSection { max_size: Size(64 << 20) }
    }
}

impl Default for MotionConfig {
    fn default() -> Self {
        MotionConfig {
            name: None,
            method: MotionMethod::Imagenode,
            roi: Roi::default(),
            draw_roi: false,
            send: EventSend::default(),
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
            send: EventSend::default(),
            threshold: 100,
            min_frames: 5,
        }
    }
}

impl Default for Roi {
    fn default() -> Self {
        Roi([[Percent(0.0), Percent(0.0)], [Percent(100.0), Percent(100.0)]])
    }
}

impl Default for EventSend {
    fn default() -> Self {
        EventSend::Frames { before: Amount::Frames(5), during: Rate::PerSecond(2.0), after: Amount::Frames(5) }
    }
}
