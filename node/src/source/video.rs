//! Frames from a child process that writes YUV 4:2:0 or JPEG: a camera's as they come, a recording's at its
//! pace. Knows no program by name.
//!
//! A *raw* child writes pictures of a size agreed beforehand, one after the other; one that writes *JPEG* does so
//! with whole files. A *framed* one (ffmpeg can) tells size and rate first, as YUV4MPEG2: a line `YUV4MPEG2 W640 H360 F10:1 ...`, and before each
//! picture a line `FRAME`. So there is one process and one connection to a camera, and nothing to ask
//! beforehand. Format: <https://wiki.multimedia.cx/index.php/YUV4MPEG2>.

mod header;

use std::sync::Arc;
use std::time::Duration;

use picket_common::shutdown::Shutdown;
use picket_common::time::Clock;

use self::header::Header;
use super::child::{Child, Gap, Program};
use super::layout::Layout;
use super::mjpeg::Splitter;
use super::timing::Timing;
use super::{Source, SourceError, check_even, mend};
use crate::config::{Framerate, Resolution};
use crate::frame::{Frame, Picture};

/// How long frames may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// The first.
    pub first: Duration,
    /// Each further one.
    pub next: Duration,
}

impl Limits {
    /// For whatever comes over a network: a camera waits for its next whole picture. One of which few frames a second
    /// are asked for is given up after so many that did not come.
    pub(super) fn patient(framerate: Option<Framerate>) -> Limits {
        let missed = framerate.and_then(|rate| Duration::try_from_secs_f64(MISSED / rate.0).ok()).unwrap_or_default();
        Limits { first: FIRST.max(missed), next: NEXT.max(missed) }
    }
}

const FIRST: Duration = Duration::from_secs(30);
const NEXT: Duration = Duration::from_secs(10);
const MISSED: f64 = 5.0;

/// In which form a child writes its pictures.
pub(super) enum Form {
    /// It tells their size before the first.
    Framed,
    /// As pixels that lie like this.
    Raw(Layout),
    /// As JPEG files.
    Jpeg,
}

/// What stands before each picture of a framed stream (ffmpeg writes no parameters there).
const FRAME_LINE: &[u8] = b"FRAME\n";

const LONGEST_HEADER: usize = 300;

/// Read in one turn, where the length of a picture is not known.
const TURN_BYTES: usize = 64 << 10;

/// A camera behind a child process. That it ends is always a failure: a camera has no last frame.
pub(super) struct Live {
    video: Video,
    clock: Arc<dyn Clock>,
    shutdown: Shutdown,
    index: u64,
}

impl Live {
    /// A child that tells what it writes.
    pub(super) fn framed(
        program: &Program,
        limits: Limits,
        clock: &Arc<dyn Clock>,
        shutdown: &Shutdown,
    ) -> Result<Live, SourceError> {
        Live::open(program, Form::Framed, limits, clock, shutdown)
    }

    /// Anybody's program, which writes pictures of this size.
    pub(super) fn raw(
        program: &[String],
        resolution: Resolution,
        limits: Limits,
        clock: &Arc<dyn Clock>,
        shutdown: &Shutdown,
    ) -> Result<Live, SourceError> {
        let program = Program {
            argv: program.iter().map(Into::into).collect(),
            hint: "is its name right, and the path to it?",
            ..Program::default()
        };
        let (width, height) = check_even(resolution)?;
        Live::open(&program, Form::Raw(Layout::tight(width, height)), limits, clock, shutdown)
    }

    /// A program of ours.
    pub(super) fn open(
        program: &Program,
        form: Form,
        limits: Limits,
        clock: &Arc<dyn Clock>,
        shutdown: &Shutdown,
    ) -> Result<Live, SourceError> {
        let video = Video::open(program, form, limits, shutdown)?;
        Ok(Live { video, clock: clock.clone(), shutdown: shutdown.clone(), index: 0 })
    }
}

impl Source for Live {
    fn next(&mut self) -> Result<Frame, SourceError> {
        let picture = match self.video.picture() {
            Err(SourceError::Ended) if !self.shutdown.is_requested() => {
                Err(SourceError::Lost(self.video.child.farewell().1))
            }
            other => other,
        }?;
        let (at, mono) = (self.clock.now(), self.clock.uptime());
        let frame = Frame { index: self.index, at, mono, picture: Arc::new(picture) };
        self.index += 1;
        Ok(frame)
    }
}

/// A recording, once or round and round.
pub(super) struct Recorded {
    program: Program,
    limits: Limits,
    video: Video,
    repeat: bool,
    timing: Timing,
    shutdown: Shutdown,
    /// Frames given in this round.
    given: u64,
    index: u64,
}

impl Recorded {
    /// `timing` makes the times from the frames a second that the recording has.
    pub(super) fn open(
        program: Program,
        limits: Limits,
        repeat: bool,
        timing: impl FnOnce(f64) -> Result<Timing, SourceError>,
        shutdown: &Shutdown,
    ) -> Result<Recorded, SourceError> {
        let video = Video::open(&program, Form::Framed, limits, shutdown)?;
        let timing = timing(video.framerate)?;
        Ok(Recorded { program, limits, video, repeat, timing, shutdown: shutdown.clone(), given: 0, index: 0 })
    }
}

impl Source for Recorded {
    fn next(&mut self) -> Result<Frame, SourceError> {
        let picture = loop {
            match self.video.picture() {
                Err(SourceError::Ended) if self.repeat && self.given > 0 && !self.shutdown.is_requested() => {
                    self.video = Video::open(&self.program, Form::Framed, self.limits, &self.shutdown)?;
                    self.given = 0;
                }
                Err(SourceError::Ended) if self.given == 0 && !self.shutdown.is_requested() => {
                    let words = self.video.child.last_words();
                    return Err(SourceError::Lost(format!("there is no frame in it{words}")));
                }
                other => break other?,
            }
        };
        let (at, mono) = self.timing.next()?;
        let frame = Frame { index: self.index, at, mono, picture: Arc::new(picture) };
        self.index += 1;
        self.given += 1;
        Ok(frame)
    }
}

/// The pictures of one child.
struct Video {
    child: Child,
    name: String,
    pictures: Pictures,
    /// Frames a second as told; 0 for a child that tells nothing.
    framerate: f64,
    shutdown: Shutdown,
    limits: Limits,
    /// For the next picture.
    limit: Duration,
}

/// How the next picture is found.
enum Pictures {
    Framed(Layout),
    Raw(Layout),
    Jpeg(Splitter),
}

impl Video {
    fn open(program: &Program, form: Form, limits: Limits, shutdown: &Shutdown) -> Result<Video, SourceError> {
        let is_framed = matches!(form, Form::Framed);
        let mut video = Video {
            child: Child::start(program).map_err(SourceError::Lost)?,
            name: program.name(),
            pictures: match form {
                Form::Framed => Pictures::Framed(Layout::tight(0, 0)),
                Form::Raw(layout) => Pictures::Raw(layout),
                Form::Jpeg => Pictures::Jpeg(Splitter::new()),
            },
            framerate: 0.0,
            shutdown: shutdown.clone(),
            limits,
            limit: limits.first,
        };
        if is_framed {
            let (width, height) = video.read_header()?;
            video.pictures = Pictures::Framed(Layout::tight(width, height));
        }
        Ok(video)
    }

    fn picture(&mut self) -> Result<Picture, SourceError> {
        let picture = match self.pictures {
            Pictures::Framed(layout) => {
                if self.read(FRAME_LINE.len(), true)? != FRAME_LINE {
                    return Err(self.lost("wrote something other than frames"));
                }
                layout.picture(self.read(layout.bytes, false)?)
            }
            Pictures::Raw(layout) => layout.picture(self.read(layout.bytes, true)?),
            Pictures::Jpeg(_) => {
                let bytes = self.read_jpeg()?;
                mend::picture(bytes).map_err(|error| self.lost(&format!("gave a picture that is none: {error}")))?
            }
        };
        self.limit = self.limits.next;
        Ok(picture)
    }

    /// The next file, however many bytes it has.
    fn read_jpeg(&mut self) -> Result<Vec<u8>, SourceError> {
        let deadline = Child::deadline(self.limit);
        let mut bytes = vec![];
        loop {
            if let Pictures::Jpeg(splitter) = &mut self.pictures {
                splitter.push(&bytes);
                if let Some(file) = splitter.take()? {
                    return Ok(file);
                }
            }
            bytes.clear();
            if let Err(gap) = self.child.read(&mut bytes, TURN_BYTES, deadline, &self.shutdown) {
                return Err(self.say(gap, 0, 0, true));
            }
        }
    }

    fn read_header(&mut self) -> Result<(u32, u32), SourceError> {
        let mut line = vec![];
        while line.last() != Some(&b'\n') && line.len() < LONGEST_HEADER {
            line.extend(self.read(1, line.is_empty())?);
        }
        let header = Header::parse(&String::from_utf8_lossy(&line)).ok_or_else(|| {
            let line = String::from_utf8_lossy(&line).into_owned();
            self.lost(&format!("wrote no header that is understood: {line:?}"))
        })?;
        self.framerate = header.framerate;
        check_even(Resolution { width: header.width, height: header.height })
    }

    /// Reads exactly that much. The output may end before the first byte where one picture ends and the
    /// next begins, and only if the program says that all went well.
    fn read(&mut self, len: usize, may_end: bool) -> Result<Vec<u8>, SourceError> {
        let mut bytes = Vec::with_capacity(len);
        match self.child.fill(&mut bytes, len, self.limit, &self.shutdown) {
            Ok(()) => Ok(bytes),
            Err(gap) => Err(self.say(gap, bytes.len(), len, may_end)),
        }
    }

    /// Why there is no more, when `got` of `len` bytes are there.
    fn say(&mut self, gap: Gap, got: usize, len: usize, may_end: bool) -> SourceError {
        match gap {
            Gap::Stop => SourceError::Ended,
            Gap::Stall => self.lost(&format!("gave no whole frame for {} s", self.limit.as_secs_f64())),
            Gap::Broken(error) => self.lost(&format!("cannot be read from: {error}")),
            Gap::End => match (self.child.farewell(), got, may_end) {
                ((true, _), 0, true) => SourceError::Ended,
                ((false, words), 0, true) => SourceError::Lost(words),
                ((_, words), ..) => {
                    SourceError::Lost(format!("{words}; its last frame broke off ({got} of {len} bytes)"))
                }
            },
        }
    }

    fn lost(&mut self, what: &str) -> SourceError {
        SourceError::Lost(format!("{} {what}{}", self.name, self.child.last_words()))
    }
}

#[cfg(test)]
mod tests;
