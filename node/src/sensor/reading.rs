//! One sensor that is read now and then: what differs enough is told; one that fails again and again is dead, and
//! alive again with its first good reading. Knows no kind of sensor.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use picket_common::event::{EventData, Phase, ReadingData, UNKNOWN};
use picket_common::time::Clock;
use picket_common::wire::StreamId;
use tracing::{debug, info, warn};

use super::Sensor;
use super::probe::{Answer, Probe};
use crate::author::Author;
use crate::worker::Worker;

/// So many failures in a row are no glitch.
const FAILURES: u32 = 3;

/// After the first failure it is tried again so soon, then after twice this, and so on.
const FIRST_PAUSE: Duration = Duration::from_secs(5);

/// A sensor that is mended is found so soon, however seldom it is read.
const LONGEST_PAUSE: Duration = Duration::from_secs(600);

/// So long one step waits for a reading.
const SLICE: Duration = Duration::from_millis(100);

/// How a sensor is read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan {
    /// How often.
    pub every: Duration,
    /// What is told differs by at least so much from what was told before.
    pub min_difference: f64,
    /// A reading that takes longer counts as failed.
    pub patience: Duration,
    /// So long a reading under way is waited for when the node stops.
    pub grace: Duration,
}

/// Reads a sensor now and then.
pub(super) struct Reader {
    plan: Plan,
    probe: Probe,
    author: Author,
    clock: Arc<dyn Clock>,
    /// The uptime at which the next reading is due.
    due: Duration,
    /// The uptime since which a reading is under way.
    asked: Option<Duration>,
    /// What was told last, by name.
    told: HashMap<String, ReadingData>,
    failures: u32,
    /// The id of the event that it is dead.
    dead: Option<String>,
}

impl Reader {
    pub(super) fn new(sensor: Box<dyn Sensor>, plan: Plan, author: Author, clock: Arc<dyn Clock>) -> Result<Reader> {
        let probe = Probe::start(author.view.as_deref().unwrap_or_default(), sensor)?;
        let due = clock.uptime();
        let (told, failures) = (HashMap::new(), 0);
        Ok(Reader { plan, probe, author, clock, due, asked: None, told, failures, dead: None })
    }

    fn take(&mut self, answer: Answer) {
        match answer {
            Ok(readings) => {
                self.succeed();
                readings.into_iter().for_each(|reading| self.tell(reading));
            }
            Err(reason) => self.fail(&reason),
        }
    }

    /// Tells a reading that is news.
    fn tell(&mut self, reading: ReadingData) {
        let is_news = self.told.get(&reading.name).is_none_or(|told| {
            // What differs by just so much does, whatever binary fractions make of it.
            let dust = 1e-9 * told.value.abs().max(1.0);
            told.unit != reading.unit || self.plan.min_difference <= (reading.value - told.value).abs() + dust
        });
        if is_news {
            self.author.reading(self.author.now(), &reading);
            self.told.insert(reading.name.clone(), reading);
        }
    }

    fn succeed(&mut self) {
        if self.failures > 0 {
            info!(failures = self.failures, "the sensor answers again");
        }
        self.failures = 0;
        if let Some(id) = self.dead.take() {
            self.author.event(self.author.now(), Some(&id), &EventData::new(Phase::End, "sensor", "alive"));
        }
    }

    fn fail(&mut self, reason: &str) {
        self.failures += 1;
        let pause = FIRST_PAUSE * 2u32.saturating_pow(self.failures.min(16) - 1);
        self.due = self.clock.uptime() + pause.min(LONGEST_PAUSE).min(self.plan.every);
        match self.failures {
            1 => warn!("the sensor cannot be read, trying again: {reason}"),
            FAILURES => warn!("the sensor is dead, still trying: {reason}"),
            _ => debug!("the sensor cannot be read: {reason}"),
        }
        if self.failures >= FAILURES && self.dead.is_none() {
            let id = StreamId::random().to_string();
            let data = EventData { reason: Some(reason.to_owned()), ..EventData::new(Phase::Start, "sensor", "dead") };
            self.author.event(self.author.now(), Some(&id), &data);
            self.dead = Some(id);
        }
    }
}

impl Worker for Reader {
    fn name(&self) -> String {
        format!("sensor-{}", self.author.view.as_deref().unwrap_or_default())
    }

    fn step(&mut self) -> Duration {
        let now = self.clock.uptime();
        if self.asked.is_none() {
            if now < self.due {
                return self.due - now;
            }
            self.probe.ask();
            self.asked = Some(now);
            self.due = now + self.plan.every;
        }
        match (self.probe.answer(SLICE), self.asked) {
            (Some(answer), _) => {
                self.asked = None;
                self.take(answer);
            }
            // It is not asked again until it has answered, and its answer counts even then.
            (None, Some(asked)) if self.plan.patience <= now.saturating_sub(asked) => {
                self.asked = Some(now);
                let patience = self.plan.patience.as_secs();
                self.fail(&format!("it has been silent for {patience} s and hangs; a restart of the machine may help"));
            }
            (None, _) => {}
        }
        let pause = self.due.saturating_sub(self.clock.uptime());
        if self.asked.is_some() { Duration::ZERO } else { pause }
    }

    fn stop(&mut self) {
        self.probe.stop(self.plan.grace);
        if let Some(id) = self.dead.take() {
            let reason = Some("the node stopped".to_owned());
            let data = EventData { reason, ..EventData::new(Phase::End, "sensor", UNKNOWN) };
            self.author.event(self.author.now(), Some(&id), &data);
        }
    }
}
