//! What the shelver does before each batch that it shelves: it carries out orders, and a batch of what retention deletes, so
//! that a full disk can recover.

use std::collections::BTreeSet;
use std::path::Path;

use jiff::tz::TimeZone;
use picket_common::time::Timestamp;
use tracing::{debug, error, info};

use super::Shelver;
use super::marks::Mark;
use super::orders::{Done, Given, Order, Orders, Status};
use crate::index::Candidate;
use crate::line::amendment::{Amendment, Deleted, Pinned, Reviewed, What};
use crate::retention::{Doomed, Keeper, Report, Rule};
use crate::shelf::ShelfError;

/// So many images are deleted at once.
const MOST_DELETED: usize = 500;

impl Shelver {
    /// From now on, the keeper's rules hold.
    pub fn keep(&mut self, keeper: Keeper) {
        self.keeper = Some(keeper);
    }

    /// Where others give it orders.
    pub fn orders(&self) -> Orders {
        self.orders.clone()
    }

    /// The data directory.
    pub fn data(&self) -> &Path {
        self.shelf.data()
    }

    /// Carries out the orders that wait and deletes a batch of what is to go, and tells whether there may be more to do at
    /// once. What fails is told to who gave the order, or tried again.
    pub fn tend(&mut self) -> bool {
        while let Some(Given { order, answer }) = self.orders.take() {
            let done = self.obey(&order).map_err(|error| error.to_string());
            // Nobody may wait for it any longer.
            let _ = answer.send(done);
        }
        let Some(keeper) = &mut self.keeper else { return false };
        keeper.step(&mut self.shelf, &*self.clock).unwrap_or_else(|error| {
            error!("what is to be deleted could not be, it is tried again: {error}");
            false
        })
    }

    fn obey(&mut self, order: &Order) -> Result<Done, ShelfError> {
        match order {
            Order::Pin(numbers) => self.pin(numbers, true),
            Order::Unpin(numbers) => self.pin(numbers, false),
            Order::Review { events, reviewed, user } => self.review(events, *reviewed, user.as_deref()),
            Order::Delete { images, user } => self.delete(images, user.as_deref()),
            Order::Retain => {
                self.keeper.iter_mut().for_each(Keeper::look_now);
                Ok(Done::Status(Status { busy: self.keeper.is_some(), ..self.status() }))
            }
            Order::Status => Ok(Done::Status(self.status())),
        }
    }

    fn status(&self) -> Status {
        let Some(keeper) = &self.keeper else {
            return Status { rules: None, busy: false, out_of_reach: false, deleted: Vec::new() };
        };
        let deleted = keeper.report().0.iter().map(|((rule, node), sum)| (*rule, node.clone(), *sum)).collect();
        Status {
            rules: Some(keeper.rules().clone()),
            busy: keeper.is_busy(),
            out_of_reach: keeper.is_room_out_of_reach(),
            deleted,
        }
    }

    fn pin(&mut self, numbers: &[u64], pin: bool) -> Result<Done, ShelfError> {
        let at = self.clock.now();
        let (mut amendments, mut unknown) = (Vec::new(), Vec::new());
        for number in numbers {
            match self.shelf.index().pinnable(*number)? {
                None => unknown.push(*number),
                Some(found) if found.pinned == pin => {}
                Some(found) => {
                    let (number, node, view, event) = (found.number, found.node, found.view, found.event);
                    let pinned = Pinned { number, at, of: found.what, node, view, event };
                    amendments.push(if pin { Amendment::Pinned(pinned) } else { Amendment::Unpinned(pinned) });
                }
            }
        }
        self.shelf.amend(&amendments, self.today(at))?;
        self.marks.add(self.shelf.reached(), amendments.iter().filter_map(mark));
        let changed = amendments.len() as u64;
        if changed > 0 {
            debug!(changed, "{}", if pin { "pinned" } else { "unpinned" });
        }
        Ok(Done::Pins { changed, unknown })
    }

    fn review(&mut self, events: &[u64], is: bool, user: Option<&str>) -> Result<Done, ShelfError> {
        let at = self.clock.now();
        let (mut amendments, mut unknown) = (Vec::new(), Vec::new());
        for number in events {
            match self.shelf.index().reviewed(*number, user)? {
                None => unknown.push(*number),
                Some(was) if was == is => {}
                Some(_) => {
                    let reviewed = Reviewed { number: *number, at, user: user.map(str::to_owned) };
                    amendments.push(if is { Amendment::Reviewed(reviewed) } else { Amendment::Unreviewed(reviewed) });
                }
            }
        }
        self.shelf.amend(&amendments, self.today(at))?;
        self.marks.add(self.shelf.reached(), amendments.iter().filter_map(mark));
        let changed = amendments.len() as u64;
        if changed > 0 {
            debug!(changed, user, "{}", if is { "reviewed" } else { "not reviewed any more" });
        }
        Ok(Done::Reviews { changed, unknown })
    }

    /// Deletes images as retention does, by the rule `person`.
    fn delete(&mut self, images: &[u64], user: Option<&str>) -> Result<Done, ShelfError> {
        let at = self.clock.now();
        let (mut doomed, mut pinned, mut unknown) = (Vec::new(), Vec::new(), Vec::new());
        for number in images {
            match self.shelf.index().candidate(*number)? {
                None => unknown.push(*number),
                Some((image, ..)) if image.pinned => pinned.push(*number),
                Some(found) => doomed.push(found),
            }
        }
        if !pinned.is_empty() {
            return Ok(Done::Deleted { images: 0, pinned, unknown });
        }
        let mut report = Report::default();
        for batch in doomed.chunks(MOST_DELETED) {
            let amendment = |(image, node, view): &(Candidate, String, Option<String>)| {
                let (rule, user) = (Rule::Person, user.map(str::to_owned));
                let (number, file, size) = (image.number, image.file.clone(), image.size);
                Amendment::Deleted(Deleted {
                    number,
                    at,
                    rule,
                    node: node.clone(),
                    view: view.clone(),
                    file,
                    size,
                    user,
                })
            };
            let amendments: Vec<Amendment> = batch.iter().map(amendment).collect();
            let mut events = BTreeSet::new();
            for (image, ..) in batch {
                events.extend(self.shelf.index().events_of_image(image.number)?);
            }
            self.shelf.amend(&amendments, self.today(at))?;
            self.marks.add(self.shelf.reached(), events.into_iter().map(Mark::Kept));
            for (image, node, _) in batch {
                report.add(node, &Doomed { rule: Rule::Person, view: 0, image: image.clone() });
            }
        }
        for ((rule, node), sum) in &report.0 {
            let (oldest, newest) = (sum.oldest.to_string(), sum.newest.to_string());
            info!(%rule, user, node, images = sum.images, bytes = sum.bytes, oldest, newest, "deleted");
        }
        Ok(Done::Deleted { images: doomed.len() as u64, pinned, unknown })
    }

    fn today(&self, at: Timestamp) -> jiff::civil::Date {
        let zone = self.keeper.as_ref().map_or_else(TimeZone::system, |keeper| keeper.zone().clone());
        at.to_zoned(zone).date()
    }
}

/// What of an event is another now; nothing that an event shows changes with the pin of an image.
fn mark(amendment: &Amendment) -> Option<Mark> {
    match amendment {
        Amendment::Pinned(pinned) | Amendment::Unpinned(pinned) => {
            (pinned.of == What::Event).then_some(Mark::Kept(pinned.number))
        }
        Amendment::Reviewed(reviewed) | Amendment::Unreviewed(reviewed) => {
            Some(Mark::Reviewed(reviewed.number, reviewed.user.clone()))
        }
        Amendment::Deleted(_) => None,
    }
}
