//! The spools of virtual nodes on the disk, each with the thread that writes it. What becomes of each message they tell
//! the oracle themselves.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, Result};
use picket_common::config::Size;
use picket_common::event::Kind;
use picket_common::pulse::Pulse;
use picket_common::time::Clock;
use tracing::error;

use super::Options;
use super::oracle::{self, Lines, Oracle};
use crate::config::{Durability, MinFree, SpoolSection};
use crate::health::Health;
use crate::spool::{Fate, Settings, Spool, Witness};

/// What is left of the disk: little, as what is shown here is what happens when it is full.
const MIN_FREE: Size = Size(1 << 20);
/// The most in each node's memory.
const MEMORY: Size = Size(8 << 20);
/// Nobody looks whether these threads hang.
const LIMIT: Duration = Duration::from_secs(3600);

/// All that are open.
#[derive(Default)]
pub(super) struct Spools(Mutex<Vec<(Spool, JoinHandle<()>)>>);

impl Spools {
    /// Opens the one in `folder`, with what lies there.
    pub(super) fn open(
        &self,
        folder: &Path,
        options: &Options,
        oracle: Option<Oracle>,
        health: &Health,
        clock: &Arc<dyn Clock>,
    ) -> Result<Spool> {
        let section = SpoolSection {
            directory: Some(folder.to_owned()),
            max_size: Some(options.spool_size),
            memory: Some(MEMORY),
            min_free: Some(MinFree::Size(MIN_FREE)),
            durability: Some(options.durability),
            ..SpoolSection::default()
        };
        let settings = Settings::of(&section, &health.hardware()).context("a spool has a folder")?;
        let settings = Settings { witness: oracle.map(witness), ..settings };
        let (spool, mut keeper) = Spool::on_disk(settings, clock.clone());
        // So that whoever looks what is left finds it.
        keeper.step();
        let beat = Pulse::new(clock.clone()).thread("spool", LIMIT);
        let thread = std::thread::Builder::new().name("spool".to_owned()).spawn(move || keeper.run(&beat))?;
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push((spool.clone(), thread));
        Ok(spool)
    }

    /// Writes what is left.
    pub(super) fn close(&self) {
        let open = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        open.iter().for_each(|(spool, _)| spool.close());
        for (_, thread) in open {
            if thread.join().is_err() {
                error!("a spool's thread has failed");
            }
        }
    }
}

/// Writes every fate into the oracle.
fn witness(oracle: Oracle) -> Witness {
    Arc::new(move |fate| {
        let mut lines = Lines::default();
        match fate {
            Fate::Taken(item) => {
                // Other messages carry a black picture, for old hubs.
                let picture = (item.keys.kind == Kind::Image).then_some(&*item.body);
                lines.sent(&item.stream.to_string(), item.seq, picture);
            }
            Fate::Acknowledged(stream, seq) => lines.ended(&stream.to_string(), seq, oracle::Fate::Acked),
            Fate::Refused(stream, seq) => lines.ended(&stream.to_string(), seq, oracle::Fate::Refused),
            Fate::Dropped(stream, seq) => lines.ended(&stream.to_string(), seq, oracle::Fate::Dropped),
            Fate::Damaged(stream, seq) => lines.ended(&stream.to_string(), seq, oracle::Fate::Damaged),
            Fate::Moved { from, to } => lines.moved(&from.to_string(), &to.to_string()),
        }
        // A virtual node without its oracle proves nothing; this is said, and the sum at the end is wrong then.
        if let Err(error) = oracle.write(&mut lines) {
            error!(%error, "cannot write to the oracle");
        }
    })
}

/// As the configuration's key says it.
pub(super) fn durability(text: &str) -> Result<Durability, String> {
    match text {
        "normal" => Ok(Durability::Normal),
        "always" => Ok(Durability::Always),
        _ => Err("write normal or always".to_owned()),
    }
}
