//! A Raspberry Pi's own camera, through `rpicam-vid` (or `libcamera-vid`, its older name) as a child process: which
//! program that is, how long it may take, what it says of each frame. Knows no libcamera.
//!
//! The program lives on when its camera hangs, and writes nothing: then it is ended, and the source is lost.
//! Its options: <https://www.raspberrypi.com/documentation/computers/camera_software.html>.

mod arguments;
mod meaning;
mod metadata;
mod probe;

use std::env::{split_paths, var_os};
use std::ffi::{OsStr, OsString};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use picket_common::shutdown::Shutdown;
use picket_common::time::Clock;
use tracing::debug;

pub use self::metadata::Exposure;
use self::metadata::Metadata;
use super::child::Program;
use super::video::{Form, Limits, Live};
use super::{Source, SourceError};
use crate::config::{CameraFormat, Framerate, PicameraConfig, SourceConfig};
use crate::frame::Frame;

/// Its names, the newest first: since Bookworm, and before.
const NAMES: [&str; 2] = ["rpicam-vid", "libcamera-vid"];

/// What to do where it has none of them.
const MISSING: &str = "rpicam-vid is not installed: `sudo apt-get install rpicam-apps-lite` brings it on Raspberry Pi OS \
                       (Bookworm and newer; on older ones libcamera-apps does)";

/// How long the camera may take to start, beside its first frames.
const START: Duration = Duration::from_secs(10);

/// A camera is given up after so many frames that did not come, but not before this.
const MISSED: u32 = 5;
const SHORTEST: Duration = Duration::from_secs(2);

/// The camera's frames, as long as its program runs.
pub(super) struct Picamera {
    live: Live,
    /// None where the system gives none.
    metadata: Option<Metadata>,
}

impl Picamera {
    /// Starts the program; for a raw picture whose layout is not known yet, twice.
    pub(super) fn open(
        config: &PicameraConfig,
        clock: &Arc<dyn Clock>,
        shutdown: &Shutdown,
    ) -> Result<Picamera, SourceError> {
        let limits = limits(config.framerate.unwrap_or(SourceConfig::FRAMERATE));
        Picamera::open_in(var_os("PATH").as_deref(), config, limits, clock, shutdown)
    }

    /// The same, with the program looked for in the folders of `path`.
    fn open_in(
        path: Option<&OsStr>,
        config: &PicameraConfig,
        limits: Limits,
        clock: &Arc<dyn Clock>,
        shutdown: &Shutdown,
    ) -> Result<Picamera, SourceError> {
        let program = find(path).ok_or_else(|| SourceError::Lost(MISSING.into()))?;
        let form = match config.format {
            CameraFormat::Yuv420 => {
                let resolution = config.resolution.unwrap_or(PicameraConfig::RESOLUTION);
                Form::Raw(probe::layout(
                    &child(&program, arguments::probe(config)),
                    resolution,
                    limits.first,
                    shutdown,
                )?)
            }
            CameraFormat::Mjpeg => Form::Jpeg,
        };
        let metadata = Metadata::new().inspect_err(|error| debug!("no metadata: {error}")).ok();
        let arguments = arguments::stream(config, metadata.as_ref().map(Metadata::path));
        let live = Live::open(&child(&program, arguments), form, limits, clock, shutdown)?;
        Ok(Picamera { live, metadata })
    }
}

impl Source for Picamera {
    fn next(&mut self) -> Result<Frame, SourceError> {
        // Before the frame too: a program that cannot write its metadata writes no frames either.
        self.metadata.iter_mut().for_each(Metadata::listen);
        let frame = self.live.next();
        self.metadata.iter_mut().for_each(Metadata::listen);
        frame
    }

    fn exposure(&self) -> Option<Exposure> {
        self.metadata.as_ref()?.exposure()
    }
}

fn limits(Framerate(rate): Framerate) -> Limits {
    // A rate is 0.001 or more.
    let missed = Duration::try_from_secs_f64(f64::from(MISSED) / rate).unwrap_or(START);
    Limits { first: START + missed, next: missed.max(SHORTEST) }
}

fn child(program: &OsStr, arguments: Vec<OsString>) -> Program {
    Program {
        argv: std::iter::once(program.to_owned()).chain(arguments).collect(),
        // Its lines go to our log, where colours would be noise.
        env: vec![("LIBCAMERA_LOG_NO_COLOR", "1")],
        hint: MISSING,
        meaning: Some(meaning::of),
        ..Program::default()
    }
}

/// The program's path.
fn find(path: Option<&OsStr>) -> Option<OsString> {
    let folders: Vec<PathBuf> = split_paths(path?).collect();
    let mut files = NAMES.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    let runs = |file: &PathBuf| {
        std::fs::metadata(file).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
    };
    files.find(runs).map(PathBuf::into_os_string)
}

#[cfg(test)]
mod tests;
