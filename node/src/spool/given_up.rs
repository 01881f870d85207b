//! What a full spool gives up for want of room: counted, and told now and then, for each batch costs something then.

use std::time::Duration;

use picket_common::tally::Tally;

use super::item::Class;

/// How many messages of each class were given up since that was last told.
#[derive(Debug, Default)]
pub(super) struct GivenUp {
    messages: [u64; 3],
    tally: Tally,
}

impl GivenUp {
    /// So many more: events, event frames and continuous frames since the last time, where that is to be told now.
    pub(super) fn add(&mut self, class: Class, messages: u64, now: Duration) -> Option<[u64; 3]> {
        if messages == 0 {
            return None;
        }
        self.messages[class as usize] += messages;
        self.tally.add(messages);
        self.tally.due(now).map(|_| std::mem::take(&mut self.messages))
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
