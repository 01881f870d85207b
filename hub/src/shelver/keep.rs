//! What the shelver does before each batch that it shelves: it carries out orders, and a batch of what retention deletes, so
//! that a full disk can recover.

use std::path::Path;

use jiff::tz::TimeZone;
use picket_common::time::Timestamp;
use tracing::{debug, error};

use super::Shelver;
use super::orders::{Done, Given, Order, Orders, Status};
use crate::line::amendment::{Amendment, Pinned};
use crate::retention::Keeper;
use crate::shelf::ShelfError;

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
        let changed = amendments.len() as u64;
        if changed > 0 {
            debug!(changed, "{}", if pin { "pinned" } else { "unpinned" });
        }
        Ok(Done::Pins { changed, unknown })
    }

    fn today(&self, at: Timestamp) -> jiff::civil::Date {
        let zone = self.keeper.as_ref().map_or_else(TimeZone::system, |keeper| keeper.zone().clone());
        at.to_zoned(zone).date()
    }
}
