//! People's own words, for questions and answers: what they call states, nodes, views and readings. Whether what a name
//! means is there is seen when somebody asks: a node may be heard tomorrow.

use std::collections::BTreeMap;

use picket_common::config::Complaints;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::answer;

/// For each node, or view (`Driveway Mailbox`), a word for each state.
pub type Labels = BTreeMap<String, BTreeMap<String, String>>;

/// For each name of people's own, what it means.
pub type Names = BTreeMap<String, Meaning>;

/// One thing, or several that are meant together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Meaning {
    /// A node, a view or a reading: `WaterMeter`, `Driveway Mailbox`, `BackDeck Temp`.
    #[schemars(extend("examples" = ["WaterMeter", "Driveway Mailbox", "BackDeck Temp"]))]
    One(String),
    /// Several: `[Garage, JeffOffice]`.
    Several(Vec<String>),
}

impl Meaning {
    /// What is meant, each by itself.
    pub fn each(&self) -> &[String] {
        match self {
            Meaning::One(one) => std::slice::from_ref(one),
            Meaning::Several(several) => several,
        }
    }
}

/// The word for a state of a node, or of a view, whose own words come first; names in whatever case.
pub fn word<'l>(labels: &'l Labels, node: &str, view: Option<&str>, state: &str) -> Option<&'l str> {
    let mut words = words(labels, node, view);
    words.find(|(known, _)| known.eq_ignore_ascii_case(state)).map(|(_, word)| word)
}

/// The states of a node, or of a view, that are called `word`, in whatever case.
pub fn states<'l>(labels: &'l Labels, node: &str, view: Option<&str>, word: &str) -> Vec<&'l str> {
    let wanted = word.to_lowercase();
    let called = words(labels, node, view).filter(|(_, word)| word.to_lowercase() == wanted);
    // A view may have another word for it than its node.
    called
        .map(|(state, _)| state)
        .filter(|state| self::word(labels, node, view, state).is_some_and(|word| word.to_lowercase() == wanted))
        .collect()
}

fn words<'l>(labels: &'l Labels, node: &str, view: Option<&str>) -> impl Iterator<Item = (&'l str, &'l str)> {
    let names = [view.map(|view| format!("{node} {view}").to_lowercase()), Some(node.to_lowercase())];
    let of = |name: String| labels.iter().filter(move |(key, _)| key.to_lowercase() == name);
    let words = names.into_iter().flatten().flat_map(of).flat_map(|(_, words)| words);
    words.map(|(state, word)| (state.as_str(), word.as_str()))
}

/// What cannot be understood of them, whatever nodes there are.
pub(super) fn validate(labels: &Labels, names: &Names, complaints: &mut Complaints<'_>) {
    for (node, words) in labels {
        let path = format!("labels.{node}");
        if !answer::has_words(node) {
            complaints
                .add("labels", "a name is empty; write a node such as WaterMeter, or a view such as Driveway Mailbox");
        }
        for (state, word) in words {
            let same = words.iter().find(|(other, same)| *other < state && same.to_lowercase() == word.to_lowercase());
            if !answer::has_words(word) {
                complaints.add(format!("{path}.{state}"), "the word is empty; write one such as flowing");
            } else if let Some((other, _)) = same {
                let message =
                    format!("{other} is called `{word}` too; write another word, or nobody can tell them apart");
                complaints.add(format!("{path}.{state}"), message);
            }
        }
    }
    for (name, meaning) in names {
        let path = format!("names.{name}");
        if let Err(message) = answer::own_name(name) {
            complaints.add(if name.is_empty() { "names" } else { &path }, message);
        }
        if meaning.each().is_empty() || !meaning.each().iter().all(|one| answer::has_words(one)) {
            complaints.add(
                &path,
                "a meaning is empty; write a node, a view or a reading, such as WaterMeter or BackDeck Temp",
            );
        }
    }
}
