//! What is said in the log of whoever does the same thing again and again: the first time at once, and then how often, once
//! a minute. Nobody can fill the log. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

use picket_common::tally::Tally;

/// So many are told apart; what further ones do is told as one.
const MOST: usize = 64;
const OTHERS: &str = "others";
/// And so many things that one of them does; what it does besides is told as one.
const THINGS: usize = 8;

/// Who has done what, how often, and what there is to say of the last time.
#[derive(Debug, Default)]
pub(super) struct Hush(BTreeMap<String, BTreeMap<Option<String>, (Tally, String)>>);

impl Hush {
    /// Somebody has done something.
    pub(super) fn add(&mut self, who: &str, words: String) {
        let who = if self.0.len() < MOST || self.0.contains_key(who) { who } else { OTHERS };
        let things = self.0.entry(who.to_owned()).or_default();
        let thing = Some(words.clone());
        let thing = thing.filter(|thing| things.len() < THINGS || things.contains_key(&Some(thing.clone())));
        let (tally, last) = things.entry(thing).or_default();
        tally.add(1);
        *last = words;
    }

    /// What there is to say: of whom, how often since it was last said, and the last time's words.
    pub(super) fn due(&mut self, now: Duration) -> Vec<(String, u64, String)> {
        let things = self.0.iter_mut().flat_map(|(who, things)| things.values_mut().map(move |thing| (who, thing)));
        things.filter_map(|(who, (tally, words))| Some((who.clone(), tally.due(now)?, words.clone()))).collect()
    }

    /// Forgets who has not done it for a while.
    pub(super) fn tidy(&mut self, now: Duration) {
        for things in self.0.values_mut() {
            things.retain(|_, (tally, _)| !tally.is_quiet(now));
        }
        self.0.retain(|_, things| !things.is_empty());
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
    fn what_else_somebody_does_is_told_at_once_too_and_has_an_end() {
        let mut hush = Hush::default();
        hush.add("10.0.0.9", "no JSON".into());
        assert_eq!(hush.due(Duration::ZERO).len(), 1);
        hush.add("10.0.0.9", "wrong dtype".into());
        assert_eq!(hush.due(Duration::from_secs(1)), [("10.0.0.9".to_owned(), 1, "wrong dtype".to_owned())]);
        (0..1000).for_each(|number| hush.add("10.0.0.9", number.to_string()));
        let told = hush.due(Duration::from_secs(2));
        assert_eq!((told.len(), told.iter().map(|(_, times, _)| times).sum::<u64>()), (THINGS - 1, 1000));
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
