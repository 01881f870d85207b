//! What others want of the shelver, the only one who writes tree, text files and index: orders wait here until it has
//! finished a batch, and go before the next.

use std::collections::VecDeque;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use crate::config::RetentionConfig;
use crate::retention::{Rule, Sum};

/// What is wanted. Its JSON is what goes through the local socket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    /// That the events and images with these numbers stay.
    Pin(Vec<u64>),
    /// That the rules hold for them again.
    Unpin(Vec<u64>),
    /// That a user has reviewed the events with these numbers, or has not.
    Review {
        /// Their numbers.
        events: Vec<u64>,
        /// Whether.
        reviewed: bool,
        /// Who; none where the hub has no users.
        user: Option<String>,
    },
    /// That the images with these numbers are deleted, by a person's wish. Where one of them is pinned, none is.
    Delete {
        /// Their numbers.
        images: Vec<u64>,
        /// Whose wish; none where the hub has no users.
        user: Option<String>,
    },
    /// That the rules of retention are looked at now.
    Retain,
    /// What the rules are, and whether a pass is at work.
    Status,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Done {
    /// So many were pinned, or unpinned, that were not before; these numbers are of nothing that can be.
    Pins {
        /// How many.
        changed: u64,
        /// Of neither an event nor an image.
        unknown: Vec<u64>,
    },
    /// So many events were reviewed, or are not any more, that were not so before; these numbers are of no event.
    Reviews {
        /// How many.
        changed: u64,
        /// Of no event.
        unknown: Vec<u64>,
    },
    /// So many images were deleted.
    Deleted {
        /// How many.
        images: u64,
        /// These are pinned: nothing was deleted.
        pinned: Vec<u64>,
        /// Of no image.
        unknown: Vec<u64>,
    },
    /// How retention stands.
    Status(Status),
}

/// How retention stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// The rules; none where nothing is deleted by itself.
    pub rules: Option<RetentionConfig>,
    /// A pass is at work, or begins with the next step.
    pub busy: bool,
    /// Something else fills the disk: all images together are less than what is missing to what shall be free.
    pub out_of_reach: bool,
    /// What the last pass that deleted anything has deleted, by rule and node.
    pub deleted: Vec<(Rule, String, Sum)>,
}

/// An order on its way.
#[derive(Debug)]
pub(super) struct Given {
    pub(super) order: Order,
    pub(super) answer: Sender<Result<Done, String>>,
}

/// Orders that wait for the shelver. Clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Orders(Arc<Mutex<VecDeque<Given>>>);

impl Orders {
    /// Gives an order. What becomes of it comes through what is returned; whoever does not wait for it need not.
    pub fn give(&self, order: Order) -> Receiver<Result<Done, String>> {
        let (answer, answered) = mpsc::channel();
        self.lock().push_back(Given { order, answer });
        answered
    }

    /// Whether any wait.
    pub(super) fn are_waiting(&self) -> bool {
        !self.lock().is_empty()
    }

    pub(super) fn take(&self) -> Option<Given> {
        self.lock().pop_front()
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Given>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
