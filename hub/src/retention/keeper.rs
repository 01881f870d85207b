//! When the rules are looked at, and that they are carried out, a batch at a time between the shelver's own batches. Owns
//! no file and no table: the [`Shelf`] does what it is told.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use jiff::tz::TimeZone;
use picket_common::bytes::Bytes;
use picket_common::room::Room;
use picket_common::time::{Clock, ClockState, Timestamp};
use tracing::{info, warn};

use super::goal::{self, Goal, Unreachable};
use super::pass::{self, Doomed, Pass};
use super::{Report, Rule};
use crate::config::RetentionConfig;
use crate::index::Index;
use crate::line::amendment::{Amendment, Deleted};
use crate::shelf::{Shelf, ShelfError};
use crate::store;

/// The rules are looked at so often.
const TICK: Duration = Duration::from_secs(15);
/// A look that takes long is taken as much less often: the pinned ones of millions of images are passed over each time.
const SHARE: u32 = 100;
/// After images were deleted and there was no more room than before, or none could be, room is not looked for again so soon.
const IN_VAIN: Duration = Duration::from_secs(600);
/// A clock that has stepped this far forward may be wrong. Nothing is deleted for its age until it has kept that time for so
/// long as well.
const LEAP: Duration = Duration::from_secs(86_400);

/// One transaction and two syncs delete so many images, and intake waits meanwhile. Fewer on a disk without room.
const BATCH: usize = 500;
const LEAST: usize = 16;

/// What asks a disk for its room.
pub type Probe = Box<dyn Fn(&Path) -> Option<Room> + Send>;

/// Looks after the rules.
pub struct Keeper {
    rules: RetentionConfig,
    zone: TimeZone,
    pub(super) probe: Probe,
    running: Option<Running>,
    batch: usize,
    /// Something found no room on the disk.
    alarm: bool,
    /// In uptime: when the rules are looked at next, when room may be made again, and from when on ages are believed.
    next: Duration,
    room_from: Duration,
    ages_from: Duration,
    /// The wall clock and the uptime of the last look.
    last: Option<(Timestamp, Duration)>,
    unreachable: bool,
    report: Report,
}

/// A pass at work.
struct Running {
    pass: Pass,
    /// The names of the views.
    names: HashMap<i64, (String, Option<String>)>,
    free: Option<u64>,
    report: Report,
}

impl Keeper {
    /// A keeper of these rules; what is deleted is noted on the day that it is in `zone`.
    pub fn new(rules: RetentionConfig, zone: TimeZone) -> Keeper {
        Keeper {
            rules,
            zone,
            probe: Box::new(|data| store::room(data).ok()),
            running: None,
            batch: BATCH,
            alarm: false,
            next: Duration::ZERO,
            room_from: Duration::ZERO,
            ages_from: Duration::ZERO,
            last: None,
            unreachable: false,
            report: Report::default(),
        }
    }

    /// The same, that asks `probe` for the room on the disk.
    pub fn with_probe(self, probe: Probe) -> Keeper {
        Keeper { probe, ..self }
    }

    /// The rules.
    pub fn rules(&self) -> &RetentionConfig {
        &self.rules
    }

    /// The zone of its days.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// Whether a pass is at work.
    pub fn is_busy(&self) -> bool {
        self.running.is_some()
    }

    /// Whether something else fills the disk: all images together are less than what is missing.
    pub fn is_room_out_of_reach(&self) -> bool {
        self.unreachable
    }

    /// What the last pass that deleted something has deleted so far.
    pub fn report(&self) -> &Report {
        self.running
            .as_ref()
            .map(|running| &running.report)
            .filter(|report| !report.0.is_empty())
            .unwrap_or(&self.report)
    }

    /// Something found no room on the disk.
    pub fn alarm(&mut self) {
        self.alarm = true;
    }

    /// Looks at the rules at the next step.
    pub fn look_now(&mut self) {
        (self.next, self.room_from) = (Duration::ZERO, Duration::ZERO);
        self.report = Report::default();
    }

    /// Deletes a batch, if there is something to delete, and tells whether there may be more.
    ///
    /// # Errors
    /// It could not be deleted; the next look begins anew.
    pub fn step(&mut self, shelf: &mut Shelf, clock: &dyn Clock) -> Result<bool, ShelfError> {
        let now = clock.uptime();
        if self.running.is_none() {
            let urgent = self.alarm && self.room_from <= now;
            if now < self.next && !urgent {
                return Ok(false);
            }
            self.next = now + TICK;
            self.begin(shelf, clock)?;
            self.next = self.next.max(clock.uptime() + (clock.uptime().saturating_sub(now)) * SHARE);
        }
        let Some(mut running) = self.running.take() else { return Ok(false) };
        match running.batch(shelf, self.batch, clock.now(), &self.zone) {
            Ok(()) => self.batch = (self.batch * 2).min(BATCH),
            Err(error) => {
                self.batch = (self.batch / 4).max(LEAST);
                return Err(error);
            }
        }
        if running.pass.is_done() {
            self.end(running, shelf, clock.uptime());
        } else {
            self.running = Some(running);
        }
        Ok(self.running.is_some())
    }

    fn begin(&mut self, shelf: &Shelf, clock: &dyn Clock) -> Result<(), ShelfError> {
        let (index, data) = (shelf.index(), shelf.data());
        let now = clock.uptime();
        self.watch_clock(index, clock)?;
        shelf.take_reserve();
        let room = (self.probe)(data);
        let totals = index.totals()?;
        let alarm = std::mem::take(&mut self.alarm);
        let (mut goals, unreachable) = goal::goals(&self.rules, &totals, room, clock.now(), alarm);
        self.tell_unreachable(unreachable, &goals);
        if now < self.room_from {
            goals.retain(|goal| !goal.is_of_room());
        }
        if now < self.ages_from || !self.is_something_old(index, &goals)? {
            goals.retain(|goal| goal.rule != Rule::MaxAge);
        }
        if goals.is_empty() {
            return Ok(());
        }
        let mut names = HashMap::new();
        for total in totals {
            names.insert(total.view, (total.node, index.view_name(total.view)?));
        }
        let free = room.map(|room| room.free);
        self.running = Some(Running { pass: Pass::new(goals), names, free, report: Report::default() });
        Ok(())
    }

    fn is_something_old(&self, index: &Index, goals: &[Goal]) -> Result<bool, ShelfError> {
        let goal = goals.iter().find(|goal| goal.rule == Rule::MaxAge);
        match (goal, self.rules.max_age) {
            (Some(goal), Some(age)) => Ok(pass::has_older(index, goal, age.0)?),
            _ => Ok(false),
        }
    }

    /// Believes ages only by a clock that is set, and has not just leapt forward: by a wrong one everything is old.
    fn watch_clock(&mut self, index: &Index, clock: &dyn Clock) -> Result<(), ShelfError> {
        let (wall, now) = (clock.now(), clock.uptime());
        let (last, then) = match self.last {
            Some(last) => last,
            None => (index.last_heard()?.unwrap_or(wall), now),
        };
        self.last = Some((wall, now));
        let passed = Duration::try_from(wall.duration_since(last)).unwrap_or_default();
        let leapt = passed > now.saturating_sub(then) + LEAP;
        if leapt && self.rules.max_age.is_some() {
            let hours = LEAP.as_secs() / 3600;
            info!(
                "nothing was heard for long, or the clock has leapt forward: nothing is deleted for its age for {hours} h"
            );
        }
        if leapt || clock.state() == ClockState::Unsynced {
            self.ages_from = now + LEAP;
        }
        Ok(())
    }

    fn tell_unreachable(&mut self, unreachable: Option<Unreachable>, goals: &[Goal]) {
        let before = std::mem::replace(&mut self.unreachable, unreachable.is_some());
        match unreachable {
            Some(Unreachable { missing, images }) if !before => warn!(
                missing = %Bytes(missing),
                images = %Bytes(images),
                "something else fills the disk: even without any image less than retention.min_free would be free; the \
                 images stay while there is any room"
            ),
            None if before && goals.iter().all(|goal| !goal.is_of_room()) => info!("the disk has room again"),
            _ => {}
        }
    }

    fn end(&mut self, running: Running, shelf: &Shelf, now: Duration) {
        let Running { pass, free, report, .. } = running;
        shelf.take_reserve();
        let free_now = (self.probe)(shelf.data()).map(|room| room.free);
        let made = free_now.zip(free).map(|(now, before)| now.saturating_sub(before));
        let wanted_room = pass.room_made > 0 || pass.lacks_room();
        if wanted_room && (pass.lacks_room() || made.is_some_and(|made| made < pass.room_made / 4)) {
            self.room_from = now + IN_VAIN;
            warn!(
                deleted = %Bytes(pass.room_made),
                more_free = %Bytes(made.unwrap_or(0)),
                "no room can be made by deleting images: what is left is pinned, has other names elsewhere, or something \
                 else fills the disk"
            );
        }
        if !report.0.is_empty() {
            self.report = report;
        }
    }
}

impl Running {
    fn batch(&mut self, shelf: &mut Shelf, most: usize, now: Timestamp, zone: &TimeZone) -> Result<(), ShelfError> {
        let doomed = self.pass.next(shelf.index(), shelf.data(), most)?;
        if doomed.is_empty() {
            return Ok(());
        }
        let deleted: Vec<Amendment> = doomed.iter().map(|doomed| self.amendment(doomed, now)).collect();
        shelf.amend(&deleted, now.to_zoned(zone.clone()).date())?;
        self.pass.deleted();
        let mut batch = Report::default();
        for doomed in &doomed {
            let node = self.names.get(&doomed.view).map_or("", |(node, _)| node.as_str());
            batch.add(node, doomed);
            self.report.add(node, doomed);
        }
        for ((rule, node), sum) in &batch.0 {
            let (oldest, newest) = (sum.oldest.to_string(), sum.newest.to_string());
            info!(%rule, node, images = sum.images, bytes = sum.bytes, oldest, newest, "deleted");
        }
        Ok(())
    }

    fn amendment(&self, doomed: &Doomed, at: Timestamp) -> Amendment {
        let (node, view) = self.names.get(&doomed.view).cloned().unwrap_or_default();
        let Doomed { rule, image, .. } = doomed;
        let (number, file, size) = (image.number, image.file.clone(), image.size);
        Amendment::Deleted(Deleted { number, at, rule: *rule, node, view, file, size, user: None })
    }
}
