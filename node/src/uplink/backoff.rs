//! Waits that grow from one try to the next, each shortened by chance: so many nodes that miss the same hub do not all come
//! at the same moment. The chance follows from a seed.

use std::time::Duration;

use crate::chance;

/// Before the second try; it doubles with each further one, up to the most.
const FIRST: Duration = Duration::from_secs(1);
const MOST: Duration = Duration::from_secs(30);

/// A source of waits.
#[derive(Debug)]
pub(super) struct Backoff {
    dice: u64,
}

impl Backoff {
    pub(super) fn new(seed: u64) -> Backoff {
        Backoff { dice: seed }
    }

    /// How long to wait after so many tries in vain, never longer than `most`; after none there is no wait.
    pub(super) fn after(&mut self, tries: u32, most: Duration) -> Duration {
        match tries.checked_sub(1) {
            None => Duration::ZERO,
            Some(doubled) => self.about(FIRST.saturating_mul(1 << doubled.min(16)).min(MOST).min(most)),
        }
    }

    /// Between half of `time` and all of it.
    pub(super) fn about(&mut self, time: Duration) -> Duration {
        self.dice = chance::mix(self.dice, 1);
        time / 2 + time.mul_f64(f64::from(chance::share(self.dice)) / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_half_a_minute() {
        let mut backoff = Backoff::new(7);
        let mut check = |tries: u32, most: u64| {
            let (wait, most) = (backoff.after(tries, MOST), Duration::from_secs(most));
            assert!((most / 2..=most).contains(&wait), "{tries}: {wait:?}");
        };
        for (tries, most) in [(0, 0), (1, 1), (2, 2), (3, 4), (4, 8), (5, 16), (6, 30), (7, 30), (u32::MAX, 30)] {
            check(tries, most);
        }
    }

    #[test]
    fn no_wait_is_longer_than_it_may_be() {
        let mut backoff = Backoff::new(7);
        let longest = (0..50).map(|tries| backoff.after(tries, FIRST * 5)).max();
        assert!(longest.is_some_and(|longest| (FIRST * 3..=FIRST * 5).contains(&longest)), "{longest:?}");
    }

    #[test]
    fn the_waits_of_many_nodes_are_spread() {
        let mut waits: Vec<_> = (0..200).map(|seed| Backoff::new(seed).after(4, MOST)).collect();
        waits.sort();
        let within = |second: u64| {
            let (from, to) = (Duration::from_secs(second), Duration::from_secs(second + 1));
            waits.iter().filter(|wait| (from..to).contains(wait)).count()
        };
        let counts: Vec<usize> = (4..8).map(within).collect();
        assert!(counts.iter().all(|count| (30..70).contains(count)), "{counts:?}");
        assert_eq!(Backoff::new(3).after(4, MOST), Backoff::new(3).after(4, MOST), "the same seed gives the same");
    }
}
