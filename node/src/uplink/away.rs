//! While the hub does not answer: when that is told, and in which words. Knows no connection.

use std::time::Duration;

use picket_common::bytes::Bytes;

use crate::spool::Stock;

/// It is told again so often while it lasts.
const AGAIN: Duration = Duration::from_secs(600);

/// Whether the hub is away.
#[derive(Debug, Default)]
pub(super) struct Away(Option<Since>);

#[derive(Debug)]
struct Since {
    /// Both in uptime.
    began: Duration,
    told: Duration,
}

impl Away {
    /// An answer did not come within `timeout`: how long there has been none, where that is to be told now.
    pub(super) fn tell(&mut self, now: Duration, timeout: Duration) -> Option<picket_common::config::Duration> {
        let since = match &mut self.0 {
            Some(since) if now.saturating_sub(since.told) < AGAIN => return None,
            Some(since) => since,
            None => self.0.insert(Since { began: now.saturating_sub(timeout), told: now }),
        };
        since.told = now;
        let long = now.saturating_sub(since.began);
        Some(picket_common::config::Duration(Duration::from_secs(long.as_secs().max(1))))
    }

    /// It answers: whether it was away.
    pub(super) fn is_over(&mut self) -> bool {
        self.0.take().is_some()
    }
}

/// What waits for the hub, in words.
pub(super) fn waits(stock: &Stock) -> String {
    let messages = if stock.messages == 1 { "1 message".to_owned() } else { format!("{} messages", stock.messages) };
    let dropped = match stock.dropped_events + stock.dropped_images {
        0 => String::new(),
        dropped => format!(", {dropped} were dropped for want of room"),
    };
    format!("{messages} ({}) wait here{dropped}", Bytes(stock.bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_told_at_once_and_every_ten_minutes() {
        let mut away = Away::default();
        let mut told = |second: u64| {
            let long = away.tell(Duration::from_secs(second), Duration::from_secs(5));
            long.map(|long| long.to_string())
        };
        let said: Vec<_> = (0..=1300).step_by(5).filter_map(|second| told(100 + second)).collect();
        assert_eq!(said, ["5s", "605s", "1205s"]);
        assert!(away.is_over() && !away.is_over());
        assert!(away.tell(Duration::from_secs(2000), Duration::from_secs(5)).is_some());
    }

    #[test]
    fn what_waits_is_counted() {
        let check = |messages, bytes, dropped_events, dropped_images, expected: &str| {
            let stock = Stock { messages, bytes, dropped_events, dropped_images, ..Stock::default() };
            assert_eq!(waits(&stock), expected);
        };
        check(1, 512, 0, 0, "1 message (512 B) wait here");
        check(12, 3 << 20, 1, 2, "12 messages (3.0 MiB) wait here, 3 were dropped for want of room");
    }
}
