//! Roles, and what each may do beside seeing.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What somebody may do; a higher one may do all that a lower one may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, clap::ValueEnum, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Sees.
    Viewer,
    /// Also marks as reviewed, and pins.
    Reviewer,
    /// Also deletes.
    Admin,
}

/// What not everybody may do who sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// Marks as reviewed, pins.
    Review,
    /// Deletes.
    Delete,
}

impl Role {
    /// Whether it may do `right`.
    pub fn may(self, right: Right) -> bool {
        Right::least(right) <= self
    }
}

impl Right {
    /// The lowest role that has it.
    pub fn least(self) -> Role {
        match self {
            Right::Review => Role::Reviewer,
            Right::Delete => Role::Admin,
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Role::Viewer => "viewer",
            Role::Reviewer => "reviewer",
            Role::Admin => "admin",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_may_do_what_the_lower_one_may_and_more() {
        let check = |role: Role, rights: [bool; 2]| {
            assert_eq!([Right::Review, Right::Delete].map(|right| role.may(right)), rights, "{role}");
        };
        check(Role::Viewer, [false, false]);
        check(Role::Reviewer, [true, false]);
        check(Role::Admin, [true, true]);
    }
}
