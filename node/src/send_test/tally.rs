//! What is counted while test pictures are sent, in little memory however long it goes on, and told at the end.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use picket_common::bytes::Bytes;

use crate::latencies::{self, Latencies};

/// Texts of so many kinds are told apart, and so much of each is kept.
const KINDS: usize = 8;
const TEXT: usize = 200;

/// Counts of all that was sent and answered.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Pictures, answered or not.
    pub(super) sent: u64,
    /// Answered `OK`.
    pub(super) ok: u64,
    /// Answered `ERROR: ...`.
    pub(super) refused: Texts,
    /// Answered something else, as a program of one's own may.
    pub(super) otherwise: Texts,
    /// Not answered in time.
    pub(super) lost: u64,
    /// Headers and bodies of what was answered.
    bytes: u64,
    latencies: Latencies,
    start: Duration,
    end: Duration,
}

impl Tally {
    /// Nothing yet, at the uptime `start`.
    pub(super) fn new(start: Duration) -> Tally {
        Tally { start, end: start, ..Tally::default() }
    }

    /// A picture of so many bytes was answered after `latency`.
    pub(super) fn answer(&mut self, bytes: usize, latency: Duration, now: Duration) {
        self.sent += 1;
        self.bytes += bytes as u64;
        self.latencies.add(latency);
        self.end = now;
    }

    /// A picture was not answered in time.
    pub(super) fn lose(&mut self, now: Duration) {
        self.sent += 1;
        self.lost += 1;
        self.end = now;
    }

    pub(super) fn answered(&self) -> u64 {
        self.sent - self.lost
    }

    /// How it goes, in one line.
    pub(super) fn line(&self) -> String {
        let not_ok = self.sent - self.ok;
        let odd = if not_ok == 0 { String::new() } else { format!(", {not_ok} not answered OK") };
        let Tally { sent, latencies, .. } = self;
        format!(
            "{sent} pictures, {}, median {}, slowest {}{odd}",
            self.rate(),
            latencies::text(latencies.at(50)),
            latencies::text(latencies.at(100))
        )
    }

    fn rate(&self) -> String {
        rate(self.answered(), self.bytes, self.end.saturating_sub(self.start))
    }
}

/// How many pictures and bytes a second.
pub(crate) fn rate(pictures: u64, bytes: u64, time: Duration) -> String {
    let seconds = time.as_secs_f64().max(1e-9);
    format!("{:.1} a second ({}/s)", pictures as f64 / seconds, Bytes((bytes as f64 / seconds) as u64))
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mean = Bytes(self.bytes / self.answered().max(1));
        let time = self.end.saturating_sub(self.start).as_secs_f64();
        writeln!(f, "{} pictures of {mean} in {time:.1} s, {}", self.sent, self.rate())?;
        if self.answered() > 0 {
            let [median, most, worst] = [50, 95, 100].map(|percent| latencies::text(self.latencies.at(percent)));
            writeln!(f, "answered after {median} (median), {most} (95 %), {worst} (slowest)")?;
        }
        write!(f, "{} answered OK, {} refused, {} not answered", self.ok, self.refused.total(), self.lost)?;
        if self.otherwise.total() > 0 {
            write!(f, ", {} answered otherwise", self.otherwise.total())?;
        }
        let refused = self.refused.0.iter().map(|(reason, count)| ("ERROR: ", reason, count));
        let otherwise = self.otherwise.0.iter().map(|(text, count)| ("", text, count));
        for (start, text, count) in refused.chain(otherwise) {
            write!(f, "\n{count:>8} times {:?}", format!("{start}{text}"))?;
        }
        Ok(())
    }
}

/// How often each text came.
#[derive(Debug, Default)]
pub(super) struct Texts(BTreeMap<String, u64>);

impl Texts {
    /// Counts one; true for the first of its kind.
    pub(super) fn add(&mut self, text: &str) -> bool {
        let mut text: String = text.chars().take(TEXT).collect();
        if self.0.len() >= KINDS && !self.0.contains_key(&text) {
            text = "and others".to_owned();
        }
        let count = self.0.entry(text).or_default();
        *count += 1;
        *count == 1
    }

    pub(super) fn total(&self) -> u64 {
        self.0.values().sum()
    }
}
