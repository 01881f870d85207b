//! Wakes a thread that waits for something else as well, such as a socket: whoever has something for it uses the waker, and
//! the thread has the waker's descriptor among what it waits for. Knows neither sockets nor what it is woken for.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::sync::Arc;
use std::time::Duration;

use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use rustix::io::{read, write};

/// Clones wake the same thread.
#[derive(Debug, Clone)]
pub struct Waker(Arc<OwnedFd>);

impl Waker {
    /// One that nobody has used yet.
    ///
    /// # Errors
    /// The process has too many files open.
    pub fn new() -> io::Result<Waker> {
        Ok(Waker(Arc::new(eventfd(0, EventfdFlags::NONBLOCK | EventfdFlags::CLOEXEC)?)))
    }

    /// Wakes the thread, at once or as soon as it waits. Never waits itself.
    pub fn wake(&self) {
        // It fails only where it was used 2^64 - 2 times since the thread last looked: then it is awake anyway.
        _ = write(&*self.0, &1_u64.to_ne_bytes());
    }

    /// Waits until it is used, at most `timeout`.
    pub fn wait(&self, timeout: Duration) {
        let timeout = Timespec::try_from(timeout).ok();
        // A signal ends the waiting too.
        _ = poll(&mut [PollFd::new(&*self.0, PollFlags::IN)], timeout.as_ref());
        self.rest();
    }

    /// It was heard: from now on it waits to be used again.
    pub(crate) fn rest(&self) {
        _ = read(&*self.0, &mut [0_u8; 8]);
    }
}

impl AsRawFd for Waker {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_raw_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{Clock, SystemClock};

    #[test]
    fn what_came_before_the_waiting_ends_it_too_and_once() {
        let waker = Waker::new().unwrap();
        let waited = |limit: u64| {
            let since = SystemClock.uptime();
            waker.wait(Duration::from_millis(limit));
            SystemClock.uptime() - since
        };
        waker.wake();
        waker.clone().wake();
        assert!(waited(10_000) < Duration::from_secs(5));
        assert!(waited(20) >= Duration::from_millis(20), "it was used up");
        std::thread::scope(|scope| {
            scope.spawn(|| waker.wake());
            assert!(waited(10_000) < Duration::from_secs(5));
        });
    }
}
