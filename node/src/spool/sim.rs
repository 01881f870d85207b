//! A spool's settings on simulated disks, for tests of the spool and of whoever has one.

use std::sync::Arc;
use std::time::Duration;

use picket_common::log::sim::SimDisk;

use super::{Disks, Settings};

/// The disks of a spool. Clones are the same disks.
#[derive(Default, Clone)]
pub(crate) struct SimDisks {
    pub(crate) root: SimDisk,
    pub(crate) logs: [SimDisk; 3],
}

impl SimDisks {
    /// With room for everything.
    pub(crate) fn settings(&self) -> Settings {
        let disks = self.clone();
        Settings {
            disks: Arc::new(move || Ok(disks.live())),
            place: "sim".into(),
            max_disk: 1 << 20,
            max_memory: 1 << 20,
            events_after: Duration::from_secs(1),
            spill_after: Duration::from_secs(30),
            always: false,
            hardware: Some("Pi 1".into()),
            witness: None,
        }
    }

    /// Until they are killed.
    pub(crate) fn live(&self) -> Disks {
        Disks { root: self.root.life(), logs: self.logs.each_ref().map(|log| log.life() as _) }
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &SimDisk> {
        self.logs.iter().chain([&self.root])
    }
}
