//! What became later of something stored: its line in `records/`, on the day on which it became so. `number` is the
//! journal's, of the image, or of the happening's first message:
//! ```json
//! {"kind":"deleted","number":8,"at":"2026-11-20T12:00:00Z","rule":"max_age","node":"Barn","view":"Door",
//!  "file":"images/2026-08-22/Barn-Door-2026-08-22T11.59.58.000000.jpg","size":13600,"after":11}
//! {"kind":"pinned","number":5,"at":"2026-11-20T12:00:00Z","of":"event","node":"Barn","view":"Door","event":"e1","after":11}
//! {"kind":"unpinned","number":8,"at":"2026-11-20T12:00:00Z","of":"image","node":"Barn","view":"Door","event":null,"after":12}
//! {"kind":"reviewed","number":5,"at":"2026-11-20T12:00:00Z","user":"ann","after":12}
//! {"kind":"unreviewed","number":5,"at":"2026-11-20T12:00:00Z","user":null,"after":12}
//! ```
//! What a person has deleted has the rule `person` and, where the hub has users, the `user`.
//! Each ends with its check value, as all lines do. The index is rebuilt from these in the order in which it became so: `after` is the last number that was shelved then, for
//! the hub's clock, which says into which day's file a line goes, may be set back. A line says what holds from then on, and
//! the same line again changes nothing. `at` is when it became so. A deleted image was deleted by its file's name and size; where the line
//! stands and the file still lies there, the deletion was cut short and is to be done.

use picket_common::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::retention::Rule;

/// One such line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Amendment {
    /// An image is no more.
    Deleted(Deleted),
    /// It is to stay, whatever the rules say.
    Pinned(Pinned),
    /// The rules hold for it again.
    Unpinned(Pinned),
    /// Somebody has looked at what happened.
    Reviewed(Reviewed),
    /// It counts as not looked at again.
    Unreviewed(Reviewed),
}

/// An image that was deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deleted {
    /// Its journal number.
    pub number: u64,
    /// When it was deleted.
    pub at: Timestamp,
    /// Why.
    pub rule: Rule,
    /// Its node.
    pub node: String,
    /// Its view.
    pub view: Option<String>,
    /// Its path below the data directory.
    pub file: String,
    /// Bytes.
    pub size: u64,
    /// Who has deleted it, where a person did and the hub knows who.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
}

/// An event that was reviewed, or is to be reviewed again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reviewed {
    /// The number of the event's first message.
    pub number: u64,
    /// When.
    pub at: Timestamp,
    /// By whom; none where the hub has no users.
    pub user: Option<String>,
}

/// What was pinned or unpinned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pinned {
    /// Its journal number.
    pub number: u64,
    /// When.
    pub at: Timestamp,
    /// An event, with all images that ever belong to it, or one image.
    pub of: What,
    /// Its node.
    pub node: String,
    /// Its view.
    pub view: Option<String>,
    /// The event's id, where the sender gave one; none for an image.
    pub event: Option<String>,
}

/// What can be pinned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum What {
    /// A happening and its images.
    Event,
    /// One image.
    Image,
}

impl Amendment {
    /// Its line, without the newline, where `after` was the last number shelved.
    pub fn line(&self, after: u64) -> String {
        #[derive(Serialize)]
        struct Line<'a> {
            #[serde(flatten)]
            amendment: &'a Amendment,
            after: u64,
        }
        super::json(&Line { amendment: self, after })
    }

    /// The number of what it is about.
    pub fn number(&self) -> u64 {
        match self {
            Amendment::Deleted(deleted) => deleted.number,
            Amendment::Pinned(pinned) | Amendment::Unpinned(pinned) => pinned.number,
            Amendment::Reviewed(reviewed) | Amendment::Unreviewed(reviewed) => reviewed.number,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_what_became_of_what_and_is_read_back() {
        let check = |amendment: Amendment, expected: &str| {
            let line = amendment.line(11);
            assert_eq!(line.split_once(r#","check":"#).map(|(line, _)| format!("{line}}}")).as_deref(), Some(expected));
            assert_eq!(serde_json::from_str::<Amendment>(expected).unwrap(), amendment);
        };
        let at: Timestamp = "2026-11-20T12:00:00Z".parse().unwrap();
        let (node, view) = ("Barn".to_owned(), Some("Door".to_owned()));
        let file = "images/2026-08-22/Barn-Door-2026-08-22T11.59.58.000000.jpg".to_owned();
        let deleted = Deleted {
            number: 8,
            at,
            rule: Rule::MaxAge,
            node: node.clone(),
            view: view.clone(),
            file,
            size: 136,
            user: None,
        };
        let by_ann = Deleted { rule: Rule::Person, user: Some("ann".to_owned()), ..deleted.clone() };
        check(
            Amendment::Deleted(by_ann),
            r#"{"kind":"deleted","number":8,"at":"2026-11-20T12:00:00Z","rule":"person","node":"Barn","view":"Door","file":"images/2026-08-22/Barn-Door-2026-08-22T11.59.58.000000.jpg","size":136,"user":"ann","after":11}"#,
        );
        let reviewed = |user: Option<&str>| Reviewed { number: 5, at, user: user.map(str::to_owned) };
        check(
            Amendment::Reviewed(reviewed(Some("ann"))),
            r#"{"kind":"reviewed","number":5,"at":"2026-11-20T12:00:00Z","user":"ann","after":11}"#,
        );
        check(
            Amendment::Unreviewed(reviewed(None)),
            r#"{"kind":"unreviewed","number":5,"at":"2026-11-20T12:00:00Z","user":null,"after":11}"#,
        );
        check(
            Amendment::Deleted(deleted),
            r#"{"kind":"deleted","number":8,"at":"2026-11-20T12:00:00Z","rule":"max_age","node":"Barn","view":"Door","file":"images/2026-08-22/Barn-Door-2026-08-22T11.59.58.000000.jpg","size":136,"after":11}"#,
        );
        let pinned = Pinned { number: 5, at, of: What::Event, node, view, event: Some("e1".to_owned()) };
        check(
            Amendment::Pinned(pinned.clone()),
            r#"{"kind":"pinned","number":5,"at":"2026-11-20T12:00:00Z","of":"event","node":"Barn","view":"Door","event":"e1","after":11}"#,
        );
        check(
            Amendment::Unpinned(Pinned { of: What::Image, view: None, event: None, ..pinned }),
            r#"{"kind":"unpinned","number":5,"at":"2026-11-20T12:00:00Z","of":"image","node":"Barn","view":null,"event":null,"after":11}"#,
        );
    }
}
