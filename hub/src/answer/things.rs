//! What there is to tell: each state, reading, kind of event and heap of images that the index knows, with its place.

use std::collections::HashMap;
use std::time::Duration;

use picket_common::time::Timestamp;

use super::{clock, measure, words};
use crate::config::Labels;
use crate::fact::{ACTIVE, IDLE};
use crate::index::{Index, IndexError, ReadingRow, StateRow, Topic, Wanted};

/// One thing that can be told of one place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Thing {
    pub(super) node: String,
    pub(super) view: Option<String>,
    pub(super) of: Of,
    /// States that it had of late, beside those that the present tells.
    past: Vec<String>,
    /// People's words for its states.
    pub(super) labels: Vec<(String, String)>,
}

/// What is told.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Of {
    /// What a detector sees.
    State(StateRow),
    /// Events that bring no state: `Restart`, `clock`.
    Event(String),
    /// What a sensor reads.
    Reading(ReadingRow),
    Images,
    /// When the node was heard last.
    Heard(Timestamp),
}

/// When a node was heard.
#[derive(Debug, Clone, Copy)]
pub(super) struct Heard {
    pub(super) first: Timestamp,
    pub(super) last: Timestamp,
    /// The hub has said that it is silent.
    pub(super) silent: bool,
    pub(super) restarted: Option<Timestamp>,
}

impl Heard {
    /// Whether it was not heard for longer than the hub's patience at `now`, or the hub has said so.
    pub(super) fn is_quiet(&self, now: Timestamp, patience: Duration) -> bool {
        self.silent || clock::between(self.last, now).is_some_and(|silence| patience < silence)
    }
}

/// Everything there is.
#[derive(Debug, Default)]
pub(super) struct Things {
    pub(super) all: Vec<Thing>,
    pub(super) nodes: HashMap<String, Heard>,
}

impl Things {
    pub(super) fn read(index: &Index, labels: &Labels) -> Result<Things, IndexError> {
        let mut things = Things::default();
        let thing = |node: &str, view: Option<String>, of: Of| {
            let labels = labels_of(labels, node, view.as_deref());
            Thing { node: node.to_owned(), view, of, past: Vec::new(), labels }
        };
        for row in index.nodes(&Wanted::default())? {
            let heard =
                Heard { first: row.first_seen, last: row.last_seen, silent: row.silent, restarted: row.restarted };
            let states = row.states.into_iter().map(|state| thing(&row.node, state.view.clone(), Of::State(state)));
            let readings = row.readings.into_iter().map(|read| thing(&row.node, read.view.clone(), Of::Reading(read)));
            things.all.extend(states.chain(readings));
            things.all.push(thing(&row.node, None, Of::Heard(row.last_seen)));
            things.nodes.insert(row.node, heard);
        }
        for (node, view, what) in index.kinds()? {
            let is_known =
                things.all.iter().any(|known| known.node == node && known.view == view && known.what() == what);
            if !is_known {
                things.all.push(thing(&node, view, Of::Event(what)));
            }
        }
        for thing in &mut things.all {
            thing.past = if thing.has_pairs() { Vec::new() } else { index.states_of(&thing.topic())? };
        }
        for (node, view) in index.photographed()? {
            things.all.push(thing(&node, view, Of::Images));
        }
        things.all.sort_by_cached_key(|thing| (thing.place().to_lowercase(), thing.rank()));
        Ok(things)
    }
}

/// People's words for a node's states, and before them those for the view's.
fn labels_of(labels: &Labels, node: &str, view: Option<&str>) -> Vec<(String, String)> {
    let names = [view.map(|_| place(node, view)), Some(node.to_owned())];
    let of = |name: String| labels.iter().filter(move |(key, _)| same(key, &name)).flat_map(|(_, words)| words);
    names.into_iter().flatten().flat_map(of).map(|(state, word)| (state.clone(), word.clone())).collect()
}

fn place(node: &str, view: Option<&str>) -> String {
    view.map_or_else(|| node.to_owned(), |view| format!("{node} {view}"))
}

impl Thing {
    /// `Driveway Mailbox`.
    pub(super) fn place(&self) -> String {
        place(&self.node, self.view.as_deref())
    }

    /// `motion`, `Temp`, `Restart`.
    pub(super) fn what(&self) -> &str {
        match &self.of {
            Of::State(state) => &state.what,
            Of::Event(what) => what,
            Of::Reading(reading) => &reading.name,
            Of::Images => "images",
            Of::Heard(_) => "heard",
        }
    }

    /// The detector, where it has a name of its own.
    pub(super) fn detector(&self) -> Option<&str> {
        match &self.of {
            Of::State(state) => state.detector.as_deref().filter(|detector| *detector != state.what),
            _ => None,
        }
    }

    pub(super) fn topic(&self) -> Topic<'_> {
        let detector = match &self.of {
            Of::State(state) => Some(state.detector.as_deref().unwrap_or("")),
            _ => None,
        };
        Topic { node: &self.node, view: self.view.as_deref(), what: self.what(), detector }
    }

    /// Plain words for what is measured.
    pub(super) fn measures(&self) -> Vec<&'static str> {
        match &self.of {
            Of::Reading(reading) => measure::words(&reading.name, &reading.unit),
            _ => Vec::new(),
        }
    }

    /// The words for all of its kind.
    pub(super) fn kind_words(&self) -> &'static [&'static str] {
        match &self.of {
            Of::State(_) | Of::Event(_) => EVENTS,
            Of::Reading(_) => READINGS,
            Of::Images => IMAGES,
            Of::Heard(_) => HEARD,
        }
    }

    /// The states that it is known to have had, and what such a state changes to.
    pub(super) fn states(&self) -> Vec<String> {
        let Of::State(row) = &self.of else { return self.past.clone() };
        let mut states: Vec<String> = [Some(row.state.clone()), row.before.clone()].into_iter().flatten().collect();
        let labelled = self.labels.iter().map(|(state, _)| state.clone());
        let usual = match row.what.as_str() {
            "motion" => &ACTIVE[..1],
            "light" => &ACTIVE[1..2],
            _ => &[],
        };
        let counterparts: Vec<String> =
            states.iter().filter_map(|state| counterpart(state)).map(str::to_owned).collect();
        let usual = usual.iter().flat_map(|active| [Some(*active), counterpart(active)]).flatten().map(str::to_owned);
        // A node's words for one detector's states are not those of another.
        let known: Vec<String> = counterparts.into_iter().chain(usual).collect();
        states.extend(labelled.filter(|state| row.what != "node" && known.iter().any(|other| same(state, other))));
        states.extend(known);
        states.extend(self.past.iter().cloned());
        states.sort();
        states.dedup_by(|a, b| same(a, b));
        states
    }

    /// People's word for a state, or the state.
    pub(super) fn word<'a>(&'a self, state: &'a str) -> &'a str {
        self.labels.iter().find(|(labelled, _)| same(labelled, state)).map_or(state, |(_, word)| word)
    }

    /// Whether it belongs to the present of its place, for somebody who asks for nothing in particular. Whether a node is
    /// heard is said by the way; that it restarted once is nothing present.
    pub(super) fn is_present(&self) -> bool {
        !matches!(self.of, Of::Event(_) | Of::Heard(_)) && self.what() != "node"
    }

    /// Whether its states are known without looking at its past: numbers have none, and `moving` and `still` are all.
    fn has_pairs(&self) -> bool {
        match &self.of {
            Of::State(row) => ["motion", "light"].contains(&row.what.as_str()),
            Of::Event(_) => false,
            Of::Reading(_) | Of::Images | Of::Heard(_) => true,
        }
    }

    fn rank(&self) -> (u8, String) {
        let rank = match self.of {
            Of::State(_) => 0,
            Of::Reading(_) => 1,
            Of::Event(_) => 2,
            Of::Images => 3,
            Of::Heard(_) => 4,
        };
        (rank, self.what().to_lowercase())
    }
}

const EVENTS: &[&str] = &["events", "activity"];
const READINGS: &[&str] = &["readings"];
const IMAGES: &[&str] = &["images", "pictures", "photos", "frames", "jpgs", "snapshots"];
const HEARD: &[&str] = &["heard", "alive", "connected"];

/// Whether `word` is for all things of a kind, even where there is none.
pub(super) fn is_of_a_kind(word: &str) -> bool {
    let stem = words::stem(word);
    [EVENTS, READINGS, IMAGES, HEARD].concat().iter().any(|known| words::stem(known) == stem)
}

/// What `state` begins when it ends, or ends when it begins: `still` of `moving`.
pub(super) fn counterpart(state: &str) -> Option<&'static str> {
    let mut pairs = ACTIVE.iter().zip(&IDLE).flat_map(|(active, idle)| [(*active, *idle), (*idle, *active)]);
    pairs.find(|(one, _)| same(one, state)).map(|(_, other)| other)
}

/// Whether happenings end with `state`, so that none bring it.
pub(super) fn is_idle(state: &str) -> bool {
    IDLE.iter().any(|idle| same(idle, state))
}

/// Words are compared in any case.
pub(super) fn same(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}
