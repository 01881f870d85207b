//! PUB and SUB, as imagezmq uses them: a [`Publisher`] binds and sends to whoever has subscribed, a [`Subscriber`]
//! connects to any number of publishers. Two parts a message, no topic and no answer. Whoever reads too slowly loses
//! messages, and nobody else does.

use std::time::Duration;

use super::{
    Context, DONTWAIT, Error, HARD_LIMIT_FACTOR, POLLIN, PUB, Published, Received, SEEK_FIRST_MS, SUB, Socket,
    SocketEvent, TransportError, at, heartbeat, milliseconds, monitor, receive_parts, uninterrupted,
};

/// A publisher that is not there is tried again at least so often: what one that comes says before is lost.
const SEEK_MS: i32 = 1_000;
/// Who comes, of those who speak ZeroMQ, and who goes.
const TOLD: [SocketEvent; 2] = [SocketEvent::HANDSHAKE_SUCCEEDED, SocketEvent::DISCONNECTED];

/// Sends to whoever has subscribed.
pub struct Publisher {
    context: Context,
    socket: Socket,
    address: String,
}

impl Publisher {
    /// Binds `address`, such as `tcp://*:5566`. For each subscriber that does not keep up at most `backlog` messages are
    /// held; further ones are lost to it.
    pub fn bind(address: &str, backlog: i32) -> Result<Publisher, TransportError> {
        let bind = || -> Result<Publisher, Error> {
            let context = Context::new();
            let socket = context.socket(PUB)?;
            socket.set_linger(1_000)?;
            socket.set_sndhwm(backlog)?;
            heartbeat(&socket)?;
            socket.bind(address)?;
            let address = socket.get_last_endpoint()?.unwrap_or_else(|_| address.to_owned());
            Ok(Publisher { context, socket, address })
        };
        bind().map_err(|error| at(address, "publish on", error))
    }

    /// The address that was bound, with the port that was chosen where `*` or `0` left it open.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Sends to all who have subscribed. Never waits.
    pub fn publish(&mut self, header: &[u8], body: &[u8]) -> Result<(), TransportError> {
        let send = || self.socket.send_multipart([header, body], DONTWAIT);
        uninterrupted(send).map_err(|error| at(&self.address, "publish on", error))
    }

    /// Tells from now on who comes and goes, once: whoever has it must go on asking it, else libzmq waits at last.
    pub fn audience(&self) -> Result<Audience, TransportError> {
        let monitor = monitor(&self.context, &self.socket, &TOLD).map_err(|error| at(&self.address, "watch", error))?;
        Ok(Audience { monitor, address: self.address.clone() })
    }
}

/// A publisher's comers and goers.
pub struct Audience {
    monitor: Socket,
    address: String,
}

/// What an [`Audience`] tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visit {
    /// Somebody connected who speaks ZeroMQ.
    Came,
    /// A connection ended, also one of somebody who does not.
    Gone,
}

impl Audience {
    /// Who comes or goes next, waiting at most `timeout`.
    pub fn next(&mut self, timeout: Duration) -> Result<Option<Visit>, TransportError> {
        let receive = || -> Result<Option<Visit>, Error> {
            if uninterrupted(|| self.monitor.poll(POLLIN, milliseconds(timeout)))? == 0 {
                return Ok(None);
            }
            Ok(match told(&uninterrupted(|| self.monitor.recv_multipart(DONTWAIT))?) {
                Some(Published::Reached(_)) => Some(Visit::Came),
                Some(Published::Gone(_)) => Some(Visit::Gone),
                _ => None,
            })
        };
        receive().map_err(|error| at(&self.address, "watch", error))
    }
}

/// Hears whatever any of its publishers sends. Publishers may come later, go, and come back.
pub struct Subscriber {
    pub(super) socket: Socket,
    pub(super) monitor: Socket,
    addresses: Vec<String>,
}

impl Subscriber {
    /// Connects to each of `addresses`, such as `tcp://camera.local:5555`. A publisher whose message is larger than twice
    /// `max_bytes` is cut off; at most `backlog` messages of each are held.
    pub fn connect(addresses: &[String], max_bytes: u64, backlog: i32) -> Result<Subscriber, TransportError> {
        let context = Context::new();
        let set_up = || -> Result<(Socket, Socket), Error> {
            let socket = context.socket(SUB)?;
            socket.set_linger(0)?;
            socket.set_rcvhwm(backlog)?;
            socket.set_maxmsgsize(i64::try_from(max_bytes).unwrap_or(i64::MAX).saturating_mul(HARD_LIMIT_FACTOR))?;
            socket.set_reconnect_ivl(SEEK_FIRST_MS)?;
            socket.set_reconnect_ivl_max(SEEK_MS)?;
            heartbeat(&socket)?;
            let monitor = monitor(&context, &socket, &TOLD)?;
            socket.set_subscribe(b"")?;
            Ok((socket, monitor))
        };
        let (socket, monitor) = set_up().map_err(|error| at(&addresses.join(", "), "subscribe to", error))?;
        for address in addresses {
            socket.connect(address).map_err(|error| at(address, "subscribe to", error))?;
        }
        Ok(Subscriber { socket, monitor, addresses: addresses.to_vec() })
    }

    /// Connects to all addresses anew. libzmq does so by itself after a connection has broken, but not after it has cut
    /// one off: because of a message that was too large, or because it was answered by something that is no publisher.
    pub fn connect_again(&mut self) -> Result<(), TransportError> {
        for address in &self.addresses {
            match self.socket.disconnect(address) {
                Err(Error::ENOENT) | Ok(()) => {}
                Err(error) => return Err(at(address, "let go of", error)),
            }
            self.socket.connect(address).map_err(|error| at(address, "subscribe to", error))?;
        }
        Ok(())
    }

    /// What comes next, waiting at most `timeout`.
    pub fn receive(&mut self, timeout: Duration) -> Result<Option<Published>, TransportError> {
        let receive = || -> Result<Option<Published>, Error> {
            let mut items = [self.socket.as_poll_item(POLLIN), self.monitor.as_poll_item(POLLIN)];
            uninterrupted(|| super::poll(&mut items, milliseconds(timeout)))?;
            if items[0].is_readable() {
                let Received { parts, peer, .. } = receive_parts(&self.socket)?;
                return Ok(Some(Published::Message { parts, peer }));
            }
            if items[1].is_readable() {
                let parts = uninterrupted(|| self.monitor.recv_multipart(DONTWAIT))?;
                return Ok(told(&parts));
            }
            Ok(None)
        };
        receive().map_err(|error| at(&self.addresses.join(", "), "receive from", error))
    }
}

/// What a monitor's two parts say: the event's number, and the address.
pub(super) fn told(parts: &[Vec<u8>]) -> Option<Published> {
    let event = SocketEvent::from_raw(u16::from_ne_bytes(*parts.first()?.first_chunk::<2>()?));
    let address = String::from_utf8_lossy(parts.get(1)?).into_owned();
    match event {
        SocketEvent::HANDSHAKE_SUCCEEDED => Some(Published::Reached(address)),
        SocketEvent::DISCONNECTED => Some(Published::Gone(address)),
        _ => None,
    }
}
