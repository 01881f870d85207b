//! What may be forgotten.

use std::collections::BTreeMap;
use std::fmt;

use picket_common::config::{Complaints, Duration, MinFree, Percent, Size};
use picket_common::name;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What may be forgotten: which images are deleted by themselves, the oldest first, by when they were taken. Only images
/// are: events, readings, log lines and records are small and stay, and an event tells how many images it had. What is
/// pinned (`picket-hub pin`) is never deleted by any rule. `picket-hub retention --dry-run` tells what would go now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RetentionConfig {
    /// Images that are older are deleted, at the latest an hour later; 1h or more. What was taken by a wrong clock is as old
    /// as it has been here. Default: no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_age: Option<Duration>,
    /// The images of all nodes together take no more than this, 1MiB or more: beyond it the oldest are deleted, until
    /// it is 2 % less. Default: no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_size: Option<Size>,
    /// So much of the disk is kept free, a share such as `5%` or a size such as `5GiB` (a number alone is a share, in percent):
    /// below it the oldest images are deleted, until it is a little more. When
    /// even all of them would not be enough, because something else fills the disk, they stay, until the disk is so full
    /// that nothing more can be taken (less than 256MiB are free, or a 32nd of a small disk): then the oldest go to
    /// make room for the newest. 0: nothing is ever deleted to make room, and a full disk takes no more. Default: 5%.
    #[schemars(range(max = 90))]
    pub min_free: MinFree,
    /// How much the images of one node may take: `Driveway: 20GiB`. Beyond it this node's oldest are deleted, until it is 2 %
    /// less. Default: no limit.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub quotas: BTreeMap<String, Size>,
}

impl Default for RetentionConfig {
    fn default() -> Self {
        RetentionConfig {
            max_age: None,
            max_size: None,
            min_free: MinFree::Share(Percent(5.0)),
            quotas: BTreeMap::new(),
        }
    }
}

impl fmt::Display for RetentionConfig {
    /// As `max_age 90d, min_free 5%, quota of Driveway 20GiB`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let age = self.max_age.map(|age| format!("max_age {age}"));
        let size = self.max_size.map(|size| format!("max_size {size}"));
        let free = (!self.min_free.is_none()).then(|| format!("min_free {}", self.min_free));
        let quotas = self.quotas.iter().map(|(node, size)| format!("quota of {node} {size}"));
        let all: Vec<String> = age.into_iter().chain(size).chain(free).chain(quotas).collect();
        f.write_str(&if all.is_empty() { "nothing is ever deleted".to_owned() } else { all.join(", ") })
    }
}

/// The shortest time and the smallest size that make sense.
const SHORTEST: Duration = Duration(std::time::Duration::from_secs(3600));
const SMALLEST: Size = Size(1 << 20);
const MOST_FREE: f64 = 90.0;

pub(super) fn validate(retention: &RetentionConfig, complaints: &mut Complaints<'_>) {
    let RetentionConfig { max_age, max_size, min_free, quotas } = retention;
    if let Some(age) = max_age.filter(|age| *age < SHORTEST) {
        complaints.add("retention.max_age", format!("{age} is too short; write {SHORTEST} or more"));
    }
    if let Some(size) = max_size.filter(|size| *size < SMALLEST) {
        complaints.add("retention.max_size", format!("{size} is too small; write {SMALLEST} or more"));
    }
    if matches!(min_free, MinFree::Share(Percent(share)) if *share > MOST_FREE) {
        let message =
            format!("{min_free} of the disk leaves next to nothing; write 0 to {MOST_FREE}%, or a size such as 5GiB");
        complaints.add("retention.min_free", message);
    }
    for (node, quota) in quotas {
        let path = format!("retention.quotas.{node}");
        if let Some(why) = name::complaint(node) {
            complaints.add(if node.is_empty() { "retention.quotas" } else { &path }, why);
        }
        if *quota < SMALLEST {
            complaints.add(&path, format!("{quota} is too small; write {SMALLEST} or more"));
        } else if let Some(size) = max_size.filter(|size| size < quota) {
            complaints.add(&path, format!("{quota} is more than all nodes together may have (max_size: {size})"));
        }
        let twice = quotas.keys().find(|other| *other < node && other.to_lowercase() == node.to_lowercase());
        if let Some(other) = twice {
            complaints.add(&path, format!("{other} is the same node; leave one of them out"));
        }
    }
}
