//! How far each stream was ever sent. An answer that goes beyond it can only be wrong, and must not remove what no hub has
//! ever seen.

use std::collections::HashMap;

use picket_common::wire::StreamId;

use crate::spool::Spool;

/// The highest number sent in each stream.
#[derive(Debug)]
pub(super) struct Sent(HashMap<StreamId, u64>);

impl Sent {
    /// What lies in the spool already was perhaps sent by an earlier run, whose acknowledgements may still come.
    pub(super) fn before(spool: &Spool) -> Sent {
        Sent(spool.streams().into_iter().filter_map(|stream| Some((stream, spool.newest(stream)?))).collect())
    }

    pub(super) fn note(&mut self, stream: StreamId, seq: u64) {
        let most = self.0.entry(stream).or_default();
        *most = seq.max(*most);
    }

    /// Whether `seq` was sent in `stream`, or may have been. Of a stream from an earlier run a hub may have more than is
    /// known here: what that run sent from memory left no trace on the disk.
    pub(super) fn covers(&self, stream: StreamId, seq: u64, spool: &Spool) -> bool {
        self.0.get(&stream).is_some_and(|most| seq <= *most) || spool.newest(stream).is_none()
    }
}
