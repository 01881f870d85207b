//! What old senders' connections have begun with. Who has waited in vain for an answer connects anew and begins with the
//! picture that was not answered; what he had sent on the connections before may still come when the network is whole again,
//! seconds later and behind newer pictures. This tells such late ones. Knows no sockets and no files.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::time::Duration;

use super::connection::ConnectionKey;
use super::repeats::{MEMORY, MOST, Picture};

/// A connection that is given up may still be made a moment after the one that takes its place: closing is not instant.
const MOMENT: Duration = Duration::from_secs(1);
/// From so many connections a picture may come late: a sender may have given up several before one was answered.
const MOST_LATE: usize = 8;

/// Text and digest.
type Key = (String, String);

/// The pictures that connections have begun with, for as long as they may still come late.
#[derive(Debug, Default)]
pub(super) struct Begun {
    begun: HashMap<Key, Beginning>,
    /// What the batch at hand has changed, with what stood there before, for its withdrawal.
    changed: Vec<(Key, Option<Beginning>)>,
}

#[derive(Debug, Clone)]
struct Beginning {
    /// The latest connection that began with it, and its place.
    on: ConnectionKey,
    place: Option<u64>,
    since: Duration,
    /// Those on which it has come late.
    late: Vec<ConnectionKey>,
}

impl Beginning {
    /// Whether the connection is one that was given up for this one. Where it is not known which is the older one, behind a
    /// proxy, one that begins with the picture may be anybody's, and one that has gone on to it is the older.
    fn has_given_up(&self, picture: &Picture, now: Duration) -> bool {
        match self.order_of(picture) {
            Some(Ordering::Less) => true,
            _ if picture.first => now.saturating_sub(self.since) < MOMENT && self.on != *picture.from,
            Some(Ordering::Greater) => false,
            Some(Ordering::Equal) | None => self.on != *picture.from,
        }
    }

    /// The picture's connection's, beside this one.
    fn order_of(&self, picture: &Picture) -> Option<Ordering> {
        picture.place.zip(self.place).map(|(its, ours)| its.cmp(&ours))
    }
}

impl Begun {
    /// Notes that a picture is the first on its connection.
    pub(super) fn begin(&mut self, picture: &Picture, now: Duration) {
        let key = picture.key();
        let before = self.begun.get(&key);
        let is_older = before.is_some_and(|before| before.order_of(picture) == Some(Ordering::Less));
        if is_older || before.is_none() && MOST <= self.begun.len() {
            return;
        }
        let late = before.map_or_else(Vec::new, |before| before.late.clone());
        self.change(key, Beginning { on: picture.from.clone(), place: picture.place, since: now, late });
    }

    /// Whether a picture comes late on a connection that its sender has given up. True once for each connection: no more
    /// than one picture waits for an answer on it.
    pub(super) fn is_late(&mut self, picture: &Picture, now: Duration) -> bool {
        let key = picture.key();
        let Some(beginning) = self.begun.get(&key) else { return false };
        let is_late = now.saturating_sub(beginning.since) < MEMORY
            && beginning.has_given_up(picture, now)
            && beginning.late.len() < MOST_LATE
            && !beginning.late.contains(picture.from);
        if is_late {
            let mut beginning = beginning.clone();
            beginning.late.push(picture.from.clone());
            self.change(key, beginning);
        }
        is_late
    }

    fn change(&mut self, key: Key, beginning: Beginning) {
        let before = self.begun.insert(key.clone(), beginning);
        self.changed.push((key, before));
    }

    /// The batch is synced.
    pub(super) fn commit(&mut self) {
        self.changed.clear();
    }

    /// The batch is withdrawn: what stood before stands again.
    pub(super) fn roll_back(&mut self) {
        while let Some((key, before)) = self.changed.pop() {
            match before {
                Some(before) => self.begun.insert(key, before),
                None => self.begun.remove(&key),
            };
        }
    }

    /// Forgets what is too old to matter.
    pub(super) fn tidy(&mut self, now: Duration) {
        self.begun.retain(|_, beginning| now.saturating_sub(beginning.since) < MEMORY);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use picket_common::transport::Envelope;

    const NOW: Duration = Duration::from_secs(1000);

    fn named(name: &str) -> ConnectionKey {
        ConnectionKey::of(&Envelope(vec![name.as_bytes().to_vec()]))
    }

    /// What somebody does on the connection that was accepted in this place.
    fn on<T>(place: u64, digest: &str, first: bool, act: impl FnOnce(&Picture) -> T) -> T {
        let from = &named(&place.to_string());
        act(&Picture { text: "Barn|jpg", digest, from, place: Some(place), first })
    }

    fn begin(begun: &mut Begun, place: u64, digest: &str) {
        on(place, digest, true, |picture| begun.begin(picture, NOW));
    }

    fn is_late(begun: &mut Begun, place: u64, digest: &str, first: bool) -> bool {
        on(place, digest, first, |picture| begun.is_late(picture, NOW + MOMENT))
    }

    /// Connections that have begun so, one after the other.
    fn begun(beginnings: &[(u64, &str)]) -> Begun {
        let mut begun = Begun::default();
        beginnings.iter().for_each(|(place, digest)| begin(&mut begun, *place, digest));
        begun.commit();
        begun
    }

    #[test]
    fn what_another_connection_has_begun_with_is_late_within_five_minutes() {
        let check = |text, digest, place, seconds, expected| {
            let (from, now) = (&named("given up"), NOW + Duration::from_secs(seconds));
            let picture = Picture { text, digest, from, place: Some(place), first: false };
            let late = begun(&[(2, "a")]).is_late(&picture, now);
            assert_eq!(late, expected, "{text} {digest} {place} {seconds}");
        };
        check("Barn|jpg", "a", 1, 299, true);
        check("Barn|jpg", "a", 1, 300, false);
        check("Barn|jpg", "b", 1, 0, false);
        check("Yard|jpg", "a", 1, 0, false);
    }

    #[test]
    fn a_connection_that_was_made_later_is_not_one_that_was_given_up() {
        for first in [true, false] {
            for (place, expected) in [(6, true), (7, false), (8, false)] {
                assert_eq!(is_late(&mut begun(&[(7, "a")]), place, "a", first), expected, "{place} {first}");
            }
        }
    }

    #[test]
    fn one_that_was_made_later_may_be_given_up_in_that_very_moment() {
        for (after, expected) in [(Duration::ZERO, true), (MOMENT, false)] {
            for (place, expected) in [(7, false), (8, expected)] {
                let late = on(place, "a", true, |picture| begun(&[(7, "a")]).is_late(picture, NOW + after));
                assert_eq!(late, expected, "{place} {after:?}");
            }
        }
    }

    #[test]
    fn where_the_order_is_not_known_one_that_has_gone_on_to_the_picture_is_the_older() {
        let check = |place, from, first, expected| {
            let mut begun = Begun::default();
            let picture = |from, first| Picture { text: "Barn|jpg", digest: "a", from, place, first };
            let (second, from) = (named("second"), named(from));
            begun.begin(&picture(&second, true), NOW);
            assert_eq!(begun.is_late(&picture(&from, first), NOW + MOMENT), expected, "{place:?} {from:?} {first}");
        };
        for place in [None, Some(1)] {
            check(place, "first", false, true);
            check(place, "first", true, false);
            check(place, "second", false, false);
        }
    }

    #[test]
    fn a_picture_comes_late_once_from_each_of_the_connections_that_were_given_up() {
        let mut begun = begun(&[(3, "a")]);
        for (place, expected) in [(1, true), (2, true), (1, false), (2, false)] {
            assert_eq!(is_late(&mut begun, place, "a", true), expected, "{place}");
        }
    }

    #[test]
    fn a_connection_that_begins_later_with_another_picture_changes_nothing() {
        let mut begun = begun(&[(2, "a"), (3, "b")]);
        assert!(is_late(&mut begun, 1, "a", false));
        assert!(is_late(&mut begun, 2, "b", false));
    }

    #[test]
    fn of_several_connections_that_begin_with_a_picture_the_latest_counts_whichever_is_heard_first() {
        for order in [[2, 3], [3, 2]] {
            let mut begun = begun(&order.map(|place| (place, "a")));
            assert!(is_late(&mut begun, 2, "a", true), "{order:?}");
            assert!(!is_late(&mut begun, 3, "a", true), "{order:?}");
        }
    }

    #[test]
    fn a_withdrawn_batch_leaves_what_was_noted_before() {
        let mut begun = begun(&[(2, "a")]);
        assert!(is_late(&mut begun, 1, "a", false));
        begin(&mut begun, 3, "b");
        begun.roll_back();
        assert!(is_late(&mut begun, 1, "a", false));
        assert!(!is_late(&mut begun, 2, "b", false));
    }

    #[test]
    fn pictures_without_end_are_not_noted_and_the_noted_ones_stay() {
        let mut begun = begun(&[(2, "a")]);
        (0..MOST).for_each(|number| begin(&mut begun, 2, &number.to_string()));
        assert_eq!(begun.begun.len(), MOST);
        assert!(is_late(&mut begun, 1, "a", false));
        begun.tidy(NOW + MEMORY);
        assert_eq!(begun.begun.len(), 0);
    }
}
