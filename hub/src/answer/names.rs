//! Which things a word means: by the names that the index knows, by plain words for what is measured, and by people's own
//! names and words for states. A word says either where (a node, a view) or what (a detector, a reading, a state).
//!
//! Whole names go before parts of names (`barn` is `Barn`, and only where there is none part of `BarnDoor`), exact words
//! before other forms of them (`lights`, `moved`), and people's own names before all.

use std::collections::{BTreeMap, BTreeSet};

use super::things::Things;
use super::words::{self, Word};
use crate::config::Names;

/// Places in the list of things.
pub(super) type Set = BTreeSet<usize>;

/// What a word means.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Meant {
    /// Things by where they are.
    pub(super) places: Set,
    /// Things by what they are.
    pub(super) topics: Set,
    /// And the state of them that is meant.
    pub(super) states: BTreeSet<(usize, String)>,
    /// What one of people's own names means and nothing is, in their words.
    pub(super) absent: Vec<String>,
}

impl Meant {
    fn add(&mut self, other: Meant) {
        self.places.extend(other.places);
        self.topics.extend(other.topics);
        self.states.extend(other.states);
    }

    /// A word that may say both is taken for what it may be all together.
    fn settled(mut self) -> Meant {
        if !self.topics.is_empty() {
            self.topics.append(&mut self.places);
        }
        self
    }
}

type Table = BTreeMap<String, Meant>;

/// All the words there are.
#[derive(Default)]
pub(super) struct Vocabulary {
    own: Table,
    whole: Table,
    parts: Table,
    /// The words of which one may be meant by a misspelt one.
    pub(super) known: BTreeSet<String>,
}

/// No name has more words than these when it is looked for in a question.
pub(super) const MOST_WORDS: usize = 6;

impl Vocabulary {
    pub(super) fn new(things: &Things, names: &Names) -> Vocabulary {
        let mut vocabulary = Vocabulary::default();
        for (id, thing) in things.all.iter().enumerate() {
            let place = Meant { places: Set::from([id]), ..Meant::default() };
            let topic = Meant { topics: Set::from([id]), ..Meant::default() };
            [Some(&thing.node), thing.view.as_ref()]
                .into_iter()
                .flatten()
                .for_each(|name| vocabulary.name(name, &place));
            vocabulary.name(&thing.place(), &place);
            [Some(thing.what()), thing.detector()].into_iter().flatten().for_each(|name| vocabulary.name(name, &topic));
            for word in thing.measures() {
                vocabulary.whole(word, &topic);
            }
            for word in thing.kind_words() {
                vocabulary.whole.entry((*word).to_owned()).or_default().add(topic.clone());
            }
            for state in thing.states() {
                let meant = Meant { states: BTreeSet::from([(id, state.clone())]), ..topic.clone() };
                [state.as_str(), thing.word(&state)].into_iter().for_each(|name| vocabulary.whole(name, &meant));
            }
        }
        vocabulary.add_own(names);
        vocabulary
    }

    /// A name is known whole and by each of its words.
    fn name(&mut self, name: &str, meant: &Meant) {
        self.whole(name, meant);
        for word in words::of_name(name) {
            self.known.insert(word.clone());
            self.parts.entry(word).or_default().add(meant.clone());
        }
    }

    /// Whether one writes it in one word or in several is the same.
    fn whole(&mut self, name: &str, meant: &Meant) {
        let name = words::of_name(name).concat();
        self.known.insert(name.clone());
        self.whole.entry(name).or_default().add(meant.clone());
    }

    fn add_own(&mut self, names: &Names) {
        let mut own = Table::new();
        for (name, meaning) in names {
            let mut meant = Meant::default();
            for one in meaning.each() {
                match self.of_phrase(one) {
                    Some(found) => meant.places.extend(found),
                    None => meant.absent.push(one.clone()),
                }
            }
            let phrase: Vec<String> = words::of_question(name).into_iter().map(|word| word.text).collect();
            self.known.extend(phrase.iter().cloned());
            own.insert(phrase.join(" "), meant);
        }
        self.own = own;
    }

    /// The things that all words of `Driveway Mailbox` or `BackDeck Temp` mean.
    fn of_phrase(&self, phrase: &str) -> Option<Set> {
        let words: Vec<String> = words::of_question(phrase).into_iter().map(|word| word.text).collect();
        let mut found: Option<Set> = None;
        let mut place = 0;
        while place < words.len() {
            let (meant, used) = self.longest(&words[place..], 1)?;
            let mut all = meant.topics;
            all.extend(meant.places);
            found = Some(found.map_or(all.clone(), |found| &found & &all));
            place += used;
        }
        found.filter(|found| !found.is_empty())
    }

    /// What the longest name with which `words` begin means, and how many of them it has, at least `least`.
    fn longest(&self, words: &[String], least: usize) -> Option<(Meant, usize)> {
        (least..=MOST_WORDS.min(words.len())).rev().find_map(|count| {
            let phrase = words[..count].join(" ");
            let whole = || self.whole.get(&words::of_name(&phrase).concat());
            let part =
                || if count == 1 { self.parts.get(&phrase).cloned().or_else(|| self.form(&phrase)) } else { None };
            let meant = self.own.get(&phrase).or_else(whole).cloned().or_else(part)?;
            Some((meant.settled(), count))
        })
    }

    /// Another form of a known word.
    fn form(&self, word: &str) -> Option<Meant> {
        let stem = words::stem(word);
        [&self.own, &self.whole, &self.parts].into_iter().find_map(|table| {
            let mut meant: Option<Meant> = None;
            for (_, found) in table.iter().filter(|(known, _)| words::stem(known) == stem) {
                meant.get_or_insert_default().add(found.clone());
            }
            meant
        })
    }

    /// The name with which unused `words` begin: people's own, and those of several words, before any word of it is
    /// taken for something else.
    pub(super) fn long(&self, words: &[Word]) -> Option<(Meant, usize)> {
        let unused = unused(words);
        let own = (1..=MOST_WORDS.min(unused.len())).rev();
        let own = own.filter_map(|count| Some((self.own.get(&unused[..count].join(" "))?.clone(), count))).next();
        own.or_else(|| self.longest(&unused, 2))
    }

    /// What one word means.
    pub(super) fn word(&self, word: &str) -> Option<Meant> {
        self.longest(&[word.to_owned()], 1).map(|(meant, _)| meant)
    }

    /// Whether something is called `phrase` as it stands.
    pub(super) fn is_name(&self, phrase: &str) -> bool {
        self.own.contains_key(phrase) || self.whole.contains_key(&words::of_name(phrase).concat())
    }

    /// Whether `word` is a state as it stands.
    pub(super) fn is_state(&self, word: &str) -> bool {
        self.whole.get(word).is_some_and(|meant| !meant.states.is_empty())
    }
}

fn unused(words: &[Word]) -> Vec<String> {
    words.iter().take_while(|word| !word.used).map(|word| word.text.clone()).collect()
}
