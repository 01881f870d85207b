//! How long answers took, in little memory however many there were.

use std::collections::BTreeMap;
use std::time::Duration;

/// How often each number of microseconds came, of which three digits count.
#[derive(Debug, Default)]
pub(crate) struct Latencies(BTreeMap<u64, u64>);

impl Latencies {
    /// One more.
    pub(crate) fn add(&mut self, latency: Duration) {
        let micros = u64::try_from(latency.as_micros()).unwrap_or(u64::MAX);
        let unit = 10_u64.pow(micros.checked_ilog10().unwrap_or(0).saturating_sub(2));
        *self.0.entry(micros / unit * unit).or_default() += 1;
    }

    /// Somebody else's as well.
    pub(crate) fn join(&mut self, others: &Latencies) {
        others.0.iter().for_each(|(micros, count)| *self.0.entry(*micros).or_default() += count);
    }

    /// So many percent took no longer; nothing took any time where there was none.
    pub(crate) fn at(&self, percent: u64) -> Duration {
        let wanted = (self.0.values().sum::<u64>() * percent).div_ceil(100);
        let mut seen = 0;
        let found = self.0.iter().find(|(_, count)| {
            seen += *count;
            seen >= wanted
        });
        Duration::from_micros(found.map_or(0, |(micros, _)| *micros))
    }
}

/// In milliseconds, for people.
pub(crate) fn text(latency: Duration) -> String {
    format!("{:.2} ms", latency.as_secs_f64() * 1000.0)
}
