//! Detectors over recorded frames, without a hub and in the footage's own time: one JSON object a line
//! for each frame and detector, and a summary. Knows no source: frames are handed in one by one.

use std::fmt;
use std::io::{self, ErrorKind, Write};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use picket_common::time::Clock;
use serde::Serialize;

use crate::config::{CameraConfig, DetectorConfig, Framerate, NodeConfig, Resolution, SourceConfig};
use crate::detector::{self, Detector, Observation, State};
use crate::frame::Frame;
use crate::seen::Seen;
use crate::view::View;

/// The cameras to replay: all, or the one that looks at `view`.
///
/// # Errors
/// There is no such view, or nothing to look for.
pub fn cameras<'a>(config: &'a NodeConfig, view: Option<&str>) -> Result<Vec<&'a CameraConfig>> {
    let wanted = |camera: &&CameraConfig| view.is_none() || camera.view.as_deref() == view;
    let cameras: Vec<_> = config.cameras.iter().filter(wanted).collect();
    if let (Some(view), true) = (view, cameras.is_empty()) {
        let known: Vec<_> = config.cameras.iter().filter_map(|camera| camera.view.as_deref()).collect();
        bail!("there is no view {view:?}; the file has: {}", known.join(", "));
    }
    if cameras.iter().all(|camera| camera.detectors.is_empty()) {
        bail!("no camera has detectors; give one `detectors: [{{kind: motion}}]`");
    }
    Ok(cameras)
}

/// The size and rate at which the cameras' own sources would be seen, where they ask for any, so that a replay decides
/// as they do.
///
/// # Errors
/// They ask for different ones.
pub fn form(cameras: &[&CameraConfig]) -> Result<(Option<Resolution>, Option<Framerate>)> {
    let mut forms = cameras.iter().map(|camera| match &camera.source {
        SourceConfig::File { resolution, framerate, .. } | SourceConfig::Rtsp { resolution, framerate, .. } => {
            (*resolution, *framerate)
        }
        SourceConfig::Command { resolution, framerate, .. } => (Some(*resolution), Some(*framerate)),
        SourceConfig::Images { framerate, .. } => (None, *framerate),
        SourceConfig::Http(http) => (None, http.framerate),
        SourceConfig::ImagezmqSub(config) => (None, config.framerate),
        SourceConfig::TcpPickle(tcp) => (None, tcp.framerate),
        SourceConfig::TcpRaw(tcp) => (None, tcp.framerate),
        SourceConfig::Picamera(picamera) => (picamera.resolution, picamera.framerate),
        SourceConfig::V4l2(webcam) => (webcam.resolution, webcam.framerate),
        // Its size and rate are those of the generated scene and of nothing else.
        SourceConfig::Pattern { .. } => (None, None),
    });
    let first = forms.next().unwrap_or_default();
    if forms.any(|other| other != first) {
        bail!("the cameras have different resolutions or frame rates; choose one with --view");
    }
    Ok(first)
}

/// Runs the cameras' detectors over what `next` gives, until it gives none, and writes to `out`.
/// What cannot be looked at, such as a broken JPEG, is left out, logged and counted.
///
/// # Errors
/// A detector cannot be built, `next` fails, `out` fails (but not when its reader has gone away), or
/// not one frame could be looked at.
pub fn replay(
    cameras: &[&CameraConfig],
    mut next: impl FnMut() -> Result<Option<Frame>>,
    out: &mut impl Write,
    clock: &dyn Clock,
) -> Result<Summary> {
    let started = clock.uptime();
    let mut eyes = cameras.iter().map(|camera| Eye::new(camera)).collect::<Result<Vec<_>>>()?;
    let mut summary = Summary::default();
    let mut trouble = None;
    while let Some(frame) = next()? {
        summary.count(&frame);
        let mut lines = vec![];
        for line in eyes.iter_mut().flat_map(|eye| eye.look(&frame)) {
            match line {
                Ok(line) => {
                    serde_json::to_writer(&mut lines, &line)?;
                    lines.push(b'\n');
                }
                Err(error) => {
                    tracing::warn!("left out: {error:#}");
                    summary.left_out += 1;
                    trouble.get_or_insert(error);
                }
            }
        }
        summary.told += lines.len();
        if !reader_is_there(out.write_all(&lines))? {
            break;
        }
    }
    reader_is_there(out.flush())?;
    if let (Some(error), 0) = (trouble, summary.told) {
        return Err(error.context("not one frame could be looked at; the first trouble was"));
    }
    summary.took = clock.uptime().saturating_sub(started);
    summary.detectors = eyes.into_iter().flat_map(|eye| eye.watches).collect();
    Ok(summary)
}

/// Whoever reads the lines may have had enough, as `head` has.
fn reader_is_there(written: io::Result<()>) -> Result<bool> {
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        written => written.map(|()| true).context("the lines cannot be written"),
    }
}

/// One line of output.
#[derive(Debug, Serialize)]
struct Line {
    frame: u64,
    view: String,
    detector: String,
    /// This frame alone: it moves, or is bright.
    moving: bool,
    /// After the state machine.
    state: &'static str,
    score: f64,
    boxes: Vec<[u32; 4]>,
}

/// One camera's view and its detectors.
struct Eye {
    view: View,
    watches: Vec<Watch>,
}

impl Eye {
    fn new(camera: &CameraConfig) -> Result<Eye> {
        let watch = |config| Watch::new(camera.view.as_deref().unwrap_or_default(), config);
        Ok(Eye { view: View::new(camera), watches: camera.detectors.iter().map(watch).collect::<Result<_>>()? })
    }

    fn look(&mut self, frame: &Frame) -> Vec<Result<Line>> {
        match self.view.see(frame.clone()) {
            Ok(seen) => self.watches.iter_mut().map(|watch| watch.look(&seen)).collect(),
            Err(error) => vec![Err(error)],
        }
    }
}

/// One detector, and what it has told so far.
struct Watch {
    view: String,
    name: String,
    detector: Box<dyn Detector>,
    changes: Vec<(u64, State)>,
}

impl Watch {
    fn new(view: &str, config: &DetectorConfig) -> Result<Watch> {
        let (view, name) = (view.to_owned(), config.name().to_owned());
        let detector = detector::build(config).with_context(|| format!("view {view}, detector {name}"))?;
        Ok(Watch { view, name, detector, changes: vec![] })
    }

    fn look(&mut self, seen: &Seen) -> Result<Line> {
        let frame = seen.frame().index;
        let observation = self.detector.observe(seen);
        let Observation { active, state, changed, score, boxes, .. } =
            observation.with_context(|| format!("view {}, detector {}", self.view, self.name))?;
        if let (true, Some(state)) = (changed, state) {
            self.changes.push((frame, state));
        }
        let (view, detector) = (self.view.clone(), self.name.clone());
        Ok(Line { frame, view, detector, moving: active, state: state.map_or("unknown", State::word), score, boxes })
    }
}

/// What went through: a few lines to be told at the end.
#[derive(Default)]
pub struct Summary {
    frames: u32,
    first: Option<Duration>,
    last: Duration,
    /// Bytes written.
    told: usize,
    left_out: u64,
    took: Duration,
    detectors: Vec<Watch>,
}

impl Summary {
    fn count(&mut self, frame: &Frame) {
        self.frames = self.frames.saturating_add(1);
        self.first.get_or_insert(frame.mono);
        self.last = frame.mono;
    }

    /// From the first frame to the end of the last, which lasts as long as the others did on average.
    fn footage(&self) -> Duration {
        let between = self.last.saturating_sub(self.first.unwrap_or_default());
        between + between.checked_div(self.frames.saturating_sub(1)).unwrap_or_default()
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rate = f64::from(self.frames) / self.took.as_secs_f64().max(1e-9);
        let footage = self.footage().as_secs_f64();
        write!(f, "{}, {footage:.1} s of footage, {rate:.0} a second", several(self.frames.into(), "frame"))?;
        if self.left_out > 0 {
            write!(f, "; left out {}", several(self.left_out, "time"))?;
        }
        for Watch { view, name, changes, .. } in &self.detectors {
            let events = several(changes.len() as u64, "event");
            let changes: Vec<_> = changes.iter().map(|(frame, state)| format!("{frame} {}", state.word())).collect();
            write!(f, "\n{view} {name}: {events}: {}", changes.join(", "))?;
        }
        Ok(())
    }
}

fn several(n: u64, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests;
