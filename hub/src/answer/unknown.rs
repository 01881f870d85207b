//! What is said where nothing is known: of which word that is so, what was probably meant, and what there is.

use std::collections::BTreeSet;

use picket_common::config;

use super::measure;
use super::names::{Set, Vocabulary};
use super::span;
use super::things::{self, Of, Thing, Things};

/// More names than these are not listed.
const MOST: usize = 12;

/// A word that means nothing. `places` are the things that the other words mean, if they do.
pub(super) fn word(word: &str, things: &Things, vocabulary: &Vocabulary, places: &Set) -> String {
    if span::is_of_time(word) || word.starts_with(|c: char| c.is_ascii_digit()) {
        return span::examples(word);
    }
    let is_plain = measure::is_known(word) || things::is_of_a_kind(word);
    let nothing =
        if is_plain { format!("nothing is known of {word:?}") } else { format!("nothing is called {word:?}") };
    let known: Vec<&String> = vocabulary.known.iter().filter(|known| known.chars().count() > 2).collect();
    let there_are = if places.is_empty() { there_are(things) } else { of_places(places, things) };
    match config::nearest(word, &known) {
        // A node's name is shown as its owner writes it.
        Some(near) => {
            let name = things.nodes.keys().find(|name| name.to_lowercase() == near).map_or(near, String::as_str);
            format!("{nothing}; did you mean {name}? ({there_are})")
        }
        None => format!("{nothing}; {there_are}{}", states(&[word], places, things)),
    }
}

/// One of people's own names that means nothing that there is.
pub(super) fn own(word: &str, meanings: &[String], things: &Things) -> String {
    let meanings = meanings.join(", ");
    format!("{word:?} is your name for {meanings}, and nothing was heard of that yet; {}", there_are(things))
}

/// A part of what one of people's own names means.
pub(super) fn absent(meaning: &str) -> String {
    format!("nothing was heard yet of {meaning:?}, which the configuration names")
}

/// What was asked for of places that do not have it.
pub(super) fn missing(said: &[String], places: &Set, things: &Things) -> String {
    format!("nothing is known of {:?}; {}{}", said.join(" "), of_places(places, things), states(said, places, things))
}

/// Averages and the like were asked for of places without readings.
pub(super) fn no_readings(places: &Set, things: &Things) -> String {
    format!("there are no readings of that; {}", of_places(places, things))
}

/// What there is, all together.
pub(super) fn there_are(things: &Things) -> String {
    let names = names(things);
    if names.is_empty() { "nothing was heard yet".to_owned() } else { format!("there are: {}", list(&names)) }
}

fn of_places(places: &Set, things: &Things) -> String {
    let things = places.iter().filter_map(|id| things.all.get(*id));
    let told: BTreeSet<String> = things
        .filter(|thing| !matches!(thing.of, Of::Heard(_)))
        .map(|thing| format!("{} {}", thing.place(), thing.what()))
        .collect();
    match told.is_empty() {
        true => "nothing else was told there yet".to_owned(),
        false => format!("there are: {}", list(&told.into_iter().collect::<Vec<_>>())),
    }
}

/// The states that things of these places have, for whoever `said` another word for one; what is measured and the like is
/// none.
fn states(said: &[impl AsRef<str>], places: &Set, things: &Things) -> String {
    if said.iter().any(|word| measure::is_known(word.as_ref()) || things::is_of_a_kind(word.as_ref())) {
        return String::new();
    }
    let has = |thing: &Thing| {
        let states = thing.states();
        let is_state = matches!(thing.of, Of::State(_)) && thing.what() != "node" && 1 < states.len();
        let words: Vec<&str> = states.iter().map(|state| thing.word(state)).collect();
        is_state.then(|| format!("{} is {}", thing.place(), words.join(" or ")))
    };
    let told: BTreeSet<String> = places.iter().filter_map(|id| things.all.get(*id)).filter_map(has).collect();
    match told.is_empty() {
        true => String::new(),
        false => {
            let told: Vec<String> = told.into_iter().collect();
            format!("; {} (other words for that: `labels:` in the configuration)", list(&told))
        }
    }
}

/// The places of which anything present is known, or else all nodes.
fn names(things: &Things) -> Vec<String> {
    let present = things.all.iter().filter(|thing| thing.is_present());
    let mut names: Vec<String> = present.map(|thing| thing.place()).chain(things.nodes.keys().cloned()).collect();
    names.sort_by_cached_key(|name| (name.to_lowercase(), name.clone()));
    names.dedup();
    // `Driveway` goes without saying where there is `Driveway Mailbox`.
    let is_within = |name: &String| names.iter().any(|other| other.starts_with(&format!("{name} ")));
    names.iter().filter(|name| !is_within(name)).cloned().collect()
}

/// Names, so many as one reads.
pub(super) fn list(names: &[String]) -> String {
    let shown = names[..names.len().min(MOST)].join(", ");
    match names.len().saturating_sub(MOST) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
