//! The spool's own thread, the only one that writes: it opens the spool, writes what is due, clears away what is
//! acknowledged, gives up the least valuable where there is no room, and tries again where the disk refuses. Cameras and
//! uplink never wait for it.

mod room;

use std::ops::RangeInclusive;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use picket_common::log::{Key, LogError};
use picket_common::pulse::Beat;
use picket_common::time::Clock;
use tracing::{info, warn};

use super::Shared;
use super::fate::Fate;
use super::given_up::GivenUp;
use super::item::{Class, Item};
use super::logs::{self, Logs, Opened};
use super::queues::{Landed, Work};
use super::settings::Settings;

/// About so much is written between two syncs, and never much more than a segment.
const BATCH_BYTES: u64 = 1 << 20;
/// A disk that refused is tried again after so long.
const RETRY: Duration = Duration::from_secs(60);
/// With nothing to do it gives a sign of life at least so often.
const NAP: Duration = Duration::from_secs(10);
/// At the end, what is left may be written for so long.
const GRACE: Duration = Duration::from_secs(10);
/// So many damages are told in full.
const TOLD: usize = 10;

/// What the spool's thread does.
pub struct Keeper {
    shared: Arc<Shared>,
    settings: Settings,
    clock: Arc<dyn Clock>,
    /// None while the spool is not open.
    logs: Option<Logs>,
    /// When it is opened next, and when it was last tried, in uptime.
    open_at: Duration,
    opened: Option<Duration>,
    was_open: bool,
    /// What keeps each class from being written, and what keeps all.
    troubles: [Option<String>; 3],
    trouble: Option<String>,
    told: Option<String>,
    given_up: GivenUp,
    /// When the end began, in uptime.
    ending: Option<Duration>,
    ended: bool,
}

impl Keeper {
    pub(super) fn new(shared: Arc<Shared>, settings: Settings, clock: Arc<dyn Clock>) -> Keeper {
        Keeper {
            shared,
            settings,
            clock,
            logs: None,
            open_at: Duration::ZERO,
            opened: None,
            was_open: false,
            troubles: [None, None, None],
            trouble: None,
            told: None,
            given_up: GivenUp::default(),
            ending: None,
            ended: false,
        }
    }

    /// What the thread does until the spool is closed and what was left is written.
    pub fn run(mut self, beat: &Beat) {
        self.start_reading();
        loop {
            beat.beat();
            let before = self.clock.uptime();
            let pause = self.step();
            if self.ended {
                return self.shared.desk.close();
            }
            self.sleep_until(before.saturating_add(pause.min(NAP)));
        }
    }

    /// Nobody waits for this thread's end: it may hang with its disk.
    fn start_reading(&self) {
        let shared = self.shared.clone();
        self.shared.desk.open();
        let started = std::thread::Builder::new().name("spool-read".to_owned()).spawn(move || shared.serve());
        if let Err(error) = started {
            warn!(
                "cannot start a thread that reads the spool ({error}): the uplink reads, and waits where the disk hangs"
            );
            self.shared.desk.close();
        }
    }

    /// Does what is due, and says how long there is nothing to do.
    pub fn step(&mut self) -> Duration {
        self.at(Some(Work::Changing));
        let pause = self.act();
        self.at(None);
        pause
    }

    /// Where this thread is: should the disk hang, others can tell.
    fn at(&self, work: Option<Work>) {
        self.shared.queues().set_work(work, self.clock.uptime());
    }

    fn act(&mut self) -> Duration {
        let now = self.clock.uptime();
        if self.ending.is_none() && self.shared.queues().is_closing() {
            self.ending = Some(now);
            self.open_at = now;
        }
        self.look_at_reading(now);
        if self.logs.is_none() && now >= self.open_at {
            self.open(now);
        }
        let more = self.write_some(now);
        self.tidy_in_time(now);
        self.tell();
        if let Some(since) = self.ending
            && (!more || now.saturating_sub(since) >= GRACE)
        {
            self.end();
        }
        if self.ending.is_some() {
            return Duration::ZERO;
        }
        let queues = self.shared.queues();
        let next = queues.next_due().into_iter().chain(queues.next_tidying().filter(|_| self.logs.is_some()));
        let next = next.chain(self.logs.is_none().then_some(self.open_at)).min();
        next.map_or(Duration::MAX, |next| next.saturating_sub(now))
    }

    /// Whether the spool was closed and all was done about it that could be.
    pub fn is_ended(&self) -> bool {
        self.ended
    }

    /// Until an uptime that is not behind the moment when something is due: else that would seem to be overslept.
    fn sleep_until(&self, alarm: Duration) {
        let mut queues = self.shared.queues();
        let pause = alarm.saturating_sub(self.clock.uptime());
        if pause.is_zero() || !queues.may_sleep(alarm) {
            return;
        }
        let slept = self.shared.bell.wait_timeout_while(queues, pause, |queues| !queues.is_called());
        drop(slept.unwrap_or_else(PoisonError::into_inner));
    }

    fn open(&mut self, now: Duration) {
        self.opened = Some(now);
        self.at(Some(Work::Opening));
        let opened = logs::open(&self.settings, &*self.clock);
        self.at(Some(Work::Changing));
        match opened {
            Ok(opened) => {
                self.take(opened);
                self.trouble = None;
            }
            Err(trouble) => {
                self.trouble = Some(trouble);
                self.open_at = now.saturating_add(RETRY);
                let mut queues = self.shared.queues();
                Class::ALL.into_iter().for_each(|class| queues.rest(class, self.open_at));
            }
        }
    }

    fn take(&mut self, opened: Opened) {
        let Opened { logs, readers, found, damage, lost, lost_besides, moved } = opened;
        for damage in damage.iter().take(TOLD) {
            warn!("the spool was damaged: {damage}");
        }
        let lost_all = lost.len() as u64 + lost_besides;
        if damage.len() > TOLD || lost_all > 0 {
            warn!(places = damage.len(), messages_lost = lost_all, "the spool was damaged; everything else is intact");
        }
        if !moved.is_empty() {
            info!(streams = moved.len(), "the spool comes from other hardware: its streams go on under new names");
        }
        let mut queues = self.shared.queues();
        moved.iter().for_each(|(from, to)| queues.tell(Fate::Moved { from: *from, to: *to }));
        // Opened before, all streams are known, and what is lost shows when the rest is found again.
        if !std::mem::replace(&mut self.was_open, true) {
            queues.add_damaged(&lost, lost_besides);
        }
        for (class, found) in Class::ALL.into_iter().zip(found) {
            queues.adopt(class, found);
            queues.rest(class, Duration::ZERO);
        }
        let waiting = queues.stock(self.clock.uptime()).disk.unwrap_or_default();
        drop(queues);
        // Not before everybody knows in which records to look.
        for (class, reader) in Class::ALL.into_iter().zip(readers) {
            *self.shared.reading.reader(class) = Some(reader);
        }
        self.shared.wake();
        if waiting.disk_messages > 0 {
            info!(
                messages = waiting.disk_messages,
                bytes = waiting.disk_bytes,
                "the spool holds what was not sent yet"
            );
        }
        self.logs = Some(logs);
    }

    /// A disk that could not be read is opened again, which finds out what is left.
    fn look_at_reading(&mut self, now: Duration) {
        let Some(failure) = self.shared.reading.take_failure() else { return };
        self.logs = None;
        self.shared.reading.close();
        self.trouble = Some(failure);
        self.open_at = self.opened.map_or(now, |opened| opened.saturating_add(RETRY)).max(now);
        let mut queues = self.shared.queues();
        queues.turn_over();
        Class::ALL.into_iter().for_each(|class| queues.rest(class, self.open_at));
    }

    /// Writes one batch of each class that has something due; whether there is more.
    fn write_some(&mut self, now: Duration) -> bool {
        if self.logs.is_none() {
            return false;
        }
        let mut more = false;
        let limit = BATCH_BYTES.min(self.settings.segment_bytes());
        for class in Class::ALL {
            let queues = self.shared.queues();
            let (batch, rests) = (queues.due(class, now, limit), queues.rests(class, now));
            drop(queues);
            if batch.is_empty() {
                // With nothing left to write, nothing is wrong any more.
                self.troubles[class as usize].take_if(|_| !rests);
                continue;
            }
            let wrote = self.write(class, &batch, now);
            more |= wrote.is_ok();
            self.troubles[class as usize] = wrote.err();
            if self.troubles[class as usize].is_some() {
                self.shared.queues().rest(class, now.saturating_add(RETRY));
            }
        }
        more
    }

    pub(super) fn write(&mut self, class: Class, batch: &[Arc<Item>], now: Duration) -> Result<(), String> {
        let mut left = batch;
        while !left.is_empty() {
            self.make_room_within(class, left)?;
            let (written, failure) = self.append(class, left, now)?;
            left = &left[written.min(left.len())..];
            match failure {
                None => {}
                Some(LogError::Full(_)) if self.make_room(class)? => {}
                Some(error) => return Err(error.to_string()),
            }
        }
        Ok(())
    }

    /// Appends as many as it can and syncs; gives their number, and what kept it from the next one.
    fn append(
        &mut self,
        class: Class,
        items: &[Arc<Item>],
        now: Duration,
    ) -> Result<(usize, Option<LogError>), String> {
        let Some(logs) = &mut self.logs else { return Err("the spool is not open".to_owned()) };
        let writer = &mut logs.writers[class as usize];
        let (mut landed, mut failure) = (Vec::new(), None);
        for item in items {
            let head = item.payload_head();
            // What does not fit into 4 GiB the log refuses.
            let bytes = u32::try_from(head.len() + item.body.len()).unwrap_or(u32::MAX);
            let key = Key { stream: item.stream.0, seq: item.seq };
            match writer.append(key, &[&head, &item.body]) {
                Ok(record) => landed.push(Landed { stream: item.stream, seq: item.seq, record, bytes }),
                Err(error) => {
                    failure = Some(error);
                    break;
                }
            }
        }
        writer.sync().map_err(|error| error.to_string())?;
        self.shared.queues().wrote(class, &landed, now);
        self.at(Some(Work::Changing));
        Ok((landed.len(), failure))
    }

    /// Gives up the oldest segment of a class, with what of it still waits.
    fn give_up(&mut self, class: Class) -> Result<bool, String> {
        self.write_checkpoint()?;
        let messages = {
            // Held until the queues know, so that nobody takes what is gone for damaged.
            let mut reader = self.shared.reading.reader(class);
            let Some(reader) = reader.as_mut() else { return Ok(false) };
            let dropped = reader.give_up_oldest().map_err(|error| error.to_string())?;
            let Some(dropped) = dropped else { return Ok(false) };
            let records: RangeInclusive<u64> = dropped.first..=dropped.last;
            self.shared.queues().drop_records(class, &records)
        };
        self.at(Some(Work::Changing));
        if let Some([events, frames, continuous]) = self.given_up.add(class, messages, self.clock.uptime()) {
            info!(events, frames, continuous, "the spool is full: the oldest of the least valuable were given up");
        }
        Ok(true)
    }

    /// The last that is done: what is acknowledged is noted, and others may open the spool.
    fn end(&mut self) {
        self.ended = true;
        if let Err(trouble) = self.tidy() {
            warn!("{trouble}; what was acknowledged is sent again at the next start");
        }
        self.logs = None;
        self.shared.reading.close();
    }

    /// Tells what is wrong, when it has changed.
    fn tell(&mut self) {
        let trouble = self.trouble.iter().chain(self.troubles.iter().flatten()).next().cloned();
        if trouble == self.told {
            return;
        }
        match &trouble {
            Some(trouble) => warn!("the spool cannot be used: {trouble}. The node goes on in memory, and tries again"),
            None => info!("the spool can be used again"),
        }
        self.shared.queues().set_problem(trouble.clone());
        self.told = trouble;
    }
}
