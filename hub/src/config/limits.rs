//! What one node may send at most.

use std::collections::BTreeMap;

use picket_common::config::Complaints;
use picket_common::name;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What one node may send at most, so that a camera that sees something all the time does not fill the disk.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// So many images of one node are stored on one day, from midnight to midnight; what comes above that is refused, and
    /// told once. Events are not counted. Default: no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub images_per_day: Option<u64>,
    /// Other numbers for single nodes, by their names: `nodes: {Driveway: 20000}`. Default: none.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub nodes: BTreeMap<String, u64>,
}

impl Limits {
    /// How many images of a node are taken on one day; none where there is no limit.
    pub fn images_of(&self, node: &str) -> Option<u64> {
        self.nodes.get(node).copied().or(self.images_per_day)
    }

    /// The key that says so.
    pub fn key_of(&self, node: &str) -> String {
        if self.nodes.contains_key(node) { format!("limits.nodes.{node}") } else { "limits.images_per_day".to_owned() }
    }

    /// Nothing is limited.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Limits::default()
    }
}

/// What the schema cannot say.
pub(super) fn validate(limits: &Limits, complaints: &mut Complaints<'_>) {
    for (node, images) in &limits.nodes {
        let place = format!("limits.nodes.{node}");
        if let Some(wrong) = name::complaint(node) {
            complaints.add(&place, wrong);
        }
        if *images == 0 {
            complaints.add(&place, "0 images a day are none; write 1 or more");
        }
    }
}
