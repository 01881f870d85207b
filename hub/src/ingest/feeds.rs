//! What is known of each publisher that the hub listens to, and when it is told: nobody is answered, so that the log is the
//! only place where somebody can learn of it, and nothing that a publisher does may fill it. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

use picket_common::tally::{A_WHILE, Tally};

/// One that is not reached is told of after so long, and coming and going at most so often.
const SOON: Duration = Duration::from_secs(10);

/// The publishers by their addresses.
#[derive(Debug, Default)]
pub(super) struct Feeds(BTreeMap<String, Feed>);

/// Something to tell.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct News {
    /// Something is wrong.
    pub(super) bad: bool,
    pub(super) text: String,
}

#[derive(Debug, Default)]
struct Feed {
    reached: bool,
    /// How often its connection was lost since that was last told.
    losses: u32,
    /// In uptime: when it was first listened to.
    since: Duration,
    /// Whether it was said to be reached, and when that was said, in uptime.
    told: Option<(bool, Duration)>,
    refused: Tally,
    /// Why the last one was refused.
    reason: String,
    dropped: Tally,
}

impl Feeds {
    /// The hub listens to a publisher from `now` on.
    pub(super) fn listen(&mut self, address: &str, now: Duration) {
        self.0.entry(address.to_owned()).or_insert_with(|| Feed { since: now, ..Feed::default() });
    }

    /// A publisher was reached.
    pub(super) fn reached(&mut self, address: &str, now: Duration) {
        self.feed(address, now).reached = true;
    }

    /// The connection to it has ended.
    pub(super) fn gone(&mut self, address: &str, now: Duration) {
        let feed = self.feed(address, now);
        feed.reached = false;
        feed.losses += 1;
    }

    /// What it has sent cannot be taken.
    pub(super) fn refused(&mut self, address: &str, reason: String, now: Duration) {
        let feed = self.feed(address, now);
        feed.refused.add(1);
        feed.reason = reason;
    }

    /// What it has sent cannot be kept.
    pub(super) fn dropped(&mut self, address: &str, now: Duration) {
        self.feed(address, now).dropped.add(1);
    }

    /// What there is to tell.
    pub(super) fn news(&mut self, now: Duration) -> Vec<News> {
        self.0.iter_mut().flat_map(|(address, feed)| feed.news(address, now)).collect()
    }

    fn feed(&mut self, address: &str, now: Duration) -> &mut Feed {
        self.0.entry(address.to_owned()).or_insert_with(|| Feed { since: now, ..Feed::default() })
    }
}

impl Feed {
    fn news(&mut self, address: &str, now: Duration) -> Vec<News> {
        let mut news = Vec::new();
        if let Some((bad, what)) = self.connection(now) {
            news.push(News { bad, text: format!("publisher {address} {what}") });
        }
        if let Some(messages) = self.refused.due(now) {
            let reason = &self.reason;
            news.push(News {
                bad: true,
                text: format!("publisher {address}: {messages} messages cannot be taken, the last one: {reason}"),
            });
        }
        if let Some(messages) = self.dropped.due(now) {
            let why = "the journal takes no more of what nobody waits for";
            news.push(News { bad: true, text: format!("publisher {address}: {messages} messages dropped, {why}") });
        }
        news
    }

    /// What has become of the connection.
    fn connection(&mut self, now: Duration) -> Option<(bool, String)> {
        let ago = |time: Duration| now.saturating_sub(time);
        let pause = if self.losses > 1 { A_WHILE } else { SOON };
        let what = match self.told {
            None if self.reached => "was reached".to_owned(),
            None if SOON <= ago(self.since) => {
                "was not reached yet; is its program running, with REQ_REP=False, and is \
                                                this the machine and the port? It is tried again and again"
                    .to_owned()
            }
            Some((_, told)) if ago(told) < pause => return None,
            Some((true, _)) if self.losses > 1 || self.losses == 1 && !self.reached => format!(
                "was lost{}: it has ended, the network has failed, or it was cut off for a message of more than twice \
                 hub.max_message; it {}",
                if self.losses > 1 { format!(" {} times", self.losses) } else { String::new() },
                if self.reached { "is there again" } else { "is tried again and again" }
            ),
            Some((false, _)) if self.reached => "was reached".to_owned(),
            _ => {
                // It was back before that was worth a word.
                self.losses = if self.reached { 0 } else { self.losses };
                return None;
            }
        };
        self.losses = 0;
        self.told = Some((self.reached, now));
        Some((!self.reached, what))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOOR: &str = "tcp://door:5555";

    const fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    /// The news at a time, each up to its first colon or semicolon behind the address.
    fn news(feeds: &mut Feeds, seconds: u64) -> Vec<String> {
        let short = |news: News| {
            let text = news.text.strip_prefix("publisher tcp://door:5555").unwrap().to_owned();
            let mark = if news.bad { "bad:" } else { "" };
            format!("{mark}{}", text.split([';', ',']).next().unwrap().split(": it").next().unwrap())
        };
        feeds.news(at(seconds)).into_iter().map(short).collect()
    }

    #[test]
    fn a_publisher_that_is_reached_goes_and_comes_back_is_told_of() {
        let mut feeds = Feeds::default();
        feeds.listen(DOOR, at(0));
        assert_eq!(news(&mut feeds, 5), [""; 0]);
        feeds.reached(DOOR, at(5));
        assert_eq!(news(&mut feeds, 5), [" was reached"]);
        assert_eq!(news(&mut feeds, 100), [""; 0]);
        feeds.gone(DOOR, at(100));
        assert_eq!(news(&mut feeds, 100), ["bad: was lost"]);
        feeds.reached(DOOR, at(102));
        assert_eq!(news(&mut feeds, 102), [""; 0]);
        assert_eq!(news(&mut feeds, 110), [" was reached"]);
    }

    #[test]
    fn one_that_is_not_there_is_told_of_once() {
        let mut feeds = Feeds::default();
        feeds.listen(DOOR, at(0));
        assert_eq!(news(&mut feeds, 9), [""; 0]);
        assert_eq!(news(&mut feeds, 10), ["bad: was not reached yet"]);
        assert_eq!(news(&mut feeds, 10_000), [""; 0]);
        feeds.reached(DOOR, at(10_001));
        assert_eq!(news(&mut feeds, 10_001), [" was reached"]);
    }

    #[test]
    fn one_that_comes_and_goes_all_the_time_has_a_line_a_minute() {
        let mut feeds = Feeds::default();
        feeds.listen(DOOR, at(0));
        let lines = (0..600).flat_map(|second| {
            feeds.reached(DOOR, at(second));
            feeds.gone(DOOR, at(second));
            feeds.reached(DOOR, at(second));
            news(&mut feeds, second)
        });
        let lines: Vec<String> = lines.collect();
        assert!((9..=12).contains(&lines.len()), "{lines:#?}");
        assert!(lines.last().unwrap().starts_with(" was lost 60 times"), "{lines:#?}");
    }

    #[test]
    fn what_is_refused_or_dropped_is_told_at_once_and_then_once_a_minute() {
        let mut feeds = Feeds::default();
        feeds.reached(DOOR, at(0));
        assert_eq!(news(&mut feeds, 0), [" was reached"]);
        let lines = (1..=120).flat_map(|second| {
            for _ in 0..10 {
                feeds.refused(DOOR, "no JSON".into(), at(second));
                feeds.dropped(DOOR, at(second));
            }
            news(&mut feeds, second)
        });
        let expected = [
            "bad:: 10 messages cannot be taken",
            "bad:: 10 messages dropped",
            "bad:: 600 messages cannot be taken",
            "bad:: 600 messages dropped",
        ];
        assert_eq!(lines.collect::<Vec<_>>(), expected);
    }
}
