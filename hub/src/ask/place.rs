//! Where the socket is, and how lines and bytes go through it, in bounded time. Knows nothing of what they mean.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use picket_common::time::Clock;

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

/// The next line, of at most `most` bytes, without its end, and what came with it that stands behind. Whoever is slow or says
/// too much is told so.
pub(super) fn read_line(
    from: &UnixStream,
    most: usize,
    patience: Duration,
    clock: &dyn Clock,
) -> io::Result<(Vec<u8>, Vec<u8>)> {
    let until = clock.uptime() + patience;
    let mut line = Vec::new();
    loop {
        let start = line.len();
        read_some(from, &mut line, until, clock)?;
        let end = line.iter().skip(start).position(|byte| *byte == b'\n').map(|end| start + end);
        if most < end.unwrap_or(line.len()) {
            return Err(io::ErrorKind::InvalidData.into());
        }
        if let Some(end) = end {
            let behind = line.split_off(end + 1);
            line.pop();
            return Ok((line, behind));
        }
    }
}

/// Reads on until `bytes` has as many as that.
pub(super) fn read_rest(
    from: &UnixStream,
    bytes: &mut Vec<u8>,
    wanted: u64,
    patience: Duration,
    clock: &dyn Clock,
) -> io::Result<()> {
    let until = clock.uptime() + patience;
    while (bytes.len() as u64) < wanted {
        read_some(from, bytes, until, clock)?;
    }
    Ok(())
}

/// Adds what there is to `bytes`.
fn read_some(mut from: &UnixStream, bytes: &mut Vec<u8>, until: Duration, clock: &dyn Clock) -> io::Result<()> {
    let mut buffer = [0; 4096];
    loop {
        from.set_read_timeout(Some(left(until, clock)?))?;
        match from.read(&mut buffer) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => {
                bytes.extend_from_slice(buffer.get(..read).unwrap_or_default());
                return Ok(());
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Err(io::ErrorKind::TimedOut.into()),
            Err(error) => return Err(error),
        }
    }
}

/// Writes all of `bytes`. Whoever does not read them in time gets only some.
pub(super) fn write(mut to: &UnixStream, bytes: &[u8], patience: Duration, clock: &dyn Clock) -> io::Result<()> {
    let until = clock.uptime() + patience;
    let mut bytes = bytes;
    while !bytes.is_empty() {
        to.set_write_timeout(Some(left(until, clock)?))?;
        match to.write(bytes) {
            Ok(written) => bytes = bytes.get(written..).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Err(io::ErrorKind::TimedOut.into()),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn left(until: Duration, clock: &dyn Clock) -> io::Result<Duration> {
    match until.saturating_sub(clock.uptime()) {
        Duration::ZERO => Err(io::ErrorKind::TimedOut.into()),
        left => Ok(left),
    }
}
