//! What a question means: about which things, which of their states, what of them, and when. Nothing in it is passed over
//! that may have a meaning: a word that is not known is an error.
//!
//! Words that say where and words that say what narrow each other down: `garage temperature` is what is both. Two words
//! for places are one place where there is such a one (`driveway mailbox`) and two where there is none (`barn garage`).
//! `and` divides; what one part does not say it has from its neighbour.

use std::collections::BTreeSet;

use jiff::Zoned;

use super::aspect::{self, Aspect};
use super::names::{Meant, Set, Vocabulary};
use super::span::{self, Span};
use super::things::{Of, Things};
use super::unknown;
use super::words::{self, Word};

/// A question, understood.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Question {
    /// The things it is about, by their places in the list.
    pub(super) things: Set,
    /// The states that are meant, each of a thing.
    pub(super) states: BTreeSet<(usize, String)>,
    pub(super) aspects: Vec<Aspect>,
    pub(super) span: Option<Span>,
    /// It can be answered with yes or no.
    pub(super) is_yes_or_no: bool,
    /// It names no place: what has nothing to tell need not be listed.
    pub(super) is_wide: bool,
    /// It says what is wanted: even if that is nothing of the present.
    pub(super) is_particular: bool,
    /// What it asked for and is not there, in words.
    pub(super) missing: Vec<String>,
}

/// The part of a question between two `and`.
#[derive(Default, Clone)]
struct Part {
    places: Vec<Set>,
    topics: Vec<Set>,
    /// Which words it has.
    said: Vec<String>,
}

/// How a question begins that is answered with yes or no.
const YES_OR_NO: &[&str] = &["is", "are", "was", "were", "did", "does", "do", "has", "have", "had", "any", "anything"];

impl Question {
    pub(super) fn understand(
        text: &str,
        things: &Things,
        vocabulary: &Vocabulary,
        now: &Zoned,
    ) -> Result<Question, String> {
        if things.all.is_empty() {
            return Err(unknown::there_are(things));
        }
        let mut words = words::of_question(text);
        let mut meant: Vec<Option<Meant>> = vec![None; words.len()];
        take_long(&mut words, &mut meant, vocabulary);
        let span = span::take(&mut words, now)?;
        let aspects = aspect::take(&mut words);
        take_short(&mut words, &mut meant, vocabulary);
        if let Some(word) = words.iter().find(|word| !word.used && !words::is_dividing(&word.text)) {
            let places = meant.iter().flatten().flat_map(|meant| &meant.places).copied().collect();
            return Err(unknown::word(&word.text, things, vocabulary, &places));
        }
        let parts = parts(&words, &meant, things)?;
        let states: BTreeSet<(usize, String)> = meant.iter().flatten().flat_map(|meant| meant.states.clone()).collect();
        let mut question = Question {
            things: Set::new(),
            is_yes_or_no: !states.is_empty()
                && words.first().is_some_and(|word| YES_OR_NO.contains(&word.text.as_str())),
            is_wide: parts.iter().all(|part| part.places.is_empty()),
            is_particular: parts.iter().any(|part| !part.topics.is_empty()),
            states,
            aspects,
            span,
            missing: meant.iter().flatten().flat_map(|meant| &meant.absent).map(|name| unknown::absent(name)).collect(),
        };
        if !question.is_particular && question.is_wide && question.span.is_none() {
            let what = if words.is_empty() { "nothing is asked" } else { "it is not said about what" };
            return Err(format!("{what}; {}", unknown::there_are(things)));
        }
        question.choose(&parts, things);
        let chosen = question.things.clone();
        question.states.retain(|(thing, _)| chosen.contains(thing));
        Ok(question)
    }

    /// The states that are meant of one thing.
    pub(super) fn states_of(&self, id: usize) -> Vec<&str> {
        self.states.iter().filter(|(of, _)| *of == id).map(|(_, state)| state.as_str()).collect()
    }

    /// The things that the parts mean together.
    fn choose(&mut self, parts: &[Part], things: &Things) {
        for (place, part) in parts.iter().enumerate() {
            let (before, after) = (parts[..place].iter().rev(), parts[place + 1..].iter());
            let own = |part: &Part| (union(&part.places), union(&part.topics));
            let (own_places, own_topics) = own(part);
            let places =
                own_places.clone().or_else(|| before.clone().chain(after.clone()).find_map(|part| union(&part.places)));
            let topics = own_topics.clone().or_else(|| after.chain(before).find_map(|part| union(&part.topics)));
            let all = || (0..things.all.len()).collect::<Set>();
            let places = places.unwrap_or_else(all);
            let mut found = topics.as_ref().map_or(places.clone(), |topics| &places & topics);
            if found.is_empty() && own_topics.is_none() {
                found.clone_from(&places);
            }
            if found.is_empty() {
                self.missing.push(unknown::missing(&part.said, &places, things));
            }
            let is_particular = own_topics.is_some();
            let fitting = self.fitting(found, is_particular, things);
            self.things.extend(fitting);
        }
    }

    /// Of what was found, what has what is asked for.
    fn fitting(&mut self, found: Set, is_particular: bool, things: &Things) -> Set {
        let of = |id: &usize| &things.all[*id].of;
        let only = |wanted: fn(&Of) -> bool| found.iter().copied().filter(|id| wanted(of(id))).collect::<Set>();
        if self.aspects.iter().any(|aspect| aspect.is_of_readings()) {
            let readings = only(|of| matches!(of, Of::Reading(_)));
            // Happenings have an average length.
            if !readings.is_empty() || self.aspects != [Aspect::Average] {
                if readings.is_empty() && !found.is_empty() {
                    self.missing.push(unknown::no_readings(&found, things));
                }
                return readings;
            }
        }
        if is_particular {
            return found;
        }
        if self.aspects.iter().any(|aspect| matches!(aspect, Aspect::Count | Aspect::Length | Aspect::Average)) {
            let happenings = only(|of| matches!(of, Of::State(row) if row.what != "node"));
            if !happenings.is_empty() {
                return happenings;
            }
        }
        // What happened anywhere is all that happened.
        if self.is_wide && self.span.is_some() {
            return only(|of| !matches!(of, Of::Heard(_)));
        }
        let present: Set = found.iter().copied().filter(|id| things.all[*id].is_present()).collect();
        if present.is_empty() { found } else { present }
    }
}

/// People's own names and names of several words go first: `the last gate` is no time.
fn take_long(words: &mut [Word], meant: &mut [Option<Meant>], vocabulary: &Vocabulary) {
    for place in 0..words.len() {
        if let Some((found, count)) = vocabulary.long(&words[place..]) {
            let name: Vec<String> = words[place..place + count].iter().map(|word| word.text.clone()).collect();
            words[place..place + count].iter_mut().for_each(|word| word.used = true);
            // It is one word from now on.
            words[place].text = name.join(" ");
            meant[place] = Some(found);
        }
    }
}

fn take_short(words: &mut [Word], meant: &mut [Option<Meant>], vocabulary: &Vocabulary) {
    let count = words.len();
    for (place, (word, meant)) in words.iter_mut().zip(meant).enumerate().filter(|(_, (word, _))| !word.used) {
        // At the end, `on` is a state, as in `is the lamp on`.
        let is_state = place + 1 == count && vocabulary.is_state(&word.text);
        if words::is_passed_over(&word.text) && !is_state {
            word.used = true;
        } else if let Some(found) = vocabulary.word(&word.text) {
            word.used = true;
            *meant = Some(found);
        }
    }
}

fn parts(words: &[Word], meant: &[Option<Meant>], things: &Things) -> Result<Vec<Part>, String> {
    let mut parts = vec![Part::default()];
    for (word, meant) in words.iter().zip(meant) {
        if words::is_dividing(&word.text) && !word.used {
            parts.push(Part::default());
        }
        let (Some(meant), Some(part)) = (meant, parts.last_mut()) else { continue };
        part.said.push(word.text.clone());
        match (meant.places.is_empty(), meant.topics.is_empty()) {
            (true, true) => return Err(unknown::own(&word.text, &meant.absent, things)),
            (_, false) => group(&mut part.topics, &meant.topics),
            (false, true) => group(&mut part.places, &meant.places),
        }
    }
    parts.retain(|part| !part.said.is_empty());
    if parts.is_empty() {
        parts.push(Part::default());
    }
    Ok(parts)
}

/// One more word: with the one before it means what both do, if there is such a thing, and else one thing more.
fn group(groups: &mut Vec<Set>, found: &Set) {
    match groups.last_mut() {
        Some(last) if !last.is_disjoint(found) => *last = &*last & found,
        _ => groups.push(found.clone()),
    }
}

fn union(groups: &[Set]) -> Option<Set> {
    groups.iter().cloned().reduce(|all, group| &all | &group)
}
