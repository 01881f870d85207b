//! What cannot be taken, and why: said to its sender, who must not wait for ever, and in the log. Knows no journal.

use anyhow::Result;
use picket_common::transport::{Delivery, Receiver};
use picket_common::wire::{self, Header, Reply};
use tracing::warn;

use super::Ingest;
use super::connection::ConnectionKey;
use crate::line;

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

    /// A message that is none: answered, so that its sender does not wait for ever.
    pub(super) fn refuse(&mut self, delivery: &Delivery, reason: String) -> Result<()> {
        warn!(peer = %delivery.peer, %reason, "a message was refused");
        let place = delivery.parts.first().and_then(|header| wire::number_of(header));
        let place = place.filter(|_| self.is_greeted(&ConnectionKey::of(&delivery.envelope)));
        let reply = match place {
            Some((stream, seq)) => Reply::Error { stream, seq, reason },
            None => Reply::Refused(reason),
        };
        self.answer(&delivery.envelope, &reply)
    }
}
