//! What cannot be taken, and why: said to its sender, who must not wait for ever, and in the log. Knows no journal.

use anyhow::Result;
use picket_common::transport::{Delivery, Receiver};
use picket_common::wire::{self, Header, Reply};
use tracing::{info, warn};

use super::Ingest;
use super::connection::ConnectionKey;
use super::stamp::Receipt;
use crate::entry::Entry;
use crate::line;
use crate::ongoing::Trouble;

/// So much of what a sender says is logged or sent back, in characters.
const QUOTED: usize = 300;

impl<R: Receiver> Ingest<R> {
    /// A message's header, or why the message cannot be taken, with the text that it has.
    pub(super) fn decode(&self, parts: &[Vec<u8>]) -> Result<Header, String> {
        let size: usize = parts.iter().map(Vec::len).sum();
        let header = Header::decode(parts).map_err(|error| error.to_string());
        let limit = self.settings.max_bytes;
        let header = header.and_then(|header| {
            if size as u64 <= limit {
                Ok(header)
            } else {
                Err(format!("{size} bytes are over the limit of {limit} (hub.max_message)"))
            }
        });
        header.map_err(|reason| {
            let reason = line::clip(&reason, QUOTED);
            match parts.first().and_then(|header| wire::text_of(header)) {
                Some(text) => format!("{reason} (text `{}`)", line::clip(&text, QUOTED)),
                None => reason,
            }
        })
    }

    /// The moment at which something is received.
    pub(super) fn receipt(&self) -> Receipt {
        Receipt { at: self.clock.now(), uptime: self.clock.uptime(), clock: self.clock.state() }
    }

    /// Whether this may be stored, or why not: names have an end, and so have a node's images of one day.
    pub(super) fn admit(&mut self, entry: &Entry) -> Result<(), String> {
        self.known.admit(&entry.node, entry.view.as_deref())?;
        let day = entry.local_received().date();
        let Some(limit) = self.cap.reached(&entry.node, day).filter(|_| entry.file.is_some()) else { return Ok(()) };
        // Whoever sends too much is not silent.
        self.heard(&entry.node, None);
        let key = self.cap.key_of(&entry.node);
        let reason = format!("over the daily cap of {limit} images of one node ({key})");
        let notice =
            self.ongoing.begin(Trouble::Limit, &entry.node, "", format!("{reason}; no more are taken on {day}"));
        self.notice(notice);
        Err(reason)
    }

    /// Tells whose messages were refused, and who has connected.
    pub(super) fn tell_hushed(&mut self) {
        let now = self.clock.uptime();
        for (peer, times, reason) in self.turned_away.due(now) {
            match times {
                1 => warn!(%peer, %reason, "a message was refused"),
                _ => warn!(%peer, times, %reason, "messages were refused, the last one for this reason"),
            }
        }
        for (node, times, version) in self.connected.due(now) {
            match times {
                1 => info!(%node, %version, "node connected"),
                _ => info!(%node, %version, times, "node connected again and again"),
            }
        }
    }

    /// A message that is none: answered, so that its sender does not wait for ever.
    pub(super) fn refuse(&mut self, delivery: &Delivery, reason: String) -> Result<()> {
        self.turned_away.add(&delivery.peer, reason.clone());
        let place = delivery.parts.first().and_then(|header| wire::number_of(header));
        let place = place.filter(|_| self.is_greeted(&ConnectionKey::of(&delivery.envelope)));
        let reply = match place {
            Some((stream, seq)) => Reply::Error { stream, seq, reason },
            None => Reply::Refused(reason),
        };
        self.answer(&delivery.envelope, &reply)
    }
}
