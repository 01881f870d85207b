//! Picket nodes: their hello, their numbered messages, their heartbeats, and how much they may have under way.

use std::time::Duration;

use anyhow::Result;
use picket_common::event::{Hello, Kind};
use picket_common::log::Key;
use picket_common::time::Timestamp;
use picket_common::transport::{Envelope, Receiver};
use picket_common::wire::{self, Credit, Header, Keys, Number, Reply, StreamId, Welcome};
use serde_json::Value;
use tracing::debug;

use super::Ingest;
use super::connection::{ConnectionKey, Greeting};
use super::decide::{Decision, decide};
use super::marks::Verdict;
use crate::entry::Entry;
use crate::ongoing::Trouble;

/// All nodes' windows together; each node gets an equal part within these bounds.
const WINDOW_BYTES: u64 = 128 << 20;
const NODE_WINDOW_BYTES: std::ops::RangeInclusive<u64> = (1 << 20)..=(8 << 20);
const NODE_WINDOW_MESSAGES: u64 = 64;

impl<R: Receiver> Ingest<R> {
    pub(super) fn greet(&mut self, from: &ConnectionKey, envelope: &Envelope, peer: &str, keys: &Keys) -> Result<()> {
        let node = picket_common::name::clean(&keys.node);
        let hello = serde_json::from_value(keys.data.clone());
        let unknown = || "unknown".to_owned();
        let hello = hello.unwrap_or_else(|_| Hello { hardware: unknown(), version: unknown(), probe: false });
        if let Err(reason) = self.known.admit(&node, None) {
            self.turned_away.add(peer, reason.clone());
            return self.answer(envelope, &Reply::Refused(reason));
        }
        if hello.probe {
            debug!(%node, %peer, "somebody looks whether this hub answers");
            return self.welcome(envelope, keys, &node, &hello);
        }
        self.connected.add(&node, hello.version.clone());
        self.presence.hello(&node, self.clock.now(), &hello);
        if let Some(connection) = self.connections.get_mut(from) {
            self.greetings += 1;
            let (at, number) = (self.clock.uptime(), self.greetings);
            self.greeted += usize::from(connection.greeting.is_none());
            connection.greeting = Some(Greeting { node: node.clone(), hardware: hello.hardware.clone(), at, number });
            connection.expecting.clear();
        }
        self.heard(&node, None);
        self.twins.greeted(&node, &hello.hardware, peer, self.greetings, self.clock.uptime());
        self.welcome(envelope, keys, &node, &hello)
    }

    fn welcome(&mut self, envelope: &Envelope, keys: &Keys, node: &str, hello: &Hello) -> Result<()> {
        let welcome = Welcome {
            picket: keys.picket.min(wire::VERSION),
            name: self.settings.name.clone(),
            max_bytes: self.settings.max_bytes,
            credit: self.credit_for(node),
            time: self.clock.now(),
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
            twin: self.twins.of(node, &hello.hardware, (!hello.probe).then_some(self.greetings), &self.ongoing),
            waiting: hello.probe.then(|| self.journal.synced().saturating_sub(self.names.shelved())),
        };
        self.answer(envelope, &Reply::Welcome(welcome))
    }

    pub(super) fn take_numbered(
        &mut self,
        from: &ConnectionKey,
        envelope: &Envelope,
        header: &Header,
        body: &[u8],
    ) -> Result<()> {
        let Some(Number { stream, seq, prev }) = header.keys.as_ref().and_then(|keys| keys.number) else {
            return Ok(());
        };
        let Some(connection) = self.connections.get_mut(from).filter(|connection| connection.greeting.is_some()) else {
            return self.answer(envelope, &Reply::Hello);
        };
        // The index's numbers have a sign.
        if i64::MAX as u64 <= seq {
            let reason = "no stream is as long as this number says".to_owned();
            return self.answer(envelope, &Reply::Error { stream, seq, reason });
        }
        match self.marks.judge(Number { stream, seq, prev })? {
            Verdict::Repeat => {
                self.batch.acks.insert((from.clone(), stream));
            }
            Verdict::Hole => {
                if connection.expect(stream) {
                    self.batch.holes.insert((from.clone(), stream));
                }
            }
            Verdict::Store => return self.store_numbered(from, envelope, header, body, stream, seq),
        }
        Ok(())
    }

    pub(super) fn store_numbered(
        &mut self,
        from: &ConnectionKey,
        envelope: &Envelope,
        header: &Header,
        body: &[u8],
        stream: StreamId,
        seq: u64,
    ) -> Result<()> {
        let receipt = self.receipt();
        let Some(connection) = self.connections.get_mut(from) else { return Ok(()) };
        let ticks = &mut connection.ticks;
        let entry = match decide(header, body, &receipt, ticks, &self.settings.zone, &mut self.names) {
            Decision::Store(entry) if entry.file.is_some() && body.is_empty() => {
                let reason = "an image without any bytes".to_owned();
                return self.answer(envelope, &Reply::Error { stream, seq, reason });
            }
            Decision::Store(entry) => entry,
            Decision::Heartbeat { .. } | Decision::Live => {
                let reason = "this kind of message is not numbered".to_owned();
                return self.answer(envelope, &Reply::Error { stream, seq, reason });
            }
        };
        if let Err(reason) = self.admit(&entry) {
            self.answer(envelope, &Reply::Error { stream, seq, reason })?;
            // Else a whole window would come again for each image that is refused.
            let beat = Reply::Heartbeat { credit: self.credit_of(from), time: self.clock.now() };
            return self.answer(envelope, &beat);
        }
        self.heard(&entry.node, None);
        if let Some(number) = self.append(&entry, body, Key { stream: stream.0, seq }) {
            self.marks.note(stream, seq, number, receipt.uptime);
            if says_farewell(&entry) {
                self.watch.stopped(&entry.node);
            }
            self.batch.acks.insert((from.clone(), stream));
            if let Some(connection) = self.connections.get_mut(from) {
                connection.expecting.remove(&stream);
            }
        } else if let Some(connection) = self.connections.get_mut(from) {
            // The disk refuses. What follows on this connection is behind a hole.
            if connection.expect(stream) {
                self.batch.holes.insert((from.clone(), stream));
            }
        }
        Ok(())
    }

    /// A greeted node's heartbeat, and what a later version may send without a number.
    pub(super) fn take_unnumbered(&mut self, from: &ConnectionKey, envelope: &Envelope, keys: &Keys) -> Result<()> {
        if keys.kind != Kind::Health {
            debug!(kind = ?keys.kind, "a message without a number was ignored");
            return Ok(());
        }
        let node = picket_common::name::clean(&keys.node);
        let delay = self.connections.get(from).and_then(|known| known.ticks.delay(keys, self.clock.uptime()));
        self.heard(&node, Some(with_clock(keys, self.clock.now(), delay.unwrap_or_default())));
        let beat = Reply::Heartbeat { credit: self.credit_of(from), time: self.clock.now() };
        self.answer(envelope, &beat)?;
        let expecting = self.connections.get(from).map(|connection| connection.expecting.clone());
        for stream in expecting.into_iter().flatten() {
            self.batch.holes.insert((from.clone(), stream));
        }
        Ok(())
    }

    pub(super) fn expect(&mut self, holes: impl IntoIterator<Item = (ConnectionKey, StreamId)>) -> Result<()> {
        for (from, stream) in holes {
            let still = self.connections.get(&from).is_some_and(|connection| connection.expecting.contains(&stream));
            if still {
                let seq = self.marks.synced(stream)?;
                self.answer_connection(&from, &Reply::Expect { stream, seq })?;
                // The window is closed while the disk refuses; a heartbeat opens it again.
                if self.refused.is_some() {
                    let beat = Reply::Heartbeat { credit: self.credit_of(&from), time: self.clock.now() };
                    self.answer_connection(&from, &beat)?;
                }
            }
        }
        Ok(())
    }

    /// The window of whoever is at the other end.
    pub(super) fn credit_of(&self, to: &ConnectionKey) -> Credit {
        let greeting = self.connections.get(to).and_then(|connection| connection.greeting.as_ref());
        self.credit_for(greeting.map(|greeting| greeting.node.as_str()).unwrap_or_default())
    }

    /// The window of a node. One that is over its limit sends one message at a time: what follows a refused one comes
    /// again.
    fn credit_for(&self, node: &str) -> Credit {
        let credit = self.credit();
        match self.ongoing.is(Trouble::Limit, node, "") {
            true => Credit { credit_messages: credit.credit_messages.min(1), ..credit },
            false => credit,
        }
    }

    fn credit(&self) -> Credit {
        if self.refused.is_some() {
            // One message now and then tries whether the disk takes it again.
            return Credit { credit_messages: u64::from(self.may_try_again()), credit_bytes: 0 };
        }
        let share = WINDOW_BYTES / self.greeted.max(1) as u64;
        let credit_bytes = share.clamp(*NODE_WINDOW_BYTES.start(), *NODE_WINDOW_BYTES.end());
        Credit { credit_messages: NODE_WINDOW_MESSAGES, credit_bytes }
    }
}

/// A node's health as it says it, and with it how far its clock is from ours: see `clock_ahead_s` in [`picket_common::event::HealthData`].
/// How long the heartbeat was under way does not count, as far as it is known.
fn with_clock(keys: &Keys, now: Timestamp, delay: Duration) -> Value {
    let mut data = keys.data.clone();
    if let (Some(health), Some(at)) = (data.as_object_mut(), keys.at) {
        let sent = now.checked_sub(delay).unwrap_or(now);
        health.insert("clock_ahead_s".to_owned(), at.duration_since(sent).as_secs().into());
    }
    data
}

/// Whether a node tells that it stops.
fn says_farewell(entry: &Entry) -> bool {
    let is = |key: &str, word: &str| entry.data.get(key).and_then(Value::as_str) == Some(word);
    entry.kind == Kind::Event && is("what", Trouble::Silent.what()) && is("state", "stopped")
}
