//! ZeroMQ's sockets behind the traits of [`super`]: a DEALER that connects for a node, a ROUTER that binds for a hub; beside
//! them imagezmq's PUB and SUB, and all that a hub hears in one turn. The only file that names the `zmq` crate. Each socket has
//! one owner; what a message means is not known here.

mod broadcast;
mod dealers;
mod doors;
mod router;

use std::os::fd::AsRawFd;
use std::time::Duration;

use ::zmq::{
    Context, DEALER, DONTWAIT, Error, PAIR, POLLIN, PUB, PollItem, ROUTER, SNDMORE, SUB, Socket, SocketEvent, poll,
};

pub use self::broadcast::{Audience, Publisher, Subscriber, Visit};
pub use self::dealers::Dealers;
pub use self::doors::Doors;
pub use self::router::Router;
pub use super::Published;
use super::{Dialer, Envelope, Incoming, Receiver, Sender, TransportError};
use crate::wake::Waker;

/// ZeroMQ's own heartbeat: a peer whose machine or cable is gone is noticed after `TIMEOUT`.
const HEARTBEAT_MS: i32 = 5_000;
const HEARTBEAT_TIMEOUT_MS: i32 = 15_000;
/// A lost connection is tried again after so long, doubling up to the second; to each libzmq adds a chance part of the
/// first. So a hub that comes back is found about as soon again as it was away, at most some 5 s later, and the nodes
/// that wait for it do not come all at the same moment.
const RECONNECT_MS: i32 = 250;
const RECONNECT_MAX_MS: i32 = 5_000;
/// A publisher that is not there is tried again sooner: what one that comes says before is lost.
const SEEK_FIRST_MS: i32 = 100;
/// The largest answer a node takes.
const MAX_REPLY_BYTES: i64 = 1 << 20;
/// libzmq cuts a connection off whose message is larger than this many times the hub's own limit; what lies
/// between gets an answer.
const HARD_LIMIT_FACTOR: i64 = 2;
/// More parts than this no message has: an envelope's, the empty part, header and body.
const MAX_PARTS: usize = 16;

/// A node's DEALER. It sends the empty part itself, so that a REP understands it too.
pub struct Dealer {
    context: Context,
    address: String,
    socket: Socket,
    waker: Option<Waker>,
}

impl Dealer {
    /// Starts to connect to `address`, such as `tcp://hub.local:5555`.
    pub fn connect(address: &str) -> Result<Dealer, TransportError> {
        let context = Context::new();
        let socket = dealer(&context, address).map_err(|error| at(address, "connect to", error))?;
        Ok(Dealer { context, address: address.to_owned(), socket, waker: None })
    }

    /// From now on [`Sender::receive`] ends its waiting when `waker` is used.
    pub fn wake_by(&mut self, waker: Waker) {
        self.waker = Some(waker);
    }
}

impl Dealer {
    /// Whether there is something at the socket, within `timeout` or until the waker is used.
    fn wait(&self, timeout: Duration) -> Result<bool, Error> {
        let Some(waker) = &self.waker else {
            return Ok(uninterrupted(|| self.socket.poll(POLLIN, milliseconds(timeout)))? > 0);
        };
        let mut items = [self.socket.as_poll_item(POLLIN), PollItem::from_fd(waker.as_raw_fd(), POLLIN)];
        uninterrupted(|| poll(&mut items, milliseconds(timeout)))?;
        if items[1].is_readable() {
            waker.rest();
        }
        Ok(items[0].is_readable())
    }
}

fn dealer(context: &Context, address: &str) -> Result<Socket, Error> {
    let socket = context.socket(DEALER)?;
    socket.set_linger(0)?;
    socket.set_maxmsgsize(MAX_REPLY_BYTES)?;
    socket.set_reconnect_ivl(RECONNECT_MS)?;
    socket.set_reconnect_ivl_max(RECONNECT_MAX_MS)?;
    heartbeat(&socket)?;
    socket.connect(address)?;
    Ok(socket)
}

fn heartbeat(socket: &Socket) -> Result<(), Error> {
    socket.set_heartbeat_ivl(HEARTBEAT_MS)?;
    socket.set_heartbeat_timeout(HEARTBEAT_TIMEOUT_MS)
}

impl Sender for Dealer {
    fn send(&mut self, header: &[u8], body: &[u8]) -> Result<bool, TransportError> {
        match uninterrupted(|| self.socket.send_multipart([&b""[..], header, body], DONTWAIT)) {
            Ok(()) => Ok(true),
            Err(Error::EAGAIN) => Ok(false),
            Err(error) => Err(at(&self.address, "send to", error)),
        }
    }

    fn receive(&mut self, timeout: Duration) -> Result<Option<Vec<u8>>, TransportError> {
        let receive = || -> Result<Option<Vec<u8>>, Error> {
            if !self.wait(timeout)? {
                return Ok(None);
            }
            let parts = uninterrupted(|| self.socket.recv_multipart(DONTWAIT))?;
            Ok(parts.into_iter().next_back())
        };
        receive().map_err(|error| at(&self.address, "receive from", error))
    }

    fn reconnect(&mut self) -> Result<(), TransportError> {
        self.socket = dealer(&self.context, &self.address).map_err(|error| at(&self.address, "connect to", error))?;
        Ok(())
    }
}

impl Dialer for Dealer {
    fn turn_to(&mut self, address: &str) -> Result<(), TransportError> {
        address.clone_into(&mut self.address);
        self.reconnect()
    }

    fn another(&self, address: &str) -> Result<Dealer, TransportError> {
        // With a context, and so a thread, of its own: libzmq looks up names in that.
        Dealer::connect(address)
    }
}

/// A socket that tells `events` of another one of the same context. Once it is there it must be read on and on: libzmq keeps what
/// it tells in memory, and waits when that is full.
fn monitor(context: &Context, socket: &Socket, events: &[SocketEvent]) -> Result<Socket, Error> {
    const ADDRESS: &str = "inproc://monitor";
    let events = events.iter().fold(0, |events, event| events | event.to_raw());
    socket.monitor(ADDRESS, i32::from(events))?;
    let monitor = context.socket(PAIR)?;
    monitor.connect(ADDRESS)?;
    Ok(monitor)
}

/// A message as it came.
struct Received {
    parts: Vec<Vec<u8>>,
    /// Its sender's address in the network; empty where there is none.
    peer: String,
    /// The descriptor of the connection that it came on, as the events of a monitor name it; libzmq keeps it with a message
    /// as a property of its own.
    descriptor: Option<i32>,
}

/// The next message. Of one of very many parts, which is none of ours, only the first are kept: enough to tell so, and to
/// answer.
fn receive_parts(socket: &Socket) -> Result<Received, Error> {
    let mut parts = Vec::new();
    loop {
        let mut part = uninterrupted(|| socket.recv_msg(DONTWAIT))?;
        if parts.len() < MAX_PARTS {
            parts.push(part.to_vec());
        }
        if !part.get_more() {
            let peer = part.gets("Peer-Address").unwrap_or_default().to_owned();
            let descriptor = part.gets("__fd").and_then(|descriptor| descriptor.parse().ok());
            return Ok(Received { parts, peer, descriptor });
        }
    }
}

/// A signal may interrupt any call; it is then made again.
fn uninterrupted<T>(mut call: impl FnMut() -> Result<T, Error>) -> Result<T, Error> {
    loop {
        match call() {
            Err(Error::EINTR) => {}
            other => return other,
        }
    }
}

fn milliseconds(timeout: Duration) -> i64 {
    i64::try_from(timeout.as_millis()).unwrap_or(i64::MAX)
}

fn at(address: &str, what: &str, error: Error) -> TransportError {
    let hint = match error {
        Error::EADDRINUSE => "; another program listens there, is a hub running already?",
        Error::EINVAL => "; an address looks like tcp://hub.local:5555",
        Error::ENODEV | Error::EADDRNOTAVAIL => "; that is no address of this machine, tcp://*:5555 listens on all",
        Error::EACCES => "; ports below 1024 need more rights",
        _ => "",
    };
    TransportError(format!("cannot {what} {address}: {error}{hint}"))
}
