//! Whether a batch waits for company. An old sender that was answered just now will mostly send its next message at once;
//! without a short wait for it the senders fall into small groups that take turns, each with a sync of its own. The wait
//! is never longer than a sync takes. Knows no journal.

use std::collections::HashSet;
use std::time::Duration;

use super::connection::ConnectionKey;

/// It is looked so often whether something has come.
pub(super) const GLANCE: Duration = Duration::from_micros(50);
/// The longest wait, on whatever disk.
const LONGEST: Duration = Duration::from_millis(5);
/// So many syncs' times are smoothed to one.
const SMOOTHED: u32 = 8;

/// Who is expected, and how long a sync takes.
#[derive(Debug, Default)]
pub(super) struct Gather {
    expected: HashSet<ConnectionKey>,
    sync: Duration,
}

impl Gather {
    /// An old sender was told that its message is safe.
    pub(super) fn answered(&mut self, sender: ConnectionKey) {
        self.expected.insert(sender);
    }

    /// A message came.
    pub(super) fn came(&mut self, sender: &ConnectionKey) {
        self.expected.remove(sender);
    }

    /// A sync took so long.
    pub(super) fn synced(&mut self, took: Duration) {
        self.sync = (self.sync * (SMOOTHED - 1) + took) / SMOOTHED;
    }

    /// How long a batch waits at most.
    pub(super) fn patience(&self) -> Duration {
        self.sync.min(LONGEST)
    }

    /// Whether there is anybody to wait for.
    pub(super) fn is_expecting(&self) -> bool {
        !self.expected.is_empty()
    }

    /// Who has not come by now is no longer waited for.
    pub(super) fn give_up(&mut self) {
        self.expected.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use picket_common::transport::Envelope;

    #[test]
    fn who_was_answered_is_expected_until_it_comes_and_never_longer_than_a_sync_takes() {
        let [one, two] = [1, 2].map(|name| ConnectionKey::of(&Envelope(vec![vec![name]])));
        let mut gather = Gather::default();
        assert_eq!((gather.is_expecting(), gather.patience()), (false, Duration::ZERO));
        gather.answered(one.clone());
        gather.answered(two.clone());
        gather.came(&one);
        assert!(gather.is_expecting());
        gather.came(&two);
        assert!(!gather.is_expecting());
        gather.answered(one);
        gather.give_up();
        assert!(!gather.is_expecting());
        (0..100).for_each(|_| gather.synced(Duration::from_millis(2)));
        let off = Duration::from_millis(2) - gather.patience();
        assert!(off < Duration::from_micros(10), "{off:?}");
        (0..100).for_each(|_| gather.synced(Duration::from_secs(1)));
        assert_eq!(gather.patience(), LONGEST);
    }
}
