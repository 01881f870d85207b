//! Where the socket is, and how a line is read from it. Knows nothing of what the line means.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use picket_common::time::Clock;

use super::MAX_LINE;

/// The socket's folder in the data directory, and its name there.
const FOLDER: &str = ".ask";
const SOCKET: &str = "socket";

/// A socket's path may have so many bytes (unix(7): 108, with a zero at the end).
const LONGEST_PATH: usize = 107;

/// The folder that holds the socket of the hub whose data directory is `data`.
pub(super) fn folder(data: &Path) -> PathBuf {
    data.join(FOLDER)
}

/// The socket's path.
pub(super) fn socket(data: &Path) -> PathBuf {
    folder(data).join(SOCKET)
}

/// Does something with the socket's path. One that is too long for a socket leads through the open folder instead.
pub(super) fn with_path<T>(data: &Path, act: impl FnOnce(&Path) -> io::Result<T>) -> io::Result<T> {
    let path = socket(data);
    if path.as_os_str().len() <= LONGEST_PATH {
        return act(&path);
    }
    let open = File::open(folder(data))?;
    act(&Path::new("/proc/self/fd").join(open.as_raw_fd().to_string()).join(SOCKET))
}

/// The next line, without its end. Whoever is slow or says too much is told so.
pub(super) fn read_line(mut from: &UnixStream, patience: Duration, clock: &dyn Clock) -> io::Result<Vec<u8>> {
    let until = clock.uptime() + patience;
    let (mut line, mut buffer) = (Vec::new(), [0; 1024]);
    loop {
        let left = until.saturating_sub(clock.uptime());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        from.set_read_timeout(Some(left))?;
        let read = match from.read(&mut buffer) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => buffer.get(..read).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Err(io::ErrorKind::TimedOut.into()),
            Err(error) => return Err(error),
        };
        let end = read.iter().position(|byte| *byte == b'\n');
        line.extend_from_slice(read.get(..end.unwrap_or(read.len())).unwrap_or_default());
        if MAX_LINE < line.len() {
            return Err(io::ErrorKind::InvalidData.into());
        }
        if end.is_some() {
            return Ok(line);
        }
    }
}
