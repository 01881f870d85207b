//! Which rule an image is deleted by.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The rules, in the order in which they are applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// It is older than `retention.max_age`.
    MaxAge,
    /// Its node has more than its `retention.quotas`.
    Quota,
    /// All images together have more than `retention.max_size`.
    MaxSize,
    /// Less of the disk is free than `retention.min_free`.
    MinFree,
    /// The disk is full, or so nearly that nothing more can be taken.
    Emergency,
    /// `picket-hub fsck` found its file gone, or damaged and moved it to `damaged/`.
    Lost,
    /// A person has deleted it.
    Person,
}

impl Rule {
    /// All of them, in their order.
    pub const ALL: [Rule; 5] = [Rule::MaxAge, Rule::Quota, Rule::MaxSize, Rule::MinFree, Rule::Emergency];

    /// Its name, as `records/` has it.
    pub fn word(self) -> &'static str {
        match self {
            Rule::MaxAge => "max_age",
            Rule::Quota => "quota",
            Rule::MaxSize => "max_size",
            Rule::MinFree => "min_free",
            Rule::Emergency => "emergency",
            Rule::Lost => "lost",
            Rule::Person => "person",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}
