//! The hub's end of the local socket. One caller at a time, each within a few seconds: whoever is slow, says too much or
//! nothing sensible is told so, and the next one comes. Knows no node.

use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;

use picket_common::time::Clock;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use serde_json::Value;
use tracing::{debug, info};

use super::keep::{self, Keep};
use super::look::{self, Look};
use super::{Answer, Ask, MAX_LINE, Question, Questions, place};
use crate::live::Live;
use crate::shelver::Orders;

/// A caller says what it wants within this.
const PATIENCE: Duration = Duration::from_secs(1);
/// It has read a picture within this.
const LOOK: Duration = Duration::from_secs(10);
/// Ingest looks for questions several times a second, unless the disk is slow.
const ANSWER: Duration = Duration::from_secs(5);

/// What a caller wants.
enum Wish {
    Ask(Ask),
    Look(Look),
    Keep(Keep),
}

/// The socket, listening.
pub struct Door {
    listener: UnixListener,
    path: PathBuf,
    questions: Questions,
    live: Live,
    orders: Orders,
    clock: Arc<dyn Clock>,
    pub(super) patience: Duration,
    pub(super) answer: Duration,
}

impl Door {
    /// Makes the socket in `data`, which no other hub may be using. What a hub that was killed has left there is
    /// replaced.
    ///
    /// # Errors
    /// There can be no socket: the file system knows none, or `/proc` is missing and the path is too long.
    pub fn open(data: &Path, questions: Questions, live: Live, clock: Arc<dyn Clock>) -> io::Result<Door> {
        let (folder, path) = (place::folder(data), place::socket(data));
        // The folder keeps others out while the socket does not yet.
        match DirBuilder::new().mode(0o700).create(&folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => fs::set_permissions(&folder, Permissions::from_mode(0o700))?,
        }
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let listener = place::with_path(data, |path| UnixListener::bind(path))?;
        fs::set_permissions(&path, Permissions::from_mode(0o600))?;
        listener.set_nonblocking(true)?;
        let orders = Orders::default();
        Ok(Door { listener, path, questions, live, orders, clock, patience: PATIENCE, answer: ANSWER })
    }

    /// The same, that gives what is for the shelver to it.
    pub fn with_orders(mut self, orders: Orders) -> Door {
        self.orders = orders;
        self
    }

    /// Answers the next caller, waiting at most `wait` for one.
    pub fn step(&self, wait: Duration) -> io::Result<()> {
        let wait = Timespec::try_from(wait).unwrap_or_default();
        let mut ready = [PollFd::new(&self.listener, PollFlags::IN)];
        match poll(&mut ready, Some(&wait)) {
            Ok(0) | Err(Errno::INTR) => return Ok(()),
            ended => ended?,
        };
        let stream = match self.listener.accept() {
            Ok((stream, _)) => stream,
            // It has changed its mind.
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::ConnectionAborted) => {
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        if let Err(error) = self.serve(&stream) {
            debug!(%error, "whoever asked did not wait for the answer");
        }
        Ok(())
    }

    fn serve(&self, stream: &UnixStream) -> io::Result<()> {
        stream.set_nonblocking(false)?;
        let line = match self.hear(stream) {
            Ok(Wish::Ask(ask)) => serde_json::to_vec(&self.put(ask)),
            Ok(Wish::Look(look)) => return look::answer(&look, &self.live, stream, LOOK, &*self.clock),
            Ok(Wish::Keep(keep)) => serde_json::to_vec(&keep::answer(keep, &self.orders)),
            Err(reason) => serde_json::to_vec(&Answer::Refused(reason)),
        };
        let mut line = line?;
        line.push(b'\n');
        place::write(stream, &line, self.patience, &*self.clock)
    }

    fn hear(&self, stream: &UnixStream) -> Result<Wish, String> {
        let (line, _) =
            place::read_line(stream, MAX_LINE, self.patience, &*self.clock).map_err(|error| match error.kind() {
                io::ErrorKind::TimedOut => format!("no whole line came within {:?}", self.patience),
                io::ErrorKind::UnexpectedEof => "no whole line came; it ends with a newline".to_owned(),
                io::ErrorKind::InvalidData => format!("the line is longer than {MAX_LINE} bytes"),
                _ => error.to_string(),
            })?;
        read(&line).map_err(|error| format!("the line is not understood: {error}"))
    }

    fn put(&self, ask: Ask) -> Answer {
        let (answer, answered) = mpsc::channel();
        let now = self.clock.uptime();
        let asked = ask.to_string();
        self.questions.add(Question { ask, answer, until: now + self.answer }, now);
        let late = "the hub is too busy to answer, as with a slow disk; its log tells more";
        let answer = answered.recv_timeout(self.answer).unwrap_or_else(|_| Answer::Refused(late.to_owned()));
        match &answer {
            Answer::Asked { .. } => info!("{asked}"),
            Answer::Refused(why) => info!("a command was refused: {why}"),
        }
        answer
    }
}

fn read(line: &[u8]) -> serde_json::Result<Wish> {
    let value = serde_json::from_slice::<Value>(line)?;
    match value {
        _ if value.get("latest").is_some() => serde_json::from_slice(line).map(Wish::Look),
        _ if value.get("keep").is_some() => serde_json::from_slice(line).map(Wish::Keep),
        _ => serde_json::from_slice(line).map(Wish::Ask),
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        // One that is left behind is replaced by the next hub.
        let _ = fs::remove_file(&self.path);
    }
}
