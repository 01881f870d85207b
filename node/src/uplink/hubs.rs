//! The hubs of a node, the most preferred first: which is at hand, whose turn is next, how long each is given. Pure: knows no
//! connection and no clock.

use std::time::Duration;

use super::backoff::Backoff;

/// A hub that was gone back to and fails again within so long is let prove itself for longer the next time.
const PROOF: Duration = Duration::from_secs(600);
/// So many signs of life in a row it takes to go back to a hub: at first, and at most.
const STEADY: u32 = 2;
const MOST_STEADY: u32 = 64;

/// The hubs, and the one at hand.
#[derive(Debug)]
pub(super) struct Hubs {
    addresses: Vec<String>,
    at: usize,
    /// The last one that answered.
    settled: Option<usize>,
    /// How many were tried since any has answered.
    tries: u32,
    backoff: Backoff,
    /// What the one at hand is given beyond its time-out, because nobody has answered for a while.
    grace: Duration,
    steady: u32,
    /// When it was last gone back to a hub, in uptime.
    back: Option<Duration>,
}

/// The node sends to another hub than before, and now it answers.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Moved {
    /// The one before does not answer.
    Over { silent: String, to: String },
    /// The more preferred one answers again.
    Back { to: String, from: String },
}

impl Hubs {
    /// At least one address.
    pub(super) fn new(addresses: &[String], seed: u64) -> Hubs {
        Hubs {
            addresses: addresses.to_vec(),
            at: 0,
            settled: None,
            tries: 0,
            backoff: Backoff::new(seed),
            grace: Duration::ZERO,
            steady: STEADY,
            back: None,
        }
    }

    /// The address of hub `index`.
    pub(super) fn address(&self, index: usize) -> &str {
        self.addresses.get(index).map_or("", String::as_str)
    }

    /// The address of the one at hand.
    pub(super) fn at_hand(&self) -> &str {
        self.address(self.at)
    }

    pub(super) fn are_several(&self) -> bool {
        self.addresses.len() > 1
    }

    /// How many are preferred to the one at hand: those with a lower index.
    pub(super) fn preferred(&self) -> usize {
        self.at
    }

    /// Whether none has answered.
    pub(super) fn are_all_silent(&self) -> bool {
        self.tries as usize >= self.addresses.len()
    }

    /// All of them, in words.
    pub(super) fn listed(&self) -> String {
        match self.addresses.as_slice() {
            [one] => format!("the hub at {one} has"),
            all => format!("none of the hubs at {} has", all.join(", ")),
        }
    }

    /// How long the one at hand may take for its first answer.
    pub(super) fn patience(&self, timeout: Duration) -> Duration {
        timeout + self.grace
    }

    /// So much longer is waited before it is greeted once more after `greetings` that came to nothing.
    pub(super) fn pause(&mut self, greetings: u32) -> Duration {
        self.backoff.after(greetings.saturating_sub(1), Duration::MAX)
    }

    /// About `time`, by chance.
    pub(super) fn about(&mut self, time: Duration) -> Duration {
        self.backoff.about(time)
    }

    /// The one at hand does not answer: it is the next one's turn. It gets up to twice the `timeout`: a hello may be lost in
    /// a hub that is killed just then, and is not to be waited for too long.
    pub(super) fn missed(&mut self, now: Duration, timeout: Duration) {
        if let Some(back) = self.back.take() {
            let relapse = now.saturating_sub(back) < PROOF;
            self.steady = if relapse { (self.steady * 2).min(MOST_STEADY) } else { STEADY };
        }
        self.tries = self.tries.saturating_add(1);
        self.at = (self.at + 1) % self.addresses.len().max(1);
        let rounds = self.tries / u32::try_from(self.addresses.len()).unwrap_or(u32::MAX).max(1);
        self.grace = self.backoff.after(rounds, timeout);
    }

    /// The one at hand answers.
    pub(super) fn answered(&mut self) -> Option<Moved> {
        (self.tries, self.grace) = (0, Duration::ZERO);
        let before = self.settled.replace(self.at).unwrap_or(0);
        let (to, other) = (self.at_hand().to_owned(), self.address(before).to_owned());
        match before.cmp(&self.at) {
            std::cmp::Ordering::Equal => None,
            std::cmp::Ordering::Less => Some(Moved::Over { silent: other, to }),
            std::cmp::Ordering::Greater => Some(Moved::Back { to, from: other }),
        }
    }

    /// Whether so many signs of life in a row are enough to go back.
    pub(super) fn is_steady(&self, signs: u32) -> bool {
        signs >= self.steady
    }

    /// Goes back to hub `index`.
    pub(super) fn go_back(&mut self, index: usize, now: Duration) {
        self.at = index;
        self.back = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn hubs(addresses: &[&str]) -> Hubs {
        Hubs::new(&addresses.iter().map(|address| (*address).to_owned()).collect::<Vec<_>>(), 5)
    }

    #[test]
    fn each_has_its_turn_and_when_nobody_answers_more_and_more_time() {
        let mut hubs = hubs(&["a", "b", "c"]);
        let mut tried = Vec::new();
        for _ in 0..7 {
            tried.push((hubs.at_hand().to_owned(), hubs.patience(SECOND * 10).as_secs(), hubs.are_all_silent()));
            hubs.missed(SECOND, SECOND * 10);
        }
        let tried: Vec<_> = tried.iter().map(|(at, patience, silent)| (at.as_str(), *patience, *silent)).collect();
        let first = [("a", 10, false), ("b", 10, false), ("c", 10, false)];
        assert_eq!(tried[..3], first);
        assert_eq!(tried[3..6], [("a", 10, true), ("b", 10, true), ("c", 10, true)], "half a second to one more");
        assert_eq!((tried[6].0, tried[6].1), ("a", 11), "one to two more");
        assert_eq!(hubs.answered(), Some(Moved::Over { silent: "a".into(), to: "b".into() }));
        assert_eq!((hubs.answered(), hubs.patience(SECOND), hubs.are_all_silent()), (None, SECOND, false));
    }

    #[test]
    fn a_single_hub_is_given_more_time_with_each_try() {
        let mut hubs = hubs(&["a"]);
        let mut most = [0, 1, 2, 4, 8, 10, 10, 10].map(Duration::from_secs).into_iter();
        for _ in 0..8 {
            let (grace, most) = (hubs.patience(Duration::ZERO), most.next().unwrap());
            assert!((most / 2..=most).contains(&grace), "{grace:?} of {most:?}");
            hubs.missed(SECOND, SECOND * 10);
        }
        assert_eq!(hubs.answered(), None, "it is the same hub");
    }

    #[test]
    fn one_that_fails_soon_after_it_was_gone_back_to_has_to_prove_itself_for_longer() {
        let mut hubs = hubs(&["a", "b"]);
        let mut after = |seconds: u64| {
            hubs.missed(SECOND, SECOND * 10);
            assert!(hubs.answered().is_some_and(|moved| matches!(moved, Moved::Over { .. })));
            let steady = (1..100).find(|signs| hubs.is_steady(*signs)).unwrap();
            hubs.go_back(0, SECOND);
            assert_eq!(hubs.answered(), Some(Moved::Back { to: "a".into(), from: "b".into() }));
            hubs.missed(SECOND * u32::try_from(seconds).unwrap(), SECOND);
            hubs.at = 0;
            hubs.settled = Some(0);
            steady
        };
        let steady: Vec<u32> = [5, 5, 5, 700, 5].map(&mut after).into();
        assert_eq!(steady, [2, 4, 8, 16, 2]);
    }
}
