//! What is said in the log of whoever does the same thing again and again: the first time at once, and then how often, once
//! a minute. Nobody can fill the log. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::tally::Tally;

/// So many are told apart; what further ones do is told as one.
const MOST: usize = 64;
const OTHERS: &str = "others";

/// Who has done it, how often, and what there is to say of the last time.
#[derive(Debug, Default)]
pub(super) struct Hush(BTreeMap<String, (Tally, String)>);

impl Hush {
    /// Somebody has done it.
    pub(super) fn add(&mut self, who: &str, words: String) {
        let who = if self.0.len() < MOST || self.0.contains_key(who) { who } else { OTHERS };
        let (tally, last) = self.0.entry(who.to_owned()).or_default();
        tally.add(1);
        *last = words;
    }

    /// What there is to say: of whom, how often since it was last said, and the last time's words.
    pub(super) fn due(&mut self, now: Duration) -> Vec<(String, u64, String)> {
        let due =
            self.0.iter_mut().filter_map(|(who, (tally, words))| Some((who.clone(), tally.due(now)?, words.clone())));
        due.collect()
    }

    /// Forgets who has not done it for a while.
    pub(super) fn tidy(&mut self, now: Duration) {
        self.0.retain(|_, (tally, _)| !tally.is_quiet(now));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_does_it_all_the_time_has_a_line_a_minute_and_nobody_hides_another() {
        let mut hush = Hush::default();
        let mut lines = Vec::new();
        for second in 0..120 {
            let now = Duration::from_secs(second);
            (0..10).for_each(|_| hush.add("10.0.0.9", "no JSON".into()));
            if second == 70 {
                hush.add("10.0.0.7", "wrong dtype".into());
            }
            lines.extend(hush.due(now).into_iter().map(|(who, times, _)| (second, who, times)));
        }
        let expected = [(0, "10.0.0.9", 10), (60, "10.0.0.9", 600), (70, "10.0.0.7", 1)];
        assert_eq!(lines, expected.map(|(second, who, times)| (second, who.to_owned(), times)));
    }

    #[test]
    fn many_who_do_it_are_told_as_others() {
        let mut hush = Hush::default();
        (0..1000).for_each(|number| hush.add(&number.to_string(), String::new()));
        assert_eq!(hush.due(Duration::ZERO).len(), MOST + 1);
        hush.tidy(Duration::from_secs(59));
        assert_eq!(hush.0.len(), MOST + 1);
        hush.tidy(Duration::from_secs(60));
        assert_eq!(hush.0.len(), 0);
    }
}
