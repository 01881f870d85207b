//! What one of many may have at the same time: so many connections of one address, so many streams of one person. Whoever
//! takes more than their share is refused, and nobody else is kept waiting for it.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

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

#[cfg(test)]
mod tests {
    use super::*;

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
