//! One child process whose standard output is read: started, listened to, and always put to rest. Knows
//! nothing of pictures.
//!
//! The child leads a process group of its own, so that whatever it starts ends with it; it lives in real
//! time, whatever clock the rest of the program goes by.

mod words;

use std::ffi::OsString;
use std::io::{ErrorKind, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::process::{ChildStdout, Command, ExitStatus, Stdio};
use std::time::Duration;

use picket_common::shutdown::Shutdown;
use picket_common::time::{Clock, SystemClock};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::ioctl_fionbio;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use self::words::Words;

/// How long a child may take to end: after its output has, and after it was asked to.
const GRACE: Duration = Duration::from_secs(2);

/// How long we do not look whether a shutdown was requested.
const SLICE: Timespec = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };

/// What the kernel lets anyone have; a frame of 720p then takes two turns instead of twenty.
const PIPE_BYTES: usize = 1 << 20;

/// What to start, and what to hand it.
#[derive(Debug, Clone, Default)]
pub(super) struct Program {
    /// The program and its arguments.
    pub argv: Vec<OsString>,
    /// What it reads on its standard input: not to be seen in the list of processes.
    pub input: Option<String>,
    /// Never to be repeated from what it says.
    pub secrets: Vec<String>,
    /// Set in its environment.
    pub env: Vec<(&'static str, &'static str)>,
    /// What to try when there is no such program.
    pub hint: &'static str,
    /// What its last lines mean to a user, who then need not read them.
    pub meaning: Option<Meaning>,
}

/// From what a program has said, line by line, to what a user should know of it; empty if that is nothing.
pub(super) type Meaning = fn(&[String]) -> String;

/// Why reading stopped.
#[derive(Debug)]
pub(super) enum Gap {
    /// The output has ended.
    End,
    /// Nothing (or not enough) came in time.
    Stall,
    /// A shutdown was requested.
    Stop,
    /// The pipe broke.
    Broken(std::io::Error),
}

/// A running child. Dropping it ends it, and all that it started in its group.
pub(super) struct Child {
    name: String,
    process: std::process::Child,
    stdout: ChildStdout,
    words: Words,
    status: Option<ExitStatus>,
}

impl Program {
    /// The program's name, for messages.
    pub(super) fn name(&self) -> String {
        let path = self.argv.first().map(std::path::Path::new);
        path.and_then(|path| path.file_name()).unwrap_or_default().to_string_lossy().into_owned()
    }
}

impl Child {
    pub(super) fn start(program: &Program) -> Result<Child, String> {
        let name = program.name();
        let (first, rest) = program.argv.split_first().ok_or("`program` is empty: which one is to be started?")?;
        let mut process = Command::new(first)
            .args(rest)
            .envs(program.env.iter().copied())
            .process_group(0)
            .stdin(if program.input.is_some() { Stdio::piped() } else { Stdio::null() })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| match error.kind() {
                ErrorKind::NotFound => format!("{name} is not installed; {}", program.hint),
                _ => format!("{name} cannot be started: {error}"),
            })?;
        let (stdin, stdout, stderr) = (process.stdin.take(), process.stdout.take(), process.stderr.take());
        let (Some(stdout), Some(stderr)) = (stdout, stderr) else {
            return Err(format!("{name} was started without its pipes")); // cannot be: both were asked for
        };
        let words = Words::new(&name, stderr, program);
        let child = Child { name, process, stdout, words, status: None };
        ioctl_fionbio(&child.stdout, true).map_err(|error| format!("{}: its output: {error}", child.name))?;
        // A smaller pipe does as well, only slower.
        let _ = rustix::pipe::fcntl_setpipe_size(&child.stdout, PIPE_BYTES);
        if let (Some(mut stdin), Some(input)) = (stdin, &program.input) {
            // It fits a pipe at once. A child that is gone already tells by the end of its output.
            let _ = stdin.write_all(input.as_bytes());
        }
        Ok(child)
    }

    /// Reads until `buffer` holds `len` bytes, for at most `limit`.
    pub(super) fn fill(
        &mut self,
        buffer: &mut Vec<u8>,
        len: usize,
        limit: Duration,
        shutdown: &Shutdown,
    ) -> Result<(), Gap> {
        let deadline = SystemClock.uptime() + limit;
        while buffer.len() < len {
            self.read(buffer, len, deadline, shutdown)?;
        }
        Ok(())
    }

    /// Reads what there is, at least a byte, until `buffer` holds at most `len` bytes; waits for it until the
    /// machine's uptime is `deadline`.
    pub(super) fn read(
        &mut self,
        buffer: &mut Vec<u8>,
        len: usize,
        deadline: Duration,
        shutdown: &Shutdown,
    ) -> Result<(), Gap> {
        let had = buffer.len();
        loop {
            if shutdown.is_requested() {
                return Err(Gap::Stop);
            }
            self.words.listen();
            let missing = len.saturating_sub(buffer.len());
            match self.stdout.by_ref().take(missing as u64).read_to_end(buffer) {
                Ok(_) if buffer.len() >= len => return Ok(()),
                Ok(_) => return Err(Gap::End),
                // What had come until then is in the buffer.
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Err(Gap::Broken(error)),
            }
            if SystemClock.uptime() >= deadline {
                return Err(Gap::Stall);
            }
            if buffer.len() > had {
                return Ok(());
            }
            self.wait_for_more();
        }
    }

    /// When waiting that begins now and may last for `limit` is over, for [`Child::read`]: in real time.
    pub(super) fn deadline(limit: Duration) -> Duration {
        SystemClock.uptime() + limit
    }

    /// How it ended, once its output has, and its last words: `ffmpeg ended (exit status: 1): No such file`.
    pub(super) fn farewell(&mut self) -> (bool, String) {
        self.wait_for_end(GRACE);
        let status = self.end();
        let how = status.map_or_else(|| "for an unknown reason".into(), |status| status.to_string());
        let words = self.last_words();
        (status.is_some_and(|status| status.success()), format!("{} ended ({how}){words}", self.name))
    }

    /// What it said, the last lines of it.
    pub(super) fn said(&mut self) -> &[String] {
        self.words.listen();
        self.words.lines()
    }

    /// What it said last, or what that means, after a colon; empty if it said nothing.
    pub(super) fn last_words(&mut self) -> String {
        self.words.listen();
        self.words.last()
    }

    /// Until there is something to read, or for a moment.
    fn wait_for_more(&self) {
        let mut pipes = vec![PollFd::from_borrowed_fd(self.stdout.as_fd(), PollFlags::IN)];
        pipes.extend(self.words.pipe().map(|pipe| PollFd::from_borrowed_fd(pipe, PollFlags::IN)));
        // Interrupted or not: the caller looks what there is.
        let _ = poll(&mut pipes, Some(&SLICE));
    }

    /// Asks the whole group to end, makes it, and takes the child's status, so that no zombie is left.
    fn end(&mut self) -> Option<ExitStatus> {
        if self.status.is_some() {
            return self.status;
        }
        // The child is waited for last: until then nobody else can bear its number.
        self.signal(Signal::TERM);
        self.wait_for_end(GRACE);
        self.signal(Signal::KILL);
        self.status = self.process.wait().ok();
        self.status
    }

    fn signal(&self, signal: Signal) {
        if let Some(group) = self.pid() {
            // A group that is gone needs no signal.
            let _ = kill_process_group(group, signal);
        }
    }

    fn wait_for_end(&mut self, limit: Duration) {
        let deadline = SystemClock.uptime() + limit;
        while self.status.is_none() && self.is_running() && SystemClock.uptime() < deadline {
            self.words.listen();
            SystemClock.wait(Duration::from_millis(5), &Shutdown::new());
        }
    }

    /// Looks without taking the status.
    fn is_running(&self) -> bool {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        self.pid().is_some_and(|pid| matches!(waitid(WaitId::Pid(pid), options), Ok(None)))
    }

    fn pid(&self) -> Option<Pid> {
        i32::try_from(self.process.id()).ok().and_then(Pid::from_raw)
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.end();
    }
}

#[cfg(test)]
mod tests;
