//! What of a thing a question asks for: how often, how long, the highest, the last. Takes the words that say so.

use serde::Serialize;

use super::words::Word;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Aspect {
    Count,
    Length,
    Average,
    Highest,
    Lowest,
    First,
    Last,
    When,
}

/// What people say for it; of two that fit, the longer is the first.
const PHRASES: &[(&[&str], &[Aspect])] = &[
    (&["how", "many", "times"], &[Aspect::Count]),
    (&["number", "of", "times"], &[Aspect::Count]),
    (&["how", "many"], &[Aspect::Count]),
    (&["how", "often"], &[Aspect::Count]),
    (&["number", "of"], &[Aspect::Count]),
    (&["since", "when"], &[Aspect::When]),
    (&["how", "long"], &[Aspect::Length]),
    (&["how", "much", "time"], &[Aspect::Length]),
    (&["how", "high"], &[Aspect::Highest]),
    (&["how", "low"], &[Aspect::Lowest]),
    (&["count"], &[Aspect::Count]),
    (&["total"], &[Aspect::Length]),
    (&["longest"], &[Aspect::Length]),
    (&["duration"], &[Aspect::Length]),
    (&["average"], &[Aspect::Average]),
    (&["mean"], &[Aspect::Average]),
    (&["avg"], &[Aspect::Average]),
    (&["highest"], &[Aspect::Highest]),
    (&["maximum"], &[Aspect::Highest]),
    (&["max"], &[Aspect::Highest]),
    (&["peak"], &[Aspect::Highest]),
    (&["warmest"], &[Aspect::Highest]),
    (&["hottest"], &[Aspect::Highest]),
    (&["lowest"], &[Aspect::Lowest]),
    (&["minimum"], &[Aspect::Lowest]),
    (&["min"], &[Aspect::Lowest]),
    (&["coldest"], &[Aspect::Lowest]),
    (&["coolest"], &[Aspect::Lowest]),
    (&["range"], &[Aspect::Lowest, Aspect::Highest]),
    (&["first"], &[Aspect::First]),
    (&["last"], &[Aspect::Last]),
    (&["when"], &[Aspect::When]),
];

/// Takes all of them out of a question's words.
pub(super) fn take(words: &mut [Word]) -> Vec<Aspect> {
    let mut found = Vec::new();
    for (phrase, aspects) in PHRASES {
        for place in 0..words.len() {
            let here = words.get(place..place + phrase.len()).unwrap_or_default();
            let is = !here.is_empty() && here.iter().zip(*phrase).all(|(word, text)| !word.used && word.text == *text);
            if is {
                words[place..place + phrase.len()].iter_mut().for_each(|word| word.used = true);
                found.extend(aspects.iter().filter(|aspect| !found.contains(*aspect)).copied().collect::<Vec<_>>());
            }
        }
    }
    found
}

/// Whether `word` is one of them by itself.
pub(super) fn is_one(word: &str) -> bool {
    PHRASES.iter().any(|(phrase, _)| *phrase == [word])
}

impl Aspect {
    /// Whether only numbers have it.
    pub(super) fn is_of_readings(self) -> bool {
        matches!(self, Aspect::Average | Aspect::Highest | Aspect::Lowest)
    }

    /// Whether the present does not tell it.
    pub(super) fn is_of_the_past(self) -> bool {
        matches!(self, Aspect::Count | Aspect::First) || self.is_of_readings()
    }
}
