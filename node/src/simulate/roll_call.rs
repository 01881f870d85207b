//! How many of the virtual nodes are connected: told for all of them together, where each for itself would be noise.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tracing::{info, warn};

/// While some come and others go, it is told at most so often.
const AGAIN: Duration = Duration::from_secs(10);

/// The nodes of all threads.
pub(super) struct RollCall {
    nodes: usize,
    state: Mutex<State>,
}

struct State {
    connected: usize,
    /// How many were told, none at first, and when, in uptime.
    told: (Option<usize>, Duration),
}

impl RollCall {
    /// So many nodes, of which none is connected at `now`.
    pub(super) fn new(nodes: usize, now: Duration) -> RollCall {
        RollCall { nodes, state: Mutex::new(State { connected: 0, told: (None, now) }) }
    }

    /// Of one thread's nodes `after` are connected, and `before` were when it last said so.
    pub(super) fn change(&self, before: usize, after: usize, now: Duration) {
        match self.due(before, after, now) {
            None => {}
            Some(connected) if connected == self.nodes => info!("connected: all {connected} nodes"),
            Some(connected) => warn!("connected: {connected} of {} nodes", self.nodes),
        }
    }

    /// How many are connected, where that is to be told now.
    fn due(&self, before: usize, after: usize, now: Duration) -> Option<usize> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.connected = (state.connected + after).saturating_sub(before);
        let (told, at) = state.told;
        let is_due = state.connected == self.nodes || now.saturating_sub(at) >= AGAIN;
        if told == Some(state.connected) || !is_due {
            return None;
        }
        state.told = (Some(state.connected), now);
        Some(state.connected)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_told_when_all_are_there_and_else_now_and_then() {
        let roll_call = RollCall::new(8, Duration::ZERO);
        let check = |before, after, second, expected: Option<usize>| {
            assert_eq!(roll_call.due(before, after, Duration::from_secs(second)), expected, "{second}");
        };
        check(0, 3, 1, None);
        check(0, 4, 2, None);
        check(3, 4, 3, Some(8));
        check(4, 4, 20, None);
        check(4, 2, 21, Some(6));
        check(4, 0, 22, None);
        check(0, 1, 31, Some(3));
        check(1, 1, 60, None);
        check(2, 4, 61, Some(5));
        check(1, 4, 62, Some(8));
    }

    #[test]
    fn that_nobody_is_there_is_told_too() {
        let roll_call = RollCall::new(8, Duration::ZERO);
        assert_eq!(roll_call.due(0, 0, Duration::from_secs(9)), None);
        assert_eq!(roll_call.due(0, 0, Duration::from_secs(10)), Some(0));
        assert_eq!(roll_call.due(0, 0, Duration::from_secs(60)), None);
    }
}
