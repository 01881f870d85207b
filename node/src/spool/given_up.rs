//! What a full spool gives up for want of room: counted, and told now and then, for each batch costs something then.

use std::time::Duration;

use super::item::Class;

/// It is told at most so often while it lasts.
const AGAIN: Duration = Duration::from_secs(60);

/// How many messages of each class were given up since that was last told.
#[derive(Debug, Default)]
pub(super) struct GivenUp {
    messages: [u64; 3],
    /// In uptime.
    told: Option<Duration>,
}

impl GivenUp {
    /// So many more: events, event frames and continuous frames since the last time, where that is to be told now.
    pub(super) fn add(&mut self, class: Class, messages: u64, now: Duration) -> Option<[u64; 3]> {
        self.messages[class as usize] += messages;
        let is_due = self.told.is_none_or(|told| now.saturating_sub(told) >= AGAIN);
        if messages == 0 || !is_due {
            return None;
        }
        self.told = Some(now);
        Some(std::mem::take(&mut self.messages))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_told_at_once_and_then_once_a_minute() {
        let mut given_up = GivenUp::default();
        let mut check = |class, messages, second, expected| {
            assert_eq!(given_up.add(class, messages, Duration::from_secs(second)), expected, "{second}");
        };
        check(Class::Continuous, 0, 1, None);
        check(Class::Continuous, 3, 2, Some([0, 0, 3]));
        check(Class::EventFrame, 2, 3, None);
        check(Class::Event, 1, 61, None);
        check(Class::Event, 4, 62, Some([5, 2, 0]));
        check(Class::Event, 1, 1000, Some([1, 0, 0]));
    }
}
