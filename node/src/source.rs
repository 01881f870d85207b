//! The trait every source has, and the one place where they are built. Sources give frames; they know no
//! detector, no spool and no network but their camera's.
//!
//! A new kind of camera is a file in `source/`, a variant of `SourceConfig`, and an arm in [`build`].

mod ffmpeg;
mod http;
mod images;
mod imagezmq_sub;
mod layout;
mod login;
mod markers;
mod mend;
mod mjpeg;
mod pattern;
mod picamera;
pub(crate) mod pickle;
mod pixels;
mod supervised;
mod tcp;
mod timing;
mod v4l2;
mod video;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use picket_common::shutdown::Shutdown;
use picket_common::time::Clock;

pub use self::pattern::Pattern;
pub use self::picamera::Exposure;
pub use self::supervised::{Next, Open, Supervised};
use self::tcp::{Pickled, Raw, Tcp, Way};
use self::timing::Timing;
pub use self::v4l2::Webcams;
use self::video::{Limits, Live, Recorded};
use crate::child;
use crate::config::{Framerate, Pace, Resolution, SourceConfig, TcpPickleConfig, TcpRawConfig};
use crate::frame::Frame;
use crate::link::{Gap, Line};

/// Frames a second where nobody says otherwise.
const FRAMERATE: f64 = 10.0;

/// How long a camera may take to be opened, or to give a frame, however fast its frames are; and so many of its frames
/// may beside that be waited for: those that a slow camera has not given yet, before and while it is opened.
const LONGEST_TURN: Duration = Duration::from_secs(120);
const MOST_MISSED: f64 = 20.0;

/// Gives one frame after the other.
pub trait Source: Send {
    /// The next frame, waited for. It returns at the latest after a time-out (10 s; 30 s for the first
    /// frame; a slow camera's frames more), and within a tenth of a second once a shutdown is requested, with [`SourceError::Ended`].
    /// After an error the source is of no more use and should be dropped.
    fn next(&mut self) -> Result<Frame, SourceError>;

    /// How the camera exposed one of its last frames, where it tells.
    fn exposure(&self) -> Option<Exposure> {
        None
    }

    /// How many frames were lost on their way since it was opened: damaged, cut short, or said to be missing.
    fn missed(&self) -> u64 {
        0
    }
}

/// Why there is no next frame.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// The camera failed or stalled; opening it anew may help. Says in words what happened.
    #[error("{0}")]
    Lost(String),
    /// The other side, which comes by itself, is not there or has gone, in words: it need not be spared by longer and
    /// longer pauses, only waited for.
    #[error("{0}")]
    Away(String),
    /// There are no more, or a shutdown was requested.
    #[error("there are no more frames")]
    Ended,
}

/// What outlives the failures of a source that is opened again and again.
#[derive(Default)]
pub struct Kept {
    porch: tcp::Porch,
    line: Line,
}

impl Kept {
    /// With the line on which a connection that goes both ways is lent to an output.
    pub fn new(line: Line) -> Kept {
        Kept { porch: None, line }
    }
}

/// Opens a source for once, see [`build_again`].
pub fn build(
    config: &SourceConfig,
    clock: &Arc<dyn Clock>,
    shutdown: &Shutdown,
) -> Result<Box<dyn Source>, SourceError> {
    build_again(config, &mut Kept::default(), clock, shutdown)
}

/// Opens a source. What fails here may succeed later, as a camera that is switched off may; what was kept from the last
/// time is taken up again.
pub fn build_again(
    config: &SourceConfig,
    kept: &mut Kept,
    clock: &Arc<dyn Clock>,
    shutdown: &Shutdown,
) -> Result<Box<dyn Source>, SourceError> {
    let timing = |pace, framerate: Option<Framerate>| {
        Timing::new(pace, framerate.map_or(FRAMERATE, |rate| rate.0), clock, shutdown)
    };
    Ok(match config {
        SourceConfig::Pattern { resolution, framerate, seed } => {
            Box::new(Pattern::new(*resolution, *seed, timing(Pace::Own, *framerate)?)?)
        }
        SourceConfig::Images { path, framerate, r#loop, pace } => {
            Box::new(images::Images::open(path, *r#loop, timing(*pace, *framerate)?)?)
        }
        SourceConfig::File { path, resolution, framerate, r#loop, pace } => {
            let program = ffmpeg::file(path, *resolution, *framerate)?;
            let (limits, timing) = (Limits::patient(*framerate), |rate| timing(*pace, Some(Framerate(rate))));
            Box::new(Recorded::open(program, limits, *r#loop, timing, shutdown)?)
        }
        SourceConfig::Rtsp { url, user, password_file, resolution, framerate } => {
            let login = login::Login::read(user.as_deref(), password_file.as_deref())?;
            let program = ffmpeg::rtsp(url, login.as_ref(), *resolution, *framerate)?;
            Box::new(Live::framed(&program, Limits::patient(*framerate), clock, shutdown)?)
        }
        SourceConfig::Command { program, resolution, framerate } => {
            Box::new(Live::raw(program, *resolution, Limits::patient(Some(*framerate)), clock, shutdown)?)
        }
        SourceConfig::Http(config) => Box::new(http::Http::open(config, clock, shutdown)?),
        SourceConfig::ImagezmqSub(config) => Box::new(imagezmq_sub::Subscription::open(config, clock, shutdown)?),
        SourceConfig::Picamera(config) => Box::new(picamera::Picamera::open(config, clock, shutdown)?),
        SourceConfig::V4l2(webcam) => Box::new(v4l2::Webcam::open(webcam, clock, shutdown)?),
        SourceConfig::TcpPickle(TcpPickleConfig { connect, listen, framerate }) => {
            let limits = Limits::patient(*framerate);
            let way = Way {
                connect: connect.as_deref(),
                listen: listen.as_deref(),
                greeting: b"",
                framerate: *framerate,
                limits,
            };
            Box::new(Tcp::open(&way, Pickled::default(), kept, clock, shutdown)?)
        }
        SourceConfig::TcpRaw(TcpRawConfig { connect, listen, size, greeting, farewell, framerate }) => {
            let limits = Limits::patient(*framerate);
            let way = Way {
                connect: connect.as_deref(),
                listen: listen.as_deref(),
                greeting: greeting.as_deref().unwrap_or_default().as_bytes(),
                framerate: *framerate,
                limits,
            };
            Box::new(Tcp::open(&way, Raw::new(*size, greeting.as_deref(), farewell), kept, clock, shutdown)?)
        }
    })
}

/// How long one turn of [`Supervised::next`] may take before the camera's thread counts as hanging. One frame every few
/// minutes is slow, and no hang.
pub fn longest_turn(config: &SourceConfig) -> Duration {
    let rate = config.framerate().map_or(FRAMERATE, |rate| rate.0);
    LONGEST_TURN.saturating_add(Duration::try_from_secs_f64(MOST_MISSED / rate).unwrap_or(Duration::MAX))
}

/// Opens recorded footage for a replay: a folder of JPEG files or a video, once, as fast as it can be
/// read, in its own time: the first frame is at the Unix epoch, and they are `1 / framerate` apart (a
/// folder's default: 10 a second; a video's: its own rate). A folder's pictures keep their size.
pub fn open_input(
    path: &Path,
    resolution: Option<Resolution>,
    framerate: Option<Framerate>,
    shutdown: &Shutdown,
) -> Result<Box<dyn Source>, SourceError> {
    if path.is_dir() {
        let timing = Timing::footage(framerate.map_or(FRAMERATE, |rate| rate.0), shutdown)?;
        return Ok(Box::new(images::Images::open(path, false, timing)?));
    }
    let program = ffmpeg::file(path, resolution, framerate)?;
    let limits = Limits::patient(framerate);
    Ok(Box::new(Recorded::open(program, limits, false, |rate| Timing::footage(rate, shutdown), shutdown)?))
}

impl Gap {
    /// As a source's error; a stall as `silence`, and how long it was.
    fn told(self, silence: &str, patience: Duration) -> SourceError {
        match self {
            Gap::Stall => {
                let seconds = (patience.as_secs_f64() * 10.0).round() / 10.0;
                SourceError::Lost(format!("{silence} ({seconds} s)"))
            }
            Gap::Stop => SourceError::Ended,
            Gap::Broken(words) => SourceError::Lost(words),
        }
    }
}

/// The sides as YUV 4:2:0 needs them, or why they cannot be used.
fn check_even(resolution: Resolution) -> Result<(u32, u32), SourceError> {
    let Resolution { width, height } = resolution;
    let side = 16..=8192;
    if width.is_multiple_of(2) && height.is_multiple_of(2) && side.contains(&width) && side.contains(&height) {
        return Ok((width, height));
    }
    Err(SourceError::Lost(format!(
        "resolution {width}x{height}: both sides must be even, and 16 to 8192 pixels; try {}x{}",
        (width / 2 * 2).clamp(16, 8192),
        (height / 2 * 2).clamp(16, 8192),
    )))
}

#[cfg(test)]
mod tests;
