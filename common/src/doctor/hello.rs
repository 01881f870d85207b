//! A hello to a hub that it takes for no node's ([`Hello::probe`]), and what it answers. Knows only wire and transport.

use std::time::Duration;

use crate::event::{self, BLACK_JPEG, Hello, Kind};
use crate::time::{Clock, Timestamp};
use crate::transport::{Sender, TransportError};
use crate::wire::{self, Header, Keys, Reply};

/// What came back.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The hub's words.
    pub reply: Reply,
    /// How long they took.
    pub took: Duration,
    /// Our wall clock half-way, when the hub must have spoken.
    pub at: Timestamp,
}

/// Says hello as `node` on `hardware`, and waits for the answer; none if none comes within `patience`.
pub fn greet(
    link: &mut impl Sender,
    (node, hardware): (&str, &str),
    patience: Duration,
    clock: &dyn Clock,
) -> Result<Option<Answer>, TransportError> {
    // So that the second one's time is the hub's and the network's, without what a new connection takes.
    let Some(_) = exchange(link, (node, hardware), patience, clock)? else { return Ok(None) };
    exchange(link, (node, hardware), patience, clock)
}

fn exchange(
    link: &mut impl Sender,
    (node, hardware): (&str, &str),
    patience: Duration,
    clock: &dyn Clock,
) -> Result<Option<Answer>, TransportError> {
    let (sent, from) = (clock.uptime(), clock.now());
    if !link.send(&header(node, hardware, clock), BLACK_JPEG)? {
        return Ok(None);
    }
    let mut took = Duration::ZERO;
    while took < patience {
        let part = link.receive(patience - took)?;
        took = clock.uptime().saturating_sub(sent);
        let Some(part) = part else { continue };
        // What is not understood is told as what it is: not a hub's answer.
        let reply = Reply::decode(&part).unwrap_or_else(|error| Reply::Refused(error.to_string()));
        let at = from.checked_add(took / 2).unwrap_or(from);
        return Ok(Some(Answer { reply, took, at }));
    }
    Ok(None)
}

fn header(node: &str, hardware: &str, clock: &dyn Clock) -> Vec<u8> {
    let version = env!("CARGO_PKG_VERSION").to_owned();
    let hello = Hello { hardware: hardware.to_owned(), version, probe: true };
    let keys = Keys {
        picket: wire::VERSION,
        node: node.to_owned(),
        view: None,
        kind: Kind::Hello,
        number: None,
        at: Some(clock.now()),
        was: None,
        boot: None,
        mono_ns: None,
        clock: Some(clock.state()),
        event: None,
        data: event::to_value(&hello),
    };
    // imagenode's heartbeat text, which an old hub answers and does not log.
    Header { msg: format!("{node}|Heartbeat"), raw: None, keys: Some(keys) }.encode()
}
