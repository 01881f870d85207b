//! One connection to a camera or to who shows its pictures: made, written to and read from with time-outs, and given up
//! at once when a shutdown is requested. Knows nothing of what goes over it. It lives in real time, whatever clock the
//! rest of the program goes by.

mod door;
mod line;

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown as Half, TcpStream, ToSocketAddrs};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use picket_common::shutdown::Shutdown;
use picket_common::time::{Clock, SystemClock};

pub(crate) use self::door::Door;
pub use self::line::Line;

/// How long we do not look whether a shutdown was requested.
const SLICE: Duration = Duration::from_millis(50);

/// Why nothing (more) came.
#[derive(Debug)]
pub(crate) enum Gap {
    /// Nothing, or not enough, came in time.
    Stall,
    /// A shutdown was requested.
    Stop,
    /// In words.
    Broken(String),
}

/// An open connection.
pub(crate) struct Link {
    stream: TcpStream,
    shutdown: Shutdown,
    /// Uptime until which we wait.
    deadline: Duration,
}

impl Link {
    /// To `host:port`.
    pub(crate) fn dial(place: &str, limit: Duration, shutdown: &Shutdown) -> Result<Link, Gap> {
        let parts = place.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse().ok()?)));
        let (host, port) = parts.ok_or_else(|| Gap::Broken(format!("`{place}` is not host:port")))?;
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        Link::open(bare.unwrap_or(host), port, limit, shutdown)
    }

    pub(crate) fn open(host: &str, port: u16, limit: Duration, shutdown: &Shutdown) -> Result<Link, Gap> {
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
        Link::new(stream, limit, shutdown)
    }

    /// One that was made by the other side; from now on, waits so long.
    pub(crate) fn new(stream: TcpStream, limit: Duration, shutdown: &Shutdown) -> Result<Link, Gap> {
        let set = || {
            stream.set_nonblocking(false)?;
            // What is sent is whole; it has nothing to wait for.
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(SLICE))?;
            stream.set_write_timeout(Some(SLICE))
        };
        set().map_err(|error| Gap::Broken(format!("the connection cannot be used: {error}")))?;
        Ok(Link { stream, shutdown: shutdown.clone(), deadline: SystemClock.uptime().saturating_add(limit) })
    }

    /// The same connection for another thread, which sends while this one reads.
    pub(crate) fn twin(&self) -> Result<Link, Gap> {
        let stream = self.stream.try_clone().map_err(|error| broken(&error))?;
        Ok(Link { stream, shutdown: self.shutdown.clone(), deadline: self.deadline })
    }

    /// Ends the connection for all who use it.
    pub(crate) fn hang_up(&self) {
        _ = self.stream.shutdown(Half::Both);
    }

    /// From now on, waits so long.
    pub(crate) fn wait_for(&mut self, limit: Duration) {
        self.deadline = SystemClock.uptime().saturating_add(limit);
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) -> Result<(), Gap> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let sent = self.send_some(rest)?;
            rest = rest.get(sent..).unwrap_or_default();
        }
        Ok(())
    }

    /// Sends what the other side takes at once or within a moment: how much, which may be nothing.
    pub(crate) fn send_some(&mut self, bytes: &[u8]) -> Result<usize, Gap> {
        self.check()?;
        match self.stream.write(bytes) {
            Ok(0) if !bytes.is_empty() => Err(Gap::Broken("it hung up".into())),
            Ok(sent) => Ok(sent),
            Err(error) if is_wait(error.kind()) => Ok(0),
            Err(error) => Err(broken(&error)),
        }
    }

    /// Says something short at the very end, if the other side takes it at once.
    pub(crate) fn say_last(&mut self, bytes: &[u8]) {
        _ = self.stream.write(bytes);
    }

    /// Adds what came next to the buffer; 0 when the other side has finished.
    pub(crate) fn read(&mut self, buffer: &mut Vec<u8>) -> Result<usize, Gap> {
        loop {
            if let Some(len) = self.read_some(buffer)? {
                return Ok(len);
            }
        }
    }

    /// The same; `None` when nothing comes within a moment.
    pub(crate) fn read_some(&mut self, buffer: &mut Vec<u8>) -> Result<Option<usize>, Gap> {
        let mut bytes = [0; 16 << 10];
        self.check()?;
        match self.stream.read(&mut bytes) {
            Ok(len) => {
                buffer.extend_from_slice(bytes.get(..len).unwrap_or_default());
                Ok(Some(len))
            }
            Err(error) if is_wait(error.kind()) => Ok(None),
            Err(error) => Err(broken(&error)),
        }
    }

    /// Throws away what has come, without waiting. An error when the other side has hung up.
    pub(crate) fn throw_away(&mut self) -> Result<(), Gap> {
        let mut bytes = [0; 4 << 10];
        self.stream.set_nonblocking(true).map_err(|error| broken(&error))?;
        let come = self.stream.read(&mut bytes);
        self.stream.set_nonblocking(false).map_err(|error| broken(&error))?;
        match come {
            Ok(0) => Err(Gap::Broken("it hung up".into())),
            Err(error) if !is_wait(error.kind()) => Err(broken(&error)),
            _ => Ok(()),
        }
    }

    /// Whether a shutdown was requested.
    pub(crate) fn is_over(&self) -> bool {
        self.shutdown.is_requested()
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
                "nothing listens at port {port} there (connection refused); is the program there started, and is the port right?"
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
