//! What publishers send: decided, journaled and synced like an old sender's messages, and nobody is answered. Nobody waits
//! for an answer either, so nothing is held while the disk refuses, and a publisher, who can send as much as it likes, gets
//! only what others leave: nothing while others wait for the disk, and no more than half of the journal.

use picket_common::event::Kind;
use picket_common::log::Key;
use picket_common::transport::{Published, Receiver};
use picket_common::wire::Header;
use tracing::{info, warn};

use super::Ingest;
use super::decide::{Decision, decide};
use super::stamp::Ticks;

impl<R: Receiver> Ingest<R> {
    /// Makes known whom the receiver listens to.
    pub fn listen(&mut self, publishers: &[String]) {
        let now = self.clock.uptime();
        publishers.iter().for_each(|address| self.feeds.listen(address, now));
    }

    pub(super) fn take_published(&mut self, published: Published) {
        let now = self.clock.uptime();
        match published {
            Published::Reached(address) => self.feeds.reached(&address, now),
            Published::Gone(address) => self.feeds.gone(&address, now),
            Published::Message { parts, peer } => {
                self.batch.bytes += parts.iter().map(Vec::len).sum::<usize>();
                match (self.decode(&parts), <[Vec<u8>; 2]>::try_from(parts)) {
                    (Ok(header), Ok([_, body])) => self.take_from(&peer, header, body),
                    (Err(reason), _) => self.feeds.refused(&peer, reason, now),
                    // Decoding has seen two.
                    (Ok(_), Err(_)) => {}
                }
            }
        }
    }

    fn take_from(&mut self, publisher: &str, mut header: Header, body: Vec<u8>) {
        let now = self.clock.uptime();
        if let Some(keys) = &mut header.keys {
            // Streams are for those who are told what has arrived.
            keys.number = None;
            if matches!(keys.kind, Kind::Hello | Kind::Health) {
                let health = (keys.kind == Kind::Health).then(|| keys.data.clone());
                return self.heard(&picket_common::name::clean(&keys.node), health);
            }
        }
        let receipt = self.receipt();
        // Nothing published waits anywhere: it has just been made.
        let mut ticks = Ticks::default();
        header.keys.iter().for_each(|keys| ticks.note_keys(keys, receipt.uptime));
        let decision = decide(&header, &body, &receipt, &mut ticks, &self.settings.zone, &mut self.names);
        let mut entry = match decision {
            Decision::Live => return self.show(header, body),
            Decision::Heartbeat { node } => return self.heard(&node, None),
            Decision::Store(entry) => entry,
        };
        if entry.file.is_some() && body.is_empty() {
            return self.feeds.refused(publisher, "an image without any bytes".to_owned(), now);
        }
        if let Err(reason) = self.admit(&entry) {
            return self.feeds.refused(publisher, reason, now);
        }
        self.heard(&entry.node, None);
        // Who is not answered has no reason to send anything twice.
        entry.digest = None;
        if self.has_room_for_published() && self.append(&entry, &body, Key::default()).is_some() {
            self.batch.published.push(publisher.to_owned());
        } else {
            self.feeds.dropped(publisher, now);
        }
    }

    /// While the disk refuses, it is tried now and then, but those who wait come first.
    fn has_room_for_published(&self) -> bool {
        let others_wait = self.refused.is_some() && !self.waiting.is_empty();
        !others_wait && self.may_try_again() && !self.journal.is_half_full()
    }

    pub(super) fn tell_feeds(&mut self) {
        for news in self.feeds.news(self.clock.uptime()) {
            if news.bad { warn!("{}", news.text) } else { info!("{}", news.text) }
        }
    }
}
