//! A hub's ROUTER, and the order in which its connections were accepted. libzmq numbers connections in the order in which their
//! handshakes end, and over a bad network the older one of two may end its own later. The order of acceptance tells more: a
//! sender gives up one connection before he makes the next, so what comes on the older one was sent before.

use std::collections::HashMap;
use std::time::Duration;

use super::{
    Context, DONTWAIT, Envelope, Error, HARD_LIMIT_FACTOR, Incoming, POLLIN, ROUTER, Received, Receiver, SNDMORE,
    Socket, SocketEvent, TransportError, at, heartbeat, milliseconds, monitor, receive_parts, uninterrupted,
};

/// So many messages of each connection are held for a hub that is busy: as many as a node may have under way. What lies
/// beyond them waits at its sender.
const BACKLOG: i32 = 64;

/// A hub's ROUTER.
pub struct Router {
    pub(super) socket: Socket,
    connections: Connections,
    address: String,
}

impl Router {
    /// Binds `address`, such as `tcp://*:5555`. Messages are to have at most `max_bytes`; libzmq cuts off who
    /// sends many more.
    pub fn bind(address: &str, max_bytes: u64) -> Result<Router, TransportError> {
        let bind = || -> Result<Router, Error> {
            let context = Context::new();
            let socket = context.socket(ROUTER)?;
            socket.set_linger(1_000)?;
            // Else what is sent to somebody who is gone would vanish without a word.
            socket.set_router_mandatory(true)?;
            socket.set_maxmsgsize(i64::try_from(max_bytes).unwrap_or(i64::MAX).saturating_mul(HARD_LIMIT_FACTOR))?;
            socket.set_rcvhwm(BACKLOG)?;
            heartbeat(&socket)?;
            let connections = Connections::watch(&context, &socket)?;
            socket.bind(address)?;
            let address = socket.get_last_endpoint()?.unwrap_or_else(|_| address.to_owned());
            Ok(Router { socket, connections, address })
        };
        bind().map_err(|error| at(address, "listen on", error))
    }

    /// The address that was bound, with the port that was chosen where `*` or `0` left it open.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// What is there already.
    fn take(&mut self) -> Result<Option<Incoming>, Error> {
        // Asking whether something is there costs as much as taking it.
        let Received { parts, peer, descriptor } = match receive_parts(&self.socket) {
            Err(Error::EAGAIN) => return Ok(None),
            received => received?,
        };
        self.connections.look()?;
        let mut incoming = Incoming::split(parts, peer);
        if let Incoming::Delivery(delivery) = &mut incoming {
            delivery.place = descriptor.and_then(|descriptor| self.connections.place(descriptor));
        }
        Ok(Some(incoming))
    }
}

impl Receiver for Router {
    fn receive(&mut self, timeout: Duration) -> Result<Option<Incoming>, TransportError> {
        let mut receive = || -> Result<Option<Incoming>, Error> {
            let mut taken = self.take()?;
            if taken.is_none()
                && !timeout.is_zero()
                && uninterrupted(|| self.socket.poll(POLLIN, milliseconds(timeout)))? > 0
            {
                taken = self.take()?;
            }
            if taken.is_none() {
                self.connections.look()?;
                taken = self.connections.one_ended().then_some(Incoming::Closed);
            }
            Ok(taken)
        };
        receive().map_err(|error| at(&self.address, "receive on", error))
    }

    fn reply(&mut self, to: &Envelope, part: &[u8]) -> Result<bool, TransportError> {
        let reply = || -> Result<(), Error> {
            for address in &to.0 {
                uninterrupted(|| self.socket.send(&address[..], SNDMORE | DONTWAIT))?;
            }
            uninterrupted(|| self.socket.send(&b""[..], SNDMORE | DONTWAIT))?;
            uninterrupted(|| self.socket.send(part, DONTWAIT))
        };
        match reply() {
            Ok(()) => Ok(true),
            // The peer is gone, or does not read what it is sent.
            Err(Error::EHOSTUNREACH | Error::EAGAIN) => Ok(false),
            Err(error) => Err(at(&self.address, "answer on", error)),
        }
    }
}

/// What the socket's monitor tells of its connections.
struct Connections {
    monitor: Socket,
    accepted: u64,
    /// Of each descriptor, the place of the latest connection that it stood for.
    places: HashMap<i32, u64>,
    ended: u64,
}

impl Connections {
    fn watch(context: &Context, socket: &Socket) -> Result<Connections, Error> {
        let monitor = monitor(context, socket, &[SocketEvent::ACCEPTED, SocketEvent::DISCONNECTED])?;
        Ok(Connections { monitor, accepted: 0, places: HashMap::new(), ended: 0 })
    }

    /// Takes note of all that has happened.
    fn look(&mut self) -> Result<(), Error> {
        loop {
            match uninterrupted(|| self.monitor.recv_multipart(DONTWAIT)) {
                Ok(parts) => self.note(parts.first().map_or(&[], Vec::as_slice)),
                Err(Error::EAGAIN) => return Ok(()),
                Err(error) => return Err(error),
            }
        }
    }

    /// An event: 16 bits that say which, and 32 bits, here a descriptor.
    fn note(&mut self, event: &[u8]) {
        let &[a, b, ref descriptor @ ..] = event else { return };
        match SocketEvent::from_raw(u16::from_ne_bytes([a, b])) {
            SocketEvent::ACCEPTED => {
                let Ok(descriptor) = descriptor.try_into().map(i32::from_ne_bytes) else { return };
                self.accepted += 1;
                self.places.insert(descriptor, self.accepted);
            }
            SocketEvent::DISCONNECTED => self.ended += 1,
            _ => {}
        }
    }

    fn place(&self, descriptor: i32) -> Option<u64> {
        self.places.get(&descriptor).copied()
    }

    /// Whether there is a connection's end that was not told yet.
    fn one_ended(&mut self) -> bool {
        let one = self.ended > 0;
        self.ended = self.ended.saturating_sub(1);
        one
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpStream;

    use super::*;
    use crate::transport::Delivery;
    use crate::transport::zmq::{Context, DEALER};

    #[test]
    fn of_a_message_of_very_many_parts_only_the_first_are_kept_and_the_next_one_is_whole() {
        let mut router = Router::bind("tcp://127.0.0.1:*", 1000).unwrap();
        let dealer = Context::new().socket(DEALER).unwrap();
        dealer.connect(router.address()).unwrap();
        let mut parts: Vec<&[u8]> = vec![b"x"; 100_000];
        parts[0] = b"";
        dealer.send_multipart(parts, 0).unwrap();
        dealer.send_multipart([&b""[..], b"header", b"body"], 0).unwrap();
        let mut parts = || match router.receive(Duration::from_secs(20)).unwrap() {
            Some(Incoming::Delivery(delivery)) => delivery.parts,
            other => panic!("{other:?}"),
        };
        assert!(parts().len() < 20);
        assert_eq!(parts(), [b"header".to_vec(), b"body".to_vec()]);
    }

    /// The first 64 bytes of ZMTP 3.0, mechanism NULL, and the command READY of a REQ.
    const GREETING: &[u8; 64] =
        b"\xff\0\0\0\0\0\0\0\x01\x7f\x03\0NULL\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
    const READY: &[u8] = b"\x04\x19\x05READY\x0bSocket-Type\0\0\0\x03REQ";
    /// An empty part, a header of one byte, an empty body.
    const MESSAGE: &[u8] = b"\x01\0\x01\x01h\0\0";

    #[test]
    fn a_connection_has_its_place_by_when_it_was_accepted_however_late_its_handshake_ends() {
        let mut router = Router::bind("tcp://127.0.0.1:*", 1000).unwrap();
        let address = router.address().trim_start_matches("tcp://").to_owned();
        let greeted = || {
            let mut stream = TcpStream::connect(&address).unwrap();
            stream.write_all(GREETING).unwrap();
            stream.read_exact(&mut [0; 64]).unwrap();
            stream
        };
        let mut streams = [greeted(), greeted()];
        let mut place = |index: usize| {
            streams[index].write_all(&[READY, MESSAGE].concat()).unwrap();
            match router.receive(Duration::from_secs(20)).unwrap() {
                Some(Incoming::Delivery(Delivery { place: Some(place), .. })) => place,
                other => panic!("{other:?}"),
            }
        };
        let second = place(1);
        let first = place(0);
        assert!(first < second, "{first} {second}");
    }
}
