//! The thread that writes for the spools of all virtual nodes: a thread for each would be too many.

use std::time::Duration;

use picket_common::shutdown::Shutdown;
use picket_common::time::Clock;

use crate::spool::{Keeper, Spool};

/// No spool waits for longer.
const PACE: Duration = Duration::from_millis(20);

/// Spools on the disk, each with what writes for it.
#[derive(Default)]
pub(super) struct Keepers(Vec<(Spool, Keeper)>);

impl Keepers {
    /// One more. It is opened here, so that what it holds is known.
    pub(super) fn add(&mut self, spool: &Spool, mut keeper: Keeper) {
        keeper.step();
        self.0.push((spool.clone(), keeper));
    }

    /// Writes what is due until `over`, and then what is left.
    pub(super) fn run(mut self, clock: &dyn Clock, over: &Shutdown) {
        while !self.0.is_empty() && !over.is_requested() {
            let pause = self.0.iter_mut().map(|(_, keeper)| keeper.step()).min().unwrap_or(PACE);
            clock.wait(pause.min(PACE), over);
        }
        for (spool, mut keeper) in self.0 {
            spool.close();
            while !keeper.is_ended() {
                keeper.step();
            }
        }
    }
}
