//! One connection to a camera: made, written to and read from with time-outs, and given up at once when a
//! shutdown is requested. Knows nothing of HTTP. It lives in real time, whatever clock the rest of the program
//! goes by.

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use picket_common::shutdown::Shutdown;
use picket_common::time::{Clock, SystemClock};

use crate::source::SourceError;

/// How long we do not look whether a shutdown was requested.
const SLICE: Duration = Duration::from_millis(50);

/// Why nothing (more) came.
#[derive(Debug)]
pub(super) enum Gap {
    /// Nothing, or not enough, came in time.
    Stall,
    /// A shutdown was requested.
    Stop,
    /// In words.
    Broken(String),
}

impl Gap {
    /// As the source's error; a stall as `silence`, and how long it was.
    pub(super) fn told(self, silence: &str, patience: Duration) -> SourceError {
        match self {
            Gap::Stall => {
                let seconds = (patience.as_secs_f64() * 10.0).round() / 10.0;
                SourceError::Lost(format!("{silence} ({seconds} s)"))
            }
            Gap::Stop => SourceError::Ended,
            Gap::Broken(words) => SourceError::Lost(words),
        }
    }
}

pub(super) struct Link {
    stream: TcpStream,
    shutdown: Shutdown,
    /// Uptime until which we wait.
    deadline: Duration,
}

impl Link {
    pub(super) fn open(host: &str, port: u16, limit: Duration, shutdown: &Shutdown) -> Result<Link, Gap> {
        let (host, deadline) = (host.to_owned(), SystemClock.uptime() + limit);
        let (teller, told) = mpsc::channel();
        // To look up a name cannot be broken off. So it is done aside; one who stops does not wait for it.
        let aside = move || _ = teller.send(connect(&host, port, deadline));
        thread::Builder::new()
            .name("connect".into())
            .spawn(aside)
            .map_err(|error| Gap::Broken(format!("no thread to connect: {error}")))?;
        let stream = loop {
            match told.recv_timeout(SLICE) {
                Ok(result) => break result?,
                _ if shutdown.is_requested() => return Err(Gap::Stop),
                Err(RecvTimeoutError::Timeout) if SystemClock.uptime() < deadline => {}
                Err(_) => return Err(Gap::Stall),
            }
        };
        let broken = |error| Gap::Broken(format!("the connection cannot be used: {error}"));
        stream.set_read_timeout(Some(SLICE)).map_err(broken)?;
        stream.set_write_timeout(Some(SLICE)).map_err(broken)?;
        Ok(Link { stream, shutdown: shutdown.clone(), deadline })
    }

    /// From now on, waits so long.
    pub(super) fn wait_for(&mut self, limit: Duration) {
        self.deadline = SystemClock.uptime() + limit;
    }

    pub(super) fn send(&mut self, bytes: &[u8]) -> Result<(), Gap> {
        let mut rest = bytes;
        while !rest.is_empty() {
            self.check()?;
            match self.stream.write(rest) {
                Ok(0) => return Err(Gap::Broken("it hung up".into())),
                Ok(written) => rest = rest.get(written..).unwrap_or_default(),
                Err(error) if is_wait(error.kind()) => {}
                Err(error) => return Err(broken(&error)),
            }
        }
        Ok(())
    }

    /// Adds what came next to the buffer; 0 when the other side has finished.
    pub(super) fn read(&mut self, buffer: &mut Vec<u8>) -> Result<usize, Gap> {
        let mut bytes = [0; 16 << 10];
        loop {
            self.check()?;
            match self.stream.read(&mut bytes) {
                Ok(len) => {
                    buffer.extend_from_slice(bytes.get(..len).unwrap_or_default());
                    return Ok(len);
                }
                Err(error) if is_wait(error.kind()) => {}
                Err(error) => return Err(broken(&error)),
            }
        }
    }

    fn check(&self) -> Result<(), Gap> {
        match self.shutdown.is_requested() {
            true => Err(Gap::Stop),
            false if SystemClock.uptime() >= self.deadline => Err(Gap::Stall),
            false => Ok(()),
        }
    }
}

/// Tries one number of the host after the other, each for its share of the time.
fn connect(host: &str, port: u16, deadline: Duration) -> Result<TcpStream, Gap> {
    let found = (host, port).to_socket_addrs().map_err(|error| Gap::Broken(unknown(host, &error)))?;
    let addresses: Vec<_> = found.collect();
    let mut last = Gap::Broken(format!("the name `{host}` has no number"));
    for (tried, address) in addresses.iter().enumerate() {
        let share = deadline.saturating_sub(SystemClock.uptime()) / (addresses.len() - tried) as u32;
        match TcpStream::connect_timeout(address, share.max(Duration::from_millis(1))) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = unreached(port, &error),
        }
    }
    Err(last)
}

fn unknown(host: &str, error: &std::io::Error) -> String {
    let local = if host.ends_with(".local") { " (names in .local need the package libnss-mdns)" } else { "" };
    format!("nobody knows the name `{host}`; is it spelt right, and is the network up?{local} ({error})")
}

fn unreached(port: u16, error: &std::io::Error) -> Gap {
    Gap::Broken(match error.kind() {
        ErrorKind::TimedOut | ErrorKind::WouldBlock => return Gap::Stall,
        ErrorKind::ConnectionRefused => {
            format!(
                "nothing listens at port {port} there (connection refused); does the camera serve, and is the port right?"
            )
        }
        _ => format!("it cannot be reached ({error}); is it switched on, and in this network?"),
    })
}

fn broken(error: &std::io::Error) -> Gap {
    Gap::Broken(match error.kind() {
        ErrorKind::ConnectionReset | ErrorKind::BrokenPipe | ErrorKind::ConnectionAborted => "it hung up".into(),
        _ => format!("the connection broke: {error}"),
    })
}

fn is_wait(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}
