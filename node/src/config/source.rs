//! Where a camera's frames come from.

pub(super) mod address;
mod http;
pub(super) mod imagezmq_sub;
mod picamera;
pub(super) mod tcp;
pub(super) mod v4l2;

use std::path::PathBuf;

use picket_common::config::Format;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub(super) use self::http::HTTP;
pub use self::http::HttpConfig;
pub use self::imagezmq_sub::ImagezmqSubConfig;
pub use self::picamera::{
    Autofocus, AutofocusMode, AutofocusRange, AutofocusSpeed, Awb, CameraFormat, Denoise, ExposureMode, Hdr, Metering,
    PicameraConfig, SensorMode, SensorRotation,
};
pub use self::tcp::{TcpPickleConfig, TcpRawConfig};
pub use self::v4l2::{ControlValue, V4l2Config, V4l2Format, V4l2Range};
use super::{Framerate, Resolution};

/// Where a camera's frames come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
#[schemars(extend("x-instead" = {
    "webcam": "v4l2", "usb": "v4l2", "rpicam": "picamera", "libcamera": "picamera", "csi": "picamera",
    "phone": "http", "mjpeg": "http", "ip": "rtsp", "video": "file", "folder": "images",
    "imagezmq": "imagezmq-sub",
    "pickle": "tcp-pickle", "socket": "tcp-pickle", "tcp": "tcp-raw", "raw": "tcp-raw"
}))]
pub enum SourceConfig {
    /// A generated scene in which something walks through now and then.
    Pattern {
        /// Width and height in pixels. Default: 640x360.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resolution: Option<Resolution>,
        /// Frames a second. Default: 10.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        framerate: Option<Framerate>,
        /// Which of the scenes: the same number gives the same frames. Default: 0.
        #[serde(default)]
        seed: u64,
    },
    /// The JPEG files of a folder, sorted by name.
    Images {
        /// The folder.
        path: PathBuf,
        /// Frames a second. Default: 10.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        framerate: Option<Framerate>,
        /// Begins again at the end. Default: false.
        #[serde(default)]
        r#loop: bool,
        /// How fast the frames come. Default: own.
        #[serde(default)]
        pace: Pace,
    },
    /// Any video, through ffmpeg.
    File {
        /// The video.
        path: PathBuf,
        /// Scales the picture to this, in pixels. Default: the video's own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resolution: Option<Resolution>,
        /// Frames a second. Default: the video's own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        framerate: Option<Framerate>,
        /// Begins again at the end. Default: false.
        #[serde(default)]
        r#loop: bool,
        /// How fast the frames come. Default: own.
        #[serde(default)]
        pace: Pace,
    },
    /// A network camera, through ffmpeg.
    Rtsp {
        /// The camera's address, `rtsp://host/path`, without user and password.
        #[schemars(extend("format" = "picket-rtsp", "pattern" = "^rtsps?://[^@]+$"))]
        url: String,
        /// Who logs in at the camera. Default: nobody.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        user: Option<String>,
        /// A file with the password and nothing else; it is never logged. Default: none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        password_file: Option<PathBuf>,
        /// Scales the picture to this, in pixels. Default: the camera's own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resolution: Option<Resolution>,
        /// Frames a second. Default: the camera's own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        framerate: Option<Framerate>,
    },
    /// Any program that writes raw full-range YUV 4:2:0 to its standard output.
    Command {
        /// The program and its arguments.
        #[schemars(length(min = 1), extend("examples" = [["rpicam-vid", "-o", "-"]]))]
        program: Vec<String>,
        /// Width and height of what it writes, in pixels.
        resolution: Resolution,
        /// Frames a second that it writes.
        framerate: Framerate,
    },
    /// A Raspberry Pi's own camera, through `rpicam-vid`.
    Picamera(Box<PicameraConfig>),
    /// A webcam.
    V4l2(V4l2Config),
    /// A camera that gives JPEG pictures over HTTP, such as a phone.
    Http(HttpConfig),
    /// Programs that publish pictures as imagezmq does, with `ImageSender(REQ_REP=False)`.
    #[serde(rename = "imagezmq-sub")]
    ImagezmqSub(ImagezmqSubConfig),
    /// A program that sends pickled numpy arrays over TCP, as tutorials teach it.
    #[serde(rename = "tcp-pickle")]
    TcpPickle(TcpPickleConfig),
    /// A program that sends bare pixels over TCP, as tutorials teach it.
    #[serde(rename = "tcp-raw")]
    TcpRaw(TcpRawConfig),
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

impl SourceConfig {
    /// The pattern's size where none is given.
    pub const PATTERN_RESOLUTION: Resolution = Resolution { width: 640, height: 360 };
    /// How many frames a second pattern and images give where nothing is said.
    pub const FRAMERATE: Framerate = Framerate(10.0);

    /// The frames a second that are asked for, where any are.
    pub fn framerate(&self) -> Option<Framerate> {
        match self {
            SourceConfig::Pattern { framerate, .. }
            | SourceConfig::Images { framerate, .. }
            | SourceConfig::File { framerate, .. }
            | SourceConfig::Rtsp { framerate, .. } => *framerate,
            SourceConfig::Command { framerate, .. } => Some(*framerate),
            SourceConfig::Picamera(picamera) => picamera.framerate,
            SourceConfig::V4l2(webcam) => webcam.framerate,
            SourceConfig::Http(http) => http.framerate,
            SourceConfig::ImagezmqSub(config) => config.framerate,
            SourceConfig::TcpPickle(tcp) => tcp.framerate,
            SourceConfig::TcpRaw(tcp) => tcp.framerate,
        }
    }
}

/// The check of an address. Its messages never repeat it: it may hold a password.
pub(super) const RTSP: Format = Format::rule("picket-rtsp", |url| {
    let example = "rtsp://host/path";
    match url.split_once("://").map(|(scheme, _)| scheme) {
        Some("rtsp" | "rtsps") => address::check(url, example),
        Some("http") => Err("this is an address for `kind: http`".to_owned()),
        _ => Err(format!("this is not a network camera's address; write {example}")),
    }
});
