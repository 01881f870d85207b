//! When each node was last heard. Heartbeats are not journaled: ingest notes here whom it hears, and the
//! shelver commits it to the index now and then. Losing the last seconds of it harms nothing.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use picket_common::event::Hello;
use picket_common::time::Timestamp;
use serde_json::Value;

/// What was heard of a node since the last commit.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Seen {
    /// When last.
    pub at: Timestamp,
    /// How it is, in its own words.
    pub health: Option<Value>,
    /// The version of its program.
    pub version: Option<String>,
    /// Its machine.
    pub hardware: Option<String>,
}

/// Whom ingest has heard and the index has not been told of yet; shared by both threads.
#[derive(Debug, Default)]
pub struct Presence(Mutex<BTreeMap<String, Seen>>);

impl Presence {
    /// Nobody was heard yet.
    pub fn new() -> Presence {
        Presence::default()
    }

    /// `node` was heard at `at`, with what its heartbeat says of its health.
    pub fn seen(&self, node: &str, at: Timestamp, health: Option<Value>) {
        self.note(node, Seen { at, health, ..Seen::default() });
    }

    /// `node` said hello at `at`.
    pub fn hello(&self, node: &str, at: Timestamp, hello: &Hello) {
        let Hello { hardware, version, .. } = hello.clone();
        self.note(node, Seen { at, health: None, version: Some(version), hardware: Some(hardware) });
    }

    /// Everybody heard since the last time.
    pub(crate) fn take(&self) -> Vec<(String, Seen)> {
        std::mem::take(&mut *self.lock()).into_iter().collect()
    }

    /// What was taken could not be committed.
    pub(crate) fn give_back(&self, heard: Vec<(String, Seen)>) {
        let newer = self.take();
        heard.into_iter().chain(newer).for_each(|(node, seen)| self.note(&node, seen));
    }

    fn note(&self, node: &str, seen: Seen) {
        let mut heard = self.lock();
        let old = heard.entry(node.to_owned()).or_default();
        old.at = seen.at;
        old.health = seen.health.or(old.health.take());
        old.version = seen.version.or(old.version.take());
        old.hardware = seen.hardware.or(old.hardware.take());
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Seen>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
