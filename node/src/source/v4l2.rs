//! A webcam: opened, asked for form, size and rate, set as the configuration wants, and then read. Knows the kernel's
//! interface only through `device` and `panel`.
//!
//! Controls are set before form and size are agreed on, as they may change what is agreed on (a turn, a range of
//! colours). The first pictures may be dark or stale while the camera finds its exposure: none is left out on a guess.

mod control;
mod device;
mod found;
mod list;
mod offer;
mod pace;
mod panel;
mod raw;
mod trouble;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use picket_common::shutdown::Shutdown;
use picket_common::time::Clock;
use tracing::{info, warn};

use self::device::{Camera, Shot};
use self::found::Node;
pub use self::list::Webcams;
use self::offer::Form;
use self::pace::Pace;
use self::panel::Panel;
use self::raw::Layout;
use self::trouble::{Doing, words};
use super::{FRAMERATE, Source, SourceError, mend};
use crate::config::{V4l2Config, V4l2Range};
use crate::frame::{Frame, Picture};

const ROOT: &str = "/";

/// How long we do not look whether a shutdown was requested.
const SLICE: Duration = Duration::from_millis(50);

/// How long the first frame may take: cameras wake up and find their exposure.
const OPENING: Duration = Duration::from_secs(10);

/// The shortest time without a frame that is called a stall.
const STALL: Duration = Duration::from_secs(2);

/// A stamp that is older is none of this buffer's.
const OLDEST: Duration = Duration::from_secs(10);

/// An open webcam.
pub(super) struct Webcam {
    path: PathBuf,
    camera: Camera,
    layout: Layout,
    pace: Pace,
    clock: Arc<dyn Clock>,
    shutdown: Shutdown,
    /// The longest time without a frame.
    limit: Duration,
    stall: Duration,
    /// Uptime of the last frame, or of the opening.
    last: Duration,
    index: u64,
    skipped: u64,
}

impl Webcam {
    pub(super) fn open(
        config: &V4l2Config,
        clock: &Arc<dyn Clock>,
        shutdown: &Shutdown,
    ) -> Result<Webcam, SourceError> {
        let path = found::find(&config.device, &cameras_if_named(&config.device)).map_err(SourceError::Lost)?;
        let name = path.display();
        let failed = |doing, error: &io::Error| SourceError::Lost(words(error, doing, &path));
        let cannot = |why: String| SourceError::Lost(format!("{name}: {why}"));

        let mut camera = Camera::open(&path).map_err(|error| failed(Doing::Open, &error))?;
        if !config.controls.is_empty() {
            let mut panel = Panel::open(&path).map_err(|error| failed(Doing::Open, &error))?;
            for setting in control::settings(&panel.controls(), &config.controls).map_err(cannot)? {
                panel.set(&setting).map_err(|error| cannot(trouble::unset(&setting.name, &error)))?;
            }
        }
        let (layout, rate) = negotiate(&camera, config).map_err(|refusal| match refusal {
            Refusal::Words(why) => cannot(why),
            Refusal::Error(error) => failed(Doing::Choose, &error),
        })?;
        camera.start().map_err(|error| failed(Doing::Start, &error))?;

        let wanted = config.framerate.map_or(FRAMERATE, |rate| rate.0);
        let (width, height, form) = (layout.width, layout.height, layout.form);
        info!(device = %name, %form, resolution = %format!("{width}x{height}"), rate, wanted, "webcam opened");
        let stall = STALL.max(Duration::try_from_secs_f64(5.0 / rate).unwrap_or(Duration::MAX));
        Ok(Webcam {
            camera,
            layout,
            pace: Pace::new(wanted),
            clock: clock.clone(),
            shutdown: shutdown.clone(),
            limit: OPENING.max(stall),
            stall,
            last: clock.uptime(),
            index: 0,
            skipped: 0,
            path,
        })
    }

    /// The next picture that is due, with its age; `None` if the one that came is not to be used.
    fn picture(&mut self) -> Result<Option<(Picture, Duration)>, SourceError> {
        let now = self.clock.uptime();
        let shot = self.camera.fetch().map_err(|error| SourceError::Lost(words(&error, Doing::Read, &self.path)))?;
        let age = shot.age.filter(|age| *age < OLDEST).unwrap_or_default();
        if !shot.is_damaged && !self.pace.takes(now.saturating_sub(age)) {
            self.last = now;
            return Ok(None);
        }
        match developed(&shot, &self.layout) {
            Ok(picture) => {
                (self.last, self.limit) = (now, self.stall);
                Ok(Some((picture, age)))
            }
            Err(why) => {
                if !shot.is_damaged {
                    self.pace.again();
                }
                self.skipped += 1;
                // At first each one, then fewer and fewer.
                if self.skipped.is_power_of_two() {
                    warn!(device = %self.path.display(), skipped = self.skipped, "frame skipped: {why}");
                }
                Ok(None)
            }
        }
    }

    fn stalled(&self) -> SourceError {
        let skipped = if self.skipped == 0 { String::new() } else { format!(" ({} damaged ones)", self.skipped) };
        SourceError::Lost(format!("{} gave no frame for {} s{skipped}", self.path.display(), self.limit.as_secs_f64()))
    }
}

impl Source for Webcam {
    fn next(&mut self) -> Result<Frame, SourceError> {
        loop {
            if self.shutdown.is_requested() {
                return Err(SourceError::Ended);
            }
            let ready = self.camera.wait(SLICE);
            if ready.map_err(|error| SourceError::Lost(words(&error, Doing::Read, &self.path)))?
                && let Some((picture, age)) = self.picture()?
            {
                let (now, uptime) = (self.clock.now(), self.clock.uptime());
                let (at, mono) = (now.checked_sub(age).unwrap_or(now), uptime.saturating_sub(age));
                let frame = Frame { index: self.index, at, mono, picture: Arc::new(picture) };
                self.index += 1;
                return Ok(frame);
            }
            if self.clock.uptime().saturating_sub(self.last) > self.limit {
                return Err(self.stalled());
            }
        }
    }

    fn missed(&self) -> u64 {
        self.skipped
    }
}

/// A buffer's picture, or what is wrong with it.
fn developed(shot: &Shot<'_>, layout: &Layout) -> Result<Picture, String> {
    if shot.is_damaged {
        return Err("the driver calls it damaged".to_owned());
    }
    if layout.form == Form::Mjpeg {
        return mend::picture(shot.bytes.to_vec()).map_err(|error| error.to_string());
    }
    let bytes = layout.picture(shot.bytes).ok_or_else(|| format!("{} bytes are too few", shot.bytes.len()))?;
    Ok(Picture::Yuv420 { bytes, width: layout.width, height: layout.height })
}

enum Refusal {
    Words(String),
    Error(io::Error),
}

/// Settles form, size and rate (frames a second) with the driver.
fn negotiate(camera: &Camera, config: &V4l2Config) -> Result<(Layout, f64), Refusal> {
    let offers = camera.offers().map_err(Refusal::Error)?;
    let choice = offer::choose(&offers, config.format, config.resolution).map_err(|why| match offers.is_empty() {
        true => Refusal::Words(format!("{why}; {}", found::listed(&cameras()))),
        false => Refusal::Words(why),
    })?;
    let mut layout = camera.set_format(&choice).map_err(Refusal::Error)?;
    offer::accept(&choice, &layout, config.resolution).map_err(Refusal::Words)?;
    match config.range {
        V4l2Range::Auto => {}
        V4l2Range::Limited => layout.is_full = false,
        V4l2Range::Full => layout.is_full = true,
    }
    let wanted = config.framerate.map_or(FRAMERATE, |rate| rate.0);
    let interval = offer::choose_rate(&camera.rates(choice.fourcc, layout.width, layout.height), wanted);
    let rate = camera.set_rate(interval).unwrap_or(interval).rate();
    Ok((layout, if rate > 0.0 { rate } else { wanted }))
}

/// The nodes that give pictures, as far as they can be opened.
fn cameras() -> Vec<Node> {
    let mut nodes = found::nodes(Path::new(ROOT));
    // One that cannot be opened may well be a camera.
    nodes
        .retain(|node| Camera::open(&node.path).and_then(|camera| camera.offers()).map_or(true, |all| !all.is_empty()));
    nodes
}

fn cameras_if_named(device: &str) -> Vec<Node> {
    if device.starts_with('/') { vec![] } else { cameras() }
}
