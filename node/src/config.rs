//! The node's configuration, as people write it. Knows no library of cameras, pins or sockets.

mod addresses;
mod detector;
mod gpio;
mod hub;
mod lamp;
mod output;
mod picture;
mod resolve;
mod rules;
mod send;
mod sensor;
mod source;
mod spool;
mod trigger;

use picket_common::config::Duration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::addresses::Addresses;
pub use self::detector::{DetectorConfig, LightConfig, MotionConfig, MotionMethod};
pub use self::hub::{HubSection, Protocol, SendType};
pub use self::lamp::{DuskConfig, LampConfig, Occasion, Span, Switch, When, Whens};
pub use self::output::{OutputConfig, PickleOutput, RawOutput};
pub use self::picture::{Flip, FrameSize, Framerate, Resize, Resolution, Roi, Rotation};
pub use self::send::{Amount, CameraSend, EventSend, Frames, Rate};
pub use self::sensor::{
    Channel, ClockConfig, CommandSensorConfig, DhtConfig, Ds18b20Config, FileSensorConfig, IioConfig, InputConfig,
    PullConfig, Quantity, SensorConfig, Temperature, TimeOfDay,
};
pub(crate) use self::source::v4l2::plain_name;
pub use self::source::{
    Autofocus, AutofocusMode, AutofocusRange, AutofocusSpeed, Awb, CameraFormat, Denoise, ExposureMode, Hdr, Metering,
    SensorMode, SensorRotation,
};
pub use self::source::{
    ControlValue, HttpConfig, ImagezmqSubConfig, Pace, PicameraConfig, SourceConfig, TcpPickleConfig, TcpRawConfig,
    V4l2Config, V4l2Format, V4l2Range,
};
pub use self::spool::{Durability, SpoolSection};
pub use self::trigger::{DetectorTrigger, TriggerConfig};

/// A Picket node: who it is, where its hub is, and what it watches.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(extend("x-instead" = {"lamps": "lights"}))]
pub struct NodeConfig {
    /// Who this node is.
    pub node: NodeSection,
    /// Where its hub is.
    pub hub: HubSection,
    /// What is not yet acknowledged by the hub.
    pub spool: SpoolSection,
    /// What it watches: at least one camera, or sensors or lights alone. Default: nothing.
    pub cameras: Vec<CameraConfig>,
    /// What it feels besides. Default: nothing.
    pub sensors: Vec<SensorConfig>,
    /// Its lamps and illuminators. Default: none.
    pub lights: Vec<LampConfig>,
    /// Other programs that get a camera's frames too, over a connection of their own. Default: none.
    pub outputs: Vec<OutputConfig>,
}

/// Who this node is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NodeSection {
    /// The node's name, under which the hub stores its images: letters, digits, `-`, `_` and `.`, at most 64
    /// bytes. Default: the hostname.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "picket-name"))]
    pub name: Option<String>,
    /// How often the hub hears that the node is alive, at least 1s. Default: 10s.
    pub heartbeat: Duration,
    /// Where it stands, from which dusk and dawn follow. Default: not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}

/// A place on the earth, in degrees: `{latitude: 52.5, longitude: 13.4}`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// North of the equator, -90 to 90; south of it is negative.
    #[schemars(range(min = -90.0, max = 90.0))]
    pub latitude: f64,
    /// East of Greenwich, -180 to 180; west of it is negative.
    #[schemars(range(min = -180.0, max = 180.0))]
    pub longitude: f64,
}

/// One camera: where its frames come from, and what becomes of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-instead" = {
    "name": "view", "kind": "source: {kind: ...}", "resolution": "source: {resolution: ...}",
    "framerate": "source: {framerate: ...}", "fps": "source: {framerate: ...}"
}))]
pub struct CameraConfig {
    /// What the camera looks at, a name like the node's; needed when there are several cameras. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "picket-name"))]
    pub view: Option<String>,
    /// Where the frames come from.
    pub source: SourceConfig,
    /// Turns the picture clockwise, in degrees. Default: 0.
    #[serde(default)]
    pub rotate: Rotation,
    /// Mirrors the picture, after turning it. Default: not at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flip: Option<Flip>,
    /// Makes the picture as large as this, `640x360`, or `50%` of its size, before anything looks at it.
    /// Default: as it comes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resize: Option<Resize>,
    /// How good the JPEG frames are, 1 to 100. Default: 90.
    #[serde(default = "default_quality")]
    #[schemars(range(min = 1, max = 100))]
    pub jpeg_quality: u8,
    /// Draws the capture time on what is sent. Default: false.
    #[serde(default)]
    pub draw_time: bool,
    /// What looks at the frames and decides which matter. Default: none.
    #[serde(default)]
    pub detectors: Vec<DetectorConfig>,
    /// What is sent with no regard to detectors. Default: none.
    #[serde(default)]
    pub send: CameraSend,
}

fn default_quality() -> u8 {
    90
}

const fn seconds(n: u64) -> Duration {
    Duration(std::time::Duration::from_secs(n))
}

impl Default for NodeSection {
    fn default() -> Self {
        NodeSection { name: None, heartbeat: seconds(10), place: None }
    }
}
