//! Each camera is opened as the node opens it, for one frame, all at the same time.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use picket_common::doctor::process::Process;
use picket_common::doctor::{Finding, length};
use picket_common::shutdown::Shutdown;
use picket_common::time::Clock;

use crate::config::{CameraConfig, SourceConfig};
use crate::source::{self, SourceError};

/// A source gives up by itself before this, unless its frames are further apart.
const LIMIT: Duration = Duration::from_secs(40);
const LONGEST: Duration = Duration::from_secs(120);
/// A source that was told to stop ends within this, its child process too.
const ENDING: Duration = Duration::from_secs(5);

/// What a source says where its camera serves somebody else already, in its own words and in the system's.
const BUSY: [&str; 3] = ["is in use by", "another program has the camera", "Address already in use"];

/// How an opened camera did: the size of its first frame, and how long that took.
type First = Result<((u32, u32), Duration), SourceError>;

/// Looks at all; `running` is a node that runs on this machine, which may have them.
pub(super) fn look(cameras: &[CameraConfig], clock: &Arc<dyn Clock>, running: Option<&Process>) -> Vec<Finding> {
    let opened: Vec<_> = cameras.iter().map(|camera| open(camera, clock)).collect();
    let judge = |(camera, opened): (&CameraConfig, Opened)| judge(camera, opened.first(), running);
    cameras.iter().zip(opened).map(judge).collect()
}

/// A camera that is being opened.
struct Opened {
    first: Option<Receiver<First>>,
    limit: Duration,
    shutdown: Shutdown,
}

fn open(camera: &CameraConfig, clock: &Arc<dyn Clock>) -> Opened {
    let source = camera.turned_in_sensor().source;
    let rate = source.framerate().map_or(1.0, |rate| rate.0);
    let limit = LIMIT + Duration::try_from_secs_f64(2.0 / rate).unwrap_or(LONGEST).min(LONGEST);
    let (shutdown, clock) = (Shutdown::new(), clock.clone());
    let (tell, first) = mpsc::channel();
    let stop = shutdown.clone();
    let work = move || {
        let from = clock.uptime();
        let frame = source::build(&source, &clock, &stop).and_then(|mut source| source.next());
        // Whoever waited may have given up.
        let _ = tell.send(frame.map(|frame| (frame.picture.size(), clock.uptime().saturating_sub(from))));
    };
    let started = std::thread::Builder::new().name("camera".to_owned()).spawn(work);
    Opened { first: started.is_ok().then_some(first), limit, shutdown }
}

impl Opened {
    /// Waits for the first frame, or for what keeps it.
    fn first(self) -> First {
        let late = || SourceError::Lost(format!("it gave no frame within {}", length(self.limit)));
        let first =
            self.first.ok_or_else(|| SourceError::Lost("this machine can start no further thread".to_owned()))?;
        first.recv_timeout(self.limit).unwrap_or_else(|_| {
            self.shutdown.request();
            // Only so that it has ended: what it says now is that it was stopped.
            let _ = first.recv_timeout(ENDING);
            Err(late())
        })
    }
}

pub(super) fn judge(camera: &CameraConfig, first: First, running: Option<&Process>) -> Finding {
    let check = match &camera.view {
        Some(view) => format!("camera {view}"),
        None => "camera".to_owned(),
    };
    let reason = match first {
        Ok(((width, height), took)) => {
            return Finding::ok(&check, format!("gives frames of {width}x{height}, the first after {}", length(took)));
        }
        Err(SourceError::Ended) => "there is no frame in it".to_owned(),
        Err(SourceError::Lost(reason) | SourceError::Away(reason)) => reason,
    };
    match running {
        Some(process) if BUSY.iter().any(|busy| reason.contains(busy)) => Finding::not_checked(
            &check,
            format!(
                "{process} has it, which runs here; to look at it yourself, stop that: `sudo systemctl stop picket-node`"
            ),
        ),
        _ => Finding::wrong(&check, reason, advice(&camera.source)),
    }
}

/// How a person looks at such a camera without Picket.
fn advice(source: &SourceConfig) -> &'static str {
    match source {
        SourceConfig::V4l2(_) => "`picket-node cameras` lists the webcams here and what they can do",
        SourceConfig::Picamera(_) => "`rpicam-hello --list-cameras` shows which cameras are found",
        SourceConfig::Http(_) => "open its `url` in a browser on the same network",
        SourceConfig::Rtsp { .. } => "`ffplay URL` on this machine, or VLC on another, shows whether it gives pictures",
        SourceConfig::Command { .. } => "run its `program` by hand as the node's user, and look at what it says",
        SourceConfig::File { .. } | SourceConfig::Images { .. } => "is `path` right, and may the node's user read it?",
        SourceConfig::ImagezmqSub(_) | SourceConfig::TcpPickle(_) | SourceConfig::TcpRaw(_) => {
            "does the program that sends run now, and does it use this address and port?"
        }
        _ => "`picket-node check` shows how it is configured",
    }
}
