//! At most so many frames a second. Knows no frames.

use std::time::Duration;

use crate::config::Framerate;

/// Lets through what keeps to a rate on the average. What comes at just that rate, now a little early and now a
/// little late, all passes.
#[derive(Debug)]
pub(crate) struct Limit {
    interval: Duration,
    /// Uptime from which the next may pass: half an interval before it is due.
    from: Option<Duration>,
}

impl Limit {
    /// So many a second; `None` if that is more seldom than can be counted.
    pub(crate) fn to(rate: Framerate) -> Option<Limit> {
        Duration::try_from_secs_f64(1.0 / rate.0).ok().map(Limit::new)
    }

    pub(crate) fn new(interval: Duration) -> Limit {
        Limit { interval, from: None }
    }

    /// Whether what comes now (uptime) passes.
    pub(crate) fn passes(&mut self, now: Duration) -> bool {
        let from = self.from.unwrap_or(now.saturating_sub(self.interval / 2));
        let passes = now >= from;
        if passes {
            // After a gap, it does not make up for what did not come.
            self.from = Some((from + self.interval).max(now));
        }
        passes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which of those that come at these milliseconds pass, with a tenth of a second between them.
    fn check(come: &[u64], expected: &[u64]) {
        let mut limit = Limit::new(Duration::from_millis(100));
        let passed: Vec<u64> =
            come.iter().copied().filter(|ms| limit.passes(Duration::from_millis(60_000 + ms))).collect();
        assert_eq!(passed, expected);
    }

    #[test]
    fn the_rate_is_kept_on_the_average() {
        check(&[0, 100, 200, 300], &[0, 100, 200, 300]);
        check(&[0, 130, 170, 330, 380, 500], &[0, 130, 170, 330, 380, 500]);
        check(&[0, 33, 67, 100, 133, 167, 200, 233, 267, 300], &[0, 67, 167, 267]);
        check(&[0, 900, 901, 902, 1_000, 1_001, 1_100], &[0, 900, 901, 1_000, 1_100]);
        let fast: Vec<u64> = (0..10_000).step_by(7).collect();
        let mut limit = Limit::new(Duration::from_millis(100));
        assert_eq!(fast.iter().filter(|ms| limit.passes(Duration::from_millis(**ms))).count(), 100);
    }
}
