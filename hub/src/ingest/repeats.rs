//! Old senders cannot number their messages. This notices the repeats that can be told from a second picture that looks
//! the same. A sender whose `OK` was lost connects anew and sends its last image again. And what it had sent on the connection
//! before may still come, when a network that was cut off is whole again: behind what was sent on the new one. Knows no
//! sockets and no files.

use std::collections::HashMap;
use std::time::Duration;

use super::connection::ConnectionKey;

/// For so long of the hub's running time an image may come back.
const MEMORY: Duration = Duration::from_secs(5 * 60);
/// So many texts are remembered; of more the one whose last image came first is forgotten.
const MOST: usize = 10_000;

/// Per image text, the last image that was accepted.
#[derive(Debug, Default)]
pub(super) struct Repeats {
    last: HashMap<String, Last>,
    /// Per image text, the last one that was the first message on a connection, and may have been sent on another before.
    begun: HashMap<String, Begun>,
    /// What the batch at hand has changed, with what stood there before, for its withdrawal.
    changed: Vec<(String, Option<Last>)>,
}

#[derive(Debug, Clone)]
struct Last {
    digest: String,
    /// Who sent it; nobody for an image met in journal or index at the start.
    from: Option<ConnectionKey>,
    since: Duration,
    synced: bool,
    /// A later message on its connection has shown that its `OK` arrived.
    proven: bool,
}

#[derive(Debug)]
struct Begun {
    digest: String,
    on: ConnectionKey,
    since: Duration,
}

impl Repeats {
    /// An image met in journal or index at the hub's start, at running time `now`.
    pub(super) fn recover(&mut self, text: &str, digest: &str, now: Duration) {
        let last = Last { digest: digest.to_owned(), from: None, since: now, synced: true, proven: false };
        self.last.insert(text.to_owned(), last);
    }

    /// Notes an image as accepted with the batch at hand.
    pub(super) fn note(&mut self, text: &str, digest: &str, from: &ConnectionKey, now: Duration) {
        let last =
            Last { digest: digest.to_owned(), from: Some(from.clone()), since: now, synced: false, proven: false };
        if MOST <= self.last.len() && !self.last.contains_key(text) {
            let synced = self.last.iter().filter(|(_, last)| last.synced);
            let first = synced.min_by_key(|(_, last)| last.since).map(|(text, _)| text.clone());
            first.map(|first| self.last.remove(&first));
        }
        let before = self.last.insert(text.to_owned(), last);
        self.changed.push((text.to_owned(), before));
    }

    /// Whether an image is the last one of this text, sent again. To be asked for the first message on a
    /// connection only.
    pub(super) fn is_repeat(&self, text: &str, digest: &str, now: Duration) -> bool {
        self.last
            .get(text)
            .is_some_and(|last| last.digest == digest && !last.proven && now.saturating_sub(last.since) < MEMORY)
    }

    /// Notes that the image accepted last was the first message on its connection.
    pub(super) fn begin(&mut self, text: &str, digest: &str, on: &ConnectionKey, now: Duration) {
        if self.begun.len() < MOST || self.begun.contains_key(text) {
            self.begun.insert(text.to_owned(), Begun { digest: digest.to_owned(), on: on.clone(), since: now });
        }
    }

    /// Whether an image comes late on a connection that its sender has given up: another one has begun with it since. If it is
    /// the `first` message of its connection, that has to be the older one: else somebody has just begun with the same picture
    /// again. True once, for more than one is never under way.
    pub(super) fn is_late(
        &mut self,
        text: &str,
        digest: &str,
        (from, first): (&ConnectionKey, bool),
        now: Duration,
    ) -> bool {
        let is_late = self.begun.get(text).is_some_and(|begun| {
            let given_up = if first { from.precedes(&begun.on) } else { begun.on != *from };
            begun.digest == digest && given_up && now.saturating_sub(begun.since) < MEMORY
        });
        if is_late {
            self.begun.remove(text);
        }
        is_late
    }

    /// A further message came on a connection whose last image had this text: its `OK` has arrived.
    pub(super) fn prove(&mut self, text: &str, from: &ConnectionKey) {
        if let Some(last) = self.last.get_mut(text)
            && last.synced
            && last.from.as_ref() == Some(from)
        {
            last.proven = true;
        }
    }

    /// The batch is synced.
    pub(super) fn commit(&mut self) {
        for (text, _) in self.changed.drain(..) {
            if let Some(last) = self.last.get_mut(&text) {
                last.synced = true;
            }
        }
    }

    /// The batch is withdrawn: what stood before stands again.
    pub(super) fn roll_back(&mut self) {
        self.begun.clear();
        while let Some((text, before)) = self.changed.pop() {
            match before {
                Some(before) => self.last.insert(text, before),
                None => self.last.remove(&text),
            };
        }
    }

    /// Forgets what is too old to matter.
    pub(super) fn tidy(&mut self, now: Duration) {
        self.last.retain(|_, last| now.saturating_sub(last.since) < MEMORY);
        self.begun.retain(|_, begun| now.saturating_sub(begun.since) < MEMORY);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use picket_common::transport::Envelope;

    const NOW: Duration = Duration::from_secs(1000);

    fn connection(name: &str) -> ConnectionKey {
        ConnectionKey::of(&Envelope(vec![name.as_bytes().to_vec()]))
    }

    fn accepted() -> Repeats {
        let mut repeats = Repeats::default();
        repeats.note("Barn|jpg", "digest", &connection("first"), NOW);
        repeats.commit();
        repeats
    }

    #[test]
    fn the_same_text_and_bytes_within_five_minutes_are_a_repeat() {
        let check = |text, digest, seconds, expected| {
            let now = NOW + Duration::from_secs(seconds);
            assert_eq!(accepted().is_repeat(text, digest, now), expected, "{text} {digest} {seconds}");
        };
        check("Barn|jpg", "digest", 0, true);
        check("Barn|jpg", "digest", 299, true);
        check("Barn|jpg", "digest", 300, false);
        check("Barn|jpg", "another", 0, false);
        check("Yard|jpg", "digest", 0, false);
    }

    #[test]
    fn a_later_message_on_the_first_connection_proves_that_its_ok_arrived() {
        let mut repeats = accepted();
        repeats.prove("Barn|jpg", &connection("second"));
        assert!(repeats.is_repeat("Barn|jpg", "digest", NOW));
        repeats.prove("Barn|jpg", &connection("first"));
        assert!(!repeats.is_repeat("Barn|jpg", "digest", NOW));
    }

    #[test]
    fn what_comes_late_on_a_connection_that_was_given_up_is_a_repeat_once() {
        let begun = || {
            let mut repeats = accepted();
            repeats.begin("Barn|jpg", "digest", &connection("second"), NOW);
            repeats
        };
        let check = |text, digest, from, seconds, expected| {
            let now = NOW + Duration::from_secs(seconds);
            assert_eq!(
                begun().is_late(text, digest, (&connection(from), false), now),
                expected,
                "{text} {digest} {from}"
            );
        };
        check("Barn|jpg", "digest", "first", 299, true);
        check("Barn|jpg", "digest", "first", 300, false);
        check("Barn|jpg", "digest", "second", 0, false);
        check("Barn|jpg", "another", "first", 0, false);
        check("Yard|jpg", "digest", "first", 0, false);
        let mut repeats = begun();
        assert!(repeats.is_late("Barn|jpg", "digest", (&connection("first"), false), NOW));
        assert!(!repeats.is_late("Barn|jpg", "digest", (&connection("first"), false), NOW));
        let mut withdrawn = begun();
        withdrawn.roll_back();
        assert!(!withdrawn.is_late("Barn|jpg", "digest", (&connection("first"), false), NOW));
    }

    #[test]
    fn a_connection_that_begins_late_with_what_another_has_begun_with_is_the_older_one_or_no_repeat() {
        let numbered = |number: u8| ConnectionKey::of(&Envelope(vec![vec![0, 0, 0, 0, number]]));
        let check = |from, expected| {
            let mut repeats = accepted();
            repeats.begin("Barn|jpg", "digest", &numbered(7), NOW);
            assert_eq!(repeats.is_late("Barn|jpg", "digest", (&numbered(from), true), NOW), expected, "{from}");
        };
        check(6, true);
        check(7, false);
        check(8, false);
    }

    #[test]
    fn a_withdrawn_batch_leaves_what_was_noted_before() {
        let mut repeats = accepted();
        repeats.note("Barn|jpg", "newer", &connection("first"), NOW);
        repeats.note("Barn|jpg", "newest", &connection("first"), NOW);
        repeats.roll_back();
        assert!(repeats.is_repeat("Barn|jpg", "digest", NOW));
        assert!(!repeats.is_repeat("Barn|jpg", "newest", NOW));
    }

    #[test]
    fn texts_without_end_push_out_the_oldest_only() {
        let mut repeats = accepted();
        for number in 0..MOST {
            repeats.note(&format!("{number}|jpg"), "digest", &connection("hostile"), NOW + Duration::from_secs(1));
            repeats.commit();
        }
        assert_eq!(repeats.last.len(), MOST);
        assert!(!repeats.is_repeat("Barn|jpg", "digest", NOW));
        assert!(repeats.is_repeat("0|jpg", "digest", NOW));
    }

    #[test]
    fn an_image_from_before_the_hubs_start_is_remembered() {
        let mut repeats = Repeats::default();
        repeats.recover("Barn|jpg", "digest", NOW);
        assert!(repeats.is_repeat("Barn|jpg", "digest", NOW));
    }
}
