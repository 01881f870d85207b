//! What one of many may have at the same time: so many connections of one address, so many streams and answers of one person.
//! Whoever takes more than their share is refused, or waits for their own turns; nobody else is kept waiting for it.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

/// Who has how many. Clones are the same.
pub(super) struct Shares<K> {
    most: usize,
    taken: Arc<Mutex<HashMap<K, usize>>>,
}

/// One of them, taken while it lives.
pub(super) struct Share<K: Eq + Hash> {
    of: K,
    taken: Arc<Mutex<HashMap<K, usize>>>,
}

impl<K: Eq + Hash + Clone> Shares<K> {
    /// At most so many for each.
    pub(super) fn new(most: usize) -> Shares<K> {
        Shares { most, taken: Arc::default() }
    }

    /// One more; none where `of` has as many as there may be.
    pub(super) fn take(&self, of: K) -> Option<Share<K>> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let own = taken.entry(of.clone()).or_default();
        if self.most <= *own {
            return None;
        }
        *own += 1;
        Some(Share { of, taken: self.taken.clone() })
    }
}

impl<K: Eq + Hash> Drop for Share<K> {
    fn drop(&mut self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let left = taken.get_mut(&self.of).map_or(0, |own| {
            *own = own.saturating_sub(1);
            *own
        });
        if left == 0 {
            taken.remove(&self.of);
        }
    }
}

/// Who waits for their own turns.
pub(super) struct Turns<K> {
    most: usize,
    own: Mutex<HashMap<K, Arc<Semaphore>>>,
}

impl<K: Eq + Hash> Turns<K> {
    /// At most so many at the same time for each.
    pub(super) fn new(most: usize) -> Turns<K> {
        Turns { most, own: Mutex::default() }
    }

    /// A turn, once `of` has fewer than there may be.
    pub(super) async fn take(&self, of: K) -> Result<OwnedSemaphorePermit, AcquireError> {
        self.own(of).acquire_owned().await
    }

    fn own(&self, of: K) -> Arc<Semaphore> {
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        // Only who has a turn, or waits for one, is remembered.
        own.retain(|_, turns| Arc::strong_count(turns) > 1);
        own.entry(of).or_insert_with(|| Arc::new(Semaphore::new(self.most))).clone()
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Waker};

    use super::*;

    #[test]
    fn each_waits_for_turns_of_their_own_and_whoever_has_none_is_forgotten() {
        let turns = Turns::new(2);
        let now = |of| match pin!(turns.take(of)).poll(&mut Context::from_waker(Waker::noop())) {
            std::task::Poll::Ready(turn) => Some(turn.unwrap()),
            std::task::Poll::Pending => None,
        };
        let (one, _two) = (now("ann").unwrap(), now("ann").unwrap());
        assert!(now("ann").is_none() && now("bob").is_some());
        drop(one);
        assert!(now("ann").is_some() && now("cy").is_some());
        assert_eq!(turns.own.lock().unwrap().len(), 2, "bob has none");
    }

    #[test]
    fn each_has_a_share_and_nothing_is_remembered_of_who_has_none() {
        let shares = Shares::new(2);
        let (one, two) = (shares.take("ann").unwrap(), shares.take("ann").unwrap());
        assert!(shares.take("ann").is_none() && shares.take("bob").is_some());
        drop(one);
        let three = shares.take("ann");
        assert!(three.is_some() && shares.take("ann").is_none());
        drop((two, three));
        assert!(shares.taken.lock().unwrap().is_empty());
    }
}
