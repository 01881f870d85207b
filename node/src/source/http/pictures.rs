//! The pictures in a camera's answer, which may be one or a stream. Knows nothing of rates and frames.
//!
//! A stream's parts have boundaries, and most have lengths, and there are cameras that get each of them wrong. A JPEG
//! file tells its own end, so neither is believed: pictures are found where pictures are.

use std::time::Duration;

use super::body::Body;
use super::head::Head;
use crate::frame::Picture;
use crate::link::Gap;
use crate::source::SourceError;
use crate::source::mend;
use crate::source::mjpeg::Splitter;

/// Heads between pictures have some hundred bytes; so much is something else altogether.
const MAX_BETWEEN: u64 = 1 << 20;

pub(super) struct Pictures {
    body: Body,
    splitter: Splitter,
    is_stream: bool,
    given: u64,
    /// Pictures that could not be used.
    missed: u64,
    /// What the splitter had dropped before the last picture.
    dropped: u64,
    /// What was wrong with the last picture that could not be used.
    fault: Option<String>,
}

impl Pictures {
    pub(super) fn new(head: &Head, body: Body) -> Result<Pictures, SourceError> {
        let kind = head.kind();
        let is_stream = kind.starts_with("multipart/");
        let may_be = is_stream || kind.contains("jp") || matches!(&*kind, "" | "application/octet-stream");
        if !may_be {
            return Err(SourceError::Lost(wrong_kind(&kind)));
        }
        let splitter = if is_stream { Splitter::with_boundary(head.boundary()) } else { Splitter::new() };
        Ok(Pictures { body, splitter, is_stream, given: 0, missed: 0, dropped: 0, fault: None })
    }

    /// The next picture; `None` if that was all and the camera may be asked for another.
    /// It may take as long as `patience`.
    pub(super) fn next(&mut self, patience: Duration) -> Result<Option<Picture>, SourceError> {
        self.body.link.wait_for(patience);
        loop {
            if let Some(bytes) = self.splitter.take()? {
                match self.mend(bytes) {
                    Some(picture) => return Ok(Some(picture)),
                    None => continue,
                }
            }
            if self.splitter.dropped() - self.dropped > MAX_BETWEEN {
                return Err(self.lost("what it gives is no MJPEG: 1 MiB came without a picture"));
            }
            match self.body.read() {
                Ok(Some(bytes)) => self.splitter.push(&bytes),
                Ok(None) => return self.end(),
                Err(Gap::Broken(words)) => return Err(self.lost(&words)),
                Err(gap) => return Err(gap.told(&format!("it gave no whole picture{}", self.fault()), patience)),
            }
        }
    }

    /// Whether a picture is the first of this answer: then it is the one that was asked for.
    pub(super) fn is_first(&self) -> bool {
        self.given <= 1
    }

    /// How many that came could not be used.
    pub(super) fn missed(&self) -> u64 {
        self.missed
    }

    fn mend(&mut self, bytes: Vec<u8>) -> Option<Picture> {
        match mend::picture(bytes) {
            Ok(picture) => {
                self.given += 1;
                self.dropped = self.splitter.dropped();
                self.fault = None;
                Some(picture)
            }
            Err(error) => {
                tracing::debug!(%error, "a picture was left out");
                self.missed += 1;
                self.fault = Some(error.to_string());
                None
            }
        }
    }

    /// The answer is over; a last picture may have no end but this, and one alone is asked for again.
    fn end(&mut self) -> Result<Option<Picture>, SourceError> {
        if let Some(bytes) = self.splitter.rest()
            && let Some(picture) = self.mend(bytes)
        {
            return Ok(Some(picture));
        }
        match self.given {
            0 if !self.is_stream => Err(self.lost("there is no picture in its answer")),
            1 if !self.is_stream => Ok(None),
            _ => Err(self.lost("it ended its stream")),
        }
    }

    fn lost(&self, what: &str) -> SourceError {
        SourceError::Lost(format!("{what}{}", self.fault()))
    }

    fn fault(&self) -> String {
        self.fault.as_ref().map_or(String::new(), |fault| format!("; the last that came: {fault}"))
    }
}

fn wrong_kind(kind: &str) -> String {
    match kind {
        "text/html" | "application/xhtml+xml" => {
            "it gives a web page, not pictures; the stream has an address of its own, which the camera's manual tells \
             (the app IP Webcam: /video)"
                .into()
        }
        _ if kind.starts_with("video/") => {
            format!("it gives {kind}, not MJPEG; is there an rtsp:// address? `kind: rtsp` takes any video")
        }
        _ => format!("it gives {kind}, not MJPEG or JPEG pictures"),
    }
}
