//! The hub's own disk: whether it fills, and whether the journal takes anything. Whoever asks says what time it is; how
//! much is free it is told by a function that it is given.

use std::time::Duration;

use picket_common::event::DiskHealth;
use picket_common::log::LogError;

use crate::condition::{is_nearly_full, room};
use crate::ongoing::{Notice, Ongoing, Trouble};

/// The disk is looked at so often.
const EVERY: Duration = Duration::from_secs(30);
/// A journal that was refused is well when it was not for so long.
const CALM: Duration = Duration::from_secs(60);

/// Tells how full the file system of the data directory is.
pub type Look = Box<dyn Fn() -> Option<DiskHealth> + Send>;

/// What was seen of it.
#[derive(Default)]
pub(super) struct Storage {
    look: Option<Look>,
    /// In uptime.
    looked: Option<Duration>,
    refused: Option<Duration>,
}

impl Storage {
    /// Is told by `look` from now on.
    pub(super) fn watch(&mut self, look: Look) {
        self.look = Some(look);
    }

    /// The journal was refused.
    pub(super) fn refuses(
        &mut self,
        why: &LogError,
        hub: &str,
        now: Duration,
        ongoing: &mut Ongoing,
    ) -> Option<Notice> {
        self.refused = Some(now);
        let state = if matches!(why, LogError::Full(_)) { 1 } else { 2 };
        ongoing.begin_as(Trouble::Storage, state, (hub, ""), format!("the journal cannot be written: {why}"))
    }

    /// What there is to tell.
    pub(super) fn check(&mut self, hub: &str, now: Duration, ongoing: &mut Ongoing) -> Option<Notice> {
        let lately = |time: Option<Duration>, span| time.is_some_and(|time| now.saturating_sub(time) < span);
        if lately(self.looked, EVERY) || lately(self.refused, CALM) {
            return None;
        }
        self.looked = Some(now);
        let disk = self.look.as_ref().and_then(|look| look()).filter(|disk| 0 < disk.total_bytes);
        match disk {
            Some(disk) if is_nearly_full(disk, ongoing.is(Trouble::Storage, hub, "")) => {
                ongoing.begin(Trouble::Storage, hub, "", room(disk))
            }
            Some(disk) => ongoing.end(Trouble::Storage, hub, "", room(disk)),
            None => ongoing.end(Trouble::Storage, hub, "", "the journal is written again".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    #[test]
    fn a_disk_that_fills_until_nothing_is_taken_is_one_event() {
        let (mut storage, mut ongoing) = (Storage::default(), Ongoing::default());
        let percent = Arc::new(AtomicU64::new(50));
        let free = percent.clone();
        storage.watch(Box::new(move || {
            Some(DiskHealth { total_bytes: 100 << 20, free_bytes: free.load(Ordering::Relaxed) << 20 })
        }));
        let mut told = Vec::new();
        for second in 0..1000 {
            percent.store(
                if second < 300 { 50u64.saturating_sub(second / 5) } else { (second - 300) / 40 },
                Ordering::Relaxed,
            );
            let now = Duration::from_secs(second);
            if (300..400).contains(&second) {
                let full = LogError::Full("no room".into());
                told.extend(storage.refuses(&full, "hub", now, &mut ongoing));
            }
            told.extend(storage.check("hub", now, &mut ongoing));
        }
        let told: Vec<_> = told.into_iter().map(|notice| (notice.state, notice.reason)).collect();
        let expected = [("low", "2 % free (2.0 MiB)".to_owned()), ("ok", "7 % free (7.0 MiB)".to_owned())];
        assert_eq!(told, expected);
    }

    #[test]
    fn a_journal_that_is_refused_now_and_then_is_one_event() {
        let (mut storage, mut ongoing) = (Storage::default(), Ongoing::default());
        let mut told = Vec::new();
        for second in 0..300 {
            let now = Duration::from_secs(second);
            if second < 200 && second % 20 == 0 {
                let why = LogError::Io("input/output error".into());
                told.extend(storage.refuses(&why, "hub", now, &mut ongoing).map(|notice| (second, notice.state)));
            }
            told.extend(storage.check("hub", now, &mut ongoing).map(|notice| (second, notice.state)));
        }
        assert_eq!(told, [(0, "failing"), (240, "ok")]);
    }
}
