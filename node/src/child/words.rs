//! What a child says on its standard error: always read, so that it is never held up by it; told to the
//! log line by line; the last of it kept for the message when it fails. Secrets are struck out first.

use std::collections::VecDeque;
use std::io::Read;
use std::os::fd::{AsFd, BorrowedFd};
use std::process::ChildStderr;

use rustix::io::ioctl_fionbio;
use tracing::debug;

use super::{Meaning, Program};

/// Lines kept: as many as a program says of one failure, its chatter at the start among them.
const LINES: usize = 24;

/// Lines repeated in a message.
const SHOWN: usize = 4;

/// Longer lines are cut.
const LINE_BYTES: usize = 300;

/// Read in one turn, at most: a child that says too much must not keep us from its frames.
const TURN_BYTES: u64 = 64 << 10;

pub(super) struct Words {
    name: String,
    /// None once it has ended.
    pipe: Option<ChildStderr>,
    secrets: Vec<String>,
    meaning: Option<Meaning>,
    unfinished: Vec<u8>,
    lines: VecDeque<String>,
}

impl Words {
    pub(super) fn new(name: &str, pipe: ChildStderr, program: &Program) -> Words {
        // Where this fails, nothing could be read without waiting: then rather not at all.
        let pipe = ioctl_fionbio(&pipe, true).is_ok().then_some(pipe);
        let (secrets, meaning) = (program.secrets.clone(), program.meaning);
        Words { name: name.into(), pipe, secrets, meaning, unfinished: vec![], lines: VecDeque::new() }
    }

    /// Where more may come from.
    pub(super) fn pipe(&self) -> Option<BorrowedFd<'_>> {
        self.pipe.as_ref().map(AsFd::as_fd)
    }

    /// Takes in what there is, without waiting.
    pub(super) fn listen(&mut self) {
        let Some(pipe) = &mut self.pipe else { return };
        let mut bytes = vec![];
        match pipe.take(TURN_BYTES).read_to_end(&mut bytes) {
            Ok(count) if count as u64 == TURN_BYTES => {}
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Ok(_) | Err(_) => self.pipe = None,
        }
        self.hear(&bytes);
    }

    /// What they mean, or the last lines themselves, after a colon; empty if there are none.
    pub(super) fn last(&mut self) -> String {
        self.finish_line();
        let meaning = self.meaning;
        let lines = self.lines();
        let words = match meaning {
            Some(meaning) => meaning(lines),
            None => lines[lines.len().saturating_sub(SHOWN)..].join(" / "),
        };
        if words.is_empty() { words } else { format!(": {words}") }
    }

    /// The lines that are kept.
    pub(super) fn lines(&mut self) -> &[String] {
        self.lines.make_contiguous()
    }

    fn hear(&mut self, bytes: &[u8]) {
        for byte in bytes {
            match byte {
                b'\n' | b'\r' => self.finish_line(),
                _ if self.unfinished.len() < LINE_BYTES => self.unfinished.push(*byte),
                _ => {}
            }
        }
    }

    fn finish_line(&mut self) {
        let line = String::from_utf8_lossy(&std::mem::take(&mut self.unfinished)).trim().to_owned();
        if line.is_empty() {
            return;
        }
        let line = self.secrets.iter().fold(line, |line, secret| line.replace(secret.as_str(), "***"));
        debug!(program = %self.name, "{line}");
        if self.lines.len() == LINES {
            self.lines.pop_front();
        }
        self.lines.push_back(line);
    }
}
