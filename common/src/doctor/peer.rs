//! Who listens behind a port: a connection is made, ZeroMQ's greeting sent, and what comes back is looked at. Knows nothing
//! of Picket's messages.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use super::zmtp::{self, Speaker};
use crate::time::Clock;

/// A peer says who it is within this, or counts as silent.
pub const PATIENCE: Duration = Duration::from_secs(2);

/// More than this of what a stranger says is not read.
const MOST: usize = 8192;
/// And of that so many characters are repeated.
const REPEATED: usize = 60;

/// Who is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Peer {
    /// A ZeroMQ socket: see [`Speaker`].
    Socket {
        /// `NULL`, `CURVE`, ...
        mechanism: String,
        /// `ROUTER`, `REP`, ...
        kind: Option<String>,
    },
    /// A web server, with the first line of its answer.
    Http(String),
    /// Something else, with the first line it said; empty where that was no text.
    Stranger(String),
    /// It takes connections and says nothing.
    Silent,
    /// It takes connections and closes them.
    Closes,
}

/// Connects to `address` within `limit` and listens to who is there.
///
/// # Errors
/// There is no connection.
pub fn listen(address: SocketAddr, limit: Duration, clock: &dyn Clock) -> io::Result<Peer> {
    let mut connection = TcpStream::connect_timeout(&address, limit)?;
    let (bytes, closed) =
        converse(&mut connection, &zmtp::greeting(), clock, |bytes| zmtp::read(bytes) != Speaker::Unknown);
    match zmtp::read(&bytes) {
        Speaker::Socket { mechanism, kind } => return Ok(Peer::Socket { mechanism, kind }),
        Speaker::Stranger => return Ok(named(&bytes)),
        Speaker::Unknown => {}
    }
    // A web server waits until it is asked in its own words, and some have time for one connection only.
    drop(connection);
    if let Ok(mut second) = TcpStream::connect_timeout(&address, limit) {
        let is_line = |bytes: &[u8]| bytes.contains(&b'\n');
        let (answer, _) = converse(&mut second, b"GET / HTTP/1.0\r\n\r\n", clock, is_line);
        if answer.starts_with(b"HTTP/") || answer.starts_with(b"RTSP/") {
            return Ok(named(&answer));
        }
    }
    Ok(match (bytes.is_empty(), closed) {
        (true, false) => Peer::Silent,
        (true, true) => Peer::Closes,
        (false, _) => named(&bytes),
    })
}

/// What it says to `words`, until that is enough, and whether it has closed the connection by then.
fn converse(
    connection: &mut TcpStream,
    words: &[u8],
    clock: &dyn Clock,
    enough: impl Fn(&[u8]) -> bool,
) -> (Vec<u8>, bool) {
    let until = clock.uptime() + PATIENCE;
    let (mut heard, mut buffer) = (Vec::new(), [0; 1024]);
    if connection.set_write_timeout(Some(PATIENCE)).and_then(|()| connection.write_all(words)).is_err() {
        return (heard, true);
    }
    while !enough(&heard) && heard.len() < MOST {
        let left = until.saturating_sub(clock.uptime());
        if left.is_zero() || connection.set_read_timeout(Some(left)).is_err() {
            return (heard, false);
        }
        match connection.read(&mut buffer) {
            Ok(0) => return (heard, true),
            Ok(read) => heard.extend_from_slice(buffer.get(..read).unwrap_or_default()),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => return (heard, false),
            Err(_) => return (heard, true),
        }
    }
    (heard, false)
}

fn named(bytes: &[u8]) -> Peer {
    let line = bytes.split(|byte| matches!(byte, b'\r' | b'\n')).next().unwrap_or_default();
    let line: String = String::from_utf8_lossy(line).chars().take(REPEATED).collect();
    let is_text = !line.chars().any(|c| c.is_control() || c == char::REPLACEMENT_CHARACTER);
    match is_text {
        true if line.starts_with("HTTP/") => Peer::Http(line),
        true => Peer::Stranger(line),
        false => Peer::Stranger(String::new()),
    }
}
