//! What becomes of each message, for whoever keeps books: the load generator and its oracle. Nobody else asks.

use std::sync::Arc;

use picket_common::wire::StreamId;

use super::item::Item;

/// What has happened, or is just about to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fate<'a> {
    /// It has its number, and may leave as soon as this was heard.
    Taken(&'a Item),
    /// The hub has it; the spool lets go of it as soon as this was heard.
    Acknowledged(StreamId, u64),
    /// There was no room for it.
    Dropped(StreamId, u64),
    /// The hub has refused it for good.
    Refused(StreamId, u64),
    /// It was damaged on the disk.
    Damaged(StreamId, u64),
    /// A stream from other hardware goes on under another name.
    Moved {
        /// As it was.
        from: StreamId,
        /// As it is now.
        to: StreamId,
    },
}

/// Hears of every fate, under the spool's lock: it had better be quick, and must not ask the spool.
pub type Witness = Arc<dyn Fn(Fate<'_>) + Send + Sync>;
