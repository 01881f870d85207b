//! What came of a run: counted by each thread, added up, told in words or as JSON.

use std::fmt;
use std::time::Duration;

use picket_common::event;
use serde::Serialize;

use super::oracle::Ending;
use crate::latencies::{self, Latencies};
use crate::send_test::rate;

/// Counts of one run.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Messages that an earlier run has left in the spools.
    pub(super) left: u64,
    pub(super) images: u64,
    pub(super) events: u64,
    pub(super) acked: u64,
    pub(super) refused: u64,
    /// Not in the spool any more: there was no room, or the disk has damaged it.
    pub(super) dropped: u64,
    /// Pictures that an old sender has sent again, because no answer came in time.
    pub(super) again: u64,
    /// Bytes of pictures that were acknowledged.
    pub(super) bytes: u64,
    latencies: Latencies,
    /// When the last acknowledgement came, in uptime.
    last: Duration,
}

impl Tally {
    /// A message has met its end at `now`; `since` is when it was sent, if this run has sent it.
    pub(super) fn end(&mut self, ending: Ending, bytes: u64, since: Option<Duration>, now: Duration) {
        match ending {
            Ending::Refused => self.refused += 1,
            Ending::Dropped | Ending::Damaged => self.dropped += 1,
            Ending::Acked => {
                self.acked += 1;
                self.bytes += bytes;
                self.last = now;
                since.into_iter().for_each(|since| self.latencies.add(now.saturating_sub(since)));
            }
        }
    }

    /// Somebody else's counts as well.
    pub(super) fn join(&mut self, other: &Tally) {
        self.left += other.left;
        self.images += other.images;
        self.events += other.events;
        self.acked += other.acked;
        self.refused += other.refused;
        self.dropped += other.dropped;
        self.again += other.again;
        self.bytes += other.bytes;
        self.latencies.join(&other.latencies);
        self.last = self.last.max(other.last);
    }

    /// Sent or found, and nobody knows what came of them.
    pub(super) fn open(&self) -> u64 {
        (self.left + self.images + self.events).saturating_sub(self.acked + self.refused + self.dropped)
    }
}

/// A run that is over.
pub struct Summary {
    pub(super) nodes: usize,
    pub(super) tally: Tally,
    /// In uptime, when it began.
    pub(super) start: Duration,
    /// How long it took in all.
    pub(super) time: Duration,
    /// The processor time of this whole program meanwhile.
    pub(super) cpu: Duration,
}

impl Summary {
    /// Whether everything was acknowledged.
    pub fn is_clean(&self) -> bool {
        self.tally.open() == 0 && self.tally.refused == 0
    }

    /// From the start to the last acknowledgement.
    fn busy(&self) -> Duration {
        self.tally.last.saturating_sub(self.start)
    }

    fn cpu_percent(&self) -> f64 {
        100.0 * self.cpu.as_secs_f64() / self.time.as_secs_f64().max(1e-9)
    }

    /// One JSON object.
    pub fn json(&self) -> serde_json::Value {
        /// Times are seconds, latencies milliseconds.
        #[derive(Serialize)]
        struct Told {
            nodes: usize,
            seconds: f64,
            left: u64,
            images: u64,
            events: u64,
            acknowledged: u64,
            refused: u64,
            dropped: u64,
            not_acknowledged: u64,
            sent_again: u64,
            per_second: f64,
            bytes_per_second: f64,
            latency_ms: [f64; 4],
            cpu_seconds: f64,
            cpu_percent_of_a_core: f64,
        }
        let (tally, busy) = (&self.tally, self.busy().as_secs_f64().max(1e-9));
        event::to_value(&Told {
            nodes: self.nodes,
            seconds: self.time.as_secs_f64(),
            left: tally.left,
            images: tally.images,
            events: tally.events,
            acknowledged: tally.acked,
            refused: tally.refused,
            dropped: tally.dropped,
            not_acknowledged: tally.open(),
            sent_again: tally.again,
            per_second: tally.acked as f64 / busy,
            bytes_per_second: tally.bytes as f64 / busy,
            latency_ms: PERCENTS.map(|percent| tally.latencies.at(percent).as_secs_f64() * 1000.0),
            cpu_seconds: self.cpu.as_secs_f64(),
            cpu_percent_of_a_core: self.cpu_percent(),
        })
    }
}

/// Of the latencies that are told: median, 95 %, 99 %, slowest.
const PERCENTS: [u64; 4] = [50, 95, 99, 100];

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tally { left, images, events, acked, refused, dropped, again, bytes, .. } = self.tally;
        let plural = if self.nodes == 1 { "" } else { "s" };
        write!(f, "{} node{plural} sent {images} images and {events} events", self.nodes)?;
        if left > 0 {
            write!(f, " and had {left} messages left from before")?;
        }
        if acked == 0 {
            writeln!(f, "; none was acknowledged: does a hub answer at that address?")?;
        } else {
            let rate = rate(acked, bytes, self.busy());
            writeln!(f, "; {acked} were acknowledged in {:.1} s, {rate}", self.busy().as_secs_f64())?;
            let [median, most, nearly, worst] =
                PERCENTS.map(|percent| latencies::text(self.tally.latencies.at(percent)));
            writeln!(f, "acknowledged after {median} (median), {most} (95 %), {nearly} (99 %), {worst} (slowest)")?;
        }
        write!(f, "{} not acknowledged, {refused} refused, {dropped} lost by the spool", self.tally.open())?;
        if again > 0 {
            write!(f, ", {again} sent again")?;
        }
        let (cpu, percent) = (self.cpu.as_secs_f64(), self.cpu_percent());
        write!(f, "\nthis program itself took {cpu:.1} s of processor time, {percent:.0} % of one core")
    }
}
