//! What the hub asks of a node because somebody wants it: `picket-hub ask`. The program speaks to the running hub through a
//! local socket in the data directory ([`Door`]), which only the hub's own user can open, so that nobody on the network can
//! give commands. From there a question waits in [`Questions`] until ingest, which owns the connections, passes it on. Ingest
//! waits for nobody. Knows no connection.
//!
//! Through the socket go one line of JSON and one line back:
//! ```json
//! {"node": "Barn", "command": {"order": "snapshot", "view": "Mailbox"}}
//! {"asked": {"several": false}}
//! {"refused": "no node Bran is connected; did you mean Barn?"}
//! ```
//! `command` is what goes to the node (see `wire/reply.rs`). A line of a caller has at most [`MAX_LINE`] bytes. Another question
//! is for the live pictures, `picket-hub latest`, and is answered without ingest, by [`look`]; and what is for the shelver, such as
//! `picket-hub pin`, goes to it by [`keep`].

mod caller;
mod door;
pub mod keep;
pub mod look;
mod place;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::fmt;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use picket_common::config;
use picket_common::wire::{Command, Order};
use serde::{Deserialize, Serialize};

pub use self::caller::call;
pub use self::door::Door;

/// The longest line, in bytes.
pub const MAX_LINE: usize = 4096;

/// What somebody wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// Of which node.
    pub node: String,
    /// What it is to do.
    pub command: Command,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    /// The node was asked. What it did it tells as an event.
    Asked {
        /// Several machines have this name; the one that connected last was asked.
        several: bool,
    },
    /// It was not, and why.
    Refused(String),
}

impl fmt::Display for Ask {
    /// What was asked, as `Barn was asked for a snapshot of Mailbox`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ask { node, command: Command { order, view } } = self;
        match order {
            Order::Snapshot => {
                write!(f, "{node} was asked for a snapshot of {}", view.as_deref().unwrap_or("each camera"))
            }
            Order::Record { for_ms } => {
                let time = config::Duration(Duration::from_millis(*for_ms));
                write!(f, "{node} was asked to record {} for {time}", view.as_deref().unwrap_or("all its cameras"))
            }
            Order::Other => write!(f, "{node} was asked for something unknown"),
        }
    }
}

/// A wish on its way to ingest.
#[derive(Debug)]
pub struct Question {
    /// What is wanted.
    pub ask: Ask,
    /// Where the answer goes.
    pub answer: Sender<Answer>,
    /// In uptime: nobody waits for the answer any longer.
    pub until: Duration,
}

/// Questions that wait for ingest. Clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Questions(Arc<Mutex<VecDeque<Question>>>);

impl Questions {
    /// Adds one, at `now`; those for whose answer nobody waits any longer are forgotten.
    pub fn add(&self, question: Question, now: Duration) {
        let mut waiting = self.lock();
        waiting.retain(|question| now < question.until);
        waiting.push_back(question);
    }

    /// The oldest for whose answer somebody still waits at `now`.
    pub fn take(&self, now: Duration) -> Option<Question> {
        let mut waiting = self.lock();
        while let Some(question) = waiting.pop_front() {
            if now < question.until {
                return Some(question);
            }
        }
        None
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Question>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
