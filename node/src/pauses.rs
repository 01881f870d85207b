//! How long to wait before something that failed is tried again. Knows no clock and not what is tried.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

/// 1 s, 2 s, 4 s ... 60 s, each cut by up to a half, so that those that failed together (a switch that restarts)
/// are not tried again together. The default begins with the first.
#[derive(Debug, Default)]
pub(crate) struct Pauses {
    last: Option<Duration>,
}

impl Pauses {
    /// The first, uncut.
    pub(crate) const FIRST: Duration = Duration::from_secs(1);
    const LONGEST: Duration = Duration::from_secs(60);

    /// The next one, longer than the last.
    pub(crate) fn next(&mut self) -> Duration {
        let whole = self.last.map_or(Pauses::FIRST, |last| (last * 2).min(Pauses::LONGEST));
        self.last = Some(whole);
        // The standard library's way to a number that is new every time.
        let chance = RandomState::new().build_hasher().finish() as f64 / u64::MAX as f64;
        whole.mul_f64(1.0 - chance / 2.0)
    }
}
