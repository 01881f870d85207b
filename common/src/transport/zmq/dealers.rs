//! The sockets of many nodes in one program: together they have one context, and so one thread of libzmq's. Nobody
//! waits for one of them alone.

use std::time::Duration;

use super::{Context, Dealer, POLLIN, TransportError, at, dealer, milliseconds, poll, uninterrupted};

/// What many [`Dealer`]s share. A context has room for about a thousand of them.
#[derive(Default)]
pub struct Dealers(Context);

impl Dealers {
    /// The most sockets of one context, by libzmq's default; some are its own.
    pub const MOST: usize = 1000;

    /// As [`Dealer::connect`].
    ///
    /// # Errors
    /// The address is none, or there are too many sockets.
    pub fn connect(&self, address: &str) -> Result<Dealer, TransportError> {
        let socket = dealer(&self.0, address).map_err(|error| at(address, "connect to", error))?;
        Ok(Dealer { context: self.0.clone(), address: address.to_owned(), socket, waker: None })
    }

    /// Waits until somebody was answered, at most `timeout`; says who, in the order of `dealers`.
    ///
    /// # Errors
    /// libzmq's own.
    pub fn wait<'a>(dealers: impl Iterator<Item = &'a Dealer>, timeout: Duration) -> Result<Vec<bool>, TransportError> {
        let mut items: Vec<_> = dealers.map(|dealer| dealer.socket.as_poll_item(POLLIN)).collect();
        let polled = uninterrupted(|| poll(&mut items, milliseconds(timeout)));
        polled.map_err(|error| at("any hub", "wait for", error))?;
        Ok(items.iter().map(|item| item.is_readable()).collect())
    }
}
