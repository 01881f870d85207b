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
    let mut talk = Talk::open(address, limit)?;
    let (version, mechanism) = zmtp::greeting();
    talk.say(&version, clock, zmtp::is_greeted);
    if zmtp::is_greeted(&talk.heard) {
        talk.say(&mechanism, clock, |heard| zmtp::read(heard) != Speaker::Unknown);
    }
    let Talk { connection, heard, closed } = talk;
    // A web server waits until it is asked in its own words, and some have time for one connection only.
    drop(connection);
    match zmtp::read(&heard) {
        Speaker::Socket { mechanism, kind } => return Ok(Peer::Socket { mechanism, kind }),
        Speaker::Stranger => return Ok(named(&heard)),
        Speaker::Unknown => {}
    }
    if let Ok(mut second) = Talk::open(address, limit) {
        second.say(b"GET / HTTP/1.0\r\n\r\n", clock, |heard| heard.contains(&b'\n'));
        if second.heard.starts_with(b"HTTP/") || second.heard.starts_with(b"RTSP/") {
            return Ok(named(&second.heard));
        }
    }
    Ok(match (heard.is_empty(), closed) {
        (true, false) => Peer::Silent,
        (true, true) => Peer::Closes,
        (false, _) => named(&heard),
    })
}

/// A connection, what came on it so far, and whether the other end has closed it.
struct Talk {
    connection: TcpStream,
    heard: Vec<u8>,
    closed: bool,
}

impl Talk {
    fn open(address: SocketAddr, limit: Duration) -> io::Result<Talk> {
        let connection = TcpStream::connect_timeout(&address, limit)?;
        Ok(Talk { connection, heard: Vec::new(), closed: false })
    }

    /// Says `words` unless there is enough already, and listens until there is.
    fn say(&mut self, words: &[u8], clock: &dyn Clock, enough: impl Fn(&[u8]) -> bool) {
        if enough(&self.heard) {
            return;
        }
        let until = clock.uptime() + PATIENCE;
        let written = self.connection.set_write_timeout(Some(PATIENCE));
        // What it has said before it closed the connection is still read.
        let said = written.and_then(|()| self.connection.write_all(words)).is_ok();
        let mut buffer = [0; 1024];
        while !self.closed && !enough(&self.heard) && self.heard.len() < MOST {
            let left = until.saturating_sub(clock.uptime());
            if left.is_zero() || self.connection.set_read_timeout(Some(left)).is_err() {
                return;
            }
            match self.connection.read(&mut buffer) {
                Ok(0) => self.closed = true,
                Ok(read) => self.heard.extend_from_slice(buffer.get(..read).unwrap_or_default()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) && said => return,
                Err(_) => self.closed = true,
            }
        }
    }
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
