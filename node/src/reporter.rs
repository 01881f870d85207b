//! Tells now and then what was lost since the last time: dropped for want of room, damaged on the disk, or
//! refused by the hub; and of a spool whose disk hangs, which its own thread cannot tell.

use std::time::Duration;

use picket_common::event::ReportData;
use tracing::{info, warn};

use crate::author::Author;
use crate::spool::Stock;

/// What was lost is told at most so often.
const EVERY: Duration = Duration::from_secs(10);

/// What was told, and when.
pub struct Reporter {
    told: Stock,
    at: Duration,
}

impl Reporter {
    /// Nothing is lost yet; `now` is the machine's uptime.
    pub fn new(now: Duration) -> Reporter {
        Reporter { told: Stock::default(), at: now }
    }

    /// Tells if it is time and there is something to tell.
    pub fn report(&mut self, author: &Author, now: Duration) {
        if now.saturating_sub(self.at) < EVERY {
            return;
        }
        let stock = author.spool.stock();
        let data = ReportData {
            events: stock.dropped_events - self.told.dropped_events,
            images: stock.dropped_images - self.told.dropped_images,
            refused: stock.refused - self.told.refused,
            damaged: stock.damaged - self.told.damaged,
        };
        if data != ReportData::default() {
            warn!(data.events, data.images, data.refused, data.damaged, "messages were lost");
            author.report(&data);
        }
        let stuck_s = |stock: &Stock| stock.disk.as_ref().and_then(|disk| disk.stuck_s);
        match (stuck_s(&self.told), stuck_s(&stock)) {
            (None, Some(stuck_s)) => warn!(
                "the spool's disk has not answered for {stuck_s} s: what comes waits in memory alone, up to `spool: \
                 {{memory: ...}}`; cameras and uplink go on. `dmesg` may say what is wrong with the disk"
            ),
            (Some(_), None) => info!("the spool's disk answers again"),
            _ => {}
        }
        self.told = stock;
        self.at = now;
    }
}
