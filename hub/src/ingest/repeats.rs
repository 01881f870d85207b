//! Old senders cannot number their messages. This notices the repeats that can be told from a second picture that looks
//! the same: a sender whose `OK` was lost connects anew and sends its last image again. What still comes on the connection
//! that it gave up is [`Begun`]'s. Knows no sockets and no files.

use std::collections::HashMap;
use std::time::Duration;

use super::begun::Begun;
use super::connection::ConnectionKey;

/// For so long of the hub's running time an image may come back.
pub(super) const MEMORY: Duration = Duration::from_secs(5 * 60);
/// So many texts are remembered; of more the one whose last image came first is forgotten. And so many beginnings.
pub(super) const MOST: usize = 10_000;

/// An old sender's image, as far as it matters whether it came before.
#[derive(Debug, Clone, Copy)]
pub(super) struct Picture<'a> {
    /// Its whole text.
    pub(super) text: &'a str,
    /// Of its bytes.
    pub(super) digest: &'a str,
    /// The connection it came on.
    pub(super) from: &'a ConnectionKey,
    /// That one's place among the connections.
    pub(super) place: Option<u64>,
    /// It is the first message there.
    pub(super) first: bool,
}

impl Picture<'_> {
    pub(super) fn key(&self) -> (String, String) {
        (self.text.to_owned(), self.digest.to_owned())
    }
}

/// Per image text, the last image that was accepted, and what connections began with.
#[derive(Debug, Default)]
pub(super) struct Repeats {
    last: HashMap<String, Last>,
    /// What the batch at hand has changed, with what stood there before, for its withdrawal.
    changed: Vec<(String, Option<Last>)>,
    begun: Begun,
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

impl Repeats {
    /// An image met in journal or index at the hub's start, at running time `now`.
    pub(super) fn recover(&mut self, text: &str, digest: &str, now: Duration) {
        let last = Last { digest: digest.to_owned(), from: None, since: now, synced: true, proven: false };
        self.last.insert(text.to_owned(), last);
    }

    /// Notes an image as accepted with the batch at hand.
    pub(super) fn note(&mut self, picture: &Picture, now: Duration) {
        let (text, digest) = picture.key();
        let last = Last { digest, from: Some(picture.from.clone()), since: now, synced: false, proven: false };
        if MOST <= self.last.len() && !self.last.contains_key(&text) {
            let synced = self.last.iter().filter(|(_, last)| last.synced);
            let first = synced.min_by_key(|(_, last)| last.since).map(|(text, _)| text.clone());
            first.map(|first| self.last.remove(&first));
        }
        let before = self.last.insert(text.clone(), last);
        self.changed.push((text, before));
        if picture.first {
            self.begun.begin(picture, now);
        }
    }

    /// Whether an image was accepted before: it is the last one of its text, sent again as the first on a connection, or it
    /// comes late on a connection that was given up.
    pub(super) fn is_repeat(&mut self, picture: &Picture, now: Duration) -> bool {
        if picture.first && self.is_last(picture, now) {
            // What was sent on a connection between the two may still come.
            self.begun.begin(picture, now);
            return true;
        }
        self.begun.is_late(picture, now)
    }

    fn is_last(&self, picture: &Picture, now: Duration) -> bool {
        self.last.get(picture.text).is_some_and(|last| {
            last.digest == picture.digest && !last.proven && now.saturating_sub(last.since) < MEMORY
        })
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
        self.begun.commit();
        for (text, _) in self.changed.drain(..) {
            if let Some(last) = self.last.get_mut(&text) {
                last.synced = true;
            }
        }
    }

    /// The batch is withdrawn: what stood before stands again.
    pub(super) fn roll_back(&mut self) {
        self.begun.roll_back();
        while let Some((text, before)) = self.changed.pop() {
            match before {
                Some(before) => self.last.insert(text, before),
                None => self.last.remove(&text),
            };
        }
    }

    /// Forgets what is too old to matter.
    pub(super) fn tidy(&mut self, now: Duration) {
        self.begun.tidy(now);
        self.last.retain(|_, last| now.saturating_sub(last.since) < MEMORY);
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

    fn note(repeats: &mut Repeats, text: &str, digest: &str, from: &str, now: Duration) {
        repeats.note(&Picture { text, digest, from: &connection(from), place: None, first: false }, now);
    }

    /// Asked by somebody who has just connected.
    fn is_repeat(repeats: &mut Repeats, text: &str, digest: &str, now: Duration) -> bool {
        repeats.is_repeat(&Picture { text, digest, from: &connection("new"), place: None, first: true }, now)
    }

    fn accepted() -> Repeats {
        let mut repeats = Repeats::default();
        note(&mut repeats, "Barn|jpg", "digest", "first", NOW);
        repeats.commit();
        repeats
    }

    #[test]
    fn the_same_text_and_bytes_within_five_minutes_are_a_repeat() {
        let check = |text, digest, seconds, expected| {
            let now = NOW + Duration::from_secs(seconds);
            assert_eq!(is_repeat(&mut accepted(), text, digest, now), expected, "{text} {digest} {seconds}");
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
        assert!(is_repeat(&mut repeats, "Barn|jpg", "digest", NOW));
        let mut repeats = accepted();
        repeats.prove("Barn|jpg", &connection("first"));
        assert!(!is_repeat(&mut repeats, "Barn|jpg", "digest", NOW));
    }

    #[test]
    fn a_picture_may_still_come_on_a_connection_between_the_one_that_brought_it_and_the_one_that_repeated_it() {
        let keys = ["", "brought", "between", "repeated"].map(connection);
        let picture = |place: usize, digest, first| {
            let from = keys.get(place).unwrap();
            Picture { text: "Barn|jpg", digest, from, place: Some(place as u64), first }
        };
        let mut repeats = Repeats::default();
        repeats.note(&picture(1, "a", false), NOW);
        repeats.commit();
        assert!(repeats.is_repeat(&picture(3, "a", true), NOW));
        repeats.commit();
        repeats.note(&picture(3, "b", false), NOW);
        repeats.commit();
        assert!(repeats.is_repeat(&picture(2, "a", true), NOW));
    }

    #[test]
    fn a_withdrawn_batch_leaves_what_was_noted_before() {
        let mut repeats = accepted();
        note(&mut repeats, "Barn|jpg", "newer", "first", NOW);
        note(&mut repeats, "Barn|jpg", "newest", "first", NOW);
        repeats.roll_back();
        assert!(is_repeat(&mut repeats, "Barn|jpg", "digest", NOW));
        assert!(!is_repeat(&mut repeats, "Barn|jpg", "newest", NOW));
    }

    #[test]
    fn texts_without_end_push_out_the_oldest_only() {
        let mut repeats = accepted();
        for number in 0..MOST {
            note(&mut repeats, &format!("{number}|jpg"), "digest", "hostile", NOW + Duration::from_secs(1));
            repeats.commit();
        }
        assert_eq!(repeats.last.len(), MOST);
        assert!(!is_repeat(&mut repeats, "Barn|jpg", "digest", NOW));
        assert!(is_repeat(&mut repeats, "0|jpg", "digest", NOW));
    }

    #[test]
    fn an_image_from_before_the_hubs_start_is_remembered() {
        let mut repeats = Repeats::default();
        repeats.recover("Barn|jpg", "digest", NOW);
        assert!(is_repeat(&mut repeats, "Barn|jpg", "digest", NOW));
    }
}
