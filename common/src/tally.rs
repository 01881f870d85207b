//! Counts what happens again and again, so that it is told at once, and then only once in a while. Knows no log.

use std::time::Duration;

/// How often at most.
pub const A_WHILE: Duration = Duration::from_secs(60);

/// What has happened and was not told yet.
#[derive(Debug, Default)]
pub struct Tally {
    count: u64,
    /// In uptime.
    told: Option<Duration>,
}

impl Tally {
    /// It has happened so many times more.
    pub fn add(&mut self, times: u64) {
        self.count += times;
    }

    /// Whether it has not happened for a while.
    pub fn is_quiet(&self, now: Duration) -> bool {
        self.count == 0 && self.told.is_none_or(|told| A_WHILE <= now.saturating_sub(told))
    }

    /// How often since it was last told, if it is time to tell.
    pub fn due(&mut self, now: Duration) -> Option<u64> {
        let recently = self.told.is_some_and(|told| now.saturating_sub(told) < A_WHILE);
        if self.count == 0 || recently {
            return None;
        }
        self.told = Some(now);
        Some(std::mem::take(&mut self.count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_told_at_once_and_then_once_a_minute() {
        let mut tally = Tally::default();
        let mut check = |seconds: u64, times: u64, expected: Option<u64>| {
            tally.add(times);
            assert_eq!(tally.due(Duration::from_secs(seconds)), expected, "at {seconds} s");
        };
        check(5, 0, None);
        check(6, 2, Some(2));
        check(7, 1, None);
        check(65, 5, None);
        check(66, 0, Some(6));
        check(200, 0, None);
        check(201, 1, Some(1));
    }
}
