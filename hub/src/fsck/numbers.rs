//! A set of journal numbers. They come in long runs, of which it keeps the ends alone.

use std::collections::BTreeMap;

/// The numbers.
#[derive(Debug, Default)]
pub(super) struct Numbers(BTreeMap<u64, u64>);

impl Numbers {
    /// Adds a number; whether it is new.
    pub(super) fn add(&mut self, number: u64) -> bool {
        if self.has(number) {
            return false;
        }
        let last = number.checked_add(1).and_then(|next| self.0.remove(&next)).unwrap_or(number);
        match self.0.range_mut(..number).next_back().filter(|(_, end)| end.checked_add(1) == Some(number)) {
            Some((_, end)) => *end = last,
            None => _ = self.0.insert(number, last),
        }
        true
    }

    /// Whether it is there.
    pub(super) fn has(&self, number: u64) -> bool {
        self.0.range(..=number).next_back().is_some_and(|(_, end)| number <= *end)
    }

    /// The highest; 0 if there is none.
    pub(super) fn last(&self) -> u64 {
        self.0.last_key_value().map_or(0, |(_, end)| *end)
    }

    /// The first and the last of each run that is missing between others.
    pub(super) fn gaps(&self) -> impl Iterator<Item = (u64, u64)> {
        self.0.iter().zip(self.0.iter().skip(1)).map(|((_, end), (start, _))| (end + 1, start - 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_there_once_and_gaps_lie_between_them() {
        let mut numbers = Numbers::default();
        let added: Vec<bool> = [5, 7, 6, 1, 6, 2, u64::MAX].map(|number| numbers.add(number)).into();
        assert_eq!(added, [true, true, true, true, false, true, true]);
        assert_eq!(numbers.gaps().collect::<Vec<_>>(), [(3, 4), (8, u64::MAX - 1)]);
        assert_eq!(
            [0, 1, 2, 3, 5, 7, 8].map(|number| numbers.has(number)),
            [false, true, true, false, true, true, false]
        );
        assert_eq!(numbers.last(), u64::MAX);
    }
}
