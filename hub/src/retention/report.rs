//! What a pass deletes, or would delete, by rule and node.

use std::collections::BTreeMap;

use picket_common::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Doomed, Rule};

/// What goes of one node by one rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sum {
    /// How many images.
    pub images: u64,
    /// Their bytes.
    pub bytes: u64,
    /// When the oldest was taken.
    pub oldest: Timestamp,
    /// When the newest was.
    pub newest: Timestamp,
}

/// All of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report(pub BTreeMap<(Rule, String), Sum>);

impl Sum {
    fn of(doomed: &Doomed) -> Sum {
        let at = doomed.image.at;
        Sum { images: 1, bytes: doomed.image.size, oldest: at, newest: at }
    }

    fn add(&mut self, other: Sum) {
        self.images += other.images;
        self.bytes += other.bytes;
        self.oldest = self.oldest.min(other.oldest);
        self.newest = self.newest.max(other.newest);
    }
}

impl Report {
    /// Counts an image of `node`.
    pub fn add(&mut self, node: &str, doomed: &Doomed) {
        let sum = Sum::of(doomed);
        self.0.entry((doomed.rule, node.to_owned())).and_modify(|all| all.add(sum)).or_insert(sum);
    }

    /// The sum over all nodes and rules; none of nothing.
    pub fn whole(&self) -> Option<Sum> {
        self.0.values().copied().reduce(|mut all, sum| {
            all.add(sum);
            all
        })
    }
}
