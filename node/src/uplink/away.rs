//! While the hub does not answer, or answers and takes nothing: when that is told, and in which words. Knows no
//! connection.

use std::time::Duration;

use picket_common::bytes::Bytes;
use picket_common::wire::Credit;

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

/// Whether the hub says pause.
#[derive(Debug, Default)]
pub(super) struct Pause(Away);

/// What is to be told of a pause now.
#[derive(Debug, PartialEq)]
pub(super) enum Paused {
    /// The hub takes nothing from now on.
    Begins,
    /// For so long the hub has taken nothing.
    Goes(picket_common::config::Duration),
    /// It takes messages again.
    Over,
}

impl Pause {
    /// A hub whose disk refuses gives no credit, and now and then one for a single message, as a trial: that is no end of
    /// the pause.
    pub(super) fn hear(&mut self, credit: Credit, now: Duration) -> Option<Paused> {
        match credit {
            Credit { credit_messages: 0, .. } => self.begin(now),
            Credit { credit_bytes: 0, .. } => None,
            _ => self.end(),
        }
    }

    /// The hub takes nothing.
    pub(super) fn begin(&mut self, now: Duration) -> Option<Paused> {
        let begins = self.0.0.is_none();
        let long = self.0.tell(now, Duration::ZERO)?;
        Some(if begins { Paused::Begins } else { Paused::Goes(long) })
    }

    /// The hub has taken something.
    pub(super) fn end(&mut self) -> Option<Paused> {
        self.0.is_over().then_some(Paused::Over)
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
    fn a_pause_is_told_when_it_begins_every_ten_minutes_and_when_it_ends() {
        let mut pause = Pause::default();
        let mut check = |second: u64, credit_messages, credit_bytes, expected: Option<&str>| {
            let told = pause.hear(Credit { credit_messages, credit_bytes }, Duration::from_secs(second));
            let told = told.map(|told| match told {
                Paused::Begins => "begins".to_owned(),
                Paused::Goes(long) => long.to_string(),
                Paused::Over => "over".to_owned(),
            });
            assert_eq!(told.as_deref(), expected, "{second}");
        };
        check(100, 256, 1 << 20, None);
        check(110, 0, 0, Some("begins"));
        check(111, 0, 0, None);
        // A trial, which fails.
        check(120, 1, 0, None);
        check(121, 0, 0, None);
        check(710, 0, 0, Some("10m"));
        check(720, 1, 0, None);
        check(721, 256, 1 << 20, Some("over"));
        check(722, 256, 1 << 20, None);
        check(723, 0, 0, Some("begins"));
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
