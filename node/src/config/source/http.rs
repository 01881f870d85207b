//! A camera that gives JPEG pictures over HTTP, such as a phone.

use std::path::PathBuf;

use picket_common::config::Format;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::address;
use crate::config::Framerate;

/// A camera that gives JPEG pictures over HTTP: a stream of them (MJPEG), or one at a time. The app IP Webcam
/// makes such a camera of a phone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-instead" = {"fps": "framerate", "password": "password_file"}))]
pub struct HttpConfig {
    /// The address of the stream or of a single picture, `http://host:port/path`, without user and password.
    #[schemars(extend("format" = "picket-http", "pattern" = "^http://[^@]+$", "examples" = ["http://phone:8080/video"]))]
    pub url: String,
    /// Who logs in at the camera. Default: nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// A file with the password and nothing else; it is never logged. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_file: Option<PathBuf>,
    /// Frames a second at most: of a stream, those above it are dropped; for a single picture, the camera is asked
    /// so often. Default: all of a stream; a single picture once a second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub framerate: Option<Framerate>,
}

impl HttpConfig {
    /// How many times a second a camera is asked that gives single pictures, where nothing is said.
    pub const SINGLE_PICTURES: Framerate = Framerate(1.0);
}

/// The check of an address. Its messages never repeat it: it may hold a password.
pub(in crate::config) const HTTP: Format = Format::rule("picket-http", |url| {
    let example = "http://host:port/path";
    match url.split_once("://").map(|(scheme, _)| scheme) {
        Some("http") => address::check(url, example),
        Some("https") => {
            Err("https:// is not spoken here; write http:// if the camera offers that too, or read it with \
                              `kind: command` and ffmpeg, which speaks it"
                .to_owned())
        }
        Some("rtsp" | "rtsps") => Err("this is an address for `kind: rtsp`".to_owned()),
        _ => Err(format!("this is not the address of a camera's pictures; write {example}")),
    }
});
